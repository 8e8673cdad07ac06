"""Lines of a text, and the rows that they make, on the way to a table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.tables.records import Layout, Table, TableCell, TableRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters of no width, which pages leave in cells that look blank."""
_LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Line:
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


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row by its place in the text and the texts of its cells."""

    start: int
    end: int
    cells: tuple[str, ...]

    def with_more(self, end: int, first: str, *others: str) -> PrintedRow:
        """Return the row gone on: what follows belongs to its last cell, and then come other cells."""
        return PrintedRow(self.start, end, (*self.cells[:-1], joined_lines(self.cells[-1], first), *others))

    def with_cells(self, end: int, cells: Sequence[str]) -> PrintedRow:
        """Return the row with more cells behind its own."""
        return PrintedRow(self.start, end, (*self.cells, *cells))


def printed_part(text: str) -> str:
    """Return a text without white space and invisible characters at its ends."""
    bare = text.strip()
    return bare if bare.isascii() else bare.strip(_INVISIBLE).strip()


def joined_lines(before: str, behind: str) -> str:
    """Return two parts of a broken cell as one, the break kept."""
    return f"{before}\n{behind}" if before and behind else before or behind


def lines_between(text: str, start: int, end: int) -> Iterator[Line]:
    """Yield the lines of a stretch of text."""
    for found in _LINE.finditer(text, start, end):
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
            tuple(TableCell(cell, column) for column, cell in enumerate(row.cells)),
            text[row.start : row.end],
            row.start,
            number,
        )
        for number, row in enumerate(rows)
    )
    return Table(layout, table_rows, rows[-1].end)
