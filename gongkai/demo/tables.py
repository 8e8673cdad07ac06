"""The statutory tables as grids of merged cells, in the shapes that portals print them in.

Left out: the look. Templates turn a grid into HTML; a grid knows text and spans only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gongkai.demo.templating import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gongkai.demo.figures import Report


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
    table = read_table("forms.yaml")["t2"]
    width = 5 if style.activity is ActivityShape.SHIFT else 4
    for block in table[report.form]:
        yield (style.label(block["caption"], columns=width),)
        header = [table["corner"], *(label for _, label in block["columns"])]
        spans = _spans(len(header), style.activity, width, is_header=True)
        yield _padded([style.label(text, n) for text, n in zip(header, spans, strict=True)], width)
        spans = _spans(len(header), style.activity, width, is_header=False)
        for row, label in block["rows"]:
            cells = [style.label(label, spans[0])]
            for (column, _), span in zip(block["columns"], spans[1:], strict=True):
                suffix = style.amount_suffix if column == "procurement_amount" else ""
                cells.append(_value(report, f"t2.{block['key']}.{row}.{column}", span, suffix))
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
    table = read_table("forms.yaml")["t3"]
    yield from _application_header(table, style)
    for key, label in table["incoming"]:
        yield (style.label(label, columns=3), *_row_values(report, key))
    groups = table["results"][report.form]
    pending = [style.label(table["results_label"], rows=sum(len(group["rows"]) for group in groups) + 1)]
    for group in groups:
        if "label" in group:
            pending.append(style.label(group["label"], rows=len(group["rows"])))
        for key, label in group["rows"]:
            yield (*pending, style.label(label, 1 if "label" in group else 2), *_row_values(report, key))
            pending = []
    key, label = table["results_total"]
    yield (style.label(label, columns=2), *_row_values(report, key))
    key, label = table["outgoing"]
    yield (style.label(label, columns=3), *_row_values(report, key))


def _application_header(table: Mapping[str, Any], style: TableStyle) -> Iterator[tuple[Cell, ...]]:
    first, *middle, last = (label for _, label in table["columns"])
    yield (style.label(table["corner"], columns=3, rows=3), style.label(table["applicants"], columns=7))
    yield (
        style.label(first, rows=2),
        style.label(table["organisations"], columns=len(middle)),
        style.label(last, rows=2),
    )
    yield tuple(style.label(label) for label in middle)


def _row_values(report: Report, row: str) -> Iterator[Cell]:
    for column, _ in read_table("forms.yaml")["t3"]["columns"]:
        yield _value(report, f"t3.{row}.{column}")


def _dispute_rows(report: Report, style: TableStyle) -> Iterator[tuple[Cell, ...]]:
    table = read_table("forms.yaml")["t4"]
    columns = table["columns"]
    blocks = table["litigation_blocks"]
    yield (
        style.label(table["review"], columns=len(columns), rows=2),
        style.label(table["litigation"], columns=len(columns) * len(blocks)),
    )
    yield tuple(style.label(label, columns=len(columns)) for _, label in blocks)
    every = ("review", *(key for key, _ in blocks))
    yield tuple(style.label(label) for _ in every for _, label in columns)
    yield tuple(_value(report, f"t4.{block}.{column}") for block in every for column, _ in columns)
