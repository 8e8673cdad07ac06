"""What the identities of a form imply for the blank cells of a table.

A blank cell is not stated, and stays so. But where a whole equals the sum of its stated parts, the parts left
blank can only be zero; and where one part alone is blank, it can only be the rest. That is worth knowing and
is kept apart from what is printed. In a table whose figures contradict any identity nothing is implied, since
nobody can say which of them is wrong.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.catalogue import form_by_id
from pipelines.forms.records import CellState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.cells import CellReading
    from pipelines.forms.records import Block, Identity

    Cell = tuple[str | None, str, str]
    """Block, row and column."""

    Sum = tuple[tuple[int, int], ...]
    """Cells that add up to nothing: each by its place in the form's order, -1 for none, and its sign."""

_ZERO = Decimal(0)


def implied_values(readings: Sequence[CellReading], form_id: str, table_key: str) -> dict[int, str]:
    """Return what blank cells of a table can only hold, by their place in the form's order.

    Args:
        readings: what each cell of the form's table states, in the form's order.
        form_id: the form that the table follows; its identities within the year are used.
        table_key: `t2`, `t3`, `t4`.

    Returns:
        Exact decimals, for cells in state `blank` only.
    """
    blank = {place for place, reading in enumerate(readings) if reading.state is CellState.BLANK}
    if not blank:
        return {}
    numbers = {place: Decimal(one.value) for place, one in enumerate(readings) if one.value is not None}
    if any(number < 0 for number in numbers.values()):
        return {}
    implied = _solve(sums_of(form_id, table_key), numbers, blank)
    return {place: format(number, "f") for place, number in implied.items()}


def _solve(sums: Iterable[Sum], numbers: dict[int, Decimal], blank: set[int]) -> dict[int, Decimal]:
    """Apply every sum until none implies anything new; nothing at all where one fails."""
    known = dict(numbers)
    implied: dict[int, Decimal] = {}
    unsettled = tuple(sums)
    size = -1
    while size != len(known):
        size = len(known)
        later = []
        for one in unsettled:
            rest, unknown = _weigh(one, known)
            if _is_contradicted(rest, unknown):
                return {}
            if unknown and all(cell in blank for cell, _ in unknown):
                found = dict(_implied_by(rest, unknown))
                implied |= found
                known |= found
            if unknown:
                later.append(one)
        unsettled = tuple(later)
    return implied


def _weigh(one: Sum, known: Mapping[int, Decimal]) -> tuple[Decimal, Sum]:
    """Return what the known cells of a sum come to, and its unknown ones."""
    rest = _ZERO
    unknown = []
    for cell, sign in one:
        number = known.get(cell)
        if number is None:
            unknown.append((cell, sign))
        else:
            rest += number if sign > 0 else -number
    return rest, tuple(unknown)


def _is_contradicted(rest: Decimal, unknown: Sum) -> bool:
    """Tell whether a sum fails whatever stands in its unknown cells, since counts are never negative."""
    if not rest:
        return False
    return all((sign > 0) == (rest > 0) for _, sign in unknown)


def _implied_by(rest: Decimal, unknown: Sum) -> Iterator[tuple[int, Decimal]]:
    alone = len(unknown) == 1
    all_zero = not rest and len({sign for _, sign in unknown}) == 1
    for cell, sign in unknown:
        if alone or all_zero:
            yield cell, -rest * sign if rest else _ZERO


@cache
def sums_of(form_id: str, table_key: str) -> tuple[Sum, ...]:
    """Return what a form demands of the cells of a table of this year.

    Args:
        form_id: of a known form.
        table_key: `t2`, `t3`, `t4`.
    """
    form = form_by_id(form_id)
    table = form.table(table_key)
    if table is None:
        return ()
    places = {
        (block.key, row.key, column.key): place for place, (block, row, column) in enumerate(table.cells())
    }
    return tuple(
        one
        for identity in form.identities
        if identity.table == table_key and identity.relation == "=" and not identity.spans_years
        for block in table.blocks
        if not identity.blocks or block.key in identity.blocks
        for one in _in_block(identity, block, places)
    )


def _in_block(identity: Identity, block: Block, places: Mapping[Cell, int]) -> Iterator[Sum]:
    """Yield the sums that an identity demands of a block, one for each row or column that it runs over."""
    terms = [(term.key, term.sign) for term in identity.left]
    terms += [(term.key, -term.sign) for term in identity.right]
    by_columns = identity.over == "columns"
    for line in block.columns if by_columns else block.rows:
        if identity.only and line.key not in identity.only:
            continue
        if by_columns:
            yield tuple((places.get((block.key, term, line.key), -1), sign) for term, sign in terms)
        else:
            yield tuple((places.get((block.key, line.key, term), -1), sign) for term, sign in terms)
