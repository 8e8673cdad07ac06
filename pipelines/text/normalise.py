"""The normalised form of a passage: what two printings of one passage have in common; numerals as figures.

Two passages with one normalised form are one section (`docs/sections.md`), so the form forgives how a text
was typed or scanned and nothing else: white space, the width of characters, the shape of quotes, dashes and
brackets. Figures decide whatever is doubtful: white space between two digits falls only where the line is
certainly prose. A line with a tab or a pipe is a table row: its tabs become `|` and its end stays a line end,
so that no figure moves into the next cell.

The skeleton of a form lacks what weighs nothing in a comparison: punctuation outside figures, and doubled
characters, which scanners and editors drop, add and double freely. What separates two figures does weigh:
3、15 is not 315, and 3.5 is not 3,5. Cell borders and row ends stay, and so does a cell that holds but a
dash. Figures that stand raised or lowered are written with the characters for these: 10⁴ is not 104.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

from pipelines.knowledge import load_table, table_pattern

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
_SIGNS = load_table("signs")
_SHAPES = {sign: shape for shape, signs in _SIGNS["shapes"].items() for sign in signs}
_AREA_SIGNS = _SIGNS["areas"]
# Found by pattern: `str.translate` asks for each character of a Chinese text, and few are any of these.
_SHAPE = re.compile(f"[{''.join(_SHAPES)}]")
_AREA_SIGN = re.compile(f"[{''.join(_AREA_SIGNS)}]")
_POWER = re.compile(r"(?<=m)\s*(?:\^\s*(?P<typed>[23])(?!\d)|(?P<raised>[²³]))(?P<next>\s*(?=\d))?")
# Soft hyphens, marks of direction, joiners, variation selectors, byte order marks.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
# C0 and C1 of ISO 6429, but for tabs and line ends: they show nothing, and part what they stand between.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# U+2028 and U+2029 are Unicode's own ends of lines and paragraphs.
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
_FIGURE = r"(?:[+-]?\d++(?:[.,]\d++)*+%?|-++|/)"
# Possessive throughout: a long column of figures is one chain, and is read once.
_CHAIN = re.compile(rf"(?<![\d.,+\-/]){_FIGURE}(?:\s++{_FIGURE})++(?![.,]?\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s++(?=\d)")
_SPACE = re.compile(r"\s++")
_AFTER_ITEM_NUMBER = frozenset(".、)")
# Before a unit of a date a figure is whole, however it is spaced.
_DATE_UNITS = frozenset("年月日")

NUMERALS = "〇○零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟萬億廿卅半"
# The first block, extension A, compatible forms, and all of planes 2 and 3.
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
BORDERS = f"{CELL_BORDER}\n{GAP}"
# Stands for whatever mark separates two figures, unless the mark may belong to one figure.
_SEPARATOR = "、"

# The signs of radicals that readers of PDF give for the characters they look like: fonts share one glyph for
# both. Unicode gives these no compatible form, as it does for those of Kangxi.
# Source: EquivalentUnifiedIdeograph.txt.
RADICALS = dict(
    zip(
        "⺟⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻡⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "母民虎西见角贝车長长门雨青韦页风飞食首马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_RADICAL = re.compile(f"[{''.join(RADICALS)}]")
# What is not seen, or is set upon or around the character before it.
_UNSEEN = (
    "\u0300-\u036f\u115f\u1160\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2800\u3099\u309a\u3164"
    "\ufe20-\ufe2f\uffa0\U000e0000-\U000e01ef"
)
# Signs that are as good as a word (√ in a cell, □, ≥) are no punctuation, nor are % and ‰.
_MARK = (
    "[\\t\\r\\x0b\\x0c\\x20!\"#$&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{}~\u00a0\u00a1\u00a7\u00ab\u00ad\u00b4\u00b6-\u00b8\u00bb\u00bf"
    "\u2000-\u202f\u2032-\u205f\u2060-\u206f\u3000-\u3003\u3008-\u3020\u3030\u303d\u30fb\ufe10-\ufe19\ufe30-\ufe6b\ufeff"
    "\u2768-\u2775\u27e6-\u27ef\u2983-\u2998\u29fc\u29fd\u2e00-\u2e5d"
    f"{_UNSEEN}]"
)
# Far from any figure or border a mark goes whatever it is; most are there.
_FAR = re.compile(rf"(?<![\d{NUMERALS}{BORDERS}])(?<!{_MARK}){_MARK}++(?![\d{NUMERALS}{BORDERS}])")
_NEAR = re.compile(rf"{_MARK}++")
# 渠渠 for 渠 in 新乡市人民政府2019年: scanners and converters double characters.
_DOUBLED = re.compile(r"(\w)\1+")
_COLLAPSIBLE = re.compile(f"[{HAN}](?<![{NUMERALS}])")
_POWERS = frozenset({"m2", "m3"})
# Before a share a point is its decimal point, the zero left out (.5%).
_SHARE = re.compile(r"\d{1,3}%")
# Marks of Markdown and of page ends that converters leave within words: 公共利¶益 in 新乡市人民政府2019年.
_PARTS_NOTHING = re.compile(rf"(?:\*\*|__|~~|[`\\¶{_UNSEEN}])+")
# The dash before 1、 draws a list; it is no sign.
_ITEM_NUMBER = re.compile(r"\d{1,3}(?:[、)]|\.\D|(?:\.\d{1,2}){2,}\D)")
# <2019年…> is the bracket of a title and compares nothing.
_YEAR = re.compile(r"(?:19|20)\d\d年")
_WITHIN_A_FIGURE = frozenset(".,:/-~+")
_SEPARATES = frozenset((_SEPARATOR, GAP))
_LEADING_SIGNS = frozenset("-+<>$")
# A-5 and 3-5 have a hyphen, no minus.
_NO_SIGN_AFTER = re.compile(r"[A-Za-z\d\-]")
# 3万、5件 are two figures, 3万5件 is one.
_MAGNITUDES = frozenset("十百千万亿拾佰仟萬億")
# A letter other than n, which has raised and lowered forms of its own as figures have.
_LETTER = re.compile(r"[^\W\d_n]")
RAISED = {
    "sup": str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"),
    "sub": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"),
}
"""Superscript and subscript figures as characters: `10<sup>4</sup>` must not read 104."""


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
    # A letter before it makes a code (GB2312 80) of which each figure is its own.
    in_a_word = before.isascii() and before.isalnum()
    return bool(before.strip() and after.strip()) and not in_a_word


def skeleton_of(form: str) -> str:
    """Return the characters of a form that a comparison weighs.

    Args:
        form: the normalised passage (`pipelines.text.normalise`); any other text is taken as it is.
    """
    return _DOUBLED.sub(_drop_double, _NEAR.sub(_weigh_marks, _FAR.sub("", _replace_radicals(form))))


# A passage may be asked about at each of its slips, and against each of many neighbours.
@lru_cache(maxsize=256)
def places_in_form(form: str, skeleton: str) -> tuple[int, ...]:
    """Return for each character of the skeleton where it stands in the form, and last the end of the form."""
    places = []
    at = 0
    form = _replace_radicals(form)
    for sign in skeleton:
        while form[at] != sign and not (sign in _SEPARATES and _NEAR.match(form, at)):
            at += 1
        places.append(at)
        at += 1
    return *places, len(form)


def strip_punctuation(text: str) -> str:
    """Return the letters and figures of a text in one width, without punctuation, marks and white space."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def raise_figures(text: str, how: str) -> str:
    """Return text as it stands raised (`sup`) or lowered (`sub`); a word stays as it is, not half raised."""
    return text if _LETTER.search(text) else text.translate(RAISED[how])


