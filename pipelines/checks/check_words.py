"""How labels, dates, numbers and passages stand in what a check says (`pipelines/knowledge/checks.yaml`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.checks.check_catalogue import Words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from decimal import Decimal

LEFT_OUT = "……"
"""Stands in a quotation for what is left out of it."""
_SINGLE_QUOTES = str.maketrans("“”", "‘’")
_PAUSE = re.compile("[，。；：、,;]")
_WHOLE_AT_END = re.compile(r"[\d.,%]+$")
_WHOLE_AT_START = re.compile(r"^[\d.,%]+")


def listed(items: Iterable[str], *, at_most: int = 8, counted: str = "处") -> Words:
    """Return quoted labels as a list; of a long one the beginning and how many there are.

    Args:
        items: the labels; one that comes again is named once.
        at_most: so many are named.
        counted: the measure word for how many there are.
    """
    labels = list(dict.fromkeys(items))
    named = [f"“{within_quotes(label)}”" for label in labels[:at_most]]
    if len(labels) <= at_most:
        return Words("、".join(named), ", ".join(named))
    return Words(
        f"{'、'.join(named)}等{len(labels)}{counted}",
        f"{', '.join(named)} and {len(labels) - at_most} more",
    )


def within_quotes(text: str) -> str:
    """Return a text fit to stand between “ and ”: its own quotation marks become single ones.

    Source: GB/T 15834-2011, 4.8 (引号).
    """
    return text.translate(_SINGLE_QUOTES)


def on_day(date: dt.date) -> Words:
    """Return a date: 2021年3月31日."""
    return Words(f"{date.year}年{date.month}月{date.day}日", date.isoformat())


def shortened(text: str, *, at_most: int = 90) -> str:
    """Return a printed passage; of a long one both ends, cut at a punctuation mark and never in a figure."""
    if len(text) <= at_most:
        return text
    half = at_most // 2
    beginnings = [mark.end() for mark in _PAUSE.finditer(text, half // 2, half)]
    endings = [mark.end() for mark in _PAUSE.finditer(text, len(text) - half, len(text) - half // 2)]
    head = text[: beginnings[-1]] if beginnings else _WHOLE_AT_END.sub("", text[:half])
    tail = text[endings[0] :] if endings else _WHOLE_AT_START.sub("", text[-half:])
    return f"{head}{LEFT_OUT}{tail}"


def plain(number: Decimal) -> str:
    """Return an exact decimal without exponent."""
    return format(number, "f")
