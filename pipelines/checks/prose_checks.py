"""What a report says in sentences: sums, shares, and the number of requests. For information only.

A sentence claims less than a table does, so silence is the rule: there is a result where the figures named
agree, and a finding where no reading of the sentence lets them. A statement that is printed several times is
one statement, at the first place where it stands.

*Requests.* Prose often counts the office that writes it while the table counts every organ of the place, one
channel, or part of the year. So one statement that agrees with the requests table is enough, and only a
report whose statements all name nothing narrower than the table, and all disagree, is a finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    load_pattern,
    plain,
    say_message,
    state_result,
)
from pipelines.checks.identities import Reason, apply_instance, instances_of
from pipelines.checks.sentences import MONEY
from pipelines.checks.shares import shares_in
from pipelines.checks.sums import Finding, sums_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.checks.sentences import CheckedReport, Figure, Sentence
    from pipelines.checks.shares import Share
    from pipelines.checks.stated_tables import CellKey, StatedTable
    from pipelines.checks.sums import Sum

_REQUESTS = "text.requests_vs_t3"
_NEW: CellKey = (None, "new_requests", "total")
_CARRIED: CellKey = (None, "carried_in", "total")
_WORDS_BEFORE_REQUESTS = 40
_WORDS_BEFORE = 24
_WORDS_BETWEEN = 16
_SCALES = ((Decimal(100_000_000), "亿"), (Decimal(10_000), "万"))
_PHRASE_ENDS = "，,;。:()、"
_YEAR = re.compile(r"20\d\d(?=年)")


@dataclass(frozen=True, slots=True)
class _Statement:
    """A number of requests that a sentence states; `is_whole` if it names nothing narrower."""

    sentence: Sentence
    figure: Figure
    start: int
    is_whole: bool


def check_sums(report: CheckedReport) -> Iterator[Check]:
    """Check the sums in the sentences of a report; `place` is where in the text the whole stands."""
    yield from _distinct_statements(
        (_identity_of((found.whole, *found.parts)), _state_sum(sentence, found))
        for sentence, stated in report.sentences
        for found in sums_in(sentence, stated)
    )


def check_shares(report: CheckedReport) -> Iterator[Check]:
    """Check the percentages in the sentences of a report; `place` is where in the text one ends."""
    yield from _distinct_statements(
        ((found.printed, _identity_of((found.part, found.whole))), _state_share(sentence, found))
        for sentence, stated in report.sentences
        for found in shares_in(sentence, stated)
    )


def check_requests(report: CheckedReport) -> Iterator[Check]:
    """Compare the numbers of requests in the overview with the requests tables.

    Yields:
        At most one result: that one statement agrees with one table, or that none does.
    """
    stated = [table for table in report.tables if table.key == "t3" and _NEW in table.values]
    if not stated:
        return
    statements = [
        found for sentence, figures in report.sentences for found in _find_statements(sentence, figures)
    ]
    for table in stated:
        for statement in statements:
            found = _find_agreement(statement.figure.value, table)
            if found:
                yield _state_requests(statement, table, CheckOutcome.PASS, found)
                return
    whole = [statement for statement in statements if statement.is_whole]
    if whole and len(whole) == len(statements) and all(map(_is_sure, stated)):
        yield _state_requests(whole[0], stated[0], CheckOutcome.FAIL, "")


def _distinct_statements(found: Iterable[tuple[object, Check]]) -> Iterator[Check]:
    """Yield the first of the results that one statement gives, wherever it is printed."""
    seen: set[object] = set()
    for statement, check in found:
        if statement not in seen:
            seen.add(statement)
            yield check


def _identity_of(figures: tuple[Figure, ...]) -> object:
    """Return what makes two printings one statement: the figures, and the last words before the first."""
    return tuple((figure.value, figure.units) for figure in figures), figures[0].label[-4:]


def _state_sum(sentence: Sentence, found: Sum) -> Check:
    start = _start_of_phrase(sentence.text, min(found.whole.start, found.parts[0].start))
    end = max(found.whole.end, found.parts[-1].end)
    return state_result(
        "text.sum",
        CheckOutcome.PASS if found.finding is Finding.HOLDS else CheckOutcome.FAIL,
        found.finding,
        {
            "quote": sentence.quote((start, end)),
            "total": _show_number(found.total, found.whole),
            "whole": _show_number(found.whole.value, found.whole),
            "difference": _show_number(abs(found.total - found.whole.value), found.whole),
            "greatest": _show_number(max(part.value for part in found.parts), found.whole),
        },
        place=sentence.offsets[found.whole.start],
        values=(found.total, found.whole.value),
    )


def _state_share(sentence: Sentence, found: Share) -> Check:
    return state_result(
        "text.percentage",
        CheckOutcome.PASS if found.holds else CheckOutcome.FAIL,
        "holds" if found.holds else "differs",
        {
            "quote": _quote_of_share(sentence, found),
            "part": _show_number(found.part.value, found.part),
            "whole": _show_number(found.whole.value, found.whole),
            "computed": plain(found.computed),
            "printed": plain(found.printed),
        },
        place=sentence.offsets[found.end - 1],
        values=(found.computed, found.printed),
    )


def _state_requests(statement: _Statement, table: StatedTable, outcome: CheckOutcome, key: str) -> Check:
    figure, new, carried = statement.figure, table.values[_NEW], table.values.get(_CARRIED)
    return state_result(
        _REQUESTS,
        outcome,
        key,
        {
            "quote": statement.sentence.quote((statement.start, figure.end)),
            "stated": plain(figure.value),
            "new": plain(new),
            "carried": say_message(_REQUESTS, "not in the table") if carried is None else plain(carried),
        },
        place=statement.sentence.offsets[statement.start],
        values=(figure.value, new),
        cells=[table.cells.get(_NEW), table.cells.get(_CARRIED)],
    )


def _find_statements(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[_Statement]:
    if sentence.headings and not load_pattern("requests", "sections").search("".join(sentence.headings)):
        return
    for figure in figures:
        before = sentence.text[max(0, figure.start - _WORDS_BEFORE_REQUESTS) : figure.start]
        match = load_pattern("requests", "statement").search(before)
        if match:
            start = figure.start - len(before) + match.start()
            clause = _clause_around(sentence.text, figure)
            is_whole = (
                figure.exact
                and not load_pattern("requests", "other_scope").search(clause)
                and len({*_YEAR.findall(sentence.text)}) <= 1
            )
            yield _Statement(sentence, figure, start, is_whole)


def _clause_around(text: str, figure: Figure) -> str:
    """Return the words around a figure that say what it counts: from the sentence's beginning on."""
    start = max(text.rfind(mark, 0, figure.start) for mark in "。;") + 1
    return text[start : figure.end + len(figure.tail)]


