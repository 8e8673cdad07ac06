"""What comparisons leave out of a text: what changes from visit to visit, and what says nothing in a title.

*From visit to visit* a page changes though its text does not: counters, the moment of printing, letter sizes,
sharing. The patterns are in `knowledge/volatile.yaml`. They are believed only where no sentence can stand: on
a line that holds nothing else, or in a line of page furniture. A count that a sentence states is text.

*Of a title* half says nothing: 推进财政信息公开 and 推进行政信息公开 have seven of eight characters in
common, 加强组织领导 stands in every plan and in many reports. So a title is compared twice, whole and by its
particular words: what is left without those that a title may have whatever it is about
(`knowledge/plan_titles.yaml`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from pipelines.knowledge import load_table, table_pattern
from pipelines.text.normalise import strip_punctuation

Span = tuple[int, int]


# Characters of the longest line that is looked at; page furniture is short.
_LONGEST_LINE = 300
# What portals set between the fields of one line of page furniture.
_BETWEEN = r"[\s|｜/·\-—]"
_OF_SENTENCES = frozenset("。；！？，")
_SEPARATORS = re.compile(rf"{_BETWEEN}*")
# Portals set brackets around what is volatile.
_OPENING, _CLOSING = r"[\[［【(（]", r"[\]］】)）]"


# What is volatile. A space in the table only folds a long line; white space in a text is written \s there.
_FRAGMENT = "|".join(entry["pattern"].replace(" ", "") for entry in load_table("volatile")["fragments"])
_FRAGMENTS = re.compile(
    rf"(?:^|(?<={_BETWEEN}))(?:(?:{_FRAGMENT})|{_OPENING}\s*(?:{_FRAGMENT})\s*{_CLOSING})"
    rf"(?=\s*(?:$|{_BETWEEN}|{_OPENING}))"
)
# What else a line of page furniture holds.
_COMPANIONS = re.compile(
    rf"(?:^|(?<={_BETWEEN})|(?<={_OPENING}))(?:{'|'.join(load_table('volatile')['companions'])})\s*[:：]"
)


def find_volatile(text: str) -> tuple[Span, ...]:
    """Return where a text holds what changes from visit to visit.

    Args:
        text: a text or a passage, with its line ends.

    Returns:
        Half-open spans in order; none reaches over a line end.
    """
    spans: list[Span] = []
    start = 0
    for line in text.split("\n"):
        if len(line) <= _LONGEST_LINE:
            spans += [(start + first, start + last) for first, last in _in_line(line)]
        start += len(line) + 1
    return tuple(spans)


def without_volatile(text: str) -> str:
    """Return a text without what changes from visit to visit; line ends stay."""
    return "".join(text[start:end] for start, end in spans_between(find_volatile(text), len(text)))


def spans_between(spans: Iterable[Span], length: int) -> Iterator[Span]:
    """Yield what of a text stands before, between and behind spans, empty ones too: one more than there are.

    Args:
        spans: half-open, in order.
        length: of the text.
    """
    bounds: Sequence[int] = (0, *chain.from_iterable(spans), length)
    return zip(bounds[::2], bounds[1::2], strict=True)


def _in_line(line: str) -> list[Span]:
    found = [match.span() for match in _FRAGMENTS.finditer(line) if match.group().strip()]
    rest = [line[start:end] for start, end in spans_between(found, len(line))]
    is_alone = all(map(_SEPARATORS.fullmatch, rest))
    return found if is_alone or _is_furniture(rest) else []


def _is_furniture(rest: Sequence[str]) -> bool:
    """Whether the rest of a line is that of page furniture: labels with their values, and no sentence."""
    return all(map(_OF_SENTENCES.isdisjoint, rest)) and any(map(_COMPANIONS.search, rest))


# The titles of divisions: what one is about, and whether two are about the same.

_NUMERAL = "[〇零一二三四五六七八九十百]{1,5}"
# The year after an item number (1.2019年…) is text; any other digit there makes a decimal (1.5) of it.
_NUMBER = re.compile(
    rf"[#*\s]*(?:第(?:{_NUMERAL}|\d{{1,3}})(?:[章节]|(?P<article>条(?:之{_NUMERAL})?))"
    rf"|[（(]\s*(?:{_NUMERAL}|\d{{1,2}})\s*[）)]\s*[、．.]?|{_NUMERAL}\s*[、．.]"
    r"|\d{1,2}(?:(?:[．.]\d{1,2})+(?!\d)(?:\s*[、．.])?|\s*(?:、|[．.](?!\d(?!\d{3}年)))))"
)
# The longest first, for alternatives are tried in order; then by code point, so that the pattern is the same
# in every process.
_WORDS_OF_ANY = {word for group in load_table("plan_titles")["generic"].values() for word in group}
_GENERIC = re.compile("|".join(sorted(_WORDS_OF_ANY, key=lambda word: (-len(word), word))))
# A title is compared without its punctuation, so a pattern has to do without it, too.
_HEADINGS = [*load_table("report_headings")["headings"], *load_table("plan_titles")["every_report"]]
_EVERY_REPORT = re.compile("|".join(_HEADINGS).replace("、", ""))
_LEAST_PARTICULAR = 2
_PIECE = 2


@lru_cache(maxsize=8192)
def title_characters(heading_path: tuple[str, ...]) -> str:
    """Return the characters of the deepest heading of a path, its number left out.

    Args:
        heading_path: see `pipelines.text.outline.Passage`; empty for what stands before the first heading.
    """
    if not heading_path:
        return ""
    title = unicodedata.normalize("NFKC", heading_path[-1])
    number = _NUMBER.match(title)
    return strip_punctuation(title[number.end() :] if number else title)


@lru_cache(maxsize=8192)
def particular_words(title: str) -> tuple[str, ...]:
    """Return what is left of a title without the words that any may have: 推进重要决策公开 → 决策.

    Args:
        title: as `title_characters` gives it.

    Returns:
        The stretches between those words, in order; empty for a title that is about nothing in particular.
    """
    words = tuple(filter(None, _GENERIC.split(title)))
    return words if sum(map(len, words)) >= _LEAST_PARTICULAR else ()


def share_of_particulars(title: str, other: str) -> float:
    """Return how much of a title's particular words stands in another title, in pieces of two characters.

    Returns:
        From 0 to 1, as a share of the characters; 0 for a title that has no particular word.
    """
    words = particular_words(title)
    held = sum(_count_held(word, other) for word in words)
    return held / sum(map(len, words)) if words else 0.0


def is_preamble(title: str) -> bool:
    """Tell whether a division of a plan with this title asks for nothing by itself: 总体要求, 保障措施."""
    return table_pattern("plan_titles", "preambles").fullmatch(title) is not None


def is_in_every_report(title: str) -> bool:
    """Tell whether a report has a division of this title because the form of reports says so."""
    return _EVERY_REPORT.fullmatch(title) is not None


def _count_held(word: str, other: str) -> int:
    """Count the characters of a word that stand in another title in pieces of two."""
    if len(word) < _PIECE:
        # A word of one character makes no piece of two.
        return int(word in other)
    pieces = [word[at : at + _PIECE] in other for at in range(len(word) - _PIECE + 1)]
    # A character is held if any piece that it is part of stands in the other title.
    return sum(any(pieces[max(0, at - _PIECE + 1) : at + 1]) for at in range(len(word)))


def number_end(passage: str) -> int:
    """Return where the numeral ends that a passage begins with; 0 where it begins with none.

    Args:
        passage: a passage that begins with its heading, as printed or normalised. The number of an article
            (第三条) is its name and stays.
    """
    match = _NUMBER.match(passage)
    return match.end() if match and not match["article"] else 0
