"""What an annual report is to be as a document: its sections, form, year and day, and no repetition.

*Sections.* A heading is known by its words, or else by its number. One in words of its own, standing where a
section is missed, may be that section's: then nothing is said of it. What counts as a repeated block, and as
the same, is defined in `pipelines.duplicates.internal_duplicates`.

*Dates.* A printed date of publication may be that of a correction, or of the day when a portal moved its
pages. So a date is a finding only where no other date of the report and no word of it explains it.

Source: 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号 (the years of each form, the six sections);
《政府信息公开条例》(2019), 第五十条 and 第四十九条 (departments of governments from the county up by 31
January, those governments by 31 March; no day for townships, subdistrict offices and bodies of zones).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import NamedTuple

from pipelines.bodies.body_names import body_kind
from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    Fields,
    Words,
    listed,
    load_pattern,
    on_day,
    say_message,
    shortened,
    state_result,
    within_quotes,
)
from pipelines.checks.sentences import CheckedReport
from pipelines.duplicates.internal_duplicates import ROUNDS, Rounds, find_rounds
from pipelines.forms.form_catalogue import forms_by_id, known_forms
from pipelines.forms.form_model import Form
from pipelines.forms.labels import SIMPLIFIED
from pipelines.knowledge import Thresholds, load_table
from pipelines.metadata.dates_and_numbers import statistical_year, year_candidates
from pipelines.metadata.fields import Kind, Metadata
from pipelines.text.headings import read_heading
from pipelines.text.outline import Passage

MIXED = "form_mixed"
NO_FORM = "form_none"

_wording = partial(load_pattern, "dating")

_FORM_YEAR, _REPEATED = "doc.form_year", "doc.repeated_block"
_LONGEST_NAME = 40
_NUMBERED = r"(?:^|[一二三四五六七八]\s*[、．.])\s*"


class ReportThresholds(Thresholds):
    """How far into a report its dates are looked for (`knowledge/thresholds/report_checks.yaml`)."""

    beginning: int
    preamble: int
    longest_period: int


REPORT = ReportThresholds.load("report_checks")


class _Section(NamedTuple):
    """A section of the form.

    Attributes:
        heading: in the form.
        words: what a heading of it contains.
        rank: those of a lower rank are tried first.
    """

    heading: str
    words: re.Pattern[str]
    rank: int


def check_sections(report: CheckedReport) -> Iterator[Check]:
    """Check that a report whose tables follow a statutory form has the six sections in the form's order."""
    if not _is_statutory(report.form):
        return
    passages = report.passages
    titles = list(dict.fromkeys(passage.heading_path[0] for passage in passages if passage.heading_path))
    told = [_section_of(title) for title in titles]
    found = list(dict.fromkeys(section for section in told if section))
    # Converters lose the heading of a section, or its line ends, and keep its words.
    absent = [
        section for section in _load_sections() if section not in found and not _is_printed(section, passages)
    ]
    missing = [section for section in absent if not _may_be_among(section, told)]
    if not found:
        outcome, key, named = CheckOutcome.NOT_TESTABLE, "", missing
    elif missing:
        outcome, key, named = CheckOutcome.FAIL, "missing", missing
    # Of the six sections those that are there stand in the form's order.
    elif found != [section for section in _load_sections() if section in found]:
        outcome, key, named = CheckOutcome.FAIL, "out_of_order", missing
    elif absent:
        outcome, key, named = CheckOutcome.NOT_TESTABLE, "other_words", absent
    else:
        outcome, key, named = CheckOutcome.PASS, "", missing
    fields = {
        "missing": listed(section.heading for section in named),
        "order": listed(section.heading for section in found),
    }
    yield state_result("doc.sections", outcome, key, fields)


def check_form_year(report: CheckedReport) -> Iterator[Check]:
    """Check that the tables of a report follow the form for its year."""
    year, form = report.metadata.year, None if report.form == NO_FORM else report.form
    # Local variants of a form are followed, never prescribed.
    prescribed = (known for known in known_forms() if not known.is_variant)
    expected = [_name_form(known) for known in prescribed if known.covers_year(year)]
    followed = forms_by_id().get(form or "")
    fields: Fields = {
        "year": str(year),
        "expected": "、".join(expected) or say_message(_FORM_YEAR, "no form"),
        "found": say_message(_FORM_YEAR, "mixed forms") if form == MIXED else _name_form(followed),
    }
    yield state_result(_FORM_YEAR, _judge_form(year, form), fields=fields)


def check_repeated_blocks(report: CheckedReport) -> Iterator[Check]:
    """Check that a report prints no block of its text more than once.

    Yields:
        A finding for each block: `left_value` how many times it is printed, `right_value` 1, `place` where in
        the text of the document it first begins, in characters. One result that passes if there is none.
    """
    blocks = find_rounds(report.passages)
    for block in blocks:
        yield _state_repetition(block, report.passages)
    if not blocks:
        outcome = CheckOutcome.PASS if report.passages else CheckOutcome.NOT_TESTABLE
        yield state_result(_REPEATED, outcome, fields={"shortest": str(ROUNDS.shortest)})


