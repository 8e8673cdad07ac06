"""Pages of a document beside each other: tables that go on from one to the next, and what stands at edges.

A table that goes on after a page break is a grid for each part, all with the same columns. The part on one
page may lack rules that the other has: its labels are merged over two columns. Taken alone it would count
fewer columns, and its figures would stand under other headers than they are printed under. Running heads,
page numbers and footnotes are told by what stands in the same place on other pages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from pipelines.decoded import Role
from pipelines.forms.label_matching import heading_table
from pipelines.grid import Box, Cell, Grid, lay_out_cells
from pipelines.readers.layout.drawn_tables import DRAWN
from pipelines.readers.layout.geometry import (
    PAPER,
    Line,
    Word,
    box_around,
    choose_separator,
    find_cell,
    is_figure,
    join_lines,
    least_confidence,
)
from pipelines.text.normalise import mask_numbers

if TYPE_CHECKING:
    from pipelines.readers.layout.page_blocks import Page


# Character sizes that a full line leaves free in its cell, both sides and the padding together.
_ROOM = 2.8
# Points by which the sides of the parts of one table may differ.
_SAME_SIDE = 3.0
_FIGURE = re.compile(r"[-+−\d.,，%\s]+")


def make_grid(boxes: Sequence[Box], words: Sequence[Word], edges: Sequence[float]) -> Grid:
    """Return a ruled table as a grid; a place that no box covers is a filler.

    Args:
        boxes: those of its cells, as `Page.ruled`; a merged cell is one box.
        words: that stand in its cells.
        edges: left edges that its columns have beside its own: of the parts of it on other pages.
    """
    lefts = merge_edges((*edges, *find_edges(boxes)))
    tops = merge_edges(y for box in boxes for y in (box.top, box.bottom))
    inside: dict[Box, list[Word]] = defaultdict(list)
    for word in words:
        if holding := find_cell(word.box, boxes):
            inside[holding].append(word)
    width, height = max(1, len(lefts) - 1), max(1, len(tops) - 1)
    cells = []
    for box in boxes:
        row, down = _find_edges(tops, box.top, box.bottom)
        column, across = _find_edges(lefts, box.left, box.right)
        text, confidence = join_cell_lines(inside[box], box.width), least_confidence(inside[box])
        # Edges from other pages may leave a sliver at the end of the table without a column of its own.
        if row < height and column < width:
            cells.append(Cell(text, row, column, down, across, confidence=confidence, box=box))
    return lay_out_cells(cells, height, width, fills_rows=True)


def find_edges(boxes: Iterable[Box]) -> list[float]:
    """Return the edges between the columns of cells, from left to right, the outer ones too."""
    return merge_edges(x for box in boxes for x in (box.left, box.right))


def join_cell_lines(words: Iterable[Word], width: float) -> str:
    """Return the words of a cell, its lines separated by line feeds.

    Lines are one where Chinese characters stand on both sides of a break and the next would not have had room
    on the line above: a label that is broken in a narrow cell. Two figures never are.

    Args:
        words: in any order.
        width: of the cell, in points.
    """
    text = ""
    before: Line | None = None
    for line in join_lines(words):
        is_broken = before is not None and width - before.box.width < _ROOM * before.size
        joins = is_broken and choose_separator(text, line.text) == "" and not _FIGURE.fullmatch(line.text)
        text += line.text if before is None or joins else f"\n{line.text}"
        before = line
    return text


def merge_edges(values: Iterable[float]) -> list[float]:
    """Return edges in order, those that are one taken once."""
    edges: list[float] = []
    last = None
    for value in sorted(values):
        if last is None or value - last > DRAWN.same_line:
            edges.append(value)
        last = value
    return edges


def _find_edges(edges: Sequence[float], start: float, end: float) -> tuple[int, int]:
    """Return the number of the edge that a cell begins at, and over how many gaps it reaches."""
    first, last = (max(0, bisect_right(edges, value + DRAWN.same_line) - 1) for value in (start, end))
    return first, max(last - first, 1)


class Drawn(NamedTuple):
    """A table on a page.

    Attributes:
        cells: the boxes of its cells, a merged cell once; of its words where no rule draws it.
        words: that stand in them.
        grid: of a table that no rule draws; None where its cells tell it.
    """

    cells: tuple[Box, ...]
    words: tuple[Word, ...]
    grid: Grid | None = None

    @property
    def box(self) -> Box:
        """The box around its cells."""
        return box_around(self.cells)


class LaidPage(NamedTuple):
    """A page with what is told apart on it.

    Attributes:
        page: as it is held.
        lines: from top to bottom.
        tables: from top to bottom.
    """

    page: Page
    lines: Sequence[Line]
    tables: Sequence[Drawn]


def make_grids(pages: Sequence[LaidPage]) -> list[list[Grid]]:
    """Return the grids of the tables of each page, from top to bottom.

    Args:
        pages: with those of their lines that are text.
    """
    grids: list[list[Grid]] = [[] for _ in pages]
    for chain in _chain_parts(pages):
        shift = chain[0][1].box.left
        edges = merge_edges(
            edge - table.box.left + shift for _, table in chain for edge in find_edges(table.cells)
        )
        for number, table in chain:
            moved = [edge - shift + table.box.left for edge in edges]
            grids[number].append(table.grid or make_grid(table.cells, table.words, moved))
    return grids


def _chain_parts(pages: Sequence[LaidPage]) -> Iterator[list[tuple[int, Drawn]]]:
    """Yield the parts of each table with the numbers of their pages, in order."""
    chain: list[tuple[int, Drawn]] = []
    for number, page in enumerate(pages):
        for index, table in enumerate(page.tables):
            if chain and not (index == 0 and _goes_on(chain[-1], (number, table), pages)):
                yield chain
                chain = []
            chain.append((number, table))
    if chain:
        yield chain


def _goes_on(before: tuple[int, Drawn], after: tuple[int, Drawn], pages: Sequence[LaidPage]) -> bool:
    """Tell whether the first table of a page goes on with the last one of the page before it."""
    if after[0] != before[0] + 1 or before[1].grid or after[1].grid:
        return False
    one, other = before[1].box, after[1].box
    # A caption or a paragraph between two tables of the same width parts them.
    is_between = any(
        line.box.top > one.top and not _overflows(line, before[1]) for line in pages[before[0]].lines
    ) or any(line.box.bottom < other.bottom for line in pages[after[0]].lines)
    return not is_between and abs(one.width - other.width) < 2 * _SAME_SIDE


def _overflows(line: Line, table: Drawn) -> bool:
    """Tell whether a line right below a table is of merged cells that go on overleaf, as Chrome does it."""
    return line.box.top - table.box.bottom < _ROOM * line.size and all(
        any(
            cell.left <= word.box.left and word.box.right <= cell.right and cell.width < table.box.width
            for cell in table.cells
        )
        for word in line.words
    )


# What stands at the edges of pages: running heads, page numbers, footnotes.

_DASH = r"[-—–―─~·•\s]"
# GB/T 9704-2012, 7.5 sets page numbers between two dashes; others were met.
_PAGE_NUMBER = re.compile(
    rf"{_DASH}+\d{{1,4}}{_DASH}+|第\s*\d{{1,4}}\s*页(?:\s*[/,，]?\s*共\s*\d{{1,4}}\s*页)?|\d{{1,4}}\s*[/／]\s*\d{{1,4}}"
    r"|(?i:page\s*\d{1,4}(?:\s*of\s*\d{1,4})?)"
)
# The mark that opens a note: a sign of its own, a number in brackets, or one before its text.
_FOOTNOTE = re.compile(r"[①-⑳*＊†‡]|\[\d{1,3}\]|〔\d{1,2}〕|\d{1,2}(?=[\s\u4e00-\u9fff《“])")


def tell_roles(pages: Sequence[LaidPage]) -> list[dict[int, Role]]:
    """Return what the lines of pages are, where they are no text, by their numbers on their page.

    Args:
        pages: of one document, in order.
    """
    roles: list[dict[int, Role]] = [{} for _ in pages]
    for is_foot in (False, True):
        at_edge = [list(_edge_lines(page, is_foot=is_foot)) for page in pages]
        for depth in range(PAPER.head_lines):
            lines = {
                number: (page.lines[edge[depth]], edge[depth])
                for number, (page, edge) in enumerate(zip(pages, at_edge, strict=True))
                if len(edge) > depth and all(before in roles[number] for before in edge[:depth])
            }
            for number, role in _judge_edge(lines, pages):
                roles[number][lines[number][1]] = role
    size = _text_size(pages)
    for page, found in zip(pages, roles, strict=True):
        found.update((number, Role.FOOTNOTE) for number in _find_footnotes(page, found, size))
    return roles


def is_page_number(text: str) -> bool:
    """Tell whether a line says by its marks that it is the number of a page: — 3 —, 第3页."""
    return _PAGE_NUMBER.fullmatch(text) is not None


def _is_bare_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 4


def _edge_lines(page: LaidPage, *, is_foot: bool) -> Iterator[int]:
    """Yield the lines between an edge of a page and the first table, from the edge inwards."""
    height, lines, tables = page.page.height, page.lines, [table.box for table in page.tables]
    numbers = range(len(lines))
    for number in reversed(numbers) if is_foot else numbers:
        _, top, _, bottom = lines[number].box
        is_outside = top > (1 - PAPER.edge) * height if is_foot else bottom < PAPER.edge * height
        is_beyond = all(top > box.bottom if is_foot else bottom < box.top for box in tables)
        if not is_outside or not is_beyond:
            return
        yield number


def _judge_edge(
    lines: Mapping[int, tuple[Line, int]], pages: Sequence[LaidPage]
) -> Iterator[tuple[int, Role]]:
    """Yield the pages whose line at one depth of one edge is no text, and what it is."""
    numbered = Counter(
        int(line.text) - page for page, (line, _) in lines.items() if _is_bare_number(line.text)
    )
    alike: dict[str, list[float]] = defaultdict(list)
    masked = {number: mask_numbers("".join(line.text.split())) for number, (line, _) in lines.items()}
    for number, (line, _) in lines.items():
        alike[masked[number]].append(line.box.top)
    for number, (line, _) in lines.items():
        if is_page_number(line.text):
            yield number, Role.PAGE_NUMBER
        elif _is_bare_number(line.text):
            if numbered[int(line.text) - number] >= 2 or (len(pages) == 1 and int(line.text) == 1):
                yield number, Role.PAGE_NUMBER
        else:
            again = sum(abs(top - line.box.top) < PAPER.head_shift for top in alike[masked[number]])
            if again >= 3 or (again == 2 and len(pages) <= 3):
                yield number, Role.RUNNING_HEAD


def _text_size(pages: Sequence[LaidPage]) -> float:
    # The median, not the size of most characters: beside a table without rules that is as small as its rows.
    sizes = [size for page in pages for line in page.lines for size in [line.size] * len(line.text)]
    return median(sizes) if sizes else 0.0


def _find_footnotes(page: LaidPage, roles: Mapping[int, Role], text_size: float) -> Sequence[int]:
    """Return the lines of small print at the foot of a page, from the first that begins with a mark on."""
    height, lines, tables = page.page.height, page.lines, [table.box for table in page.tables]
    small: list[int] = []
    for number in reversed(range(len(lines))):
        line = lines[number]
        if number in roles and line.box.top > height / 2:
            continue
        if line.size > PAPER.footnote_size * text_size or any(line.box.top < box.bottom for box in tables):
            break
        small.insert(0, number)
    marked = [number for number in small if _FOOTNOTE.match(lines[number].text)]
    has_text_above = bool(small) and small[0] > 0 and len(roles) + len(small) < len(lines)
    if not marked or not has_text_above or lines[marked[0]].box.top < height / 2:
        return ()
    return small[small.index(marked[0]) :]


# Statutory tables of which no grid is made: in the text their words keep the places where they are printed.
#
#     一、本年新收政府信息      1444   1918   1388   790   11     6712   2526
#     公开申请数量              8                                        7
#
# So such a table reads as one that is set in characters (`pipelines.tables.from_columns`): labels that the
# end of a page tears, figures that break in narrow columns, headers that are cut.

# Those whose rows `pipelines.tables` reads by the places of words.
_TABLES = ("t3", "t4")
# The sections behind the last table.
_BEHIND = re.compile("[五六]、")


def keep_places(pages: Sequence[LaidPage], roles: Sequence[Mapping[int, Role]]) -> list[LaidPage]:
    """Return pages whose lines keep the places of their words in tables without a grid.

    Args:
        pages: of one document, in order.
        roles: of the lines of each that are no text, by their numbers.
    """
    digit = _measure_digit(pages)
    rows = set(_find_rows(pages, roles))
    return [
        one._replace(
            lines=[
                line.replace(digit=digit) if (page, number) in rows else line
                for number, line in enumerate(one.lines)
            ],
        )
        for page, one in enumerate(pages)
    ]


def _measure_digit(pages: Iterable[LaidPage]) -> float:
    """Return the usual width of a digit; 0 where there is none."""
    words = (word for one in pages for line in one.lines for word in line.words)
    widths = [word.box.width / len(word.text) for word in words if word.text.isdecimal()]
    return median(widths) if widths else 0.0


def _find_rows(pages: Sequence[LaidPage], roles: Sequence[Mapping[int, Role]]) -> Iterator[tuple[int, int]]:
    """Yield the lines of tables without a grid, from the first row to the last: page and number of each."""
    below: list[tuple[int, int]] = []
    rows, is_below = 0, False
    for page, (one, others) in enumerate(zip(pages, roles, strict=True)):
        # What was recognised is not sure where it stands.
        lines = (at for at in enumerate(one.lines) if at[0] not in others and at[1].confidence is None)
        for number, line in lines:
            table = heading_table(line.text)
            if table or _BEHIND.match(line.text):
                yield from below[:rows]
                below, rows, is_below = [], 0, table in _TABLES
            elif is_below and (below or line.is_spread):
                below.append((page, number))
                is_row = line.is_spread or all(is_figure(word.text) for word in line.words)
                rows = len(below) if is_row else rows
    yield from below[:rows]
