"""Build a published copy: every public row into a new file, or what changed into an older one.

    corpus.db ──rows──▶ file ──hide──▶ mend references ──▶ full text ──▶ coverage, repetition, comparisons
        └─ of an older copy only the units touched since (`archive.publish.journal`)

An older copy holds the rows of the corpus but where something was hidden or mended: those units are taken
anew with what was touched, so that its rows do not tell how a copy came about. Where hiding reaches a unit
that was not taken, all is done again. No clock enters. Copying what is public, rather than deleting what is
not, leaves no internal row behind in a free page.
"""

from __future__ import annotations

import contextlib
import dataclasses
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from archive.database import Database, open_database
from archive.exact_search import SEARCH_FORM
from archive.layouts import COPY_FORM
from archive.publish.comparisons import (
    DIFFERENT,
    OVER_THE_COPY,
    STALE,
    add_redated,
    forget,
    note_stale,
    work_out,
)
from archive.publish.journal import touch_triggers
from archive.publish.overlap_tables import note_leaving_texts
from archive.publish.public_tables import (
    SEARCH_KEY,
    Repair,
    Table,
    declared_views,
    follow_units,
    in_units,
    kept_tables,
    public_tables,
    quoted,
    repair_references,
)
from archive.publish.search_index import (
    SEARCHED,
    add_functions,
    index_texts,
    note_leaving,
    number_rows,
    reindex_texts,
)
from archive.publish.set_digest import (
    SetDigest,
    add_parts,
    count_rows,
    digest_names,
    digest_table,
    note_parts,
    read_parts,
)
from archive.publish.suppressions import Suppression, apply_suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.publish.journal import CopyNote, Unit
    from archive.publish.set_digest import Parts


class Built(NamedTuple):
    """What a copy holds.

    Attributes:
        rows: how many rows each public table has, in order of creation.
        repairs: references that led nowhere.
        digest: of all its rows.
        altered: the units in which it says something else than the corpus.
    """

    rows: dict[str, int]
    repairs: tuple[Repair, ...]
    digest: SetDigest
    altered: tuple[Unit, ...]


def build_copy(corpus: Path, target: Path, suppressions: Sequence[Suppression] = ()) -> Built:
    """Write the public part of a corpus into a new database file.

    Args:
        corpus: the working corpus; read in one transaction, never written.
        target: the file to create.
        suppressions: what may not be shown.
    """
    # The file is thrown away when anything fails, and synced as a whole when nothing did.
    with _writing(corpus, target, "OFF", "ANALYZE;\nPRAGMA main.journal_mode = DELETE;\n") as db:
        return _build(db, suppressions, target.parent)


def update_copy(corpus: Path, target: Path, suppressions: Sequence[Suppression], base: CopyNote) -> Built:
    """Bring an older copy of a corpus up to it, in a file that nobody has open.

    Args:
        corpus: the working corpus; read in one transaction, never written.
        target: the older copy, to be written; of no use when this fails.
        suppressions: what may not be shown, the same as in the older copy.
        base: what is known of the older copy.
    """
    with _writing(corpus, target, "MEMORY", "PRAGMA optimize;\n") as db:
        units = db.rows(_LACKING, base.generation)
        while True:
            db.execute("SAVEPOINT whole")
            units = _touch_units(db, units)
            built = _update(db, suppressions, target.parent, base)
            reached = db.rows("SELECT name, unit FROM temp._touched")
            if len(reached) == len(units):
                break
            units = reached
            db.execute("ROLLBACK TO whole")
        return built


_LACKING = """
SELECT name, unit FROM corpus._touched WHERE since >= ?1
UNION SELECT name, unit FROM corpus._altered WHERE generation >= ?1
"""
# Which units are taken anew, since 0, and which were hidden or mended then, since 1.
_TOUCHED = """
CREATE TEMP TABLE _touched (name TEXT, unit, since INTEGER, PRIMARY KEY (name, unit)) WITHOUT ROWID
"""
# Captures say what their dictionaries say.
_TOUCH_CAPTURES = """
INSERT OR IGNORE INTO temp._touched SELECT 'stored_captures', number, 0 FROM {copy}.stored_captures
WHERE alike IN (SELECT unit FROM temp._touched WHERE name = 'known_captures')
    OR source IN (SELECT unit FROM temp._touched WHERE name = 'known_sources')
"""


