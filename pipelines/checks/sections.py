"""The six sections that the form asks for: whether a report has them, and in the form's order.

A heading is known by its words, or else by its number. One in words of its own, standing where a section is
missed, may be that section's: then nothing is said of it.

Source: 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号; 《政府信息公开条例》(2019), 第五十条.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import listed, said
from pipelines.knowledge import load_table
from pipelines.text.headings import read_heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipelines.text.outline import Passage

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


def check_sections(passages: Sequence[Passage]) -> Check:
    """Check that a report has the six sections in the form's order (`doc.sections`).

    Args:
        passages: of the report, in order.
    """
    titles = list(dict.fromkeys(passage.heading_path[0] for passage in passages if passage.heading_path))
    told = [_section_of(title) for title in titles]
    found = list(dict.fromkeys(section for section in told if section))
    if not found:
        return _result(CheckOutcome.NOT_TESTABLE, "not_testable", (), found)
    absent = [
        section for section in _sections() if section not in found and not _is_printed(section, passages)
    ]
    missing = [section for section in absent if not _may_be_among(section, told)]
    if missing:
        return _result(CheckOutcome.FAIL, "missing", missing, found)
    if found != [section for section in _sections() if section in found]:
        return _result(CheckOutcome.FAIL, "out_of_order", missing, found)
    if absent:
        return _result(CheckOutcome.NOT_TESTABLE, "other_words", absent, found)
    return _result(CheckOutcome.PASS, "pass", missing, found)


def _section_of(title: str) -> _Section | None:
    """Return the section that a heading is one of; where its words fit several, its number decides."""
    words = _SPACE.sub("", title)
    fitting = sorted(
        (section for section in _sections() if section.words.search(words)), key=lambda section: section.rank
    )
    heading = read_heading(title)
    numbered = _sections()[heading.number - 1 : heading.number] if heading else ()
    return next((section for section in fitting if section in numbered), fitting[0] if fitting else None)


def _may_be_among(section: _Section, told: Sequence[_Section | None]) -> bool:
    """Tell whether a heading of unknown words stands where a section would: between its neighbours."""
    order = _sections()
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


def _result(outcome: CheckOutcome, key: str, missing: Sequence[_Section], found: Sequence[_Section]) -> Check:
    fields = {
        "missing": listed(section.heading for section in missing),
        "order": listed(section.heading for section in found),
    }
    words = said(f"doc.sections {key}", fields)
    return Check("doc.sections", Severity.WARNING, outcome, words.zh, words.en)


@cache
def _sections() -> tuple[_Section, ...]:
    """Return the sections in the form's order."""
    return tuple(_read_sections())


def _read_sections() -> Iterator[_Section]:
    for entry in load_table("checks")["sections"]:
        yield _Section(entry["heading"], re.compile(entry["words"]), entry["rank"])


@cache
def _statutory_words() -> re.Pattern[str]:
    headings = "|".join(load_table("report_headings")["headings"])
    return re.compile(rf"{_NUMBERED}(?P<words>{headings})(?=\s|$|[。:：])", re.MULTILINE)
