"""Where figures of the applications table stand whose rows lost their blank cells, as its columns add up.

    2. 重复申请        2 4 22 28        28 = 2 + 4 + 22 is the total; the others stand in three of six columns
    （七）总计  40 488 8316 6992 2664 20762

A row may stand in each way that keeps the order of print. Ways are ruled out that no ways of the other rows
complete to columns that add up. What all agree on that are left is told: of some rows a figure, and no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from pipelines.forms.cell_values import counted_number
from pipelines.forms.labels import STATUTORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Vector = tuple[int, ...]
    """What a row counts in each column but the last."""
    Choices = Mapping[str, Sequence[Vector]]
    """By the key of a row, what it may count."""
    Balance = Mapping[str, int]
    """Rows that add up to nothing in every column, each with its sign."""


def place_figures(
    rows: Mapping[str, Sequence[str]], width: int, balances: Sequence[Balance]
) -> dict[str, tuple[str | None, ...]]:
    """Return of each row that lost blank cells the figures by column; None where they are not told.

    Args:
        rows: by key, the figures of all rows; the last of those that count anything is their total.
        width: how many columns there are, that of totals included.
        balances: what holds in every column, that of totals included.
    """
    ways = {key: _ways_of(figures, width - 1) for key, figures in rows.items()}
    search = _Search(balances, _narrow({key: tuple(of) for key, of in ways.items()}, balances))
    if not search.choices or not search.complete(search.choices) or not search.seen:
        return {}
    placed: dict[str, tuple[str | None, ...]] = {}
    for key, figures in rows.items():
        if 0 < len(figures) < width and any(map(counted_number, figures)):
            possible = [way for vector in search.possible(key) for way in ways[key][vector]]
            agreed = (
                of.pop() if len(of := {*column}) == 1 else None for column in zip(*possible, strict=True)
            )
            placed[key] = (*agreed, figures[-1])
    return placed


def _ways_of(figures: Sequence[str], width: int) -> dict[Vector, list[tuple[str | None, ...]]]:
    """Return the ways in which the parts of a row may stand, None for blank cells, by what they count."""
    parts = figures[:-1] if any(map(counted_number, figures)) else ()
    ways: dict[Vector, list[tuple[str | None, ...]]] = {}
    for places in combinations(range(width), len(parts)):
        texts = dict(zip(places, parts, strict=True))
        way = tuple(texts.get(place) for place in range(width))
        vector = tuple(int((text and counted_number(text)) or 0) for text in way)
        ways.setdefault(vector, []).append(way)
    return ways


@dataclass
class _Search:
    """Looks for choices of what the rows count with which every column adds up.

    Attributes:
        balances: what holds in every column.
        choices: of each row.
        seen: by row, what it counts in some way that was found.
        tries: so far.
    """

    balances: Sequence[Balance]
    choices: Choices
    seen: dict[str, set[Vector]] = field(default_factory=dict)
    tries: int = 0

    def possible(self, key: str) -> Sequence[Vector]:
        """Return what a row may count; what is not ruled out in time may be."""
        return [
            one
            for one in self.choices[key]
            if one in self.seen.get(key, ()) or self.complete({**self.choices, key: (one,)})
        ]

    def complete(self, choices: Choices) -> bool:
        """Tell whether some choice completes what is chosen, or none was refused in time."""
        self.tries += 1
        if self.tries > STATUTORY.choices:
            return True
        left = _narrow(choices, self.balances)
        unsettled = [key for key, of in left.items() if len(of) > 1]
        if left and not unsettled:
            for key, (one,) in left.items():
                self.seen.setdefault(key, set()).add(one)
            return True
        key = min(unsettled, key=lambda row: len(left[row]), default="")
        return any(self.complete({**left, key: (one,)}) for one in left.get(key, ()))


def _narrow(choices: Choices, balances: Sequence[Balance]) -> Choices:
    """Return the choices that fit the most and the least of the others; nothing if a row has none."""
    left, before = choices, None
    while left != before:
        before = left
        for balance in balances:
            left = {**left, **_fit_choices(left, balance)}
            if not all(left.values()):
                return {}
    return left


def _fit_choices(choices: Choices, balance: Balance) -> Choices:
    """Return the choices of the rows of a balance with which it may come to nothing in every column."""
    spans = {key: _span_of(choices[key], sign) for key, sign in balance.items()}
    least = [*map(sum, zip(*(low for low, _ in spans.values()), strict=True))]
    most = [*map(sum, zip(*(high for _, high in spans.values()), strict=True))]
    fitting: dict[str, Sequence[Vector]] = {}
    for key, sign in balance.items():
        low, high = spans[key]
        # What a row adds has to make up for what the others add at most, and at least.
        ends = [(h - m, w - t) for h, m, w, t in zip(high, most, low, least, strict=True)]
        of_row = zip(ends, low, high, strict=True)
        if all(first <= lowest and highest <= last for (first, last), lowest, highest in of_row):
            fitting[key] = choices[key]
            continue
        fitting[key] = [
            one
            for one in choices[key]
            if all(first <= sign * number <= last for number, (first, last) in zip(one, ends, strict=True))
        ]
    return fitting


def _span_of(vectors: Sequence[Vector], sign: int) -> tuple[Vector, Vector]:
    """Return the least and the most that vectors add in each column."""
    columns = [*zip(*vectors, strict=True)]
    low, high = tuple(map(min, columns)), tuple(map(max, columns))
    return (low, high) if sign > 0 else (tuple(-one for one in high), tuple(-one for one in low))