def _replace_radicals(form: str) -> str:
    return _RADICAL.sub(lambda sign: RADICALS[sign[0]], form)


def _weigh_marks(match: re.Match[str]) -> str:
    """Return what is left of a run of marks beside a figure or a border."""
    text, run = match.string, match.group()
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if before and after and _PARTS_NOTHING.fullmatch(run):
        return ""
    if after.isdecimal():
        return _weigh_before_digit(match, before)
    if before in NUMERALS and after in NUMERALS and before and after:
        return _SEPARATOR
    # An empty cell, or one that holds a dash alone, stays a cell.
    is_cell = f"{before}{after}" in {"||", "|\n", "\n|", "|", "\n"}
    return run if is_cell or (run == "+" and before.isdecimal()) else ""


def _weigh_before_digit(match: re.Match[str], before: str) -> str:
    text, run, end = match.string, match.group(), match.end()
    if text[max(match.start() - 2, 0) : match.start()] in _POWERS:
        return GAP  # as the normalised form has it where no mark stands between m2 and a figure
    if before.isdecimal():
        return run if run in _WITHIN_A_FIGURE else _SEPARATOR
    ahead = run[-2] if len(run) > 1 else before
    if run[-1] in _LEADING_SIGNS and not _NO_SIGN_AFTER.match(ahead) and not _is_no_sign(match):
        return run[-1]
    if run[-1] == "." and (ahead in BORDERS or _SHARE.match(text, end)):
        return "."
    return _SEPARATOR if before in _MAGNITUDES else ""


def _is_no_sign(match: re.Match[str]) -> bool:
    """Tell whether what may be a sign begins a list or a quotation, or is the bracket of a title."""
    text, run, end = match.string, match.group(), match.end()
    if not match.start() and _ITEM_NUMBER.match(text, end):
        return True
    return run.endswith(("<<", ">>")) or (run[-1] in "<>" and bool(_YEAR.match(text, end)))


def _drop_double(match: re.Match[str]) -> str:
    """Return a doubled character once, unless it is a figure or no slip (市市场监督管理局)."""
    sign = match[1]
    truly_doubled = table_pattern("protected_words", "truly_doubled")
    if not _COLLAPSIBLE.match(sign) or truly_doubled.match(match.string, match.start()):
        return match.group()
    return sign


# Numerals, Chinese and Arabic ones, signs like ㈠ or ⒈.

FIGURES = str.maketrans("〇○◯零Ｏ一二三四五六七八九", "00000123456789")
"""Numerals of one character as Arabic figures, as in the year 二○一八, with all that is set for 〇."""

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2}


_RUN_OF_FIGURES = re.compile(r"\d+")


def mask_numbers(text: str) -> str:
    """Return a text with each number as 0: running heads and titles that differ by theirs alone are alike."""
    return _RUN_OF_FIGURES.sub("0", text)


def list_numbers(text: str) -> list[str]:
    """Return the numbers of a text as their figures are printed; of 3.5 two."""
    return _RUN_OF_FIGURES.findall(text)


def ordinal_of(numeral: str) -> int:
    """Return the value of a numeral: Chinese up to 999, Arabic of either width, or a sign like ㈠ or ⒈."""
    if numeral.isdecimal():
        return int(numeral)
    if "㈠" <= numeral <= "㈩":
        return ord(numeral) - ord("㈠") + 1
    if "⒈" <= numeral <= "⒛":
        return ord(numeral) - ord("⒈") + 1
    total = 0
    digit = 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    # 百 and 十 multiply the digit before them and 〇 is no digit of its own, so 一百〇五 is 105.
    return total + digit
