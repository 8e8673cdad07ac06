"""Which columns each line of a sheet of T2 or T3 has, and which of its cells stands in which.

    lines ─ headers ─▶ stretches with the same columns ─ alignment of rows ─▶ AlignedLine, unless in doubt

A row is in doubt where its figures may be those of another: beside figures that stray from their row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from pipelines.forms.align_order import FEWEST_WITNESSES
from pipelines.forms.align_rows import (
    AMBIGUOUS,
    AlignedLine,
    Placed,
    adds_up,
    align_row,
    observe_rows,
    stands_on_one_line,
    states_sums,
)
from pipelines.forms.cell_values import number_of
from pipelines.forms.column_headers import (
    NO_HEADER,
    header_groups,
    header_of_form,
    names_column,
    read_header,
    with_line,
)
from pipelines.forms.form_model import Block, FormTable, How, Row
from pipelines.forms.label_matching import keys_of
from pipelines.forms.lines import Line, Role, is_filled
from pipelines.forms.printed_labels import Kind, is_part_of_label
from pipelines.forms.sheets import compact_groups, match_lines
from pipelines.grid import Layout

PlacedRows = Mapping[int, AlignedLine]
"""What is placed, by the id of the printed row, in order."""
Rows = Mapping[int, tuple[Block, Row]]
"""What each line is that is a row of the form, by the id of its printed row."""

_BY_FIELDS = frozenset({Layout.TABS, Layout.PIPES, Layout.LINES})


def place_rows(lines: Sequence[Line], table: FormTable) -> tuple[Placed, list[AlignedLine]]:
    """Return the lines of a sheet in their columns: by the key of the row that they are, and the others.

    Args:
        lines: of the sheet, in order.
        table: of the form that it follows.
    """
    matched, others = match_lines(lines, table)
    known = {
        line.row_id: (block, row)
        for block in table.blocks
        for row in block.rows
        for line in matched.get(row.key, ())
    }
    placed = _align_sheet(lines, table, known)
    rows = {key: [placed[line.row_id] for line in of_row] for key, of_row in matched.items()}
    return rows, [placed[line.row_id] for line in others if line.row_id in placed]


def _align_sheet(lines: Sequence[Line], table: FormTable, rows: Rows) -> dict[int, AlignedLine]:
    """Place every line of a sheet that holds cells; by the id of its printed row.

    Args:
        lines: of the sheet, in order.
        table: of the form that it follows.
        rows: by the id of its printed row, what each line is that is a row of the form.
    """
    if len(table.blocks) == 1:
        below = list(_by_header(lines, table.blocks[0]))
    else:
        below = list(_by_block(lines, rows, {block.key: block for block in table.blocks}))
    whole = _whole_blocks(below, table, rows)
    by_table: dict[int, list[AlignedLine]] = {}
    for one in below:
        by_table.setdefault(id(one.line.table), []).append(one)
    counts = Counter(len(one.header.columns) for one in below if one.header.columns)
    # Blocks have columns of their own, so that rows of one say nothing of those of another.
    count = counts.most_common(1)[0][0] if counts and len(table.blocks) == 1 else None
    evidence = {
        key: observe_rows([(one.line, one.header) for one in of_table], [one.line for one in below], count)
        for key, of_table in by_table.items()
    }
    placed: dict[int, AlignedLine] = {}
    for one in below:
        seen = evidence[id(one.line.table)]
        alignment = align_row(one.line, one.header, seen, is_whole=one.block.key in whole)
        placed[one.line.row_id] = one.replace(alignment=alignment)
    uniform = frozenset[int]().union(*(seen.widths.uniform for seen in evidence.values()))
    doubtful = _rows_in_doubt(lines, placed, rows, table) | _shortened_rows(
        placed, uniform, rows, compact_groups(table)
    )
    for row in doubtful & placed.keys():
        if placed[row].alignment.trouble is None:
            placed[row] = placed[row].replace(alignment=AMBIGUOUS)
    return placed


def _by_header(lines: Sequence[Line], block: Block) -> Iterator[AlignedLine]:
    """Yield the lines of a table of one block below their headers."""
    header = header_of_form(block.columns)
    for above, below in header_groups(lines):
        if above:
            header = read_header(above, block.columns, _label_end(below))
        yield from (
            AlignedLine(line, header, AMBIGUOUS, block, line.label) for line in below if line.has_cells
        )


def _by_block(lines: Sequence[Line], rows: Rows, by_key: Mapping[str | None, Block]) -> Iterator[AlignedLine]:
    """Yield the lines of T2 one by one: a header counts for the block below it, and no further.

    One that stands above its caption, or beside it, counts as well; of one that shares a line with figures
    nothing is told.
    """
    above: list[Line] = []
    caption = of_header = current = None
    read = NO_HEADER
    is_open = False
    for line in lines:
        if line.role is Role.CAPTION:
            caption, of_header, current = line.key, None, by_key.get(line.key)
            beside = [line.replace(role=Role.HEADER, row=line.row.replace(cells=line.row.cells[1:]))]
            above = beside if names_column(line) else above if is_open else []
        elif line.role is Role.HEADER:
            above = with_line(above, line) if is_open else [line]
            of_header = None
        elif line.has_cells:
            block = rows[line.row_id][0] if line.row_id in rows else current
            if block is None:
                continue
            if any(keys_of(line.words, label, Kind.COLUMN) for label in line.labels):
                of_header, read = block.key, NO_HEADER
            if of_header is None:
                of_header, read = block.key, read_header(above, block.columns, _label_end([line]))
            header = read if of_header == block.key else header_of_form(block.columns)
            if caption not in (None, block.key) and not (header.table and header.is_whole):
                header = NO_HEADER
            current = block
            yield AlignedLine(line, header, AMBIGUOUS, block, line.label)
        is_open = line.role is Role.HEADER


def _label_end(lines: Sequence[Line]) -> int:
    """Return the grid column behind the labels of most rows; in T4 one of two cells may push its row out."""
    ends = Counter(
        cell.end
        for line in lines
        if line.role in (Role.ROW, Role.OTHER)
        for cell in line.row.cells[line.depth - 1 : line.depth]
    )
    if ends and lines[0].words.table == "t4":
        return min(ends)
    return ends.most_common(1)[0][0] if ends else 1


def _whole_blocks(below: Sequence[AlignedLine], table: FormTable, rows: Rows) -> frozenset[str | None]:
    """Return the blocks of which every row states all its cells, if every row of the form is printed once.

    All of them have to; but one of a single column (行政许可) tells its own figures from those of others, so
    that a cell left blank elsewhere takes nothing from it.
    """
    printed = Counter((block.key, row.key) for block, row in rows.values())
    if printed != Counter((block.key, row.key) for block in table.blocks for row in block.rows):
        return frozenset()
    torn = {one.block.key for one in below if len(one.line.filled) != len(one.header.columns)}
    alone = (block for block in table.blocks if not torn or len(block.columns) == 1)
    return frozenset(block.key for block in alone) - torn


# Rows in doubt.


def _rows_in_doubt(lines: Sequence[Line], placed: PlacedRows, rows: Rows, table: FormTable) -> set[int]:
    """Return the ids of the rows whose figures may be those of another; in ruled layouts, of rows cut in two.

    Where some stray from their row, those of the rows beside it may have, too, and what is left add up.
    Without sums nothing tells a figure from the rest of one, wherever others stray.
    """
    order = [line for line in lines if line.row_id in placed and line.table.layout is not Layout.CELLS]
    counts = [len(placed[line.row_id].header.columns) for line in order]
    stated = [number for number, line in enumerate(order) if line.has_figures]
    doubtful: set[int] = set()
    for above, number, below in zip([-1, *stated], stated, [*stated[1:], len(order)], strict=False):
        short = any(_may_be_stated_beside(order[n], counts[n]) for n in (number - 1, number) if n >= 0)
        if _is_torn(order[number], rows):
            doubtful.update(range(max(above, 0), below + 1))
        elif order[number].role is Role.FIGURES and short:
            doubtful.update((max(number - 1, 0), number))
        elif order[number].row_id not in rows and _is_labelled_by_pieces(order[number]):
            doubtful.update(range(above + 1, below))
    spaced = {number for number, line in enumerate(order) if line.table.is_unsplit}
    has_sums = any(column.key == "total" for column in table.columns)
    if not has_sums and any(order[n].role is Role.FIGURES or _has_lines(order[n]) for n in spaced):
        doubtful |= spaced
    doubtful |= _rows_out_of_step(order, counts, spaced)
    in_doubt = {line.row_id for number, line in enumerate(order) if number in doubtful}
    in_doubt |= _rows_behind_figures(lines) | _rows_beside_overfull(placed)
    return in_doubt | _rows_cut_in_two(placed, rows) | _rows_moved_from_total(placed)


def _may_be_stated_beside(line: Line, count: int) -> bool:
    """Tell whether a row lacks a cell, or is a single blank one: 行政处罚, a tab, and 11 on the next line."""
    return len(line.values) < count or (count == 1 and not line.has_figures)


def _rows_cut_in_two(placed: PlacedRows, rows: Collection[int]) -> set[int]:
    """Return the ids of the ruled rows that lack figures which one without a label may hold, and of that one.

    Where a page ends within a row, a writer may put the cells of the row that are left in one of its own.
    """
    ruled = [(row, one) for row, one in placed.items() if one.line.table.layout is Layout.CELLS]
    return {
        row
        for (upper, above), (lower, below) in pairwise(ruled)
        if (
            Role.FIGURES in (above.line.role, below.line.role)
            if above.line.table is below.line.table
            # A label that the end of the page cut names a row only by what is left of it overleaf.
            else upper not in rows and not below.line.has_figures
        )
        and len(above.line.filled) + len(below.line.filled) <= len(above.header.columns)
        for row in (upper, lower)
    }


def _rows_moved_from_total(placed: PlacedRows) -> set[int]:
    """Return the id of the ruled row that alone states no total, if its last figure is the sum of the others.

    A cell of it is lost and a blank one put behind the last: so the row is as wide as all others.
    """
    stating = {
        row: one
        for row, one in placed.items()
        if one.line.table.layout is Layout.CELLS
        and len(one.header.parts_of(one.header.columns)) == 1
        and any(cell and (number_of(cell.text) or 0) > 0 for cell in one.alignment.cells)
    }
    moved = {row for row, one in stating.items() if _count_blank_edges(one)[1]}
    is_alone = len(moved) == 1 and len(stating) > FEWEST_WITNESSES
    return {row for row in moved if is_alone and adds_up(stating[row].line.figures)}


def _is_torn(line: Line, rows: Rows) -> bool:
    """Tell whether a figure of a line broke: its beginning stands above the label, or its end beside it."""
    if line.table.layout is Layout.SPACES and _has_lines(line):
        return True
    above, _, below = line.row.cells[0].text.partition("\n")
    number = above.strip()
    is_number = bool(below) and number.rstrip(".,").isdecimal() and line.row_id in rows
    return is_number and not rows[line.row_id][1].label.startswith(number)


def _has_lines(line: Line) -> bool:
    return any("\n" in cell.text for cell in line.figures)


def _is_labelled_by_pieces(line: Line) -> bool:
    """Tell whether the label of a line is pieces of labels.

    Where a page is read line by line, a label over several lines is torn: its figures stand behind the line
    that is beside them, and behind the words of a group on that line.
    """
    return bool(line.label) and all(map(is_part_of_label, line.label.split()))


def _rows_behind_figures(lines: Sequence[Line]) -> set[int]:
    """Return the ids of the rows before whose first label figures stand, be it below a header or not.

    Where white space alone parts the cells, an extractor may print the figures of each row before its label,
    or beside another line of it: those behind a label are then of the next row, or not all of its own.
    """
    behind: set[int] = set()
    is_below_header, is_shifted = True, False
    for line in lines:
        if line.role is Role.FIGURES and is_below_header:
            is_shifted = line.table.layout is Layout.SPACES
        elif is_shifted and line.has_cells:
            behind.add(line.row_id)
        is_below_header = line.role is Role.HEADER or (line.role is Role.OTHER and not line.has_figures)
        is_shifted = is_shifted and not is_below_header and line.role is not Role.CAPTION
    return behind


def _rows_out_of_step(order: Sequence[Line], counts: Sequence[int], spaced: Collection[int]) -> set[int]:
    """Return the rows that may be blank, or state what they do, only since figures were moved.

    Where white space alone parts the cells, an extractor may print the labels of some rows together, and
    their figures behind them: one then has none, another those of several, those between them a neighbour's.
    """
    figures = {number: order[number].figure_words for number in spaced}
    moved = [number for number, words in figures.items() if len(words) >= 2 * counts[number] > 0]
    blank = [number for number, words in figures.items() if not words]
    if not moved or not blank:
        return set()
    between = range(min(*moved, *blank), max(*moved, *blank) + 1)
    return {number for number in spaced if number in between and not stands_on_one_line(order[number])}


def _rows_beside_overfull(placed: PlacedRows) -> set[int]:
    """Return the ids of the rows in tables that have as many figures more than columns in several rows.

    They have a column that no header names, so that a row with as many figures as columns has lost one. Where
    no two rows have as many too many they may be torn; then the others have to add up.
    """
    # A column 小计 that some bodies add has a header in few layouts; its figures are then one too many.
    overfull: dict[int, Counter[int]] = {}
    for one in placed.values():
        if one.header.columns and len(one.line.filled) > len(one.header.columns):
            overfull.setdefault(id(one.line.table), Counter())[len(one.line.filled)] += 1
    return {
        row
        for row, one in placed.items()
        if (times := max(overfull.get(id(one.line.table), {}).values(), default=0))
        and one.line.table.layout is not Layout.CELLS
        and all(cell and is_filled(cell) for cell in one.alignment.cells)
        and (times > 1 or not states_sums(one.line.figures, one.header))
    }


def _shortened_rows(
    placed: PlacedRows, uniform: frozenset[int], rows: Rows, innermost: frozenset[str]
) -> set[int]:
    """Return the ids of the placed rows that may have lost a cell for which a blank one makes up.

    Whoever keeps the rows of a table equally wide pads a row that is too short, at its end or before its
    label. So where a row ends in blank cells, another of its table has to end in as many; and where one
    begins so behind a label that may cover several columns, the label has to stand as deep as another of its
    group.
    Rows of a cell a line are not padded.

    Args:
        placed: the rows of a sheet.
        uniform: the ids of those that cannot have lost a cell.
        rows: what each is that is a row of the form.
        innermost: the groups whose labels cover one column.
    """
    # 新乡 2019 pads its first rows at the end and its last behind the label, so that both ways are honest.
    by_fields = {
        row: one
        for row, one in placed.items()
        if one.line.table.layout in _BY_FIELDS and one.alignment.trouble is None and one.line.has_figures
    }
    outer = {row: rows[row][1].group for row in by_fields if row in rows and innermost}
    outer = {row: group for row, group in outer.items() if group not in innermost}
    endings = Counter((id(one.line.table), _count_blank_edges(one)[1]) for one in by_fields.values())
    depths = Counter(_depth_in_group(by_fields[row].line, group) for row, group in outer.items())
    lost = set()
    for row, one in by_fields.items():
        is_padded = one.line.table.layout is not Layout.LINES and row not in uniform
        if not is_padded or one.alignment.how is How.ONLY_TOTAL:
            continue
        begins, ends = _count_blank_edges(one)
        is_alone = begins and row in outer and depths[_depth_in_group(one.line, outer[row])] == 1
        if is_alone or (ends and endings[id(one.line.table), ends] == 1):
            lost.add(row)
    return lost


def _depth_in_group(line: Line, group: str | None) -> tuple[int, int, int, str | None]:
    return id(line.table), len(line.row.cells), line.depth, group


def _count_blank_edges(one: AlignedLine) -> tuple[int, int]:
    """Return in how many blank cells a row begins and ends."""
    cells = one.alignment.cells
    filled = [number for number, cell in enumerate(cells) if cell and is_filled(cell)]
    return filled[0], len(cells) - 1 - filled[-1]
