"""What is printed in a form is what is read, in whatever layout; or nothing, where cells were lost."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.forms.form_model import CellState
from tests.pipelines.statutory.arrangements import ARRANGEMENTS
from tests.pipelines.statutory.judging import facts_of, inexact_cells, key_of, wrong_values
from tests.pipelines.statutory.layouts import KEEPING, LAYOUTS, TEXTS, Case, render
from tests.soak import seeds, series

SEEDS = st.integers(0, 2**32)
WIDENING = ("padded", "joined")
"""Blank cells at the ends of rows that text, where spans are lost, cannot tell from those of the form."""


@series
@pytest.mark.parametrize("layout", KEEPING)
@given(data=st.data())
@settings(max_examples=len(seeds(50)))
def test_layouts_that_keep_blank_cells_are_read_exactly(layout: str, data: st.DataObject) -> None:
    known = [name for name in ARRANGEMENTS if layout not in TEXTS or name not in WIDENING]
    case = Case.of(layout, data.draw(st.sampled_from(known)), Random(data.draw(SEEDS)))
    facts = facts_of(*render(case))
    assert list(inexact_cells(facts, case.filled, edges_count=layout not in TEXTS)) == []


@series
@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout in TEXTS])
@given(arrangement=st.sampled_from(sorted(ARRANGEMENTS)), seed=SEEDS)
@settings(max_examples=len(seeds(50)))
def test_layouts_that_lost_cells_give_no_other_value(layout: str, arrangement: str, seed: int) -> None:
    case = Case.of(layout, arrangement, Random(seed))
    assert list(wrong_values(facts_of(*render(case)), case.filled)) == []


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "glued"])
@pytest.mark.parametrize("seed", range(3))
def test_a_form_that_states_every_cell_is_read_in_any_layout_but_the_glued(layout: str, seed: int) -> None:
    """Nothing is blank, so nothing is lost; but of a cell a line, only sums tell a cell from half of one."""
    case = Case.of(layout, "as printed", Random(seed), complete=True)
    inexact = inexact_cells(facts_of(*render(case)), case.filled)
    assert [cell for cell in inexact if layout != "bare lines" or "t2." not in cell] == []


@pytest.mark.parametrize("seed", range(3))
def test_glued_cells_are_never_taken_apart_and_each_has_its_row(seed: int) -> None:
    case = Case.of("glued", "as printed", Random(seed), complete=True)
    facts = [fact for fact in facts_of(*render(case)) if key_of(fact)]
    assert {key_of(fact) for fact in facts} == set(case.filled.cells)
    assert {fact.value for fact in facts} == {None}
    assert {fact.state for fact in facts} <= {CellState.LAYOUT_ERROR, CellState.AMBIGUOUS}
