"""The columns that a statutory table prints, in printed order, out of its header lines.

What is printed decides, also where it is reordered, has a column more or fewer. Without a header the order is
the form's. A header whose words are there but cannot be put in order is no order at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise
from typing import TypeVar

from pipelines.forms.form_model import Column
from pipelines.forms.label_matching import (
    TableWords,
    is_above_labels,
    is_added,
    is_corner,
    is_spanning,
    keys_of,
    names_added_column,
)
from pipelines.forms.labels import folded_label, is_numbered, label_head
from pipelines.forms.lines import Line, Role, is_filled
from pipelines.forms.printed_labels import Kind
from pipelines.grid import Cell, Layout, Table
from pipelines.structs import FrozenStruct

T = TypeVar("T")
# In brackets behind a label, or in a line of its own above the table (单位：万元).
_UNIT = re.compile(r"(?:[(（][^)）]*?|单位[:：]?)(万元|亿元|元|件|项)")
_LEAST_SIMILAR = 0.5
MOST_LINES = 12
"""A header has no more lines; a page may be made of nothing else."""
# Columns of tables that print 法人或其他组织 as one column.
_MOST_BESIDE_SPANNING = 4


class PrintedColumn(FrozenStruct):
    """A column as printed.

    Attributes:
        column: of the form; None for one that the form does not have.
        label: as printed; as the form prints it where there is no header.
        unit: printed in the label.
        first: the grid column in which its label begins; None where that says nothing.
        end: the grid column behind its label.
    """

    column: Column | None
    label: str
    unit: str | None = None
    first: int | None = None
    end: int | None = None


class Header(FrozenStruct):
    """The columns of a stretch of a table.

    Attributes:
        columns: in printed order; empty where they are printed but cannot be put in order.
        table: the printed table that the labels stand in; None without labels.
        width: how many cells the widest line of labels has, those above the labels of rows included.
        lead: how many blank cells stand in that line between those and the first column; None where it does
            not hold all the labels.
        full_end: the grid column behind everything that the header lines print, blank cells included.
        is_whole: whether the columns are those of the form, in whatever order, and none without a name.
        is_torn: whether too few labels are left whole to tell the order, so that only rows that add up count.
    """

    columns: tuple[PrintedColumn, ...]
    table: Table | None = None
    width: int | None = None
    lead: int | None = None
    full_end: int = 0
    is_whole: bool = True
    is_torn: bool = False

    def parts_of(self, cells: Sequence[T]) -> list[Sequence[T]]:
        """Return the cells of a row in groups that end in a total; none where the last is no total."""
        ends = [
            number for number, one in enumerate(self.columns, 1) if one.column and one.column.key == "total"
        ]
        is_grouped = bool(ends) and ends[-1] == len(self.columns)
        return [cells[first:end] for first, end in pairwise((0, *ends))] if is_grouped else []


NO_HEADER = Header(())
"""Columns that are printed but cannot be put in order."""


def header_of_form(columns: Sequence[Column]) -> Header:
    """Return the header of a table that prints none: the columns in the form's order."""
    return Header(tuple(PrintedColumn(column, column.label) for column in columns))


def read_header(lines: Sequence[Line], columns: Sequence[Column], label_end: int) -> Header:
    """Read the header lines above a stretch of rows.

    Args:
        lines: those that stand together above the rows, in order; others than headers are passed over.
        columns: of the form, in its order.
        label_end: the grid column behind the labels of the rows; decides nothing but in ruled layouts.
    """
    lines = [line for line in lines if line.role is Role.HEADER]
    if not lines:
        return header_of_form(columns)
    words, table = lines[-1].words, lines[-1].table
    if table.is_unsplit:
        return _unsplit_header(lines, columns)
    leaves, is_ruled = _find_leaves(words, lines, columns, label_end)
    if not leaves:
        return Header((), table) if any(map(names_column, lines)) else header_of_form(columns)
    printed = _name_columns(words, leaves, columns, is_ruled=is_ruled)
    found = [one.column.key for one in printed if one.column]
    if not is_ruled and (printed[-1].column if found == ["total"] else _are_pieces_in_order(leaves, columns)):
        return header_of_form(columns).replace(is_torn=True)
    if len(found) != len(set(found)) or not found:
        return Header((), table)
    # In a ruled layout a column without a name may stand between others.
    has_nameless = is_ruled and any(one.end != other.first for one, other in pairwise(printed))
    is_whole = len(printed) == len(columns) == len(found) and not has_nameless
    lead = _count_lead(lines, leaves[0])
    return Header(
        printed,
        table if is_ruled or table.layout is not Layout.CELLS else None,
        max(len(line.row.cells) for line in lines),
        lead,
        max(cell.end for line in lines for cell in line.row.cells),
        is_whole,
    )


