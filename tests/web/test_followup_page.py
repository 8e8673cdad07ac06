"""The page of a plan: which reports speak of its items, both passages side by side, what none mentions."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from gongkai.web.pages import compare_pages
from gongkai.web.thresholds import PAGES
from tests.web.test_reading import SCRIPT, plan_id, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site

REPORT = "青川市人民政府2020年政府信息公开工作年度报告"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A plan with two items, the first of which one report mentions; its words are hostile."""
    evidence = json.dumps({"how": "heading", "text": "任务第0项"}, ensure_ascii=False)
    return served(
        tmp_path_factory.mktemp("planned"),
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 2020, issuer_id, '4109', 2 FROM documents WHERE kind = 'task_plan'",
        f"INSERT INTO plan_items SELECT d.id, o.position, '任务{SCRIPT}' || o.position, 2, o.section_id"  # noqa: S608 ours
        " FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id"
        " WHERE d.kind = 'task_plan' AND o.position < 2",
        "INSERT INTO relations (from_document_id, to_document_id, kind, from_position, to_position,"  # noqa: S608 ours
        f" score, evidence) SELECT r.id, p.id, 'implements', 2, 0, 0.9, '{evidence}'"
        f" FROM documents AS r, documents AS p WHERE r.title = '{REPORT}' AND p.kind = 'task_plan'",
        "INSERT INTO tasks"  # noqa: S608 our own words
        " (document_id, position, heading_path, text, lead, responsible, deadline_text, passage)"
        f" SELECT id, 0, '一', '任务', '县司法局{SCRIPT}', '各乡镇', '12月底前', 0 FROM documents"
        " WHERE kind = 'task_plan'",
    )


def test_an_item_stands_beside_what_a_report_says_of_it(planned: Site) -> None:
    """Text, who and by when as printed, the report's passage and how far they agree."""
    page = planned.get("/-/followup", plan=plan_id(planned)).text
    item = page.partition('id="i0"')[2].partition("</section>")[0]
    assert "1. 任务第1项，由县司法局负责。" in item
    assert "责任：各乡镇；期限：12月底前" in item
    assert "标题吻合 90.0%" in item
    assert "（1）主动公开" in item
    assert "已读的报告都没有提到。" in page.partition('id="i1"')[2].partition("</section>")[0]


def test_items_that_no_report_mentions_are_listed_and_never_called_undone(planned: Site) -> None:
    page = planned.get("/-/followup", plan=plan_id(planned)).text
    silent = page.partition('<h2 id="unmentioned">')[2].partition("</ul>")[0]
    assert "报告未提到的有 1 项" in silent
    assert silent.count("<li>") == 1
    assert "不等于没有做" in page
    for word in ("未落实", "没有落实"):
        assert word not in page


def test_where_no_report_was_read_none_is_said_to_be_silent(tmp_path: Path) -> None:
    site = served(
        tmp_path,
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 1999, issuer_id, '4109', 1 FROM documents WHERE kind = 'task_plan'",
        "INSERT INTO plan_items SELECT d.id, o.position, '任务', 2, o.section_id"
        " FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id"
        " WHERE d.kind = 'task_plan' AND o.position = 0",
    )
    item = site.get("/-/followup", plan=plan_id(site)).text.partition('id="i0"')[2].partition("</section>")[0]
    assert "没有已收录并已读出的报告可以对照。" in item
    assert "没有提到" not in item


def test_each_item_has_its_own_first_mentions_and_says_how_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many mentions those of one item would leave none of another, and the page would deny them."""
    monkeypatch.setattr(compare_pages, "PAGES", replace(PAGES, plan_mentions=1))
    mention = (
        "INSERT INTO relations (from_document_id, to_document_id, kind, from_position,"  # noqa: S608 ours
        " to_position, score, evidence) SELECT r.id, p.id, 'implements', {at}, {item}, {score}, '{{}}'"
        f" FROM documents AS r, documents AS p WHERE r.title = '{REPORT}' AND p.kind = 'task_plan'"
    )
    site = served(
        tmp_path,
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 2020, issuer_id, '4109', 2 FROM documents WHERE kind = 'task_plan'",
        "INSERT INTO plan_items SELECT d.id, o.position, '任务' || o.position, 2, o.section_id"
        " FROM documents AS d JOIN occurrences AS o ON o.version_id = d.current_version_id"
        " WHERE d.kind = 'task_plan' AND o.position < 2",
        *(mention.format(at=at, item=0, score=0.9) for at in range(3)),
        mention.format(at=2, item=1, score=0.1),
    )
    page = site.get("/-/followup", plan=plan_id(site)).text
    first, second = (page.partition(f'id="i{n}"')[2].partition("</section>")[0] for n in range(2))
    assert "还有 2 处提到" in first
    [path] = re.findall(r'href="(/gongkai/relations[^"]*)"', first)
    assert "共 <strong>3</strong> 行" in site.get(html.unescape(path)).text
    assert "10.0%" in second
    assert "报告都没有提到" not in first + second


def test_the_matrix_is_that_of_the_view(planned: Site) -> None:
    page = planned.get("/-/followup", plan=plan_id(planned)).text
    rows = planned.get("/gongkai/policy_followup.json", plan_id=plan_id(planned), _shape="array").json()
    held = [row["outcome"] for row in rows if row["document_id"]]
    shown = re.findall(r'<td class="(\w+)">', page.partition('class="printed followup"')[2])
    assert sorted(shown) == sorted(held)
    assert "mentioned" in held


def test_without_a_plan_the_page_lists_those_there_are(planned: Site, site: Site) -> None:
    page = planned.get("/-/followup").text
    assert f'href="/-/followup?plan={plan_id(planned)}"' in page
    assert site.get("/-/followup", plan="x").status_code == 404


def test_markup_is_inert_in_both_languages(planned: Site) -> None:
    for language in ("zh", "en"):
        page = planned.get("/-/followup", plan=plan_id(planned), lang=language).text
        assert SCRIPT not in page
        assert html.escape(SCRIPT) in page
