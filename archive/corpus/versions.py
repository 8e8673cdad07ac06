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
from archive.reading.tasks import PreparedSection, PreparedText, prepare_text
from pipelines.identity import version_id
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
    prepared = prepared or prepare_text(reading)
    version = version_id(document, prepared.sha256)
    row = {
        "id": version,
        "document_id": document,
        "capture_id": capture,
        "text_sha256": prepared.sha256,
        "chars": len(reading.text),
        "tail": reading.tail,
        "extractor": reading.extractor,
        "encoding": reading.encoding,
        "first_seen": seen,
        "last_seen": seen,
    }
    if db.insert_row("stored_versions", row, "OR IGNORE"):
        prints = prints or FingerprintCache(db)
        number = db.value("SELECT last_insert_rowid()")
        _store_occurrences(db, number, reading.passages, prepared.sections, prints)
        _store_repetitions(db, document, version, prepared)
    return version


def place_on_pages(db: Database, version: str) -> None:
    """Note on which page each passage of a version begins, as the version tells its pages.

    Args:
        db: the corpus, within a transaction.
        version: the version's id.
    """
    number, pages = db.row("SELECT number, pages FROM stored_versions WHERE id = ?", version)
    starts = json.loads(pages)
    if not starts:
        # Another reading of the text may have stood for it before, with pages.
        db.execute(
            "UPDATE stored_occurrences SET page = NULL WHERE version = ? AND page IS NOT NULL", (number,)
        )
        return
    passages = db.rows(
        "SELECT o.position, length(o.lead), length(coalesce(o.raw, s.text)) FROM stored_occurrences AS o "
        "JOIN stored_sections AS s ON s.number = o.section WHERE o.version = ? ORDER BY o.position",
        number,
    )
    at, placed = 0, []
    for position, lead, size in passages:
        behind = bisect_right(starts, at + lead, key=itemgetter(0))
        placed.append((starts[max(behind, 1) - 1][1], number, position))
        at += lead + size
    db.executemany("UPDATE stored_occurrences SET page = ? WHERE version = ? AND position = ?", placed)


def _store_occurrences(
    db: Database,
    version: int,
    passages: Sequence[Passage],
    sections: Sequence[PreparedSection],
    prints: FingerprintCache,
) -> None:
    columns = ("version", "position", "section", "headings", "title_chars", "level", "lead", "raw")
    before = None
    for position, (passage, section) in enumerate(zip(passages, sections, strict=True)):
        number, shown = _store_section(db, passage.raw, section, prints)
        headings, title = _split_headings(passage)
        told, before = None if headings == before else headings, headings
        raw = None if shown else passage.raw
        # One by one: a spelling that comes to stand for its section changes the rows before it.
        row = (version, position, number, told, title, passage.level, passage.lead, raw)
        db.insert_rows("stored_occurrences", columns, [row])


def _split_headings(passage: Passage) -> tuple[str, int]:
    """Return what of a heading path the passage does not print itself, and how many characters it does."""
    *above, title = passage.heading_path or ("",)
    # SQL counts no characters beyond a NUL.
    if title and passage.raw.startswith(title) and "\0" not in title:
        return "".join(one + PATH_SEPARATOR for one in above), len(title)
    return PATH_SEPARATOR.join(passage.heading_path), 0


def _store_section(
    db: Database, raw: str, section: PreparedSection, prints: FingerprintCache
) -> tuple[int, bool]:
    """Store a passage; return its section's number and whether the section now shows exactly its spelling.

    A section that is new is linked with its near copies.
    """
    sql = "SELECT number, text, hex(normalised_sha256) FROM stored_sections WHERE id = ?"
    stored = db.row(sql, section.id)
    if stored is None:
        row = {
            "id": section.id,
            "text": raw,
            "chars": len(raw),
            "normalised_sha256": bytes.fromhex(section.sha256),
            "skeleton": section.made.family_id,
        }
        db.insert_row("stored_sections", row)
        number = int(db.value("SELECT last_insert_rowid()"))
        prints.remember(section.id, section.made)
        link_near(db, section.id, prints)
        return number, True
    number, shown, stored_sha256 = stored
    if stored_sha256.lower() != section.sha256:
        raise CorpusMismatch("two passages have one id", where=section.id, hint="Lengthen pipelines.identity")
    if raw < shown:
        _show_spelling(db, number, raw, instead_of=shown)
        return number, True
    return number, bool(raw == shown)


def _show_spelling(db: Database, section: int, raw: str, *, instead_of: str) -> None:
    table = "UPDATE stored_occurrences SET raw"
    db.execute(f"{table} = ? WHERE section = ? AND raw IS NULL", (instead_of, section))
    db.execute("UPDATE stored_sections SET text = ?, chars = ? WHERE number = ?", (raw, len(raw), section))
    db.execute(f"{table} = NULL WHERE section = ? AND raw = ?", (section, raw))


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
