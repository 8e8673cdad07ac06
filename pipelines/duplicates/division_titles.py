"""The titles of divisions: what one is about, and whether two are about the same.

Half of a title says nothing: 推进财政信息公开 and 推进行政信息公开 have seven of eight characters in common,
加强组织领导 stands in every plan and in many reports. So a title is compared twice, whole and by its
particular words: what is left without those that a title may have whatever it is about
(`knowledge/plan_titles.yaml`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from pipelines.knowledge import load_table, table_pattern

_NUMERAL = "[〇零一二三四五六七八九十百]{1,5}"
# The year after an item number (1.2019年…) is text; any other digit there makes a decimal (1.5) of it.
_NUMBER = re.compile(
    rf"[#*\s]*(?:第(?:{_NUMERAL}|\d{{1,3}})(?:[章节]|(?P<article>条(?:之{_NUMERAL})?))"
    rf"|[（(]\s*(?:{_NUMERAL}|\d{{1,2}})\s*[）)]\s*[、．.]?|{_NUMERAL}\s*[、．.]"
    r"|\d{1,2}(?:(?:[．.]\d{1,2})+(?!\d)(?:\s*[、．.])?|\s*(?:、|[．.](?!\d(?!\d{3}年)))))"
)
_LEAST_PARTICULAR = 2
_PIECE = 2


def strip_punctuation(text: str) -> str:
    """Return the letters and figures of a text in one width, without punctuation, marks and white space."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


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
    words = tuple(filter(None, _generic().split(title)))
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
    return _every_report().fullmatch(title) is not None


def _count_held(word: str, other: str) -> int:
    """Count the characters of a word that stand in another title in pieces of two."""
    if len(word) < _PIECE:
        return int(word in other)
    pieces = [word[at : at + _PIECE] in other for at in range(len(word) - _PIECE + 1)]
    return sum(any(pieces[max(0, at - _PIECE + 1) : at + 1]) for at in range(len(word)))


@cache
def _generic() -> re.Pattern[str]:
    words = {word for group in load_table("plan_titles")["generic"].values() for word in group}
    return re.compile("|".join(sorted(words, key=lambda word: (-len(word), word))))


@cache
def _every_report() -> re.Pattern[str]:
    headings = [*load_table("report_headings")["headings"], *load_table("plan_titles")["every_report"]]
    # A title is compared without its punctuation, so a pattern has to do without it, too.
    return re.compile("|".join(headings).replace("、", ""))


def number_end(passage: str) -> int:
    """Return where the numeral ends that a passage begins with; 0 where it begins with none.

    Args:
        passage: a passage that begins with its heading, as printed or normalised. The number of an article
            (第三条) is its name and stays.
    """
    match = _NUMBER.match(passage)
    return match.end() if match and not match["article"] else 0
