"""What a page says when a document is hostile, huge, unread, gone, moved or repeated; and how to prove it."""

from __future__ import annotations

import datetime as dt
import html
import re
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.derivation import derive
from archive.importing import Provenance, import_files
from archive.publish.copy import publish
from benchmarks._wide_rows import accept_wide_rows
from gongkai.serving import datasette_app
from tests.web.conftest import OWN_SCRIPT, Site
from tests.web.sample_corpus import COMMON, build_corpus

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "<script>alert(1)</script>"
NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
POLICY = "青川市人民政府办公室关于印发2020年政务公开工作要点的通知"


def served(root: Path, *statements: str, passages: tuple[str, ...] = ()) -> Site:
    """Publish the sample corpus, changed by some SQL, and serve it."""
    data = DataDir(root)
    data.make()
    build_corpus(data.corpus_db, extra_passages=passages)
    with closing(sqlite3.connect(data.corpus_db)) as db, db:
        accept_wide_rows(db)
        for statement in statements:
            db.execute(statement)
    publish(data, clock=lambda: NOW)
    return Site(data, datasette_app(data))


def policy_page(site: Site) -> str:
    [row] = site.get("/gongkai/documents.json", doc_number="青政办〔2020〕7号", _shape="array").json()
    return site.get(f"/gongkai/documents/{row['id']}").text


def set_policy(columns: str) -> str:
    return f"UPDATE documents SET {columns} WHERE doc_number = '青政办〔2020〕7号'"  # noqa: S608 our own words


def test_markup_is_inert_wherever_it_stands(tmp_path: Path) -> None:
    site = served(
        tmp_path,
        set_policy(
            f"title = '{SCRIPT}', issuer = '{SCRIPT}', url = 'javascript:alert(1)//{SCRIPT}',"
            f" index_number = '{SCRIPT}', read_reason = '{SCRIPT}', status = 'unreachable'"
        ),
        "UPDATE issuers SET name = name || '<script>alert(1)</script>'",
        "UPDATE portals SET name = '<script>alert(1)</script>' || id, home_url = 'javascript:alert(2)'",
        "UPDATE _captures SET error = '<script>alert(1)</script>', list_title = error,"
        " url = url || '<script>alert(1)</script>'",
        passages=(SCRIPT + "政务公开",),
    )
    [row] = site.get("/gongkai/documents.json", title=SCRIPT, _shape="array").json()
    capture = site.get("/gongkai/captures.json", document_id=row["id"], _shape="array").json()[0]["id"]
    paths = [
        "/",
        "/gongkai/documents",
        f"/gongkai/documents/{row['id']}",
        f"/gongkai/versions/{row['current_version_id']}",
        f"/gongkai/issuers/{row['issuer_id']}",
        "/gongkai/portals/portal-0",
        "/gongkai/portals",
        "/gongkai/captures",
        f"/gongkai/captures/{capture.replace(':', '~3A').replace('<', '~3C').replace('>', '~3E')}",
        "/gongkai/occurrences?_size=200",
        f"/gongkai/sections?_search={SCRIPT}",
        f"/gongkai/search?q={SCRIPT}",
        f"/gongkai/documents_of_issuer?issuer={SCRIPT}",
        "/gongkai/changed_documents",
        f"/gongkai?sql=select '{SCRIPT}'",
        f"/gongkai?sql={SCRIPT}",
    ]
    for path in paths:
        page = site.get(path)
        assert page.status_code in {200, 400}, path
        assert "<script" not in page.text.replace(OWN_SCRIPT, ""), path
        assert 'href="javascript:' not in page.text, path
    assert html.escape(SCRIPT) in site.get(f"/gongkai/documents/{row['id']}").text


def test_a_passage_of_a_megabyte_is_shown_whole_on_its_page_and_cut_in_lists(tmp_path: Path) -> None:
    long = "甲乙丙丁戊己庚辛壬癸" * 100_000
    site = served(tmp_path, passages=(long,))
    [row] = site.get(
        "/gongkai/sections.json", _search="癸甲乙", _shape="array", _nosuggest="1", _col="chars"
    ).json()
    assert row["chars"] == 1_000_000
    assert long in site.get(f"/gongkai/sections/{row['id']}").text
    assert len(site.get("/gongkai/sections", _search="癸甲乙").text) < 20_000
    [place] = site.get("/gongkai/occurrences.json", section_id=row["id"], _shape="array").json()
    assert len(site.get("/gongkai/occurrences", section_id=row["id"]).text) < 20_000
    version = site.get(f"/gongkai/versions/{place['version_id']}")
    assert version.status_code == 200
    assert long in version.text


