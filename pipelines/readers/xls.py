"""Workbooks of the older kind (XLS, and ET of WPS, which is the same): cells as their sheets show them."""

from __future__ import annotations

import io
import struct
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlrd

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.sheet_parts.regions import MOST_CELLS, Budget, Merge, Sheet, sheet_blocks
from pipelines.readers.sheet_parts.shown import BUILT_IN, show_number

if TYPE_CHECKING:
    from pipelines.decoded import Hints
    from pipelines.text.blocks import Block

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
        book = _opened(payload)
        return _read(book, hints.url)
    except BROKEN as error:
        reason = "encrypted" if "encrypted" in str(error).lower() else "damaged"
        raise UnreadableDocument(f"{reason}: {type(error).__name__}: {error}", where=hints.url) from error


def _opened(payload: bytes) -> Any:
    log = io.StringIO()
    book = xlrd.open_workbook(file_contents=payload, formatting_info=True, logfile=log, ragged_rows=True)
    if book.biff_version < FIRST_WITH_UNICODE and not book.codepage:
        return xlrd.open_workbook(
            file_contents=payload,
            formatting_info=True,
            logfile=log,
            ragged_rows=True,
            encoding_override=CHINESE,
        )
    return book


def _read(book: Any, where: str) -> FileText:
    notes: set[str] = set()
    blocks: list[Block] = []
    budget = Budget()
    count = 0
    for stored in book.sheets():
        sheet = _sheet(book, stored, notes)
        count += len(sheet.cells)
        if count > MOST_CELLS:
            raise UnreadableDocument(f"too_big: more than {MOST_CELLS} cells", where=where)
        if stored.visibility and sheet.cells:
            notes.add("hidden_sheets")
        blocks += sheet_blocks(sheet, budget, notes)
    if not blocks:
        raise UnreadableDocument("no_text: all cells are blank", where=where)
    return FileText(tuple(blocks), "xls", notes=tuple(sorted(notes)))


def _sheet(book: Any, stored: Any, notes: set[str]) -> Sheet:
    sheet = Sheet(stored.name)
    for row in range(stored.nrows):
        for column, cell in enumerate(stored.row(row)):
            text = _text(book, cell, notes)
            if text.strip():
                sheet.cells[row, column] = text
    sheet.merges = [
        Merge(top, left, below - 1, behind - 1) for top, below, left, behind in stored.merged_cells
    ]
    return sheet


def _text(book: Any, cell: Any, notes: set[str]) -> str:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        shown = show_number(Decimal(repr(cell.value)), _format(book, cell), from_1904=book.datemode == 1)
        if not shown.is_plain:
            notes.add("format_not_shown")
        return shown.text
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    return ""


def _format(book: Any, cell: Any) -> str:
    if cell.xf_index is None or cell.xf_index >= len(book.xf_list):
        return "General"
    key = book.xf_list[cell.xf_index].format_key
    stored = book.format_map.get(key)
    return (
        str(stored.format_str) if stored is not None and key not in BUILT_IN else BUILT_IN.get(key, "General")
    )
