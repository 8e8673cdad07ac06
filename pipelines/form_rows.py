"""Rows of the statutory requests table that look like headings, for when the table has lost its shape.

A table that kept its tabs is known to be one. Converters also print it one cell per line, or with spaces, and
then its rows begin 一、 （三） and 1. exactly as the divisions of the report do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_TABLE_LINES = 400
"""Lines that the table takes at most: some 25 rows, one cell per line, a line break in many cells."""

_LONGEST_ROW = 80
_FIGURES_ONLY = re.compile(r"[\d\s.,|+\-—－/件]*")
_NEXT_DIVISION = re.compile(r"行政复议.{0,6}行政诉讼")


def is_form_row(words: str, level: int) -> bool:
    """Tell whether a numbered line is a row of the form.

    Args:
        words: the line without its number, white space and quotation marks.
        level: 1, 2 or 3: how it is numbered.
    """
    table = load_table("form_rows")
    if words.startswith(tuple(table["prefix"])):
        return True
    labels = table["exact"] + (table["exact_third_level"] if level == 3 else [])
    return any(words.startswith(label) and _FIGURES_ONLY.fullmatch(words, len(label)) for label in labels)


def lines_of_flat_forms(lines: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the lines that a requests table takes up, however its cells are laid out.

    From a line that opens the table to the line that closes it; where none closes it, up to the division
    that follows it in the form, the next sentence or the end of the text.
    """
    inside: set[int] = set()
    for first in _openings(lines):
        if first not in inside:
            inside.update(range(first, _end_of_table(lines, first)))
    return frozenset(inside)


def _openings(lines: Sequence[str]) -> Iterator[int]:
    words = tuple(load_table("form_rows")["opens"])
    for number, line in enumerate(lines):
        if len(line) <= _LONGEST_ROW and "。" not in line and any(word in line for word in words):
            yield number


def _end_of_table(lines: Sequence[str], first: int) -> int:
    words = tuple(load_table("form_rows")["closes"])
    limit = min(first + LONGEST_TABLE_LINES, len(lines))
    for number in range(first, limit):
        line = lines[number]
        if any(word in line for word in words):
            return number + 1
        if "。" in line or _NEXT_DIVISION.search(line):
            return number
    return limit
