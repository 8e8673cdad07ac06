from __future__ import annotations

import csv
import html
import io
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import yaml
from datasette.utils import tilde_encode
from lxml.html import fromstring as parsed

from archive.site_files import read_metadata, site_folder
from tests.web.bodies_corpus import REPORTS, XINXIANG
from tests.web.sample_corpus import GOVERNMENTS

if TYPE_CHECKING:
    from tests.web.conftest import Site

METADATA = read_metadata(site_folder())["databases"]["gongkai"]


def ids(site: Site, table: str) -> list[str]:
    db = sqlite3.connect(site.data.public_db)
    found = [row[0] for row in db.execute(f"SELECT id FROM {table} ORDER BY id")]  # noqa: S608 our own names
    db.close()
    return found


def test_the_front_page_says_what_the_corpus_is(site: Site) -> None:
    page = site.get("/").text
    assert '<html lang="zh-Hans">' in page
    for text in ("12 份年度报告", "认出机关 3 个", "2018–2021 年度", "2026-01-31", 'name="q"', "空不是 0"):
        assert text in page
    for name, _, _ in GOVERNMENTS:
        assert name in page
    assert "<script" not in page


def test_an_empty_corpus_says_so_and_how_to_fill_it(empty_site: Site) -> None:
    page = empty_site.get("/").text
    assert "本库还没有文件" in page
    assert "gongkai import" in page


@pytest.mark.parametrize("table", METADATA["tables"])
def test_every_table_has_a_page_in_chinese(site: Site, table: str) -> None:
    answer = site.get(f"/gongkai/{table}")
    assert answer.status_code == 200
    assert METADATA["tables"][table]["title"].split(" / ")[0] in answer.text
    assert "col-search_key" not in answer.text
    everything = site.get(f"/gongkai/{table}", _columns="all")
    assert everything.status_code == 200


@pytest.mark.parametrize("table", ["documents", "sections", "versions", "captures", "issuers", "portals"])
def test_every_row_has_a_page(site: Site, table: str) -> None:
    rows = site.get(f"/gongkai/{table}.json", _shape="array", _size="max").json()
    assert rows
    for row in rows[:40]:
        assert site.get(f"/gongkai/{table}/{tilde_encode(row['id'])}").status_code == 200


def test_a_document_is_readable_with_its_provenance(site: Site) -> None:
    [row] = site.get(
        "/gongkai/documents.json", title="青川市人民政府2019年政府信息公开工作年度报告", _shape="array"
    ).json()
    page = site.get(f"/gongkai/documents/{row['id']}").text
    for text in (
        "<h2>一、总体情况</h2>",
        "<h3>（2）依申请公开</h3>",
        "gongkai-0001.warc.gz",
        "偏移",
        row["url"],
        "本段在文中出现 8 次",
        "2026-01-31 03:00",
    ):
        assert text in page


def test_the_trail_of_a_report_leads_through_its_places_and_its_body(bodies_site: Site) -> None:
    """A reader who lands on a report finds the government, and its other reports, one step up."""
    report = next(it for it in REPORTS if it.body is XINXIANG and it.year == 2019)
    page = parsed(bodies_site.get(f"/gongkai/documents/{report.document}").text)
    [trail] = page.xpath("//p[@class='crumbs']")
    assert trail.text_content() == "首页 › 河南省 › 新乡市 › 新乡市人民政府 › 年度报告 › 2019"
    for link in trail.xpath("./a/@href"):
        assert bodies_site.get(link).status_code == 200
    siblings = parsed(bodies_site.get(trail.xpath("./a/@href")[-1]).text)
    assert siblings.xpath(f"//a[contains(@href, '{report.document}')]")


def test_a_report_that_waits_to_be_read_has_its_evidence_all_the_same(bodies_site: Site) -> None:
    """A scan is published evidence: when it was captured, where its record lies, and how it is cited."""
    report = next(it for it in REPORTS if it.waiting)
    page = parsed(bodies_site.get(f"/gongkai/documents/{report.document}").text)
    capture = bodies_site.get("/gongkai/captures.json", _shape="array", id=report.capture).json()[0]
    [source] = page.xpath("//h2[@id='evidence']/following-sibling::dl[@class='head']")
    assert capture["warc_file"] in source.text_content()
    [cited] = page.xpath("//p[@class='cite']")
    assert "存档" in cited.text_content()
    # Its text is not published, so the archived page is not shown.
    assert page.xpath("//a[contains(@href, '/-/replay/')]") == []


def test_a_document_that_could_not_be_read_says_why(site: Site) -> None:
    [row] = site.get("/gongkai/documents.json", read_state="failed", _shape="array").json()
    assert "读不出（空文件）" in site.get(f"/gongkai/documents/{row['id']}").text


def test_a_passage_says_where_it_stands(site: Site) -> None:
    [row] = site.get(
        "/gongkai/sections.json", text="本机关依法、及时、准确地公开政府信息，接受社会监督。", _shape="array"
    ).json()
    page = site.get(f"/gongkai/sections/{row['id']}").text
    assert page.count('<td data-label="文件"><a href="/gongkai/documents/') == 13


