"""The spider against a real server: what comes back, what is kept, and what a second run keeps of it."""

from __future__ import annotations

import os
import resource
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.frontier.recovery import rebuild_frontier
from archive.frontier.state import Frontier
from archive.warc.entries import IDENTICAL_PAYLOAD, NOT_MODIFIED, ArchiveError, Role, StoredCapture, StoredRun
from archive.warc.files import archive_files
from archive.warc.reader import load_payload, read_archive
from crawler.registry.portals import Expected, Portal, PortalList
from crawler.run.plan import CrawlSummary, Limits
from pipelines.response.unknown_page import is_unknown_page
from tests.crawler.portal_server import PortalServer, Reply, list_page, page, to, zipped
from tests.crawling import crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.crawler.raw_server import RawServer

LIMITS = Limits(timeout_s=20, max_bytes=300_000, retries=1)
LONG = "政府信息公开工作年度报告" * 40


def portal_at(server: PortalServer | RawServer, *lists: str, name: str = "hexi", **more: object) -> Portal:
    return Portal(
        id=name,
        name="河西县人民政府",
        family="static_list",
        home_url=f"{server.address}/",
        lists=tuple(PortalList(f"{server.address}{path}") for path in lists),
        **({"revisit_days": 1} | more),  # type: ignore[arg-type]
    )


def stored(data: DataDir) -> list[StoredCapture]:
    return [
        item
        for path in archive_files(data.warc)
        for item in read_archive(path)
        if isinstance(item, StoredCapture)
    ]


