"""The small rules: errors by their word, robots.txt by the house rule, when a walk was complete, pace."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import pytest
from OpenSSL import SSL
from scrapy.core.downloader import Slot
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.utils.test import get_crawler
from twisted.internet import error as tx
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived

from archive.frontier.sweeps import Sweep, SweepKey
from crawler.errors import PortalMismatch
from crawler.middlewares.archiving import describe_error, outcome_of
from crawler.middlewares.outgoing import read_rules
from crawler.policy.politeness import POLITENESS, Patience, asked_wait_s, polite_settings, user_agent
from crawler.registry.portals import Portal, PortalList
from crawler.run.list_pages import why_incomplete
from crawler.run.plan import Shard, group_by_host


def wrapped(reason: Exception) -> Exception:
    outer = DownloadFailedError("failed")
    outer.__cause__ = ResponseNeverReceived([Failure(reason)])  # type: ignore[no-untyped-call]  # Twisted's
    return outer


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DownloadTimeoutError("long"), "timeout"),
        (CannotResolveHostError("none"), "dns"),
        (DownloadConnectionRefusedError("no"), "refused"),
        (DownloadCancelledError("much"), "too_large"),
        (ResponseDataLossError(), "reset"),
        (wrapped(tx.ConnectionLost()), "reset"),
        (wrapped(tx.ConnectionDone()), "reset"),
        (wrapped(SSL.Error([("SSL routines", "", "certificate verify failed")])), "tls_cert"),
        (wrapped(SSL.Error([("SSL routines", "", "unsafe legacy renegotiation disabled")])), "tls_legacy"),
        (wrapped(SSL.Error([("SSL routines", "", "dh key too small")])), "tls_legacy"),
        (wrapped(SSL.Error([("SSL routines", "", "sslv3 alert handshake failure")])), "tls_legacy"),
        (ValueError("a fault of ours"), "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else describe_error(value)[-60:],
)
def test_error_has_a_word(error: Exception, outcome: str) -> None:
    assert outcome_of(error) == outcome


def test_error_is_told_with_its_causes() -> None:
    told = describe_error(wrapped(SSL.Error([("SSL routines", "", "dh key too small")])))
    assert told.startswith("DownloadFailedError: failed < ResponseNeverReceived")
    assert told.endswith("dh key too small')]")


RULES = b"User-agent: *\nDisallow: /x/\nCrawl-delay: 10\n\nUser-agent: gongkai\nDisallow: /y/\n"


@pytest.mark.parametrize(
    ("status", "body", "content_type", "is_missing", "allows"),
    [
        pytest.param(200, RULES, "text/plain", False, (True, False), id="rules for us by name"),
        pytest.param(200, b"User-agent: *\nDisallow: /\n", "", False, (False, False), id="nothing allowed"),
        pytest.param(200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /y\n", "", False, (True, False), id="BOM"),
        pytest.param(200, b"<html>home</html>", "text/plain", False, (True, True), id="a page, by its bytes"),
        pytest.param(200, b"Disallow: /", "text/html", False, (True, True), id="a page, by its type"),
        pytest.param(404, b"", "", False, (True, True), id="none"),
        pytest.param(412, b"", "", False, (True, True), id="a challenge"),
        pytest.param(401, b"", "", False, (False, False), id="unauthorised"),
        pytest.param(403, b"", "", False, (False, False), id="forbidden"),
        pytest.param(429, b"", "", True, (True, True), id="too many"),
        pytest.param(503, b"", "", True, (True, True), id="server error"),
    ],
)
def test_robots_answer(
    status: int, body: bytes, content_type: str, is_missing: bool, allows: tuple[bool, bool]
) -> None:
    rules = read_rules(status, body, content_type)
    assert bool(rules.outcome) is is_missing
    assert tuple(rules.allows(f"http://www.hexi.gov.cn/{path}/") for path in "xy") == allows


@pytest.mark.parametrize("written", ["/政府/".encode("gb18030"), b"/%D5%FE%B8%AE/", b"/%d5%fe%b8%ae/*?"])
def test_rules_in_gbk_hold_for_their_own_path_alone(written: bytes) -> None:
    rules = read_rules(200, b"User-agent: *\nDisallow: " + written + b"\n", "")
    asked = ("/%D5%FE%B8%AE/?p=1", "/%d5%fe%b8%ae/a?", "/%B9%AB%BF%AA/?p=1", "/", "/zfxxgk/?p=1")
    assert [rules.allows(f"http://www.hexi.gov.cn{path}") for path in asked] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_rules_for_many_others_cost_what_the_file_does() -> None:
    others = "".join(f"User-agent: a{number}\n" for number in range(1500))
    rules = "".join(f"Disallow: /{number}/\n" for number in range(1500))
    begun = time.process_time()
    read = read_rules(200, f"{others}{rules}\nUser-agent: gongkai*\nDisallow: /y/\n".encode(), "")
    assert time.process_time() - begun < 1
    assert [read.allows(f"http://www.hexi.gov.cn/{path}/") for path in ("1", "y")] == [True, False]


def test_crawl_delay_is_taken_but_not_without_end() -> None:
    def delay(text: bytes) -> float:
        return read_rules(200, b"User-agent: *\nCrawl-delay: " + text, "").crawl_delay_s

    assert (delay(b"12"), delay(b"99999"), delay(b"soon")) == (12, POLITENESS.longest_crawl_delay_s, 0)


def sweep(declared: int | None, declared_pages: int | None, found: int, pages: int) -> Sweep:
    key = SweepKey("run", "hexi", "http://www.hexi.gov.cn/")
    return Sweep(key, declared, declared_pages, found, pages, ended=False, complete=False, reason=None)


@pytest.mark.parametrize(
    ("walk", "rows", "reason"),
    [
        pytest.param(sweep(45, 3, 45, 3), (20, 20, 5), None, id="all declared rows"),
        pytest.param(sweep(45, 3, 40, 2), (20, 20, 0), "declared 45 rows, found 40", id="a stub"),
        pytest.param(sweep(45, 3, 46, 3), (20, 20, 6), "declared 45 rows, found 46", id="more than declared"),
        pytest.param(sweep(0, 1, 0, 0), (0,), None, id="declared empty"),
        pytest.param(sweep(None, 3, 60, 3), (20, 20, 20), None, id="all declared pages"),
        pytest.param(sweep(None, 3, 40, 2), (20, 20, 20), "declared 3 pages, found 2", id="page 1 again"),
        pytest.param(sweep(None, None, 45, 3), (20, 20, 5), None, id="a short last page"),
        pytest.param(
            sweep(None, None, 40, 2), (20, 20), "declared nothing, found 40 rows", id="full last page"
        ),
        pytest.param(
            sweep(None, None, 7, 1), (7,), "declared nothing, found 7 rows", id="one page, nothing said"
        ),
    ],
)
def test_walk_is_complete_only_on_evidence(walk: Sweep, rows: tuple[int, ...], reason: str | None) -> None:
    assert why_incomplete(walk, rows) == reason


def at(name: str, home_url: str, **more: object) -> Portal:
    return Portal(name, name, "static_list", home_url, lists=(PortalList(home_url),), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("delay_s", [0.0, 3.0, 5.0])
def test_public_portal_is_never_asked_faster_than_every_three_seconds(delay_s: float) -> None:
    said = polite_settings(at("a", "https://a.gov.cn/", delay_s=delay_s).delay_s)
    assert said["DOWNLOAD_DELAY"] * (1 - POLITENESS.jitter) >= max(3.0, delay_s) - 1e-9
    assert (said["CONCURRENT_REQUESTS_PER_DOMAIN"], said["AUTOTHROTTLE_ENABLED"]) == (1, True)
    assert user_agent("x@y.z").endswith("(+x@y.z)")


@pytest.mark.parametrize("delay_s", [3.0, POLITENESS.longest_crawl_delay_s, POLITENESS.longest_delay_s])
def test_no_answer_makes_a_public_host_asked_sooner(delay_s: float) -> None:
    throttle = AutoThrottle(get_crawler(settings_dict=dict(polite_settings(delay_s))))
    throttle.mindelay, throttle.maxdelay = throttle._min_delay(), throttle._max_delay()
    slot = Slot(1, throttle._start_delay(), POLITENESS.jitter)
    throttle._adjust_delay(slot, 0.1, Response("https://a.gov.cn/"))
    slot.close()
    assert slot.delay * (1 - POLITENESS.jitter) >= delay_s - 1e-9


def test_portals_that_share_a_host_are_crawled_one_after_the_other() -> None:
    a, b = at("a", "https://a.gov.cn/"), at("b", "https://b.gov.cn/")
    both = at("both", "https://a.gov.cn/x/", hosts=("b.gov.cn",))
    alone = at("alone", "https://a.gov.cn:8443/")
    groups = group_by_host([a, b, alone, both])
    assert sorted(sorted(portal.id for portal in group) for group in groups) == [
        ["a", "b", "both"],
        ["alone"],
    ]


def test_shards_part_the_portals_and_keep_a_host_together() -> None:
    portals = [at(f"p{number}", f"https://p{number}.gov.cn/") for number in range(20)]
    portals += [
        at("p0-again", "https://p0.gov.cn/x/"),
        at("bridge", "https://p1.gov.cn/", hosts=("p2.gov.cn",)),
    ]
    shards = [{portal.id for portal in Shard(number, 3).of(portals)} for number in (1, 2, 3)]
    assert sorted(name for shard in shards for name in shard) == sorted(portal.id for portal in portals)
    assert all(shards), "none is empty"
    for together in ({"p0", "p0-again"}, {"p1", "p2", "bridge"}):
        assert any(together <= shard for shard in shards)
    assert [portal.id for portal in Shard.parse("1/1").of(portals)] == [portal.id for portal in portals]


@pytest.mark.parametrize("written", ["0/2", "3/2", "1", "1/", "a/b", "-1/2", "1/99999", ""])
def test_shard_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(PortalMismatch, match="names no shard"):
        Shard.parse(written)


NOW = dt.datetime(2026, 1, 31, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 31 Jan 2026 15:01:30 GMT", 90.0),
        ("Sat, 31 Jan 2026 14:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("Sat, 31 Jan 99999 15:01:30 GMT", None),
        (f"Sat, 31 Jan 2026 15:01:30 -{'9' * 20}", None),
        (f"Sat, 31 Jan 2026 {'9' * 20}:01:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert asked_wait_s(said, NOW) == seconds


def test_patience_has_an_end() -> None:
    async def granted() -> list[bool]:
        patience = Patience()
        return [patience.grant("a.gov.cn", 0.0) for _ in range(POLITENESS.most_pauses + 1)]

    assert asyncio.run(granted()) == [True] * POLITENESS.most_pauses + [False]


def test_answers_on_their_way_when_a_pause_begins_cost_no_patience() -> None:
    async def granted() -> bool:
        patience = Patience()
        return all(patience.grant("a.gov.cn", 60.0) for _ in range(POLITENESS.most_pauses * 3))

    assert asyncio.run(granted())