def _touch_units(db: Database, units: Iterable[Unit], copy: str = "main") -> list[Unit]:
    """Note which units are taken anew, with those of a copy that show them; return all of them."""
    db.executemany("INSERT INTO temp._touched VALUES (?, ?, 0)", units)
    db.execute(_TOUCH_CAPTURES.format(copy=copy))
    return db.rows("SELECT name, unit FROM temp._touched")


_SETTINGS = """
PRAGMA main.journal_mode = {};
PRAGMA main.synchronous = OFF;
-- What is suppressed is overwritten, whatever this build of SQLite does by itself.
PRAGMA main.secure_delete = ON;
-- Every text of a copy is read to find what repeats. With the 2 MB that SQLite takes by itself, publishing 50
-- more at 3,200 reports read 790,000 pages, many of them over and over; 64 MB took no less time than this.
PRAGMA main.cache_size = -16000;
PRAGMA corpus.cache_size = -16000;
PRAGMA temp.cache_size = -16000;
"""


@contextlib.contextmanager
def _writing(corpus: Path, target: Path, journal_mode: str, last: str) -> Iterator[Database]:
    """Open a copy to be written in one transaction, behind which a script has the last word."""
    with contextlib.closing(open_database(target)) as db:
        db.execute("ATTACH ? AS corpus", (corpus.absolute().as_uri() + "?mode=ro",))
        db.run_script(_SETTINGS.format(journal_mode))
        add_functions(db)
        db.execute(_TOUCHED)
        db.execute("BEGIN")
        yield db
        db.run_script(f"COMMIT;\nDETACH corpus;\n{last}")


def _build(db: Database, suppressions: Sequence[Suppression], folder: Path) -> Built:
    tables = kept_tables(db, "corpus")
    number_rows(db)
    for table in tables:
        db.execute(db.value(_TABLE, table.name))
        if table.name in SEARCHED:
            db.execute(f"ALTER TABLE main.{quoted(table.name)} ADD COLUMN {SEARCH_KEY} INTEGER")
        _take_rows(db, table)
    views = {name: sql for sql, name in db.rows(_DEFINITIONS, "view")}
    db.run_script(resources.files("archive.publish").joinpath("tables.sql").read_text("utf-8"))
    own = {table.name for table in public_tables(db)}
    # In the order of the corpus, so that the same corpus gives the same bytes in every process.
    for name in (name for name in views if name in declared_views() and name not in own):
        db.execute(views[name])
    repairs = _hide_and_mend(db, suppressions, tables)
    names = {table.name for table in tables}
    for sql in (sql for sql, owner in db.rows(_DEFINITIONS, "index") if owner in names):
        db.execute(sql)
    index_texts(db)
    written = {table.name for table in kept_tables(db)} | declared_views().keys()
    for name in (name for name in views if name not in written):
        db.execute(views[name])
    work_out(db, folder)
    _index_references(db, kept_tables(db))
    return _note_publication(db, *_digest_all(db), repairs)


def _update(db: Database, suppressions: Sequence[Suppression], folder: Path, base: CopyNote) -> Built:
    carried = _carried_tables(db)
    touched = [table for table in carried if db.row("SELECT 1 FROM temp._touched WHERE name = ?", table.name)]
    followed = follow_units(public_tables(db), {table.name: table for table in carried})
    note_leaving(db)
    note_stale(db, followed)
    gone = note_leaving_texts(db)
    stale = {table: f"WHERE {STALE[table.name]}" for table in public_tables(db) if table.name in STALE}
    differing = add_redated(db, followed) | stale
    removed = _digest_chosen(db, differing)
    _note_leaving_rows(db, carried, followed)
    forget(db)
    for table in touched:
        db.execute(f"DELETE FROM main.{quoted(table.name)} WHERE {in_units(table)}")  # noqa: S608  quoted
        _take_rows(db, table, f"WHERE {in_units(table)}")
    repairs = _hide_and_mend(db, suppressions, carried, is_older=True)
    reindex_texts(db)
    work_out(db, folder, gone)
    added = _digest_chosen(db, differing)
    for table in (table for table in public_tables(db) if table.name in DIFFERENT):
        came = digest_table(db, table, f"WHERE {DIFFERENT[table.name]}")
        removed, added = add_parts(removed, _digest_gone(db, table)), add_parts(added, came)
    return _note_publication(db, *_digest_change(db, base, removed, added), repairs)


