"""The statutory tables as grids of merged cells, in the shapes that portals print them in.

Left out: the look. Templates turn a grid into HTML; a grid knows text and spans only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gongkai.demo.figures import form_table
from gongkai.demo.templating import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gongkai.demo.figures import Report
    from pipelines.forms.records import Block


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its lines, and how many columns and rows it covers."""

    lines: tuple[str, ...]
    columns: int = 1
    rows: int = 1


Grid = tuple[tuple[Cell, ...], ...]


class ActivityShape(StrEnum):
    """How table 2 is fitted into one grid though its blocks have unequal numbers of columns.

    `SPAN`: the last cell of a short row covers the rest. `SHIFT`: a grid of one column more, where the
    header's last cell and the row's first value cover two, so that one logical column stands at two
    physical places. `PAD`: empty cells fill a short row.
    """

    SPAN = "span"
    SHIFT = "shift"
    PAD = "pad"


@dataclass(frozen=True, slots=True)
class TableStyle:
    """How a government prints its tables.

    Attributes:
        activity: the shape of table 2.
        broken_labels: labels printed on several lines, by their whole text.
        relabelled: labels of the form printed otherwise, by their whole text.
        amount_suffix: what follows an amount of money in its cell, such as 万元.
    """

    activity: ActivityShape
    broken_labels: Mapping[str, tuple[str, ...]]
    relabelled: Mapping[str, str]
    amount_suffix: str

    def label(self, text: str, columns: int = 1, rows: int = 1) -> Cell:
        """Return a label cell as this government prints it."""
        text = self.relabelled.get(text, text)
        return Cell(self.broken_labels.get(text, (text,)), columns, rows)


def table_grid(name: str, report: Report, style: TableStyle) -> Grid:
    """Return one of a report's tables as a grid.

    Args:
        name: `T2`, `T3` or `T4`.
        report: the figures, as printed.
        style: how the government prints tables.
    """
    makers = {"T2": _activity_rows, "T3": _application_rows, "T4": _dispute_rows}
    return tuple(makers[name](report, style))


def _value(report: Report, key: str, columns: int = 1, suffix: str = "") -> Cell:
    printed = report.printed[key]
    return Cell((printed + (suffix if printed else ""),), columns)


def _activity_rows(report: Report, style: TableStyle) -> Iterator[tuple[Cell, ...]]:
    width = 5 if style.activity is ActivityShape.SHIFT else 4
    for block in form_table(report.form, "t2").blocks:
        yield (style.label(block.caption or "", columns=width),)
        header = [read_table("forms.yaml")["t2"]["corner"], *(column.label for column in block.columns)]
        spans = _spans(len(header), style.activity, width, is_header=True)
        yield _padded([style.label(text, n) for text, n in zip(header, spans, strict=True)], width)
        spans = _spans(len(header), style.activity, width, is_header=False)
        for row in block.rows:
            cells = [style.label(row.label, spans[0])]
            for column, span in zip(block.columns, spans[1:], strict=True):
                suffix = style.amount_suffix if column.key == "procurement_amount" else ""
                cells.append(_value(report, f"t2.{block.key}.{row.key}.{column.key}", span, suffix))
            yield _padded(cells, width)


def _spans(cells: int, shape: ActivityShape, width: int, *, is_header: bool) -> list[int]:
    spans = [1] * cells
    if shape is ActivityShape.SPAN or (shape is ActivityShape.SHIFT and is_header):
        spans[-1] = width - cells + 1
    elif shape is ActivityShape.SHIFT:
        spans[1] = width - cells + 1
    return spans


def _padded(cells: list[Cell], width: int) -> tuple[Cell, ...]:
    missing = width - sum(cell.columns for cell in cells)
    return (
        *cells,
        *(
            Cell(
                ("",),
            )
            for _ in range(missing)
        ),
    )


def _application_rows(report: Report, style: TableStyle) -> Iterator[tuple[Cell, ...]]:
    [block] = form_table(report.form, "t3").blocks
    yield from _application_header(block, style)
    headers = {header.key: header.label for header in block.headers}
    sizes = Counter(row.group for row in block.rows)
    outer = next(iter(headers))  # 三、本年度办理结果, which holds the other groups
    sizes[outer] = sum(size for group, size in sizes.items() if group)
    shown: set[str] = set()
    for row in block.rows:
        values = (_value(report, f"t3.{row.key}.{column.key}") for column in block.columns)
        around = tuple(dict.fromkeys((outer, row.group))) if row.group else ()
        opened = [style.label(headers[it], rows=sizes[it]) for it in around if it not in shown]
        shown.update(around)
        width = 3 if row.group is None else 2 if row.group == outer else 1
        yield (*opened, style.label(row.label, columns=width), *values)


def _application_header(block: Block, style: TableStyle) -> Iterator[tuple[Cell, ...]]:
    words = read_table("forms.yaml")["t3"]
    first, *middle, last = (column.label for column in block.columns)
    yield (style.label(words["corner"], columns=3, rows=3), style.label(words["applicants"], columns=7))
    yield (
        style.label(first, rows=2),
        style.label(words["organisations"], columns=len(middle)),
        style.label(last, rows=2),
    )
    yield tuple(style.label(label) for label in middle)


def _dispute_rows(report: Report, style: TableStyle) -> Iterator[tuple[Cell, ...]]:
    blocks = form_table(report.form, "t4").blocks
    review, *litigation = blocks
    yield (
        style.label(review.caption or "", columns=len(review.columns), rows=2),
        style.label(
            read_table("forms.yaml")["t4"]["litigation"], columns=sum(len(it.columns) for it in litigation)
        ),
    )
    yield tuple(style.label(block.caption or "", columns=len(block.columns)) for block in litigation)
    yield tuple(style.label(column.label) for block in blocks for column in block.columns)
    yield tuple(
        _value(report, f"t4.{block.key}.{column.key}") for block in blocks for column in block.columns
    )
