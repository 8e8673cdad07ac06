"""Statutory tables that no rule draws → the boxes of their cells.

words ─ labels of a form ─▶ rows ─┐
      └ labels above columns ─────┴─▶ figures in their columns ─▶ boxes

What comes out is taken further as if it had been drawn. Where a label is not printed as a form has it, where
anything else stands in the table, where a figure may be of two columns, no boxes come out.

The real reports at hand are all printed with rules. That tables without them are read as well is shown by
reports that are set in layouts drawn at random (`tests/renditions/layouts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.readers.layout.figure_columns import place_figures
from pipelines.readers.layout.form_sheets import known_sheets
from pipelines.readers.layout.geometry import box_around, is_inside
from pipelines.readers.layout.labelled_cells import Laid, place_cells
from pipelines.readers.layout.labelled_rows import read_rows
from pipelines.readers.layout.page_margins import is_page_number
from pipelines.readers.layout.printed_labels import LABELLED, find_label, read_heads
from pipelines.readers.layout.printed_lines import is_figure, join_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.layout.form_sheets import Sheet
    from pipelines.readers.layout.printed_labels import PrintedHeads
    from pipelines.readers.layout.printed_lines import Word
    from pipelines.text.blocks import Box

_EVERYWHERE = float("inf")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A sheet of which the page before holds only the first rows.

    Attributes:
        sheet: that goes on.
        row: which of its rows comes next.
        heads: the boxes of the heads of its columns, on the page where they stand.
    """

    sheet: Sheet
    row: int
    heads: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class LabelledTable:
    """The boxes of the cells of a sheet on a page, and what is left of it for the next page."""

    cells: tuple[Box, ...]
    unfinished: Unfinished | None = None


def find_labelled_tables(words: Sequence[Word], before: Unfinished | None) -> tuple[LabelledTable, ...]:
    """Return the statutory tables of a page whose labels are printed word for word, in no order.

    Args:
        words: of the page, those of ruled tables left out.
        before: the sheet that goes on from the page before.
    """
    tables: list[LabelledTable] = []
    left = list(words)
    for sheet in known_sheets():
        found = (_read_labelled if sheet.is_labelled else _read_unlabelled)(sheet, left, before)
        if found:
            tables.append(found)
            box = box_around(found.cells)
            left = [word for word in left if not is_inside(word.middle, box)]
    return tuple(tables)


def _read_labelled(sheet: Sheet, words: Sequence[Word], before: Unfinished | None) -> LabelledTable | None:
    """Return a sheet whose rows have labels, or the part of it on this page."""
    captions = find_label(sheet.caption, words) if sheet.caption else ()
    if sheet.caption and len(captions) != 1:
        return None
    caption = captions[0] if captions else None
    rows = read_rows(sheet, words, caption)
    if rows is None:
        return None
    above = caption.last if caption else -_EVERYWHERE
    heads = read_heads(sheet, words, (above, rows.rows[0].extent[0]), rows.label_end)
    boxes = heads.boxes if heads else _carry_heads(sheet, rows.first, before)
    columns = place_figures(boxes, rows.figures) if boxes else None
    if boxes is None or columns is None or (heads is None and rows.first == 0):
        return None
    cells = place_cells(Laid(sheet, caption, heads, rows, boxes, columns))
    if cells is None:
        return None
    end = rows.first + len(rows.rows)
    return LabelledTable(cells, Unfinished(sheet, end, boxes) if end < len(sheet.rows) else None)


def _carry_heads(sheet: Sheet, row: int, before: Unfinished | None) -> tuple[Box, ...] | None:
    """Return the heads of the sheet that goes on from the page before, if this row is its next."""
    if before is None or before.row != row or before.sheet.heads != sheet.heads:
        return None
    # A form and those that extend it are alike up to the first row that is added.
    return before.heads if before.sheet.rows[:row] == sheet.rows[:row] else None


def _read_unlabelled(sheet: Sheet, words: Sequence[Word], _: Unfinished | None) -> LabelledTable | None:
    """Return a sheet of one row of figures below the heads of its columns."""
    tops = [one.first for above in sheet.spanning for one in find_label(above.label, words)]
    top = min(tops, default=_EVERYWHERE)
    figures = [word for word in words if is_figure(word.text) and word.middle[1] > top]
    if not figures:
        return None
    highest = min(figures, key=lambda word: word.middle[1])
    below = highest.middle[1] - LABELLED.level * highest.height
    heads = read_heads(sheet, words, (-_EVERYWHERE, below), -_EVERYWHERE)
    row = _row_of_figures(heads, words, highest) if heads else None
    columns = place_figures(heads.boxes, row) if heads and row else None
    cells = place_cells(Laid(sheet, None, heads, None, heads.boxes, columns)) if heads and columns else None
    return LabelledTable(cells) if cells else None


def _row_of_figures(heads: PrintedHeads, words: Sequence[Word], highest: Word) -> tuple[Word, ...] | None:
    """Return the figures on one line below heads; None where there is more than one such line, or words."""
    level, height = highest.middle[1], highest.height
    row = tuple(word for word in words if abs(word.middle[1] - level) <= LABELLED.level * height)
    is_near = level - max(head.last for head in heads.heads) <= LABELLED.furthest_row * height
    if not is_near or not all(is_figure(word.text) for word in row):
        return None
    below = [
        word
        for word in words
        if level + LABELLED.level * height < word.middle[1] < level + LABELLED.free_below * height
    ]
    lines = [line for line in join_lines(below) if not is_page_number(line.text)]
    return None if any(is_figure(word.text) for line in lines for word in line.words) else row
