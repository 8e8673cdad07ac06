"""Copies that are brought up to the corpus are what copies made anew are: in rows, index and order."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import unicodedata
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from archive.corpus.version_diff import compare_years, find_years, write_years
from archive.data_folder import DataDir
from archive.database import Database
from archive.publish import copy, search_index
from archive.publish.build import build_copy
from archive.publish.copy import publish
from archive.publish.journal import describe_basis, known_copies
from archive.publish.public_tables import kept_tables, public_tables
from archive.publish.set_digest import digest_copy
from archive.publish.suppressions import read_suppressions
from benchmarks._wide_rows import accept_wide_rows
from tests.archive.test_publish import ROOT, clock, rows
from tests.soak import SOAK, seeds, series
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from archive.publish.public_tables import Table

pytestmark = pytest.mark.roster

VOCABULARY = "CREATE VIRTUAL TABLE temp.{0}_words USING fts5vocab (main, '{0}_fts', 'instance')"
INDEXED = (
    "SELECT t.id, w.term, w.col, w.offset FROM temp.{0}_words AS w JOIN {0} AS t ON t.search_key = w.doc"
)
PLACES = """
SELECT s.id, d.id, p.position FROM sections_fts_places AS p
LEFT JOIN sections AS s USING (search_key) LEFT JOIN documents AS d ON d.search_key = p.document_key
"""


def held(path: Path) -> dict[str, list[Any]]:
    """Return all that a reader may find in a copy, in the order in which it is found."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        found = {
            table.name: sorted(db.execute(f"SELECT {table.column_list} FROM {table.name}"), key=repr)  # noqa: S608
            for table in public_tables(db)
        }
        found["partitions"] = sorted(db.execute("SELECT * FROM sections_fts_partitions"), key=repr)
        found["places"] = sorted(db.execute(PLACES), key=repr)
        for table in ("sections", "documents"):
            db.execute(VOCABULARY.format(table))
            found[table + " in order"] = db.execute(f"SELECT id FROM {table} ORDER BY search_key").fetchall()  # noqa: S608
            found[table + " words"] = sorted(db.execute(INDEXED.format(table)))
            words = db.execute(f"SELECT count(*) FROM temp.{table}_words").fetchone()[0]  # noqa: S608
            assert words == len(found[table + " words"]), "a token of a row that is not there"
    return found


def assert_as_made_anew(data: DataDir, folder: Path) -> None:
    published = publish(data, clock=clock)
    anew = folder / "anew.db"
    anew.unlink(missing_ok=True)
    built = build_copy(data.corpus_db, anew, read_suppressions(data.root / "suppressions.yaml"))
    ours, theirs = held(published.path), held(anew)
    assert {name: found for name, found in ours.items() if found != theirs[name]} == {}
    assert published.sha256 == built.digest.hexdigest()
    assert published.rows == built.rows
    assert published.repairs == built.repairs
    assert rows(published.path, "PRAGMA integrity_check") == [("ok",)]


def add_what_is_read(corpus: Path) -> None:
    """Enter what readers find in texts, and what follows from two of them, so that no table is empty."""
    with contextlib.closing(sqlite3.connect(corpus, isolation_level=None, factory=Database)) as db:
        accept_wide_rows(db)
        db.execute("BEGIN")
        for statement in _FOUND:
            db.execute(statement)
        for report in db.column("SELECT from_document_id FROM relations WHERE kind = 'previous_year'"):
            years = find_years(db, report)
            assert years
            write_years(db, report, years, compare_years(db, years))
        db.execute(_CHECKED)
        db.execute("COMMIT")


