"""What a reader sees of a page, without a parser: linear in the size of the markup, whatever it holds.

Two callers need that: the classifier of responses, which looks at every page and must be quick, and the
decoder of pages nested so deep that a parser drops their text.
"""

from __future__ import annotations

import html
import re

# Each pattern stops at the next `<`, so that a million unclosed tags cost no more than their length.
TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
OPAQUE = re.compile(
    r"<(?P<open>script|style|noscript|template|head|svg)\b[^<>]*>|</(?P<close>script|style|noscript|template|head|svg)\b[^<>]*>?"
    r"|(?P<comment><!--)|(?P<end>-->)",
    re.IGNORECASE,
)
BREAK = re.compile(
    r"</?(?:p|div|br|h[1-6]|li|ul|ol|dl|dt|dd|tr|td|th|table|tbody|center|form|section|article|header|footer|"
    r"body|html|hr|pre|blockquote)\b[^<>]*>?",
    re.IGNORECASE,
)
TAG = re.compile(r"</?[a-z!?][^<>]*>?", re.IGNORECASE)
BLANKS = re.compile(r"[\s\xa0\u3000\u200b\ufeff]+")


def visible_title(markup: str) -> str:
    """Return the text of the first `<title>`, white space folded; empty when there is none."""
    found = TITLE.search(markup)
    return _folded(html.unescape(found.group(1))) if found else ""


def visible_lines(markup: str) -> list[str]:
    """Return the visible text of a page, one item per block, blank ones left out."""
    broken = BREAK.sub("\n", _without_opaque(markup))
    lines = html.unescape(TAG.sub("", broken)).split("\n")
    return [folded for line in lines if (folded := _folded(line))]


def _folded(text: str) -> str:
    return BLANKS.sub(" ", text).strip()


def _without_opaque(markup: str) -> str:
    """Cut out comments and the elements whose content is not shown; an unclosed one hides the rest."""
    kept: list[str] = []
    start = 0
    waiting_for: str | None = None
    for found in OPAQUE.finditer(markup):
        if waiting_for is None:
            opened = "-->" if found["comment"] else (found["open"] or "").lower()
            if opened:
                kept.append(markup[start : found.start()])
                waiting_for = opened
        elif waiting_for == (found["end"] or (found["close"] or "").lower()):
            start = found.end()
            waiting_for = None
    if waiting_for is None:
        kept.append(markup[start:])
    return "".join(kept)
