"""The figures of the demo's annual reports: every cell as it should be, and as it is printed.

Totals are added up here, so the identities printed in the forms hold in every report but where
`reports.yaml` plants a misprint or a blank. Cell keys are `t2.<block>.<row>.<column>`,
`t3.<row>.<column>` and `t4.<block>.<column>`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import DemoDataMismatch
from gongkai.demo.templating import read_table
from pipelines.forms.catalogue import form_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.model import Block, FormTable


TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one annual report as shown on one night.

    Attributes:
        government: id of the government, as in `governments.yaml`.
        year: the reporting year.
        form: `form_2019` or `form_2021`.
        sound: every cell of the tables by key, adding up.
        printed: every cell as printed, misprints and blanks included; a blank cell is the empty string.
        prose: figures that only the prose states, by name.
    """

    government: str
    year: int
    form: str
    sound: Mapping[str, str]
    printed: Mapping[str, str]
    prose: Mapping[str, str | int]


def load_report(government: str, year: int, night: int = 1) -> Report:
    """Return the figures of one report as they stand on a night.

    Raises:
        DemoDataMismatch: there is no such report, or its figures do not add up.
    """
    entry = _entry(government, year)
    where = f"reports.yaml: {government} {year}"
    sound = {**dict(_activity(entry)), **dict(_applications(entry, where)), **dict(_disputes(entry))}
    prose = dict(entry["prose"])
    for later in entry.get("from_night", ()):
        if night >= later["night"]:
            sound |= {key: str(value) for key, value in later.get("cells", {}).items()}
            prose |= later.get("prose", {})
    return Report(
        government=government,
        year=year,
        form=entry["form"],
        sound=sound,
        printed=_as_printed(sound, entry, where),
        prose=prose,
    )


def report_keys() -> tuple[tuple[str, int], ...]:
    """Return (government, year) of every report with statutory tables, in the order of the file."""
    return tuple((entry["government"], entry["year"]) for entry in read_table("reports.yaml"))


def form_table(form: str, key: str) -> FormTable:
    """Return a table of a form.

    Raises:
        DemoDataMismatch: the form has no such table.
    """
    table = form_by_id(form).table(key)
    if table is None:
        raise DemoDataMismatch(f"the form has no table {key}", where=form)
    return table


def result_rows(form: str) -> tuple[str, ...]:
    """Return the keys of the leaves of 三、本年度办理结果 in form order: 19 or 21."""
    [block] = form_table(form, "t3").blocks
    return tuple(row.key for row in block.rows if row.group and row.key != "results_total")


def application_rows(form: str) -> tuple[str, ...]:
    """Return the keys of all rows of the applications table in form order: 23 or 25."""
    [block] = form_table(form, "t3").blocks
    return tuple(row.key for row in block.rows)


def applicant_kinds(form: str) -> tuple[str, ...]:
    """Return the keys of the six applicant columns, without 总计."""
    [block] = form_table(form, "t3").blocks
    return tuple(column.key for column in block.columns if column.key != TOTAL)


def _entry(government: str, year: int) -> dict[str, Any]:
    for entry in read_table("reports.yaml"):
        if (entry["government"], entry["year"]) == (government, year):
            return dict(entry)
    raise DemoDataMismatch("no such report", where=f"reports.yaml: {government} {year}")


def _activity(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in form_table(entry["form"], "t2").blocks:
        for row in block.rows:
            values = entry["t2"][f"{block.key}.{row.key}"]
            for column, value in zip(block.columns, values, strict=True):
                yield f"t2.{block.key}.{row.key}.{column.key}", str(value)


def _applications(entry: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    kinds = applicant_kinds(entry["form"])
    leaves = result_rows(entry["form"])
    rows = {key: entry["t3"].get(key, [0] * len(kinds)) for key in application_rows(entry["form"])}
    unknown = sorted(set(entry["t3"]) - set(rows))
    if unknown:
        raise DemoDataMismatch(f"rows that the form does not have: {', '.join(unknown)}", where=where)
    rows["results_total"] = _columns_added(rows[key] for key in leaves)
    balance = _columns_added((rows["new_requests"], rows["carried_in"]))
    if balance != _columns_added((rows["results_total"], rows["carried_out"])):
        raise DemoDataMismatch("new + carried in is not results + carried out", where=where)
    for key, values in rows.items():
        for column, value in zip((*kinds, TOTAL), (*values, sum(values)), strict=True):
            yield f"t3.{key}.{column}", str(value)


def _disputes(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in form_table(entry["form"], "t4").blocks:
        values = entry["t4"][block.key]
        for column, value in zip(block.columns, (*values, sum(values)), strict=True):
            yield f"t4.{block.key}.{column.key}", str(value)


def _columns_added(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _as_printed(sound: Mapping[str, str], entry: Mapping[str, Any], where: str) -> dict[str, str]:
    printed = dict(sound)
    for pattern, text in entry.get("printed", {}).items():
        hits = [key for key in sound if fnmatchcase(key, pattern)]
        if not hits:
            raise DemoDataMismatch(f"no cell is called {pattern}", where=where)
        printed |= dict.fromkeys(hits, str(text))
    return printed


# The statutory tables as grids of merged cells, in the shapes that portals print them in.
# Left out: the look. Templates turn a grid into HTML; a grid knows text and spans only.


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
