"""Tell whom it concerns, by `apprise`: mail, webhook, DingTalk, WeCom, Feishu and what else it knows.

    report ─▶ outbox in nights.db, a row for each address ─▶ sent ─▶ row goes
                                                        └─not sent─▶ row stays, goes with the next

Rows name nights, not texts: what is sent is the kept report as it is by then, so that what was suppressed
meanwhile is not told. A row goes once its address has taken the message; killed in between, it is sent twice.
Addresses hold passwords and tokens: they are neither kept nor printed, but told by their number.

What happened and no report told is a queue in the corpus, which a trigger fills:

    derive: INSERT INTO changes ─trigger─▶ _untold ─ minus `told` of nights.db ─▶ report ─▶ told ─▶ emptied

It is made by the first night, with all that the corpus holds: of a corpus that was made anew, or comes from
before, nothing is told twice that is noted as told, and all that is not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from archive.corpus.store import CorpusUnreadable
from archive.database import Database
from archive.warc.files import archive_files, sound_name
from gongkai.nights.alarms import make_alarm
from gongkai.nights.kept_reports import ReportUnreadable, kept_nights, load_report, with_titles
from gongkai.nights.night_record import event_digest, reading_nights
from gongkai.nights.night_report import OtherRun, describe_night, describe_verdict
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.data_folder import DataDir
    from gongkai.nights.night_record import Nights
    from gongkai.nights.night_report import Alarm, NightReport
    from gongkai.operator_settings import Settings

_IDENTITY = "kind, document_id, observed_at, capture_id"
_QUEUE = f"""
CREATE TABLE _untold (
    kind TEXT NOT NULL,
    document_id TEXT NOT NULL,
    observed_at TEXT NOT NULL,
    capture_id TEXT NOT NULL,
    PRIMARY KEY ({_IDENTITY})
) STRICT, WITHOUT ROWID;
CREATE TRIGGER _untold_added AFTER INSERT ON changes BEGIN
    INSERT OR IGNORE INTO _untold VALUES (NEW.kind, NEW.document_id, NEW.observed_at, NEW.capture_id);
END;
CREATE TRIGGER _untold_removed AFTER DELETE ON changes BEGIN
    DELETE FROM _untold WHERE ({_IDENTITY}) = (OLD.kind, OLD.document_id, OLD.observed_at, OLD.capture_id);
END;
INSERT INTO _untold SELECT {_IDENTITY} FROM changes;
"""  # noqa: S608  names of ours
_QUEUED = """
SELECT q.kind, q.document_id, q.observed_at, q.capture_id, d.url FROM _untold AS q
JOIN documents AS d ON d.id = q.document_id ORDER BY q.kind, d.url, q.observed_at
"""
_RUNS = "SELECT id, verb, night, state, problems FROM runs ORDER BY started_at, id"
_OUTCOMES = "SELECT ifnull(portal_id, ''), outcome, count(*) FROM captures WHERE run_id = ? GROUP BY 1, 2"


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
        if problem := _send_waiting(settings.data, address, nights):
            yield make_alarm("telling_failed", number=number, detail=problem)
        else:
            rows = [(_digest(address), night) for night in nights]
            db.executemany("DELETE FROM outbox WHERE address = ? AND night_id = ?", rows)


def _send_waiting(data: DataDir, address: str, nights: Sequence[str]) -> str | None:
    kept = set(kept_nights(data))
    try:
        # A night that was killed before it kept its report is told by the next.
        reports = [load_report(data, night) for night in reversed(nights) if night in kept]
    except ReportUnreadable as damage:
        return str(damage)
    shown = [with_titles(report, data) for report in reports]
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


@dataclass(slots=True)
class Untold:
    """What is about to be told.

    Attributes:
        events: kind, document, instant, capture and address of each.
        digests: of all that is about to be told.
        runs: runs that are not this night's own.
        repaired: sound copies of damaged WARC files.
    """

    events: list[tuple[str, ...]] = field(default_factory=list)
    digests: list[int] = field(default_factory=list)
    runs: list[OtherRun] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)


def find_untold(data: DataDir, nights: Nights, run_id: str | None) -> Untold:
    """Return everything that happened and no report told.

    Args:
        data: the data directory; the caller holds its lock.
        nights: what was told.
        run_id: this night's own run, of which its report tells in full.

    Raises:
        sqlite3.DatabaseError: the corpus cannot be read, or the queue not be made in it.
    """
    untold = Untold()

    def is_new(*identity: str) -> bool:
        digest = event_digest(*identity)
        if nights.is_told(digest):
            return False
        untold.digests.append(digest)
        return True

    files = {path.name for path in archive_files(data.warc)}
    sound = sorted(files & {sound_name(name) for name in files})
    untold.repaired = [name for name in sound if is_new("repaired", name)]
    if data.corpus_db.exists():
        with closing(_open(data)) as corpus:
            untold.events = [event for event in corpus.rows(_QUEUED) if is_new(*event[:4])]
            for run, verb, night, state, problems in corpus.rows(_RUNS):
                if is_new("run", run, state) and run != run_id:
                    outcomes: dict[str, dict[str, int]] = {}
                    for portal, outcome, count in corpus.execute(_OUTCOMES, (run,)):
                        outcomes.setdefault(portal, {})[outcome] = count
                    found = tuple(json.loads(problems))
                    untold.runs.append(OtherRun(run, verb, night, state, outcomes, found))
    return untold


def empty_queue(data: DataDir) -> None:
    """Empty the queue, once all that is in it is noted as told.

    Raises:
        sqlite3.DatabaseError: the corpus cannot be written; what is told stays told.
    """
    if data.corpus_db.exists():
        with closing(_open(data)) as corpus:
            corpus.execute("DELETE FROM _untold")


def _open(data: DataDir) -> Database:
    corpus = sqlite3.connect(data.corpus_db, isolation_level=None, timeout=30, factory=Database)
    if not corpus.has_table("_untold"):
        with corpus.transaction():
            corpus.run_script(_QUEUE)
    return corpus