def _section_of(title: str) -> _Section | None:
    """Return the section that a heading is one of; where its words fit several, its number decides."""
    words = "".join(title.split()).translate(SIMPLIFIED)
    fitting = sorted(
        (section for section in _load_sections() if section.words.search(words)),
        key=lambda section: section.rank,
    )
    heading = read_heading(title)
    # 因政府信息公开申请行政复议… has the words of two sections; its number tells which.
    numbered = _load_sections()[heading.number - 1 : heading.number] if heading else ()
    return next((section for section in fitting if section in numbered), fitting[0] if fitting else None)


def _may_be_among(section: _Section, told: Sequence[_Section | None]) -> bool:
    """Tell whether a heading of unknown words stands where a section would: between its neighbours."""
    order = _load_sections()
    before, after = order[: order.index(section)], order[order.index(section) + 1 :]
    first = max((number for number, one in enumerate(told) if one in before), default=-1)
    following = (number for number, one in enumerate(told) if one in after and number > first)
    return any(one is None for one in told[first + 1 : next(following, len(told))])


def _is_printed(section: _Section, passages: Sequence[Passage]) -> bool:
    """Tell whether the words of a section stand as a line of their own or behind a number of the first level.

    Some reports lose the number, and with it the heading, or the line ends about it.
    """
    return any(
        _section_of(match["words"]) == section
        for passage in passages
        for line in passage.raw.splitlines()
        for match in _statutory_words().finditer(line)
    )


@cache
def _load_sections() -> tuple[_Section, ...]:
    """Return the sections in the form's order."""
    entries = load_table("checks")["sections"]
    return tuple(_Section(one["heading"], re.compile(one["words"]), one["rank"]) for one in entries)


@cache
def _statutory_words() -> re.Pattern[str]:
    headings = "|".join(load_table("report_headings")["headings"])
    return re.compile(rf"{_NUMBERED}(?P<words>{headings})(?=\s|$|[。:：])", re.MULTILINE)


def _is_statutory(form: str | None) -> bool:
    return form == MIXED or form in {known.id for known in known_forms()}


def _judge_form(year: int | None, form: str | None) -> CheckOutcome:
    """Judge the form by the year.

    Before the statutory forms lists of indicators were many, so that of another year is no finding.
    """
    if year is None or form is None:
        return CheckOutcome.NOT_TESTABLE
    if form in forms_by_id() and forms_by_id()[form].covers_year(year):
        return CheckOutcome.PASS
    # Before 2019 local lists were many, so that one of another year is no finding.
    has_form = any(known.covers_year(year) for known in known_forms())
    return CheckOutcome.FAIL if has_form or _is_statutory(form) else CheckOutcome.NOT_TESTABLE


def _name_form(form: Form | None) -> str:
    """Return what a form is called: with its instrument, where one prescribes it; nothing for no form."""
    if form is None:
        return ""
    return f"{form.source}《{form.name}》" if form in known_forms() else f"“{form.name}”"


def _state_repetition(block: Rounds, passages: Sequence[Passage]) -> Check:
    first, last = block.rounds[0][0], block.rounds[0][-1]
    names = {
        "first": _name_passage(passages[first]),
        "last": _name_passage(passages[last]),
        "passages": str(len(block.rounds[0])),
    }
    fields: Fields = {
        "where": _say_where(block.heading_path),
        "what": say_message(_REPEATED, "one passage" if first == last else "passages from to", names),
        "times": str(block.times),
    }
    return state_result(
        _REPEATED,
        CheckOutcome.FAIL,
        "exact" if block.exact else "reworded",
        fields,
        place=sum(len(one.lead) + len(one.raw) for one in passages[:first]) + len(passages[first].lead),
        values=(Decimal(block.times), Decimal(1)),
    )


def _say_where(heading_path: tuple[str, ...]) -> Words:
    if not heading_path:
        return say_message(_REPEATED, "in the document")
    return say_message(_REPEATED, "under a heading", {"heading": _quote_name(heading_path[-1])})


def _name_passage(passage: Passage) -> str:
    """Return what a passage is called: its heading, or how it begins."""
    return _quote_name(passage.heading_path[-1] if passage.heading_path else passage.raw)


def _quote_name(text: str) -> str:
    return within_quotes(shortened("".join(text.split()), at_most=_LONGEST_NAME))


# The year that a report is on and the day it was published: what its title, its figures and its dates say.

