"""The table of reviews and lawsuits (T4): its blocks stand side by side in one row of figures, or a row each.

    lines ─ parts ─▶ headers ─▶ what stands in a row ─▶ its cells ─▶ AlignedLine

The order of its fifteen numbers is fixed, and the headers that say so lie in three lines whose spans most
layouts lose. So the headers of a row that holds all blocks are asked only whether they speak against the
order. Where each block has a row, its columns are read like those of any other table. A row that lost a cell,
or may have, is undetermined in all its blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile, zip_longest

from pipelines.forms.align_rows import AMBIGUOUS, AlignedLine, Placed, align_row, observe_rows
from pipelines.forms.align_table import place_rows
from pipelines.forms.column_headers import (
    NO_HEADER,
    Header,
    PrintedColumn,
    header_of_form,
    keeps_pieces_in_order,
    names_column,
    read_header,
    with_line,
)
from pipelines.forms.form_model import Block, Column, FormTable
from pipelines.forms.label_matching import TableWords, is_above_labels, is_spanning, keys_of, match_label
from pipelines.forms.labels import folded_label
from pipelines.forms.lines import Line, Role, is_filled
from pipelines.forms.printed_labels import Kind, labels_above
from pipelines.grid import Cell
from pipelines.structs import FrozenStruct


class Order(FrozenStruct):
    """What stands in the places of a row of figures, from left to right.

    Attributes:
        blocks: in printed order; in that of the form where it cannot be told.
        header: the columns of all blocks, those of one behind those of the other; none where they speak
            against the form's order.
        captions: of the blocks that have one, as printed, by their keys.
    """

    blocks: tuple[Block, ...]
    header: Header = NO_HEADER
    captions: Mapping[str, str] = {}


def order_of(lines: Sequence[Line], table: FormTable) -> Order:
    """Read the headers above a row of all blocks; no order where they speak against the form's.

    Where too few names of columns are left to show that order, or more than there are, sums have to prove it:
    misspelt captions, columns that were added.

    Args:
        lines: the header lines.
        table: of the form.
    """
    is_unsplit = bool(lines) and lines[0].table.is_unsplit
    if is_unsplit and not (
        read_header(lines, table.blocks[0].columns, 1).columns and _keep_pieces_in_order(lines, table)
    ):
        return Order(table.blocks)
    if not _keep_captions_in_order(lines):
        return Order(table.blocks)
    if is_unsplit or not lines:
        return Order(table.blocks, _header_of_form(table.columns, lines))
    words = lines[0].words
    cells = [cell for line in lines for cell in line.row.cells if is_filled(cell)]
    if lines[0].table.has_spans:
        cells.sort(key=lambda cell: cell.column)
    captions = _find_captions(words, cells, table)
    names = [cell for cell in cells if not _is_caption(words, cell) and not is_above_labels(cell.text)]
    names = list(dropwhile(lambda cell: _column_key(words, cell.text) is None, names))
    blocks = _blocks_named(captions, names, table)
    columns = [column for block in blocks for column in block.columns]
    # 上海 2025: an extractor left 维持, 纠正, 结果, 审结, the lower halves of the names, of one block alone.
    known = [key for cell in names if (key := _column_key(words, cell.text))]
    in_order = _is_subsequence(known, [column.key for column in columns])
    if not in_order or not _is_subsequence(list(captions), [block.key or "" for block in table.blocks]):
        return Order(table.blocks)
    header = _header_of(columns, names, lines)
    is_torn = len(names) > len(columns) or 3 * len(known) < 2 * len(columns)
    return Order(blocks, header.replace(is_torn=is_torn), captions)


def _keep_captions_in_order(lines: Sequence[Line]) -> bool:
    """Tell whether what spans columns, 行政诉讼 above two blocks included, begins in the form's order."""
    words = folded_label("".join(line.row.text for line in lines))
    places = [words.find(label) for label in map(folded_label, labels_above("t4")) if label in words]
    return places == sorted(places)


def _keep_pieces_in_order(lines: Sequence[Line], table: FormTable) -> bool:
    printed = (part for line in lines for part in line.row.text.splitlines())
    return all(keeps_pieces_in_order(part, table.columns) for part in printed)


def _header_of_form(columns: Sequence[Column], lines: Sequence[Line]) -> Header:
    width = max((len(line.row.cells) for line in lines), default=0)
    return header_of_form(columns).replace(width=width)


def _header_of(columns: Sequence[Column], names: Sequence[Cell], lines: Sequence[Line]) -> Header:
    """Return columns as one header; where all are named in a ruled layout, it says where each stands."""
    header = _header_of_form(columns, lines)
    if len(names) != len(columns):
        return header
    return header.replace(
        columns=tuple(
            PrintedColumn(column, cell.text, None, cell.column, cell.end)
            for column, cell in zip(columns, names, strict=True)
        ),
        table=lines[-1].table if lines[-1].table.has_spans else None,
        full_end=max(cell.end for line in lines for cell in line.row.cells),
    )


def _blocks_named(captions: Mapping[str, str], names: Sequence[Cell], table: FormTable) -> tuple[Block, ...]:
    """Return the blocks that stand side by side: those with captions where fewer columns are named."""
    size = len(table.blocks[0].columns)
    if captions and len(names) == size * len(captions):
        return tuple(block for block in table.blocks if block.key in captions)
    return table.blocks


