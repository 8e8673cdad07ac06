r"""Tables that tabs or bars draw: a row a line, or a cell a line behind a tab, before a bar, or between tabs.

Tables of tabs are found by `pipelines.grid`; here they become rows. Where each cell has a line, a blank line
ends a row, and the end of a page leaves blank lines too, even inside a row:

    \t行政事业性收费 ⏎ (blank) ⏎ \t ⏎ \t1 ⏎ (blank)      one row: 行政事业性收费, blank, 1

There a group of cells that holds no label belongs to the row before, as long as the table has rows that long.
Bars are those of Markdown and text browsers. A row between outer bars ends with its last bar, so that a cell
broken over lines shows itself. Without outer bars a row is a line, as with tabs.

Browsers copy tables whose cells hold paragraphs with a tab on a line of its own between two cells:

    行政许可 ⏎ ⏎ \t ⏎ ⏎ 9 ⏎ ⏎ ⏎ ⏎ ⏎ 第二十条第（六）项 …

Between two rows stand more blank lines than between two paragraphs of a cell; where a tab follows them, or
stands before them, a cell holds them. Such a table ends without any mark: a figure and words below it are no
cell, so that the words stand behind the table.

Source: `innerText`, HTML Living Standard, 3.2.7.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pipelines.forms.label_matching import caption_block
from pipelines.forms.labels import STATUTORY
from pipelines.forms.printed_labels import (
    begins_label,
    is_broken_label,
    is_column_label,
    is_part_of_label,
    is_row_label,
)
from pipelines.grid import Layout, Table, find_tab_tables
from pipelines.tables.text_rows import (
    DRAWN,
    LONGEST_CELL,
    Line,
    PrintedRow,
    is_digits,
    is_figure,
    is_page_number_line,
    joined_lines,
    line_before,
    line_behind,
    lines_between,
    printed_part,
    rows_of_lines,
    table_of_rows,
    usual_width,
)


def find_tables_by_tabs(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables that tabs draw in a stretch of text, which begins and ends with a line."""
    floor = start
    for begin, stop in _find_spans(text, start, end):
        if text[begin:stop].isspace():
            continue
        lines = list(lines_between(text, begin, stop))
        if _is_cell_a_line(lines):
            lines += _rest_of_number(text, stop, end)
            layout, rows = Layout.LINES, _rows_of_marked_lines(lines)
        else:
            lines = [*_begun_before(text, begin, floor), *lines, *_rest_of_number(text, stop, end)]
            layout, rows = Layout.TABS, rows_of_lines(lines, _split_at_tabs)
        if rows:
            floor = rows[-1].end
            yield table_of_rows(text, layout, rows)


