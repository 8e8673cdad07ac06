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
from archive.reading.prepared import prepare_text
from pipelines.identity import version_id
from pipelines.text.outline import Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.database import Database
    from archive.reading.prepared import PreparedSection, PreparedText
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


def store_version(
    db: Database,
    document: str,
    capture: str,
    reading: Reading,
    seen: str,
    *,
    prepared: PreparedText | None = None,
    prints: FingerprintCache | None = None,
) -> str:
    """Store the text of a reading as a version of its document, with its passages.

    Args:
        db: the corpus, within a transaction.
        document: the document's id.
        capture: the capture that was read; linking replaces it by the first that shows the version.
        reading: what was read.
        seen: the instant of that capture.
        prepared: what follows from its text alone, where that is worked out already.
        prints: of the sections of the corpus, as far as they are at hand.

    Returns:
        The version's id.
    """
    text = reading.text
    prepared = prepared or prepare_text(reading)
    version = version_id(document, prepared.sha256)
    row = {
        "id": version,
        "document_id": document,
        "capture_id": capture,
        "text_sha256": prepared.sha256,
        "text": text,
        "chars": len(text),
        "tail": reading.tail,
        "extractor": reading.extractor,
        "encoding": reading.encoding,
        "first_seen": seen,
        "last_seen": seen,
    }
    if db.insert_row("versions", row, "OR IGNORE"):
        prints = prints or FingerprintCache(db)
        _store_occurrences(db, version, reading.passages, prepared.sections, prints)
        _store_repetitions(db, document, version, prepared)
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


def _store_occurrences(
    db: Database,
    version: str,
    passages: Sequence[Passage],
    sections: Sequence[PreparedSection],
    prints: FingerprintCache,
) -> None:
    rows = (
        (
            version,
            position,
            section.id,
            PATH_SEPARATOR.join(passage.heading_path),
            passage.level,
            passage.lead,
            None if _store_section(db, passage.raw, section, prints) else passage.raw,
        )
        for position, (passage, section) in enumerate(zip(passages, sections, strict=True))
    )
    columns = ("version_id", "position", "section_id", "heading_path", "level", "lead", "raw")
    for row in rows:
        # One by one: a spelling that comes to stand for its section changes the rows before it.
        db.insert_rows("occurrences", columns, [row])


def _store_section(db: Database, raw: str, section: PreparedSection, prints: FingerprintCache) -> bool:
    """Store a passage; return whether its section now shows exactly its spelling.

    A section that is new is linked with its near copies.
    """
    stored = db.row("SELECT text, normalised_sha256 FROM sections WHERE id = ?", section.id)
    if stored is None:
        row = {
            "id": section.id,
            "text": raw,
            "chars": len(raw),
            "normalised_sha256": section.sha256,
            "skeleton": section.made.family_id,
        }
        db.insert_row("sections", row)
        prints.remember(section.id, section.made)
        link_near(db, section.id, prints)
        return True
    shown, stored_sha256 = stored
    if stored_sha256 != section.sha256:
        raise CorpusMismatch("two passages have one id", where=section.id, hint="Lengthen pipelines.identity")
    if raw < shown:
        _show_spelling(db, section.id, raw, instead_of=shown)
        return True
    return bool(raw == shown)


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


def _store_repetitions(db: Database, document: str, version: str, prepared: PreparedText) -> None:
    """Store which places of a new version's outline repeat, and where their wordings disagree."""
    db.executemany(
        _INSERT_PLACE,
        [
            (
                version,
                PATH_SEPARATOR.join(place.heading_path),
                len(place.positions),
                place.spellings,
                place.texts,
                json.dumps(place.positions),
                document,
            )
            for place in prepared.repeated
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
            for variant in prepared.variants
        ],
    )
