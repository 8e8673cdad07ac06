"""Everything that is checked within one document, and against the report of the year before.

    facts ─ stated_tables ─▶ each table: identities ─ diagnoses ─ checks of scope `table` ─┐
    passages, metadata, form, tables ─▶ checks of scope `report` ──────────────────────────┴─▶ results

A result is a statement about what is printed, never about why. Which functions check a table or a report
stands in the table of checks (`pipelines.checks.check_catalogue`).

One cause, one finding: a diagnosis explains several results of one requests table at once. It is a result
with outcome `fail`; where its cause is not found there is no result at all. The results that it explains stay
as they are and name it in `explained_by`. It explains those alone that its cause brings about: a row that
does not add up for another reason is left unexplained.

The identities that name a cell of the year before are the form's own (`Term.year`). A cell is compared with
the one of the same block, row and column; where the forms differ, so do the keys of what cannot be compared.
Of each report the first table of a kind is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipelines.checks.cell_checks import (
    StatedTable,
    is_empty,
    on_one_line,
    quote_pair,
    state_absent_table,
    stated_tables,
)
from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    Fields,
    Scope,
    Severity,
    Words,
    distinct_results,
    find_functions,
    judge_cells,
    listed,
    plain,
    say_message,
    say_words,
    state_result,
)
from pipelines.checks.identities import (
    Applied,
    Reason,
    Tables,
    YearWords,
    apply_instance,
    check_identities,
    result_of,
)
from pipelines.checks.sentences import CheckedReport
from pipelines.forms.form_catalogue import CellKey, known_forms
from pipelines.forms.form_model import Fact, Measure
from pipelines.forms.form_sums import Instance, instances_of
from pipelines.knowledge import Thresholds
from pipelines.metadata.fields import Kind, Metadata
from pipelines.text.outline import Passage


def check_document(
    facts: Sequence[Fact], passages: Sequence[Passage], metadata: Metadata, form: str | None
) -> tuple[Check, ...]:
    """Check a document.

    Args:
        facts: the cells of its tables.
        passages: its text, in order.
        metadata: what it says of itself; only an annual report is checked as a document and in its prose.
        form: the statutory form that its tables follow; `form_mixed` for several, `form_none` without any.

    Returns:
        The results, those of the tables first: by table, then in the form's order. No two have the same
        check id, table and place.
    """
    tables = stated_tables(facts)
    found = [check for table in tables for check in _check_table(table)]
    if metadata.kind is Kind.ANNUAL_REPORT:
        found.extend(_absent_tables(tables, form))
        report = CheckedReport(passages, metadata, form, tables)
        for check in find_functions(Scope.REPORT):
            found.extend(check(report))
    return tuple(
        distinct_results(((one.check_id, one.table_key, one.table_no, one.place), one) for one in found)
    )


def _check_table(table: StatedTable) -> Iterator[Check]:
    identities = tuple(check_identities(table))
    if not table.is_statutory:
        # A list of indicators may leave out any of its cells: nothing else is asked of it.
        yield from identities
        return
    yield from with_diagnoses(table, identities)
    for check in find_functions(Scope.TABLE):
        yield from check(table)


def _absent_tables(tables: Sequence[StatedTable], form: str | None) -> Iterator[Check]:
    """Yield a result for each table of a report's form that it does not have at all."""
    present = {table.key for table in tables}
    for known in known_forms():
        if known.id == form:
            for layout in known.tables:
                if layout.key not in present:
                    yield state_absent_table(layout)


# What explains several results of one requests table.

_TOTAL = "total"
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


class Diagnosis(NamedTuple):
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
        check.replace(explained_by=causes[check.check_id]) if check.check_id in causes else check
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


# A report against that of the year before: what was carried over, and figures far apart.

_CARRY = "x.carry"
_CARRY_TOTAL = f"{_CARRY}.{_TOTAL}"


class YearThresholds(Thresholds):
    """When figures of two years are far apart (`knowledge/thresholds/years.yaml`)."""

    far: int
    small: int


YEARS = YearThresholds.load("years")

# 武汉市生态环境局2020年: 减用负值表示. Where a table prints no sign, nothing tells a decrease.
_SIGNS = "+-＋－−增减↑↓"
# The form of 2021 counts fees in 万元; reports write what they like beside the figure.
_IN_YUAN = {"元": 1, "万元": 10_000, "亿元": 100_000_000}


def check_across_years(
    facts: Sequence[Fact], previous: Sequence[Fact], year: int | None = None
) -> tuple[Check, ...]:
    """Check a report against that of the same body on the year before.

    Args:
        facts: of this report.
        previous: of the report on the year before.
        year: that this report is on, for the words; None where it is not known.

    Returns:
        The results table by table, totals first. `cells` are this report's, `other_cells` the other's. An
        identity whose cell the form of the year before does not have gives no result.
    """
    these, those = _first_tables(facts), _first_tables(previous)
    years = _name_years(year)
    found: list[Check] = []
    for key, table in these.items():
        if key in those:
            tables = {0: table, -1: those[key]}
            found.extend(_explain_failures(tuple(_check_lines(tables, years)), tables))
            for check in find_functions(Scope.YEARS):
                found.extend(check(tables, years))
    return tuple(found)


