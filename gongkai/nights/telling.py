"""What leaves the machine once a report is kept: reports to whom it concerns, alerts of readers, figures.

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
import os
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.corpus.store import CorpusUnreadable
from archive.data_folder import read_operator_file
from gongkai.nights.alarms import alarming, make_alarm
from gongkai.nights.alerts import find_post, send_alerts, send_message
from gongkai.nights.kept_reports import kept_nights, load_reports, with_titles
from gongkai.nights.metrics import write_metrics
from gongkai.nights.night_record import reading_nights
from gongkai.nights.night_report import describe_night, describe_verdict, with_alarms
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.data_folder import DataDir
    from archive.database import Database
    from gongkai.nights.night_record import Nights
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
    # For addresses that are no longer named nothing waits.
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
    title = describe_verdict(shown[0])
    if others := len(shown) - 1:
        title += f" (and {others} before)"
    body = "\n\n".join("\n".join(describe_night(report)) for report in shown)
    is_bad = any(report.exit_code != ExitCode.DONE for report in shown)
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


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def send_night(nights: Nights, settings: Settings, report: NightReport) -> NightReport:
    """Send what was not sent; return the report with what kept it from that.

    Args:
        nights: where it is noted how the night ended.
        settings: to whom, and the data directory.
        report: of the night, as it is kept.
    """
    alarms = [*send_reports(nights.db, settings)]
    with alarming(alarms, "alerts_failed", count="the"):
        if post := find_post(read_operator_file(settings.data.root)):
            alarms += send_alerts(settings.data, post, settings.clock)
    with alarming(alarms, "metrics_failed"):
        if settings.metrics_file:
            write_metrics(settings.data, settings.metrics_file)
    if not alarms:
        note_told_failure(nights.db, settings, report)
        return report
    report = with_alarms(report, (*report.alarms, *alarms))
    report = replace(report, exit_code=report.exit_code or int(ExitCode.ATTENTION))
    nights.end(report.id, state=report.state, exit_code=report.exit_code, error=report.error)
    return report
