"""The numeral of a heading: a mark of its place among the others, and no figure that a text states."""

from __future__ import annotations

import re

_NUMERAL = "[〇零一二三四五六七八九十百]{1,5}"
_NUMBER = re.compile(
    rf"\s*[#*\s]*(?:第(?:{_NUMERAL}|\d{{1,3}})[章节]|[（(]\s*(?:{_NUMERAL}|\d{{1,2}})\s*[）)]\s*[、．.]?"
    rf"|{_NUMERAL}\s*[、．.]|\d{{1,2}}(?:[．.]\d{{1,2}})+(?!\d)|\d{{1,2}}\s*(?:、|[．.](?!\d(?!\d{{3}}年))))"
)


def number_end(passage: str) -> int:
    """Return where the numeral ends that a passage begins with; 0 where it begins with none.

    Args:
        passage: a passage that begins with its heading, as printed or normalised. The number of an article
            (第三条) is its name and stays.
    """
    match = _NUMBER.match(passage)
    return match.end() if match else 0
