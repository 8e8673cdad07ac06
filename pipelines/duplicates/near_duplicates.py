"""Which passages are near copies, and which are one template filled otherwise (a family).

*Near copies* have equal protected stretches, one after the other, and between them no more than a scanner's
slips (`knowledge/thresholds/near_duplicates.yaml`). Words in the middle of an enumeration are no slip: a
scanner loses characters without regard to where words begin; who takes out what stands between two marks
(教育、医疗、住房) has said something else. The rule is a predicate of two passages, the same whichever comes
first; near copies of near copies are not near by that.

Which passages are compared has a cost that boilerplate in every report cannot raise. A block, of equal
protected stretches, is sorted in several passes by another key each, ties by id; candidates stand no more
than `CLOSENESS.window` places apart in one of them. That depends on which passages there are, not on order.

    pass 0: the skeleton from the front   a slip near the end leaves neighbours neighbours
    pass 1: the skeleton from the back    and one near the beginning does so here

On 30,000 planted passages in blocks of up to 941, all near copies with one slip are among the candidates,
and 99.8% of those with three; with a window of 4 99.5%, of 32 99.9%. A third pass had little left to find.

Source: M. A. Hernández and S. J. Stolfo, The merge/purge problem for large databases, SIGMOD 1995.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.alignment import Block, find_edits, join_blocks
from pipelines.duplicates.left_out import spans_between
from pipelines.duplicates.protected import Role, Sort, Span, load_lexicon, protected_spans
from pipelines.identity import ID_HEX_DIGITS
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import BORDERS, places_in_form, skeleton_of


class Closeness(Thresholds):
    """How far near copies may be apart, in characters of their skeletons, and how fingerprints are cut.

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
    key_length: int
    shortest_template: int

    def bound(self, length: int, other: int) -> int:
        """Return how many edits are forgiven between passages of these lengths, in characters."""
        longer = max(length, other)
        if min(length, other) < self.shortest:
            return 0
        if longer < self.single_below:
            return 1
        return 2 if longer < self.double_below else max(self.least, int(self.share * longer))


CLOSENESS = Closeness.load("near_duplicates")

# No division has a longer name: 积石山保安族东乡族撒拉族自治县 has 15 characters.
_LONGEST_PLACE = 16
_ENUMERATES = "、"
_BEFORE, _AFTER = frozenset("和及与或"), frozenset("和及与或等")
# Characters of Unicode's private use area, which no document prints.
_MASKS = {Sort.FIGURE: "\ue000", Sort.NUMBER: "\ue001", Sort.NAME: "\ue002"}


class Fingerprint(FrozenStruct):
    """What a normalised passage is compared by.

    Attributes:
        form: the normalised passage (`pipelines.text.normalise`).
        skeleton: its characters without punctuation and white space, cell borders of tables kept.
        spans: where in the skeleton the protected stretches are, in order.
        block: a signed 64-bit hash of `protected`; near copies share it.
        family_id: a hash of the skeleton with every figure, number and name masked, as 20 hexadecimal digits;
            None where nothing is masked or too little else is left to speak of a template.
        keys: where the passage sorts in each of the passes that look for near copies among those of a block.
    """

    form: str
    skeleton: str
    spans: tuple[Span, ...]
    block: int
    family_id: str | None
    keys: tuple[str, ...]

    @property
    def protected(self) -> tuple[str, ...]:
        """The protected stretches in order, as compared."""
        return tuple(self.skeleton[start:end] for start, end, _ in self.spans)


class Difference(FrozenStruct):
    """One place in which two passages differ.

    Attributes:
        sort: what differs there; the weightiest of several.
        a: what the first has, as in its form; empty where it has nothing.
        b: what the second has.
        at: where in the form of the first.
    """

    sort: Sort
    a: str
    b: str
    at: int