# Converters set white space within dates: 12 月 31 日, 2019. 12. 31, １２月３１日.
_END_OF_YEAR = re.compile(r"[1１]\s*[2２]\s*[月.．/-]\s*[3３]\s*[1１]\s*(?:日|(?!\d))")
# 1 January to 31 December is what is reported on, and no day on which a report was made.
_BEGINNING_OF_YEAR = re.compile(r"\d{4}\s*[年.．/-]\s*[0０]?[1１]\s*[月.．/-]\s*[0０]?[1１](?!\d)")
_SEPARATED = re.compile(r"(\d{4})\s*[.．/-]\s*[0０]?(\d\d?)\s*[.．/-]\s*[0０]?(\d\d?)(?!\d)")
# The revised Regulation, which sets the days, took effect on 15 May 2019.
FIRST_YEAR_OF_DEADLINES = 2019
# Regulation on Open Government Information, art. 49 and 50: departments by 31 January, governments by 31
# March.
_DEADLINES = {"government": (3, 31), "department": (1, 31)}


def check_year(report: CheckedReport) -> Iterator[Check]:
    """Check that the title, the period of the figures and the dates of a report name one year."""
    metadata = report.metadata
    titled = next((int(one.value) for one in year_candidates(metadata.title, Kind.ANNUAL_REPORT, "")), None)
    text = _read_beginning(report.passages)
    periods = tuple(_find_periods(text))
    fits = any(period == titled for period, _ in periods)
    other = next((period for period, is_of_figures in periods if is_of_figures), None)
    if titled and other and not fits:
        named = {"titled": str(titled), "period": str(other)}
        yield state_result("doc.year", CheckOutcome.FAIL, "other_period", named)
        return
    year = titled or other
    dates = [date for date in (metadata.published_on, metadata.written_on) if date]
    fitting = next((date for date in dates if year and date.year == year + 1), None)
    fields: Fields = {
        "titled": str(year),
        "next": str((year or 0) + 1),
        "date": on_day(fitting or dates[0]) if dates else "",
    }
    agreeing = [name for name, agrees in (("period", fits), ("date", fitting)) if agrees]
    if year and dates and not fitting and not _is_correction(metadata, text):
        yield state_result("doc.year", CheckOutcome.FAIL, "other_date", fields)
    elif agreeing:
        yield state_result("doc.year", CheckOutcome.PASS, "_and_".join(agreeing), fields)
    else:
        yield state_result("doc.year", CheckOutcome.NOT_TESTABLE, fields=fields)


def check_day(report: CheckedReport) -> Iterator[Check]:
    """Check that the printed date of publication is not after the day that the Regulation sets.

    A report on a year before 2019, when the Regulation set no such day, has no result.
    """
    metadata, year = report.metadata, report.metadata.year
    if year is None or year < FIRST_YEAR_OF_DEADLINES:
        return
    deadline = _find_deadline(metadata.issuer, year)
    published = metadata.published_on
    if published is None or deadline is None or _may_be_published_again(report, deadline):
        yield state_result("doc.late", CheckOutcome.NOT_TESTABLE)
        return
    fields: Fields = {
        "issuer": metadata.issuer or "",
        "published": on_day(published),
        "deadline": on_day(deadline),
        "year": str(year),
    }
    outcome = CheckOutcome.FAIL if published > deadline else CheckOutcome.PASS
    yield state_result("doc.late", outcome, fields=fields)


def _find_deadline(issuer: str | None, year: int) -> dt.date | None:
    kind = body_kind(issuer) if issuer else ""
    if kind not in _DEADLINES or _wording(f"no_day_for_{kind}").search(issuer or ""):
        return None
    return dt.date(year + 1, *_DEADLINES[kind])


def _may_be_published_again(report: CheckedReport, deadline: dt.date) -> bool:
    """Tell whether a date after the deadline may be that of a correction, or of a page that was moved.

    A page that was moved has a date of a later year than its report's signature, which is in time.
    """
    metadata = report.metadata
    published, written = metadata.published_on, metadata.written_on
    if published is None or published <= deadline:
        return False
    # A portal that moves its pages dates them anew, in a later year than the signature.
    is_moved = written is not None and written <= deadline and published.year > deadline.year
    return is_moved or _is_correction(metadata, _read_beginning(report.passages))


def _is_correction(metadata: Metadata, text: str) -> bool:
    in_title = _wording("correction_in_title").search(metadata.title or "")
    return bool(in_title or _wording("correction_in_text").search(text, 0, REPORT.preamble))


def _find_periods(text: str) -> Iterator[tuple[int, bool]]:
    """Yield the years whose last day ends a period, and whether its sentence calls it that of the figures."""
    for end in _END_OF_YEAR.finditer(text):
        sentence = text[max(0, end.start() - REPORT.longest_period) : end.end()].rpartition("。")[2]
        begins = max((match.start() for match in _BEGINNING_OF_YEAR.finditer(sentence)), default=0)
        year = statistical_year(_SEPARATED.sub(r"\1年\2月\3日", sentence[begins:]))
        if year:
            yield year, _wording("of_figures").search(sentence) is not None


def _read_beginning(passages: Sequence[Passage]) -> str:
    return "".join(passage.raw for passage in passages)[: REPORT.beginning]
