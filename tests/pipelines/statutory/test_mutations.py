"""Accidents to a printed form never make another value of it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.statutory.arrangements import ARRANGEMENTS
from tests.pipelines.statutory.judging import facts_of, wrong_values
from tests.pipelines.statutory.layouts import ACCIDENTS, Case, render
from tests.pipelines.statutory.mutations import MUTATIONS
from tests.soak import seeds, series


@series
@pytest.mark.parametrize("mutation", MUTATIONS)
@given(data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=len(seeds(100)))
def test_a_mutated_form_gives_what_was_printed_or_no_value(
    mutation: str, data: st.DataObject, seed: int
) -> None:
    layouts = [layout for layout, accident in ACCIDENTS if accident == mutation]
    layout = data.draw(st.sampled_from(layouts))
    case = Case.of(layout, data.draw(st.sampled_from(sorted(ARRANGEMENTS))), Random(seed), mutation)
    assert list(wrong_values(facts_of(*render(case)), case.filled, case.mutated.contested)) == []
