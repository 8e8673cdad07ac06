"""The report set on pages: where each line of text and each rule stands, for PDF and OFD alike.

Lengths are points of 1/72 inch, measured from the top left corner of the page; a text stands on its baseline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from tests.renditions.model import Heading, Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.renditions.model import Placed, PrintedReport, PrintedTable

_TEXT_LEADING = 1.25
_NEVER_FIRST = "，。；：、）”"
_FIGURE = re.compile(r"[-+]?[\d.]+|[-—/]+")


class Rules(StrEnum):
    """Which rules a table is printed with."""

    ALL = "all"
    HORIZONTAL = "horizontal"
    NONE = "none"


class Align(StrEnum):
    """Where in its cell a text stands: at its left or upper edge, in its middle, at the other edge."""

    START = "start"
    MIDDLE = "middle"
    END = "end"

    def of(self, room: float) -> float:
        """Return how much of the room that a text leaves free is in front of it."""
        return {Align.START: 0.0, Align.MIDDLE: room / 2, Align.END: room}[self]


@dataclass(frozen=True, slots=True)
class Style:
    """How the report is set.

    Attributes:
        rules: of its tables.
        width: of a page.
        height: of a page.
        margin: on every side.
        text_size: of headings and paragraphs.
        cell_size: of what stands in tables.
        is_split: whether tables run on to the next page where they do not fit, else they begin there.
        is_repeated: whether the head of a table is repeated on the next page.
        is_numbered: whether pages bear their number.
        leading: from a line to the next, in sizes of its characters.
        padding: between a text and the edges of its cell.
        least_row: height of a row at least.
        label_share: of the width of a table, what its columns of labels take; None as the model has it.
        labels: where labels stand across their cells.
        heads: where the heads of columns stand across their cells.
        figures: where figures stand across their cells.
        down: where everything stands down its cell.
    """

    rules: Rules = Rules.ALL
    width: float = 595.0
    height: float = 842.0
    margin: float = 56.0
    text_size: float = 12.0
    cell_size: float = 8.0
    is_split: bool = False
    is_repeated: bool = False
    is_numbered: bool = True
    leading: float = 1.25
    padding: float = 2.5
    least_row: float = 0.0
    label_share: float | None = None
    labels: Align = Align.MIDDLE
    heads: Align = Align.MIDDLE
    figures: Align = Align.MIDDLE
    down: Align = Align.MIDDLE

    @property
    def inner_width(self) -> float:
        """What text may fill."""
        return self.width - 2 * self.margin


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: where it begins on its baseline, and its size."""

    x: float
    y: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight rule between two points."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Page:
    """What is printed on a page."""

    texts: list[Text] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def text_width(text: str, size: float) -> float:
    """Return how wide a text is printed: full-width characters are square, others half as wide."""
    return sum(size if ord(char) > 0x2E7F or char in "“”—" else size / 2 for char in text)


