"""What changed between two published copies or snapshots: rows that came, went, and are others, by table.

copy, or the CSV files of a night ─▶ a database ─┐
copy, or the CSV files of a night ─▶ a database ─┴─▶ rows of one alone ──by key──▶ added, removed, changed

Of two copies of one corpus its journal tells which rows may differ, and only those are looked at.
"""

from __future__ import annotations

import heapq
import sqlite3
import tempfile
from collections import Counter
from contextlib import ExitStack, closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.data_folder import hold_work_folder
from archive.database import Database, failing_as, open_database, unchanging_uri
from archive.publish.build import find_touched_rows
from archive.publish.public_tables import Column, Table, public_tables, quoted
from archive.snapshot.retention import CHANGES, Night, read_night, read_nights
from archive.snapshot.table_files import SNAPSHOTS, WrittenTable, open_arrow, write_table
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    _Place = tuple[bool, bool, Any]
    _Side = Iterator[tuple[list[_Place], str, tuple[Any, ...]]]

_SQL_TYPES = {"string": "TEXT", "date": "TEXT", "integer": "INTEGER", "number": "NUMERIC"}
_UNREADABLE = (sqlite3.Error, FileNotFoundError, KeyError, ValueError)
# Of a file at once: a row is shorter.
_BLOCK_BYTES = 1 << 25


class NotComparable(GongkaiError):
    """One of two things is neither a copy nor a snapshot, or they are of versions with other tables."""


class TableDifference(FrozenStruct):
    """How the rows of a table differ.

    Attributes:
        table: its name.
        added: keys that only the newer has; whole rows where the table has no key.
        removed: likewise, the older.
        changed: keys that both have, with other values.
    """

    table: str
    added: int
    removed: int
    changed: int


def compare_editions(old: Path, new: Path, folder: Path | None = None) -> list[TableDifference]:
    """Compare all that two copies or snapshots say.

    Args:
        old: a published copy, or the folder of a night among those that it rests on.
        new: likewise.
        folder: where the rows are written; None to count them only.

    Returns:
        The tables that differ.

    Raises:
        NotComparable: one of them is neither, or they have other tables or columns.
        OSError: a file cannot be read or written.
    """
    return [difference for difference, _ in _compare(old, new, folder, None, None)]


def write_differences(
    old: Path, new: Path, folder: Path, names: Set[str] | None, corpus: Path | None
) -> tuple[tuple[TableDifference, ...], tuple[WrittenTable, ...]]:
    """Compare two editions likewise, and write the rows that differ.

    Each is a CSV file: `change` (`added`, `removed`, `before`, `after`; `row_change` where the table has a
    `change` of its own) and the columns of the table, by key.

    Args:
        old: as in `compare_editions`.
        new: likewise.
        folder: where the files are written.
        names: the tables that may differ; None for all.
        corpus: that both are copies of, whose journal tells which rows may differ; None to look at all.

    Returns:
        The tables that differ, and their files.
    """
    told = list(_compare(old, new, folder, names, corpus))
    return tuple(it for it, _ in told), tuple(written for _, written in told if written)


def _compare(
    old: Path, new: Path, folder: Path | None, names: Set[str] | None, corpus: Path | None
) -> Iterator[tuple[TableDifference, WrittenTable | None]]:
    # As large as what is compared: there is more room beside its files than where the system keeps its own.
    own = Path(tempfile.gettempdir())
    beside = next((it for it in folder.absolute().parents if it.is_dir()), own) if folder else own
    with hold_work_folder(beside, is_locked=False) as work, ExitStack() as stack:
        path = work / "difference.db"
        db = stack.enter_context(closing(open_database(path)))
        db.execute("PRAGMA journal_mode = OFF")
        tables = []
        for name, edition in (("old", old), ("new", new)):
            with failing_as(NotComparable, "this is neither a copy nor a snapshot", edition, on=_UNREADABLE):
                copy = load_night(edition, work / f"{name}.db", names) if edition.is_dir() else edition
                db.execute(f"ATTACH ? AS {name}", (unchanging_uri(copy.resolve(strict=True)),))
                found = (table for table in public_tables(db, name) if names is None or table.name in names)
                tables.append({table.name: table for table in found})
        listed = [{name: table.column_list for name, table in side.items()} for side in tables]
        if listed[0] != listed[1]:
            raise NotComparable(
                "they have other tables or columns",
                where=new,
                hint="Publish both with one version of gongkai",
            )
        touched = {}
        if corpus:
            db.execute("ATTACH ? AS corpus", (f"{corpus.as_uri()}?mode=ro",))
            touched = find_touched_rows(db, old, new)
        for table in tables[1].values():
            difference = _compare_table(db, table, touched.get(table.name, ""))
            if difference.added or difference.removed or difference.changed:
                yield difference, _write_rows(path, table, folder) if folder else None


def _write_rows(path: Path, table: Table, folder: Path) -> WrittenTable:
    folder.mkdir(parents=True, exist_ok=True)
    label = _label_of(table)
    shown = table.replace(columns=(Column(label, "TEXT", True), *table.columns), key=(), references=())
    # They were found in their order, what was before what is.
    sql = f"SELECT {shown.column_list} FROM difference ORDER BY rowid"  # noqa: S608  quoted
    with open_arrow(path) as cursors:
        return write_table(cursors, shown, folder, sql=sql, is_full=False)


def _label_of(table: Table) -> str:
    """Return what the column is called that says how a row changed: none of the table's own names."""
    return "row_change" if "change" in table.names else "change"


