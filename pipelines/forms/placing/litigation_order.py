"""What stands in the places of a row of T4, out of its headers.

The order of its fifteen numbers is fixed, and the headers that say so lie in three lines whose spans most
layouts lose. So the headers of a row that holds all blocks are asked only whether they speak against the
order. Where each block has a row, its columns are read like those of any other table.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import dropwhile
from typing import TYPE_CHECKING

from pipelines.forms.names import Kind
from pipelines.forms.placing.headers import NO_HEADER, Header, PrintedColumn, header_of_form, read_header
from pipelines.forms.placing.records import is_filled
from pipelines.forms.vocabulary import is_above_labels, is_spanning, match_label
from pipelines.tables.records import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.forms.lines import Line
    from pipelines.forms.records import Block, Column, FormTable
    from pipelines.forms.vocabulary import TableWords
    from pipelines.tables.records import TableCell

_UNSPLIT = frozenset({Layout.SPACES, Layout.GLUED})


@dataclass(frozen=True, slots=True)
class Order:
    """What stands in the places of a row of figures, from left to right.

    Attributes:
        blocks: in printed order; empty where that cannot be told.
        labels: of the blocks, as printed; None where they are not.
        header: the columns of all blocks, those of one behind those of the other.
        width: how many cells a row has that has lost none, in layouts without spans.
        is_doubtful: whether more than the columns is named: misspelt captions, or columns that were added.
    """

    blocks: tuple[Block, ...] = ()
    labels: tuple[str | None, ...] = ()
    header: Header = NO_HEADER
    width: int = 0
    is_doubtful: bool = False


NO_ORDER = Order()


def order_of(lines: Sequence[Line], table: FormTable) -> Order:
    """Read the headers above a row of all blocks; no order where they speak against the form's and show none.

    Args:
        lines: the header lines.
        table: of the form.
    """
    if not lines or lines[0].table.layout in _UNSPLIT:
        columns = [column for block in table.blocks for column in block.columns]
        width = max((len(line.row.cells) for line in lines), default=0)
        return Order(table.blocks, (None,) * len(table.blocks), header_of_form(columns), width)
    words = lines[0].words
    cells = [cell for line in lines for cell in line.row.cells if is_filled(cell)]
    if _is_ruled(lines[0]):
        cells.sort(key=lambda cell: cell.column)
    captions = _captions(words, cells, table)
    names = [cell for cell in cells if not _is_caption(words, cell) and not is_above_labels(cell.text)]
    names = list(dropwhile(lambda cell: _column_key(words, cell.text) is None, names))
    blocks = _blocks_named(captions, names, table)
    columns = _columns_in_order([_column_key(words, cell.text) for cell in names], blocks)
    if not columns or [*captions] != [block.key for block in table.blocks if block.key in captions]:
        return NO_ORDER
    return Order(
        blocks,
        tuple(captions.get(block.key or "") for block in blocks),
        _header(columns, names, lines),
        max(len(line.row.cells) for line in lines),
        len(names) > len(columns),
    )


def order_of_one(block: Block, line: Line, headers: Sequence[Line], rows: Sequence[Line]) -> Order:
    """Return what stands in a row that holds one block, which its label names.

    Args:
        block: the block.
        line: the row.
        headers: the header lines above it.
        rows: those that hold a block each.
    """
    if headers:
        label_end = min(_label_end(row) for row in rows)
        header = read_header(headers, block.columns, label_end)
    else:
        header = header_of_form(block.columns)
    if not header.columns or not (header.is_whole or _is_ruled(line)):
        return NO_ORDER
    return Order((block,), (label.text if (label := _label_of(line)) else None,), header, len(line.row.cells))


def names_column(line: Line) -> bool:
    """Tell whether a line names a column of the table."""
    return any(_column_key(line.words, cell.text) for cell in line.row.cells)


def block_named(line: Line) -> str | None:
    """Return the key of the block that the last cell of a row's label names; None where it names none."""
    label = _label_of(line)
    found = match_label(line.words, label.text) if label and not line.depth else line.matches
    return next((match.name.key for match in found if match.name.kind is Kind.ROW), None)


def _columns_in_order(keys: Sequence[str | None], blocks: Sequence[Block]) -> list[Column]:
    """Return the columns of blocks in printed order; none where their names speak against any order.

    Names that are missing or misspelt leave the form's order, names in another order have to be complete.
    """
    columns = [column for block in blocks for column in block.columns]
    expected = [column.key for column in columns]
    known = [key for key in keys if key]
    if 3 * len(known) >= 2 * len(expected) and _is_subsequence(known, expected):
        return columns
    if len(keys) != len(expected):
        return []
    size = len(blocks[0].columns)
    printed: list[Column] = []
    for number, block in enumerate(blocks):
        own = {column.key: column for column in block.columns}
        part = keys[number * size : (number + 1) * size]
        if {*part} != own.keys() or len(part) != len(own):
            return []
        printed += [own[key] for key in part if key]
    return printed


def _header(columns: Sequence[Column], names: Sequence[TableCell], lines: Sequence[Line]) -> Header:
    """Return columns as one header; where all are named in a ruled layout, it says where each stands."""
    if len(names) != len(columns):
        return Header(header_of_form(columns).columns)
    return Header(
        tuple(
            PrintedColumn(column, cell.text, None, cell.column, cell.column + cell.column_span)
            for column, cell in zip(columns, names, strict=True)
        ),
        lines[-1].table if _is_ruled(lines[-1]) else None,
        full_end=max(cell.column + cell.column_span for line in lines for cell in line.row.cells),
    )


def _blocks_named(
    captions: Mapping[str, str], names: Sequence[TableCell], table: FormTable
) -> tuple[Block, ...]:
    """Return the blocks that stand side by side: those with captions where fewer columns are named."""
    size = len(table.blocks[0].columns)
    if captions and len(names) == size * len(captions):
        return tuple(block for block in table.blocks if block.key in captions)
    return table.blocks


def _captions(words: TableWords, cells: Sequence[TableCell], table: FormTable) -> dict[str, str]:
    """Return the captions of blocks in printed order, by the block's key."""
    keys = {block.key for block in table.blocks}
    found: dict[str, str] = {}
    for cell in cells:
        for match in match_label(words, cell.text):
            if match.name.kind is Kind.ROW and match.name.key in keys:
                found.setdefault(match.name.key, cell.text)
    return found


def _is_caption(words: TableWords, cell: TableCell) -> bool:
    if is_spanning(cell.text) or (cell.column_span > 1 and _column_key(words, cell.text) is None):
        return True
    return any(match.name.kind is Kind.ROW for match in match_label(words, cell.text))


def _column_key(words: TableWords, text: str) -> str | None:
    found = (match.name.key for match in match_label(words, text) if match.name.kind is Kind.COLUMN)
    return next(found, None)


def _label_of(line: Line) -> TableCell | None:
    """Return the last cell of the label of a row; of one without figures, the last in which words stand."""
    labels = line.row.cells[: line.depth] or line.row.cells
    return next((cell for cell in reversed(labels) if is_filled(cell)), None)


def _label_end(line: Line) -> int:
    """Return the grid column behind the label of a row."""
    label = _label_of(line)
    return label.column + label.column_span if label else 0


def _is_ruled(line: Line) -> bool:
    return line.table.layout is Layout.CELLS and not line.table.capped


def _is_subsequence(some: Sequence[str], of: Sequence[str]) -> bool:
    rest = iter(of)
    return all(one in rest for one in some)
