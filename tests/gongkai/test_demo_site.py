"""The bundled portal: what is on it, that a crawler finds it, and that it never varies by itself."""

from __future__ import annotations

import gzip
import io
import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest

from crawler.families.html_list import read_list
from crawler.registry.loading import load_registry
from gongkai.demo.server import Asked
from gongkai.demo.site import (
    DEMO,
    HOST,
    HOSTS,
    BundledSite,
    Document,
    documents,
    governments,
    portals_folder,
)
from pipelines.knowledge import load_table
from tests.crawler.list_cases import first_page
from tests.gongkai.demo_client import ask
from tests.portals.site_server import SiteServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.registry.portals import Portal

NIGHTS = (1, 2, 3)
EVERY_DOCUMENT = pytest.mark.parametrize("document", documents(), ids=lambda document: document.id)
CONTAINERS = {"yunze": "TRS_Editor", "linlan": "UCAP-CONTENT", "beitan": "zoom"}


@cache
def site_of_test() -> BundledSite:
    return BundledSite()


@pytest.fixture(scope="module")
def site() -> BundledSite:
    return site_of_test()


@pytest.fixture(scope="module")
def server(site: BundledSite) -> Iterator[SiteServer]:
    with SiteServer(site) as running:
        yield running


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    registry = load_registry(tmp_path_factory.mktemp("own"), portals_folder("bundled"))
    assert not registry.mismatches
    return registry.get("demo")


def page_of(document: Document, night: int = 1) -> str:
    night = max(night, document.from_night)
    return site_of_test().pages(night)[document.address(night)].body.decode(document.codec)


def body_of(document: Document, night: int = 1) -> str:
    html = lxml.html.document_fromstring(page_of(document, night))
    name = CONTAINERS[document.government.id]
    (container,) = html.xpath(f"//*[@id='{name}' or contains(@class, '{name}')]")
    return "".join(container.itertext())


def listed_paths(site: BundledSite, portal: Portal, night: int) -> list[str]:
    """Return path and query of every link that the crawler's adapter reads from the portal's lists."""
    found = []
    for column in portal.lists:
        pages = [column.url]
        for url in pages:
            shown = site.answer(Asked(urlsplit(url).path, host=HOST), night).body.decode()
            page = read_list(shown, first_page(url))
            pages += [each.url for each in page.next_pages if each.url not in pages]
            found += [link.url.removeprefix(f"http://{HOST}") for link in page.links]
    return found


def test_the_portal_holds_what_it_promises() -> None:
    kinds = [document.id.split("-")[1] for document in documents()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "report": 13,
        "policy": 9,
        "keypoints": 2,
        "plan": 1,
    }
    assert {document.government.id for document in documents()} == set(CONTAINERS)


@EVERY_DOCUMENT
def test_each_document_is_a_page_with_meta_tags_and_one_body(document: Document) -> None:
    html = lxml.html.document_fromstring(page_of(document))
    tags = {tag.get("name"): tag.get("content") for tag in html.iter("meta") if tag.get("name")}
    assert tags["ArticleTitle"] == document.title
    assert tags["PubDate"].startswith(str(document.published_on))
    assert tags["ContentSource"] == document.source
    assert tags["SiteIDCode"].startswith("99")
    assert len(body_of(document)) > 250
    assert "{{" not in page_of(document)
    assert "No such government exists".lower() in page_of(document).lower()


@EVERY_DOCUMENT
def test_each_document_prints_its_header(document: Document) -> None:
    text = "".join(lxml.html.document_fromstring(page_of(document)).itertext())
    before_body = text.partition(body_of(document)[:40])[0]
    for printed in (document.doc_number, document.index_number, document.source):
        assert printed in before_body


