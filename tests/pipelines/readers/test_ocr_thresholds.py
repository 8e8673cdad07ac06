"""The bounds of scans (`thresholds/scans.yaml`, `recognised_lines.yaml`): at each one, and one beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("rapidocr", reason="OCR is not installed: pip install 'gongkai[ocr]'")

from pipelines.grid import Box
from pipelines.readers import recognised_pages
from pipelines.readers.page_pictures import find_rules, fit_scale, measure_contrast, measure_darkness
from pipelines.readers.recogniser import Line, list_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

DPI = 200
LEVEL, TALL = Box(0.0, 0.0, 100.0, 20.0), Box(0.0, 0.0, 20.0, 100.0)


def paper(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 255, np.uint8)


def lines(count: int, box: Box = TALL, *, text: str = "政府信息", confidence: float = 0.95) -> list[Line]:
    return [Line(text, box, confidence)] * count


class Recogniser:
    """Stands for what recognises characters: finds these lines, and reads each piece as one text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[Line] = []
        self.answer = ("甲乙一", 0.9)
        self.pages = 0
        self.pieces: list[tuple[int, ...]] = []
        monkeypatch.setattr(recognised_pages, "read_lines", self._find)
        monkeypatch.setattr(recognised_pages, "read_line", self._read)

    def words(self, page: Picture) -> list[str]:
        return [word.text for word in recognised_pages.recognise_page(page, DPI, 1).words]

    def _find(self, _: Picture) -> Iterator[Line]:
        self.pages += 1
        return iter(self.found)

    def _read(self, piece: Picture) -> tuple[str, float]:
        self.pieces.append(piece.shape[:2])
        return self.answer


@pytest.fixture
def recogniser(monkeypatch: pytest.MonkeyPatch) -> Recogniser:
    return Recogniser(monkeypatch)


@pytest.mark.parametrize(
    ("width", "height", "dpi", "factor"),
    [
        pytest.param(100, 100, 100, 2.0, id="coarse"),
        pytest.param(100, 100, 600, 0.5, id="fine"),
        pytest.param(100, 100, 20, 4.0, id="coarser than can be enlarged"),
        pytest.param(10_000, 10_000, 300, 0.5, id="large"),
    ],
)
def test_by_what_a_picture_is_scaled(width: int, height: int, dpi: float, factor: float) -> None:
    assert fit_scale(width, height, dpi) == factor


@pytest.mark.parametrize(
    ("read", "turns"),
    [
        pytest.param(lines(3), (), id="three lines"),
        pytest.param(lines(4), (1, 3), id="four lines"),
        pytest.param(lines(9, text="政府"), (), id="of two characters"),
        pytest.param(lines(9, text="政府信"), (1, 3), id="of three characters"),
        pytest.param(lines(9, Box(0, 0, 100, 149)), (), id="hardly higher than wide"),
        pytest.param(lines(9, Box(0, 0, 100, 151)), (1, 3), id="higher than wide"),
        pytest.param(lines(60) + lines(40, LEVEL), (), id="no more than most on their side"),
        pytest.param(lines(61) + lines(39, LEVEL), (1, 3), id="most on their side"),
        pytest.param(lines(9, LEVEL, confidence=0.89), (), id="legible"),
        pytest.param(lines(9, LEVEL, confidence=0.87), (2,), id="hardly legible"),
    ],
)
def test_how_a_page_may_have_to_be_turned(read: list[Line], turns: tuple[int, ...]) -> None:
    assert list_turns(read) == turns


def test_paper_has_the_contrast_of_no_print() -> None:
    assert measure_contrast(np.zeros((10, 10), np.uint8)) == 40


def is_rule(page: Picture, y: int, x: int) -> bool:
    return bool(find_rules(measure_darkness(page, DPI), DPI).across[y, x])


