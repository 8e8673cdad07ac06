"""A text stands as its passages alone, and is put together from them by any SQLite."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.corpus.store import schema_sql
from archive.corpus.versions import load_passages, store_version
from archive.database import Database
from pipelines.document import Reading
from pipelines.identity import text_sha256
from pipelines.text.outline import Passage
from tests.archive.stating import reading_of
from tests.soak import first_of, series

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("公开", "复议。", "2019年\t34\n件", "“引号”", "\U00020bb7", "👍", "\x00", "a’b", "")


def _reading(source: random.Random, size: int) -> Reading:
    passages = []
    for _ in range(size):
        raw = "段" + "".join(source.choices(WORDS, k=3)) + str(source.randrange(size))
        above = source.choices(("一、总体情况", "（一）", "二、"), k=source.randrange(3))
        # The last heading is the beginning of the passage, or is not.
        own = source.choice(([], [raw[: source.randrange(1, 4)]]))
        passages.append(Passage(source.choice(("\n", "", "\n\n  ")), raw, (*above, *own), 1))
    return Reading(
        metadata=reading_of().metadata,
        passages=tuple(passages),
        tail="\n完",
        encoding="utf-8",
        extractor="plain",
    )


@series
@pytest.mark.parametrize("size", first_of([0, 1, 90, 1_000, 4_000], 4))
def test_every_text_fits_its_digest_and_its_outline(tmp_path: Path, size: int) -> None:
    """Sections of earlier texts come again in another order, which their numbers do not give."""
    source = random.Random(size)
    readings = [_reading(source, size) for _ in range(3)]
    path = tmp_path / "corpus.db"
    with closing(sqlite3.connect(path, factory=Database, isolation_level=None)) as db:
        db.executescript(schema_sql())
        versions = [store_version(db, str(at), "c", one, "t") for at, one in enumerate(readings)]
        for version, reading in zip(versions, readings, strict=True):
            assert load_passages(db, version)[0] == list(reading.passages)
    with closing(sqlite3.connect(path)) as plain:
        found = plain.execute("SELECT id, text, text_sha256 FROM versions").fetchall()
    assert {version: text for version, text, _ in found} == {
        version: reading.text for version, reading in zip(versions, readings, strict=True)
    }
    assert all(text_sha256(text) == digest for _, text, digest in found)


QUESTIONS = (
    "SELECT text FROM versions WHERE id = ?",
    "SELECT * FROM occurrences WHERE version_id = ? ORDER BY position",
    "SELECT * FROM occurrences WHERE section_id = ?",
    "SELECT s.text FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id WHERE o.version_id = ?",
    "SELECT v.text FROM documents AS d LEFT JOIN versions AS v ON v.id = d.current_version_id WHERE d.id = ?",
    "SELECT s.text FROM tasks AS t LEFT JOIN sections AS s ON s.id = t.section_id WHERE t.document_id = ?",
    "SELECT page FROM documents AS d JOIN occurrences ON version_id = d.current_version_id WHERE d.id = ?",
    "SELECT * FROM section_links WHERE section_a = ?",
    "SELECT * FROM section_links WHERE section_b = ?",
    "SELECT id FROM sections WHERE skeleton = ?",
    "SELECT id FROM versions WHERE document_id = ?",
    "SELECT outcome FROM captures WHERE id = ?",
    "SELECT id FROM captures WHERE url = ? ORDER BY fetched_at DESC LIMIT 1",
    "SELECT * FROM captures WHERE document_id = ? ORDER BY fetched_at DESC, id LIMIT 10",
    "SELECT id FROM captures WHERE revisit_of = ?",
    "SELECT id FROM captures WHERE parent_capture_id = ?",
    "SELECT outcome, count(*) FROM captures WHERE run_id = ? GROUP BY 1",
    "SELECT url FROM captures WHERE portal_id = ?",
    "SELECT id FROM captures WHERE payload_sha256 = ?",
    "SELECT id FROM captures WHERE warc_file = ? AND warc_offset >= 0",
    "SELECT o.warc_file FROM captures AS c JOIN captures AS o ON o.id = c.revisit_of WHERE c.document_id = ?",
    "SELECT c.url FROM _addresses AS a JOIN captures AS c ON c.id = a.capture_id WHERE a.document_id = ?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_public_views_are_asked_by_their_indexes(question: str) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema_sql())
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {question}", ("x",))]
    scans = [
        step
        for step in plan
        if step.startswith(("SCAN", "MATERIALIZE")) and "(" not in step and "json" not in step
    ]
    assert scans == [], plan
