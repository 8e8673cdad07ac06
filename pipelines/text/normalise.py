"""The normalised form of a passage: what two printings of one passage have in common.

Two passages with one normalised form are one section (`docs/sections.md`), so the form forgives how a text
was typed or scanned and nothing else. White space, the width of characters and the shape of quotes, dashes
and brackets go; every figure, word and punctuation mark stays, Markdown marks included. Figures decide
whatever is doubtful: white space between two digits falls only where the line is certainly prose.

The form is a function of the passage alone. A line with a tab or a pipe is a table row: its tabs become
`|` and its end stays a line end, so that no figure moves into the next cell.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

NORMALISER_VERSION = "1"

CELL_BORDER = "|"
GAP = "¦"
"""Stands between two digits that white space separates where they may be two figures."""

# NFKC would make 10² into 102 and 3① into 31: superscripts, subscripts and signs that hold several characters
# with a digit among them are left as they are. ㎡ and its like (U+339F–33A6) are units and are spelt out.
_KEPT = re.compile(
    "["
    "\u00aa\u00b2\u00b3\u00b9\u00ba\u02b0-\u02b8\u02e0-\u02e4\u10fc\u1d2c-\u1d2e\u1d30-\u1d3a\u1d3c-\u1d4d"
    "\u1d4f-\u1d6a\u1d78\u1d9b-\u1dbf\u2070\u2071\u2074-\u208e\u2090-\u209c\u2120\u2122\u2c7c\u2c7d\u2d6f"
    "\u3192-\u319f\ua69c\ua69d\ua770\ua7f1-\ua7f4\ua7f8\ua7f9\uab5c-\uab5f\uab69"
    "\U00010781-\U00010785\U00010787-\U000107b0\U000107b2-\U000107ba\U0001e030-\U0001e06d\U0001f16a-\U0001f16c"
    "\u00bc-\u00be\u2150-\u215f\u2189\u2460-\u249b\u24ea\u3251-\u325f\u32b1-\u32cb"
    "\u3358-\u3370\u3378\u3379\u33a8\u33af\u33e0-\u33fe\U0001f100-\U0001f10a"
    "]+"
)
_SHAPES = {
    **dict.fromkeys("“”„‟〝〞〟「」『』", '"'),
    **dict.fromkeys("‘’‚‛`´", "'"),
    **dict.fromkeys("‐‑‒–—―−─━", "-"),
    **dict.fromkeys("〜∼", "~"),
    **dict.fromkeys("•∙⋅‧・", "·"),
    **dict.fromkeys("〈‹⟨", "<"),
    **dict.fromkeys("〉›⟩", ">"),
    **dict.fromkeys("〔❲", "["),
    **dict.fromkeys("〕❳", "]"),
    "⋯": "...",
}
_AREA_SIGNS = dict(
    zip("㎟㎠㎡㎢㎣㎤㎥㎦", ("mm²", "cm²", "m²", "km²", "mm³", "cm³", "m³", "km³"), strict=True)
)
# Found by pattern: `str.translate` asks for each character of a Chinese text, and few are any of these.
_SHAPE = re.compile(f"[{''.join(_SHAPES)}]")
_AREA_SIGN = re.compile(f"[{''.join(_AREA_SIGNS)}]")
_POWER = re.compile(r"(?<=m)\s*(?:\^\s*(?P<typed>[23])(?!\d)|(?P<raised>[²³]))(?P<next>\s*(?=\d))?")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
_FIGURE = r"(?:[+-]?\d++(?:[.,]\d++)*+%?|-++|/)"
_CHAIN = re.compile(rf"(?<![\d.,+\-/]){_FIGURE}(?:\s++{_FIGURE})++(?![.,]?\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s++(?=\d)")
_SPACE = re.compile(r"\s++")
_AFTER_ITEM_NUMBER = frozenset(".、)")
_DATE_UNITS = frozenset("年月日")


def normalise_passage(raw: str) -> str:
    """Return the normalised form of a passage.

    Args:
        raw: the passage as printed, heading included, rows of tables as lines with tabs.

    Returns:
        The form without white space but for the line ends of table rows. Normalising it again changes
        nothing; two passages whose digits differ never share a form.
    """
    form = _normalise_once(raw)
    # Closing up may bring together what folds further (m and ², a letter and its accent).
    while (again := _normalise_once(form)) != form:
        form = again
    return form


def _normalise_once(text: str) -> str:
    blocks: list[str] = []
    lines = (line for line in _fold_characters(text).split("\n") if "\t" in line or not line.isspace())
    for is_table, block in groupby(lines, key=_is_table_row):
        if is_table:
            blocks.extend(_close_row(line) for line in block)
        else:
            blocks.append(_close_prose("\n".join(block)))
    return "\n".join(block for block in blocks if block)


def _is_table_row(line: str) -> bool:
    return "\t" in line or CELL_BORDER in line


def _fold_characters(text: str) -> str:
    """Return the text with one spelling for each width and shape, its white space still in place."""
    text = _LINE_END.sub("\n", _CONTROL.sub(" ", _INVISIBLE.sub("", text)))
    text = _POWER.sub(_spell_power, _AREA_SIGN.sub(lambda sign: _AREA_SIGNS[sign[0]], text))
    pieces: list[str] = []
    position = 0
    for kept in _KEPT.finditer(text):
        pieces += [unicodedata.normalize("NFKC", text[position : kept.start()]), kept.group()]
        position = kept.end()
    pieces.append(unicodedata.normalize("NFKC", text[position:]))
    return _SHAPE.sub(lambda sign: _SHAPES[sign[0]], "".join(pieces))


def _spell_power(match: re.Match[str]) -> str:
    power = match["typed"] or unicodedata.normalize("NFKC", match["raised"])
    return power if match["next"] is None else power + GAP


def _close_row(line: str) -> str:
    cells = (_SPACE.sub("", _BETWEEN_DIGITS.sub(GAP, cell)) for cell in line.split("\t"))
    return CELL_BORDER.join(cells)


def _close_prose(text: str) -> str:
    # Most prose has nothing to close up, and looking for figures in a row takes longest of all.
    return _SPACE.sub("", _CHAIN.sub(_close_chain, text)) if _SPACE.search(text) else text


def _close_chain(match: re.Match[str]) -> str:
    """Close up figures that follow one another where they are one figure broken in two, else mark the gap."""
    figures = match.group().split()
    is_range = len(figures) == 3 and figures[1] in {"-", "/"}
    if len(figures) >= 3 and not is_range:
        return GAP.join(figures)
    return _BETWEEN_DIGITS.sub("" if _is_one_figure(match) else GAP, match.group())


def _is_one_figure(match: re.Match[str]) -> bool:
    """Tell a figure broken in two (共2 019件) from two cells of a row that lost its tabs (收费 7 76)."""
    text, end = match.string, match.end()
    before, after = text[match.start() - 1 : match.start()], text[end : end + 1]
    if "\n" in match.group() and after in _AFTER_ITEM_NUMBER:
        return False  # 共20⏎1.深入: the second is the number of the next item
    if text[end : end + 2].lstrip()[:1] in _DATE_UNITS:
        return True
    in_a_word = before.isascii() and before.isalnum()
    return bool(before.strip() and after.strip()) and not in_a_word
