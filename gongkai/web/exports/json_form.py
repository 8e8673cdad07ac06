"""JSON that says of itself whether it is whole, in the names that Datasette's own JSON has.

`database_sha256`, `columns` and `expected` come before `rows`; `count`, `complete` and `reason` after them.
"""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.exports.form import End, Row


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
        return (before + ",\n".join([_row(row) for row in rows])).encode()

    def tail(self, end: End) -> bytes:
        """Close the list and say whether it is whole."""
        said = {
            "count": end.rows,
            "complete": end.is_complete,
            "reason": None if end.is_complete else end.said_reason,
        }
        return f"\n],{_encoded(said)[1:]}\n".encode()


def _row(row: Row) -> str:
    try:
        return _encoded(row)
    except ValueError:
        # Only a number beyond the largest is refused.
        return "[" + ",".join([_value(value) for value in row]) + "]"


def _value(value: object) -> str:
    """Write a value; what is beyond the largest number as a number beyond it, as SQLite's JSON does."""
    if isinstance(value, float) and math.isinf(value):
        return "9e999" if value > 0 else "-9e999"
    return _encoded(value)


def _bytes(value: Any) -> dict[str, Any]:
    """Write bytes as Datasette does."""
    return {"$base64": True, "encoded": base64.b64encode(value).decode()}


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_bytes).encode
