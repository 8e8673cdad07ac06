"""What became of the passages of a text in another: kept, changed, new or dropped.

    equal passages, as many as stand in one order ─▶ equal ones elsewhere ─▶ alike ones, best first ─▶ rest

Passages are equal where their sections are, or where they differ only in what is volatile or in the numeral
of their heading, which says where they stand. A passage that is neither equal nor alike to any is new, or
dropped, even under a heading that stayed.

Likeness is the share of characters that two passages have in common in one order (Indel), figures not looked
at: a template filled in with other figures is the same words. Which pairs are worth that comparison is told
by the letters that both have, counted without their order: that many they have in common at most.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Indel

from pipelines.duplicates.alignment import differing_blocks
from pipelines.duplicates.diff_wording import Edit, compare_wording
from pipelines.duplicates.division_titles import number_end, title_characters
from pipelines.duplicates.volatile import without_volatile
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray


ALIKE = 0.5
"""Likeness from which a passage is the old one changed, whatever its heading. Of 11,000 pairs of passages
under other headings in eight real documents a few in a thousand are more alike, bare headings of much the
same words."""
ALIKE_UNDER_HEADING = 0.27
"""Likeness from which it is under the same headings. Prose of other bodies under one statutory heading has up
to 0.24; a section of a real report that keeps some of its sentences from the year before has 0.30."""


@dataclass(frozen=True, slots=True)
class _Text:
    """The passages of one of the two texts, as they are compared."""

    leaves: Sequence[Leaf]
    forms: Sequence[str]

    @classmethod
    def of(cls, leaves: Sequence[Leaf]) -> _Text:
        return cls(leaves, [normalise_passage(without_volatile(leaf.raw)) for leaf in leaves])

    def headings(self, place: int) -> tuple[str, ...]:
        """Return the headings of a passage without their numerals."""
        path = self.leaves[place].heading_path
        return tuple(title_characters(path[:depth]) for depth in range(1, len(path) + 1))


def align_passages(old: Sequence[Leaf], new: Sequence[Leaf]) -> tuple[Aligned, ...]:
    """Say what became of each passage of a text.

    Args:
        old: the passages of the earlier text, in order.
        new: those of the later text.

    Returns:
        What became of them in the order of the new text, those that were dropped where they stood.
    """
    ours, theirs = _Text.of(old), _Text.of(new)
    equal = _equal_pairs(*_key_passages(ours, theirs))
    alike = _alike_pairs(ours, theirs, equal)
    return tuple(_tell_states(old, new, equal, alike))


def _key_passages(old: _Text, new: _Text) -> tuple[list[str], list[str]]:
    """Return by what passages are equal: their words, and one wording for all that are of one section."""
    shown: dict[str, str] = {}
    ours, theirs = (
        [
            shown.setdefault(leaf.section_id, form[number_end(form) if leaf.heading_path else 0 :])
            for leaf, form in zip(text.leaves, text.forms, strict=True)
        ]
        for text in (old, new)
    )
    return ours, theirs


def _equal_pairs(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return the old place of each new passage that is kept, by its new place."""
    pairs: dict[int, int] = {}
    left: defaultdict[str, deque[int]] = defaultdict(deque)
    arrived: list[int] = []
    position, new_position = 0, 0
    for block in differing_blocks(old, new):
        pairs.update(zip(range(new_position, block.new), range(position, block.old), strict=True))
        for place in range(block.old, block.old_end):
            left[old[place]].append(place)
        arrived.extend(range(block.new, block.new_end))
        position, new_position = block.old_end, block.new_end
    pairs.update(zip(range(new_position, len(new)), range(position, len(old)), strict=True))
    for place in arrived:
        if left[new[place]]:
            pairs[place] = left[new[place]].popleft()
    return pairs


def _alike_pairs(old: _Text, new: _Text, equal: Mapping[int, int]) -> dict[int, int]:
    """Return the old place of each new passage that is a changed one, by its new place; the likest first."""
    taken = set(equal.values())
    ours = [place for place in range(len(old.leaves)) if place not in taken]
    theirs = [place for place in range(len(new.leaves)) if place not in equal]
    words = {place: Words.of(old.forms[place]) for place in ours}
    new_words = {place: Words.of(new.forms[place]) for place in theirs}
    stayed = set(_under_one_heading(old, new, ours, theirs))
    likely = likely_pairs(list(words.values()), list(new_words.values()), ALIKE)
    scored = []
    for place, new_place in stayed.union((ours[one], theirs[other]) for one, other in likely):
        has_heading = (place, new_place) in stayed
        least = ALIKE_UNDER_HEADING if has_heading else ALIKE
        score = rate_likeness(words[place], new_words[new_place], least)
        if score >= least:
            scored.append((-score, not has_heading, abs(place - new_place), new_place, place))
    return _each_once(scored)


