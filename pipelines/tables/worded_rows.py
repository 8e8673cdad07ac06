"""The rows of a table of which only labels and figures are left.

What stands between two labels are the cells of the first. Words there that belong to no label of the form
begin a row of their own; pieces of labels that broke around their figures are left out. Digits are never
split, and figures on several lines are never put side by side: a row of which one line holds several figures
and another goes on may be torn in any column, so all of it is one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from pipelines.forms.cell_values import texts_add_up
from pipelines.forms.printed_labels import is_part_of_label
from pipelines.tables.label_marks import WORDS, Mark
from pipelines.tables.text_rows import (
    DRAWN,
    PrintedRow,
    is_figure,
    is_page_number_line,
    lines_between,
)

_TOKEN = re.compile(r"[^\s“”‘’\"]+")
_PIECE = re.compile(
    r"[(（][^()（）]{0,80}[)）]"
    r"|(?<![\d.])\d{1,2}[.、．](?=[\u3400-\u9fff])"
    r"|(?P<figure>[+\-−－]?[\d０-９](?:[\d０-９,，.．]*[\d０-９])?(?:[万亿]?元|[件条%％])?)"
    r"|[^\d０-９(（+\-−－]+|."
)
_ENUMERATOR = re.compile(
    r"(?:[一二三四五六七八九十]{1,2}、|[(（][一二三四五六七八九十]{1,2}[)）]|\d{1,2}[.、．])"
)
# 0 and 3 of two columns, glued: no count begins with a zero.
_LEADING_ZERO = re.compile(r"[+\-−－]?[0０][\d０-９]+")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_REST_OF_FIGURES = re.compile(r"[\d０-９\s,，.．]*(?<!\s)")


class WordedRow(NamedTuple):
    """A row, and whether its cells can be told apart.

    Attributes:
        start: where it begins in the text.
        end: where it ends.
        names: its label, or the names of columns; empty for figures below such names.
        cells: as they stand between white space.
        run: all of its cells as printed; empty where it states nothing.
        is_glued: whether nothing stands between its cells.
    """

    start: int
    end: int
    names: tuple[str, ...]
    cells: tuple[str, ...] = ()
    run: str = ""
    is_glued: bool = False

    def to_printed_row(self, *, is_glued: bool) -> PrintedRow:
        """Return the row; its cells are one where they are glued."""
        cells = (self.run,) if is_glued and self.run else self.cells
        return PrintedRow(self.start, self.end, (*self.names, *cells))


class _Piece(NamedTuple):
    start: int
    end: int
    is_figure: bool


class _Entry(Struct):
    """A label and the figures behind it, while they are collected.

    `counts` tells whether its cells hold counts of cases, so that a long run of digits is several of them.
    """

    counts: bool
    is_column: bool
    start: int
    label_end: int
    is_known: bool = True
    figures: list[_Piece] = []
    is_touched: bool = False
    """Whether something stands behind the last figure that may as well belong to it."""


def worded_rows(text: str, chain: Sequence[Mark], limit: int) -> Iterator[WordedRow]:
    """Yield the rows that a chain of labels stands before.

    Args:
        text: of the document.
        chain: the labels, in order.
        limit: where the stretch of text ends that may belong to the table.
    """
    header: list[_Entry] = []
    for entry in _collect_entries(text, chain, limit):
        if entry.is_column:
            header.append(entry)
            if entry.figures:
                yield from _header_rows(text, header)
                header = []
            continue
        yield from _header_rows(text, header, entry.start)
        header = []
        yield _row_of(text, entry)
    yield from _header_rows(text, header)


def _collect_entries(text: str, chain: Sequence[Mark], limit: int) -> Iterator[_Entry]:
    ends = [*(mark.start for mark in chain[1:]), _end_behind(text, chain[-1], limit)]
    for number, (mark, end) in enumerate(zip(chain, ends, strict=True)):
        is_last = number == len(chain) - 1
        entries = list(_entries_behind(text, mark, end, is_last=is_last))
        if not is_last and entries[-1].figures and entries[-1].figures[-1].end == end:
            entries[-1].is_touched = len(entries[-1].figures) == 1 or text[end : end + 1].isdecimal()
        yield from (entry for entry in entries if entry.is_known or not _is_leftover(text, entry))


def _entries_behind(text: str, mark: Mark, end: int, *, is_last: bool) -> Iterator[_Entry]:
    """Yield a label with its figures, and the labels of no form that follow it."""
    entry = _Entry(mark.name.table != "t2", mark.name.stands_above, mark.start, mark.end)
    for piece in _split_pieces(text, mark.end, end):
        if piece.is_figure:
            entry.figures.append(piece)
            continue
        words = text[piece.start : piece.end]
        if entry.figures and entry.figures[-1].end == piece.start:
            entry.is_touched = entry.is_touched or len(entry.figures) == 1 or not _ENUMERATOR.match(words)
        if entry.figures and is_last:
            break
        if not WORDS.search(words) and not _ENUMERATOR.match(words):
            continue
        # Other words are the rest of this label.
        if entry.figures or entry.is_column or _ENUMERATOR.match(words):
            yield entry
            is_column = entry.is_column and not entry.figures and not _ENUMERATOR.match(words)
            entry = _Entry(entry.counts, is_column, piece.start, piece.end, is_known=False)
        else:
            entry.label_end = piece.end
    yield entry


def _is_leftover(text: str, entry: _Entry) -> bool:
    """Tell whether what looks like a label is only a piece of one, or its number."""
    words = text[entry.start : entry.label_end]
    return not entry.figures and (is_part_of_label(words) or _ENUMERATOR.fullmatch(words) is not None)


def _end_behind(text: str, last: Mark, limit: int) -> int:
    """Return how far figures are looked for behind the last label; no number is cut."""
    end = min(limit, last.end + DRAWN.gap_chars)
    rest = _REST_OF_FIGURES.match(text, end, limit)
    return rest.end() if rest else end


def _split_pieces(text: str, start: int, end: int) -> Iterator[_Piece]:
    """Yield figures and words in order; page numbers on lines of their own behind figures are left out."""
    # What follows a label on its own line is a dash and a figure, be it written like a page number.
    lines = (line for line in lines_between(text, start, end) if line.start > start)
    pages = [(line.start, line.end) for line in lines if is_page_number_line(line.text)]
    has_figures = False
    for token in _TOKEN.finditer(text, start, end):
        if has_figures and any(begin <= token.start() < stop for begin, stop in pages):
            continue
        for piece in _split_token(token):
            has_figures = has_figures or piece.is_figure
            yield piece


def _split_token(token: re.Match[str]) -> Iterator[_Piece]:
    printed = token.group()
    if is_figure(printed):
        yield _Piece(token.start(), token.end(), True)
    elif not any(map(str.isdecimal, printed)):
        yield _Piece(token.start(), token.end(), False)
    else:
        for found in _PIECE.finditer(printed):
            start, end = found.span()
            yield _Piece(token.start() + start, token.start() + end, found["figure"] is not None)


def _header_rows(text: str, header: Sequence[_Entry], end: int | None = None) -> Iterator[WordedRow]:
    """Yield the names of columns as one row, and the figures below them as another.

    The first reaches to where the next row begins, so that halves of names that are no label are part of it.
    """
    if not header:
        return
    last = header[-1]
    if len(header) == 1 and last.figures:
        yield _row_of(text, last)
        return
    names = tuple(text[entry.start : entry.label_end] for entry in header)
    start = header[0].start
    behind = last.label_end if last.figures or end is None else start + len(text[start:end].rstrip())
    yield WordedRow(start, behind, names)
    if last.figures:
        yield _stating_row(text, last, last.figures[0].start, ())


def _row_of(text: str, entry: _Entry) -> WordedRow:
    names = (text[entry.start : entry.label_end],)
    if entry.figures:
        return _stating_row(text, entry, entry.start, names)
    tokens = _TOKEN.finditer(text, entry.start, entry.label_end)
    inside = next((token.start() for token in tokens if is_figure(token.group())), None)
    if inside is None:
        return WordedRow(entry.start, entry.label_end, names)
    # A label that is broken around its figures: they are printed, and none can be told apart.
    run = text[inside : entry.label_end]
    return WordedRow(entry.start, entry.label_end, (text[entry.start : inside],), (run,), run, is_glued=True)


def _stating_row(text: str, entry: _Entry, start: int, names: tuple[str, ...]) -> WordedRow:
    run = text[entry.figures[0].start : entry.figures[-1].end]
    figures = tuple(text[one.start : one.end] for one in entry.figures)
    # 宿迁 2023 through pdftotext: 3402 99⏎0⏎4⏎5⏎1⏎3511; what adds up broke between its cells, not in one.
    is_torn = _has_cell_of_lines(run) or (_may_be_torn(run) and not texts_add_up(figures))
    cells = (run,) if is_torn else figures
    is_glued = _is_glued(text, entry)
    return WordedRow(start, entry.figures[-1].end, names, cells, run, is_glued)


def _is_glued(text: str, entry: _Entry) -> bool:
    figures = entry.figures
    if entry.is_touched or (len(figures) == 1 and figures[0].start == entry.label_end):
        return True
    if any(one.end == other.start for one, other in pairwise(figures)):
        return True
    printed = [text[figure.start : figure.end] for figure in figures]
    longest = max(sum(char.isdigit() for char in one.partition(".")[0]) for one in printed)
    return (entry.counts and longest > DRAWN.count_digits) or any(map(_LEADING_ZERO.fullmatch, printed))


def _may_be_torn(run: str) -> bool:
    """Tell whether figures stand on several lines, and several on one of them; or are too many for a row."""
    # 淮安 2024 was copied row by row; where a row goes on below, any of its figures may be torn.
    on_lines = [len(_TOKEN.findall(line)) for line in run.splitlines() if line.strip()]
    return (len(on_lines) > 1 and max(on_lines) > 1) or sum(on_lines) > DRAWN.row_figures


def _has_cell_of_lines(run: str) -> bool:
    """Tell whether two figures share a cell: they are on lines of their own, and blank ones part most others.

    A zero that is printed twice may stand for a blank cell beside it without any sum noticing.
    """
    lines = sum(map(bool, map(str.strip, run.splitlines())))
    parted = len(_BLANK_LINES.findall(run))
    return parted > lines - 1 - parted > 0
