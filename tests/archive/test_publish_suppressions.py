from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from archive.data_folder import DataDir
from archive.exact_search import match_phrase
from archive.publish import shown_captures as asking
from archive.publish.copy import publish
from archive.publish.live import open_joined
from archive.publish.shown_captures import NotYetHidden, shown_captures
from archive.publish.suppressions import MARK, BadSuppressions, read_suppressions
from pipelines.errors import ExitCode
from pipelines.identity import section_id
from tests.e2e.content import leading_nowhere
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.database import Database

PERSONAL = "（八）公示\n张某某，身份证号410000199001010011。"
DECIDED = "  reason: 身份证号\n  date: 2026-01-31\n"


def now() -> dt.datetime:
    return dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


def published(tmp_path: Path, suppressions: str) -> sqlite3.Connection:
    data = DataDir(tmp_path)
    data.make()
    build_corpus(data.corpus_db, extra_passages=[PERSONAL, "其后一段。"])
    (data.root / "suppressions.yaml").write_text(suppressions, "utf-8")
    publish(data, clock=now)
    assert b"410000199001010011" not in data.public_db.read_bytes()
    return sqlite3.connect(data.public_db)


def test_a_hidden_document_keeps_its_address_and_its_captures(tmp_path: Path) -> None:
    db = published(tmp_path, "- url: https://www.gov2.example/other/14.html\n" + DECIDED)
    row = db.execute(
        "SELECT title, doc_number, current_version_id, read_reason FROM documents"
        " WHERE url LIKE '%/other/14.html'"
    ).fetchone()
    assert row == (None, None, None, "suppressed")
    assert db.execute("SELECT count(*) FROM captures WHERE url LIKE '%/other/14.html'").fetchone() == (1,)
    assert db.execute(
        "SELECT count(*) FROM sections_fts WHERE sections_fts MATCH ?", (match_phrase("身份证号"),)
    ).fetchone() == (0,)
    assert leading_nowhere(db) == []
    assert db.execute("SELECT kind, reason, date FROM suppressions").fetchall() == [
        ("url", "身份证号", "2026-01-31")
    ]
    db.close()


def test_what_is_hidden_is_overwritten_whatever_sqlite_does_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def connect_as_elsewhere(*arguments: Any, **options: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*arguments, **options)
        db.execute("PRAGMA secure_delete = OFF")  # as SQLite is built on most systems
        return db

    monkeypatch.setattr(sqlite3, "connect", connect_as_elsewhere)
    published(tmp_path, "- url: https://www.gov2.example/other/14.html\n" + DECIDED).close()


def test_an_article_is_hidden_by_the_address_of_one_of_its_parts(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    build_corpus(data.corpus_db)
    with closing(sqlite3.connect(data.corpus_db)) as corpus, corpus:
        corpus.executescript(
            """CREATE TEMP TABLE part AS SELECT * FROM _captures WHERE url LIKE '%/other/14.html';
            UPDATE part SET id = id || '1', role = 'part', parent_capture_id = id,
                warc_offset = warc_offset + 1, url = replace(url, '14.html', '14_1.html');
            INSERT INTO _captures SELECT * FROM part"""
        )
    (data.root / "suppressions.yaml").write_text(
        "- url: https://www.gov2.example:443/other/14_1.html\n" + DECIDED, "utf-8"
    )
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    with shown_captures(data) as db:
        hidden = db.execute("SELECT url, title FROM documents WHERE read_reason = 'suppressed'").fetchall()
        withheld = db.execute("SELECT role FROM captures JOIN withheld USING (id) WHERE url LIKE '%/14%'")
        assert sorted(withheld.fetchall()) == [("article",), ("part",)]
    assert hidden == [("http://www.gov2.example/other/14.html", None)]


def test_what_is_known_of_a_hidden_import_is_hidden_too(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    build_corpus(data.corpus_db)
    with closing(sqlite3.connect(data.corpus_db)) as corpus, corpus:
        corpus.execute(
            """UPDATE _captures SET provenance = '{"note": "张某某来信"}' WHERE url LIKE '%/14.html'"""
        )
    (data.root / "suppressions.yaml").write_text(
        "- url: https://www.gov2.example/other/14.html\n" + DECIDED, "utf-8"
    )
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    assert "张某某来信".encode() not in data.public_db.read_bytes()


def test_a_hidden_passage_is_a_mark_wherever_it_stood(tmp_path: Path) -> None:
    db = published(tmp_path, f"- passage: '{section_id(PERSONAL)}'\n" + DECIDED)
    versions = db.execute("SELECT text, tail, id FROM versions").fetchall()
    [(text, tail, version)] = [row for row in versions if MARK in row[0]]
    rows = db.execute(
        "SELECT lead || ifnull(raw, text) FROM occurrences JOIN sections ON sections.id = section_id"
        " WHERE version_id = ? ORDER BY position",
        (version,),
    )
    assert text == "".join(row[0] for row in rows) + tail
    assert text.endswith(f"\n{MARK}\n其后一段。\n")
    assert db.execute("SELECT count(*) FROM occurrences WHERE heading_path LIKE '%公示%'").fetchone() == (0,)
    db.close()


def test_what_is_not_held_is_listed_and_hides_nothing(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    build_corpus(data.corpus_db)
    plain = publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    (data.root / "suppressions.yaml").write_text("- passage: nowhere\n" + DECIDED, "utf-8")
    again = publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    assert again.rows == plain.rows | {"suppressions": 1}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("url: http://a.example/", id="no list"),
        pytest.param("- url: http://a.example/\n  reason: x", id="no date"),
        pytest.param("- ulr: http://a.example/\n" + DECIDED, id="a slip in a key"),
        pytest.param("- url: http://a.example/\n  reason: x\n  date: soon", id="no day"),
        pytest.param("- url: http://a.example/\n  passage: x\n" + DECIDED, id="both"),
        pytest.param("- [", id="no YAML"),
    ],
)
def test_what_cannot_be_understood_stops_everything(tmp_path: Path, text: str) -> None:
    path = tmp_path / "suppressions.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadSuppressions, match=r"suppressions\.yaml:\d") as raised:
        read_suppressions(path)
    assert raised.value.exit_code == ExitCode.CONFIGURATION


def test_an_id_of_digits_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "suppressions.yaml"
    path.write_text("- passage: 00345678901234567890\n" + DECIDED, "utf-8")
    assert [it.target for it in read_suppressions(path)] == ["00345678901234567890"]


def test_a_copy_that_is_replaced_while_it_is_open_is_asked_what_it_hides_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads takes no lock: a night may publish between opening a copy and asking what it hides."""
    data = DataDir(tmp_path)
    data.make()
    build_corpus(data.corpus_db)
    publish(data, clock=now)
    hidden = "- url: https://www.gov2.example/other/14.html\n" + DECIDED
    (data.root / "suppressions.yaml").write_text(hidden, "utf-8")

    @contextlib.contextmanager
    def publish_meanwhile(data: DataDir) -> Iterator[Database]:
        with open_joined(data) as db:
            assert publish(data, clock=now).changed
            yield db

    with monkeypatch.context() as patch:
        patch.setattr(asking, "open_joined", publish_meanwhile)
        with pytest.raises(NotYetHidden), shown_captures(data):
            pass
    with shown_captures(data) as db:
        assert db.execute("SELECT count(*) FROM withheld_documents").fetchone() == (1,)
