"""Links between sections that are alike: `near` copies, and a `family` of the same words and other figures.

    a new section ─▶ link_near ──────────┐
                                         ├─▶ section_links, one row for a pair, the smaller id first
    a document's place ─▶ place_sections ─┘

Which pairs are linked is a function of the sections and of the places that they stand in, never of the order
in which they came: what has been worked out is kept in tables of its own, and changed locally.

*Near.* A new section is compared with those that sort close to it. Sections with the same protected stretches
share a block. In each pass a block is sorted by that pass's key; two sections are candidates where, in at
least one pass, no more than `CLOSENESS.window` places part them (`pipelines.duplicates.near_duplicates` has
the definition and the measurements), and linked where the rule holds as well. A new section so has a bounded
number of candidates however large its block is, and the only pairs that it can part are those that stood
exactly a window apart with the new one between them.

*Family.* A section stands where it stands first: year, publication date (unknown last), URL, position, then
its own id. Among the sections of one family, rows join those that follow one another, so that a template that
stands in every report costs a row for each wording and not one for each two. Two neighbours between which
nothing is found to differ have no row; they are neighbours all the same, and no row reaches across them.

    documents linked ─▶ versions whose place is new or another ─▶ first places ─▶ who follows whom ─▶ rows
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.duplicates.near_duplicates import (
    CLOSENESS,
    family_differences,
    fingerprint,
    may_be_near,
    near_differences,
)
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.database import Database
    from pipelines.duplicates.near_duplicates import Difference, Fingerprint

    Pair = tuple[str, str]
    Neighbour = tuple[str, str, int]
    """Section, key and length."""
    Place = tuple[int, str, str, int, str]
    """Year, date, URL, position, version."""

_CACHED_CHARACTERS = 2_000_000
_KEYS_BEFORE = """
SELECT section_id, key, length FROM _near_keys
WHERE pass = ? AND block = ? AND (key, section_id) < (?, ?) ORDER BY key DESC, section_id DESC LIMIT ?
"""
_KEYS_AFTER = """
SELECT section_id, key, length FROM _near_keys
WHERE pass = ? AND block = ? AND (key, section_id) > (?, ?) ORDER BY key, section_id LIMIT ?
"""
_MOVED_VERSIONS = """
SELECT v.id, ifnull(d.year, 9999) AS year, ifnull(d.published_on, '9999-99-99') AS published_on, d.url
FROM documents AS d JOIN versions AS v ON v.document_id = d.id
LEFT JOIN _placed_versions AS p ON p.version_id = v.id
WHERE d.id = ? AND (p.year, p.published_on, p.url)
    IS NOT (ifnull(d.year, 9999), ifnull(d.published_on, '9999-99-99'), d.url)