def _find_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where tables stand; two between which stands only a piece of a broken label are one."""
    spans: list[tuple[int, int]] = []
    for begin, stop in find_tab_tables(text[start:end]):
        is_rest = spans and _is_inside_label(text, spans[-1][1], start + begin)
        spans.append((spans.pop()[0] if is_rest else start + begin, start + stop))
    return spans


def _is_inside_label(text: str, stop: int, begin: int) -> bool:
    """Tell whether what stands between two tables is a piece of a label that broke over lines."""
    piece = text[stop:begin]
    if len(piece) > DRAWN.piece_chars or any(
        line.is_blank for line in list(lines_between(piece, 0, len(piece)))[1:]
    ):
        return False
    above = text[text.rfind("\t", 0, stop) + 1 : stop]
    below = next(lines_between(text, begin, len(text))).text.partition("\t")[0]
    return is_broken_label(above, piece) or is_broken_label(piece, below)


def _split_at_tabs(line: str) -> list[str] | None:
    return [printed_part(cell) for cell in line.split("\t")] if "\t" in line else None


def _is_cell_a_line(lines: Sequence[Line]) -> bool:
    """Tell whether every tab stands before a cell that takes a line."""
    # 平原示范区 2020 came so out of a word processor: each cell a paragraph behind a tab.
    marked = [line.text for line in lines if "\t" in line.text]
    return len(marked) > 2 and all(line.count("\t") == 1 and line.lstrip(" ")[0] == "\t" for line in marked)


def _begun_before(text: str, begin: int, floor: int) -> list[Line]:
    """Return the lines above a table that the first cell of its first row begins in."""
    first = next(lines_between(text, begin, len(text))).text.partition("\t")[0].strip()
    before: list[Line] = []
    line = line_before(text, begin)
    while line and line.start >= floor and len(before) < DRAWN.broken_label_lines:
        if not (is_broken_label(line.text, first) or (is_digits(line.text) and is_figure(first))):
            break
        before.insert(0, line)
        first = line.text + first
        line = line_before(text, line.start)
    return before


def _rest_of_number(text: str, stop: int, end: int) -> list[Line]:
    """Return the line below a table where it holds digits only: its last number may have been broken."""
    line = line_behind(text, stop)
    return [line] if line and line.end <= end and is_digits(line.text) else []


def _rows_of_marked_lines(lines: Sequence[Line]) -> list[PrintedRow]:
    groups = [part for group in _marked_groups(lines) for part in _parted_at_labels(group)]
    width = max((len(cells) for cells in groups), default=0)
    rows: list[PrintedRow] = []
    for cells in groups:
        group = [text for cell in cells for text in cell.cells]
        if rows and _is_rest_of_row(rows[-1].cells, group, width):
            rows[-1] = PrintedRow(rows[-1].start, cells[-1].end, (*rows[-1].cells, *group))
        else:
            rows.append(PrintedRow(cells[0].start, cells[-1].end, tuple(group)))
    return rows


def _marked_groups(lines: Sequence[Line]) -> Iterator[list[PrintedRow]]:
    """Yield the cells between two blank lines, each by itself, broken ones put together."""
    group: list[PrintedRow] = []
    for number, line in enumerate(lines):
        if "\t" in line.text:
            group.append(PrintedRow(line.start, line.end, (printed_part(line.text),)))
        elif line.is_blank:
            if group and not _is_torn_apart(lines, number):
                yield group
                group = []
        elif group and not is_page_number_line(line.text):
            group[-1] = group[-1].with_more(line.end, printed_part(line.text))
    if group:
        yield group


def _is_torn_apart(lines: Sequence[Line], number: int) -> bool:
    """Tell whether digits follow a blank line and none follows them: they may end the cell above."""
    rest = lines[number + 1 : number + 3]
    return len(rest) == 2 and is_digits(rest[0].text) and "\t" not in rest[0].text and not rest[1].is_blank


def _parted_at_labels(group: Sequence[PrintedRow]) -> Iterator[Sequence[PrintedRow]]:
    """Yield the rows in cells that no blank line parts: a label behind a figure begins one.

    Blank cells before such a label go with it: they may stand for the labels of a row above. Figures that
    follow more names than a row has labels stand below those names, in a row of their own.
    """
    begin, behind_figure, names = 0, 0, 0
    for number, (cell,) in enumerate(one.cells for one in group):
        if is_figure(cell):
            if names > STATUTORY.row_labels:
                yield group[begin:number]
                begin = number
            behind_figure, names = number + 1, 0
        elif cell:
            if behind_figure > begin and begins_label(cell):
                yield group[begin:behind_figure]
                begin = behind_figure
            names += 1
    yield group[begin:]


def _is_rest_of_row(row: Sequence[str], group: Sequence[str], width: int) -> bool:
    """Tell whether cells behind a blank line belong to the row before it."""
    if any(cell and not is_figure(cell) for cell in group):
        return False
    words = [cell for cell in row if cell and not is_figure(cell)]
    if not words or len(words) > STATUTORY.row_labels:
        return False
    if not any(group) and any(map(is_figure, row)):
        return False  # they may as well begin the row below
    if is_column_label(words[-1]) and not is_row_label(words[-1]):
        return False
    return len(row) + len(group) <= width


# GFM has one; converters also write the full-width bar and those that draw boxes.
BARS = "|｜│┃"
# GFM 4.10: a bar behind a backslash is one of the cell's text.
_BAR = re.compile(rf"(?<!\\)[{BARS}]")
_ENDED = re.compile(rf"[^{BARS}]*[{BARS}]+")
# Markdown's rule, those of `+---+` and reStructuredText, and boxes as pandoc and terminals draw them.
_RULE = re.compile(rf"[\s{BARS}:+=\-—–─━┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╂┠┨┯┷┿]+")
_DRAWN_RULE = tuple("+┌├└┏┣┗┠")
_LINE_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*\*|__)(.*?)\1")
_DRESSING = frozenset("\n<*_\\")


def may_have_bars(text: str) -> bool:
    """Tell whether a text holds any bar at all."""
    return any(bar in text for bar in BARS)


def find_tables_by_bars(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables that bars draw in a stretch of text, which begins and ends with a line."""
    run: list[Line] = []
    above: Line | None = None
    for line in lines_between(text, start, end):
        if above and _is_closed_by(above, line):
            run[-1:] = [Line(above.start, text[above.start : line.end])]
        elif _BAR.search(line.text) or (line.text.startswith(_DRAWN_RULE) and _is_rule(line.text)):
            run.append(line)
        elif run and not (_may_be_inside(run, line) or _is_closed_by(line, line_behind(text, line.end))):
            yield from _tables_of_run(text, run, end)
            run = []
        elif run:
            run.append(line)
        above = run[-1] if run else line
    yield from _tables_of_run(text, run, end)


