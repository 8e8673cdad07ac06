"""The canned queries as a set: read, answered, explained, in time, and shown on their page."""

from __future__ import annotations

import html
import re
import shutil
import sqlite3
import statistics
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import lxml.html
import msgspec
import pytest
import yaml
from msgspec.structs import replace

from archive.exact_search import match_phrase
from archive.site_files import site_folder
from gongkai.web.pages import question_page
from gongkai.web.pages.question_page import (
    Asked,
    figure_columns,
    shown_columns,
    write_order,
    write_summary,
)
from gongkai.web.questions import Question, QuestionsMisread, questions, read_questions
from gongkai.web.thresholds import PAGES
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.web.conftest import Site

QUERIES = questions().queries
EVERY_QUERY = pytest.mark.parametrize("query", QUERIES)


def examples(site: Site) -> dict[str, str]:
    """Return something to fill in for each parameter."""

    def first(table: str, column: str, **parameters: str) -> str:
        return str(site.get(f"/gongkai/{table}.json", _shape="array", **parameters).json()[0][column])

    return {
        "q": "公开",
        "issuer": "青川",
        "chars": "1",
        "year": "2019",
        "region": "青川",
        "body_kind": "government",
        "level": "prefecture",
        "at_least": "1",
        "document": first("documents", "id"),
        "plan": first("plans", "document_id"),
        "code": "41",
        "kind": "annual_report",
        "body": first("issuers", "id"),
        "section": first("sections", "id", _search="接受社会监督"),
    }


@EVERY_QUERY
def test_every_query_answers_with_and_without_its_parameters(site: Site, query: str) -> None:
    filled = {name: value for name, value in examples(site).items() if name in QUERIES[query].params}
    for parameters in ({}, filled):
        answer = site.get(f"/gongkai/{query}.json", _shape="array", **parameters)
        assert answer.status_code == 200, answer.text
        assert site.get(f"/gongkai/{query}", **parameters).status_code == 200


@EVERY_QUERY
def test_every_query_says_in_two_languages_what_it_asks_and_what_counts(site: Site, query: str) -> None:
    question = QUERIES[query]
    for text in (question.title, question.description, question.none, question.asks):
        assert not text or text.count(" / ") == 1, text
    chinese, _, english = question.title.partition(" / ")
    assert chinese in site.get(f"/gongkai/{query}").text
    assert english in html.unescape(site.get(f"/gongkai/{query}", lang="en").text)


@EVERY_QUERY
def test_every_column_has_an_english_name_or_stands_behind_another(site: Site, query: str) -> None:
    with closing(sqlite3.connect(site.data.public_db)) as db:
        db.create_function("match_phrase", 1, lambda text: match_phrase(text or "公"))
        columns = [
            it[0]
            for it in db.execute(QUERIES[query].sql, dict.fromkeys(QUERIES[query].params, "")).description
        ]
    for column in shown_columns(columns):
        assert column.name in questions().columns
    assert len(set(columns)) == len(columns)


def test_a_parameter_is_a_labelled_field_that_suggests_what_the_corpus_has(site: Site) -> None:
    form = element_of(site.get("/gongkai/refused_most", year="2019"), "form[@class='choose']")
    assert form.get("method") == "get"
    fields = {it.get("name"): it for it in form.iterfind(".//input")}
    assert fields["year"].get("type") == "hidden"
    assert (fields["year"].get("value"), fields["at_least"].get("value")) == ("2019", "20")
    region = fields["region"]
    assert region.getparent().text.strip() == "地区"
    suggested = form.xpath(f"//datalist[@id='{region.get('list')}']/option/@value")
    assert suggested == [
        "河南省",
        "濮阳市",
        "华龙区",
    ]  # places from wide to narrow, none of the bodies in them


