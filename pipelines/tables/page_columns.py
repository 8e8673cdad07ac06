"""A page that is set in characters: its lines of words, and which column each figure stands in.

Figures of one column overlap, those of two do not, as far as two spaces at least stand before them: what one
space parts from the word before may have been moved along its line. Rows that state every column tell which
is which; where none does there may be several ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, zip_longest

from msgspec import Struct

from pipelines.forms.cell_values import number_of
from pipelines.forms.label_matching import heading_table
from pipelines.forms.labels import folded_label
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.tables.text_rows import Line, is_figure, is_page_number_line, lines_between
from pipelines.text.normalise import mask_numbers

_ZERO = Decimal(0)


class PlacedThresholds(Thresholds):
    """How words stand on a page set in characters (`knowledge/thresholds/placed_tables.yaml`)."""

    apart: int
    witnesses: int
    most_orders: int
    telling_labels: int
    aslant: int
    header_piece: int
    unknown_word: int
    left_over: int
    row_skipped: int
    worded: int
    most_skipped: int
    most_ways: int
    padded_columns: int


PLACED = PlacedThresholds.load("placed_tables")


class Word(FrozenStruct):
    """A word and the columns of characters that it takes, from 0; `gap` are those free before it."""

    text: str
    first: int
    end: int
    gap: int

    def stands_over(self, first: int, end: int) -> bool:
        """Tell whether it shares a column of characters with a stretch."""
        return first < self.end and self.first < end


class PageColumns:
    """The columns of a page.

    Args:
        rows: the figures of each, by line; by its number.
        count: how many columns there are.
    """

    def __init__(self, rows: Mapping[int, Sequence[Sequence[Word]]], count: int) -> None:
        self._rows, self._count = rows, count
        self._full = [row[0] for row in rows.values() if len(row[0]) == count and _adds_up(row[0])]
        even = [
            row
            for row in rows.values()
            if all(word.gap >= PLACED.apart for line in row for word in line[:-1])
            and (len(row[0]) < count or self._is_in_step(row[0]))
        ]
        words = [word for row in even for line in row for word in line if word.gap >= PLACED.apart]
        self._extents = _merge([(word.first, word.end) for word in words])
        self._fixed: dict[int, int] = {}
        self._is_torn = False
        for row in even:
            self._fix_places(row[0])
        whole = [word for row in even if row[0] in self._full for word in row[0]]
        self._shown = {self._place_of(word) for word in whole}
        self._telling = self._shown | {self._place_of(word) for word in words if number_of(word.text)}

    def _fix_places(self, words: Sequence[Word]) -> None:
        """Learn what a row tells of the columns: all of them, or which is the last."""
        if not _adds_up(words) or not any(number_of(word.text) for word in words):
            return
        known = enumerate(words) if len(words) == self._count else [(self._count - 1, words[-1])]
        for column, word in known:
            place = self._place_of(word)
            if place is not None and self._fixed.setdefault(place, column) != column:
                self._is_torn = True

    def _place_of(self, word: Word) -> int | None:
        below = [number for number, extent in enumerate(self._extents) if word.stands_over(*extent)]
        return below[0] if word.gap >= PLACED.apart and len(below) == 1 else None

    def list_ways(self) -> list[tuple[int, ...]]:
        """Return which column each place may be, in every way that the rows leave; an empty one if none."""
        size = len(self._extents)
        if self._is_torn or size > self._count:
            return [()]
        ways = combinations(range(self._count), size)
        return [way for way in ways if all(way[at] == column for at, column in self._fixed.items())] or [()]

    def list_cells(self) -> list[dict[int, tuple[str, ...]]]:
        """Return the cells of all rows, by their numbers, in each way left; none of one not told."""
        return [
            {number: self.cells_of(lines, way) for number, lines in self._rows.items()}
            for way in self.list_ways()
        ]

    def cells_of(self, lines: Sequence[Sequence[Word]], way: Sequence[int]) -> tuple[str, ...]:
        """Return the cells of a row; none where they are not told.

        Args:
            lines: of its figures.
            way: which column each place is.
        """
        whole = self._whole_line(lines)
        is_broken = len(lines) > 1
        if whole and not is_broken and _adds_up(whole):
            return tuple(word.text for word in whole) if self._is_in_step(whole) else ()
        cells = [""] * self._count
        for words in lines:
            columns = (
                _find_above(words, whole)
                if whole and is_broken
                else self._columns_of(words, way, is_broken=is_broken)
            )
            if not columns:
                return ()
            for column, word in zip(columns, words, strict=True):
                # No figure that goes on begins with a zero.
                if cells[column] and not number_of(cells[column]):
                    return ()
                cells[column] += word.text
        is_apart = not is_broken and all(word.gap >= PLACED.apart for word in lines[0])
        is_shown = len(self._full) >= PLACED.witnesses and len(self.list_ways()) == 1
        is_total = not is_broken and len(lines[0]) == 1 and bool(cells[-1])
        is_told = is_total or (is_apart and (bool(whole) or is_shown))
        return tuple(cells) if is_told or add_up(cells) else ()

    def _whole_line(self, lines: Sequence[Sequence[Word]]) -> Sequence[Word]:
        return next((words for words in lines if len(words) == self._count), ())

    def _columns_of(self, words: Sequence[Word], way: Sequence[int], *, is_broken: bool) -> list[int]:
        """Return the column of each figure of a line; none where one may stand in several."""
        columns: list[int] = []
        for word in words:
            place = self._place_of(word) if way else None
            # Sums do not tell in which column a zero is.
            column = way[place] if place is not None and place in self._telling else None
            if word.gap < PLACED.apart and not is_broken:
                # A blank cell would have left more room.
                column = columns[-1] + 1 if columns else None
                several = sum(bool(number_of(one.text)) for one in words[:-1]) > 1
                if word is words[-1] and several and _adds_up(words):
                    column = self._count - 1
            if column is None or column >= self._count or (columns and column <= columns[-1]):
                return []
            columns.append(column)
        inner = zip(words[1:], columns[1:], [*columns[2:], self._count], strict=False)
        is_told = all(
            word.gap >= PLACED.apart or number_of(word.text) or behind == column + 1
            for word, column, behind in inner
        )
        return columns if is_told else []

    def guessed_rows(self) -> set[int]:
        """Return the numbers of the rows whose cells have to be proved by other rows.

        Those of one that states all columns do not, nor those below others that do.
        """
        is_shown = all(place in self._shown for place in range(len(self._extents)))
        return {
            number
            for number, lines in self._rows.items()
            if (
                len(lines) > 1 and _adds_up(whole)
                if (whole := self._whole_line(lines))
                else not is_shown or any(word.gap < PLACED.apart for word in lines[0][:-1])
            )
        }

    def _is_in_step(self, words: Sequence[Word]) -> bool:
        """Tell whether no figure of a whole row stands beyond those of the columns beside its own."""
        others = [row for row in self._full if row is not words]
        if not others:
            return True
        starts = [min(row[column].first for row in others) for column in range(self._count)]
        ends = [max(row[column].end for row in others) for column in range(self._count)]
        starts, ends = [starts[0] - PLACED.apart, *starts], [*ends, ends[-1] + PLACED.apart]
        return all(
            word.gap < PLACED.apart or (word.first >= start and word.end <= end)
            for word, start, end in zip(words, starts, ends[1:], strict=False)
        )


def _merge(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches, those that overlap as one, from left to right."""
    merged: list[tuple[int, int]] = []
    for first, end in sorted(stretches):
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return merged


