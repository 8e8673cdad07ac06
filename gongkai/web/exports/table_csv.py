r"""The canonical CSV of a table, each row put together by SQLite: a million rows in a fraction of the time.

    json_array(column, …) ──▶ a batch of lines; is any cell more than plain? ──no──▶ [ ] " and null taken out
                                                                          └─yes─▶ read as JSON ──▶ csv_form

To make a Python value of each cell takes longer than everything else. So a row comes as one JSON array, exact
but for reals, which SQLite would write with 15 digits; they come beside it. Where no text of a batch holds a
comma, nothing is escaped and no text empty, the CSV is that JSON without brackets, quotation marks and nulls.
The lines are those of `csv_form`, byte for byte.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from archive.publish.public_tables import quoted
from gongkai.web.exports.csv_form import CsvForm, csv_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gongkai.web.exports.form import Row


def may_be_real(columns: Sequence[str], kinds: Mapping[str, str], *, strict: bool) -> list[int]:
    """Return the places of the columns that may hold reals.

    Args:
        columns: their names, in order.
        kinds: how the table declares them.
        strict: whether it holds in each what it declares.
    """
    exact = {"TEXT", "INTEGER"} if strict else {"TEXT"}
    return [place for place, name in enumerate(columns) if kinds.get(name) not in exact]


def rows_as_json(columns: Sequence[str], beside: Sequence[int]) -> str:
    """Return what to select so that a row comes as one JSON array, and what may be real beside it.

    The connection's `text_factory` is to be `bytes`.
    """
    names = [quoted(name) for name in columns]
    cells = [
        f"CASE WHEN typeof({name}) <> 'real' THEN {name} END" if place in beside else name
        for place, name in enumerate(names)
    ]
    return ", ".join([f"json_array({', '.join(cells)})", *(names[place] for place in beside)])


class TableCsvForm(CsvForm):
    """Rows that `rows_as_json` selected.

    Args:
        columns: the names of the cells, in order.
        beside: the places of those that come beside the array, too.
    """

    def __init__(self, columns: Sequence[str], beside: Sequence[int]) -> None:
        super().__init__(columns)
        self._beside = tuple(beside)

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row.

        Raises:
            sqlite3.DataError: a text is not UTF-8.
        """
        lines = [row[0] for row in rows]
        has_reals = self._beside and any(isinstance(cell, float) for row in rows for cell in row[1:])
        # A line end stands nowhere in an array of one row: JSON escapes those of texts.
        batch = b"\n" + b"\n".join(lines)
        if has_reals or not self._is_plain(batch, len(rows)):
            return self._read_as_json(rows)
        plain = batch.replace(b"\n[null", b"\n[").replace(b",null", b",").replace(b"]\n[", b"\r\n")
        return plain[2:-1].replace(b'"', b"") + b"\r\n"

    def _is_plain(self, batch: bytes, rows: int) -> bool:
        """Return whether commas stand between cells alone, nothing is escaped and no text is empty."""
        width = len(self._columns)
        commas = rows * (width - 1)
        return width > 1 and batch.count(b",") == commas and b"\\" not in batch and b'""' not in batch

    def _read_as_json(self, rows: Sequence[Row]) -> bytes:
        try:
            cells: list[list[Any]] = json.loads(b"[" + b",".join([row[0] for row in rows]) + b"]")
        except UnicodeDecodeError as error:
            raise sqlite3.DataError("a text is not UTF-8") from error
        for row, read in zip(rows, cells, strict=True):
            for place, cell in zip(self._beside, row[1:], strict=True):
                if isinstance(cell, float):
                    read[place] = cell
        return csv_lines([tuple(read) for read in cells]).encode()
