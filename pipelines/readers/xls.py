"""Workbooks of the older kind (XLS, and ET of WPS, which is the same): cells as their sheets show them.

Not through LibreOffice: it writes dates and grouped figures whose format is built in (14 to 58) as America
shows them, and a workbook made in China shows them otherwise.
"""

from __future__ import annotations

import io
import struct
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import xlrd

from pipelines.errors import UnreadableDocument
from pipelines.readers.number_formats import BUILT_IN
from pipelines.readers.workbooks import Merge, Workbook, fold_cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.decoded import Hints
    from pipelines.readers.file_text import FileText
    from pipelines.readers.workbooks import Placed

BROKEN = (
    *(xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, AssertionError, LookupError, ValueError),
    *(TypeError, AttributeError, NameError, NotImplementedError, ArithmeticError, EOFError, RecursionError),
)
"""What a broken file makes the library raise, which checks little of what it reads."""
FIRST_WITH_UNICODE = 80
"""The version (BIFF 8) since which texts are not in the code page of the machine that wrote them."""
CHINESE = "gb18030"


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an XLS file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `encrypted`, `damaged`, `too_big`; `no_text`: all cells are blank.
    """
    try:
        book = _open_book(payload)
        return _read_sheets(book, hints.url)
    except BROKEN as error:
        reason = "encrypted" if "encrypted" in str(error).lower() else "damaged"
        raise UnreadableDocument(f"{reason}: {type(error).__name__}: {error}", where=hints.url) from error


def _open_book(payload: bytes) -> Any:
    open_workbook = partial(
        xlrd.open_workbook,
        file_contents=payload,
        formatting_info=True,
        logfile=io.StringIO(),
        ragged_rows=True,
    )
    book = open_workbook()
    is_undeclared = book.biff_version < FIRST_WITH_UNICODE and not book.codepage
    return open_workbook(encoding_override=CHINESE) if is_undeclared else book


def _read_sheets(book: Any, where: str) -> FileText:
    workbook = Workbook(where, from_1904=book.datemode == 1)
    for sheet in book.sheets():
        merges = (Merge(top, left, below - 1, behind - 1) for top, below, left, behind in sheet.merged_cells)
        workbook.add_sheet(
            sheet.name, _read_cells(book, sheet, workbook), merges, is_hidden=bool(sheet.visibility)
        )
    return workbook.finish("xls")


def _read_cells(book: Any, sheet: Any, workbook: Workbook) -> Iterator[Placed]:
    for row in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(row)):
            yield row, column, _cell_text(book, cell, workbook)


def _cell_text(book: Any, cell: Any, workbook: Workbook) -> str:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return fold_cell_text(str(cell.value))
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return workbook.show_number(Decimal(repr(cell.value)), _format_of(book, cell))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    return ""


def _format_of(book: Any, cell: Any) -> str:
    if cell.xf_index is None or cell.xf_index >= len(book.xf_list):
        return "General"
    key = book.xf_list[cell.xf_index].format_key
    if key in BUILT_IN:
        return BUILT_IN[key]
    stored = book.format_map.get(key)
    return "General" if stored is None else str(stored.format_str)
