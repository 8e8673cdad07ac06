"""What changes on a page though its text does not: counters, the moment of printing, letter sizes, sharing.

The patterns are in `knowledge/volatile.yaml`. They are believed only where no sentence can stand: on a line
that holds nothing else, or in a line of page furniture. A count that a sentence states is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Span = tuple[int, int]

# Characters of the longest line that is looked at; page furniture is short.
_LONGEST_LINE = 300
# What portals set between the fields of one line of page furniture.
_BETWEEN = r"[\s|｜/·\-—]"
_OF_SENTENCES = frozenset("。；！？，")
_SEPARATORS = re.compile(rf"{_BETWEEN}*")


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The table, compiled: what is volatile, and what else a line of page furniture holds."""

    fragment: re.Pattern[str]
    companion: re.Pattern[str]


@cache
def _load_patterns() -> _Patterns:
    table = load_table("volatile")
    # A space in the table only folds a long line; white space in a text is written \s there.
    fragments = "|".join(entry["pattern"].replace(" ", "") for entry in table["fragments"])
    companions = "|".join(table["companions"])
    opening, closing = r"[\[［【(（]", r"[\]］】)）]"
    return _Patterns(
        re.compile(
            rf"(?:^|(?<={_BETWEEN}))(?:(?:{fragments})|{opening}\s*(?:{fragments})\s*{closing})"
            rf"(?=\s*(?:$|{_BETWEEN}|{opening}))"
        ),
        re.compile(rf"(?:^|(?<={_BETWEEN})|(?<={opening}))(?:{companions})\s*[:：]"),
    )


def find_volatile(text: str) -> tuple[Span, ...]:
    """Return where a text holds what changes from visit to visit.

    Args:
        text: a text or a passage, with its line ends.

    Returns:
        Half-open spans in order; none reaches over a line end.
    """
    spans: list[Span] = []
    start = 0
    for line in text.split("\n"):
        if len(line) <= _LONGEST_LINE:
            spans += [(start + first, start + last) for first, last in _in_line(line)]
        start += len(line) + 1
    return tuple(spans)


def without_volatile(text: str) -> str:
    """Return a text without what changes from visit to visit; line ends stay."""
    return "".join(text[start:end] for start, end in spans_between(find_volatile(text), len(text)))


def spans_between(spans: Iterable[Span], length: int) -> Iterator[Span]:
    """Yield what of a text stands before, between and behind spans, empty ones too: one more than there are.

    Args:
        spans: half-open, in order.
        length: of the text.
    """
    bounds: Sequence[int] = (0, *chain.from_iterable(spans), length)
    return zip(bounds[::2], bounds[1::2], strict=True)


def _in_line(line: str) -> list[Span]:
    found = [match.span() for match in _load_patterns().fragment.finditer(line) if match.group().strip()]
    rest = [line[start:end] for start, end in spans_between(found, len(line))]
    is_alone = all(map(_SEPARATORS.fullmatch, rest))
    return found if is_alone or _is_furniture(rest) else []


def _is_furniture(rest: Sequence[str]) -> bool:
    """Whether the rest of a line is that of page furniture: labels with their values, and no sentence."""
    return all(map(_OF_SENTENCES.isdisjoint, rest)) and any(map(_load_patterns().companion.search, rest))
