"""What an annual report is to be as a document: its sections, its form, and that it prints nothing twice.

*Sections.* A heading is known by its words, or else by its number. One in words of its own, standing where a
section is missed, may be that section's: then nothing is said of it. What counts as a repeated block, and as
the same, is defined in `pipelines.duplicates.internal_duplicates`.

Source: 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号 (the years of each form, the six sections);
《政府信息公开条例》(2019), 第五十条.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import say_message
from pipelines.checks.check_results import Check, CheckOutcome, state_result
from pipelines.checks.check_words import listed, shortened, within_quotes
from pipelines.duplicates.internal_duplicates import SHORTEST, find_rounds
from pipelines.forms.catalogue import known_forms, statistics_forms
from pipelines.knowledge import load_table
from pipelines.text.headings import read_heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.checks.check_catalogue import Words
    from pipelines.checks.sentences import CheckedReport
    from pipelines.duplicates.internal_duplicates import Rounds
    from pipelines.forms.model import Form
    from pipelines.text.outline import Passage

MIXED = "form_mixed"
NO_FORM = "form_none"

_FORM_YEAR, _REPEATED = "doc.form_year", "doc.repeated_block"
_LONGEST_NAME = 40
_NUMBERED = r"(?:^|[一二三四五六七八]\s*[、．.])\s*"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Section:
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
    absent = [
        section for section in _load_sections() if section not in found and not _is_printed(section, passages)
    ]
    missing = [section for section in absent if not _may_be_among(section, told)]
    if not found:
        yield _state_sections(CheckOutcome.NOT_TESTABLE, "", (), found)
    elif missing:
        yield _state_sections(CheckOutcome.FAIL, "missing", missing, found)
    elif found != [section for section in _load_sections() if section in found]:
        yield _state_sections(CheckOutcome.FAIL, "out_of_order", missing, found)
    elif absent:
        yield _state_sections(CheckOutcome.NOT_TESTABLE, "other_words", absent, found)
    else:
        yield _state_sections(CheckOutcome.PASS, "", missing, found)


def check_form_year(report: CheckedReport) -> Iterator[Check]:
    """Check that the tables of a report follow the form for its year."""
    year, form = report.metadata.year, None if report.form == NO_FORM else report.form
    prescribed = (known for known in known_forms() if not known.is_variant)
    expected = [_name_form(known) for known in prescribed if known.covers_year(year)]
    names = {known.id: _name_form(known) for known in (*known_forms(), *statistics_forms())}
    fields: dict[str, str | Words] = {
        "year": str(year),
        "expected": "、".join(expected) or say_message(_FORM_YEAR, "no form"),
        "found": say_message(_FORM_YEAR, "mixed forms") if form == MIXED else names.get(form or "", ""),
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
        yield state_result(_REPEATED, outcome, fields={"shortest": str(SHORTEST)})


def _section_of(title: str) -> _Section | None:
    """Return the section that a heading is one of; where its words fit several, its number decides."""
    words = _SPACE.sub("", title)
    fitting = sorted(
        (section for section in _load_sections() if section.words.search(words)),
        key=lambda section: section.rank,
    )
    heading = read_heading(title)
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


def _state_sections(
    outcome: CheckOutcome, key: str, missing: Sequence[_Section], found: Sequence[_Section]
) -> Check:
    fields = {
        "missing": listed(section.heading for section in missing),
        "order": listed(section.heading for section in found),
    }
    return state_result("doc.sections", outcome, key, fields)


@cache
def _load_sections() -> tuple[_Section, ...]:
    """Return the sections in the form's order."""
    return tuple(_read_sections())


def _read_sections() -> Iterator[_Section]:
    for entry in load_table("checks")["sections"]:
        yield _Section(entry["heading"], re.compile(entry["words"]), entry["rank"])


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
    if form in {known.id for known in (*known_forms(), *statistics_forms()) if known.covers_year(year)}:
        return CheckOutcome.PASS
    has_form = any(known.covers_year(year) for known in known_forms())
    return CheckOutcome.FAIL if has_form or _is_statutory(form) else CheckOutcome.NOT_TESTABLE


def _name_form(form: Form) -> str:
    """Return what a form is called: with its instrument, where one prescribes it."""
    return f"{form.source}《{form.name}》" if form in known_forms() else f"“{form.name}”"


def _state_repetition(block: Rounds, passages: Sequence[Passage]) -> Check:
    first, last = block.rounds[0][0], block.rounds[0][-1]
    names = {
        "first": _name_passage(passages[first]),
        "last": _name_passage(passages[last]),
        "passages": str(len(block.rounds[0])),
    }
    fields: dict[str, str | Words] = {
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
