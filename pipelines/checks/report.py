"""What an annual report is to be as a document: its sections, its form, its year, the day it is due.

Source: 《政府信息公开条例》(2019), 第四十九条 (the days) and 第五十条 (the contents);
国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号 (the sections, and the years of each form).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import listed, said
from pipelines.forms.catalogue import known_forms
from pipelines.issuers import body_kind
from pipelines.knowledge import load_table
from pipelines.metadata.year import statistical_year, year_candidates
from pipelines.records import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipelines.checks.wording import Words
    from pipelines.forms.records import Form
    from pipelines.records import Metadata, Passage

MIXED = "form_mixed"
NO_FORM = "form_none"

_BEGINNING = 6000
"""Characters at the head of a report within which it gives the period of its figures."""
_END_OF_YEAR = re.compile(r"[1１]\s*[2２]\s*月\s*[3３]\s*[1１]\s*日")
_PERIOD_CHARS = 60
_FIRST_YEAR_OF_DEADLINES = 2019
_DEADLINES = {"government": (3, 31), "department": (1, 31)}
_LONGEST_HEADING = 40
_NUMBERED = r"(?:^|[一二三四五六七八]\s*[、．.])\s*"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of the form: its heading, and the words by which a heading is known as its own."""

    heading: str
    words: re.Pattern[str]


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
    if form == MIXED or form in {known.id for known in known_forms()}:
        yield _sections(passages)
    yield _form_year(metadata.year, form)
    yield _year(passages, metadata)
    if metadata.year is not None and metadata.year >= _FIRST_YEAR_OF_DEADLINES:
        yield _late(metadata, metadata.year)


def _sections(passages: Sequence[Passage]) -> Check:
    found = _headings_found(passages)
    if not found:
        return _result("doc.sections", Severity.WARNING, CheckOutcome.NOT_TESTABLE, {})
    missing = [section.heading for section in _known_sections() if section.heading not in found]
    if missing:
        missing = [heading for heading in missing if not _is_printed(heading, passages)]
    order = [section.heading for section in _known_sections() if section.heading in found]
    fields = {"missing": listed(missing), "order": listed(found)}
    outcome = CheckOutcome.FAIL if missing or found != order else CheckOutcome.PASS
    key = "missing" if missing else "out_of_order" if outcome is CheckOutcome.FAIL else "pass"
    return _result("doc.sections", Severity.WARNING, outcome, fields, words=f"doc.sections {key}")


def _headings_found(passages: Sequence[Passage]) -> list[str]:
    """Return the sections that a report has headings of the first level for, in its order."""
    titles = dict.fromkeys(passage.heading_path[0] for passage in passages if passage.heading_path)
    sections = (_section_of(_SPACE.sub("", title)) for title in titles)
    return list(dict.fromkeys(section.heading for section in sections if section))


def _section_of(title: str) -> _Section | None:
    by_precedence = sorted(_known_sections(), key=lambda section: section.heading not in _first_tried())
    return next((section for section in by_precedence if section.words.search(title)), None)


def _is_printed(heading: str, passages: Sequence[Passage]) -> bool:
    """Tell whether the words of a section stand as a line of their own or behind a number of the first level.

    Some reports lose the number, and with it the heading, or the line ends about it.
    """
    for passage in passages:
        for line in passage.raw.splitlines():
            for match in _statutory_words().finditer(line):
                section = _section_of(_SPACE.sub("", match["words"]))
                if section and section.heading == heading:
                    return True
    return False


def _form_year(year: int | None, form: str | None) -> Check:
    expected = [known for known in known_forms() if _covers(known, year)]
    found = None if form in (None, NO_FORM) else form
    outcome = _form_outcome(year, found, expected)
    names = {known.id: f"{known.source}《{known.name}》" for known in known_forms()}
    fields: dict[str, str | Words] = {
        "year": str(year),
        "expected": "、".join(names[known.id] for known in expected) or said("no form"),
        "found": said("mixed forms") if found == MIXED else names.get(found or "", found or ""),
    }
    return _result("doc.form_year", Severity.WARNING, outcome, fields)


