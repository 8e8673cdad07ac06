"""Publish: from the working corpus a new copy for the public, then one atomic switch to it.

    public/.publishing-…/copy.db ──sync──▶ public/gongkai-<sha256>.db ◀── gongkai.db (symlink, switched last)

A copy is named by the SHA-256 of its bytes, never changed and never overwritten. When anything fails
before the switch, readers keep the copy they had and no file is left.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from archive.data_folder import sync_folder
from archive.publish.comparison_tables import COMPARISONS, write_comparisons
from archive.publish.overlap_tables import write_repetition
from archive.publish.public_tables import SEARCH_KEY, Repair, Table, public_tables, quoted, repair_references
from archive.publish.side_tables import (
    COVERAGE,
    SEARCHED,
    index_facets,
    index_references,
    number_rows,
    row_number,
    write_coverage,
    write_index,
    write_places,
)
from archive.publish.suppressions import apply_suppressions, read_suppressions
from archive.search import SEARCH_FORM, index_tokens
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from archive.clock import Clock
    from archive.data_folder import DataDir
    from archive.publish.suppressions import Suppression


KEPT_COPIES = 3
_WORK_PREFIX = ".publishing-"


class NothingToPublish(GongkaiError):
    """There is no corpus yet."""


class PublishingFailed(GongkaiError):
    """The copy could not be made; the one before is still served."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published copy.

    Attributes:
        path: `public/gongkai-<sha256>.db`.
        sha256: of its bytes, as 64 hexadecimal digits.
        rows: how many rows each public table has.
        repairs: references that led nowhere, and what was done in the copy.
        changed: False where this very copy was being served already.
        published_at: when it was switched to, or found to be served.
    """

    path: Path
    sha256: str
    rows: dict[str, int]
    repairs: tuple[Repair, ...]
    changed: bool
    published_at: dt.datetime


def publish(data: DataDir, *, clock: Clock) -> Published:
    """Publish the corpus as it stands; the same corpus again changes nothing.

    Args:
        data: the data directory; the caller holds its lock.
        clock: says when it was published. No time enters the copy.

    Raises:
        NothingToPublish: there is no corpus yet.
        BadSuppressions: `suppressions.yaml` cannot be understood; nothing is published without it.
        PublishingFailed: the corpus cannot be read or the copy cannot be written.
    """
    if not data.corpus_db.exists():
        raise NothingToPublish(
            "there is no corpus", where=str(data.corpus_db), hint="Run `gongkai derive` first"
        )
    suppressions = read_suppressions(data.root / "suppressions.yaml")
    try:
        return _publish(data, suppressions, clock)
    except (sqlite3.Error, OSError) as error:
        raise PublishingFailed(
            f"publishing failed: {error}",
            where=str(data.public),
            hint="Readers keep the copy they had. Make space; a damaged corpus.db can be rebuilt",
        ) from error


def _publish(data: DataDir, suppressions: Sequence[Suppression], clock: Clock) -> Published:
    data.public.mkdir(parents=True, exist_ok=True)
    _sweep(data.public)
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=data.public) as folder:
        made = Path(folder) / "copy.db"
        built = build_copy(data.corpus_db, made, suppressions)
        sha256 = _seal(made)
        path = data.public / f"gongkai-{sha256}.db"
        if path.exists():
            os.utime(path)  # an older copy that is wanted again counts as new when old ones go
        else:
            made.rename(path)
    changed = _switch(data.public_db, path)
    _prune(data.public, path)
    return Published(path, sha256, built.rows, built.repairs, changed, clock())


def _sweep(folder: Path) -> None:
    """Remove what a killed run left; the lock says that no other is at work."""
    for leftover in folder.glob(_WORK_PREFIX + "*"):
        shutil.rmtree(leftover)


def _seal(path: Path) -> str:
    """Make a finished file read-only and durable, and return its SHA-256."""
    path.chmod(0o444)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        os.fsync(file.fileno())
    return digest.hexdigest()


def _switch(link: Path, target: Path) -> bool:
    """Point the symlink at a copy in one step, durably; return whether it pointed elsewhere."""
    sync_folder(link.parent)
    if link.is_symlink() and link.readlink() == Path(target.name):
        return False
    with tempfile.TemporaryDirectory(prefix=_WORK_PREFIX, dir=link.parent) as folder:
        new = Path(folder) / "link"
        new.symlink_to(target.name)
        new.replace(link)
    sync_folder(link.parent)
    return True


def _prune(folder: Path, served: Path) -> None:
    """Keep the newest copies, the served one among them whatever its age."""
    others = [path for path in folder.glob("gongkai-*.db") if path.name != served.name]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[KEPT_COPIES - 1 :]:
        path.unlink()


# Build a published copy: every public row into a new file, in an order that does not depend on history.
#
#     corpus.db ──copy, in key order──▶ new file ──suppress──▶ coverage, places, repetition ──▶
#         mend references ──▶ search keys ──▶ indexes and views ──▶ full text ──▶ statistics
#
# Nothing random and no clock enters, and rows go in by key, so one corpus gives one file, byte for byte, on
# one version of SQLite. A file written in order and never deleted from needs no VACUUM; copying what is
# public, rather than deleting what is not, leaves no internal row behind in a free page.

_PUBLICATION = "CREATE TABLE publication (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"


@dataclass(frozen=True, slots=True)
class Built:
    """What a new copy holds.

    Attributes:
        rows: how many rows each public table has, in order of creation.
        repairs: references that led nowhere.
    """

    rows: dict[str, int]
    repairs: tuple[Repair, ...]


def build_copy(corpus: Path, target: Path, suppressions: Sequence[Suppression] = ()) -> Built:
    """Write the public part of a corpus into a new database file.

    Args:
        corpus: the working corpus; read in one transaction, never written.
        target: the file to create.
        suppressions: what may not be shown.
    """
    db = sqlite3.connect(target.absolute().as_uri() + "?mode=rwc", uri=True, isolation_level=None)
    try:
        db.execute("ATTACH ? AS corpus", (corpus.absolute().as_uri() + "?mode=ro",))
        # The file is thrown away when anything fails, and synced as a whole when nothing did.
        db.execute("PRAGMA main.journal_mode = OFF")
        db.execute("PRAGMA main.synchronous = OFF")
        # What is suppressed is overwritten, whatever this build of SQLite does by itself.
        db.execute("PRAGMA main.secure_delete = ON")
        db.create_function("index_tokens", 1, index_tokens, deterministic=True)
        db.execute("BEGIN")
        built = _build(db, suppressions, target.parent)
        db.execute("COMMIT")
        db.execute("DETACH corpus")
        db.execute("ANALYZE")
        db.execute("PRAGMA main.journal_mode = DELETE")
    finally:
        db.close()
    return built


def _build(db: sqlite3.Connection, suppressions: Sequence[Suppression], folder: Path) -> Built:
    tables = public_tables(db, "corpus")
    number_rows(db)
    for table in tables:
        _copy_rows(db, table)
    apply_suppressions(db, suppressions)
    write_coverage(db)
    write_places(db)
    write_repetition(db, folder)
    repairs = repair_references(db, tables)
    for statement in _definitions(db, tables, "index"):
        db.execute(statement)
    write_index(db)
    for statement in _definitions(db, tables, "view"):
        db.execute(statement)
    write_comparisons(db)
    _record(db, tables, repairs)
    tables = public_tables(db)
    index_facets(db)
    index_references(db, tables)
    rows = {table.name: _scalar(db, f"SELECT count(*) FROM {quoted(table.name)}") for table in tables}  # noqa: S608 quoted
    return Built(rows, repairs)


def _copy_rows(db: sqlite3.Connection, table: Table) -> None:
    [(definition,)] = db.execute(
        "SELECT sql FROM corpus.sqlite_master WHERE type = 'table' AND name = ?", (table.name,)
    )
    db.execute(definition)
    name, into, taken, order = quoted(table.name), table.column_list, table.column_list, table.order
    if table.name in SEARCHED:
        db.execute(f"ALTER TABLE main.{name} ADD COLUMN {SEARCH_KEY} INTEGER")
        into += f", {SEARCH_KEY}"
        taken += f", {row_number(table.name)} AS {SEARCH_KEY}"
        # Datasette's search of one column takes the row's own number for that of the index.
        order = SEARCH_KEY
    db.execute(
        f"INSERT INTO main.{name} ({into})"  # noqa: S608 names are quoted
        f" SELECT {taken} FROM corpus.{name} ORDER BY {order}"
    )


def _definitions(db: sqlite3.Connection, tables: Sequence[Table], kind: str) -> list[str]:
    names = {table.name for table in tables}
    rows = db.execute(
        "SELECT sql, tbl_name FROM corpus.sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid",
        (kind,),
    )
    written = {COVERAGE, *COMPARISONS}
    return [sql for sql, owner in rows if owner in names or (kind == "view" and owner not in written)]


def _record(db: sqlite3.Connection, tables: Sequence[Table], repairs: Sequence[Repair]) -> None:
    """Note in the copy how it was made; what reads it relies on the first two."""
    longest = max(
        (_scalar(db, _LONGEST.format(sizes=_sizes(table), table=quoted(table.name))) for table in tables),
        default=0,
    )
    notes = {"search_form": SEARCH_FORM, "longest_row_bytes": longest}
    notes |= {f"{repair.action} {repair.table}.{repair.column}": repair.rows for repair in repairs}
    db.execute(_PUBLICATION)
    rows = [{"key": key, "value": str(value)} for key, value in sorted(notes.items())]
    Database(db).table("publication").insert_all(rows)


_LONGEST = "SELECT ifnull(max({sizes}), 0) FROM {table}"


def _sizes(table: Table) -> str:
    return " + ".join(f"ifnull(length(CAST({quoted(column.name)} AS BLOB)), 0)" for column in table.columns)


def _scalar(db: sqlite3.Connection, sql: str) -> int:
    [(value,)] = db.execute(sql)
    return int(value)
