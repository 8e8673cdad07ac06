"""The page of search results: what it counts, in which order it shows, what it says of nothing found."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from archive.exact_search import query_words, search_form
from gongkai.web.pages.page_queries import load_queries
from tests.e2e.content import rows
from tests.web.conftest import Site, publish_sample
from tests.web.sample_corpus import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.data_folder import DataDir

QUERIES = [
    "公",
    "公开",
    "2019年",
    "２０１９ 年",
    "政府 办理",
    "〔2018〕77号",
    '"',
    "公*",
    "AND",
    "没有这样的字",
    "旧稿所列",
]


def scan(site: Site, query: str) -> set[str]:
    words = query_words(query)
    texts = rows(site.data.public_db, "SELECT id, text FROM sections")
    return {key for key, text in texts if all(word in search_form(text) for word in words)}


def pages(site: Site, **arguments: str) -> Iterator[dict[str, Any]]:
    """Ask for a page of results after another, as the link at its foot leads on."""
    after = None
    while True:
        more: dict[str, str] = {"after": str(after)} if after else {}
        page = site.get("/-/search.json", **arguments, **more).json()
        yield page
        after = page["next"]
        if after is None:
            return


@pytest.mark.parametrize("query", QUERIES)
def test_its_pages_together_are_what_a_scan_finds(site: Site, query: str) -> None:
    found = list(pages(site, q=query))
    ids = [row["id"] for page in found for row in page["results"]]
    assert len(ids) == len(set(ids))
    assert set(ids) == scan(site, query)
    assert {page["passages"] for page in found} == {len(ids)}


@pytest.mark.parametrize("query", QUERIES)
def test_it_counts_the_documents_that_have_hits(site: Site, query: str) -> None:
    places = rows(
        site.data.public_db,
        """SELECT o.section_id, v.document_id FROM occurrences AS o
           JOIN versions AS v ON v.id = o.version_id""",
    )
    found = scan(site, query)
    holding = {document for section, document in places if section in found}
    assert site.get("/-/search.json", q=query).json()["documents"] == len(holding)


@pytest.mark.parametrize(
    ("facet", "column"),
    [("year", "year"), ("region", "region_code"), ("kind", "kind"), ("issuer", "issuer_id")],
)
def test_a_facet_says_what_its_link_leads_to(site: Site, facet: str, column: str) -> None:
    found = scan(site, "公开")
    places = rows(
        site.data.public_db,
        f"""SELECT o.section_id, d.id, ifnull(d.{column}, '-') FROM occurrences AS o
            JOIN versions AS v ON v.id = o.version_id JOIN documents AS d ON d.id = v.document_id""",  # noqa: S608 our names
    )
    values = site.get("/-/search.json", q="公开").json()["facets"][facet]
    assert values
    for value, documents in values.items():
        narrowed = site.get("/-/search.json", q="公开", **{facet: value}).json()
        among = [
            (section, document)
            for section, document, has in places
            if section in found and str(has).startswith(value)
        ]
        assert narrowed["documents"] == documents == len({document for _, document in among})
        assert narrowed["passages"] == len({section for section, _ in among})


def test_two_choices_narrow_together(site: Site) -> None:
    both = site.get("/-/search.json", q="公开", year="2020", kind="policy").json()
    assert both["documents"] == 1
    assert {row["title"] for row in both["results"]} == {
        "青川市人民政府办公室关于印发2020年政务公开工作要点的通知"
    }
    assert set(both["facets"]["kind"]) == {"annual_report", "policy"}


def test_the_newest_come_first(site: Site) -> None:
    years = [row["year"] for page in pages(site, q="公开") for row in page["results"] if row["year"]]
    assert years == sorted(years, reverse=True)


def test_the_same_text_is_listed_once_with_its_other_places(site: Site) -> None:
    results = [row for page in pages(site, q=COMMON) for row in page["results"]]
    assert [row["elsewhere"] for row in results if row["text"] == COMMON] == [12]
    page = site.get("/-/search", q=COMMON).text
    assert page.count(f'<p class="text" lang="zh-Hans"><mark>{COMMON}</mark></p>') == 1
    assert "另见 12 处" in page


def test_what_was_found_is_marked_where_it_matches_only_after_normalising(site: Site) -> None:
    assert "<mark>２０１９ 年</mark>" in site.get("/-/search", q="全角 2019年").text


def test_it_says_what_was_compared(site: Site) -> None:
    page = site.get("/-/search", q="２０１９ 年").text
    assert '<q lang="zh-Hans">2019</q>' in page
    assert '<q lang="zh-Hans">年</q>' in page
    assert "按这样的写法比对" not in site.get("/-/search", q="2019年").text


def test_a_passage_of_an_earlier_text_says_so_and_leads_there(site: Site) -> None:
    [row] = site.get("/-/search.json", q="旧稿所列").json()["results"]
    assert (row["current"], row["elsewhere"]) == (0, 0)
    page = site.get("/-/search", q="旧稿所列").text
    link = f"/gongkai/versions/{row['version']}#p{row['position']}"
    assert link in page
    assert "旧文本" in page
    assert site.get(link).status_code == 200


def test_a_link_leads_to_the_passage(site: Site) -> None:
    [row] = site.get("/-/search.json", q="推进行政复议").json()["results"]
    assert (
        f'href="/gongkai/documents/{row["document"]}#p{row["position"]}"'
        in site.get("/-/search", q="推进行政复议").text
    )
    assert f'id="p{row["position"]}"' in site.get(f"/gongkai/documents/{row['document']}").text


def test_documents_with_it_in_their_title_stand_before_others(site: Site) -> None:
    ranked = site.get("/-/search.json", q="公开工作要点").json()["ranked"]
    assert [row["by_title"] for row in ranked] == [1]
    ranked = site.get("/-/search.json", q="政务公开").json()["ranked"]
    assert [row["by_title"] for row in ranked] == sorted((row["by_title"] for row in ranked), reverse=True)
    assert len({row["id"] for row in ranked}) == len(ranked)


def test_nothing_found_says_what_was_searched_and_what_to_try(site: Site) -> None:
    page = site.get("/-/search", q="没有这样的字 公开").text
    total = rows(site.data.public_db, "SELECT count(*) FROM documents")[0][0]
    alone = len(scan(site, "公开"))
    for text in (
        "没有找到“没有这样的字 公开”",
        f"{total} 份文件",
        "2018–2021 年度",
        "1 份读不出",
        "/-/coverage",
    ):
        assert text in page, text
    assert re.search(rf"<q[^>]*>公开</q></a> {alone} 段", page)


def test_nothing_found_among_what_was_chosen_offers_the_rest(site: Site) -> None:
    assert "在全部文件中找" in site.get("/-/search", q="推进行政复议", year="2018").text


@pytest.mark.parametrize("query", ["", " ", "\x00", "\u3000"])
def test_a_query_without_characters_asks_for_one(site: Site, query: str) -> None:
    answer = site.get("/-/search", q=query)
    assert answer.status_code == 200
    assert "一个字也可以" in answer.text


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"q": "公开", "after": "x"}, id="a place that is no number"),
        pytest.param({"q": "公开", "after": "9" * 400}, id="a place beyond all"),
        pytest.param({"q": "公开", "region": "41' OR 1"}, id="SQL for a place"),
        pytest.param({"q": "公开", "year": "２０１９"}, id="a year in full-width digits"),
        pytest.param({"q": "公 " * 1_000}, id="many words"),
        pytest.param(
            {"q": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")}, id="broken characters"
        ),
        pytest.param({"q": "<script>alert(1)</script>", "issuer": "<script>"}, id="markup"),
    ],
)
def test_odd_arguments_are_harmless(site: Site, arguments: dict[str, str]) -> None:
    answer = site.get("/-/search", **arguments)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_a_query_that_no_time_limit_would_stop_is_refused(site: Site) -> None:
    longest, longer = "公开" * 150, "公开" * 150 + "年"
    assert site.get("/-/search.json", q=longest).json()["passages"] == len(scan(site, longest))
    page = site.get("/-/search", q=longer)
    assert (page.status_code, "至多 300 个字" in page.text) == (200, True)
    box = site.get("/gongkai/sections", _search=longer)
    assert (box.status_code, "至多 300 个字" in box.text) == (400, True)


def test_it_speaks_english(site: Site) -> None:
    page = site.get("/-/search", q="公开", lang="en").text
    assert "<strong>" in page
    assert "Newest years first" in page
    assert "最近年度的在前" not in page


def test_the_box_of_the_first_page_leads_to_it(site: Site) -> None:
    page = site.get("/").text
    assert 'action="/-/search"' in page
    assert 'name="q"' in page


def test_what_may_not_be_shown_is_found_nowhere(swapped_data: DataDir, server: str) -> None:
    passage, document = "（一）推进主动公开，年内完成3项。", "青政办〔2020〕7号"
    before = [_hits(server, word) for word in ("年内完成3项", "推进依申请公开", document)]
    assert min(before) > 0
    with closing(sqlite3.connect(swapped_data.corpus_db)) as db:
        [(section,)] = db.execute(
            "SELECT id FROM sections WHERE text LIKE '%推进主动公开，年内完成3项%'"
        ).fetchall()
        [(url,)] = db.execute("SELECT url FROM documents WHERE title LIKE '关于\"公开\"%'").fetchall()
    entries = [f"- passage: '{section}'", f"- url: {url}"]
    reason = "\n  reason: 个人信息\n  date: 2026-01-31\n"
    (swapped_data.root / "suppressions.yaml").write_text("".join(it + reason for it in entries), "utf-8")
    publish_sample(swapped_data)
    assert [_hits(server, word) for word in ("年内完成3项", "HYPERLINK", "𰻝")] == [0, 0, 0]
    assert _hits(server, "推进依申请公开") == before[1]
    assert passage not in httpx.get(f"{server}/-/search", params={"q": "年内完成"}).text


def _hits(server: str, query: str) -> int:
    """Count what is found over HTTP: passages by the page and by Datasette's box, and documents by theirs."""
    page = httpx.get(f"{server}/-/search.json", params={"q": query}).json()
    boxes = [
        httpx.get(f"{server}/gongkai/{table}.json", params={"_search": query, "_size": "0"}).json()
        for table in ("sections", "documents")
    ]
    passages, documents = (box["filtered_table_rows_count"] for box in boxes)
    assert page["passages"] == passages
    return int(passages + documents)


def test_hits_that_cannot_be_counted_in_time_are_shown_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0 AND :q <> ''"
    monkeypatch.setitem(load_queries("search"), "documents", endless)
    assert len(site.get("/-/search.json", q="公开").json()["results"]) == 20
    page = site.get("/-/search", q="公开").text
    assert f"命中 <strong>{len(scan(site, '公开'))}</strong> 段" in page
    assert "来不及按文件统计" in page


def test_hits_that_cannot_be_narrowed_in_time_are_not_told_as_none(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    endless = "WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0 AND :q <> ''"
    monkeypatch.setitem(load_queries("search"), "documents", endless)
    answer = site.get("/-/search.json", q="公开", kind="annual_report")
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    assert "passages" not in answer.json()
    page = site.get("/-/search", q="公开", kind="annual_report")
    assert (page.status_code, int(page.headers["retry-after"]) > 0) == (503, True)
    assert "此页没能在时限内算出，请稍候再试" in page.text
    assert "没有找到" not in page.text
    assert "Traceback" not in caplog.text  # that is for what is broken
    in_english = site.get("/-/search", q="公开", kind="annual_report", lang="en").text
    assert "not worked out within its time limit; please try again" in in_english