def test_a_ranking_is_of_one_year_unless_all_are_asked_for(bodies_site: Site) -> None:
    """The page opens with the newest year of which five governments are ranked; files and JSON hold all."""
    rows = bodies_site.get("/gongkai/refused_most.json", _shape="array", at_least="1").json()
    ranked = Counter(row["年度"] for row in rows if not row["未列入原因"] and row["机关类别"] == "government")
    newest = max(year for year, n in ranked.items() if n >= PAGES.neighbours)
    assert len(ranked) > 1
    answer = bodies_site.get("/gongkai/refused_most", at_least="1")
    years = element_of(answer, "nav[@aria-label='年度']")
    chosen = years.find(".//a[@aria-current]")
    assert chosen.text.strip() == str(newest)
    of_year = [row for row in rows if row["年度"] == newest]
    assert f"共 <strong>{len(of_year)}</strong> 行" in answer.text
    counts = {
        int(a.text): int(a.find("small").text) for a in years.iterfind("a") if a.find("small") is not None
    }
    assert counts == Counter(row["年度"] for row in rows)
    everything = bodies_site.get("/gongkai/refused_most", at_least="1", year="")
    assert f"<strong>{len(rows)}</strong> 行" in everything.text
    assert all(answer.text.count(f'href="/gongkai/issuers/{name}"') for name in bodies_of(of_year))


def bodies_of(rows: list[dict[str, str]]) -> set[str]:
    return {row["机关链接"].rpartition("/")[2] for row in rows if row["机关链接"]}


def test_a_ranking_tells_its_median_and_draws_each_share_from_nought(bodies_site: Site) -> None:
    rows = bodies_site.get("/gongkai/refused_most.json", _shape="array", year="2021", at_least="1").json()
    shares = [row["不予公开率百分比"] for row in rows if not row["未列入原因"]]
    answer = bodies_site.get("/gongkai/refused_most", year="2021", at_least="1")
    assert f"列入排名的 {len(shares)} 份报告，中位数 {statistics.median(shares):.2f}%" in answer.text
    page = lxml.html.document_fromstring(answer.text)
    bars = [float(it) for it in page.xpath("//table//svg/rect/@width")]
    assert bars == [pytest.approx(100 * share / max(shares), abs=0.01) for share in shares]


@pytest.mark.parametrize("kind", ["government", "department"])
def test_bodies_of_a_kind_are_ranked_among_themselves(bodies_site: Site, kind: str) -> None:
    every = bodies_site.get("/gongkai/most_blank_cells.json", _shape="array").json()
    some = bodies_site.get("/gongkai/most_blank_cells.json", _shape="array", body_kind=kind).json()
    assert some == [row for row in every if row["机关类别"] == kind]


@pytest.mark.parametrize(("order", "way"), [("_sort", "ascending"), ("_sort_desc", "descending")])
def test_a_column_sorts_by_its_link_and_says_so(bodies_site: Site, order: str, way: str) -> None:
    head = element_of(bodies_site.get("/gongkai/refused_most", year="2021"), "thead")
    [link] = head.xpath(".//a[starts-with(., '办结总计')]/@href")
    assert "_sort_desc=" in link
    answer = bodies_site.get("/gongkai/refused_most", year="2021", at_least="1", **{order: "办结总计"})
    page = lxml.html.document_fromstring(answer.text)
    [sorted_by] = page.xpath("//th[@aria-sort]")
    assert (sorted_by.get("aria-sort"), sorted_by.text_content()[:4]) == (way, "办结总计")
    totals = page.xpath("//tr[not(@class)]/td[@data-label='办结总计']")
    shown = [int(it.text_content()) for it in totals]
    assert shown == sorted(shown, reverse=way == "descending") != []


