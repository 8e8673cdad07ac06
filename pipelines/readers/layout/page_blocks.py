"""Pages of words and rules → blocks in reading order.

words ─┬─ in a ruled table ──────▶ grid
       ├─ beside known labels ───▶ grid, or lines that keep the places of their words
       └─ lines ─┬─ of the margin ▶ running heads, page numbers, footnotes
                 └─ text ─────────▶ paragraphs, over page breaks too
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from pipelines.decoded import Block, FileText, Role, mean_confidence, table_block
from pipelines.errors import UnreadableDocument
from pipelines.grid import Box, Cell, Grid
from pipelines.readers.layout.geometry import (
    PAPER,
    Line,
    Matrix,
    Word,
    box_around,
    choose_separator,
    find_cell,
    join_lines,
)
from pipelines.readers.layout.labelled_tables import (
    LabelledTable,
    Unfinished,
    find_labelled_tables,
    keep_whole,
)
from pipelines.readers.layout.laid_pages import Drawn, LaidPage, keep_places, make_grids, tell_roles
from pipelines.structs import FrozenStruct

# The width of every page in the unit of `pipelines.grid.Cell.box`: on A4 one is a fifth of a millimetre.
_SEEN_WIDTH = 1000

_ENDS = tuple("。！？；：:;!?")
# GB/T 9704-2012, 7.3.3: 一、（一）1.（1）number the levels of an official document.
_BEGINS = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、](?!\d)"
    r"|第[一二三四五六七八九十百\d]{1,4}[章条节部]|附件|附[：:]|[①-⑳])"
)
# A line of a table of contents, which always ends at the margin.
_CONTENTS = re.compile(r"(?:[.．·…]\s*){4,}\s*\d*$")


class Page(FrozenStruct):
    """A page as it is shown, rotation undone.

    Attributes:
        number: of the page in its file, from 1.
        width: in points of 1/72 inch.
        height: in points of 1/72 inch.
        words: in any order.
        ruled: the tables of which rules close every cell: the boxes of the cells of each, a merged cell once.
        asides: what stands beside its lines: turned, as a water mark and a note in the margin are, annotated,
            or recognised on a picture of it.
        repeated: how many characters are drawn once more over themselves, which are no words.
        as_seen: leads from its points to those of the page as its file shows it; None where both are one.
            A scan is read once it lies level and the right way up.
        seen_width: of the page as its file shows it, in points; None where that is `width`.
        notes: observations, as words.
        is_recognised: whether its text was recognised, not stored.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    ruled: tuple[tuple[Box, ...], ...] = ()
    asides: tuple[Block, ...] = ()
    repeated: int = 0
    as_seen: Matrix | None = None
    seen_width: float | None = None
    notes: Iterable[str] = ()
    is_recognised: bool = False


def recognised_elsewhere(page: Page) -> Page:
    """Return a page whose characters somebody's OCR has put behind its picture.

    How sure that was is not told, so nothing of it is sure.
    """
    return page.replace(words=tuple(word._replace(confidence=0.0) for word in page.words))


def assemble_pages(pages: Sequence[Page], stored: str, where: str) -> FileText:
    """Return the pages of a file as one text.

    Args:
        pages: in order.
        stored: what reads the text that is stored in such files, as `FileText.extractor` names it.
        where: the address of the file, for the error.

    Raises:
        UnreadableDocument: `no_text`: there is no character on any page.
    """
    blocks = make_blocks(pages)
    if not blocks:
        raise UnreadableDocument("no_text: no character on any page", where=where)
    kinds = {each.is_recognised for each in pages if each.words or each.asides}
    extractor = f"{stored}+ocr" if len(kinds) == 2 else "ocr" if kinds == {True} else stored
    notes = {note for each in pages for note in each.notes} | set(_account_for(pages, blocks))
    return FileText(blocks, extractor, notes=tuple(sorted(notes)))


def _account_for(pages: Sequence[Page], blocks: Sequence[Block]) -> Iterator[str]:
    """Yield what is to be noted of the characters that stand on pages, against those of their blocks."""
    words = [word.text for each in pages for word in each.words]
    asides = [block.text for each in pages for block in each.asides]
    if _count_characters([*words, *asides]) - _count_characters(block.text for block in blocks):
        yield "characters_lost"
    if any(each.repeated for each in pages):
        yield "printed_twice"


def _count_characters(texts: Iterable[str]) -> Counter[str]:
    return Counter(char for text in texts for char in text if not char.isspace())


