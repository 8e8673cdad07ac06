"""Links between sections that are alike: `near` copies, and a `family` of the same words and other figures.

    a new section ─▶ link_near ──────────┐
                                         ├─▶ section_links, one row for a pair, the smaller id first
    a document's place ─▶ place_sections ─┘

Which pairs are linked is a function of the sections and of the places that they stand in, never of the order
in which they came: what has been worked out is kept in tables of its own, and changed locally.

*Near.* Of the candidates of `pipelines.duplicates.near_duplicates` those are linked for which its rule holds.
The only pairs that a new section can part are those that stood exactly a window apart with it between them.
In a block of no more than a window and one all are candidates, and no keys are kept: nearly all are such.

*Family.* A section stands where it stands first: year, publication date (unknown last), URL, position, then
its own id. Rows join those of one family that follow one another, so that a template that stands in every
report costs a row for each wording and not one for each two. Two neighbours between which nothing is found to
differ have no row; they are neighbours all the same, and no row reaches across them.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from archive.corpus.store import ask_here
from pipelines.duplicates.near_duplicates import (
    CLOSENESS,
    Difference,
    Fingerprint,
    family_differences,
    fingerprint,
    may_be_near,
    near_differences,
)
from pipelines.duplicates.protected import Sort
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from archive.corpus.store import Ask
    from archive.database import Database

    Pair = tuple[str, str]
    Neighbour = tuple[str, str, int]
    """Section, key and length."""
    Place = tuple[int, int, int]
    """Label of the version's place in the total order, position, version."""

_CACHED_CHARACTERS = 2_000_000
# Pairs whose differences are asked for together.
_PART = 16
_KEYS_BEFORE = """
SELECT section_id, key, length FROM _near_keys
WHERE pass = ? AND block = ? AND (key, section_id) < (?, ?) ORDER BY key DESC, section_id DESC LIMIT ?
"""
_KEYS_AFTER = """
SELECT section_id, key, length FROM _near_keys
WHERE pass = ? AND block = ? AND (key, section_id) > (?, ?) ORDER BY key, section_id LIMIT ?
"""
_IN_BLOCK = """
SELECT s.id, n.length FROM _near_blocks AS n JOIN stored_sections AS s ON s.number = n.section
WHERE n.block = ? LIMIT ?
"""
_MOVED_VERSIONS = """
SELECT v.number, ifnull(d.year, 9999), ifnull(d.published_on, '9999-99-99'), d.url
FROM documents AS d JOIN stored_versions AS v ON v.document_id = d.id
LEFT JOIN _placed_versions AS p ON p.version = v.number
WHERE d.id = ? AND (p.year, p.published_on, p.url)
    IS NOT (ifnull(d.year, 9999), ifnull(d.published_on, '9999-99-99'), d.url)
ORDER BY v.id
"""

_SECTIONS = """
SELECT s.number, s.id, (SELECT min(m.number) FROM stored_sections AS m WHERE m.skeleton = s.skeleton),
       min(o.position), f.label, f.position, f.version
FROM stored_occurrences AS o JOIN stored_sections AS s ON s.number = o.section
LEFT JOIN _family_places AS f ON f.section = s.number
WHERE o.version = ? AND s.skeleton IS NOT NULL GROUP BY s.id
"""

_FIRST_PLACE = """
SELECT p.label, o.position, p.version
FROM stored_occurrences AS o JOIN _placed_versions AS p ON p.version = o.version
WHERE o.section = ? ORDER BY 1, 2, 3 LIMIT 1
"""

_PLACES_BEFORE = """
SELECT s.id FROM _family_places AS f JOIN stored_sections AS s ON s.number = f.section
WHERE f.family = ? AND (f.label, f.position, s.id) < (?, ?, ?)
ORDER BY f.label DESC, f.position DESC, s.id DESC LIMIT 1
"""
_PLACES_AFTER = """
SELECT s.id FROM _family_places AS f JOIN stored_sections AS s ON s.number = f.section
WHERE f.family = ? AND (f.label, f.position, s.id) > (?, ?, ?)
ORDER BY f.label, f.position, s.id LIMIT 1
"""

