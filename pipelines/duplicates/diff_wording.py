"""What differs between two wordings of a passage, marked so that a reader sees figures apart from words.

    tokens ─ longest common subsequence ─▶ blocks that differ ─ joined where little stands between ─▶
        figures set against figures where both texts lead up to them ─▶ edits

A change of a figure is claimed only where both texts say the same just before it, for in Chinese what a
figure is about stands before it (行政诉讼案件1件). Elsewhere what went and what came are listed apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from pipelines.duplicates.alignment import Block, differing_blocks
from pipelines.duplicates.diff_tokens import read_tokens
from pipelines.duplicates.protected import Sort

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.duplicates.diff_tokens import Token


SHORT_BETWEEN = 2
"""Characters that two texts may share by chance: what differs on both sides of them is one edit."""
LONG_LEAD = 5
"""Characters that both have just before a figure, if it is to be about the same; or the clause so far."""
SHORT_MORE = 4
"""Words that one text may have more between that and the figure: 申请75件, 申请共计81件."""

_CLAUSE_ENDS = frozenset("。,;:!?、\n")
_FIRM = frozenset({Sort.FIGURE, Sort.NUMBER})
_COUNTING = frozenset("一二两三四五六七八九十")
_PLAIN = frozenset({Sort.WORDS, Sort.NAME, Sort.TURN})


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block of one sort; None where both sides are the same."""

    sort: Sort | None
    block: Block


def compare_wording(old: str, new: str) -> tuple[Edit, ...]:
    """Mark what differs between two wordings of a passage.

    Args:
        old: the passage as printed before.
        new: the passage as printed now.

    Returns:
        Edits from the first character to the last. Where `sort` is None the two say the same, and differ at
        most in white space, width, shape or what is volatile; those that do differ so are edits of their own.
    """
    ours, theirs = read_tokens(old), read_tokens(new)
    blocks = differing_blocks(
        [token.key for token in ours], [token.key for token in theirs], ends=_CLAUSE_ENDS
    )
    pieces = _cut_pieces(ours, theirs, _join_blocks(blocks, ours))
    return _merge_edits(_print_pieces(old, new, ours, theirs, pieces))


def _join_blocks(blocks: Iterable[Block], old: Sequence[Token]) -> list[Block]:
    """Join blocks that only a character or two stand between, unless a figure is among them."""
    joined: list[Block] = []
    for block in blocks:
        if joined and _is_chance(old[joined[-1].old_end : block.old]):
            before = joined.pop()
            joined.append(Block(before.old, block.old_end, before.new, block.new_end))
        else:
            joined.append(block)
    return joined


def _is_chance(between: Sequence[Token]) -> bool:
    """Whether what stands between two blocks is too little for both texts to have it on purpose."""
    return sum(len(token.key) for token in between) <= SHORT_BETWEEN and not any(
        token.sort in _FIRM for token in between
    )


@dataclass(slots=True)
class _Lead:
    """What both texts say alike just before a place: it tells what a figure there is about."""

    chars: int = 0
    has_clause: bool = True

    def read(self, tokens: Sequence[Token]) -> None:
        """Go on over tokens that both texts have."""
        self.chars += sum(len(token.key) for token in tokens)
        self.has_clause = self.has_clause or any(token.key in _CLAUSE_ENDS for token in tokens)

    def lose(self) -> None:
        """Go on over what differs."""
        self.chars, self.has_clause = 0, False

    def leads_to(self, one: Token, other: Token, words: int, new_words: int) -> bool:
        """Whether two protected tokens stand in each other's place.

        Args:
            one: of the old text.
            other: of the new text.
            words: how many tokens stand before the one that do not stand before the other.
            new_words: how many before the other.
        """
        if one.said == other.said:
            return True
        if one.sort is not other.sort or one.kind != other.kind:
            return False
        if one.sort not in _FIRM:
            return words == new_words == 0
        has_lead = self.has_clause or self.chars >= LONG_LEAD
        return has_lead and min(words, new_words) == 0 and max(words, new_words) <= SHORT_MORE


def _cut_pieces(old: Sequence[Token], new: Sequence[Token], blocks: Iterable[Block]) -> Iterator[_Piece]:
    """Yield all of both texts in pieces of one sort each, in order."""
    lead = _Lead()
    position, new_position = 0, 0
    for block in blocks:
        yield _Piece(None, Block(position, block.old, new_position, block.new))
        lead.read(old[position : block.old])
        yield from _of_block(old, new, block, lead)
        position, new_position = block.old_end, block.new_end
    yield _Piece(None, Block(position, len(old), new_position, len(new)))


def _of_block(old: Sequence[Token], new: Sequence[Token], block: Block, lead: _Lead) -> Iterator[_Piece]:
    """Part a block by sorts: figures that answer each other from its beginning on, then what is left."""
    rest = block
    while True:
        place = _next_mark(old, rest.old, rest.old_end)
        new_place = _next_mark(new, rest.new, rest.new_end)
        if place == rest.old_end or new_place == rest.new_end:
            break
        one, other = old[place], new[new_place]
        words, new_words = place - rest.old, new_place - rest.new
        is_all = one.sort is other.sort and block.area == (block.old_end - block.old) == 1
        if not is_all and not lead.leads_to(one, other, words, new_words):
            break
        if words or new_words:
            yield _Piece(Sort.WORDS, Block(rest.old, place, rest.new, new_place))
        yield _Piece(_sort_of_difference(one, other), Block(place, place + 1, new_place, new_place + 1))
        rest = Block(place + 1, block.old_end, new_place + 1, block.new_end)
        same = _same_ahead(old, new, rest)
        yield _Piece(None, Block(rest.old, rest.old + same, rest.new, rest.new + same))
        lead.read(old[place : rest.old + same])
        rest = Block(rest.old + same, rest.old_end, rest.new + same, rest.new_end)
    if rest.old < rest.old_end or rest.new < rest.new_end:
        lead.lose()
        yield from _list_unanswered(old, new, rest)