def add_up(texts: Sequence[str]) -> bool:
    """Tell whether the last of several figures is the sum of the others; blank cells and dashes are zero."""
    numbers = [number_of(text) or _ZERO for text in texts]
    return len(numbers) > 1 and sum(numbers[:-1], _ZERO) == numbers[-1]


def _adds_up(words: Sequence[Word]) -> bool:
    return add_up([word.text for word in words])


def _find_above(words: Sequence[Word], names: Sequence[Word]) -> list[int]:
    """Return which of several words stands above each of others; none where not one alone does."""
    places: list[int] = []
    for word in words:
        above = [number for number, name in enumerate(names) if name.stands_over(word.first, word.end)]
        if len(above) != 1 or above[0] in places:
            return []
        places += above
    return places


# Lines: where their words stand, and which of them are figures.


_WORD = re.compile(r"\S+")
_OF_BROWSER = re.compile(r"[A-Za-z:]+.*0/0$|^0[/年]0[/月]0.*0:0")
_UNSPELT = re.compile(r"[^\u3400-\u9fff0-9]+")


class PlacedLine(Struct):
    """A line of the stretch: where it stands, the words before its figures, and those."""

    start: int
    end: int
    page: int
    labels: list[Word]
    figures: list[Word]


def read_lines(text: str, start: int, end: int) -> Iterator[PlacedLine]:
    """Yield the lines of a stretch of text that hold words, those left out that every page has."""
    page = 0
    lines = [line for line in lines_between(text, start, end) if line.text.strip()]
    edges = _edges(lines)
    for number, line in enumerate(lines):
        page += line.text.count("\f")
        if number in edges:
            continue
        bare = line.text.replace("\f", " ")
        words: list[Word] = []
        for found in _WORD.finditer(bare):
            gap = found.start() - (words[-1].end if words else -PLACED.apart)
            words.append(Word(found.group(), found.start(), found.end(), gap))
        if not words or is_page_number_line(bare):
            continue
        words = _join_unspelt(words)
        cut = len(words)
        while cut and is_figure(words[cut - 1].text):
            cut -= 1
        # 4.无正当理由大量反复申请 may break behind a character that is printed in cells as well.
        if 0 < cut < len(words) and words[cut].gap < PLACED.apart and not words[cut].text[0].isascii():
            cut += not any(map(str.isdigit, words[cut].text))
        yield PlacedLine(line.start, line.end, page, words[:cut], words[cut:])


