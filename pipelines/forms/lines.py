"""The rows of printed tables as lines of a statutory table: labels first, then what may be values.

Which cells of a row are labels is told by the words of the form, never by the column they stand in: spans are
lost in most layouts, and the depth of the labels changes within one table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import zip_longest

from pipelines.forms.cell_values import read_cell
from pipelines.forms.form_model import CellState, Measure
from pipelines.forms.label_matching import (
    Name,
    TableWords,
    caption_block,
    heading_table,
    is_corner,
    is_spanning,
    match_label,
)
from pipelines.forms.labels import STATUTORY, is_blank, remember
from pipelines.forms.printed_labels import STATUTORY_TABLES, Kind
from pipelines.grid import Cell, Layout, Table, TableRow
from pipelines.structs import FrozenStruct

Matches = Mapping[int, tuple[Name, ...]]
"""The names of the form that cells of a row are, by the number of the cell."""


_FIGURES_BEHIND = re.compile(r"(?<=[^\W\d_)）”」》])[\s\d.,，．+\-—－/％%]*(?:万?元|件)?\s*$")


# Names that other tables have too (总计, 其他).
_WEAK = frozenset({"results_total", "other_misc", "total", "other_org", "other_result"})
_FEWEST_COLUMNS = {"t2": 1, "t3": 2, "t4": 2}
# Characters, white space included, up to which a cell may be a label.
_LONGEST_TEXT = 400


class Role(StrEnum):
    """What a line is in its table."""

    BLANK = "blank"
    HEADING = "heading"
    CAPTION = "caption"
    HEADER = "header"
    GROUP = "group"
    """A label above others, without figures."""
    ROW = "row"
    """A row whose label is a name of the form."""
    OTHER = "other"
    """A label that is no name of the form."""
    FIGURES = "figures"
    """Figures without a label."""


class Line(FrozenStruct):
    """A row of a printed table, seen as part of one statutory table.

    Attributes:
        words: what the rows and columns of that statutory table are called.
        table: that it is printed in.
        row: as printed.
        role: what it is.
        labels: its label cells that are not blank, in order.
        depth: how many of its cells stand before the first value.
        names: those of the form that its last label is.
        key: of the table or block that a heading or caption opens.
        values: the cells behind its labels.
        filled: which of those are not blank.
    """

    words: TableWords
    table: Table
    row: TableRow
    role: Role
    labels: tuple[str, ...] = ()
    depth: int = 0
    names: tuple[Name, ...] = ()
    key: str | None = None
    values: tuple[Cell, ...] = ()
    filled: tuple[int, ...] = ()

    @property
    def row_id(self) -> int:
        """What tells its printed row from all others, equal ones included."""
        return id(self.row)

    @property
    def row_keys(self) -> tuple[str, ...]:
        """The keys of the rows that it may be."""
        return tuple(name.key for name in self.names if name.kind is Kind.ROW)

    @property
    def has_cells(self) -> bool:
        """Whether it is a row, of the form or not, or the figures of one."""
        return self.role in (Role.ROW, Role.OTHER, Role.FIGURES)

    @property
    def label(self) -> str:
        """Its last label as printed."""
        return self.labels[-1] if self.labels else ""

    @property
    def figures(self) -> tuple[Cell, ...]:
        """The cells behind its labels that are not blank."""
        return tuple(self.values[number] for number in self.filled)

    @property
    def figure_words(self) -> list[str]:
        """What is printed in these cells, parted where white space stands."""
        return [word for cell in self.figures for word in cell.text.split()]

    @property
    def has_figures(self) -> bool:
        """Whether anything is printed behind its labels."""
        return bool(self.filled)


def read_line(table: Table, row: TableRow, words: TableWords) -> Line:
    """Read a row as a line of a statutory table.

    Args:
        table: that holds the row.
        row: to be read.
        words: of the statutory table.
    """
    filled = [number for number, cell in enumerate(row.cells) if cell.text and not is_blank(cell.text)]
    line_of = partial(Line, words, table, row)
    if not filled:
        return line_of(Role.BLANK, values=row.cells)
    first = row.cells[filled[0]].text
    # 一、本年新收… is a row and 三、收到和处理… a heading, both within what one table may print.
    if opened := heading_table(first):
        return line_of(Role.HEADING, labels=(first,), key=opened)
    block = caption_block(first) if words.table == "t2" else None
    if block and not any(is_figure(row.cells[number].text) for number in filled):
        return line_of(Role.CAPTION, labels=(first,), key=block)
    worded = [number for number in filled if not row.cells[number].text.isdigit()]
    matches = {
        number: found for number in worded if (found := match_label(words, _label_part(table, row, number)))
    }
    if len(worded) == len(filled) and _is_header(row, worded, matches):
        return line_of(Role.HEADER)
    depth = _label_depth(row, filled, matches)
    labels = tuple(_label_part(table, row, number) for number in filled if number < depth)
    values = row.cells[depth:]
    behind = tuple(number - depth for number in filled if number >= depth)
    if not labels:
        return line_of(Role.FIGURES, values=values, filled=behind)
    last = filled[len(labels) - 1]
    named = tuple(name for name in matches.get(last, ()) if name.kind is not Kind.COLUMN)
    is_row = any(name.kind is Kind.ROW for name in named)
    role = Role.ROW if is_row else Role.GROUP if named and not behind else Role.OTHER
    return line_of(role, labels, depth, named, values=values, filled=behind)


def is_filled(cell: Cell) -> bool:
    """Tell whether anything is printed in a cell."""
    return not is_blank(cell.text)


def _has_words(text: str) -> bool:
    return any(char.isalnum() and not char.isdecimal() for char in text)


@remember
def is_figure(text: str) -> bool:
    """Tell whether a cell that is not blank states a figure, a dash or several, and no words."""
    if not _has_words(text):
        return True
    return len(text) < 40 and read_cell(text, Measure.CHANGE).state is not CellState.TEXT


def find_shown_table(row: TableRow, words: tuple[TableWords, ...]) -> str | None:
    """Return the statutory table that the words of a row alone show it to be part of."""
    texts = (cell.text for cell in row.cells)
    shown = [
        _shown_by(text, words) for text in texts if text and not text.isdigit() and len(text) <= _LONGEST_TEXT
    ]
    found = {table for tables, _ in shown for table in tables}
    columns = Counter(table for table, _ in {one for _, named in shown for one in named})
    found.update(table for table, fewest in _FEWEST_COLUMNS.items() if columns[table] >= fewest)
    return next((table for table in STATUTORY_TABLES if table in found), None)


@remember
def without_figures(text: str) -> str:
    """Return a label that has lost its border to the figures behind it without those figures."""
    return _FIGURES_BEHIND.sub("", text) or text


@remember
def _shown_by(text: str, words: tuple[TableWords, ...]) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the tables that a label alone shows, and the columns that it names, with their table."""
    if not _has_words(text):
        return frozenset(), frozenset()
    tables = {heading_table(text)} | ({"t2"} if caption_block(text) else set())
    tables |= {"t3"} if is_corner(text) else set()
    columns: set[tuple[str, str]] = set()
    for one in words:
        key = one.table
        found = match_label(one, without_figures(text))
        names = [name for name in found if name.key not in _WEAK]
        tables |= {key for name in names if name.kind is not Kind.COLUMN}
        columns |= {(key, name.key) for name in names if name.kind is Kind.COLUMN}
    return frozenset(filter(None, tables)), frozenset(columns)


