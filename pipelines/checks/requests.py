"""The number of requests in the prose against the requests table.

Prose often counts the office that writes it while the table counts every organ of the place, one channel, or
part of the year. So one statement that agrees is enough, and only a report whose statements all name nothing
narrower than the table, and all disagree, is a finding, for information.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from pipelines.checks.cells import plain
from pipelines.checks.identities import apply
from pipelines.checks.instances import instances_of
from pipelines.checks.judging import Reason
from pipelines.checks.records import Check, CheckOutcome, Severity
from pipelines.checks.wording import said
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.cells import CellKey, StatedTable
    from pipelines.checks.figures import Figure
    from pipelines.checks.sentences import Sentence

_CHECK = "text.requests_vs_t3"
_NEW: CellKey = (None, "new_requests", "total")
_CARRIED: CellKey = (None, "carried_in", "total")
_WORDS_BEFORE = 40
_YEAR = re.compile(r"20\d\d(?=年)")


@dataclass(frozen=True, slots=True)
class _Statement:
    """A number of requests that a sentence states; `is_whole` if it names nothing narrower."""

    sentence: Sentence
    figure: Figure
    start: int
    is_whole: bool


def check_requests(
    sentences: Iterable[tuple[Sentence, Sequence[Figure]]], tables: Sequence[StatedTable]
) -> Iterator[Check]:
    """Compare the numbers of requests in the overview with the requests tables.

    Args:
        sentences: of the document, each with the figures that it states.
        tables: of the document.

    Yields:
        At most one result: that one statement agrees with one table, or that none does.
    """
    stated = [table for table in tables if table.key == "t3" and _NEW in table.values]
    if not stated:
        return
    statements = [found for sentence, figures in sentences for found in _statements(sentence, figures)]
    for table in stated:
        for statement in statements:
            found = _agreement(statement.figure.value, table)
            if found:
                yield _result(statement, table, CheckOutcome.PASS, found)
                return
    whole = [statement for statement in statements if statement.is_whole]
    if whole and len(whole) == len(statements) and all(map(_is_sure, stated)):
        yield _result(whole[0], stated[0], CheckOutcome.FAIL, "fail")


def _statements(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[_Statement]:
    if sentence.headings and not _pattern("sections").search("".join(sentence.headings)):
        return
    for figure in figures:
        before = sentence.text[max(0, figure.start - _WORDS_BEFORE) : figure.start]
        match = _pattern("statement").search(before)
        if match:
            start = figure.start - len(before) + match.start()
            clause = _clause(sentence.text, figure)
            is_whole = (
                figure.exact
                and not _pattern("other_scope").search(clause)
                and len({*_YEAR.findall(sentence.text)}) <= 1
            )
            yield _Statement(sentence, figure, start, is_whole)


def _clause(text: str, figure: Figure) -> str:
    """Return the words around a figure that say what it counts: from the sentence's beginning on."""
    start = max(text.rfind(mark, 0, figure.start) for mark in "。;") + 1
    return text[start : figure.end + len(figure.tail)]


def _agreement(number: Decimal, table: StatedTable) -> str | None:
    """Return with what of the table a number agrees: the new requests, or with those carried in added."""
    new, carried = table.values[_NEW], table.values.get(_CARRIED, Decimal(0))
    if number == new:
        return "new"
    return "both" if number == new + carried else None


def _is_sure(table: StatedTable) -> bool:
    """Tell whether the total of new requests is what the applicants add up to, or is the only one stated."""
    line = next(
        line
        for line in instances_of(table.form.id, "t3")
        if line.right[0].cell == _NEW and len(line.right) == 1
    )
    return apply(line, {0: table}).reason not in {Reason.DIFFERS, Reason.EXCEEDS}


def _result(statement: _Statement, table: StatedTable, outcome: CheckOutcome, key: str) -> Check:
    figure = statement.figure
    new = table.values[_NEW]
    words = said(
        f"{_CHECK} {key}",
        {
            "quote": statement.sentence.quote((statement.start, figure.end)),
            "stated": plain(figure.value),
            "new": plain(new),
            "carried": plain(table.values[_CARRIED])
            if _CARRIED in table.values
            else said("not in the table"),
        },
    )
    return Check(
        check_id=_CHECK,
        severity=Severity.INFO,
        outcome=outcome,
        message_zh=words.zh,
        message_en=words.en,
        place=statement.sentence.offsets[statement.start],
        left_value=plain(figure.value),
        right_value=plain(new),
        difference=plain(figure.value - new),
        cells=tuple(table.cells[key].ref for key in (_NEW, _CARRIED) if key in table.cells),
    )


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(load_table("checks")["requests"][name])
