"""Everything that is checked within one document.

    facts ─ stated_tables ─▶ each table: identities ─ diagnoses ─ checks of scope `table` ─┐
    passages, metadata, form, tables ─▶ checks of scope `report` ──────────────────────────┴─▶ results

A result is a statement about what is printed, never about why. Which functions check a table or a report
stands in the table of checks (`pipelines.checks.check_catalogue`). What needs the report of the year before
is in `pipelines.checks.across_years`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.cell_checks import state_absent_table
from pipelines.checks.check_catalogue import Scope, find_functions
from pipelines.checks.diagnoses import with_diagnoses
from pipelines.checks.identities import check_identities
from pipelines.checks.sentences import CheckedReport
from pipelines.checks.stated_tables import stated_tables
from pipelines.forms.catalogue import known_forms
from pipelines.metadata.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.check_results import Check
    from pipelines.checks.stated_tables import StatedTable
    from pipelines.forms.model import Fact
    from pipelines.metadata.fields import Metadata
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
    return tuple(_distinct_results(found))


def _check_table(table: StatedTable) -> Iterator[Check]:
    identities = tuple(check_identities(table))
    if not table.is_statutory:
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


def _distinct_results(checks: Iterable[Check]) -> Iterator[Check]:
    seen: set[tuple[str, str | None, int | None, int]] = set()
    for check in checks:
        key = check.check_id, check.table_key, check.table_no, check.place
        if key not in seen:
            seen.add(key)
            yield check