def _edges(lines: Sequence[Line]) -> set[int]:
    """Return the numbers of the lines that a browser prints at the edges of pages: address, time."""
    begins = [number for number, line in enumerate(lines) if "\f" in line.text]
    below = {number: mask_numbers("".join(lines[number].text.split())) for number in begins}
    above = {n - 1: mask_numbers("".join(lines[n - 1].text.split())) for n in begins if n}
    return {
        number
        for side in (above, below)
        for number, words in side.items()
        if _OF_BROWSER.search(words) and (len(begins) == 1 or sum(words == one for one in side.values()) > 1)
    }


def _join_unspelt(words: Iterable[Word]) -> list[Word]:
    """Return words with brackets that stand alone as part of what follows."""
    joined: list[Word] = []
    for word in words:
        is_open = bool(joined) and not spell(joined[-1].text) and not is_figure(joined[-1].text)
        before = joined.pop() if is_open else None
        joined.append(before.replace(text=before.text + word.text, end=word.end) if before else word)
    return joined


def find_stretches(lines: Sequence[PlacedLine]) -> Iterator[Sequence[PlacedLine]]:
    """Yield the lines between the heading of the table of applications and the next."""
    begin = None
    texts = ["".join(word.text for word in (*line.labels, *line.figures)) for line in lines]
    for number, (text, below) in enumerate(zip_longest(texts, texts[1:], fillvalue="")):
        of = heading_table(text) or heading_table(text + below)
        if of and begin is not None:
            yield lines[begin:number]
        begin = number + 1 if of == "t3" else None if of else begin
    if begin is not None:
        yield lines[begin:]


def spell(text: str) -> str:
    """Return the characters and digits of a label, which pieces of it have in order."""
    return _UNSPELT.sub("", folded_label(text)).replace("它", "他")