def element_of(answer: httpx.Response, path: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(answer.text).xpath(f"//{path}")[0]


def test_no_field_that_is_left_empty_says_that_nothing_was_asked(site: Site) -> None:
    """The form sends every field; those left empty mean all."""
    everything = site.get("/gongkai/least_new_text.json", _shape="array").json()
    sent = site.get("/gongkai/least_new_text.json", _shape="array", year="", region="").json()
    assert everything == sent != []


def test_a_page_counts_its_rows_and_folds_its_sql_with_a_link_to_edit_it(site: Site) -> None:
    page = site.get("/gongkai/repeated_within", chars="1").text
    rows = site.get("/gongkai/repeated_within.json", chars="1", _shape="array").json()
    assert f"共 <strong>{len(rows)}</strong> 行" in page
    folded = page.partition("<details")[2]
    assert "SELECT" in folded
    assert re.search(r'<a rel="nofollow" href="/gongkai\?sql=[^"]+">修改这条 SQL', folded)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "《谁沿用了上年的文字？》，共 {n} 行，SHA-256 {sha256}，数据截至 {night}，{address}"),
        (
            "en",
            "“Who took over last year's text?”, rows: {n}, SHA-256 {sha256}, data up to {night}, {address}",
        ),
    ],
)
def test_an_answer_is_cited_with_its_rows_the_copy_and_an_address_that_gives_it_again(
    site: Site, language: str, line: str
) -> None:
    """The digest is that of the copy that answered, which the file of the answer names, too."""
    page = site.get("/gongkai/least_new_text", year="2020", region="", lang=language).text
    taken = site.get("/-/export/least_new_text.csv", year="2020", region="")
    with closing(sqlite3.connect(site.data.public_db)) as db:
        [(night,)] = db.execute("SELECT max(night) FROM runs")
    address = "http://localhost/gongkai/least_new_text?year=2020"
    expected = line.format(
        n=taken.headers["x-expected-rows"],
        sha256=taken.headers["x-database-sha256"],
        night=night,
        address=address,
    )
    [shown] = re.findall(r'<p class="cite"[^>]*>(.*?)</p>', page)
    assert html.unescape(re.sub("<[^>]+>", "", shown)) == expected
    assert int(taken.headers["x-expected-rows"]) > 0


def test_an_answer_says_how_many_rows_are_not_ranked_and_sets_them_apart(site: Site) -> None:
    page = site.get("/gongkai/refused_most", at_least="1000000", year="").text
    rows = len(site.get("/gongkai/refused_most.json", at_least="1000000", _shape="array").json())
    assert rows
    assert f"共 <strong>{rows}</strong> 行 · 排名 0 行，未列入排名 {rows} 行" in page
    assert page.count('<tr class="divider">') == 1
    assert f"未列入排名及原因（{rows} 行）" in page


