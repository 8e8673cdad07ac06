r"""The formats of files that are taken away: CSV, CSV for Excel, the cells of a workbook, JSON.

Canonical CSV is UTF-8 and RFC 4180, no value altered, with one last line that says whether all is there. NULL
is nothing between two commas, the empty string `""`, as in the files of a snapshot.

For Excel nothing is a formula and no figure loses its digits. Excel reads a text as whatever it looks like.
So a text that would begin a formula gets an apostrophe before it, and one that Excel would turn into another
number, or into a date, gets a tab; without its first character such a text is what it was.

Source: OWASP, CSV Injection (characters that begin a formula); Microsoft, Excel specifications and limits
(32,767 characters in a cell, 15 digits of precision, 1,048,576 rows).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import json

from archive.snapshot.workbook import (
    MOST_CHARACTERS,
    MOST_DIGITS,
    NUMBER,
    is_code,
    loses_digits,
    typed_value,
    utf16_units,
)
from gongkai.web.rendering.cells import find_own_path
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gongkai.web.reading import Row


class End(FrozenStruct):
    """How a file ended.

    Attributes:
        rows: that were written.
        expected: that were counted before.
        sha256: of the published copy they are from.
        reason: why it ended early, in plain ASCII on one line; empty where it did not.
    """

    rows: int
    expected: int
    sha256: str
    reason: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every row is there."""
        return not self.reason and self.rows == self.expected

    @property
    def said_reason(self) -> str:
        """Why the file is not complete."""
        return self.reason or f"{self.rows} rows came where {self.expected} were counted"

    def line(self) -> str:
        """Write the last line of a file of lines. It holds no comma and no quotation mark."""
        counts = f"rows={self.rows} expected={self.expected} sha256={self.sha256}"
        if self.is_complete:
            return f"# COMPLETE {counts}"
        return f"# INCOMPLETE {counts} reason={self.said_reason}"


class CsvForm:
    """Rows as they are.

    Args:
        columns: their names, in order.
    """

    media_type = "text/csv; charset=utf-8; header=present"
    suffix = ".csv"

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)

    def head(self) -> bytes:
        """Return the line of names."""
        return csv_lines([self._columns]).encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        return csv_lines(rows).encode()

    def tail(self, end: End) -> bytes:
        """Return the last line, which begins with `#`."""
        return f"{end.line()}\r\n".encode()


_QUOTED = re.compile('[",\r\n]|^$')


def csv_lines(rows: Sequence[Row]) -> str:
    """Write rows, a line each, every line ended."""
    # A line is never blank: readers would pass over it.
    return "".join([(",".join(map(csv_value, row)) if row != (None,) else '""') + "\r\n" for row in rows])


