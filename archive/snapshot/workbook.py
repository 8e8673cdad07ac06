"""A workbook of Excel (XLSX): typed cells, and a sheet 说明 that says what they are and are from.

A figure is a number where Excel keeps all its digits, shown with as many decimals as were printed, and a full
date is a date. All else is text, ids and document numbers always; a text is never turned into anything.

Source: ECMA-376, part 1, 18.3.1.4 (cells and their types); Microsoft, Excel specifications and limits
(32,767 characters in a cell, 15 digits of precision, 1,048,576 rows).
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK_SUFFIX = ".xlsx"

# Excel's own bounds: characters of a cell, and digits of a number, beyond which it writes zeros.
MOST_CHARACTERS = 32_767
MOST_DIGITS = 15

NUMBER = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]*))?")
# Excel drops zeros before a code and makes a date of 3-1: what is no quantity stays text.
_CODE = re.compile(r"(?:^|_)(?:id|a|b|code|number|sha256|skeleton)$|编号|文号|字号|代码|编码|索引号")
# Days that Excel knows.
_DATE = re.compile(r"(?:19|[2-9]\d)\d\d-\d\d-\d\d", re.ASCII)


def is_code(column: str) -> bool:
    """Whether a column holds ids, codes or document numbers, which are no figures whatever they look like."""
    return _CODE.search(column) is not None


def keeps_digits(text: str) -> bool:
    """Whether Excel keeps every digit of a text that is a number, and nothing else is lost with them."""
    number = NUMBER.fullmatch(text)
    return number is not None and text[0] not in "+" and not text.endswith(".") and not loses_digits(number)


def loses_digits(number: re.Match[str]) -> bool:
    """Whether Excel does not keep every digit of a match of `NUMBER`."""
    whole, decimals = number[1], number[2] or ""
    is_padded = len(whole) > 1 and whole.startswith("0")
    return is_padded or len((whole + decimals).lstrip("0")) > MOST_DIGITS


def utf16_units(text: str) -> int:
    """Return the length that Excel sees."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def typed_value(value: object, *, code: bool = False) -> object:
    """Return a value as a cell holds it: a number or decimal, a date, or text.

    Args:
        value: as SQLite gives it.
        code: whether its column holds ids or codes.
    """
    if isinstance(value, int | float):
        is_kept = math.isfinite(value) and (isinstance(value, float) or len(str(abs(value))) <= MOST_DIGITS)
        return value if is_kept and not code else str(value)
    if not isinstance(value, str) or code:
        return value
    if _DATE.fullmatch(value):
        with suppress(ValueError):  # the 30th of February is a text
            return dt.date.fromisoformat(value)
    return Decimal(value) if keeps_digits(value) else value


def write_workbook(
    file: IO[bytes],
    names: Sequence[str],
    rows: Iterable[Sequence[object]],
    notes: Iterable[tuple[str, str]],
    *,
    created: dt.datetime | None = None,
) -> int:
    """Write rows into a file, in as much memory as one row takes, and return how many there were.

    Args:
        file: open for writing, and seekable; it is complete when this returns.
        names: of the columns.
        rows: the cells of each, as `typed_value` returns them.
        notes: the lines of the sheet 说明.
        created: when the workbook says that it was made; by default now.
    """
    # The library takes a tenth of a second to load: only the first reader of a workbook waits for it.
    from xlsxwriter import Workbook  # noqa: PLC0415

    formats: dict[str, Any] = {}
    line = 0
    with Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"created": created})

        def shown_as(pattern: str) -> Any:
            if pattern not in formats:
                formats[pattern] = book.add_format({"num_format": pattern})
            return formats[pattern]

        sheet = book.add_worksheet("数据")
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(names):
            sheet.write_string(0, place, name, book.add_format({"bold": True}))
        for line, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                _write_cell(sheet, (line, place), value, shown_as)
        told = book.add_worksheet("说明")
        told.set_column(0, 1, 40)
        for number, pair in enumerate(notes):
            for place, text in enumerate(pair):
                told.write_string(number, place, text)
    return line


def _write_cell(sheet: Any, place: tuple[int, int], value: object, shown_as: Callable[[str], Any]) -> None:
    if isinstance(value, Decimal):
        decimals = -int(value.as_tuple().exponent)
        sheet.write_number(*place, float(value), shown_as(f"0.{'0' * decimals}" if decimals else "0"))
    elif isinstance(value, int | float):
        sheet.write_number(*place, value)
    elif isinstance(value, dt.date):
        sheet.write_datetime(*place, value, shown_as("yyyy-mm-dd"))
    elif value:
        sheet.write_string(*place, value)


_CREATED = dt.datetime(1980, 1, 1)  # noqa: DTZ001  the first of ZIP: no time of day enters a snapshot
_NOTES = (
    ("datapackage.json", "每列的含义 / what each column holds"),
    ("README.txt", "出自何处 / what it is made of"),
    ("空白 / blank", "未载，或空字符串 / not stated, or the empty string"),
)


def write_table_workbook(packed: Path, *, most_cells: int, most_bytes: int) -> Path | None:
    """Write the rows of a Parquet file as a workbook beside it, a few at a time.

    Args:
        packed: the file.
        most_cells: of one that has more there is none.
        most_bytes: nor of one whose values are longer together.

    Returns:
        The workbook; None where Excel would not open all of it as it is.
    """
    from pyarrow import parquet  # noqa: PLC0415  half as long to import as all else

    with parquet.ParquetFile(packed) as file:
        held = file.metadata
        size = sum(held.row_group(number).total_byte_size for number in range(held.num_row_groups))
        if held.num_rows * held.num_columns > most_cells or size > most_bytes:
            return None
        if not all(_can_hold(it) for row in _read_rows(file) for it in row):
            return None
        names = file.schema_arrow.names
        codes = [is_code(name) for name in names]
        rows = (
            # Of a day only the text tells whether Excel knows it.
            [
                typed_value(str(value) if isinstance(value, dt.date) else value, code=code)
                for value, code in zip(row, codes, strict=True)
            ]
            for row in _read_rows(file)
        )
        # Where writing fails, the library leaves its archive open, and that complains when it is taken away.
        made = io.BytesIO()
        write_workbook(made, names, rows, _NOTES, created=_CREATED)
    path = packed.with_suffix(WORKBOOK_SUFFIX)
    path.write_bytes(made.getbuffer())
    return path


# A text that many rows have is stored once in the file; in memory each row has its own.
_ROWS_AT_ONCE = 500


def _read_rows(file: Any) -> Iterator[Sequence[object]]:
    """Yield the rows of a Parquet file."""
    for batch in file.iter_batches(_ROWS_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


# XML 1.0, 2.2: no reference to them is allowed, either.
_NEVER_IN_XML = frozenset("\ufffe\uffff")


def _can_hold(value: object) -> bool:
    """Whether a cell holds a value as it is."""
    if not isinstance(value, str):
        return True
    # Half as many characters can never be too many; most are asked no further.
    is_short = len(value) <= MOST_CHARACTERS // 2 or utf16_units(value) <= MOST_CHARACTERS
    return is_short and _NEVER_IN_XML.isdisjoint(value)
