r"""CSV in three ways: canonical, canonical and fast of a whole table, and made for Excel.

Canonical is UTF-8 and RFC 4180, no value altered, with one last line that says whether all is there. NULL is
nothing between two commas, the empty string `""`, as in the files of a snapshot. Whole columns are written at
once, because many rows go through: what is asked of all the values of a column together takes no time.

    json_array(column, …) ──▶ a batch of lines; is any cell more than plain? ──no──▶ [ ] " and null taken out
                                                                          └─yes─▶ read as JSON ──▶ csv_lines

To make a Python value of each cell takes longer than everything else. So a row of a table comes as one JSON
array, exact but for reals, which SQLite would write with 15 digits; they come beside it. Where no text of a
batch holds a comma, nothing is escaped and no text empty, the CSV is that JSON without brackets, quotation
marks and nulls.

For Excel nothing is a formula and no figure loses its digits. Excel reads a text as whatever it looks like.
So a text that would begin a formula gets an apostrophe before it, and one that Excel would turn into another
number, or into a date, gets a tab, which keeps it a text. Plain numbers stay numbers;
`restore_excel` undoes it.

Source: OWASP, CSV Injection (characters that begin a formula); Microsoft, Excel specifications and limits
(32,767 characters in a cell, 15 digits of precision, 1,048,576 rows).
"""

from __future__ import annotations

import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from archive.publish.public_tables import quoted
from gongkai.web.rendering.cells import find_own_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gongkai.web.exports.export_stream import End, Row


CSV_TYPE = "text/csv; charset=utf-8; header=present"


class CsvForm:
    """Rows as they are.

    Args:
        columns: their names, in order.
    """

    media_type = CSV_TYPE
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


def csv_lines(rows: Sequence[Row]) -> str:
    """Write rows of one width, a line each, every line ended."""
    columns = [_written(column) for column in zip(*rows, strict=True)]
    if len(columns) == 1:
        # A line is never blank: readers would pass over it.
        columns = [[value or '""' for value in columns[0]]]
    return "\r\n".join(map(",".join, zip(*columns, strict=True))) + "\r\n"


def csv_value(value: object) -> str:
    """Write one value."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        # No published column holds bytes; a reader's own SQL may. Written as SQL does.
        return f"X'{value.hex().upper()}'"
    if not isinstance(value, str):
        return repr(value)
    return value if _stand_as_they_are([value]) else '"' + value.replace('"', '""') + '"'


def _written(column: tuple[object, ...]) -> Sequence[str]:
    """Write the values of one column."""
    kinds = set(map(type, column))
    if str not in kinds or bytes in kinds:
        return list(map(csv_value, column))
    if kinds <= {str, type(None)} and _stand_as_they_are([text for text in column if isinstance(text, str)]):
        return [text if isinstance(text, str) else "" for text in column]
    return list(map(csv_value, column))


def _stand_as_they_are(texts: Sequence[str]) -> bool:
    """Return whether none of these texts needs quotation marks."""
    joined = "".join(texts)
    return (
        '"' not in joined and "," not in joined and "\n" not in joined and "\r" not in joined and all(texts)
    )


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


def restore_excel(field: str) -> str:
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
        if self._site and find_own_path(value):
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
