"""The frontier (`crawl.db`): what is to be fetched, what is acknowledged, what a revisit can refer to.

    record durable in WARC ─▶ record_capture ─▶ acknowledged
    list page read         ─▶ finish_page    ─▶ page and its links, in one transaction (`archive.sweeps`)

It never knows more than WARC does: a capture is recorded only once its record is durable, so a kill at any
moment loses nothing that was acknowledged, and `archive.frontier_fold` makes the whole of it anew by
recording the same captures again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import json
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING

from archive.clock import instant
from archive.targets import Target
from archive.warc.errors import ArchiveError
from archive.warc.model import IDENTICAL_PAYLOAD, NOT_MODIFIED, Original, Role
from pipelines.address import canonical_address
from pipelines.decode.http_headers import header_value
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.targets import Link
    from archive.warc.model import StoredCapture

SCHEMA_VERSION = 1
NO_HTTP = 0
"""Stands for the status of an imported file, which nothing fetched ever repeats."""
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_TARGET_ROLES = frozenset((Role.ARTICLE, Role.ATTACHMENT))
_REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_RETRIED_STATUSES = frozenset((408, 429))


class FrontierBroken(ArchiveError):
    """`crawl.db` cannot be written; nothing more can be acknowledged."""


class FrontierOutdated(GongkaiError):
    """`crawl.db` was written by another version; it is made again from WARC."""


class Frontier:
    """The crawl's memory, in one SQLite file.

    Args:
        path: `crawl.db`; made when it is missing.

    Raises:
        FrontierBroken: it cannot be written.
        FrontierOutdated: it was written by another version.
        sqlite3.DatabaseError: it is no database, or a damaged one.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.OperationalError as error:
            self._db.close()
            raise _cannot_write(error) from error
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        # WAL with FULL: what a transaction acknowledged survives a power cut.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in {0, SCHEMA_VERSION}:
            raise FrontierOutdated(f"crawl.db has the layout {version}, this gongkai has {SCHEMA_VERSION}")
        if version == 0:
            schema = files("archive").joinpath("frontier_schema.sql").read_text(encoding="utf-8")
            self._db.executescript(f"BEGIN;\n{schema}\nPRAGMA user_version = {SCHEMA_VERSION};\nCOMMIT;")

    @property
    def connection(self) -> sqlite3.Connection:
        """The open file, for what shares its transactions (`archive.sweeps`)."""
        return self._db

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block, or nothing of it. A block inside a block is part of the outer one.

        Raises:
            FrontierBroken: the file cannot be written.
        """
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise _cannot_write(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        # SQLite rolls back by itself when the disk is full.
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    # Runs

    def begin_run(self, run_id: str, at: dt.datetime, portals: Sequence[str]) -> None:
        """Note a run that begins; the walks of earlier runs are let go of."""
        with self.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, 'running')",
                (run_id, instant(at), json.dumps(sorted(portals))),
            )
            self._db.execute("DELETE FROM sweep_pages WHERE run_id <> ?", (run_id,))
            self._db.execute("DELETE FROM sightings WHERE run_id <> ?", (run_id,))

    def unfinished_runs(self) -> tuple[tuple[str, dt.datetime, tuple[str, ...]], ...]:
        """Return the runs that have no end, oldest first: id, start, portals."""
        rows = self._db.execute(
            "SELECT id, started_at, portals FROM runs WHERE state = 'running' ORDER BY started_at, id"
        )
        return tuple((run, dt.datetime.fromisoformat(at), tuple(json.loads(said))) for run, at, said in rows)

    def end_run(self, run_id: str, state: str) -> None:
        """Note how a run ended: `finished`, `failed` or `interrupted`."""
        with self.transaction():
            self._db.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run_id))

    # What it was made from

    def folded_bytes(self, warc_file: str) -> int | None:
        """Return how much of a WARC file it knows; None for a file that it has not seen."""
        row = self._db.execute("SELECT bytes FROM folded WHERE warc_file = ?", (warc_file,)).fetchone()
        return None if row is None else int(row[0])

    def note_folded(self, warc_file: str, size_bytes: int) -> None:
        """Note that it knows a WARC file of this size."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO folded VALUES (?, ?)", (warc_file, size_bytes))

    # Captures

    def original_for(self, url: str, status: int, sha256: str) -> Original | None:
        """Return the capture that an answer repeats; None for an answer not seen before.

        The same address repeats itself with the same status and payload, even an empty one. Another
        address is only repeated by a 200 with something in it: error pages are alike everywhere.
        """
        row = self._db.execute(
            "SELECT capture_id, url, fetched_at FROM payloads WHERE url = ? AND status = ? AND sha256 = ?",
            (url, status, sha256),
        ).fetchone()
        if row is None and status == 200 and sha256 != EMPTY_SHA256:
            row = self._db.execute(
                "SELECT capture_id, url, fetched_at FROM payloads WHERE sha256 = ? AND status = 200 "
                "ORDER BY fetched_at, capture_id LIMIT 1",
                (sha256,),
            ).fetchone()
        return _original(row, IDENTICAL_PAYLOAD)

    def original_of_unmodified(self, url: str) -> Original | None:
        """Return the capture whose payload an address still has, as its 304 says."""
        row = self._db.execute(
            "SELECT original_id, original_url, original_at FROM visits WHERE url = ?", (url,)
        ).fetchone()
        return _original(row, NOT_MODIFIED)

    def holds_resource(self, url: str, sha256: str) -> bool:
        """Whether a file with these bytes was imported under this address."""
        row = self._db.execute(
            "SELECT 1 FROM payloads WHERE url = ? AND status = ? AND sha256 = ?", (url, NO_HTTP, sha256)
        ).fetchone()
        return row is not None

    def validators(self, url: str) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified to ask with; only a 200 leaves any."""
        row = self._db.execute(
            "SELECT etag, last_modified FROM visits WHERE url = ? AND status = 200", (url,)
        ).fetchone()
        return row or (None, None)

    def record_captures(self, captures: Iterable[StoredCapture]) -> None:
        """Acknowledge captures whose records are durable, all of them or none.

        Raises:
            FrontierBroken: the file cannot be written.
        """
        with self.transaction():
            for capture in captures:
                self.record_capture(capture)

    def record_capture(self, capture: StoredCapture) -> None:
        """Acknowledge a capture whose record is durable. Recording one twice changes nothing.

        An answer that is neither a redirect nor to be tried again also ends its address for the run.
        """
        with self.transaction():
            self._remember_target(capture)
            if capture.kind == "resource" and capture.payload_sha256 is not None:
                self._remember_payload(capture, NO_HTTP, capture.payload_sha256)
            if capture.status is None or capture.kind not in {"response", "revisit"}:
                return
            if capture.kind == "response" and capture.payload_sha256 is not None:
                self._remember_payload(capture, capture.status, capture.payload_sha256)
            self._remember_visit(capture)
            if capture.context and is_final(capture.status):
                self.finish([capture.url], capture.context.run_id)

    def finish(self, urls: Iterable[str], run_id: str) -> None:
        """Note that addresses came to an end in a run: they are not fetched again in it."""
        unfinished = [url for url in urls if not self.is_finished(url, run_id)]
        if not unfinished:
            return
        with self.transaction():
            self._db.executemany(
                "UPDATE targets SET done_run = ? WHERE key = ?", [(run_id, _key(url)) for url in unfinished]
            )

    def is_finished(self, url: str, run_id: str) -> bool:
        """Whether an address has come to an end in a run."""
        row = self._db.execute("SELECT done_run FROM targets WHERE key = ?", (_key(url),)).fetchone()
        return row is not None and row[0] == run_id

    def pending(self, portal_id: str, run_id: str, *, after: int, limit: int) -> tuple[Target, ...]:
        """Return the next targets of a portal that have not come to an end in a run, in order of finding.

        Args:
            portal_id: whose targets.
            run_id: the run.
            after: the `seq` to go on behind; 0 for the beginning.
            limit: how many at most.
        """
        rows = self._db.execute(
            "SELECT seq, url, role, parent, list_title, list_date FROM targets "
            "WHERE portal_id = ? AND seq > ? AND done_run IS NOT ? ORDER BY seq LIMIT ?",
            (portal_id, after, run_id, limit),
        )
        return tuple(Target(seq, url, Role(role), *rest) for seq, url, role, *rest in rows)

    def add_targets(self, portal_id: str, capture_id: str | None, links: Iterable[Link]) -> int:
        """Add the links that are wanted; returns how many were not known."""
        rows = (
            (
                _key(link.url),
                link.url,
                portal_id,
                Role.ARTICLE,
                capture_id,
                link.title,
                link.date,
            )
            for link in links
            if link.wanted
        )
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO targets (key, url, portal_id, role, parent, list_title, list_date) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            rows,
        )
        return self._db.total_changes - before

    def _remember_target(self, capture: StoredCapture) -> None:
        context = capture.context
        if context is None or context.portal is None or context.role not in _TARGET_ROLES:
            return
        if capture.status in _REDIRECT_STATUSES:
            self._db.execute("INSERT OR IGNORE INTO redirects VALUES (?)", (capture.id,))
        # A hop is on the way of the target that led to it; it becomes one itself if a page is there.
        if self._is_redirect(context.parent) and capture.status != 200:
            return
        self._db.execute(
            "INSERT INTO targets (key, url, portal_id, role, parent, list_title, list_date) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (
                _key(capture.url),
                capture.url,
                context.portal,
                context.role,
                context.parent,
                context.list_title,
                context.list_date,
            ),
        )

    def _is_redirect(self, capture_id: str | None) -> bool:
        found = self._db.execute("SELECT 1 FROM redirects WHERE capture_id = ?", (capture_id,)).fetchone()
        return found is not None

    def _remember_payload(self, capture: StoredCapture, status: int, sha256: str) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO payloads VALUES (?, ?, ?, ?, ?)",
            (capture.url, status, sha256, capture.id, instant(capture.fetched_at)),
        )

    def _remember_visit(self, capture: StoredCapture) -> None:
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


@functools.lru_cache(maxsize=4096)
def _key(url: str) -> str:
    return canonical_address(url)


def is_final(status: int) -> bool:
    """Whether an answer ends its address for a run: no redirect, nothing to be tried again."""
    return status < 300 or status == 304 or (400 <= status < 500 and status not in _RETRIED_STATUSES)


def _cannot_write(error: sqlite3.OperationalError) -> FrontierBroken:
    return FrontierBroken(
        f"crawl.db cannot be written: {error}",
        hint="Make room and run again; what WARC holds is caught up with",
    )


def _original(row: tuple[str, str, str] | None, profile: str) -> Original | None:
    if row is None:
        return None
    capture_id, url, at = row
    return Original(capture_id, url, dt.datetime.fromisoformat(at), profile)