def load_night(folder: Path, target: Path, names: Set[str] | None) -> Path:
    """Load what a night says into a database: the full set before it, and the changes of each night since.

    Args:
        folder: of the night; what it rests on stands beside it.
        target: the database, to be created.
        names: the tables that are loaded; None for all.

    Raises:
        NotComparable: what it rests on is not there any more.
    """
    first, *later = _find_chain(folder)
    with closing(open_database(target)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("BEGIN")
        for name, resource in _resources(first, names):
            _load_table(db, first.folder, name, resource)
        for night in later:
            for name, resource in _resources(night, names):
                _apply_changes(db, night.folder / CHANGES, name, resource)
        db.execute("COMMIT")
    return target


def _find_chain(folder: Path) -> list[Night]:
    """Return the full set that a night rests on, and the nights since, to itself."""
    itself = read_night(folder)
    chain = [itself] if itself else []
    earlier = [night for night in read_nights(folder.parent) if night.name < folder.name]
    while chain and not chain[0].is_full:
        if not earlier or earlier[-1].name != chain[0].package["since"]:
            raise NotComparable(f"the changes of {chain[0].package['since']} are not here", where=folder)
        chain.insert(0, earlier.pop())
    if not chain:
        raise NotComparable("this is neither a copy nor a snapshot", where=folder)
    return chain


def _resources(night: Night, names: Set[str] | None) -> Iterator[tuple[str, Any]]:
    for resource in night.package["resources"]:
        name = resource["name"].replace("-", "_")
        if names is None or name in names:
            yield quoted(name), resource


def _load_table(db: sqlite3.Connection, folder: Path, name: str, resource: Any) -> None:
    schema = resource["schema"]
    columns = [f"{quoted(it['name'])} {_SQL_TYPES[it['type']]}" for it in schema["fields"]]
    key = ", ".join(map(quoted, schema.get("primaryKey", ())))
    db.execute(f"CREATE TABLE {name} ({', '.join(columns)}{f', PRIMARY KEY ({key})' * bool(key)})")
    if not key:
        first = quoted(schema["fields"][0]["name"])
        db.execute(f"CREATE INDEX {quoted('by ' + resource['name'])} ON {name} ({first})")
    for rows in _read_rows(folder / resource["path"], [it["name"] for it in schema["fields"]]):
        db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608  quoted


def _apply_changes(db: sqlite3.Connection, folder: Path, name: str, resource: Any) -> None:
    columns = [it["name"] for it in resource["schema"]["fields"]]
    same = " AND ".join(f"{quoted(column)} IS ?" for column in columns[1:])
    places = ", ".join("?" * len(columns[1:]))
    for rows in _read_rows(folder / resource["path"], columns):
        for change, *values in rows:
            if change in {"removed", "before"}:
                db.execute(f"DELETE FROM {name} WHERE {same}", values)  # noqa: S608  quoted
            else:
                db.execute(f"INSERT INTO {name} VALUES ({places})", values)  # noqa: S608  likewise


def _read_rows(path: Path, columns: list[str]) -> Iterator[Iterator[tuple[str | None, ...]]]:
    """Read a CSV file part by part, every value as text; nothing between two commas is NULL."""
    from pyarrow import csv  # noqa: PLC0415  half as long to import as all else, and its threads stay

    if path.stat().st_size == 0:
        return
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(columns, "string"),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    reader = csv.open_csv(
        path,
        read_options=csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False),  # which would read ahead
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=convert,
    )
    with reader:
        for batch in reader:
            for start in range(0, batch.num_rows, SNAPSHOTS.rows_in_turn):
                part = batch.slice(start, SNAPSHOTS.rows_in_turn)
                yield zip(*(column.to_pylist() for column in part.columns), strict=True)


def _compare_table(db: Database, table: Table, touched: str) -> TableDifference:
    columns = [_label_of(table), *map(quoted, table.names)]
    db.execute("DROP TABLE IF EXISTS main.difference")
    # Without types, so that each value stays as it is.
    db.execute(f"CREATE TABLE main.difference ({', '.join(columns)})")
    counts: Counter[str] = Counter()

    def count_changes() -> Iterator[tuple[Any, ...]]:
        for row in _find_changes(table, *(_read_side(db, table, side, touched) for side in ("old", "new"))):
            counts[row[0]] += 1
            yield row

    with db.transaction():
        db.insert_rows("main.difference", columns, count_changes())
    return TableDifference(table.name, counts["added"], counts["removed"], counts["after"])


def _read_side(db: Database, table: Table, side: str, touched: str) -> _Side:
    """Yield the rows of an edition in their order, each behind its place in it and the side."""
    at = [table.names.index(name) for name in table.order_columns]
    clause = touched.replace("main.", f"{side}.")
    for row in db.execute(
        f"SELECT {table.column_list} FROM {side}.{quoted(table.name)} {clause} ORDER BY {table.order}"  # noqa: S608  quoted
    ):
        yield [_as_sorted(row[number]) for number in at], side, row


def _as_sorted(value: object) -> _Place:
    """Return what sorts as SQLite does: NULL, then numbers, then texts by code point."""
    return value is not None, isinstance(value, str), 0 if value is None else value


def _find_changes(table: Table, old: _Side, new: _Side) -> Iterator[tuple[Any, ...]]:
    """Yield what only one of two sides has, by place; both are read once, and nothing of them is held.

    What the order goes by beside the key belongs to the same identity, so that rows of one key meet here.
    """
    for _, here in groupby(heapq.merge(old, new, key=itemgetter(0)), key=itemgetter(0)):
        held: dict[str, set[tuple[Any, ...]]] = {"old": set(), "new": set()}
        for _, side, row in here:
            held[side].add(row)
        gone, come = held["old"] - held["new"], held["new"] - held["old"]
        was, now = ("before", "after") if table.key and gone and come else ("removed", "added")
        yield from ((was, *row) for row in gone)
        yield from ((now, *row) for row in come)