ORDER BY v.id
"""

_SECTIONS = """
SELECT o.section_id, s.skeleton, min(o.position), f.year, f.published_on, f.url, f.position, f.version_id
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
LEFT JOIN _family_places AS f ON f.section_id = o.section_id
WHERE o.version_id = ? AND s.skeleton IS NOT NULL GROUP BY o.section_id
"""

_FIRST_PLACE = """
SELECT p.year, p.published_on, p.url, o.position, o.version_id
FROM occurrences AS o JOIN _placed_versions AS p ON p.version_id = o.version_id
WHERE o.section_id = ? ORDER BY 1, 2, 3, 4, 5 LIMIT 1
"""

_PLACES_BEFORE = """
SELECT section_id FROM _family_places
WHERE skeleton = ? AND (year, published_on, url, position, section_id) < (?, ?, ?, ?, ?)
ORDER BY year DESC, published_on DESC, url DESC, position DESC, section_id DESC LIMIT 1
"""
_PLACES_AFTER = """
SELECT section_id FROM _family_places
WHERE skeleton = ? AND (year, published_on, url, position, section_id) > (?, ?, ?, ?, ?)
ORDER BY year, published_on, url, position, section_id LIMIT 1
"""
_INSERT_PLACE = """
INSERT INTO _family_places (section_id, skeleton, year, published_on, url, position, version_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class FingerprintCache:
    """The fingerprints of sections, worked out from their texts when asked for, the latest kept at hand.

    Args:
        db: the corpus.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: dict[str, Fingerprint] = {}
        self._characters = 0

    def fingerprint_of(self, section: str) -> Fingerprint:
        """Return the fingerprint of a section that the corpus holds."""
        known = self._kept.get(section)
        if known is not None:
            return known
        [(text,)] = self._db.execute("SELECT text FROM sections WHERE id = ?", (section,))
        made = fingerprint(normalise_passage(text))
        self.remember(section, made)
        return made

    def remember(self, section: str, made: Fingerprint) -> None:
        """Keep a fingerprint at hand; the oldest go when too much is kept."""
        self._kept[section] = made
        self._characters += len(made.form)
        while self._characters > _CACHED_CHARACTERS and len(self._kept) > 2:
            oldest = next(iter(self._kept))
            self._characters -= len(self._kept.pop(oldest).form)


def link_near(
    db: Database, section: str, prints: FingerprintCache, *, window: int = CLOSENESS.window
) -> None:
    """Link a new section with its near copies, and unlink those that it parts.

    Args:
        db: the corpus, within a transaction; the section is stored.
        section: its id.
        prints: of the sections.
        window: how many places may part two candidates.
    """
    own = prints.fingerprint_of(section)
    candidates: set[str] = set()
    parted: set[Pair] = set()
    for number, key in enumerate(own.keys):
        place = (number, own.block, key, section, window)
        before: list[Neighbour] = db.rows(_KEYS_BEFORE, *place)
        after: list[Neighbour] = db.rows(_KEYS_AFTER, *place)
        here = (section, key, len(own.skeleton))
        candidates.update(other[0] for other in (*before, *after) if _may_be_near(here, other))
        parted.update(_find_parted(before, after, window))
    db.executemany(
        "INSERT INTO _near_keys (pass, block, key, section_id, length) VALUES (?, ?, ?, ?, ?)",
        [(number, own.block, key, section, len(own.skeleton)) for number, key in enumerate(own.keys)],
    )
    for other in candidates:
        _link_if_near(db, pair_of(section, other), prints)
    for pair in parted:
        if _is_linked(db, pair) and not _are_candidates(db, pair, prints, window):
            drop_link(db, pair, "near")


def _find_parted(before: Sequence[Neighbour], after: Sequence[Neighbour], window: int) -> list[Pair]:
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


def _link_if_near(db: Database, pair: Pair, prints: FingerprintCache) -> None:
    differences = near_differences(prints.fingerprint_of(pair[0]), prints.fingerprint_of(pair[1]))
    if differences is not None:
        write_link(db, pair, "near", differences)


def _is_linked(db: Database, pair: Pair) -> bool:
    sql = "SELECT 1 FROM section_links WHERE section_a = ? AND section_b = ? AND kind = 'near'"
    return db.row(sql, *pair) is not None


def _are_candidates(db: Database, pair: Pair, prints: FingerprintCache, window: int) -> bool:
    keys = zip(prints.fingerprint_of(pair[0]).keys, prints.fingerprint_of(pair[1]).keys, strict=True)
    block = prints.fingerprint_of(pair[0]).block
    for number, both in enumerate(keys):
        (key, first), (_, last) = sorted(zip(both, pair, strict=True))
        following = db.execute(_KEYS_AFTER, (number, block, key, first, window))
        if any(other == last for other, _, _ in following):
            return True
    return False


def place_sections(db: Database, documents: Iterable[str]) -> None:
    """Give the sections of documents their places in the total order, and link the families anew around them.

    Args:
        db: the corpus, within a transaction; the documents' own rows are up to date.
        documents: ids of those that may be new, have a new version, or stand elsewhere now.
    """
    following: dict[Pair, bool] = {}
    for document in documents:
        moved = db.rows(_MOVED_VERSIONS, document)
        db.executemany("INSERT OR REPLACE INTO _placed_versions VALUES (?, ?, ?, ?)", moved)
        for version, *place in moved:
            _place_version(db, version, tuple(place), following)
    prints = FingerprintCache(db)
    for pair, follow in following.items():
        if not follow:
            drop_link(db, pair, "family")
        elif differences := family_differences(*map(prints.fingerprint_of, pair)):
            write_link(db, pair, "family", differences)


def _place_version(
    db: Database, version: str, place: tuple[int, str, str], following: dict[Pair, bool]
) -> None:
    """Move the first places of a version's sections where they are new, earlier, or no longer true.

    Args:
        db: the corpus.
        version: the version's id.
        place: where it stands: year, date, URL.
        following: of pairs that were parted or joined, whether the one now follows the other.
    """
    for section, family, position, *stored in db.rows(_SECTIONS, version):
        here = (*place, position, version)
        first: Place | None = None if None in stored else tuple(stored)
        if first is not None and here >= first:
            if first[-1] != version:
                continue
            here = db.row(_FIRST_PLACE, section)
        if first is not None:
            before, after = _family_neighbours(db, family, section, first)
            db.execute("DELETE FROM _family_places WHERE section_id = ?", (section,))
            _note_order(following, before, section, after, is_between=False)
        before, after = _family_neighbours(db, family, section, here)
        db.execute(_INSERT_PLACE, (section, family, *here))
        _note_order(following, before, section, after, is_between=True)


def _family_neighbours(
    db: Database, family: str, section: str, place: Place
) -> tuple[str | None, str | None]:
    key = (family, *place[:-1], section)
    before = db.row(_PLACES_BEFORE, *key)
    after = db.row(_PLACES_AFTER, *key)
    return before and before[0], after and after[0]


def _note_order(
    following: dict[Pair, bool], before: str | None, section: str, after: str | None, *, is_between: bool
) -> None:
    for one, other, follow in (
        (before, after, not is_between),
        (before, section, is_between),
        (section, after, is_between),
    ):
        if one is not None and other is not None:
            following[pair_of(one, other)] = follow


def pair_of(one: str, other: str) -> Pair:
    """Return two sections in the order in which a link names them."""
    return (one, other) if one < other else (other, one)


def write_link(db: Database, pair: Pair, kind: str, differences: Sequence[Difference]) -> None:
    """Link two sections, unless they are linked in this way already.

    Args:
        db: the corpus, within a transaction.
        pair: the sections, as `pair_of` returns them.
        kind: `near` or `family`.
        differences: between them, the first section first.
    """
    stated = [{"sort": one.sort.value, "a": one.a, "b": one.b, "at": one.at} for one in differences]
    db.execute(
        "INSERT OR IGNORE INTO section_links (section_a, section_b, kind, differences) VALUES (?, ?, ?, ?)",
        (*pair, kind, json.dumps(stated, ensure_ascii=False)),
    )


def drop_link(db: Database, pair: Pair, kind: str) -> None:
    """Unlink two sections that may be linked."""
    db.execute("DELETE FROM section_links WHERE section_a = ? AND section_b = ? AND kind = ?", (*pair, kind))
