"""Labels without what differs between printings: width, script, white space, quotes, numbers, brackets.

For comparing only: what is stored stays as printed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipelines.knowledge import Thresholds, load_table

remember = lru_cache(maxsize=16_384)
"""Keeps what a function made of the last labels: the pages of one portal print the same ones."""


class FormThresholds(Thresholds):
    """What is a label, a row, a table and a cell of a form (`knowledge/thresholds/statutory_tables.yaml`)."""

    count_digits: int
    money_digits: int
    decimals: int
    cell_chars: int
    label_chars: int
    shown_chars: int
    shown_labels: int
    row_labels: int
    contained_chars: int
    second_rows: int
    third_rows: int
    outcomes: int
    quoted_lines: int
    flat_lines: int
    flat_chars: int
    indicators: int
    facts: int
    choices: int
    tries: int


STATUTORY = FormThresholds.load("statutory_tables")

FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
"""The full-width forms of ASCII (U+FF01 to U+FF5E) and what they are forms of."""
UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_SPACE = re.compile(rf"[\s{UNSEEN}]+")
# Quotes within labels are printed in every shape, or left out.
_QUOTES = dict.fromkeys("“”‘’\"'「」『』`´", "")
_SCRIPTS = load_table("traditional")
SIMPLIFIED = str.maketrans(*("".join(_SCRIPTS[script].split()) for script in ("traditional", "simplified")))
"""What labels in traditional characters are in simplified ones; each stays one character."""
_FOLDED = SIMPLIFIED | str.maketrans(_QUOTES)
_ENUMERATOR = re.compile(
    r"^(?:[一二三四五六七八九十]+[、,.]|\([一二三四五六七八九十]+\)[、.]?|\d{1,2}[、.,)]|\(\d{1,2}\)|\d(?=[\u4e00-\u9fff]))"
)


def folded_label(text: str) -> str:
    """Return a label in NFKC and simplified, without white space and quotation marks.

    Numbers and brackets stay.
    """
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).translate(_FOLDED)


@remember
def is_blank(text: str) -> bool:
    """Tell whether nothing is seen of a text: white space, and characters without width."""
    return not text or text.isspace() or _SPACE.fullmatch(text) is not None


def bare_label(text: str) -> str:
    """Return a label folded, without the number before it and the colon behind it.

    `（二）部分公开（区分处理的…）：` is `部分公开(区分处理的…)`.
    """
    return _ENUMERATOR.sub("", folded_label(text)).rstrip(":")


@remember
def is_numbered(text: str) -> bool:
    """Tell whether a label begins with a number, as those of rows do and those of columns do not."""
    return _ENUMERATOR.match(folded_label(text)) is not None


def label_head(text: str) -> str:
    """Return a bare label up to its first bracket: what stands in brackets is a note or a unit.

    `规章（设区的市、自治州人民政府应提供相关数据）` is `规章`.
    """
    # 武汉市生态环境局 2020 left instructions in its labels: （指2020年增加或减少的事项数，…如-8）.
    bare = bare_label(text)
    return bare.partition("(")[0] or bare
