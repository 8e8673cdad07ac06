"""Links between neighbours of a family: sections with the same words and other figures, in the total order.

A section stands where it stands first: year, publication date (unknown last), URL, position, then its own id.
Among the sections of one skeleton, rows join those that follow one another, so that a template that stands in
every report costs a row for each wording and not one for each two. Two neighbours between which nothing is
found to differ have no row; they are neighbours all the same, and no row reaches across them.

    documents linked ─▶ versions whose place is new or another ─▶ first places ─▶ who follows whom ─▶ rows
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.corpus.similar import Prints, drop_link, pair_of, write_link
from pipelines.duplicates.fingerprint import family_differences

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from archive.corpus.similar import Pair

    Place = tuple[int, str, str, int, str]
    """Year, date, URL, position, version."""

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

_BEFORE = """
SELECT section_id FROM _family_places
WHERE skeleton = ? AND (year, published_on, url, position, section_id) < (?, ?, ?, ?, ?)
ORDER BY year DESC, published_on DESC, url DESC, position DESC, section_id DESC LIMIT 1
"""
_AFTER = """
SELECT section_id FROM _family_places
WHERE skeleton = ? AND (year, published_on, url, position, section_id) > (?, ?, ?, ?, ?)
ORDER BY year, published_on, url, position, section_id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class _Member:
    """A section of a family."""

    section: str
    skeleton: str


def place_sections(connection: sqlite3.Connection, documents: Iterable[str]) -> None:
    """Give the sections of documents their places in the total order, and link the families anew around them.

    Args:
        connection: the corpus, within a transaction; the documents' own rows are up to date.
        documents: ids of those that may be new, have a new version, or stand elsewhere now.
    """
    following: dict[Pair, bool] = {}
    for document in documents:
        moved = connection.execute(_MOVED_VERSIONS, (document,)).fetchall()
        connection.executemany("INSERT OR REPLACE INTO _placed_versions VALUES (?, ?, ?, ?)", moved)
        for version, year, published_on, url in moved:
            _place_version(connection, version, (year, published_on, url), following)
    _link_neighbours(connection, following)


def _place_version(
    connection: sqlite3.Connection, version: str, place: tuple[int, str, str], following: dict[Pair, bool]
) -> None:
    """Move the first places of a version's sections where they are new, earlier, or no longer true."""
    for section, skeleton, position, *stored in connection.execute(_SECTIONS, (version,)).fetchall():
        one, here = _Member(section, skeleton), (*place, position, version)
        first: Place | None = None if None in stored else tuple(stored)
        if first is None:
            _insert(connection, one, here, following)
        elif here < first:
            _remove(connection, one, first, following)
            _insert(connection, one, here, following)
        elif first[-1] == version:
            _remove(connection, one, first, following)
            _insert(connection, one, connection.execute(_FIRST_PLACE, (section,)).fetchone(), following)


def _remove(connection: sqlite3.Connection, one: _Member, place: Place, following: dict[Pair, bool]) -> None:
    before, after = _neighbours(connection, one, place)
    connection.execute("DELETE FROM _family_places WHERE section_id = ?", (one.section,))
    _note(following, before, one.section, follow=False)
    _note(following, one.section, after, follow=False)
    _note(following, before, after, follow=True)


def _insert(connection: sqlite3.Connection, one: _Member, place: Place, following: dict[Pair, bool]) -> None:
    before, after = _neighbours(connection, one, place)
    connection.execute(
        "INSERT INTO _family_places (section_id, skeleton, year, published_on, url, position, version_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (one.section, one.skeleton, *place),
    )
    _note(following, before, after, follow=False)
    _note(following, before, one.section, follow=True)
    _note(following, one.section, after, follow=True)


def _neighbours(connection: sqlite3.Connection, one: _Member, place: Place) -> tuple[str | None, str | None]:
    key = (one.skeleton, *place[:-1], one.section)
    before = connection.execute(_BEFORE, key).fetchone()
    after = connection.execute(_AFTER, key).fetchone()
    return before and before[0], after and after[0]


def _note(following: dict[Pair, bool], one: str | None, other: str | None, *, follow: bool) -> None:
    if one is not None and other is not None:
        following[pair_of(one, other)] = follow


def _link_neighbours(connection: sqlite3.Connection, following: dict[Pair, bool]) -> None:
    prints = Prints(connection)
    for pair, follow in following.items():
        if not follow:
            drop_link(connection, pair, "family")
        elif differences := family_differences(prints.of(pair[0]), prints.of(pair[1])):
            write_link(connection, pair, "family", differences)
