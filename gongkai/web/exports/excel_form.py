"""CSV made for Excel: it opens right, nothing in it is a formula, no figure loses its digits.

Excel reads a text as whatever it looks like. So a text that would begin a formula gets an apostrophe before
it, and one that Excel would turn into another number, or into a date, gets a tab, which keeps it a text.
Plain numbers stay numbers. The canonical CSV alters nothing; this one does, and `restored` undoes it.

Source: OWASP, CSV Injection (characters that begin a formula); Microsoft, Excel specifications and limits
(32,767 characters in a cell, 15 digits of precision, 1,048,576 rows).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gongkai.web.exports.csv_form import csv_lines
from gongkai.web.values.cells import within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gongkai.web.exports.form import End, Row

MOST_CHARACTERS = 32_767
MOST_DIGITS = 15
MOST_ROWS = 1_048_576 - 2
"""Rows of a sheet without the line of names and the last line."""

SOURCE_COLUMN = "出处"

_GUARD = "'"
_KEEP = "\t"

# NUL is dropped by Excel, so what follows it counts. An apostrophe is guarded so that guarding can be undone.
_BEGINS_FORMULA = re.compile("\0*[=+\\-@\t\r\n'＝＋－＠]")
_NUMBER = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]*))?")
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
_CODE = re.compile(r"(?:^|_)(?:id|a|b|code|number|sha256|skeleton)$|编号|文号|代码|编码|索引号")


def is_code(column: str) -> bool:
    """Whether a column holds ids, codes or document numbers, which are no figures whatever they look like."""
    return _CODE.search(column) is not None


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
    number = _NUMBER.fullmatch(value)
    if number:
        return _KEEP + value if code or _loses_digits(number) else value
    if _BEGINS_FORMULA.match(value):
        return _GUARD + value
    return _KEEP + value if _TURNED_INTO_ANOTHER.fullmatch(value) else value


def _loses_digits(number: re.Match[str]) -> bool:
    whole, decimals = number[1], number[2] or ""
    is_padded = len(whole) > 1 and whole.startswith("0")
    return is_padded or len((whole + decimals).lstrip("0")) > MOST_DIGITS


def restored(field: str) -> str:
    """Return the characters that were there before `for_excel`."""
    return field[1:] if field.startswith((_GUARD, _KEEP)) else field


def utf16_units(text: str) -> int:
    """Return the length that Excel sees."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class ExcelForm:
    """The download for Excel: a byte order mark, guarded texts, a last column that leads to a row's source.

    Args:
        columns: the names of a row's values, in order.
        shown: the places of those that are columns of the file.
        source: returns the address of a row's page.
        site: the address of the front page, which ends with `/`; what leads to a page of it is written out in
            full, for in a file it would lead nowhere. Empty where the cells hold no such paths.
    """

    media_type = "text/csv; charset=utf-8; header=present"
    suffix = ".csv"

    def __init__(
        self, columns: Sequence[str], shown: Sequence[int], source: Callable[[Row], str], site: str = ""
    ) -> None:
        self._columns = tuple(columns)
        self._shown = [(place, is_code(columns[place])) for place in shown]
        self._source = source
        self._site = site.rstrip("/")
        self._replaced = 0

    def head(self) -> bytes:
        """Return the byte order mark and the line of names."""
        names = [for_excel(self._columns[place]) for place, _ in self._shown]
        return b"\xef\xbb\xbf" + csv_lines([(*names, SOURCE_COLUMN)]).encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return a line for each row."""
        return csv_lines([self._row(row) for row in rows]).encode()

    def _row(self, row: Row) -> Row:
        source = self._source(row)
        return (*[self._cell(row[place], source, code=code) for place, code in self._shown], source)

    def _cell(self, value: object, source: str, *, code: bool) -> object:
        if self._site and within(value):
            return f"{self._site}{value}"
        cell = for_excel(value, code=code)
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
