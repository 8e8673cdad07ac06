"""Lines of a text, and the rows that they make, on the way to a table.

What makes rows hard is that a cell can hold a line break. Then its row goes on in the next line, which
may be without any tab (`…14⏎12`), or with those of the cells behind it (`许可<TAB>42⏎8<TAB>195`). The
parts are put back into one cell with the break between them, never side by side: the reader of cells sees
that it is torn.

A blank line is the end of a page. Rows go on behind it; nothing is joined across it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from pipelines.forms.printed_labels import begins_label, is_broken_label, is_row_label
from pipelines.grid import LINE, Cell, Layout, Table, TableRow
from pipelines.knowledge import Thresholds
from pipelines.structs import FrozenStruct

# Characters of no width, which pages leave in cells that look blank.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


class DrawnThresholds(Thresholds):
    """What is a row or a cell in a table that characters draw (`knowledge/thresholds/text_tables.yaml`)."""

    bare_bar_rows: int
    broken_row_lines: int
    broken_label_lines: int
    count_digits: int
    row_figures: int
    figure_chars: int
    piece_chars: int
    gap_chars: int
    gap_words: int
    gap_words_of_lawsuits: int
    blank_labels: int
    most_labels: int


DRAWN = DrawnThresholds.load("text_tables")


class Line(FrozenStruct):
    """One line of a text, without its line end."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where it ends in the text, in characters."""
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        """Whether it holds white space only."""
        return not printed_part(self.text)


class PrintedRow(FrozenStruct):
    """A row by its place in the text and the texts of its cells."""

    start: int
    end: int
    cells: tuple[str, ...]

    def with_more(self, end: int, first: str, *others: str) -> PrintedRow:
        """Return the row gone on: what follows belongs to its last cell, and then come other cells."""
        return PrintedRow(self.start, end, (*self.cells[:-1], joined_lines(self.cells[-1], first), *others))


def printed_part(text: str) -> str:
    """Return a text without white space and invisible characters at its ends."""
    bare = text.strip()
    return bare if bare.isascii() else bare.strip(_INVISIBLE).strip()


def joined_lines(before: str, behind: str) -> str:
    """Return two parts of a broken cell as one, the break kept."""
    return f"{before}\n{behind}" if before and behind else before or behind


def lines_between(text: str, start: int, end: int) -> Iterator[Line]:
    """Yield the lines of a stretch of text."""
    for found in LINE.finditer(text, start, end):
        if found.group():
            yield Line(found.start(), found.group().rstrip("\r\n"))


def line_before(text: str, start: int) -> Line | None:
    """Return the line above the one that begins at `start`; None at the beginning of the text."""
    if start == 0:
        return None
    end = start - 1
    begin = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1
    return Line(begin, text[begin:end].rstrip("\r"))


def line_behind(text: str, end: int) -> Line | None:
    """Return the line below the one that ends at `end`; None at the end of the text."""
    following = lines_between(text, end, min(len(text), end + 200))
    next(following, None)
    return next(following, None)


def table_of_rows(text: str, layout: Layout, rows: Sequence[PrintedRow]) -> Table:
    """Return rows as a table; the text of each is what the document prints, line ends included.

    Args:
        text: of the document.
        layout: how the cells were told apart.
        rows: at least one, in order.
    """
    table_rows = tuple(
        TableRow(
            tuple(Cell(cell, number, column) for column, cell in enumerate(row.cells)),
            text[row.start : row.end],
            row.start,
            number,
        )
        for number, row in enumerate(rows)
    )
    return Table(layout, table_rows, rows[-1].end)


_DIGIT = "[0-9０-９]"
NUMBER = rf"(?:{_DIGIT}(?:[0-9０-９,，.．]*{_DIGIT})?|〇)"
"""Digits with the signs that group them; the first and the last character are digits."""
# As reports print them behind a figure; 件 and 元 mostly.
_UNIT = "(?:[万亿千百]{0,2}(?:[元件条项个宗次起份篇部]|人次|件次|项次|人)?|[%％])"
_SIGN = "[-+−－＋增减↑↓]"
# Of a cell that says itself that there is nothing to state.
_DASH = r"[-—―–−－─/／\\＼*＊]{1,4}|无|暂无|不涉及|[nN][/／]?[aA]"
_FIGURE = re.compile(rf"{_SIGN}?{NUMBER}{_UNIT}[↑↓]?(?:[/／]?{_SIGN}{NUMBER}{_UNIT})?|{_DASH}")
_DIGITS_ONLY = re.compile(rf"{_SIGN}?[0-9０-９,，.．]{{1,20}}(?:万?元)?")
# pdftotext leaves them between the rows of a table that goes on overleaf.
_PAGE_NUMBER = re.compile(
    rf"\s*(?:[-—–－]\s*{_DIGIT}{{1,3}}\s*[-—–－]|第\s*{_DIGIT}{{1,3}}\s*页.{{0,12}})\s*"
)


def is_figure(text: str) -> bool:
    """Tell whether a text is one figure or the dash that stands for none; blank text is neither."""
    bare = text.strip()
    return 0 < len(bare) <= DRAWN.figure_chars and _FIGURE.fullmatch(bare) is not None


def is_digits(text: str) -> bool:
    """Tell whether a line can be the rest of a number that was broken over lines: digits, points, a unit."""
    return _DIGITS_ONLY.fullmatch(text.strip()) is not None


