"""What changed between two published copies or snapshots: rows that came, went, and are others, by table.

copy, or the CSV files of a snapshot ─▶ a database ─┐
copy, or the CSV files of a snapshot ─▶ a database ─┴─▶ rows of one alone ──by key──▶ added, removed, changed
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.database import unchanging_uri
from archive.publish.public_tables import Table, public_tables, quoted
from archive.snapshot.write import csv_line
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQL_TYPES = {"string": "TEXT", "integer": "INTEGER", "number": "NUMERIC"}
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
        old: a published copy, or the folder of a snapshot.
        new: likewise.
        folder: where the rows are written, a CSV file for each table that differs: `change` (`added`,
            `removed`, `before`, `after`) and the columns of the table, by key; None to count them only.

    Returns:
        The tables that differ.

    Raises:
        NotComparable: one of them is neither, or they have other tables or columns.
        OSError: a file cannot be read or written.
    """
    with tempfile.TemporaryDirectory(prefix="gongkai-") as work, contextlib.ExitStack() as stack:
        db = stack.enter_context(contextlib.closing(sqlite3.connect(f"{work}/difference.db", uri=True)))
        tables = []
        for name, path in (("old", old), ("new", new)):
            with _explaining(path):
                copy = _load_snapshot(path, Path(work) / f"{name}.db") if path.is_dir() else path
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
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        differences = (_compare_table(db, table, folder) for table in tables[1].values())
        return [it for it in differences if it.added or it.removed or it.changed]


@contextlib.contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, FileNotFoundError, KeyError, ValueError) as error:
        raise NotComparable(f"this is neither a copy nor a snapshot: {error}", where=str(path)) from error


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _load_snapshot(folder: Path, target: Path) -> Path:
    """Load the CSV files of a snapshot into a database, as its `datapackage.json` describes them."""
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("BEGIN")
        for resource in package["resources"]:
            schema, name = resource["schema"], quoted(Path(resource["path"]).stem)
            columns = [f"{quoted(it['name'])} {_SQL_TYPES[it['type']]}" for it in schema["fields"]]
            key = ", ".join(map(quoted, schema.get("primaryKey", ())))
            db.execute(f"CREATE TABLE {name} ({', '.join(columns)}{f', PRIMARY KEY ({key})' * bool(key)})")
            places = ", ".join("?" * len(columns))
            for rows in _read_rows(folder / resource["path"], [it["name"] for it in schema["fields"]]):
                db.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608  quoted
        db.execute("COMMIT")
    return target


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


def _compare_table(db: sqlite3.Connection, table: Table, folder: Path | None) -> TableDifference:
    name, listed = quoted(table.name), table.column_list
    for side, other in (("old", "new"), ("new", "old")):
        db.execute(f"DROP TABLE IF EXISTS main.only_{side}")
        db.execute(
            f"CREATE TABLE main.only_{side} AS SELECT {listed} FROM {side}.{name}"  # noqa: S608  quoted
            f" EXCEPT SELECT {listed} FROM {other}.{name}"
        )
    key = ", ".join(map(quoted, table.key))
    both = f"({key}) IN (SELECT {key} FROM only_{{}})" if key else "0"  # noqa: S608  likewise
    counts = {}
    for side in ("old", "new"):
        other = both.format("old" if side == "new" else "new")
        [counts[side]] = db.execute(f"SELECT count(*), ifnull(sum({other}), 0) FROM only_{side}")  # noqa: S608
    (removed, changed), (added, _) = counts["old"], counts["new"]
    if folder and (removed or added):
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(csv_line(("change", *_names(table))))
            file.writelines(map(csv_line, db.execute(_rows_sql(table, both))))
    return TableDifference(table.name, added - changed, removed - changed, changed)


def _rows_sql(table: Table, both: str) -> str:
    """Write the question for the rows of a change set: what was before what is."""
    listed = table.column_list
    gone = (
        f"SELECT iif({both.format('new')}, 'before', 'removed') AS change, 0 AS side, {listed} FROM only_old"  # noqa: S608
    )
    come = f"SELECT iif({both.format('old')}, 'after', 'added'), 1, {listed} FROM only_new"  # noqa: S608
    return f"SELECT change, {listed} FROM ({gone} UNION ALL {come}) ORDER BY {table.order}, side"  # noqa: S608
