"""The places that figures may take in a row whose blank cells are lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from math import comb

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelines.forms.form_catalogue import known_forms
from pipelines.forms.torn_rows import possible_places
from tests.pipelines.forms.drawn import COLUMN_KEYS

FORM = known_forms()[0]
LEAVES = next(one.left for one in FORM.identities if one.check == "t3.results_sum")
LEAF_KEYS = tuple(term.key for term in LEAVES)
ONLY_TOTAL = (6,)

Cells = dict[tuple[str, str], Decimal]


def _cells(**rows: tuple[int, ...]) -> Cells:
    return {
        (row, column): Decimal(value)
        for row, values in rows.items()
        for column, value in zip(COLUMN_KEYS, values, strict=True)
    }


CITY = _cells(
    new_requests=(365, 415, 0, 1, 21, 800, 1602),
    carried_in=(3, 1, 0, 0, 0, 2, 6),
    other_handling=(10, 3, 0, 0, 0, 3, 16),
    results_total=(367, 415, 0, 1, 21, 802, 1606),
    carried_out=(1, 1, 0, 0, 0, 0, 2),
)
OTHER_CITY = _cells(
    new_requests=(554, 7, 0, 1, 27, 50, 639),
    carried_in=(6, 0, 0, 0, 0, 0, 6),
    rejected_reconfirm=(0, 0, 0, 0, 0, 0, 0),
    other_handling=(17, 0, 0, 0, 0, 0, 17),
    results_total=(559, 7, 0, 1, 27, 50, 644),
    carried_out=(1, 0, 0, 0, 0, 0, 1),
)


def _places(values: list[int], known: Cells, row: str = "disclosed") -> tuple[tuple[int, ...], ...]:
    return possible_places([Decimal(value) for value in values], row, COLUMN_KEYS, known, FORM)


@pytest.mark.parametrize(("stated", "count"), [(0, 1), (1, 7), (2, 21), (4, 35), (6, 7), (7, 1), (8, 0)])
def test_without_confirmation_every_place_is_possible(stated: int, count: int) -> None:
    places = _places([5] * stated, {})
    assert len(places) == count == comb(7, stated)
    assert all(tuple(sorted(place)) == place for place in places)


def test_a_figure_larger_than_any_kind_of_applicant_filed_is_the_total() -> None:
    assert _places([1412], CITY) == (ONLY_TOTAL,)


@pytest.mark.parametrize(
    ("value", "known"),
    [(81, CITY), (33, CITY), (0, CITY), (802, CITY), (498, OTHER_CITY), (58, OTHER_CITY), (14, OTHER_CITY)],
)
def test_a_figure_that_fits_elsewhere_is_not_placed(value: int, known: Cells) -> None:
    places = _places([value], known)
    assert len(places) > 1
    assert ONLY_TOTAL in places


def test_a_figure_that_fits_nowhere_contradicts_the_table() -> None:
    assert _places([1607], CITY) == ()


def test_what_is_left_must_agree_with_the_row() -> None:
    natural_only = {key: value for key, value in CITY.items() if key[0] != "other_handling"}
    for row in ("new_requests", "results_total"):
        natural_only |= _cells(**{row: (16, 0, 0, 0, 0, 0, 16)})
    for row in ("carried_in", "carried_out"):
        natural_only |= _cells(**{row: (0, 0, 0, 0, 0, 0, 0)})
    assert _places([13, 13], natural_only) == ((0, 6),)
    assert _places([1, 3], natural_only) == (), "the halves of a torn 13 are no two cells"


@pytest.mark.parametrize(
    "row", ["new_requests", "carried_in", "results_total", "carried_out", "a row of no form"]
)
def test_only_results_are_placed(row: str) -> None:
    assert len(_places([1412], CITY, row)) == 7


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({("new_requests", "natural_person"): Decimal(364)}, id="balance and row sum fail"),
        pytest.param({("carried_out", "total"): Decimal(3)}, id="a total is wrong"),
        pytest.param({("other_handling", "total"): Decimal(15)}, id="another row does not add up"),
        pytest.param({("other_handling", "legal_service"): Decimal(22)}, id="a result larger than the total"),
        pytest.param({("partly_disclosed", "business"): Decimal(-1)}, id="a count below zero"),
    ],
)
def test_a_table_with_a_fault_rules_nothing_out(changed: Cells) -> None:
    assert len(_places([1412], CITY | changed)) == 7


@pytest.mark.parametrize("missing", [key for key in CITY if key[0] != "other_handling"], ids="-".join)
def test_a_balance_with_a_cell_unknown_rules_nothing_out(missing: tuple[str, str]) -> None:
    assert len(_places([1412], {key: value for key, value in CITY.items() if key != missing})) == 7


def test_a_row_with_other_columns_rules_nothing_out() -> None:
    columns = ("natural_person", "legal_person", "total")
    assert len(possible_places([Decimal(1412)], "disclosed", columns, CITY, FORM)) == 3


def test_a_form_without_identities_rules_nothing_out() -> None:
    bare = replace(FORM, identities=())
    assert len(possible_places([Decimal(1412)], "disclosed", COLUMN_KEYS, CITY, bare)) == 7


@dataclass(frozen=True)
class Printed:
    """A whole table, a row of it that lost its blanks, and the rows that did not."""

    cells: Cells
    row: str
    kept: tuple[int, ...]
    known_rows: frozenset[str]

    @property
    def values(self) -> list[Decimal]:
        return [self.cells[self.row, COLUMN_KEYS[index]] for index in self.kept]

    @property
    def known(self) -> Cells:
        return {key: value for key, value in self.cells.items() if key[0] in self.known_rows}

    @property
    def places(self) -> tuple[tuple[int, ...], ...]:
        return possible_places(self.values, self.row, COLUMN_KEYS, self.known, FORM)


def _with_total(parts: list[int]) -> tuple[int, ...]:
    return (*parts, sum(parts))


@st.composite
def tables(draw: st.DrawFn) -> Printed:
    small = st.one_of(st.just(0), st.just(0), st.integers(0, 40), st.integers(0, 2000))
    six = st.lists(small, min_size=6, max_size=6)
    leaves = {key: draw(six) for key in draw(st.sets(st.sampled_from(LEAF_KEYS), max_size=4))}
    rows = {key: _with_total(leaves.get(key, [0] * 6)) for key in LEAF_KEYS}
    results = [sum(row[index] for row in rows.values()) for index in range(6)]
    carried_out = draw(six)
    carried_in = [
        min(one, result + out) for one, result, out in zip(draw(six), results, carried_out, strict=True)
    ]
    new = [
        result + out - before for result, out, before in zip(results, carried_out, carried_in, strict=True)
    ]
    heads = {
        "new_requests": new,
        "carried_in": carried_in,
        "results_total": results,
        "carried_out": carried_out,
    }
    cells = _cells(**rows, **{key: _with_total(parts) for key, parts in heads.items()})
    row = draw(st.sampled_from(sorted(leaves) or LEAF_KEYS))
    kept = tuple(sorted(draw(st.sets(st.integers(0, 6), max_size=7))))
    others = draw(st.sets(st.sampled_from(LEAF_KEYS))) - {row}
    return Printed(cells, row, kept, frozenset(heads) | others)


@given(tables())
def test_the_true_place_is_always_possible(printed: Printed) -> None:
    assert printed.kept in printed.places


@given(tables(), st.data())
def test_in_a_table_with_wrong_figures_a_single_place_is_the_true_one(
    printed: Printed, data: st.DataObject
) -> None:
    wrong = data.draw(
        st.dictionaries(
            st.sampled_from(sorted(printed.cells)), st.integers(0, 3000).map(Decimal), min_size=1, max_size=3
        )
    )
    faulty = replace(printed, cells=printed.cells | wrong)
    # The one misprint that arithmetic cannot tell: a result larger than all results of its column.
    assume(
        all(
            value <= faulty.cells["results_total", COLUMN_KEYS[index]]
            for value, index in zip(faulty.values, faulty.kept, strict=True)
        )
    )
    places = faulty.places
    assert len(places) != 1 or places == (faulty.kept,)