@pytest.mark.parametrize(("length", "is_so"), [(69, True), (68, False)])
def test_a_rule_is_long(length: int, is_so: bool) -> None:
    """A stroke is smeared by 0.03 inches at both ends before it is measured."""
    page = paper(300, 500)
    page[150:152, 200 : 200 + length] = 0
    assert is_rule(page, 150, 200 + length // 2) is is_so


@pytest.mark.parametrize(("beside", "is_so"), [(155, True), (156, False)])
def test_a_rule_stands_alone(beside: int, is_so: bool) -> None:
    page = paper(300, 700)
    page[150:152, 100:500] = page[142:144, 150 : 150 + beside] = 0
    assert is_rule(page, 150, 400) is is_so


@pytest.mark.parametrize(("over", "is_kept"), [(61, True), (67, False)])
def test_a_line_over_the_edge_of_its_cell(recogniser: Recogniser, over: int, is_kept: bool) -> None:
    page = paper(600, 1200)
    for y in (100, 300, 500):
        page[y : y + 2, 100:1102] = 0
    for x in (100, 600, 1100):
        page[100:502, x : x + 2] = 0
    recogniser.found = [Line("甲乙", Box(300.0, 120.0, 600.0 + over, 280.0), 0.9)]
    assert recogniser.words(page) == ["甲乙"] * is_kept


@pytest.mark.parametrize(("end", "words"), [(396, ["甲乙一"]), (404, ["甲乙", "甲乙一"])])
def test_ink_behind_a_line_belongs_to_it(recogniser: Recogniser, end: int, words: list[str]) -> None:
    page = paper(400, 1000)
    page[118:122, end - 20 : end] = 0
    recogniser.found = [Line("甲乙", Box(200.0, 100.0, 300.0, 140.0), 0.9)]
    assert recogniser.words(page) == words


@pytest.mark.parametrize(("confidence", "words"), [(0.81, ["一"]), (0.79, [])])
def test_a_single_mark(recogniser: Recogniser, confidence: float, words: list[str]) -> None:
    page = paper(400, 1000)
    page[118:122, 400:420] = 0
    recogniser.answer = ("一", confidence)
    assert recogniser.words(page) == words


@pytest.mark.parametrize(
    ("shape", "is_read"), [((10, 100), True), ((9, 100), False), ((10, 10_000), True), ((10, 10_001), False)]
)
def test_a_sliver_has_no_print(recogniser: Recogniser, shape: tuple[int, int], is_read: bool) -> None:
    recogniser.words(paper(*shape))
    assert bool(recogniser.pages) is is_read


def sheet_of(ink: np.ndarray) -> recognised_pages.Sheet:
    """Return blank paper with ink on it, without rules."""
    blank = paper(*ink.shape)
    return recognised_pages.Sheet(blank, blank, ink, (), DPI, 0.0)


@pytest.mark.parametrize(
    ("bottom", "pieces"),
    [pytest.param(440, [(64, 120), (64, 136)], id="a figure"), pytest.param(404, [(64, 180)], id="a dash")],
)
def test_a_piece_is_read_with_paper_around_it(
    recogniser: Recogniser, bottom: int, pieces: list[tuple[int, int]]
) -> None:
    ink = np.zeros((1000, 1000), np.uint8)
    recognised_pages.read_mark(Box(400, 400, 500, bottom), sheet_of(ink))
    assert recogniser.pieces[: len(pieces)] == pieces


@pytest.mark.parametrize(("aside", "confidence"), [(4, 0.9), (3, 0.0)])
def test_a_slanting_stroke_is_no_one(recogniser: Recogniser, aside: int, confidence: float) -> None:
    """Ink in two corners of a box and, less of it, in the two others."""
    ink = np.zeros((100, 100), np.uint8)
    ink[:7, :12] = ink[93:, 88:] = ink[:4, 100 - aside :] = ink[96:, :aside] = 255
    recogniser.answer = ("1", 0.9)
    assert recognised_pages.read_mark(Box(0, 0, 100, 100), sheet_of(ink)).confidence == confidence