def _first_tables(facts: Sequence[Fact]) -> dict[str, StatedTable]:
    tables: dict[str, StatedTable] = {}
    for table in stated_tables(facts):
        tables.setdefault(table.key, table)
    return tables


def _name_years(year: int | None) -> dict[str, Words]:
    if year is None:
        return {"this": say_words("this report"), "last": say_words("last report")}
    return {
        "this": say_words("report of", {"year": str(year)}),
        "last": say_words("report of", {"year": str(year - 1)}),
    }


def _check_lines(tables: Tables, years: YearWords) -> Iterator[Check]:
    instances = instances_of(tables[0].form.id, tables[0].key, across_years=True)
    for instance in sorted(instances, key=lambda one: one.key != _TOTAL):
        # The form of the year before may lack cells that an identity takes from it.
        if all(one.cell in tables[-1].measures for one in instance.summands if one.year):
            applied, reason = _apply_unsigned(instance, tables)
            yield result_of(applied, reason, severity=_severity_of(instance), years=years)


def _severity_of(instance: Instance) -> Severity:
    """Return how much it matters: of what is carried over the total counts, its columns inform."""
    if instance.identity.over == "columns" and instance.key != _TOTAL:
        return Severity.INFO
    return Severity(instance.identity.severity)


def _apply_unsigned(instance: Instance, tables: Tables) -> tuple[Applied, Reason]:
    """Apply an instance; a change printed without sign, in a table that prints none, may be either."""
    applied = apply_instance(instance, tables)
    unsigned = {
        summand.cell
        for summand in instance.summands
        if summand.measure is Measure.CHANGE and not _prints_signs(tables[summand.year])
    }
    if applied.reason is not Reason.DIFFERS or not unsigned:
        return applied, applied.reason
    if apply_instance(_as_decrease(instance, unsigned), tables).reason is Reason.AGREES:
        return applied, Reason.SIGN_UNKNOWN
    return applied, Reason.DIFFERS


def _prints_signs(table: StatedTable) -> bool:
    changes = (key for key in table.values if table.measures.get(key) is Measure.CHANGE)
    printed = (table.cells[key].raw or "" for key in changes)
    return any(sign in raw for raw in printed for sign in _SIGNS)


def _as_decrease(instance: Instance, unsigned: set[CellKey]) -> Instance:
    left, right = (
        tuple(one.replace(sign=-one.sign) if one.cell in unsigned else one for one in side)
        for side in (instance.left, instance.right)
    )
    return instance.replace(left=left, right=right)


def _explain_failures(checks: tuple[Check, ...], tables: Tables) -> Iterator[Check]:
    """Yield the results, those that have one cause naming it.

    The total carried over fails where a total column is not filled in; a column fails with the total where
    the columns together differ by just as much.
    """
    by_id = {check.check_id: check for check in checks}
    total = by_id.get(_CARRY_TOTAL)
    has_no_totals = bool(total) and any(map(total_column_is_empty, tables.values()))
    columns = [
        check
        for check in checks
        if check.check_id.startswith(f"{_CARRY}.") and check is not total and _fails(check)
    ]
    together = sum((Decimal(check.difference or 0) for check in columns), Decimal(0))
    # One slip in the total carried over shows in each column and in their sum: one finding.
    is_one = total is not None and _fails(total) and plain(together) == total.difference
    for check in checks:
        if check is total and has_no_totals and _fails(check):
            yield check.replace(explained_by=TOTAL_COLUMN_EMPTY)
        elif is_one and not has_no_totals and check in columns:
            yield check.replace(explained_by=_CARRY_TOTAL)
        else:
            yield check


def _fails(check: Check) -> bool:
    return check.outcome is CheckOutcome.FAIL


def check_magnitude(tables: Tables, years: YearWords) -> Iterator[Check]:
    """Compare cell with cell: one is far from the other if it is more than fifty times as great.

    Args:
        tables: this report's table at 0, that of the year before at -1.
        years: the words for `this` report and the `last`.
    """
    table, other = tables[0], tables[-1]
    pairs = {
        key: (value, other_value)
        for key in table.values
        if (value := _amount_in_yuan(table, key)) is not None
        and (other_value := _amount_in_yuan(other, key)) is not None
    }
    far = [key for key, (value, other_value) in pairs.items() if _is_far(value, other_value)]
    cells = (quote_pair(table.cells[key], other.values[key], "→", table.values[key]) for key in far)
    yield state_result(
        "cell.magnitude",
        judge_cells(far, len(pairs)),
        fields={"table": table.layout.heading, "last": years["last"], "cells": listed(cells)},
        table=table,
        cells=[table.cells[key] for key in far],
        other_cells=[other.cells[key] for key in far],
    )


def _amount_in_yuan(table: StatedTable, key: CellKey) -> Decimal | None:
    """Return what a cell states, money in 元; None for a change, and for money without unit."""
    value, measure = table.values.get(key), table.measures.get(key)
    if value is None or measure is Measure.COUNT:
        return value
    # Money without a unit may be 元 or 万元.
    scale = _IN_YUAN.get(table.cells[key].unit or "")
    return value * scale if measure is Measure.MONEY and scale else None


def _is_far(value: Decimal, other: Decimal) -> bool:
    # Whatever follows a year of none is any number of times as many.
    lesser, greater = sorted((value, other))
    return lesser > 0 and greater > YEARS.small and greater > YEARS.far * lesser
