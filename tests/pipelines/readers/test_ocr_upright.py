"""Which way up a page lies, by the lines that were read of it."""

from __future__ import annotations

import pytest

pytest.importorskip("rapidocr", reason="OCR is not installed: pip install 'gongkai[ocr]'")

from pipelines.grid import Box
from pipelines.readers.recogniser import Line, list_turns, measure_legibility

LEVEL, TALL = Box(0.0, 0.0, 100.0, 20.0), Box(0.0, 0.0, 20.0, 100.0)


def lines(box: Box, confidence: float, count: int = 6) -> list[Line]:
    return [Line("政府信息公开", box, confidence)] * count


@pytest.mark.parametrize(
    ("read", "turns"),
    [
        pytest.param(lines(LEVEL, 0.99), (), id="upright"),
        pytest.param(lines(TALL, 0.99), (1, 3), id="on its side"),
        pytest.param(lines(LEVEL, 0.6), (2,), id="on its head"),
        pytest.param(lines(LEVEL, 0.99) + lines(TALL, 0.99, 2), (), id="with labels down the side"),
        pytest.param(lines(TALL, 0.5, 2), (), id="too few lines to tell"),
        pytest.param([Line("66", LEVEL, 0.6)] * 50, (), id="figures tell nothing"),
    ],
)
def test_how_a_page_may_have_to_be_turned(read: list[Line], turns: tuple[int, ...]) -> None:
    assert list_turns(read) == turns


def test_what_is_read_better_is_the_right_way_up() -> None:
    assert (
        measure_legibility(lines(LEVEL, 0.99))
        > measure_legibility(lines(LEVEL, 0.7))
        > measure_legibility(lines(TALL, 0.99))
    )
