"""Tables that print a row a line with bars between the cells, as Markdown and text browsers have them.

A row between outer bars ends with its last bar, so that a cell broken over lines shows itself. Without outer
bars a row is a line, as with tabs.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pipelines.grid import Layout
from pipelines.tables.text_rows import (
    DRAWN,
    Line,
    PrintedRow,
    is_digits,
    is_figure,
    line_behind,
    lines_between,
    printed_part,
    rows_of_lines,
    table_of_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.grid import Table

BARS = "|｜│┃"
_BAR = re.compile(rf"(?<!\\)[{BARS}]")
_RULE = re.compile(rf"[\s{BARS}:+=\-—–─━┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╂┠┨┯┷┿]+")
_LINE_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*\*|__)(.*?)\1")
_DRESSED = re.compile(r"[\n<*_\\]")


def may_have_bars(text: str) -> bool:
    """Tell whether a text holds any bar at all."""
    return any(bar in text for bar in BARS)


def find_tables_by_bars(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables that bars draw in a stretch of text, which begins and ends with a line."""
    run: list[Line] = []
    for line in lines_between(text, start, end):
        if _BAR.search(line.text) or _is_drawn_rule(line.text):
            run.append(line)
        elif run and not _may_be_inside(run, line):
            yield from _tables_of_run(text, run, end)
            run = []
        elif run:
            run.append(line)
    yield from _tables_of_run(text, run, end)


def _may_be_inside(run: Sequence[Line], line: Line) -> bool:
    """Tell whether a line without bars may be part of a table: a page's end, or the middle of a cell."""
    last = run[-1].text.strip()
    if line.is_blank:
        return not run[-1].is_blank
    return len(line.text) <= 80 and last[:1] in BARS and last[-1:] not in BARS


def _tables_of_run(text: str, run: Sequence[Line], end: int) -> Iterator[Table]:
    lines = [line for line in run if not _is_rule(line.text)]
    barred = [line for line in lines if _BAR.search(line.text)]
    if not barred:
        return
    has_rule = len(lines) < len(run)
    outer = sum(line.text.lstrip()[0] in BARS for line in barred) * 2 > len(barred)
    if outer and (has_rule or len(barred) > 1):
        rows = _outer_rows(lines)
    elif has_rule or _is_bare_table(barred):
        below = line_behind(text, run[-1].end)
        rest = [below] if below and below.end <= end and is_digits(below.text) else []
        rows = rows_of_lines([*lines, *rest], _bare_cells)
    else:
        return
    if rows:
        yield table_of_rows(text, Layout.PIPES, rows)


def _is_rule(line: str) -> bool:
    """Tell whether a line only draws: `|---|:--:|`; one of blank cells between bars does not."""
    return _RULE.fullmatch(line) is not None and re.search(r"[-—–─━=]{2}", line) is not None


def _is_drawn_rule(line: str) -> bool:
    return line[:1] in "+┌├└┏┣┗┠" and bool(line) and _is_rule(line)


def _is_bare_table(barred: Sequence[Line]) -> bool:
    rows = [_split_cells(line.text) for line in barred]
    width, as_wide = Counter(map(len, rows)).most_common(1)[0]
    has_shape = width > 1 and as_wide >= DRAWN.bare_bar_rows and 2 * as_wide >= len(rows)
    return has_shape and any(is_figure(cell) for cells in rows for cell in cells)


def _bare_cells(line: str) -> list[str] | None:
    return _split_cells(line) if _BAR.search(line) else None


def _outer_rows(lines: Sequence[Line]) -> list[PrintedRow]:
    """Return the rows between outer bars, those broken over lines put together."""
    rows: list[PrintedRow] = []
    open_lines: list[Line] = []
    for line in (line for line in lines if not line.is_blank):
        begins = line.text.lstrip()[0] in BARS
        if open_lines and (begins or len(open_lines) == DRAWN.broken_row_lines):
            rows.append(_outer_row(open_lines))
            open_lines = []
        if begins or open_lines:
            open_lines.append(line)
        if open_lines and line.text.rstrip()[-1] in BARS:
            rows.append(_outer_row(open_lines))
            open_lines = []
    if open_lines:
        rows.append(_outer_row(open_lines))
    return rows


def _outer_row(lines: Sequence[Line]) -> PrintedRow:
    printed = "\n".join(line.text for line in lines).strip()
    inner = printed[1:-1] if len(printed) > 1 and printed[-1] in BARS else printed[1:]
    return PrintedRow(lines[0].start, lines[-1].end, tuple(_split_cells(inner)))


def _split_cells(line: str) -> list[str]:
    return [_read_cell(part) for part in _BAR.split(line)]


def _read_cell(printed: str) -> str:
    if not _DRESSED.search(printed):
        return printed_part(printed)
    lines = (printed_part(part) for part in _LINE_BREAK.sub("\n", printed).split("\n"))
    bare = "\n".join(line for line in lines if line)
    return _EMPHASIS.sub(r"\2", bare).replace("\\|", "|")
