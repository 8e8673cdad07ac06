"""White space as a reader sees it, the same for pages, office files and names of files.

It folds as in a browser, with two differences that Chinese needs: a line break in the source between two
Chinese characters is no space, and the ideographic space U+3000 inside a line is kept, since it separates
names and keywords.
"""

from __future__ import annotations

import re

ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]")
EAST_ASIAN = "[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026]"
SOURCE_BREAK = re.compile(rf"(?<={EAST_ASIAN})[ \t\r\f]*\n\s*(?={EAST_ASIAN})")
SPACES = re.compile("[ \t\r\n\f\v\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f]+")
EDGES = " \u3000"
UNRENDERED = re.compile(r"\{\{[^{}]*\}\}")
"""A place that a script would have filled; without the script it shows nothing."""
LETTER = re.compile(r"[^\W\d_n]")
"""A letter other than n, which has raised and lowered forms of its own as figures have."""
RAISED = {
    "sup": str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"),
    "sub": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"),
}
"""Superscript and subscript figures as characters: `10<sup>4</sup>` must not read 104."""


def fold_line(text: str) -> str:
    """Fold the white space of one line as a reader sees it."""
    joined = SOURCE_BREAK.sub("", ZERO_WIDTH.sub("", UNRENDERED.sub("", text)))
    return SPACES.sub(" ", joined).strip(EDGES)


def fold_cells(line: str) -> str:
    """Fold the white space of a line in which tabs stay, since they may draw a table."""
    cells = (SPACES.sub(" ", cell).strip(EDGES) for cell in ZERO_WIDTH.sub("", line).strip("\t").split("\t"))
    return "\t".join(cells).strip("\t")


def raise_figures(text: str, how: str) -> str:
    """Return text as it stands raised (`sup`) or lowered (`sub`); a word stays as it is, not half raised."""
    return text if LETTER.search(text) else text.translate(RAISED[how])