def _is_closed_by(line: Line, below: Line | None) -> bool:
    """Tell whether the bar behind a cell stands on the next line: its text ends with a paragraph."""
    # 天镇 2021: 行政规范性文件 ⏎ | ⏎ 0 | among cells that have their bar behind them.
    is_cell = 0 < len(line.text.strip()) <= DRAWN.piece_chars and not _BAR.search(line.text)
    return is_cell and below is not None and _BAR.fullmatch(below.text.strip()) is not None


def _may_be_inside(run: Sequence[Line], line: Line) -> bool:
    """Tell whether a line without bars may be part of a table: a page's end, or the middle of a cell."""
    last = run[-1].text.strip()
    if line.is_blank:
        return not run[-1].is_blank
    return len(line.text) <= DRAWN.piece_chars and last[:1] in BARS and last[-1:] not in BARS


def _tables_of_run(text: str, run: Sequence[Line], end: int) -> Iterator[Table]:
    lines = [line for line in run if not _is_rule(line.text)]
    barred = [line for line in lines if _BAR.search(line.text)]
    if not barred:
        return
    has_rule = len(lines) < len(run)
    # What looks like a rule, too, may be a cell here: —— |
    cells = [line for line in run if _BAR.search(line.text)]
    if all(_ENDED.fullmatch(line.text.strip()) for line in cells) and len(cells) > DRAWN.bare_bar_rows:
        if _has_figures(cells):
            yield table_of_rows(text, Layout.LINES, list(_rows_of_cells(cells)))
        return
    begun = sum(line.text.lstrip()[0] in BARS for line in barred)
    if begun < len(barred) > DRAWN.bare_bar_rows and all(line.text.rstrip()[-1] in BARS for line in barred):
        rows = [
            PrintedRow(line.start, line.end, tuple(_split_at_bars(line.text.rstrip()[:-1])))
            for line in (barred if _has_figures(barred) else ())
        ]
    elif 2 * begun > len(barred) and (has_rule or len(barred) > 1 or _states_row(barred[0])):
        rows = _outer_rows(lines)
    elif has_rule or _is_bare_table(barred):
        rows = rows_of_lines([*lines, *_rest_of_number(text, run[-1].end, end)], _bare_cells)
    else:
        return
    if rows:
        yield table_of_rows(text, Layout.PIPES, rows)


def _states_row(line: Line) -> bool:
    """Tell whether a line between bars states several figures, so that it is a table by itself."""
    # 宿迁 2025: an extractor left 一、本年新收… and the row of T4 as single rows between paragraphs.
    return sum(map(is_figure, _split_at_bars(line.text))) > STATUTORY.row_labels


