"""Files of word processors (DOCX, ECMA-376): the body in order, what stands around it by its role.

    word/document.xml ─▶ paragraphs, text boxes, tables ─▶ blocks
    headers, footers, notes by the relations of the body ─▶ blocks with their roles

Read from the parts themselves, since a file with a missing picture or a loop among its relations is a report
all the same. Pages are not told: where they break is not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.decoded import Block, FileText, Hints, Role, printed_titles, table_block
from pipelines.errors import UnreadableDocument, refuse_broken
from pipelines.forms.printed_labels import is_statutory
from pipelines.grid import Cell, Grid, lay_out_cells, unexpanded_grid
from pipelines.readers.html.elements import Element
from pipelines.readers.html.html_tables import GRIDS, arranges_text
from pipelines.readers.packages import Package
from pipelines.readers.word_numbers import Numbers
from pipelines.readers.word_text import REVISED, VAL, W, Words, number_of, word_part

# Where every program puts it, though a package might name another (ECMA-376 part 1, 11.3.10).
BODY = "word/document.xml"
CELL_DELETED = f"{W}tr/{W}tc/{W}tcPr/{W}cellDel"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
AROUND = (
    ("header", Role.RUNNING_HEAD),
    ("footer", Role.RUNNING_HEAD),
    ("footnotes", Role.FOOTNOTE),
    ("endnotes", Role.FOOTNOTE),
)
"""Parts around the body in the order in which they are read: the end of the type of their relation, role."""


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a DOCX file.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `damaged`, `bomb`, `encrypted`, `too_big` (see `packages`); `no_text`: nothing
            but pictures, or nothing at all, is in it.
    """
    package = Package(payload, hints.url)
    with refuse_broken(RecursionError, "damaged: nested too deep to be read", hints.url):
        return _read_package(package)


def _read_package(package: Package) -> FileText:
    name = _main_part(package)
    root = word_part(package, name)
    body = root.find(f"{W}body")
    if root.tag != f"{W}document" or body is None:
        raise UnreadableDocument(f"damaged: {name} holds no body", where=package.where)
    story = Story(
        Words(Numbers(_optional_part(package, "numbering.xml"), _optional_part(package, "styles.xml")))
    )
    blocks = story.read_body(body, package.where)
    around = [
        block for part, role in _parts_around(package, name) for block in _read_around(part, role, story)
    ]
    return FileText(
        (*blocks, *around), "docx", printed_titles(_stated_title(package), blocks), tuple(sorted(story.notes))
    )


def _optional_part(package: Package, name: str) -> Element | None:
    path = f"word/{name}"
    return word_part(package, path) if path in package else None


def _main_part(package: Package) -> str:
    """Return the name of the part that is the body: some programs call it `word/document2.xml`."""
    if BODY in package:
        return BODY
    return next((each.target for each in package.relations("") if each.kind == "officeDocument"), BODY)


def _parts_around(package: Package, name: str) -> Iterator[tuple[Element, Role]]:
    """Yield headers, footers and notes that the body refers to and that are there, each once."""
    seen: set[str] = set()
    for kind, role in AROUND:
        for relation in package.relations(name):
            target = relation.target
            if relation.kind == kind and target in package and target not in seen:
                seen.add(target)
                yield word_part(package, target), role


def _read_around(part: Element, role: Role, story: Story) -> Iterator[Block]:
    for each in part.iterchildren("{*}footnote", "{*}endnote") if role is Role.FOOTNOTE else (part,):
        # Notes with a type are the lines that separate notes from text.
        if each.get(f"{W}type", "normal") == "normal":
            yield from story.blocks_around(each, role)


def _stated_title(package: Package) -> str:
    name = "docProps/core.xml"
    return package.xml(name).findtext(TITLE) or "" if name in package else ""


# A story of a word processor: paragraphs, text boxes and tables, in order, as blocks.
# A row of a table says where it begins (`gridBefore`) and each cell how many columns it covers (`gridSpan`);
# a cell that is covered from above is there all the same, and says so (`vMerge`).

# ECMA-376 part 1, 17.16.5: what is stored with these is of the last printing.
PAGE_FIELD = re.compile(r"\b(?:PAGE|NUMPAGES|SECTIONPAGES)\b")