def find_touched_rows(db: Database, old: Path, new: Path) -> dict[str, str]:
    """Say which rows may differ between two copies of one corpus, by its journal.

    Args:
        db: has the corpus attached as `corpus`, and the newer copy as `new`.
        old: the file of the older copy.
        new: that of the newer.

    Returns:
        For each table whose rows are taken from the corpus a condition, with `main` for the copy: rows for
        which it does not hold are in both. Nothing where the journal does not know both.
    """
    journal = db.row("SELECT 1 FROM corpus.sqlite_master WHERE name = '_copies'")
    since = db.value(_BOTH_KNOWN, old.name, new.name) if journal else None
    if since is None:
        return {}
    db.execute(_TOUCHED)
    _touch_units(db, db.rows(_LACKING, since), "new")
    carried = {table.name: table for table in _carried_tables(db)}
    followed = follow_units(public_tables(db, "new"), carried)
    return {table.name: where for table, where in followed.items()}


# On another basis a copy may say something else of what nobody touched.
_BOTH_KNOWN = """
SELECT min(generation) FROM corpus._copies WHERE name IN (?, ?) GROUP BY basis HAVING count(*) = 2
"""


def _carried_tables(db: Database) -> list[Table]:
    return [table for table in kept_tables(db, "corpus") if table.name not in OVER_THE_COPY]


def _note_leaving_rows(db: Database, carried: Sequence[Table], followed: Mapping[Table, str]) -> None:
    """Note to which of the rows that are taken anew others may point, for they may not come again."""
    db.execute("CREATE TEMP TABLE leaving (name TEXT, target, PRIMARY KEY (name, target)) WITHOUT ROWID")
    clauses = {table.name: f"WHERE {in_units(table)}" for table in carried}
    clauses |= {table.name: where for table, where in followed.items()}
    for name, target in sorted({(it.table, it.target) for table in carried for it in table.references}):
        if name in clauses:
            rows = f"SELECT '{name}', {target} FROM main.{name} {clauses[name]}"  # noqa: S608  names of ours
            db.execute(f"INSERT INTO temp.leaving {rows}")


_PUBLICATION = "publication"
_TABLE = "SELECT sql FROM corpus.sqlite_master WHERE type = 'table' AND name = ?"
_DEFINITIONS = """
SELECT sql, tbl_name FROM corpus.sqlite_master
WHERE type = ? AND sql IS NOT NULL AND tbl_name NOT GLOB '_*' ORDER BY rowid
"""


def _take_rows(db: Database, table: Table, where: str = "") -> None:
    name, into, taken = quoted(table.name), table.column_list, table.column_list
    searched = table.name.removeprefix("stored_")
    if searched in SEARCHED:
        into += f", {SEARCH_KEY}"
        keys = f"SELECT k.search_key FROM temp.{searched}_keys AS k"  # noqa: S608  names of ours
        taken += f", ({keys} WHERE k.id = {table.name}.{table.unit})"
    db.execute(
        f"INSERT INTO main.{name} ({into})"  # noqa: S608 names are quoted
        f" SELECT {taken} FROM corpus.{name} {where} ORDER BY {table.order}"
    )


