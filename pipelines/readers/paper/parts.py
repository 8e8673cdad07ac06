"""Tables that go on after a page break: a grid for each part, all with the same columns.

The part on one page may lack rules that the other has: its labels are merged over two columns. Taken alone it
would count fewer columns, and its figures would stand under other headers than they are printed under.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.readers.paper.ruled import box_of_cells, distinct, edges_of, grid_of_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.grid import Grid
    from pipelines.readers.paper.lines import Line
    from pipelines.readers.paper.words import Word
    from pipelines.text.blocks import Box

_SAME_SIDE = 3.0
"""Points by which the sides of the parts of one table may differ."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table on a page.

    Attributes:
        cells: the boxes of its cells, a merged cell once.
        words: that stand in them.
    """

    cells: tuple[Box, ...]
    words: tuple[Word, ...]

    @property
    def box(self) -> Box:
        """The box around its cells."""
        return box_of_cells(self.cells)


def grids_of(pages: Sequence[tuple[Sequence[Drawn], Sequence[Line]]]) -> list[list[Grid]]:
    """Return the grids of the tables of each page, from top to bottom.

    Args:
        pages: the tables of each, and its lines that are text, both from top to bottom.
    """
    grids: list[list[Grid]] = [[] for _ in pages]
    for chain in _chains(pages):
        shift = chain[0][1].box[0]
        edges = distinct(edge - table.box[0] + shift for _, table in chain for edge in edges_of(table.cells))
        for number, table in chain:
            moved = [edge - shift + table.box[0] for edge in edges]
            grids[number].append(grid_of_cells(table.cells, table.words, moved))
    return grids


def _chains(
    pages: Sequence[tuple[Sequence[Drawn], Sequence[Line]]],
) -> Iterator[list[tuple[int, Drawn]]]:
    """Yield the parts of each table with the numbers of their pages, in order."""
    chain: list[tuple[int, Drawn]] = []
    for number, (tables, _) in enumerate(pages):
        for index, table in enumerate(tables):
            if chain and not (index == 0 and _goes_on(chain[-1], (number, table), pages)):
                yield chain
                chain = []
            chain.append((number, table))
    if chain:
        yield chain


def _goes_on(
    before: tuple[int, Drawn],
    after: tuple[int, Drawn],
    pages: Sequence[tuple[Sequence[Drawn], Sequence[Line]]],
) -> bool:
    """Tell whether the first table of a page goes on with the last one of the page before it."""
    if after[0] != before[0] + 1:
        return False
    one, other = before[1].box, after[1].box
    is_between = any(line.box[1] > one[1] for line in pages[before[0]][1]) or any(
        line.box[3] < other[3] for line in pages[after[0]][1]
    )
    return not is_between and abs(one[2] - one[0] - other[2] + other[0]) < 2 * _SAME_SIDE
