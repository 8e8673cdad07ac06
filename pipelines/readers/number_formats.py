"""A stored number as its sheet shows it, where the format of the cell is plain.

    0.30000000000000004, General   ─▶ 0.3        1234.5, "#,##0"   ─▶ 1,235
    0.125, "0.0%"                  ─▶ 12.5%      43831, "yyyy-m-d" ─▶ 2020-1-1

A format that is not plain (conditions, fractions, figures shown in thousands, names of months) is not
imitated: the number is then told as it is stored, and that this was done. A negative number always has its
sign, also where the format shows it by colour or brackets alone. Ours, since LibreOffice shows built-in
formats as America does.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

from pipelines.knowledge import load_table

# Digits that a sheet keeps of a number (IEEE 754); what is beyond is how binary fractions come out.
_PRECISION = 15
LONGEST = 40
"""Digits of a number that are written out."""
# Of the numbers that sheets can store (IEEE 754).
_LARGEST_EXPONENT = 308
# 31 December 9999, the last day of sheets (ECMA-376 part 1, 18.17.4.1).
_LAST_DAY = 2_958_465
# A workbook may count days from 1 January 1904 (`date1904` in its properties).
DAYS_TO_1904 = 1_462
BUILT_IN: Mapping[int, str] = load_table("number_formats")["built_in"]
"""Formats that are not stored, by their number."""
# ECMA-376 part 1, 18.8.31: what a code is made of. WPS writes ! for \, and colours in Chinese.
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^-\]]*)(?:-[0-9a-f,]+)?\]'
    r"|(?P<unshown>[_*].|\[(?:black|blue|cyan|green|magenta|red|white|yellow|(?:colou?r|颜色)\s*\d+|[黑蓝青绿红白黄]色?)\])"
    r"|(?P<general>General|G/通用格式|@)|(?P<figure>[#0?.,]+)|(?P<date>y+|m+|d+|h+|s+)"
    r"|(?P<literal>[-+():¥￥$€ /年月日时分秒%])|(?P<end>;)|(?P<odd>.)",
    re.IGNORECASE | re.DOTALL,
)
_PLACES = re.compile(r"(?P<whole>[#0?,]*?)(?P<fraction>\.[#0?]*)?$")
_GROUP = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as shown.

    Attributes:
        text: its characters; empty where the format shows none.
        is_plain: whether the format is one that is imitated.
    """

    text: str
    is_plain: bool = True


def show_number(stored: Decimal, number_format: str, *, from_1904: bool = False) -> Shown:
    """Return a number as its cell shows it.

    Args:
        stored: the number.
        number_format: the format's code, with its sections.
        from_1904: whether days are counted from 1904.
    """
    if not stored.is_finite() or abs(stored.adjusted()) > _LARGEST_EXPONENT:
        return Shown(str(stored), is_plain=False)
    number = _as_kept(stored)
    sections = _split_sections(number_format)
    # The second of several sections shows what is negative, the third zero.
    at = 1 if number < 0 else 2 if number == 0 else 0
    section = sections[at if at < len(sections) else 0]
    text = None
    if any(kind == "date" for kind, _ in section):
        text = _show_date(number, section, from_1904=from_1904)
    elif _is_plain_figure(section):
        text = _show_figure(number, section)
    return Shown(_show_general(number), is_plain=False) if text is None else Shown(text)


Pieces = tuple[tuple[str, str], ...]
"""Of one section of a format: the kind of each, by its group in `_PIECE`, and what it shows."""


@lru_cache(maxsize=1_000)
def _split_sections(code: str) -> tuple[Pieces, ...]:
    sections: list[list[tuple[str, str]]] = [[]]
    for found in _PIECE.finditer(code or "General"):
        kind = str(found.lastgroup)
        if kind == "end":
            sections.append([])
        elif kind != "unshown":
            sections[-1].append((kind, found[kind]))
    return tuple(map(tuple, sections[:3]))