# A place between two takes the label in the middle, one at either end the label a step further. Documents are
# linked in the order of hashes, so that gaps are used up evenly, and hardly ever.
_LABEL_STEP, _LABEL_LIMIT = 1 << 40, 1 << 62
_LABELS_AROUND = """
SELECT (SELECT max(label) FROM _placed_versions WHERE (year, published_on, url) = (?1, ?2, ?3)),
       (SELECT label FROM _placed_versions WHERE (year, published_on, url) < (?1, ?2, ?3)
        ORDER BY year DESC, published_on DESC, url DESC LIMIT 1),
       (SELECT label FROM _placed_versions WHERE (year, published_on, url) > (?1, ?2, ?3)
        ORDER BY year, published_on, url LIMIT 1)
"""
_SPREAD_LABELS = f"""
UPDATE _placed_versions SET label = spread.label FROM (
    SELECT version, dense_rank() OVER (ORDER BY year, published_on, url)
                    * ({_LABEL_LIMIT} / (2 + 2 * count(*) OVER ())) AS label
    FROM _placed_versions
) AS spread WHERE spread.version = _placed_versions.version;
UPDATE _family_places SET label = p.label
FROM _placed_versions AS p WHERE p.version = _family_places.version;
"""  # noqa: S608  a number of ours


