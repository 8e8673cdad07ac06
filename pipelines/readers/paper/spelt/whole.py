"""Whether the cells that the white of a page tells are those of the labels that are known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.names import SHORTEST_CONTAINED
from pipelines.readers.paper.spelt.labels import spelt
from pipelines.readers.paper.spelt.sheets import known_sheets
from pipelines.readers.paper.words import Word, is_inside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.readers.paper.spelt.labels import Label
    from pipelines.text.blocks import Box


def hold_whole_labels(cells: Sequence[Box], words: Sequence[Word]) -> bool:
    """Tell whether every label that is printed as a form has it fills a cell of its own.

    Where one is torn, or shares its cell with other words, two rows or columns were taken for one, and
    figures would stand beside or below what is no label. Those of groups say nothing: no figure is theirs.

    Args:
        cells: the boxes of a table.
        words: of its page.
    """
    held = [frozenset(word for word in words if is_inside(word.middle, cell)) for cell in cells]
    inside = frozenset[Word]().union(*held)
    labels = (frozenset(one.words) for label in _labels() for one in spelt(label, words))
    here = [label for label in labels if label & inside]
    filled = [label for label in here if label in held]
    return all(any(label <= whole for whole in filled) for label in here)


@cache
def _labels() -> tuple[Label, ...]:
    """Return the labels of rows and of columns, without the short ones, with which others begin or end."""
    sheets = known_sheets()
    rows = (row.label for sheet in sheets for row in sheet.rows)
    above = (one.label for sheet in sheets for one in (*sheet.heads, *sheet.spanning))
    return tuple(dict.fromkeys(label for label in (*rows, *above) if len(label[0]) >= SHORTEST_CONTAINED))