def _are_pieces_in_order(leaves: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Tell whether labels are pieces of names of columns, none whole, in the form's order."""
    # 上海市科委 2024: the lower halves of names, 业 | 构 | 益组织 | 务机构, stand in a row between bars.
    labels = [folded_label(column.label) for column in columns]
    pieces = [folded_label(cell.text) for cell in leaves]
    return len(pieces) > 1 and not {*pieces} & {*labels} and _are_contained(pieces, labels)


def keeps_pieces_in_order(line: str, columns: Sequence[Column]) -> bool:
    """Tell whether the names of columns on a line, and pieces of names, keep the order of the columns."""
    labels = [folded_label(column.label) for column in columns]
    return _are_contained([piece for piece in line.split() if _are_contained([piece], labels)], labels)


def _are_contained(pieces: Iterable[str], labels: Iterable[str]) -> bool:
    """Tell whether each of several pieces stands in a label behind that of the piece before it."""
    left = iter(labels)
    return all(any(folded_label(piece) in label for label in left) for piece in pieces)


def unit_in_label(label: str) -> str | None:
    """Return the unit that a header prints (采购总金额(单位:万元,保留4位小数)); None where it prints none."""
    # 新乡 2019 and 信阳 2019 print the unit in the header, 平原示范区 2020 in the cell, others nowhere.
    found = _UNIT.search(folded_label(label))
    return found[1] if found else None


def _find_leaves(
    words: TableWords, lines: Sequence[Line], columns: Sequence[Column], label_end: int
) -> tuple[list[Cell], bool]:
    """Return the lowest labels in printed order, and whether their spans say where they stand."""
    table = lines[-1].table
    if table.has_spans:
        leaves = _leaves_by_span(lines, label_end)
        if not leaves or _is_seamless(lines, leaves):
            return leaves, True
    return _leaves_by_order(words, lines, columns), False


def _is_seamless(lines: Sequence[Line], leaves: Sequence[Cell]) -> bool:
    """Tell whether every header line covers all the columns; where one does not, a cell of it is lost."""
    region = range(leaves[0].column, leaves[-1].end)
    covered = {line.row.number: set[int]() for line in lines if line.table is lines[-1].table}
    for line in lines:
        for cell in line.row.cells:
            for below in range(cell.row_span if line.row.number in covered else 0):
                covered.get(line.row.number + below, set()).update(range(cell.column, cell.end))
    return all(columns.issuperset(region) for columns in covered.values())


def _leaves_by_span(lines: Sequence[Line], label_end: int) -> list[Cell]:
    """Return the header cells below which no other begins, from left to right."""
    leaves: list[Cell] = []
    begun_below: set[int] = set()
    for line in reversed(lines):
        cells = [cell for cell in line.row.cells if is_filled(cell) and not is_corner(cell.text)]
        for cell in cells:
            covered = range(cell.column, cell.end)
            reaches_behind = cell.column and covered.stop > label_end
            is_label = (cell.column < label_end and not reaches_behind) or is_above_labels(cell.text)
            if not is_label and begun_below.isdisjoint(covered):
                leaves.append(cell)
        begun_below.update(cell.column for cell in cells)
    return sorted(leaves, key=lambda cell: cell.column)


def _leaves_by_order(words: TableWords, lines: Sequence[Line], columns: Sequence[Column]) -> list[Cell]:
    """Return the header cells in printed order where spans are lost.

    The cells of a line stand in place of the spanning one above them. Where no such cell is printed, the
    order counts as the form's if every line keeps it and every column is named once.
    """
    items = [cells for line in lines if (cells := _words_of(line))]
    if not items:
        return []
    # html2text wraps the note in the corner: its end, which no word knows, stands before 申请人情况.
    if len(items) > 1 and items[0][0] is lines[0].row.cells[0] and _is_unknown(words, items[0][0].text):
        # What stands first above the others stands above the labels of rows.
        items[0] = items[0][1:]
    order = {column.key: number for number, column in enumerate(columns)}
    expanded = _expand_spanning(words, items, 0)
    if expanded is not None:
        numbers = _places_in_form(words, expanded, order)
        # A header that breaks behind 申请人情况 | 自然人 puts the names of its first line behind the others.
        return expanded if len(items) == 1 or numbers == sorted(numbers) else []
    placed: dict[int, Cell] = {}
    for line_cells in items:
        cells = [cell for cell in line_cells if not is_spanning(cell.text)]
        numbers = _places_in_form(words, cells, order)
        # 尼勒克 2023: where nothing parts the lines, 总计 stands before those that 法人或其他组织 spans.
        falls = sum(behind < before for before, behind in pairwise(numbers))
        if len(numbers) != len(cells) or falls > (len(cells) < len(line_cells)) or -1 in numbers:
            return []
        placed.update(zip(numbers, cells, strict=True))
    return [placed[number] for number in sorted(placed)] if len(placed) == len(columns) else []


def _places_in_form(words: TableWords, cells: Iterable[Cell], order: Mapping[str, int]) -> list[int]:
    """Return the places in the form of the columns that cells name, -1 for one of another table."""
    return [order.get(name, -1) for cell in cells for name in _column_keys(words, cell.text)[:1]]


def _expand_spanning(words: TableWords, items: Sequence[list[Cell]], at: int) -> list[Cell] | None:
    """Return a line of labels with its spanning one replaced by the line below; None where none is told."""
    cells = items[at]
    # The form prints 法人或其他组织 above five columns; local copies collapse them to that one.
    spanning = [cell for cell in cells if is_spanning(cell.text)]
    if at + 1 == len(items):
        # A spanning label among those that it spans: two lines were taken for one.
        return cells if not spanning or len(cells) <= _MOST_BESIDE_SPANNING else None
    if not spanning:
        spanning = [cell for cell in cells if not _column_keys(words, cell.text)]
    below = _expand_spanning(words, items, at + 1)
    if len(spanning) != 1 or below is None:
        return None
    place = cells.index(spanning[0])
    return [*cells[:place], *below, *cells[place + 1 :]]


def _count_lead(lines: Sequence[Line], first: Cell) -> int | None:
    if len(lines) > 1 or not is_above_labels(lines[0].row.cells[0].text):
        return None
    return lines[0].row.cells.index(first) - 1


def _words_of(line: Line) -> list[Cell]:
    return [
        cell
        for cell in line.row.cells
        if is_filled(cell) and not is_corner(cell.text) and not is_above_labels(cell.text)
    ]


def _is_unknown(words: TableWords, text: str) -> bool:
    return not (is_spanning(text) or is_added(label_head(text)) or _column_keys(words, text))


def _column_keys(words: TableWords, text: str) -> tuple[str, ...]:
    return () if is_numbered(text) else keys_of(words, text, Kind.COLUMN)


def names_column(line: Line) -> bool:
    """Tell whether a line names a column of the table."""
    return any(_column_keys(line.words, cell.text) for cell in line.row.cells)


def _name_columns(
    words: TableWords, leaves: Sequence[Cell], columns: Sequence[Column], *, is_ruled: bool
) -> tuple[PrintedColumn, ...]:
    by_key = {column.key: column for column in columns}
    found = [
        next((by_key[name] for name in _column_keys(words, cell.text) if name in by_key), None)
        for cell in leaves
    ]
    if len(leaves) == len(columns):
        found = _with_misspelt(leaves, found, columns)
    return tuple(
        PrintedColumn(
            column,
            cell.text,
            unit_in_label(cell.text),
            cell.column if is_ruled else None,
            cell.end if is_ruled else None,
        )
        for cell, column in zip(leaves, found, strict=True)
    )


def _with_misspelt(
    leaves: Sequence[Cell], found: Sequence[Column | None], columns: Sequence[Column]
) -> list[Column | None]:
    """Return the columns, those with misspelt labels filled in if all others keep the form's order."""
    if any(one is not None and one is not column for one, column in zip(found, columns, strict=True)):
        return list(found)
    return [
        column if one is not None or _resembles_label(cell.text, column.label) else None
        for cell, one, column in zip(leaves, found, columns, strict=True)
    ]


def _resembles_label(printed: str, label: str) -> bool:
    head = label_head(printed)
    if is_added(head) or len(head) > 3 * len(label):
        return False
    return SequenceMatcher(None, head, label_head(label), autojunk=False).ratio() >= _LEAST_SIMILAR


def _unsplit_header(lines: Sequence[Line], columns: Sequence[Column]) -> Header:
    """Read a header whose cells cannot be told apart: it must not speak against the form's order.

    Args:
        lines: the header lines.
        columns: of the form.
    """
    # Those of T3 but the first and the last stand in one line.
    inner = columns[1:-1] if lines[-1].words.table == "t3" else columns
    words = folded_label("".join(cell.text for line in lines for cell in line.row.cells))
    printed = [part for line in lines for part in line.row.text.splitlines()]
    is_torn = 2 * sum(folded_label(column.label) in words for column in inner) < len(inner)
    in_order = (
        all(map(partial(_keeps_halves_in_order, inner), printed)) if is_torn else _keeps_order(inner, words)
    )
    if names_added_column(words) or not in_order:
        return Header(())
    # pdftotext sets 商业企业 and its neighbours in two lines, the upper halves of all and the lower; without
    # -layout it sets each half on a line of its own, in any order.
    return header_of_form(columns).replace(is_torn=is_torn)


def _keeps_order(columns: Sequence[Column], words: str) -> bool:
    # Of a label the last place counts, for those that others contain.
    places = [place for column in columns if (place := max(map(words.rfind, column.anchors))) >= 0]
    return places == sorted(places)


def _keeps_halves_in_order(columns: Sequence[Column], line: str) -> bool:
    """Tell whether the beginnings of names that stand on one line keep the form's order."""
    folded = folded_label(line)
    heads = [folded_label(column.label)[:1] for column in columns]
    places = [folded.find(head) for head in heads if head in folded]
    return places == sorted(places) and not names_added_column(folded)


def with_line(above: Sequence[Line], line: Line) -> list[Line]:
    """Return header lines with one more below them; those far above are no part of the same header."""
    return [*above[1 - MOST_LINES :], line]


def header_groups(lines: Iterable[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Yield stretches of a table: the header lines that stand together, and the lines below them."""
    above: list[Line] = []
    below: list[Line] = []
    for line in lines:
        if line.role is Role.HEADER:
            if below:
                yield above, below
                above, below = [], []
            above = with_line(above, line)
        elif line.role is not Role.BLANK:
            below.append(line)
    if above or below:
        yield above, below