@pytest.mark.parametrize("document", [each for each in documents() if each.report], ids=lambda each: each.id)
def test_reports_have_the_length_of_real_ones_and_the_statutory_headings(document: Document) -> None:
    body = body_of(document)
    assert len(body) > 1500
    for words in (
        "二、主动公开政府信息情况",
        "三、收到和处理",
        "四、政府信息公开行政复议",
        "五、存在的主要问题",
    ):
        assert words in body


@pytest.mark.parametrize("wanted", ["公", "公开", "复议", "〔2018〕77号"])
def test_what_a_visitor_searches_for_is_in_several_documents(wanted: str) -> None:
    assert sum(wanted in body_of(document) for document in documents()) >= 3


@pytest.mark.parametrize("night", NIGHTS)
def test_lists_lead_to_every_document(site: BundledSite, portal: Portal, night: int) -> None:
    paths = {urlsplit(path).path for path in listed_paths(site, portal, night)}
    there = {each.listed_as or each.address(night) for each in documents() if each.is_there(night)}
    odd = {page["path"] for page in load_table("odd_pages", DEMO) if page["listed"]}
    assert paths == there | odd


@pytest.mark.parametrize("night", NIGHTS)
def test_every_listed_address_answers(site: BundledSite, portal: Portal, night: int) -> None:
    statuses = {
        site.answer(Asked(path, host=HOST), night).status for path in listed_paths(site, portal, night)
    }
    assert statuses == {200, 302}


def test_lists_use_several_dialects_and_pages(site: BundledSite) -> None:
    dialects = {column["dialect"] for each in governments().values() for column in each.columns}
    assert len(dialects) == 5
    for name, second in (("yunze", 1), ("linlan", 2), ("beitan", 1)):
        reports = governments()[name].columns[0]
        first, _, ext = reports["first"].partition(".")
        assert f"{reports['path']}{first}_{second}.{ext}" in site.pages(1)


def test_attachment_is_linked_and_is_a_pdf(server: SiteServer) -> None:
    document = next(each for each in documents() if each.attachment)
    (link,) = lxml.html.document_fromstring(page_of(document)).xpath("//a[@appendix]")
    reply = ask(server, urljoin(document.path, link.get("href")))
    assert reply.values("Content-Type") == ["application/pdf"]
    assert reply.body.startswith(b"%PDF-1.4")


def test_pdf_offsets_point_to_its_objects(site: BundledSite) -> None:
    [pdf] = [answer.body for path, answer in site.pages(1).items() if path.endswith(".pdf")]
    table_at = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    lines = io.BytesIO(pdf[table_at:])
    assert lines.readline() == b"xref\n"
    count = int(lines.readline().split()[1])
    entries = [lines.readline() for _ in range(count)]
    assert {len(entry) for entry in entries} == {20}
    for number, entry in enumerate(entries[1:], start=1):
        assert pdf[int(entry[:10]) :].startswith(b"%d 0 obj\n" % number)


@pytest.mark.parametrize("night", NIGHTS)
def test_two_servers_say_the_same_bytes(night: int) -> None:
    assert dict(BundledSite().pages(night)) == dict(BundledSite().pages(night))


def test_robots_txt_forbids_one_folder(server: SiteServer) -> None:
    assert ask(server, "/robots.txt").body == b"User-agent: *\nDisallow: /internal/\n"


@pytest.mark.parametrize("path", ["/", "/yunze/zwgk/zfxxgknb/", "/linlan/zfxxgk/wjk/", "/beitan/xxgk/gknb/"])
def test_home_and_columns_open_in_a_browser(server: SiteServer, path: str) -> None:
    assert ask(server, path).status == 200


