"""What is a rule and what closes a cell: the bounds, a little within and a little beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.grid import Box
from pipelines.readers.layout.drawn_tables import (
    Rule,
    Step,
    find_strokes,
    find_tables,
    merge_rules,
    tables_of_strokes,
)

if TYPE_CHECKING:
    from pipelines.readers.layout.geometry import Point


def box(width: float, height: float) -> list[tuple[Step, Point]]:
    """Return the path around a box."""
    corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    return [(Step.MOVE if number == 0 else Step.LINE, corner) for number, corner in enumerate(corners)]


def grid(levels: int, uprights: int) -> tuple[list[Rule], list[Rule]]:
    """Return the rules of a table, ten points apart."""
    return (
        [Rule(10.0 * number, 0.0, 10.0 * (uprights - 1)) for number in range(levels)],
        [Rule(10.0 * number, 0.0, 10.0 * (levels - 1)) for number in range(uprights)],
    )


@pytest.mark.parametrize(("height", "found"), [(3.0, 1), (3.1, 0)])
def test_a_thin_area_is_a_rule(height: float, found: int) -> None:
    assert len(list(find_strokes(box(100, height), is_stroked=False, is_filled=True))) == found


@pytest.mark.parametrize(("size", "found"), [(60.0, 0), (60.5, 3)])
def test_the_outline_of_a_character_is_no_rule(size: float, found: int) -> None:
    path = [*box(size, 20.0), (Step.CURVE, (0.0, 0.0))]
    assert len(list(find_strokes(path, is_stroked=True, is_filled=False))) == found


@pytest.mark.parametrize(("down", "is_level"), [(0.7, True), (0.71, False)])
def test_a_rule_is_level_or_upright(down: float, is_level: bool) -> None:
    frame = list(find_strokes([*box(50, 50), (Step.CLOSE, (0, 0))], is_stroked=True, is_filled=False))
    for middle in (((0.0, 20.0), (50.0, 20.0 + down)), ((20.0, 0.0), (20.0 + down, 50.0))):
        assert [len(cells) for cells in tables_of_strokes([*frame, middle])] == [2] * is_level


@pytest.mark.parametrize(("gap", "count"), [(2.0, 1), (2.1, 2)])
def test_rules_that_go_on_or_lie_on_one_another_are_one(gap: float, count: int) -> None:
    assert len(merge_rules([Rule(0, 0, 10), Rule(0, 10 + gap, 30)])) == count
    assert len(merge_rules([Rule(0, 0, 10), Rule(gap, 0, 10)])) == count


@pytest.mark.parametrize(("left", "cells"), [(6.0, 2), (6.1, 4)])
def test_lines_that_reach_beyond_the_last_show_a_table_that_is_open(left: float, cells: int) -> None:
    levels = [Rule(y, 0, 100) for y in (0, 20, 40)]
    (table,) = find_tables(levels, [Rule(left, 0, 40), Rule(100, 0, 40)])
    assert len(table.cells) == cells


@pytest.mark.parametrize(("levels", "found"), [(3_997, 1), (3_998, 0)])
def test_a_drawing_of_many_lines_is_no_table(levels: int, found: int) -> None:
    assert len(find_tables(*grid(levels, 3))) == found


@pytest.mark.parametrize(("levels", "found"), [(501, 1), (502, 0)])
def test_a_drawing_of_many_places_is_no_table(levels: int, found: int) -> None:
    assert len(find_tables(*grid(levels, 101))) == found


def test_what_hangs_between_two_tables_is_no_cell() -> None:
    """Open at its foot and at one side: more is missing than the end of a page cuts."""
    levels = [Rule(0, 0, 60), Rule(20, 0, 60), Rule(40, 0, 20)]
    uprights = [Rule(0, 0, 40), Rule(20, 0, 40), Rule(60, 0, 20)]
    (table,) = find_tables(levels, uprights)
    assert table.cells == ((0, 0, 20, 20), (20, 0, 60, 20), (0, 20, 20, 40))


def dotted(step: float, size: float = 0.75) -> list[tuple[Point, Point]]:
    """Return what is drawn of a table of four cells whose rules are rows of small squares."""
    dots = [(step * along, float(50 * across)) for across in range(3) for along in range(int(100 / step) + 1)]
    squares = [(x, y) for x, y in dots] + [(y, x) for x, y in dots]
    return [
        stroke
        for x, y in squares
        for stroke in find_strokes(
            [(kind, (px + x, py + y)) for kind, (px, py) in box(size, size)], is_stroked=False, is_filled=True
        )
    ]


@pytest.mark.parametrize(("step", "cells"), [(1.5, 4), (4.5, 4), (6.5, 0)])
def test_small_squares_in_a_row_are_a_dotted_rule(step: float, cells: int) -> None:
    assert sum(map(len, tables_of_strokes(dotted(step)))) == cells


def test_the_side_of_a_table_may_touch_no_rule_on_a_page_that_a_merged_cell_fills() -> None:
    levels, uprights = grid(4, 3)
    open_above = [Rule(upright.at, -20.0, 30.0) for upright in uprights]
    (table,) = find_tables(levels, [Rule(-20.0, -20.0, 30.0), *open_above])
    assert Box(-20.0, -20.0, 0.0, 30.0) in table.cells
    (other,) = find_tables(levels, [Rule(-20.0, -10.0, 30.0), *open_above])
    assert (len(table.cells), len(other.cells)) == (9, 8)
