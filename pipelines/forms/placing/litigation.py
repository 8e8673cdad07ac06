"""The table of reviews and lawsuits (T4): its blocks stand side by side in one row of figures, or a row each.

The order of its fifteen numbers is fixed, and the headers that say so lie in three lines whose spans most
layouts lose. So the headers are asked only whether they speak against the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.forms.lines import Role
from pipelines.forms.placing.headers import Header, PrintedColumn, with_line
from pipelines.forms.placing.records import AMBIGUOUS, LAYOUT_ERROR, Placing, is_filled
from pipelines.forms.placing.tokens import adds_up, number_of, stand_on_one_line
from pipelines.forms.records import How
from pipelines.forms.vocabulary import Kind, is_above_labels, is_spanning, match_label
from pipelines.tables.records import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.forms.lines import Line
    from pipelines.forms.records import Block, FormTable
    from pipelines.tables.records import TableCell


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block as printed.

    Attributes:
        line: that holds its figures.
        header: its columns in printed order.
        placing: which cell stands in which.
        label: of the block, as printed; None where it is not.
    """

    line: Line
    header: Header
    placing: Placing
    label: str | None = None


@dataclass(slots=True)
class _Part:
    """Header lines that stand together, and the lines of figures below them."""

    headers: list[Line] = field(default_factory=list)
    figures: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Order:
    """What stands in the places of a row of figures, from left to right.

    Attributes:
        blocks: in printed order; empty where that cannot be told, or each has a row of its own.
        columns: those of each block, in printed order; of any block where each has a row of its own.
        labels: of the blocks, as printed; None where they are not.
        first: the grid column of the first label in ruled layouts.
        end: the one behind the last.
        full_end: the one behind everything that the header lines print.
        width: how many cells the longest header line has.
    """

    blocks: tuple[Block, ...] = ()
    columns: tuple[Header, ...] = ()
    labels: tuple[str | None, ...] = ()
    first: int = 0
    end: int = 0
    full_end: int = 0
    width: int = 0

    @property
    def count(self) -> int:
        """How many figures a row has."""
        return sum(len(header.columns) for header in self.columns)


def place_litigation(lines: Sequence[Line], table: FormTable) -> list[dict[str, list[PlacedBlock]]]:
    """Place the blocks of T4: for each printed table, what stands for each block, by its key.

    Args:
        lines: of all T4 of the document, in order.
        table: of the form.
    """
    sheets: list[dict[str, list[PlacedBlock]]] = [{}]
    for part in _parts(lines):
        order = _order_of(part.headers, table)
        found: dict[str, list[PlacedBlock]] = {}
        for key, block in _place_part(part, order, table):
            found.setdefault(key, []).append(block)
        if part.headers and sheets[-1].keys() & found.keys():
            sheets.append({})
        for key, blocks in found.items():
            sheets[-1].setdefault(key, []).extend(blocks)
    return sheets


def _parts(lines: Sequence[Line]) -> Iterator[_Part]:
    part = _Part()
    for line in lines:
        if line.role is Role.HEADER:
            if part.figures:
                yield part
                part = _Part()
            part.headers = with_line(part.headers, line)
        elif line.role is not Role.HEADING and (part.headers or line.role is not Role.BLANK):
            part.figures.append(line)
    yield part


def _place_part(part: _Part, order: _Order, table: FormTable) -> Iterator[tuple[str, PlacedBlock]]:
    by_key = {block.key: block for block in table.blocks}
    rows = [line for line in part.figures if line.has_figures]
    if not rows:
        rows = [line for line in part.figures if line.role is Role.BLANK][:1]
    for line in rows:
        own = next((m.name.key for m in line.matches if m.name.key in by_key), None)
        if own:
            yield from _place_row(line, _order_of_row(by_key[own], order, line), table)
        else:
            yield from _place_row(line, order, table)


def _order_of_row(block: Block, order: _Order, line: Line) -> _Order:
    """Return what stands in a row that holds one block, which its label names."""
    if order.blocks and block not in order.blocks:
        return _Order()
    header = order.columns[0] if order.columns else _form_header(block)
    return _Order((block,), (header,), (line.label,), width=len(line.row.cells))


