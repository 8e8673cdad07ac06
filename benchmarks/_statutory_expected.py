"""What real reports print in each cell of the statutory tables, from the values that were read by hand.

A value is an exact decimal, `BLANK` where the cell is printed blank, `UNREADABLE` where cells are glued
together, so that a value would be a guess. Keys and labels are those of the forms, nothing is the reader's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.labels import folded_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipelines.forms.form_model import FormTable

CellName = tuple[str, str | None, str, str]
"""Table, block, row and column by their keys."""
DOCUMENTS = Path(__file__).with_name("statutory_documents.yaml")
EXCERPT = "huaian_2024_section3_rawtext.txt"
EXCERPT_OF = "huaian_2024.pdf.json"
EXCERPT_BLOCKS = ("art20_6", "art20_8")
EXCERPT_LACKS_FROM = "unable_must_be_created"


class Unstated(Enum):
    """What stands where no value is to be read."""

    BLANK = "blank"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report with what it prints.

    Attributes:
        path: of the file.
        cells: what each cell prints, by name.
        is_report: whether it is one; of what compares the reports of two years no value is of either year.
    """

    path: Path
    cells: Mapping[CellName, Decimal | Unstated]
    is_report: bool = True


def reports(shared: Path) -> Iterator[Report]:
    """Yield the reports that are there, PDF files too.

    Args:
        shared: the folder that holds `documents/`, `real/` and `real_more/`.
    """
    for name, entry in yaml.safe_load(DOCUMENTS.read_text(encoding="utf-8")).items():
        path = shared / "documents" / f"{name}.txt"
        if path.is_file():
            yield Report(path, dict(_of_document(entry)))
    for folder in (shared / "real", shared / "real_more"):
        for path in sorted((folder / "truth").glob("*.json")):
            truth = json.loads(path.read_text(encoding="utf-8"))
            if (folder / truth["file"]).is_file():
                is_report = truth.get("kind", "annual_report") == "annual_report"
                yield Report(folder / truth["file"], dict(_of_truth(truth)), is_report)
    folder = shared / "real"
    excerpt = folder / "reports" / EXCERPT
    if excerpt.is_file():
        whole = json.loads((folder / "truth" / EXCERPT_OF).read_text(encoding="utf-8"))
        yield Report(excerpt, dict(_of_excerpt(dict(_of_truth(whole)))))


def _of_document(entry: Mapping[str, Any]) -> Iterator[tuple[CellName, Decimal | Unstated]]:
    form = form_by_id(entry["form"])
    for table in form.tables:
        for block in table.blocks:
            for row in block.rows:
                values = _row_values(entry, table.key, block.key, row.key, len(block.columns))
                for column, value in zip(block.columns, values, strict=True):
                    yield (table.key, block.key, row.key, column.key), _stated(value)


def _row_values(entry: Mapping[str, Any], table: str, block: str | None, row: str, width: int) -> list[Any]:
    if table == "t2":
        values = entry["t2"][block][row]
    else:
        values = entry[table].get(row, [entry.get(f"{table}_else")] * width)
    return values if isinstance(values, list) else [None] * (width - 1) + [values]


def _of_truth(truth: Mapping[str, Any]) -> Iterator[tuple[CellName, Decimal | Unstated]]:
    if truth["form"] not in ("2019", "2021"):
        return
    layout = truth.get("text_layout") or ""
    open_rows = {(table, row) for table, row in truth.get("undetermined", ())}
    for table in form_by_id(f"form_{truth['form']}").tables:
        printed = truth[f"table{table.key[1]}"]
        if layout.startswith("cells glued") or (printed is None and "glued" in layout):
            for block, row, column in table.cells():
                yield (table.key, block.key, row.key, column.key), Unstated.UNREADABLE
        elif printed is not None:
            yield from _of_lines(table, printed)
        for block, row, column in table.cells():
            if (table.key, row.key) in open_rows:
                yield (table.key, block.key, row.key, column.key), Unstated.UNREADABLE


def _of_lines(table: FormTable, printed: list[list[Any]]) -> Iterator[tuple[CellName, Decimal | Unstated]]:
    """Name each line of a list by its labels, which may be those of the other form in one table."""
    names = _names(table)
    for row_label, column_label, value in printed:
        label, column = folded_label(row_label.rsplit("/", 1)[-1]), folded_label(column_label)
        # Whoever wrote the values down cut the longest labels: 1.申请人无正当理由逾期不补正.
        name = names.get((label, column)) or _only(
            named for (row, of), named in names.items() if of == column and row.startswith(label)
        )
        if "/" in row_label and table.key == "t2":
            caption = folded_label(row_label.split("/", 1)[0])
            assert any(folded_label(block.caption or "") == caption for block in table.blocks), row_label
        yield name, _stated(value)


def _only(found: Iterable[CellName]) -> CellName:
    (one,) = set(found)
    return one


def _names(table: FormTable) -> dict[tuple[str, str], CellName]:
    names = {}
    for source in (*_other_forms(table), table):
        for block, row, column in source.cells():
            label = folded_label(row.label).split("(区分", 1)[0]
            if row.group == "results":
                label = f"三、{label}"
            names[label, folded_label(column.label)] = (table.key, block.key, row.key, column.key)
    return names


def _other_forms(table: FormTable) -> Iterator[FormTable]:
    for form_id in ("form_2019", "form_2021"):
        other = form_by_id(form_id).table(table.key)
        if other is not None:
            yield other


def _of_excerpt(
    cells: Mapping[CellName, Decimal | Unstated],
) -> Iterator[tuple[CellName, Decimal | Unstated]]:
    """Yield what an excerpt holds: it begins in the second table and ends in the third."""
    for name, value in cells.items():
        table, block, row, _ = name
        if row == EXCERPT_LACKS_FROM:
            return
        if table == "t3" or block in EXCERPT_BLOCKS:
            yield name, value


def _stated(value: object) -> Decimal | Unstated:
    return Unstated.BLANK if value is None else Decimal(str(value))
