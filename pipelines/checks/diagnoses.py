"""One cause, one finding: what explains several results of one requests table at once.

A diagnosis is a result with outcome `fail`; where its cause is not found there is no result at all. The
results that it explains stay as they are and name it in `explained_by`. It explains those alone that its
cause brings about: a row that does not add up for another reason is left unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.checks.cell_checks import StatedTable, is_empty, on_one_line
from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    Fields,
    Scope,
    Words,
    find_functions,
    plain,
    say_message,
    say_words,
    state_result,
)
from pipelines.forms.form_sums import Instance, instances_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.forms.form_catalogue import CellKey


# 平原示范区2020年 prints 0 for every total beside applicants that are counted, and counts the request carried
# over within （七）总计; 新乡 and 信阳 of 2019 state only totals of the results.
TOTAL_COLUMN_EMPTY = "t3.total_column_empty"
# Reports met fill in 总计 alone, and leave the columns before it blank.
ONLY_TOTAL_COLUMN = "t3.only_total_column"
OFF_BY_CARRY = "t3.off_by_carry"

_ROW_TOTAL = "t3.row_total"
_RESULTS_SUM = "t3.results_sum"
_BALANCE = "t3.balance"
_CARRIED_OUT = "carried_out"
_TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause that was found.

    Attributes:
        check: the finding.
        explains: the ids of the results that it explains.
    """

    check: Check
    explains: frozenset[str]