def _as_kept(stored: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = _PRECISION
        context.rounding = ROUND_HALF_UP
        # A whole number that is stored in full keeps all of its digits.
        return stored if stored == stored.to_integral_value() and stored.adjusted() <= _PRECISION else +stored


def _show_general(number: Decimal) -> str:
    if number == 0:
        return "0"
    return str(number.normalize()) if abs(number.adjusted()) > LONGEST else f"{number.normalize():f}"


def _is_plain_figure(section: Pieces) -> bool:
    """Tell whether a section shows one number, in places that are no fraction and no thousands."""
    kinds = [kind for kind, _ in section]
    places = [text for kind, text in section if kind == "figure"]
    if "odd" in kinds or len(places) + kinds.count("general") > 1:
        return False
    # A comma behind the places shows thousands.
    return not places or not (
        ("literal", "/") in section
        or not _PLACES.match(places[0])
        or places[0].endswith(",")
        or ",." in places[0]
    )


def _show_figure(number: Decimal, section: Pieces) -> str:
    with localcontext() as context:
        context.prec = _LARGEST_EXPONENT + LONGEST
        scaled = abs(number) * 100 ** section.count(("literal", "%"))
        text = ""
        for kind, piece in section:
            if kind == "general":
                text += _show_general(scaled)
            else:
                text += _fill_places(scaled, piece) if kind == "figure" else piece
    text = text.strip()
    has_sign = any(piece == "-" for _, piece in section)
    if number < 0 and not has_sign and any(digit in "123456789" for digit in text):
        return f"-{text.removeprefix('(').removesuffix(')')}" if text.startswith("(") else f"-{text}"
    return text


def _fill_places(number: Decimal, places: str) -> str:
    found = _PLACES.match(places)
    whole, fraction = (found["whole"], found["fraction"] or "") if found else (places, "")
    if len(fraction) > LONGEST or (number and abs(number.adjusted()) > LONGEST):
        return _show_general(number)
    digits = f"{number.quantize(Decimal(1).scaleb(-len(fraction[1:])), ROUND_HALF_UP):f}"
    before, _, behind = digits.partition(".")
    least = fraction.count("0")
    behind = behind[:least] + behind[least:].rstrip("0")
    before = before.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        before = _GROUP.sub(",", before)
    return f"{before}.{behind}" if behind else before


def _show_date(serial: Decimal, section: Pieces, *, from_1904: bool) -> str | None:
    """Return a day and a time as shown; None for names of months and days, and for what is no day."""
    if not 0 <= serial <= _LAST_DAY - (DAYS_TO_1904 if from_1904 else 0) or any(
        kind == "odd" for kind, _ in section
    ):
        return None
    # The first sheets held 1900 for a leap year, and all since do: days before March 1900 are one less.
    first = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30 if serial >= 60 else 31)  # noqa: DTZ001  sheets know no zones
    moment = first + dt.timedelta(seconds=round(float(serial) * 86_400))
    units = [text[0].lower() for kind, text in section if kind == "date"]
    shown, at = "", -1
    for kind, piece in section:
        at += kind == "date"
        part = _date_part(moment, piece, units, at) if kind == "date" else piece
        if part is None:
            return None
        shown += part
    return shown.strip()


def _date_part(moment: dt.datetime, part: str, units: list[str], at: int) -> str | None:
    unit = units[at]
    if unit == "y":
        return f"{moment.year:04d}" if len(part) > 2 else f"{moment.year % 100:02d}"
    if len(part) > 2:
        return None
    # Minutes share a letter with months: they follow hours, or stand before seconds.
    if unit == "m" and ("h" in units[max(0, at - 1) : at] or "s" in units[at + 1 : at + 2]):
        number = moment.minute
    else:
        number = {"m": moment.month, "d": moment.day, "h": moment.hour, "s": moment.second}[unit]
    return f"{number:02d}" if len(part) == 2 else str(number)
