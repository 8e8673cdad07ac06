"""How things stand: the last runs, the portals' health, the size of the corpus."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from archive.corpus.store import reading
from pipelines.response.portal_health import describe_reason

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from archive.data_folder import DataDir

_RUNS = """
SELECT r.id, r.verb, r.night, r.state, count(c.id) AS captures,
       count(c.id) FILTER (WHERE c.outcome IN ('ok', 'not_modified')) AS good
FROM runs AS r LEFT JOIN captures AS c ON c.run_id = r.id
GROUP BY r.id ORDER BY r.started_at DESC LIMIT 5
"""
_PORTALS = """
SELECT p.id, p.name, p.health, p.health_reason, p.health_detail, p.last_crawled_at,
       (SELECT count(*) FROM documents AS d WHERE d.portal_id = p.id)
FROM portals AS p ORDER BY p.id
"""
_FILE_TYPES = """
SELECT coalesce(file_type, 'unknown'), read_state, reason, documents FROM file_types
ORDER BY 1, read_state <> 'read', read_state, documents DESC, reason
"""
_TABLES = ("captures", "documents", "versions", "sections", "occurrences", "facts", "checks")


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run: what it was, and how many of its captures answered well."""

    id: str
    verb: str
    night: str | None
    state: str
    captures: int
    good: int


@dataclass(frozen=True, slots=True)
class PortalLine:
    """One portal: how its newest run went, and how many documents it gave."""

    id: str
    name: str
    health: str | None
    health_reason: str | None
    health_detail: str | None
    last_crawled_at: str | None
    documents: int


@dataclass(frozen=True, slots=True)
class FileTypeLine:
    """Files of one type: how many of them were read, wait or failed, and why."""

    file_type: str
    read_state: str
    reason: str | None
    documents: int


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that `gongkai status` shows.

    Attributes:
        derived: False when there is no corpus yet.
        rows: rows of the main tables.
        unread: captures still to be read.
        read_states: documents by read state.
        file_types: documents by the type of their bytes, their read state, and why they wait or failed.
        runs: the newest five, newest first.
        portals: all that were crawled.
        published: the name of the published copy; None before the first.
        warc_files: how many there are.
        warc_bytes: their size together.
    """

    derived: bool
    rows: dict[str, int]
    unread: int
    read_states: dict[str, int]
    file_types: tuple[FileTypeLine, ...]
    runs: tuple[RunLine, ...]
    portals: tuple[PortalLine, ...]
    published: str | None
    warc_files: int
    warc_bytes: int


def read_status(data: DataDir) -> Status:
    """Look at a data directory without writing to it.

    Raises:
        CorpusUnreadable: the corpus is damaged, or none of this program.
    """
    sizes = [path.stat().st_size for path in data.warc.glob("*.warc.gz")] if data.warc.is_dir() else []
    published = data.public_db.resolve().name if data.public_db.exists() else None
    if not data.corpus_db.exists():
        return Status(False, {}, 0, {}, (), (), (), published, len(sizes), sum(sizes))
    with reading(data.corpus_db) as corpus:
        return Status(
            derived=True,
            rows={table: _one(corpus, f"SELECT count(*) FROM {table}") for table in _TABLES},  # noqa: S608  names from this module
            unread=_one(corpus, "SELECT count(*) FROM _to_read"),
            read_states=dict(
                corpus.execute("SELECT read_state, count(*) FROM documents GROUP BY 1 ORDER BY 1")
            ),
            file_types=tuple(FileTypeLine(*row) for row in corpus.execute(_FILE_TYPES)),
            runs=tuple(RunLine(*row) for row in corpus.execute(_RUNS)),
            portals=tuple(PortalLine(*row) for row in corpus.execute(_PORTALS)),
            published=published,
            warc_files=len(sizes),
            warc_bytes=sum(sizes),
        )


def _one(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0])


def _files(lines: Sequence[FileTypeLine]) -> Iterator[str]:
    """Yield a line per type of which not everything was read: those that were read need no words."""
    for file_type, found in groupby(lines, attrgetter("file_type")):
        states = tuple(found)
        if any(one.read_state != "read" for one in states):
            told = (
                f"{one.documents} {one.read_state}" + (f" ({one.reason})" if one.reason else "")
                for one in states
            )
            yield f"{file_type}: {', '.join(told)}"


def _health(portal: PortalLine) -> str:
    if portal.health_reason is None:
        return portal.health or "never answered"
    return (
        f"{portal.health} ({describe_reason(portal.health_reason, json.loads(portal.health_detail or '{}'))})"
    )


def describe(status: Status) -> list[str]:
    """Say it in lines for people."""
    lines = [f"evidence   {status.warc_files} WARC files, {status.warc_bytes / 1e6:.1f} MB"]
    if not status.derived:
        return [*lines, "corpus     none yet: run gongkai crawl or import, then derive"]
    lines.append("corpus     " + ", ".join(f"{count} {table}" for table, count in status.rows.items()))
    lines.append("documents  " + ", ".join(f"{count} {state}" for state, count in status.read_states.items()))
    lines += [f"files      {line}" for line in _files(status.file_types)]
    if status.unread:
        lines.append(f"unread     {status.unread} captures: run gongkai derive")
    lines.append(f"published  {status.published or 'nothing yet: run gongkai publish'}")
    lines += [
        f"portal     {one.id}: {_health(one)}, {one.documents} documents, "
        f"last crawled {one.last_crawled_at or 'never'}"
        for one in status.portals
    ]
    lines += [
        f"run        {one.id} {one.verb} ({one.night}): {one.state}, {one.good} of {one.captures} good"
        for one in status.runs
    ]
    return lines
