"""Links between near copies: a new section is compared with those that sort close to it.

Sections with the same protected stretches share a block. In each pass a block is sorted by that pass's key;
two sections are candidates where, in at least one pass, no more than `WINDOW` places part them
(`pipelines.duplicates.near_duplicates` has the definition and the measurements), and linked where the rule
holds as well. A new section so has a bounded number of candidates however large its block is, and the only
pairs that it can part are those that stood exactly `WINDOW` apart with the new one between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.corpus.similar import drop_link, pair_of, write_link
from pipelines.duplicates.near_duplicates import WINDOW, may_be_near, near_differences

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from archive.corpus.similar import Pair, Prints

    Neighbour = tuple[str, str, int]
    """Section, key and length."""

_BEFORE = """
SELECT section_id, key, length FROM _near_keys
WHERE pass = ? AND block = ? AND (key, section_id) < (?, ?) ORDER BY key DESC, section_id DESC LIMIT ?
"""
_AFTER = """
SELECT section_id, key, length FROM _near_keys
WHERE pass = ? AND block = ? AND (key, section_id) > (?, ?) ORDER BY key, section_id LIMIT ?
"""


def link_near(connection: sqlite3.Connection, section: str, prints: Prints, *, window: int = WINDOW) -> None:
    """Link a new section with its near copies, and unlink those that it parts.

    Args:
        connection: the corpus, within a transaction; the section is stored.
        section: its id.
        prints: of the sections.
        window: how many places may part two candidates.
    """
    own = prints.of(section)
    candidates: set[str] = set()
    parted: set[Pair] = set()
    for number, key in enumerate(own.keys):
        place = (number, own.block, key, section, window)
        before: list[Neighbour] = connection.execute(_BEFORE, place).fetchall()
        after: list[Neighbour] = connection.execute(_AFTER, place).fetchall()
        here = (section, key, len(own.bones))
        candidates.update(other[0] for other in (*before, *after) if _may_be_near(here, other))
        parted.update(_parted(before, after, window))
    connection.executemany(
        "INSERT INTO _near_keys (pass, block, key, section_id, length) VALUES (?, ?, ?, ?, ?)",
        [(number, own.block, key, section, len(own.bones)) for number, key in enumerate(own.keys)],
    )
    for other in candidates:
        _link_if_near(connection, pair_of(section, other), prints)
    for pair in parted:
        if _is_linked(connection, pair) and not _are_candidates(connection, pair, prints, window):
            drop_link(connection, pair, "near")


def _parted(before: Sequence[Neighbour], after: Sequence[Neighbour], window: int) -> list[Pair]:
    """Return the pairs that stood exactly `window` apart and may be linked.

    Both lists begin next to the new section, so the first of the one stood as far from the last of the other.
    """
    return [
        pair_of(one[0], after[window - steps][0])
        for steps, one in enumerate(before, start=1)
        if window - steps < len(after) and _may_be_near(one, after[window - steps])
    ]


def _may_be_near(one: Neighbour, other: Neighbour) -> bool:
    return may_be_near(one[1], one[2], other[1], other[2])


def _link_if_near(connection: sqlite3.Connection, pair: Pair, prints: Prints) -> None:
    differences = near_differences(prints.of(pair[0]), prints.of(pair[1]))
    if differences is not None:
        write_link(connection, pair, "near", differences)


def _is_linked(connection: sqlite3.Connection, pair: Pair) -> bool:
    sql = "SELECT 1 FROM section_links WHERE section_a = ? AND section_b = ? AND kind = 'near'"
    return connection.execute(sql, pair).fetchone() is not None


def _are_candidates(connection: sqlite3.Connection, pair: Pair, prints: Prints, window: int) -> bool:
    keys = zip(prints.of(pair[0]).keys, prints.of(pair[1]).keys, strict=True)
    block = prints.of(pair[0]).block
    for number, both in enumerate(keys):
        (key, first), (_, last) = sorted(zip(both, pair, strict=True))
        following = connection.execute(_AFTER, (number, block, key, first, window))
        if any(other == last for other, _, _ in following):
            return True
    return False
