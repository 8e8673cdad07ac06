"""Sums in sentences: 共5345次，其中155次，329次，4861次. Whether the parts named add up to the whole.

A sentence may name some parts only, its parts may overlap, and its measure word may count something else by
then. So a sum that holds is said to hold; one that does not is a finding only where the sentence leaves no
other reading: the list is complete by its own words and does not add up, or it misses the whole by far less
than its smallest part, or a part is greater than the whole it is said to belong to. For all else there is no
result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from itertools import accumulate, islice, pairwise, takewhile
from typing import NamedTuple

from pipelines.checks.check_catalogue import Check, CheckOutcome, distinct_results, load_pattern, state_result
from pipelines.checks.sentences import (
    MONEY,
    PROSE,
    CheckedReport,
    Figure,
    Figures,
    Sentence,
    bracket_depth,
    identity_of,
    show_number,
    start_of_phrase,
)
from pipelines.knowledge import load_table

_wording = partial(load_pattern, "sums")

_LEAST_PARTS = 2
_END_OF_CLAUSE = frozenset(";。")
_NEXT_ITEM = re.compile(r"、[^，,;。\d]*")


class Finding(StrEnum):
    """What is said of a sum; the key of its words."""

    HOLDS = "holds"
    COMPLETE = "complete"
    """The list is complete by its own words and does not add up."""
    NEARLY = "nearly"
    """It misses the whole by far less than its smallest part."""
    PART_EXCEEDS = "part_exceeds"


class Sum(NamedTuple):
    """A whole and its parts as a sentence names them.

    Attributes:
        finding: what is said of it.
        whole: the figure that the parts belong to.
        parts: in order.
    """

    finding: Finding
    whole: Figure
    parts: Figures


class _List(NamedTuple):
    """Figures that a word announces as parts, and where in the sentence it stands."""

    wholes: Figures
    parts: Figures
    word: str
    text: str
    is_cut: bool
    goes_on: bool
    whole_may_be_unseen: bool


def check_sums(report: CheckedReport) -> Iterator[Check]:
    """Check the sums in the sentences of a report; `place` is where in the text the whole stands."""
    yield from distinct_results(
        _state_sum(sentence, found)
        for sentence, figures in report.sentences
        for found in _sums_in(sentence, figures)
    )


def _state_sum(sentence: Sentence, found: Sum) -> tuple[object, Check]:
    start = start_of_phrase(sentence.text, min(found.whole.start, found.parts[0].start))
    end = max(found.whole.end, found.parts[-1].end)
    check = state_result(
        "text.sum",
        CheckOutcome.PASS if found.finding is Finding.HOLDS else CheckOutcome.FAIL,
        found.finding,
        {
            "quote": sentence.quote((start, end)),
            "total": show_number(_total_of(found.parts), found.whole),
            "whole": show_number(found.whole.value, found.whole),
            "difference": show_number(abs(_total_of(found.parts) - found.whole.value), found.whole),
            "greatest": show_number(max(part.value for part in found.parts), found.whole),
        },
        place=sentence.offsets[found.whole.start],
        values=(_total_of(found.parts), found.whole.value),
    )
    return identity_of((found.whole, *found.parts)), check


def _sums_in(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[Sum]:
    """Yield the sums that a sentence states, those that hold and those that cannot.

    Each whole is answered once; a list that may be incomplete yields nothing.

    Args:
        sentence: closed up.
        figures: that it states, in order.
    """
    taken: set[int] = set()
    for one in _find_lists(sentence, figures):
        taken.update(part.start for part in one.parts)
        found = _judge_list(one)
        if found:
            taken.add(found.whole.start)
            yield found
    for found in _totals_behind(sentence.text, figures):
        if found.whole.start not in taken:
            taken.add(found.whole.start)
            yield found
    for found in _find_unannounced(sentence.text, figures):
        # A whole before a bracket may itself be a part: 其中问题1031件（解答286件，转交745件）.
        in_bracket = sentence.text.startswith("(", found.whole.end)
        if in_bracket or found.whole.start not in taken:
            yield found


def _find_lists(sentence: Sentence, figures: Sequence[Figure]) -> Iterator[_List]:
    openings = list(_wording("opens").finditer(sentence.text))
    is_orphan = False
    for number, opening in enumerate(openings):
        before = [figure for figure in figures if figure.end <= opening.start()]
        outside = [figure for figure in before if not _is_closed_in(sentence.text, figure, opening.start())]
        is_orphan = is_orphan or not outside
        wholes = _find_wholes(sentence.text, outside or before)
        if not wholes:
            continue
        end = _end_of_list(sentence.text, opening.end())
        following = openings[number + 1].start() if number + 1 < len(openings) else end
        depth = bracket_depth(sentence.text, opening.end())
        parts = tuple(
            figure
            for figure in figures
            if opening.end() <= figure.start < min(end, following)
            and figure.units & wholes[0].units
            and figure.depth == depth
        )
        goes_on = bool(sentence.goes_on_at) and opening.start() - sentence.goes_on_at <= 1
        yield _List(wholes, parts, opening.group(), sentence.text, following < end, goes_on, is_orphan)


def _is_closed_in(text: str, figure: Figure, position: int) -> bool:
    """Tell whether a figure stands in a bracket that is closed before a place.

    宿迁 2023: 3607件（…、市洋河新区16件），同比增长70.3%，其中，自然人申请3493件: of 3607, not of 16.
    """
    depths = accumulate((mark == "(") - (mark == ")") for mark in text[figure.end : position])
    return min(depths, default=0) < 0


def _find_wholes(text: str, before: Sequence[Figure]) -> Figures:
    """Return the figures that a list may belong to, nearest first: of one measure word."""
    if not before:
        return ()
    last = before[-1]
    clause = text.rfind(";", 0, last.start)
    found = (figure for figure in reversed(before) if figure.start > clause and figure.units & last.units)
    return tuple(islice(found, PROSE.wholes_of_list))


def _end_of_list(text: str, position: int) -> int:
    """Return where a list ends: with the bracket that it stands in, else with its sentence."""
    depth = 0
    for index in range(position, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth < 0 or text[index] == "。":
            return index
    return len(text)


def _judge_list(one: _List) -> Sum | None:
    """Return what is to be said of a list: that it holds for some whole, or that it fails for each."""
    # Figures behind the last part may be of something else: the longest beginning that adds up is the list.
    for whole in one.wholes:
        for length in range(len(one.parts), _LEAST_PARTS - 1, -1):
            if _adds_up(whole, one.parts[:length]):
                return Sum(Finding.HOLDS, whole, one.parts[:length])
    # Silence where the list may go on, or belong to a whole that was not read.
    if one.is_cut or one.whole_may_be_unseen or _is_sum_of_wholes(one):
        return None
    if not all(figure.exact for figure in (*one.wholes, *one.parts)):
        return None
    verdicts = [_find_failure(one, whole, parts) for parts in _possible_lists(one) for whole in one.wholes]
    if not verdicts or None in verdicts:
        return None
    return verdicts[0]


def _is_sum_of_wholes(one: _List) -> bool:
    """Tell whether the parts are those of several figures together: 新收10件，上年结转1件，其中…."""
    totals = {_total_of(one.wholes[:length]) for length in range(2, len(one.wholes) + 1)}
    return any(_total_of(parts) in totals for parts in _possible_lists(one))


def _possible_lists(one: _List) -> list[Figures]:
    """Return the parts up to each place where the list may end: a semicolon, or its last figure.

    Semicolons between all the parts only set them apart.
    """
    stops = [";" in one.text[part.end : following.start] for part, following in pairwise(one.parts)]
    ends = [number for number, stop in enumerate(stops, start=1) if stop and number >= _LEAST_PARTS]
    if all(stops):
        ends = []
    return [one.parts[:end] for end in (*ends, len(one.parts)) if end]


def _find_failure(one: _List, whole: Figure, parts: Figures) -> Sum | None:
    greatest = max(part.value for part in parts)
    if greatest > whole.value:
        # 召开发布会5次，其中回应热点12次: 次 counts other things by then, and a part may exceed its whole.
        is_vague = bool(whole.units & _vague_units()) or one.goes_on or _names_all(one)
        return None if is_vague else Sum(Finding.PART_EXCEEDS, whole, parts)
    # A10件、B20件等: the list itself says that it leaves out something.
    is_open = one.text.startswith(("等", "左右"), parts[-1].end)
    if len(parts) < _LEAST_PARTS or is_open or _has_levels(parts):
        return None
    excess = _total_of(parts) - whole.value
    if excess > 0 and (_may_overlap(whole, parts) or _wording("counted_twice").search(one.text)):
        return None
    if _is_complete(one, whole, parts):
        return Sum(Finding.COMPLETE, whole, parts)
    return Sum(Finding.NEARLY, whole, parts) if _is_slip(abs(excess), whole, parts) else None


def _is_slip(remainder: Decimal, whole: Figure, parts: Sequence[Figure]) -> bool:
    is_little = remainder <= max(Decimal(1), whole.value / PROSE.slip)
    return is_little and remainder * PROSE.far_less < min(part.value for part in parts)


def _is_complete(one: _List, whole: Figure, parts: Sequence[Figure]) -> bool:
    if _wording("rest").search(parts[-1].label):
        return True
    return _names_all(one) and _wording("announces_all").search(one.text[: whole.start]) is not None


def _names_all(one: _List) -> bool:
    return _wording("names_all").match(one.word) is not None


def _may_overlap(whole: Figure, parts: Sequence[Figure]) -> bool:
    """Tell whether a thing may count in two parts; a request comes in by one channel, money is spent once."""
    if MONEY in whole.units or _wording("never_overlap").search(whole.label):
        return False
    return any(_wording("may_overlap").search(part.label) for part in parts)


def _has_levels(parts: Sequence[Figure]) -> bool:
    """Tell whether a part is itself the sum of those that follow it, so that they are its own parts."""
    values = [part.value for part in parts]
    return any(value and value in accumulate(values[number:]) for number, value in enumerate(values, 1))


def _find_unannounced(text: str, figures: Sequence[Figure]) -> Iterator[Sum]:
    """Yield sums that hold though no word announces them: 1031件问题，现场解答286件，转交745件."""
    for number, whole in enumerate(figures):
        if whole.value <= PROSE.least_unannounced or MONEY in whole.units or whole.units & _vague_units():
            continue
        parts: list[Figure] = []
        base = whole.depth + text.startswith("(", whole.end)
        for figure in figures[number + 1 : number + 1 + PROSE.most_unannounced]:
            if not _may_follow(text, whole, figure, base):
                break
            parts.append(figure)
            if len(parts) >= _LEAST_PARTS and _adds_up(whole, parts):
                yield Sum(Finding.HOLDS, whole, tuple(parts))
                break


def _totals_behind(text: str, figures: Sequence[Figure]) -> Iterator[Sum]:
    """Yield the totals that stand behind their parts: 建议46件、提案78件，共124件.

    The parts are a list whose items only 、 sets apart, or any figures before it whose sum is the total.
    """
    for number, whole in enumerate(figures):
        if not _wording("total_behind").search(text, 0, whole.start):
            continue
        before = _list_before(text, figures[:number], whole)
        holding = _parts_at_end(whole, before)
        if holding:
            yield Sum(Finding.HOLDS, whole, holding)
        elif (
            len(before) >= _LEAST_PARTS
            and _is_plain_list(text, before)
            and _is_total_of_no_other(text, whole, before)
        ):
            yield Sum(Finding.COMPLETE, whole, before)


def _list_before(text: str, figures: Sequence[Figure], whole: Figure) -> Figures:
    """Return the figures right before a total that may be its parts: of its kind, in its sentence."""
    found = takewhile(
        lambda figure: (
            figure.units & whole.units
            and _END_OF_CLAUSE.isdisjoint(text[figure.end : whole.start])
            and figure.depth == whole.depth
        ),
        reversed(figures[-PROSE.most_unannounced :]),
    )
    return tuple(found)[::-1]


def _parts_at_end(whole: Figure, figures: Figures) -> Figures:
    """Return the last of the figures that add up to the whole; none where no number of them does."""
    ends = (figures[-number:] for number in range(_LEAST_PARTS, len(figures) + 1))
    return next((parts for parts in ends if _adds_up(whole, parts)), ())


def _is_plain_list(text: str, parts: Sequence[Figure]) -> bool:
    """Tell whether parts are one list (A3件、B4件), which nothing opens and no other figure stands in."""
    begins = max(text.rfind(mark, 0, parts[0].start) for mark in "，,;。:") + 1
    if len(parts) >= PROSE.most_unannounced or any(map(str.isdecimal, text[begins : parts[0].start])):
        return False  # the list may begin farther away
    opening = text[max(0, begins - PROSE.words_of_opening) : parts[-1].end]
    between = [text[part.end : following.start] for part, following in pairwise(parts)]
    return not _wording("opens").search(opening) and all(map(_NEXT_ITEM.fullmatch, between))


def _is_total_of_no_other(text: str, whole: Figure, parts: Sequence[Figure]) -> bool:
    is_exact = all(figure.exact for figure in (whole, *parts))
    is_repeated = any(part.value == whole.value for part in parts)
    is_twice = _may_overlap(whole, parts) or _wording("counted_twice").search(text)
    is_less = whole.value < _total_of(parts)
    return is_exact and not is_repeated and not (is_less and is_twice)


def _may_follow(text: str, whole: Figure, part: Figure, depth: int) -> bool:
    """Tell whether a figure may be a part of one before it: of its kind, at its side, in its sentence."""
    is_alike = bool(part.units & whole.units) and part.value > 0
    return is_alike and part.depth == depth and "。" not in text[whole.end : part.start]


def _total_of(figures: Iterable[Figure]) -> Decimal:
    return sum((figure.value for figure in figures), Decimal(0))


def _adds_up(whole: Figure, parts: Sequence[Figure]) -> bool:
    slack = whole.slack + sum(part.slack for part in parts)
    return abs(_total_of(parts) - whole.value) <= slack


@cache
def _vague_units() -> frozenset[str]:
    return frozenset(load_table("checks")["sums"]["vague"])