def _hide_and_mend(
    db: Database, suppressions: Sequence[Suppression], tables: Sequence[Table], *, is_older: bool = False
) -> tuple[Repair, ...]:
    """Hide what may not be shown, mend references, and note in `temp._touched` where that changed a row."""
    triggers = [sql for table in tables for sql in touch_triggers(table, "1", kind="TEMP")]
    for sql in triggers:
        db.execute(sql)
    apply_suppressions(db, suppressions)
    repairs = repair_references(db, tables, is_older=is_older)
    for name in db.column("SELECT name FROM temp.sqlite_master WHERE type = 'trigger'"):
        db.execute(f"DROP TRIGGER temp.{quoted(name)}")
    return repairs


def _digest_all(db: Database) -> tuple[dict[str, int], SetDigest, Parts]:
    """Count and digest the rows of all public tables but the one on the publication."""
    tables = [table for table in public_tables(db) if table.name != _PUBLICATION]
    parts = add_parts(*(digest_table(db, table) for table in tables))
    rows = count_rows({table.name: 0 for table in tables}, parts)
    return rows, sum(parts.values(), start=digest_names(public_tables(db))), parts


def _digest_change(
    db: Database, base: CopyNote, removed: Parts, added: Parts
) -> tuple[dict[str, int], SetDigest, Parts]:
    """Do the same for a copy of which is known what left an older one, and what came."""
    longest = max((digest.longest for digest in added.values()), default=0)
    if longest < base.digest.longest <= max((digest.longest for digest in removed.values()), default=0):
        return _digest_all(db)  # only all rows tell which is the longest now
    change = add_parts(added, {part: SetDigest() - digest for part, digest in removed.items()})
    digest = sum(change.values(), start=base.digest - _digest_publication(db))
    return count_rows(base.rows, change), digest, add_parts(read_parts(db), change)


def _digest_publication(db: Database) -> SetDigest:
    [table] = (table for table in public_tables(db) if table.name == _PUBLICATION)
    [digest] = digest_table(db, table).values()
    return digest


def _digest_chosen(db: Database, chosen: Mapping[Table, str]) -> Parts:
    return add_parts(*(digest_table(db, table, where) for table, where in chosen.items()))


def _digest_gone(db: Database, table: Table) -> Parts:
    # Of these rows it was clear before that they may differ.
    known = STALE.get(table.name, "0")
    return digest_table(db, table, f"WHERE NOT {known}", f"temp.gone_{table.name}")


def _note_publication(
    db: Database, rows: dict[str, int], digest: SetDigest, parts: Parts, repairs: Sequence[Repair]
) -> Built:
    """Note how a copy was made; return what it holds, given the digest of all else."""
    notes = {"form": COPY_FORM, "search_form": SEARCH_FORM, "longest_row_bytes": digest.longest}
    notes |= {f"{repair.action} {repair.table}.{repair.column}": repair.rows for repair in repairs}
    db.execute("DELETE FROM main.publication")
    values = ((key, str(value)) for key, value in sorted(notes.items()))
    db.insert_rows("main.publication", ("key", "value"), values)
    noted = _digest_publication(db)
    note_parts(db, parts | {(_PUBLICATION, None): noted})
    altered = tuple(db.rows("SELECT name, unit FROM temp._touched WHERE since = 1"))
    whole = dataclasses.replace(digest + noted, longest=digest.longest)
    return Built(rows | {_PUBLICATION: noted.rows}, tuple(repairs), whole, altered)


def _index_references(db: Database, tables: Sequence[Table]) -> None:
    """Index each column that refers to another table and that no index begins with.

    The page of a row counts the rows that point to it, table by table, and each count leads to the list of
    those rows. Without an index either reads whole tables: on a document's page that took longest of all.
    """
    # It brings pandas along where that is installed, and a night that publishes nothing needs neither.
    import sqlite_utils  # noqa: PLC0415

    for table in tables:
        indexes = sqlite_utils.Database(db).table(table.name).indexes
        # A partial index holds some of the rows only, whichever column it begins with.
        indexed = {index.columns[0] for index in indexes if not index.partial}
        for reference in table.references:
            if reference.column not in indexed:
                name, by = quoted(f"{table.name}_by_{reference.column}"), quoted(reference.column)
                # What is NULL points nowhere.
                db.execute(f"CREATE INDEX main.{name} ON {quoted(table.name)} ({by}) WHERE {by} IS NOT NULL")
