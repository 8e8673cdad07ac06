"""What a text has several times over, in rows; and what a copy may not show of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.publish.copy import publish
from pipelines.identity import section_id
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import split_passages
from tests.archive.evidence import START, Answer, Evidence
from tests.archive.stating import GivenReader, derive_readings, reading_of
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.document import Reading

URL = "http://www.testville.example/nb/t1.html"
BUDGET = "全年公开本级预算12份，由行政机关按季核对，并印发目录供各部门对照使用，全部进入专栏。"
PLATFORM = "整合部门网站三家，迁移历史信息12600条，统一检索入口，故障随报随修，页面每日巡查。"


def text_of(*budgets: str) -> str:
    rounds = "".join(f"（一）财政\n{budget}\n（二）平台\n{PLATFORM}\n" for budget in budgets)
    return f"某县年报\n一、情况\n{rounds}二、其他\n无。\n"


TEXT = text_of(BUDGET, BUDGET.replace("预算", "决算"), BUDGET.replace("，", ","))


def reading(text: str) -> Reading:
    passages, tail = split_passages(text)
    made = reading_of()
    return type(made)(made.metadata, passages, tail, made.encoding, made.extractor)


def places(data: DataDir, *, copy: bool = False) -> list[tuple[Any, ...]]:
    return rows(
        data.public_db if copy else data.corpus_db,
        "SELECT heading_path, times, spellings, sections, disagreements, noise "
        "FROM repeated_places ORDER BY heading_path",
    )


def variants(data: DataDir, *, copy: bool = False) -> list[tuple[Any, ...]]:
    return rows(
        data.public_db if copy else data.corpus_db,
        "SELECT heading_path, disagreement, wording, times, positions, sort FROM variants ORDER BY 4 DESC",
    )


def test_repeated_places_and_their_wordings_are_rows(tmp_path: Path) -> None:
    data = derive_readings(tmp_path, {URL: reading(TEXT)})
    wanted = [("一、情况 › (一)财政", 3, 3, 2, 1, 0), ("一、情况 › (二)平台", 3, 1, 1, 0, 0)]
    assert places(data) == wanted
    assert variants(data) == [
        ("一、情况 › (一)财政", 0, "预算", 2, json.dumps([2, 6]), "turn"),
        ("一、情况 › (一)财政", 0, "决算", 1, json.dumps([4]), "turn"),
    ]
    publish(data, clock=lambda: START)
    assert (places(data, copy=True), variants(data, copy=True)) == (wanted, variants(data))


def test_the_view_is_of_current_texts_and_the_table_of_all(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    readings = {}
    evidence = Evidence(data.warc)
    for night, text in enumerate((TEXT, text_of(BUDGET)), start=1):
        evidence.night(night, [Answer(URL, text.encode())])
        readings[URL] = reading(text)
        derive(data, DeriveOptions(reader=GivenReader(readings)))
    assert places(data) == []
    assert rows(data.corpus_db, "SELECT count(*) FROM repetitions") == [(2,)]
    assert len(variants(data)) == 2


def test_rebuilding_gives_the_same_rows(tmp_path: Path) -> None:
    data = derive_readings(tmp_path, {URL: reading(TEXT)})
    wanted = all_hashes(data.corpus_db)
    assert {"repetitions", "variants"} <= set(wanted)
    rebuild(data, DeriveOptions(reader=GivenReader({URL: reading(TEXT)})))
    assert all_hashes(data.corpus_db) == wanted


@pytest.mark.parametrize("hidden", ["document", "passage", "heading"])
def test_a_copy_quotes_nothing_that_may_not_be_shown(tmp_path: Path, hidden: str) -> None:
    data = derive_readings(tmp_path, {URL: reading(TEXT)})
    passage = "一、情况" if hidden == "heading" else f"（一）财政\n{BUDGET}"
    target = f"url: {URL}" if hidden == "document" else f'passage: "{section_id(normalise_passage(passage))}"'
    (data.root / "suppressions.yaml").write_text(
        f"- {target}\n  reason: 当事人姓名\n  date: 2026-01-31\n", "utf-8"
    )
    publish(data, clock=lambda: START)
    assert (places(data, copy=True), variants(data, copy=True)) == ([], [])