def test_an_answer_that_is_cut_says_how_many_rows_there_are_and_how_many_are_not_ranked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may not be ranked stands last, and would be cut off without a word."""
    rows = site.get("/gongkai/refused_most.json", _shape="array").json()
    unranked = sum(row["未列入原因"] is not None for row in rows)
    monkeypatch.setattr(question_page, "PAGES", replace(PAGES, answer_rows=1))
    page = site.get("/gongkai/refused_most", year="").text
    assert f"第 1–1 行，<strong>共 {len(rows)} 行</strong>" in page
    assert "page=2" in page
    last = site.get("/gongkai/refused_most", year="", page=str(len(rows))).text
    assert "下一页" not in last
    assert rows[-1]["链接"] in last
    assert f"排名 {len(rows) - unranked} 行，未列入排名 {unranked} 行" in page


def list_figures(*figures: float | str, **stated: str) -> Question:
    """Return a question whose answer is some figures, in thirds, rounded."""
    values = ", ".join(f"({figure!r})" for figure in figures)
    sql = f"SELECT column1 AS 件, round(column1 / 3.0, 2) AS 比 FROM (VALUES {values})"  # noqa: S608  ours
    return Question("q", "g", "t", "d", sql, (), **stated)


@pytest.mark.parametrize(
    ("figures", "median", "top", "least"),
    [((10.1, 10.2), 10.15, 10.2, 10.1), ((3, 1, 2), 2, 3, 1), ((4, 1, 3, 2), 2.5, 4, 1), ((7,), 7, 7, 7)],
)
def test_a_median_has_no_digits_that_nobody_printed(
    figures: tuple[float, ...], median: float, top: float, least: float
) -> None:
    question = list_figures(*figures, ranked="件")
    with closing(sqlite3.connect(":memory:")) as db:
        [[_, _, *summed]] = db.execute(write_summary(question, ["件", "比"]))
    assert summed == [median, top, least]


def test_a_median_is_of_unrounded_figures_that_are_ranked() -> None:
    question = list_figures(1, 2, 900, ranked="比", exact="件 / 3.0")
    some = f"SELECT *, CASE 件 WHEN 900 THEN 'x' END AS 未列入原因 FROM ({question.sql})"  # noqa: S608  ours
    ranked = msgspec.structs.replace(question, sql=some)
    with closing(sqlite3.connect(":memory:")) as db:
        [[listed, unranked, median, top, _]] = db.execute(write_summary(ranked, ["件", "比", "未列入原因"]))
        [[_, _, none, nought, _]] = db.execute(write_summary(list_figures(1, 2), ["件", "比"]))
    assert (listed, unranked) == (3, 1)
    assert (median, top) == (0.5, 0.67), "of 0.33 and 0.67 it would be the same by chance"
    assert (none, nought) == (None, 0)


def test_of_amounts_in_several_units_there_is_no_median(bodies_site: Site) -> None:
    page = bodies_site.get("/gongkai/fees_charged", year="").text
    assert "中位数" not in page.partition("<main")[2]


_COUNTED_APART = """
SELECT count(*) FROM novelty_by_report AS n
JOIN overlaps AS o ON o.document_id = n.document_id AND o.source_id = n.previous_document_id
WHERE o.prose_chars <> n.prose_chars
"""


def test_the_median_of_copied_text_is_of_the_characters(site: Site) -> None:
    answer = site.get("/gongkai/least_new_text.json", _shape="array").json()
    shares = [100 * row["沿用字数"] / row["正文字数"] for row in answer if not row["未列入原因"]]
    with closing(sqlite3.connect(site.data.public_db)) as db:
        assert db.execute(_COUNTED_APART).fetchall() == [(0,)], "the prose of a report is counted in two ways"
    page = site.get("/gongkai/least_new_text", year="").text
    assert len(shares) > 1
    assert f"中位数 {statistics.median(shares):.2f}%" in page


@pytest.mark.parametrize(
    ("way", "expected"),
    [("_sort", ["9", "1,234.5", "20,000", "8", "10"]), ("_sort_desc", ["20,000", "1,234.5", "9", "10", "8"])],
)
def test_printed_amounts_are_sorted_by_their_size_within_their_unit(way: str, expected: list[str]) -> None:
    amounts = [("1,234.5", "万元"), ("9", "万元"), ("10", "元"), ("20,000", "万元"), ("8", "元")]
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE answer (收费金额 TEXT, 单位 TEXT, x TEXT)")
        db.executemany("INSERT INTO answer (收费金额, 单位) VALUES (?, ?)", amounts)
        order = write_order(Asked(QUERIES["fees_charged"], {}, way, "收费金额"), ["收费金额", "单位", "x"])
        assert [row[0] for row in db.execute(f"SELECT * FROM answer {order}")] == expected  # noqa: S608  ours


def test_a_ranking_is_drawn_as_its_rows_say(bodies_site: Site) -> None:
    asked = {"year": "2021", "at_least": "1"}
    rows = bodies_site.get("/gongkai/refused_most.json", _shape="array", **asked).json()
    shares = [row["不予公开率百分比"] for row in rows if not row["未列入原因"]]
    page = lxml.html.document_fromstring(bodies_site.get("/gongkai/refused_most", **asked).text)
    [figure] = page.xpath("//figure[@id='picture-ranking']")
    assert figure.xpath(".//*[local-name()='svg']//*[local-name()='a']/text[2]/text()") == [
        f"{share:.2f}%" for share in shares
    ]
    widths = [float(it) for it in figure.xpath(".//*[@class='bar']/@width")]
    assert widths == [pytest.approx(330 * share / max(shares), abs=0.1) for share in shares]
    [middle] = set(figure.xpath(".//*[local-name()='line'][@class='middle']/@x1"))
    assert float(middle) == pytest.approx(330 * statistics.median(shares) / max(shares), abs=0.1)
    links = figure.xpath(".//p[@class='source']/a/@href")
    kinds = [bodies_site.get(link).headers["content-type"].partition(";")[0] for link in links]
    assert kinds == ["image/svg+xml", "image/png", "text/html"]
    assert "谁的不予公开率最高？" in bodies_site.get(links[0]).text
    assert bodies_site.get("/-/card/gongkai/refused_most.png", **asked).status_code == 200


def test_what_has_no_bars_from_nought_is_not_drawn(bodies_site: Site) -> None:
    for query in ("sums_that_differ", "fees_charged"):
        assert "picture-ranking" not in bodies_site.get(f"/gongkai/{query}", year="").text


def test_what_a_ranking_counts_is_what_its_rows_are(bodies_site: Site) -> None:
    assert re.search(r"列入排名的 \d+ 张表格", bodies_site.get("/gongkai/most_blank_cells", year="").text)


@pytest.mark.parametrize(
    ("column", "cells", "is_figures"),
    [
        ("相差", ["-18", "2", None], True),
        ("收费金额", ["7340.65", "51.40", ""], True),
        ("年度", [2019, 2020], True),
        ("决定数量", ["300", "/"], False),
        ("项目", [None, ""], False),
        ("段落编号", ["12", "13"], False),
    ],
)
def test_columns_of_figures_are_told_by_their_cells(
    column: str, cells: list[object], *, is_figures: bool
) -> None:
    assert (column in figure_columns([column], [{column: cell} for cell in cells])) is is_figures


def test_nothing_found_is_not_cited(site: Site) -> None:
    assert 'class="cite"' not in site.get("/gongkai/least_new_text", year="1999").text


def test_percentages_have_two_decimals_on_the_page(site: Site) -> None:
    page = site.get("/gongkai/least_new_text", year="").text
    shown = re.findall(r'data-label="正文新文字（%）">(?:<svg.*?</svg>)?([^<]*)<', page)
    rows = site.get("/gongkai/least_new_text.json", _shape="array").json()
    assert shown == [
        "" if row["正文新文字百分比"] is None else f"{row['正文新文字百分比']:.2f}" for row in rows
    ]


def test_a_page_offers_all_rows_of_the_same_question(site: Site) -> None:
    page = site.get("/gongkai/repeated_within", chars="1").text
    for form in ("csv", "excel.csv", "json", "xlsx"):
        assert f'href="/-/export/repeated_within.{form}?chars=1"' in page


@pytest.mark.parametrize("query", ["documents_withdrawn", "total_columns_of_zero", "reports_missing"])
def test_no_answer_is_said_in_the_words_of_the_question(site: Site, query: str) -> None:
    page = site.get(f"/gongkai/{query}", region="没有这个地方").text
    assert QUERIES[query].none.partition(" / ")[0] in page
    assert "<table" not in page


@pytest.mark.parametrize("query", [name for name, it in QUERIES.items() if it.asks])
def test_a_query_without_its_parameter_asks_for_it(site: Site, query: str) -> None:
    page = site.get(f"/gongkai/{query}").text
    assert QUERIES[query].asks.partition(" / ")[0] in page
    assert "没有结果" not in page


def test_the_page_of_all_data_lists_every_query_in_its_group(site: Site) -> None:
    page = site.get("/gongkai").text.partition('<main id="content">')[2]
    places = [page.index(title.partition(" / ")[0]) for title in questions().groups.values()]
    assert places == sorted(places)
    for name in QUERIES:
        assert f'href="/gongkai/{name}"' in page
    linked = lxml.html.document_fromstring(page).xpath("//ul[@class='questions']/li/a/@href")
    assert [link.rpartition("/")[2] for link in linked] == list(QUERIES)


def test_addresses_stand_behind_the_cells_they_belong_to() -> None:
    columns = ("机关", "结果纠正", "已审结", "文件", "链接", "结果纠正出处", "撤下_UTC")
    assert [(it.name, it.heading, it.leads) for it in shown_columns(columns)] == [
        ("机关", "机关", None),
        ("结果纠正", "结果纠正", "结果纠正出处"),
        ("已审结", "已审结", None),
        ("文件", "文件", "链接"),
        ("撤下_UTC", "撤下（北京时间）", None),
    ]


SLIPS: dict[str, tuple[dict[str, object], str]] = {
    "an unknown key": ({"titel": "谁？ / Who?"}, "unknown field `titel`"),
    "an unknown parameter": ({"params": ["yaer"]}, "no such parameter: yaer"),
    "a template without its value": ({"from": "findings", "with": {"check": "a"}}, "not as a query is: '"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder of queries."""
    return shutil.copytree(site_folder() / "queries", tmp_path / "queries")


