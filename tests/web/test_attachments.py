"""The page of an article lists what it has attached, and the page of a file says whose it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.web.test_reading import SCRIPT, plan_id, policy_page, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site

_ATTACH = """
INSERT INTO attachments (document_id, version_id, position, url, name, how, written, attachment_id)
SELECT d.id, d.current_version_id, {}, {}, {}, '{}', '{}', {} FROM documents AS d
WHERE d.doc_number = '青政办〔2020〕7号'
"""
_PLAN = "(SELECT id FROM documents WHERE kind = 'task_plan')"


def attach(
    position: int, url: str, name: str, *, how: str = "link", written: str = "a.pdf", held: bool = False
) -> str:
    return _ATTACH.format(position, url, name, how, written, _PLAN if held else "NULL")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return served(
        tmp_path_factory.mktemp("attached"),
        attach(0, "'http://www.qingchuan.gov.cn/a/plan.doc'", "'任务分工表'", held=True),
        attach(1, "NULL", "'清单'", how="unresolved", written='download("17")'),
        attach(2, "'https://www.other.gov.cn/b.pdf'", f"'{SCRIPT}'"),
        "INSERT INTO relations (from_document_id, to_document_id, kind, evidence) SELECT attachment_id,"
        " document_id, 'attachment_of', url FROM attachments WHERE attachment_id IS NOT NULL",
    )


def test_an_article_lists_what_it_has_attached(site: Site) -> None:
    page = policy_page(site)
    listed = page.partition('<h2 id="attachments">')[2].partition("</ol>")[0]
    assert re.search(
        rf'<a href="/gongkai/documents/{plan_id(site)}"[^>]*>任务分工表</a> <span[^>]*>已读出', listed
    )
    assert "清单" in listed
    assert "本库未收录：地址未能解出 <code>download(&#34;17&#34;)</code>" in listed
    assert "本库未收录：未抓取" in listed
    assert SCRIPT not in listed


def test_a_file_says_to_which_article_it_belongs(site: Site) -> None:
    page = site.get(f"/gongkai/documents/{plan_id(site)}").text
    assert "本文是附件，属于：<a href=" in page
    assert '<h2 id="attachments">' not in page


def test_the_table_leads_from_both_columns_to_documents(site: Site) -> None:
    table = site.get("/gongkai/attachments").text
    assert "本库未收录" in table
    assert f'href="/gongkai/documents/{plan_id(site)}"' in table
    assert "地址未能解出" in site.get("/gongkai/attachments", how="unresolved").text


def test_a_document_without_attachments_has_no_such_list(tmp_path: Path) -> None:
    assert '<h2 id="attachments">' not in policy_page(served(tmp_path))
