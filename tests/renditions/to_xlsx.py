"""The report as a workbook of one sheet, the way offices that live in spreadsheets send it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from openpyxl import Workbook

from tests.renditions.model import Heading, Paragraph
from tests.renditions.packing import without_clock

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from tests.renditions.model import PrintedReport, PrintedTable


def to_xlsx(report: PrintedReport) -> bytes:
    """Return the report as XLSX: texts in the first column, tables below them with merged cells.

    A figure that a number prints alike is stored as one; a blank cell is stored as none.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "年度报告"
    sheet.append([report.title])
    for part in report.parts:
        match part:
            case Heading(text) | Paragraph(text):
                sheet.append([text])
            case _:
                _append_table(sheet, part)
    written = BytesIO()
    book.save(written)
    return without_clock(written.getvalue())


def _append_table(sheet: Worksheet, table: PrintedTable) -> None:
    top = sheet.max_row + 1
    for placed in table.placed():
        row, column, cell = top + placed.row, 1 + placed.column, placed.cell
        sheet.cell(row, column, _stored(cell.text))
        if cell.columns > 1 or cell.rows > 1:
            sheet.merge_cells(
                start_row=row,
                start_column=column,
                end_row=row + cell.rows - 1,
                end_column=column + cell.columns - 1,
            )


def _stored(text: str) -> str | int | float | None:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text:
            return number
    return text or None
