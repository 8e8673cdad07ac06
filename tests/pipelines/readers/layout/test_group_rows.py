"""Tables without rules, drawn as PDF and as OFD: figures beside labels of one, two and three lines."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.pipelines.readers.layout.wrapped_samples import PLACES, as_ofd, as_pdf, misread, placed
from tests.pipelines.statutory.filling import fill
from tests.pipelines.statutory.printed_forms import FORM_2021
from tests.pipelines.statutory.sheets import third_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

RENDERERS = pytest.mark.parametrize("render", [as_pdf, as_ofd], ids=["pdf", "ofd"])


@RENDERERS
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_figures_are_of_the_label_whose_lines_they_stand_beside(
    render: Callable[..., bytes], place: float
) -> None:
    """Labels of one, two and three lines, so close that no white parts those of three from the next."""
    for seed in (1, 2):
        filled = fill(FORM_2021, random.Random(seed), plain=True)
        lines = list(placed(third_sheet(filled, "", 1), place))
        assert misread(render(lines), filled) == ([], [])


@RENDERERS
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize(("pitch", "row"), [(4.2, 18.0), (4.6, 15.0), (5.5, 22.0)])
def test_lines_and_rows_may_stand_apart(
    render: Callable[..., bytes], place: float, pitch: float, row: float
) -> None:
    """Heads of two lines, one well below the other, are each over their own figures."""
    filled = fill(FORM_2021, random.Random(1), plain=True)
    lines = list(placed(third_sheet(filled, "", 1), place, pitch, row=row))
    assert misread(render(lines), filled) == ([], [])
