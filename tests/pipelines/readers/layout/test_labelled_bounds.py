"""How far words of a label, its figures and the heads may stand: within the bounds, and beyond."""

from __future__ import annotations

import pytest

from pipelines.grid import Box
from pipelines.readers.layout.geometry import Word
from pipelines.readers.layout.label_search import PrintedHeads, PrintedLabel, find_label
from pipelines.readers.layout.labelled_tables import _row_of_figures, _select_beside

SIZE = 10.0


def word(text: str, left: float, top: float) -> Word:
    """Return a word of square characters."""
    return Word(text, Box(left, top, left + SIZE * len(text), top + SIZE))


@pytest.mark.parametrize(
    ("left", "top", "is_found"),
    [
        pytest.param(30.0, 0.0, True, id="a blank behind the first"),
        pytest.param(30.5, 0.0, False, id="more than a blank behind"),
        pytest.param(18.0, 0.0, True, id="running into the first"),
        pytest.param(17.5, 0.0, False, id="over the first"),
        pytest.param(0.0, 6.0, True, id="close below"),
        pytest.param(0.0, 5.9, False, id="too close below"),
        pytest.param(0.0, 32.0, True, id="far below"),
        pytest.param(0.0, 32.5, False, id="too far below"),
        pytest.param(6.0, 12.0, True, id="hardly aligned"),
        pytest.param(6.5, 12.0, False, id="not aligned"),
    ],
)
def test_the_second_part_of_a_label_stands_beside_or_below_the_first(
    left: float, top: float, is_found: bool
) -> None:
    found = find_label(("结果维持",), [word("结果", 0.0, 0.0), word("维持", left, top)])
    assert bool(found) is is_found


@pytest.mark.parametrize(("off", "is_beside"), [(3.5, True), (-3.5, True), (3.6, False), (-3.6, False)])
def test_a_figure_stands_beside_the_lines_of_its_label(off: float, is_beside: bool) -> None:
    label = PrintedLabel(((word("总计", 0.0, 100.0),),))
    assert bool(_select_beside(label, [word("7", 50.0, 100.0 + off)])) is is_beside


@pytest.mark.parametrize(
    ("down", "next_row", "is_told"),
    [
        pytest.param(80.0, 30.0, True, id="as far as may be"),
        pytest.param(80.5, 30.0, False, id="too far below the heads"),
        pytest.param(20.0, 29.0, False, id="another row of figures below"),
    ],
)
def test_a_row_without_a_label_stands_alone_below_its_heads(
    down: float, next_row: float, is_told: bool
) -> None:
    heads = PrintedHeads((PrintedLabel(((word("总计", 0.0, 0.0),),)),))
    figure, other = word("7", 0.0, down), word("8", 0.0, down + next_row)
    assert bool(_row_of_figures(heads, [figure, other], figure)) is is_told