_FOUND = (
    """INSERT INTO section_links
       SELECT min(a.id, b.id), max(a.id, b.id), 'family', '[{"sort": "figure", "a": "1", "b": "2", "at": 0}]'
       FROM stored_sections AS a JOIN stored_sections AS b USING (skeleton) WHERE a.number < b.number""",
    """INSERT INTO facts (id, document_id, version_id, table_key, table_no, ordinal, row_key, row_label,
                          column_key, value, raw, state, section_id, position)
       SELECT printf('%s%016x', substr(v.id, 1, 8), v.number * 10 + c.ordinal), v.document_id, v.id,
              c.table_key, 1, c.ordinal, c.row_key, '', 'total', v.number, v.number, 'number', o.section_id,
              o.position
       FROM stored_versions AS v JOIN (
           SELECT 't3' AS table_key, 1 AS ordinal, 'new_requests' AS row_key
           UNION VALUES ('t3', 2, 'results_total'), ('t4', 3, 'review')
       ) AS c JOIN occurrences AS o ON o.version_id = v.id AND o.position = min(c.ordinal, 1)""",
    """INSERT INTO changes (document_id, kind, observed_at, from_version_id, to_version_id, capture_id,
                            evidence)
       SELECT a.document_id, 'changed', '', a.id, b.id, b.capture_id, '{}' FROM stored_versions AS a
       JOIN stored_versions AS b ON a.document_id = b.document_id AND a.first_seen < b.first_seen""",
    """INSERT INTO tasks (document_id, position, heading_path, text, section_id, passage)
       SELECT d.id, o.position, '', '任务', o.section_id, o.position
       FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id
       WHERE d.kind = 'task_plan'""",
    """INSERT INTO attachments
       SELECT a.id, a.current_version_id, row_number() OVER (), b.url, '附件', 'link', b.url, b.id
       FROM documents AS a, documents AS b WHERE a.kind = 'task_plan' AND b.kind = 'policy'""",
)
_CHECKED = """
INSERT INTO checks (id, document_id, version_id, table_key, table_no, place, check_id, severity, outcome,
                    left_value, right_value, cells, other_version_id, message_zh, message_en)
SELECT printf('%s%016x', substr(f.version_id, 1, 8), 99), f.document_id, f.version_id, f.table_key, 1, 0,
       'carried_over', 'error', 'fail', f.value, g.value, json_array(f.id, g.id), g.version_id,
       '{left}', '{right}'
FROM stored_year_on_year AS y JOIN facts AS f ON f.version_id = y.version_id
JOIN facts AS g ON g.version_id = y.previous_version_id WHERE f.ordinal = 1 AND g.ordinal = 1
"""


