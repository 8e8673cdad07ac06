"""Tables that nothing but their words shows: white space between the cells, or nothing at all.

    一、本年新收政府信息公开申请数量 3001 53 0 0 61 4 3119      spaces: blank cells are lost
    （一）予以公开220000022（二）部分公开…                        glued: the cells cannot be told apart

Where most rows are glued all are, since the spaces that are left in one of them may stand anywhere. Where
only some are, they make a table of their own, so that a table has one layout.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipelines.tables.form_marks import MOST_LABELS, find_chains, fold, in_one_width, may_hold
from pipelines.tables.printed import table_of_rows
from pipelines.tables.records import Layout
from pipelines.tables.worded_rows import worded_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.forms.records import Form
    from pipelines.tables.form_marks import FoldedText
    from pipelines.tables.records import Table
    from pipelines.tables.worded_rows import WordedRow

# The fourth has the most telling words, the third shares some of its own with the others.
_IN_ORDER_OF_CERTAINTY = ("t4", "t2", "t3")


def find_tables_by_words(text: str, start: int, end: int, forms: tuple[Form, ...]) -> Iterator[Table]:
    """Yield the tables in a stretch of text that nothing but the words of forms shows, in no order."""
    squeezed = "".join(text[start:end].split())
    possible = [table for table in _IN_ORDER_OF_CERTAINTY if may_hold(table, squeezed, forms)]
    narrow = in_one_width(text[start:end]) if possible else ""
    stretches = [(start, end)]
    for table in possible:
        found: list[Table] = []
        for begin, stop in stretches:
            found += _tables(table, forms, text, fold(narrow, begin, stop, start), stop)
        yield from found
        stretches = list(_left_over(stretches, found))


def _tables(table: str, forms: tuple[Form, ...], text: str, folded: FoldedText, end: int) -> Iterator[Table]:
    floor = 0
    chains = list(find_chains(table, forms, text, folded))
    is_capped = sum(map(len, chains)) >= MOST_LABELS
    for chain in chains:
        marks = [mark for mark in chain if mark.start >= floor]
        rows = list(worded_rows(text, marks, end, counts=table != "t2")) if marks else []
        if rows:
            floor = rows[-1].end
            for one in _of_one_layout(text, rows):
                yield replace(one, capped=is_capped, runs_on=_runs_on(text, one))


def _of_one_layout(text: str, rows: Sequence[WordedRow]) -> Iterator[Table]:
    stated = [row for row in rows if row.run]
    if 2 * sum(row.is_glued for row in stated) > len(stated):
        yield table_of_rows(text, Layout.GLUED, [row.printed(is_glued=True) for row in rows])
        return
    for is_glued, run in groupby(rows, key=lambda row: row.is_glued):
        layout = Layout.GLUED if is_glued else Layout.SPACES
        yield table_of_rows(text, layout, [row.printed(is_glued=is_glued) for row in run])


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
