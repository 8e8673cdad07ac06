"""What changed in a corpus since each of its publications, noted in the corpus by triggers of its own.

    corpus: INSERT, UPDATE, DELETE ─trigger─▶ _touched (table, unit, since) ─▶ a copy lacks what came since
    copy:   rows hidden or mended  ─trigger─▶ _altered (table, unit, generation) ─▶ taken anew each time

A *unit* is all rows of a table with one value in `Table.unit`: the cells of a text, the relations of a
document. They are taken from the corpus together. Journal and triggers are made by the first publication, so
a corpus that is derived for the first time, or rebuilt, pays nothing for them. What every kept copy has goes.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from importlib import metadata, resources
from typing import TYPE_CHECKING

from msgspec.structs import astuple

from archive.exact_search import SEARCH_FORM
from archive.publish.public_tables import Repair, Table, kept_tables, quoted
from archive.publish.set_digest import SetDigest
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.database import Database
    from archive.publish.suppressions import Suppression

    Unit = tuple[str, str | int]

_JOURNAL = """
CREATE TABLE IF NOT EXISTS _copies (
    name TEXT PRIMARY KEY,                  -- of the file
    generation INTEGER NOT NULL UNIQUE,     -- counts the publications of this corpus
    basis TEXT NOT NULL,                    -- hash of what beside the rows decides what a copy holds
    bytes INTEGER NOT NULL,                 -- of the file, and when it was last written to
    written_ns INTEGER NOT NULL,
    rows TEXT NOT NULL,                     -- JSON: how many each public table has
    total BLOB NOT NULL,                    -- of its set digest
    longest INTEGER NOT NULL,
    repairs TEXT NOT NULL                   -- JSON
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _touched (
    name TEXT NOT NULL,                     -- of the table
    unit ANY NOT NULL,
    since INTEGER NOT NULL,                 -- the newest generation when it was touched last
    PRIMARY KEY (name, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _touched_since ON _touched (since);
CREATE TABLE IF NOT EXISTS _altered (
    name TEXT NOT NULL,
    unit ANY NOT NULL,
    generation INTEGER NOT NULL,            -- the newest whose copy says something else than the corpus
    PRIMARY KEY (name, unit)
) STRICT, WITHOUT ROWID;
"""
_NEWEST = "(SELECT max(generation) FROM _copies)"
_WATCHING = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB '_touched_*'"


class CopyNote(FrozenStruct):
    """What is known of a copy that was published.

    Attributes:
        name: of its file.
        generation: how many publications of its corpus there had been.
        basis: hash of what beside the rows of the corpus decides what it holds.
        digest: of its rows.
        rows: how many each public table has.
        repairs: references that led nowhere.
    """

    name: str
    generation: int
    basis: str
    digest: SetDigest
    rows: dict[str, int]
    repairs: tuple[Repair, ...]


def touch_triggers(table: Table, since: str, *, kind: str = "") -> Iterator[str]:
    """Write the triggers that note in `_touched` which units of a table change.

    Args:
        table: the table.
        since: an SQL expression for the column of that name.
        kind: `TEMP` where the journal is that of one connection.
    """
    unit = quoted(table.unit)
    old, new = ((", ".join(f"{side}.{quoted(it.name)}" for it in table.columns)) for side in ("OLD", "NEW"))
    differs = f"WHEN ({old}) IS NOT ({new})"
    for event, sides, when in (
        ("INSERT", ("NEW",), ""),
        ("DELETE", ("OLD",), ""),
        ("UPDATE", ("OLD", "NEW"), differs),
    ):
        notes = " ".join(
            f"INSERT INTO _touched VALUES ('{table.name}', {side}.{unit}, {since})"  # noqa: S608  names of ours
            " ON CONFLICT DO UPDATE SET since = excluded.since WHERE since < excluded.since;"
            for side in sides
        )
        name, place = quoted(f"_touched_{event}_{table.name}"), f"main.{quoted(table.name)}"
        yield f"CREATE {kind} TRIGGER {name} AFTER {event} ON {place} {when} BEGIN {notes} END"


def make_journal(db: Database) -> None:
    """Make the journal of a corpus, within a transaction, or its triggers anew where they are there."""
    db.run_script(_JOURNAL)
    for name in db.column(_WATCHING):
        db.execute(f"DROP TRIGGER {quoted(name)}")
    for table in kept_tables(db):
        for trigger in touch_triggers(table, _NEWEST):
            db.execute(trigger)


_DECIDING = (
    ("archive.publish", "tables.sql"),
    ("archive.corpus", "public.sql"),
    ("archive", "thresholds/overlaps.yaml"),
    ("pipelines.knowledge", "thresholds/shingles.yaml"),
)


def describe_basis(db: Database, suppressions: Sequence[Suppression]) -> str:
    """Return the hash of what beside the rows of a corpus decides what its copy holds."""
    schema = db.column(_SCHEMA)
    files = [resources.files(package).joinpath(name).read_text("utf-8") for package, name in _DECIDING]
    hidden = [(it.kind, it.target, it.reason, it.date.isoformat()) for it in suppressions]
    # Another Unicode calls other characters letters, and those are what texts are compared by.
    unicode = unicodedata.unidata_version
    basis = json.dumps([metadata.version("gongkai"), SEARCH_FORM, unicode, schema, files, hidden])
    return hashlib.sha256(basis.encode()).hexdigest()


_SCHEMA = """
SELECT sql FROM sqlite_master WHERE type <> 'trigger' AND tbl_name NOT GLOB '_*' AND sql <> '' ORDER BY 1
"""


def find_generation(db: Database, copy: str) -> int | None:
    """Return how many publications there had been with a copy; None where the corpus does not know it."""
    found = db.has_table("_copies") and db.value("SELECT generation FROM _copies WHERE name = ?", copy)
    return int(found) if found else None


def count_changed(db: Database, copy: CopyNote) -> int:
    """Return how many documents of a corpus came, changed or went since a copy was published."""
    return int(db.value(_CHANGED, copy.generation))


_CHANGED = "SELECT count(*) FROM _touched WHERE name = 'documents' AND since >= ?"


def known_copies(db: Database, folder: Path, basis: str) -> list[CopyNote]:
    """Return the copies of a corpus that are there as they were published on a basis, newest first."""
    notes = []
    if db.has_table("_copies"):
        for name, generation, size, written, rows, total, longest, repairs in db.rows(_KNOWN, basis):
            path = folder / name
            if path.exists() and (path.stat().st_size, path.stat().st_mtime_ns) == (size, written):
                counts = json.loads(rows)
                digest = SetDigest(sum(counts.values()) + len(counts), int.from_bytes(total), longest)
                mended = tuple(Repair(*repair) for repair in json.loads(repairs))
                notes.append(CopyNote(name, generation, basis, digest, counts, mended))
    return notes


_KNOWN = """
SELECT name, generation, bytes, written_ns, rows, total, longest, repairs FROM _copies
WHERE basis = ? ORDER BY generation DESC
"""


def is_current(db: Database, note: CopyNote) -> bool:
    """Whether nothing was touched since a copy was made."""
    return not db.row("SELECT 1 FROM _touched WHERE since >= ? LIMIT 1", note.generation)


def next_generation(db: Database) -> int:
    """Return the number of the publication that is being made; there is a journal."""
    return int(db.value("SELECT 1 + ifnull(max(generation), 0) FROM _copies"))


def note_copy(db: Database, note: CopyNote, path: Path, altered: Iterable[Unit]) -> None:
    """Note that a copy is about to be published; what is touched from now on it lacks.

    Args:
        db: the corpus, within a transaction.
        note: the copy.
        path: where its file is now.
        altered: the units in which it says something else than the corpus.
    """
    there = path.stat()
    row = {
        "name": note.name,
        "generation": note.generation,
        "basis": note.basis,
        "bytes": there.st_size,
        "written_ns": there.st_mtime_ns,
        "rows": json.dumps(note.rows),
        "total": bytes(note.digest),
        "longest": note.digest.longest,
        "repairs": json.dumps([astuple(repair) for repair in note.repairs]),
    }
    db.insert_row("_copies", row, "OR REPLACE")
    units = ((name, unit, note.generation) for name, unit in altered)
    db.insert_rows("_altered", ("name", "unit", "generation"), units, "OR REPLACE")


def forget_copies(db: Database, folder: Path) -> None:
    """Forget the copies that are not there any more, and what only those lacked."""
    for name in db.column(
        "SELECT name FROM _copies WHERE generation < (SELECT max(generation) FROM _copies)"
    ):
        if not (folder / name).exists():
            db.execute("DELETE FROM _copies WHERE name = ?", (name,))
    for table, column in (("_touched", "since"), ("_altered", "generation")):
        db.execute(f"DELETE FROM {table} WHERE {column} < (SELECT min(generation) FROM _copies)")  # noqa: S608  names of ours
