"""Figures that a cell too narrow for them broke over lines: whole where sums leave them no other reading.

Each of the lines might be a figure of its own, as where two rows stand in one. A page draws its cells:
no line is a neighbour's. Elsewhere nothing is joined.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from pipelines.forms.cell_values import number_of
from pipelines.forms.form_catalogue import measures_of
from pipelines.forms.form_model import CellState, How
from pipelines.forms.form_sums import sums_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipelines.forms.form_model import Fact

_ZERO = Decimal(0)
# The cells of a row of T3, and in how many ways they may be read where all of them broke.
_OF_A_ROW = 7
_MOST_WAYS = 3**_OF_A_ROW


def settle_torn(facts: Sequence[Fact], form_id: str) -> tuple[Fact, ...]:
    """Return the facts of one table, figures that broke over lines whole where sums prove it.

    A sum proves them where it holds for them, and for no other reading of its cells, and none of a row fails.

    Args:
        facts: of one table, the form's cells first and in its order.
        form_id: the form whose sums prove figures.
    """
    torn = {place for place, fact in enumerate(facts) if _is_torn(fact)}
    if not torn:
        return tuple(facts)
    places = {cell: place for place, cell in enumerate(measures_of(form_id, facts[0].table_key))}
    sums = [[(places[cell], sign) for cell, sign in one] for one in sums_of(form_id, facts[0].table_key)]
    ways = list(map(_list_ways, facts))
    known = [one for one in sums if all(ways[place] for place, _ in one)]
    failing = [one for one in known if sum(sign * ways[place][0] for place, sign in one)]
    left = torn.difference(place for one in failing if len(one) <= _OF_A_ROW for place, _ in one)
    holding = [one for one in known if one not in failing]
    proved: set[int] = set()
    # What one sum proves may be all that another lacked.
    for one in holding * 2:
        if prod(len(ways[place]) for place, _ in one) <= _MOST_WAYS and _holds_in_one_way(one, ways):
            proved |= left.intersection(place for place, _ in one)
            ways = [numbers[:1] if place in proved else numbers for place, numbers in enumerate(ways)]
    # Where it is not proved, two rows may stand in one: then a figure beside a blank cell is of either.
    rows = {facts[place].start for place in torn - proved}
    rows &= {fact.start for fact in facts if fact.state is CellState.BLANK}
    return tuple(
        replace(fact, value=format(ways[place][0], "f"), state=CellState.NUMBER)
        if place in proved
        else replace(fact, value=None, state=CellState.AMBIGUOUS)
        if fact.start in rows
        else fact
        for place, fact in enumerate(facts)
    )


def _holds_in_one_way(one: Iterable[tuple[int, int]], ways: Sequence[Sequence[Decimal]]) -> bool:
    signed = [[sign * number for number in ways[place]] for place, sign in one]
    return sum(not sum(way) for way in product(*signed)) == 1


def _is_torn(fact: Fact) -> bool:
    """Tell whether a cell on a page with rules holds pieces of a figure on several lines."""
    is_ruled = fact.page is not None and fact.how is How.GRID and "\n" in (fact.raw or "")
    return is_ruled and fact.state is CellState.LAYOUT_ERROR


def _list_ways(fact: Fact) -> list[Decimal]:
    """Return what a cell may state: a torn one all its lines together, else the first or the last alone."""
    if fact.state in (CellState.BLANK, CellState.DASH):
        return [_ZERO]
    if not _is_torn(fact):
        return [] if fact.value is None else [Decimal(fact.value)]
    first, *_, last = lines = (fact.raw or "").split("\n")
    whole = number_of("".join(lines))
    alone = [number for number in map(number_of, (first, last)) if number is not None]
    return [] if whole is None else list(dict.fromkeys((whole, *alone)))