def _rows_of_cells(lines: Sequence[Line]) -> Iterator[PrintedRow]:
    """Yield the rows of cells that each have a line and a bar behind them.

    Some extractors of main texts leave tables so. Behind a row stands a bar for each column that it has no
    cell for, so that all rows are of one width. One of another width lost a line or has one too many: its
    figures are one cell. Where no row has bars behind it, labels alone part them.
    """
    # Lists, for a row of a hostile text grows by a cell a line.
    rows: list[list[tuple[str, Line]]] = []
    widths: list[int] = []
    is_open, is_padded, names = False, False, 0
    for line in lines:
        text, bars = printed_part(line.text.rstrip().rstrip(BARS)), sum(map(line.text.count, BARS))
        if not text and bars > 1:
            if rows:
                widths[-1] += bars
            is_open, is_padded = False, True
            continue
        if not is_open or _begins_row(text, rows[-1][-1][0], names):
            rows.append([])
            widths.append(0)
        rows[-1].append((text, line))
        widths[-1] += 1
        count = len(rows[-1])
        is_worded = bool(text) and not is_figure(text) and names == count - 1
        is_open, names = True, count if is_worded else 0
    usual = usual_width(widths)
    for row, width in zip(rows, widths, strict=True):
        cells = [text for text, _ in row]
        behind = next((at for at, cell in enumerate(cells) if at and is_figure(cell)), 0)
        # 建平 2020: the last row of a table has its cells, but no bars behind it.
        is_last = row is rows[-1] and behind > 0
        is_whole = width == usual or is_last or not is_padded
        if not is_whole:
            cells[behind or 1 :] = ["\n".join(cells[behind or 1 :])]
        # A line without its bar ends the table: of a row that it cut off but labels may be left.
        if is_whole or behind or row is not rows[-1] or caption_block(cells[0]):
            yield PrintedRow(row[0][1].start, row[-1][1].end, tuple(cells))


def _begins_row(cell: str, last: str, names: int) -> bool:
    """Tell whether a cell begins a row behind the cells of another: a label, or a figure below names.

    Args:
        cell: what it holds.
        last: the cell before it.
        names: how many cells the row before it has, if all of them are words.
    """
    if is_figure(cell):
        return names > STATUTORY.row_labels
    if caption_block(cell):
        return True
    if is_column_label(last):
        return is_row_label(cell) and not is_column_label(cell)
    return (not last or is_figure(last)) and begins_label(cell)


def _is_rule(line: str) -> bool:
    """Tell whether a line only draws: `|---|:--:|`; one of blank cells between bars does not."""
    return _RULE.fullmatch(line) is not None and re.search(r"[-—–─━=]{2}", line) is not None


def _is_bare_table(barred: Sequence[Line]) -> bool:
    rows = [_split_at_bars(line.text) for line in barred]
    width, as_wide = Counter(map(len, rows)).most_common(1)[0]
    has_shape = width > 1 and as_wide >= DRAWN.bare_bar_rows and 2 * as_wide >= len(rows)
    return has_shape and _has_figures(barred)


def _has_figures(barred: Sequence[Line]) -> bool:
    return any(is_figure(cell) for line in barred for cell in _split_at_bars(line.text))


def _bare_cells(line: str) -> list[str] | None:
    return _split_at_bars(line) if _BAR.search(line) else None


def _outer_rows(lines: Sequence[Line]) -> list[PrintedRow]:
    """Return the rows between outer bars, those broken over lines put together."""
    printed: list[list[Line]] = []
    is_open = False
    for line in (line for line in lines if not line.is_blank):
        if line.text.lstrip()[0] in BARS:
            printed.append([])
        elif not is_open or len(printed[-1]) == DRAWN.broken_row_lines:
            # What no bar begins belongs to no row; one that grew too long stays closed.
            is_open = False
            continue
        printed[-1].append(line)
        is_open = line.text.rstrip()[-1] not in BARS
    return list(map(_outer_row, printed))


def _outer_row(lines: Sequence[Line]) -> PrintedRow:
    printed = "\n".join(line.text for line in lines).strip()
    inner = printed[1:-1] if len(printed) > 1 and printed[-1] in BARS else printed[1:]
    return PrintedRow(lines[0].start, lines[-1].end, tuple(_split_at_bars(inner)))


def _split_at_bars(line: str) -> list[str]:
    return [_read_cell(part) for part in _BAR.split(line)]


