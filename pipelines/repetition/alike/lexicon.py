"""The words that decide what is protected, and one pattern that finds them all.

The words are those of `knowledge/protected_words.yaml` and the divisions of `knowledge/regions.csv`, with and
without 省, 市, 县. Every word has one role; where lists disagree the first of `Role` wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from pipelines.bodies.regions import division_names
from pipelines.knowledge import load_table
from pipelines.repetition.alike.bones import bones_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Trie = dict[str, "Trie"]

_FAN, _LEAF = 4, 10
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
    TOPIC = 7
    """The same, and a turn where none follows."""
    PLAIN = 8
    """Nothing; and what it consists of is nothing either, but for numerals."""
    LEVEL = 9
    KNOWN_LEVEL = 10
    """A level of which every name is known."""
    WEAK_ENDING = 11
    """Ends a name only right after a place, a level or a field."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words, and the pattern that finds them.

    Attributes:
        roles: of each word its role; words of one character among them.
        pattern: finds the words of two characters or more: from the left, the longest that begins there.
        signs: the words of one character.
        boundaries: a pattern for the words of one character that are such only after some others.
        hidden: by the character with which a word may end what follows it in a turn that begins there.
        before_names: characters at which no unknown name goes on.
        number_letters: characters of which the letters of a document number are made.
    """

    roles: Mapping[str, Role]
    pattern: str
    signs: str
    boundaries: str
    hidden: Mapping[str, tuple[str, ...]]
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
        (Role.TOPIC, table["topics"]),
        (Role.LONG_LEVEL, table["long_levels"]),
        (Role.LEVEL, table["levels"]),
        (Role.KNOWN_LEVEL, table["known_levels"]),
        (Role.WEAK_ENDING, table["weak_endings"]),
        (Role.STRONG_ENDING, table["strong_endings"]),
        (Role.BODY, table["bodies"]),
        (Role.TURN, table["turns"]),
        (Role.TURN, table["turn_signs"]),
        (Role.PLACE, table["told_levels"]),
        (Role.PLACE, _places(table["places"], frozenset(table["common_as_places"]))),
    ):
        roles.update((bones_of(word), role) for word in words)
    signs = "".join(sorted(word for word in roles if len(word) == 1))
    roles.update(dict.fromkeys(table["boundary_signs"], Role.TURN))
    return Lexicon(
        roles=roles,
        pattern=_pattern([word for word in roles if len(word) > 1]),
        signs=signs,
        boundaries=f"(?<=[{''.join(table['bounded'])}])[{''.join(table['boundary_signs'])}]",
        hidden=_continuations(word for word in roles if len(word) > 1 and roles[word] is Role.TURN),
        before_names=frozenset(table["before_names"]),
        number_letters=frozenset(table["number_letters"]),
    )


def _continuations(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for the first character of some words what follows it in them, the longest first."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(word[0], []).append(word[1:])
    return {first: tuple(following) for first, following in rests.items()}


def _pattern(words: Iterable[str]) -> str:
    """Return a pattern that finds the words."""
    trie: Trie = {}
    for word in words:
        node = trie
        for sign in word:
            node = node.setdefault(sign, {})
        node[""] = {}
    return _search_tree(trie, sorted(trie))


def _search_tree(trie: Trie, firsts: list[str]) -> str:
    """Return a pattern for the words that begin with some characters, dividing these again and again.

    The engine tries alternatives one after the other, and a thousand at every place would be slow; so a look
    at two characters tells at each fork whether any word of that branch can begin here.
    """
    seconds = sorted({second for first in firsts for second in trie[first]})
    size = -(-len(firsts) // _FAN)
    if len(firsts) <= _LEAF:
        ways = [first + _rest(trie[first]) for first in firsts]
    else:
        ways = [_search_tree(trie, firsts[at : at + size]) for at in range(0, len(firsts), size)]
    return f"(?=[{''.join(firsts)}][{''.join(seconds)}])(?:{'|'.join(ways)})"


def _rest(node: Trie) -> str:
    """Return a pattern for what may follow in the trie, the longest first."""
    ways = "|".join(sign + _rest(below) for sign, below in node.items() if sign)
    if not ways:
        return ""
    return f"(?:{ways})?" if "" in node else f"(?:{ways})"


def _places(others: Iterable[str], common: frozenset[str]) -> set[str]:
    """Return the names of places, with what they are of and without, where that leaves a name."""
    names = set(division_names())
    bare = {_DIVISION.sub("", name) for name in names}
    return names | {name for name in bare if len(name) > 1} - common | set(others)
