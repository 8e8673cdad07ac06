"""What readers report and subscribe to: `readers.db` in the data directory, and in nothing that is published.

    figure reported ─▶ waits ─▶ released with an answer ─▶ shown with the figure and on /-/reports
                           └──▶ dismissed: gone
    alert asked for ─▶ confirmed by the link in its mail ─▶ sent by nights ─▶ ended by the link in each
                  └──▶ not confirmed in time: gone

Of a person nothing is kept but the address that an alert goes to, and that only until it is ended.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from archive.clock import Clock, instant
from archive.corpus.store import reading
from archive.data_folder import DataDir
from archive.database import Database
from pipelines.errors import GongkaiError
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct


class ReaderThresholds(Thresholds):
    """How much readers may send; each is told of in `thresholds/readers_db.yaml`."""

    report_chars: int
    reports_waiting: int
    client_hourly: int
    hourly: int
    form_bytes: int
    address_alerts: int
    mail_entries: int
    confirm_hours: int
    lock_s: float


LIMITS = ReaderThresholds.load("readers_db", "gongkai")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY, figure TEXT NOT NULL, said TEXT NOT NULL, reported_on TEXT NOT NULL,
    answer TEXT, answered_on TEXT
);
CREATE INDEX IF NOT EXISTS reports_of_figure ON reports (figure) WHERE answer IS NOT NULL;
CREATE TABLE IF NOT EXISTS alerts (
    token TEXT PRIMARY KEY, address TEXT NOT NULL, feed TEXT NOT NULL, language TEXT NOT NULL,
    asked_at TEXT NOT NULL, is_confirmed INTEGER NOT NULL DEFAULT 0, sent_until TEXT NOT NULL,
    UNIQUE (address, feed)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (digest INTEGER PRIMARY KEY, since TEXT NOT NULL);
"""
_NEWEST = """
SELECT max(ifnull((SELECT max(since) FROM entries), ''), ifnull((SELECT max(sent_until) FROM alerts), ''))
"""


class NotTaken(GongkaiError):
    """A report or an alert is not taken; the message says why."""


class NotOpened(NotTaken):
    """`readers.db` is locked or damaged, so nothing can be read from it or kept in it now."""


class FigureReport(FrozenStruct):
    """What a reader says of a figure.

    Attributes:
        id: of the report.
        figure: the id of the fact.
        said: by the reader.
        reported_on: the date.
        answer: the operator's, with which it was released; None while it waits.
        answered_on: the date of that.
    """

    id: int
    figure: str
    said: str
    reported_on: str
    answer: str | None
    answered_on: str | None


class Alert(FrozenStruct):
    """A subscription to a feed by mail.

    Attributes:
        token: by which its links name it; nobody can guess it.
        address: where it goes.
        feed: the path of the Atom feed, with its arguments.
        language: of its mails.
        asked_at: when it was asked for, in UTC.
        is_confirmed: whether the address confirmed it.
        sent_until: what was known to feeds by then, in UTC, was sent or is not to be sent.
    """

    token: str
    address: str
    feed: str
    language: str
    asked_at: str
    is_confirmed: bool
    sent_until: str


_TABLES = {FigureReport: "reports", Alert: "alerts"}
Kept = TypeVar("Kept", FigureReport, Alert)


@contextmanager
def open_readers(data: DataDir, clock: Clock) -> Iterator[Readers]:
    """Open `readers.db`, made where it is missing, for one piece of work that is durable at its end.

    Raises:
        NotOpened: it cannot be written.
    """
    try:
        db = sqlite3.connect(data.readers_db, isolation_level=None, timeout=LIMITS.lock_s, factory=Database)
        try:
            db.execute("PRAGMA secure_delete = ON")  # an address that is forgotten leaves no bytes
            with db.transaction():
                db.run_script(_SCHEMA)
                readers = Readers(db, clock)
                readers.forget_unconfirmed()
                yield readers
        finally:
            db.close()
    except sqlite3.DatabaseError as error:
        raise NotOpened(f"nothing can be kept now: {error}", where=data.readers_db.name) from error


