"""Percentages in sentences: 立件办理1789件…办结1709件，办结率95.62%. Whether the figures named give them.

The part must be named by the very words of the rate (办结1709件, 办结率), or stand right before 占; the whole
is any figure before it with its measure word. A percentage that some whole gives, rounded or cut off at its
last digit, holds. One that none gives is a finding only where there is one whole and no other reading:
nothing rounded, nothing left over in the sentence that could have been taken away first.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import MAX_PREC, ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import load_pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from pipelines.checks.sentences import Figure, Sentence

_EXACT = Context(prec=MAX_PREC)
"""Rounds to a place however long the figure is."""
_WORDS_BEFORE = 24
_SHORTEST_NAME = 2
_MOST_WHOLES = 24
"""A percentage is of none of the figures that stand farther away."""


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage with the figures that it is said to be of.

    Attributes:
        holds: whether they give it.
        printed: the percentage as printed.
        computed: what they give, rounded to as many places.
        part: the figure above the line.
        whole: the figure below it.
        end: where the percentage ends in the sentence.
    """

    holds: bool
    printed: Decimal
    computed: Decimal
    part: Figure
    whole: Figure
    end: int


@dataclass(frozen=True, slots=True)
class _Claim:
    """A percentage and the figure that it is a share of something; `is_sure` if the words say just that."""

    printed: Decimal
    part: Figure
    wholes: tuple[Figure, ...]
    end: int
    is_sure: bool


def shares_in(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[Share]:
    """Yield the percentages of a sentence that can be computed from it and hold, or cannot hold.

    Args:
        sentence: closed up.
        figures: that it states, in order.
    """
    for match in load_pattern("shares", "percentage").finditer(sentence.text):
        claim = _read_claim(sentence.text, match, figures)
        if claim:
            yield from _judge_claim(claim, figures)


def _read_claim(text: str, match: re.Match[str], figures: Sequence[Figure]) -> _Claim | None:
    part = next((figure for figure in reversed(figures) if figure.end <= match.start()), None)
    if part is None:
        return None
    before = text[max(0, match.start() - _WORDS_BEFORE) : match.start()]
    wholes = tuple(
        figure
        for figure in figures
        if figure.end <= part.start and figure.units & part.units and figure.value > 0
    )[-_MOST_WHOLES:]
    found = _read_rate(before, part, wholes) or _part_of_list(text, before, part, wholes)
    if found is None:
        return None
    rounded = match["about_behind"] or load_pattern("shares", "about_before").search(before)
    is_near = "。" not in text[part.end : match.start()]
    is_sure = found[1] and is_near and not rounded
    return _Claim(Decimal(match["number"]), part, found[0], match.end(), is_sure)


def _read_rate(
    before: str, part: Figure, wholes: tuple[Figure, ...]
) -> tuple[tuple[Figure, ...], bool] | None:
    """Read 办结率95%: what it may be a rate of, and whether the words before the part are its own."""
    rate = load_pattern("shares", "rate").search(before)
    if rate is None or load_pattern("shares", "never_rates").search(rate["name"]):
        return None
    if _says_the_same(rate["name"], part.label):
        return wholes, rate["link"] is None
    return (wholes, False) if _says_the_same(rate["name"], part.tail) else None


def _part_of_list(
    text: str, before: str, part: Figure, wholes: tuple[Figure, ...]
) -> tuple[tuple[Figure, ...], bool] | None:
    """Read 占65.31%: what it may be a share of, and whether a list of parts says so."""
    share = load_pattern("shares", "share").search(before)
    if share is None:
        return None
    if share["named"]:  # 占办结总数的76.9%: of no other figure
        wholes = tuple(whole for whole in wholes if share["named"] in whole.label)
    opening = max(
        (match.start() for match in load_pattern("shares", "starts_list").finditer(text, 0, part.start)),
        default=-1,
    )
    if opening < 0:
        return wholes, False
    return tuple(whole for whole in wholes if whole.end <= opening), True


def _says_the_same(name: str, words: str) -> bool:
    name, words = _strip_plain(name), _strip_plain(words)
    if min(len(name), len(words)) < _SHORTEST_NAME or not (name.endswith(words) or words.endswith(name)):
        return False
    return load_pattern("shares", "qualifiers").findall(name) == load_pattern("shares", "qualifiers").findall(
        words
    )


def _strip_plain(words: str) -> str:
    return load_pattern("shares", "plain_behind").sub(
        "", load_pattern("shares", "plain_before").sub("", words)
    )


def _judge_claim(claim: _Claim, figures: Sequence[Figure]) -> Iterator[Share]:
    for whole in claim.wholes:
        if _gives_share(claim.part.value, whole.value, claim.printed):
            yield _state_share(claim, whole, holds=True)
            return
    values = {whole.value for whole in claim.wholes}
    involved = (claim.part, *claim.wholes)
    if len(values) != 1 or not claim.is_sure or not all(figure.exact for figure in involved):
        return
    if not _holds_otherwise(claim, figures):
        yield _state_share(claim, claim.wholes[-1], holds=False)


def _holds_otherwise(claim: _Claim, figures: Sequence[Figure]) -> bool:
    """Tell whether the percentage holds when another figure of the sentence is left out or counted too."""
    whole, part = claim.wholes[-1], claim.part
    others = (
        figure.value
        for figure in figures
        if figure.units & part.units and figure.start not in {whole.start, part.start}
    )
    for other in set(others):
        for above, below in (
            (part.value, whole.value - other),
            (part.value, whole.value + other),
            (part.value + other, whole.value),
            (part.value, other),
        ):
            if below > 0 and _gives_share(above, below, claim.printed):
                return True
    return False


def _gives_share(part: Decimal, whole: Decimal, printed: Decimal) -> bool:
    exact = part * 100 / whole
    return printed in {exact.quantize(printed, mode, _EXACT) for mode in (ROUND_HALF_UP, ROUND_DOWN)}


def _state_share(claim: _Claim, whole: Figure, *, holds: bool) -> Share:
    exact = claim.part.value * 100 / whole.value
    places = min(claim.printed, Decimal("0.01"), key=lambda number: int(number.as_tuple().exponent))
    computed = claim.printed if holds else exact.quantize(places, ROUND_HALF_UP, _EXACT)
    return Share(holds, claim.printed, computed, claim.part, whole, claim.end)
