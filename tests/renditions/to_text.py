"""A report as extractors leave it: text without rules, some of it torn.

They are those that were met: `pdftotext` with and without `-layout`, tables as bars whose labels an
extractor set as text, the names of columns in halves, and what extractors of main texts make of the tables of
pages. What is torn is drawn by a seed.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.renditions.model import Heading, Paragraph, PrintedTable, table_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.renditions.model import Cell, PrintedReport

    Grid = list[list[str]]
    Rows = Sequence[tuple[list[str], list[str]]]
    """For each row its labels and its figures."""
    TextLayout = Callable[[PrintedTable, random.Random], Iterator[str]]
    """How an extractor leaves a table: its lines."""

_LABEL_WIDTH = 44
_LINE_CHARS = 13


def to_text(
    report: PrintedReport, layout: TextLayout, seed: int, exchanged: tuple[int, int] | None = None
) -> bytes:
    """Return the report as text; the same seed tears it the same way.

    Args:
        report: as it is printed.
        layout: how an extractor leaves it.
        seed: of what is torn.
        exchanged: two kinds of organisations, from 0, whose columns stand in each other's place in T3.
    """
    chance = random.Random(f"text{seed}")
    lines = [report.title, ""]
    for part in report.parts:
        if isinstance(part, Heading | Paragraph):
            lines += ["", part.text]
        else:
            table = _exchange(part, *exchanged) if exchanged and part.key == "t3" else part
            lines += layout(table, chance)
    return "\n".join(lines).encode()


def _exchange(table: PrintedTable, one: int, other: int) -> PrintedTable:
    """Return T3 with two of its columns in each other's place; 自然人 stands first in each row of figures."""
    rows = []
    for number, row in enumerate(table.rows):
        cells = list(row)
        first = len(cells) - 6 if number >= table.header_rows else 0
        if number >= table.header_rows - 1:
            cells[first + one], cells[first + other] = cells[first + other], cells[first + one]
        rows.append(tuple(cells))
    return replace(table, rows=tuple(rows))


def _in_parts(
    head: Callable[[PrintedTable, random.Random], Iterator[str]],
    rows: Callable[[Rows, random.Random], Iterator[str]],
) -> TextLayout:
    """Return the layout that sets the header rows of a table in one way, and its rows in another."""

    def lines_of(table: PrintedTable, chance: random.Random) -> Iterator[str]:
        if table.key != "t2":
            yield from head(table, chance)
            yield from rows(_split_labels(table, table_cells(table)[table.header_rows :]), chance)
            return
        for row in table.rows:
            texts = [cell.text for cell in row]
            if len(texts) == 1:
                yield from texts
            else:
                yield from rows([(texts[:1], texts[1:])], chance)

    return lines_of


def _split_labels(table: PrintedTable, grid: Grid) -> Rows:
    return [([text for text in row[: table.labels] if text], row[table.labels :]) for row in grid]


# The heads of tables.


