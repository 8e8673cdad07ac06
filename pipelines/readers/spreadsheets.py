"""Workbooks of both kinds, XLSX (ECMA-376) and XLS, which ET of WPS is, too: cells as their sheets show them.

    workbook ─▶ sheets in their order ─▶ cells, merged cells ─▶ blocks (`workbooks`)
    shared strings, number formats ──────────┘

An XLSX is read from the parts themselves, in one pass that keeps only cells with content: a sheet may declare
a million rows. Formulas count by the value that was stored with them; nothing is calculated, and no macro is
looked at.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import xlrd

from pipelines.decoded import FileText, Hints
from pipelines.errors import UnreadableDocument
from pipelines.readers.html.elements import Element
from pipelines.readers.packages import Package, as_number
from pipelines.readers.workbooks import BUILT_IN, LAST_COLUMN, Merge, Placed, Workbook, fold_cell_text

WORKBOOK = "xl/workbook.xml"
STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
# The last cell of a sheet is XFD1048576: three letters, seven digits.
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})$")
# ECMA-376 part 1, 22.9.2.19 (ST_Xstring): a character that XML 1.0 cannot hold is written by its number.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

# What a broken file makes the library raise, which checks little of what it reads.
_BROKEN = (
    *(xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, AssertionError, LookupError, ValueError),
    *(TypeError, AttributeError, NameError, NotImplementedError, ArithmeticError, EOFError, RecursionError),
)
# The version (BIFF 8) since which texts are not in the code page of the machine that wrote them.
_FIRST_WITH_UNICODE = 80
_CHINESE = "gb18030"


def read_xlsx(payload: bytes, hints: Hints) -> FileText:
    """Read an XLSX file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `encrypted`, `too_big`; `no_text`: all cells are blank.
    """
    package = Package(payload, hints.url)
    properties = package.xml(WORKBOOK).find("{*}workbookPr")
    from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    workbook = Workbook(package.where, from_1904=from_1904)
    shared = _Shared(_read_strings(package), _read_formats(package), workbook)
    for name, path, is_hidden in _list_sheets(package):
        root = package.xml(path)
        areas = (_parse_area(merge.get("ref", "")) for merge in root.iterfind("{*}mergeCells/{*}mergeCell"))
        workbook.add_sheet(name, shared.read_cells(root), filter(None, areas), is_hidden=is_hidden)
        for relation in package.relations(path):
            if relation.kind == "drawing" and relation.target in package:
                workbook.add_drawing(package.xml(relation.target))
    return workbook.finish("xlsx")


def _list_sheets(package: Package) -> Iterator[tuple[str, str, bool]]:
    """Yield the sheets in order: name, path of the part, whether hidden; no charts and no macro sheets."""
    sheets = {each.identity: each.target for each in package.relations(WORKBOOK) if each.kind == "worksheet"}
    found = 0
    for sheet in package.xml(WORKBOOK).iterfind("{*}sheets/{*}sheet"):
        relation = next((value for key, value in sheet.items() if key.endswith("/relationships}id")), "")
        path = sheets.get(relation, "")
        if path in package:
            found += 1
            yield sheet.get("name", ""), path, sheet.get("state", "visible") != "visible"
    if not found:
        raise UnreadableDocument("damaged: no sheet is in the workbook", where=package.where)


def _part_path(package: Package, kind: str, usual: str) -> str:
    """Return the name of a part that the workbook refers to; the usual one where it says none."""
    return next((each.target for each in package.relations(WORKBOOK) if each.kind == kind), usual)


class _Shared(NamedTuple):
    """What the sheets of a workbook share.

    Attributes:
        strings: shared by cells, by their number.
        formats: the number format of each style.
        workbook: shows numbers, and takes notes.
    """

    strings: list[str]
    formats: list[str]
    workbook: Workbook

    def read_cells(self, root: Element) -> Iterator[Placed]:
        """Yield the cells of a sheet in their places; one that states none is behind the last."""
        row_number = -1
        hidden = set(_hidden_columns(root))
        for row in root.iterfind("{*}sheetData/{*}row"):
            stated = as_number(row.get("r"))
            row_number = row_number + 1 if stated is None else max(stated - 1, 0)
            column = -1
            for cell in row.iterchildren("{*}c"):
                found = REFERENCE.match(cell.get("r", ""))
                column = _column_number(found.group(1)) if found else column + 1
                text = self._cell_text(cell)
                if text and (column in hidden or _is_hidden(row)):
                    self.workbook.notes.add("hidden_cells")
                yield row_number, column, text

    def _cell_text(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find("{*}is")
            return "" if inline is None else _rich_text(inline)
        stored = cell.findtext("{*}v")
        if stored is None or not stored.strip():
            # A text may be empty; any other formula shows something once a program calculates it: no blank.
            if cell.find("{*}f") is None or kind == "str":
                return ""
            self.workbook.notes.add("formula_without_value")
            return "\N{REPLACEMENT CHARACTER}"
        if kind == "s":
            at = as_number(stored)
            if at is None or at >= len(self.strings):
                raise UnreadableDocument(
                    "damaged: a cell names a text that is missing", where=self.workbook.where
                )
            return self.strings[at]
        if kind == "b":
            return "TRUE" if stored.strip() == "1" else "FALSE"
        return self._number_text(stored.strip(), cell) if kind == "n" else _undo_escapes(stored)

    def _number_text(self, stored: str, cell: Element) -> str:
        at = as_number(cell.get("s")) or 0
        try:
            number = Decimal(stored)
        except InvalidOperation:
            return stored
        return self.workbook.show_number(number, self.formats[at] if at < len(self.formats) else "General")


def _is_hidden(element: Element) -> bool:
    return element.get("hidden") in ("1", "true")


def _hidden_columns(root: Element) -> Iterator[int]:
    for each in filter(_is_hidden, root.iterfind("{*}cols/{*}col")):
        first, last = as_number(each.get("min")) or 1, as_number(each.get("max")) or 0
        yield from range(first - 1, min(last, LAST_COLUMN + 1))


def _read_strings(package: Package) -> list[str]:
    path = _part_path(package, "sharedStrings", STRINGS)
    return [_rich_text(each) for each in package.xml(path).iterchildren("{*}si")] if path in package else []


def _rich_text(parent: Element) -> str:
    """Return the text of its runs, without the readings (`rPh`) of East Asian text."""
    # `itertext` would put the readings behind the characters that they explain.
    runs = (*parent.iterfind("{*}t"), *parent.iterfind("{*}r"))
    return _undo_escapes("".join(map(_run_text, runs)))


def _run_text(run: Element) -> str:
    """Return the text of a run; what is struck, raised or white is no part of the figure beside it."""
    text: str = run.text or "" if run.tag.endswith("}t") else run.findtext("{*}t") or ""
    struck, align, colour = (run.find(f"{{*}}rPr/{{*}}{name}") for name in ("strike", "vertAlign", "color"))
    is_struck = struck is not None and struck.get("val") not in ("0", "false")
    is_white = colour is not None and (colour.get("rgb", "").endswith("FFFFFF") or colour.get("theme") == "0")
    return f" {text} " if is_struck or is_white or align is not None else text


def _undo_escapes(text: str) -> str:
    """Return a text with what XML cannot hold, such as `_x000D_`, undone; line ends are line feeds."""
    return fold_cell_text(ESCAPED.sub(_undo_escape, text))


def _undo_escape(escaped: re.Match[str]) -> str:
    """Return an escaped character; nothing for controls, a mark for half of one."""
    character = chr(int(escaped.group(1), 16))
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return character if character.isprintable() or character.isspace() else ""


def _read_formats(package: Package) -> list[str]:
    path = _part_path(package, "styles", STYLES)
    if path not in package:
        return []
    styles = package.xml(path)
    own: Mapping[str, str] = {
        each.get("numFmtId", ""): each.get("formatCode", "General")
        for each in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    ids = (each.get("numFmtId", "0") for each in styles.iterfind("{*}cellXfs/{*}xf"))
    return [own.get(each) or BUILT_IN.get(as_number(each) or 0, "General") for each in ids]


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _parse_area(reference: str) -> Merge | None:
    first, _, last = reference.partition(":")
    begin, end = REFERENCE.match(first), REFERENCE.match(last or first)
    if begin is None or end is None:
        return None
    rows = sorted((int(begin.group(2)) - 1, int(end.group(2)) - 1))
    columns = sorted((_column_number(begin.group(1)), _column_number(end.group(1))))
    return Merge(rows[0], columns[0], rows[1], columns[1])


def read_xls(payload: bytes, hints: Hints) -> FileText:
    """Read an XLS file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `encrypted`, `damaged`, `too_big`; `no_text`: all cells are blank.
    """
    # Not through LibreOffice: it writes dates and grouped figures whose format is built in (14 to 58) as
    # America shows them, and a workbook made in China shows them otherwise.
    try:
        book = _open_book(payload)
        return _read_sheets(book, hints.url)
    except _BROKEN as error:
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
    is_undeclared = book.biff_version < _FIRST_WITH_UNICODE and not book.codepage
    return open_workbook(encoding_override=_CHINESE) if is_undeclared else book


def _read_sheets(book: Any, where: str) -> FileText:
    workbook = Workbook(where, from_1904=book.datemode == 1)
    for sheet in book.sheets():
        merges = (Merge(top, left, below - 1, behind - 1) for top, below, left, behind in sheet.merged_cells)
        workbook.add_sheet(
            sheet.name, _read_cells(book, sheet, workbook), merges, is_hidden=bool(sheet.visibility)
        )
    return workbook.finish("xls")


def _read_cells(book: Any, sheet: Any, workbook: Workbook) -> Iterator[Placed]:
    hidden = {column for column, known in sheet.colinfo_map.items() if known.hidden}
    for row in range(sheet.nrows):
        known = sheet.rowinfo_map.get(row)
        for column, cell in enumerate(sheet.row(row)):
            runs = sheet.rich_text_runlist_map.get((row, column))
            text = _join_runs(book, cell.value, runs) if runs else _cell_text(book, cell, workbook)
            if text and (column in hidden or (known and known.hidden)):
                workbook.notes.add("hidden_cells")
            yield row, column, text


def _join_runs(book: Any, text: str, runs: Sequence[tuple[int, int]]) -> str:
    """Return the text of a cell in several fonts; see `_run_text`."""
    begins = [0, *(begin for begin, _ in runs), len(text)]
    apart = [False, *(_is_apart(book, book.font_list[number]) for _, number in runs)]
    pieces = (text[begin:end] for begin, end in pairwise(begins))
    return fold_cell_text(
        "".join(f" {piece} " if it else piece for piece, it in zip(pieces, apart, strict=True))
    )


def _is_apart(book: Any, font: Any) -> bool:
    colour = bytes(book.colour_map.get(font.colour_index) or ())
    return bool(font.struck_out or font.escapement) or colour.hex() == "ffffff"


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
