"""What a document says of itself, in its row: in force or not, where each field is stated, and what else."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.publish.copy import publish
from archive.warc.files import archive_files
from pipelines.identity import section_id
from pipelines.metadata.fields import Disagreement, Source
from pipelines.text.normalise import normalise_passage
from tests.archive.evidence import START, Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.archive.stating import derive_readings, reading_of
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://www.testville.example/zc/t1.html"
LABELLED = ("索引号：990100-2026-7", "发文机关：试城市水利局", "发布日期：2026-01-19", "各单位要抓好落实。")
IN_FORCE = page("试城市水资源管理办法", "有效性：有效", *LABELLED)
REPEALED = page("试城市水资源管理办法（已废止）", *LABELLED)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TAGGED = [{"field": "published_on", "value": "2026-01-20", "source": "meta"}]
FROM_HEADER = {"issuer": "header", "index_number": "header", "published_on": "header"}


def held(root: Path, *nights: bytes) -> DataDir:
    data = DataDir(root)
    evidence = Evidence(data.warc)
    for number, body in enumerate(nights, start=1):
        evidence.night(number, [Answer(URL, body)])
    derive(data, DeriveOptions(reader=ReaderHere()))
    return data


def stated(database: Path) -> tuple[str | None, dict[str, Any], list[dict[str, Any]]]:
    [(effectiveness, sources, others)] = rows(
        database, "SELECT effectiveness, metadata_sources, metadata_disagreements FROM documents"
    )
    return effectiveness, json.loads(sources), json.loads(others)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param(
            IN_FORCE,
            ("有效", {**FROM_HEADER, "title": "meta", "effectiveness": "header"}, TAGGED),
            id="label",
        ),
        pytest.param(
            REPEALED,
            ("已废止", {**FROM_HEADER, "title": "meta", "effectiveness": "title"}, TAGGED),
            id="title",
        ),
        pytest.param(PDF, (None, {}, []), id="nothing is read"),
    ],
)
def test_each_field_has_its_source_and_what_else_is_stated_is_kept(
    tmp_path: Path, body: bytes, wanted: tuple[str | None, dict[str, Any], list[dict[str, Any]]]
) -> None:
    assert stated(held(tmp_path, body).corpus_db) == wanted


def test_every_field_that_is_stated_has_a_source_and_no_other(tmp_path: Path) -> None:
    data = held(tmp_path, REPEALED)
    fields = ("title", "issuer", "year", "doc_number", "index_number", "written_on", "published_on")
    [row] = rows(data.corpus_db, f"SELECT {', '.join(fields)}, effectiveness FROM documents")  # noqa: S608  names from this module
    filled = {
        field for field, value in zip((*fields, "effectiveness"), row, strict=True) if value is not None
    }
    assert set(stated(data.corpus_db)[1]) == filled


def test_the_newest_text_that_was_read_speaks_whatever_the_order(tmp_path: Path) -> None:
    options = DeriveOptions(reader=ReaderHere())
    data = held(tmp_path / "at-once", IN_FORCE, REPEALED, PDF)
    assert stated(data.corpus_db)[0] == "已废止"
    wanted = all_hashes(data.corpus_db)
    files = archive_files(data.warc)
    by_night = DataDir(tmp_path / "by-night")
    by_night.make()
    for path in reversed(files):
        shutil.copy(path, by_night.warc)
        derive(by_night, options)
    assert all_hashes(by_night.corpus_db) == wanted
    rebuild(data, options, files=[*reversed(files)])
    assert all_hashes(data.corpus_db) == wanted


def published_without(data: DataDir, target: str) -> Path:
    (data.root / "suppressions.yaml").write_text(
        f"- {target}\n  reason: 个人信息\n  date: 2026-01-31\n", "utf-8"
    )
    publish(data, clock=lambda: START)
    return data.public_db


def test_of_a_hidden_document_nothing_of_it_is_told(tmp_path: Path) -> None:
    data = held(tmp_path, REPEALED)
    assert stated(published_without(data, f"url: {URL}")) == (None, {}, [])


def test_what_else_a_hidden_passage_states_is_hidden_and_the_rest_is_not(tmp_path: Path) -> None:
    signed, other = "落款\n张某某 草拟", "一、总则\n正文。"
    reading = reading_of(signed, other)
    disagreements = (
        Disagreement("issuer", "张某某草拟", Source.SIGNATURE),
        Disagreement("published_on", "2026-01-20", Source.META),
    )
    metadata = replace(reading.metadata, disagreements=disagreements)
    data = derive_readings(tmp_path, {URL: replace(reading, metadata=metadata)})
    assert len(stated(data.corpus_db)[2]) == 2
    copy = published_without(data, f"passage: '{section_id(normalise_passage(other))}'")
    assert len(stated(copy)[2]) == 2
    copy = published_without(data, f"passage: '{section_id(normalise_passage(signed))}'")
    assert stated(copy)[2] == TAGGED