def make_blocks(pages: Sequence[Page]) -> tuple[Block, ...]:
    """Return everything that stands on pages, in reading order.

    A paragraph that goes on after a page break is one block, of the page that it begins on. A table that goes
    on is a block on each page, and its parts have the same columns.

    Args:
        pages: of one document, in order.
    """
    laid = list(_laid_pages(pages))
    roles = tell_roles(laid)
    laid = keep_places(laid, roles)
    texts = [
        one._replace(lines=[line for number, line in enumerate(one.lines) if number not in found])
        for one, found in zip(laid, roles, strict=True)
    ]
    columns = measure_columns(texts)
    grids = make_grids(texts)
    made: list[_Paragraph | Block] = []
    for one, found, column, tables in zip(laid, roles, columns, grids, strict=True):
        for item in _in_order(one, found, tables):
            if isinstance(item, Block):
                made.append(item)
            else:
                _add_line(made, item, one.page.number, column)
        made.extend(one.page.asides)
    return tuple(item if isinstance(item, Block) else item.as_block() for item in made)


def _laid_pages(pages: Iterable[Page]) -> Iterator[LaidPage]:
    """Yield pages with what is told apart on them; a table may go on from one to the next."""
    taken: list[tuple[Page, list[Drawn], Sequence[Word]]] = []
    known: list[Sequence[LabelledTable]] = []
    unfinished: Unfinished | None = None
    for page in pages:
        tables: list[Drawn] = []
        taken.append((page, tables, _take_words(page.ruled, page.words, tables)))
        known.append(find_labelled_tables(taken[-1][-1], unfinished))
        unfinished = next((table.unfinished for table in known[-1] if table.unfinished), None)
    for (page, tables, words), whole in zip(taken, keep_whole(known), strict=True):
        tables.extend(
            Drawn(tuple(word.box for word in table.words), table.words, table.grid) for table in whole
        )
        left = [word for word in words if not any(word in table.words for table in whole)]
        yield LaidPage(page, join_lines(left), tuple(sorted(tables, key=lambda table: table.box.top)))


def _take_words(
    ruled: Iterable[tuple[Box, ...]], words: Sequence[Word], tables: list[Drawn]
) -> Sequence[Word]:
    """Add tables with the words that stand in their cells, and return the words that stand in none."""
    for cells in ruled:
        inside: list[Word] = []
        outside: list[Word] = []
        for word in words:
            (inside if find_cell(word.box, cells) else outside).append(word)
        if inside:
            words = outside
            tables.append(Drawn(cells, tuple(inside)))
    return words


def _in_order(laid: LaidPage, roles: Mapping[int, Role], grids: Sequence[Grid]) -> Iterator[Line | Block]:
    """Yield the lines of a page, those that are no text as blocks, and its tables, from top to bottom."""
    page = laid.page.number
    items: list[tuple[float, Line | Block]] = [
        (table.box.top, table_block(_place_cells(grid, laid.page), page, table.box))
        for table, grid in zip(laid.tables, grids, strict=True)
    ]
    for number, line in enumerate(laid.lines):
        role = roles.get(number)
        item = Block(line.text, None, page, line.box, role, line.confidence) if role else line
        items.append((line.box.top, item))
    yield from (item for _, item in sorted(items, key=lambda pair: pair[0]))


def _place_cells(grid: Grid, page: Page) -> Grid:
    """Return a grid with its cells where a reader sees them, in thousandths of the page's width."""
    unit = _SEEN_WIDTH / (page.seen_width or page.width)
    as_seen = page.as_seen or Matrix()

    def place_cell(cell: Cell) -> Cell:
        return cell.replace(box=as_seen.place_box(cell.box).scale(unit)) if cell.box else cell

    return grid.replace(rows=tuple(tuple(map(place_cell, row)) for row in grid.rows))


def _add_line(made: list[_Paragraph | Block], line: Line, page: int, column: Column) -> None:
    """Add a line of text: to the paragraph before it, or as the next one."""
    before = next(filter(_is_text, reversed(made)), None)
    if (
        isinstance(before, _Paragraph)
        and before.last_page >= page - 1
        and is_continued(before, line, column, is_next_page=before.last_page != page)
    ):
        before.add_line(line, page, column)
    else:
        made.append(begin_paragraph(line, page, column))


def _is_text(item: _Paragraph | Block) -> bool:
    return isinstance(item, _Paragraph) or item.is_table


class Column(NamedTuple):
    """Where the text of a page stands.

    Attributes:
        left: where its lines begin, in points.
        right: where its full lines end.
        pitch: the usual distance between the middles of two lines; 0 where it cannot be told.
        size: the size of most characters of the document.
    """

    left: float
    right: float
    pitch: float
    size: float


