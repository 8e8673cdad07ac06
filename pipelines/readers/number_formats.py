"""A stored number as its sheet shows it, where the format of the cell is plain.

    0.30000000000000004, General   ─▶ 0.3        1234.5, "#,##0"   ─▶ 1,235
    0.125, "0.0%"                  ─▶ 12.5%      43831, "yyyy-m-d" ─▶ 2020-1-1

A format that is not plain (conditions, fractions, figures shown in thousands) is not imitated: the number is
then told as it is stored, and that this was done. A negative number always has its sign, also where the
format shows it by colour or brackets alone.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PRECISION = 15
"""Digits that a sheet keeps of a number; what is beyond them is how binary fractions come out."""
LONGEST = 40
"""Digits of a number that are written out."""
LARGEST_EXPONENT = 308
"""Of the numbers that sheets can store."""
LAST_DAY = 2_958_465
# A workbook may count days from 1 January 1904 (`date1904` in its properties).
DAYS_TO_1904 = 1_462
LONGEST_FORMAT = 255
"""Characters of a format that programs write; what is longer is none of theirs."""
# ECMA-376 part 1, 18.8.30 lists them; 27 to 36 and 50 to 58 differ by language there.
BUILT_IN: Mapping[int, str] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"',
    28: 'm"月"d"日"',
    29: 'm"月"d"日"',
    30: "m/d/yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"',
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    41: "#,##0",
    42: "#,##0",
    43: "#,##0.00",
    44: "#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    50: 'yyyy"年"m"月"',
    51: 'm"月"d"日"',
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: 'm"月"d"日"',
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
"""Formats that are not stored, by their number, as Chinese programs show them."""
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|[_*](?P<space>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<sign>.)",
    re.IGNORECASE | re.DOTALL,
)
COLOURS = re.compile(
    r"(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r\s*\d+|颜色\s*\d+|[黑蓝青绿红白黄]色?)$",
    re.IGNORECASE,
)
CURRENCY = re.compile(r"\$([^-\]]*)(?:-[0-9a-f,]+)?$", re.IGNORECASE)
PLACES = re.compile(r"(?P<whole>[#0?,]*?)(?P<fraction>\.[#0?]*)?$")
DATE_SIGNS = frozenset("ymdhsYMDHS")
LITERAL = frozenset("-+():¥￥$€ /年月日时分秒")
DATE_PART = re.compile(r"y+|m+|d+|h+|s+", re.IGNORECASE)


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
    if not stored.is_finite() or abs(stored.adjusted()) > LARGEST_EXPONENT:
        return Shown(str(stored), is_plain=False)
    parsed = _parse_format(number_format)
    rounded = _as_kept(stored)
    section = parsed[_section_for(rounded, len(parsed))]
    if section is None:
        return Shown(_show_general(rounded), is_plain=False)
    if section.is_date:
        text = _show_date(rounded, section.tokens, from_1904=from_1904)
        return Shown(_show_general(rounded), is_plain=False) if text is None else Shown(text)
    return Shown(_show_figures(rounded, section))


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a format: what is shown before, for and behind the number."""

    tokens: tuple[tuple[str, str], ...]
    is_date: bool
    is_general: bool
    places: str
    percents: int


@lru_cache(maxsize=1_000)
def _parse_format(code: str) -> tuple[Section | None, ...]:
    """Return the sections of a format; None for those that are not plain."""
    if len(code) > LONGEST_FORMAT:
        return (None,)
    sections: list[list[tuple[str, str]]] = [[]]
    for found in TOKEN.finditer(code or "General"):
        kind, text = str(found.lastgroup), found.group(str(found.lastgroup))
        if (kind, text) == ("sign", ";"):
            sections.append([])
        else:
            sections[-1].append((kind, text))
    parsed = tuple(_parse_section(tokens) for tokens in sections[:3])
    return parsed or (None,)


def _parse_section(tokens: list[tuple[str, str]]) -> Section | None:
    kept: list[tuple[str, str]] = []
    for kind, text in tokens:
        if kind == "bracket":
            currency = CURRENCY.match(text)
            if currency:
                kept.append(("quoted", currency.group(1)))
            elif not COLOURS.match(text):
                return None
        elif kind != "space":
            kept.append((kind, text))
    if any(kind == "sign" and text in DATE_SIGNS for kind, text in kept):
        return Section(tuple(kept), is_date=True, is_general=False, places="", percents=0)
    return _figure_section(kept)


def _figure_section(kept: list[tuple[str, str]]) -> Section | None:
    is_general = any(kind == "general" or (kind, text) == ("sign", "@") for kind, text in kept)
    signs = "".join(text if kind == "sign" else "\0" for kind, text in kept)
    blocks = re.findall(r"[#0?.,]+", signs)
    others = re.sub(r"[#0?.,%@\0]", "", signs)
    if len(blocks) + is_general > 1 or not set(others) <= LITERAL or (blocks and "/" in others):
        return None
    places = blocks[0] if blocks else ""
    if places and (not PLACES.match(places) or places.endswith(",") or ",." in places):
        return None  # a comma behind the places shows thousands
    return Section(
        tuple(kept), is_date=False, is_general=is_general, places=places, percents=signs.count("%")
    )


