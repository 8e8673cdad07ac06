"""Copies that are brought up to the corpus are what copies made anew are: in rows, index and order."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from archive.data_folder import DataDir
from archive.publish.build import build_copy
from archive.publish.copy import publish
from archive.publish.public_tables import kept_tables, public_tables
from archive.publish.suppressions import read_suppressions
from tests.archive.test_publish import clock, rows
from tests.soak import seeds, series
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

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
    with closing(sqlite3.connect(path)) as db:
        found = {
            table.name: sorted(db.execute(f"SELECT {table.column_list} FROM {table.name}"), key=repr)  # noqa: S608
            for table in public_tables(db)
        }
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


class Nights:
    """A corpus whose rows come and go as on nights that nobody planned."""

    def __init__(self, data: DataDir, spare: Path, random: Random) -> None:
        self.random = random
        build_corpus(spare)
        build_corpus(data.corpus_db)
        self.db = sqlite3.connect(data.corpus_db)
        self.db.execute("PRAGMA recursive_triggers = ON")
        self.db.execute("ATTACH ? AS spare", (str(spare),))
        self.tables = [table for table in kept_tables(self.db) if table.name not in {"roster"}]
        self.documents = [row[0] for row in self.db.execute("SELECT id FROM documents ORDER BY id")]

    def pass_by(self) -> None:
        """Let documents go or come back, with all of their rows, and let single fields change."""
        for document in self.random.sample(self.documents, self.random.randint(1, 4)):
            self.random.choice([self.take_away, self.bring_back, self.date_anew, self.touch])(document)
        self.db.commit()

    def _owned(self) -> Iterable[tuple[str, str]]:
        version = "version_id IN (SELECT id FROM spare.versions WHERE document_id = ?)"
        number = "version IN (SELECT number FROM spare.stored_versions WHERE document_id = ?)"
        for table in self.tables:
            names = {column.name for column in table.columns}
            if table.name == "documents":
                yield table.name, "id = ?"
            elif table.name == "stored_occurrences":
                yield table.name, number
            elif {"document_id", "version_id", "from_document_id"} & names:
                owner = next(it for it in ("document_id", "from_document_id", "version_id") if it in names)
                yield table.name, version if owner == "version_id" else f"{owner} = ?"

    def take_away(self, document: str) -> None:
        for name, where in self._owned():
            self.db.execute(f"DELETE FROM main.{name} WHERE {where}", (document,))  # noqa: S608
        self.db.execute(_DROP_NOWHERE)

    def bring_back(self, document: str) -> None:
        self.db.execute("INSERT OR IGNORE INTO main.stored_sections SELECT * FROM spare.stored_sections")
        for name, where in self._owned():
            self.db.execute(
                f"INSERT OR REPLACE INTO main.{name} SELECT * FROM spare.{name} WHERE {where}",  # noqa: S608
                (document,),
            )
        self.db.execute(_DROP_NOWHERE)

    def date_anew(self, document: str) -> None:
        when = self.random.choice([None, "2019-03-01", "2021-01-20", "2024-12-31"])
        self.db.execute("UPDATE documents SET published_on = ? WHERE id = ?", (when, document))

    def touch(self, document: str) -> None:
        self.db.execute("UPDATE documents SET url = url WHERE id = ?", (document,))
        for statement in _RESPELL:
            self.db.execute(statement, (document,))


_DROP_NOWHERE = "DELETE FROM stored_sections WHERE number NOT IN (SELECT section FROM stored_occurrences)"
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
def test_night_by_night_equals_at_once(data: DataDir, tmp_path: Path, seed: int, suppressed: str) -> None:
    nights = Nights(data, tmp_path / "spare.db", Random(f"{seed}{suppressed}"))
    column, table = {"url": ("url", "documents"), "passage": ("id", "sections")}.get(suppressed, ("", ""))
    if suppressed:
        [(target,)] = nights.db.execute(f"SELECT {column} FROM {table} ORDER BY id LIMIT 1 OFFSET 3")  # noqa: S608
        entry = f'- {suppressed}: "{target}"\n  reason: 个人信息\n  date: 2026-01-31\n'
        (data.root / "suppressions.yaml").write_text(entry, "utf-8")
    for _ in range(4):
        assert_as_made_anew(data, tmp_path)
        nights.pass_by()
    nights.db.close()
