"""The rows of a sheet on a page: the label of each, and the figures that stand beside its lines.

Two cells of one column never overlap, so a figure that stands beside a line of a label is of that row, be it
beside the first line, the last or between. Where anything else stands among the labels and the figures, the
rows are not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from pipelines.readers.layout.page_margins import is_page_number
from pipelines.readers.layout.printed_labels import LABELLED, find_label
from pipelines.readers.layout.printed_lines import is_figure, join_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.readers.layout.form_sheets import RowLabel, Sheet
    from pipelines.readers.layout.printed_labels import Label, PrintedLabel
    from pipelines.readers.layout.printed_lines import Word


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A row of a sheet.

    Attributes:
        name: its label, as the form has it.
        label: the same, as it is printed.
        figures: on its line, from left to right.
    """

    name: RowLabel
    label: PrintedLabel
    figures: tuple[Word, ...]

    @property
    def extent(self) -> tuple[float, float]:
        """The middles of its first and its last line, down the page."""
        middles = [word.middle[1] for word in self.figures]
        return min([self.label.first, *middles]), max([self.label.last, *middles])


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A label beside several rows: how deep it stands, from 0, its first row and the one after."""

    label: PrintedLabel
    level: int
    rows: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """The rows of a sheet that stand on a page.

    Attributes:
        first: which row of the sheet the first of them is.
        rows: from top to bottom, none of the sheet's left out between two of them.
        groups: the labels beside several of them that are printed on this page.
    """

    first: int
    rows: tuple[LabelledRow, ...]
    groups: tuple[RowGroup, ...]

    @property
    def label_end(self) -> float:
        """The right edge of all labels."""
        return max(label.end for label in self.labels)

    @property
    def labels(self) -> tuple[PrintedLabel, ...]:
        """The labels of rows and groups as they are printed."""
        return (*(row.label for row in self.rows), *(group.label for group in self.groups))

    @property
    def figures(self) -> tuple[Word, ...]:
        """The figures of all rows."""
        return tuple(word for row in self.rows for word in row.figures)


def read_rows(sheet: Sheet, words: Sequence[Word], caption: PrintedLabel | None) -> LabelledRows | None:
    """Return the rows of a sheet with their figures; None where they are not certain.

    Args:
        sheet: whose rows have labels.
        words: of a page.
        caption: of the sheet; its rows are the next ones below it.
    """
    labels = _find_labels(sheet, words, caption)
    if labels is None:
        return None
    first, found = labels
    names = sheet.rows[first : first + len(found)]
    groups = _find_groups(names, found, words)
    beside = _figures_beside(found, groups, words) if groups is not None else None
    if groups is None or beside is None:
        return None
    return LabelledRows(first, tuple(map(LabelledRow, names, found, beside)), groups)


def _find_labels(
    sheet: Sheet, words: Sequence[Word], caption: PrintedLabel | None
) -> tuple[int, list[PrintedLabel]] | None:
    """Return which row the first on the page is, and the labels from there on, from top to bottom."""
    ways = [find_label(row.label, words) for row in sheet.rows]
    if caption:
        ways = [tuple(one for one in found if one.first > caption.last)[:1] for found in ways]
    numbers = [number for number, found in enumerate(ways) if found]
    fewest = len(sheet.rows) if caption else 1
    if len(numbers) < fewest or numbers[-1] - numbers[0] + 1 != len(numbers):
        return None
    if any(len(ways[number]) != 1 for number in numbers):
        return None
    labels = [ways[number][0] for number in numbers]
    is_ordered = all(above.last < below.first for above, below in pairwise(labels))
    return (numbers[0], labels) if is_ordered else None


def _find_groups(
    names: Sequence[RowLabel], labels: Sequence[PrintedLabel], words: Iterable[Word]
) -> tuple[RowGroup, ...] | None:
    """Return the labels beside several rows; None where one is printed twice beside them."""
    groups: list[RowGroup] = []
    words = list(words)
    for level, name, (first, end) in _split_groups(names):
        top, bottom = labels[first].box[1], labels[end - 1].box[3]
        ways = [one for one in find_label(name, words) if one.last > top and one.first < bottom]
        if len(ways) > 1:
            return None
        groups.extend(RowGroup(way, level, (first, end)) for way in ways)
    return tuple(groups)


def _split_groups(names: Sequence[RowLabel]) -> Iterator[tuple[int, Label, tuple[int, int]]]:
    """Yield the groups of rows: how deep each stands, its label, its first row and the one after."""
    for level in range(max(len(name.groups) for name in names)):
        keys = [name.groups[: level + 1] for name in names]
        start = 0
        for key, run in groupby(keys):
            end = start + len(list(run))
            if len(key) > level:
                yield level, key[level], (start, end)
            start = end


def _figures_beside(
    labels: Sequence[PrintedLabel], groups: Iterable[RowGroup], words: Sequence[Word]
) -> list[tuple[Word, ...]] | None:
    """Return the figures beside each label; None where one may be beside none, or is no figure."""
    every = [*labels, *(group.label for group in groups)]
    named = {word for label in every for word in label.words}
    end = max(label.end for label in every)
    top = labels[0].first - LABELLED.level * labels[0].height
    bottom = labels[-1].last + LABELLED.level * labels[-1].height
    others = [word for word in words if word not in named]
    inside = [word for word in others if top <= word.middle[1] <= bottom]
    if any(not is_figure(word.text) or word.box[0] < end for word in inside):
        return None
    if _ends_in_figures(others, top, bottom, end):
        return None
    beside = [_select_beside(label, inside) for label in labels]
    is_each_beside = sum(map(len, beside)) == len(inside)
    return beside if is_each_beside and all(map(_is_one_line, beside)) else None


def _ends_in_figures(words: Sequence[Word], top: float, bottom: float, end: float) -> bool:
    """Tell whether figures stand on the next line above rows or below: they may be those of a higher cell."""
    above = join_lines(word for word in words if word.middle[1] < top)[-1:]
    below = join_lines(word for word in words if word.middle[1] > bottom)[:1]
    return any(
        is_figure(word.text) and word.box[0] >= end
        for line in (*above, *below)
        if not is_page_number(line.text)
        for word in line.words
    )


def _select_beside(label: PrintedLabel, figures: Iterable[Word]) -> tuple[Word, ...]:
    """Return the figures beside the lines of a label, from left to right."""
    room = LABELLED.level * label.height
    beside = [word for word in figures if label.first - room <= word.middle[1] <= label.last + room]
    return tuple(sorted(beside, key=lambda word: word.box[0]))


def _is_one_line(figures: Sequence[Word]) -> bool:
    levels = [word.middle[1] for word in figures]
    return not levels or max(levels) - min(levels) <= LABELLED.level * figures[0].height
