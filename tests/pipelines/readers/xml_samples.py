"""Office files that are one XML, written here: Word and Excel of 2003, and the flat form of a package."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD_NAMES = (
    'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" '
    'xmlns:wx="http://schemas.microsoft.com/office/word/2003/auxHint" '
    'xmlns:aml="http://schemas.microsoft.com/aml/2001/core" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:st1="urn:schemas-microsoft-com:office:smarttags"'
)
SHEET_NAMES = (
    'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40"'
)


def word_xml(body: str, properties: str = "", before: str = "") -> bytes:
    """Return a Word 2003 XML file with this body."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><?mso-application progid="Word.Document"?>'
    return (
        f'{head}{before}<w:wordDocument {WORD_NAMES} w:macrosPresent="no"><o:DocumentProperties>{properties}'
        f"</o:DocumentProperties><w:body><wx:sect>{body}</wx:sect></w:body></w:wordDocument>"
    ).encode()


def excel_xml(sheets: str, styles: str = "", before: str = "") -> bytes:
    """Return an Excel 2003 XML file with these sheets."""
    head = f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n{before}'
    return f"{head}<Workbook {SHEET_NAMES}><Styles>{styles}</Styles>{sheets}</Workbook>".encode()


def worksheet(rows: str, name: str = "Sheet1", more: str = "") -> str:
    """Return a sheet of rows."""
    return f"<Worksheet ss:Name={quoteattr(name)}><Table>{rows}</Table>{more}</Worksheet>"


def row_of(*cells: str, words: str = "") -> str:
    """Return a row of cells; those that are no elements are texts."""
    written = (
        each if each.startswith("<") else f'<Cell><Data ss:Type="String">{escape(each)}</Data></Cell>'
        for each in cells
    )
    return f"<Row {words}>{''.join(written)}</Row>"


def as_excel_xml(workbook: bytes) -> bytes:
    """Return an XLSX as Excel saves it as XML of 2003."""
    sheets = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True).worksheets
    return excel_xml("".join(worksheet("".join(_rows(sheet)), sheet.title) for sheet in sheets))


def _rows(sheet: openpyxl.worksheet.worksheet.Worksheet) -> Iterator[str]:
    merges = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = []
        for cell in row:
            area = merges.get((cell.row, cell.column))
            if cell.value is None and area is None:
                continue
            span = (
                f'ss:MergeAcross="{area.max_col - area.min_col}" ss:MergeDown="{area.max_row - area.min_row}"'
                if area
                else ""
            )
            kind = "Number" if isinstance(cell.value, (int, float)) else "String"
            data = "" if cell.value is None else f'<Data ss:Type="{kind}">{escape(str(cell.value))}</Data>'
            cells.append(f'<Cell ss:Index="{cell.column}" {span}>{data}</Cell>')
        yield f'<Row ss:Index="{number}">{"".join(cells)}</Row>'


def flat_opc(package: bytes) -> bytes:
    """Return the parts of a package in one XML, as Word saves it; what is no XML as characters."""
    parts = []
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if content.lstrip().startswith(b"<"):
                inner = (
                    content.decode().partition("?>")[2] if content.startswith(b"<?xml") else content.decode()
                )
                data = f"<pkg:xmlData>{inner}</pkg:xmlData>"
            else:
                data = f"<pkg:binaryData>{base64.b64encode(content).decode()}</pkg:binaryData>"
            parts.append(f"<pkg:part pkg:name={quoteattr(f'/{name}')}>{data}</pkg:part>")
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><?mso-application progid="Word.Document"?>'
        f'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{"".join(parts)}'
        "</pkg:package>"
    ).encode()
