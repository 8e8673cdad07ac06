"""The corpus database: opened, made, versioned; one process writes it, and children that it holds read it.

One process writes it at a time (the lock sees to that). It is derived and disposable, so it is not synced
at every commit: a power cut may lose the last transactions, which the next `derive` does again. What follows
from the corpus alone is worked out in limited children that have it open to read: the one that writes hands
out what is to be compared, and writes down what comes back.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import re
import sqlite3
import sys
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from importlib import resources
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.database import Database, failing_as, open_database
from archive.sandbox.pool import ChildEnded, Limits, Sandbox, SandboxBroken
from pipelines.errors import GongkaiError
from pipelines.metadata.fields import metadata_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from sqlite3 import Connection

    from archive.sandbox.confinement import Meter
    from archive.warc.record_index import Damage

    Ask = Callable[[Callable[[sqlite3.Connection, Any], Any], Sequence[Any]], Iterator[Any]]
    """Given a function of the corpus and of one thing, and the things: what it returns for each, in order."""

SCHEMA_VERSION = "16"
_FIELDS_FROM = re.compile(r"-- metadata fields from (\w+)")
SCHEMA_FILES = ("schema.sql", "captures.sql", "coverage.sql", "repetition.sql", "comparison.sql")

# A child takes as long to start as a few dozen comparisons.
_FEW = 40
_LIMITS = Limits(seconds=60)
_KIND = "linking"


class CorpusMismatch(GongkaiError):
    """The corpus was made by another schema or parser."""


class CorpusUnwritable(GongkaiError):
    """The corpus cannot be written: the disk is full, or the file is damaged."""


class CorpusUnreadable(GongkaiError):
    """The corpus, or a published copy of it, is damaged, or no such thing."""


@contextlib.contextmanager
def reading(
    path: Path, *, hint: str = "gongkai rebuild makes it anew from the evidence"
) -> Iterator[Database]:
    """Open a corpus, or a published copy of it, for questions only.

    Args:
        path: the database.
        hint: what to do when it cannot be read.

    Raises:
        CorpusUnreadable: in place of `sqlite3.DatabaseError`.
    """
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with (
        failing_as(CorpusUnreadable, "this cannot be read", path.name, hint, on=sqlite3.DatabaseError),
        contextlib.closing(open_database(uri)) as connection,
    ):
        yield connection


def explaining(path: Path) -> AbstractContextManager[None]:
    """Turn what SQLite cannot do to the corpus into an error that says what to do.

    Raises:
        CorpusUnwritable: in place of `sqlite3.DatabaseError`.
    """
    hint = "Make room and run gongkai derive; gongkai rebuild makes it anew from the evidence"
    problem = "the corpus cannot be written"
    return failing_as(CorpusUnwritable, problem, path.name, hint, on=sqlite3.DatabaseError)


def schema_sql() -> str:
    """Return the schema, tables before the views that stand on them, as text."""
    folder = resources.files("archive.corpus")
    text = "\n".join(folder.joinpath(name).read_text("utf-8") for name in SCHEMA_FILES)
    return _FIELDS_FROM.sub(lambda mark: _declare_fields(mark[1], _FIELDS_FROM.findall(text)), text)


def _declare_fields(first: str, marks: list[str]) -> str:
    """Declare the metadata fields at a mark of the schema: from the one that it names to the next mark's."""
    columns = metadata_columns()
    names = list(columns)[list(columns).index(first) :]
    last = next((place for place, name in enumerate(names) if name in marks and name != first), None)
    return "\n".join(f"    {name} {columns[name].sql_type}," for name in names[:last]).lstrip()


def create_corpus(path: Path, *, parser_version: str) -> Database:
    """Make an empty corpus that remembers the parser it belongs to."""
    db = _connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    with db.transaction():
        db.run_script(schema_sql())
        db.executemany(
            "INSERT INTO _meta (key, value) VALUES (?, ?)",
            [("schema_version", SCHEMA_VERSION), ("parser_version", parser_version)],
        )
    return db


def open_corpus(path: Path, *, parser_version: str) -> Database:
    """Open the corpus for writing; make it when it is not there.

    Raises:
        CorpusMismatch: another schema or parser made it, so that it has to be rebuilt; a better parser
            must never be mistaken for a changed document.
    """
    if not path.exists():
        return create_corpus(path, parser_version=parser_version)
    db = _connect(path)
    stored = read_meta(db)
    wanted = {"schema_version": SCHEMA_VERSION, "parser_version": parser_version}
    for key, value in wanted.items():
        if stored.get(key) != value:
            db.close()
            raise CorpusMismatch(
                f"{key} is {stored.get(key)}, this program has {value}",
                where=path.name,
                hint="Run gongkai rebuild",
            )
    return db