def fingerprint(form: str) -> Fingerprint:
    """Return what a normalised passage is compared by; any text has a fingerprint.

    Args:
        form: the normalised passage (`pipelines.text.normalise`).
    """
    skeleton = skeleton_of(form)
    spans = tuple(protected_spans(skeleton))
    protected = "\x1f".join(skeleton[start:end] for start, end, _ in spans)
    # Bytes that no charset decodes stand as surrogates, which are hashed as they are.
    digest = hashlib.blake2b(protected.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return Fingerprint(
        form=form,
        skeleton=skeleton,
        spans=spans,
        block=int.from_bytes(digest, "big", signed=True),
        family_id=_family_id(skeleton, _masked_runs(spans)),
        keys=(skeleton[: CLOSENESS.key_length], skeleton[: -CLOSENESS.key_length - 1 : -1]),
    )


def _family_id(skeleton: str, runs: Sequence[Sequence[Span]]) -> str | None:
    words = [
        skeleton[start:end]
        for start, end in spans_between(((run[0][0], run[-1][1]) for run in runs), len(skeleton))
    ]
    if not runs or sum(map(len, words)) < CLOSENESS.shortest_template:
        return None
    masks = (*(_MASKS[run[0][2]] for run in runs), "")
    masked = "".join(piece for pair in zip(words, masks, strict=True) for piece in pair)
    # A public id (`sections`): what is masked, and by which character, cannot change without breaking cited
    # links.
    return hashlib.sha256(masked.encode("utf-8", "surrogatepass")).hexdigest()[:ID_HEX_DIGITS]


def _masked_runs(spans: Sequence[Span]) -> list[list[Span]]:
    """Return the figures, numbers or names of one sort that follow each other without a word between them.

    A body and its place are one run (信阳市教育局), and so are the figures of a date or of a row.
    """
    runs: list[list[Span]] = []
    for span in spans:
        start, _, sort = span
        if sort not in _MASKS:
            continue
        if runs and runs[-1][-1][1:] == (start, sort):
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def family_differences(a: Fingerprint, b: Fingerprint) -> tuple[Difference, ...]:
    """Return in what two passages of one family differ, in order; empty where all that is masked is equal.

    Args:
        a: the one passage.
        b: another of the same family.

    Returns:
        Differences of figures, numbers and names: one by one where both have as many of them in a row, else
        the whole row of them (市教育局 against 管理委员会). Borders of cells alone are no difference.
    """
    places_a, places_b = places_in_form(a.form, a.skeleton), places_in_form(b.form, b.skeleton)
    return tuple(
        Difference(
            sort,
            a.form[places_a[start_a] : places_a[end_a - 1] + 1],
            b.form[places_b[start_b] : places_b[end_b - 1] + 1],
            places_a[start_a],
        )
        for run_a, run_b in zip(_masked_runs(a.spans), _masked_runs(b.spans), strict=True)
        for (start_a, end_a, sort), (start_b, end_b, _) in _pair_spans(run_a, run_b)
        if a.skeleton[start_a:end_a].strip(BORDERS) != b.skeleton[start_b:end_b].strip(BORDERS)
    )


def _pair_spans(a: list[Span], b: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Yield what of two rows of figures or names stands against what."""
    if len(a) == len(b):
        yield from zip(a, b, strict=True)
    else:
        yield (a[0][0], a[-1][1], a[0][2]), (b[0][0], b[-1][1], b[0][2])


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
    # Which edits are found depends on which side is the old one; the rule must not.
    one, other = (a, b) if a.skeleton < b.skeleton else (b, a)
    bound = CLOSENESS.bound(len(one.skeleton), len(other.skeleton))
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
    bound = CLOSENESS.bound(length_a, length_b)
    if abs(length_a - length_b) > bound:
        return False
    # What is cut off at the end of a key may shift by every edit before it.
    cut = bound if max(length_a, length_b) > CLOSENESS.key_length else 0
    return Levenshtein.distance(key_a, key_b, score_cutoff=bound + cut) <= bound + cut


def _split_words(one: Fingerprint) -> Iterator[tuple[int, str]]:
    """Yield what stands before, between and after the protected stretches, each with where it begins."""
    for start, end in spans_between((span[:2] for span in one.spans), len(one.skeleton)):
        yield start, one.skeleton[start:end]


def _are_slips(one: Fingerprint, other: Fingerprint, bound: int) -> bool:
    """Tell whether the words between equal protected stretches differ by slips only, and few of them."""
    left = bound
    changes: list[Block] = []
    pairs = zip(_split_words(one), _split_words(other), strict=True)
    for (start, words), (other_start, others) in pairs:
        if words == others:
            continue
        edits = find_edits(words, others, Levenshtein.opcodes)
        for old, old_end, new, new_end in join_blocks(edits):
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
        # Two characters pass only as a stutter: one side lacks them, and the other repeats its neighbours, so
        # that it cannot be told which of them was put in.
        if all(stretches) or max(map(len, stretches)) == 1:
            return False
    return not any(
        _is_item(whole, *stretch) or _is_in_halved_place(whole, stretch[0])
        for whole, repeats in sides
        for stretch in repeats
    )


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
        # Leaving out 示公 of 公示公示 gives what leaving out 公示 does: the stretch slides as far as its ends
        # repeat.
        start, end = start - 1, end - 1
    stretches = [(start, end)]
    while end < len(skeleton) and skeleton[start] == skeleton[end]:
        start, end = start + 1, end + 1
        stretches.append((start, end))
    return stretches


def _is_in_halved_place(whole: Fingerprint, at: int) -> bool:
    """Tell whether a character is of a place behind its first one (公开开封市): no skeleton has its name."""
    roles, places = load_lexicon().roles, places_in_form(whole.form, whole.skeleton)
    for first in range(at, max(at - _LONGEST_PLACE, 0), -1):
        begin = places[first] - 1
        if begin > places[first - 1] and whole.form[begin] == whole.skeleton[first - 1]:
            ends = range(places[at] + 1, begin + _LONGEST_PLACE)
            if any(roles.get(whole.form[begin:end]) is Role.PLACE for end in ends):
                return True
    return False


def _is_item(whole: Fingerprint, start: int, end: int) -> bool:
    """Tell whether a stretch is an item of an enumeration, or a word next to the mark of one.

    The skeleton has no marks, so it is the form that tells.
    """
    places = places_in_form(whole.form, whole.skeleton)
    before = whole.form[places[start - 1] + 1 : places[start]] if start else ""
    after = whole.form[places[end - 1] + 1 : places[end]]
    if end - start > 1 and _ENUMERATES in before + after:
        return True
    return bool(
        (before and after)
        or (before and whole.skeleton[end : end + 1] in _AFTER)
        or (after and whole.skeleton[max(start - 1, 0) : start] in _BEFORE)
    )