def runs(data: DataDir) -> list[StoredRun]:
    return [
        item
        for path in archive_files(data.warc)
        for item in read_archive(path)
        if isinstance(item, StoredRun)
    ]


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the frontier knows, but for the order of finding and the walks of the last run."""
    frontier = Frontier(path)
    try:
        return {
            "targets": sorted(
                frontier.connection.execute("SELECT key, url, portal_id, role, list_title FROM targets")
            ),
            "visits": sorted(frontier.connection.execute("SELECT * FROM visits")),
            "payloads": sorted(frontier.connection.execute("SELECT * FROM payloads")),
            "runs": sorted(frontier.connection.execute("SELECT id, portals, state FROM runs")),
        }
    finally:
        frontier.close()


def replies() -> dict[str, Reply]:
    names = (
        "plain", "zipped", "etag", "moved", "circle", "inside", "loopback", "outside", "large", "endless",
        "cut", "secret/a", "flaky", "gone", "broken", "same",
    )  # fmt: skip
    rows = [(f"/a/{name}.html", f"第{name}号报告") for name in names]
    first, second = rows[:8], [*rows[8:], ("/a/plain.html?from=list", "第plain号报告")]
    rules = Reply(b"User-agent: *\nDisallow: /a/secret/\n", headers=(("Content-Type", "text/plain"),))
    return {
        "/robots.txt": rules,
        "/nb/index.html": zipped(list_page(first, 'createPageHTML(2, 0, "index", "html", 17);')),
        "/nb/index_1.html": list_page(second, 'createPageHTML(2, 1, "index", "html", 17);'),
        "/a/plain.html": page(
            LONG,
            headers=(
                ("Content-Type", "text/html"),
                ("Set-Cookie", "a=1; Path=/"),
                ("X-Other", "between"),
                ("Set-Cookie", "b=2; Path=/"),
            ),
        ),
        "/a/same.html": page(LONG),
        "/a/zipped.html": zipped(page(LONG + "压缩")),
        "/a/etag.html": page(LONG + "标签", etag='"v1"'),
        "/a/moved.html": to("/b/new.html"),
        "/b/new.html": page(LONG + "新址"),
        "/a/circle.html": to("/a/elcric.html"),
        "/a/elcric.html": to("/a/circle.html"),
        "/a/inside.html": to("http://169.254.169.254/latest/meta-data/"),
        "/a/loopback.html": to("http://127.0.0.1:9/"),
        "/a/outside.html": to("https://www.example.com/"),
        "/a/large.html": page("大" * 400_000),
        "/a/endless.html": page("大" * 400_000, declared=False),
        "/a/cut.html": page(LONG, drop=True),
        "/a/flaky.html": page(LONG + "再试", first_status=503),
        "/a/broken.html": Reply(b"fault", 500),
    }  # fmt: skip


@pytest.fixture(scope="module")
def two_runs(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PortalServer, DataDir, list[CrawlSummary]]]:
    data = DataDir(tmp_path_factory.mktemp("data"))
    with PortalServer(replies()) as server:
        portal = portal_at(server, "/nb/index.html", expected=Expected(min_documents=17))
        nights = ("2026-01-31T15:00:00Z", "2026-02-01T15:00:00Z")
        done = [crawl([portal], data=data, limits=LIMITS, now=night) for night in nights]
        yield server, data, done


Runs = tuple[PortalServer, DataDir, list[CrawlSummary]]


def by_path(two_runs: Runs, run: int) -> dict[str, list[StoredCapture]]:
    server, data, done = two_runs
    found: dict[str, list[StoredCapture]] = {}
    for capture in stored(data):
        assert capture.context
        if capture.context.run_id == done[run].run_id:
            found.setdefault(capture.url.removeprefix(server.address), []).append(capture)
    return found


def test_every_fetch_ends_in_one_word(two_runs: Runs) -> None:
    _, _, done = two_runs
    (portal,) = done[0].portals
    assert (done[0].state, done[0].errors, portal.errors) == ("finished", (), ())
    failures = {"redirect_loop": 1, "reset": 2, "robots_denied": 1, "too_large": 2}
    assert {word: portal.outcomes.get(word) for word in failures} == failures
    assert portal.new_links == 16
    (sweep,) = portal.sweeps
    assert (sweep.found, sweep.declared, sweep.complete, sweep.reason) == (17, 17, True, None)


def test_captures_keep_what_came_and_why(two_runs: Runs) -> None:
    server, data, done = two_runs
    kept = by_path(two_runs, 0)
    (plain,) = kept["/a/plain.html"]
    assert [value for name, value in plain.headers if name == b"Set-Cookie"] == [
        b"a=1; Path=/",
        b"b=2; Path=/",
    ]
    assert plain.context
    assert (plain.context.role, plain.context.list_title) == (Role.ARTICLE, "第plain号报告")
    assert (plain.context.list_date, plain.context.portal) == ("2024-03-11", "hexi")
    (first_page,) = kept["/nb/index.html"]
    assert plain.context.parent == first_page.id
    (second_page,) = kept["/nb/index_1.html"]
    assert second_page.context
    assert (second_page.context.role, second_page.context.parent) == (Role.LIST, first_page.id)
    (packed,) = kept["/a/zipped.html"]
    assert (
        load_payload(data.warc, packed.warc_file, packed.warc_offset).body
        == server.replies["/a/zipped.html"].body
    )
    (robots,) = kept["/robots.txt"]
    assert robots.context
    assert robots.context.role is Role.PROBE
    assert "/a/plain.html?from=list" not in kept, "one document, one fetch"
    assert done[0].run_id != done[1].run_id


def test_retries_redirects_and_refusals_are_kept(two_runs: Runs) -> None:
    server, _, _ = two_runs
    kept = by_path(two_runs, 0)
    assert [each.status for each in kept["/a/flaky.html"]] == [503, 200]
    assert [each.status for each in kept["/a/broken.html"]] == [500, 500]
    assert [each.outcome for each in kept["/a/cut.html"]] == ["reset"] * 2
    (moved,), (new,) = kept["/a/moved.html"], kept["/b/new.html"]
    assert new.context
    assert new.context.parent == moved.id
    for path in ("/a/inside.html", "/a/loopback.html", "/a/outside.html"):
        assert [each.status for each in kept[path]] == [302], "kept, and not followed"
    assert all(capture.url.startswith(server.address) for each in kept.values() for capture in each)
    hops = [each.status for path in ("/a/circle.html", "/a/elcric.html") for each in kept[path]]
    assert Counter(hops) == {302: 6, None: 1}
    (secret,) = kept["/a/secret/a.html"]
    assert (secret.kind, secret.outcome) == ("failure", "robots_denied")
    assert "/a/secret/a.html" not in server.paths()
    assert {kept[path][0].outcome for path in ("/a/large.html", "/a/endless.html")} == {"too_large"}


def test_second_run_keeps_no_response(two_runs: Runs) -> None:
    kept = by_path(two_runs, 1)
    captures = [capture for each in kept.values() for capture in each]
    others = [each for each in captures if not is_unknown_page(each.url)]
    assert {capture.kind for capture in others} == {"revisit", "failure"}
    assert len(captures) == len(others) + 1
    assert [each.outcome for each in kept["/a/circle.html"] if each.outcome] == ["redirect_loop"]
    (not_modified,) = kept["/a/etag.html"]
    assert not_modified.original
    assert (not_modified.status, not_modified.original.profile) == (304, NOT_MODIFIED)
    (first,) = by_path(two_runs, 0)["/a/etag.html"]
    assert not_modified.original.capture_id == first.id
    (same,) = kept["/a/gone.html"]
    assert same.original
    assert (same.status, same.original.profile) == (404, IDENTICAL_PAYLOAD)


def test_equal_payload_of_another_address_is_a_revisit(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    # The first is another answer by then: fetched side by side, both would be kept in full.
    with PortalServer(
        {"/nb/": list_page([("/a/plain.html", "报告")]), "/a/plain.html": page(LONG)}
    ) as server:
        crawl([portal_at(server, "/nb/")], data=data, limits=LIMITS, now="2026-01-31T15:00:00Z")
        server.replies["/nb/"] = list_page([("/a/same.html", "报告")])
        server.replies |= {"/a/same.html": page(LONG), "/a/plain.html": Reply(b"none", 404)}
        crawl([portal_at(server, "/nb/")], data=data, limits=LIMITS, now="2026-02-01T15:00:00Z")
    response, revisit = (
        next(each for each in stored(data) if each.url.endswith(path))
        for path in ("/plain.html", "/same.html")
    )
    assert (response.kind, revisit.kind) == ("response", "revisit")
    assert revisit.original
    assert (revisit.original.capture_id, revisit.original.url) == (response.id, response.url)


def test_requests_say_who_asks_and_ask_only_for_changes(two_runs: Runs) -> None:
    server, _, _ = two_runs
    assert all(headers["user-agent"].startswith("gongkai/") for _, _, headers in server.log)
    asked = [headers for _, path, headers in server.log if path == "/a/etag.html"]
    assert [headers.get("if-none-match") for headers in asked] == [None, '"v1"']
    assert [h.get("if-none-match") for _, path, h in server.log if path.startswith("/nb/")] == [None] * 4


def test_runs_stand_in_the_archive(two_runs: Runs) -> None:
    _, data, done = two_runs
    events = [(each.event.run_id, each.event.event) for each in runs(data)]
    assert events == [(summary.run_id, event) for summary in done for event in ("start", "end")]
    start, end = (each.event.body for each in runs(data)[:2])
    assert (start["portals"][0]["id"], start["night"], start["verb"]) == ("hexi", "2026-01-31", "crawl")
    assert (end["state"], end["sweeps"][0]["found"], end["sweeps"][0]["complete"]) == ("finished", 17, True)


def test_frontier_is_made_again_from_the_archive(two_runs: Runs) -> None:
    _, data, _ = two_runs
    live = tables(data.crawl_db)
    copy = data.root / "again.db"
    assert rebuild_frontier(copy, data.warc) == ()
    again = tables(copy)
    listed_only = {row for row in live["targets"] if row not in again["targets"]}
    assert not listed_only
    assert again == live


def test_silent_server_times_out(tmp_path: Path) -> None:
    with PortalServer({"/robots.txt": Reply(hang=True)}) as server:
        limits = replace(LIMITS, timeout_s=0.3, retries=1)
        summary = crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=limits)
    assert [(each.kind, each.outcome) for each in stored(DataDir(tmp_path))] == [("failure", "timeout")] * 2
    assert set(summary.portals[0].stopped.values()) == {"robots_timeout"}


def test_portal_that_is_down_is_a_result(tmp_path: Path) -> None:
    with PortalServer({}) as server:
        portal = portal_at(server, "/nb/", expected=Expected(min_documents=1))
    summary = crawl([portal], data=DataDir(tmp_path), limits=replace(LIMITS, retries=0))
    (result,) = summary.portals
    assert summary.state == "finished"
    assert result.outcomes == {"refused": 1}
    assert result.errors == ("its lists show 0 documents, expected are at least 1",)
    assert [sweep.reason for sweep in result.sweeps] == ["host_stopped: robots.txt could not be had: refused"]


@pytest.mark.parametrize(
    ("year", "errors"),
    [(2024, ()), (2025, ("the newest year that its lists show is 2024, expected is 2025",))],
)
def test_list_that_stopped_growing_is_told(tmp_path: Path, year: int, errors: tuple[str, ...]) -> None:
    with PortalServer({"/nb/": list_page([("/a/1.html", "2023年年报")])}) as server:
        portal = portal_at(server, "/nb/", expected=Expected(newest_year=year))
        summary = crawl([portal], data=DataDir(tmp_path), limits=LIMITS)
    assert summary.portals[0].errors == errors


def test_blocked_host_and_robots_answers(tmp_path: Path) -> None:
    """Four portals in one run, each with its own reason to be left alone or not."""
    rows = [(f"/a/{number}.html", f"第{number}号报告") for number in range(30)]
    challenge = Reply(b"<script>$_ts={};$_ts.cd='x'</script>" * 9, 412)
    lists = {"/nb/": list_page(rows, "createPageHTML(1, 0, 'index', 'html', 30);")}
    pages = {url: challenge for url, _ in rows}
    html = page("首页")
    with (
        PortalServer(lists | pages) as blocked,
        PortalServer(lists | {"/robots.txt": Reply(b"", 403)}) as denied,
        PortalServer(lists | {"/robots.txt": Reply(b"", 503)}) as later,
        PortalServer(lists | {"/robots.txt": html} | {url: page(LONG + url) for url, _ in rows}) as free,
    ):
        servers = {"blocked": blocked, "denied": denied, "later": later, "free": free}
        summary = crawl(
            [portal_at(server, "/nb/", name=name) for name, server in servers.items()],
            data=DataDir(tmp_path),
            limits=LIMITS,
        )
        found = {each.portal: each for each in summary.portals}
        assert set(found["blocked"].stopped.values()) == {"challenge_ruishu"}
        # Eight at a time on loopback: those on their way, and those sent while the first were written.
        assert found["blocked"].outcomes["challenge_ruishu"] <= 16
        assert found["denied"].outcomes == {"robots_denied": 1}
        assert denied.paths() == ["/robots.txt"]
        assert set(found["later"].stopped.values()) == {"robots_server_error"}
        assert set(later.paths()) == {"/robots.txt"}
        assert found["free"].outcomes["ok"] == 31
        assert not found["free"].stopped


@pytest.mark.parametrize("room", [30_000, 300_000, 1_000_000], ids=["none", "for the lists", "for some"])
def test_full_disk_ends_the_run_and_the_next_goes_on(tmp_path: Path, room: int) -> None:
    rows = [(f"/a/{number}.html", f"第{number}号报告") for number in range(12)]
    replies = {"/nb/": list_page(rows, "createPageHTML(1, 0, 'index', 'html', 12);")}
    replies |= {url: Reply(os.urandom(200_000)) for url, _ in rows}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    data = DataDir(tmp_path)
    with PortalServer(replies) as server:
        portal = portal_at(server, "/nb/")
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            errors = _errors_of_full_disk(portal, data)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert errors
        again = crawl([portal], data=data, limits=LIMITS, now="2026-01-31T15:05:00Z")
    assert again.state == "finished"
    assert [(sweep.found, sweep.complete) for sweep in again.portals[0].sweeps] == [(12, True)]
    kept = {capture.url.removeprefix(server.address) for capture in stored(data) if capture.status == 200}
    assert {url for url, _ in rows} <= kept


def _errors_of_full_disk(portal: Portal, data: DataDir) -> tuple[str, ...]:
    try:
        full = crawl([portal], data=data, limits=LIMITS, now="2026-01-31T15:00:00Z", log_level="CRITICAL")
    except ArchiveError as error:
        return (str(error),)
    assert full.state == "failed"
    return full.errors