class FingerprintCache:
    """The fingerprints of sections, worked out from their texts when asked for, the latest kept at hand.

    Args:
        db: the corpus.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
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
    length = len(own.skeleton)
    fellows = db.rows(_IN_BLOCK, own.block, window + 2)
    if len(fellows) < window + 2:
        number = db.value("SELECT number FROM stored_sections WHERE id = ?", section)
        db.insert_rows("_near_blocks", ("block", "section", "length"), [(own.block, number, length)])
    if len(fellows) > window:
        if len(fellows) == window + 1:
            for other, _ in fellows:
                _store_keys(db, other, prints.fingerprint_of(other))
        _link_in_crowd(db, section, prints, window)
        return
    for other, its_length in fellows:
        if abs(length - its_length) <= CLOSENESS.bound(length, its_length):
            _link_if_near(db, pair_of(section, other), prints)


def _link_in_crowd(db: Database, section: str, prints: FingerprintCache, window: int) -> None:
    own = prints.fingerprint_of(section)
    candidates: set[str] = set()
    parted: set[Pair] = set()
    for number, key in enumerate(own.keys):
        place = (number, own.block, key, section, window)
        before: list[Neighbour] = db.rows(_KEYS_BEFORE, *place)
        after: list[Neighbour] = db.rows(_KEYS_AFTER, *place)
        here = (key, len(own.skeleton))
        candidates.update(other[0] for other in (*before, *after) if may_be_near(*here, *other[1:]))
        parted.update(_find_parted(before, after, window))
    _store_keys(db, section, own)
    for other in candidates:
        _link_if_near(db, pair_of(section, other), prints)
    for pair in parted:
        if db.row(_LINKED, *pair) and not _are_candidates(db, pair, prints, window):
            drop_link(db, pair, "near")


def _store_keys(db: Database, section: str, own: Fingerprint) -> None:
    rows = [(number, own.block, key, section, len(own.skeleton)) for number, key in enumerate(own.keys)]
    db.insert_rows("_near_keys", ("pass", "block", "key", "section_id", "length"), rows)


def _find_parted(before: Sequence[Neighbour], after: Sequence[Neighbour], window: int) -> list[Pair]:
    """Return the pairs that stood exactly `window` apart and may be linked.

    Both lists begin next to the new section, so the first of the one stood as far from the last of the other.
    """
    return [
        pair_of(one[0], after[window - steps][0])
        for steps, one in enumerate(before, start=1)
        if window - steps < len(after) and may_be_near(*one[1:], *after[window - steps][1:])
    ]


def _link_if_near(db: Database, pair: Pair, prints: FingerprintCache) -> None:
    differences = near_differences(prints.fingerprint_of(pair[0]), prints.fingerprint_of(pair[1]))
    if differences is not None:
        write_link(db, pair, "near", differences)


_LINKED = "SELECT 1 FROM section_links WHERE section_a = ? AND section_b = ? AND kind = 'near'"


def _are_candidates(db: Database, pair: Pair, prints: FingerprintCache, window: int) -> bool:
    keys = zip(prints.fingerprint_of(pair[0]).keys, prints.fingerprint_of(pair[1]).keys, strict=True)
    block = prints.fingerprint_of(pair[0]).block
    for number, both in enumerate(keys):
        (key, first), (_, last) = sorted(zip(both, pair, strict=True))
        following = db.execute(_KEYS_AFTER, (number, block, key, first, window))
        if any(other == last for other, _, _ in following):
            return True
    return False


def place_sections(db: Database, documents: Iterable[str], ask: Ask | None = None) -> None:
    """Give the sections of documents their places in the total order, and link the families anew around them.

    Args:
        db: the corpus, within a transaction; the documents' own rows are up to date.
        documents: ids of those that may be new, have a new version, or stand elsewhere now.
        ask: finds out elsewhere how passages differ, see `archive.corpus.store`; by default here.
    """
    following: dict[Pair, bool] = {}
    for document in documents:
        for number, *place in db.rows(_MOVED_VERSIONS, document):
            label = _label_place(db, place)
            placed = {"version": number, **dict(zip(("year", "published_on", "url"), place, strict=True))}
            db.insert_row("_placed_versions", {**placed, "label": label}, "OR REPLACE")
            _place_version(db, number, label, following)
    for pair in (pair for pair, follow in following.items() if not follow):
        drop_link(db, pair, "family")
    pairs = [pair for pair, follow in following.items() if follow]
    parts = [pairs[start : start + _PART] for start in range(0, len(pairs), _PART)]
    for part, found in zip(
        parts, (ask or partial(ask_here, db))(find_family_differences, parts), strict=True
    ):
        for pair, differences in zip(part, found, strict=True):
            if differences:
                write_link(db, pair, "family", differences)


def find_family_differences(db: sqlite3.Connection, pairs: Sequence[Pair]) -> list[tuple[Difference, ...]]:
    """Return in what the sections of each pair differ; they are of one family."""
    prints = FingerprintCache(db)
    return [family_differences(*map(prints.fingerprint_of, pair)) for pair in pairs]


def _label_place(db: Database, place: Sequence[object]) -> int:
    """Return the label of a place in the total order: year, date, URL."""
    same, before, after = db.row(_LABELS_AROUND, *place)
    if same is not None:
        return int(same)
    if before is None:
        label = 0 if after is None else after - _LABEL_STEP
    else:
        label = before + _LABEL_STEP if after is None else (before + after) // 2
    if label != before and abs(label) < _LABEL_LIMIT:
        return int(label)
    db.run_script(_SPREAD_LABELS)
    return _label_place(db, place)


def _place_version(db: Database, number: int, label: int, following: dict[Pair, bool]) -> None:
    """Move the first places of a version's sections where they are new, earlier, or no longer true.

    Args:
        db: the corpus.
        number: of the version.
        label: of where it stands.
        following: of pairs that were parted or joined, whether the one now follows the other.
    """
    for section, section_id, family, position, *stored in db.rows(_SECTIONS, number):
        here: Place = (label, position, number)
        first: Place | None = None if None in stored else tuple(stored)
        if first is not None and here >= first:
            if first[-1] != number:
                continue
            here = db.row(_FIRST_PLACE, section)
        if first is not None:
            before, after = _family_neighbours(db, family, section_id, first)
            db.execute("DELETE FROM _family_places WHERE section = ?", (section,))
            _note_order(following, before, section_id, after, is_between=False)
        before, after = _family_neighbours(db, family, section_id, here)
        db.execute("INSERT INTO _family_places VALUES (?, ?, ?, ?, ?)", (section, family, *here))
        _note_order(following, before, section_id, after, is_between=True)


def _family_neighbours(
    db: Database, family: int, section: str, place: Place
) -> tuple[str | None, str | None]:
    key = (family, *place[:-1], section)
    return db.value(_PLACES_BEFORE, *key), db.value(_PLACES_AFTER, *key)


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
    stated = [(name_sort(one.sort), one.a, one.b, one.at) for one in differences]
    db.execute(
        "INSERT OR IGNORE INTO stored_section_links (section_a, section_b, kind, differences) "
        f"SELECT {_NUMBERS}, ?, ?",
        (*pair, kind, json.dumps(stated, ensure_ascii=False, separators=(",", ":"))),
    )


def name_sort(sort: Sort) -> str | int:
    """Return how the corpus names a sort of differences within its JSON: the one that nearly all are is 0."""
    return 0 if sort is Sort.FIGURE else sort.value


def drop_link(db: Database, pair: Pair, kind: str) -> None:
    """Unlink two sections that may be linked."""
    sql = f"DELETE FROM stored_section_links WHERE (section_a, section_b) = ({_NUMBERS}) AND kind = ?"  # noqa: S608  a constant
    db.execute(sql, (*pair, kind))


_NUMBERS = (
    "(SELECT number FROM stored_sections WHERE id = ?), (SELECT number FROM stored_sections WHERE id = ?)"
)
