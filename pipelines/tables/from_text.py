"""Tables that only the characters of a text draw, however they draw them.

    text ─▶ tabs ─▶ bars ─▶ words        each looks at what those before it left
            rows    rows    rows

What the source itself marked as a table is not looked at again: its stretch is taken.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from pipelines.forms.catalogue import forms_alone
from pipelines.tables.from_pipes import find_tables_by_bars, may_have_bars
from pipelines.tables.from_tabs import find_tables_by_tabs
from pipelines.tables.from_words import find_tables_by_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipelines.forms.records import Form
    from pipelines.tables.records import Table

_SHORTEST_STRETCH = 4
"""Fewer characters hold no table."""


def find_tables(
    text: str, taken: Sequence[tuple[int, int]] = (), forms: tuple[Form, ...] | None = None
) -> tuple[Table, ...]:
    """Find the tables that the characters of a text draw.

    Args:
        text: the main text of a document.
        taken: stretches, half-open, where tables are known already.
        forms: the statutory forms that the document may follow; by default those that extend no other.

    Returns:
        The tables in order of their start. None overlaps another or a stretch that is taken, and each has one
        layout; a printed table may be several.
    """
    found: list[Table] = []
    free = list(_free(text, taken))
    if "\t" in text:
        found += _in_each(find_tables_by_tabs, text, free)
        free = list(_free(text, [*taken, *_spans(found)]))
    if may_have_bars(text):
        found += _in_each(find_tables_by_bars, text, free)
        free = list(_free(text, [*taken, *_spans(found)]))
    for start, end in free:
        found += find_tables_by_words(text, start, end, forms or forms_alone())
    return tuple(sorted(found, key=attrgetter("start")))


def _in_each(
    find: Callable[[str, int, int], Iterator[Table]], text: str, free: Iterable[tuple[int, int]]
) -> Iterator[Table]:
    for start, end in free:
        yield from find(text, start, end)


def _spans(tables: Iterable[Table]) -> Iterator[tuple[int, int]]:
    return ((table.start, table.end) for table in tables)


def _free(text: str, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the stretches between those that are taken."""
    position = 0
    for start, end in sorted(taken):
        if start - position >= _SHORTEST_STRETCH:
            yield position, start
        position = max(position, end)
    if len(text) - position >= _SHORTEST_STRETCH:
        yield position, len(text)