def _place_row(line: Line, order: _Order, table: FormTable) -> Iterator[tuple[str, PlacedBlock]]:
    if not order.blocks:
        for block in table.blocks:
            trouble = LAYOUT_ERROR if line.table.layout is Layout.GLUED else AMBIGUOUS
            yield block.key or "", PlacedBlock(line, _form_header(block), trouble)
        return
    cells = _cells_of(line, order)
    first = 0
    for block, header, label in zip(order.blocks, order.columns, order.labels, strict=True):
        if isinstance(cells, Placing):
            placing = cells
        else:
            how = How.FORM_ORDER if line.table.layout is Layout.SPACES else How.GRID
            placing = Placing(tuple(cells[first : first + len(header.columns)]), how)
        first += len(header.columns)
        yield block.key or "", PlacedBlock(line, header, placing, label)


def _cells_of(line: Line, order: _Order) -> list[TableCell | None] | Placing:
    """Return the figures of a row, one for each place, or why they cannot be told."""
    values = list(line.values)
    filled = [cell for cell in values if is_filled(cell)]
    if line.table.layout is Layout.GLUED:
        return LAYOUT_ERROR
    if not filled:
        return [None] * order.count
    if len(filled) > order.count:
        return LAYOUT_ERROR
    if line.table.layout is Layout.SPACES:
        return list(filled) if _all_stand(line, filled, order) else AMBIGUOUS
    start = values.index(filled[0])
    if len(filled) == order.count and values[start : start + order.count] == filled:
        return list(filled)
    if line.table.layout is Layout.CELLS and not line.table.capped:
        full_end = values[-1].column + values[-1].column_span
        values = [cell for cell in values if is_filled(cell) or order.first <= cell.column < order.end]
        extent = (values[0].column, values[-1].column + values[-1].column_span)
        is_whole = extent == (order.first, order.end) and full_end in (order.end, order.full_end)
    else:
        is_whole = len(line.row.cells) == order.width and not any(map(is_filled, values[order.count :]))
        values = values[: order.count]
        if line.table.layout is not Layout.LINES:  # else a blank cell at an edge may make up for a lost one
            ends_stand = is_filled(values[0]) and is_filled(values[-1])
            is_whole = is_whole and (ends_stand or _confirm_each_other(values, order))
    return list(values) if is_whole and len(values) == order.count else AMBIGUOUS


def _confirm_each_other(values: Sequence[TableCell], order: _Order) -> bool:
    """Tell whether every block that states anything states its total and adds up, one of them to a number."""
    size = len(order.columns[0].columns)
    blocks = [values[at : at + size] for at in range(0, len(values), size)]
    stated = [block for block in blocks if any(map(is_filled, block))]
    sums = [[number_of(cell.text) or Decimal(0) for cell in block if is_filled(cell)] for block in stated]
    add_up = all(
        is_filled(block[-1]) and sum(one) == 2 * one[-1] for block, one in zip(stated, sums, strict=True)
    )
    return add_up and any(one[-1] for one in sums)


def _all_stand(line: Line, figures: Sequence[TableCell], order: _Order) -> bool:
    if len(figures) != order.count:
        return False
    if stand_on_one_line(line, figures):
        return True
    size = len(order.columns[0].columns)
    return all(adds_up(figures[at : at + size]) for at in range(0, len(figures), size))


