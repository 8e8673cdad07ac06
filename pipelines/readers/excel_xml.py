"""Excel 2003 XML (SpreadsheetML), a whole workbook in one XML, often served as `.xls`.

Cells count by the value that is stored with them, as their sheet shows it; nothing is calculated.

Source: Microsoft Office 2003 XML Reference Schemas, SpreadsheetML.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pipelines.errors import UnreadableDocument
from pipelines.readers.file_text import FileText
from pipelines.readers.packages import parse_xml
from pipelines.readers.sheet_parts.regions import MOST_CELLS, Budget, Merge, Sheet, sheet_blocks
from pipelines.readers.sheet_parts.shown import show_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.decoded import Hints
    from pipelines.readers.html.elements import Element
    from pipelines.text.blocks import Block

SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
EXCEL = "{urn:schemas-microsoft-com:office:excel}"
MOST_MERGES = 50_000
LAST_ROW, LAST_COLUMN = 1_048_575, 16_383
DEFAULT_STYLE = "Default"
DEEPEST_STYLE = 50
NAMED_FORMATS: Mapping[str, str] = {
    "": "General",
    "General": "General",
    "General Number": "General",
    "General Date": "yyyy/m/d h:mm",
    "Short Date": "yyyy/m/d",
    "Long Date": 'yyyy"年"m"月"d"日"',
    "Short Time": "h:mm",
    "Long Time": "h:mm:ss",
    "Fixed": "0.00",
    "Standard": "#,##0.00",
    "Percent": "0.00%",
    "Scientific": "0.00E+00",
}
"""Formats that go by a name, as Chinese programs show them."""
NAME = re.compile(r"(?=.*[^ymdhs/ ])[A-Za-z/ ]+$", re.IGNORECASE)
NOT_PLAIN = "[named]"
"""Stands for a format of which only a name is known."""
FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001  sheets know no zones
LEAP_DAY = dt.datetime(1900, 3, 1)  # noqa: DTZ001
DAY = dt.timedelta(days=1)


def read(payload: bytes, hints: Hints) -> FileText:
    """Read an Excel 2003 XML file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; `no_text`: all cells are blank.
    """
    root = parse_xml(payload, "the file", hints.url)
    book = _Book(_formats(root), hints.url)
    budget = Budget()
    blocks: list[Block] = []
    for stored in root.iterchildren(f"{SS}Worksheet"):
        sheet = book.sheet(stored)
        if sheet.cells and _is_hidden(stored):
            book.notes.add("hidden_sheets")
        blocks += sheet_blocks(sheet, budget, book.notes)
    if not blocks:
        raise UnreadableDocument("no_text: all cells are blank", where=hints.url)
    return FileText(tuple(blocks), "excel_xml", notes=tuple(sorted(book.notes)))


@dataclass(slots=True)
class _Book:
    """What the sheets of a workbook share.

    Attributes:
        formats: the number format of each style.
        where: its address, for errors.
        notes: worth keeping.
        cells_left: cells with content that may still be read.
    """

    formats: Mapping[str, str]
    where: str
    notes: set[str] = field(default_factory=set)
    cells_left: int = MOST_CELLS

    def sheet(self, stored: Element) -> Sheet:
        """Return a sheet's cells that are not blank, and its merged cells.

        Raises:
            UnreadableDocument: `too_big`: the workbook has more than `MOST_CELLS` of them.
        """
        sheet = Sheet(_attribute(stored, "Name"))
        for row, column, cell, style in _placed(stored):
            across, down = (_number(cell, name, 0) for name in ("MergeAcross", "MergeDown"))
            if (across or down) and len(sheet.merges) < MOST_MERGES:
                sheet.merges.append(Merge(row, column, row + down, column + across))
            text = self._text(cell, style)
            if text and row <= LAST_ROW and column <= LAST_COLUMN:
                self.cells_left -= 1
                if self.cells_left < 0:
                    raise UnreadableDocument(f"too_big: more than {MOST_CELLS} cells", where=self.where)
                sheet.cells[row, column] = text
        return sheet

    def _text(self, cell: Element, style: str) -> str:
        data = cell.find(f"{SS}Data")
        text = "" if data is None else "".join(data.itertext())
        if not text.strip():
            if _attribute(cell, "Formula"):
                self.notes.add("formula_without_value")
            return ""
        kind = _attribute(data, "Type")
        if kind in ("Number", "DateTime"):
            return self._shown(text.strip(), kind, style)
        if kind == "Boolean":
            return "TRUE" if text.strip() == "1" else "FALSE"
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()

    def _shown(self, stored: str, kind: str, style: str) -> str:
        try:
            number = Decimal(stored) if kind == "Number" else serial_of(stored)
        except (InvalidOperation, ValueError):
            return stored
        shown = show_number(number, self.formats.get(style, self.formats.get(DEFAULT_STYLE, "General")))
        if shown.is_plain:
            return shown.text
        self.notes.add("format_not_shown")
        return stored if kind == "DateTime" else shown.text


def serial_of(stored: str) -> Decimal:
    """Return a moment as sheets count it, in days; the first sheets held 1900 for a leap year.

    Raises:
        ValueError: it is no moment as ISO 8601 writes it.
    """
    moment = dt.datetime.fromisoformat(stored).replace(tzinfo=None)
    days = Decimal((moment - FIRST_DAY) // dt.timedelta(seconds=1)) / Decimal(86_400)
    return days - 1 if moment < LEAP_DAY else days


def _placed(stored: Element) -> Iterator[tuple[int, int, Element, str]]:
    """Yield the cells of a sheet: row and column from 0, cell, style."""
    row = -1
    for line in stored.iterfind(f"{SS}Table/{SS}Row"):
        row = _number(line, "Index", row + 2) - 1
        column = -1
        for cell in line.iterchildren(f"{SS}Cell"):
            column = _number(cell, "Index", column + 2) - 1
            yield row, column, cell, _attribute(cell, "StyleID") or _attribute(line, "StyleID")
            column += _number(cell, "MergeAcross", 0)
        row += _number(line, "Span", 0)


def _formats(root: Element) -> dict[str, str]:
    """Return the number format of each style, that of its parent where it says none."""
    styles = {_attribute(each, "ID"): each for each in root.iterfind(f"{SS}Styles/{SS}Style")}
    return {name: _format_of(name, styles) for name in styles}


def _format_of(name: str, styles: Mapping[str, Element]) -> str:
    for _ in range(DEEPEST_STYLE):
        if name not in styles:
            break
        stated = styles[name].find(f"{SS}NumberFormat")
        if stated is not None:
            code = _attribute(stated, "Format")
            return NAMED_FORMATS.get(code, NOT_PLAIN if NAME.match(code) else code)
        name = _attribute(styles[name], "Parent")
    return "General"


def _is_hidden(stored: Element) -> bool:
    visible = stored.findtext(f"{EXCEL}WorksheetOptions/{EXCEL}Visible")
    return visible is not None and visible.strip() != "SheetVisible"


def _attribute(element: Element, name: str) -> str:
    """Return an attribute; some programs write it without its namespace."""
    return str(element.get(f"{SS}{name}") or element.get(name) or "")


def _number(element: Element, name: str, otherwise: int) -> int:
    printed = _attribute(element, name)
    return int(printed) if printed.isascii() and printed.isdigit() and len(printed) < 8 else otherwise
