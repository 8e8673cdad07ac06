"""Figures that were recognised: which have a value, and what becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pipelines.forms.form_model import CellState, How
from pipelines.forms.form_sums import as_recognised, recognised_rows, settle_recognised
from pipelines.forms.statutory_tables import read_forms
from pipelines.grid import Cell, Grid, table_of
from pipelines.tables.text_tables import find_tables
from tests.renditions.model import PrintedTable, draw_report, print_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.forms.form_model import Fact
    from tests.renditions.figures import Key

FORM = "form_2021"
ROW, COLUMN = "disclosed", "natural_person"


def figures(**cells: str) -> dict[Key, str]:
    """Return a T3 of ones that adds up, cells of the row `disclosed` as given."""
    drawn = dict(draw_report(FORM, 1, blanks=0.0, dashes=0.0).figures)
    return {**drawn, **{("t3", None, ROW, column): printed for column, printed in cells.items()}}


def grid_of(table: PrintedTable, confidence: Mapping[str, float], usual: float | None) -> Grid:
    """Return a printed table as it is recognised: of some texts with another confidence than usual."""
    size = max(one.column + one.cell.columns for one in table.placed())
    rows = [[Cell("", y, x, is_filler=True) for x in range(size)] for y in range(len(table.rows))]
    for one in table.placed():
        text = one.cell.text
        sure = confidence.get(text, usual) if text else None
        for y in range(one.row, one.row + one.cell.rows):
            for x in range(one.column, one.column + one.cell.columns):
                is_origin = (y, x) == (one.row, one.column)
                spans = (one.cell.rows, one.cell.columns)
                rows[y][x] = Cell(text, one.row, one.column, *spans, is_origin=is_origin, confidence=sure)
    return Grid(tuple(tuple(row) for row in rows))


def read(
    printed: Mapping[Key, str], confidence: Mapping[str, float], usual: float | None = 0.99, key: str = "t3"
) -> dict[tuple[str, str], Fact]:
    """Return the facts of a table of a recognised report, by row and column."""
    report = print_report(FORM, printed)
    table = next(part for part in report.parts if isinstance(part, PrintedTable) and part.key == key)
    facts = read_forms([table_of(grid_of(table, confidence, usual), 0)], is_report=True).facts
    return {(fact.row_key or "", fact.column_key or ""): fact for fact in facts}


def test_a_stroke_that_is_stored_is_what_it_is() -> None:
    fact = read(figures(natural_person="一"), {}, usual=None)[ROW, COLUMN]
    assert (fact.state, fact.value, fact.raw) == (CellState.TEXT, None, "一")


def test_a_stored_table_is_not_called_recognised() -> None:
    facts = read(figures(), {}, usual=None)
    assert {fact.how for fact in facts.values()} == {How.GRID}
    assert {fact.confidence for fact in facts.values()} == {None}


def test_recognised_figures_say_so_and_how_sure_they_are() -> None:
    facts = read(figures(), {})
    assert len(facts) == 175
    assert {fact.how for fact in facts.values()} == {How.OCR}
    assert {fact.confidence for fact in facts.values()} == {0.99}
    assert all(fact.value is not None for fact in facts.values())


@pytest.mark.parametrize(
    ("printed", "confidence", "state", "value"),
    [
        pytest.param("777", 0.9, CellState.NUMBER, "777", id="a sure figure stays, though its sums fail"),
        pytest.param("777", 0.89, CellState.AMBIGUOUS, None, id="an unsure one is open"),
        pytest.param("777", 0.0, CellState.AMBIGUOUS, None, id="two readings that differ leave it open"),
        pytest.param("□", 0.0, CellState.AMBIGUOUS, None, id="ink that cannot be read is no blank cell"),
        *(
            pytest.param(stroke, 0.99, CellState.AMBIGUOUS, None, id=f"{stroke} may have been a dash")
            for stroke in ("一", "一一", "丨", "~")
        ),
        pytest.param("一次", 0.99, CellState.TEXT, None, id="a word is a word"),
        pytest.param("—", 0.3, CellState.AMBIGUOUS, None, id="a dash may have been a figure"),
        pytest.param("—", 0.95, CellState.DASH, None, id="a sure dash"),
        pytest.param("", 0.0, CellState.BLANK, None, id="a cell without ink is blank"),
    ],
)
def test_what_becomes_of_a_cell(printed: str, confidence: float, state: CellState, value: str | None) -> None:
    fact = read(figures(natural_person=printed), {printed: confidence})[ROW, COLUMN]
    assert (fact.state, fact.value, fact.raw, fact.how) == (state, value, printed, How.OCR)


def test_sums_that_are_stated_in_full_confirm_an_unsure_figure() -> None:
    printed = figures()
    figure = printed["t3", None, ROW, COLUMN]
    fact = read(printed, {figure: 0.1})[ROW, COLUMN]
    assert (fact.value, fact.confidence) == (figure, 0.1)


@pytest.mark.parametrize(
    "other",
    ["business", "total"],
    ids=["a blank part is not taken for zero", "a blank total confirms nothing"],
)
def test_a_sum_with_a_blank_cell_confirms_nothing(other: str) -> None:
    printed = figures(**{other: ""})
    figure = printed["t3", None, ROW, COLUMN]
    assert read(printed, {figure: 0.5})[ROW, COLUMN].state is CellState.AMBIGUOUS


@pytest.mark.parametrize(
    ("confidence", "is_sure"),
    [pytest.param(0.5, True, id="as likely as not"), pytest.param(0.49, False, id="less likely")],
)
def test_one_sum_confirms_a_figure_only_where_it_is_likely(confidence: float, is_sure: bool) -> None:
    # A cell of T4 is part of the sum of its block alone, those of T3 are part of two.
    figure = "4711"
    cells = {"upheld": figure, "corrected": "2", "other_result": "3", "pending": "4", "total": "4720"}
    drawn = dict(draw_report(FORM, 1, blanks=0.0, dashes=0.0).figures)
    printed: dict[Key, str] = {
        **drawn,
        **{("t4", "review", "review", key): text for key, text in cells.items()},
    }
    fact = read(printed, {figure: confidence}, key="t4")["review", "upheld"]
    assert (fact.value, fact.how) == (figure if is_sure else None, How.OCR)


def test_open_figures_imply_nothing_for_a_blank_cell() -> None:
    printed = figures(business="")
    beside, below = (printed["t3", None, *at] for at in ((ROW, COLUMN), ("partly_disclosed", "business")))
    assert read(printed, {})[ROW, "business"].implied is not None
    assert read(printed, {beside: 0.2, below: 0.2})[ROW, "business"].implied is None


def test_recognised_lines_that_draw_a_table_give_no_figure_without_its_sums() -> None:
    text = "\n".join(
        [
            "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
            "规章\t1\t2\t3",
            "行政规范性文件\t4\t5\t6",
        ]
    )
    tables = find_tables(text)
    stored = read_forms(tables, is_report=True).facts
    facts = read_forms(as_recognised(tables), is_report=True).facts
    assert {fact.value for fact in stored if fact.value} == set("123456")
    assert not any(fact.value for fact in facts)
    assert [fact.raw for fact in facts if fact.raw] == [fact.raw for fact in stored if fact.raw]


def test_what_arithmetic_placed_is_not_confirmed_by_arithmetic() -> None:
    report = print_report(FORM, figures())
    table = next(part for part in report.parts if isinstance(part, PrintedTable) and part.key == "t3")
    printed = table_of(grid_of(table, {}, 0.99), 0)
    facts = read_forms([table_of(grid_of(table, {}, None), 0)], is_report=True).facts
    placed = [replace(fact, how=How.ARITHMETIC) for fact in facts]
    settled = settle_recognised(placed, recognised_rows([printed]), FORM)
    assert {fact.state for fact in settled} == {CellState.AMBIGUOUS}
