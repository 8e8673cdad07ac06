"""What stands around a change: the nearest lines of the passages that both texts have.

Pure. A line is one of the passage as printed that is not empty; here a paragraph is mostly one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTEXT_LINES = 3
"""Lines shown beside a change, as a comparison of files shows them."""

LONGEST_LINE = 120
"""Characters of one such line: three lines of a page, by whose beginning a paragraph is known again."""


@dataclass(frozen=True, slots=True)
class Context:
    """The shown lines of passages that are the same.

    Attributes:
        opening: those after a change.
        closing: those before the next one.
        is_whole: whether the passages have no more than `opening`.
    """

    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    is_whole: bool = False

    @property
    def chars(self) -> int:
        """How many characters are shown."""
        return sum(map(len, self.opening + self.closing))


def context_of(passages: Iterable[str], *, follows: bool, precedes: bool) -> Context:
    """Return the lines of neighbouring passages that stand beside a change.

    Args:
        passages: as printed.
        follows: whether a change stands before them.
        precedes: whether one stands after them.
    """
    lines = [line.strip() for passage in passages for line in passage.splitlines() if line.strip()]
    shown = [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…" for line in lines]
    if shown == lines and len(lines) <= CONTEXT_LINES * (follows + precedes):
        return Context(tuple(lines), is_whole=True)
    first = CONTEXT_LINES if follows else 0
    last = max(first, len(shown) - CONTEXT_LINES) if precedes else len(shown)
    return Context(tuple(shown[:first]), tuple(shown[last:]))
