"""The one rule for near copies: equal protected stretches, and between them no more than a scanner's slips.

How close is close enough stands in `Closeness`, with the measurements behind each number, and nowhere else.
The rule is a predicate of two passages, the same whichever comes first; near copies of near copies are not
near by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from pipelines.repetition.fingerprint import KEY_LENGTH
from pipelines.repetition.protected import protected_spans
from pipelines.repetition.records import Difference, Fingerprint, Sort


@dataclass(frozen=True, slots=True)
class Closeness:
    """How far near copies may be apart, in characters of their bones.

    Measured on 30,000 planted passages (`benchmarks/repetition_planted.py`), of which 3,000 are copies with
    three slips of one character each in words that are not protected:

    - as it stands 93.3% of those are found; what is missing are slips that make or break a protected word;
    - with `least` at 2 only 86.2%; at 4 93.6%, with `share` at 0.05 93.5%, which a wrong pair is not worth;
    - with `longest_change` at 1 92.0%, and 公开公示 against 公示 is lost; at 3 nothing is gained;
    - with `longest_swap` at 2 95.4%, but names that no list knows begin to pass for each other;
    - no setting lets a changed figure, name or turn pass: that is the matter of `protected` alone.

    Attributes:
        shortest: below it only passages with equal bones are near: in a short passage one character is most
            of what it says.
        single_below: below this length one edit is forgiven, from here on two.
        double_below: below this length two edits are forgiven, from here on `least`.
        least: how many edits are forgiven in any longer passage: three slips of one character each.
        share: how many are forgiven as a share of the length, where that is more.
        longest_change: the longest change in one place that puts in or leaves out (公开公示, 公示).
        longest_swap: the longest where characters stand for others: two in a row are another word.
    """

    shortest: int = 20
    single_below: int = 30
    double_below: int = 45
    least: int = 3
    share: float = 0.03
    longest_change: int = 2
    longest_swap: int = 1

    def bound(self, length: int) -> int:
        """Return how many edits are forgiven between passages of which the longer has `length` characters."""
        if length < self.shortest:
            return 0
        if length < self.single_below:
            return 1
        return 2 if length < self.double_below else max(self.least, int(self.share * length))


CLOSENESS = Closeness()


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
    one, other = sorted((a.bones, b.bones))
    bound = _bound(len(one), len(other))
    if Levenshtein.distance(one, other, score_cutoff=bound) > bound:
        return False
    return _is_within(_words(one), _words(other), bound)


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
def _words(bones: str) -> tuple[str, ...]:
    """Return what stands before, between and after the protected stretches.

    A new passage is held against many, one after the other: hence the cache.
    """
    spans = protected_spans(bones)
    starts = (0, *(end for _, end, _ in spans))
    ends = (*(start for start, _, _ in spans), len(bones))
    return tuple(bones[start:end] for start, end in zip(starts, ends, strict=True))


def _is_within(one: tuple[str, ...], other: tuple[str, ...], bound: int) -> bool:
    """Tell whether the words between equal protected stretches differ by slips only, and few of them."""
    left = bound
    for words, others in zip(one, other, strict=True):
        if words == others:
            continue
        changes = _changes(words, others)
        left -= sum(max(gone, come) for gone, come in changes)
        if left < 0 or not all(_is_slip(gone, come) for gone, come in changes):
            return False
    return True


def _changes(words: str, others: str) -> list[tuple[int, int]]:
    """Return how many characters each change takes and puts; edits that touch are one change."""
    changes: list[tuple[int, int]] = []
    last_end = -1
    for op in Levenshtein.opcodes(words, others):
        if op.tag == "equal":
            continue
        taken, put = op.src_end - op.src_start, op.dest_end - op.dest_start
        if changes and op.src_start == last_end:
            before = changes.pop()
            taken, put = taken + before[0], put + before[1]
        changes.append((taken, put))
        last_end = op.src_end
    return changes


def _is_slip(taken: int, put: int) -> bool:
    if taken and put:
        return max(taken, put) <= CLOSENESS.longest_swap
    return max(taken, put) <= CLOSENESS.longest_change


def _differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...]:
    return tuple(
        Difference(
            Sort.WORDS, a.form[op.src_start : op.src_end], b.form[op.dest_start : op.dest_end], op.src_start
        )
        for op in Levenshtein.opcodes(a.form, b.form)
        if op.tag != "equal"
    )
