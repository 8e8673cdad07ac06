"""Three published reports, cell by cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pipelines.forms.form_model import CellState, Fact, How
from pipelines.forms.statutory_tables import FormReading, read_forms
from pipelines.tables.text_tables import find_tables

if TYPE_CHECKING:
    from pathlib import Path

XINXIANG, XINYANG, PINGYUAN = "新乡市人民政府2019年", "信阳市人民政府2019年", "平原示范区2020年度"
T2_ROWS = (
    ("rules", 3),
    ("normative_documents", 3),
    ("licensing", 3),
    ("other_external_services", 3),
    ("penalties", 3),
    ("coercive_measures", 3),
    ("admin_fees", 2),
    ("central_procurement", 2),
)
T2 = {
    XINXIANG: "0 0 0 1438 1340 1688 110 466 2841937 5366 6317 1831426 15354 1788 14353 647 163 41282 77 6 "
    "3373 725018.6987",
    XINYANG: "0 0 0 246 224 319 3533 319 823854 1450 453 39387 9203 540 23787 606 69 21394 1459 163 "
    "3782 311580.0109",
    PINGYUAN: "0 0 0 24 24 24 428 195 294 . 27 64 . 5 162 . . 3 . 1 332 77180.86",
}
T4 = {
    XINXIANG: "63 66 37 34 200 57 19 18 10 104 20 4 6 15 45",
    XINYANG: "15 15 4 3 37 10 2 1 2 15 8 0 0 0 8",
    PINGYUAN: "0 1 2 0 3 0 0 0 0 0 0 0 0 0 0",
}
ONLY_TOTALS = {
    XINXIANG: "1412 21 1 11 8 12 2 2 0 1 81 1 2 33 1 1 1 0",
    XINYANG: "498 14 0 5 0 25 1 0 0 3 58 2 0 10 11 0 0",
}
FULL_ROWS = {
    XINXIANG: {
        "new_requests": "365 415 0 1 21 800 1602",
        "carried_in": "3 1 0 0 0 2 6",
        "other_handling": "10 3 0 0 0 3 16",
        "results_total": "367 415 0 1 21 802 1606",
        "carried_out": "1 1 0 0 0 0 2",
    },
    XINYANG: {
        "new_requests": "554 7 0 1 27 50 639",
        "carried_in": "6 0 0 0 0 0 6",
        "rejected_reconfirm": "0 0 0 0 0 0 0",
        "other_handling": "17 0 0 0 0 0 17",
        "results_total": "559 7 0 1 27 50 644",
        "carried_out": "1 0 0 0 0 0 1",
    },
}
NATURAL_PERSONS = {
    "new_requests": "16",
    "carried_in": "1",
    "disclosed": "13",
    "partly_disclosed": "1",
    "unable_not_held": "2",
    "results_total": "17",
    "carried_out": "1",
}


@pytest.fixture(scope="module", params=[XINXIANG, XINYANG, PINGYUAN])
def report(request: pytest.FixtureRequest, shared_documents: Path) -> tuple[str, FormReading]:
    """A report by the beginning of its name, as read."""
    name = str(request.param)
    return name, _read(shared_documents, name)


def test_every_report_follows_the_form_of_2019_once(report: tuple[str, FormReading]) -> None:
    _, reading = report
    assert reading.form == "form_2019"
    assert {fact.form for fact in reading.facts} == {"form_2019"}
    assert Counter(fact.table_key for fact in reading.facts) == {"t2": 22, "t3": 161, "t4": 15}
    assert {fact.table_no for fact in reading.facts} == {1}


def test_every_cell_of_the_second_table_is_as_printed(report: tuple[str, FormReading]) -> None:
    name, reading = report
    facts = _table(reading, "t2")
    assert [fact.row_key for fact in facts] == [row for row, cells in T2_ROWS for _ in range(cells)]
    assert [fact.value or "." for fact in facts] == T2[name].split()
    assert {fact.state for fact in facts if fact.value is None} <= {CellState.BLANK}


def test_every_number_of_the_fourth_table_is_as_printed(report: tuple[str, FormReading]) -> None:
    name, reading = report
    assert [fact.value for fact in _table(reading, "t4")] == T4[name].split()


@pytest.mark.parametrize(("name", "stated"), [(XINXIANG, 53), (XINYANG, 59)])
def test_rows_that_print_totals_only_leave_the_other_cells_blank(
    name: str, stated: int, shared_documents: Path
) -> None:
    facts = _table(_read(shared_documents, name), "t3")
    rows: dict[str, list[Fact]] = {}
    for fact in facts:
        rows.setdefault(fact.row_key or "", []).append(fact)
    full = FULL_ROWS[name]
    assert {key: " ".join(fact.value or "." for fact in rows[key]) for key in full} == full
    others = [cells for key, cells in rows.items() if key not in full]
    assert " ".join(cells[-1].value or "." for cells in others) == ONLY_TOTALS[name]
    assert {cell.state for cells in others for cell in cells[:-1]} == {CellState.BLANK}
    assert {cell.how for cells in others for cell in cells} == {How.ONLY_TOTAL}
    assert sum(fact.value is not None for fact in facts) == stated


def test_a_report_that_states_all_cells_states_its_totals_as_zero(shared_documents: Path) -> None:
    facts = _table(_read(shared_documents, PINGYUAN), "t3")
    stated = {
        fact.row_key: fact.value
        for fact in facts
        if fact.column_key == "natural_person" and fact.value != "0"
    }
    assert stated == NATURAL_PERSONS
    assert {fact.state for fact in facts if fact.column_key != "natural_person"} == {CellState.ZERO}
    assert len(facts) == 161


@pytest.mark.parametrize(("name", "unit"), [(XINXIANG, "万元"), (XINYANG, "万元"), (PINGYUAN, "万元")])
def test_the_unit_of_money_is_found_in_the_header_or_in_the_cell(
    name: str, unit: str, shared_documents: Path
) -> None:
    facts = _table(_read(shared_documents, name), "t2")
    assert [fact.unit for fact in facts if fact.column_key == "procurement_amount"] == [unit]


def test_every_fact_points_at_its_row_in_the_text(shared_documents: Path) -> None:
    (path,) = shared_documents.glob(f"{XINYANG}*.txt")
    text = path.read_text(encoding="utf-8")
    for fact in read_forms(find_tables(text), is_report=True).facts:
        assert fact.start is not None
        if fact.table_key != "t4":
            assert fact.row_label in text[fact.start : fact.start + 200].partition("\n")[0]


def _read(folder: Path, name: str) -> FormReading:
    (path,) = folder.glob(f"{name}*.txt")
    return read_forms(find_tables(path.read_text(encoding="utf-8")), is_report=True)


def _table(reading: FormReading, key: str) -> list[Fact]:
    return [fact for fact in reading.facts if fact.table_key == key]
