"""Statutory tables that no rule draws → grids: labels of a form, and the figures beside and below them.

words ─ labels of a form ─▶ rows ─┐
      └ labels above columns ─────┴─▶ figures in their columns ─▶ Grid

What comes out is taken further as if it had been drawn. Two cells of one column never overlap, so a figure
that stands beside a line of a label is of that row, be it beside the first line, the last or between. Where a
label is not printed as a form has it, where anything else stands in the table, where a figure may be of two
rows or columns, no grid comes out, and rows are told by the places of words
(`pipelines.readers.layout.laid_pages`).

The real reports at hand are all printed with rules. That tables without them are read as well is shown by
reports that are set in layouts drawn at random (`tests/renditions/layouts.py`).
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from pipelines.forms.cell_values import texts_add_up
from pipelines.grid import Box, Cell, Grid, lay_out_cells
from pipelines.readers.layout.geometry import (
    PAPER,
    Line,
    Word,
    are_aligned,
    box_around,
    is_figure,
    join_lines,
    least_confidence,
    list_places,
)
from pipelines.readers.layout.label_search import (
    LABELLED,
    Label,
    PrintedHeads,
    PrintedLabel,
    RowLabel,
    Sheet,
    find_label,
    known_sheets,
    read_heads,
)
from pipelines.readers.layout.laid_pages import is_page_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Figures = tuple[Word, ...]


_EVERYWHERE = float("inf")


class Unfinished(NamedTuple):
    """A sheet of which the page before holds only the first rows.

    Attributes:
        sheet: that goes on.
        row: which of its rows comes next.
        heads: the boxes of the heads of its columns, on the page where they stand.
    """

    sheet: Sheet
    row: int
    heads: tuple[Box, ...]


class LabelledTable(NamedTuple):
    """A sheet on a page.

    Attributes:
        grid: its rows.
        words: that stand in it.
        first: which of its rows is the first on the page.
        unfinished: what is left of it for the next page; None where nothing is.
    """

    grid: Grid
    words: tuple[Word, ...]
    first: int = 0
    unfinished: Unfinished | None = None

    @property
    def width(self) -> int:
        """How many columns it has."""
        return len(self.grid.rows[0])


class LabelledRow(NamedTuple):
    """A row of a sheet: its label as the form has it and as it is printed, and its figures from the left."""

    name: RowLabel
    label: PrintedLabel
    figures: Figures = ()


class RowGroup(NamedTuple):
    """A label beside several rows: how deep it stands, from 0, its first row and the one after."""

    label: PrintedLabel
    level: int
    rows: tuple[int, int]


def find_labelled_tables(words: Sequence[Word], before: Unfinished | None) -> tuple[LabelledTable, ...]:
    """Return the statutory tables of a page whose labels are printed word for word, in no order.

    Args:
        words: of the page, those of ruled tables left out.
        before: the sheet that goes on from the page before.
    """
    tables: list[LabelledTable] = []
    left = list(words)
    for sheet in known_sheets():
        found = _read_labelled(sheet, left, before) if sheet.rows else _read_unlabelled(sheet, left, before)
        if found:
            tables.append(found)
            left = [word for word in left if word not in found.words]
    return tuple(tables)


def keep_whole(pages: Iterable[Iterable[LabelledTable]]) -> list[list[LabelledTable]]:
    """Return the tables of pages, without parts of which the part before or behind is on no page."""
    kept: list[list[LabelledTable]] = []
    for tables in pages:
        # Labels in one column on a page and in two on the next would put figures below other heads.
        ends = {(one.unfinished.row, one.width) for one in (kept or [[]])[-1] if one.unfinished}
        kept.append([one for one in tables if not one.first or (one.first, one.width) in ends])
    firsts = {(0, 0)}
    for tables in reversed(kept):
        tables[:] = [one for one in tables if not one.unfinished or (one.unfinished.row, one.width) in firsts]
        firsts = {(one.first, one.width) for one in tables}
    return kept


def _read_labelled(sheet: Sheet, words: Sequence[Word], before: Unfinished | None) -> LabelledTable | None:
    """Return a sheet whose rows have labels, or the part of it on this page; None where it is not certain."""
    captions = find_label(sheet.caption, words) if sheet.caption else ()
    if sheet.caption and len(captions) != 1:
        return None
    caption = captions[0] if captions else None
    first, labels = _find_rows(sheet, words, caption)
    names = sheet.rows[first : first + len(labels)]
    groups = _find_groups(names, labels, words)
    rows = _add_figures(names, labels, groups, words)
    if not rows:
        return None
    top = caption.last if caption else -_EVERYWHERE
    zone = [word for word in words if top < word.box.centre_y < min(_levels_of(rows[0]))]
    end = max(label.end for label in (*labels, *(group.label for group in groups)))
    header = read_heads(sheet, [word for word in zone if word.box.centre_x > end])
    heads = tuple(head.box for head in header.heads) if header else _carry_heads(sheet, first, before)
    columns = place_figures(heads, [word for row in rows for word in row.figures]) if heads else None
    if columns is None or (header is None and first == 0):
        return None
    last = first + len(rows)
    unfinished = Unfinished(sheet, last, heads) if heads and last < len(sheet.rows) else None
    return _lay_out(
        sheet if header is None or header.spanning else sheet.flat,
        columns,
        caption=caption,
        header=header,
        above=zone,
        rows=rows,
        groups=groups,
        first=first,
        unfinished=unfinished,
    )


def _carry_heads(sheet: Sheet, row: int, before: Unfinished | None) -> tuple[Box, ...] | None:
    """Return the heads of the sheet that goes on from the page before, if this row is its next."""
    if before is None or before.row != row or before.sheet.heads != sheet.heads:
        return None
    # A form and those that extend it are alike up to the first row that is added.
    return before.heads if before.sheet.rows[:row] == sheet.rows[:row] else None


def _find_rows(
    sheet: Sheet, words: Sequence[Word], caption: PrintedLabel | None
) -> tuple[int, list[PrintedLabel]]:
    """Return which row the first on the page is, and the labels from there on; none where one is missing."""
    ways = [find_label(row.label, words) for row in sheet.rows]
    if caption:
        ways = [tuple(one for one in found if one.first > caption.last)[:1] for found in ways]
    numbers = [number for number, found in enumerate(ways) if found]
    fewest = len(sheet.rows) if caption else 1
    if len(numbers) < fewest or numbers[-1] - numbers[0] + 1 != len(numbers):
        return 0, []
    labels = [label for number in numbers for label in ways[number]]
    is_ordered = all(above.last < below.first for above, below in pairwise(labels))
    return numbers[0], labels if len(labels) == len(numbers) and is_ordered else []


def _find_groups(
    names: Sequence[RowLabel], labels: Sequence[PrintedLabel], words: Sequence[Word]
) -> list[RowGroup]:
    """Return the labels beside several rows that are printed on this page."""
    groups: list[RowGroup] = []
    for level, name, (first, end) in _split_groups(names):
        top, bottom = labels[first].box.top, labels[end - 1].box.bottom
        ways = [one for one in find_label(name, words) if one.last > top and one.first < bottom]
        groups.extend(RowGroup(way, level, (first, end)) for way in ways)
    return groups


def _split_groups(names: Sequence[RowLabel]) -> Iterator[tuple[int, Label, tuple[int, int]]]:
    """Yield the groups of rows: how deep each stands, its label, its first row and the one after."""
    for level in range(max((len(name.groups) for name in names), default=0)):
        start = 0
        for key, run in groupby(names, key=lambda name: name.groups[: level + 1]):
            end = start + len(list(run))
            if len(key) > level:
                yield level, key[level], (start, end)
            start = end


def _add_figures(
    names: Sequence[RowLabel],
    labels: Sequence[PrintedLabel],
    groups: Sequence[RowGroup],
    words: Sequence[Word],
) -> list[LabelledRow]:
    """Return the rows with the figures beside each; none where one may be beside two, or is no figure."""
    places = [(group.level, group.rows) for group in groups]
    if not labels or len(set(places)) < len(places):
        return []
    every = [*labels, *(group.label for group in groups)]
    named = {word for label in every for word in label.words}
    end = max(label.end for label in every)
    top = labels[0].first - LABELLED.level * labels[0].height
    bottom = labels[-1].last + LABELLED.level * labels[-1].height
    others = [word for word in words if word not in named]
    inside = [word for word in others if top <= word.box.centre_y <= bottom]
    beside = [_select_beside(label, inside) for label in labels]
    is_certain = (
        all(is_figure(word.text) and word.box.left >= end for word in inside)
        and not _ends_in_figures(others, top, bottom, end)
        and sorted(word.box for row in beside for word in row) == sorted(word.box for word in inside)
        and all(map(_is_one_line, beside))
    )
    return list(map(LabelledRow, names, labels, beside)) if is_certain else []


def _ends_in_figures(words: Sequence[Word], top: float, bottom: float, end: float) -> bool:
    """Tell whether figures stand on the next line above rows or below: they may be those of a higher cell."""
    # A cell whose label takes more lines than are printed of it may have its figures on one of those.
    above = join_lines(word for word in words if word.box.centre_y < top)[-1:]
    below = join_lines(word for word in words if word.box.centre_y > bottom)[:1]
    return any(
        is_figure(word.text) and word.box.left >= end
        for line in (*above, *below)
        if not is_page_number(line.text)
        for word in line.words
    )


def _select_beside(label: PrintedLabel, figures: Iterable[Word]) -> Figures:
    """Return the figures beside the lines of a label, from left to right."""
    room = LABELLED.level * label.height
    beside = [word for word in figures if label.first - room <= word.box.centre_y <= label.last + room]
    return tuple(sorted(beside, key=lambda word: word.box.left))


def _levels_of(row: LabelledRow) -> list[float]:
    return [row.label.first, *(word.box.centre_y for word in row.figures)]


def _is_one_line(figures: Sequence[Word]) -> bool:
    levels = [word.box.centre_y for word in figures]
    return not levels or max(levels) - min(levels) <= LABELLED.level * figures[0].height


def _read_unlabelled(sheet: Sheet, words: Sequence[Word], before: Unfinished | None) -> LabelledTable | None:
    """Return a sheet of one row of figures below the heads of its columns, or what of it is on this page."""
    tops = [one.first for above in sheet.spanning for one in find_label(above.label, words)]
    if not tops and before and before.sheet == sheet:
        return _read_overleaf(sheet, words, before.heads)
    top = min(tops, default=-_EVERYWHERE)
    figures = [word for word in words if is_figure(word.text) and word.box.centre_y > top]
    highest = min(figures, key=lambda word: word.box.centre_y, default=None)
    if highest is None and not tops:
        return None
    below = highest.box.centre_y - LABELLED.level * highest.height if highest else _EVERYWHERE
    zone = [word for word in words if word.box.centre_y < below]
    foot = join_lines(words)[-1]
    header = read_heads(sheet, zone) or read_heads(sheet, [word for word in zone if word not in foot.words])
    if header is None:
        return None
    heads = tuple(head.box for head in header.heads)
    if highest is None or (highest in foot.words and not _is_row(foot)):
        return _lay_out(sheet, ((),) * len(heads), header=header, unfinished=Unfinished(sheet, 1, heads))
    # Sums have to prove that it is this sheet where what stands above several columns is on the page before.
    row = _row_of_figures(header, words, highest) if tops else None
    columns = place_figures(heads, row) if row else _place_proved(sheet, heads, words, highest)
    return _lay_out(sheet if header.spanning else sheet.flat, columns, header=header) if columns else None


def _row_of_figures(heads: PrintedHeads, words: Sequence[Word], highest: Word) -> Figures | None:
    """Return the figures on one line below heads; None where there is more than one such line, or words."""
    level, height = highest.box.centre_y, highest.height
    row = tuple(word for word in words if abs(word.box.centre_y - level) <= LABELLED.level * height)
    is_near = level - max(head.last for head in heads.heads) <= LABELLED.furthest_row * height
    if not is_near or not all(is_figure(word.text) for word in row):
        return None
    below = [
        word
        for word in words
        if level + LABELLED.level * height < word.box.centre_y < level + LABELLED.free_below * height
    ]
    lines = [line for line in join_lines(below) if not is_page_number(line.text)]
    return None if any(is_figure(word.text) for line in lines for word in line.words) else row


def _is_row(line: Line) -> bool:
    """Tell whether a line is a row of figures, and no number of a page."""
    is_several = len(line.words) > 1 and not is_page_number(line.text)
    return is_several and all(is_figure(word.text) for word in line.words)


def _read_overleaf(sheet: Sheet, words: Sequence[Word], heads: Sequence[Box]) -> LabelledTable | None:
    """Return the row of figures of a sheet whose heads end the page before, where it adds up."""
    row = next((line for line in join_lines(words)[: PAPER.head_lines + 1] if _is_row(line)), None)
    columns = _place_proved(sheet, heads, words, row.words[0]) if row else None
    return _lay_out(sheet, columns, header=None, first=1) if columns else None


def _place_proved(
    sheet: Sheet, heads: Sequence[Box], words: Sequence[Word], highest: Word
) -> Sequence[Figures] | None:
    """Return the figures of columns where every block adds up with them; on several lines if they broke."""
    level, height = highest.box.centre_y, highest.height
    row: list[Line] = []
    for line in join_lines(one for one in words if one.box.centre_y >= level - LABELLED.level * height):
        if line.box.centre_y >= level + LABELLED.free_below * height or is_page_number(line.text):
            break
        if not all(is_figure(word.text) for word in line.words):
            break
        row.append(line)
        level = line.box.centre_y
    columns = place_figures(heads, [word for line in row for word in line.words])
    if columns is None or not _adds_up(sheet, columns):
        return None
    # Rows below one another add up line by line.
    parts = [[tuple(word for word in column if word in line.words) for column in columns] for line in row]
    is_one = len(row) == 1 or not all(_adds_up(sheet, part) for part in parts)
    return columns if is_one else None


def _adds_up(sheet: Sheet, columns: Sequence[Figures]) -> bool:
    """Tell whether each block adds up, where blank cells count for nothing."""
    texts = [_join_broken(column) or "0" for column in columns]
    ends = [number for number, head in enumerate(sheet.heads, 1) if head.label == sheet.heads[-1].label]
    return all(texts_add_up(texts[first:end]) for first, end in pairwise((0, *ends)))


def _join_broken(figures: Iterable[Word]) -> str:
    return "".join(word.text for word in sorted(figures, key=lambda word: word.box.centre_y))


def _lay_out(
    sheet: Sheet,
    columns: Sequence[Figures],
    *,
    header: PrintedHeads | None,
    caption: PrintedLabel | None = None,
    above: Sequence[Word] = (),
    rows: Sequence[LabelledRow] = (),
    groups: Sequence[RowGroup] = (),
    first: int = 0,
    unfinished: Unfinished | None = None,
) -> LabelledTable | None:
    """Return the grid of a sheet; None where a cell would hold two figures.

    Labels take as many columns as the sheet has on any page, so that its parts have the same columns.

    Args:
        sheet: of the form.
        columns: the figures of each column.
        header: None where it stands on the page before.
        caption: above it, if it has one.
        above: the words above its rows.
        rows: none where they have no labels: then one row of figures stands below the header.
        groups: the labels beside several rows.
        first: which of the rows of the sheet is the first here.
        unfinished: what is left of it for the next page.
    """
    cells: list[tuple[Cell, Figures]] = []
    depth = max((1 + len(row.groups) for row in sheet.rows), default=0)
    width = depth + len(columns)
    top = 0
    if caption:
        cells.append(_label_cell(caption, (0, 0), (1, width)))
        top = 1
    if header:
        cells.extend(_header_cells(sheet, header, above, top, depth))
        top += sheet.depth
    for number, row in enumerate(rows, top):
        inner = len(row.name.groups)
        cells.append(_label_cell(row.label, (number, inner), (1, depth - inner)))
    for group in groups:
        begin, end = group.rows
        cells.append(_label_cell(group.label, (top + begin, group.level), (end - begin, 1)))
    lines = [row.figures for row in rows] or [sum(columns, ())] * any(columns)
    for y, line in enumerate(lines, top):
        for x, column in enumerate(columns, depth):
            figures = tuple(word for word in column if word in line)
            if len(figures) > 1 and rows:
                return None
            if figures:
                cells.append((_cell(_join_broken(figures), figures, (y, x)), figures))
    grid = lay_out_cells((cell for cell, _ in cells), top + len(lines), width)
    return LabelledTable(grid, tuple(word for _, words in cells for word in words), first, unfinished)


def _header_cells(
    sheet: Sheet, header: PrintedHeads, zone: Sequence[Word], top: int, depth: int
) -> Iterator[tuple[Cell, Figures]]:
    """Yield the cells above columns, and the one above the labels of rows, whatever stands there."""
    for above, label in (*header.spanning, *zip(sheet.heads, header.heads, strict=True)):
        (first, end), (upper, lower) = above.columns, above.levels
        yield _label_cell(label, (top + upper, depth + first), (lower - upper, end - first))
    if depth:
        highest = min(label.box.top for label in header.all)
        left = min(label.box.left for label in header.all)
        corners = find_label(sheet.corner, zone) if sheet.corner else ()
        words = [word for word in zone if word.box.right <= left and word.box.centre_y > highest]
        corner = (
            corners[0] if len(corners) == 1 else PrintedLabel(tuple(one.words for one in join_lines(words)))
        )
        yield _label_cell(corner, (top, 0), (sheet.depth, depth))


def _label_cell(label: PrintedLabel, place: tuple[int, int], spans: tuple[int, int]) -> tuple[Cell, Figures]:
    return _cell(label.text, label.words, place, spans), label.words


def _cell(text: str, words: Figures, place: tuple[int, int], spans: tuple[int, int] = (1, 1)) -> Cell:
    box = box_around(word.box for word in words) if words else None
    return Cell(text, *place, *spans, confidence=least_confidence(words), box=box)


# Which figure stands below which of the heads of columns, where no rule parts them. Both stand within their
# cells: what stands below any part of a head is of its column. A figure may stand beside its head, the one at
# the left of the cell and the other at the right. Then it is told where there are as many columns of figures
# as heads, or where figures of several rows show at which side they stand.

_SLACK = 2 * LABELLED.same


def place_figures(heads: Sequence[Box], figures: Sequence[Word]) -> tuple[tuple[Word, ...], ...] | None:
    """Return the figures below each head; None where one of them may be below another.

    Args:
        heads: their boxes from left to right; no two overlap.
        figures: behind the labels, in any order.
    """
    if len(heads) == 1:
        return (tuple(figures),)
    columns = list(_split_columns(figures))
    side = _tell_side(columns)
    are_all = len(columns) == len(heads) and all(map(_is_column, columns))
    placed: list[tuple[Word, ...]] = [()] * len(heads)
    for number, column in enumerate(columns):
        box = box_around(word.box for word in column)
        below = [n for n, head in enumerate(heads) if min(head.right, box.right) > max(head.left, box.left)]
        if not below and are_all:
            below = [number]
        elif not below and side is not None:
            below = [sum(head.centre_x < box.centre_x for head in heads) + side]
        if len(below) != 1 or not 0 <= below[0] < len(heads) or placed[below[0]]:
            return None
        placed[below[0]] = column
    return tuple(placed) if _are_apart(heads, placed) else None


def _split_columns(figures: Iterable[Word]) -> Iterator[tuple[Word, ...]]:
    """Yield figures that stand above one another, from left to right."""
    column: list[Word] = []
    for word in sorted(figures, key=lambda word: word.box.left):
        if column and word.box.left >= max(other.box.right for other in column):
            yield tuple(column)
            column = []
        column.append(word)
    if column:
        yield tuple(column)


def _tell_side(columns: Sequence[Sequence[Word]]) -> int | None:
    """Return how far off a head beside a column is from the next at its right; None where that is not told.

    Numbers that end below one another stand at the right of their cells, where none of their heads begins
    further right: so theirs is the head before. Of those that begin so it is the next.
    """
    if not all(map(_is_column, columns)):
        return None
    spans = [(list_places([word.box for word in column]), _SLACK * column[0].height) for column in columns]
    lefts, rights = (all(max(at[n]) - min(at[n]) <= slack for at, slack in spans) for n in (0, 1))
    return None if lefts is rights else 0 if lefts else -1


def _is_column(column: Sequence[Word]) -> bool:
    """Tell whether figures begin, end, or have their middle below one another, a number among them."""
    # A dash may stand otherwise than the numbers of its column, and make one of its own beside a blank one.
    if not any(char.isdigit() for word in column for char in word.text):
        return False
    return are_aligned([word.box for word in column], _SLACK * column[0].height)


def _are_apart(heads: Sequence[Box], placed: Sequence[Sequence[Word]]) -> bool:
    """Tell whether no column, its head included, reaches into the next."""
    spans = [
        box_around([head, *(word.box for word in column)]) for head, column in zip(heads, placed, strict=True)
    ]
    return all(before.right <= behind.left for before, behind in pairwise(spans))