def test_a_question_is_one_entry(site: Site, folder: Path) -> None:
    """A stranger's task, as the page prints it."""
    [entry] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "questions.md").read_text("utf-8"), re.DOTALL)
    with (folder / "texts.yaml").open("a", encoding="utf-8") as group:
        group.write(f"\n{entry}")
    added = read_questions(folder).queries
    [name] = set(added) - set(questions().queries)
    query = added[name].as_canned_query()
    assert query["title"] == "某年的文件有多长？ / How long are the texts of a year?"
    assert query["params"] == ["year"]
    rows = site.get("/gongkai.json", sql=query["sql"], year="2019", _shape="array").json()
    assert [row["字数"] for row in rows] == sorted((row["字数"] for row in rows), reverse=True)
    assert len(rows) > 1


@pytest.mark.parametrize("missing", ["title", "description"])
def test_a_question_without_its_words_is_refused(folder: Path, missing: str) -> None:
    query = {"title": "谁？ / Who?", "description": "谁。 / Who.", "sql": "SELECT 1 AS 年度"}
    del query[missing]
    (folder / "plans.yaml").write_text(yaml.safe_dump({"who": query}, allow_unicode=True), "utf-8")
    with pytest.raises(QuestionsMisread, match=f"missing required field `{missing}`"):
        read_questions(folder)


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_file_of_queries_is_named(folder: Path, slip: str) -> None:
    added, said = SLIPS[slip]
    query = {"title": "谁？ / Who?", "description": "谁。 / Who.", "sql": "SELECT 1 AS 年度"} | added
    (folder / "plans.yaml").write_text(yaml.safe_dump({"who": query}, allow_unicode=True), "utf-8")
    with pytest.raises(QuestionsMisread, match=said):
        read_questions(folder)


