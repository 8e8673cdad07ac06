"""What the pages say of repetition: where a passage stands, what is alike, new, copied, answered, changed."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from archive.data_folder import DataDir
from archive.publish.copy import publish
from benchmarks._wide_rows import accept_wide_rows
from gongkai.serving import datasette_app
from gongkai.web.pages.compare_pages import build_matrix
from pipelines.identity import section_id
from tests.web.conftest import OWN_SCRIPT, Site
from tests.web.sample_corpus import COMMON, SEEN, TOPICS, write_rows
from tests.web.test_reading import NOW, SCRIPT, plan_id, served

if TYPE_CHECKING:
    from pathlib import Path

REPORT = "青川市人民政府2020年政府信息公开工作年度报告"
BEFORE = "青川市人民政府2019年政府信息公开工作年度报告"


def document(site: Site, title: str) -> dict[str, str]:
    [row] = site.get("/gongkai/documents.json", title=title, _shape="array").json()
    found: dict[str, str] = row
    return found


def document_page(site: Site, title: str = REPORT) -> str:
    return site.get(f"/gongkai/documents/{document(site, title)['id']}").text


def passage_page(site: Site, text: str) -> str:
    return site.get(f"/gongkai/sections/{section_id(text)}").text


def test_a_report_says_how_much_of_it_is_new_and_where_the_rest_stands_earlier(site: Site) -> None:
    """The share has its parts beside it, each earlier document its share and a link to compare."""
    page = document_page(site)
    novelty = site.get("/gongkai/novelty_by_report.json", document_id=document(site, REPORT)["id"]).json()
    row = dict(zip(novelty["columns"], novelty["rows"][0], strict=True))
    assert f"正文新文字 <strong>{row['novelty']:.1%}</strong>" in page
    assert f"（{row['prose_new']}/{row['prose_chars']} 字，不计标点与自身重复）" in page
    assert BEFORE in page.split("<h3>也见于其他文件的文字</h3>")[1]
    # As it is printed: texts are compared without punctuation.
    assert "本机关依法、及时、准确地公开政府信息，接受社会监督" in page.partition('class="run"')[2]
    assert "抄袭" not in page


def test_a_report_without_the_year_before_says_so(site: Site) -> None:
    """What is new is new only against what is held."""
    assert "上年未收录" in document_page(site, "青川市人民政府2018年政府信息公开工作年度报告")


def test_a_passage_page_lists_places_by_year_and_names_the_first(site: Site) -> None:
    """The order is year, printed date, address; the count is of documents."""
    page = passage_page(site, COMMON)
    assert "见于 <strong>13</strong> 份文件" in page
    years = re.findall(r'data-label="年度">(\d*)<', page)
    assert years == sorted(years)
    assert len(years) == 13
    first = page.split("最早的是")[1].split("</a>")[0]
    assert "2018年" in first
    assert "2018: 3 份" in page


def test_a_passage_of_an_earlier_text_alone_stands_there(site: Site) -> None:
    """An earlier text is no current place."""
    page = passage_page(site, "（一）旧稿所列事项，待定。")
    assert "<h3>旧文本</h3>" in page
    assert "份文件，最早的是" not in page


def like(kind: str, one: str, other: str, *differences: tuple[str, str, str]) -> str:
    """Return the statement that links two passages; the differences name that of `one` first."""
    a, b = sorted((one, other), key=section_id)
    stated = [
        {"sort": sort, "a": mine if a == one else theirs, "b": theirs if a == one else mine, "at": 0}
        for sort, mine, theirs in differences
    ]
    values = section_id(a), section_id(b), kind, json.dumps(stated, ensure_ascii=False)
    return f"INSERT INTO section_links VALUES {values}"  # noqa: S608 our own words


ITEM = [f"（{place}）推进{topic}，年内完成{place * 3}项。" for place, topic in enumerate(TOPICS, start=1)]


def test_near_copies_and_families_are_shown_with_their_differences(tmp_path: Path) -> None:
    """What this passage has stands first, whichever of the two the link names first."""
    site = served(
        tmp_path,
        like("near", ITEM[0], ITEM[1], ("words", "主动", "<依申请>")),
        like("family", ITEM[0], ITEM[2], ("figure", "3", "9"), ("words", "", "管理")),
        f"UPDATE stored_sections SET skeleton = 'abc' WHERE text IN {(ITEM[0], ITEM[2], ITEM[3])}",  # noqa: S608 ours
    )
    page = passage_page(site, ITEM[0])
    near, family = page.split('<h2 id="family">')
    assert "<del>主动</del> → <ins>&lt;依申请&gt;</ins>" in near.split('<h2 id="near">')[1]
    assert '<span class="tag">数字</span> <del>3</del> → <ins>9</ins>' in family
    assert '<span class="muted">（无）</span> → <ins>管理</ins>' in family
    assert 'href="/gongkai/sections?skeleton=abc">同一模板的全部 3 段' in family
    assert "<del>&lt;依申请&gt;</del> → <ins>主动</ins>" in passage_page(site, ITEM[1])


def test_what_is_printed_again_in_other_words_is_shown_once_with_its_wordings(tmp_path: Path) -> None:
    """The first printing tells how often, and who says what; those that follow are folded."""
    row = f"SELECT current_version_id, '某', {{}}, id FROM documents WHERE title = '{REPORT}'"  # noqa: S608 ours
    site = served(
        tmp_path,
        "INSERT INTO repetitions " + row.format("3, 3, 3, '[2, 4, 6]'"),
        "INSERT INTO variants " + row.format("0, '预算', '政府性基金', 2, '[2, 4]', 'turn'"),
        "INSERT INTO variants " + row.format("0, '<决算>', '政府性基金', 1, '[6]', 'turn'"),
    )
    page = document_page(site)
    assert "本段在文中出现 3 次" in page
    assert "3 次印出，措辞不一" in page
    wording = '<strong lang="zh-Hans">'
    assert f"{wording}预算</strong> 2 次 / {wording}&lt;决算&gt;</strong> 1 次" in page
    assert "政府性基金" in page


def test_a_plan_says_which_reports_speak_of_its_items_and_a_report_of_which(tmp_path: Path) -> None:
    """A report that does not mention an item is said to be silent, and only where it is held."""
    evidence = json.dumps({"how": "heading", "text": "任务第0项"}, ensure_ascii=False)
    asked = f"任务第0项{SCRIPT}"
    site = served(
        tmp_path,
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 2020, issuer_id, '4109', 2 FROM documents WHERE kind = 'task_plan'",
        f"INSERT INTO plan_items SELECT d.id, o.position, '{asked}', 2, o.section_id"  # noqa: S608 our own words
        " FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id"
        " WHERE d.kind = 'task_plan' AND o.position < 2",
        "INSERT INTO relations (from_document_id, to_document_id, kind, from_position, to_position,"  # noqa: S608 ours
        f" score, evidence) SELECT r.id, p.id, 'implements', 2, 0, 0.9, '{evidence}'"
        f" FROM documents AS r, documents AS p WHERE r.title = '{REPORT}' AND p.kind = 'task_plan'",
    )
    plan_page = site.get(f"/gongkai/documents/{plan_id(site)}").text
    matrix = plan_page.split('<h2 id="followup">')[1]
    identity = document(site, REPORT)["id"]
    assert f'<a href="/gongkai/documents/{identity}#p2">提到</a>' in matrix
    assert "未提到" in matrix
    assert "不等于没有做" in matrix
    assert "未落实" not in plan_page
    report_page = document_page(site)
    assert "本报告提到的任务" in report_page
    assert f'<a href="/gongkai/documents/{plan_id(site)}#p0" lang="zh-Hans">任务第0项' in report_page
    assert "<script" not in (report_page + plan_page).replace(OWN_SCRIPT, "")


def test_a_matrix_keeps_every_passage_of_a_body_and_counts_those_not_held() -> None:
    """Several passages of one report are one cell; bodies without a report are a number."""
    counts: list[dict[str, Any]] = [
        {"item_position": 4, "item": "甲", "outcome": "mentioned", "bodies": 1},
        {"item_position": 4, "item": "甲", "outcome": "not_held", "bodies": 30},
        {"item_position": 7, "item": "乙", "outcome": "not_mentioned", "bodies": 1},
        {"item_position": 7, "item": "乙", "outcome": "not_held", "bodies": 30},
    ]
    body = {"issuer_id": "i", "issuer": "某市人民政府", "document_id": "d"}
    cells: list[dict[str, Any]] = [
        {**body, "item_position": 4, "outcome": "mentioned", "report_position": 2},
        {**body, "item_position": 4, "outcome": "mentioned", "report_position": 9},
        {**body, "item_position": 7, "outcome": "not_mentioned", "report_position": None},
    ]
    result = build_matrix(counts, cells)
    assert [(body["issuer"], body["document_id"]) for body in result["bodies"]] == [("某市人民政府", "d")]
    assert [
        [[(row["outcome"], row["report_position"]) for row in rows] for rows in item["cells"]]
        for item in result["items"]
    ] == [[[("mentioned", 2), ("mentioned", 9)]], [[("not_mentioned", None)]]]
    assert result["not_held"] == 30
    assert build_matrix(counts, [])["bodies"] == []


CHANGE = (
    "INSERT INTO changes SELECT document_id, '{kind}', '{at}', {before}, id, capture_id, '{evidence}'"
    " FROM versions WHERE id = ("
    "SELECT current_version_id FROM documents WHERE doc_number = '青政办〔2020〕7号')"
)


def change(kind: str, at: str, *, evidence: str = "{}", whole: bool = False) -> str:
    before = (
        "(SELECT v.id FROM versions AS v WHERE v.document_id = versions.document_id AND v.id <> versions.id)"
    )
    return CHANGE.format(kind=kind, at=at, before=before if whole else "NULL", evidence=evidence)


def test_the_front_page_shows_the_newest_changes_and_no_appearance(tmp_path: Path) -> None:
    """That a document is new stands under what was collected."""
    site = served(
        tmp_path,
        change("changed", "2026-01-30T20:00:00.000000Z", whole=True),
        change("withdrawn", "2026-01-30T21:00:00.000000Z"),
        *(change("returned", f"2026-01-29T{hour:02}:00:00.000000Z") for hour in range(12)),
    )
    block = site.get("/").text.split('<h3 id="changes">')[1].split("</ol>")[0]
    assert re.findall(r"(撤下|改动|恢复|出现) ·", block) == ["撤下", "改动"] + ["恢复"] * 4
    assert re.search(r'href="/-/compare\?a=\w+&amp;b=\w+">对照', block)


def test_a_corpus_without_changes_has_no_such_block(site: Site) -> None:
    """An empty list says nothing."""
    page = site.get("/").text
    assert "最近变动" not in page
    assert 'href="/-/changes"' in page


def test_a_document_tells_its_changes_with_what_was_counted(tmp_path: Path) -> None:
    """Counts stand in words; the comparison of before and after is one link away."""
    passages = {"kept": 3, "changed": 2, "new": 0, "dropped": 1}
    counts = json.dumps({"passages": passages, "figures_changed": 5})
    page = served(tmp_path, change("changed", "2026-01-30T20:00:00.000000Z", evidence=counts, whole=True))
    row = page.get("/gongkai/documents.json", doc_number="青政办〔2020〕7号", _shape="array").json()[0]
    text = page.get(f"/gongkai/documents/{row['id']}").text.split('<h2 id="changes">')[1]
    assert "改动：相同段 3 · 修改 2 · 新增 0 · 删去 1 · 数字变动 5" in text
    assert "对照前后两次文本" in text
    assert "与前一文本对照" in page.get(f"/gongkai/documents/{row['id']}").text


@pytest.fixture(scope="module")
def boilerplate(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A corpus in which one passage stands in six thousand reports."""
    data = DataDir(tmp_path_factory.mktemp("boilerplate"))
    data.make()
    write_rows(data.corpus_db, {})
    everywhere = section_id(COMMON)
    numbers = range(6_000)
    with closing(sqlite3.connect(data.corpus_db)) as db, db:
        accept_wide_rows(db)
        db.execute(
            "INSERT INTO sections (id, text, chars, normalised_sha256) VALUES (?, ?, ?, '')",
            (everywhere, COMMON, len(COMMON)),
        )
        db.executemany(
            "INSERT INTO documents (id, url, kind, title, year, status, read_state, first_seen, last_seen,"
            " current_version_id) VALUES (?, ?, 'other', ?, ?, 'live', 'read', ?, ?, ?)",
            [
                (f"d{n}", f"http://x.example/{n}", f"第{n}份", 2000 + n % 20, SEEN, SEEN, f"v{n}")
                for n in numbers
            ],
        )
        db.executemany(
            "INSERT INTO versions (id, document_id, capture_id, text_sha256, text, chars, tail, extractor,"
            " encoding, first_seen, last_seen) VALUES (?, ?, 'c', ?, ?, ?, '', 'b', 'utf-8', ?, ?)",
            [(f"v{n}", f"d{n}", f"t{n}", COMMON, len(COMMON), SEEN, SEEN) for n in numbers],
        )
        db.execute(
            "INSERT INTO _captures (id, record_type, url, fetched_at, warc_file, warc_offset, warc_length,"
            " outcome, role) VALUES ('c', 'resource', 'file:///x', ?, 'w', 0, 1, 'ok', 'article')",
            (SEEN,),
        )
        db.executemany(
            "INSERT INTO occurrences VALUES (?, 0, ?, '', 0, '', NULL, NULL)",
            [(f"v{n}", everywhere) for n in numbers],
        )
    publish(data, clock=lambda: NOW)
    return Site(data, datasette_app(data))


def test_a_passage_that_stands_everywhere_is_counted_and_listed_in_part(boilerplate: Site) -> None:
    """The count is whole, the list is bounded, and each page of it is quick."""
    started = time.process_time()
    page = passage_page(boilerplate, COMMON)
    assert "见于 <strong>6,000</strong> 份文件" in page
    assert "只列出最早的 200 份" in page
    assert page.count('data-label="年度"') == 200
    text = boilerplate.get("/gongkai/documents/d7").text
    assert "另见 5,999 处" in text
    assert "另见 5,999 处" in boilerplate.get("/gongkai/sections", _search="社会监督").text
    assert time.process_time() - started < 5
