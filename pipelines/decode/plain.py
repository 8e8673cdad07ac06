"""Plain text files: every character kept, tables found by their tabs.

Reports that were copied out of a PDF or a word processor keep their tables as lines with tabs, one row a
line (`标签<TAB>1<TAB><TAB>3`) or one cell a line (every line begins with a tab). In the second form a cell
can break over two lines, and the broken-off part has no tab. Both forms are interrupted by the blank lines
of page breaks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.decode.charset import decode_text
from pipelines.decode.http_headers import declared_charset
from pipelines.records import DecodedText

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r|\Z)")
CONTINUATION_CHARS = 20
"""A broken-off part of a cell is short; a paragraph between two tables is not."""
CELL_CHARS = 60
"""The longest that a line of one cell gets; what is longer behind a tab is an indented paragraph."""
CELLS_PER_LINE_FORM = 3
"""Fewer lines that only begin with a tab are indented lines: a heading, a signature, a date."""
NUMERAL = "(?:[一二三四五六七八九十]+|[0-9０-９]{1,3})"
HEADING = re.compile(rf"[#\s]*(?:[一二三四五六七八九十]+、|第{NUMERAL}[章节条])")
"""A heading between two tables ends the first, however short it is; in a table it would hold a tab."""
LIST_MARK = re.compile(rf"\s*(?:[（(]{NUMERAL}[)）]|{NUMERAL}[)）、.．]|第{NUMERAL}[章节条])\t[^\t]*")
"""A numbered line whose number a word processor set off with a tab is no row."""


def decode_plain(payload: bytes, content_type: str | None = None) -> DecodedText:
    """Decode a plain text file; its text is exactly its characters.

    Args:
        payload: with content coding undone.
        content_type: as served; its charset is a hint.

    Raises:
        UnreadableDocument: the payload is empty or binary.
    """
    decoded = decode_text(payload, [declared_charset(content_type)])
    return DecodedText(
        text=decoded.text,
        tables=tuple(find_tab_tables(decoded.text)),
        encoding=decoded.encoding,
        extractor="plain",
        notes=decoded.notes,
    )


def find_tab_tables(text: str) -> Iterator[tuple[int, int]]:
    """Yield the half-open spans of the tables that tabs draw, without the line end of their last line.

    A table goes on over blank lines and over short lines that a broken cell left behind, as long as a line
    with a tab follows; it ends before a heading and before a paragraph.
    """
    run: list[tuple[int, int]] = []
    for begin, stop in _lines(text):
        line = text[begin:stop].rstrip("\r\n")
        if _is_table_line(line):
            run.append((begin, begin + len(line)))
        elif run and not _may_continue(line):
            yield from _as_table(run, text)
            run = []
    yield from _as_table(run, text)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in LINE.finditer(text) if found.group())


def _is_table_line(line: str) -> bool:
    if "\t" not in line or LIST_MARK.fullmatch(line):
        return False
    return "\t" in line.strip() or len(line.strip()) <= CELL_CHARS


def _may_continue(line: str) -> bool:
    bare = line.strip()
    return not bare or ("\t" not in line and len(bare) <= CONTINUATION_CHARS and not HEADING.match(bare))


def _as_table(run: list[tuple[int, int]], text: str) -> Iterator[tuple[int, int]]:
    """Yield the span of a run of table lines, unless they are only indented lines."""
    has_rows = any("\t" in text[begin:stop].strip() for begin, stop in run)
    if has_rows or len(run) >= CELLS_PER_LINE_FORM:
        yield run[0][0], run[-1][1]