def csv_value(value: object) -> str:
    """Write one value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"' if _QUOTED.search(value) else value
    # No published column holds bytes; a reader's own SQL may. Written as SQL does.
    return f"X'{value.hex().upper()}'" if isinstance(value, bytes) else repr(value)


MOST_ROWS = 1_048_576 - 2
"""Rows of a sheet without the line of names and the last line."""

SOURCE_COLUMN = "出处"

_GUARD = "'"
_KEEP = "\t"

# NUL is dropped by Excel, so what follows it counts. An apostrophe is guarded so that guarding can be undone.
_BEGINS_FORMULA = re.compile("\0*[=+\\-@\t\r\n'＝＋－＠]")
_TURNED_INTO_ANOTHER = re.compile(
    r"""\s*(?:
        [+-]?[\d,]*\.?\d*[eE][+-]?\d+               # 12e45 is a number with an exponent
      | (?!\d{4}-\d\d-\d\d\s*$)                     # a full ISO date stays the date it is
        \d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?          # 3-1, 1/2, 2019-3
      | \d{1,2}:\d{1,2}(?::\d{1,2})?                # 16:30
      | \d+\s\d+/\d+                                # 1 1/2
    )\s*""",
    re.VERBOSE | re.ASCII,
)


def for_excel(value: object, *, code: bool = False) -> object:
    """Return a value as it goes into a CSV that Excel opens.

    Args:
        value: as SQLite gives it.
        code: whether its column holds ids or codes.
    """
    if isinstance(value, int):
        return f"{_KEEP}{value}" if len(str(abs(value))) > MOST_DIGITS else value
    if not isinstance(value, str):
        return value
    number = NUMBER.fullmatch(value)
    if number:
        return _KEEP + value if code or loses_digits(number) else value
    if _BEGINS_FORMULA.match(value):
        return _GUARD + value
    return _KEEP + value if _TURNED_INTO_ANOTHER.fullmatch(value) else value


class ExcelForm(CsvForm):
    """The download for Excel: a byte order mark, guarded texts, a last column that leads to a row's source.

    Args:
        columns: the names of a row's values, in order.
        shown: the places of those that are columns of the file.
        source: returns the address of a row's page.
        site: the address of the front page, which ends with `/`; what leads to a page of it is written out in
            full, for in a file it would lead nowhere. Empty where the cells hold no such paths.
    """

    convert: Callable[..., object] = staticmethod(for_excel)
    """Makes a value what its cell holds."""

    def __init__(
        self, columns: Sequence[str], shown: Sequence[int], source: Callable[[Row], str], site: str = ""
    ) -> None:
        super().__init__(columns)
        self._shown = [(place, is_code(columns[place])) for place in shown]
        self._source = source
        self._site = site.rstrip("/")
        self._replaced = 0

    def head(self) -> bytes:
        """Return the byte order mark and the line of names."""
        return b"\xef\xbb\xbf" + csv_lines([tuple(for_excel(name) for name in self.names)]).encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        return csv_lines([self.cells(row) for row in rows]).encode()

    @property
    def names(self) -> list[str]:
        """The names of the columns of the file."""
        return [*(self._columns[place] for place, _ in self._shown), SOURCE_COLUMN]

    def cells(self, row: Row) -> Row:
        """Return the cells of a row, its source last."""
        source = self._source(row)
        return (*[self._cell(row[place], source, code=code) for place, code in self._shown], source)

    def _cell(self, value: object, source: str, *, code: bool) -> object:
        if self._site and find_own_path(value):
            return f"{self._site}{value}"
        cell = self.convert(value, code=code)
        # Half as many characters can never be too many; most cells are asked no further.
        if isinstance(cell, str) and len(cell) > MOST_CHARACTERS // 2 and utf16_units(cell) > MOST_CHARACTERS:
            self._replaced += 1
            return source
        return cell

    def tail(self, end: End) -> bytes:
        """Return the last line, which begins with `#`; it counts the texts whose address stands for them."""
        counts, reason, why = end.line().partition(" reason=")
        replaced = f" replaced={self._replaced}" if self._replaced else ""
        return f"{counts}{replaced}{reason}{why}\r\n".encode()


def cell_value(value: object, *, code: bool = False) -> object:
    """Return a value as a cell of a workbook holds it; arguments are those of `typed_value`."""
    return typed_value(csv_value(value) if isinstance(value, bytes) else value, code=code)


class WorkbookForm(ExcelForm):
    """The rows as cells; a text that is too long for one is replaced by the address of its page."""

    convert = staticmethod(cell_value)


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
        head = {"database_sha256": sha256, "columns": columns, "expected": expected}
        # Without its last brace, which `tail` writes.
        self._head = json.encode(head)[:-1] + b',"rows":[\n'
        self._is_first = True

    def head(self) -> bytes:
        """Return what comes before the rows."""
        return self._head

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        before = b"" if self._is_first else b",\n"
        self._is_first = False
        return before + b",\n".join(map(json.encode, rows))

    def tail(self, end: End) -> bytes:
        """Close the list and say whether it is whole."""
        said = {
            "count": end.rows,
            "complete": end.is_complete,
            "reason": None if end.is_complete else end.said_reason,
        }
        return b"\n]," + json.encode(said)[1:] + b"\n"
