"""Where the passages that a document prints in one place of its outline disagree, and how many say what.

Passages of one place (equal headings, however typed) are collated. Every passage has its say in each
disagreement, were it by having nothing there. Where single characters disagree, the neighbour that they more
often stand with in the document completes the word: 指导 against 引导, 配齐 against 配备.

The wordings of one place are collated: aligned to the one that is printed most often, token by token. A
protected stretch (a figure, a name, a word that turns the meaning) is one token, so is a run of Latin letters
or digits, so is every other character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import add, attrgetter, itemgetter
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.protected import Sort, find_protected
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.duplicates.protected import Stretch
    from pipelines.text.outline import Passage


_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")


def find_variants(passages: Sequence[Passage]) -> tuple[Variant, ...]:
    """Find where the passages in one place of the outline disagree.

    Args:
        passages: of the document, in order.

    Returns:
        The wordings, by the first passage of their place, then by disagreement, the more frequent first.
        Those of one disagreement account for every passage of the place that is not another text.
    """
    places = {where[0]: _printed(where, passages) for where in repeated_places(passages)}
    if all(len(printed) == 1 for printed in places.values()):
        return ()
    pairs = _neighbours(form for printed in places.values() for form in printed)
    return tuple(
        variant
        for first, printed in places.items()
        for variant in _variants_of(printed, normalised_path(passages[first].heading_path), pairs)
    )


def _printed(positions: Sequence[int], passages: Sequence[Passage]) -> dict[str, list[int]]:
    """Return the normalised texts of passages and which of them say so."""
    printed: dict[str, list[int]] = {}
    for position in positions:
        printed.setdefault(normalise_passage(passages[position].raw), []).append(position)
    return printed


def _neighbours(forms: Iterable[str]) -> Counter[str]:
    """Count which two characters stand side by side."""
    pairs: Counter[str] = Counter()
    for form in forms:
        pairs.update(map(add, form, form[1:]))
    return pairs


def _variants_of(
    printed: Mapping[str, Sequence[int]], heading_path: tuple[str, ...], pairs: Counter[str]
) -> Iterator[Variant]:
    for at, said in enumerate(collate(printed)):
        sort = _weightiest([one.protected for one in {one.text: one for one in said}.values()])
        yield from _variants_at(at, _completed(said, pairs), heading_path, sort)


def _completed(said: Sequence[Said], pairs: Counter[str]) -> list[Said]:
    """Return single characters with the neighbour that makes a word of them; anything else as it is."""
    if not all(_IDEOGRAPH.fullmatch(one.text) for one in said):
        return list(said)
    wider = (
        [replace(one, start=max(0, one.start - 1)) for one in said],
        [replace(one, end=one.end + 1) for one in said],
    )
    neighbours = ({one.text[:-1] for one in wider[0]}, {one.text[1:] for one in wider[1]})
    words = [
        (sum(pairs[text] for text in {one.text for one in side}), side)
        for side, neighbour in zip(wider, neighbours, strict=True)
        if len(neighbour) == 1 and all(map(_IDEOGRAPH.fullmatch, neighbour))
    ]
    return max(words, key=itemgetter(0))[1] if words else list(said)


def _variants_at(
    at: int, said: Sequence[Said], heading_path: tuple[str, ...], sort: Sort
) -> Iterator[Variant]:
    positions: dict[str, list[int]] = {}
    for one in said:
        positions.setdefault(one.text, []).extend(one.wording.positions)
    context = _common_end([one.before for one in said])
    for text in sorted(positions, key=lambda text: (-len(positions[text]), min(positions[text]))):
        where = tuple(sorted(positions[text]))
        yield Variant(heading_path, at, text, context, len(where), where, sort)


def _common_end(texts: Sequence[str]) -> str:
    shortest = min(texts, key=len)
    length = next(
        (
            length
            for length in range(len(shortest), 0, -1)
            if all(text.endswith(shortest[-length:]) for text in texts)
        ),
        0,
    )
    return shortest[len(shortest) - length :]


def _weightiest(protected: Sequence[Counter[tuple[Sort, str]]]) -> Sort:
    """Return the weightiest sort of what not all of the wordings have; `Sort` lists them by weight."""
    differing = {sort for one in protected for sort, _ in (one - protected[0]) + (protected[0] - one)}
    return min(differing, key=list(Sort).index, default=Sort.WORDS)


@dataclass(frozen=True, slots=True)
class Variant:
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


CONTEXT = 12
"""Characters before a disagreement that are looked at to say where it stands."""
_LEAST_ALIKE = 0.5
_MOST_WORDINGS = 100
_MOST_WORK = 10**10
"""Pairs of characters that collating one text may have to compare: about a second."""
_START, _END = attrgetter("start"), attrgetter("end")
_TOKEN = re.compile(r"[0-9A-Za-z]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wording:
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


@dataclass(frozen=True, slots=True)
class Said:
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
        return self.wording.form[max(0, self.start - CONTEXT) : self.start]

    @property
    def protected(self) -> Counter[tuple[Sort, str]]:
        """The protected stretches in it, as compared."""
        stretches = self.wording.protected
        first = bisect_left(stretches, self.start, key=_START)
        last = bisect_right(stretches, self.end, key=_END)
        return Counter((stretch.sort, stretch.text) for stretch in stretches[first:last])


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A wording beside the most frequent one.

    Attributes:
        wording: the wording.
        edits: the spans of the most frequent one's tokens in which they differ, in order, none touching
            another.
        begins: for each bound between the tokens of the most frequent one, which token of this one stands
            behind it, what is added there included.
        ends: likewise, what is added there left out.
    """

    wording: Wording
    edits: tuple[tuple[int, int], ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]

    def stretch(self, start: int, end: int) -> Said:
        """Return what it says in the place of the most frequent one's tokens from start to end."""
        bounds = self.wording.bounds
        return Said(self.wording, bounds[self.begins[start]], bounds[self.ends[end]])