def _section_for(number: Decimal, count: int) -> int:
    if number < 0 and count > 1:
        return 1
    return 2 if number == 0 and count > 2 else 0


def _as_kept(stored: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = PRECISION
        context.rounding = ROUND_HALF_UP
        # A whole number that is stored in full keeps all of its digits.
        return stored if stored == stored.to_integral_value() and stored.adjusted() <= PRECISION else +stored


def _show_general(number: Decimal) -> str:
    if number == 0:
        return "0"
    if abs(number.adjusted()) > LONGEST:
        return str(number.normalize())
    return f"{number.normalize():f}"


def _show_figures(number: Decimal, section: Section) -> str:
    figure = _show_general(abs(number)) if section.is_general else _round_figure(abs(number), section)
    if section.percents and section.is_general:
        figure = _show_general(abs(number) * 100**section.percents)
    text, is_written = "", False
    for kind, piece in section.tokens:
        if kind == "general" or (kind == "sign" and piece in "#0?.,@"):
            text += "" if is_written else figure
            is_written = True
        else:
            text += piece
    text = text.strip()
    if number < 0 and "-" not in text and any(digit in "123456789" for digit in text):
        return f"-{text.removeprefix('(').removesuffix(')')}" if text.startswith("(") else f"-{text}"
    return text


def _round_figure(number: Decimal, section: Section) -> str:
    found = PLACES.match(section.places)
    whole = section.places if found is None else found["whole"]
    fraction = (found["fraction"] or "") if found else ""
    most, least = len(fraction.lstrip(".")), fraction.count("0")
    with localcontext() as context:
        context.prec = 400
        scaled = number * 100**section.percents
        if abs(scaled.adjusted()) > LONGEST and scaled:
            return _show_general(scaled)
        digits = f"{scaled.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP):f}"
    before, _, behind = digits.partition(".")
    while len(behind) > least and behind.endswith("0"):
        behind = behind[:-1]
    before = before.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole and before:
        before = _group_digits(before)
    return f"{before}.{behind}" if behind else before


def _group_digits(digits: str) -> str:
    head = len(digits) % 3
    groups = [digits[:head]] * bool(head) + [digits[at : at + 3] for at in range(head, len(digits), 3)]
    return ",".join(groups)


def _show_date(serial: Decimal, tokens: tuple[tuple[str, str], ...], *, from_1904: bool) -> str | None:
    if not 0 <= serial <= LAST_DAY - (DAYS_TO_1904 if from_1904 else 0):
        return None
    # The first sheets held 1900 for a leap year, and all since do: days before March 1900 are one less.
    first = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30 if serial >= 60 else 31)  # noqa: DTZ001  sheets know no zones
    moment = first + dt.timedelta(seconds=round(float(serial) * 86_400))
    pieces = list(_date_pieces(tokens))
    text = ""
    for at, piece in enumerate(pieces):
        shown = piece[1:] if piece.startswith("\0") else _date_part(moment, piece, pieces, at)
        if shown is None:
            return None
        text += shown
    return text.strip()


def _date_pieces(tokens: tuple[tuple[str, str], ...]) -> Iterator[str]:
    r"""Yield the parts of a date's format: runs of one letter, and what is shown as it is, behind `\0`."""
    signs = "".join(piece if kind == "sign" else "\0" for kind, piece in tokens)
    literals = iter(piece for kind, piece in tokens if kind != "sign")
    at = 0
    while at < len(signs):
        found = DATE_PART.match(signs, at)
        if found:
            run = re.match(f"{re.escape(signs[at])}+", signs[at:], re.IGNORECASE)
            yield (run or found).group().lower()
            at += len((run or found).group())
        else:
            yield "\0" + (next(literals) if signs[at] == "\0" else signs[at])
            at += 1


def _date_part(moment: dt.datetime, part: str, pieces: list[str], at: int) -> str | None:
    """Return a part of a date as shown; None for names of months and days, which are not plain."""
    if part[0] != "y" and len(part) > 2:
        return None
    numbers = {"y": moment.year, "m": moment.month, "d": moment.day, "h": moment.hour, "s": moment.second}
    number = moment.minute if part[0] == "m" and _is_minute(pieces, at) else numbers[part[0]]
    if part[0] == "y":
        return f"{number:04d}" if len(part) > 2 else f"{number % 100:02d}"
    return f"{number:02d}" if len(part) == 2 else str(number)


def _is_minute(pieces: list[str], at: int) -> bool:
    """Tell minutes from months, which share a letter: minutes follow hours or stand before seconds."""
    before = [piece[0] for piece in pieces[:at] if piece[0] != "\0"]
    behind = [piece[0] for piece in pieces[at + 1 :] if piece[0] != "\0"]
    return before[-1:] == ["h"] or behind[:1] == ["s"]
