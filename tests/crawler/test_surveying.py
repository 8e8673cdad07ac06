"""Surveys over a real server: asked for under every rule of a crawl, kept, bounded, and told apart."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from archive.clock import clock_from
from archive.data_folder import DataDir
from archive.frontier.state import Frontier
from archive.frontier.targets import PageRequest
from archive.warc.entries import Role
from crawler.errors import ContactMissing
from crawler.policy.hosts import registered_domain
from crawler.policy.politeness import POLITENESS, NightHours
from crawler.registry.portals import Expected, Portal, PortalList, site_at, site_of
from crawler.run.plan import Limits, SurveyOrder
from tests.crawler.portal_server import PortalServer, Reply, page, to, zipped
from tests.crawler.small_surveys import look_at, look_for_ever, look_until_told, stumble
from tests.crawler.test_crawl import LIMITS, runs, stored
from tests.crawling import survey_sites

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.discovery.probe_crawl import Seen
    from crawler.run.plan import CrawlSummary, Surveyed

PLAIN = (("Content-Type", "text/plain"),)
GREETING = "政府信息公开年报" * 30


def order_at(server: PortalServer, *paths: str | PageRequest, name: str = "hexi") -> SurveyOrder:
    pages = [
        path if isinstance(path, PageRequest) else PageRequest(_at(server, path)) for path in paths or ("/",)
    ]
    return SurveyOrder(site_at(name, f"{server.address}/"), functools.partial(look_at, *pages))


def _at(server: PortalServer, path: str) -> str:
    return f"{server.address}{path}" if path.startswith("/") else path


def surveyed(order: SurveyOrder, folder: Path) -> tuple[CrawlSummary, Surveyed]:
    summary = survey_sites([order], data=DataDir(folder), limits=LIMITS)
    (one,) = summary.surveyed
    return summary, one


def found(one: Surveyed) -> tuple[Seen, ...]:
    assert one.errors == ()
    assert isinstance(one.found, tuple)
    return one.found


def test_what_a_survey_wants_is_asked_one_page_at_a_time_and_shown_to_it(tmp_path: Path) -> None:
    post = PageRequest("", "page=2", "application/x-www-form-urlencoded", ajax=True)
    replies = {
        "/robots.txt": Reply(b"User-agent: *\nDisallow: /secret/\n", headers=PLAIN),
        "/": zipped(page(GREETING, headers=(("Content-Type", "text/html"), ("Set-Cookie", "a=1; Path=/")))),
        "/gbk": Reply(f"<html><body>{GREETING}</body></html>".encode("gb18030"), headers=PLAIN[:0]),
        "/moved": to("/"),
        "POST /list page=2": Reply(b'{"rows": []}', headers=(("Content-Type", "application/json"),)),
        "/gone": page(GREETING, status=404),
    }
    with PortalServer(replies) as server:
        post = PageRequest(f"{server.address}/list", *(post.body, post.content_type, post.ajax))
        order = order_at(server, "/", "/gbk", "/moved", post, "/gone", "/secret/a")
        summary, one = surveyed(order, tmp_path)
        asked = [(method, path) for method, path, _ in server.log]
        _, _, headers = next(line for line in server.log if line[0] == "POST")
        address = server.address
    home, gbk, moved, posted, gone, secret = found(one)
    assert asked == [
        ("GET", "/robots.txt"),
        ("GET", "/"),
        ("GET", "/gbk"),
        ("GET", "/moved"),
        ("GET", "/"),
        ("POST", "/list"),
        ("GET", "/gone"),
    ]
    assert (headers["cookie"], headers["x-requested-with"]) == ("a=1", "XMLHttpRequest")
    assert (headers["content-type"], headers["referer"]) == (post.content_type, f"{address}/")
    assert (summary.state, one.pages) == ("finished", 6)
    assert [seen.outcome for seen in (home, gbk, moved, posted)] == ["ok"] * 4
    assert GREETING in home.text
    assert GREETING in gbk.text
    assert (moved.url, moved.request.url, moved.text) == (f"{address}/", f"{address}/moved", home.text)
    assert (posted.request, posted.text) == (post, '{"rows": []}')
    assert (gone.status, gone.outcome, GREETING in gone.text) == (404, "gone", True)
    assert (secret.status, secret.outcome, secret.text) == (None, "robots_denied", "")


def test_what_was_looked_at_is_kept_as_a_probe_and_touches_no_crawl(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    frontier = Frontier(data.crawl_db)
    frontier.begin_run("killed", clock_from("2026-01-31T15:00:00Z")(), ["hexi"])
    frontier.close()
    with PortalServer({"/": page(GREETING)}) as server:
        summary = survey_sites([order_at(server)], data=data, limits=LIMITS, now="2026-01-31T15:30:00Z")
        address = server.address
    captures = stored(data)
    assert {(each.context.role, each.context.portal) for each in captures if each.context} == {
        (Role.PROBE, None)
    }
    assert [each.context.run_id for each in captures if each.context] == [summary.run_id] * 2
    start, end = (stored_run.event for stored_run in runs(data))
    assert (start.body["verb"], start.body["surveys"]) == ("survey", {"hexi": f"{address}/"})
    assert (start.body["portals"], end.body["state"]) == ([], "finished")
    frontier = Frontier(data.crawl_db)
    assert [run for run, _, _ in frontier.list_unfinished_runs()] == ["killed"]
    frontier.close()


ANSWERS = {
    "never answers": (Reply(hang=True), "timeout", None),
    "too large": (page("大" * 400_000), "too_large", None),
    "without end": (page("大" * 400_000, declared=False), "too_large", None),
    "cut off": (page(GREETING, drop=True), "reset", None),
    "a circle": (to("/hostile/4"), "redirect_loop", None),
    "leads inside": (to("http://169.254.169.254/latest/"), "redirected", 302),
    "leads to another port": (to("http://127.0.0.1:9/a"), "redirected", 302),
    "leads to a host that is none": (to("http://[::1/"), "unexpected", 302),
    "bytes that are no page": (Reply(b"\0" * 90_000), "ok", 200),
    "fault": (Reply(b"fault", 500), "server_error", 500),
}
ADDRESSES = {
    "another site": ("https://www.example.com/", "off_scope", None),
    "another port": ("http://127.0.0.1:9/", "off_scope", None),
    "inside": ("http://169.254.169.254/latest/", "off_scope", None),
    "a script": ("javascript:void(0)", "not_asked", None),
    "a file": ("file:///etc/passwd", "not_asked", None),
    "no address": ("http://[::1", "not_asked", None),
    "nothing": ("", "not_asked", None),
}


@pytest.fixture(scope="module")
def among_wolves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Surveyed, list[str]]:
    """One survey of all that is hostile, and the paths that were asked."""
    replies = {f"/hostile/{number}": reply for number, (reply, _, _) in enumerate(ANSWERS.values())}
    with PortalServer({"/": page(GREETING), **replies}) as server:
        addresses = [PageRequest(address) for address, _, _ in ADDRESSES.values()]
        order = order_at(server, *replies, *addresses, "/")
        limits = Limits(timeout_s=3, max_bytes=300_000, retries=0)
        (one,) = survey_sites(
            [order], data=DataDir(tmp_path_factory.mktemp("wolves")), limits=limits
        ).surveyed
        return one, server.paths()


@pytest.mark.parametrize(
    ("place", "outcome", "status"),
    [
        pytest.param(place, outcome, status, id=name)
        for place, (name, (_, outcome, status)) in enumerate({**ANSWERS, **ADDRESSES}.items())
    ],
)
def test_a_hostile_page_is_one_answer_among_others(
    among_wolves: tuple[Surveyed, list[str]], place: int, outcome: str, status: int | None
) -> None:
    answers = found(among_wolves[0])
    assert (answers[place].outcome, answers[place].status, answers[-1].outcome) == (outcome, status, "ok")


def test_no_survey_leaves_its_site(among_wolves: tuple[Surveyed, list[str]]) -> None:
    one, paths = among_wolves
    assert set(paths) == {"/robots.txt", "/", *(f"/hostile/{number}" for number in range(len(ANSWERS)))}
    away = [note for note in one.notes if note.endswith("which is another site")]
    assert [note.split(" leads to ")[1].split(",")[0] for note in away] == [
        "http://169.254.169.254/latest/",
        "http://127.0.0.1:9/a",
        "http://[::1/",
    ]


def test_a_host_that_turns_us_away_is_asked_no_more(tmp_path: Path) -> None:
    challenge = Reply(b'<script>$_ts=window["$_ts"];</script>', 412)
    with PortalServer({"/": challenge, "/b": page(GREETING)}) as server:
        _, one = surveyed(order_at(server, "/", "/b"), tmp_path)
        assert server.paths() == ["/robots.txt", "/"]
    assert [(seen.outcome, seen.status) for seen in found(one)] == [
        ("challenge_ruishu", 412),
        ("challenge_ruishu", None),
    ]


def test_a_site_that_is_down_is_told_as_what_it_is(tmp_path: Path) -> None:
    with PortalServer({}) as server:
        order = order_at(server)
    _, one = surveyed(order, tmp_path)
    assert [seen.outcome for seen in found(one)] == ["refused"]


def test_a_survey_without_end_is_ended_and_others_go_on(tmp_path: Path) -> None:
    replies = {f"/?page={number}": page(GREETING) for number in range(3 * POLITENESS.survey_pages)}
    with PortalServer(replies) as endless, PortalServer(replies) as long, PortalServer(replies) as short:
        orders = [
            SurveyOrder(site_at(name, f"{server.address}/"), functools.partial(begin, f"{server.address}/"))
            for name, server, begin in (
                ("endless", endless, look_for_ever),
                ("long", long, look_until_told),
                ("short", short, stumble),
            )
        ]
        summary = survey_sites(orders, data=DataDir(tmp_path), limits=LIMITS)
        asked = [len(server.log) - 1 for server in (endless, long, short)]
    one, two, three = summary.surveyed
    assert (summary.state, asked) == ("finished", [POLITENESS.survey_pages, POLITENESS.survey_pages, 1])
    assert (one.found, one.errors) == (None, ("the survey would not end",))
    assert (two.found, two.errors) == ({"pages": POLITENESS.survey_pages}, ())
    assert (three.found, [error.partition(": ")[2] for error in three.errors]) == (
        None,
        ["ValueError: no idea what gone means"],
    )


def test_no_public_site_is_asked_without_a_contact(tmp_path: Path) -> None:
    order = SurveyOrder(site_at("hexi", "http://www.hexi.gov.cn/"), look_at)
    with pytest.raises(ContactMissing):
        survey_sites([order], data=DataDir(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("http://www.hexi.gov.cn/a", "hexi.gov.cn"),
        ("https://zw.gk.hexi.gov.cn:8443/", "hexi.gov.cn"),
        ("http://www.gov.cn/", "www.gov.cn"),
        ("http://sousuo.www.gov.cn./", "www.gov.cn"),
        ("http://gov.cn/", "gov.cn"),
        ("http://www.example.com/", "example.com"),
        ("http://a.demo.gongkai.test/", "gongkai.test"),
        ("http://122.137.242.24:8080/pub/", "122.137.242.24:8080"),
        ("http://[2001:db8::7]:81/", "[2001:db8::7]:81"),
        ("http://localhost:8001/", "localhost:8001"),
    ],
)
def test_registered_domain(url: str, domain: str) -> None:
    assert registered_domain(url) == domain


def test_a_site_is_its_whole_domain_and_a_portal_its_hosts_too() -> None:
    portal = Portal(
        "hexi",
        "河西县",
        "static_list",
        "https://www.hexi.gov.cn/",
        lists=(PortalList("http://gk.henan.test/hexi/"),),
        hosts=("203.0.113.7:8080",),
        delay_s=9,
        night_hours=NightHours(clock_from(None)().time(), clock_from(None)().time()),
        expected=Expected(min_documents=9),
    )
    site = site_of(portal)
    own = ("https://rsj.hexi.gov.cn/a", "http://gk.henan.test/b", "http://203.0.113.7:8080/")
    others = (
        "https://hedong.gov.cn/",
        "http://a:b@www.hexi.gov.cn/",
        "http://203.0.113.7/",
        "http://[::1/",
        "x:y",
    )
    assert ([site.covers(url) for url in own], [site.covers(url) for url in others]) == (
        [True] * 3,
        [False] * 5,
    )
    assert (site.delay_s, site.night_hours, site.lists) == (9, portal.night_hours, ())
    assert site.expected == Expected(), "a survey is not held to what a crawl must bring"
    assert site.own_hosts & site_at("rsj", "http://rsj.hexi.gov.cn/").own_hosts, (
        "so that one waits for the other"
    )
