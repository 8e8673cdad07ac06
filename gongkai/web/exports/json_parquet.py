"""JSON that says of itself whether it is whole, and Parquet with columns typed by the values they hold.

In JSON, in the names that Datasette's own has, `database_sha256`, `columns` and `expected` come before
`rows`; `count`, `complete` and `reason` after them. In Parquet a type is not taken from a declaration, which
a view or a query has not: every value is asked for its own. A column that holds texts and numbers becomes
text, written as in the CSV; nothing is rounded.
"""

from __future__ import annotations

import base64
import json
import math
from typing import IO, TYPE_CHECKING, Any

from gongkai.web.exports.csv_writers import csv_value

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from gongkai.web.exports.export_stream import End, Row


class JsonForm:
    """One document: what is expected first, the rows as lists, what came last.

    Args:
        columns: their names, in order; a query may name two the same, so rows are lists.
        sha256: of the published copy.
        expected: the rows that were counted.
    """

    media_type = "application/json; charset=utf-8"
    suffix = ".json"

    def __init__(self, columns: Sequence[str], sha256: str, expected: int) -> None:
        head = {"database_sha256": sha256, "columns": list(columns), "expected": expected}
        self._head = _encoded(head)[:-1] + ',"rows":[\n'
        self._is_first = True

    def head(self) -> bytes:
        """Return what comes before the rows."""
        return self._head.encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        before = "" if self._is_first else ",\n"
        self._is_first = False
        return (before + ",\n".join([_json_row(row) for row in rows])).encode()

    def tail(self, end: End) -> bytes:
        """Close the list and say whether it is whole."""
        said = {
            "count": end.rows,
            "complete": end.is_complete,
            "reason": None if end.is_complete else end.said_reason,
        }
        return f"\n],{_encoded(said)[1:]}\n".encode()


def _json_row(row: Row) -> str:
    try:
        return _encoded(row)
    except ValueError:
        # Only a number beyond the largest is refused.
        return "[" + ",".join([_json_value(value) for value in row]) + "]"


def _json_value(value: object) -> str:
    """Write a value; what is beyond the largest number as a number beyond it, as SQLite's JSON does."""
    if isinstance(value, float) and math.isinf(value):
        return "9e999" if value > 0 else "-9e999"
    return _encoded(value)


def _bytes(value: Any) -> dict[str, Any]:
    """Write bytes as Datasette does."""
    return {"$base64": True, "encoded": base64.b64encode(value).decode()}


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_bytes).encode


PARQUET_TYPE = "application/vnd.apache.parquet"
PARQUET_SUFFIX = ".parquet"

_COMPRESSION = "zstd"


def column_kinds(
    connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any], width: int
) -> list[str]:
    """Return what the columns of an answer hold: `integer`, `real`, `text`, `blob`, or `mixed`.

    Args:
        connection: to the copy.
        sql: one SELECT.
        parameters: of that statement.
        width: how many columns it has.
    """
    names = [f"c{place}" for place in range(width)]
    # One aggregate for each column: a connection allows no more of them than of columns.
    asked = ", ".join(f"group_concat(DISTINCT typeof({name}))" for name in names)
    counted = f"WITH answer ({', '.join(names)}) AS ({sql}\n) SELECT {asked} FROM answer"  # noqa: S608 validated
    [found] = connection.execute(counted, parameters).fetchall()
    return [_one_kind(set((kinds or "").split(",")) - {"", "null"}) for kinds in found]


def _one_kind(kinds: set[str]) -> str:
    if kinds == {"integer", "real"}:
        return "real"
    if len(kinds) > 1:
        return "mixed"
    return kinds.pop() if kinds else "text"


def write_parquet(
    file: IO[bytes],
    columns: Sequence[str],
    kinds: Sequence[str],
    batches: Iterator[list[Row]],
    notes: Mapping[str, str],
) -> int:
    """Write rows into a file, each batch a row group, and return how many there were.

    Args:
        file: open for writing; it is complete when this returns.
        columns: their names; a name that comes twice gets a number.
        kinds: what they hold, as `column_kinds` says.
        batches: the rows.
        notes: key-value metadata of the file.

    Raises:
        ValueError: an integer stands beside reals and is too large to be one without rounding.
    """
    # Loading the library takes half a second and 80 MB: only the first reader of a Parquet file waits for it.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    types = {"integer": pa.int64(), "real": pa.float64(), "blob": pa.binary()}
    schema = pa.schema(
        [
            pa.field(name, types.get(kind, pa.string()))
            for name, kind in zip(_apart(columns), kinds, strict=True)
        ],
        metadata=dict(notes),
    )
    rows_written = 0
    with parquet.ParquetWriter(file, schema, compression=_COMPRESSION) as writer:
        for rows in batches:
            arrays = [
                pa.array(_values(values, kind), field.type)
                for values, kind, field in zip(zip(*rows, strict=True), kinds, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            rows_written += len(rows)
    return rows_written


def _values(values: tuple[Any, ...], kind: str) -> Sequence[Any]:
    if kind != "mixed":
        return values
    return [value if value is None or isinstance(value, str) else csv_value(value) for value in values]


def _apart(columns: Sequence[str]) -> list[str]:
    """Return names that differ, each as it is where it can be."""
    seen: dict[str, int] = {}
    names = []
    for name in columns:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}:{seen[name]}")
    return names
