"""Hostile and odd tables each come to a clear end: no crash, no stall, no value that is not theirs."""

from __future__ import annotations

import resource
import time
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING

import pytest

from pipelines.forms.form_model import CellState
from tests.pace import slowness
from tests.pipelines.statutory import hostile
from tests.pipelines.statutory.judging import facts_of, inexact_cells, key_of, wrong_values
from tests.pipelines.statutory.printed_forms import FORM_2021
from tests.soak import first_of, seeds, series

if TYPE_CHECKING:
    from pipelines.forms.form_model import Fact

SECONDS = 4.0
"""Processor time, twice what the slowest takes on a small machine: a stall takes minutes."""
PIECES = (
    "1 ",
    "1",
    "1.",
    "1,",
    "0\u3000",
    "增1",
    "-",
    "1/",
    "1件",
    "、",
    "一、",
    "（",
    "(1)",
    "其他 ",
    "1\n",
    "总计",
)
"""What a cell is made of when a pattern could try many ways to part it."""
MEGABYTES = 400
"""What reading may add to the process's peak; the largest of these reports has 5 MB."""


@series
@pytest.mark.parametrize("name", hostile.HEAVY)
def test_a_heavy_table_neither_stalls_nor_exhausts(name: str) -> None:
    payload, content_type = hostile.HEAVY[name]()
    before, pace = _peak_mb(), slowness()
    seconds, facts = _timed(payload, content_type)
    if seconds >= SECONDS * pace:  # once more, since others may be at work on the machine
        seconds, facts = min(_timed(payload, content_type), (seconds, facts), key=itemgetter(0))
    assert seconds < SECONDS * max(pace, slowness())
    assert _peak_mb() - before < MEGABYTES
    assert all((fact.value is None) is (fact.state not in ("number", "zero")) for fact in facts)


@series
@pytest.mark.parametrize("end", first_of(["其他", "", "%"]))
@pytest.mark.parametrize("piece", PIECES)
def test_a_cell_of_repeated_pieces_is_read_at_once(piece: str, end: str) -> None:
    """Each length stands where a pattern that tries every way begins to stall."""
    begin = time.process_time()
    for times in (12, 30, 200):
        for payload, content_type in hostile.one_cell(piece * times + end):
            facts_of(payload, content_type)
    assert time.process_time() - begin < SECONDS * slowness()


def test_two_third_tables_are_told_apart() -> None:
    own, departments = hostile.honest(5), hostile.honest(16)
    facts = facts_of(*hostile.two_third_tables(own, departments))
    assert list(inexact_cells(_numbered(facts, 1), own)) == []
    third = [fact for fact in _numbered(facts, 2) if fact.table_key == "t3"]
    assert len(third) == 175
    assert list(wrong_values(third, departments)) == []
    assert any(fact.value for fact in third)


def test_an_empty_draft_states_blanks_and_nothing_else() -> None:
    facts = facts_of(*hostile.empty_draft(hostile.honest()))
    read = {key: fact for fact in facts if (key := key_of(fact))}
    assert set(read) == set(FORM_2021.cell_keys())
    assert {fact.state for fact in read.values()} == {CellState.BLANK}


@series
@pytest.mark.parametrize("seed", seeds(12))
def test_an_added_column_moves_no_value(seed: int) -> None:
    filled = hostile.honest(seed)
    facts = facts_of(*hostile.added_column(filled, Random(seed)))
    assert list(wrong_values(facts, filled)) == []
    assert sum(fact.table_key == "t3" and key_of(fact) is not None for fact in facts) == 175


def _numbered(facts: tuple[Fact, ...], number: int) -> list[Fact]:
    return [fact for fact in facts if fact.table_no == number]


def _timed(payload: bytes, content_type: str) -> tuple[float, tuple[Fact, ...]]:
    begin = time.process_time()
    facts = facts_of(payload, content_type)
    return time.process_time() - begin, facts


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
