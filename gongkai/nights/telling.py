"""Tell whom it concerns, by `apprise`: mail, webhook, DingTalk, WeCom, Feishu and what else it knows.

    report ─▶ outbox in nights.db, a row for each address ─▶ sent ─▶ row goes
                                                        └─not sent─▶ row stays, goes with the next

Rows name nights, not texts: what is sent is the kept report as it is by then, so that what was suppressed
meanwhile is not told. A row goes once its address has taken the message; killed in between, it is sent twice.
A report that cannot be read is said, and waits until it is mended or removed; it holds up no other.
Addresses hold passwords and tokens: they are neither kept nor printed, but told by their number.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from archive.corpus.store import CorpusUnreadable
from gongkai.nights.alarms import make_alarm
from gongkai.nights.kept_reports import kept_nights, load_reports, with_titles
from gongkai.nights.night_record import reading_nights
from gongkai.nights.night_report import describe_night, describe_verdict
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.data_folder import DataDir
    from archive.database import Database
    from gongkai.nights.night_report import Alarm, NightReport
    from gongkai.operator_settings import Settings


class NotTold(GongkaiError):
    """A message could not be sent to any address."""


def queue_report(db: Database, settings: Settings, report: NightReport) -> None:
    """Note to whom a report goes, before it is kept."""
    if settings.tell_when == "always" or report.exit_code != ExitCode.DONE:
        rows = ((_digest(address), report.id) for address in settings.tell)
        db.insert_rows("outbox", ("address", "night_id"), rows, "OR IGNORE")


def waiting_nights(db: Database, address: str) -> list[str]:
    """Return the nights whose reports an address has not had, oldest first."""
    return db.column("SELECT night_id FROM outbox WHERE address = ? ORDER BY night_id", _digest(address))


def find_unsent(db: Database, settings: Settings) -> Iterator[Alarm]:
    """Say which addresses have not had the reports of nights before."""
    for number, address in enumerate(settings.tell, 1):
        if nights := waiting_nights(db, address):
            detail = f"{len(nights)} wait"
            yield make_alarm("telling_failed", since=nights[0][:10], number=number, detail=detail)


def send_reports(db: Database, settings: Settings) -> Iterator[Alarm]:
    """Send each address what it has not had; yield an alarm for each that does not take it.

    Args:
        db: `nights.db`.
        settings: the addresses, and the data directory, which holds the reports.
    """
    known = [_digest(address) for address in settings.tell]
    places = ", ".join("?" * len(known))
    db.execute(f"DELETE FROM outbox WHERE address NOT IN ({places})", known)  # noqa: S608  places alone
    for number, address in enumerate(settings.tell, 1):
        nights = waiting_nights(db, address)
        # A night that was killed before it kept its report is told by the next.
        kept = set(nights).intersection(kept_nights(settings.data))
        reports, problems = load_reports(settings.data, kept)
        if problem := _send_newest_first(settings.data, address, reports):
            problems.append(problem)
        else:
            unread = kept.difference(report.id for report in reports)
            rows = [(_digest(address), night) for night in nights if night not in unread]
            db.executemany("DELETE FROM outbox WHERE address = ? AND night_id = ?", rows)
        if problems:
            yield make_alarm("telling_failed", number=number, detail="; ".join(problems))


def _send_newest_first(data: DataDir, address: str, reports: Sequence[NightReport]) -> str | None:
    shown = [with_titles(report, data) for report in reversed(reports)]
    if not shown:
        return None
    title, body, is_bad = _compose(shown)
    return send_message(address, title, body, is_bad=is_bad)


def note_invocation(db: Database) -> None:
    """Note that this start of a unit told how it went, so that `OnFailure` need not.

    Source: systemd.exec(5), `$INVOCATION_ID`; `$MONITOR_INVOCATION_ID` is the same for the unit of
    `OnFailure`, from systemd 251 on.
    """
    if started := os.environ.get("INVOCATION_ID"):
        with db.transaction():
            db.execute("DELETE FROM invocation")
            db.insert_row("invocation", {"id": started})


def note_told_failure(db: Database, settings: Settings, report: NightReport) -> None:
    """Note of a night that ends badly that all took a report that says so."""
    if not settings.tell or report.exit_code == ExitCode.DONE:
        return
    kept, _ = load_reports(settings.data, [report.id])
    if any(each.exit_code == report.exit_code for each in kept):
        with contextlib.suppress(sqlite3.Error):  # then `OnFailure` tells of it, too
            note_invocation(db)


def has_told(data: DataDir) -> bool:
    """Whether the start whose failure this one is to tell of told of it itself.

    Not where `nights.db` cannot tell.
    """
    failed = os.environ.get("MONITOR_INVOCATION_ID")
    with contextlib.suppress(CorpusUnreadable), reading_nights(data) as db:
        return failed in db.column("SELECT id FROM invocation")
    return False


def send_to_all(settings: Settings, title: str, body: str) -> None:
    """Send a message to all addresses.

    Raises:
        NotTold: an address did not take it.
    """
    sent = [send_message(address, title, body, is_bad=True) for address in settings.tell]
    problems = [f"address {number} of tell: {problem}" for number, problem in enumerate(sent, 1) if problem]
    if problems:
        raise NotTold("; ".join(problems), where="gongkai.yaml", hint="See docs/nights.md")


def _compose(reports: Sequence[NightReport]) -> tuple[str, str, bool]:
    """Return title, text and whether anybody is wanted, of reports, newest first."""
    texts = ("\n".join(describe_night(report)) for report in reports)
    title = describe_verdict(reports[0])
    if others := len(reports) - 1:
        title += f" (and {others} before)"
    return title, "\n\n".join(texts), any(report.exit_code != ExitCode.DONE for report in reports)


def send_message(address: str, title: str, body: str, *, is_bad: bool = False) -> str | None:
    """Send a message; return why it was not taken, without what the address keeps secret.

    Args:
        address: of apprise.
        title: in one line.
        body: plain text.
        is_bad: whether somebody has to look.
    """
    import apprise  # noqa: PLC0415  takes most of a second, where nothing may be to tell

    logging.getLogger("apprise").propagate = False  # it may name what is secret
    capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
    with capture as said:
        try:
            service = apprise.Apprise.instantiate(address)
            if not service:
                return "no service of apprise has such an address"
            service.overflow_mode = apprise.OverflowMode.SPLIT
            kind = apprise.NotifyType.WARNING if is_bad else apprise.NotifyType.SUCCESS
            courier = apprise.Apprise(services=[service])
            if courier.notify(body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT):
                return None
        except Exception as failure:  # noqa: BLE001  a notifier never fails the night
            return type(failure).__name__
        return _redact(said.getvalue(), address) or "it was not taken"


def _redact(said: str, address: str) -> str:
    """Return what a notifier said in one line, without any word of its address but the scheme."""
    scheme = urlsplit(address).scheme
    words = {word for word in re.split(r"[/?&=:@,\s]+", f"{address} {unquote(address)}") if word}
    for word in sorted(words - {scheme}, key=len, reverse=True):
        said = said.replace(word, "…")
    return " ".join(said.split())


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
