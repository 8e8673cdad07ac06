"""What changed between two published copies or snapshots: rows that came, went, and are others, by table.

copy, or the CSV files of a night ─▶ a database ─┐
copy, or the CSV files of a night ─▶ a database ─┴─▶ rows of one alone ──by key──▶ added, removed, changed
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.database import unchanging_uri
from archive.publish.public_tables import Column, Table, public_tables, quoted
from archive.snapshot.retention import CHANGES, PACKAGE, read_nights
from archive.snapshot.table_files import open_arrow, write_table
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.snapshot.table_files import WrittenTable

_SQL_TYPES = {"string": "TEXT", "date": "TEXT", "integer": "INTEGER", "number": "NUMERIC"}
_BLOCK_BYTES = 1 << 26
"""Of a file at once: a row is shorter."""


class NotComparable(GongkaiError):
    """One of two things is neither a copy nor a snapshot, or they are of versions with other tables."""


@dataclass(frozen=True, slots=True)
class TableDifference:
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
    return [difference for difference, _ in _compare(old, new, folder)]


def write_differences(
    old: Path, new: Path, folder: Path
) -> tuple[tuple[TableDifference, ...], tuple[WrittenTable, ...]]:
    """Compare two editions likewise, and write the rows that differ.

    Each is a CSV file: `change` (`added`, `removed`, `before`, `after`) and the columns of the table, by key.

    Returns:
        The tables that differ, and their files.
    """
    told = list(_compare(old, new, folder))
    return tuple(it for it, _ in told), tuple(written for _, written in told if written)


def _compare(
    old: Path, new: Path, folder: Path | None
) -> Iterator[tuple[TableDifference, WrittenTable | None]]:
    with tempfile.TemporaryDirectory(prefix="gongkai-") as work, contextlib.ExitStack() as stack:
        path = Path(work, "difference.db")
        db = stack.enter_context(contextlib.closing(sqlite3.connect(path, uri=True)))
        tables = []
        for name, edition in (("old", old), ("new", new)):
            with _explaining(edition):
                copy = load_night(edition, Path(work) / f"{name}.db") if edition.is_dir() else edition
                db.execute(f"ATTACH ? AS {name}", (unchanging_uri(copy.resolve(strict=True)),))
                tables.append({table.name: table for table in public_tables(db, name)})
        if {name: _names(table) for name, table in tables[0].items()} != {
            name: _names(table) for name, table in tables[1].items()
        }:
            raise NotComparable(
                "they have other tables or columns",
                where=str(new),
                hint="Publish both with one version of gongkai",
            )
        for table in tables[1].values():
            difference = _compare_table(db, table)
            if difference.added or difference.removed or difference.changed:
                yield difference, _write_rows(path, table, folder) if folder else None


def _write_rows(path: Path, table: Table, folder: Path) -> WrittenTable:
    folder.mkdir(parents=True, exist_ok=True)
    shown = replace(table, columns=(Column("change", "TEXT", True), *table.columns), references=())
    with open_arrow(path) as cursor:
        return write_table(cursor, replace(shown, key=()), folder, sql=_rows_sql(table), parquet=False)


@contextlib.contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, FileNotFoundError, KeyError, ValueError) as error:
        raise NotComparable(f"this is neither a copy nor a snapshot: {error}", where=str(path)) from error


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def load_night(folder: Path, target: Path) -> Path:
    """Load what a night says into a database: the full set before it, and the changes of each night since.

    Args:
        folder: of the night; what it rests on stands beside it.
        target: the database, to be created.

    Raises:
        NotComparable: what it rests on is not there any more.
    """
    nights = [night for night in read_nights(folder.parent) if night.name <= folder.name]
    full = next((place for place, night in reversed(list(enumerate(nights))) if night.is_full), None)
    if (folder / PACKAGE).is_file():
        first, later = folder, []
    elif full is not None and nights[-1].folder == folder:
        first, later = nights[full].folder, nights[full + 1 :]
    else:
        raise NotComparable("no full set that it rests on is here", where=str(folder))
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("BEGIN")
        for resource in _resources(first):
            _load_table(db, first, resource)
        before = first.name
        for night in later:
            if night.package["since"] != before:
                raise NotComparable(
                    f"the changes of {night.package['since']} are not here", where=str(folder)
                )
            for resource in night.package["resources"]:
                _apply_changes(db, night.folder / CHANGES, resource)
            before = night.name
        db.execute("COMMIT")
    return target


def _resources(folder: Path) -> list[Any]:
    package: dict[str, list[Any]] = json.loads((folder / PACKAGE).read_text("utf-8"))
    return package["resources"]


def _load_table(db: sqlite3.Connection, folder: Path, resource: Any) -> None:
    schema, name = resource["schema"], quoted(resource["name"].replace("-", "_"))
    columns = [f"{quoted(it['name'])} {_SQL_TYPES[it['type']]}" for it in schema["fields"]]
    key = ", ".join(map(quoted, schema.get("primaryKey", ())))
    db.execute(f"CREATE TABLE {name} ({', '.join(columns)}{f', PRIMARY KEY ({key})' * bool(key)})")
    if not key:
        first = quoted(schema["fields"][0]["name"])
        db.execute(f"CREATE INDEX {quoted('by ' + resource['name'])} ON {name} ({first})")
    for rows in _read_rows(folder / resource["path"], [it["name"] for it in schema["fields"]]):
        db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608  quoted


def _apply_changes(db: sqlite3.Connection, folder: Path, resource: Any) -> None:
    name = quoted(resource["name"].replace("-", "_"))
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
        read_options=csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=convert,
    )
    with reader:
        for batch in reader:
            yield zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _compare_table(db: sqlite3.Connection, table: Table) -> TableDifference:
    name, listed = quoted(table.name), table.column_list
    for side, other in (("old", "new"), ("new", "old")):
        db.execute(f"DROP TABLE IF EXISTS main.only_{side}")
        db.execute(
            f"CREATE TABLE main.only_{side} AS SELECT {listed} FROM {side}.{name}"  # noqa: S608  quoted
            f" EXCEPT SELECT {listed} FROM {other}.{name}"
        )
    both = _in_both(table)
    counts = {}
    for side in ("old", "new"):
        other = both.format("old" if side == "new" else "new")
        [counts[side]] = db.execute(f"SELECT count(*), ifnull(sum({other}), 0) FROM only_{side}")  # noqa: S608
    (removed, changed), (added, _) = counts["old"], counts["new"]
    return TableDifference(table.name, added - changed, removed - changed, changed)


def _in_both(table: Table) -> str:
    """Return what holds for a row whose key the other side has too."""
    key = ", ".join(map(quoted, table.key))
    return f"({key}) IN (SELECT {key} FROM only_{{}})" if key else "0"  # noqa: S608  quoted


def _rows_sql(table: Table) -> str:
    """Write the question for the rows of a change set: what was before what is."""
    listed, both = table.column_list, _in_both(table)
    gone = (
        f"SELECT iif({both.format('new')}, 'before', 'removed') AS change, 0 AS side, {listed} FROM only_old"  # noqa: S608
    )
    come = f"SELECT iif({both.format('old')}, 'after', 'added'), 1, {listed} FROM only_new"  # noqa: S608
    return f"SELECT change, {listed} FROM ({gone} UNION ALL {come}) ORDER BY {table.order}, side"  # noqa: S608
