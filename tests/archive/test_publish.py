from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.data_folder import DataDir
from archive.exact_search import match_phrase, query_words, search_form
from archive.publish.copy import NothingToPublish, Published, PublishingFailed, publish
from archive.publish.public_tables import NARROW, public_tables
from archive.publish.set_digest import SetDigest, digest_copy, digest_rows
from archive.site_files import DATABASE, read_metadata, site_folder
from tests.e2e.content import leading_nowhere
from tests.soak import first_of, series
from tests.warm import ANY, start_program
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from random import Random

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = dt.datetime(2026, 1, 31, 3, tzinfo=dt.UTC)


def clock() -> dt.datetime:
    return NOW


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    data = DataDir(tmp_path / "data")
    data.make()
    build_corpus(data.corpus_db)
    return data


def names(data: DataDir) -> set[str]:
    return {path.name for path in data.public.iterdir() if path != data.live_db}


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    found = db.execute(sql).fetchall()
    db.close()
    return found


def test_a_copy_is_named_by_its_rows_and_read_only(data: DataDir) -> None:
    published = publish(data, clock=clock)
    assert published.sha256 == digest_copy(published.path).hexdigest()
    assert published.path.name == f"gongkai-{published.sha256}.db"
    assert stat.S_IMODE(published.path.stat().st_mode) == 0o444
    assert data.public_db.readlink().name == published.path.name
    assert names(data) == {"gongkai.db", published.path.name}
    assert (published.changed, published.published_at) == (True, NOW)


def test_every_public_row_is_in_the_copy_and_no_internal_table(data: DataDir) -> None:
    published = publish(data, clock=clock)
    db = sqlite3.connect(data.corpus_db)
    public = [table.name for table in public_tables(db)]
    counts = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in public}  # noqa: S608 our own names
    db.close()
    changed = {"sweeps": counts["sweeps"] - 1}
    # Worked out over the copy; the corpus has none.
    over_copy = ("overlaps", "novelty_by_report", "copied_from", "alike_reports")
    changed |= {name: published.rows[name] for name in over_copy if not counts[name]}
    assert published.rows.items() >= (counts | changed).items()
    assert rows(data.public_db, "SELECT name FROM sqlite_master WHERE name LIKE '\\_%' ESCAPE '\\'") == []
    shown = "SELECT min(name) FROM sqlite_master WHERE type = 'table'"
    assert rows(data.corpus_db, shown) == [("READ_ME_FIRST",)]
    assert rows(data.public_db, shown) != rows(data.corpus_db, shown)
    assert b"secret" not in published.path.read_bytes()


def test_references_that_lead_nowhere_are_mended_in_the_copy_alone(data: DataDir) -> None:
    published = publish(data, clock=clock)
    assert [(it.table, it.column, it.action, it.rows) for it in published.repairs] == [
        ("stored_captures", "parent_capture_id", "blanked", 1),
        ("sweeps", "run_id", "left_out", 1),
    ]
    assert leading_nowhere(sqlite3.connect(data.public_db)) == []
    lost = "SELECT count(*) FROM captures WHERE parent_capture_id IS NOT NULL"
    assert rows(data.public_db, lost) == [(0,)]
    assert rows(data.corpus_db, "SELECT count(*) FROM _awaited") == [(1,)]
    assert ("blanked stored_captures.parent_capture_id", "1") in rows(
        data.public_db, "SELECT * FROM publication"
    )


def test_leaving_a_row_out_takes_what_hangs_on_it(data: DataDir) -> None:
    db = sqlite3.connect(data.corpus_db)
    db.execute("DELETE FROM stored_captures WHERE id = (SELECT capture_id FROM versions LIMIT 1)")
    db.commit()
    db.close()
    publish(data, clock=clock)
    assert leading_nowhere(sqlite3.connect(data.public_db)) == []
    assert rows(data.public_db, "SELECT count(*) FROM documents WHERE current_version_id IS NULL") == [(2,)]


def test_publishing_again_changes_nothing(published_data: DataDir) -> None:
    first = publish(published_data, clock=clock)
    before = first.path.stat().st_ino
    again = publish(published_data, clock=clock)
    assert (again.sha256, again.changed) == (first.sha256, False)
    assert (first.path.stat().st_ino, names(published_data)) == (before, {"gongkai.db", first.path.name})


