"""What the identities of a form imply for blank cells, and when they imply nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.forms.cell_values import CellReading, read_cell
from pipelines.forms.form_catalogue import form_by_id
from pipelines.forms.form_model import CellState, Measure
from pipelines.forms.form_sums import implied_values

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = form_by_id("form_2019")
LEAVES = tuple(term.key for one in FORM.identities if one.check == "t3.results_sum" for term in one.left)

Printed = str | CellState
Rows = dict[str, tuple[Printed, ...]]


def _reading(printed: Printed) -> CellReading:
    if isinstance(printed, CellState):
        return CellReading(printed)
    return read_cell(printed, Measure.COUNT)


def _places(table: str) -> list[tuple[str, str, int]]:
    """Return the cells of a table: row, column, and the number of the column."""
    layout = FORM.table(table)
    assert layout is not None
    return [(row.key, column.key, block.columns.index(column)) for block, row, column in layout.cells()]


def _table(table: str, rows: Mapping[str, tuple[Printed, ...]]) -> list[CellReading]:
    """Print a table of the form; a row that is not given is not in the document, `""` is a blank cell."""
    return [
        _reading(rows[row][number] if row in rows else CellState.LAYOUT_ERROR)
        for row, _, number in _places(table)
    ]


def _full(*values: int) -> tuple[str, ...]:
    return tuple(map(str, values))


def _only_totals(*totals: int) -> Rows:
    return {key: ("",) * 6 + (str(total),) for key, total in zip(LEAVES, totals, strict=False)}


def _implied(table: str, rows: Mapping[str, tuple[Printed, ...]]) -> dict[tuple[str, str], str]:
    places = _places(table)
    found = implied_values(_table(table, rows), FORM.id, table)
    return {places[place][:2]: value for place, value in found.items()}


FIRST_CITY = {
    "new_requests": _full(365, 415, 0, 1, 21, 800, 1602),
    "carried_in": _full(3, 1, 0, 0, 0, 2, 6),
    **_only_totals(1412, 21, 1, 11, 8, 12, 2, 2, 0, 1, 81, 1, 2, 33, 1, 1, 1, 0),
    "other_handling": _full(10, 3, 0, 0, 0, 3, 16),
    "results_total": _full(367, 415, 0, 1, 21, 802, 1606),
    "carried_out": _full(1, 1, 0, 0, 0, 0, 2),
}
SECOND_CITY = {
    "new_requests": _full(554, 7, 0, 1, 27, 50, 639),
    "carried_in": _full(6, 0, 0, 0, 0, 0, 6),
    **_only_totals(498, 14, 0, 5, 0, 25, 1, 0, 0, 3, 58, 2, 0, 10, 11, 0, 0),
    "rejected_reconfirm": _full(0, 0, 0, 0, 0, 0, 0),
    "other_handling": _full(17, 0, 0, 0, 0, 0, 17),
    "results_total": _full(559, 7, 0, 1, 27, 50, 644),
    "carried_out": _full(1, 0, 0, 0, 0, 0, 1),
}
# A zone whose totals are all printed as 0 beside applicants that are not.
ZONE = {
    **dict.fromkeys(LEAVES, _full(0, 0, 0, 0, 0, 0, 0)),
    "new_requests": _full(16, 0, 0, 0, 0, 0, 0),
    "carried_in": _full(1, 0, 0, 0, 0, 0, 0),
    "disclosed": ("13", "", "", "", "", "", "0"),
    "results_total": _full(17, 0, 0, 0, 0, 0, 0),
    "carried_out": _full(1, 0, 0, 0, 0, 0, 0),
}


@pytest.mark.parametrize(
    ("rows", "blanks", "zeros"),
    [(FIRST_CITY, 108, 28), (SECOND_CITY, 102, 52)],
    ids=["28 of 108", "52 of 102"],
)
def test_only_zeros_are_implied_where_leaves_state_their_total_only(
    rows: Rows, blanks: int, zeros: int
) -> None:
    assert sum(reading.state is CellState.BLANK for reading in _table("t3", rows)) == blanks
    implied = _implied("t3", rows)
    assert len(implied) == zeros
    assert set(implied.values()) == {"0"}
    zero_rows = {key for key, values in rows.items() if values[6] == "0"}
    assert all(row in zero_rows or column == "research_institution" for row, column in implied)


def test_a_table_that_contradicts_itself_implies_nothing() -> None:
    assert _implied("t3", ZONE) == {}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            ("3", "", "1", "0", "4"), {"corrected": "0"}, id="one blank part is the rest, here zero"
        ),
        pytest.param(("3", "", "1", "0", "9"), {"corrected": "5"}, id="one blank part is the rest"),
        pytest.param(("3", "2", "1", "0", ""), {"total": "6"}, id="a blank whole is the sum"),
        pytest.param(
            ("3", "", "", "", "3"),
            {"corrected": "0", "other_result": "0", "pending": "0"},
            id="nothing is left for the blank parts",
        ),
        pytest.param(("3", "", "", "0", "9"), {}, id="two blank parts share a rest"),
        pytest.param(("3", "", "1", "0", ""), {}, id="a part and the whole are blank"),
        pytest.param(
            ("", "", "", "", "0"),
            dict.fromkeys(("upheld", "corrected", "other_result", "pending"), "0"),
            id="a whole of zero",
        ),
        pytest.param(("", "", "", "", ""), {}, id="nothing is stated"),
        pytest.param(("3", "", "1", "0", "3"), {}, id="the parts exceed the whole"),
        pytest.param(("-3", "", "1", "0", "3"), {}, id="a count below zero"),
        pytest.param(("3", "", CellState.DASH, "0", "3"), {}, id="a dash"),
        pytest.param(("3", "", CellState.AMBIGUOUS, "0", "9"), {}, id="a cell of uncertain place"),
        pytest.param(("3", "", CellState.LAYOUT_ERROR, "0", "9"), {}, id="a torn cell"),
        pytest.param(("3.50", "", "0", "0", "3.50"), {"corrected": "0"}, id="decimals"),
    ],
)
def test_a_block_of_outcomes(row: tuple[Printed, ...], expected: dict[str, str]) -> None:
    assert {column: value for (_, column), value in _implied("t4", {"review": row}).items()} == expected


def test_one_failing_block_silences_the_whole_table() -> None:
    good = ("3", "", "1", "0", "9")
    assert len(_implied("t4", {"review": good, "litigation_direct": ("1", "1", "1", "1", "4")})) == 1
    assert _implied("t4", {"review": good, "litigation_direct": ("1", "1", "1", "1", "5")}) == {}


def test_what_is_implied_implies_more() -> None:
    rows = {
        "new_requests": _full(5, 2, 0, 0, 0, 0, 7),
        "carried_in": _full(0, 0, 0, 0, 0, 0, 0),
        "results_total": ("", "2", "0", "0", "0", "0", ""),
        "carried_out": _full(1, 0, 0, 0, 0, 0, 1),
    }
    implied = _implied("t3", rows)
    assert implied == {("results_total", "natural_person"): "4", ("results_total", "total"): "6"}


def test_a_table_that_the_form_does_not_have_implies_nothing() -> None:
    assert implied_values([CellReading(CellState.BLANK)], FORM.id, "stat") == {}


@st.composite
def sound_tables(draw: st.DrawFn) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]:
    counts = st.one_of(st.just(0), st.just(0), st.integers(0, 300))
    six = st.lists(counts, min_size=6, max_size=6)
    rows = {key: draw(six) if draw(st.booleans()) else [0] * 6 for key in LEAVES}
    results = [sum(column) for column in zip(*rows.values(), strict=True)]
    carried_out = draw(six)
    totals = [sum(pair) for pair in zip(results, carried_out, strict=True)]
    carried_in = [min(one, total) for one, total in zip(draw(six), totals, strict=True)]
    new = [total - before for total, before in zip(totals, carried_in, strict=True)]
    rows |= {
        "new_requests": new,
        "carried_in": carried_in,
        "results_total": results,
        "carried_out": carried_out,
    }
    true = {key: _full(*parts, sum(parts)) for key, parts in rows.items()}
    lost = draw(st.sets(st.tuples(st.sampled_from(sorted(true)), st.integers(0, 6)), max_size=80))
    shown = {
        key: tuple("" if (key, index) in lost else value for index, value in enumerate(values))
        for key, values in true.items()
    }
    return true, shown


@given(sound_tables())
def test_what_is_implied_is_what_was_blanked(
    example: tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]],
) -> None:
    true, shown = example
    numbers = {(row, column): number for row, column, number in _places("t3")}
    for (row, column), value in _implied("t3", shown).items():
        number = numbers[row, column]
        assert (shown[row][number], value) == ("", true[row][number])
