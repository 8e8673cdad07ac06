"""The one rule for near copies: equal protected stretches, and between them no more than a scanner's slips.

How close is close enough stands in `knowledge/thresholds/near_duplicates.yaml`, with the measurements behind
each number, and nowhere else. Words in the middle of an enumeration are no slip: a scanner loses characters
without regard to where words begin; who takes out what stands between two marks (教育、医疗、住房) has said
something else. The rule is a predicate of two passages, the same whichever comes first; near copies of near
copies are not near by that.

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

from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.alignment import Block, find_edits, join_touching
from pipelines.duplicates.fingerprint import FINGERPRINT, Difference, Fingerprint
from pipelines.duplicates.protected import Sort, protected_spans
from pipelines.duplicates.skeleton import places_in_form
from pipelines.knowledge import load_thresholds

_ENUMERATES = "、"
_BEFORE, _AFTER = frozenset("和及与或"), frozenset("和及与或等")


@dataclass(frozen=True, slots=True)
class Closeness:
    """How far near copies may be apart, in characters of their skeletons.

    No setting lets a changed figure, name or turn pass: that is the matter of what is protected alone. What
    is missed are slips that make or break a protected word, and slips side by side.
    """

    shortest: int
    single_below: int
    double_below: int
    least: int
    share: float
    longest_change: int
    longest_stutter: int
    window: int

    def bound(self, length: int) -> int:
        """Return how many edits are forgiven between passages of which the longer has `length` characters."""
        if length < self.shortest:
            return 0
        if length < self.single_below:
            return 1
        return 2 if length < self.double_below else max(self.least, int(self.share * length))


CLOSENESS = load_thresholds("pipelines.knowledge", "near_duplicates", Closeness)


def near_differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...] | None:
    """Return in what two near copies differ; None where they are not near.

    Args:
        a: the one passage.
        b: the other.

    Returns:
        The differences in the order of the first, all of them of words; also those in punctuation and doubled
        characters, which weigh nothing.
    """
    if not are_near(a, b):
        return None
    return tuple(
        Difference(Sort.WORDS, a.form[edit.old : edit.old_end], b.form[edit.new : edit.new_end], edit.old)
        for edit in find_edits(a.form, b.form, Levenshtein.opcodes)
    )


def are_near(a: Fingerprint, b: Fingerprint) -> bool:
    """Tell whether two passages are near copies."""
    if a.block != b.block or a.protected != b.protected:
        return False
    if a.skeleton == b.skeleton:
        return True
    one, other = (a, b) if a.skeleton < b.skeleton else (b, a)
    bound = _bound(len(one.skeleton), len(other.skeleton))
    if Levenshtein.distance(one.skeleton, other.skeleton, score_cutoff=bound) > bound:
        return False
    return _are_slips(one, other, bound)


def may_be_near(key_a: str, length_a: int, key_b: str, length_b: int) -> bool:
    """Tell from their keys of one pass and their lengths whether two passages of one block may be near.

    Args:
        key_a: where the one sorts in a pass.
        length_a: of its skeleton.
        key_b: where the other sorts in the same pass.
        length_b: of its skeleton.
    """
    bound = _bound(length_a, length_b)
    if abs(length_a - length_b) > bound:
        return False
    # What is cut off at the end of a key may shift by every edit before it.
    cut = bound if max(length_a, length_b) > FINGERPRINT.key_length else 0
    return Levenshtein.distance(key_a, key_b, score_cutoff=bound + cut) <= bound + cut


def _bound(length_a: int, length_b: int) -> int:
    if min(length_a, length_b) < CLOSENESS.shortest:
        return 0
    return CLOSENESS.bound(max(length_a, length_b))


@lru_cache(maxsize=256)
def _split_words(skeleton: str) -> tuple[tuple[int, str], ...]:
    """Return what stands before, between and after the protected stretches, each with where it begins.

    A new passage is held against many, one after the other: hence the cache.
    """
    spans = protected_spans(skeleton)
    starts = (0, *(end for _, end, _ in spans))
    ends = (*(start for start, _, _ in spans), len(skeleton))
    return tuple((start, skeleton[start:end]) for start, end in zip(starts, ends, strict=True))


def _are_slips(one: Fingerprint, other: Fingerprint, bound: int) -> bool:
    """Tell whether the words between equal protected stretches differ by slips only, and few of them."""
    left = bound
    changes: list[Block] = []
    pairs = zip(_split_words(one.skeleton), _split_words(other.skeleton), strict=True)
    for (start, words), (other_start, others) in pairs:
        if words == others:
            continue
        edits = find_edits(words, others, Levenshtein.opcodes)
        for old, old_end, new, new_end in join_touching(edits):
            change = Block(start + old, start + old_end, other_start + new, other_start + new_end)
            left -= change.size
            if left < 0 or change.size > CLOSENESS.longest_stutter:
                return False
            changes.append(change)
    return all(_is_slip(one, other, change) for change in changes)


def _is_slip(one: Fingerprint, other: Fingerprint, change: Block) -> bool:
    """Tell whether a scanner may have made a change: one character, or a stutter of two."""
    sides = [
        (one, _find_repeats(one.skeleton, change.old, change.old_end)),
        (other, _find_repeats(other.skeleton, change.new, change.new_end)),
    ]
    if change.size > CLOSENESS.longest_change:
        stretches = [repeats for _, repeats in sides]
        if all(stretches) or max(map(len, stretches)) == 1:
            return False
    return not any(_is_item(whole, *stretch) for whole, repeats in sides for stretch in repeats)


def _find_repeats(skeleton: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of which any might be left out with the same result (公开 or 开公 of 公开公示).

    Args:
        skeleton: of the passage.
        start: where one such stretch begins.
        end: where it ends; for an empty stretch there is none.
    """
    if start == end:
        return []
    while start and skeleton[start - 1] == skeleton[end - 1]:
        start, end = start - 1, end - 1
    stretches = [(start, end)]
    while end < len(skeleton) and skeleton[start] == skeleton[end]:
        start, end = start + 1, end + 1
        stretches.append((start, end))
    return stretches


def _is_item(whole: Fingerprint, start: int, end: int) -> bool:
    """Tell whether a stretch is an item of an enumeration, or a word next to the mark of one.

    The skeleton has no marks, so it is the form that tells.
    """
    places = _find_places(whole.form, whole.skeleton)
    before = whole.form[places[start - 1] + 1 : places[start]] if start else ""
    after = whole.form[places[end - 1] + 1 : places[end]]
    if end - start > 1 and _ENUMERATES in before + after:
        return True
    return bool(
        (before and after)
        or (before and whole.skeleton[end : end + 1] in _AFTER)
        or (after and whole.skeleton[max(start - 1, 0) : start] in _BEFORE)
    )


@lru_cache(maxsize=256)
def _find_places(form: str, skeleton: str) -> list[int]:
    return places_in_form(form, skeleton)