def _find_captions(words: TableWords, cells: Sequence[Cell], table: FormTable) -> dict[str, str]:
    """Return the captions of blocks in printed order, by the block's key."""
    # The captions stand in two of three header lines, whose spans most layouts have lost.
    keys = {block.key for block in table.blocks}
    found: dict[str, str] = {}
    for cell in cells:
        for key in keys_of(words, cell.text, Kind.ROW):
            if key in keys:
                found.setdefault(key, cell.text)
    return found


def _is_caption(words: TableWords, cell: Cell) -> bool:
    if is_spanning(cell.text) or (cell.column_span > 1 and _column_key(words, cell.text) is None):
        return True
    return bool(keys_of(words, cell.text, Kind.ROW))


def _column_key(words: TableWords, text: str) -> str | None:
    return next(iter(keys_of(words, text, Kind.COLUMN)), None)


def _is_subsequence(some: Sequence[str], of: Sequence[str]) -> bool:
    rest = iter(of)
    return all(one in rest for one in some)


def align_lawsuits(lines: Sequence[Line], table: FormTable) -> list[Placed]:
    """Place the blocks of T4.

    Args:
        lines: of all T4 of the document, in order.
        table: of the form.

    Returns:
        For each printed table what stands for each block, by its key; rows that are none by the empty one.
    """
    sheets: list[Placed] = [{}]
    for headers, rows in _split_parts(lines):
        if any(line.row_keys for line in rows):
            found = _align_rows_of_blocks([*headers, *rows], table)
        else:
            found = _align_rows_of_all(headers, rows, table)
        if headers and sheets[-1].keys() & found.keys():
            sheets.append({})
        for key, placed in found.items():
            sheets[-1].setdefault(key, []).extend(placed)
    return sheets


def _split_parts(lines: Sequence[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Yield header lines that stand together, and the rows below them; a blank one where none states any."""
    headers: list[Line] = []
    below: list[Line] = []
    for line, following in zip_longest(lines, lines[1:]):
        row = _as_row(line, following, headers)
        if row.role is Role.HEADER:
            if below:
                yield headers, _rows_of(below)
                headers, below = [], []
            headers = with_line(headers, row)
        elif row.role is not Role.HEADING and (headers or row.role is not Role.BLANK):
            below.append(row)
    yield headers, _rows_of(below)


def _rows_of(lines: Sequence[Line]) -> list[Line]:
    rows = [line for line in lines if line.has_figures or (line.row_keys and is_spanning(line.label))]
    return rows or [line for line in lines if line.role is Role.BLANK][:1]


def _as_row(line: Line, following: Line | None, headers: Sequence[Line]) -> Line:
    """Return what reads like a caption as a row where it is the label of one that states nothing.

    A caption stands above names of columns, such a label below them.
    """
    is_above = following and following.role is Role.HEADER and names_column(following)
    if line.role is not Role.HEADER or is_above or names_column(line) or not any(map(names_column, headers)):
        return line
    depth = max(number for number, cell in enumerate(line.row.cells, 1) if is_filled(cell))
    label = line.row.cells[depth - 1].text
    names = tuple(name for name in match_label(line.words, label) if name.kind is Kind.ROW)
    if not names:
        return line
    values = line.row.cells[depth:]
    return line.replace(role=Role.ROW, labels=(label,), depth=depth, names=names, values=values)


def _align_rows_of_blocks(lines: Sequence[Line], table: FormTable) -> Placed:
    """Place rows that hold one block each: a table of one block whose rows are the blocks of the form.

    A row that names none may be any that is missing; where none is, it is a row beside them.
    """
    rows = table.rows
    # A comparison of 宿迁 2023 and 2024 has rows of figures that name no block.
    turned = table.blocks[0].replace(key=None, rows=rows)
    found, others = place_rows(lines, table.replace(blocks=(turned,)))
    missing = [row.key for row in rows if row.key not in found]
    if others:
        in_doubt = [one.replace(alignment=AMBIGUOUS) for one in others]
        found |= dict.fromkeys(missing, in_doubt) or {"": others}
    return {
        key: [one.replace(label=None) if one.alignment.trouble else one for one in placed]
        for key, placed in found.items()
    }


def _align_rows_of_all(headers: Sequence[Line], rows: Sequence[Line], table: FormTable) -> Placed:
    """Place rows that hold all blocks side by side."""
    found: Placed = {}
    order = order_of(headers, table)
    size = len(table.blocks[0].columns)
    of_form = header_of_form(table.blocks[0].columns)
    columns = order.header.columns or of_form.columns * len(order.blocks)
    for line in rows:
        seen = observe_rows([(line, order.header)], [line], len(order.header.columns))
        alignment = align_row(line, order.header, seen)
        for number, block in enumerate(order.blocks):
            key, part = block.key or "", slice(number * size, (number + 1) * size)
            own = alignment.replace(cells=alignment.cells[part])
            one = AlignedLine(line, Header(columns[part]), own, block, order.captions.get(key))
            found.setdefault(key, []).append(one)
    return found