def collate(printed: Mapping[str, Sequence[int]]) -> list[list[Said]]:
    """Return, for each disagreement in the order of the text, what each of its wordings says there.

    Args:
        printed: the normalised wordings and the positions of the passages that say so.

    Returns:
        At each disagreement the wordings in one order, that which is printed most often first (of several,
        the first). Left out are those with less than half of their tokens in common with it: they are other
        texts. Nothing where there are over a hundred wordings, or collating them would take too long.
    """
    most = max(printed, key=lambda form: len(printed[form]))
    is_too_much = len(printed) > _MOST_WORDINGS or sum(map(len, printed)) * len(most) > _MOST_WORK
    if len(printed) < 2 or is_too_much:
        return []
    first = _wording(most, printed[most])
    tokens = first.tokens
    others = (_wording(form, where) for form, where in printed.items() if form != most)
    aligned = [_beside(one, tokens) for one in (first, *others) if _is_alike(one.tokens, tokens)]
    spans = _disagreements(edit for one in aligned for edit in one.edits)
    return [[one.stretch(*span) for one in aligned] for span in spans]


def _wording(form: str, positions: Sequence[int]) -> Wording:
    protected = find_protected(form)
    bounds: list[int] = []
    position = 0
    for stretch in protected:
        bounds += (match.start() for match in _TOKEN.finditer(form, position, stretch.start))
        bounds.append(stretch.start)
        position = stretch.end
    bounds += (match.start() for match in _TOKEN.finditer(form, position))
    return Wording(form, tuple(positions), (*bounds, len(form)), protected)


def _is_alike(one: list[str], other: list[str]) -> bool:
    return Levenshtein.normalized_similarity(one, other, score_cutoff=_LEAST_ALIKE) >= _LEAST_ALIKE


def _beside(wording: Wording, tokens: list[str]) -> _Aligned:
    begins, ends = [0] * (len(tokens) + 1), [0] * (len(tokens) + 1)
    edits: list[tuple[int, int]] = []
    for step in Levenshtein.opcodes(tokens, wording.tokens):
        start, end, own, own_end = step.src_start, step.src_end, step.dest_start, step.dest_end
        if step.tag == "equal":
            begins[start + 1 : end + 1] = range(own + 1, own_end + 1)
            ends[start : end + 1] = range(own, own_end + 1)
            continue
        ends[end] = own_end
        if start < end:
            begins[end] = own_end
        touches = bool(edits) and edits[-1][1] == start
        edits[-1:] = [(edits[-1][0], end)] if touches else [*edits[-1:], (start, end)]
    return _Aligned(wording, tuple(edits), tuple(begins), tuple(ends))


def _disagreements(edits: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
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
