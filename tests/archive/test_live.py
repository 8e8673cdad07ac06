"""What every night changes stands beside the copy: the same rows are read, and nothing new is published."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3

import pytest

from archive.data_folder import DataDir
from archive.database import Database
from archive.publish.copy import Published, publish
from archive.publish.journal import describe_basis, known_copies
from archive.publish.live import open_joined, write_visits
from archive.publish.set_digest import digest_open_copy
from tests.web.sample_corpus import add_visit

pytestmark = pytest.mark.roster

NIGHT = "2026-01-31T15:00:00Z"


def publish_corpus(data: DataDir) -> Published:
    return publish(data, clock=lambda: dt.datetime(2026, 1, 31, 3, tzinfo=dt.UTC))


def change(data: DataDir, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(data.corpus_db)) as db, db:
        for statement in statements:
            before = db.total_changes  # a row that is written through a view counts nowhere else
            db.execute(statement)
            assert db.total_changes > before


@pytest.fixture
def data(published_data: DataDir) -> DataDir:
    return published_data


def state(data: DataDir) -> dict[str, tuple[int, int]]:
    copies = (path for path in data.public.iterdir() if path != data.live_db)
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in copies}


def test_a_night_of_visits_publishes_nothing_and_readers_see_them(data: DataDir) -> None:
    before = state(data)
    document = add_visit(data.corpus_db, NIGHT)
    again = publish_corpus(data)
    assert (again.changed, state(data)) == (False, before)
    anew = DataDir(data.root / "anew")
    anew.make()
    anew.corpus_db.symlink_to(data.corpus_db)
    with open_joined(data) as db:
        assert digest_open_copy(db).hexdigest() == publish_corpus(anew).sha256
        assert db.execute("SELECT last_seen FROM documents WHERE id = ?", (document,)).fetchone() == (NIGHT,)
        captures = db.execute("SELECT count(*) FROM captures").fetchone()
        assert captures == (again.rows["captures"],)


def test_a_run_whose_beginning_was_lost_is_of_no_night_that_looked(data: DataDir) -> None:
    change(
        data,
        "UPDATE portals SET issuer_id = (SELECT min(id) FROM issuers)",
        "INSERT INTO runs (id, verb, state) VALUES ('lost', '', 'finished')",
        "INSERT INTO sweeps (run_id, portal_id, list_url, found, complete)"
        " SELECT 'lost', id, 'http://lost.example/', 1, 1 FROM portals",
    )
    publish_corpus(data)
    change(data, "UPDATE runs SET finished_at = '2026-02-01T00:00:00.000000Z' WHERE id = 'lost'")
    publish_corpus(data)
    anew = DataDir(data.root / "anew")
    anew.make()
    anew.corpus_db.symlink_to(data.corpus_db)
    with open_joined(data) as db:
        assert digest_open_copy(db).hexdigest() == publish_corpus(anew).sha256


def test_what_no_visit_touched_is_not_worked_out(data: DataDir) -> None:
    add_visit(data.corpus_db, NIGHT)
    served = data.public_db.resolve()
    with contextlib.closing(sqlite3.connect(data.corpus_db, isolation_level=None, factory=Database)) as db:
        [note] = known_copies(db, data.public, describe_basis(db, []))
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        assert write_visits(db, served, note.generation, data.root / "live.db")
        db.set_trace_callback(None)
    # The one is a view over all that is held.
    assert not any('main."coverage"' in statement for statement in asked)
    assert any('served."coverage"' in statement for statement in asked)


def test_what_was_added_stands_in_the_next_copy_and_not_beside_it(data: DataDir) -> None:
    add_visit(data.corpus_db, NIGHT)
    publish_corpus(data)
    change(
        data, "UPDATE documents SET title = title || '（修订）' WHERE id = (SELECT min(id) FROM documents)"
    )
    published = publish_corpus(data)
    assert published.changed
    with contextlib.closing(sqlite3.connect(data.live_db)) as live:
        assert live.execute("SELECT copy FROM visits_since").fetchall() == [(published.path.name,)]
        assert live.execute("SELECT count(*) FROM captures").fetchall() == [(0,)]
    with contextlib.closing(sqlite3.connect(published.path)) as copy:
        assert copy.execute("SELECT count(*) FROM runs WHERE id = 'visit'").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "news",
    [
        "UPDATE _captures SET outcome = 'gone' WHERE id = (SELECT min(id) FROM captures)",
        "DELETE FROM runs WHERE id = (SELECT min(id) FROM runs)",
        "UPDATE portals SET health = 'blocked' WHERE id = (SELECT min(id) FROM portals)",
        "UPDATE _captures SET parent_capture_id = 'lost' WHERE run_id = 'visit'",
        "UPDATE documents SET status = 'unreachable' WHERE id = (SELECT min(id) FROM documents)",
        # A deadline has passed.
        "UPDATE runs SET night = '2026-02-01' WHERE id = 'visit'",
    ],
)
def test_whatever_else_changes_is_news(data: DataDir, news: str) -> None:
    add_visit(data.corpus_db, NIGHT)
    change(data, news)
    assert publish_corpus(data).changed


def test_of_what_is_suppressed_a_visit_tells_nothing_either(data: DataDir) -> None:
    change(data, "UPDATE _captures SET list_title = '某人的年度报告'")
    with contextlib.closing(sqlite3.connect(data.corpus_db)) as db:
        [(url,)] = db.execute(
            "SELECT url FROM documents WHERE current_version_id IS NOT NULL ORDER BY id LIMIT 1"
        )
    entry = f"- {{url: '{url}', reason: test, date: 2026-01-31}}\n"
    (data.root / "suppressions.yaml").write_text(entry, "utf-8")
    assert publish_corpus(data).changed
    document = add_visit(data.corpus_db, NIGHT)
    publish_corpus(data)
    with open_joined(data) as db:
        assert db.execute("SELECT count(*) FROM captures WHERE run_id = 'visit'").fetchone() == (1,)
        told = db.execute("SELECT DISTINCT url, list_title FROM captures WHERE document_id = ?", (document,))
        assert told.fetchall() == [(url, None)]
    assert "某人的年度报告".encode() not in data.live_db.read_bytes()


def test_where_anything_is_suppressed_a_visit_tells_only_titles_that_are_told(data: DataDir) -> None:
    entry = "- {passage: 'of none', reason: test, date: 2026-01-31}\n"
    (data.root / "suppressions.yaml").write_text(entry, "utf-8")
    publish_corpus(data)
    add_visit(data.corpus_db, NIGHT)
    assert not publish_corpus(data).changed
    change(data, "UPDATE _captures SET list_title = '某人的年度报告' WHERE run_id = 'visit'")
    assert publish_corpus(data).changed


def test_a_file_of_another_copy_is_left_alone(data: DataDir) -> None:
    add_visit(data.corpus_db, NIGHT)
    publish_corpus(data)
    left = data.live_db.read_bytes()
    change(data, "UPDATE documents SET title = '新' WHERE id = (SELECT min(id) FROM documents)")
    publish_corpus(data)
    data.live_db.chmod(0o644)
    data.live_db.write_bytes(left)
    with open_joined(data) as db:
        assert db.execute("SELECT count(*) FROM captures WHERE run_id = 'visit'").fetchone() == (1,)
