"""Headings inside a line, for a report that lost its line ends: 一、总体情况 2023年，全市公开… on and on.

Converters and archives store whole reports as one line, the cells of their tables glued or set off by spaces.
Two things in such a line are headings: the statutory ones, whose words are known, and words between two
spaces behind a numeral. Either counts only in a sequence that leaves no doubt; else the line stays whole, as
it does where headings are named twice (a list of parts, a repeated text).
"""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from pipelines.form_rows import is_form_row
from pipelines.knowledge import load_table
from pipelines.text.headings import Heading, ordinal_of, title_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORTEST_LINE = 400
"""Characters from which a line is no paragraph but a text."""

_NUMERAL = r"(?P<number>[一二三四五六七八九十]{1,2})、"
_BEFORE = r"(?:^|(?<=[\s。！？；.;\d）)”】元件条%]))"
# In a sentence or a list of parts a heading is followed by more of it.
_NOT_IN_A_SENTENCE = r"(?!\s*[；;，,、）)》”]|\s*(?:和|及|等|以及)[\u4e00-\u9fff])"
_SET_OFF = re.compile(rf"(?<=\s){_NUMERAL}[^\s，。；：|]{{2,40}}(?=\s)")
_SHORTEST_SECTION = 12
"""Characters below a heading, itself not counted; fewer are the next line of a table of contents."""
_FEWEST_IN_SEQUENCE = 3
_FEWEST_STATUTORY = 4


def find_inner_headings(line: str) -> tuple[tuple[int, Heading], ...]:
    """Return the first-level headings inside a line with their offsets; empty where any doubt is left.

    Args:
        line: a line of text without tabs.
    """
    if len(line) < SHORTEST_LINE:
        return ()
    statutory = _with_text(_statutory().finditer(line))
    every = sorted(dict((*_with_text(_SET_OFF.finditer(line)), *statutory)).items(), key=_offset)
    numbers = [heading.number for _, heading in every]
    if len(every) >= _FEWEST_IN_SEQUENCE and numbers == list(range(1, len(every) + 1)):
        return tuple(every)
    return tuple(statutory) if _is_rising([heading.number for _, heading in statutory]) else ()


def _with_text(matches: Iterator[re.Match[str]]) -> list[tuple[int, Heading]]:
    """Return the headings that have text below them and are no rows of the statutory table."""
    found = [(match.start(), _heading(match)) for match in matches]
    starts = [offset for offset, _ in found]
    return [
        (offset, heading)
        for (offset, heading), end in zip_longest(found, starts[1:])
        if end is None or end - offset - len(heading.title) >= _SHORTEST_SECTION
        if not is_form_row(title_key(heading), heading.level)
    ]


def _offset(placed: tuple[int, Heading]) -> int:
    return placed[0]


def _heading(match: re.Match[str]) -> Heading:
    return Heading(1, ordinal_of(match["number"]), match.group(), run_in=True)


def _is_rising(numbers: Sequence[int]) -> bool:
    is_sorted = list(numbers) == sorted(set(numbers))
    return len(numbers) >= _FEWEST_STATUTORY and is_sorted and numbers[0] == 1


@cache
def _statutory() -> re.Pattern[str]:
    words = "|".join(load_table("report_headings")["headings"])
    return re.compile(rf"{_BEFORE}{_NUMERAL}\s*(?:{words}){_NOT_IN_A_SENTENCE}")
