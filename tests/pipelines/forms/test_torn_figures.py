"""Figures that narrow cells broke over lines: whole where sums prove it, never where two may stand there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pipelines.forms.form_model import CellState
from pipelines.forms.statutory_tables import read_forms
from pipelines.grid import Box
from tests.pipelines.forms.drawn import COLUMN_KEYS, ruled, third_ruled


def _read_row(*cells: str, page: int | None = 1) -> dict[str | None, tuple[str | None, CellState]]:
    """Return what is read of a row of a table that is drawn on a page."""
    table = ruled(third_ruled("form_2019", {"new_requests": cells, "results_total": cells}))
    if page:
        drawn = [tuple(replace(cell, box=Box(0, 0, 1, 1)) for cell in row.cells) for row in table.rows]
        rows = tuple(replace(row, cells=cells) for row, cells in zip(table.rows, drawn, strict=True))
        table = replace(table, rows=rows, page=page)
    facts = read_forms([table], is_report=True, year=2020).facts
    return {fact.column_key: (fact.value, fact.state) for fact in facts if fact.row_key == "new_requests"}


@pytest.mark.parametrize(
    "cells",
    [
        ("1596\n8", "5", "0", "0", "0", "0", "1597\n3"),
        ("1596\n8", "", "", "", "", "5", "1597\n3"),
        ("１８\n１８\n４", "７", "—", "—", "—", "—", "１８\n１９\n１"),
        ("11,07\n7", "5", "0", "0", "0", "0", "11,08\n2"),
    ],
)
def test_a_broken_figure_is_whole_where_the_row_adds_up_in_no_other_way(cells: tuple[str, ...]) -> None:
    told = _read_row(*cells)
    whole = {
        key: text.replace("\n", "").replace(",", "") for key, text in zip(COLUMN_KEYS, cells, strict=True)
    }
    for key in ("natural_person", "total"):
        value, state = told[key]
        assert (value and int(value), state) == (int(whole[key]), CellState.NUMBER)


@pytest.mark.parametrize(
    "cells",
    [
        ("1\n2", "3\n4", "0", "0", "0", "0", "4\n6"),
        ("1\n0", "5", "", "", "", "", "1\n5"),
        ("1596\n8", "1", "0", "0", "0", "0", "1596\n9"),
        ("12\n3", "0", "0", "0", "0", "0", "12\n3"),
        ("1596\n8", "5", "0", "0", "0", "0", "1597\n4"),
        ("1596\n8", "5", "0", "text", "0", "0", "1597\n3"),
        ("0\n0", "0", "0", "0", "0", "0", "0\n0"),
    ],
    ids=["two rows", "blank in one", "stated in one", "one part", "wrong sum", "unknown part", "no figure"],
)
def test_it_is_not_where_its_lines_may_be_figures_of_their_own(cells: tuple[str, ...]) -> None:
    told = _read_row(*cells)
    assert all(told[key][0] is None for key, text in zip(COLUMN_KEYS, cells, strict=True) if "\n" in text)


def test_a_figure_beside_a_blank_cell_is_not_told_where_two_rows_may_stand_in_one() -> None:
    told = _read_row("1\n0", "5", "", "", "", "", "1\n5")
    assert {state for _, state in told.values()} == {CellState.AMBIGUOUS}


def test_lines_of_a_cell_that_no_page_draws_are_not_joined() -> None:
    told = _read_row("1596\n8", "5", "0", "0", "0", "0", "1597\n3", page=None)
    assert told["natural_person"] == (None, CellState.LAYOUT_ERROR)
