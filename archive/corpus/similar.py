"""Links between sections that are alike, `near` and `family`: what writing either takes.

    a new section ─▶ near_links ─┐
                                 ├─▶ section_links, one row for a pair, the smaller id first
    a document's place ─▶ families ─┘

Which pairs are linked is a function of the sections and of the places that they stand in, never of the order
in which they came: both modules keep what they have worked out in tables of their own, and change it locally.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.duplicates.fingerprint import fingerprint
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pipelines.duplicates.fingerprint import Difference, Fingerprint

    Pair = tuple[str, str]

_KEPT_CHARACTERS = 2_000_000


class Prints:
    """The fingerprints of sections, worked out from their texts when asked for, the latest kept at hand.

    Args:
        connection: the corpus.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kept: dict[str, Fingerprint] = {}
        self._characters = 0

    def of(self, section: str) -> Fingerprint:
        """Return the fingerprint of a section that the corpus holds."""
        known = self._kept.get(section)
        if known is not None:
            return known
        [(text,)] = self._connection.execute("SELECT text FROM sections WHERE id = ?", (section,))
        made = fingerprint(normalise_passage(text))
        self.keep(section, made)
        return made

    def keep(self, section: str, made: Fingerprint) -> None:
        """Keep a fingerprint at hand; the oldest go when too much is kept."""
        self._kept[section] = made
        self._characters += len(made.form)
        while self._characters > _KEPT_CHARACTERS and len(self._kept) > 2:
            oldest = next(iter(self._kept))
            self._characters -= len(self._kept.pop(oldest).form)


def pair_of(one: str, other: str) -> Pair:
    """Return two sections in the order in which a link names them."""
    return (one, other) if one < other else (other, one)


def write_link(
    connection: sqlite3.Connection, pair: Pair, kind: str, differences: Sequence[Difference]
) -> None:
    """Link two sections, unless they are linked in this way already.

    Args:
        connection: the corpus, within a transaction.
        pair: the sections, as `pair_of` returns them.
        kind: `near` or `family`.
        differences: between them, the first section first.
    """
    stated = [{"sort": one.sort.value, "a": one.a, "b": one.b, "at": one.at} for one in differences]
    connection.execute(
        "INSERT OR IGNORE INTO section_links (section_a, section_b, kind, differences) VALUES (?, ?, ?, ?)",
        (*pair, kind, json.dumps(stated, ensure_ascii=False)),
    )


def drop_link(connection: sqlite3.Connection, pair: Pair, kind: str) -> None:
    """Unlink two sections that may be linked."""
    connection.execute(
        "DELETE FROM section_links WHERE section_a = ? AND section_b = ? AND kind = ?", (*pair, kind)
    )