def read_meta(db: Database) -> dict[str, str]:
    """Return what the corpus says of itself; empty for a file that is no corpus."""
    return dict(db.execute("SELECT key, value FROM _meta")) if db.has_table("_meta") else {}


def _connect(path: Path) -> Database:
    db = open_database(path, timeout_s=30)
    db.execute("PRAGMA synchronous = NORMAL")
    # So that the journal of publications is told which rows a REPLACE takes away.
    db.execute("PRAGMA recursive_triggers = ON")
    db.execute("PRAGMA cache_size = -262144")
    # 64 MB: pages that one transaction after the other writes go into the file once for all of these.
    db.execute("PRAGMA wal_autocheckpoint = 16384")
    return db


MOST_HOPS = 5
"""Redirects on a way: as many as are followed between a link, or an old address, and what is there."""

LEADING_HERE = """
WITH RECURSIVE leading (id, hops) AS (
    SELECT ?1, 0
    UNION
    SELECT a.document_id, l.hops + 1 FROM leading AS l
    JOIN _redirects AS r ON r.to_document_id = l.id JOIN _addresses AS a ON a.capture_id = r.capture_id
    WHERE l.hops < ?2
)
"""
"""Begins a query about the addresses from which redirects lead to a document, itself among them.

Its parameters are the document's id and the most redirects on the way.
"""


def queue_links(db: Database, kind: str, ids: Iterable[str]) -> None:
    """Queue what is to be linked again.

    Args:
        db: the corpus, within a transaction.
        kind: `body`, `document`, `fate`, `kin`, `portal`, `text`, `visit` or `year`.
        ids: of these.
    """
    db.insert_rows("_to_link", ("kind", "id"), ((kind, one) for one in ids), "OR IGNORE")


# What rests on evidence that cannot be read.


class Dependent(NamedTuple):
    """A document that rests on evidence that cannot be read: the WARC file, its id, an address of it."""

    file: str
    document: str
    url: str


def dependent_documents(db: Connection, damages: Iterable[Damage]) -> tuple[Dependent, ...]:
    """Return the documents that rest on evidence that cannot be read, themselves or by a revisit.

    Args:
        db: a corpus.
        damages: stretches of WARC files.
    """
    found: set[Dependent] = set()
    for damage in damages:
        ids = json.dumps([entry.record_id for entry in damage.lost])
        end = damage.end or sys.maxsize
        found.update(map(Dependent._make, db.execute(_DEPENDENT, (damage.file, damage.offset, end, ids))))
    return tuple(sorted(found, key=attrgetter("url")))


_DEPENDENT = """
WITH hit AS (
    SELECT id FROM captures WHERE warc_file = ?1 AND warc_offset >= ?2 AND warc_offset < ?3
    UNION SELECT value FROM json_each(?4)
    -- What is lost is in no table; what repeats it waits for it.
    UNION SELECT c.id FROM _awaited AS w JOIN stored_captures AS c ON c.revisit_of = w.number
    WHERE w.id IN (SELECT value FROM json_each(?4))
), resting AS (SELECT id FROM hit UNION SELECT c.id FROM captures AS c JOIN hit ON c.revisit_of = hit.id)
SELECT ?1, a.document_id, c.url FROM resting CROSS JOIN _addresses AS a ON a.capture_id = resting.id
JOIN captures AS c ON c.id = resting.id
"""


@contextlib.contextmanager
def hold_children(db: Database, workers: int) -> Iterator[Ask]:
    """Hold children that are started when there is enough for them to do, and see what is committed.

    Args:
        db: the corpus.
        workers: how many.
    """
    path = db.value("SELECT file FROM pragma_database_list WHERE name = 'main'")
    with Sandbox(_answer_request, {_KIND: (_LIMITS, workers)}) as sandbox:

        def ask(function: Callable[[sqlite3.Connection, Any], Any], things: Sequence[Any]) -> Iterator[Any]:
            if len(things) < _FEW:
                yield from ask_here(db, function, things)
                return
            answers = [sandbox.submit(_KIND, path, function, thing) for thing in things]
            for thing, answer in zip(things, answers, strict=True):
                try:
                    yield answer.result()
                except (ChildEnded, SandboxBroken):
                    yield function(db, thing)  # here no limit holds

        yield ask


def ask_here(
    db: sqlite3.Connection, function: Callable[[sqlite3.Connection, Any], Any], things: Sequence[Any]
) -> Iterator[Any]:
    """Do the same in this process."""
    return map(partial(function, db), things)


def _answer_request(
    _meter: Meter, path: str, function: Callable[[sqlite3.Connection, Any], Any], thing: Any
) -> bytes:
    return pickle.dumps(function(_open_to_read(path), thing))


@lru_cache(maxsize=1)
def _open_to_read(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True)
