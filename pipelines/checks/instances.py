"""The identities of a form written out: one instance for each row, column or block that they run over."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.forms.catalogue import form_by_id
from pipelines.forms.model import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipelines.checks.cells import CellKey
    from pipelines.forms.model import Block, Form, FormTable, Identity, Term


@dataclass(frozen=True, slots=True)
class Summand:
    """One cell in a sum.

    Attributes:
        cell: where it stands.
        sign: 1 or -1.
        year: 0 for this report, -1 for that of the year before.
        label: what the form prints on the axis that the identity does not run over.
        measure: what the cell holds.
    """

    cell: CellKey
    sign: int
    year: int
    label: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Instance:
    """One identity for one row, column or block.

    Attributes:
        identity: what it is an instance of.
        key: of the row, column or block.
        label: of the row, column or block, as the form prints it.
        left: the sum on the left.
        right: the sum on the right.
        check_id: `t3.balance.natural_person`, ….
        is_sum_of_parts: whether parts that cannot be negative add up to one whole.
    """

    identity: Identity
    key: str
    label: str
    left: tuple[Summand, ...]
    right: tuple[Summand, ...]
    check_id: str
    is_sum_of_parts: bool


@cache
def instances_of(form_id: str, table_key: str, *, across_years: bool = False) -> tuple[Instance, ...]:
    """Return the identities of a table, written out in the form's order.

    Args:
        form_id: of a known form.
        table_key: `t2`, `t3` or `t4`.
        across_years: whether to return those that need the report of the year before, or those that do not.
    """
    form = form_by_id(form_id)
    table = form.table(table_key)
    return tuple(_instances(form, table, across_years=across_years)) if table else ()


def _instances(form: Form, table: FormTable, *, across_years: bool) -> Iterator[Instance]:
    for identity in form.identities:
        if identity.table == table.key and identity.spans_years == across_years:
            for block in table.blocks:
                if not identity.blocks or block.key in identity.blocks:
                    yield from _in_block(identity, block)


def _in_block(identity: Identity, block: Block) -> Iterator[Instance]:
    for key, label in _lines(identity, block):
        if not identity.only or key in identity.only:
            left = tuple(_summand(identity, block, key, term) for term in identity.left)
            right = tuple(_summand(identity, block, key, term) for term in identity.right)
            yield Instance(
                identity, key, label, left, right, f"{identity.check}.{key}", _is_sum(identity, left, right)
            )


def _is_sum(identity: Identity, left: tuple[Summand, ...], right: tuple[Summand, ...]) -> bool:
    can_be_negative = any(part.sign < 0 or part.measure is Measure.CHANGE for part in left)
    return identity.relation == "=" and len(right) == 1 and not can_be_negative


def _lines(identity: Identity, block: Block) -> tuple[tuple[str, str], ...]:
    """Return key and label of what the identity runs over in a block."""
    if identity.over == "columns":
        return tuple((column.key, column.label) for column in block.columns)
    return tuple((row.key, row.label) for row in block.rows)


def _summand(identity: Identity, block: Block, key: str, term: Term) -> Summand:
    rows = {row.key: row.label for row in block.rows}
    columns = {column.key: column for column in block.columns}
    row, column = (term.key, key) if identity.over == "columns" else (key, term.key)
    label = rows[row] if identity.over == "columns" else columns[column].label
    return Summand((block.key, row, column), term.sign, term.year, label, columns[column].measure)