def test_no_name_stands_twice(folder: Path) -> None:
    (folder / "plans.yaml").write_text((folder / "disputes.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(QuestionsMisread, match="there already"):
        read_questions(folder)


_ONE_CELL = """
CREATE TABLE coverage AS SELECT 'a' AS issuer, 'i' AS issuer_id, 'government' AS kind, 'city' AS level,
    2025 AS year, 'd' AS document_id;
CREATE TABLE documents AS SELECT 'd' AS id, 't' AS title, 'u' AS url, 'v' AS current_version_id;
CREATE TABLE issuers AS SELECT 'i' AS id, 'government' AS kind, 'city' AS level;
CREATE TABLE issuer_places (issuer_id, code, place);
CREATE TABLE known_bodies (issuer_id, kind, level);
CREATE TABLE facts AS SELECT 'f' AS id, '1 0' AS raw, NULL AS value, :state AS state, 'x' AS form,
    '元' AS unit, 'v' AS version_id, 't2' AS table_key, 1 AS table_no,
    column1 AS column_key, column2 AS row_key
FROM (VALUES ('decisions', 'penalties'), ('fee_amount', 'admin_fees'))
"""


@pytest.mark.parametrize("query", ["penalties_by_year", "fees_charged"])
@pytest.mark.parametrize(
    ("state", "why"), [("ambiguous", "读不出"), ("layout_error", "读不出"), ("blank", "未载")]
)
def test_a_cell_with_two_readings_is_not_called_blank(query: str, state: str, why: str) -> None:
    question = questions().queries[query]
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in _ONE_CELL.split(";"):
            db.execute(statement, {"state": state} if ":state" in statement else {})
        answer = db.execute(question.sql, dict.fromkeys(question.params, ""))
        [row] = answer.fetchall()
        told = dict(zip((column[0] for column in answer.description), row, strict=True))
    assert why in told["未列入原因"]