def is_page_number_line(line: str) -> bool:
    """Tell whether a line is a page number that shows itself as one: `- 4 -`, `第4页 共9页`."""
    return len(line) <= DRAWN.figure_chars and _PAGE_NUMBER.fullmatch(line) is not None


LONGEST_CELL = 400


def rows_of_lines(lines: Iterable[Line], cells_of: Callable[[str], list[str] | None]) -> list[PrintedRow]:
    """Return the rows that lines print.

    Args:
        lines: in order, blank ones included.
        cells_of: returns the cells of a line; None for one that shows none.
    """
    # A line of tabs alone is a row of blank cells, no blank line.
    stretches = groupby(lines, key=lambda line: line.is_blank and "\t" not in line.text)
    groups = [[(line, cells_of(line.text)) for line in group] for is_gap, group in stretches if not is_gap]
    counts = [len(cells) for group in groups for _, cells in group if cells]
    widths = (usual_width(counts), max(counts, default=0))
    return [row for group in groups for row in _rows_of_group(group, widths)]


def usual_width(counts: Iterable[int]) -> int:
    """Return how many cells most rows have, the larger number where two are as frequent."""
    counted = Counter(counts)
    return max(counted, key=lambda width: (counted[width], width), default=0)


def _rows_of_group(
    group: Sequence[tuple[Line, list[str] | None]], widths: tuple[int, int]
) -> list[PrintedRow]:
    rows: list[PrintedRow] = []
    loose: list[Line] = []
    for line, cells in group:
        if cells is None:
            loose += [] if is_page_number_line(line.text) else [line]
            continue
        row = PrintedRow(line.start, line.end, tuple(cells))
        held = _lines_of_row_below(loose, rows, row)
        _give_to_row_above(rows, loose[: len(loose) - len(held)] or _in_doubt(held, rows))
        row = _begun_in(held, row)
        loose = []
        if rows and _goes_on(rows[-1], row, *widths):
            rows[-1] = rows[-1].with_more(row.end, *row.cells)
        else:
            rows.append(row)
    _give_to_row_above(rows, loose)
    return rows


def _lines_of_row_below(loose: Sequence[Line], rows: Sequence[PrintedRow], row: PrintedRow) -> list[Line]:
    """Return those of the lines above a row that its first cell begins in."""
    first = row.cells[0]
    held: list[Line] = []
    for line in reversed(loose):
        if not _begins_cell(line, first, rows):
            break
        held.insert(0, line)
        first = line.text + first
    return held


def _begins_cell(line: Line, first: str, rows: Sequence[PrintedRow]) -> bool:
    """Tell whether a line is the beginning of the cell that begins the row below it."""
    if is_digits(line.text):
        return is_figure(first) and not (rows and _label_of(rows[-1]) and is_figure(rows[-1].cells[-1]))
    if len(line.text) > DRAWN.piece_chars or is_figure(first):
        return False
    if is_broken_label(line.text, first):
        return True
    return not first and begins_label(line.text)


def _in_doubt(held: Sequence[Line], rows: Sequence[PrintedRow]) -> Sequence[Line]:
    """Return digits that may as well end the row above: they spoil both cells, so that none is believed."""
    is_doubtful = rows and held and is_digits(held[0].text) and is_figure(rows[-1].cells[-1])
    return held[:1] if is_doubtful else ()


def _begun_in(held: Sequence[Line], row: PrintedRow) -> PrintedRow:
    if not held:
        return row
    begun = "\n".join(printed_part(line.text) for line in held)
    return PrintedRow(held[0].start, row.end, (joined_lines(begun, row.cells[0]), *row.cells[1:]))


def _give_to_row_above(rows: list[PrintedRow], loose: Sequence[Line]) -> None:
    """Add lines to the last cell that they end, or as rows; digits that can end none are left out.

    Below a blank cell they may be its own, or the number of a page.
    """
    for line in loose:
        if rows and _ends_cell(line, rows[-1].cells[-1]):
            rows[-1] = rows[-1].with_more(line.end, printed_part(line.text))
        elif not is_digits(line.text) or (rows and not rows[-1].cells[-1]):
            rows.append(PrintedRow(line.start, line.end, (printed_part(line.text),)))


def _ends_cell(line: Line, last: str) -> bool:
    """Tell whether a line is the rest of the cell that ends the row above it."""
    if not last or len(line.text) > DRAWN.piece_chars or len(last) > LONGEST_CELL:
        return False
    if is_digits(line.text):
        return is_figure(last) or is_digits(last) or last[-1].isdigit()
    return not is_figure(last) and not begins_label(line.text)


def _goes_on(row: PrintedRow, more: PrintedRow, usual: int, widest: int) -> bool:
    """Tell whether a line with cells is not a row, but the row above gone on behind a broken cell.

    Args:
        row: the row above.
        more: the line.
        usual: how many cells most rows have.
        widest: how many cells the longest row has.
    """
    # Headers of the 2019 form break within a word: 本年新 / 制作数量, 本年新 / 公开数量.
    last, first = row.cells[-1], more.cells[0]
    together = len(row.cells) + len(more.cells) - 1
    if is_figure(first) and is_figure(last):
        is_short = len(row.cells) < usual and together <= usual
        return is_short or (is_row_label(_label_of(row)) and not _label_of(more))
    return together <= widest and is_broken_label(last, first)


def _label_of(row: PrintedRow) -> str:
    """Return the last words before the first figure of a row; empty where a figure stands first."""
    label = ""
    for cell in row.cells:
        if is_figure(cell):
            break
        label = printed_part(cell) or label
    return label