class Readers(FrozenStruct):
    """What is kept of readers, open."""

    db: Database
    clock: Clock

    def report_figure(self, figure: str, said: str) -> None:
        """Keep what a reader says of a figure, until the operator releases or dismisses it.

        Raises:
            NotTaken: nothing is said, too much, or too many reports wait.
        """
        if not said.strip() or len(said) > LIMITS.report_chars:
            raise NotTaken(f"a report has 1 to {LIMITS.report_chars} characters")
        if self.db.value("SELECT count(*) FROM reports WHERE answer IS NULL") >= LIMITS.reports_waiting:
            raise NotTaken("too many reports wait for an answer")
        self.db.insert_row("reports", {"figure": figure, "said": said.strip(), "reported_on": self._today()})

    def waiting_reports(self) -> list[FigureReport]:
        """Return the reports that were neither released nor dismissed, oldest first."""
        return _read_rows(self.db, FigureReport, "answer IS NULL ORDER BY id")

    def release_report(self, number: int, answer: str) -> None:
        """Show a report with an answer.

        Raises:
            NotTaken: there is no such report.
        """
        sql = "UPDATE reports SET answer = ?, answered_on = ? WHERE id = ?"
        self._change(sql, (answer, self._today(), number), f"report {number}")

    def dismiss_report(self, number: int) -> None:
        """Remove a report, released or not.

        Raises:
            NotTaken: there is no such report.
        """
        self._change("DELETE FROM reports WHERE id = ?", (number,), f"report {number}")

    def ask_alert(self, address: str, feed: str, language: str) -> str | None:
        """Keep a wish for alerts until it is confirmed; return its token, None where there is one like it.

        Raises:
            NotTaken: the address has as many as it may.
        """
        known = self.db.column("SELECT feed FROM alerts WHERE address = ?", address)
        if feed in known:
            return None
        if len(known) >= LIMITS.address_alerts:
            raise NotTaken(f"an address has {LIMITS.address_alerts} alerts at most")
        now = instant(self.clock())
        # What happened before it was asked for is not sent.
        alert = Alert(secrets.token_urlsafe(24), address, feed, language, now, False, now)
        self.db.insert_row("alerts", {name: getattr(alert, name) for name in Alert.__struct_fields__})
        return alert.token

    def forget_unconfirmed(self) -> None:
        """Forget the alerts that were not confirmed in time."""
        asked_by = instant(self.clock() - dt.timedelta(hours=LIMITS.confirm_hours))
        self.db.execute("DELETE FROM alerts WHERE NOT is_confirmed AND asked_at < ?", (asked_by,))

    def find_alert(self, token: str) -> Alert | None:
        """Return an alert; None where it was ended, or not confirmed in time."""
        return next(iter(_read_rows(self.db, Alert, "token = ?", token)), None)

    def confirmed_alerts(self) -> list[Alert]:
        """Return the alerts that are to be sent."""
        return _read_rows(self.db, Alert, "is_confirmed ORDER BY feed, language, token")

    def confirm_alert(self, token: str) -> None:
        """Note that the address wants an alert."""
        self._change("UPDATE alerts SET is_confirmed = 1 WHERE token = ?", (token,), "alert")

    def note_sent(self, token: str, until: str) -> None:
        """Note that an alert was sent what was known until an instant."""
        self.db.execute("UPDATE alerts SET sent_until = ? WHERE token = ?", (until, token))

    @property
    def knows_entries(self) -> bool:
        """Whether it was noted before what feeds may tell: else its instants are those of what happened."""
        return bool(self.db.value("PRAGMA user_version"))

    def note_entries(self, entries: Iterable[tuple[int, str]]) -> str:
        """Note what feeds may tell now; return the instant since when the new of it is known.

        What happened is known from when it is first seen here: a night told late, a shard merged weeks later
        is new, however old what it brings. Only where nothing was noted before, by the first of all or by an
        older gongkai, it counts as known since it happened: of that `sent_until` of alerts speaks there.
        Nothing is ever forgotten: evidence that is gone may come back, and would be sent again.

        Args:
            entries: digest of each, and when it happened.
        """
        now, newest = instant(self.clock()), self.db.value(_NEWEST)
        if now <= newest:  # a clock was set back: what comes now still comes after what was sent
            now = instant(dt.datetime.fromisoformat(newest) + dt.timedelta(microseconds=1))
        is_first = not self.knows_entries
        rows = ((digest, min(happened, now) if is_first else now) for digest, happened in entries)
        self.db.insert_rows("entries", ("digest", "since"), rows, "OR IGNORE")
        self.db.execute("PRAGMA user_version = 1")
        return now

    def known_after(self, since: str) -> dict[int, str]:
        """Return the digests of what became known to feeds after an instant, and when each did."""
        return dict(self.db.rows("SELECT digest, since FROM entries WHERE since > ?", since))

    def end_alert(self, token: str) -> None:
        """Forget an alert, and with the last one its address."""
        self._change("DELETE FROM alerts WHERE token = ?", (token,), "alert")

    def erase_address(self, address: str) -> int:
        """Forget an address with all its alerts; return how many there were."""
        return self.db.execute("DELETE FROM alerts WHERE address = ?", (address,)).rowcount

    def _today(self) -> str:
        return self.clock().date().isoformat()

    def _change(self, sql: str, values: tuple[object, ...], what: str) -> None:
        if not self.db.execute(sql, values).rowcount:
            raise NotTaken(f"there is no such {what.split(maxsplit=1)[0]}", where=what)


def released_reports(data: DataDir, figure: str | None = None) -> list[FigureReport]:
    """Return the reports that were released, of one figure or of all, newest first.

    Raises:
        CorpusUnreadable: `readers.db` is damaged.
    """
    if not data.readers_db.exists():
        return []
    with reading(data.readers_db, hint="Bring it back from the backup, or remove it") as db:
        return _read_rows(
            db, FigureReport, "answer IS NOT NULL AND ifnull(?, figure) = figure ORDER BY id DESC", figure
        )


def _read_rows(db: Database, kind: type[Kept], condition: str, *values: object) -> list[Kept]:
    sql = f"SELECT {', '.join(kind.__struct_fields__)} FROM {_TABLES[kind]} WHERE {condition}"  # noqa: S608  ours
    return [kind(*row) for row in db.rows(sql, *values)]


class ClientLimit:
    """How often a client may send something within an hour, and all together.

    Who a client is stands in memory alone, as a hash that another process cannot make.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._hour = 0
        self._counts: dict[int, int] = {}

    def admits(self, client: str, now_s: float) -> bool:
        """Count a try that may go on, and return whether it may: what is refused takes nothing from others.

        Args:
            client: the address that the server sees.
            now_s: the time in seconds.
        """
        if self._hour != (hour := int(now_s // 3600)):
            self._hour, self._counts = hour, {}
        key = hash((self._secret, client))
        sent = self._counts.get(key, 0)
        if sent >= LIMITS.client_hourly or sum(self._counts.values()) >= LIMITS.hourly:
            return False
        self._counts[key] = sent + 1
        return True
