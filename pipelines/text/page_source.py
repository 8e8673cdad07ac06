"""What the source of a page says without a parser: the text that it shows, and the literals of its scripts.

The visible text is for the classifier of responses, which looks at every page and must be quick, and for the
decoder of pages nested so deep that a parser drops their text.

White space folds here for pages, office files and names of files alike: as in a browser, with two differences
that Chinese needs. A line break in the source between two Chinese characters is no space, and the ideographic
space U+3000 inside a line is kept, since it separates names and keywords.
"""

from __future__ import annotations

import html
import re

# Each pattern stops at the next `<`, so that a million unclosed tags cost no more than their length.
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
_NOT_SHOWN = ("script", "style", "noscript", "template", "head", "svg")
_OPAQUE = re.compile(rf"<(?:(?P<name>{'|'.join(_NOT_SHOWN)})\b[^<>]*>|!--)", re.IGNORECASE)
_CLOSED = {name: re.compile(rf"</{name}\b[^<>]*>?", re.IGNORECASE) for name in _NOT_SHOWN} | {
    "": re.compile("-->")
}
_BREAK = re.compile(
    r"</?(?:p|div|br|h[1-6]|li|ul|ol|dl|dt|dd|tr|td|th|table|tbody|center|form|section|article|header|footer|"
    r"body|html|hr|pre|blockquote)\b[^<>]*>?",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z!?][^<>]*>?", re.IGNORECASE)
ESCAPE = re.compile(r"&#?\w*+;?")
_WORD = re.compile(r"\w+")
_BLANKS = re.compile(r"[\s\xa0\u3000\u200b\ufeff]+")


def visible_title(markup: str) -> str:
    """Return the text of the first `<title>`, white space folded; empty when there is none."""
    found = _TITLE.search(markup)
    return _fold_white_space(html.unescape(found.group(1))) if found else ""


def visible_lines(markup: str) -> list[str]:
    """Return the visible text of a page, one item per block, blank ones left out."""
    broken = _BREAK.sub("\n", _without_opaque(markup))
    lines = html.unescape(_TAG.sub("", broken)).split("\n")
    return [folded for line in lines if (folded := _fold_white_space(line))]


def count_shown(markup: str) -> int:
    """Count letters and digits that are shown: never more than there are, since escapes are left out."""
    return sum(map(len, _WORD.findall(ESCAPE.sub("", _TAG.sub(" ", _without_opaque(markup))))))


def _fold_white_space(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _without_opaque(markup: str) -> str:
    """Cut out comments and the elements whose content is not shown; an unclosed one hides the rest."""
    kept: list[str] = []
    start = 0
    while opened := _OPAQUE.search(markup, start):
        kept.append(markup[start : opened.start()])
        closed = _CLOSED[(opened["name"] or "").lower()].search(markup, opened.end())
        if closed is None:
            return "".join(kept)
        start = closed.end()
    return "".join((*kept, markup[start:]))


# Possessive: what has been read is never given back and read again.
STRING = r"""'(?:\\.|[^'\\\n])*+'|"(?:\\.|[^"\\\n])*+\""""
# One that is never closed ends with its line.
_STRING_OR_REST = r"""'(?:\\.|[^'\\\n])*+(?:'|(?=\n)|\\?\Z)|"(?:\\.|[^"\\\n])*+(?:"|(?=\n)|\\?\Z)"""
# Strings come first, so that the slashes of an address inside one never pass for a comment.
# Browsers take `<!--` in a script for a comment to the end of its line.
_STRING_OR_COMMENT = re.compile(
    rf"(?P<string>{_STRING_OR_REST})|/\*.*?(?:\*/|\Z)|//[^\n]*|<!--[^\n]*", re.DOTALL
)
# Source: ECMA-262, 12.9.4 (string literals), without `\u{…}`.
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def strip_comments(script: str) -> str:
    """Return a script without its comments; strings stay as they are."""
    return _STRING_OR_COMMENT.sub(lambda found: found["string"] or " ", script)


def string_value(written: str) -> str:
    """Return what a string of a script holds, entities of markup as they are.

    Args:
        written: the string, quotes included.
    """
    # In this order: a script's escapes may write the two halves of one character, which only together are
    # one.
    text = _ESCAPE.sub(_unescape_character, written[1:-1])
    # Escapes write characters beyond the basic plane as two halves; a half alone is no character.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape_character(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16))
    return _CONTROL.get(found[3], found[3])


# White space as a reader sees it, the same for pages, office files and names of files.

ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]")
EAST_ASIAN = "[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026]"
SOURCE_BREAK = re.compile(rf"(?<={EAST_ASIAN})[ \t\r\f]*\n\s*(?={EAST_ASIAN})")
SPACES = re.compile("[ \t\r\n\f\v\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f]+")
EDGES = " \u3000"
UNRENDERED = re.compile(r"\{\{[^{}]*\}\}")
"""A place that a script would have filled; without the script it shows nothing."""


def fold_line(text: str) -> str:
    """Fold the white space of one line as a reader sees it."""
    joined = SOURCE_BREAK.sub("", ZERO_WIDTH.sub("", UNRENDERED.sub("", text)))
    return SPACES.sub(" ", joined).strip(EDGES)


def fold_cells(line: str) -> str:
    """Fold the white space of a line in which tabs stay, since they may draw a table."""
    cells = (SPACES.sub(" ", cell).strip(EDGES) for cell in ZERO_WIDTH.sub("", line).strip("\t").split("\t"))
    return "\t".join(cells).strip("\t")