def test_an_altered_copy_gives_way_to_what_is_published(published_data: DataDir) -> None:
    first = publish(published_data, clock=clock)
    content = first.path.read_bytes()
    first.path.chmod(0o644)
    first.path.write_bytes(content[:-1] + b"?")
    again = publish(published_data, clock=clock)
    assert (again.path, again.changed) == (first.path, True)
    assert first.path.read_bytes() == content


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stored_versions SET chars = chars + 1 WHERE id = (SELECT min(id) FROM versions)",
        "DELETE FROM stored_captures WHERE id = (SELECT max(id) FROM captures)",
        "UPDATE stored_sections SET text = text || ' ' WHERE id = (SELECT min(id) FROM sections)",
        "UPDATE documents SET title = NULL WHERE id = (SELECT min(id) FROM documents WHERE title <> '')",
        "ALTER TABLE tasks RENAME COLUMN text TO words",
    ],
)
def test_an_altered_row_or_column_has_another_digest(published_data: DataDir, sql: str) -> None:
    published = publish(published_data, clock=clock)
    copy = published.path.with_name("altered.db")
    copy.write_bytes(published.path.read_bytes())
    assert digest_copy(copy).hexdigest() == published.sha256
    db = sqlite3.connect(copy)
    assert db.execute(sql).rowcount
    db.commit()
    db.close()
    assert digest_copy(copy).hexdigest() != published.sha256


def test_a_copy_that_does_not_say_of_which_year_its_rows_are_has_a_digest(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "before.db")
    db.execute("CREATE TABLE occurrences (version_id TEXT, position INTEGER)")
    db.execute("INSERT INTO occurrences VALUES ('a', 1)")
    db.commit()
    db.close()
    assert digest_copy(tmp_path / "before.db").rows == 2  # and what the table is called


CELLS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text())
ROWS = st.lists(st.tuples(st.just("facts"), CELLS, CELLS), unique_by=repr)


@given(ROWS, st.randoms(use_true_random=False), st.integers(0, 9))
def test_a_digest_is_of_the_set_and_adds_up_part_by_part(
    rows: list[tuple[object, ...]], random: Random, cut: int
) -> None:
    whole = digest_rows(rows)
    shuffled = random.sample(rows, len(rows))
    parts = digest_rows(shuffled[:cut]), digest_rows(shuffled[cut:])
    assert parts[0] + parts[1] == whole
    assert (whole == SetDigest()) == (not rows)


def test_equal_text_in_other_cells_or_of_another_kind_is_another_row() -> None:
    rows = [
        ("t", "1", ""),
        ("t", "", "1"),
        ("t", 1, ""),
        ("t", 1.0, ""),
        ("t", None, "1"),
        ("u", "1", ""),
        ("t1", "", ""),
    ]
    assert len({digest_rows([row]).hexdigest() for row in rows}) == len(rows)


def test_the_order_of_arrival_leaves_no_trace(published_data: DataDir) -> None:
    first = publish(published_data, clock=clock)
    published_data.corpus_db.unlink()
    build_corpus(published_data.corpus_db, reverse=True)
    assert publish(published_data, clock=clock).sha256 == first.sha256


@pytest.mark.parametrize("query", ["公", "公开", "复议", "〔2018〕77号", '"', "青川 2019年", "𠮷"])
def test_search_in_the_copy_equals_a_scan(sample: DataDir, query: str) -> None:
    db = sqlite3.connect(sample.public_db)
    for table, columns in (("sections", "text"), ("documents", "title, issuer, doc_number")):
        fts = f"SELECT rowid FROM {table}_fts WHERE {table}_fts MATCH ?"  # noqa: S608 our own names
        found = db.execute(f"SELECT id FROM {table} WHERE search_key IN ({fts})", (match_phrase(query),))  # noqa: S608 our own names
        scanned = {
            row[0]
            for row in db.execute(f"SELECT id, {columns} FROM {table}")  # noqa: S608 our own names
            if all(any(word in search_form(value or "") for value in row[1:]) for word in query_words(query))
        }
        assert {row[0] for row in found} == scanned
    db.close()


def test_the_newest_copies_stay_and_the_served_one_among_them(data: DataDir) -> None:
    made = []
    for number in range(5):
        data.corpus_db.unlink()
        build_corpus(data.corpus_db, extra_passages=[f"第{number}夜"])
        published = publish(data, clock=clock)
        os.utime(published.path, (number, number))
        made.append(published.path.name)
    assert names(data) == {"gongkai.db", *made[-2:]}
    data.corpus_db.unlink()
    build_corpus(data.corpus_db, extra_passages=["第3夜"])
    assert publish(data, clock=clock).path.name == made[3]
    assert data.public_db.readlink().name == made[3]


