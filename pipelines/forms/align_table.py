"""Which columns each line of a sheet of T2 or T3 has, and which of its cells stands in which.

lines ─ headers ─▶ stretches with the same columns ─ alignment, by layout ─▶ PlacedLine
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipelines.forms.align_figures import (
    Witnesses,
    adds_up,
    align_figures,
    observe_witnesses,
    stand_on_one_line,
)
from pipelines.forms.align_order import Widths, align_in_order, find_lost_at_edges, observe_widths
from pipelines.forms.align_spans import (
    AMBIGUOUS,
    LAYOUT_ERROR,
    AlignedLine,
    Alignment,
    RowExtents,
    align_by_spans,
    is_filled,
    observe_extents,
)
from pipelines.forms.column_headers import Header, header_groups, header_of_form, read_header, with_line
from pipelines.forms.lines import Role, without_figures
from pipelines.forms.printed_labels import is_part_of_label
from pipelines.forms.sheets import compact_groups, match_lines
from pipelines.grid import Layout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.form_model import Block, FormTable, Row
    from pipelines.forms.lines import Line

_NO_WIDTHS = Widths(
    {}, frozenset(), frozenset(), 0, has_padding=False, outspread=frozenset(), lose_blanks=False, leads={}
)
_NO_EXTENTS = RowExtents()
_BY_FIELDS = frozenset({Layout.TABS, Layout.PIPES, Layout.LINES})


@dataclass(frozen=True, slots=True)
class _Stretch:
    header: Header
    block: Block
    lines: tuple[Line, ...]


def place_rows(
    lines: Sequence[Line], table: FormTable
) -> tuple[dict[str, list[AlignedLine]], list[AlignedLine]]:
    """Return the lines of a sheet in their columns: by the key of the row that they are, and the others.

    Args:
        lines: of the sheet, in order.
        table: of the form that it follows.
    """
    matched, others = match_lines(lines, table)
    known = {
        id(line.row): (block, row)
        for block in table.blocks
        for row in block.rows
        for line in matched.get(row.key, ())
    }
    placed = _align_sheet(lines, table, known)
    rows = {key: [placed[id(line.row)] for line in of_row] for key, of_row in matched.items()}
    return rows, [placed[id(line.row)] for line in others if id(line.row) in placed]


def _align_sheet(
    lines: Sequence[Line], table: FormTable, rows: Mapping[int, tuple[Block, Row]]
) -> dict[int, AlignedLine]:
    """Place every line of a sheet that holds cells; by the id of its printed row.

    Args:
        lines: of the sheet, in order.
        table: of the form that it follows.
        rows: by the id of its printed row, what each line is that is a row of the form.
    """
    if len(table.blocks) == 1:
        stretches = list(_by_header(lines, table.blocks[0]))
        widths = _observe_sheet_widths(stretches)
    else:
        blocks = {row: block for row, (block, _) in rows.items()}
        stretches = list(_by_block(lines, blocks, {block.key: block for block in table.blocks}))
        widths = _NO_WIDTHS
    extents = _observe_sheet_extents(stretches)
    whole = _whole_blocks(stretches, table, rows)
    placed = {
        id(line.row): AlignedLine(
            line, stretch.header, alignment, stretch.block, line.label, _loses_blanks(line, widths)
        )
        for stretch in stretches
        for line, alignment in _align_stretch(stretch, widths, extents, is_whole=stretch.block.key in whole)
    }
    doubtful = (
        _torn_lines(lines, stretches)
        | _lines_behind_figures(lines)
        | _lines_beside_torn(stretches)
        | _lines_with_torn_label(lines, rows)
        | (_lines_of_torn_sheet(lines) if table.key == "t2" else frozenset())
        | _lines_of_pieces(lines, rows)
        | _shortened_lines(placed, widths, rows, compact_groups(table))
        | _lines_beside_overfull(placed)
        | _lines_out_of_step(lines, placed)
    )
    for row in doubtful & placed.keys():
        if placed[row].alignment.trouble is None:
            placed[row] = replace(placed[row], alignment=AMBIGUOUS)
    return placed


def _shortened_lines(
    placed: Mapping[int, AlignedLine],
    widths: Widths,
    rows: Mapping[int, tuple[Block, Row]],
    innermost: frozenset[str],
) -> frozenset[int]:
    by_fields = {
        row: (one.line, one.alignment)
        for row, one in placed.items()
        if one.line.table.layout in _BY_FIELDS and one.alignment.trouble is None and one.line.has_figures
    }
    groups = {row: rows[row][1].group for row in by_fields if row in rows and innermost}
    outer = {row: group for row, group in groups.items() if group not in innermost}
    return find_lost_at_edges(by_fields, widths.uniform, outer)


def _lines_out_of_step(lines: Sequence[Line], placed: Mapping[int, AlignedLine]) -> frozenset[int]:
    """Return the ids of the rows that may be blank, or state what they do, only since figures were moved.

    Where white space alone parts the cells, an extractor may print the labels of some rows together, and
    their figures behind them: one then has none, another those of several, those between them a neighbour's.
    """
    order = [placed[id(line.row)] for line in lines if id(line.row) in placed]
    order = [one for one in order if one.line.table.layout is Layout.SPACES]
    moved = [n for n, one in enumerate(order) if _count_figures(one.line) >= 2 * len(one.header.columns) > 0]
    blank = [
        n for n, one in enumerate(order) if not one.line.has_figures and one.line.role is not Role.HEADER
    ]
    if not moved or not blank:
        return frozenset()
    between = order[min(*moved, *blank) : max(*moved, *blank) + 1]
    return frozenset(id(one.line.row) for one in between if not stand_on_one_line(one.line, one.line.figures))


def _count_figures(line: Line) -> int:
    return sum(len(cell.text.split()) for cell in line.figures)


def _lines_beside_overfull(placed: Mapping[int, AlignedLine]) -> frozenset[int]:
    """Return the ids of the rows in tables that have as many figures more than columns in several rows.

    They have a column that no header names, so that a row with as many figures as columns has lost one. Where
    no two rows have as many too many they may be torn; then the others have to add up.
    """
    # A column 小计 that some bodies add has a header in few layouts; its figures are then one too many.
    overfull: dict[int, Counter[int]] = {}
    for one in placed.values():
        if one.header.columns and len(one.line.filled) > len(one.header.columns):
            overfull.setdefault(id(one.line.table), Counter())[len(one.line.filled)] += 1
    return frozenset(
        row
        for row, one in placed.items()
        if (times := max(overfull.get(id(one.line.table), {}).values(), default=0))
        and one.line.table.layout is not Layout.CELLS
        and all(cell and is_filled(cell) for cell in one.alignment.cells)
        and (times > 1 or not adds_up([cell for cell in one.alignment.cells if cell]))
    )


def _by_header(lines: Sequence[Line], block: Block) -> Iterator[_Stretch]:
    header = header_of_form(block.columns)
    for above, below in header_groups(lines):
        label_end = _label_end(below)
        if above:
            header = read_header(above, block.columns, label_end)
        yield _Stretch(header, block, tuple(line for line in below if _has_cells(line)))


def _by_block(
    lines: Sequence[Line], blocks: Mapping[int, Block], by_key: Mapping[str | None, Block]
) -> Iterator[_Stretch]:
    """Yield the lines of T2 one by one: a header counts for the block below it, and no further."""
    above: list[Line] = []
    caption = of_header = current = None
    read = Header(())
    is_open = False
    for line in lines:
        if line.role is Role.CAPTION:
            caption, above, of_header, current = line.key, [], None, by_key.get(line.key)
        elif line.role is Role.HEADER:
            above = with_line(above, line) if is_open else [line]
            of_header = None
        elif _has_cells(line):
            block = blocks.get(id(line.row)) or current
            if block is None:
                continue
            if of_header is None:
                of_header, read = block.key, read_header(above, block.columns, _label_end([line]))
            header = read if of_header == block.key else header_of_form(block.columns)
            if caption not in (None, block.key) and not (header.table and header.is_whole):
                header = Header(())
            current = block
            yield _Stretch(header, block, (line,))
        is_open = line.role is Role.HEADER


def _has_cells(line: Line) -> bool:
    return line.role in (Role.ROW, Role.OTHER, Role.FIGURES)


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


def _observe_sheet_widths(stretches: Sequence[_Stretch]) -> Widths:
    lines = [line for stretch in stretches for line in stretch.lines]
    counts = Counter(len(stretch.header.columns) for stretch in stretches if stretch.header.columns)
    return observe_widths(lines, counts.most_common(1)[0][0]) if counts else _NO_WIDTHS


def _observe_sheet_extents(stretches: Sequence[_Stretch]) -> dict[int, RowExtents]:
    """Return by table where the values of its rows stand, in ruled layouts."""
    lines: dict[int, list[Line]] = {}
    full: dict[int, list[Line]] = {}
    for stretch in stretches:
        for line in stretch.lines:
            if line.table.layout is Layout.CELLS:
                lines.setdefault(id(line.table), []).append(line)
                if len(line.values) == len(stretch.header.columns):
                    full.setdefault(id(line.table), []).append(line)
    return {table: observe_extents(rows, full.get(table, ())) for table, rows in lines.items()}


def _align_stretch(
    stretch: _Stretch, widths: Widths, extents: Mapping[int, RowExtents], *, is_whole: bool
) -> Iterator[tuple[Line, Alignment]]:
    by_table: dict[int, list[Line]] = {}
    for line in stretch.lines:
        by_table.setdefault(id(line.table), []).append(line)
    for table, lines in by_table.items():
        of_table = extents.get(table, _NO_EXTENTS)
        witnesses = None
        if _loses_blanks(lines[0], widths):
            witnesses = observe_witnesses(lines, len(stretch.header.columns), is_whole=is_whole)
        for line in lines:
            yield line, _align_line(line, stretch.header, widths, of_table, witnesses)


def _whole_blocks(
    stretches: Sequence[_Stretch], table: FormTable, rows: Mapping[int, tuple[Block, Row]]
) -> frozenset[str | None]:
    """Return the blocks of which every row states all its cells, if every row of the form is printed once.

    All of them have to; but one of a single column (行政许可) tells its own figures from those of others, so
    that a cell left blank elsewhere takes nothing from it.
    """
    printed = Counter((block.key, row.key) for block, row in rows.values())
    if printed != Counter((block.key, row.key) for block in table.blocks for row in block.rows):
        return frozenset()
    torn = {
        stretch.block.key
        for stretch in stretches
        for line in stretch.lines
        if len(line.filled) != len(stretch.header.columns)
    }
    alone = (block for block in table.blocks if not torn or len(block.columns) == 1)
    return frozenset(block.key for block in alone) - torn


def _loses_blanks(line: Line, widths: Widths) -> bool:
    is_by_rows = line.table.layout in (Layout.TABS, Layout.PIPES)
    return line.table.layout is Layout.SPACES or (is_by_rows and widths.lose_blanks)


def _align_line(
    line: Line, header: Header, widths: Widths, extents: RowExtents, witnesses: Witnesses | None
) -> Alignment:
    layout = line.table.layout
    if layout is Layout.GLUED:
        return LAYOUT_ERROR
    if not header.columns or (layout is not Layout.CELLS and _took_figures_in(line)):
        return AMBIGUOUS
    if witnesses:
        return align_figures(line, header, witnesses)
    if line.table.has_spans:
        return align_by_spans(line, header, extents)
    if header.is_torn and line.has_figures and not _proves_order(line, header):
        return AMBIGUOUS
    return align_in_order(line, header, widths)


def _took_figures_in(line: Line) -> bool:
    """Tell whether a row that states nothing has a figure at the end of its label: their border was lost."""
    behind = line.label.removeprefix(without_figures(line.label))
    return not line.has_figures and any(map(str.isdecimal, behind))


def _proves_order(line: Line, header: Header) -> bool:
    """Tell whether the last cell of a row is the sum of the others, so that it is the total."""
    is_last = line.filled[-1] == len(line.values) - 1 or len(line.filled) == len(header.columns)
    return is_last and adds_up(line.figures)


def _torn_lines(lines: Sequence[Line], stretches: Sequence[_Stretch]) -> frozenset[int]:
    """Return the ids of the rows behind which figures without a label stand: a row that a line break cut.

    Two rows that both have all their cells are no such pair; in ruled layouts a line break cuts no row.
    """
    counts = {id(line.row): len(stretch.header.columns) for stretch in stretches for line in stretch.lines}
    torn: set[int] = set()
    before: Line | None = None
    for line in lines:
        if line.role is Role.FIGURES and line.table.layout is not Layout.CELLS and before:
            count = counts.get(id(before.row), 0)
            if len(before.values) < count or len(line.values) < count:
                torn.update((id(before.row), id(line.row)))
        before = line if line.role is Role.ROW or (_has_cells(line) and line.has_figures) else before
    return frozenset(torn)


def _lines_behind_figures(lines: Sequence[Line]) -> frozenset[int]:
    """Return the ids of the rows before whose first label figures stand, be it below a header or not.

    Where white space alone parts the cells, an extractor may print the figures of each row before its label,
    or beside another line of it: those behind a label are then of the next row, or not all of its own.
    """
    behind: set[int] = set()
    is_below_header, is_shifted = True, False
    for line in lines:
        if line.role is Role.FIGURES and is_below_header:
            is_shifted = line.table.layout is Layout.SPACES
        elif is_shifted and _has_cells(line):
            behind.add(id(line.row))
        is_below_header = line.role is Role.HEADER or (line.role is Role.OTHER and not line.has_figures)
        is_shifted = is_shifted and not is_below_header and line.role is not Role.CAPTION
    return frozenset(behind)


def _lines_beside_torn(stretches: Sequence[_Stretch]) -> frozenset[int]:
    """Return the ids of the rows beside which figures broke over lines: theirs may have, too.

    Where a total is its only part, both break alike, and what is left of them adds up.
    """
    lines = _lines_in_spaces(line for stretch in stretches for line in stretch.lines)
    torn = [_has_torn_figure(line) for line in lines]
    beside = [False, *torn], [*torn[1:], False]
    return frozenset(
        id(line.row) for line, above, below in zip(lines, *beside, strict=False) if above or below
    )


def _lines_of_torn_sheet(lines: Sequence[Line]) -> frozenset[int]:
    """Return the ids of all rows where white space alone parts cells and figures of some broke over lines.

    For a table without sums, in which nothing else tells a figure from the rest of one.
    """
    spaced = _lines_in_spaces(lines)
    is_torn = any(line.role is Role.FIGURES or _has_torn_figure(line) for line in spaced)
    return frozenset(id(line.row) for line in spaced if is_torn)


def _lines_in_spaces(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.table.layout is Layout.SPACES]


def _has_torn_figure(line: Line) -> bool:
    return any("\n" in cell.text for cell in line.figures)


def _lines_with_torn_label(lines: Sequence[Line], rows: Mapping[int, tuple[Block, Row]]) -> frozenset[int]:
    """Return the ids of the rows whose label has a number above it that the form does not print there.

    Where a figure broke over lines, its beginning stands above the label, and only its end behind it.
    """
    torn: set[int] = set()
    for line in lines:
        above, _, below = line.row.cells[0].text.partition("\n")
        is_number = below and above.strip().rstrip(".,").isdecimal()
        if is_number and id(line.row) in rows and not rows[id(line.row)][1].label.startswith(above.strip()):
            torn.add(id(line.row))
    return frozenset(torn)


def _lines_of_pieces(lines: Sequence[Line], rows: Collection[int]) -> frozenset[int]:
    """Return the ids of the rows whose label is pieces of labels, and of those beside them without figures.

    Where a page is read line by line, a label over several lines is torn: its figures stand behind the line
    that is beside them, and behind the words of a group on that line. In ruled layouts no label is torn.

    Args:
        lines: of a sheet, in order.
        rows: the ids of those that are rows of the form.
    """
    torn: set[int] = set()
    for number, line in enumerate(lines):
        beside = [lines[at] for at in (number - 1, number + 1) if 0 <= at < len(lines)]
        if id(line.row) in rows or not _is_labelled_by_pieces(line):
            continue
        blank = {id(one.row) for one in beside if _has_cells(one) and not one.has_figures}
        if line.role is Role.OTHER or blank:
            torn |= {id(line.row), *blank}
    return frozenset(torn)


def _is_labelled_by_pieces(line: Line) -> bool:
    is_apart = _has_cells(line) and line.has_figures and line.table.layout is not Layout.CELLS
    return is_apart and bool(line.label) and all(map(is_part_of_label, line.label.split()))
