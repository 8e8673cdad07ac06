"""One bar cut into parts: how a whole is made up, each part as long as its share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 640
_MARGIN = 1
_CHARACTER = 14.0
"""The width of a Chinese character of a label; a Latin one takes less."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar.

    Attributes:
        number: which part, from 1: its look goes by it.
        x: where it begins, in units of the drawing.
        width: how long it is.
        label: what is written in it; empty where that would not fit.
    """

    number: int
    x: float
    width: float
    label: str


def stacked_bar(parts: Sequence[tuple[str, float]]) -> tuple[Segment, ...]:
    """Cut a bar into parts; parts of nothing are left out and keep their number.

    Args:
        parts: the label of each and its share of the whole; the shares add up to 1.
    """
    length = WIDTH - 2 * _MARGIN
    ends = list(accumulate(share for _, share in parts))
    return tuple(
        Segment(
            number=number,
            x=round(_MARGIN + (end - share) * length, 1),
            width=round(share * length, 1),
            label=label if len(label) * _CHARACTER + 8 <= share * length else "",
        )
        for number, ((label, share), end) in enumerate(zip(parts, ends, strict=True), start=1)
        if share > 0
    )
