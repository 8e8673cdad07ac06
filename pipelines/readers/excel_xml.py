"""Excel 2003 XML (SpreadsheetML), a whole workbook in one XML, often served as `.xls`.

Systems that fill a template (FreeMarker) write workbooks so. Cells count by the value that is stored
with them, as their sheet shows it; nothing is calculated. Not through LibreOffice: it follows no parent of a
style, shifts days before March 1900, and makes a date of a text that stands where a date should.

Source: Microsoft Office 2003 XML Reference Schemas, SpreadsheetML.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.readers.packages import as_number, parse_xml
from pipelines.readers.workbooks import Merge, Workbook, fold_cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.decoded import Hints
    from pipelines.readers.file_text import FileText
    from pipelines.readers.html.elements import Element
    from pipelines.readers.workbooks import Placed

SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
EXCEL = "{urn:schemas-microsoft-com:office:excel}"
DEFAULT_STYLE = "Default"
DEEPEST_STYLE = 50
NAMED_FORMATS: Mapping[str, str] = load_table("number_formats")["named"]
NAME = re.compile(r"(?=.*[^ymdhs/ ])[A-Za-z/ ]+$", re.IGNORECASE)
NOT_PLAIN = "[named]"
"""Stands for a format of which only a name is known."""
FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001  sheets know no zones
LEAP_DAY = dt.datetime(1900, 3, 1)  # noqa: DTZ001


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an Excel 2003 XML file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; `no_text`: all cells are blank.
    """
    root = parse_xml(payload, "the file", hints.url)
    workbook = Workbook(hints.url)
    formats = _read_formats(root)
    for sheet in root.iterchildren(f"{SS}Worksheet"):
        workbook.add_sheet(
            _attribute_of(sheet, "Name"),
            _read_cells(sheet, formats, workbook),
            _read_merges(sheet),
            is_hidden=_is_hidden(sheet),
        )
    return workbook.finish("excel_xml")


def _read_cells(sheet: Element, formats: Mapping[str, str], workbook: Workbook) -> Iterator[Placed]:
    for row, column, cell, style in _placed_cells(sheet):
        data = cell.find(f"{SS}Data")
        text = "" if data is None else "".join(data.itertext())
        if text.strip():
            number_format = formats.get(style, formats.get(DEFAULT_STYLE, "General"))
            yield row, column, _cell_text(text, _attribute_of(data, "Type"), number_format, workbook)
        elif _attribute_of(cell, "Formula"):
            workbook.notes.add("formula_without_value")


def _read_merges(sheet: Element) -> Iterator[Merge]:
    for row, column, cell, _ in _placed_cells(sheet):
        across, down = (_number_of(cell, name, 0) for name in ("MergeAcross", "MergeDown"))
        if across or down:
            yield Merge(row, column, row + down, column + across)


def _cell_text(text: str, kind: str, number_format: str, workbook: Workbook) -> str:
    stored = text.strip()
    if kind == "Boolean":
        return "TRUE" if stored == "1" else "FALSE"
    if kind not in ("Number", "DateTime"):
        return fold_cell_text(text)
    try:
        number = Decimal(stored) if kind == "Number" else serial_of(stored)
    except (InvalidOperation, ValueError):
        return stored
    return workbook.show_number(number, number_format, stored if kind == "DateTime" else None)


def serial_of(stored: str) -> Decimal:
    """Return a moment as sheets count it, in days; the first sheets held 1900 for a leap year.

    Raises:
        ValueError: it is no moment as ISO 8601 writes it.
    """
    moment = dt.datetime.fromisoformat(stored).replace(tzinfo=None)
    days = Decimal((moment - FIRST_DAY) // dt.timedelta(seconds=1)) / Decimal(86_400)
    return days - 1 if moment < LEAP_DAY else days


def _placed_cells(stored: Element) -> Iterator[tuple[int, int, Element, str]]:
    """Yield the cells of a sheet: row and column from 0, cell, style."""
    row = -1
    for line in stored.iterfind(f"{SS}Table/{SS}Row"):
        row = _number_of(line, "Index", row + 2) - 1
        column = -1
        for cell in line.iterchildren(f"{SS}Cell"):
            column = _number_of(cell, "Index", column + 2) - 1
            yield row, column, cell, _attribute_of(cell, "StyleID") or _attribute_of(line, "StyleID")
            column += _number_of(cell, "MergeAcross", 0)
        row += _number_of(line, "Span", 0)


def _read_formats(root: Element) -> dict[str, str]:
    """Return the number format of each style, that of its parent where it says none."""
    styles = {_attribute_of(each, "ID"): each for each in root.iterfind(f"{SS}Styles/{SS}Style")}
    return {name: _format_of(name, styles) for name in styles}


def _format_of(name: str, styles: Mapping[str, Element]) -> str:
    for _ in range(DEEPEST_STYLE):
        if name not in styles:
            break
        stated = styles[name].find(f"{SS}NumberFormat")
        if stated is not None:
            code = _attribute_of(stated, "Format")
            return NAMED_FORMATS.get(code, NOT_PLAIN if NAME.match(code) else code)
        name = _attribute_of(styles[name], "Parent")
    return "General"


def _is_hidden(stored: Element) -> bool:
    visible = stored.findtext(f"{EXCEL}WorksheetOptions/{EXCEL}Visible")
    return visible is not None and visible.strip() != "SheetVisible"


def _attribute_of(element: Element, name: str) -> str:
    """Return an attribute; some programs write it without its namespace."""
    return str(element.get(f"{SS}{name}") or element.get(name) or "")


def _number_of(element: Element, name: str, otherwise: int) -> int:
    number = as_number(_attribute_of(element, name))
    return otherwise if number is None else number