def _order_of(lines: Sequence[Line], table: FormTable) -> _Order:
    """Read the headers; no order where they speak against the form's and show no other."""
    if not lines:
        return _whole_order(table.blocks, [None] * len(table.blocks), lines)
    layout = lines[0].table.layout
    if layout in (Layout.SPACES, Layout.GLUED):
        return _whole_order(table.blocks, [None] * len(table.blocks), lines)
    cells = [cell for line in lines for cell in line.row.cells if is_filled(cell)]
    if layout is Layout.CELLS and not lines[0].table.capped:
        cells.sort(key=lambda cell: cell.column)
    names = [cell for cell in cells if not _is_caption(cell.text) and not is_above_labels(cell.text)]
    captions = _captions(cells, table)
    blocks = _blocks_named(captions, names, table)
    keys = [_column_key(cell.text) for cell in names]
    if list(captions) != [block.key for block in table.blocks if block.key in captions]:
        return _Order()
    if len(names) == len(table.blocks[0].columns) != len(blocks) * len(names):
        return _order_of_each(table.blocks[0], names, keys)
    order = _whole_order(blocks, [captions.get(block.key or "") for block in blocks], lines)
    expected = [column.column.key for header in order.columns for column in header.columns if column.column]
    known = [key for key in keys if key]
    if 3 * len(known) >= 2 * len(expected) and _is_subsequence(known, expected):
        return order
    return _printed_order(order, names, keys)


def _order_of_each(block: Block, names: Sequence[TableCell], keys: Sequence[str | None]) -> _Order:
    """Return the columns of blocks that have a row each; there is no row that holds them all."""
    header = _printed_header(block, names, keys)
    return _Order(columns=(header,)) if header else _Order()


def _printed_order(order: _Order, names: Sequence[TableCell], keys: Sequence[str | None]) -> _Order:
    """Return the order with the columns as printed, if each block names all of its own once."""
    if len(names) != order.count:
        return _Order()
    headers: list[Header] = []
    for block in order.blocks:
        part = slice(len(headers) * len(block.columns), (len(headers) + 1) * len(block.columns))
        header = _printed_header(block, names[part], keys[part])
        if header is None:
            return _Order()
        headers.append(header)
    return replace(order, columns=tuple(headers))


def _printed_header(block: Block, names: Sequence[TableCell], keys: Sequence[str | None]) -> Header | None:
    own = {column.key: column for column in block.columns}
    if {*keys} != own.keys() or len(keys) != len(own):
        return None
    return Header(
        tuple(PrintedColumn(own[key], cell.text) for key, cell in zip(keys, names, strict=True) if key)
    )


def _whole_order(blocks: Sequence[Block], labels: Sequence[str | None], lines: Sequence[Line]) -> _Order:
    cells = [cell for line in lines for cell in line.row.cells if is_filled(cell)]
    names = [cell for cell in cells if _column_key(cell.text)]
    return _Order(
        tuple(blocks),
        tuple(map(_form_header, blocks)),
        tuple(labels),
        min((cell.column for cell in names), default=0),
        max((cell.column + cell.column_span for cell in names), default=0),
        max((cell.column + cell.column_span for line in lines for cell in line.row.cells), default=0),
        max((len(line.row.cells) for line in lines), default=0),
    )


def _blocks_named(
    captions: dict[str, str], names: Sequence[TableCell], table: FormTable
) -> tuple[Block, ...]:
    """Return the blocks that stand side by side: those with captions where fewer columns are named."""
    size = len(table.blocks[0].columns)
    if len(names) == size * len(captions):
        return tuple(block for block in table.blocks if block.key in captions)
    return table.blocks


def _captions(cells: Sequence[TableCell], table: FormTable) -> dict[str, str]:
    """Return the captions of blocks in printed order, by the block's key."""
    keys = {block.key for block in table.blocks}
    found: dict[str, str] = {}
    for cell in cells:
        for match in match_label("t4", cell.text):
            if match.name.kind is Kind.ROW and match.name.key in keys:
                found.setdefault(match.name.key, cell.text)
    return found


def _is_caption(text: str) -> bool:
    return is_spanning(text) or any(match.name.kind is Kind.ROW for match in match_label("t4", text))


def _column_key(text: str) -> str | None:
    found = (match.name.key for match in match_label("t4", text) if match.name.kind is Kind.COLUMN)
    return next(found, None)


def _form_header(block: Block) -> Header:
    return Header(tuple(PrintedColumn(column, column.label) for column in block.columns))


def _is_subsequence(some: Sequence[str], of: Sequence[str]) -> bool:
    rest = iter(of)
    return all(one in rest for one in some)
