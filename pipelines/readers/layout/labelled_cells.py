"""The labels and figures of a sheet → a box for each of its cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.readers.layout.geometry import box_around, is_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.readers.layout.form_sheets import Sheet
    from pipelines.readers.layout.labelled_rows import LabelledRows
    from pipelines.readers.layout.printed_labels import PrintedHeads, PrintedLabel
    from pipelines.readers.layout.printed_lines import Word
    from pipelines.text.blocks import Box

_MARGIN = 0.25
"""Heights of a character around a table."""


@dataclass(frozen=True, slots=True)
class Laid:
    """What is found of a sheet on a page.

    Attributes:
        sheet: of the form.
        caption: above it, if it has one.
        header: None where it stands on the page before.
        rows: None where they have no labels: then one row of figures stands below the header.
        heads: the boxes of the heads of columns, from left to right, here or on the page before.
        columns: the figures of each column.
    """

    sheet: Sheet
    caption: PrintedLabel | None
    header: PrintedHeads | None
    rows: LabelledRows | None
    heads: tuple[Box, ...]
    columns: tuple[tuple[Word, ...], ...]

    @property
    def margin(self) -> float:
        """The room around the table, in points."""
        return _MARGIN * (self.heads[0][3] - self.heads[0][1])


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell: its box, and the words that are to stand in it."""

    box: Box
    words: tuple[Word, ...] = ()


def place_cells(laid: Laid) -> tuple[Box, ...] | None:
    """Return the boxes of the cells of a sheet; None where one would hold two figures or others' words."""
    upper = _header_levels(laid, laid.header) if laid.header else []
    levels = _row_levels(laid)
    edges = _column_edges(laid)
    labels = _label_edges(laid, edges[0])
    if labels is None or not (_do_rise([*upper, *levels]) and _do_rise([*labels, *edges])):
        return None
    cells = list(_figure_cells(laid, levels, edges))
    if any(len(cell.words) > 1 for cell in cells):
        return None
    left = labels[0] if labels else edges[0]
    if laid.header:
        cells.extend(_header_cells(laid, laid.header, [*upper, levels[0]], [left, *edges]))
    if laid.rows:
        cells.extend(_label_cells(laid.rows, levels, [*labels, edges[0]]))
    if laid.caption:
        top = laid.caption.box[1] - laid.margin
        cells.append(_Cell((left, top, edges[-1], [*upper, *levels][0]), laid.caption.words))
    return tuple(cell.box for cell in cells) if _hold_their_own(cells) else None


def _header_levels(laid: Laid, header: PrintedHeads) -> list[float]:
    """Return where each level of the header begins, down the page."""
    placed = [*header.spanning, *zip(laid.sheet.heads, header.heads, strict=True)]
    highest = min(label.first for label in header.all)
    top = min(label.box[1] for label in header.all) - laid.margin
    levels = [(laid.caption.last + highest) / 2 if laid.caption else top]
    for level in range(1, laid.sheet.depth):
        above = max(label.last for one, label in placed if one.levels[1] == level)
        below = min(label.first for one, label in placed if one.levels[0] == level)
        levels.append((above + below) / 2)
    return levels


def _row_levels(laid: Laid) -> list[float]:
    """Return where each row begins, and where the last ends."""
    extents, box = _rows_of(laid)
    top = box[1] - laid.margin
    if laid.header:
        top = (max(label.last for label in laid.header.all) + extents[0][0]) / 2
    between = [(above[1] + below[0]) / 2 for above, below in pairwise(extents)]
    return [top, *between, box[3] + laid.margin]


def _rows_of(laid: Laid) -> tuple[list[tuple[float, float]], Box]:
    """Return the middles of the first and the last line of each row, and the box around all rows."""
    if laid.rows:
        boxes = [*(label.box for label in laid.rows.labels), *(word.box for word in laid.rows.figures)]
        return [row.extent for row in laid.rows.rows], box_around(boxes)
    figures = [word for column in laid.columns for word in column]
    middles = [word.middle[1] for word in figures]
    return [(min(middles), max(middles))], box_around(word.box for word in figures)


