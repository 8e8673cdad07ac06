"""Printed tables before they are markup or text: lines of boxes with spans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.pipelines.statutory.printed_forms import T3_COLUMNS, T3_CORNER, T4_BLOCKS, T4_COLUMNS, CellKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pipelines.statutory.filling import FilledForm
    from tests.pipelines.statutory.printed_forms import PrintedBlock, PrintedRow


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of a printed table.

    Attributes:
        text: as printed.
        key: of a cell of the form; None for labels, headers and padding.
        across: columns that it covers.
        down: rows that it covers.
        is_header: whether it names columns.
    """

    text: str
    key: CellKey | None = None
    across: int = 1
    down: int = 1
    is_header: bool = False


Line = tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A printed table.

    Attributes:
        table: what it holds: `t2`, `t3`, `t4`; of one that holds several, the first.
        lines: its rows.
        title: the heading above it; empty for one that goes on from the sheet before.
    """

    table: str
    lines: tuple[Line, ...]
    title: str = ""

    def with_lines(self, lines: tuple[Line, ...]) -> Sheet:
        """Return the sheet with other lines."""
        return replace(self, lines=lines)


Sheets = tuple[Sheet, ...]


def second_sheet(filled: FilledForm, title: str) -> Sheet:
    """Return the second table: blocks below each other, each with its caption and its header."""
    width = 1 + max(len(block.columns) for block in filled.form.t2)
    lines: list[Line] = []
    for block in filled.form.t2:
        lines.append((Box(block.caption, across=width, is_header=True),))
        names = [Box(label, is_header=True) for _, label in block.columns]
        lines.append(_stretched((Box("信息内容", is_header=True), *names), width))
        lines.extend(_block_lines(filled, block, width))
    return Sheet("t2", tuple(lines), title)


def third_sheet(filled: FilledForm, title: str, label_columns: int) -> Sheet:
    """Return the third table, its labels in 1 to 3 columns."""
    lines = [*_third_header(label_columns)]
    rows = filled.form.t3
    open_groups: dict[int, Box] = {}
    for index, row in enumerate(rows):
        if row.key is None and label_columns >= row.depth + 1:
            down = sum(1 for below in _below(rows, index) if below.key or label_columns < below.depth + 1)
            open_groups[row.depth] = Box(row.label, down=down)
            continue
        groups = [open_groups.pop(depth) for depth in sorted(open_groups)]
        free = label_columns - _columns_before(row.depth, label_columns)
        lines.append((*groups, Box(row.label, across=free), *_values(filled, row)))
    return Sheet("t3", tuple(lines), title)


def third_sheet_shared(filled: FilledForm, title: str) -> Sheet:
    """Return the third table with labels in two columns, where 三、 and （三） take turns in the first."""
    lines = [*_third_header(2)]
    rows = filled.form.t3
    group: Line = ()
    for index, row in enumerate(rows):
        if row.key is None:
            down = sum(1 for below in _below(rows, index) if below.depth == row.depth + 1 and below.key)
            if row.depth == 1:  # only as far as the rows that follow at once; then （三） stands in its place
                down = 2
            group = (Box(row.label, down=down),)
        elif row.depth == 1:
            lines.append((Box(row.label, across=2), *_values(filled, row)))
        else:
            stands_alone = row.depth == 2 and row.key not in ("disclosed", "partly_disclosed")
            first = (Box(""),) if stands_alone else group
            lines.append((*first, Box(row.label), *_values(filled, row)))
            group = ()
    return Sheet("t3", tuple(lines), title)


def fourth_sheet(filled: FilledForm, title: str) -> Sheet:
    """Return the fourth table: three lines of headers, and one of fifteen numbers."""
    names = [label for _, label in T4_COLUMNS]
    first = (Box("行政复议", across=5, is_header=True), Box("行政诉讼", across=10, is_header=True))
    second = (
        *(Box(name, down=2, is_header=True) for name in names),
        *(Box(label, across=5, is_header=True) for _, label in T4_BLOCKS[1:]),
    )
    third = tuple(Box(name, is_header=True) for name in names * 2)
    keys = [CellKey("t4", block, block, column) for block, _ in T4_BLOCKS for column, _ in T4_COLUMNS]
    return Sheet("t4", (first, second, third, tuple(_value(filled, key) for key in keys)), title)


def placed(lines: tuple[Line, ...]) -> Iterator[list[tuple[Box | None, bool]]]:
    """Yield each line as its places: the box that covers it and whether it begins there.

    A place that no box covers is `(None, False)`.
    """
    covered: dict[tuple[int, int], Box] = {}
    for y, line in enumerate(lines):
        places: list[tuple[Box | None, bool]] = []
        queue = list(line)
        while queue or (y, len(places)) in covered:
            x = len(places)
            if (y, x) in covered:
                places.append((covered[y, x], False))
                continue
            box = queue.pop(0)
            for ahead in range(box.across):
                places.append((box, ahead == 0))
                for below in range(1, box.down):
                    covered[y + below, x + ahead] = box
        yield places


def change_boxes(sheet: Sheet, change: Callable[[Box], Box]) -> Sheet:
    """Return the sheet with every box changed."""
    return sheet.with_lines(tuple(tuple(change(box) for box in line) for line in sheet.lines))


def _third_header(label_columns: int) -> Iterator[Line]:
    names = [label for _, label in T3_COLUMNS]
    yield (
        Box(T3_CORNER, across=label_columns, down=3, is_header=True),
        Box("申请人情况", across=7, is_header=True),
    )
    yield (
        Box(names[0], down=2, is_header=True),
        Box("法人或其他组织", across=5, is_header=True),
        Box(names[-1], down=2, is_header=True),
    )
    yield tuple(Box(name, is_header=True) for name in names[1:-1])


def _below(rows: tuple[PrintedRow, ...], index: int) -> Iterator[PrintedRow]:
    for row in rows[index + 1 :]:
        if row.depth <= rows[index].depth:
            return
        yield row


def _columns_before(depth: int, label_columns: int) -> int:
    return min(depth, label_columns) - 1


def _values(filled: FilledForm, row: PrintedRow) -> Line:
    if row.key is None:
        return tuple(Box("") for _ in T3_COLUMNS)
    return tuple(_value(filled, CellKey("t3", None, row.key, column)) for column, _ in T3_COLUMNS)


def _value(filled: FilledForm, key: CellKey) -> Box:
    return Box(filled.cells[key].text, key)


def _block_lines(filled: FilledForm, block: PrintedBlock, width: int) -> Iterator[Line]:
    for row, label in block.rows:
        values = [_value(filled, CellKey("t2", block.key, row, column)) for column, _ in block.columns]
        yield _stretched((Box(label), *values), width)


def _stretched(line: Line, width: int) -> Line:
    missing = width - sum(box.across for box in line)
    return (*line[:-1], replace(line[-1], across=line[-1].across + missing))
