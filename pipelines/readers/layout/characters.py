"""Characters where a file draws them → the page as it is held, and the words that stand on it.

PDF and OFD say of each character where it stands and how it is turned; behind this nobody asks which it was.
A page is held so that most of its characters stand upright. What still is turned then stands apart from the
lines: labels at the margin, and what is printed aslant across a page, which is no part of its text.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from pipelines.decoded import Block, Role
from pipelines.grid import Box
from pipelines.readers.layout.drawn_tables import DRAWN, Stroke, tables_of_strokes
from pipelines.readers.layout.geometry import PAPER, Word, box_around, find_cell, join_lines, turn_page
from pipelines.readers.layout.laid_pages import is_page_number
from pipelines.readers.layout.page_blocks import Page


class Character(NamedTuple):
    """A character that is drawn.

    Attributes:
        text: the character.
        box: as shown, as high as its line.
        turns: quarter turns clockwise by which it is written; None for any other angle.
        is_known: whether the file says which character it is.
        piece: the number of the piece of text that draws it; 0 where the file has no such pieces.
        is_spaced: whether white space is drawn in front of it.
        is_painted: whether it is seen, not only in its place: what somebody's OCR read is behind its picture.
    """

    text: str
    box: Box
    turns: int | None = 0
    is_known: bool = True
    piece: int = 0
    is_spaced: bool = False
    is_painted: bool = True


def count_turns(degrees: float) -> int | None:
    """Return the quarter turns, from 0 to 3, that an angle is; None for any other angle."""
    quarters = degrees / 90
    return round(quarters) % 4 if abs(quarters - round(quarters)) < PAPER.askew else None


def hold_page(
    number: int,
    size: tuple[float, float],
    characters: Iterable[Character],
    strokes: Sequence[Stroke] = (),
    role: Role = Role.TEXT,
) -> Page:
    """Return a page as it is held when it is read, and beside its lines what is turned on it.

    Args:
        number: of the page, from 1.
        size: its width and height as shown, in points.
        characters: in the order in which they are drawn.
        strokes: straight lines, as shown: rules of tables, and what strikes characters out.
        role: of lines that are turned by quarters, but for numbers of pages among a text.
    """
    drawn = tuple(characters)
    turns = Counter(character.turns for character in drawn if character.turns is not None)
    main = next((turn for turn, _ in turns.most_common()), 0)
    back = (4 - main) % 4
    hold = turn_page(*size, back).place_box
    held = [character._replace(box=hold(character.box)) for character in drawn if character.turns == main]
    ruled = tuple(tuple(map(hold, cells)) for cells in filter(_is_table, tables_of_strokes(strokes)))
    lines = (hold(Box(*start, *end)) for start, end in strokes)
    levels = sorted((line.top, line.left, line.right) for line in lines if line.height <= DRAWN.level)
    words = join_characters(held, [cell for cells in ruled for cell in cells], levels)
    width, height = size if back % 2 == 0 else size[::-1]
    asides: list[Block] = []
    repeated = turns[main] - sum(len(word.text) for word in words)
    # Labels, and what stands beside a turned table: clockwise from the page as it is held.
    for turn in sorted(turns.keys() - {main}, key=lambda turn: (turn + back) % 4):
        own = hold_page(number, size, [character for character in drawn if character.turns == turn])
        for line in join_lines(own.words):
            is_number = role is Role.TEXT and (is_page_number(line.text) or line.text.isdecimal())
            asides.append(Block(line.text, page=number, role=Role.PAGE_NUMBER if is_number else role))
        repeated += own.repeated
    aslant = (character for character in drawn if character.turns is None)
    for _, piece in groupby(aslant, key=lambda character: character.piece):
        # A watermark, which is no part of the text.
        asides.append(Block("".join(one.text for one in piece), page=number, role=Role.RUNNING_HEAD))
    return Page(number, width, height, words, ruled, tuple(asides), repeated)


def _is_table(cells: Sequence[Box]) -> bool:
    """Tell whether cells stand beside one another: a frame around a text is no table."""
    first = cells[0]
    return any(abs(cell.left - first.left) > 1 or abs(cell.right - first.right) > 1 for cell in cells)


def join_characters(
    characters: Iterable[Character],
    cells: Sequence[Box] = (),
    levels: Sequence[tuple[float, float, float]] = (),
) -> tuple[Word, ...]:
    """Return the words that characters make; a rule between two of them parts them.

    Args:
        characters: those of one direction, in the order in which they are drawn.
        cells: the boxes of the cells of ruled tables.
        levels: the height of each level line, where it begins and where it ends, from top to bottom.
    """
    words: list[Word] = []
    current: list[Character] = []
    place = None
    for character in _printed_once(characters):
        # 15 struck out before 16 does not read 1516.
        where = find_cell(character.box, cells), _is_struck(character.box, levels)
        if current and (where != place or not _goes_on(current[-1], character)):
            words.append(_make_word(current))
            current = []
        current.append(character)
        place = where
    return (*words, _make_word(current)) if current else ()


def _is_struck(box: Box, levels: Sequence[tuple[float, float, float]]) -> bool:
    """Tell whether a level line goes through the middle of a character."""
    inner = PAPER.struck * box.height
    first, last = (bisect(levels, (at,)) for at in (box.top + inner, box.bottom - inner))
    return any(left <= box.centre_x <= right for _, left, right in levels[first:last])


def _printed_once(characters: Iterable[Character]) -> Iterator[Character]:
    """Yield characters without those that are printed again over themselves."""
    seen: dict[tuple[str, int, int], list[Box]] = {}
    for character in characters:
        text, own = character.text, character.box
        # Looked up by squares of eight points: else each would be held against all others.
        across, down = round(own.left / 8), round(own.top / 8)
        near = (
            box
            for x in range(across - 1, across + 2)
            for y in range(down - 1, down + 2)
            for box in seen.get((text, x, y), ())
        )
        shift = max(0.3, PAPER.twice_shift * min(own.width, own.height))
        if not any(abs(box.left - own.left) < shift and abs(box.top - own.top) < shift for box in near):
            seen.setdefault((text, across, down), []).append(own)
            yield character


def _goes_on(before: Character, after: Character) -> bool:
    """Tell whether a character stands in one word with that drawn before it, beside it or below it."""
    low, high = sorted((before.box.height, after.box.height))
    are_figures = before.text.isdecimal() and after.text.isdecimal()
    if after.is_spaced or (are_figures and low < PAPER.figure_size * high):
        return False
    gap = after.box.left - before.box.right
    if before.box.shared_height(after.box) > 0.5 * low and -0.5 * low < gap < PAPER.word_gap * low:
        raised = abs(before.box.bottom - after.box.bottom)
        return not are_figures or raised <= PAPER.raised_figure * high
    # Labels in narrow cells are written downwards, a character below the other, in one piece of text.
    is_same_piece = before.piece == after.piece != 0
    down, aside = after.box.top - before.box.top, after.box.left - before.box.left
    return (
        is_same_piece
        and abs(aside) <= 0.5 * low
        and PAPER.stacked_from * low <= down <= PAPER.stacked_to * low
    )


def _make_word(characters: Sequence[Character]) -> Word:
    return Word("".join(one.text for one in characters), box_around(one.box for one in characters))
