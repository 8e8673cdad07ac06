"""Statutory tables of which no grid is made: in the text their words keep the places where they are printed.

    一、本年新收政府信息      1444   1918   1388   790   11     6712   2526
    公开申请数量              8                                        7

So such a table reads as one that is set in characters (`pipelines.tables.from_columns`): labels that the end
of a page tears, figures that break in narrow columns, headers that are cut.
"""

from __future__ import annotations

import re
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from pipelines.forms.label_matching import heading_table
from pipelines.readers.layout.geometry import is_figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.decoded import Role
    from pipelines.readers.layout.laid_pages import LaidPage

# Those whose rows `pipelines.tables` reads by the places of words.
_TABLES = ("t3", "t4")
# The sections behind the last table.
_BEHIND = re.compile("[五六]、")


def keep_places(pages: Sequence[LaidPage], roles: Sequence[Mapping[int, Role]]) -> list[LaidPage]:
    """Return pages whose lines keep the places of their words in tables without a grid.

    Args:
        pages: of one document, in order.
        roles: of the lines of each that are no text, by their numbers.
    """
    digit = _measure_digit(pages)
    rows = set(_find_rows(pages, roles))
    return [
        replace(
            one,
            lines=[
                replace(line, digit=digit) if (page, number) in rows else line
                for number, line in enumerate(one.lines)
            ],
        )
        for page, one in enumerate(pages)
    ]


def _measure_digit(pages: Iterable[LaidPage]) -> float:
    """Return the usual width of a digit; 0 where there is none."""
    words = (word for one in pages for line in one.lines for word in line.words)
    widths = [word.box.width / len(word.text) for word in words if word.text.isdecimal()]
    return median(widths) if widths else 0.0


def _find_rows(pages: Sequence[LaidPage], roles: Sequence[Mapping[int, Role]]) -> Iterator[tuple[int, int]]:
    """Yield the lines of tables without a grid, from the first row to the last: page and number of each."""
    below: list[tuple[int, int]] = []
    rows, is_below = 0, False
    for page, (one, others) in enumerate(zip(pages, roles, strict=True)):
        # What was recognised is not sure where it stands.
        lines = (at for at in enumerate(one.lines) if at[0] not in others and at[1].confidence is None)
        for number, line in lines:
            table = heading_table(line.text)
            if table or _BEHIND.match(line.text):
                yield from below[:rows]
                below, rows, is_below = [], 0, table in _TABLES
            elif is_below and (below or line.is_spread):
                below.append((page, number))
                is_row = line.is_spread or all(is_figure(word.text) for word in line.words)
                rows = len(below) if is_row else rows
    yield from below[:rows]
