"""The one rule for near copies: equal protected stretches, and between them no more than a scanner's slips.

How close is close enough stands in `Closeness`, with the measurements behind each number, and nowhere else.
The rule is a predicate of two passages, the same whichever comes first; near copies of near copies are not
near by that.

Which passages are compared at all has a cost that boilerplate in every report cannot raise. Near copies have
equal protected stretches, so passages divide into blocks by them without a loss. Within a block the passages
are sorted in several passes, each by another key (`Fingerprint.keys`), ties by id; two are candidates if they
stand no more than `WINDOW` places apart in one of the passes. That depends on which passages there are, never
on which came first.

    pass 0: the skeleton from the front   a slip near the end leaves neighbours neighbours
    pass 1: the skeleton from the back    and one near the beginning does so here

On 30,000 planted passages in blocks of up to 941, all near copies with one slip are among the candidates,
and 99.8% of those with three; with a window of 4 99.5%, of 32 99.9%. A third pass had little left to find.

Source: M. A. Hernández and S. J. Stolfo, The merge/purge problem for large databases, SIGMOD 1995.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.fingerprint import KEY_LENGTH, Difference, Fingerprint
from pipelines.duplicates.protected import Sort, protected_spans
from pipelines.duplicates.skeleton import places_in_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.duplicates.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True)
class Closeness:
    """How far near copies may be apart, in characters of their bones.

    Measured on 30,000 planted passages (`benchmarks/repetition_planted.py`), of which 3,000 are copies with
    three slips of one character each in words that are not protected:

    - as it stands 86.4% of those are found, and 96.1% of the 4,500 with one; what is missing are slips that
      make or break a protected word, and slips side by side;
    - with `least` at 2 only 80.5%; at 4 86.6%, with `share` at 0.05 86.5%, which a wrong pair is not worth;
    - with `longest_change` at 2 89.2%, but names that no list knows begin to pass for each other, and any
      word of two characters may be left out; without `longest_stutter` 公开公示 against 公示 is lost;
    - no setting lets a changed figure, name or turn pass: that is the matter of `protected` alone.

    Attributes:
        shortest: below it only passages with equal bones are near: in a short passage one character is most
            of what it says.
        single_below: below this length one edit is forgiven, from here on two.
        double_below: below this length two edits are forgiven, from here on `least`.
        least: how many edits are forgiven in any longer passage: three slips of one character each.
        share: how many are forgiven as a share of the length, where that is more.
        longest_change: the longest change in one place: two characters in a row are another word.
        longest_stutter: the longest that puts in or leaves out what begins or ends as its neighbour does
            (公开公示, 公示).
    """

    shortest: int = 20
    single_below: int = 30
    double_below: int = 45
    least: int = 3
    share: float = 0.03
    longest_change: int = 1
    longest_stutter: int = 2

    def bound(self, length: int) -> int:
        """Return how many edits are forgiven between passages of which the longer has `length` characters."""
        if length < self.shortest:
            return 0
        if length < self.single_below:
            return 1
        return 2 if length < self.double_below else max(self.least, int(self.share * length))


CLOSENESS = Closeness()


class Change(NamedTuple):
    """A stretch of one passage's bones and what stands for it in another's; one of the two may be empty."""

    start: int
    end: int
    other_start: int
    other_end: int

    def size(self) -> int:
        """Return how many edits it is."""
        return max(self.end - self.start, self.other_end - self.other_start)


def near_differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...] | None:
    """Return in what two near copies differ; None where they are not near.

    Args:
        a: the one passage.
        b: the other.

    Returns:
        The differences in the order of the first, all of them of words; also those in punctuation and doubled
        characters, which weigh nothing.
    """
    return _differences(a, b) if are_near(a, b) else None


def are_near(a: Fingerprint, b: Fingerprint) -> bool:
    """Tell whether two passages are near copies."""
    if a.block != b.block or a.protected != b.protected:
        return False
    if a.bones == b.bones:
        return True
    one, other = (a, b) if a.bones < b.bones else (b, a)
    bound = _bound(len(one.bones), len(other.bones))
    if Levenshtein.distance(one.bones, other.bones, score_cutoff=bound) > bound:
        return False
    return _are_slips(one, other, bound)


def may_be_near(key_a: str, length_a: int, key_b: str, length_b: int) -> bool:
    """Tell from their keys of one pass and their lengths whether two passages of one block may be near.

    Args:
        key_a: where the one sorts in a pass.
        length_a: of its bones.
        key_b: where the other sorts in the same pass.
        length_b: of its bones.
    """
    bound = _bound(length_a, length_b)
    if abs(length_a - length_b) > bound:
        return False
    # What is cut off at the end of a key may shift by every edit before it.
    cut = bound if max(length_a, length_b) > KEY_LENGTH else 0
    return Levenshtein.distance(key_a, key_b, score_cutoff=bound + cut) <= bound + cut


def _bound(length_a: int, length_b: int) -> int:
    if min(length_a, length_b) < CLOSENESS.shortest:
        return 0
    return CLOSENESS.bound(max(length_a, length_b))


@lru_cache(maxsize=256)
def _words(bones: str) -> tuple[tuple[int, str], ...]:
    """Return what stands before, between and after the protected stretches, each with where it begins.

    A new passage is held against many, one after the other: hence the cache.
    """
    spans = protected_spans(bones)
    starts = (0, *(end for _, end, _ in spans))
    ends = (*(start for start, _, _ in spans), len(bones))
    return tuple((start, bones[start:end]) for start, end in zip(starts, ends, strict=True))


def _are_slips(one: Fingerprint, other: Fingerprint, bound: int) -> bool:
    """Tell whether the words between equal protected stretches differ by slips only, and few of them."""
    left = bound
    changes: list[Change] = []
    for (start, words), (other_start, others) in zip(_words(one.bones), _words(other.bones), strict=True):
        if words == others:
            continue
        for change in _changes(words, others, start, other_start):
            left -= change.size()
            if left < 0 or change.size() > CLOSENESS.longest_stutter:
                return False
            changes.append(change)
    return all(_is_slip(one, other, change) for change in changes)


def _changes(words: str, others: str, start: int, other_start: int) -> list[Change]:
    """Return the changes between two stretches of words that begin there; edits that touch are one change."""
    changes: list[Change] = []
    for op in Levenshtein.opcodes(words, others):
        if op.tag == "equal":
            continue
        first, other_first = op.src_start + start, op.dest_start + other_start
        if changes and first == changes[-1].end:
            before = changes.pop()
            first, other_first = before.start, before.other_start
        changes.append(Change(first, op.src_end + start, other_first, op.dest_end + other_start))
    return changes


def _is_slip(one: Fingerprint, other: Fingerprint, change: Change) -> bool:
    """Tell whether a scanner may have made a change: one character, or a stutter of two."""
    start, end, other_start, other_end = change
    if change.size() > CLOSENESS.longest_change:
        stretches = repeats(one.bones, start, end), repeats(other.bones, other_start, other_end)
        if all(stretches) or max(map(len, stretches)) == 1:
            return False
    return not (is_item(one, start, end) or is_item(other, other_start, other_end))


def _differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...]:
    return tuple(
        Difference(
            Sort.WORDS, a.form[op.src_start : op.src_end], b.form[op.dest_start : op.dest_end], op.src_start
        )
        for op in Levenshtein.opcodes(a.form, b.form)
        if op.tag != "equal"
    )


_ENUMERATES = "、"
_BEFORE, _AFTER = frozenset("和及与或"), frozenset("和及与或等")


def is_item(whole: Fingerprint, start: int, end: int) -> bool:
    """Tell whether a stretch is an item of an enumeration, or a word next to the mark of one.

    Args:
        whole: the passage that has the stretch.
        start: where the stretch begins in its bones.
        end: where it ends; an empty stretch is no item.
    """
    return any(_is_item(whole, first, last) for first, last in repeats(whole.bones, start, end))


def repeats(bones: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of which any might be left out with the same result (公开 or 开公 of 公开公示).

    Args:
        bones: of the passage.
        start: where one such stretch begins.
        end: where it ends; for an empty stretch there is none.
    """
    if start == end:
        return []
    while start and bones[start - 1] == bones[end - 1]:
        start, end = start - 1, end - 1
    stretches = [(start, end)]
    while end < len(bones) and bones[start] == bones[end]:
        start, end = start + 1, end + 1
        stretches.append((start, end))
    return stretches


