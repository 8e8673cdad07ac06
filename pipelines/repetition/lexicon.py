"""The words that decide what is protected, arranged so that one look at two characters finds most of them.

The words are those of `knowledge/protected_words.yaml` and the divisions of `knowledge/regions.csv`, with and
without 省, 市, 县. Every word has one role; where lists disagree the first of `Role` wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from pipelines.knowledge import load_table
from pipelines.regions import division_names
from pipelines.repetition.bones import bones_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DIVISION = re.compile(
    "(?:特别行政区|自治区|自治州|自治县|自治旗|地区|新区|林区|特区|矿区|省|市|县|区|旗|盟|州)$"
)


class Role(IntEnum):
    """What a word is to those that read names and turns off a passage."""

    PLACE = 1
    TURN = 2
    BODY = 3
    STRONG_ENDING = 4
    """Names a body together with what stands before it, known or not."""
    LONG_LEVEL = 5
    """示范区, 街道: names a place together with what stands before it."""
    FIELD = 6
    """Part of a name only where an ending follows."""
    PLAIN = 7
    """Nothing; and what it consists of is nothing either, but for numerals."""
    LEVEL = 8
    WEAK_ENDING = 9
    """Ends a name only right after a place, a level or a field."""
    FIGURE = 10
    """No word: a figure, a border, a sign."""
    LETTERS = 11
    """No word: Latin letters."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words, for the two ways in which they are looked up.

    Attributes:
        by_head: of each word of two characters or more, by its first two, the rest and its role, the longest
            first.
        signs: of each word of one character its role.
        before_names: characters at which no unknown name goes on.
        number_letters: characters of which the letters of a document number are made.
    """

    by_head: Mapping[str, tuple[tuple[str, Role], ...]]
    signs: Mapping[str, Role]
    before_names: frozenset[str]
    number_letters: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """Return the lexicon."""
    table = load_table("protected_words")
    roles: dict[str, Role] = {}
    for role, words in (
        (Role.PLAIN, table["plain"]),
        (Role.FIELD, table["fields"]),
        (Role.LONG_LEVEL, table["long_levels"]),
        (Role.LEVEL, table["levels"]),
        (Role.WEAK_ENDING, table["weak_endings"]),
        (Role.STRONG_ENDING, table["strong_endings"]),
        (Role.BODY, table["bodies"]),
        (Role.TURN, table["turns"]),
        (Role.TURN, table["turn_signs"]),
        (Role.PLACE, _places(table["places"], frozenset(table["common_as_places"]))),
    ):
        roles.update((bones_of(word), role) for word in words)
    heads: dict[str, list[tuple[str, Role]]] = {}
    for word in sorted(roles, key=len, reverse=True):
        if len(word) > 1:
            heads.setdefault(word[:2], []).append((word[2:], roles[word]))
    return Lexicon(
        by_head={head: tuple(rests) for head, rests in heads.items()},
        signs={word: role for word, role in roles.items() if len(word) == 1},
        before_names=frozenset(table["before_names"]),
        number_letters=frozenset(table["number_letters"]),
    )


def _places(others: Iterable[str], common: frozenset[str]) -> set[str]:
    """Return the names of places, with what they are of and without, where that leaves a name."""
    names = set(division_names())
    bare = {_DIVISION.sub("", name) for name in names}
    return names | {name for name in bare if len(name) > 1} - common | set(others)
