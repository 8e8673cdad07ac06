"""Everything that is checked within one document.

    facts ─ stated_tables ─▶ each table: identities ─ diagnoses ─ contents ─┐
    passages, metadata, form ─▶ report ─ repetition ────────────────────────┼─▶ results
    passages, tables ─▶ prose ──────────────────────────────────────────────┘

A result is a statement about what is printed, never about why. What needs the report of the year before is in
`pipelines.checks.across_years`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.cells import stated_tables
from pipelines.checks.contents import absent_table, check_contents
from pipelines.checks.diagnoses import with_diagnoses
from pipelines.checks.identities import check_identities
from pipelines.checks.prose import check_prose
from pipelines.checks.repetition import check_repetition
from pipelines.checks.report import check_report
from pipelines.forms.catalogue import known_forms
from pipelines.metadata.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.cells import StatedTable
    from pipelines.checks.records import Check
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
    found = [check for table in tables for check in _table_checks(table)]
    if metadata.kind is Kind.ANNUAL_REPORT:
        found.extend(_absent_tables(tables, form))
        found.extend(check_report(passages, metadata, form))
        found.extend(check_repetition(passages))
        found.extend(check_prose(passages, tables))
    return tuple(_distinct(found))


def _table_checks(table: StatedTable) -> Iterator[Check]:
    identities = tuple(check_identities(table))
    yield from with_diagnoses(table, identities) if table.is_statutory else identities
    yield from check_contents(table) if table.is_statutory else ()


def _absent_tables(tables: Sequence[StatedTable], form: str | None) -> Iterator[Check]:
    """Yield a result for each table of a report's form that it does not have at all."""
    present = {table.key for table in tables}
    for known in known_forms():
        if known.id == form:
            for layout in known.tables:
                if layout.key not in present:
                    yield absent_table(layout)


def _distinct(checks: Iterable[Check]) -> Iterator[Check]:
    seen: set[tuple[str, str | None, int | None, int]] = set()
    for check in checks:
        key = check.check_id, check.table_key, check.table_no, check.place
        if key not in seen:
            seen.add(key)
            yield check
