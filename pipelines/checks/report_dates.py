"""The year that a report is on and the day it was published: what its title, its figures and its dates say.

A printed date of publication may be that of a correction, or of the day when a portal moved its pages. So a
date is a finding only where no other date of the report and no word of it explains it.

Source: 《政府信息公开条例》(2019), 第四十九条: departments of governments from the county up by 31 January,
those governments by 31 March. It names no day for townships, subdistrict offices and bodies of zones.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from pipelines.bodies.body_names import body_kind
from pipelines.checks.check_catalogue import load_pattern
from pipelines.checks.check_results import Check, CheckOutcome, state_result
from pipelines.checks.check_words import on_day
from pipelines.metadata.fields import Kind
from pipelines.metadata.printed_dates import statistical_year, year_candidates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.checks.check_catalogue import Words
    from pipelines.checks.sentences import CheckedReport
    from pipelines.metadata.fields import Metadata
    from pipelines.text.outline import Passage

_BEGINNING = 6000
"""Characters at the head of a report within which it gives the period of its figures."""
_PREAMBLE = 600
"""Characters at the head of a report within which it says that it corrects another."""
_END_OF_YEAR = re.compile(r"[1１]\s*[2２]\s*[月.．/-]\s*[3３]\s*[1１]\s*(?:日|(?!\d))")
_BEGINNING_OF_YEAR = re.compile(r"\d{4}\s*[年.．/-]\s*[0０]?[1１]\s*[月.．/-]\s*[0０]?[1１](?!\d)")
_SEPARATED = re.compile(r"(\d{4})\s*[.．/-]\s*[0０]?(\d\d?)\s*[.．/-]\s*[0０]?(\d\d?)(?!\d)")
_SENTENCE_CHARS = 120
FIRST_YEAR_OF_DEADLINES = 2019
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
        fields: dict[str, str | Words] = {"titled": str(titled), "period": str(other)}
        yield state_result("doc.year", CheckOutcome.FAIL, "other_period", fields)
        return
    year = titled or other
    dates = [date for date in (metadata.published_on, metadata.written_on) if date]
    fitting = next((date for date in dates if year and date.year == year + 1), None)
    fields = {"titled": str(year), "next": str((year or 0) + 1)}
    fields["date"] = on_day(fitting or dates[0]) if dates else ""
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
    fields: dict[str, str | Words] = {
        "issuer": metadata.issuer or "",
        "published": on_day(published),
        "deadline": on_day(deadline),
        "year": str(year),
    }
    outcome = CheckOutcome.FAIL if published > deadline else CheckOutcome.PASS
    yield state_result("doc.late", outcome, fields=fields)


def _find_deadline(issuer: str | None, year: int) -> dt.date | None:
    kind = body_kind(issuer) if issuer else ""
    if kind not in _DEADLINES or load_pattern("dating", f"no_day_for_{kind}").search(issuer or ""):
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
    is_moved = written is not None and written <= deadline and published.year > deadline.year
    return is_moved or _is_correction(metadata, _read_beginning(report.passages))


def _is_correction(metadata: Metadata, text: str) -> bool:
    in_title = load_pattern("dating", "correction_in_title").search(metadata.title or "")
    return bool(in_title or load_pattern("dating", "correction_in_text").search(text, 0, _PREAMBLE))


def _find_periods(text: str) -> Iterator[tuple[int, bool]]:
    """Yield the years whose last day ends a period, and whether its sentence calls it that of the figures."""
    for end in _END_OF_YEAR.finditer(text):
        sentence = text[max(0, end.start() - _SENTENCE_CHARS) : end.end()].rpartition("。")[2]
        begins = max((match.start() for match in _BEGINNING_OF_YEAR.finditer(sentence)), default=0)
        year = statistical_year(_SEPARATED.sub(_in_words, sentence[begins:]))
        if year:
            yield year, load_pattern("dating", "of_figures").search(sentence) is not None


def _in_words(date: re.Match[str]) -> str:
    return "{}年{}月{}日".format(*date.groups())


def _read_beginning(passages: Sequence[Passage]) -> str:
    parts: list[str] = []
    length = 0
    for passage in passages:
        parts.append(passage.raw[: _BEGINNING - length])
        length += len(parts[-1])
        if length >= _BEGINNING:
            break
    return "".join(parts)