def _find_agreement(number: Decimal, table: StatedTable) -> str | None:
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
    return apply_instance(line, {0: table}).reason not in {Reason.DIFFERS, Reason.EXCEEDS}


def _quote_of_share(sentence: Sentence, found: Share) -> str:
    """Return the words of a percentage and its whole, leaving out a long way between them."""
    start = _start_of_phrase(sentence.text, found.whole.start)
    again = _start_of_phrase(sentence.text, found.part.start)
    if again - found.whole.end <= _WORDS_BETWEEN:
        return sentence.quote((start, found.end))
    return sentence.quote((start, found.whole.end), (again, found.end))


def _start_of_phrase(text: str, position: int) -> int:
    """Return where the phrase begins that a figure stands in."""
    earliest = max(0, position - _WORDS_BEFORE)
    return max(earliest, *(text.rfind(mark, earliest, position) + 1 for mark in _PHRASE_ENDS))


def _show_number(number: Decimal, figure: Figure) -> str:
    """Return a number without zeros behind its last decimal; money, reckoned in 元, with its unit."""
    if MONEY not in figure.units:
        return _without_zeros(number)
    scale, word = next(((scale, word) for scale, word in _SCALES if number >= scale), (Decimal(1), ""))
    return f"{_without_zeros(number / scale)}{word}{MONEY}"


def _without_zeros(number: Decimal) -> str:
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
