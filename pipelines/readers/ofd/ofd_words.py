"""Characters → words, as the page is held when it is read.

A page whose text is turned by a quarter is held turned. Text that still is turned then stands apart from the
lines: labels at the margin, and what is printed aslant across a page, which is no part of its text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipelines.readers.layout.drawn_tables import Stroke
from pipelines.readers.layout.geometry import box_around, turn_page
from pipelines.readers.layout.printed_lines import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipelines.readers.layout.geometry import Point
    from pipelines.readers.ofd.ofd_drawing import Drawing, Glyph
    from pipelines.text.blocks import Box

ASCENT_EM = 0.88
LINE_EM = 1.12
"""How high a line of a Chinese font is, as in its files."""
SLANT_DEGREES = 3.0
"""Up to which a line is level: what is printed aslant is aslant by much more."""
LEVEL_EM = 0.25
"""How far base lines on one line may differ."""
GAP_EM = 0.25
"""Between two characters of one word. Two figures are never nearer, the digits of one always are."""
OVERLAP_EM = 0.35
"""How far a character may reach into the next, as its width is that of another font."""
TWICE_EM = 0.12
"""Within which the same character is printed twice, to look bold."""
STACKED_EM = 4.0
"""Up to which characters below each other in one piece of text are one word."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as it is held.

    Attributes:
        width: in points.
        height: in points.
        glyphs: those on level lines.
        turned: the rest.
        strokes: straight lines.
    """

    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    turned: tuple[Glyph, ...]
    strokes: tuple[Stroke, ...]


def turn_upright(drawing: Drawing, width: float, height: float) -> Sheet:
    """Turn a page by quarters, so that most of its characters stand upright.

    Args:
        drawing: its characters and lines.
        width: of the page in points.
        height: of the page in points.
    """
    quarters = Counter(_count_quarters(glyph) for glyph in drawing.glyphs if _is_straight(glyph))
    quarter = quarters.most_common(1)[0][0] if quarters else 0
    place = turn_page(width, height, -quarter % 4).place
    held = [_turn_glyph(glyph, quarter, place) for glyph in drawing.glyphs]
    wide, high = (width, height) if quarter % 2 == 0 else (height, width)
    return Sheet(
        wide,
        high,
        tuple(glyph for glyph in held if _is_straight(glyph) and _count_quarters(glyph) == 0),
        tuple(glyph for glyph in held if not (_is_straight(glyph) and _count_quarters(glyph) == 0)),
        tuple(Stroke(*place(line.x0, line.y0), *place(line.x1, line.y1)) for line in drawing.strokes),
    )


def _count_quarters(glyph: Glyph) -> int:
    return round(glyph.turn / 90) % 4


def _is_straight(glyph: Glyph) -> bool:
    return abs(glyph.turn - 90 * round(glyph.turn / 90)) <= SLANT_DEGREES


def _turn_glyph(glyph: Glyph, quarter: int, place: Callable[[float, float], Point]) -> Glyph:
    x, y = place(glyph.x, glyph.y)
    return replace(glyph, x=x, y=y, turn=(glyph.turn - 90 * quarter) % 360)


def join_glyphs(glyphs: Sequence[Glyph], strokes: Iterable[Stroke] = ()) -> tuple[Word, ...]:
    """Return the words of characters on level lines.

    Args:
        glyphs: in the order in which they are drawn.
        strokes: no word goes on across an upright line.
    """
    level, words = [], []
    for _, run in groupby(_drop_repeated(glyphs), key=lambda glyph: glyph.run):
        for is_stacked, pieces in _split_stacked(list(run)):
            if is_stacked:
                words.append(_make_word(pieces))
            else:
                level.extend(pieces)
    uprights = sorted((s.x0, min(s.y0, s.y1), max(s.y0, s.y1)) for s in strokes if s.is_upright)
    for line in _split_lines(level):
        words.extend(_words_of_line(line, uprights))
    return tuple(words)


def read_turned_texts(glyphs: Sequence[Glyph]) -> Iterator[tuple[str, bool]]:
    """Yield the text of each piece of turned text, and whether it is turned by a quarter or two."""
    for _, run in groupby(glyphs, key=lambda glyph: glyph.run):
        piece = list(run)
        yield "".join(glyph.text for glyph in piece), _is_straight(piece[0])


def box_glyph(glyph: Glyph) -> Box:
    """Return the box of an upright character, as high as its line."""
    top = glyph.y - ASCENT_EM * glyph.size
    return glyph.x, top, glyph.x + glyph.width, top + LINE_EM * glyph.size


def _drop_repeated(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """Yield characters without those that another piece of text prints again in their place."""
    places: dict[tuple[str, int, int], list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        reach = max(TWICE_EM * glyph.size, 0.01)
        column, row = int(glyph.x // reach), int(glyph.y // reach)
        near = (
            other
            for x in (column - 1, column, column + 1)
            for y in (row - 1, row, row + 1)
            for other in places[glyph.text, x, y]
        )
        if any(other.run != glyph.run and _is_twice(other, glyph, reach) for other in near):
            continue
        places[glyph.text, column, row].append(glyph)
        yield glyph


def _is_twice(one: Glyph, other: Glyph, reach: float) -> bool:
    return abs(one.x - other.x) <= reach and abs(one.y - other.y) <= reach


def _split_stacked(run: list[Glyph]) -> Iterator[tuple[bool, list[Glyph]]]:
    """Yield a piece of text in parts, and whether the characters of each stand below each other."""
    start = 0
    while start < len(run):
        end = start + 1
        while end < len(run) and _is_below(run[end - 1], run[end]):
            end += 1
        yield end - start > 1, run[start:end]
        start = end


def _is_below(one: Glyph, other: Glyph) -> bool:
    down = other.y - one.y
    return abs(other.x - one.x) <= 0.5 * one.size and 0.6 * one.size <= down <= STACKED_EM * one.size


def _split_lines(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """Yield the characters of each line from left to right."""
    line: list[Glyph] = []
    for glyph in sorted(glyphs, key=lambda glyph: glyph.y):
        if line and glyph.y - line[0].y > LEVEL_EM * min(line[0].size, glyph.size):
            yield sorted(line, key=lambda glyph: glyph.x)
            line = []
        line.append(glyph)
    if line:
        yield sorted(line, key=lambda glyph: glyph.x)


def _words_of_line(line: Sequence[Glyph], uprights: Sequence[tuple[float, float, float]]) -> Iterator[Word]:
    word = [line[0]]
    for glyph in line[1:]:
        if not _goes_on(word[-1], glyph) or _is_parted(word[-1], glyph, uprights):
            yield _make_word(word)
            word = []
        word.append(glyph)
    yield _make_word(word)


def _goes_on(one: Glyph, other: Glyph) -> bool:
    gap = other.x - one.x - one.width
    size = max(one.size, other.size)
    is_one_size = min(one.size, other.size) >= 0.7 * size
    if other.is_spaced and one.run == other.run:
        return False
    return is_one_size and gap <= GAP_EM * size and (one.run == other.run or gap >= -OVERLAP_EM * size)


def _is_parted(one: Glyph, other: Glyph, uprights: Sequence[tuple[float, float, float]]) -> bool:
    middles = [glyph.x + glyph.width / 2 for glyph in (one, other)]
    height = one.y - one.size / 3
    start = bisect_left(uprights, (middles[0],))
    end = bisect_right(uprights, (middles[1],))
    return any(top <= height <= bottom for _, top, bottom in uprights[start:end])


def _make_word(glyphs: Sequence[Glyph]) -> Word:
    """Return characters as a word, none of them reaching into the one behind it."""
    return Word("".join(glyph.text for glyph in glyphs), box_around(map(box_glyph, glyphs)))
