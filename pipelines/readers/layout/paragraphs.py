"""Lines → paragraphs, by where lines end and begin: over page breaks too."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import PAPER, box_around
from pipelines.readers.layout.printed_lines import choose_separator
from pipelines.text.blocks import mean_confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.grid import Box
    from pipelines.readers.layout.cell_grids import LaidPage
    from pipelines.readers.layout.printed_lines import Line

_ENDS = tuple("。！？；：:;!?")
_BEGINS = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．、](?!\d)"
    r"|第[一二三四五六七八九十百\d]{1,4}[章条节部]|附件|附[：:]|[①-⑳])"
)
# A line of a table of contents, which always ends at the margin.
_CONTENTS = re.compile(r"(?:[.．·…]\s*){4,}\s*\d*$")


@dataclass(frozen=True, slots=True)
class Column:
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


@dataclass(frozen=True, slots=True)
class Paragraph:
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
            spans[round(one.page.width)].append(_find_right(one.lines) - _find_left(one.lines))
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
    left, right = _find_left(lines), _find_right(lines)
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


def _find_left(lines: Sequence[Line]) -> float:
    return min(line.box.left for line in lines)


def _find_right(lines: Sequence[Line]) -> float:
    return max(line.box.right for line in lines)


def begin_paragraph(line: Line, page: int, column: Column) -> Paragraph:
    """Return a line as a paragraph of its own."""
    return Paragraph(line.text, page, line.box, line, page, column, line.confidence)


def add_line(paragraph: Paragraph, line: Line, page: int, column: Column) -> Paragraph:
    """Return a paragraph with a line that goes on with it."""
    return replace(
        paragraph,
        text=paragraph.text + choose_separator(paragraph.text, line.text) + line.text,
        box=box_around((paragraph.box, line.box)) if page == paragraph.page else paragraph.box,
        last=line,
        last_page=page,
        column=column,
        confidence=mean_confidence((paragraph, line)),
    )


def is_continued(paragraph: Paragraph, line: Line, column: Column, *, is_next_page: bool) -> bool:
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
