"""What became of the passages of a text in another: kept, changed, new or dropped.

    equal passages, as many as stand in one order ─▶ equal ones elsewhere ─▶ alike ones, best first ─▶ rest

Passages are equal where their sections are, or where they differ only in what is volatile or in the numeral
of their heading, which says where they stand. A passage that is neither equal nor alike to any is new, or
dropped, even under a heading that stayed.

Likeness is the share of characters that two passages have in common in one order (Indel), figures not looked
at: a template filled in with other figures is the same words. Of long passages the clauses are compared.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from pipelines.duplicates.alignment import equal_blocks
from pipelines.duplicates.diff_wording import Edit, compare_wording
from pipelines.duplicates.left_out import number_end, title_characters, without_volatile
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DiffThresholds(Thresholds):
    """When a passage is an old one changed (`knowledge/thresholds/diff.yaml`)."""

    alike: float
    alike_under_heading: float
    long_passage: int
    pairs_at_once: int


DIFF = DiffThresholds.load("diff")
_FIGURES = re.compile(r"\d[\d.,]*")
_CLAUSE = re.compile(r"[^。,;:!?、\n]+[。,;:!?、\n]?")


class State(StrEnum):
    """What became of a passage from one text to the other."""

    KEPT = "kept"
    CHANGED = "changed"
    NEW = "new"
    DROPPED = "dropped"


class Leaf(FrozenStruct):
    """A passage as two texts are aligned by it.

    Attributes:
        section_id: of the normalised passage.
        raw: the passage as printed, without the rows of tables that are read as cells.
        heading_path: see `pipelines.text.outline.Passage`.
    """

    section_id: str
    raw: str
    heading_path: tuple[str, ...]


class Aligned(FrozenStruct):
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


def align_passages(old: Sequence[Leaf], new: Sequence[Leaf]) -> tuple[Aligned, ...]:
    """Say what became of each passage of a text.

    Args:
        old: the passages of the earlier text, in order.
        new: those of the later text.

    Returns:
        What became of them in the order of the new text, those that were dropped where they stood.
    """
    ours, theirs = (
        [
            _Compared(place, leaf, normalise_passage(without_volatile(leaf.raw)))
            for place, leaf in enumerate(text)
        ]
        for text in (old, new)
    )
    equal = _equal_pairs(ours, theirs)
    held = set(equal.values())
    alike = _alike_pairs(
        [one for one in ours if one.place not in held], [one for one in theirs if one.place not in equal]
    )
    return tuple(_tell_states(old, new, equal, alike))


class _Compared(NamedTuple):
    """A passage by its place in its text and its normalised form, without what is volatile."""

    place: int
    leaf: Leaf
    form: str

    @property
    def words(self) -> str:
        """The form without the numeral of its heading."""
        return self.form[number_end(self.form) if self.leaf.heading_path else 0 :]

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that it stands under, without their numerals."""
        return tuple(title_characters((title,)) for title in self.leaf.heading_path)


def _equal_pairs(old: Sequence[_Compared], new: Sequence[_Compared]) -> dict[int, int]:
    """Return the old place of each new passage that is kept, by its new place."""
    # All passages of one section are equal, whatever numeral the first of them has.
    shown: dict[str, str] = {}
    ours, theirs = ([shown.setdefault(one.leaf.section_id, one.words) for one in text] for text in (old, new))
    pairs: dict[int, int] = {}
    for block in equal_blocks(ours, theirs):
        pairs.update(zip(range(block.new, block.new_end), range(block.old, block.old_end), strict=True))
    left: defaultdict[str, deque[int]] = defaultdict(deque)
    for place in sorted({*range(len(old))} - {*pairs.values()}):
        left[ours[place]].append(place)
    for place, words in enumerate(theirs):
        if place not in pairs and left[words]:
            pairs[place] = left[words].popleft()
    return pairs


def _alike_pairs(old: Sequence[_Compared], new: Sequence[_Compared]) -> dict[int, int]:
    """Return the old place of each new passage that is a changed one, by its new place; the likest first."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    # Parts of both texts at the same height are compared: a passage that stayed near its place meets its own.
    # The matrix of all pairs would take 8 bytes a pair.
    parts = len(old) * len(new) // DIFF.pairs_at_once + 1
    for part in range(parts):
        ours, theirs = (
            text[len(text) * part // parts : len(text) * (part + 1) // parts] for text in (old, new)
        )
        for place, new_place in _rank_pairs(ours, theirs):
            if new_place not in pairs and place not in taken:
                pairs[new_place] = place
                taken.add(place)
    return pairs


def _rank_pairs(old: Sequence[_Compared], new: Sequence[_Compared]) -> Iterator[tuple[int, int]]:
    """Yield the places of passages that are alike; of equal likeness first those under the same headings."""
    if not old or not new:
        return
    numbers: dict[tuple[str, ...], int] = {}
    headings, new_headings = (
        np.array([numbers.setdefault(one.headings, len(numbers)) for one in text]) for text in (old, new)
    )
    stayed = headings[:, None] == new_headings
    likeness = _rate_likeness(old, new)
    ours, theirs = np.nonzero(likeness >= np.where(stayed, DIFF.alike_under_heading, DIFF.alike))
    places, new_places = (
        np.array([one.place for one in old])[ours],
        np.array([one.place for one in new])[theirs],
    )
    # numpy sorts by the last key first: the likest, then those under the same headings, then the nearest.
    order = np.lexsort(
        (places, new_places, abs(places - new_places), ~stayed[ours, theirs], -likeness[ours, theirs])
    )
    yield from zip(places[order].tolist(), new_places[order].tolist(), strict=True)


def _rate_likeness(old: Sequence[_Compared], new: Sequence[_Compared]) -> NDArray[np.float64]:
    """Return how alike each passage is to each of the other text, from 0 to 1; 0 for too little."""
    texts = [[_FIGURES.sub("0", one.form) for one in text] for text in (old, new)]
    lengths, new_lengths = (np.array([len(text) for text in side]) for side in texts)
    is_long = np.maximum(lengths[:, None], new_lengths) > DIFF.long_passage
    by_characters = _compare_all(
        *([text if len(text) <= DIFF.long_passage else "" for text in side] for side in texts)
    )
    if not is_long.any():
        return by_characters
    return np.where(
        is_long, _compare_all(*(list(map(_CLAUSE.findall, side)) for side in texts)), by_characters
    )


def _compare_all(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    return cdist(
        old, new, scorer=Indel.normalized_similarity, score_cutoff=DIFF.alike_under_heading, dtype=np.float64
    )


def _tell_states(
    old: Sequence[Leaf], new: Sequence[Leaf], equal: Mapping[int, int], alike: Mapping[int, int]
) -> Iterator[Aligned]:
    """Yield what became of each passage, those that were dropped behind the one that they stood behind."""
    pairs = {**equal, **alike}
    # The most passages that keep their order are those that stayed; whatever crosses them has moved.
    stayed = _longest_run(sorted(pairs.items()))
    held = set(pairs.values())
    dropped = deque(place for place in range(len(old)) if place not in held)
    # What was dropped is told where it stood: before the next old passage that stayed.
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
        # Patience sorting: `ends[n]` is the lowest old place in which a run of n + 1 pairs ends so far,
        # `chosen[n]` its pair.
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
