"""Figures of rows that lost blank cells stand where columns add up in one way, or nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipelines.forms import figure_places
from pipelines.forms.figure_places import place_figures
from pipelines.forms.labels import STATUTORY

if TYPE_CHECKING:
    import pytest

COLUMNS = 4
BALANCE = {"one": 1, "two": 1, "three": 1, "all": -1}


def _place(**rows: str) -> dict[str, tuple[str | None, ...]]:
    return place_figures({key: text.split() for key, text in rows.items()}, COLUMNS, [BALANCE])


def test_a_figure_stands_where_its_column_needs_it() -> None:
    placed = _place(one="7 7", two="2 5 7", three="", all="2 5 7 14")
    assert placed == {"one": (None, None, "7", "7"), "two": ("2", "5", None, "7")}


def test_what_all_ways_agree_on_is_told_and_nothing_else() -> None:
    placed = _place(one="1 1", two="1 8 9", three="", all="1 1 8 10")
    assert placed["one"] == (None, None, None, "1")
    assert placed["two"] == (None, None, "8", "9")


def test_a_zero_stands_where_order_leaves_it_one_place() -> None:
    assert _place(one="3 0 4 7", two="5 5", three="0", all="3 5 4 12")["two"] == (None, "5", None, "5")
    assert _place(one="3 0 4 7", two="6 0 6", three="", all="3 6 4 13")["two"] == (None, "6", "0", "6")


def test_columns_that_do_not_add_up_place_nothing() -> None:
    assert _place(one="7 7", two="2 5 7", three="", all="2 6 6 14") == {}


def test_more_choices_than_are_tried_rule_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_places, "STATUTORY", replace(STATUTORY, choices=0))
    assert _place(one="7 7", two="2 5 7", three="", all="2 5 7 14") == {}


NUMBERS = st.lists(st.sampled_from((0, 0, 0, 1, 2, 30, 471)), min_size=3, max_size=3)


@settings(max_examples=60)
@given(parts=st.tuples(NUMBERS, NUMBERS, NUMBERS), lost=st.lists(st.booleans(), min_size=12, max_size=12))
def test_no_figure_has_another_place_than_it_had(parts: tuple[list[int], ...], lost: list[bool]) -> None:
    """Any blank cell of a zero may be lost."""
    whole = [sum(column) for column in zip(*parts, strict=True)]
    lose = iter(lost)
    printed = {
        key: [*(None if not part and next(lose) else str(part) for part in row), str(sum(row))]
        for key, row in zip(("one", "two", "three", "all"), (*parts, whole), strict=True)
    }
    rows = {key: [text for text in row if text is not None] for key, row in printed.items()}
    for key, placed in place_figures(rows, COLUMNS, [BALANCE]).items():
        assert all(text in (None, cell) for text, cell in zip(placed, printed[key], strict=True))
