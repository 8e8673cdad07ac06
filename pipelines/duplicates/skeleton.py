"""A normalised passage without what weighs nothing: punctuation outside figures, and doubled characters.

Scanners and editors drop, add and double such things freely, and no fact hangs on them. What separates two
figures does: 3、15 is not 315, and 3.5 is not 3,5. Cell borders and row ends of tables stay, so that no
figure moves into the next cell, and so does a cell that holds nothing but a dash.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pipelines.knowledge import load_table
from pipelines.text.normalise import CELL_BORDER, GAP

NUMERALS = "〇○零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟萬億廿卅半"
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
BORDERS = f"{CELL_BORDER}\n{GAP}"
SEPARATOR = "、"
"""Stands for whatever mark separates two figures, unless the mark may belong to one figure."""

# The signs of radicals that readers of PDF give for the characters they look like; Unicode gives these no
# compatible form, as it does for those of Kangxi. Source: EquivalentUnifiedIdeograph.txt.
_RADICALS = dict(
    zip(
        "⺟⺠⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻡⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "母民西见角贝车長长门雨青韦页风飞食首马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_RADICAL = re.compile(f"[{''.join(_RADICALS)}]")
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
_SEPARATES = frozenset((SEPARATOR, GAP))
_SIGNS = frozenset("-+<>$")
# A-5 and 3-5 have a hyphen, no minus.
_NO_SIGN_AFTER = re.compile(r"[A-Za-z\d\-]")
# 3万、5件 are two figures, 3万5件 is one.
_MAGNITUDES = frozenset("十百千万亿拾佰仟萬億")


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


def _replace_radicals(form: str) -> str:
    return _RADICAL.sub(lambda sign: _RADICALS[sign[0]], form)


def _weigh_marks(match: re.Match[str]) -> str:
    """Return what is left of a run of marks beside a figure or a border."""
    text, run = match.string, match.group()
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if before and after and _PARTS_NOTHING.fullmatch(run):
        return ""
    if after.isdecimal():
        return _weigh_before_digit(match, before)
    if before in NUMERALS and after in NUMERALS and before and after:
        return SEPARATOR
    # An empty cell, or one that holds a dash alone, stays a cell.
    is_cell = f"{before}{after}" in {"||", "|\n", "\n|", "|", "\n"}
    return run if is_cell or (run == "+" and before.isdecimal()) else ""


def _weigh_before_digit(match: re.Match[str], before: str) -> str:
    text, run, end = match.string, match.group(), match.end()
    if text[max(match.start() - 2, 0) : match.start()] in _POWERS:
        return GAP  # as the normalised form has it where no mark stands between m2 and a figure
    if before.isdecimal():
        return run if run in _WITHIN_A_FIGURE else SEPARATOR
    ahead = run[-2] if len(run) > 1 else before
    if run[-1] in _SIGNS and not _NO_SIGN_AFTER.match(ahead) and not _is_no_sign(match):
        return run[-1]
    if run[-1] == "." and (ahead in BORDERS or _SHARE.match(text, end)):
        return "."
    return SEPARATOR if before in _MAGNITUDES else ""


def _is_no_sign(match: re.Match[str]) -> bool:
    """Tell whether what may be a sign begins a list or a quotation, or is the bracket of a title."""
    text, run, end = match.string, match.group(), match.end()
    if not match.start() and _ITEM_NUMBER.match(text, end):
        return True
    return run.endswith(("<<", ">>")) or (run[-1] in "<>" and bool(_YEAR.match(text, end)))


def _drop_double(match: re.Match[str]) -> str:
    """Return a doubled character once, unless it is a figure or no slip (市市场监督管理局)."""
    sign = match[1]
    if not _COLLAPSIBLE.match(sign) or _truly_doubled().match(match.string, match.start()):
        return match.group()
    return sign


@cache
def _truly_doubled() -> re.Pattern[str]:
    return re.compile("|".join(load_table("protected_words")["truly_doubled"]))
