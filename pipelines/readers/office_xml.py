"""Office files that are one XML: Word 2003 (often served as `.doc`), Excel 2003 (as `.xls`), and flat OPC.

Systems that fill a template (FreeMarker) write reports and workbooks so. The text of Word 2003 is read by the
code that reads DOCX, a flat OPC is packed again and read as what it holds; cells count by the value that is
stored with them, and nothing is calculated. Macros, pictures and objects stand in these files as characters,
and are not looked at. Source: ECMA-376 part 2; the flat form of its package is that of Word's `pkg:package`.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from lxml import etree

from pipelines.errors import ReaderMissing, UnreadableDocument, refuse_broken
from pipelines.knowledge import load_table
from pipelines.readers.docx import TOO_DEEP, Story
from pipelines.readers.file_text import FileText, Role, printed_titles
from pipelines.readers.packages import as_number, parse_xml, without_pictures
from pipelines.readers.registry import read_file
from pipelines.readers.word_text import ENDS_OPEN, MAIN, Numbers, W, Words
from pipelines.readers.workbooks import Merge, Workbook, fold_cell_text
from pipelines.response.payload_type import PayloadType, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.decoded import Hints
    from pipelines.readers.html.elements import Element
    from pipelines.readers.workbooks import Placed

TITLE = "{urn:schemas-microsoft-com:office:office}DocumentProperties/{*}Title"
AROUND = (
    *(("hdr", Role.RUNNING_HEAD), ("ftr", Role.RUNNING_HEAD)),
    *(("footnote", Role.FOOTNOTE), ("endnote", Role.FOOTNOTE)),
)
"""What stands inside the body and is not part of it, in the order in which it is read; the role of each."""

_PKG = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_MOST_PARTS = 2_000

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_DEFAULT_STYLE = "Default"
# A style names its parent, and may in a broken file be its own forebear.
_DEEPEST_STYLE = 50
_NAMED_FORMATS: Mapping[str, str] = load_table("number_formats")["named"]
_NAME = re.compile(r"(?=.*[^ymdhs/ ])[A-Za-z/ ]+$", re.IGNORECASE)
_NOT_PLAIN = "[named]"
"""Stands for a format of which only a name is known."""
# ECMA-376 part 1, 18.17.4: 1900 counts as a leap year, so that its days before March are one more.
_FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001  sheets know no zones
_LEAP_DAY = dt.datetime(1900, 3, 1)  # noqa: DTZ001


def read_word_xml(payload: bytes, hints: Hints) -> FileText:
    """Read a Word 2003 XML file.

    w:vmerge, wx:sect, aml:annotation, w:listPr ─▶ w:vMerge, w:customXml, w:ins or w:del, a run

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; `no_text`: nothing but pictures, or nothing at all,
            is in it.

    Source: Microsoft Office 2003 XML Reference Schemas, WordprocessingML.
    """
    # Not through LibreOffice, which loses tracked insertions and the numbers of lists, that Word printed:
    # `wx:t`.
    story = Story(Words(Numbers(None, None)))
    with refuse_broken(RecursionError, TOO_DEEP, hints.url):
        root = read_wordml(payload, hints.url, story.notes)
        return _read_document(root, hints.url, story)


def _read_document(root: Element, where: str, story: Story) -> FileText:
    body = root.find(f"{W}body")
    if body is None:
        raise UnreadableDocument("damaged: the file holds no body", where=where)
    parts = [(part, role) for name, role in AROUND for part in _take_out(body, name)]
    blocks = story.read_body(body, where)
    around = [block for part, role in parts for block in story.blocks_around(part, role)]
    # Each section of a document has its heads; mostly they are those of the one before.
    heads = dict.fromkeys(block for block in around if block.role is not Role.FOOTNOTE)
    feet = [block for block in around if block.role is Role.FOOTNOTE]
    titles = printed_titles(root.findtext(TITLE) or "", blocks)
    return FileText((*blocks, *heads, *feet), "word_xml", titles, tuple(sorted(story.notes)))


def _take_out(body: Element, name: str) -> Iterator[Element]:
    """Take headers, footers or notes out of the body, and yield them."""
    for part in list(body.iter(f"{W}{name}")):
        parent = part.getparent()
        if parent is not None:
            parent.remove(part)
            yield part


# The same names as in DOCX, under an address of their own.
MAIN_2003 = "http://schemas.microsoft.com/office/word/2003/wordml"
HINTS = "{http://schemas.microsoft.com/office/word/2003/auxHint}"
MARKS = "{http://schemas.microsoft.com/aml/2001/core}"
TYPE = f"{W}type"
WRAPPER = f"{W}customXml"
RENAMED: Mapping[str, str] = {
    f"{W}vmerge": f"{W}vMerge",
    f"{W}hmerge": f"{W}hMerge",
    f"{W}cfChunk": WRAPPER,
    f"{HINTS}sect": WRAPPER,
    f"{HINTS}sub-section": WRAPPER,
    f"{HINTS}pBdrGroup": WRAPPER,
    f"{MARKS}content": WRAPPER,
}
REVISIONS: Mapping[str, str] = {"Word.Insertion": f"{W}ins", "Word.Deletion": f"{W}del"}
"""What changes of a text become; other marks are bookmarks, formats and comments, which are no text."""
BLOCKS = frozenset(f"{W}{name}" for name in ("p", "tbl", "tr", "tc"))
SIGN_FONTS = frozenset(("Symbol", "Wingdings", "Wingdings 2", "Wingdings 3", "Webdings"))
"""Fonts in which the sign before an item of a list is no character, but a dot or an arrow."""


def read_wordml(payload: bytes, where: str, notes: set[str]) -> Element:
    """Return the root of a Word 2003 XML file in the names of DOCX.

    Args:
        payload: the file.
        where: its address, for errors.
        notes: gains `numbering_lost` where a number is not written out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`: it is no XML that is read.
    """
    stored = parse_xml(without_pictures(payload), "the file", where)
    content = etree.tostring(stored, encoding="utf-8").replace(MAIN_2003.encode(), MAIN.encode())
    root = parse_xml(content, "the file", where)
    for mark in list(root.iter(f"{MARKS}annotation")):
        _settle_mark(mark)
    for element in root.iter("*"):
        if element.tag in RENAMED:
            element.tag = RENAMED[element.tag]
        elif not element.tag.startswith(W) and any(child.tag in BLOCKS for child in element):
            element.tag = WRAPPER  # of a schema of its own, as forms have them
    for listed in list(root.iter(f"{W}listPr")):
        _write_number(listed, notes)
    return root


def _settle_mark(mark: Element) -> None:
    parent = mark.getparent()
    if parent is None:
        return
    revision = REVISIONS.get(mark.get(TYPE, ""))
    if revision is not None:
        mark.tag = revision
    else:
        parent.remove(mark)


def _write_number(listed: Element, notes: set[str]) -> None:
    """Put the number that is printed before a paragraph into its text; a sign of a list is none."""
    properties = listed.getparent()
    paragraph = None if properties is None else properties.getparent()
    if paragraph is None or paragraph.tag != f"{W}p":
        return
    printed = listed.find(f"{HINTS}t")
    if printed is None:
        notes.add("numbering_lost")
        return
    font = listed.find(f"{HINTS}font")
    text = printed.get(f"{HINTS}val", "")
    if not text.strip() or (font is not None and font.get(f"{HINTS}val") in SIGN_FONTS):
        return
    run = etree.SubElement(paragraph, f"{W}r")
    etree.SubElement(run, f"{W}t").text = f"{text} " if ENDS_OPEN.search(text) else text
    paragraph.insert(paragraph.index(properties) + 1, run)


def read_flat_opc(payload: bytes, hints: Hints) -> FileText:
    """Read a flat OPC file.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; else as of DOCX and XLSX.
        ReaderMissing: its parts are those of slides.
    """
    packed = _packed_again(payload, hints.url)
    kind = sniff(packed)
    if kind is PayloadType.PPTX:
        raise ReaderMissing("flat_opc: slides have no reader yet", where=hints.url)
    if kind not in (PayloadType.DOCX, PayloadType.XLSX):
        raise UnreadableDocument("damaged: neither a document nor a workbook is in it", where=hints.url)
    file = read_file(kind, packed, hints)
    return replace(file, extractor=f"flat_opc>{file.extractor}")


def _packed_again(payload: bytes, where: str) -> bytes:
    """Return the parts of a file that are XML as a zip; pictures and programs are left out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`: it is no XML that is read, or has too many parts.
    """
    root = parse_xml(without_pictures(payload), "the file", where)
    parts = list(root.iterchildren(f"{_PKG}part"))
    if len(parts) > _MOST_PARTS:
        raise UnreadableDocument(f"bomb: {len(parts)} parts", where=where)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            content = part.find(f"{_PKG}xmlData/*")
            if content is not None:
                name = part.get(f"{_PKG}name", "").lstrip("/")
                archive.writestr(zipfile.ZipInfo(name), etree.tostring(content, encoding="utf-8"))
    return packed.getvalue()


def read_excel_xml(payload: bytes, hints: Hints) -> FileText:
    """Read an Excel 2003 XML file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `too_big`; `no_text`: all cells are blank.

    Source: Microsoft Office 2003 XML Reference Schemas, SpreadsheetML.
    """
    # Not through LibreOffice: it follows no parent of a style, shifts days before March 1900, and makes a
    # date of a text that stands where a date should.
    root = parse_xml(payload, "the file", hints.url)
    workbook = Workbook(hints.url)
    formats = _read_formats(root)
    for sheet in root.iterchildren(f"{_SS}Worksheet"):
        workbook.add_sheet(
            _attribute_of(sheet, "Name"),
            _read_cells(sheet, formats, workbook),
            _read_merges(sheet),
            is_hidden=_is_hidden(sheet),
        )
    return workbook.finish("excel_xml")


def _read_cells(sheet: Element, formats: Mapping[str, str], workbook: Workbook) -> Iterator[Placed]:
    for row, column, cell, style in _placed_cells(sheet):
        data = cell.find(f"{_SS}Data")
        text = "" if data is None else "".join(data.itertext())
        if text.strip():
            number_format = formats.get(style, formats.get(_DEFAULT_STYLE, "General"))
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
        number = Decimal(stored) if kind == "Number" else _serial_of(stored)
    except (InvalidOperation, ValueError):
        return stored
    return workbook.show_number(number, number_format, stored if kind == "DateTime" else None)


def _serial_of(stored: str) -> Decimal:
    """Return a moment as sheets count it, in days; the first sheets held 1900 for a leap year.

    Raises:
        ValueError: it is no moment as ISO 8601 writes it.
    """
    moment = dt.datetime.fromisoformat(stored).replace(tzinfo=None)
    days = Decimal((moment - _FIRST_DAY) // dt.timedelta(seconds=1)) / Decimal(86_400)
    return days - 1 if moment < _LEAP_DAY else days


def _placed_cells(stored: Element) -> Iterator[tuple[int, int, Element, str]]:
    """Yield the cells of a sheet: row and column from 0, cell, style."""
    row = -1
    for line in stored.iterfind(f"{_SS}Table/{_SS}Row"):
        row = _number_of(line, "Index", row + 2) - 1
        column = -1
        for cell in line.iterchildren(f"{_SS}Cell"):
            column = _number_of(cell, "Index", column + 2) - 1
            yield row, column, cell, _attribute_of(cell, "StyleID") or _attribute_of(line, "StyleID")
            column += _number_of(cell, "MergeAcross", 0)
        row += _number_of(line, "Span", 0)


def _read_formats(root: Element) -> dict[str, str]:
    """Return the number format of each style, that of its parent where it says none."""
    styles = {_attribute_of(each, "ID"): each for each in root.iterfind(f"{_SS}Styles/{_SS}Style")}
    return {name: _format_of(name, styles) for name in styles}


def _format_of(name: str, styles: Mapping[str, Element]) -> str:
    for _ in range(_DEEPEST_STYLE):
        if name not in styles:
            break
        stated = styles[name].find(f"{_SS}NumberFormat")
        if stated is not None:
            code = _attribute_of(stated, "Format")
            return _NAMED_FORMATS.get(code, _NOT_PLAIN if _NAME.match(code) else code)
        name = _attribute_of(styles[name], "Parent")
    return "General"


def _is_hidden(stored: Element) -> bool:
    visible = stored.findtext(f"{_EXCEL}WorksheetOptions/{_EXCEL}Visible")
    return visible is not None and visible.strip() != "SheetVisible"


def _attribute_of(element: Element, name: str) -> str:
    """Return an attribute; some programs write it without its namespace."""
    return str(element.get(f"{_SS}{name}") or element.get(name) or "")


def _number_of(element: Element, name: str, otherwise: int) -> int:
    number = as_number(_attribute_of(element, name))
    return otherwise if number is None else number
