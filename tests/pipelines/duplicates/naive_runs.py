"""The definitions of `pipelines.duplicates.overlap` as they read: slow, and without a hash."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Stretches = list[tuple[str, bool]]
"""Compared characters of a text, and whether they are of a table."""


@dataclass(frozen=True)
class Text:
    """A text and where in it tables stand."""

    text: str
    tables: tuple[tuple[int, int], ...] = ()


def stretches(it: Text) -> Stretches:
    """Return the stretches of prose and of tables in order."""
    borders = [0, *(border for span in it.tables for border in span), len(it.text)]
    found = []
    for number in range(len(borders) - 1):
        form = normalise_passage(it.text[borders[number] : borders[number + 1]])
        kept = "".join(char for char in form if unicodedata.category(char)[0] in "LNM")
        found.append((kept, number % 2 == 1))
    return found


def runs(parts: Stretches, length: int) -> Iterator[tuple[str, bool]]:
    for text, in_table in parts:
        for start in range(len(text) - length + 1):
            yield text[start : start + length], in_table


def marked(parts: Stretches, sources: Iterable[Stretches], run: int) -> list[list[bool]]:
    """Mark the characters that lie in a run that stands in a source."""
    held = {window for source in sources for window in runs(source, run)}
    marks = [[False] * len(text) for text, _ in parts]
    for (text, in_table), mark in zip(parts, marks, strict=True):
        for start in range(len(text) - run + 1):
            if (text[start : start + run], in_table) in held:
                mark[start : start + run] = [True] * run
    return marks


def repeated(parts: Stretches, run: int) -> list[list[bool]]:
    """Mark the characters that lie in a run that stood earlier in the text."""
    seen: set[tuple[str, bool]] = set()
    marks = [[False] * len(text) for text, _ in parts]
    for (text, in_table), mark in zip(parts, marks, strict=True):
        for start in range(len(text) - run + 1):
            window = (text[start : start + run], in_table)
            if window in seen:
                mark[start : start + run] = [True] * run
            seen.add(window)
    return marks


def counted(it: Text, sources: Sequence[Text], run: int = 13, again: int = 26) -> dict[str, tuple[int, int]]:
    """Return how many characters there are and how many are copied, of prose and of tables."""
    parts = stretches(it)
    copied, own = marked(parts, map(stretches, sources), run), repeated(parts, again)
    figures = {"prose": (0, 0), "tables": (0, 0)}
    for number, (text, in_table) in enumerate(parts):
        kind = "tables" if in_table else "prose"
        chars, of_them = figures[kind]
        once = [place for place in range(len(text)) if not own[number][place]]
        figures[kind] = (chars + len(once), of_them + sum(copied[number][place] for place in once))
    return figures


def longest(it: Text, source: Text, run: int = 13) -> int:
    """Return how long the longest run is that both have; 0 if it is shorter than a run."""
    most = 0
    for text, in_table in stretches(it):
        others = [other for other, kind in stretches(source) if kind == in_table]
        for start in range(len(text)):
            while start + most < len(text) and any(text[start : start + most + 1] in it for it in others):
                most += 1
    return most if most >= run else 0
