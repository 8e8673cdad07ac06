"""The figures in a sentence: how many of what, whether exactly, and what the words before them say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from pipelines.checks.sentences import GAP
from pipelines.knowledge import load_table

_BOUNDARY = re.compile("[，,、;:。()《》“”]")
MONEY = "元"

_SCALES = {None: 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_RANGE = re.compile(rf"(?:\d[-~—–至到]|\d，|{GAP})$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its measure word.

    Attributes:
        value: as printed; money in 元.
        units: its measure words; two for 件（条）.
        start: where it begins in the sentence.
        end: where it ends, measure word included.
        slack: by how much it may be off where it is rounded to its last decimal; 0 for a whole number.
        exact: whether it is meant to the last digit: not 约, 余, 1.2万件 nor 3至5件.
        label: the words before it, from the last punctuation mark or figure.
        tail: the words behind it, up to the next punctuation mark or figure.
    """

    value: Decimal
    units: frozenset[str]
    start: int
    end: int
    slack: Decimal
    exact: bool
    label: str
    tail: str


def figures_in(text: str) -> tuple[Figure, ...]:
    """Return the figures with measure words in a closed-up sentence, in order.

    Left out are ordinals, comparisons with another time (比上年增加20件) and averages (每月3件), which are no
    parts of anything in the sentence.
    """
    matches = list(_figure().finditer(text))
    ends = [0, *(match.end() for match in matches)]
    starts = [*(match.start() for match in matches), len(text)]
    found = (
        _read(match, before=ends[number], after=starts[number + 1]) for number, match in enumerate(matches)
    )
    return tuple(figure for figure in found if figure)


@cache
def _words() -> dict[str, str]:
    return {name: str(pattern) for name, pattern in load_table("checks")["figures"].items()}


@cache
def _figure() -> re.Pattern[str]:
    words = _words()
    return re.compile(
        rf"(?<![\d.A-Za-z第])(?P<number>\d{{1,3}}(?:,\d{{3}})+(?![\d,])|\d+(?:\.\d+)?)"
        rf"(?P<about>{words['about_behind']})?(?P<scale>[千万亿])?(?P<about_too>{words['about_behind']})?"
        rf"(?P<unit>{words['units']})(?:[(/](?P<other_unit>{words['units']})\)?)?"
        rf"(?P<about_last>{words['about_last']})?"
    )


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_words()[name])


def _read(match: re.Match[str], *, before: int, after: int) -> Figure | None:
    text = match.string
    label = _last_words(text[before : match.start()])
    if _pattern("left_out").search(label):
        return None
    is_money = match["unit"] == MONEY
    number = Decimal(match["number"].replace(",", ""))
    scale = Decimal(_SCALES[match["scale"]]) if is_money else Decimal(1)
    about = any(match[name] for name in ("about", "about_too", "about_last"))
    rounded = about or (match["scale"] and not is_money)
    in_range = _RANGE.search(text, max(0, match.start() - 2), match.start())
    return Figure(
        value=number * scale,
        units=frozenset(filter(None, (match["unit"], match["other_unit"]))),
        start=match.start(),
        end=match.end(),
        slack=_slack(number) * scale,
        exact=not (rounded or in_range or _pattern("about_before").search(label)),
        label=label,
        tail=_first_words(text[match.end() : after]),
    )


def _slack(number: Decimal) -> Decimal:
    places = -int(number.as_tuple().exponent)
    return Decimal(5).scaleb(-places - 1) if places > 0 else Decimal(0)


def _last_words(text: str) -> str:
    return _BOUNDARY.split(text)[-1]


def _first_words(text: str) -> str:
    return _BOUNDARY.split(text, maxsplit=1)[0]
