"""The order in which a published copy numbers what is searched, and where each passage stands."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from archive.data_folder import DataDir
from archive.exact_search import match_phrase
from archive.publish.copy import publish
from tests.web.sample_corpus import COMMON, build_corpus

if TYPE_CHECKING:
    from pathlib import Path

NEWEST_FIRST = """
    ORDER BY ifnull(year, substr(published_on, 1, 4)) IS NULL,
             CAST(ifnull(year, substr(published_on, 1, 4)) AS INTEGER) DESC,
             published_on IS NULL, published_on DESC, url"""


@pytest.fixture(scope="module")
def data(sample: DataDir) -> DataDir:
    return sample


def _publish(data: DataDir) -> None:
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))


def rows(path: Path, sql: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql, values).fetchall()


@pytest.mark.parametrize("table", ["sections", "documents"])
def test_each_row_has_a_number_of_its_own(data: DataDir, table: str) -> None:
    found = rows(data.public_db, f"SELECT count(*), count(DISTINCT search_key) FROM {table}")  # noqa: S608 our names
    assert found[0][0] == found[0][1] > 0


def test_documents_are_numbered_from_the_newest(data: DataDir) -> None:
    keys = rows(data.public_db, f"SELECT search_key FROM documents {NEWEST_FIRST}")  # noqa: S608 our names
    assert keys == sorted(keys)


def test_passages_are_numbered_by_the_newest_document_and_their_place_in_it(data: DataDir) -> None:
    placed = rows(
        data.public_db,
        """SELECT s.search_key FROM sections AS s
           JOIN occurrences AS o ON o.section_id = s.id
           JOIN documents AS d ON d.current_version_id = o.version_id
           GROUP BY s.id ORDER BY min(d.search_key * 1000000 + o.position)""",
    )
    assert placed == sorted(placed)


def test_passages_of_earlier_texts_alone_come_last(data: DataDir) -> None:
    [(earlier,)] = rows(data.public_db, "SELECT search_key FROM sections WHERE text LIKE '%旧稿所列%'")
    [(last,)] = rows(data.public_db, "SELECT max(search_key) FROM sections")
    assert earlier == last


def test_places_are_those_of_the_texts(data: DataDir) -> None:
    stored = set(rows(data.public_db, "SELECT search_key, document_key, position FROM sections_fts_places"))
    counted = set(
        rows(
            data.public_db,
            """SELECT s.search_key, d.search_key, min(iif(v.id = d.current_version_id, o.position, NULL))
               FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
               JOIN versions AS v ON v.id = o.version_id JOIN documents AS d ON d.id = v.document_id
               GROUP BY 1, 2""",
        )
    )
    assert stored == counted
    assert any(position is None for _, _, position in stored)
    everywhere = rows(
        data.public_db,
        "SELECT count(*) FROM sections_fts_places WHERE search_key = "
        "(SELECT search_key FROM sections WHERE text = ?)",
        COMMON,
    )
    assert everywhere == [(13,)]


def test_what_may_not_be_shown_is_in_no_index(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    build_corpus(data.corpus_db)
    [(url,)] = rows(data.corpus_db, "SELECT url FROM documents WHERE doc_number = '青政办〔2020〕7号'")
    entry = f"- url: {url}\n  reason: 个人信息\n  date: 2026-01-31\n"
    (data.root / "suppressions.yaml").write_text(entry, "utf-8")
    _publish(data)
    for table, word in (("sections", "年内完成"), ("documents", "工作要点")):
        hits = f"SELECT count(*) FROM {table}_fts WHERE {table}_fts MATCH ?"  # noqa: S608 our names
        assert rows(data.public_db, hits, match_phrase(word)) == [(0,)]
    hidden = """
        SELECT count(*) FROM sections_fts_places AS p
        JOIN documents AS d ON d.search_key = p.document_key WHERE d.url = ?"""
    assert rows(data.public_db, hidden, url) == [(0,)]


def test_the_number_of_a_passage_is_that_of_its_row(data: DataDir) -> None:
    assert rows(data.public_db, "SELECT count(*) FROM sections WHERE rowid <> search_key") == [(0,)]