def _label_part(table: Table, row: TableRow, number: int) -> str:
    text = row.cells[number].text
    return without_figures(text) if table.layout is Layout.GLUED else text


def _label_depth(row: TableRow, filled: Sequence[int], matches: Matches) -> int:
    """Return how many cells stand before the first value.

    Up to the last label that names a row, if no figure stands between it and the labels before it; words that
    follow a group belong to the labels too, those that follow a row are what its cells state.
    """
    depth, in_row = 0, False
    for number, following in zip_longest(filled, filled[1:]):
        found = matches.get(number, ())
        is_row = any(name.kind is Kind.ROW for name in found)
        if is_row or (not in_row and not is_figure(row.cells[number].text)):
            in_row = in_row or (is_row and not any(name.kind is Kind.GROUP for name in found))
            depth = number + 1
        # A figure may be the number of a row that stands in a cell before its label.
        elif depth or in_row or following not in matches:
            break
    return depth


def _is_header(row: TableRow, filled: Sequence[int], matches: Matches) -> bool:
    """Tell whether a row names columns: no figures, and too many words for a row's labels, or none of one."""
    texts = [row.cells[number].text for number in filled]
    if any(map(is_figure, texts)):
        return False
    # 沭阳 2025: an extractor named the columns whose names it had lost: 类别 | 数据1 | … | 数据6 | 总计.
    named = any(name.kind is not Kind.COLUMN for name in matches.get(filled[0], ()))
    if len(filled) > STATUTORY.row_labels and not named:
        return True
    if any(is_corner(text) or is_spanning(text) for text in texts):
        return True
    kinds = [{name.kind for name in found} for found in matches.values()]
    return {Kind.COLUMN} in kinds and all(Kind.COLUMN in found for found in kinds)