class Nights:
    """A corpus whose rows come and go as on nights that nobody planned."""

    def __init__(self, data: DataDir, spare: Path, random: Random) -> None:
        self.random = random
        build_corpus(spare)
        add_what_is_read(spare)
        shutil.copy(spare, data.corpus_db)
        self.spare = spare
        self.open(data)
        self.tables = [table for table in kept_tables(self.db) if table.name not in {"roster"}]
        if random.randint(0, 1):
            self.keep_longest_row()
        self.documents = [row[0] for row in self.db.execute("SELECT id FROM documents ORDER BY id")]

    def open(self, data: DataDir) -> None:
        """Go on with the corpus of a data directory."""
        self.data = data
        self.db = sqlite3.connect(data.corpus_db)
        self.db.execute("PRAGMA recursive_triggers = ON")
        self.db.execute("ATTACH ? AS spare", (str(self.spare),))

    def pass_by(self) -> None:
        """Let documents go or come back, with all of their rows, and let single fields change."""
        for document in self.random.sample(self.documents, self.random.randint(1, 4)):
            changes = [
                self.take_away,
                self.bring_back,
                self.date_anew,
                self.count_to_another_year,
                self.disown,
                self.touch,
                self.lose,
            ]
            self.random.choice(changes)(document)
        self.db.commit()

    def _owned(self) -> Iterable[tuple[Table, str]]:
        version = "version_id IN (SELECT id FROM spare.versions WHERE document_id = ?)"
        number = "version IN (SELECT number FROM spare.stored_versions WHERE document_id = ?)"
        for table in self.tables:
            names = {column.name for column in table.columns}
            if table.name == "documents":
                yield table, "id = ?"
            elif table.name == "stored_captures":
                yield table, "alike IN (SELECT number FROM spare.known_captures WHERE document_id = ?)"
            elif table.name == "stored_year_on_year":
                yield table, "? IN (document_id, previous_document_id)"
            elif "version" in names:
                yield table, number
            elif {"document_id", "version_id", "from_document_id"} & names:
                owner = next(it for it in ("document_id", "from_document_id", "version_id") if it in names)
                yield table, version if owner == "version_id" else f"{owner} = ?"

    def take_away(self, document: str) -> None:
        for table, where in self._owned():
            self.db.execute(f"DELETE FROM main.{table.name} WHERE {where}", (document,))  # noqa: S608
        self._drop_unused()

    def bring_back(self, document: str) -> None:
        self.db.execute("INSERT OR IGNORE INTO main.stored_sections SELECT * FROM spare.stored_sections")
        self.db.execute(
            "INSERT OR IGNORE INTO main.stored_section_links SELECT * FROM spare.stored_section_links"
        )
        for table, where in self._owned():
            rows = f"SELECT {table.column_list} FROM spare.{table.name} WHERE {where}"  # noqa: S608
            self.db.execute(
                f"INSERT OR REPLACE INTO main.{table.name} ({table.column_list}) {rows}", (document,)
            )
        self._drop_unused()

    def _drop_unused(self) -> None:
        for statement in _DROP_UNUSED:
            self.db.execute(statement)

    def keep_longest_row(self) -> None:
        """Let the longest row stay, for when it goes a copy is digested as a whole."""
        self.db.execute("UPDATE main.runs SET problems = json_array(printf('%099999d', 0))")
        self.db.commit()

    def suppress(self, data: DataDir, kind: str) -> list[str]:
        """Have a document or a passage hidden; return texts that stand nowhere but there."""
        chosen = "SELECT d.url, d.id FROM documents AS d WHERE title LIKE '%年度报告' ORDER BY id LIMIT 1"
        if kind == "passage":
            chosen = "SELECT id, id FROM sections WHERE text LIKE '%有序开展%' ORDER BY id LIMIT 1"
        [(target, key)] = self.db.execute(chosen)
        entry = f'- {kind}: "{target}"\n  reason: 个人信息\n  date: 2026-01-31\n'
        (data.root / "suppressions.yaml").write_text(entry, "utf-8")
        unique = _UNIQUE.format("v.document_id" if kind == "url" else "s.id")
        texts = [text for (text,) in self.db.execute(unique, (key,))]
        assert texts
        return texts

    def lose(self, document: str) -> None:
        """Take what other rows point to, and leave these; a comparison of texts is never left."""
        self.db.execute(
            "DELETE FROM stored_year_on_year WHERE ? IN (document_id, previous_document_id)", (document,)
        )
        self.db.execute("DELETE FROM stored_versions WHERE document_id = ?", (document,))

    def date_anew(self, document: str) -> None:
        when = self.random.choice([None, "2019-03-01", "2021-01-20", "2024-12-31"])
        self.db.execute("UPDATE documents SET published_on = ? WHERE id = ?", (when, document))

    def count_to_another_year(self, document: str) -> None:
        """Let a document be of another year: its rows, which nobody touches, stand elsewhere in a lake."""
        year = self.random.choice([None, 2019, 2021])
        self.db.execute("UPDATE documents SET year = ? WHERE id = ?", (year, document))

    def disown(self, document: str) -> None:
        self.db.execute("UPDATE documents SET issuer_id = NULL WHERE id = ?", (document,))

    def touch(self, document: str) -> None:
        self.db.execute("UPDATE documents SET url = url WHERE id = ?", (document,))
        for statement in _RESPELL:
            self.db.execute(statement, (document,))


_UNIQUE = """
SELECT s.text FROM sections AS s JOIN occurrences AS o ON o.section_id = s.id
JOIN versions AS v ON v.id = o.version_id WHERE length(s.text) BETWEEN 20 AND 300
GROUP BY s.id HAVING count(DISTINCT v.document_id) = 1 AND min({0}) = ?
"""
_DROP_UNUSED = (
    "DELETE FROM stored_sections WHERE number NOT IN (SELECT section FROM stored_occurrences)",
    """DELETE FROM stored_section_links WHERE section_a NOT IN (SELECT number FROM stored_sections)
       OR section_b NOT IN (SELECT number FROM stored_sections)""",
)
_SPELT = """
SELECT min(section) FROM stored_occurrences JOIN stored_versions ON number = version WHERE document_id = ?
"""
# As in a corpus: another spelling of a passage leaves every text as it was.
_RESPELL = (
    f"""UPDATE stored_occurrences
        SET raw = ifnull(raw, (SELECT text FROM stored_sections WHERE number = section))
        WHERE section = ({_SPELT})""",  # noqa: S608
    f"UPDATE stored_sections SET text = text || '。' WHERE number = ({_SPELT})",  # noqa: S608
)


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    data = DataDir(tmp_path / "data")
    data.make()
    return data


