"""Headings that are numbered 1, 1.1, 1.1.1, as emergency plans and technical standards are.

A figure before words is too common (rows, amounts, versions) to make a heading by itself; only a whole chain
does, in which every number is the next one, from 1 on.

Source: 国务院办公厅《突发事件应急预案管理办法》 and its framework guides (总则, 组织体系, …); GB/T 1.1, 7.4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.headings import SHORT_TITLE, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NUMBERED = re.compile(
    r"(?P<number>[0-9０-９]{1,2}(?:[.．][0-9０-９]{1,2}){0,3})"
    r"(?P<gap>[.．]?\s+|(?=[\u4e00-\u9fff]))(?P<words>[\u4e00-\u9fff《“].*)"
)
_POINT = re.compile("[.．]")
_PAGE_NUMBER_AT_END = re.compile(r"[.．…·]{2,}\s*\d+$|\s\d+$")
_FEWEST = 5
_FEWEST_BELOW = 2
_DEEPEST = 3


def find_decimal_headings(lines: Sequence[str]) -> dict[int, Heading]:
    """Return the headings of the last such chain in a text, by the number of their line.

    Args:
        lines: the lines of the text, white space around them removed, table rows empty.
    """
    chain: dict[int, Heading] = {}
    for candidate in _chains(lines):
        below = sum(heading.level > 1 for heading in candidate.values())
        if len(candidate) >= _FEWEST and below >= _FEWEST_BELOW:
            chain = candidate
    return chain


def _chains(lines: Sequence[str]) -> Iterator[dict[int, Heading]]:
    chain: dict[int, Heading] = {}
    last: tuple[int, ...] = ()
    for place, line in enumerate(lines):
        match = _NUMBERED.fullmatch(line)
        if match is None or _PAGE_NUMBER_AT_END.search(line):
            continue
        number = tuple(int(part) for part in _POINT.split(match["number"]))
        if len(number) == 1 and not (match["gap"].isspace() and _is_title(match["words"])):
            continue
        if number == (1,):
            yield chain
            chain = {}
        elif number not in _next_numbers(last):
            continue
        last = number
        chain[place] = _heading(match, number)
    yield chain


def _next_numbers(last: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Return what may follow a number: one level down, its neighbour, the neighbours of those above it."""
    above = {(*last[:depth], last[depth] + 1) for depth in range(len(last))}
    return above | {(*last, 1)} if last else set()


def _heading(match: re.Match[str], number: tuple[int, ...]) -> Heading:
    stands_alone = _is_title(match["words"])
    title = match.group() if stands_alone else match["number"]
    return Heading(min(len(number), _DEEPEST), number[-1], title, run_in=not stands_alone)


def _is_title(words: str) -> bool:
    return len(words) <= SHORT_TITLE and not re.search("[。；;，,：:]", words)