class TestConditionalRequests:
    YUNZE, LINLAN, BEITAN = (f"{name}-report-2020" for name in ("yunze", "linlan", "beitan"))

    @staticmethod
    def path(name: str) -> str:
        return next(each.path for each in documents() if each.id == name)

    def test_governments_differ_in_what_they_offer(self, server: SiteServer) -> None:
        offered = {
            name: {field for field in ("ETag", "Last-Modified") if ask(server, self.path(name)).values(field)}
            for name in (self.YUNZE, self.LINLAN, self.BEITAN)
        }
        assert offered == {
            self.YUNZE: {"ETag", "Last-Modified"},
            self.LINLAN: {"Last-Modified"},
            self.BEITAN: set(),
        }

    @pytest.mark.parametrize(
        ("name", "headers", "status"),
        [
            pytest.param(YUNZE, {"If-None-Match": "{etag}"}, 304, id="its own tag"),
            pytest.param(YUNZE, {"If-None-Match": 'W/{etag}, "other"'}, 304, id="weak and among others"),
            pytest.param(YUNZE, {"If-None-Match": "*"}, 304, id="any tag"),
            pytest.param(YUNZE, {"If-None-Match": '"other"'}, 200, id="another tag"),
            pytest.param(
                YUNZE,
                {"If-None-Match": '"other"', "If-Modified-Since": "{modified}"},
                200,
                id="a tag outweighs a date",
            ),
            pytest.param(LINLAN, {"If-Modified-Since": "{modified}"}, 304, id="its own date"),
            pytest.param(
                LINLAN, {"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}, 200, id="an older date"
            ),
            pytest.param(LINLAN, {"If-Modified-Since": "yesterday"}, 200, id="no date"),
            pytest.param(LINLAN, {"If-None-Match": '"any"'}, 200, id="a tag where none is offered"),
            pytest.param(
                BEITAN, {"If-Modified-Since": "Mon, 02 Feb 2026 00:00:00 GMT"}, 200, id="offers nothing"
            ),
        ],
    )
    def test_304_is_said_when_the_client_has_the_page(
        self, server: SiteServer, name: str, headers: dict[str, str], status: int
    ) -> None:
        known = ask(server, self.path(name))
        facts = {"etag": "".join(known.values("ETag")), "modified": "".join(known.values("Last-Modified"))}
        sent = {key: value.format(**facts) for key, value in headers.items()}
        reply = ask(server, self.path(name), headers=sent)
        assert reply.status == status
        assert (reply.body == b"") == (status == 304)
        assert reply.values("ETag") == known.values("ETag")

    def test_gzip_is_sent_where_it_is_offered_and_asked_for(self, server: SiteServer) -> None:
        accepting = {"Accept-Encoding": "gzip, deflate"}
        plain, coded = (ask(server, self.path(self.LINLAN), headers=each) for each in ({}, accepting))
        assert coded.values("Content-Encoding") == ["gzip"]
        assert gzip.decompress(coded.body) == plain.body
        assert ask(server, self.path(self.YUNZE), headers=accepting).values("Content-Encoding") == []


class TestNoise:
    @staticmethod
    def rounds() -> list[str]:
        """Return the repeated section round by round, as the page prints it."""
        document = next(each for each in documents() if each.id == "linlan-report-2019")
        section = body_of(document).partition("二、主动公开政府信息情况\n")[0]
        starts = section.replace("(一)", "（一）").split("（一）加强领导")
        return [each.strip() for each in starts[1:]]

    def test_section_is_printed_14_times_in_renderings_that_recur(self) -> None:
        rounds = self.rounds()
        assert len(rounds) == 14
        assert len(set(rounds)) == 5

    def test_figures_are_the_same_in_every_round(self) -> None:
        figures = {
            tuple(re.findall(r"[0-9.]+", each.replace("m^2", "㎡").replace("m²", "㎡")))
            for each in self.rounds()
        }
        assert len(figures) == 1
        assert "36000" in next(iter(figures))


def test_portals_stand_on_the_hosts_that_the_crawler_maps(tmp_path: Path) -> None:
    registry = load_registry(tmp_path, portals_folder("bundled"))
    hosts = {host for each in registry.portals.values() for host in each.own_hosts}
    assert hosts == set(HOSTS)