@pytest.mark.parametrize("table", ["documents", "sections", "occurrences", "versions", "captures"])
def test_the_csv_link_gives_every_row(site: Site, table: str) -> None:
    page = site.get(f"/gongkai/{table}").text
    link = page.split('<p class="export">')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert link == f"/-/export/{table}.csv"
    csv.field_size_limit(10_000_000)
    *rows, last = list(csv.DictReader(io.StringIO(site.get(link).text, newline="")))
    count = site.get(f"/gongkai/{table}.json", _size="0").json()["filtered_table_rows_count"]
    assert len(rows) == count
    assert next(iter(last.values())).startswith(f"# COMPLETE rows={count} ")


def test_facets_show_labels_and_suggestions_are_off(site: Site) -> None:
    page = site.get("/gongkai/documents").text
    assert '<section class="facet"><h2>机关</h2>' in page
    assert "青川市人民政府</a>" in page
    assert site.app.setting("suggest_facets") is False


def test_an_unknown_address_is_a_page_without_blame(site: Site) -> None:
    answer = site.get("/gongkai/nothing")
    assert answer.status_code == 404
    assert "没有这一页" in answer.text
    assert "404" not in answer.text


def test_metadata_names_only_columns_that_are_explained() -> None:
    assert yaml.safe_load((site_folder() / "metadata.yaml").read_text("utf-8"))
    for table, words in METADATA["tables"].items():
        named = {*words.get("shown", []), *words.get("facets", [])} - {"Link"}
        assert named <= set(words["columns"]), table


def test_the_figures_of_the_front_page_are_those_of_the_tables(site: Site) -> None:
    page = site.get("/").text
    failed = site.get("/gongkai/failures_by_portal.json", _shape="array").json()
    assert f"{sum(row['次数'] for row in failed)} 次抓取没有得到内容" in page


def test_every_link_of_the_front_page_leads_somewhere(site: Site) -> None:
    links = {html.unescape(link) for link in re.findall(r'href="(/[^"]*)"', site.get("/").text)}
    assert len(links) > 30
    for link in links:
        assert site.get(link.partition("#")[0]).status_code == 200, link


@pytest.mark.parametrize("table", [name for name, words in METADATA["tables"].items() if "empty" in words])
def test_an_empty_table_says_why(empty_site: Site, table: str) -> None:
    said = METADATA["tables"][table]["empty"].partition(" / ")[0]
    assert said in empty_site.get(f"/gongkai/{table}").text
    with closing(sqlite3.connect(empty_site.data.public_db)) as db:
        [(kind,)] = db.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,))
    # The rows of a view are not counted for the list of all tables.
    assert kind == "view" or said in empty_site.get("/gongkai").text


def test_a_search_without_result_says_what_was_searched_and_what_to_try(site: Site) -> None:
    page = site.get("/gongkai/sections", _search="没有这样的字").text
    for text in ("没有找到“没有这样的字”", "检索范围：16 份文件", "1 份文件待识别或读不出", "不等于没有公布"):
        assert text in page
    page = site.get("/gongkai/documents", _search="没有这样的字").text
    assert "在正文中找" in page


def test_a_chosen_facet_is_named_and_not_numbered(site: Site) -> None:
    issuer = ids(site, "issuers")[0]
    page = site.get("/gongkai/documents", issuer_id=issuer).text
    assert re.search(r"; 机关 = (青川市|白塔县|临湖区)", page)


def test_ranked_search_marks_what_it_found(site: Site) -> None:
    page = site.get("/gongkai/search", q="2019年 依申请公开").text
    assert "<mark>依申请公开</mark>" in page
    assert '<ol class="passages">' in page


def test_answers_of_a_query_lead_to_documents_and_passages(site: Site) -> None:
    page = site.get("/gongkai/repeated_within", chars="10").text
    assert re.search(r'<a href="/gongkai/sections/\w+">本机关依法', page)
    page = site.get("/gongkai/failures_by_portal").text
    assert "被拦截（瑞数）" in page
    [link] = re.findall(r'href="(/gongkai/captures\?portal_id=portal-0&amp;outcome=challenge_ruishu)"', page)
    assert "共 <strong>1</strong> 行" in site.get(html.unescape(link)).text


def test_rows_are_known_by_their_names(site: Site) -> None:
    for table, name in (("issuers", "青川市人民政府"), ("portals", "青川市人民政府门户网站")):
        [row] = site.get(f"/gongkai/{table}.json", name=name, _shape="array").json()
        page = site.get(f"/gongkai/{table}/{row['id']}").text
        assert re.search(rf'<h1>(<span lang="zh-Hans">)?{name}(</span>)? ', page)
    capture = site.get("/gongkai/captures.json", _shape="array", document_id__notblank="1").json()[0]
    page = site.get(f"/gongkai/captures/{tilde_encode(capture['id'])}").text
    assert f'<a href="/gongkai/documents/{capture["document_id"]}">' in page
    assert f">{capture['document_id']}</a>" not in page


def test_a_refusal_is_in_chinese_and_keeps_the_query(site: Site) -> None:
    for sql, said in (
        ("select no_such_column from documents", "没有这一列"),
        ("drop table documents", "只能用 SELECT"),
        (
            "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
            "一秒的时限",
        ),
    ):
        answer = site.get("/gongkai", sql=sql)
        assert answer.status_code == 400
        assert said in answer.text
        assert f">{sql}</textarea>" in answer.text
