"""Shares, evidence and differences as a reader sees them; the rows keep what they hold."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from gongkai.web.questions import questions
from gongkai.web.rendering.cells import find_own_path, link_cell, render_cell
from gongkai.web.rendering.structured_cells import (
    alike_differences,
    cell_label,
    change_counts,
    changed_figures,
    share_with_parts,
)
from gongkai.web.rendering.words import column_table
from tests.web.test_reading import served
from tests.web.test_repetition_pages import BEFORE, REPORT, change, document_page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Site


@pytest.mark.parametrize(
    ("value", "column", "row", "shown"),
    [
        pytest.param(
            0.0333,
            "prose_share",
            {"prose_copied": 93, "prose_chars": 2810},
            '3.3% <span class="parts">93/2,810</span>',
            id="a share with its counts",
        ),
        pytest.param(
            0.0,
            "novelty",
            {"prose_new": 0, "prose_chars": 9},
            '0.0% <span class="parts">0/9</span>',
            id="none",
        ),
        pytest.param(0.5, "prose_share", {"prose_chars": 4}, "50.0%", id="a part that was not asked for"),
        pytest.param(0.5, "novelty", {"prose_new": None, "prose_chars": 4}, "50.0%", id="a part not stated"),
        pytest.param(
            0.25,
            "litigation_correction_rate",
            {
                "direct_corrected": 1,
                "direct_total": 4,
                "direct_pending": 1,
                "after_review_corrected": 0,
                "after_review_total": 2,
                "after_review_pending": 1,
            },
            '25.0% <span class="parts">1/4</span>',
            id="sums above and below, what is pending taken off",
        ),
        pytest.param(0.889, "score", {}, "88.9%", id="a likeness"),
        pytest.param(1.5, "value", {}, None, id="another number"),
    ],
)
def test_a_share(value: float, column: str, row: dict[str, Any], shown: str | None) -> None:
    assert share_with_parts(value, column, row) == shown


def test_a_reader_s_own_query_is_left_alone() -> None:
    """What somebody selects is shown as it is."""
    assert render_cell(0.0333, "prose_share", None, {}) is None
    assert render_cell('[{"sort": "figure"}]', "differences", None, {}) is None


COUNTS = {"passages": {"kept": 9, "changed": 3, "new": 0, "dropped": 0}, "figures_changed": 3}
FIGURES = [
    {"sort": "figure", "old": "726人次", "new": "<b>768人次"},
    {"sort": "figure", "old": "4683", "new": "", "table": "t2", "row": "penalties", "column": "decisions"},
]


def test_evidence_of_a_change_is_words_and_figures() -> None:
    """Counts, then each figure with where it stands; what the row leaves out is counted."""
    shown = render_cell(json.dumps({**COUNTS, "figures": FIGURES}), "evidence", "changes", {})
    assert shown is not None
    assert "<p>相同段 9 · 修改 3 · 新增 0 · 删去 0 · 数字变动 3</p>" in shown
    assert '<span class="tag">数字</span> <del>726人次</del> → <ins>&lt;b&gt;768人次</ins>' in shown
    assert '行政处罚 · 本年处理决定数量</span> <del>4683</del> → <span class="muted">（无）</span>' in shown
    assert "另有 1 处" in shown


def test_evidence_that_may_not_be_shown_whole_is_counted_as_far_as_it_goes() -> None:
    """Where a passage is suppressed only the passages are counted; an appearance has none."""
    passages = json.dumps({"passages": COUNTS["passages"]})
    assert change_counts(passages)[-1] == "删去 0"
    assert not changed_figures(passages)
    assert change_counts("{}") == []
    assert render_cell("{}", "evidence", "changes", {}) is None
    assert render_cell('{"outcome": "ok"}', "evidence", "changes", {}) == "抓取正常"


LOOKS = [
    {"capture": f"urn:uuid:{number}", "night": f"2026-02-0{number}", "outcome": outcome}
    for number, outcome in ((1, "gone"), (5, "soft_404"), (8, "gone"))
]


def test_what_proves_a_withdrawal_is_said_with_each_look() -> None:
    evidence = {
        "looks": LOOKS,
        "nights": 3,
        "days": 7,
        "absent_from": [{"night": "2026-02-01", "list_url": "x"}],
    }
    shown = render_cell(json.dumps(evidence), "evidence", "changes", {})
    assert shown is not None
    assert "3 夜的抓取为证，前后相隔 7 天；其间有 1 夜列表中也没有" in shown
    assert '<a href="/gongkai/captures/urn~3Auuid~3A5">2026-02-05</a> 称页面不存在' in shown


@pytest.mark.parametrize(
    ("how", "said"), [("redirect", "原址永久转向新址"), ("same_text", "同一文字见于新址")]
)
def test_what_proves_a_move_is_said_of_the_change_and_of_the_relation(how: str, said: str) -> None:
    evidence = json.dumps({"looks": LOOKS[:2], "nights": 2, "days": 4, "how": how, "to_document": "d"})
    for table in ("changes", "relations"):
        assert said in str(render_cell(evidence, "evidence", table, {}))


@pytest.mark.parametrize(
    ("figure", "label"),
    [
        (
            {"table": "t3", "row": "carried_in", "column": "business"},
            "二、上年结转政府信息公开申请数量 · 商业企业",
        ),
        ({"table": "t2", "row": "unknown row"}, "unknown row"),
        ({"table": "other"}, "表格"),
        ({"old": "1"}, ""),
    ],
    ids=["a cell of the form", "a row that the form does not know", "no keys", "prose"],
)
def test_the_name_of_a_cell(figure: dict[str, str], label: str) -> None:
    assert cell_label(figure) == label


def test_rows_of_one_label_are_told_apart_by_their_header() -> None:
    """3.其他 stands under two headers."""
    found = {cell_label({"table": "t3", "row": row}) for row in ("other_overdue_correction", "other_other")}
    assert all(len(label) > len("其他") for label in found)


def test_a_long_list_is_folded_and_complete() -> None:
    """The fold needs no script, and holds what is not seen at once."""
    stated = [{"sort": "figure", "a": str(at), "b": "9", "at": at} for at in range(9)]
    shown = render_cell(json.dumps(stated), "differences", "section_links", {})
    assert shown is not None
    seen, _, folded = shown.partition("<details")
    assert (seen.count("<li>"), folded.count("<li>")) == (6, 3)
    assert "还有 3 处" in folded


def test_what_this_passage_has_stands_first() -> None:
    """Whichever of the two the row names first."""
    stated = json.dumps([{"sort": "name", "a": "甲市", "b": "乙市", "at": 0}])
    assert "<del>甲市</del> → <ins>乙市</ins>" in alike_differences(stated, is_first=True)
    assert "<del>乙市</del> → <ins>甲市</ins>" in alike_differences(stated, is_first=False)
    assert not alike_differences(None, is_first=True)


def test_places_lead_to_the_passages_of_their_text() -> None:
    """Counted from one for a reader, from nought in the address."""
    shown = render_cell("[3, 45]", "positions", "variants", {"version_id": "v"})
    assert shown == '第 <a href="/gongkai/versions/v#p3">4</a>、<a href="/gongkai/versions/v#p45">46</a> 段'
    assert render_cell("[3]", "positions", "variants", {}) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('{"how": "heading", "text": "<回应>"}', '<span class="tag">标题</span> “&lt;回应&gt;”'),
        ("国办函〔2019〕60号", None),
    ],
    ids=["an answer", "a citation"],
)
def test_evidence_of_a_relation(value: str, shown: str | None) -> None:
    assert render_cell(value, "evidence", "relations", {}) == shown


def test_a_reference_leads_to_the_passage_that_its_row_tells() -> None:
    """By its label, and to the place; without either it is a plain reference."""
    cell = {"column": "document_id", "raw": "d", "value": "d"}
    row = {"report_position": {"raw": 7}}
    labels = {("document_id", "d"): "<某>报告"}
    assert (
        link_cell(cell, row, "policy_followup", labels)
        == '<a href="/gongkai/documents/d#p7">&lt;某&gt;报告</a>'
    )
    assert link_cell(cell, {}, "checks", {}) == '<a href="/gongkai/documents/d">d</a>'
    assert link_cell({"column": "year", "raw": 2020, "value": 2020}, {}, "documents", {}) == 2020


def test_places_are_told_of_references_alone(site: Site) -> None:
    """A column that leads to a passage is a reference, and both columns are published."""
    for (table, column), place in (
        (name.split("."), place) for name, place in column_table().placed_by.items()
    ):
        assert column_table().leads_to[column] == "documents"
        columns = site.get(f"/gongkai/{table}.json", _size="1").json()["columns"]
        assert {column, place} <= set(columns), table


@pytest.mark.parametrize("address", ["/gongkai/documents/0a#p3", "/gongkai/sections?skeleton=ab"])
def test_a_query_may_lead_to_a_passage(address: str) -> None:
    assert find_own_path(address) == address
    assert find_own_path("/gongkai/documents/0a#x") == ""


def test_lists_name_documents_and_never_print_their_ids(site: Site) -> None:
    """Also where a view declares no reference; each share has its counts."""
    page = site.get("/gongkai/novelty_by_report").text
    assert f">{REPORT}</a>" in page
    assert re.search(r'\d\.\d% <span class="parts">[\d,]+/[\d,]+</span>', page)
    assert not re.search(r">[0-9a-f]{20}<", page)
    assert re.search(r'href="/-/compare\?a=\w+&amp;b=\w+">对照</a>', page)
    assert 'href="/-/about#copied">怎样得来</a>' in page
    assert not re.search(r">[0-9a-f]{20}<", site.get("/gongkai/copied_from").text)


def test_csv_and_json_keep_what_the_row_holds(site: Site) -> None:
    """Only the page is written for reading."""
    row = site.get("/gongkai/novelty_by_report.json", _shape="array").json()[0]
    assert row["novelty"] == row["prose_new"] / row["prose_chars"]
    taken = site.get("/-/export/novelty_by_report.csv").text
    assert str(row["novelty"]) in taken
    assert "%" not in taken


HEADING = "一、总体情况 › (一)加强领导,压实责任/分工"


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The sample with a change of which only the passages may be counted, a repeated place and a plan."""
    repeated = f"SELECT current_version_id, '{HEADING}', 2, 2, 2, '[2, 4]', id FROM documents"  # noqa: S608 ours
    evidence = json.dumps({"passages": COUNTS["passages"]})
    return served(
        tmp_path_factory.mktemp("rich"),
        change("changed", "2026-01-30T20:00:00.000000Z", evidence=evidence, whole=True),
        f"INSERT INTO repetitions {repeated} WHERE title = '{REPORT}'",
        "INSERT INTO plans (document_id, year, issuer_id, scope, items)"
        " SELECT id, 2020, issuer_id, '4109', 2 FROM documents WHERE kind = 'task_plan'",
    )


