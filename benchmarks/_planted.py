"""Passages made of pieces that say whether they are protected: the ground truth of the planted corpus.

What is protected is marked by whoever wrote the clauses (`_planted_frames.yaml`) and by the slots that fill
them; nothing here asks the program that is measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.bodies.regions import division_names

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_FRAMES = Path(__file__).with_name("_planted_frames.yaml")
_TOKEN = re.compile(r"\{(?P<slot>\w+)\}|\[(?P<marked>[^\]]+)\]|\((?P<ways>[^)]+)\)|(?P<text>[^{\[(]+)")
_FIGURE_UNITS = ("件", "条", "万元", "人次", "户", "份", "项", "万㎡", "家")
_NUMERALS = "二三四五六七八九"
_BOILERPLATE_SHARE = 0.12
_COMMAS = "，；。"


class Sort(StrEnum):
    """What a piece of a planted passage is."""

    WORDS = "words"
    FIGURE = "figure"
    NUMERAL = "numeral"
    YEAR = "year"
    PLACE = "place"
    BODY = "body"
    TURN = "turn"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a planted passage; all but `Sort.WORDS` are protected."""

    text: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Passage:
    """A planted passage.

    Attributes:
        pieces: its text, joined.
        base: the number of the passage that it is a copy of, or its own.
        made: how it was made from that: `base`, a kind of noise, or a kind of difference.
    """

    pieces: tuple[Piece, ...]
    base: int
    made: str

    @property
    def text(self) -> str:
        """The passage as printed."""
        return "".join(piece.text for piece in self.pieces)


class Grammar:
    """The clauses of one corpus, and what fills their slots."""

    def __init__(self, name: str, chance: random.Random) -> None:
        """Read a grammar.

        Args:
            name: of the corpus in `_planted_frames.yaml`; each of the two has its own half of the places.
            chance: decides everything that is left open.
        """
        table = _table()["corpora"][name]
        self.chance = chance
        self.has_look_alikes: bool = table["look_alikes"]
        self.turns: list[list[str]] = table["turns"]
        self.bodies: list[str] = table["bodies"]
        self.clauses = [list(_TOKEN.finditer(clause)) for clause in table["clauses"]]
        self.plain = [clause for clause in self.clauses if not any(part["slot"] for part in clause)]
        half = sorted(_table()["corpora"]).index(name)
        self.places = sorted(name for name in division_names() if len(name) == 3)[half::2]
        self.letters = sorted(
            {sign for clause in self.clauses for part in clause for sign in _plain_letters(part)}
        )

    def passage(self, number: int) -> Passage:
        """Return a new passage of 40 to 400 characters; one in eight says nothing that is protected."""
        clauses = self.plain if self.chance.random() < _BOILERPLATE_SHARE else self.clauses
        wanted = min(self.chance.randint(40, 400), self.chance.randint(40, 400))
        pieces: list[Piece] = []
        length = 0
        while length < wanted:
            for part in self.chance.choice(clauses):
                pieces.append(self._piece(part))
                length += len(pieces[-1].text)
            pieces.append(Piece(self.chance.choice(_COMMAS), Sort.WORDS))
        return Passage(tuple(pieces), number, "base")

    def changed(self, passage: Passage, at: int) -> Passage:
        """Return a copy that differs in one protected piece: a digit, a numeral, a name, a turn."""
        piece = passage.pieces[at]
        other = piece
        while other.text == piece.text:
            other = replace(piece, text=self._other(piece))
        pieces = (*passage.pieces[:at], other, *passage.pieces[at + 1 :])
        return Passage(pieces, passage.base, f"other {piece.sort}")

    def _piece(self, part: re.Match[str]) -> Piece:
        if part["text"]:
            return Piece(part["text"], Sort.WORDS)
        if part["marked"]:
            return Piece(part["marked"], Sort.MARKED)
        if part["ways"]:
            return Piece(self.chance.choice(part["ways"].split("|")), Sort.WORDS)
        return self._fill(part["slot"])

    def _fill(self, slot: str) -> Piece:
        chance = self.chance
        fill: dict[str, Callable[[], tuple[str, Sort]]] = {
            "figure": lambda: (self._figure() + chance.choice(_FIGURE_UNITS), Sort.FIGURE),
            "share": lambda: (f"{chance.randint(1, 99)}.{chance.randint(1, 9)}%", Sort.FIGURE),
            "year": lambda: (f"{chance.randint(2008, 2024)}年", Sort.YEAR),
            "day": lambda: (f"{chance.randint(1, 12)}月{chance.randint(1, 28)}日", Sort.FIGURE),
            "numeral": lambda: (chance.choice(("", "十", "二十")) + chance.choice(_NUMERALS), Sort.NUMERAL),
            "place": lambda: (self._place(), Sort.PLACE),
            "body": lambda: (self._place() + chance.choice(self.bodies), Sort.BODY),
            "turn": lambda: (chance.choice(chance.choice(self.turns)), Sort.TURN),
        }
        return Piece(*fill[slot]())

    def _figure(self) -> str:
        point = f".{self.chance.randint(1, 99)}" if self.chance.random() < 1 / 3 else ""
        return f"{self.chance.randint(2, 99999)}{point}"

    def _place(self) -> str:
        return self.chance.choice(self.places)

    def _other(self, piece: Piece) -> str:
        match piece.sort:
            case Sort.FIGURE | Sort.YEAR:
                return _swap(piece.text, "0123456789", self.chance)
            case Sort.NUMERAL:
                return _swap(piece.text, _NUMERALS, self.chance)
            case Sort.PLACE:
                return self._place()
            case Sort.BODY:
                return self._other_body(piece.text)
            case _:
                pair = next(pair for pair in self.turns if piece.text in pair)
                return pair[1 - pair.index(piece.text)]

    def _other_body(self, name: str) -> str:
        """Return a body of another place, or another body of the place."""
        if self.chance.random() < 0.5:
            return self._place() + name[3:]
        return name[:3] + self.chance.choice(self.bodies)


def changeable(passage: Passage) -> list[int]:
    """Return which pieces of a passage can be told otherwise."""
    fixed = (Sort.WORDS, Sort.MARKED)
    return [at for at, piece in enumerate(passage.pieces) if piece.sort not in fixed]


def protected_pieces(passage: Passage) -> tuple[str, ...]:
    """Return what is protected in a passage, in order."""
    return tuple(piece.text for piece in passage.pieces if piece.sort is not Sort.WORDS)


def _swap(text: str, alphabet: str, chance: random.Random) -> str:
    """Put another sign of an alphabet in the place of one."""
    at = chance.choice([place for place, sign in enumerate(text) if sign in alphabet])
    return text[:at] + chance.choice(alphabet.replace(text[at], "")) + text[at + 1 :]


def _plain_letters(part: re.Match[str]) -> str:
    return re.sub(r"[^\u4e00-\u9fff]", "", part["text"] or part["ways"] or "")


def look_alikes() -> list[str]:
    """Return pairs of characters that recognition takes for each other."""
    pairs: list[str] = _table()["look_alikes"]
    return pairs


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(_FRAMES.read_text("utf-8"))
    return table