def _read_cell(printed: str) -> str:
    if _DRESSING.isdisjoint(printed):
        return printed_part(printed)
    lines = (printed_part(part) for part in _LINE_BREAK.sub("\n", printed).split("\n"))
    bare = "\n".join(line for line in lines if line)
    return _EMPHASIS.sub(r"\2", bare).replace("\\|", "|")


# Cells that lines of one tab part.


# Blank lines from which on a row ends: between paragraphs of one cell stands at most one.
_ROWS_APART = 2
# Rows of a table: the least block of T2 has one below its header.
_FEWEST_ROWS = 2


class _Copied(Struct):
    """The rows of a table while they are collected.

    Attributes:
        rows: those that are complete, of one cell and of several.
        cells: the row that is open.
        start: where that begins in the text.
        end: where its last line ends.
        is_parted: whether a tab was the last that was seen.
        blank: how many blank lines follow what was seen last.
    """

    rows: list[PrintedRow] = []
    cells: list[str] = []
    start: int = 0
    end: int = 0
    is_parted: bool = False
    blank: int = 0

    def add_tab(self, line: Line) -> None:
        """Take in a tab on a line of its own: the cell before it is complete."""
        if not self.cells:
            self.start, self.cells = line.start, [""]
        self.cells.append("")
        self.end, self.is_parted, self.blank = line.end, True, 0

    def add_text(self, line: Line) -> bool:
        """Take in a line; returns whether the table ended before it."""
        text, is_apart = printed_part(line.text), 0 < self.blank < _ROWS_APART
        # A cell may begin with blank lines; a row that ends in a blank one has a label behind them.
        is_inside = self.is_parted and not (begins_label(text) and not is_column_label(text))
        is_below = self.blank >= _ROWS_APART and not is_inside
        is_behind = bool(self.cells) and not self.is_parted and self._cannot_hold(text)
        is_end = is_behind and is_apart
        # Chrome leaves no blank line before a row of one cell that spans the table.
        is_caption = is_behind and not is_apart and is_part_of_label(text)
        if is_end or is_caption or is_below or not self.cells:
            self.end_row()
            self.start, self.cells = line.start, [text]
        elif len(self.cells) == 1 and not self.rows and is_apart:
            # What stands above the first row may be a heading.
            self.start, self.cells = line.start, [text]
        else:
            self.cells[-1] = joined_lines(self.cells[-1], text)
        self.end, self.is_parted, self.blank = line.end, False, 0
        return is_end

    def _cannot_hold(self, text: str) -> bool:
        last = self.cells[-1]
        is_stated = not last or is_figure(last)
        return is_stated and len(self.cells) > 1 and bool(text) and not is_figure(text)

    def end_row(self) -> None:
        """Close the row that is open."""
        if self.cells:
            self.rows.append(PrintedRow(self.start, self.end, tuple(self.cells)))
        self.cells = []


def find_tables_by_tab_lines(text: str, start: int, end: int) -> Iterator[Table]:
    """Yield the tables in a stretch of text whose cells lines of one tab part."""
    copied = _Copied()
    for line in lines_between(text, start, end):
        if not line.text:
            copied.blank += 1
        elif line.text.strip(" ") == "\t":
            copied.add_tab(line)
        elif "\t" in line.text or len(line.text) > LONGEST_CELL:
            copied.end_row()
            yield from _table_of(text, copied.rows)
            copied = _Copied()
        elif copied.add_text(line):
            yield from _table_of(text, copied.rows)
            copied.rows = []
    copied.end_row()
    yield from _table_of(text, copied.rows)


def _table_of(text: str, rows: Sequence[PrintedRow]) -> Iterator[Table]:
    """Yield the rows from the first to the last of several cells, and captions between and right above."""
    parted = [number for number, row in enumerate(rows) if len(row.cells) > 1]
    if len(parted) < _FEWEST_ROWS:
        return
    first, last = parted[0], parted[-1]
    has_caption = first > 0 and len(rows[first - 1].cells[0]) <= DRAWN.piece_chars
    yield table_of_rows(text, Layout.TABS, rows[first - has_caption : last + 1])
