"""The bounds of pages of paper (`thresholds/paper.yaml`): on one side of each, and on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Role
from pipelines.grid import Box
from pipelines.readers.layout.characters import Character, count_turns, join_characters
from pipelines.readers.layout.geometry import Line, Word, join_lines
from pipelines.readers.layout.laid_pages import LaidPage, tell_roles
from pipelines.readers.layout.page_blocks import Column, Page, begin_paragraph, is_continued, measure_columns

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH, HEIGHT = 500.0, 1000.0


def line(text: str, left: float, top: float, right: float, size: float = 10.0) -> Line:
    return Line((Word(text, Box(left, top, right, top + size)),))


def texts_of(*words: tuple[str, float, float]) -> list[str]:
    """Return the lines of words of ten points, each from its left and its top."""
    placed = [Word(text, Box(left, top, left + 10 * len(text), top + 10)) for text, left, top in words]
    return [each.text for each in join_lines(placed)]


def joined(first: Character, second: Character) -> int:
    """Return how many words two characters make."""
    return len(join_characters((first, second)))


def joined_where_one_is_crossed(at: float) -> int:
    """Return how many words two figures make of which a line at some height crosses the first."""
    return len(join_characters((one("1", 0, 0), one("2", 10, 0)), levels=((at, 0.0, 10.0),)))


def one(text: str, left: float, top: float, size: float = 10.0, piece: int = 0) -> Character:
    return Character(text, Box(left, top, left + size, top + size), piece=piece)


def goes_on(
    *,
    ends: float = 400.0,
    begins: float = 50.0,
    below: float = 12.0,
    sizes: tuple[float, float] = (10.0, 10.0),
    pitch: float = 0.0,
    column_size: float = 10.0,
) -> bool:
    """Tell whether a line goes on with the one above it, in a column from 50 to 400 points."""
    column = Column(50.0, 400.0, pitch, column_size)
    above = begin_paragraph(line("甲", 60.0, 100.0, ends, sizes[0]), 1, column)
    top = 100.0 + below + (sizes[0] - sizes[1]) / 2
    return is_continued(above, line("乙", begins, top, 380.0, sizes[1]), column, is_next_page=False)


def is_centred_title(size: float) -> bool:
    column = Column(50.0, 400.0, 0.0, 10.0)
    above = begin_paragraph(line("标题", 200.0, 100.0, 250.0, size), 1, column)
    return is_continued(above, line("之二", 205.0, 115.0, 245.0, size), column, is_next_page=False)


def laid(lines: list[Line]) -> LaidPage:
    return LaidPage(Page(1, WIDTH, HEIGHT, ()), lines, ())


def lines_to(right: float, count: int) -> list[Line]:
    return [line("甲乙", 50.0, 100.0 + 20 * number, right) for number in range(count)]


def width_beside(count: int) -> float:
    """Return where a page of one short line ends beside a page of so many lines of 300 points."""
    return measure_columns([laid(lines_to(350.0, count)), laid(lines_to(120.0, 1))])[1].right


def width_by(full: int) -> float:
    lines = [*lines_to(400.0, full), *lines_to(100.0, 1)]
    return measure_columns([laid(lines)])[0].right


def width_of(narrow: float) -> float:
    """Return how wide a page is beside two whose lines are 300 points long."""
    pages = [laid(lines_to(50.0 + width, 8)) for width in (300.0, 300.0, narrow)]
    return measure_columns(pages)[2].right - 50.0


def role_at(top: float) -> Role | None:
    lines = [line("正文", 50.0, 500.0, 200.0), line("— 1 —", 200.0, top, 250.0)]
    return tell_roles([laid(lines)])[0].get(1)


def heads_of(count: int) -> int:
    """Return how many of so many lines, alike at the head of four pages, are running heads."""
    page = [line("甲乙丙丁"[number], 50.0, 5.0 + 15 * number, 90.0) for number in range(count)]
    text = line("正文", 50.0, 500.0, 90.0)
    return len(tell_roles([laid([*page, text])] * 4)[0])


def is_head_lower_by(shift: float) -> bool:
    tops = (20.0, 20.0, 20.0 + shift)
    pages = [laid([line("某县年报", 50.0, top, 90.0)]) for top in tops]
    return bool(tell_roles([*pages, laid([line("正文", 50.0, 500.0, 90.0)])])[0])


def is_footnote(size: float) -> bool:
    lines = [line("正文正文正文", 50.0, 100.0, 200.0), line("①注", 50.0, 900.0, 90.0, size)]
    return tell_roles([laid(lines)])[0].get(1) is Role.FOOTNOTE


BOUNDS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "line_overlap": (
        lambda: texts_of(("甲", 0, 0), ("乙", 10, 4.9)),
        lambda: texts_of(("甲", 0, 0), ("乙", 10, 5.1)),
    ),
    "space_gap": (
        lambda: texts_of(("甲", 0, 0), ("乙", 14.4, 0)),
        lambda: texts_of(("甲", 0, 0), ("乙", 14.6, 0)),
    ),
    "mixed_gap": (
        lambda: texts_of(("甲", 0, 0), ("1", 17.9, 0)),
        lambda: texts_of(("甲", 0, 0), ("1", 18.1, 0)),
    ),
    "spread_gap": (
        lambda: Line((Word("甲", Box(0, 0, 10, 10)), Word("乙", Box(29.9, 0, 39, 10)))).is_spread,
        lambda: Line((Word("甲", Box(0, 0, 10, 10)), Word("乙", Box(30.1, 0, 40, 10)))).is_spread,
    ),
    "askew": (lambda: count_turns(90 * 0.059), lambda: count_turns(90 * 0.061)),
    "word_gap": (
        lambda: joined(one("1", 0, 0), one("2", 11.9, 0)),
        lambda: joined(one("1", 0, 0), one("2", 12.1, 0)),
    ),
    "figure_size": (
        lambda: joined(one("1", 0, 0), one("2", 10, 2.9, 7.1)),
        lambda: joined(one("1", 0, 0), one("2", 10, 3.1, 6.9)),
    ),
    "raised_figure": (
        lambda: joined(one("1", 0, 0), one("2", 10, -2.4)),
        lambda: joined(one("1", 0, 0), one("2", 10, -2.6)),
    ),
    "struck": (
        lambda: joined_where_one_is_crossed(2.9),
        lambda: joined_where_one_is_crossed(3.1),
    ),
    "twice_shift": (
        lambda: joined(one("1", 0, 0), one("1", 2.9, 0)),
        lambda: joined(one("1", 0, 0), one("1", 3.1, 0)),
    ),
    "stacked_from": (
        lambda: joined(one("甲", 0, 0, 10, 1), one("乙", 0, 5.1, 10, 1)),
        lambda: joined(one("甲", 0, 0, 10, 1), one("乙", 0, 4.9, 10, 1)),
    ),
    "stacked_to": (
        lambda: joined(one("甲", 0, 0, 10, 1), one("乙", 0, 35.9, 10, 1)),
        lambda: joined(one("甲", 0, 0, 10, 1), one("乙", 0, 36.1, 10, 1)),
    ),
    "full_line": (lambda: goes_on(ends=378.1), lambda: goes_on(ends=377.9)),
    "indent": (lambda: goes_on(begins=59.9), lambda: goes_on(begins=60.1)),
    "pitch": (lambda: goes_on(pitch=16.0, below=21.5), lambda: goes_on(pitch=16.0, below=21.7)),
    "widest_pitch": (lambda: goes_on(below=25.9), lambda: goes_on(below=26.1)),
    "alike_size": (lambda: goes_on(sizes=(10.0, 11.9)), lambda: goes_on(sizes=(10.0, 12.1))),
    "title_size": (lambda: is_centred_title(11.6), lambda: is_centred_title(11.4)),
    "many_lines": (lambda: width_beside(8) == 350.0, lambda: width_beside(7) == 350.0),
    "fewest_full": (lambda: width_by(2) == 400.0, lambda: width_by(1) == 400.0),
    "narrowest": (lambda: width_of(286.0) == 286.0, lambda: width_of(284.0) == 284.0),
    "edge": (lambda: role_at(880.1), lambda: role_at(879.9)),
    "head_lines": (lambda: heads_of(3) == 3, lambda: heads_of(4) == 4),
    "head_shift": (lambda: is_head_lower_by(7.9), lambda: is_head_lower_by(8.1)),
    "footnote_size": (lambda: is_footnote(8.9), lambda: is_footnote(9.1)),
}


@pytest.mark.parametrize(("within", "beyond"), BOUNDS.values(), ids=BOUNDS.keys())
def test_each_bound_parts_what_is_within_from_what_is_beyond(
    within: Callable[[], object], beyond: Callable[[], object]
) -> None:
    assert within() != beyond()
