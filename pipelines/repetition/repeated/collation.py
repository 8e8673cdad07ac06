"""The wordings of one text, collated: aligned to the one that is printed most often, token by token.

A protected stretch (a figure, a name, a word that turns the meaning) is one token, so is a run of Latin
letters or digits, so is every other character.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from pipelines.repetition.alike.protected import find_protected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipelines.repetition.records import Sort, Stretch

CONTEXT = 12
"""Characters before a disagreement that are looked at to say where it stands."""
_ALIKE = 0.5
_MOST_WORDINGS = 100
_MOST_WORK = 10**10
"""Pairs of characters that collating one text may have to compare: about a second."""
_START, _END = attrgetter("start"), attrgetter("end")
_WORD = re.compile(r"[0-9A-Za-z]+|.", re.DOTALL)


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
        bounds += (match.start() for match in _WORD.finditer(form, position, stretch.start))
        bounds.append(stretch.start)
        position = stretch.end
    bounds += (match.start() for match in _WORD.finditer(form, position))
    return Wording(form, tuple(positions), (*bounds, len(form)), protected)


def _is_alike(one: list[str], other: list[str]) -> bool:
    return Levenshtein.normalized_similarity(one, other, score_cutoff=_ALIKE) >= _ALIKE


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
