"""Tables compared by cell: by the keys of the form, and never more than both print."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from pipelines.duplicates.diff_cells import CellDifference, changed_forms, compare_cells
from pipelines.forms.form_model import CellState, Fact
from tests.archive.stating import facts_of


def shown(found: tuple[CellDifference, ...]) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (one.named_by.row_key, one.old.raw if one.old else None, one.new.raw if one.new else None)
        for one in found
    ]


def unparted(facts: tuple[Fact, ...], raw: str) -> tuple[Fact, ...]:
    return tuple(replace(fact, value=None, raw=raw, state=CellState.LAYOUT_ERROR) for fact in facts)


APPLICATIONS = facts_of({"t3.new_requests.total": "75", "t3.carried_in.total": "0", "t3.denied.total": None})


def test_a_cell_that_changed_is_named_and_counted() -> None:
    new = facts_of({"t3.new_requests.total": "81", "t3.carried_in.total": "0", "t3.denied.total": None})
    found = compare_cells(APPLICATIONS, new)
    assert shown(found) == [("new_requests", "75", "81")]
    assert found[0].difference == Decimal(6)
    assert found[0].is_told


def test_a_blank_cell_that_is_filled_has_no_difference_to_reckon() -> None:
    new = facts_of({"t3.new_requests.total": "75", "t3.carried_in.total": "0", "t3.denied.total": "3"})
    [found] = compare_cells(APPLICATIONS, new)
    assert (found.difference, found.is_told) == (None, True)


def test_a_figure_spelt_otherwise_is_the_same() -> None:
    old, new = facts_of({"t2.fees.amount": "12.50"}), facts_of({"t2.fees.amount": "12.5"})
    assert compare_cells(old, new) == ()


def test_another_unit_is_another_figure_with_no_difference() -> None:
    old = tuple(replace(fact, unit="万元") for fact in facts_of({"t2.fees.amount": "12"}))
    [found] = compare_cells(old, tuple(replace(fact, unit="元") for fact in old))
    assert found.difference is None


def test_tables_of_different_forms_are_joined_where_both_have_the_cell_and_table_2_never() -> None:
    old = facts_of({"t2.rules.total": "5", "t3.new_requests.total": "75", "t3.other.total": "1"}, "form_2019")
    new = facts_of({"t2.rules.total": "6", "t3.new_requests.total": "81", "t3.other_late.total": "2"})
    assert shown(compare_cells(old, new)) == [("new_requests", "75", "81")]
    assert changed_forms(old, new) == {("t2", 1), ("t3", 1)}


def test_a_table_that_is_new_shows_what_it_states() -> None:
    assert shown(compare_cells((), APPLICATIONS)) == [
        ("new_requests", None, "75"),
        ("carried_in", None, "0"),
    ]


def test_a_row_that_neither_side_can_part_is_compared_once_as_printed() -> None:
    cells = facts_of({"t2.rules.made": "1", "t2.rules.repealed": "2", "t2.rules.in_force": "3"})
    old, new = unparted(cells, "规章123"), unparted(cells, "规章124")
    [found] = compare_cells(old, new)
    assert (found.is_row, found.is_told, found.difference) == (True, True, None)
    assert compare_cells(old, unparted(cells, "规章 123")) == ()


def test_a_row_that_one_side_alone_cannot_part_tells_nothing_of_its_figures() -> None:
    cells = facts_of({"t2.rules.made": "1"})
    [found] = compare_cells(cells, unparted(cells, "规章123"))
    assert (found.is_row, found.is_told) == (False, False)