def with_diagnoses(table: StatedTable, checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the results of a table with the causes found, each result naming the one that explains it.

    Args:
        table: the table.
        checks: what `check_identities` says of it.

    Returns:
        The results in their order, then the diagnoses.
    """
    if table.key != "t3":
        return tuple(checks)
    by_id = {check.check_id: check for check in checks}
    diagnosed = (find(table, by_id) for find in find_functions(Scope.DIAGNOSIS))
    found = [diagnosis for diagnosis in diagnosed if diagnosis]
    causes = {result: one.check.check_id for one in reversed(found) for result in one.explains}
    explained = (
        replace(check, explained_by=causes[check.check_id]) if check.check_id in causes else check
        for check in checks
    )
    return (*explained, *(one.check for one in found))


def total_column_is_empty(table: StatedTable) -> bool:
    """Tell whether no total of a requests table is stated but as zero, though applicants are counted.

    A total whose place is not certain is no empty one.
    """
    counted = False
    for instance in _find_lines(table, _ROW_TOTAL):
        total = instance.right[0].cell
        if table.values.get(total) or (total not in table.values and not is_empty(table.cells.get(total))):
            return False
        counted = counted or _counts_applicants(instance, table)
    return counted


def find_empty_total_column(table: StatedTable, checks: Mapping[str, Check]) -> Diagnosis | None:
    """Find a column of totals that is not filled in though applicants are counted."""
    if not total_column_is_empty(table):
        return None
    lines = _find_lines(table, _ROW_TOTAL)
    failing = [line for line in lines if checks[line.check_id].outcome is CheckOutcome.FAIL]
    counted = [line for line in lines if _counts_applicants(line, table)]
    totals = [table.cells.get(line.right[0].cell) for line in counted]
    # Empty and zero are told apart: a blank cell is not stated.
    stated = [line.right[0].cell in table.values for line in lines]
    state = "zero" if all(stated) else "blank or zero" if any(stated) else "blank"
    fields: Fields = {
        "rows": str(len(counted)),
        "state": say_message(TOTAL_COLUMN_EMPTY, state),
        "effect": say_message(TOTAL_COLUMN_EMPTY, "explains") if failing else "",
    }
    return Diagnosis(
        state_result(TOTAL_COLUMN_EMPTY, CheckOutcome.FAIL, fields=fields, table=table, cells=totals),
        frozenset(line.check_id for line in failing),
    )


def find_only_total_column(table: StatedTable, checks: Mapping[str, Check]) -> Diagnosis | None:
    """Find rows of results of which only the total is stated, if most rows of results are such."""
    columns = _find_lines(table, _RESULTS_SUM)
    leaves = {part.cell[1] for part in columns[0].left}
    rows = [line for line in _find_lines(table, _ROW_TOTAL) if line.key in leaves]
    bare = {line.key: line for line in rows if _states_only_total(line, table)}
    # 新乡 and 信阳 of 2019 state only the total in 18 and 17 of their rows of results.
    if 2 * len(bare) <= len(rows):
        return None
    explains = {line.check_id for line in bare.values()}
    for line in columns:
        missing = {part.cell[1] for part in line.summands if part.cell not in table.values}
        explains |= {line.check_id} if missing <= bare.keys() else set()
    untested = (key for key in explains if checks[key].outcome is CheckOutcome.NOT_TESTABLE)
    fields = {"rows": str(len(bare)), "all": str(len(rows))}
    totals = [table.cells.get(line.right[0].cell) for line in bare.values()]
    return Diagnosis(
        state_result(ONLY_TOTAL_COLUMN, CheckOutcome.FAIL, fields=fields, table=table, cells=totals),
        frozenset(untested),
    )


def _states_only_total(line: Instance, table: StatedTable) -> bool:
    return line.right[0].cell in table.values and all(
        is_empty(table.cells.get(part.cell)) for part in line.left
    )


def find_off_by_carry(table: StatedTable, checks: Mapping[str, Check]) -> Diagnosis | None:
    """Find columns whose total of results is too great by what is carried out, in both relations."""
    off = [line for line in _find_lines(table, _RESULTS_SUM) if _is_off_by_carry(line.key, table, checks)]
    if not off:
        return None
    labels = [say_words("columns", {"label": on_one_line(line.label)}) for line in off]
    columns = Words("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
    cells = [_carried_out(line.key) for line in off]
    carried = [plain(table.values[cell]) for cell in cells]
    fields = {"columns": columns, "carried": Words("、".join(carried), ", ".join(carried))}
    explains = {f"{check}.{line.key}" for line in off for check in (_RESULTS_SUM, _BALANCE)}
    explains.update(_total_off_with(off, table, checks))
    used = [table.cells.get(cell) for cell in (*(line.right[0].cell for line in off), *cells)]
    return Diagnosis(
        state_result(OFF_BY_CARRY, CheckOutcome.FAIL, fields=fields, table=table, cells=used),
        frozenset(explains),
    )


def _total_off_with(
    off: Sequence[Instance], table: StatedTable, checks: Mapping[str, Check]
) -> Iterator[str]:
    """Yield the sum of the row （七）总计 if it differs by just what was counted within its cells."""
    carried = sum(table.values[_carried_out(line.key)] * (-1 if line.key == _TOTAL else 1) for line in off)
    check = checks.get(f"{_ROW_TOTAL}.{off[0].right[0].cell[1]}")
    if check and check.outcome is CheckOutcome.FAIL and check.difference == plain(Decimal(carried)):
        yield check.check_id


def _is_off_by_carry(column: str, table: StatedTable, checks: Mapping[str, Check]) -> bool:
    results, balance = checks[f"{_RESULTS_SUM}.{column}"], checks[f"{_BALANCE}.{column}"]
    carried = table.values.get(_carried_out(column))
    if carried is None or {results.outcome, balance.outcome} != {CheckOutcome.FAIL}:
        return False
    return results.difference == balance.difference == plain(-carried)


def _carried_out(column: str) -> CellKey:
    return None, _CARRIED_OUT, column


def _counts_applicants(line: Instance, table: StatedTable) -> bool:
    return any(table.values.get(part.cell) for part in line.left)


def _find_lines(table: StatedTable, check: str) -> tuple[Instance, ...]:
    return tuple(line for line in instances_of(table.form.id, table.key) if line.identity.check == check)
