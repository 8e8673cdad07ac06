"""What a report says in sentences: shares, and the number of requests. For information only.

A sentence claims less than a table does, so silence is the rule: there is a result where the figures named
agree, and a finding where no reading of the sentence lets them. A statement that is printed several times is
one statement, at the first place where it stands.

*Requests.* Prose often counts the office that writes it while the table counts every organ of the place, one
channel, or part of the year. So one statement that agrees with the requests table is enough, and only a
report whose statements all name nothing narrower than the table, and all disagree, is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import MAX_PREC, ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import partial
from typing import NamedTuple

from pipelines.checks.cell_checks import StatedTable
from pipelines.checks.check_catalogue import (
    Check,
    CheckOutcome,
    distinct_results,
    load_pattern,
    plain,
    say_message,
    state_result,
)
from pipelines.checks.identities import Reason, apply_instance
from pipelines.checks.sentences import (
    PROSE,
    CheckedReport,
    Figure,
    Figures,
    Sentence,
    identity_of,
    show_number,
    start_of_phrase,
)
from pipelines.forms.form_catalogue import CellKey
from pipelines.forms.form_sums import instances_of

_wording = partial(load_pattern, "shares")

_REQUESTS = "text.requests_vs_t3"
_NEW: CellKey = (None, "new_requests", "total")
# Prose may count what was carried over from the year before among the requests of a year.
_CARRIED: CellKey = (None, "carried_in", "total")
# Rounds to a place however long the figure is; to two decimals where the text prints fewer.
_EXACT = Context(prec=MAX_PREC)
_LEAST_EXACT = Decimal("0.01")
# A sentence that names two years compares them, and its figure may be of either.
_YEAR = re.compile(r"20\d\d(?=年)")


class _Statement(NamedTuple):
    """A number of requests that a sentence states; `is_whole` if it names nothing narrower."""

    sentence: Sentence
    figure: Figure
    start: int
    is_whole: bool


def check_shares(report: CheckedReport) -> Iterator[Check]:
    """Check the percentages in the sentences of a report; `place` is where in the text one ends.

    The part must be named by the very words of the rate (办结1709件, 办结率), or stand right before 占; the
    whole is any figure before it with its measure word. A percentage that some whole gives, rounded or cut
    off at its last digit, holds. One that none gives is a finding only where there is one whole and no other
    reading: nothing rounded, nothing left over in the sentence that could have been taken away first.
    """
    yield from distinct_results(
        _check_share(sentence, claim, found[0], holds=found[1])
        for sentence, figures in report.sentences
        for match in _wording("percentage").finditer(sentence.text)
        if (claim := _read_claim(match, figures)) and (found := _judge_claim(claim, figures))
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
    # One statement that names a narrower scope shows that the prose counts another way.
    if whole and len(whole) == len(statements) and all(map(_is_sure, stated)):
        yield _state_requests(whole[0], stated[0], CheckOutcome.FAIL, "")


def _check_share(sentence: Sentence, claim: _Claim, whole: Figure, *, holds: bool) -> tuple[object, Check]:
    exact = claim.part.value * 100 / whole.value
    places = min(claim.printed, _LEAST_EXACT, key=lambda number: int(number.as_tuple().exponent))
    computed = claim.printed if holds else exact.quantize(places, ROUND_HALF_UP, _EXACT)
    check = state_result(
        "text.percentage",
        CheckOutcome.PASS if holds else CheckOutcome.FAIL,
        "holds" if holds else "differs",
        {
            "quote": _quote_of_share(sentence, claim, whole),
            "part": show_number(claim.part.value, claim.part),
            "whole": show_number(whole.value, whole),
            "computed": plain(computed),
            "printed": plain(claim.printed),
        },
        place=sentence.offsets[claim.end - 1],
        values=(computed, claim.printed),
    )
    return (claim.printed, identity_of((claim.part, whole))), check


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
        match = load_pattern("requests", "statement").search(sentence.text, 0, figure.start)
        if match:
            clause = _clause_around(sentence.text, figure)
            is_whole = (
                figure.exact
                and not load_pattern("requests", "other_scope").search(clause)
                and len({*_YEAR.findall(sentence.text)}) <= 1
            )
            yield _Statement(sentence, figure, match.start(), is_whole)


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
    # A total that its own applicants contradict is no measure for the prose.
    line = next(
        line
        for line in instances_of(table.form.id, "t3")
        if line.right[0].cell == _NEW and len(line.right) == 1
    )
    return apply_instance(line, {0: table}).reason not in {Reason.DIFFERS, Reason.EXCEEDS}


def _quote_of_share(sentence: Sentence, claim: _Claim, whole: Figure) -> str:
    """Return the words of a percentage and its whole, leaving out a long way between them."""
    start = start_of_phrase(sentence.text, whole.start)
    again = start_of_phrase(sentence.text, claim.part.start)
    if again - whole.end <= PROSE.longest_between:
        return sentence.quote((start, claim.end))
    return sentence.quote((start, whole.end), (again, claim.end))


class _Claim(NamedTuple):
    """A percentage and the figure that it is a share of something; `is_sure` if the words say just that."""

    printed: Decimal
    part: Figure
    wholes: Figures
    end: int
    is_sure: bool


def _read_claim(match: re.Match[str], figures: Sequence[Figure]) -> _Claim | None:
    text = match.string
    part = next((figure for figure in reversed(figures) if figure.end <= match.start()), None)
    if part is None:
        return None
    before = text[: match.start()]
    wholes = tuple(
        figure
        for figure in figures
        if figure.end <= part.start and figure.units & part.units and figure.value > 0
    )[-PROSE.wholes_of_share :]
    found = _read_rate(before, part, wholes) or _part_of_list(before, part, wholes)
    if found is None:
        return None
    rounded = match["about_behind"] or _wording("about_before").search(before)
    is_near = "。" not in text[part.end : match.start()]
    is_sure = found[1] and is_near and not rounded
    return _Claim(Decimal(match["number"]), part, found[0], match.end(), is_sure)


def _read_rate(before: str, part: Figure, wholes: Figures) -> tuple[Figures, bool] | None:
    """Read 办结率95%: what it may be a rate of, and whether the words before the part are its own."""
    rate = _wording("rate").search(before)
    if rate is None or _wording("never_rates").search(rate["name"]):
        return None
    if _says_the_same(rate["name"], part.label):
        return wholes, rate["link"] is None
    return (wholes, False) if _says_the_same(rate["name"], part.tail) else None


def _part_of_list(before: str, part: Figure, wholes: Figures) -> tuple[Figures, bool] | None:
    """Read 占65.31%: what it may be a share of, and whether a list of parts says so."""
    share = _wording("share").search(before)
    if share is None:
        return None
    if share["named"]:  # 占办结总数的76.9%: of no other figure
        wholes = tuple(whole for whole in wholes if share["named"] in whole.label)
    opening = max(
        (match.start() for match in _wording("starts_list").finditer(before, 0, part.start)),
        default=-1,
    )
    if opening < 0:
        return wholes, False
    return tuple(whole for whole in wholes if whole.end <= opening), True


def _says_the_same(name: str, words: str) -> bool:
    name, words = _strip_plain(name), _strip_plain(words)
    if min(len(name), len(words)) < PROSE.shortest_rate or not (name.endswith(words) or words.endswith(name)):
        return False
    return _wording("qualifiers").findall(name) == _wording("qualifiers").findall(words)


def _strip_plain(words: str) -> str:
    return _wording("plain_behind").sub("", _wording("plain_before").sub("", words))


def _judge_claim(claim: _Claim, figures: Sequence[Figure]) -> tuple[Figure, bool] | None:
    """Return the whole that a percentage is of, and whether it gives it; None where nothing is sure."""
    for whole in claim.wholes:
        if _gives_share(claim.part.value, whole.value, claim.printed):
            return whole, True
    is_one = len({whole.value for whole in claim.wholes}) == 1
    is_exact = all(figure.exact for figure in (claim.part, *claim.wholes))
    if is_one and is_exact and claim.is_sure and not _holds_otherwise(claim, figures):
        return claim.wholes[-1], False
    return None


def _holds_otherwise(claim: _Claim, figures: Sequence[Figure]) -> bool:
    """Tell whether the percentage holds when another figure of the sentence is left out or counted too."""
    whole, part = claim.wholes[-1], claim.part
    others = (
        figure.value
        for figure in figures
        if figure.units & part.units and figure.start not in {whole.start, part.start}
    )
    return any(
        below > 0 and _gives_share(above, below, claim.printed)
        for other in set(others)
        for above, below in (
            (part.value, whole.value - other),
            (part.value, whole.value + other),
            (part.value + other, whole.value),
            (part.value, other),
        )
    )


def _gives_share(part: Decimal, whole: Decimal, printed: Decimal) -> bool:
    exact = part * 100 / whole
    # 新乡市人民政府2019年 prints 95% for 708 of 745, which is 95.03%: cut and rounded shares both hold.
    return printed in {exact.quantize(printed, mode, _EXACT) for mode in (ROUND_HALF_UP, ROUND_DOWN)}
