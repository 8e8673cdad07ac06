"""Parquet: the rows of an answer in a file, group after group, its columns typed by the values they hold.

A type is not taken from a declaration, which a view or a query has not: every value is asked for its own. A
column that holds texts and numbers becomes text, written as in the CSV; nothing is rounded.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from gongkai.web.exports.csv_form import csv_value

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from gongkai.web.exports.form import Row

MEDIA_TYPE = "application/vnd.apache.parquet"
SUFFIX = ".parquet"

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
