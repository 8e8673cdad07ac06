"""Which figure stands below which head, where heads and figures stand at other sides of their cells."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.grid import Box
from pipelines.readers.layout.geometry import Word
from pipelines.readers.layout.labelled_tables import place_figures
from tests.renditions.layout import Align

SIZE, PADDING = 10.0, 2.0
SIDES = st.sampled_from(tuple(Align))
Cells = list[tuple[float, float]]


def placed(text: str, cell: tuple[float, float], side: Align, top: float) -> Word:
    """Return a text in a cell, its characters half as wide as they are high."""
    width = len(text) * SIZE / 2
    left = cell[0] + PADDING + side.of(cell[1] - cell[0] - 2 * PADDING - width)
    return Word(text, Box(left, top, left + width, top + SIZE))


def cells_of(widths: list[float]) -> Cells:
    """Return from where to where cells of these widths reach."""
    return [(100 + sum(widths[:number]), 100 + sum(widths[: number + 1])) for number in range(len(widths))]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32),
    columns=st.integers(1, 15),
    rows=st.integers(1, 4),
    sides=st.tuples(st.sampled_from((Align.START, Align.MIDDLE)), SIDES, SIDES),
)
def test_a_figure_is_never_below_the_head_of_another_column(
    seed: int, columns: int, rows: int, sides: tuple[Align, Align, Align]
) -> None:
    """Dashes stand at another side of their cells than numbers, as programs set them."""
    chance = random.Random(seed)
    heads, *sides_of_figures = sides
    is_even, share = chance.random() < 0.5, chance.choice((0.2, 0.7, 1.0))
    cells = cells_of([60.0 if is_even else chance.uniform(55, 110) for _ in range(columns)])
    boxes = [placed("字" * chance.randint(2, 10), cell, heads, 0.0).box for cell in cells]
    printed = [
        frozenset(
            placed(text, cell, sides_of_figures[text == "-"], 20.0 * row)
            for row in range(1, rows + 1)
            if chance.random() < share
            for text in (chance.choice(("-", str(chance.randrange(10 ** chance.randint(1, 7))))),)
        )
        for cell in cells
    ]
    told = place_figures(boxes, [word for column in printed for word in column])
    assert told is None or list(map(frozenset, told)) == printed


@pytest.mark.parametrize(("blank", "is_told"), [((), True), ((1,), False)])
def test_figures_beside_their_heads_are_told_where_no_column_is_blank(
    blank: tuple[int, ...], is_told: bool
) -> None:
    cells = cells_of([60.0, 90.0, 70.0])
    boxes = [placed("字", cell, Align.MIDDLE, 0.0).box for cell in cells]
    words = [placed("7", cell, Align.START, 20.0) for at, cell in enumerate(cells) if at not in blank]
    assert place_figures(boxes, words) == (tuple((word,) for word in words) if is_told else None)


@pytest.mark.parametrize("figures", [Align.START, Align.END])
def test_a_blank_column_among_unequal_ones_leaves_figures_open(figures: Align) -> None:
    cells = cells_of([60.0, 150.0, 70.0])
    boxes = [placed("合计", cell, Align.MIDDLE, 0.0).box for cell in cells]
    words = [placed("7", cells[number], figures, 20.0) for number in (0, 1)]
    assert place_figures(boxes, words) is None


def test_dashes_beside_figures_make_no_column_of_their_own() -> None:
    """A column of two sides beside a blank one: as many columns as heads, and still not one for each."""
    cells = cells_of([60.0, 150.0, 70.0])
    boxes = [placed("合计", cell, Align.MIDDLE, 0.0).box for cell in cells]
    words = [
        placed("7", cells[0], Align.END, 20.0),
        placed("1234", cells[1], Align.END, 20.0),
        placed("-", cells[1], Align.MIDDLE, 40.0),
    ]
    assert place_figures(boxes, words) is None


@pytest.mark.parametrize(
    ("figures", "columns"),
    [
        ([(54.0, 66.0), (151.0, 159.0)], [[0], [], [1]]),
        ([(40.0, 52.0), (130.0, 136.0)], [[0], [], [1]]),
        ([(54.0, 66.0), (185.0, 193.0)], None),
    ],
)
def test_figures_that_stand_straight_below_heads_are_theirs(
    figures: list[tuple[float, float]], columns: list[list[int]] | None
) -> None:
    """Heads of uneven columns, one of which is blank; figures in the middle, at the left, at neither."""
    heads = [Box(left, 0.0, right, SIZE) for left, right in ((40.0, 80.0), (95.0, 115.0), (130.0, 180.0))]
    words = [Word("5", Box(left, 20.0, right, 20.0 + SIZE)) for left, right in figures]
    told = place_figures(heads, words)
    assert (told and [[words.index(word) for word in column] for column in told]) == columns


@pytest.mark.parametrize(("side", "head"), [(Align.END, 25.0), (Align.START, 100.0)])
def test_numbers_that_end_or_begin_below_one_another_tell_which_head_is_theirs(
    side: Align, head: float
) -> None:
    """Between two heads: the one before where they stand at the right of their cells, else the next."""
    cells = cells_of([60.0, 150.0, 70.0])
    boxes = [placed("合计", (left, left + 24), Align.START, 0.0).box for left in (110.0, 160 + head, 340.0)]
    words = [placed(text, cells[1], side, 20.0 * row) for row, text in enumerate(("7", "1234"), 1)]
    told = place_figures(boxes, words)
    assert told
    assert list(map(set, told)) == [set(), set(words), set()]
    assert place_figures(boxes, words[:1]) is None