def test_a_change_on_its_own_page_leads_to_both_texts(rich: Site) -> None:
    """A suppressed passage leaves counts without figures: the page of the document stands."""
    row = re.search(r'href="(/gongkai/changes/[^"]+)">查看', rich.get("/gongkai/changes").text)
    assert row
    assert "对照两个文本</a>" in rich.get(html.unescape(row[1])).text
    [one] = rich.get("/gongkai/documents.json", doc_number="青政办〔2020〕7号", _shape="array").json()
    assert "改动：相同段 9" in rich.get(f"/gongkai/documents/{one['id']}").text


def test_a_row_named_by_words_is_reached_from_its_list(rich: Site) -> None:
    """Headings hold commas and slashes, which part the address of a row."""
    page = rich.get("/gongkai/repetitions", _columns="all").text
    links = re.findall(r'href="(/gongkai/repetitions/[^"]+)">查看', page)
    assert any(HEADING in rich.get(html.unescape(link)).text for link in links)


def test_the_plans_come_before_the_rows_that_ask_for_one(rich: Site) -> None:
    """Thousands of rows that say nothing is held help nobody: first the plan, then who speaks of it."""
    page = rich.get("/gongkai/policy_followup").text
    link = re.search(r'href="(/gongkai/policy_followup\?plan_id=\w+&amp;outcome=not_mentioned)">未提到', page)
    assert "先选一份政策或方案" in page
    assert link
    assert "先选一份政策或方案" not in rich.get(html.unescape(link[1])).text