def _whole_head(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    for row in table.rows[: table.header_rows]:
        yield "  ".join(cell.text for cell in row)


def _head_in_bars(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    for row in table_cells(table)[: table.header_rows]:
        yield f"| {' | '.join(row)} |"


def _halved_head(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    """Yield the upper halves of the names of columns in one line, and the lower halves in the next."""
    for row in table.rows[: table.header_rows]:
        names = [cell.text for cell in row]
        if max(map(len, names)) > 8 or len(names) < 3:
            yield "  ".join(names)
            continue
        yield "   ".join(name[: (len(name) + 1) // 2] for name in names)
        yield "   ".join(name[(len(name) + 1) // 2 :] for name in names)


def _name_a_line_head(table: PrintedTable, chance: random.Random) -> Iterator[str]:
    """Yield the names of columns in pieces, a line each, as far out of order as boxes of two lines stand."""
    pieces = [
        (place + chance.random() * 2, piece)
        for row in table.rows[: table.header_rows]
        for place, cell in enumerate(row)
        for piece in ((cell.text[:2], cell.text[2:]) if len(cell.text) < 7 else (cell.text,))
    ]
    for _, piece in sorted(pieces) if table.key == "t3" else pieces:
        if piece:
            yield from (piece, "")


def _no_head(_table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    return iter(())


# The rows of tables.


def _aligned_rows(rows: Rows, _chance: random.Random) -> Iterator[str]:
    """Yield rows of columns made of spaces; a long label goes on above its figures, or below them."""
    for labels, figures in rows:
        *outer, label = labels or [""]
        *above, last = _break_label(label)
        yield from (f"      {line}" for line in above)
        shown = f"{'  '.join((*outer, last))}"
        wide = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown)
        yield shown + " " * max(2, _LABEL_WIDTH - wide) + "".join(f"{figure:>8}" for figure in figures)
        yield ""


def _cells_a_line(rows: Rows, _chance: random.Random) -> Iterator[str]:
    """Yield each cell on a line of its own, blank ones left out."""
    for labels, figures in rows:
        yield from (line for text in (*labels, *figures) if text for line in (text, ""))


def _columns_behind_labels(rows: Rows, _chance: random.Random) -> Iterator[str]:
    """Yield all labels, and behind them the figures column by column, as `pdftotext` may."""
    yield from ("".join(labels) for labels, _ in rows)
    for column in zip(*(figures for _, figures in rows), strict=True):
        yield from (figure for figure in column if figure)


def _runs_of_figures(rows: Rows, chance: random.Random) -> Iterator[str]:
    """Yield the label on a line, and behind it the figures over lines that break between any of them."""
    for labels, figures in rows:
        yield "".join(labels)
        yield "".join(figure + chance.choice((" ", " ", "\n\n")) for figure in figures if figure)


def _figures_above_labels(rows: Rows, _chance: random.Random) -> Iterator[str]:
    """Yield the figures of a row on lines of their own, and its label below them, as `pdftotext` may."""
    for labels, figures in rows:
        yield from (line for text in (*figures, "".join(labels)) if text for line in (text, ""))


def _broken_figures(rows: Rows, _chance: random.Random) -> Iterator[str]:
    """Yield columns of two digits, in which longer figures break; the label stands beside the middle line."""
    for labels, figures in rows:
        pieces = [[text[at : at + 2] for at in range(0, len(text), 2)] for text in figures]
        high = max([1, *map(len, pieces)])
        for number in range(high):
            line = [
                each[place] if 0 <= (place := number - (high - len(each)) // 2) < len(each) else ""
                for each in pieces
            ]
            label = "".join(labels) if number == high // 2 else ""
            yield f"{label}  {'  '.join(filter(None, line))}".strip()


def _bars(rows: Rows, _chance: random.Random) -> Iterator[str]:
    for labels, figures in rows:
        yield f"| {' | '.join((*labels, *figures))} |"


def _torn_bars(rows: Rows, chance: random.Random) -> Iterator[str]:
    """Yield bars; of some rows the label stands as text above them, and only figures between the bars."""
    for labels, figures in rows:
        is_torn = chance.random() < 0.3
        if is_torn:
            yield ""
            yield from _break_label("".join(labels))
        kept = [] if is_torn else labels[-1:]
        yield f"| {' | '.join((*kept, *figures))} |"
        yield "|" + "---|" * (len(kept) + len(figures))


def _break_label(label: str) -> list[str]:
    return [label[at : at + _LINE_CHARS] for at in range(0, len(label), _LINE_CHARS)] or [""]


# Whole tables, as extractors of main texts leave those of pages.


def _padded_bars(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    """Yield rows between bars; behind each as many bars as it has cells fewer than the table has columns."""
    for row in table.rows:
        yield f"| {' | '.join(cell.text for cell in row)} | {'|' * (len(table.widths) - len(row))}".rstrip()


def _padded_cells(table: PrintedTable, chance: random.Random) -> Iterator[str]:
    """Yield the same with a line for each cell, and one for the bars behind the row.

    The text of some labels ends with a paragraph, so that their bar stands below them. Behind the last row
    stand no bars.
    """
    for row in table.rows:
        for cell in row:
            is_label = cell.text[:1].isalpha() and chance.random() < 0.2
            yield from (cell.text, "|") if is_label else (f"{cell.text} |".lstrip(),)
        if len(row) < len(table.widths) and row is not table.rows[-1]:
            yield "|" * (len(table.widths) - len(row))


def _cells_above_bars(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    """Yield each cell with its bar on the line below it, and no bars for what it covers."""
    yield from (line for row in table.rows for cell in row for line in (cell.text, "|"))


def _bars_behind(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    """Yield a bar behind each cell; what covers rows leaves blank cells in them, what covers columns none."""
    grid = table_cells(table)
    for number, row in enumerate(table.rows):
        first = min((one.column for one in table.placed() if one.row == number), default=0)
        covered = [""] * (first if number >= table.header_rows and not grid[number][0] else 0)
        yield "".join(f"{text} | " for text in (*covered, *(cell.text for cell in row))).rstrip()


def _pieces_under_headings(table: PrintedTable, chance: random.Random) -> Iterator[str]:
    """Yield a table for each part of one, below its name; the names of columns that spans hid are made up."""
    if table.key == "t4":
        yield from _blocks_under_headings(table)
    elif table.key == "t2":
        yield from (f"### {row[0].text}" if len(row) == 1 else _bar_row(row) for row in table.rows)
    else:
        *_, last = table.rows[1]
        columns = len(table.widths) - table.labels
        made_up = ("类别", *(f"数据{number}" for number in range(1, columns)), last.text)
        for labels, figures in _split_labels(table, table_cells(table)[table.header_rows :]):
            *above, label = labels
            if above or chance.random() < 0.3:
                yield from ("", *(f"### {words}" for words in above), f"| {' | '.join(made_up)} |")
                yield "|" + "---|" * len(made_up)
            yield f"| {' | '.join((label, *figures))} |"


def _blocks_under_headings(table: PrintedTable) -> Iterator[str]:
    (review, litigation), others, names, values = table.rows
    at = 0
    for block in (review, *others):
        words = block.text if block is review else f"{litigation.text}（{block.text}）"
        part = slice(at, at := at + block.columns)
        yield from ("", f"### {words}", _bar_row(names[part]), "|" + "---|" * block.columns)
        yield _bar_row(values[part])


def _bars_and_breaks(table: PrintedTable, _chance: random.Random) -> Iterator[str]:
    """Yield rows with bars between cells, blank cells as breaks of their line (`html2text`)."""
    for row in table.rows:
        yield "| ".join(cell.text or "  \n" for cell in row) + "  "


def _copied_cells(table: PrintedTable, chance: random.Random) -> Iterator[str]:
    """Yield cells as browsers copy them, a tab on a line between two, be they paragraphs or not."""
    gap = chance.choice(("", "\n"))
    for row in table.rows:
        texts = [cell.text or chance.choice(("\xa0", "")) for cell in row]
        # Some cells hold a blank paragraph above their text, or below it.
        texts = [chance.choice(("{}",) * 20 + ("{}\n\n\n", "\n\n\n{}")).format(text) for text in texts]
        yield f"{gap}\n\t{gap}\n".join(texts) + "\n\n" + gap


def _set_in_columns(table: PrintedTable, chance: random.Random) -> Iterator[str]:
    """Yield a page set in characters, as `pdftotext -layout` does: cells over several lines, in columns.

    Texts stand at one side of their cells or in the middle, across and down. A page ends between two rows;
    what is overleaf stands a little to one side.
    """
    widths = [4 if column < table.labels - 1 else 7 for column in range(len(table.widths))]
    if table.key == "t4":
        widths = [5] * len(widths)
    elif table.key == "t2":
        widths = [14] * len(widths)
    lefts = [sum(widths[:column]) for column in range(len(widths) + 1)]
    across, down = chance.choice("<^>"), chance.random()
    printed = [
        (one, _wrap_cell(one.cell, lefts[one.column + one.cell.columns] - lefts[one.column] - 2))
        for one in table.placed()
    ]
    heights = [
        max(1, *(len(lines) for one, lines in printed if one.row == row and one.cell.rows == 1), 0)
        for row in range(len(table.rows))
    ]
    for one, lines in printed:
        end = one.row + one.cell.rows
        heights[end - 1] += max(0, len(lines) - sum(heights[one.row : end]))
    tops = [sum(heights[:row]) for row in range(len(heights) + 1)]
    page = [[" "] * lefts[-1] for _ in range(tops[-1])]
    for one, lines in printed:
        room = tops[one.row + one.cell.rows] - tops[one.row] - len(lines)
        top = tops[one.row] + (0 if one.column < table.labels else int(room * down))
        first, end = lefts[one.column], lefts[one.column + one.cell.columns] - 2
        for number, line in enumerate(lines, top):
            page[number][first:end] = f"{line:{across}{end - first}}"
    overleaf = tops[chance.randrange(table.header_rows + 2, len(heights))] if table.key == "t3" else -1
    for number, characters in enumerate(page):
        shift = " " * (3 if number >= overleaf >= 0 else 1)
        yield ("\f" if number == overleaf else "") + shift + "".join(characters).rstrip()


def _wrap_cell(cell: Cell, width: int) -> list[str]:
    return [cell.text[at : at + width] for at in range(0, len(cell.text), width)]


def _bar_row(row: Sequence[Cell]) -> str:
    return f"| {' | '.join(cell.text for cell in row)} |"


LAYOUTS: Mapping[str, TextLayout] = {
    "columns of spaces": _in_parts(_whole_head, _aligned_rows),
    "columns of spaces, names halved": _in_parts(_halved_head, _aligned_rows),
    "columns by position": _set_in_columns,
    "a cell a line": _in_parts(_name_a_line_head, _cells_a_line),
    "column by column": _in_parts(_whole_head, _columns_behind_labels),
    "figures over lines": _in_parts(_halved_head, _runs_of_figures),
    "figures above labels": _in_parts(_whole_head, _figures_above_labels),
    "figures broken": _in_parts(_whole_head, _broken_figures),
    "bars": _in_parts(_head_in_bars, _bars),
    "bars, labels torn off": _in_parts(_halved_head, _torn_bars),
    "no head": _in_parts(_no_head, _aligned_rows),
    "bars, padded": _padded_bars,
    "a cell a line, bars behind": _padded_cells,
    "a cell a line, bars below": _cells_above_bars,
    "bars behind": _bars_behind,
    "bars, blank cells as breaks": _bars_and_breaks,
    "tabs on lines": _copied_cells,
    "pieces under headings": _pieces_under_headings,
}