def test_a_failed_publish_leaves_the_old_copy_and_no_stray_file(
    published_data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(published_data, clock=clock)
    db = sqlite3.connect(published_data.corpus_db)
    db.execute("UPDATE stored_sections SET text = text || '改'")
    db.commit()
    db.close()
    with monkeypatch.context() as broken:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        broken.setattr(os, "fsync", full)
        with pytest.raises(PublishingFailed, match="No space left"):
            publish(published_data, clock=clock)
    assert names(published_data) == {"gongkai.db", first.path.name}
    assert published_data.public_db.readlink().name == first.path.name


def test_a_damaged_corpus_is_not_published(published_data: DataDir) -> None:
    first = publish(published_data, clock=clock)
    published_data.corpus_db.write_bytes(b"SQLite format 3\x00" + b"\xff" * 9_000)
    with pytest.raises(PublishingFailed, match="can be rebuilt"):
        publish(published_data, clock=clock)
    assert names(published_data) == {"gongkai.db", first.path.name}


def test_what_a_killed_run_left_is_swept(data: DataDir) -> None:
    leftover = data.public / ".making-killed"
    leftover.mkdir()
    (leftover / "copy.db").write_bytes(b"half")
    published = publish(data, clock=clock)
    assert names(data) == {"gongkai.db", published.path.name}


def test_without_a_corpus_there_is_nothing_to_publish(tmp_path: Path) -> None:
    with pytest.raises(NothingToPublish, match=r"corpus\.db.*gongkai derive"):
        publish(DataDir(tmp_path), clock=clock)


def test_views_answer_in_the_copy(sample: DataDir) -> None:
    assert rows(sample.public_db, "SELECT count(*) FROM primary_reports") == [(12,)]


PROGRAM = [sys.executable, "-m", ANY, "tests.archive.publishing"]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of which a copy takes a moment to write."""
    corpus = tmp_path_factory.mktemp("grown") / "corpus.db"
    build_corpus(corpus, extra_passages=[f"第{n}段" for n in range(3_000)])
    return corpus


@pytest.fixture
def outgrown(published_data: DataDir, grown: Path) -> Published:
    """What was published before the corpus grew so."""
    first = publish(published_data, clock=clock)
    published_data.corpus_db.unlink()
    shutil.copy(grown, published_data.corpus_db)
    return first


@series
@pytest.mark.parametrize("after_s", first_of([0.2, 0.05, 0.1, 0.15, 0.3]))
def test_a_kill_leaves_the_old_copy_or_the_new_one(
    published_data: DataDir, outgrown: Published, after_s: float
) -> None:
    process = start_program([*PROGRAM, str(published_data.root)], env=os.environ, folder=ROOT)
    time.sleep(after_s)
    process.kill()
    process.wait()
    served = published_data.public_db.resolve()
    assert served.stem == f"gongkai-{digest_copy(served).hexdigest()}"
    second = publish(published_data, clock=clock)
    assert names(published_data) == {"gongkai.db", outgrown.path.name, second.path.name}


def test_a_full_disk_is_said_and_leaves_the_old_copy(
    published_data: DataDir, outgrown: Published, tmp_path: Path
) -> None:
    with (tmp_path / "said").open("w+") as said:
        streams = (subprocess.DEVNULL, subprocess.DEVNULL, said.fileno())
        limits = {resource.RLIMIT_FSIZE: 102_400}
        program = [*PROGRAM, str(published_data.root)]
        failed = start_program(program, env=os.environ, streams=streams, limits=limits, folder=ROOT)
        assert failed.wait() != 0
        assert "PublishingFailed" in (tmp_path / "said").read_text()
    assert names(published_data) == {"gongkai.db", outgrown.path.name}


def test_every_reference_has_an_index(sample: DataDir) -> None:
    references = rows(
        sample.public_db, _EACH.format(what="pragma_foreign_key_list(t.name) AS f", column="f.[from]")
    )
    indexed = """pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS f ON f.seqno = 0"""
    leading = rows(sample.public_db, _EACH.format(what=indexed, column="f.name"))
    assert ("check_failures", "document_id") in references
    # The narrow tables have no pages.
    assert {one for one in references if not str(one[0]).startswith(NARROW)} <= set(leading)


def test_the_list_of_cells_counts_what_a_cell_has_in_common_with_others(sample: DataDir) -> None:
    facets = read_metadata(site_folder())["databases"][DATABASE]["tables"]["facts"]["facets"]
    held = rows(sample.public_db, "SELECT name FROM pragma_table_info('known_cells')")
    assert set(facets) - {"table_key"} <= {column for (column,) in held}


_EACH = "SELECT t.name, {column} FROM sqlite_master AS t JOIN {what} WHERE t.type = 'table'"