def test_every_method_that_a_table_names_stands_on_the_page_of_methods(site: Site) -> None:
    """No link leads to a place that is not there."""
    about = site.get("/-/about").text
    metadata = site.app.metadata()["databases"]["gongkai"]
    named = {one["method"] for one in metadata["tables"].values() if "method" in one}
    named |= {one.method for one in questions().queries.values() if one.method}
    assert named
    assert all(f'id="{place}"' in about for place in named)
    assert "连续 13 字以上" in about
    assert "85.0%" in about
    for words in ("抄袭", "未落实"):
        assert words not in about


def test_shared_text_of_one_year_without_a_date_has_no_order(tmp_path: Path) -> None:
    """Its address alone would say which is earlier; the page does not, and lists both ways."""
    undated = "UPDATE documents SET published_on = NULL, year = 2020 WHERE kind = 'annual_report'"
    site = served(tmp_path, undated, "DELETE FROM relations WHERE kind = 'previous_year'")
    for title, other in ((REPORT, BEFORE), (BEFORE, REPORT)):
        shared = document_page(site, title).split("<h3>也见于其他文件的文字</h3>")[1]
        row = shared.split(other)[1].split("</tr>")[0]
        assert "先后不明" in row
        assert "更早" not in row


@pytest.mark.parametrize(
    ("printed", "said"), [("2020-01-02", "更早"), ("2021-12-31", None), (None, "先后不明")]
)
def test_the_order_of_a_document_without_a_year_is_that_of_the_printed_dates(
    tmp_path: Path, printed: str | None, said: str | None
) -> None:
    """The total order puts such a document behind all others, whenever it was published."""
    date = "NULL" if printed is None else f"'{printed}'"
    site = served(
        tmp_path,
        "UPDATE documents SET published_on = '2021-01-20' WHERE kind = 'annual_report'",
        f"UPDATE documents SET published_on = {date}, year = NULL WHERE title = '{BEFORE}'",  # noqa: S608 ours
        "DELETE FROM relations WHERE kind = 'previous_year'",
    )
    page = document_page(site, REPORT.replace("2020", "2021"))
    shared = page.partition("<h3>也见于其他文件的文字</h3>")[2].partition("</table>")[0]
    assert REPORT in shared
    if said is None:
        assert BEFORE not in shared
    else:
        assert said in shared.split(BEFORE)[1].split("</tr>")[0]


def test_a_cell_is_called_by_its_row_and_column_and_a_text_by_when_it_was_seen(bodies_site: Site) -> None:
    [fact] = bodies_site.get("/gongkai/facts.json", _shape="array", _size="1").json()
    page = bodies_site.get(f"/gongkai/facts/{fact['id']}").text
    called = " · ".join(filter(None, [fact["row_label"], fact["column_label"]]))
    assert f"<h1>{called} <span" in page
    listed = bodies_site.get("/gongkai/facts", version_id=fact["version_id"]).text
    assert re.search(r"= \d{4}-\d\d-\d\d \d\d:\d\d · <a", listed)


def test_the_heading_of_figures_stands_over_them(bodies_site: Site) -> None:
    page = bodies_site.get("/gongkai", sql="select year, title, count(*) as n from documents group by 1").text
    assert re.findall(r'<th scope="col" class="col-(\w+)( number)?"', page) == [
        ("year", " number"),
        ("title", ""),
        ("n", " number"),
    ]
