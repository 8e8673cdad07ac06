"""Numbers as lists print them: the third as 三, ③ or iii."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIGITS = "〇一二三四五六七八九"
STEMS = "甲乙丙丁戊己庚辛壬癸"
BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
LARGEST = 3_999


def printed_number(number: int, style: str) -> str | None:
    """Return a number in a style of lists (ST_NumberFormat); None where the print is not known for sure.

    Args:
        number: from 0.
        style: `decimal`, `chineseCounting` …; `none` and `bullet` print no number.
    """
    style = "decimal" if style == "" else style
    if style not in STYLES or not 0 <= number <= LARGEST:
        return None
    return STYLES[style](number)


def _counted(number: int) -> str | None:
    """Return 12 as 十二; beyond 99 programs differ."""
    if number > 99 or number == 0:
        return None
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return lead + (DIGITS[ones] if ones else "")


def _from(first: str, last: int) -> Callable[[int], str | None]:
    return lambda number: chr(ord(first) + number - 1) if 1 <= number <= last else None


def _letters(first: str) -> Callable[[int], str | None]:
    # The 27th is aa, the 53rd aaa.
    return lambda number: (
        chr(ord(first) + (number - 1) % 26) * ((number - 1) // 26 + 1) if 1 <= number <= 780 else None
    )


def _of(signs: str) -> Callable[[int], str | None]:
    return lambda number: signs[number - 1] if 1 <= number <= len(signs) else None


def _roman(number: int) -> str | None:
    printed = ""
    for size, sign in ROMAN:
        while number >= size:
            printed, number = printed + sign, number - size
    return printed or None


def _lower_roman(number: int) -> str | None:
    printed = _roman(number)
    return printed.lower() if printed else None


def _nothing(_number: int) -> str:
    return ""


STYLES: Mapping[str, Callable[[int], str | None]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalHalfWidth": str,
    "decimalFullWidth": lambda number: str(number).translate(FULL_WIDTH),
    "decimalFullWidth2": lambda number: str(number).translate(FULL_WIDTH),
    "decimalEnclosedCircle": _from("①", 20),
    "decimalEnclosedCircleChinese": _from("①", 20),
    "decimalEnclosedFullstop": _from("⒈", 20),
    "decimalEnclosedParen": _from("⑴", 20),
    "chineseCounting": _counted,
    "chineseCountingThousand": _counted,
    "japaneseCounting": _counted,
    "taiwaneseCounting": _counted,
    "taiwaneseCountingThousand": _counted,
    "ideographDigital": lambda number: "".join(DIGITS[int(digit)] for digit in str(number)),
    "taiwaneseDigital": lambda number: _counted(number) if number < 11 else None,
    "japaneseDigitalTenThousand": lambda number: "".join(DIGITS[int(digit)] for digit in str(number)),
    "ideographTraditional": _of(STEMS),
    "ideographZodiac": _of(BRANCHES),
    "lowerLetter": _letters("a"),
    "upperLetter": _letters("A"),
    "lowerRoman": _lower_roman,
    "upperRoman": _roman,
    "none": _nothing,
    "bullet": _nothing,
}
