"""What is suppressed is on no route: pages, searches, exports, feeds, archived pages, proofs."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from datasette.utils import tilde_encode

from archive.data_folder import DataDir
from archive.publish.copy import publish
from benchmarks._wide_rows import accept_wide_rows
from gongkai.serving import datasette_app
from gongkai.web.pages.evidence_pages import source_of
from gongkai.web.server.served import served_database
from pipelines.addresses import canonical_address
from pipelines.identity import document_id, section_id
from tests.soak import series
from tests.web.conftest import Site
from tests.web.sample_corpus import build_corpus
from tests.web.walking import FEW_OF_A_SHAPE, walked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NUMBER = "410000199001010011"
PERSONAL = f"（八）公示\n张某某，身份证号{NUMBER}。"
FACT = f"{0xFAC7:016x}"
ADDRESS = "http://www.gov2.example/other/14.html"
PLAN, PLANNED = "http://www.gov1.example/task_plan/13.html", "由县司法局负责"
"""A document, and what stands in no other."""
FORMS = ("csv", "json", "excel.csv")


def _published(root: Path, build: Callable[[Path], None], *targets: str) -> DataDir:
    data = DataDir(root)
    data.make()
    build(data.corpus_db)
    entries = [f"- {target}\n  reason: 个人信息\n  date: 2026-01-31\n" for target in targets]
    (data.root / "suppressions.yaml").write_text("".join(entries), "utf-8")
    publish(data, clock=lambda: dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    return data


def _everything(site: Site, *more: str) -> dict[str, str]:
    """Return what every kind of page and every export of every table says, by address."""
    said = {address: answer.text for address, answer in walked(site, *more, of_a_shape=FEW_OF_A_SHAPE)}
    with closing(sqlite3.connect(site.data.public_db)) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        ]
    for table in tables:
        for form in FORMS:
            answer = site.get(f"/-/export/{table}.{form}")
            if answer.status_code == 200:
                said[f"{table}.{form}"] = answer.text
    return said


@series
def test_a_hidden_text_is_on_no_route(tmp_path: Path) -> None:
    """Neither a passage, nor a whole document."""
    hidden = f"passage: '{section_id(PERSONAL)}'", f"url: {PLAN}"
    data = _published(tmp_path, lambda path: build_corpus(path, extra_passages=[PERSONAL]), *hidden)
    site = Site(data, datasette_app(data))
    with closing(sqlite3.connect(data.corpus_db)) as db:
        captured = db.execute("SELECT id, document_id FROM captures WHERE url IN (?, ?)", (ADDRESS, PLAN))
        places = captured.fetchall()
    assert len(places) == 2
    more = [f"/-/search.json?q={NUMBER[:6]}", f"/-/search.json?q={PLANNED[:4]}"]
    for capture, document in places:
        more += [f"/-/replay/{tilde_encode(capture)}", f"/gongkai/documents/{document}"]
    said = _everything(site, *more)
    forms = (NUMBER, PLANNED, json.dumps(PLANNED).strip('"'))
    assert {address for address, text in said.items() if any(form in text for form in forms)} == set()
    for text in (NUMBER, PLANNED):
        assert site.get("/-/search.json", q=text).json()["passages"] == 0
    assert len([address for address in said if address.endswith(FORMS)]) > 60
    for capture, _ in places:
        assert site.get(f"/-/replay/{tilde_encode(capture)}/file").status_code == 404


def test_the_figure_of_a_hidden_document_has_no_proof(tmp_path: Path) -> None:
    def build(path: Path) -> None:
        build_corpus(path, extra_passages=[PERSONAL])
        with closing(sqlite3.connect(path)) as db, db:
            accept_wide_rows(db)
            db.execute(
                "INSERT INTO facts (id, document_id, version_id, table_key, table_no, ordinal, row_label,"
                " raw, state) SELECT substr(current_version_id, 1, 8) || ?, id, current_version_id, 'other',"
                " 0, 0, ?, ?, 'number' FROM documents WHERE url = ?",
                (FACT, NUMBER, NUMBER, ADDRESS),
            )

    shown, hidden = (
        _published(tmp_path / name, build, f"url: {target}")
        for name, target in (("shown", "http://a.example/"), ("hidden", ADDRESS))
    )
    with closing(sqlite3.connect(shown.public_db)) as copy:
        [(fact,)] = copy.execute("SELECT id FROM facts WHERE table_key = 'other'")
    assert Site(shown, datasette_app(shown)).get(f"/-/proof/{fact}").status_code == 200
    site = Site(hidden, datasette_app(hidden))
    assert site.get(f"/-/proof/{fact}").status_code == 404
    for form in FORMS:
        assert NUMBER not in site.get(f"/-/export/facts.{form}").text


def test_links_to_an_article_hidden_by_a_part_stand_without_their_words(tmp_path: Path) -> None:
    def build(path: Path) -> None:
        build_corpus(path)
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE _captures SET role = 'part', url = url || '_1' WHERE url = ?", (ADDRESS,))

    data = _published(tmp_path, build, f"url: {ADDRESS}_1")
    with closing(sqlite3.connect(data.public_db)) as copy:
        copy.row_factory = sqlite3.Row
        [shown] = copy.execute(
            "SELECT c.*, document_id AS document, read_reason, warc_file AS held_file,"
            " warc_offset AS held_offset, warc_length AS held_length, payload_sha256 AS held_sha256"
            " FROM captures AS c JOIN documents AS d ON d.id = document_id WHERE c.url = ?",
            (PLAN,),
        )
    database = served_database(datasette_app(data))
    source = asyncio.run(source_of(database, dict(shown)))
    database.close()
    assert document_id(canonical_address(ADDRESS)) in source.hidden_documents
