"""Versions, passages and occurrences: what readings say, stored once each.

Every statement here commutes: the smallest raw spelling stands for a section, whichever came first, and the
passages of a version follow from its text alone. So no public row depends on the order of arrival.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING

from archive.corpus.passages import PATH_SEPARATOR
from archive.corpus.rows import insert_row
from archive.corpus.section_links import FingerprintCache, link_near
from archive.corpus.store import CorpusMismatch
from pipelines.duplicates.fingerprint import fingerprint
from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.variants import find_variants
from pipelines.identity import section_id, text_sha256, version_id
from pipelines.text.normalise import normalise_passage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from pipelines.document import Reading
    from pipelines.text.outline import Passage


def store_version(
    connection: sqlite3.Connection, document: str, capture: str, reading: Reading, seen: str
) -> str:
    """Store the text of a reading as a version of its document, with its passages.

    Args:
        connection: the corpus, within a transaction.
        document: the document's id.
        capture: the capture that was read; linking replaces it by the first that shows the version.
        reading: what was read.
        seen: the instant of that capture.

    Returns:
        The version's id.
    """
    text = reading.text
    sha256 = text_sha256(text)
    version = version_id(document, sha256)
    row = {
        "id": version,
        "document_id": document,
        "capture_id": capture,
        "text_sha256": sha256,
        "text": text,
        "chars": len(text),
        "tail": reading.tail,
        "extractor": reading.extractor,
        "encoding": reading.encoding,
        "first_seen": seen,
        "last_seen": seen,
    }
    if insert_row(connection, "versions", row, "OR IGNORE"):
        _store_occurrences(connection, version, reading.passages)
        store_repetitions(connection, document, version, reading.passages)
    _note_tables(connection, version, reading)
    return version


def place_on_pages(connection: sqlite3.Connection, version: str) -> None:
    """Note on which page each passage of a version begins, as the version tells its pages.

    Args:
        connection: the corpus, within a transaction.
        version: the version's id.
    """
    (pages,) = connection.execute("SELECT pages FROM versions WHERE id = ?", (version,)).fetchone()
    starts = json.loads(pages)
    if not starts:
        return
    passages = connection.execute(
        "SELECT o.position, length(o.lead), length(coalesce(o.raw, s.text)) FROM occurrences AS o "
        "JOIN sections AS s ON s.id = o.section_id WHERE o.version_id = ? ORDER BY o.position",
        (version,),
    ).fetchall()
    at, placed = 0, []
    for position, lead, size in passages:
        behind = bisect_right(starts, at + lead, key=itemgetter(0))
        placed.append((starts[max(behind, 1) - 1][1], version, position))
        at += lead + size
    connection.executemany("UPDATE occurrences SET page = ? WHERE version_id = ? AND position = ?", placed)


def _note_tables(connection: sqlite3.Connection, version: str, reading: Reading) -> None:
    """Note where tables stand; of two readings of one text the one that tells more decides."""
    connection.execute(
        "UPDATE versions SET tables = ?1 WHERE id = ?2 AND (length(tables), tables) < (length(?1), ?1)",
        (json.dumps(reading.tables), version),
    )


def _store_occurrences(connection: sqlite3.Connection, version: str, passages: Sequence[Passage]) -> None:
    prints = FingerprintCache(connection)
    for position, passage in enumerate(passages):
        section, stands_for_itself = _store_section(connection, passage, prints)
        row = {
            "version_id": version,
            "position": position,
            "section_id": section,
            "heading_path": PATH_SEPARATOR.join(passage.heading_path),
            "level": passage.level,
            "lead": passage.lead,
            "raw": None if stands_for_itself else passage.raw,
        }
        insert_row(connection, "occurrences", row)


def _store_section(
    connection: sqlite3.Connection, passage: Passage, prints: FingerprintCache
) -> tuple[str, bool]:
    """Store a passage; return its section and whether the section now shows exactly its spelling.

    A section that is new is linked with its near copies.
    """
    normalised = normalise_passage(passage.raw)
    section, sha256 = section_id(normalised), text_sha256(normalised)
    stored = connection.execute(
        "SELECT text, normalised_sha256 FROM sections WHERE id = ?", (section,)
    ).fetchone()
    if stored is None:
        made = fingerprint(normalised)
        row = {
            "id": section,
            "text": passage.raw,
            "chars": len(passage.raw),
            "normalised_sha256": sha256,
            "skeleton": made.family_id,
        }
        insert_row(connection, "sections", row)
        prints.remember(section, made)
        link_near(connection, section, prints)
        return section, True
    shown, stored_sha256 = stored
    if stored_sha256 != sha256:
        raise CorpusMismatch("two passages have one id", where=section, hint="Lengthen pipelines.identity")
    if passage.raw < shown:
        _show_spelling(connection, section, passage.raw, instead_of=shown)
        return section, True
    return section, passage.raw == shown


def _show_spelling(connection: sqlite3.Connection, section: str, raw: str, *, instead_of: str) -> None:
    connection.execute(
        "UPDATE occurrences SET raw = ? WHERE section_id = ? AND raw IS NULL", (instead_of, section)
    )
    connection.execute("UPDATE sections SET text = ?, chars = ? WHERE id = ?", (raw, len(raw), section))
    connection.execute("UPDATE occurrences SET raw = NULL WHERE section_id = ? AND raw = ?", (section, raw))


_INSERT_PLACE = """
INSERT INTO repetitions (version_id, heading_path, times, spellings, sections, positions, document_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

_INSERT_VARIANT = """
INSERT INTO variants (
    version_id, heading_path, disagreement, wording, context, times, positions, sort, document_id
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def store_repetitions(
    connection: sqlite3.Connection, document: str, version: str, passages: Sequence[Passage]
) -> None:
    """Store which places of a new version's outline repeat, and where their wordings disagree.

    Args:
        connection: the corpus, within a transaction.
        document: the document's id.
        version: the version's id; it has no such rows yet.
        passages: of the version, in order.
    """
    connection.executemany(
        _INSERT_PLACE,
        [
            (
                version,
                *_describe_place([passages[position] for position in positions]),
                json.dumps(positions),
                document,
            )
            for positions in repeated_places(passages)
        ],
    )
    connection.executemany(
        _INSERT_VARIANT,
        [
            (
                version,
                PATH_SEPARATOR.join(variant.heading_path),
                variant.at,
                variant.wording,
                variant.context,
                variant.times,
                json.dumps(variant.positions),
                variant.sort.value,
                document,
            )
            for variant in find_variants(passages)
        ],
    )


def _describe_place(passages: Sequence[Passage]) -> tuple[str, int, int, int]:
    """Return the heading path of a place, how often it is printed, in how many spellings and texts."""
    printed = {passage.raw for passage in passages}
    path = PATH_SEPARATOR.join(normalised_path(passages[0].heading_path))
    return path, len(passages), len(printed), len({normalise_passage(raw) for raw in printed})
