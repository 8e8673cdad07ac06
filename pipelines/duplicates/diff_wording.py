"""What differs between two wordings of a passage, marked so that a reader sees figures apart from words.

    as printed ─ without what is volatile ─ normalise ─▶ form ─ protected stretches ─▶ tokens, as printed
    tokens ─ longest common subsequence ─▶ blocks that differ ─ joined where little stands between ─▶
        figures set against figures where both texts lead up to them ─▶ edits

A figure with its unit, a document number, the name of a body, a turn of meaning, a Latin word is one token,
which no comparison splits; any other character of the form is one by itself.

A change of a figure is claimed only where both texts say the same just before it, for in Chinese what a
figure is about stands before it (行政诉讼案件1件). Elsewhere what went and what came are listed apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, takewhile
from typing import NamedTuple

from msgspec import Struct
from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.alignment import Block, differing_blocks, find_edits, join_blocks
from pipelines.duplicates.left_out import find_volatile, spans_between
from pipelines.duplicates.protected import Sort, cut_tokens
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import GAP, normalise_passage

Span = tuple[int, int]


class WordingThresholds(Thresholds):
    """When figures are set against figures (`knowledge/thresholds/wording.yaml`)."""

    chance: int
    lead: int
    words_more: int


WORDING = WordingThresholds.load("wording")
_CLAUSE_ENDS = frozenset("。,;:!?、\n")
_FIRM = frozenset({Sort.FIGURE, Sort.NUMBER})
# 一是, 三是: numerals that count sentences and state no figure.
_COUNTING = frozenset("一二两三四五六七八九十")
_PLAIN = frozenset({Sort.WORDS, Sort.NAME, Sort.TURN})
_COUNTED = re.compile(r"[\d.,〇零一二三四五六七八九十百千两]+")
# White space is one character of a form where it parts two figures or ends the row of a table, and none
# elsewhere; a letter is one with the accents upon it.
_PRINTED = re.compile(
    r"(?P<gap>(?<=\d)[^\S\t\n]+(?=\d))|(?P<line_end>\n)[^\S\t]*|"
    "[\\s\\S][\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]*"
)


class Token(NamedTuple):
    """A piece of a passage that a comparison never splits.

    Attributes:
        key: what it is compared by.
        said: the same without what weighs nothing; two keys that say the same differ in punctuation alone.
        sort: what it is.
        kind: of a protected piece what it may be set against, a figure by its unit; empty for words.
        start: where in the passage as printed it begins.
        end: where it ends, what follows left out.
    """

    key: str
    said: str
    sort: Sort
    kind: str
    start: int
    end: int


class Edit(FrozenStruct):
    """A stretch of two aligned passages; joined, the `old` are the one and the `new` the other, exactly.

    Attributes:
        old: the characters of the old passage; empty where something is added.
        new: the characters of the new passage; empty where something is left out.
        sort: None where both are the same but for white space and shape; else what differs.
    """

    old: str
    new: str
    sort: Sort | None


class _Piece(NamedTuple):
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
    ours, theirs = _read_tokens(old), _read_tokens(new)
    blocks = differing_blocks([token.key for token in ours], [token.key for token in theirs])
    joined = join_blocks(blocks, lambda one, other: _is_chance(ours[one.old_end : other.old]))
    pieces = _cut_pieces(ours, theirs, joined)
    return _merge_edits(_print_pieces(old, new, ours, theirs, pieces))


def _read_tokens(raw: str) -> list[Token]:
    """Cut a passage as printed into tokens.

    Their places ascend and do not overlap. All characters between two of them are white space, volatile, or
    say nothing.
    """
    # `kept[i]` is where the i-th character of the stable text stands in `raw`: places of tokens are mapped
    # back by it.
    kept = [place for span in spans_between(find_volatile(raw), len(raw)) for place in range(*span)]
    stable = "".join(raw[place] for place in kept)
    form = normalise_passage(stable)
    prints = _find_prints(form, stable)
    tokens: list[Token] = []
    position = 0
    for start, end, stretch in cut_tokens(form):
        first, last = prints[start][0], prints[end - 1][1]
        place = max(kept[first], position) if first < last else position
        # A ligature (ﬁ) is printed as one character for two tokens: the first has it.
        position = max(kept[last - 1] + 1, place) if first < last else position
        key = form[start:end]
        if stretch is None:
            tokens.append(Token(key, key, Sort.WORDS, "", place, position))
        else:
            # 3件 and 5件 are of one kind (#件) and may stand in each other's place; 3件 and 3人 are not.
            counted = _COUNTED.sub("#", stretch.text) if stretch.sort is Sort.FIGURE else ""
            kind = counted or stretch.sort.value
            tokens.append(Token(key, stretch.text, stretch.sort, kind, place, position))
    return tokens


def _find_prints(form: str, stable: str) -> list[Span]:
    """Return for each character of the form where it is printed; an empty span for one that is not.

    The form is aligned with the spellings of the single characters that are printed.
    """
    spellings: list[str] = []
    places: list[Span] = []
    for match in _PRINTED.finditer(stable):
        if match.lastgroup:
            spellings.append(GAP if match.lastgroup == "gap" else "\n")
            places.append((match.start(), match.start() + 1))
        else:
            spellings.append(_spell_character(match.group()))
            places += [match.span()] * len(spellings[-1])
    spelt = "".join(spellings)
    prints: list[Span] = []
    position = 0
    # Characters spelt one by one are the form but for what folds only beside its neighbours (figures closed
    # up, m² as m2), so the alignment is short.
    edits = find_edits(form, spelt, Levenshtein.opcodes) if form != spelt else ()
    for old, old_end, new, new_end in (*edits, Block(len(form), len(form), len(spelt), len(spelt))):
        prints += places[position:new] + places[new:new_end][: old_end - old]
        end = prints[-1][1] if prints else 0
        prints += [(end, end)] * (old_end - len(prints))
        position = new_end
    return prints


# A report prints some two thousand different characters.
_spell_character = lru_cache(maxsize=1 << 14)(normalise_passage)


def _is_chance(between: Sequence[Token]) -> bool:
    """Whether what stands between two blocks is too little for both texts to have it on purpose.

    A character or two are, unless a figure is among them.
    """
    return sum(len(token.key) for token in between) <= WORDING.chance and not any(
        token.sort in _FIRM for token in between
    )


class _Lead(Struct):
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
        # Names and turns say nothing of what is counted: they answer each other only with nothing between.
        if one.sort not in _FIRM:
            return words == new_words == 0
        has_lead = self.has_clause or self.chars >= WORDING.lead
        return has_lead and min(words, new_words) == 0 and max(words, new_words) <= WORDING.words_more


def _cut_pieces(old: Sequence[Token], new: Sequence[Token], blocks: Iterable[Block]) -> Iterator[_Piece]:
    """Yield all of both texts in pieces of one sort each, in order."""
    lead = _Lead()
    position, new_position = 0, 0
    for block in (*blocks, Block(len(old), len(old), len(new), len(new))):
        yield from _equal_pieces(position, new_position, block.old - position)
        lead.read(old[position : block.old])
        yield from _of_block(old, new, block, lead)
        position, new_position = block.old_end, block.new_end


def _equal_pieces(start: int, new_start: int, length: int) -> Iterator[_Piece]:
    """Yield tokens that both texts have one by one: each may be printed in another shape."""
    for place, new_place in zip(
        range(start, start + length), range(new_start, new_start + length), strict=True
    ):
        yield _Piece(None, Block(place, place + 1, new_place, new_place + 1))


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
        # One token against one of its sort needs no lead: nothing else can have become of it.
        is_all = one.sort is other.sort and block.area == 1
        if not is_all and not lead.leads_to(one, other, words, new_words):
            break
        if words or new_words:
            yield _Piece(Sort.WORDS, Block(rest.old, place, rest.new, new_place))
        yield _Piece(_sort_of_difference(one, other), Block(place, place + 1, new_place, new_place + 1))
        rest = Block(place + 1, block.old_end, new_place + 1, block.new_end)
        same = _same_ahead(old, new, rest)
        yield from _equal_pieces(rest.old, rest.new, same)
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
    for sort, block in pieces:
        start, end = _find_reach(ours, block.old, block.old_end, position)
        new_start, new_end = _find_reach(theirs, block.new, block.new_end, new_position)
        yield Edit(old[position:start], new[new_position:new_start], None)
        yield Edit(old[start:end], new[new_start:new_end], sort)
        position, new_position = end, new_end
    yield Edit(old[position:], new[new_position:], None)


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
        if sort in (None, Sort.WORDS):
            sides = [(edit.old, edit.new) for edit in run]
            merged.append(Edit("".join(old for old, _ in sides), "".join(new for _, new in sides), sort))
        else:
            merged.extend(run)
    return tuple(merged)