class Story:
    """Reads blocks in their order; numbers count on from part to part.

    Args:
        words: reads its paragraphs.

    Attributes:
        notes: observations, as words.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self.notes = words.notes

    def read_body(self, body: Element, where: str) -> list[Block]:
        """Return what stands in a body.

        Raises:
            UnreadableDocument: `no_text`: nothing but pictures, or nothing at all, is in it.
        """
        blocks = list(self.blocks(body))
        if not blocks:
            what = "only pictures are" if "pictures" in self.notes else "nothing is"
            raise UnreadableDocument(f"no_text: {what} in it", where=where)
        return blocks

    def blocks(self, parent: Element) -> Iterator[Block]:
        """Yield what stands in a body, a cell or a text box."""
        for child in children_of(parent, "p", "tbl", "altChunk"):
            if child.tag == f"{W}p":
                lines, boxes = self._words.read(child)
                yield from map(Block, lines)
                for box in boxes:
                    yield from self.blocks(box)
            elif child.tag == f"{W}tbl":
                yield from self._read_table(child)
            else:
                self.notes.add("embedded_document")

    def _read_table(self, table: Element) -> Iterator[Block]:
        marks = table.iterfind(f"{W}tr/{W}trPr/*")
        if any(mark.tag in REVISED for mark in marks) or table.find(CELL_DELETED) is not None:
            self.notes.add("tracked_changes")
        rows: list[list[PrintedCell]] = []
        parts: list[list[Block]] = []
        for row in children_of(table, "tr"):
            contents = [list(self.blocks(cell)) for cell in children_of(row, "tc")]
            placed = place_cells(row, [_cell_lines(content) for content in contents])
            rows.append(placed)
            parts += contents
            if any(cell.text and cell.down == "continues" for cell in placed):
                self.notes.add("covered_text")
        inner = [block for content in parts for block in content if block.is_table]
        is_form = is_statutory(cell.text for row in rows for cell in row)
        if not is_form and (inner or is_frame(rows)):
            for content in parts:
                yield from content
            return
        grid = grid_of(rows)
        if grid.capped:
            self.notes.add("table_capped")
        yield table_block(grid)
        yield from inner

    def blocks_around(self, part: Element, role: Role) -> Iterator[Block]:
        """Yield what stands in a header, a footer or a note, by its role; one that counts pages is told."""
        own = Role.PAGE_NUMBER if role is Role.RUNNING_HEAD and _counts_pages(part) else role
        for block in self.blocks(part):
            yield Block(block.text, role=own)


def _cell_lines(content: list[Block]) -> tuple[str, int]:
    """Return the text of a cell beside the tables in it, which are told on their own, and its paragraphs."""
    lines = [block.text.replace("\t", " ") for block in content if not block.is_table]
    return "\n".join(lines), len(lines)


def _counts_pages(part: Element) -> bool:
    fields = "".join(text.text or "" for text in part.iter(f"{W}instrText"))
    simple = (field.get(f"{W}instr", "") for field in part.iter(f"{W}fldSimple"))
    return any(PAGE_FIELD.search(field) for field in (fields, *simple))


# What may stand around paragraphs, rows and cells without being anything itself.
_WRAPPERS = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")
)


class PrintedCell(NamedTuple):
    r"""A cell as its row holds it.

    Attributes:
        text: its lines, separated by `\n`.
        paragraphs: how many it has.
        column: where it begins.
        across: columns that it covers.
        down: `begins` or `continues` a cell that covers several rows; empty for one row.
    """

    text: str
    paragraphs: int
    column: int
    across: int
    down: str = ""


def children_of(parent: Element, *names: str) -> Iterator[Element]:
    """Yield the children of the given names (`p`, `tbl`, `tr`, `tc`), those inside wrappers too.

    A row or a cell that was deleted is left out.
    """
    for child in parent.iterchildren("*"):
        if child.tag in _WRAPPERS:
            yield from children_of(child, *names)
        elif child.tag.startswith(W) and child.tag[len(W) :] in names and not _is_deleted(child):
            yield child


def _is_deleted(element: Element) -> bool:
    return any(element.find(f"{W}{path}") is not None for path in (f"trPr/{W}del", f"tcPr/{W}cellDel"))


def place_cells(row: Element, texts: Sequence[tuple[str, int]]) -> list[PrintedCell]:
    """Return the cells of a row in their columns.

    Args:
        row: the row.
        texts: of each of its cells the text, and how many paragraphs that has.
    """
    column = min(number_of(row.find(f"{W}trPr"), "gridBefore") or 0, GRIDS.most_columns)
    cells: list[PrintedCell] = []
    for element, (text, paragraphs) in zip(children_of(row, "tc"), texts, strict=True):
        properties = element.find(f"{W}tcPr")
        across = max(1, min(number_of(properties, "gridSpan") or 1, GRIDS.most_columns))
        if cells and _merge_of(properties, "hMerge") == "continues":
            cells[-1] = cells[-1]._replace(across=cells[-1].across + across)
        else:
            cells.append(PrintedCell(text, paragraphs, column, across, _merge_of(properties, "vMerge")))
        column += across
    return cells


def _merge_of(properties: Element | None, name: str) -> str:
    merge = None if properties is None else properties.find(f"{W}{name}")
    if merge is None:
        return ""
    return "begins" if merge.get(VAL) == "restart" else "continues"


def is_frame(rows: Sequence[Sequence[PrintedCell]]) -> bool:
    """Tell a table that only arranges text from one of data, as it is told on pages."""
    cells = [cell for row in rows for cell in row if cell.down != "continues"]
    width = max(map(len, rows), default=0)
    return arranges_text([len(cell.text) for cell in cells], width, lambda n: cells[n].paragraphs)


def grid_of(rows: Sequence[Sequence[PrintedCell]]) -> Grid:
    """Return rows of cells as a grid; rows without cells are left out.

    A table of more rows or columns than fit is returned row by row, its spans not expanded, and `capped`.
    """
    rows = [row for row in rows if row]
    width = max((row[-1].column + row[-1].across for row in rows), default=0)
    if len(rows) > GRIDS.most_rows or width > GRIDS.most_columns:
        return unexpanded_grid([cell.text for cell in row] for row in rows)
    return lay_out_cells(_join_merged(rows), len(rows), width, fills_rows=True)


def _join_merged(rows: Sequence[Sequence[PrintedCell]]) -> list[Cell]:
    origins: list[Cell] = []
    open_cells: dict[tuple[int, int], int] = {}
    for y, row in enumerate(rows):
        still_open: dict[tuple[int, int], int] = {}
        for cell in row:
            place = (cell.column, cell.across)
            if cell.down == "continues" and place in open_cells:
                at = open_cells[place]
                origins[at] = origins[at].replace(row_span=origins[at].row_span + 1)
            else:
                at = len(origins)
                origins.append(Cell(cell.text, y, cell.column, 1, cell.across))
            if cell.down:
                still_open[place] = at
        open_cells = still_open
    return origins
