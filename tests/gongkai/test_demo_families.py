"""The family sites behave as real portals do: lists, quirks, articles, attachments, unknown pages."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

import pytest

from tests.gongkai.demo_client import ask
from tests.gongkai.family_walks import WALKS, Client, list_body, rows_in
from tests.portals.families import SHAPES, FamilySites, family_hosts, planted
from tests.portals.families.content import all_facts
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    from collections.abc import Iterator

SITES = tuple(all_facts())
COLUMNS = [(site, column.id) for site, facts in all_facts().items() for column in facts.columns]


@pytest.fixture(scope="module")
def server() -> Iterator[SiteServer]:
    with SiteServer(FamilySites()) as running:
        yield running


def client(server: SiteServer, site: str) -> Client:
    return Client(server, all_facts()[site])


def entrance(site: str, column: str) -> str:
    facts = all_facts()[site]
    return urljoin(facts.home, SHAPES[facts.shape].entrance(facts, facts.column(column)))


@pytest.mark.parametrize(("site", "column"), COLUMNS, ids=[" ".join(each) for each in COLUMNS])
def test_every_served_row_is_found_by_following_the_sites_own_shapes(
    server: SiteServer, site: str, column: str
) -> None:
    facts = all_facts()[site]
    rows = WALKS[facts.shape](client(server, site), entrance(site, column), facts.column(column))
    expected = [
        (row.url, row.title, str(row.date)) for row in planted(site) if row.list == column and row.is_served
    ]
    assert rows == expected


@pytest.mark.parametrize("site", SITES)
def test_every_planted_document_and_attachment_is_there(server: SiteServer, site: str) -> None:
    asking = client(server, site)
    assert Counter(row.url for row in planted(site)).most_common(1)[0][1] == 1
    for row in planted(site):
        page = asking.text(row.url)
        assert row.title in page
        assert str(row.date) in page
        if row.attachment:
            file = asking.get(row.attachment)
            assert file.status == 200
            assert file.body.startswith((b"%PDF", bytes.fromhex("d0cf11e0")))


@pytest.mark.parametrize("site", SITES)
def test_columns_are_found_from_the_home_page(server: SiteServer, site: str) -> None:
    asking = client(server, site)
    page = asking.text("/")
    if all_facts()[site].entrance == "disclosure":
        found = re.search(r'href="([^"]+)"[^>]*>政府信息公开<', page)
        assert found
        page = asking.text(found[1])
    for column in all_facts()[site].columns:
        href = re.escape(entrance(site, column.id).removeprefix(all_facts()[site].home[:-1]))
        assert re.search(rf'href="{href.replace("&", "&amp;")}"[^>]*>{column.name}<', page)


@pytest.mark.parametrize("site", SITES)
def test_an_unknown_page_is_answered_in_the_sites_own_way(server: SiteServer, site: str) -> None:
    asking = client(server, site)
    reply = asking.get("/gongkai-unknown-page-0a1b2c3d.html")
    home = asking.text("/")
    behaviour = all_facts()[site].unknown
    expected = {"not_found": 404, "soft": 200, "home": 200, "to_home": 302}
    assert reply.status == expected[behaviour]
    assert (reply.body.decode() == home) == (behaviour == "home")
    assert reply.values("Location") == (["/"] if behaviour == "to_home" else [])
    assert ("页面不存在" in reply.body.decode()) == (behaviour in {"not_found", "soft"})


def test_all_four_ways_to_answer_for_unknown_pages_are_there() -> None:
    assert {facts.unknown for facts in all_facts().values()} == {"not_found", "soft", "home", "to_home"}


@pytest.mark.parametrize("site", SITES)
def test_articles_carry_the_national_tags(server: SiteServer, site: str) -> None:
    row = planted(site)[0]
    page = client(server, site).text(row.url)
    for name in ("SiteName", "SiteIDCode", "ColumnName", "ArticleTitle", "PubDate", "ContentSource"):
        assert re.search(rf"(?i)<meta [^>]*name=[\"']?{name}\b", page), name
    assert re.search(rf"(?i)content=[\"']?{row.date}", page)


def test_tags_are_spelt_in_every_way_that_is_met(server: SiteServer) -> None:
    spellings = {
        "plain": '<meta name="ArticleTitle" content="',
        "reversed": '"  name="ArticleTitle"/>',
        "upper": "<META NAME='ArticleTitle' CONTENT='",
        "unquoted": "<meta name=ArticleTitle content=",
    }
    seen = set()
    for site, facts in all_facts().items():
        assert spellings[facts.metas] in client(server, site).text(planted(site)[0].url)
        seen.add(facts.metas)
    assert seen == set(spellings)


def test_documents_of_a_site_differ_in_text(server: SiteServer) -> None:
    for site in ("static", "json-list"):
        texts = Counter(
            re.sub(r"<[^>]+>", "", client(server, site).text(row.url).partition("<h1")[2])
            for row in planted(site)
        )
        assert set(texts.values()) == {1}


def test_hosts_are_told_apart_and_others_are_unknown(server: SiteServer) -> None:
    names = {host: ask(server, "/", host=host).body for host in family_hosts()}
    assert len(set(names.values())) == len(names) == len(SITES)
    assert ask(server, "/", host="other.demo.gongkai.test").status == 404


def test_an_article_is_not_sent_twice_to_whom_has_it(server: SiteServer) -> None:
    asking = client(server, "static")
    (etag,) = asking.get(planted("static")[0].url).values("ETag")
    assert asking.get(planted("static")[0].url, **{"If-None-Match": etag}).status == 304


class TestStatic:
    def test_the_order_of_arguments_decides_the_name_of_page_2(self, server: SiteServer) -> None:
        asking = client(server, "static")
        assert 'createPageHTML(3, 0, "index", "html", 14)' in asking.text("/zwgk/zfxxgk/zfxxgknb/")
        assert "createPageHTML('page_div', 3, 1, 'xlist', 'shtml', 17)" in asking.text("/zwgk/zcwj/")
        assert asking.get("/zwgk/zfxxgk/zfxxgknb/index_3.html").status == 404
        assert asking.get("/zwgk/zcwj/xlist_1.shtml").status == 404
        assert asking.get("/zwgk/zcwj/xlist_3.shtml").status == 200

    def test_deep_pages_are_stubs_of_300_to_400_bytes(self, server: SiteServer) -> None:
        asking = client(server, "static")
        assert 'createPage(4, 0, "list", "html")' in asking.text("/zwgk/gfxwj/")
        for name in ("list_2.html", "list_3.html"):
            reply = asking.get(f"/zwgk/gfxwj/{name}")
            assert (reply.status, b"<a" in reply.body) == (200, False)
            assert 300 <= len(reply.body) <= 400

    def test_frozen_parts_have_names_that_count_down(self, server: SiteServer) -> None:
        asking = client(server, "static")
        assert 'href="index_10935_2.html">下一页' in asking.text("/zwgk/lswj/")
        assert "下一页" not in asking.text("/zwgk/lswj/index_10935_1.html")


class TestPlainLists:
    def test_vsb_counts_down(self, server: SiteServer) -> None:
        asking = client(server, "vsb")
        assert 'href="../zwgk/gfxwj/3.htm">下页' in asking.text("/zwgk/gfxwj.htm")
        last = list_body(asking.text("/zwgk/gfxwj/1.htm"))
        assert "下页" not in last
        assert planted("vsb")[-1].title in last

    def test_page_numbers_beyond_the_end_show_the_last_page(self, server: SiteServer) -> None:
        asking = client(server, "html-list")
        assert list_body(asking.text("/xxgkp/szfwj/?pageNo=3")) == list_body(
            asking.text("/xxgkp/szfwj/?pageNo=99")
        )

    def test_an_old_document_has_the_day_of_its_migration_in_its_address(self, server: SiteServer) -> None:
        old = planted("html-list")[-1]
        assert "/2025/06-03/" in old.url
        assert str(old.date) < "2025-06-03"
        assert str(old.date) in client(server, "html-list").text(old.url)


class TestJpage:
    PROXY = "/module/web/jpage/dataproxy.jsp"

    def post(self, server: SiteServer, query: str, **changed: str) -> bytes:
        fields = {"appid": "1", "webid": "12", "path": "/", "columnid": "33718", "unitid": "212860"}
        body = urlencode({**fields, "permissiontype": "0", **changed})
        return client(server, "jpage").post(f"{self.PROXY}?{query}", body).body

    def test_records_are_counted_from_1_and_both_ends_are_meant(self, server: SiteServer) -> None:
        answer = self.post(server, "startrecord=13&endrecord=14&perpage=4").decode()
        rows = [row for row in planted("jpage") if row.list == "policy"]
        assert [title for _, title, _ in rows_in(answer, "http://x/")] == [rows[12].title, rows[13].title]
        assert re.search(r"<span>\n\t\d{5}|<span>\n\t\d{4}-\n", answer), "dates are broken by white space"

    @pytest.mark.parametrize(
        ("query", "changed"),
        [
            pytest.param("startrecord=1&endrecord=12&perpage=4", {"columnid": "1"}, id="another column"),
            pytest.param("startrecord=1&endrecord=13&perpage=4", {}, id="more than a group"),
            pytest.param("startrecord=2&endrecord=1&perpage=4", {}, id="a range the wrong way round"),
            pytest.param("page=1", {}, id="a group where there are ranges"),
        ],
    )
    def test_the_empty_answer_has_54_bytes(
        self, server: SiteServer, query: str, changed: dict[str, str]
    ) -> None:
        answer = self.post(server, query, **changed)
        assert len(answer) == 54
        assert b"<record>" not in answer

    def test_encrypted_numbers_bring_nothing(self, server: SiteServer) -> None:
        asking = client(server, "jpage-encrypted")
        following = re.search(r'CDATA\[<a href="([^"]+)"', asking.text("/col/col8102/index.html"))
        assert following
        assert re.search(r"columnid=[0-9A-F]{32}&", following[1])
        assert len(asking.get(following[1].replace("瑶台区人民政府门户网站", "")).body) == 54

    def test_a_download_leads_on_to_the_file(self, server: SiteServer) -> None:
        asking = client(server, "jpage")
        row = planted("jpage")[0]
        href = re.search(r'href="(/module/download/downfile\.jsp\?[^"]+)"', asking.text(row.url))
        assert href
        reply = asking.get(href[1].replace("&amp;", "&"))
        assert reply.status == 302
        assert urljoin(row.url, reply.values("Location")[0]) == row.attachment


class TestJpaas:
    UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"

    def query(self, server: SiteServer, **more: str) -> str:
        text = client(server, "jpaas").text("/col/col1229560101/index.html")
        listed = dict(re.findall(r"'(\w+)':'([^']*)'", text))
        return f"{self.UNIT}?{urlencode(listed | more)}"

    def test_the_unit_wants_the_column_page_as_referer(self, server: SiteServer) -> None:
        asking = client(server, "jpaas")
        assert asking.get(self.query(server)).status == 403
        assert asking.get(self.query(server), Referer=f"{asking.facts.home}col/").status == 403
        referer = f"{asking.facts.home}col/col1229560101/index.html"
        answer = json.loads(asking.get(self.query(server), Referer=referer).body)
        assert answer["success"] is True
        assert 'rows="5" count="13"' in answer["data"]["html"]

    def test_fields_that_the_page_does_not_list_are_refused(self, server: SiteServer) -> None:
        asking = client(server, "jpaas")
        referer = f"{asking.facts.home}col/col1229560101/index.html"
        answer = json.loads(asking.get(self.query(server, callback="x"), Referer=referer).body)
        assert (answer["success"], answer["data"]) == (False, None)

    def test_both_spellings_are_there(self, server: SiteServer) -> None:
        assert "'parseType':'bulidstatic'" in client(server, "jpaas").text("/col/col1229560101/index.html")
        assert "'parseType':'buildstatic'" in client(server, "jpaas-repeats").text("/col/col1638/index.html")


def test_an_empty_lonsun_column_says_so_in_words(server: SiteServer) -> None:
    asking = client(server, "lonsun")
    script = asking.text("/public/column/6615904?type=4&catId=6718771&action=list")
    fields = dict(re.findall(r"(\w+): '([^']*)'", script)) | {"pageIndex": "1"}
    answer = asking.text(f"/site/label/8888?{urlencode(fields)}")
    assert re.sub(r"<[^>]+>", "", answer).strip() == "暂无相关信息"
    assert asking.text(f"/site/label/8888?{urlencode(fields | {'file': '/other'})}") == ""
    posted = asking.post("/site/label/8888", urlencode(fields)).body.decode()
    assert posted == answer


def test_ucap_orders_its_groups_anew_and_writes_null_as_text(server: SiteServer) -> None:
    asking = client(server, "ucap")
    channel = asking.text("/jizhou/c100302/gfxwj_list.shtml").partition("channelId = '")[2][:32]
    found = asking.text(f"/common/search/{channel}?_isAgg=true&_isJson=true&_pageSize=5&page=1")
    rows = json.loads(found)["data"]["results"]
    orders = {tuple(group["domainMetadataName"] for group in row["domainMetaList"]) for row in rows}
    assert len(orders) == 2
    assert {row["subTitle"] for row in rows} == {"null"}
    assert [len(row["resList"]) for row in rows] == [1, 0, 0, 0, 1]


class TestGkmlpt:
    def test_pages_0_and_1_are_the_same(self, server: SiteServer) -> None:
        asking = client(server, "gkmlpt")
        pages = [asking.text(f"/gkmlpt/api/all/5203?page={number}&sid=991001") for number in (0, 1, 2, 3)]
        assert pages[0] == pages[1]
        assert [len(json.loads(page)["articles"]) for page in pages] == [100, 100, 100, 5]

    def test_page_2_may_be_missing_although_more_is_declared(self, server: SiteServer) -> None:
        asking = client(server, "gkmlpt-short")
        first = json.loads(asking.text("/gkmlpt/api/all/772?page=1&sid=991306"))
        assert (first["classify"]["post_count"], len(first["articles"])) == (130, 100)
        assert asking.get("/gkmlpt/api/all/772?page=2&sid=991306").status == 404

    def test_another_sid_brings_nothing(self, server: SiteServer) -> None:
        answer = json.loads(client(server, "gkmlpt").text("/gkmlpt/api/all/5203?page=1&sid=2"))
        assert answer["articles"] == []

    def test_old_titles_are_escaped(self, server: SiteServer) -> None:
        page = client(server, "gkmlpt").text("/gkmlpt/api/all/5203?page=3&sid=991001")
        assert all(row["title"].startswith("%u") for row in json.loads(page)["articles"])


def test_epoint_counts_rows_not_pages(server: SiteServer) -> None:
    asking = client(server, "epoint")
    text = asking.text("/zfxxgk/003002/list.html")
    parameters = json.loads(text.partition("var params = ")[2].partition(";\n")[0])
    url = "/inteligentsearch/rest/esinteligentsearch/getFullTextDataNew"
    found = json.loads(asking.post(url, json.dumps(parameters | {"pn": 3, "rn": "2"})).body)["result"]
    rows = [row for row in planted("epoint") if row.list == "policy"]
    assert [row["title"] for row in found["records"]] == [rows[3].title, rows[4].title]
    assert found["totalcount"] == 16
    assert asking.get(url).status == 200
    assert "页面不存在" in asking.text(url), "it is only ever posted to"


def test_titles_in_the_library_are_marked_up(server: SiteServer) -> None:
    found = client(server, "govcn-library").text("/search-gov/data?t=zhengcelibrary_gw&p=1&n=5")
    answer = json.loads(found)["searchVO"]
    assert all("<em>通知</em>" in row["title"] for row in answer["listVO"])
    assert (answer["totalCount"], answer["totalpage"], answer["currentPage"]) == (17, 4, 1)
