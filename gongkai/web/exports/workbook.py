"""A workbook of Excel (XLSX): typed cells, and a sheet 说明 that says what they are and are from.

A figure is a number where Excel keeps all its digits, shown with as many decimals as were printed, and a full
date is a date. All else is text, ids and document numbers always; a text is never turned into anything.

Source: ECMA-376, part 1, 18.3.1.4 (cells and their types); Microsoft, Excel specifications and limits.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from contextlib import suppress
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from gongkai.web.exports.file_formats import MOST_DIGITS, ExcelForm, csv_value, keeps_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gongkai.web.server.reading import Row

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK_SUFFIX = ".xlsx"

_DATE = re.compile(r"(?:19|[2-9]\d)\d\d-\d\d-\d\d", re.ASCII)
"""Days that Excel knows."""


def typed_value(value: object, *, code: bool = False) -> object:
    """Return a value as a cell holds it: a number or decimal, a date, or text.

    Args:
        value: as SQLite gives it.
        code: whether its column holds ids or codes.
    """
    if isinstance(value, bytes):
        return csv_value(value)
    if isinstance(value, int | float):
        is_kept = math.isfinite(value) and (isinstance(value, float) or len(str(abs(value))) <= MOST_DIGITS)
        return value if is_kept and not code else str(value)
    if not isinstance(value, str) or code:
        return value
    if _DATE.fullmatch(value):
        with suppress(ValueError):  # the 30th of February is a text
            return dt.date.fromisoformat(value)
    return Decimal(value) if keeps_digits(value) else value


class WorkbookForm(ExcelForm):
    """The rows as cells; a text that is too long for one is replaced by the address of its page."""

    convert = staticmethod(typed_value)


def write_workbook(
    file: IO[bytes], form: WorkbookForm, batches: Iterator[list[Row]], notes: Iterable[tuple[str, str]]
) -> int:
    """Write rows into a file, in as much memory as one row takes, and return how many there were.

    Args:
        file: open for writing, and seekable; it is complete when this returns.
        form: of the cells.
        batches: the rows.
        notes: the lines of the sheet 说明.
    """
    # The library takes a tenth of a second to load: only the first reader of a workbook waits for it.
    from xlsxwriter import Workbook  # noqa: PLC0415

    formats: dict[str, Any] = {}
    rows_written = 0
    with Workbook(file, {"constant_memory": True}) as book:

        def shown_as(pattern: str) -> Any:
            if pattern not in formats:
                formats[pattern] = book.add_format({"num_format": pattern})
            return formats[pattern]

        sheet = book.add_worksheet("数据")
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(form.names):
            sheet.write_string(0, place, name, book.add_format({"bold": True}))
        for rows in batches:
            for row in rows:
                rows_written += 1
                for place, value in enumerate(form.cells(row)):
                    _write_cell(sheet, (rows_written, place), value, shown_as)
        told = book.add_worksheet("说明")
        told.set_column(0, 1, 40)
        for line, pair in enumerate(notes):
            for place, text in enumerate(pair):
                told.write_string(line, place, text)
    return rows_written


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