def wrap(text: str, size: float, width: float) -> list[str]:
    """Return a text in lines that are no wider than that, never breaking a number."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and piece not in _NEVER_FIRST and text_width(lines[-1] + piece, size) > width:
            lines.append("")
        lines[-1] += piece
    return lines


def set_pages(report: PrintedReport, style: Style) -> list[Page]:
    """Set a report on pages."""
    setter = _Setter(style)
    setter.set_lines([report.title], 1.3 * style.text_size)
    for part in report.parts:
        match part:
            case Heading(text):
                setter.set_lines([text], style.text_size)
            case Paragraph(text):
                setter.set_lines(wrap("　　" + text, style.text_size, style.inner_width), style.text_size)
            case _:
                setter.set_table(part)
    return setter.finish()


def _pieces(text: str) -> Iterable[str]:
    piece = ""
    for char in text:
        if piece and not (piece[-1].isascii() and char.isascii()):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _widths(table: PrintedTable, label_share: float | None) -> tuple[float, ...]:
    """Return the widths of the columns of a table, in shares of the whole."""
    labels = sum(table.widths[: table.labels])
    if label_share is None or not labels:
        return table.widths
    shares = (label_share / labels, (1 - label_share) / (1 - labels))
    return tuple(width * shares[number >= table.labels] for number, width in enumerate(table.widths))


class _Setter:
    """Sets one thing below another, a new page where it does not fit."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._pages = [Page()]
        self._y = style.margin

    def set_lines(self, lines: Iterable[str], size: float) -> None:
        for line in lines:
            if self._left() < _TEXT_LEADING * size:
                self._turn()
            self._y += _TEXT_LEADING * size
            self._pages[-1].texts.append(Text(self._style.margin, self._y - 0.3 * size, size, line))
        self._y += 0.4 * size

    def set_table(self, table: PrintedTable) -> None:
        columns = self._columns(table)
        heights = self._heights(table, columns)
        if not self._style.is_split and sum(heights) > self._left():
            self._turn()
        first = 0
        while first < len(heights):
            head = range(table.header_rows) if first and self._style.is_repeated else range(0)
            last = self._fitting(heights, first, sum(heights[row] for row in head))
            if last == first:
                assert self._y > self._style.margin, "a row is higher than a page"
                self._turn()
                continue
            self._set_rows(table, columns, heights, [*head, *range(first, last)])
            first = last
            if first < len(heights):
                self._turn()
        self._y += 0.8 * self._style.text_size

    def finish(self) -> list[Page]:
        if self._style.is_numbered:
            for number, page in enumerate(self._pages, start=1):
                line = f"— {number} —"
                x = (self._style.width - text_width(line, 9)) / 2
                page.texts.append(Text(x, self._style.height - 0.5 * self._style.margin, 9, line))
        return self._pages

    def _left(self) -> float:
        return self._style.height - self._style.margin - self._y

    def _turn(self) -> None:
        self._pages.append(Page())
        self._y = self._style.margin

    def _columns(self, table: PrintedTable) -> list[float]:
        shares = accumulate(_widths(table, self._style.label_share), initial=0.0)
        return [self._style.margin + self._style.inner_width * share for share in shares]

    def _lines(self, placed: Placed, columns: Sequence[float]) -> list[str]:
        left, right = columns[placed.column], columns[placed.column + placed.cell.columns]
        return wrap(placed.cell.text, self._style.cell_size, right - left - 2 * self._style.padding)

    def _heights(self, table: PrintedTable, columns: Sequence[float]) -> list[float]:
        """Return how high each row is: as the cells that end in it need."""
        line, padding = self._style.leading * self._style.cell_size, 2 * self._style.padding
        heights = [max(line + padding, self._style.least_row)] * len(table.rows)
        for placed in sorted(table.placed(), key=lambda it: it.cell.rows):
            last = placed.row + placed.cell.rows - 1
            needed = line * len(self._lines(placed, columns)) + padding
            missing = needed - sum(heights[placed.row : last + 1])
            heights[last] += max(missing, 0.0)
        return heights

    def _fitting(self, heights: Sequence[float], first: int, head: float) -> int:
        """Return the row before which the page is full."""
        left = self._left() - head
        last = first
        while last < len(heights) and heights[last] <= left:
            left -= heights[last]
            last += 1
        return last

    def _set_rows(
        self, table: PrintedTable, columns: Sequence[float], heights: Sequence[float], rows: Sequence[int]
    ) -> None:
        """Set rows of a table; of a cell that runs over the page's end, the text stands in its first part."""
        tops = dict(zip(rows, accumulate((heights[row] for row in rows), initial=self._y), strict=False))
        for placed in table.placed():
            shown = [row for row in range(placed.row, placed.row + placed.cell.rows) if row in tops]
            if not shown:
                continue
            top, bottom = tops[shown[0]], tops[shown[-1]] + heights[shown[-1]]
            if shown[0] == placed.row:
                across = self._across(placed, table)
                self._set_cell(placed, columns, (top, bottom), across)
            self._rule_cell(columns[placed.column], columns[placed.column + placed.cell.columns], top, bottom)
        self._y += sum(heights[row] for row in rows)

    def _across(self, placed: Placed, table: PrintedTable) -> Align:
        if placed.column < table.labels:
            return self._style.labels
        return self._style.figures if _FIGURE.fullmatch(placed.cell.text) else self._style.heads

    def _set_cell(
        self, placed: Placed, columns: Sequence[float], span: tuple[float, float], across: Align
    ) -> None:
        style, lines = self._style, self._lines(placed, columns)
        left, right = columns[placed.column], columns[placed.column + placed.cell.columns]
        pitch, size = style.leading * style.cell_size, style.cell_size
        y = span[0] + style.padding
        y += style.down.of(span[1] - span[0] - 2 * style.padding - pitch * len(lines))
        for line in lines:
            y += pitch
            if line:
                room = right - left - 2 * style.padding - text_width(line, size)
                x = left + style.padding + across.of(room)
                # Above and below its characters a line leaves the same white.
                baseline = y - 0.35 * size - (style.leading - _TEXT_LEADING) * size / 2
                self._pages[-1].texts.append(Text(x, baseline, size, line))

    def _rule_cell(self, left: float, right: float, top: float, bottom: float) -> None:
        corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        for (x0, y0), (x1, y1) in pairwise(corners):
            is_wanted = self._style.rules is Rules.ALL or (self._style.rules is Rules.HORIZONTAL and y0 == y1)
            rule = Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            if is_wanted and rule not in self._pages[-1].rules:
                self._pages[-1].rules.append(rule)
