"""How alike passages are, and which of many may be each other's, at a bounded cost.

Likeness is the share of characters that two passages have in common in one order (Indel), figures not looked
at: a template filled in with other figures is the same words. Which pairs are worth that comparison is told
by the letters that both have, counted without their order: that many they have in common at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

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


def likeness(one: Words, other: Words, least: float = 0.0) -> float:
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
        first = _window(place, len(new), len(old), reach)
        window = slice(first, first + reach)
        common = np.minimum(letters[window], words.letters).sum(axis=1)
        most = 2 * common / np.maximum(sizes[window] + words.letters.sum(), 1)
        for found in _best(most, CANDIDATES):
            if most[found] >= least:
                yield first + found, place


def _best(scores: NDArray[np.float64], number: int) -> list[int]:
    """Return the places of the highest scores in any order; of equal ones those that come first."""
    if len(scores) <= number:
        return list(range(len(scores)))
    ranks = np.round(scores * 1e6).astype(np.int64) * len(scores) - np.arange(len(scores))
    return [int(place) for place in np.argpartition(-ranks, number)[:number]]


def _window(place: int, places: int, others: int, reach: int) -> int:
    """Return from where on the passages are looked at that stand about as far into the other text."""
    middle = place * others // places
    return max(0, min(middle - reach // 2, others - reach))
