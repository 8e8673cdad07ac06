"""Where the passages that a document prints in one place of its outline disagree, and how many say what.

Passages of one place (equal headings, however typed) are collated. Every passage has its say in each
disagreement, were it by having nothing there. Where single characters disagree, the neighbour that they more
often stand with in the document completes the word: 指导 against 引导, 配齐 against 配备.

The wordings of one place are collated: aligned to the one that is printed most often, token by token. A
protected stretch (a figure, a name, a word that turns the meaning) is one token, so is a run of Latin letters
or digits, so is every other character.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import add, attrgetter, itemgetter
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.alignment import count_shared, counterpart, find_edits, join_blocks
from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.protected import Sort, Stretch, cut_tokens
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import Passage


class Variant(FrozenStruct):
    """One of several wordings that a text has in one place of its outline.

    Attributes:
        heading_path: of the place, normalised.
        at: which of the place's disagreements it belongs to, from 0.
        wording: as normalised; empty where some of the passages have nothing there.
        context: what stands before it in all of them, at most twelve characters.
        times: how many of the passages say so.
        positions: which ones, by their position in the text.
        sort: of the disagreement; `Sort.WORDS` for mere noise.
    """

    heading_path: tuple[str, ...]
    at: int
    wording: str
    context: str
    times: int
    positions: tuple[int, ...]
    sort: Sort


class VariantThresholds(Thresholds):
    """What is collated, and how far it is looked (`knowledge/thresholds/variants.yaml`)."""

    context: int
    least_alike: float
    most_wordings: int
    most_work: int


VARIANTS = VariantThresholds.load("variants")
_START, _END = attrgetter("start"), attrgetter("end")


class Wording(NamedTuple):
    """One of the texts of a place, in tokens.

    Attributes:
        form: normalised.
        positions: of the passages that say so.
        bounds: where in the form each token begins, and behind them its end.
        protected: its protected stretches.
    """

    form: str
    positions: tuple[int, ...]
    bounds: tuple[int, ...]
    protected: tuple[Stretch, ...]

    @property
    def tokens(self) -> list[str]:
        """The tokens; joined they are the form."""
        return [self.form[start:end] for start, end in pairwise(self.bounds)]


class Said(NamedTuple):
    """What one wording says at a disagreement: from start to end of its form."""

    wording: Wording
    start: int
    end: int

    @property
    def text(self) -> str:
        """What it says; empty where it says nothing."""
        return self.wording.form[self.start : self.end]

    @property
    def before(self) -> str:
        """The last characters before it."""
        return self.wording.form[max(0, self.start - VARIANTS.context) : self.start]

    @property
    def protected(self) -> Counter[tuple[Sort, str]]:
        """The protected stretches in it, as compared."""
        stretches = self.wording.protected
        first = bisect_left(stretches, self.start, key=_START)
        last = bisect_right(stretches, self.end, key=_END)
        return Counter((stretch.sort, stretch.text) for stretch in stretches[first:last])


def find_variants(passages: Sequence[Passage]) -> tuple[Variant, ...]:
    """Find where the passages in one place of the outline disagree.

    Args:
        passages: of the document, in order.

    Returns:
        The wordings, by the first passage of their place, then by disagreement, the more frequent first.
        Those of one disagreement account for every passage of the place that is not another text.
    """
    places = {where[0]: _group_printed(where, passages) for where in repeated_places(passages)}
    if all(len(printed) == 1 for printed in places.values()):
        return ()
    forms = (form for printed in places.values() for form in printed)
    # Which two characters stand side by side, and how often.
    pairs = Counter(pair for form in forms for pair in map(add, form, form[1:]))
    return tuple(
        variant
        for first, printed in places.items()
        for variant in _variants_of(printed, normalised_path(passages[first].heading_path), pairs)
    )


def _group_printed(positions: Sequence[int], passages: Sequence[Passage]) -> dict[str, list[int]]:
    """Return the normalised texts of passages and which of them say so."""
    printed: dict[str, list[int]] = {}
    for position in positions:
        printed.setdefault(normalise_passage(passages[position].raw), []).append(position)
    return printed


def _variants_of(
    printed: Mapping[str, Sequence[int]], heading_path: tuple[str, ...], pairs: Counter[str]
) -> Iterator[Variant]:
    for at, said in enumerate(collate_wordings(printed)):
        sort = _weightiest_sort([one.protected for one in {one.text: one for one in said}.values()])
        yield from _variants_at(at, _complete_words(said, pairs), heading_path, sort)


def _complete_words(said: Sequence[Said], pairs: Counter[str]) -> list[Said]:
    """Return single characters with the neighbour that makes a word of them; anything else as it is."""
    if not all(_is_ideograph(one.text) for one in said):
        return list(said)
    wider = (
        [one._replace(start=max(0, one.start - 1)) for one in said],
        [one._replace(end=one.end + 1) for one in said],
    )
    neighbours = ({one.text[:-1] for one in wider[0]}, {one.text[1:] for one in wider[1]})
    # A neighbour completes the word only where all wordings have the same.
    words = [
        (sum(pairs[text] for text in {one.text for one in side}), side)
        for side, neighbour in zip(wider, neighbours, strict=True)
        if len(neighbour) == 1 and all(map(_is_ideograph, neighbour))
    ]
    return max(words, key=itemgetter(0))[1] if words else list(said)


def _is_ideograph(text: str) -> bool:
    return len(text) == 1 and "\u4e00" <= text <= "\u9fff"


def _variants_at(
    at: int, said: Sequence[Said], heading_path: tuple[str, ...], sort: Sort
) -> Iterator[Variant]:
    positions: dict[str, list[int]] = {}
    for one in said:
        positions.setdefault(one.text, []).extend(one.wording.positions)
    before = said[0].before
    # What all end with is what they begin with, read backwards.
    context = before[len(before) - count_shared(one.before[::-1] for one in said) :]
    for text in sorted(positions, key=lambda text: (-len(positions[text]), min(positions[text]))):
        where = tuple(sorted(positions[text]))
        yield Variant(heading_path, at, text, context, len(where), where, sort)


def _weightiest_sort(protected: Sequence[Counter[tuple[Sort, str]]]) -> Sort:
    """Return the weightiest sort of what not all of the wordings have; `Sort` lists them by weight."""
    differing = {sort for one in protected for sort, _ in (one - protected[0]) + (protected[0] - one)}
    return min(differing, key=list(Sort).index, default=Sort.WORDS)


def collate_wordings(printed: Mapping[str, Sequence[int]]) -> list[list[Said]]:
    """Return, for each disagreement in the order of the text, what each of its wordings says there.

    Args:
        printed: the normalised wordings and the positions of the passages that say so.

    Returns:
        At each disagreement the wordings in one order, that which is printed most often first (of several,
        the first). Left out are those with less than half of their tokens in common with it: they are other
        texts. Nothing where there are over a hundred wordings, or collating them would take too long.
    """
    # What is printed most often stands for the text, of several the first; nothing is ever corrected.
    most = max(printed, key=lambda form: len(printed[form]))
    work = sum(map(len, printed)) * len(most)
    if len(printed) < 2 or len(printed) > VARIANTS.most_wordings or work > VARIANTS.most_work:
        return []
    others = (form for form in printed if form != most)
    # The first is aligned with itself, without an edit: at every disagreement it says something, too.
    wordings = [_read_wording(form, printed[form]) for form in (most, *others)]
    tokens = wordings[0].tokens
    aligned = [
        (one, list(find_edits(tokens, one.tokens, Levenshtein.opcodes)))
        for one in wordings
        if _is_one_text(one.tokens, tokens)
    ]
    spans = _join_spans(block[:2] for _, edits in aligned for block in join_blocks(edits))
    return [
        [Said(one, *(one.bounds[place] for place in counterpart(edits, *span))) for one, edits in aligned]
        for span in spans
    ]


def _read_wording(form: str, positions: Sequence[int]) -> Wording:
    tokens = list(cut_tokens(form))
    bounds = (*(start for start, _, _ in tokens), len(form))
    return Wording(form, tuple(positions), bounds, tuple(stretch for *_, stretch in tokens if stretch))


def _is_one_text(one: list[str], other: list[str]) -> bool:
    least = VARIANTS.least_alike
    return Levenshtein.normalized_similarity(one, other, score_cutoff=least) >= least


def _join_spans(edits: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of the most frequent wording in which any differs: those that overlap are one.

    An empty span, where something is added, also joins the spans that it touches.
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted(edits):
        if joined:
            first, last = joined[-1]
            if start < last or (start == last and (start == end or first == last)):
                joined[-1] = (first, max(end, last))
                continue
        joined.append((start, end))
    return joined
