"""Versions, passages and occurrences: what readings say, stored once each.

Every statement here commutes: the smallest raw spelling stands for a section, whichever came first, and the
passages of a version follow from its text alone. So no public row depends on the order of arrival.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING

from archive.corpus.section_links import FingerprintCache, link_near
from archive.corpus.store import CorpusMismatch
from pipelines.duplicates.internal_duplicates import normalised_path, repeated_places
from pipelines.duplicates.near_duplicates import fingerprint
from pipelines.duplicates.variants import find_variants
from pipelines.identity import section_id, text_sha256, version_id
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.database import Database
    from pipelines.document import Reading


PATH_SEPARATOR = " › "
"""Stands between the titles of `occurrences.heading_path`."""

_OF_VERSION = """
SELECT o.lead, coalesce(o.raw, s.text), o.heading_path, o.level, o.section_id
FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id WHERE o.version_id = ? ORDER BY o.position
"""


def load_passages(db: Database, version: str) -> tuple[list[Passage], list[str]]:
    """Return the passages of a version in order, and the ids of their sections."""
    rows = db.rows(_OF_VERSION, version)
    passages = [Passage(lead, raw, split_path(path), level) for lead, raw, path, level, _ in rows]
    return passages, [row[-1] for row in rows]


def split_path(path: str) -> tuple[str, ...]:
    """Return the titles of a heading path, from the first level down."""
    return tuple(path.split(PATH_SEPARATOR)) if path else ()


def store_version(db: Database, document: str, capture: str, reading: Reading, seen: str) -> str:
    """Store the text of a reading as a version of its document, with its passages.

    Args:
        db: the corpus, within a transaction.
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
    if db.insert_row("versions", row, "OR IGNORE"):
        _store_occurrences(db, version, reading.passages)
        store_repetitions(db, document, version, reading.passages)
    return version


def place_on_pages(db: Database, version: str) -> None:
    """Note on which page each passage of a version begins, as the version tells its pages.

    Args:
        db: the corpus, within a transaction.
        version: the version's id.
    """
    (pages,) = db.row("SELECT pages FROM versions WHERE id = ?", version)
    starts = json.loads(pages)
    if not starts:
        return
    passages = db.rows(
        "SELECT o.position, length(o.lead), length(coalesce(o.raw, s.text)) FROM occurrences AS o "
        "JOIN sections AS s ON s.id = o.section_id WHERE o.version_id = ? ORDER BY o.position",
        version,
    )
    at, placed = 0, []
    for position, lead, size in passages:
        behind = bisect_right(starts, at + lead, key=itemgetter(0))
        placed.append((starts[max(behind, 1) - 1][1], version, position))
        at += lead + size
    db.executemany("UPDATE occurrences SET page = ? WHERE version_id = ? AND position = ?", placed)


def _store_occurrences(db: Database, version: str, passages: Sequence[Passage]) -> None:
    prints = FingerprintCache(db)
    for position, passage in enumerate(passages):
        section, stands_for_itself = _store_section(db, passage, prints)
        row = {
            "version_id": version,
            "position": position,
            "section_id": section,
            "heading_path": PATH_SEPARATOR.join(passage.heading_path),
            "level": passage.level,
            "lead": passage.lead,
            "raw": None if stands_for_itself else passage.raw,
        }
        db.insert_row("occurrences", row)


def _store_section(db: Database, passage: Passage, prints: FingerprintCache) -> tuple[str, bool]:
    """Store a passage; return its section and whether the section now shows exactly its spelling.

    A section that is new is linked with its near copies.
    """
    normalised = normalise_passage(passage.raw)
    section, sha256 = section_id(normalised), text_sha256(normalised)
    stored = db.row("SELECT text, normalised_sha256 FROM sections WHERE id = ?", section)
    if stored is None:
        made = fingerprint(normalised)
        row = {
            "id": section,
            "text": passage.raw,
            "chars": len(passage.raw),
            "normalised_sha256": sha256,
            "skeleton": made.family_id,
        }
        db.insert_row("sections", row)
        prints.remember(section, made)
        link_near(db, section, prints)
        return section, True
    shown, stored_sha256 = stored
    if stored_sha256 != sha256:
        raise CorpusMismatch("two passages have one id", where=section, hint="Lengthen pipelines.identity")
    if passage.raw < shown:
        _show_spelling(db, section, passage.raw, instead_of=shown)
        return section, True
    return section, passage.raw == shown


def _show_spelling(db: Database, section: str, raw: str, *, instead_of: str) -> None:
    db.execute("UPDATE occurrences SET raw = ? WHERE section_id = ? AND raw IS NULL", (instead_of, section))
    db.execute("UPDATE sections SET text = ?, chars = ? WHERE id = ?", (raw, len(raw), section))
    db.execute("UPDATE occurrences SET raw = NULL WHERE section_id = ? AND raw = ?", (section, raw))


_INSERT_PLACE = """
INSERT INTO repetitions (version_id, heading_path, times, spellings, sections, positions, document_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

_INSERT_VARIANT = """
INSERT INTO variants (
    version_id, heading_path, disagreement, wording, context, times, positions, sort, document_id
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def store_repetitions(db: Database, document: str, version: str, passages: Sequence[Passage]) -> None:
    """Store which places of a new version's outline repeat, and where their wordings disagree.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
        version: the version's id; it has no such rows yet.
        passages: of the version, in order.
    """
    db.executemany(
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
    db.executemany(
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
