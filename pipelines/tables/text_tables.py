"""Tables that only the characters of a text draw, however they draw them.

    text ─▶ tabs ─▶ bars ─▶ words        each looks at what those before it left

What the source itself marked as a table is not looked at again: its stretch is taken. Where nothing but words
shows a table, white space stands between its cells, or nothing at all:

    一、本年新收政府信息公开申请数量 3001 53 0 0 61 4 3119      spaces: blank cells are lost
    （一）予以公开220000022（二）部分公开…                        glued: the cells cannot be told apart

There all rows are glued where most are, since the spaces that are left in one of them may stand anywhere.
Where only some are, they make a table of their own, so that a table has one layout.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from pipelines.forms.form_catalogue import forms_alone
from pipelines.grid import Layout
from pipelines.tables.from_separators import find_tables_by_bars, find_tables_by_tabs, may_have_bars
from pipelines.tables.label_marks import find_chains, fold_stretch, in_one_width, may_hold
from pipelines.tables.lawsuit_figures import find_lawsuit_figures
from pipelines.tables.text_rows import DRAWN, table_of_rows
from pipelines.tables.worded_rows import worded_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipelines.forms.form_model import Form
    from pipelines.grid import Table
    from pipelines.tables.label_marks import FoldedText
    from pipelines.tables.worded_rows import WordedRow


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
    ways: tuple[tuple[bool, Callable[[str, int, int], Iterator[Table]]], ...] = (
        ("\t" in text, find_tables_by_tabs),
        (may_have_bars(text), find_tables_by_bars),
        (True, partial(find_tables_by_words, forms=forms or forms_alone())),
    )
    for may_draw, find in ways:
        free = _free_stretches(text, [*taken, *((table.start, table.end) for table in found)])
        found += [table for start, end in free if may_draw for table in find(text, start, end)]
    return tuple(sorted(found, key=attrgetter("start")))


def _free_stretches(text: str, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the stretches between those that are taken."""
    position = 0
    for start, end in sorted(taken):
        if start - position >= _SHORTEST_STRETCH:
            yield position, start
        position = max(position, end)
    if len(text) - position >= _SHORTEST_STRETCH:
        yield position, len(text)


# The fourth has the most telling words, the third shares some of its own with the others.
_IN_ORDER_OF_CERTAINTY = ("t4", "t2", "t3")


def find_tables_by_words(text: str, start: int, end: int, forms: tuple[Form, ...]) -> Iterator[Table]:
    """Yield the tables in a stretch of text that nothing but the words of forms shows, in no order."""
    squeezed = "".join(text[start:end].split())
    possible = [table for table in _IN_ORDER_OF_CERTAINTY if may_hold(table, squeezed, forms)]
    narrow = in_one_width(text[start:end]) if possible else ""
    stretches = [(start, end)]
    for table in _IN_ORDER_OF_CERTAINTY:
        found: list[Table] = []
        for begin, stop in stretches if table in possible else ():
            found += _tables_of(table, forms, text, fold_stretch(narrow, begin, stop, start), stop)
        if table == "t4" and not found:
            found += find_lawsuit_figures(text, start, end, forms)
        yield from found
        stretches = list(_left_over(stretches, found))


def _tables_of(
    table: str, forms: tuple[Form, ...], text: str, folded: FoldedText, end: int
) -> Iterator[Table]:
    floor = 0
    chains = list(find_chains(table, forms, text, folded))
    is_capped = sum(map(len, chains)) >= DRAWN.most_labels
    for chain in chains:
        marks = [mark for mark in chain if mark.start >= floor]
        rows = list(worded_rows(text, marks, end, counts=table != "t2")) if marks else []
        if rows:
            floor = rows[-1].end
            for one in _of_one_layout(text, rows):
                yield replace(one, capped=is_capped, runs_on=_runs_on(text, one))


def _of_one_layout(text: str, rows: Sequence[WordedRow]) -> Iterator[Table]:
    stated = [row for row in rows if row.run]
    # The texts of 平潭 2020 to 2023 have no white space left between the cells of most rows.
    if 2 * sum(row.is_glued for row in stated) > len(stated):
        yield table_of_rows(text, Layout.GLUED, [row.to_printed_row(is_glued=True) for row in rows])
        return
    for is_glued, run in groupby(rows, key=lambda row: row.is_glued):
        layout = Layout.GLUED if is_glued else Layout.SPACES
        yield table_of_rows(text, layout, [row.to_printed_row(is_glued=is_glued) for row in run])


def _runs_on(text: str, table: Table) -> bool:
    """Tell whether two rows stand on one line."""
    ends = (row.start + len(row.text) for row in table.rows)
    return any("\n" not in text[end : below.start] for end, below in zip(ends, table.rows[1:], strict=False))


def _left_over(stretches: Sequence[tuple[int, int]], found: Sequence[Table]) -> Iterator[tuple[int, int]]:
    """Yield what tables leave of stretches of text; all in order, no table across two stretches."""
    spans = iter(sorted((table.start, table.end) for table in found))
    span = next(spans, None)
    for start, end in stretches:
        position = start
        while span and span[0] < end:
            yield position, span[0]
            position = span[1]
            span = next(spans, None)
        yield position, end
