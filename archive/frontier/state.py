"""The frontier (`crawl.db`): what is to be fetched, what is acknowledged, what a revisit can refer to.

    record durable in WARC ─▶ record_capture ─▶ acknowledged
    list page read         ─▶ finish_page    ─▶ page and its links, in one transaction (`sweeps`)

It never knows more than WARC does: a capture is recorded only once its record is durable, so a kill at any
moment loses nothing that was acknowledged, and `archive.frontier.recovery` makes the whole of it anew by
recording the same captures again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path

from archive.clock import instant, night_of
from archive.database import Database, failing_as
from archive.frontier.schedule import Schedule
from archive.frontier.targets import Standing, Target, standing_of
from archive.warc.entries import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    TARGET_ROLES,
    ArchiveError,
    Context,
    Original,
    Role,
    StoredCapture,
)
from pipelines.errors import GongkaiError
from pipelines.response.http_message import header_value
from pipelines.response.outcome import Outcome, outcome_of_status
from pipelines.response.unknown_page import ANSWERS_OF_UNKNOWN, is_told_apart, is_unknown_page

SCHEMA_VERSION = 12
"""Raised where more is read off archived pages, too: what they lead to is noted when it is made again."""

# For another process to end its transaction: far longer than any lasts, because to give up ends the run.
_WAIT_S = 120.0
NO_HTTP = 0
"""Stands for the status of an imported file, which nothing fetched ever repeats."""
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

# RFC 9110, 15.4, without 300 (several choices) and 304 (not modified); RFC 9110, 15.5.9; RFC 6585, 4.
_REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
# RFC 9110, 15.5.9 and RFC 6585, 4: of refusals these say themselves that a later request may do.
_RETRIED_STATUSES = frozenset((408, 429))
NEVER_SENT = frozenset(
    (Outcome.ROBOTS_DENIED, Outcome.ADDRESS_DENIED, Outcome.REDIRECT_LOOP, Outcome.STOP_LISTED)
)
"""Outcomes of failures for which nothing went over the wire that is not counted by itself."""


class FrontierBroken(ArchiveError):
    """`crawl.db` cannot be written; nothing more can be acknowledged."""


class FrontierOutdated(GongkaiError):
    """`crawl.db` was written by another version; it is made again from WARC."""


class Frontier:
    """The crawl's memory, in one SQLite file; several processes may have it open at a time.

    Args:
        path: `crawl.db`; made when it is missing.

    Attributes:
        connection: of the file.
        schedule: the addresses that are fetched again and again.

    Raises:
        FrontierBroken: it cannot be written.
        FrontierOutdated: it was written by another version.
        sqlite3.DatabaseError: it is no database, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, factory=Database)
        try:
            with explaining():
                self._prepare()
        except BaseException:  # an interrupt too: nobody else could close it
            self.connection.close()
            raise
        self._db = self.connection
        self.schedule = Schedule(self)

    def _prepare(self) -> None:
        # Only what WARC has synced is recorded, and `archive.frontier.recovery` records again what a power
        # cut took of the newest transactions: a sync for each would cost a slow disk a third of its pages.
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        version = self.connection.value("PRAGMA user_version")
        if version not in {0, SCHEMA_VERSION}:
            raise FrontierOutdated(f"crawl.db has the layout {version}, this gongkai has {SCHEMA_VERSION}")
        # An empty file. Made in one transaction: a kill leaves none or all of it.
        if version == 0:
            schema = files("archive.frontier").joinpath("schema.sql").read_text(encoding="utf-8")
            self.connection.executescript(
                f"BEGIN;\n{schema}\nPRAGMA user_version = {SCHEMA_VERSION};\nCOMMIT;"
            )

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block, or nothing of it. A block inside a block is part of the outer one.

        Raises:
            FrontierBroken: the file cannot be written.
        """
        with explaining(), self.connection.transaction():
            yield

    # Runs

    def begin_run(self, run_id: str, at: dt.datetime, portals: Sequence[str]) -> None:
        """Note a run that begins; the walks of runs that have ended are let go of."""
        with self.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, 'running')",
                (run_id, instant(at), json.dumps(sorted(portals))),
            )
            # Not those of all others: a file that is damaged is folded in before each crawl, and the run that
            # it tells of began before the one that was killed and is gone on with.
            for table in ("sweep_pages", "sweep_parts", "sightings", "spent"):
                self._db.execute(f"DELETE FROM {table} WHERE run_id NOT IN ({_RUNNING})")  # noqa: S608 - constants

    def list_unfinished_runs(self) -> tuple[tuple[str, dt.datetime, tuple[str, ...]], ...]:
        """Return the runs that have no end, oldest first: id, start, portals."""
        rows = self._db.execute(
            "SELECT id, started_at, portals FROM runs WHERE state = 'running' ORDER BY started_at, id"
        )
        return tuple((run, dt.datetime.fromisoformat(at), tuple(json.loads(said))) for run, at, said in rows)

    def end_run(self, run_id: str, state: str) -> None:
        """Note how a run ended: `finished`, `failed` or `interrupted`. Once it has, it stays so."""
        with self.transaction():
            ended = self._db.execute(
                "UPDATE runs SET state = ? WHERE id = ? AND state = 'running'", (state, run_id)
            )
            # Told again, it would be judged by what was seen since.
            if ended.rowcount:
                self.schedule.note_crowds(run_id)

    def spending_of(self, run_id: str, portal_id: str) -> tuple[int, int]:
        """Return what a portal has cost in a run so far: requests, and bytes of bodies."""
        sql = "SELECT requests, bytes FROM spent WHERE run_id = ? AND portal_id = ?"
        return self._db.row(sql, run_id, portal_id) or (0, 0)

    # What it was made from

    def count_folded_bytes(self, warc_file: str) -> int | None:
        """Return how much of a WARC file it knows; None for a file that it has not seen."""
        size: int | None = self._db.value("SELECT bytes FROM folded WHERE warc_file = ?", warc_file)
        return size

    def note_folded(self, warc_file: str, size_bytes: int) -> None:
        """Note that it knows a WARC file of this size."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO folded VALUES (?, ?)", (warc_file, size_bytes))

    # Captures

    def find_original(self, url: str, status: int | None, sha256: str) -> Original | None:
        """Return the capture that an answer repeats; None for an answer not seen before.

        The same address repeats itself with the same status and payload, even an empty one. Another
        address is only repeated by a 200 with something in it: error pages are alike everywhere. An
        article in several pages is never repeated.
        """
        known = self._db.rows(
            "SELECT capture_id, url, fetched_at FROM payloads WHERE url = ? AND status = ? AND sha256 = ?",
            *(url, status, sha256),
        )
        if not known and status == 200 and sha256 != EMPTY_SHA256:
            known = self._db.rows(
                "SELECT capture_id, url, fetched_at FROM payloads WHERE sha256 = ? AND status = 200 "
                "ORDER BY fetched_at, capture_id",
                sha256,
            )
        # Neither side may be in parts: a revisit would be read with the parts of another visit.
        rows = (row for row in known if not any(map(self.schedule.is_in_parts, {url, row[1]})))
        return _original(next(rows, None), IDENTICAL_PAYLOAD)

    def find_unmodified(self, url: str) -> Original | None:
        """Return the capture whose payload an address still has, as its 304 says."""
        row = self._db.row("SELECT original_id, original_url, original_at FROM visits WHERE url = ?", url)
        return _original(row, NOT_MODIFIED)

    def find_kept_page(self, url: str) -> tuple[str, int] | None:
        """Return the WARC file and offset of the payload that an address still has, as its 304 says."""
        row: tuple[str, int] | None = self._db.row(
            "SELECT warc_file, warc_offset FROM visits JOIN payloads "
            "ON payloads.url = original_url AND payloads.status = 200 AND capture_id = original_id "
            "WHERE visits.url = ?",
            url,
        )
        return row

    def find_repeated(self, url: str, status: int | None, body: bytes) -> Original | None:
        """Return the capture that an answer repeats, or says that its address still has; None for neither."""
        if status == 304:
            return self.find_unmodified(url)
        return self.find_original(url, status, hashlib.sha256(body).hexdigest())

    def is_page_repeated(self, url: str, status: int | None, body: bytes) -> bool:
        """Whether an answer says that its address has the page that it had when it had one last."""
        known, repeated = self.find_unmodified(url), self.find_repeated(url, status, body)
        return known is not None and repeated is not None and repeated.capture_id == known.capture_id

    def find_payload(self, capture: StoredCapture) -> tuple[str, int] | None:
        """Return the WARC file and offset at which the payload of a capture stands; None for one unknown."""
        if capture.original is None:
            return capture.warc_file, capture.warc_offset
        # By address and status, which the index knows; a 200 may repeat any address.
        row: tuple[str, int] | None = self._db.row(
            "SELECT warc_file, warc_offset FROM payloads "
            "WHERE url = ?1 AND status = ?2 AND sha256 = ?3 AND capture_id = ?4 "
            "UNION ALL SELECT warc_file, warc_offset FROM payloads "
            "WHERE sha256 = ?3 AND status = 200 AND capture_id = ?4 LIMIT 1",
            capture.original.url,
            capture.status,
            capture.payload_sha256,
            capture.original.capture_id,
        )
        return row

    def holds_resource(self, url: str, sha256: str) -> bool:
        """Whether a file with these bytes was imported under this address."""
        sql = "SELECT 1 FROM payloads WHERE url = ? AND status = ? AND sha256 = ?"
        return bool(self._db.row(sql, url, NO_HTTP, sha256))

    def validators_for(self, url: str) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified to ask with, as the newest answer that was a page left them."""
        row = self._db.row("SELECT etag, last_modified FROM visits WHERE url = ? AND status = 200", url)
        return (None, None) if row is None or self.schedule.is_in_parts(url) else row

    def find_unknown_pages(self, run_id: str, portal_id: str) -> dict[bool, tuple[str, int]]:
        """Return where the answers stand by which the pages of a portal are judged in a run.

        The first to an address that does not exist (True), and the first front page (False).
        """
        rows = self._db.rows(
            f"SELECT is_unknown, warc_file, warc_offset FROM probes WHERE status IN ({_TELLING}) "  # noqa: S608 - numbers
            "AND run_id = ? AND portal_id = ? ORDER BY fetched_at DESC, capture_id DESC",
            *(run_id, portal_id),
        )
        # The newest first, so that the oldest of each kind, written last, is the one that holds.
        return {bool(kind): (file, offset) for kind, file, offset in rows}

    def is_probed(self, run_id: str, portal_id: str) -> bool:
        """Whether a portal was asked in a run for what its pages are held against."""
        return bool(
            self._db.row("SELECT 1 FROM probes WHERE run_id = ? AND portal_id = ?", run_id, portal_id)
        )

    def record_captures(self, captures: Iterable[tuple[StoredCapture, int]]) -> None:
        """Acknowledge captures whose records are durable, all of them or none.

        Args:
            captures: as kept and judged, each with the size of the body that came in, in bytes.

        Raises:
            FrontierBroken: the file cannot be written.
        """
        with self.transaction():
            for capture, size_bytes in captures:
                self.record_capture(capture)
                self._spend(capture, size_bytes)

    def record_capture(self, capture: StoredCapture, outcome: str | None = None) -> None:
        """Acknowledge a capture whose record is durable. Recording one twice changes nothing.

        An answer that is neither a redirect nor to be tried again also ends its address for the run.

        Args:
            capture: as kept.
            outcome: what it was judged to be; None where only its status is known.
        """
        context, status = capture.context, capture.status
        outcome = outcome or capture.outcome or (Outcome.OK if status is None else outcome_of_status(status))
        if status == 304 and capture.original is None:
            outcome = Outcome.UNEXPECTED  # as before, of a page that nobody ever had
        with self.transaction():
            if context is not None and context.portal is not None:
                self._schedule_answer(capture, context, context.portal, outcome)
            if capture.kind in {"response", "resource"} and capture.payload_sha256 is not None:
                self._remember_payload(capture, NO_HTTP if status is None else status, capture.payload_sha256)
            if status is None:
                return
            if context and context.role is Role.PROBE:
                self._remember_probe(capture, context, status)
                return  # looking around visits no document and ends no address
            self._remember_visit(capture, outcome)
            if context and is_final(status):
                self.schedule.finish_targets([capture.url], context.run_id)

    def night_of_capture(self, capture: StoredCapture) -> dt.date:
        """Return the night of the run that fetched a capture; else that on which it was fetched."""
        known = capture.context and self.schedule.night_of_run(capture.context.run_id)
        return known or night_of(capture.fetched_at)

    def _spend(self, capture: StoredCapture, size_bytes: int) -> None:
        context = capture.context
        if context is None or context.portal is None or capture.outcome in NEVER_SENT:
            return
        self._db.execute(
            "INSERT INTO spent VALUES (?, ?, 1, ?) ON CONFLICT (run_id, portal_id) DO UPDATE SET "
            "requests = requests + 1, bytes = bytes + excluded.bytes",
            (context.run_id, context.portal, size_bytes),
        )

    def _schedule_answer(self, capture: StoredCapture, context: Context, portal: str, outcome: str) -> None:
        night = self.night_of_capture(capture)
        if context.role in TARGET_ROLES:
            asked = self._db.value("SELECT url FROM redirects WHERE capture_id = ?", context.parent)
            self._remember_target(capture, context, portal, night, asked)
            self.schedule.record_answer(capture, outcome, portal, night)
            # A program that hands out a file answers with what it leads to. Of a page that is not sure: a
            # portal under repair leads all of them to one.
            if asked and context.role is Role.ATTACHMENT and standing_of(outcome) is Standing.THERE:
                led = capture.replace(url=str(asked))
                self.schedule.record_answer(led, outcome, portal, night)
        elif context.role is Role.PART:
            self.schedule.record_part(portal, capture.url, outcome)

    def _remember_target(
        self, capture: StoredCapture, context: Context, portal: str, night: dt.date, asked: object
    ) -> None:
        if capture.status in _REDIRECT_STATUSES:
            row = (capture.id, asked or capture.url)
            self._db.execute("INSERT OR IGNORE INTO redirects VALUES (?, ?)", row)
        # A hop is on the way of the target that led to it; it becomes one itself if a page is there.
        if asked and capture.status != 200:
            return
        listed = (context.parent, context.list_title, context.list_date, context.list_url)
        self.schedule.add_target(portal, Target(0, capture.url, context.role, *listed), night)

    def _remember_payload(self, capture: StoredCapture, status: int, sha256: str) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                capture.url,
                status,
                sha256,
                capture.id,
                instant(capture.fetched_at),
                capture.warc_file,
                capture.warc_offset,
            ),
        )

    def _remember_probe(self, capture: StoredCapture, context: Context, status: int) -> None:
        above = self._db.row("SELECT is_unknown FROM probes WHERE capture_id = ?", context.parent)
        if not above and (context.parent or not is_told_apart(capture.url)):
            return
        is_unknown = above[0] if above else int(is_unknown_page(capture.url))
        place = self.find_payload(capture)
        if place is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO probes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(capture.id, context.run_id, context.portal, instant(capture.fetched_at)),
                    *(status, is_unknown, *place),
                ),
            )

    def _remember_visit(self, capture: StoredCapture, outcome: str) -> None:
        # What is no page must not be asked for on condition, since its 304 would not say what it is; nor does
        # an outage make us forget what the page was.
        if outcome not in {Outcome.OK, Outcome.NOT_MODIFIED}:
            return
        etag = header_value(capture.headers, "etag")
        modified = header_value(capture.headers, "last-modified")
        at = instant(capture.fetched_at)
        if capture.status == 304:
            self._db.execute(
                "UPDATE visits SET fetched_at = ?1, etag = ifnull(?2, etag), "
                "last_modified = ifnull(?3, last_modified) WHERE url = ?4 AND fetched_at <= ?1",
                (at, etag, modified, capture.url),
            )
            return
        original = capture.original or Original(capture.id, capture.url, capture.fetched_at, "")
        self._db.execute(
            "INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET "
            "(fetched_at, status, etag, last_modified, original_id, original_url, original_at) = "
            "(excluded.fetched_at, excluded.status, excluded.etag, excluded.last_modified, "
            "excluded.original_id, excluded.original_url, excluded.original_at) "
            "WHERE excluded.fetched_at >= visits.fetched_at",
            (
                capture.url,
                at,
                capture.status,
                etag,
                modified,
                original.capture_id,
                original.url,
                instant(original.fetched_at),
            ),
        )


_RUNNING = "SELECT id FROM runs WHERE state = 'running'"
_TELLING = ", ".join(map(str, sorted(ANSWERS_OF_UNKNOWN)))


def is_final(status: int) -> bool:
    """Whether an answer ends its address for a run: no redirect, nothing to be tried again."""
    return status < 300 or status == 304 or (400 <= status < 500 and status not in _RETRIED_STATUSES)


def _original(row: tuple[str, str, str] | None, profile: str) -> Original | None:
    if row is None:
        return None
    capture_id, url, at = row
    return Original(capture_id, url, dt.datetime.fromisoformat(at), profile)


explaining = partial(
    failing_as,
    FrontierBroken,
    "it cannot be written",
    "crawl.db",
    "Make room and run again; what WARC holds is caught up with",
    on=sqlite3.OperationalError,
)
"""Turns what SQLite cannot do to the frontier into an error that says what to do."""
