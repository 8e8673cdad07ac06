"""A row as placed: its cells in its columns, or why they cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.forms.labels import is_blank
from pipelines.forms.records import CellState, How

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.forms.placing.headers import Header
    from pipelines.tables.records import TableCell


@dataclass(frozen=True, slots=True)
class Placing:
    """A row's cells in its printed columns.

    Attributes:
        cells: one for each printed column; None where none is told but nothing is printed. Empty where the
            row is undetermined.
        how: what decided.
        trouble: why it is undetermined: `ambiguous` or `layout_error`; None where it is not.
    """

    cells: tuple[TableCell | None, ...] = ()
    how: How | None = None
    trouble: CellState | None = None


AMBIGUOUS = Placing(trouble=CellState.AMBIGUOUS)
LAYOUT_ERROR = Placing(trouble=CellState.LAYOUT_ERROR)


def placed(cells: Sequence[TableCell | None], header: Header, how: How) -> Placing:
    """Return a row as placed; a row that states its last cell only, the total, says so."""
    filled = [number for number, cell in enumerate(cells) if cell and is_filled(cell)]
    last = header.columns[-1].column
    if filled == [len(cells) - 1] and how is How.GRID and len(cells) > 2 and last and last.key == "total":
        return Placing(tuple(cells), How.ONLY_TOTAL)
    return Placing(tuple(cells), how)


def nothing_printed(header: Header) -> Placing:
    """Return a row that prints nothing behind its label: all its cells are blank, wherever they stand."""
    return Placing((None,) * len(header.columns), How.GRID)


def is_filled(cell: TableCell) -> bool:
    """Tell whether anything is printed in a cell."""
    return not is_blank(cell.text)