def _column_edges(laid: Laid) -> list[float]:
    """Return the edges of the columns of figures, the outer ones too."""
    spans = [
        box_around([head, *(word.box for word in column)])
        for head, column in zip(laid.heads, laid.columns, strict=True)
    ]
    first = spans[0][0] - laid.margin
    if laid.rows:
        corner = laid.header.corner if laid.header else None
        first = (max(laid.rows.label_end, corner.end if corner else 0.0) + spans[0][0]) / 2
    between = [(before[2] + behind[0]) / 2 for before, behind in pairwise(spans)]
    return [first, *between, spans[-1][2] + laid.margin]


def _label_edges(laid: Laid, end: float) -> list[float] | None:
    """Return where the columns of labels begin: one for each depth of groups printed here, and that of rows.

    None where the labels of one depth reach into those of the next.
    """
    rows = laid.rows
    if rows is None:
        return []
    corner = laid.header.corner if laid.header else None
    left = min(label.box[0] for label in (*rows.labels, *((corner,) if corner else ())))
    edges = [left - laid.margin]
    for level in _printed_levels(rows):
        before = max(group.label.end for group in rows.groups if group.level <= level)
        deeper = [row.label for row in rows.rows if len(row.name.groups) > level]
        deeper += [group.label for group in rows.groups if group.level > level]
        behind = min((label.box[0] for label in deeper), default=end)
        if before > behind:
            return None
        edges.append((before + behind) / 2)
    return edges


def _printed_levels(rows: LabelledRows) -> list[int]:
    return sorted({group.level for group in rows.groups})


def _figure_cells(laid: Laid, levels: Sequence[float], edges: Sequence[float]) -> Iterator[_Cell]:
    """Yield the cells of figures, blank ones too."""
    for (left, right), column in zip(pairwise(edges), laid.columns, strict=True):
        for top, bottom in pairwise(levels):
            words = tuple(word for word in column if top <= word.middle[1] <= bottom)
            yield _Cell((left, top, right, bottom), words)


def _header_cells(
    laid: Laid, header: PrintedHeads, levels: Sequence[float], edges: Sequence[float]
) -> Iterator[_Cell]:
    """Yield the cells above the columns; the first of the edges is that of the corner above the labels."""
    for one, label in (*header.spanning, *zip(laid.sheet.heads, header.heads, strict=True)):
        (first, end), (top, bottom) = one.columns, one.levels
        yield _Cell((edges[first + 1], levels[top], edges[end + 1], levels[bottom]), label.words)
    if laid.rows:
        words = header.corner.words if header.corner else ()
        yield _Cell((edges[0], levels[0], edges[1], levels[-1]), words)


def _label_cells(rows: LabelledRows, levels: Sequence[float], edges: Sequence[float]) -> Iterator[_Cell]:
    """Yield the cells of the labels of rows and groups; of a group printed on the page before, blank ones."""
    printed = _printed_levels(rows)
    for column, level in enumerate(printed):
        groups = [group for group in rows.groups if group.level == level]
        for group in groups:
            first, end = group.rows
            yield _Cell((edges[column], levels[first], edges[column + 1], levels[end]), group.label.words)
        for number, row in enumerate(rows.rows):
            is_held = any(group.rows[0] <= number < group.rows[1] for group in groups)
            if len(row.name.groups) > level and not is_held:
                yield _Cell((edges[column], levels[number], edges[column + 1], levels[number + 1]))
    for number, row in enumerate(rows.rows):
        column = sum(level < len(row.name.groups) for level in printed)
        yield _Cell((edges[column], levels[number], edges[-1], levels[number + 1]), row.label.words)


def _do_rise(values: Sequence[float]) -> bool:
    return all(before < behind for before, behind in pairwise(values))


def _hold_their_own(cells: Sequence[_Cell]) -> bool:
    """Tell whether every word stands in the box of its own cell only, and no two figures in one."""
    return all(
        [other for other in cells if is_inside(word.middle, other.box)] == [cell]
        for cell in cells
        for word in cell.words
    )