class _Paragraph(Struct):
    """Lines that are one.

    Attributes:
        text: their text.
        page: that of the first line.
        box: around the lines on that page.
        last: the last line.
        last_page: the page that it stands on.
        column: of the page that the last line stands on.
        confidence: the mean of the lines', by their length; None where the characters were stored.
    """

    text: str
    page: int
    box: Box
    last: Line
    last_page: int
    column: Column
    confidence: float | None = None

    def as_block(self) -> Block:
        """Return them as a block of the page that they begin on."""
        return Block(self.text, None, self.page, self.box, confidence=self.confidence)

    def add_line(self, line: Line, page: int, column: Column) -> None:
        """Add a line that goes on with it."""
        self.confidence = mean_confidence((self, line))
        self.text += choose_separator(self.text, line.text) + line.text
        if page == self.page:
            self.box = box_around((self.box, line.box))
        self.last, self.last_page, self.column = line, page, column


def measure_columns(pages: Sequence[LaidPage]) -> tuple[Column, ...]:
    """Return where the text of each page of a document stands.

    A page of many lines, or of some full ones, tells it by itself. One of few short lines takes the width of
    the others as wide as it is; where there are none, its tables and equal margins tell.

    Args:
        pages: with those of their lines that are text.
    """
    size = _measure_text_size(line for one in pages for line in one.lines)
    spans: dict[int, list[float]] = defaultdict(list)
    for one in pages:
        if len(one.lines) >= PAPER.many_lines:
            spans[round(one.page.width)].append(box_around(line.box for line in one.lines).width)
    usual = {width: median(found) for width, found in spans.items()}
    return tuple(_measure_column(one, size, usual.get(round(one.page.width))) for one in pages)


def _measure_text_size(lines: Iterable[Line]) -> float:
    """Return the size of most characters of lines, in half points; 0 for no lines."""
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _measure_column(laid: LaidPage, size: float, usual: float | None) -> Column:
    width, lines = laid.page.width, laid.lines
    if not lines:
        return Column(0.0, width, 0.0, size)
    left, _, right, _ = box_around(line.box for line in lines)
    full = [
        line
        for line in lines
        if right - line.box.right < 1.2 * line.size and line.box.right - left > width / 2
    ]
    if len(lines) < PAPER.many_lines and len(full) < PAPER.fewest_full:
        left = min(left, *(table.box.left for table in laid.tables), left)
        last = left + usual if usual else width - left
        right = max(right, *(table.box.right for table in laid.tables), last)
    elif usual:
        right = max(right, left + PAPER.narrowest * usual)
    middles = [line.box.centre_y for line in lines]
    pitches = [below - above for above, below in pairwise(middles) if below > above]
    return Column(left, right, median(pitches) if pitches else 0.0, size)


def begin_paragraph(line: Line, page: int, column: Column) -> _Paragraph:
    """Return a line as a paragraph of its own."""
    return _Paragraph(line.text, page, line.box, line, page, column, line.confidence)


def is_continued(paragraph: _Paragraph, line: Line, column: Column, *, is_next_page: bool) -> bool:
    """Tell whether a line goes on with the paragraph before it.

    Args:
        paragraph: that ends with the line above, or with the last line of the page before.
        line: the next line, with nothing but edges of pages between.
        column: of the page of the line.
        is_next_page: whether a page ends between the two.
    """
    last = paragraph.last
    size = max(last.size, line.size)
    if size > PAPER.alike_size * min(last.size, line.size) or _CONTENTS.search(last.text):
        return False
    if last.is_spread or line.is_spread:
        return False
    if not is_next_page and not _is_close(last, line, column):
        return False
    if not is_next_page and _is_title(last, line, column):
        return True
    is_full = paragraph.column.right - last.box.right <= PAPER.full_line * size
    is_indented = line.box.left - column.left > PAPER.indent * size
    is_new = last.text.endswith(_ENDS) and _BEGINS.match(line.text) is not None
    return is_full and not is_indented and not is_new


def _is_close(last: Line, line: Line, column: Column) -> bool:
    pitch = line.box.centre_y - last.box.centre_y
    most = PAPER.widest_pitch * min(last.size, line.size)
    return pitch <= (min(most, PAPER.pitch * column.pitch) if column.pitch else most)


def _is_title(last: Line, line: Line, column: Column) -> bool:
    """Tell whether two lines are one title: larger than the text, both in the middle."""
    middle = (column.left + column.right) / 2
    return min(last.size, line.size) >= PAPER.title_size * column.size and all(
        abs(one.box.centre_x - middle) < one.size for one in (last, line)
    )
