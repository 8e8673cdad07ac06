"""What a reader sees of a page, without a parser: linear in the size of the markup, whatever it holds.

Two callers need that: the classifier of responses, which looks at every page and must be quick, and the
decoder of pages nested so deep that a parser drops their text.
"""

from __future__ import annotations

import html
import re

# Each pattern stops at the next `<`, so that a million unclosed tags cost no more than their length.
TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
NOT_SHOWN = ("script", "style", "noscript", "template", "head", "svg")
OPAQUE = re.compile(rf"<(?:(?P<name>{'|'.join(NOT_SHOWN)})\b[^<>]*>|!--)", re.IGNORECASE)
CLOSED = {name: re.compile(rf"</{name}\b[^<>]*>?", re.IGNORECASE) for name in NOT_SHOWN} | {
    "": re.compile("-->")
}
BREAK = re.compile(
    r"</?(?:p|div|br|h[1-6]|li|ul|ol|dl|dt|dd|tr|td|th|table|tbody|center|form|section|article|header|footer|"
    r"body|html|hr|pre|blockquote)\b[^<>]*>?",
    re.IGNORECASE,
)
TAG = re.compile(r"</?[a-z!?][^<>]*>?", re.IGNORECASE)
ESCAPE = re.compile(r"&#?\w*+;?")
WORD = re.compile(r"\w+")
BLANKS = re.compile(r"[\s\xa0\u3000\u200b\ufeff]+")


def visible_title(markup: str) -> str:
    """Return the text of the first `<title>`, white space folded; empty when there is none."""
    found = TITLE.search(markup)
    return _fold_white_space(html.unescape(found.group(1))) if found else ""


def visible_lines(markup: str) -> list[str]:
    """Return the visible text of a page, one item per block, blank ones left out."""
    broken = BREAK.sub("\n", _without_opaque(markup))
    lines = html.unescape(TAG.sub("", broken)).split("\n")
    return [folded for line in lines if (folded := _fold_white_space(line))]


def count_shown(markup: str) -> int:
    """Count letters and digits that are shown: never more than there are, since escapes are left out."""
    return sum(map(len, WORD.findall(ESCAPE.sub("", TAG.sub(" ", _without_opaque(markup))))))


def _fold_white_space(text: str) -> str:
    return BLANKS.sub(" ", text).strip()


def _without_opaque(markup: str) -> str:
    """Cut out comments and the elements whose content is not shown; an unclosed one hides the rest."""
    kept: list[str] = []
    start = 0
    while opened := OPAQUE.search(markup, start):
        kept.append(markup[start : opened.start()])
        closed = CLOSED[(opened["name"] or "").lower()].search(markup, opened.end())
        if closed is None:
            return "".join(kept)
        start = closed.end()
    return "".join((*kept, markup[start:]))
