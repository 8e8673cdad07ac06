"""The rules of pictures, the cells between them, the angle they lie at, and where there is ink."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("rapidocr", reason="OCR is not installed: pip install 'gongkai[ocr]'")

from pipelines.grid import Box
from pipelines.readers.page_pictures import (
    find_cells,
    find_extent,
    find_ink,
    find_marks,
    find_rules,
    fit_scale,
    likely_dpi,
    measure_darkness,
    measure_skew,
    straighten_picture,
    turn_picture,
)
from pipelines.readers.recogniser import SCANS

if TYPE_CHECKING:
    from cv2.typing import MatLike
    from numpy.typing import NDArray

    from pipelines.readers.layout.drawn_tables import DrawnTable

    Picture = NDArray[np.uint8]

DPI = 200
XS, YS = (100, 400, 600, 800), (100, 160, 220, 280)


def paper(shade: int = 255) -> Picture:
    return np.full((500, 1000, 3), shade, np.uint8)


def ruled(skip: set[tuple[str, int, int]] | None = None, ink: int = 0, noise: float = 0.0) -> Picture:
    """Return a table of three by three, without some pieces (`across` or `down`, rule, piece)."""
    page, skip = paper(), skip or set()
    for number, y in enumerate(YS):
        for piece, (x0, x1) in enumerate(pairwise(XS)):
            if ("across", number, piece) not in skip:
                page[y : y + 2, x0 : x1 + 2] = ink
    for number, x in enumerate(XS):
        for piece, (y0, y1) in enumerate(pairwise(YS)):
            if ("down", number, piece) not in skip:
                page[y0 : y1 + 2, x : x + 2] = ink
    spoilt = page + np.random.default_rng(7).normal(0, noise, page.shape[:2])[:, :, None]
    return spoilt.clip(0, 255).astype(np.uint8)


def tables_in(page: MatLike) -> tuple[DrawnTable, ...]:
    return find_cells(find_rules(measure_darkness(page, DPI), DPI), DPI)


def in_places(cells: tuple[Box, ...]) -> set[tuple[int, int, int, int]]:
    """Return cells as the numbers of their edges: left, top, right, bottom."""

    def nearest(edges: tuple[int, ...], value: float) -> int:
        assert min(abs(edge - value) for edge in edges) <= 8
        return min(range(len(edges)), key=lambda number: abs(edges[number] - value))

    return {(nearest(XS, a), nearest(YS, b), nearest(XS, c), nearest(YS, d)) for a, b, c, d in cells}


@pytest.mark.parametrize(
    ("ink", "noise"),
    [(0, 0.0), (0, 18.0), (150, 0.0), (140, 8.0)],
    ids=["clean", "noisy", "pale", "pale and noisy"],
)
def test_the_cells_of_a_table_are_found(ink: int, noise: float) -> None:
    page = ruled(ink=ink, noise=noise)
    page[300:320, 100:130] = 0
    (table,) = tables_in(page)
    assert in_places(table.cells) == {(x, y, x + 1, y + 1) for x in range(3) for y in range(3)}
    assert not table.torn


def test_cells_without_a_rule_between_them_are_merged() -> None:
    (table,) = tables_in(ruled({("down", 1, 0), ("down", 2, 0), ("across", 2, 0)}))
    assert in_places(table.cells) == {
        (0, 0, 3, 1),
        (0, 1, 1, 3),
        *((x, y, x + 1, y + 1) for x in (1, 2) for y in (1, 2)),
    }


def test_cells_that_are_no_rectangle_together_are_torn() -> None:
    (table,) = tables_in(ruled({("down", 1, 0), ("across", 1, 0)}))
    assert in_places(table.torn) == {(0, 0, 1, 1), (1, 0, 2, 1), (0, 1, 1, 2)}


def test_a_table_that_is_open_at_its_sides_has_its_outer_columns() -> None:
    sides = {("down", x, y) for x in (0, 3) for y in range(3)}
    (table,) = tables_in(ruled(sides))
    assert in_places(table.cells) == {(x, y, x + 1, y + 1) for x in range(3) for y in range(3)}


def test_shaded_cells_are_cells() -> None:
    page = ruled()
    page[102:160, 102:800][page[102:160, 102:800] > 200] = 190
    (table,) = tables_in(page)
    assert len(table.cells) == 9


def test_a_row_of_characters_is_no_rule() -> None:
    page = paper()
    for x in range(100, 700, 34):
        for y in range(0, 30, 6):
            page[200 + y : 203 + y, x : x + 30] = 0
    assert tables_in(page) == ()


@pytest.mark.parametrize("degrees", [0.0, 0.4, -1.2, 2.0, -4.5])
def test_a_page_is_made_level(degrees: float) -> None:
    page = turn_picture(ruled(), degrees)
    assert measure_skew(page) == pytest.approx(-degrees, abs=0.1)
    assert len(tables_in(straighten_picture(page)[0])[0].cells) == 9


def test_an_empty_page_is_not_turned() -> None:
    assert straighten_picture(paper())[1] == 0.0


@pytest.mark.parametrize(
    ("box", "is_mark"),
    [
        pytest.param((500, 250, 514, 253), True, id="a dash"),
        pytest.param((500, 250, 504, 270), True, id="a one"),
        pytest.param((500, 250, 503, 253), False, id="a speck"),
    ],
)
@pytest.mark.parametrize("shade", [255, 200])
def test_what_is_as_large_as_a_dash_is_ink(box: tuple[int, int, int, int], is_mark: bool, shade: int) -> None:
    page = paper(shade)
    left, top, right, bottom = box
    page[top:bottom, left:right] = 20
    page[50:450:40, 100:400] = page[51:450:40, 100:400] = 0
    ink = find_ink(measure_darkness(page, DPI), DPI)
    found = [mark for mark in find_marks(ink, DPI) if mark[0] > 450]
    assert bool(found) is is_mark
    if found:
        assert np.allclose(found[0], box, atol=2)
        assert find_extent(ink, Box(450, 0, 1000, 500)) == found[0]


@pytest.mark.parametrize(
    ("width", "height", "stated", "dpi"),
    [(1654, 2339, None, 200), (1654, 2339, 200.0, 200), (1654, 2339, 72.0, 72), (1654, 2339, 1.0, 200)],
    ids=["by the size of a page", "as stated", "of a large page", "what cannot be is not believed"],
)
def test_how_fine_a_picture_is(width: int, height: int, stated: float | None, dpi: float) -> None:
    assert likely_dpi(width, height, stated) == pytest.approx(dpi, rel=0.01)


@pytest.mark.parametrize(
    ("width", "height", "dpi"), [(827, 1169, 100), (4961, 7016, 600), (9000, 9000, 200), (20000, 1500, 90)]
)
def test_pictures_are_brought_to_a_size(width: int, height: int, dpi: float) -> None:
    factor = fit_scale(width, height, dpi)
    assert width * height * factor**2 <= SCANS.most_pixels * 1.001
    assert dpi * factor <= 300.1
