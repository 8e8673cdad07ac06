"""Tables in a text, found by their tabs: the one way in which every text, page or plain file, holds them.

A page's tables are rendered as rows with tabs (`readers.html.html_tables`). Reports that were copied out of a
PDF or a word processor keep theirs as rows, one a line (`标签<TAB>1<TAB><TAB>3`), or as cells, one a line,
each behind a tab; there a cell can break over two lines, and the broken-off part has no tab. All of them are
interrupted by the blank lines of page breaks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r|\Z)")
_CONTINUATION_CHARS = 20
"""A broken-off part of a cell is short; a paragraph between two tables is not."""
_CELL_CHARS = 60
"""The longest that a line of one cell gets; what is longer behind a tab is an indented paragraph."""
_CELLS_PER_LINE_FORM = 3
"""Fewer lines that only begin with a tab are indented lines: a heading, a signature, a date."""
_NUMERAL = "(?:[一二三四五六七八九十]+|[0-9０-９]{1,3})"
# A heading between two tables ends the first, however short it is; in a table it would hold a tab.
_HEADING = re.compile(rf"[#\s]*(?:[一二三四五六七八九十]+、|第{_NUMERAL}[章节条])")
# A numbered line whose number a word processor set off with a tab is no row.
_LIST_MARK = re.compile(
    rf"[#*\s]*(?:[（(]{_NUMERAL}[)）][、.．]?|{_NUMERAL}[)）、.．]|第{_NUMERAL}[章节条])\t *[^\t\s][^\t]*"
)


def is_tab_row(line: str) -> bool:
    """Tell whether a line alone shows that it is a row: a tab borders a cell, not an indent or a number."""
    return "\t" in line.lstrip() and not _LIST_MARK.fullmatch(line)


def find_tab_tables(text: str) -> Iterator[tuple[int, int]]:
    """Yield the half-open spans of the tables that tabs draw, without the line end of their last line.

    A table goes on over blank lines and over short lines that a broken cell left behind, as long as a line
    with a tab follows; it ends before a heading and before a paragraph.
    """
    run: list[tuple[int, int]] = []
    for begin, stop in _lines(text):
        line = text[begin:stop].rstrip("\r\n")
        if _may_be_table_line(line):
            run.append((begin, begin + len(line)))
        elif run and not _may_continue(line):
            yield from _as_table(run, text)
            run = []
    yield from _as_table(run, text)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _LINE.finditer(text) if found.group())


def _may_be_table_line(line: str) -> bool:
    if "\t" not in line or _LIST_MARK.fullmatch(line):
        return False
    return is_tab_row(line) or len(line.strip()) <= _CELL_CHARS


def _may_continue(line: str) -> bool:
    bare = line.strip()
    return not bare or ("\t" not in line and len(bare) <= _CONTINUATION_CHARS and not _HEADING.match(bare))


def _as_table(run: list[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of a run of table lines, unless they are only indented lines."""
    has_rows = any(is_tab_row(text[begin:stop]) for begin, stop in run)
    if has_rows or len(run) >= _CELLS_PER_LINE_FORM:
        yield run[0][0], run[-1][1]