def _under_one_heading(
    old: _Text, new: _Text, ours: Sequence[int], theirs: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs that stand under the same headings; of many only those about as far on among them."""
    under: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place in ours:
        under[old.headings(place)].append(place)
    seen: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for new_place in theirs:
        headings = new.headings(new_place)
        first = max(0, seen[headings] - CANDIDATES // 2)
        seen[headings] += 1
        yield from ((place, new_place) for place in under[headings][first : first + CANDIDATES])


def _each_once(scored: list[tuple[float, bool, int, int, int]]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for *_, new_place, place in sorted(scored):
        if new_place not in pairs and place not in taken:
            pairs[new_place] = place
            taken.add(place)
    return pairs


def _tell_states(
    old: Sequence[Leaf], new: Sequence[Leaf], equal: Mapping[int, int], alike: Mapping[int, int]
) -> Iterator[Aligned]:
    """Yield what became of each passage, those that were dropped behind the one that they stood behind."""
    pairs = {**equal, **alike}
    stayed = _longest_run(sorted(pairs.items()))
    held = set(pairs.values())
    dropped = deque(place for place in range(len(old)) if place not in held)
    bounds = iter([*(pairs[new_place] for new_place in sorted(stayed)), len(old)])
    yield from _dropped_before(dropped, next(bounds))
    for new_place, leaf in enumerate(new):
        place = pairs.get(new_place)
        if place is None:
            yield Aligned(State.NEW, None, new_place)
            continue
        is_moved = new_place not in stayed
        if new_place in equal:
            yield Aligned(State.KEPT, place, new_place, is_moved)
        else:
            edits = compare_wording(old[place].raw, leaf.raw)
            yield Aligned(State.CHANGED, place, new_place, is_moved, edits)
        if not is_moved:
            yield from _dropped_before(dropped, next(bounds))


def _dropped_before(dropped: deque[int], bound: int) -> Iterator[Aligned]:
    while dropped and dropped[0] < bound:
        yield Aligned(State.DROPPED, dropped.popleft(), None)


def _longest_run(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """Return the new places of the most pairs that stand in one order in both texts.

    Args:
        pairs: new and old place, by new place.
    """
    ends: list[int] = []
    chosen: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(chosen[length - 1] if length else None)
        ends[length : length + 1] = [place]
        chosen[length : length + 1] = [index]
    run: set[int] = set()
    last = chosen[-1] if chosen else None
    while last is not None:
        run.add(pairs[last][0])
        last = before[last]
    return run


class State(StrEnum):
    """What became of a passage from one text to the other."""

    KEPT = "kept"
    CHANGED = "changed"
    NEW = "new"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A passage as two texts are aligned by it.

    Attributes:
        section_id: of the normalised passage.
        raw: the passage as printed, without the rows of tables that are read as cells.
        heading_path: see `pipelines.text.outline.Passage`.
    """

    section_id: str
    raw: str
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A passage and what became of it.

    Attributes:
        state: kept, changed, new or dropped.
        old: its index in the old text; None where it is new.
        new: its index in the new text; None where it is dropped.
        moved: whether it stands elsewhere among those that are in both texts.
        edits: of a changed passage, from its first character to its last; empty otherwise.
    """

    state: State
    old: int | None
    new: int | None
    moved: bool = False
    edits: tuple[Edit, ...] = ()


LONG = 4000
"""Characters of a passage above which clauses are compared and not characters."""
CANDIDATES = 12
"""Old passages that are compared with a new one: those with most letters in common."""
PAIRS = 25_000_000
"""Pairs that are looked at; of more passages only those about as far into the text."""

_BUCKETS = 64
_FIGURES = re.compile(r"\d[\d.,]*")
_CLAUSE = re.compile(r"[^。,;:!?、\n]+[。,;:!?、\n]?")


@dataclass(frozen=True)
class Words:
    """A passage as likeness sees it.

    Attributes:
        text: its normalised form, each figure a `0`.
    """

    text: str

    @classmethod
    def of(cls, form: str) -> Words:
        """Return the words of a normalised passage."""
        return cls(_FIGURES.sub("0", form))

    @cached_property
    def clauses(self) -> list[str]:
        """The clauses of the text, for passages too long to be compared by characters."""
        return _CLAUSE.findall(self.text)

    @cached_property
    def letters(self) -> NDArray[np.int32]:
        """How many characters of the text fall into each of a few buckets."""
        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return np.bincount(codes % _BUCKETS, minlength=_BUCKETS).astype(np.int32)


def rate_likeness(one: Words, other: Words, least: float = 0.0) -> float:
    """Return how alike two passages are, from 0 to 1; 0 where less than the least.

    Args:
        one: a passage.
        other: another.
        least: what is of interest; it saves time.
    """
    if max(len(one.text), len(other.text)) <= LONG:
        return Indel.normalized_similarity(one.text, other.text, score_cutoff=least)
    numbers: dict[str, int] = {}
    ours, theirs = (
        [numbers.setdefault(clause, len(numbers)) for clause in words.clauses] for words in (one, other)
    )
    return Indel.normalized_similarity(ours, theirs, score_cutoff=least)


def likely_pairs(old: Sequence[Words], new: Sequence[Words], least: float) -> Iterator[tuple[int, int]]:
    """Yield which pairs may be alike, for each of the new the `CANDIDATES` likeliest.

    Args:
        old: passages of the one text, in order.
        new: passages of the other.
        least: the likeness below which two are not each other's.
    """
    if not old or not new:
        return
    letters = np.stack([words.letters for words in old])
    sizes = letters.sum(axis=1)
    reach = max(PAIRS // len(new), CANDIDATES)
    for place, words in enumerate(new):
        first = _start_of_window(place, len(new), len(old), reach)
        window = slice(first, first + reach)
        common = np.minimum(letters[window], words.letters).sum(axis=1)
        most = 2 * common / np.maximum(sizes[window] + words.letters.sum(), 1)
        for found in _find_best(most, CANDIDATES):
            if most[found] >= least:
                yield first + found, place


def _find_best(scores: NDArray[np.float64], number: int) -> list[int]:
    """Return the places of the highest scores in any order; of equal ones those that come first."""
    if len(scores) <= number:
        return list(range(len(scores)))
    ranks = np.round(scores * 1e6).astype(np.int64) * len(scores) - np.arange(len(scores))
    return [int(place) for place in np.argpartition(-ranks, number)[:number]]


def _start_of_window(place: int, places: int, others: int, reach: int) -> int:
    """Return from where on the passages are looked at that stand about as far into the other text."""
    middle = place * others // places
    return max(0, min(middle - reach // 2, others - reach))
