"""What happens to a passage on its way through scanners and editors, done to planted passages on purpose."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from benchmarks._planted import Passage, Piece, Sort, look_alikes

Noise = Callable[[str, random.Random], str]

_WIDE = str.maketrans(
    {chr(sign): chr(sign + 0xFEE0) for sign in (*range(0x30, 0x3A), *range(0x41, 0x5B), 0x25)}
)
_ASCII_MARKS = str.maketrans("，；。：（）“”", ',;｡:()""')
_MARKS = "，；。、"
_AREA_SIGNS = ("㎡", "m²", "m^2", " m ^ 2")
_GARBAGE = "□■〓?�"


def with_format_noise(passage: Passage, chance: random.Random) -> Passage:
    """Return a copy in another format: one to three of width, spaces, marks, signs of units, breaks."""
    text = passage.text
    for change in chance.sample(_FORMATS, chance.randint(1, 3)):
        text = change(text, chance)
    return Passage((Piece(text, Sort.WORDS),), passage.base, "format")


def with_slips(passage: Passage, count: int, letters: list[str] | None, chance: random.Random) -> Passage:
    """Return a copy with slips of one character each, in words that are not protected.

    Args:
        passage: the passage.
        count: how many slips, each in another place.
        letters: what a character may be replaced by; None to take look-alikes and what scanners put for dirt.
        chance: decides where and which.
    """
    pieces = list(passage.pieces)
    for at, where in sorted(chance.sample(_open_places(passage), count), reverse=True):
        pieces[at] = _slip(pieces[at], where, letters, chance)
    return Passage(tuple(pieces), passage.base, f"{count} slip{'s' if count > 1 else ''}")


def with_protected_slip(passage: Passage, letters: list[str], chance: random.Random) -> Passage | None:
    """Return a copy with a slip inside a name or a turn; None where there is none."""
    places = [
        (at, where)
        for at, piece in enumerate(passage.pieces)
        if piece.sort in (Sort.PLACE, Sort.BODY, Sort.TURN)
        for where in range(len(piece.text))
    ]
    if not places:
        return None
    at, where = chance.choice(places)
    slipped = _slip(passage.pieces[at], where, letters, chance)
    return Passage((*passage.pieces[:at], slipped, *passage.pieces[at + 1 :]), passage.base, "protected slip")


def with_unknown_name(
    passage: Passage, letters: list[str], chance: random.Random
) -> tuple[Passage, Passage] | None:
    """Return two copies that name two places, or bodies, which no list has; None where none is named."""
    at = next((at for at, piece in enumerate(passage.pieces) if piece.sort in (Sort.PLACE, Sort.BODY)), None)
    if at is None:
        return None
    ending = chance.choice(("镇", "乡", "街道", "村", "社区", "开发区", "中心", "公司", "局"))
    names = ["".join(chance.sample(letters, 2)) + ending for _ in range(2)]
    one, other = (
        Passage(
            (*passage.pieces[:at], Piece(name, Sort.PLACE), *passage.pieces[at + 1 :]),
            passage.base,
            "unknown",
        )
        for name in names
    )
    return one, other


def _open_places(passage: Passage) -> list[tuple[int, int]]:
    return [
        (at, where)
        for at, piece in enumerate(passage.pieces)
        if piece.sort is Sort.WORDS
        for where, sign in enumerate(piece.text)
        if sign.isalpha()
    ]


def _slip(piece: Piece, where: int, letters: list[str] | None, chance: random.Random) -> Piece:
    text, sign = piece.text, piece.text[where]
    way = chance.randrange(3)
    put = ("", sign * 2, _misread(sign, letters, chance))[way]
    return replace(piece, text=text[:where] + put + text[where + 1 :])


def _misread(sign: str, letters: list[str] | None, chance: random.Random) -> str:
    if letters is not None:
        return chance.choice([letter for letter in letters if letter != sign])
    alike = next((pair for pair in look_alikes() if sign in pair), None)
    return alike.replace(sign, "") if alike else chance.choice(_GARBAGE)


def _widen(text: str, chance: random.Random) -> str:
    del chance
    return text.translate(_WIDE)


def _space_out(text: str, chance: random.Random) -> str:
    """Put white space between characters that are no figures."""
    places = _gaps(text)
    for at in sorted(chance.sample(places, min(4, len(places))), reverse=True):
        text = text[:at] + chance.choice((" ", "\u3000", "\u00a0", "\u200b")) + text[at:]
    return text


def _reshape_marks(text: str, chance: random.Random) -> str:
    del chance
    return text.translate(_ASCII_MARKS)


def _lose_mark(text: str, chance: random.Random) -> str:
    """Leave out, double or bolden a mark, but for one that separates two figures."""
    places = [
        mark.start() for mark in re.finditer(f"[{_MARKS}](?!(?<![\u4e00-\u9fff].)[^\u4e00-\u9fff])", text)
    ]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + chance.choice(("", "，，", "**", "。**")) + text[at + 1 :]


def _respell_units(text: str, chance: random.Random) -> str:
    return text.replace("㎡", chance.choice(_AREA_SIGNS)).replace("%", chance.choice("%％﹪"))


def _break_page(text: str, chance: random.Random) -> str:
    at = chance.choice(_gaps(text))
    return text[:at] + chance.choice(("\n\n", "\r\n", "\n　　\n")) + text[at:]


def _break_figure(text: str, chance: random.Random) -> str:
    """Break a figure in two, as a page or letterspacing does; broken in three, nobody knows what it was."""
    figures = list(re.finditer(r"\d{4,}", text))
    if not figures:
        return text
    at = chance.choice(figures).start() + 1
    return text[:at] + chance.choice((" ", "\n")) + text[at:]


def _gaps(text: str) -> list[int]:
    """Return where white space may be put without telling a figure apart."""
    tied = [sign.isascii() or unicodedata.normalize("NFKC", sign).isascii() for sign in text]
    return [at for at in range(1, len(text)) if not (tied[at - 1] or tied[at])]


_FORMATS: tuple[Noise, ...] = (
    _widen,
    _space_out,
    _reshape_marks,
    _lose_mark,
    _respell_units,
    _break_page,
    _break_figure,
)
