"""What an annual report is to be as a document: its sections, its form, its year, the day it is due.

Source: 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号 (the years of each form).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.checks.dating import FIRST_YEAR_OF_DEADLINES, check_day, check_year
from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.sections import check_sections
from pipelines.checks.wording import Words, said
from pipelines.forms.catalogue import known_forms, statistics_forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.forms.model import Form
    from pipelines.metadata.fields import Metadata
    from pipelines.text.outline import Passage

MIXED = "form_mixed"
NO_FORM = "form_none"


def check_report(passages: Sequence[Passage], metadata: Metadata, form: str | None) -> Iterator[Check]:
    """Check a report as a document.

    Args:
        passages: of the report, in order.
        metadata: what it says of itself.
        form: the statutory form that its tables follow; `form_mixed` for several, `form_none` without any.

    Yields:
        `doc.sections` where its tables follow a statutory form, `doc.form_year`, `doc.year`, and `doc.late`
        for the years that have its deadlines.
    """
    if _is_statutory(form):
        yield check_sections(passages)
    yield _form_year(metadata.year, None if form == NO_FORM else form)
    yield check_year(passages, metadata)
    if metadata.year is not None and metadata.year >= FIRST_YEAR_OF_DEADLINES:
        yield check_day(passages, metadata, metadata.year)


def _is_statutory(form: str | None) -> bool:
    return form == MIXED or form in {known.id for known in known_forms()}


def _form_year(year: int | None, form: str | None) -> Check:
    outcome = _form_outcome(year, form)
    prescribed = (known for known in known_forms() if not known.is_variant)
    expected = [_name(known) for known in prescribed if known.covers(year)]
    fields: dict[str, str | Words] = {
        "year": str(year),
        "expected": "、".join(expected) or said("no form"),
        "found": said("mixed forms") if form == MIXED else _names().get(form or "", ""),
    }
    words = said(f"doc.form_year {outcome}", fields)
    return Check("doc.form_year", Severity.WARNING, outcome, words.zh, words.en)


def _form_outcome(year: int | None, form: str | None) -> CheckOutcome:
    """Judge the form by the year.

    Before the statutory forms lists of indicators were many, so that of another year is no finding.
    """
    if year is None or form is None:
        return CheckOutcome.NOT_TESTABLE
    if form in {known.id for known in (*known_forms(), *statistics_forms()) if known.covers(year)}:
        return CheckOutcome.PASS
    has_form = any(known.covers(year) for known in known_forms())
    return CheckOutcome.FAIL if has_form or _is_statutory(form) else CheckOutcome.NOT_TESTABLE


def _names() -> dict[str, str]:
    return {form.id: _name(form) for form in (*known_forms(), *statistics_forms())}


def _name(form: Form) -> str:
    """Return what a form is called: with its instrument, where one prescribes it."""
    return f"{form.source}《{form.name}》" if form in known_forms() else f"“{form.name}”"