@pytest.mark.parametrize(
    ("columns", "said", "absent"),
    [
        pytest.param(
            "read_state = 'waiting', read_reason = 'no text layer', current_version_id = NULL",
            ["待识别或待转换", "no text layer", "尚未读出文字", "gunzip"],
            ['href="/-/replay/'],
            id="waiting",
        ),
        pytest.param(
            "read_state = 'failed', read_reason = 'timeout', current_version_id = NULL",
            ["读不出（读取超时）", "抓取记录", "尚未读出文字", "gunzip"],
            ['href="/-/replay/'],
            id="failed",
        ),
        pytest.param(
            "status = 'unreachable'",
            ["暂时无法访问，不等于已撤下", "2026-01-31 03:00", "以下是存档的文字"],
            ['class="banner">已撤下'],
            id="unreachable",
        ),
        pytest.param("status = 'withdrawn'", ["已撤下", "以下是存档的文字"], [], id="withdrawn"),
        pytest.param("status = 'moved'", ["已迁移", "以下是原址存档的文字"], [], id="moved, not known where"),
        pytest.param(
            "url = 'file:///0123456789ab/%E8%A6%81%E7%82%B9.txt'",
            ["导入的文件", "要点.txt"],
            ["原网页"],
            id="imported",
        ),
        pytest.param(
            "url = 'http://www.example/%E8%A6%81%E7%82%B9%20%0A.html'",
            ['href="http://www.example/%E8%A6%81%E7%82%B9%20%0A.html"', ">http://www.example/%E8"],
            [],
            id="an address that hides something stays as it is",
        ),
        pytest.param(
            "title = NULL, issuer = NULL, issuer_id = NULL",
            ["（未印标题）", "未印发文机关"],
            ["None"],
            id="bare",
        ),
    ],
)
def test_a_page_says_in_which_state_its_document_is(
    tmp_path: Path, columns: str, said: list[str], absent: list[str]
) -> None:
    page = policy_page(served(tmp_path, set_policy(columns)))
    for text in said:
        assert text in page
    for text in absent:
        assert text not in page


def test_a_moved_document_leads_to_its_new_address(tmp_path: Path) -> None:
    site = served(
        tmp_path,
        set_policy("status = 'moved'"),
        "INSERT INTO relations (from_document_id, to_document_id, kind, evidence) SELECT d.id, n.id,"
        " 'moved_to', n.url FROM documents AS d, documents AS n"
        " WHERE d.doc_number = '青政办〔2020〕7号' AND n.kind = 'task_plan'",
    )
    banner = r'class="banner">已迁移：<a href="/gongkai/documents/\w+" lang="zh-Hans">白塔县'
    assert re.search(banner, policy_page(site))
    assert "原址：" in site.get("/gongkai/documents/" + plan_id(site)).text


def plan_id(site: Site) -> str:
    [row] = site.get("/gongkai/documents.json", kind="task_plan", _shape="array").json()
    return str(row["id"])


def test_earlier_texts_are_read_like_the_current_one(site: Site) -> None:
    page = policy_page(site)
    assert "2 种文本" in page
    [earlier] = re.findall(r'href="(/gongkai/versions/\w+)">2026-01-30 03:00 首次见到', page)
    text = site.get(earlier).text
    assert "这是旧文本" in text
    assert "（一）旧稿所列事项，待定。" in text
    assert "另见" not in text  # the current text of the same document is no other place
    changed = site.get("/gongkai/changed_documents").text
    assert f">{POLICY}</a>" in changed
    assert '<time datetime="2026-01-29T19:00:00.000000Z">2026-01-30 03:00' in changed


def test_a_passage_of_an_earlier_text_says_so(site: Site) -> None:
    page = site.get("/gongkai/sections", _search="旧稿所列").text
    assert re.search(r'<a href="/gongkai/versions/\w+#p1">' + POLICY + "</a>（旧文本）", page)


def test_what_was_printed_before_is_folded(site: Site) -> None:
    [row] = site.get(
        "/gongkai/documents.json", title="青川市人民政府2019年政府信息公开工作年度报告", _shape="array"
    ).json()
    page = site.get(f"/gongkai/documents/{row['id']}").text
    assert page.count(f"<p>{COMMON}</p>") == 9
    assert "本段在文中出现 8 次" in page


def test_the_command_on_the_page_takes_the_record_out(tmp_path: Path) -> None:
    printed = "关于做好政务公开工作的通知\n\n各乡镇人民政府：\n本通知自印发之日起施行。\n"
    (tmp_path / "通知.txt").write_text(printed, "utf-8")
    data = DataDir(tmp_path / "data")
    import_files(
        [tmp_path / "通知.txt"], data=data, clock=lambda: NOW, run_id="run-1", provenance=Provenance()
    )
    derive(data)
    publish(data, clock=lambda: NOW)
    site = Site(data, datasette_app(data))
    [row] = site.get("/gongkai/documents.json", _shape="array").json()
    page = site.get(f"/gongkai/documents/{row['id']}").text
    [command] = re.findall("<pre>(tail .*)</pre>", page)
    record = subprocess.run(
        ["/bin/sh", "-c", html.unescape(command)], cwd=data.warc, capture_output=True, check=True
    ).stdout.decode()
    assert "WARC-Type: resource" in record
    assert printed in record
    [capture] = site.get("/gongkai/captures.json", _shape="array").json()
    assert capture["id"].strip("<>") in record
    assert capture["payload_sha256"] in page
