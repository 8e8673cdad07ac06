r"""Tables that print a row a line, tabs or bars between the cells, as they come out of a word processor.

What makes them hard is that a cell can hold a line break. Then its row goes on in the next line, which may be
without any tab (`…\t14⏎12`), or with those of the cells behind it (`许可\t42⏎8\t195`). The parts are put back
into one cell with the break between them, never side by side: the reader of cells sees that it is torn.

A blank line is the end of a page. Rows go on behind it; nothing is joined across it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipelines.tables.figures import is_digits, is_figure, is_page_number
from pipelines.tables.label_pieces import begins_label, is_broken_label, is_row_label
from pipelines.tables.printed import Line, PrintedRow, joined_lines, printed_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_LONGEST_CELL = 400
_BROKEN_OFF_CHARS = 80
"""The longest line without a tab that can be part of a cell."""


def rows_of_lines(lines: Iterable[Line], cells_of: Callable[[str], list[str] | None]) -> list[PrintedRow]:
    """Return the rows that lines print.

    Args:
        lines: in order, blank ones included.
        cells_of: returns the cells of a line; None for one that shows none.
    """
    groups = [[(line, cells_of(line.text)) for line in group] for group in _groups(lines)]
    counts = [len(cells) for group in groups for _, cells in group if cells]
    widths = (_usual_width(counts), max(counts, default=0))
    rows: list[PrintedRow] = []
    for group in groups:
        rows += _rows_of_group(group, widths)
    return rows


def _groups(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield the lines that stand together; a line of tabs alone is a row of blank cells, no blank line."""
    group: list[Line] = []
    for line in lines:
        if line.is_blank and "\t" not in line.text:
            if group:
                yield group
            group = []
        else:
            group.append(line)
    if group:
        yield group


def _usual_width(counts: Iterable[int]) -> int:
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
            loose += [] if is_page_number(line.text) else [line]
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
        if not _begins(line, first, rows):
            break
        held.insert(0, line)
        first = line.text + first
    return held


def _begins(line: Line, first: str, rows: Sequence[PrintedRow]) -> bool:
    """Tell whether a line is the beginning of the cell that begins the row below it."""
    if is_digits(line.text):
        return is_figure(first) and not (rows and _label_of(rows[-1]) and is_figure(rows[-1].cells[-1]))
    if len(line.text) > _BROKEN_OFF_CHARS or is_figure(first):
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
    """Add lines to the last cell that they end, or as rows of one cell; digits that end none are left out."""
    for line in loose:
        if rows and _ends(line, rows[-1].cells[-1]):
            rows[-1] = rows[-1].with_more(line.end, printed_part(line.text))
        elif not is_digits(line.text):
            rows.append(PrintedRow(line.start, line.end, (printed_part(line.text),)))


def _ends(line: Line, last: str) -> bool:
    """Tell whether a line is the rest of the cell that ends the row above it."""
    if not last or len(line.text) > _BROKEN_OFF_CHARS or len(last) > _LONGEST_CELL:
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