@series
@pytest.mark.parametrize("seed", seeds(20, part=20))
@pytest.mark.parametrize("suppressed", ["", "url", "passage"])
def test_night_by_night_equals_at_once(
    data: DataDir, tmp_path: Path, seed: int, suppressed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if suppressed == "url":
        monkeypatch.setattr(search_index, "_GAP", 0)  # without room all neighbours move
    nights = Nights(data, tmp_path / "spare.db", Random(f"{seed} {suppressed}"))
    secrets = nights.suppress(data, suppressed) if suppressed else []
    for _ in range(3 if SOAK else 2):
        assert_as_made_anew(data, tmp_path)
        stored = b"".join(path.read_bytes() for path in data.public.iterdir())
        assert not [text for text in secrets if text.encode() in stored]
        nights.pass_by()
    nights.db.close()


def test_many_documents_between_few_make_room_for_each_other(
    data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_GAP", 0)  # so that each run moves those before and behind it
    nights = Nights(data, tmp_path / "spare.db", Random(1))
    whole = tmp_path / "whole.db"
    build_copy(data.corpus_db, whole)
    ordered = [str(row[0]) for row in rows(whole, "SELECT id FROM documents ORDER BY search_key")]
    between = [document for place, document in enumerate(ordered) if place % 3]
    for change in (nights.take_away, nights.bring_back):
        for document in between:
            change(document)
        nights.db.commit()
        assert_as_made_anew(data, tmp_path)
    nights.db.close()


SHARED_PROSE = """
SELECT v.id, v.document_id, o.section_id, o.position FROM alike_reports AS a
JOIN documents AS d ON d.id IN (a.document_id, a.source_id)
JOIN occurrences AS o ON o.version_id = d.current_version_id
JOIN occurrences AS t ON t.section_id = o.section_id
JOIN documents AS e ON e.current_version_id = t.version_id AND e.id NOT IN (a.document_id, a.source_id)
JOIN versions AS v ON v.id = t.version_id
WHERE o.section_id NOT IN (SELECT section_id FROM facts WHERE section_id IS NOT NULL) LIMIT 1
"""
"""A passage without cells of two reports that are alike, in the version of a third."""
ADDED_CELL = """
INSERT INTO facts (id, document_id, version_id, table_key, table_no, ordinal, row_key, row_label, column_key,
                   value, raw, state, section_id, position)
SELECT ?1 || '0fffffffffffffff', ?2, id, 'other', 2, 77, 'r', '', 'total', '5', '5', 'number', ?3, ?4
FROM versions WHERE id = ?5
"""


def test_a_cell_in_a_passage_of_three_reports_makes_it_prose_of_none(data: DataDir, tmp_path: Path) -> None:
    build_corpus(data.corpus_db)
    add_what_is_read(data.corpus_db)
    publish(data, clock=clock)
    ((version, *shared),) = rows(data.public_db, SHARED_PROSE)
    with contextlib.closing(sqlite3.connect(data.corpus_db, factory=Database)) as db, db:
        accept_wide_rows(db)
        db.execute("PRAGMA recursive_triggers = ON")
        db.execute(ADDED_CELL, (str(version)[:8], *shared, version))
    assert_as_made_anew(data, tmp_path)


def test_reports_that_go_and_come_back_change_rows_of_every_table(data: DataDir, tmp_path: Path) -> None:
    nights = Nights(data, tmp_path / "spare.db", Random(0))
    nights.keep_longest_row()
    rows_before = publish(data, clock=clock).rows
    assert {name for name, count in rows_before.items() if not count} == {"roster", "suppressions"}
    for change, first in ((nights.take_away, 0), (nights.take_away, 1), (nights.bring_back, 0)):
        for document in nights.documents[first::3]:
            change(document)
        nights.db.commit()
        assert_as_made_anew(data, tmp_path)
    nights.db.close()


def test_what_is_suppressed_leaves_the_copy_before_too(data: DataDir, tmp_path: Path) -> None:
    nights = Nights(data, tmp_path / "spare.db", Random(1))
    publish(data, clock=clock)
    nights.pass_by()
    publish(data, clock=clock)
    assert len(list(data.public.glob("gongkai-*.db"))) == 2
    secrets = nights.suppress(data, "passage")
    served = publish(data, clock=clock).path
    assert list(data.public.glob("gongkai-*.db")) == [served]
    assert not [text for text in secrets if text.encode() in served.read_bytes()]


def test_an_update_that_changes_no_value_is_nothing_new(data: DataDir, tmp_path: Path) -> None:
    nights = Nights(data, tmp_path / "spare.db", Random(2))
    first = publish(data, clock=clock)
    nights.db.execute("UPDATE documents SET title = title")
    nights.db.commit()
    assert rows(data.corpus_db, "SELECT * FROM _touched") == []
    again = publish(data, clock=clock)
    assert (again.path, again.rows, again.changed) == (first.path, first.rows, False)
    nights.db.close()


def test_a_copy_by_another_unicode_is_not_brought_up_to_the_corpus(
    data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_corpus(data.corpus_db)

    def usable() -> list[str]:
        with contextlib.closing(sqlite3.connect(data.corpus_db, factory=Database)) as db:
            return [it.name for it in known_copies(db, data.public, describe_basis(db, ()))]

    first = publish(data, clock=clock).path.name
    assert usable() == [first]
    monkeypatch.setattr(unicodedata, "unidata_version", "99.0.0")
    assert usable() == []
    again = publish(data, clock=clock).path.name
    assert usable() == [again]


def test_two_copies_take_turns_unless_one_is_open(data: DataDir, tmp_path: Path) -> None:
    nights, files = Nights(data, tmp_path / "spare.db", Random(3)), []
    for night in range(5):
        with contextlib.ExitStack() as readers:
            if night == 4:
                [spare] = {*data.public.glob("gongkai-*.db")} - {data.public_db.resolve()}
                readers.enter_context(spare.open("rb"))
            files.append(publish(data, clock=clock).path.stat().st_ino)
        nights.take_away(nights.documents[night])
        nights.db.commit()
    nights.db.close()
    assert files[2:4] == files[:2]
    assert files[4] not in files[:4]


EXPORT = """
import pathlib, sqlite3, sys, time
path, seconds = pathlib.Path(sys.argv[1]), float(sys.argv[2])
with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True) as db:
    [(count,)] = db.execute("SELECT count(*) FROM sections")
    for row in db.execute("SELECT id, text FROM sections ORDER BY id"):
        print(*map(repr, row), flush=True)
        time.sleep(seconds / count)
"""


@series
def test_a_copy_that_lacks_too_many_documents_is_made_anew(
    data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "COPIES", replace(copy.COPIES, most_changed=3))
    nights, files = Nights(data, tmp_path / "spare.db", Random(5)), []
    for changed in (0, 1, 1, 4):
        for document in nights.documents[:changed]:
            nights.date_anew(document)
        nights.db.commit()
        files.append(publish(data, clock=clock).path.stat().st_ino)
    assert_as_made_anew(data, tmp_path)
    nights.db.close()
    assert files[2] == files[0]
    assert files[3] not in files[:3]


def test_an_export_across_two_publications_is_of_one_copy(data: DataDir, tmp_path: Path) -> None:
    """The reader takes no lock of any kind: whoever has a copy open is safe from what is published."""
    nights = Nights(data, tmp_path / "spare.db", Random(4))
    publish(data, clock=clock)
    for _ in range(2):
        nights.pass_by()
        publish(data, clock=clock)
    was = rows(data.public_db, "SELECT id, text FROM sections ORDER BY id")
    command = [sys.executable, "-c", EXPORT, str(data.public_db), str(60 if SOAK else 3)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as export:
        assert export.stdout
        read = [export.stdout.readline()]
        for _ in range(2):
            nights.take_away(nights.documents.pop())
            nights.db.commit()
            assert_as_made_anew(data, tmp_path)
        assert export.poll() is None, "it ended before the second publication"
        read += export.stdout
    assert [line.strip() for line in read] == [" ".join(map(repr, row)) for row in was]


KILLED = """
import datetime as dt, os, pathlib, signal, sys
from archive.data_folder import DataDir
from archive.database import Database
from archive.publish.copy import publish
from archive.publish.journal import describe_basis, known_copies
left, execute = int(sys.argv[2]), Database.execute
def count_down(self, *given):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(self, *given)
Database.execute = count_down
publish(DataDir(pathlib.Path(sys.argv[1])), clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
"""


@series
@pytest.mark.parametrize("seed", seeds(40, part=40))
def test_a_kill_at_any_statement_leaves_the_served_copy(data: DataDir, tmp_path: Path, seed: int) -> None:
    nights, random = Nights(data, tmp_path / "spare.db", Random(seed)), Random(seed)
    for _ in range(2 + seed % 2):
        publish(data, clock=clock)
        nights.pass_by()
    command = [sys.executable, "-c", KILLED, str(data.root), str(random.randint(0, 400))]
    subprocess.run(command, cwd=ROOT, check=False, timeout=60)
    served = data.public_db.resolve()
    assert served.stem == f"gongkai-{digest_copy(served).hexdigest()}"
    assert_as_made_anew(data, tmp_path)
    nights.db.close()