def _sort_of_difference(one: Token, other: Token) -> Sort | None:
    """Return in what two tokens differ that stand in each other's place."""
    if one.key == other.key:
        return None
    return Sort.WORDS if one.said == other.said else one.sort


def _next_mark(tokens: Sequence[Token], start: int, end: int) -> int:
    """Return the place of the next protected token; the end where there is none."""
    return next((place for place in range(start, end) if tokens[place].kind), end)


def _same_ahead(old: Sequence[Token], new: Sequence[Token], block: Block) -> int:
    pairs = zip(old[block.old : block.old_end], new[block.new : block.new_end], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].key == pair[1].key, pairs))


def _list_unanswered(old: Sequence[Token], new: Sequence[Token], block: Block) -> Iterator[_Piece]:
    """Yield words as one piece; where figures are among them what went, then what came, each by its sorts."""
    has_marks = _next_mark(old, block.old, block.old_end) < block.old_end
    if not has_marks and _next_mark(new, block.new, block.new_end) == block.new_end:
        yield _Piece(Sort.WORDS, block)
        return
    for sort, start, end in _find_runs(old, block.old, block.old_end):
        yield _Piece(sort, Block(start, end, block.new, block.new))
    for sort, start, end in _find_runs(new, block.new, block.new_end):
        yield _Piece(sort, Block(block.old_end, block.old_end, start, end))


def _find_runs(tokens: Sequence[Token], start: int, end: int) -> Iterator[tuple[Sort, int, int]]:
    """Yield words in runs, and each figure by itself; names and turns where no other words come or go."""
    has_words = any(token.sort is Sort.WORDS for token in tokens[start:end])
    is_plain = _is_plain if has_words else _is_word
    for is_words, run in groupby(range(start, end), key=lambda place: is_plain(tokens[place])):
        places = list(run)
        if is_words:
            yield Sort.WORDS, places[0], places[-1] + 1
        else:
            yield from ((tokens[place].sort, place, place + 1) for place in places)


def _is_word(token: Token) -> bool:
    return token.sort is Sort.WORDS


def _is_plain(token: Token) -> bool:
    """Whether a token is as good as a word among words that come or go: 一是 and 三是 state no figure."""
    return token.sort in _PLAIN or token.said in _COUNTING


def _print_pieces(
    old: str, new: str, ours: Sequence[Token], theirs: Sequence[Token], pieces: Iterable[_Piece]
) -> Iterator[Edit]:
    """Yield the pieces as printed, with all that no token holds between them."""
    position, new_position = 0, 0
    for sort, block in _split_equal(ours, theirs, old, new, pieces):
        start, end = _find_reach(ours, block.old, block.old_end, position)
        new_start, new_end = _find_reach(theirs, block.new, block.new_end, new_position)
        yield Edit(old[position:start], new[new_position:new_start], None)
        yield Edit(old[start:end], new[new_start:new_end], sort)
        position, new_position = end, new_end
    yield Edit(old[position:], new[new_position:], None)


def _split_equal(
    ours: Sequence[Token], theirs: Sequence[Token], old: str, new: str, pieces: Iterable[_Piece]
) -> Iterator[tuple[Sort | None, Block]]:
    """Yield the pieces, those that say the same in other characters token by token."""
    for piece in pieces:
        block = piece.block
        length = block.old_end - block.old
        if piece.sort is not None or length <= 1 or _looks_equal(ours, theirs, old, new, block):
            yield piece.sort, block
            continue
        for step in range(length):
            yield (
                None,
                Block(block.old + step, block.old + step + 1, block.new + step, block.new + step + 1),
            )


def _looks_equal(ours: Sequence[Token], theirs: Sequence[Token], old: str, new: str, block: Block) -> bool:
    start, end = _find_reach(ours, block.old, block.old_end, 0)
    new_start, new_end = _find_reach(theirs, block.new, block.new_end, 0)
    return old[start:end] == new[new_start:new_end]


def _find_reach(tokens: Sequence[Token], first: int, last: int, position: int) -> tuple[int, int]:
    """Return from where to where tokens are printed; nothing, at the position, where there are none."""
    return (tokens[first].start, tokens[last - 1].end) if first < last else (position, position)


def _merge_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Join neighbours that say the same kind of thing, and leave out what is empty."""
    merged: list[Edit] = []
    stated = (edit for edit in edits if edit.old or edit.new)
    for (sort, _), run in groupby(
        stated, key=lambda edit: (edit.sort, edit.sort is None and edit.old == edit.new)
    ):
        edits_of_run = list(run)
        if sort in (None, Sort.WORDS):
            before = "".join(edit.old for edit in edits_of_run)
            merged.append(Edit(before, "".join(edit.new for edit in edits_of_run), sort))
        else:
            merged.extend(edits_of_run)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of two aligned passages; joined, the `old` are the one and the `new` the other, exactly.

    Attributes:
        old: the characters of the old passage; empty where something is added.
        new: the characters of the new passage; empty where something is left out.
        sort: None where both are the same but for white space and shape; else what differs.
    """

    old: str
    new: str
    sort: Sort | None
