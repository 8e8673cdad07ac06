"""What the identities of a form imply for the blank cells of a table.

A blank cell is not stated, and stays so. But where a whole equals the sum of its stated parts, the parts left
blank can only be zero; and where one part alone is blank, it can only be the rest. That is worth knowing and
is kept apart from what is printed. In a table whose figures contradict any identity nothing is implied, since
nobody can say which of them is wrong.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.forms.records import CellState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipelines.forms.records import Block, Fact, Form, Identity

    Cell = tuple[str | None, str | None, str | None]
    """Block, row and column."""

    Sum = tuple[tuple[int, int], ...]
    """Cells that add up to nothing: each by its index, -1 where the table has it not, and its sign."""

_ZERO = Decimal(0)


def with_implied(facts: Sequence[Fact], form: Form) -> tuple[Fact, ...]:
    """Return the facts of one table, with `implied` where a blank cell can hold one number only.

    Args:
        facts: the cells of one printed table, those of no known row or column included.
        form: the form that the table follows; its identities within the year are used.

    Returns:
        The facts in the same order; `implied` is set on cells in state `blank` only, as an exact decimal.
    """
    numbers = {index: Decimal(fact.value) for index, fact in enumerate(facts) if fact.value is not None}
    blank = {index for index, fact in enumerate(facts) if fact.state is CellState.BLANK}
    if not blank or any(number < 0 for number in numbers.values()):
        return tuple(facts)
    implied = _solve(tuple(_sums(facts, form)), numbers, blank)
    return tuple(
        replace(fact, implied=format(implied[index], "f")) if index in implied else fact
        for index, fact in enumerate(facts)
    )


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


def _sums(facts: Sequence[Fact], form: Form) -> Iterator[Sum]:
    table = form.table(facts[0].table_key)
    cells = {(fact.block_key, fact.row_key, fact.column_key): index for index, fact in enumerate(facts)}
    blocks = table.blocks if table else ()
    for identity in form.identities:
        if identity.table == facts[0].table_key and identity.relation == "=" and not identity.spans_years:
            for block in blocks:
                if not identity.blocks or block.key in identity.blocks:
                    yield from _in_block(identity, block, cells)


def _in_block(identity: Identity, block: Block, cells: Mapping[Cell, int]) -> Iterator[Sum]:
    """Yield the sums that an identity demands of a block, one for each row or column that it runs over."""
    terms = [(term.key, term.sign) for term in identity.left]
    terms += [(term.key, -term.sign) for term in identity.right]
    by_columns = identity.over == "columns"
    for line in block.columns if by_columns else block.rows:
        if identity.only and line.key not in identity.only:
            continue
        if by_columns:
            yield tuple([(cells.get((block.key, term, line.key), -1), sign) for term, sign in terms])
        else:
            yield tuple([(cells.get((block.key, line.key, term), -1), sign) for term, sign in terms])