def _is_item(whole: Fingerprint, start: int, end: int) -> bool:
    before, after = _around(whole, start, end)
    if end - start > 1 and _ENUMERATES in before + after:
        return True
    return bool(
        (before and after)
        or (before and whole.bones[end : end + 1] in _AFTER)
        or (after and whole.bones[max(start - 1, 0) : start] in _BEFORE)
    )


def _around(whole: Fingerprint, start: int, end: int) -> tuple[str, str]:
    """Return the marks before a stretch and after it."""
    places = _places(whole.form, whole.bones)
    before = whole.form[places[start - 1] + 1 : places[start]] if start else ""
    return before, whole.form[places[end - 1] + 1 : places[end]]


@lru_cache(maxsize=256)
def _places(form: str, bones: str) -> list[int]:
    return places_in_form(form, bones)


PASSES = 2
WINDOW = 16


def near_pairs(prints: Mapping[str, Fingerprint]) -> set[tuple[str, str]]:
    """Return every pair of near copies among the candidates, the smaller id first.

    Args:
        prints: the passages by their section ids.
    """
    blocks: dict[int, list[str]] = {}
    for section, one in prints.items():
        blocks.setdefault(one.block, []).append(section)
    return {
        pair
        for sections in blocks.values()
        if len(sections) > 1
        for pair in _block_candidates(sections, prints)
        if are_near(prints[pair[0]], prints[pair[1]])
    }


def _block_candidates(sections: list[str], prints: Mapping[str, Fingerprint]) -> Iterator[tuple[str, str]]:
    """Yield the candidates of one block once each, but for those that a look at their keys excludes."""
    if len(sections) <= WINDOW + 1:
        yield from combinations(sorted(sections), 2)
        return
    earlier: list[dict[str, int]] = []
    for number in range(PASSES):
        order = sorted((prints[section].keys[number], section) for section in sections)
        for one, other in _neighbours(order, prints):
            if not any(abs(rank[one] - rank[other]) <= WINDOW for rank in earlier):
                yield (one, other) if one < other else (other, one)
        earlier.append({section: rank for rank, (_, section) in enumerate(order)})


def _neighbours(order: list[tuple[str, str]], prints: Mapping[str, Fingerprint]) -> Iterator[tuple[str, str]]:
    for place, (key, section) in enumerate(order):
        length = len(prints[section].bones)
        for other_key, other in order[place + 1 : place + 1 + WINDOW]:
            if may_be_near(key, length, other_key, len(prints[other].bones)):
                yield section, other