def _form_outcome(year: int | None, found: str | None, expected: Sequence[Form]) -> CheckOutcome:
    if year is None or (found is None and expected):
        return CheckOutcome.NOT_TESTABLE
    is_statutory = found == MIXED or found in {known.id for known in known_forms()}
    if found in {known.id for known in expected} or not (expected or is_statutory):
        return CheckOutcome.PASS
    return CheckOutcome.FAIL


def _covers(form: Form, year: int | None) -> bool:
    first, last = form.years
    return year is not None and (first is None or first <= year) and (last is None or year <= last)


def _year(passages: Sequence[Passage], metadata: Metadata) -> Check:
    titled = next((int(one.value) for one in year_candidates(metadata.title, Kind.ANNUAL_REPORT, "")), None)
    period = _period(_beginning(passages))
    dated = metadata.published_on or metadata.written_on
    year = titled or period
    fields = {"titled": str(titled), "period": str(period), "date": str(dated), "next": str((year or 0) + 1)}
    if titled and period and titled != period:
        return _result("doc.year", Severity.WARNING, CheckOutcome.FAIL, fields, words="doc.year other_period")
    if year and dated and dated.year != year + 1:
        return _result("doc.year", Severity.WARNING, CheckOutcome.FAIL, fields, words="doc.year other_date")
    tested = year and (dated or (titled and period))
    outcome = CheckOutcome.PASS if tested else CheckOutcome.NOT_TESTABLE
    return _result("doc.year", Severity.WARNING, outcome, fields | {"titled": str(year)})


def _period(text: str) -> int | None:
    """Return the year of the period of the figures, read where the last day of a year is printed."""
    ends = _END_OF_YEAR.finditer(text)
    years = (statistical_year(text[max(0, end.start() - _PERIOD_CHARS) : end.end()]) for end in ends)
    return next((year for year in years if year), None)


def _beginning(passages: Sequence[Passage]) -> str:
    parts: list[str] = []
    length = 0
    for passage in passages:
        parts.append(passage.raw[: _BEGINNING - length])
        length += len(parts[-1])
        if length >= _BEGINNING:
            break
    return "".join(parts)


def _late(metadata: Metadata, year: int) -> Check:
    kind = body_kind(metadata.issuer) if metadata.issuer else ""
    if metadata.published_on is None or kind not in _DEADLINES:
        return _result("doc.late", Severity.INFO, CheckOutcome.NOT_TESTABLE, {})
    deadline = dt.date(year + 1, *_DEADLINES[kind])
    outcome = CheckOutcome.FAIL if metadata.published_on > deadline else CheckOutcome.PASS
    fields = {
        "issuer": metadata.issuer or "",
        "published": metadata.published_on.isoformat(),
        "deadline": deadline.isoformat(),
        "year": str(year),
    }
    return _result("doc.late", Severity.INFO, outcome, fields)


def _result(
    check_id: str,
    severity: Severity,
    outcome: CheckOutcome,
    fields: Mapping[str, str | Words],
    *,
    words: str | None = None,
) -> Check:
    sentence = said(words or f"{check_id} {outcome}", fields)
    return Check(check_id, severity, outcome, sentence.zh, sentence.en)


@cache
def _known_sections() -> tuple[_Section, ...]:
    """Return the sections in the form's order."""
    entries = load_table("checks")["sections"]
    return tuple(_Section(entry["heading"], re.compile(entry["words"])) for entry in entries)


@cache
def _first_tried() -> frozenset[str]:
    """Return the sections whose words another section's heading may hold too, and so are tried first."""
    return frozenset(entry["heading"] for entry in load_table("checks")["sections"] if entry.get("first"))


@cache
def _statutory_words() -> re.Pattern[str]:
    headings = "|".join(load_table("report_headings")["headings"])
    return re.compile(rf"{_NUMBERED}(?P<words>{headings})(?=\s|$|[。:：])", re.MULTILINE)
