"""Nights that cost little: what is asked for, and what is not, night after night."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.schedule import key_of
from archive.frontier.state import Frontier
from archive.frontier.sweeps import NOTHING_NEW
from archive.frontier.targets import SCHEDULE, PageRequest
from crawler.policy.politeness import Budget
from crawler.run.list_pages import CUT_SHORT, leave_whole_rows, page_text, rebuild_crawl_db
from pipelines.response.unknown_page import is_unknown_page
from tests.crawler.portal_server import PortalServer, Reply, list_page, page, to, zipped
from tests.crawler.quiet_portal import HOST, LIST, ROWS_PER_PAGE, QuietPortal
from tests.crawler.test_crawl import runs, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAY = dt.date(2026, 5, 12)
DAY = dt.timedelta(days=1)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer({}) as server:
        yield server


@pytest.fixture
def quiet(server: PortalServer, tmp_path: Path) -> QuietPortal:
    return QuietPortal(server, DataDir(tmp_path), 60)


def articles(asked: list[str]) -> list[str]:
    return [path for path in asked if path.startswith("/a/")]


def lists(asked: list[str]) -> list[str]:
    return [path for path in asked if path.startswith("/nb/")]


def targets(data: DataDir) -> list[tuple[object, ...]]:
    frontier = Frontier(data.crawl_db)
    try:
        columns = "key, url, portal_id, role, list_title, list_date, list_url, found_on, seen_on, due_on"
        return sorted(frontier.connection.execute(f"SELECT {columns} FROM targets"))  # noqa: S608 - columns
    finally:
        frontier.close()


def test_a_quiet_night_asks_for_the_first_page_and_for_what_is_due(quiet: QuietPortal) -> None:
    assert len(articles(quiet.asked(MAY))) == 60
    visited: list[str] = []
    for number in range(1, 5):
        asked = quiet.asked(MAY + number * DAY)
        assert lists(asked) == [LIST]
        visited += articles(asked)
    assert 0 < len(visited) == len(set(visited)) < 20


def test_a_list_page_that_has_not_changed_is_not_sent_again(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    summary = quiet.night(MAY + DAY)
    (sweep,) = summary.portals[0].sweeps
    assert (sweep.complete, sweep.reason, sweep.found) == (False, NOTHING_NEW, 0)
    assert not summary.portals[0].errors
    statuses = [each.status for each in stored(quiet.data) if each.url.endswith(LIST)]
    assert statuses == [200, 304]


def test_one_page_without_a_pager_is_complete_once_it_has_stood_still(quiet: QuietPortal) -> None:
    def ends(day: int) -> tuple[bool, int]:
        (sweep,) = quiet.night(MAY + day * DAY).portals[0].sweeps
        return sweep.complete, sweep.found

    quiet.server.replies[LIST] = dataclasses.replace(list_page(quiet.rows[:5]), etag='"1"')
    # The second walk confirms the first; the third night is answered with 304, as is the last.
    assert [ends(day) for day in (0, 1, 2, 7)] == [(False, 5), (False, 5), (False, 0), (True, 5)]
    quiet.server.replies[LIST] = list_page(quiet.rows[:6])
    assert [ends(day) for day in (8, 9)] == [(False, 6), (False, 6)]
    quiet.server.replies[LIST] = list_page(quiet.rows[:6], "// 下一页")
    assert ends(17) == (False, 6)


def test_what_left_a_list_is_asked_for_once_the_list_is_known_to_be_whole(quiet: QuietPortal) -> None:
    path = quiet.rows[2][0]

    def shows(count: int) -> None:
        quiet.server.replies[LIST] = list_page(quiet.rows[:count])

    shows(6)
    quiet.night(MAY)
    quiet.server.replies[path] = Reply(b"", 404)
    del quiet.rows[2]
    shows(5)
    assert [path in quiet.asked(MAY + day * DAY) for day in (1, 4, 8)] == [True, True, True]
    # Something else changes: the list stands still from then on, while what is gone is settled.
    shows(6)
    assert path not in quiet.asked(MAY + 9 * DAY)
    assert path not in quiet.asked(MAY + 12 * DAY)
    assert path in quiet.asked(MAY + 16 * DAY), "the list proves it tonight"
    assert path not in quiet.asked(MAY + 17 * DAY)


@pytest.mark.parametrize(
    "declared", [True, False], ids=["a list that declares its rows", "one that does not"]
)
def test_the_walk_goes_on_until_a_page_has_nothing_new(quiet: QuietPortal, *, declared: bool) -> None:
    quiet.show(declared=declared, etag=False)
    assert len(lists(quiet.asked(MAY))) == 3
    quiet.night(MAY + DAY)
    for number in range(25):
        quiet.publish(f"/a/new{number}.html", f"新{number}号")
    quiet.show(declared=declared, etag=False)
    asked = quiet.asked(MAY + 2 * DAY)
    assert lists(asked) == [LIST, "/nb/index_1.html", "/nb/index_2.html"]
    assert {f"/a/new{number}.html" for number in range(25)} <= set(asked)
    assert lists(quiet.asked(MAY + 3 * DAY)) == [LIST]


def test_a_title_that_changed_is_news(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    path = next(path for path, _ in quiet.rows[2:9] if path not in quiet.asked(MAY + DAY))
    place = [each for each, _ in quiet.rows].index(path)
    quiet.rows[place] = (path, "更正后的文件")
    quiet.show()
    asked = quiet.asked(MAY + 2 * DAY)
    assert lists(asked) == [LIST, "/nb/index_1.html"]
    assert path in asked, "whatever its period"
    asked = quiet.asked(MAY + 3 * DAY)
    assert (lists(asked), path in asked) == ([LIST], False)


def test_a_list_that_gives_every_row_another_date_costs_no_more_than_a_budget(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    quiet.rows = [(path, f"{title}（已公开）") for path, title in quiet.rows]
    quiet.show()
    summary = quiet.night(MAY + DAY)
    (sweep,) = summary.portals[0].sweeps
    assert sweep.put_off > 0
    asked = articles(quiet.asked(MAY + 2 * DAY))
    assert len(asked) < SCHEDULE.told_rows


def test_rows_that_are_due_anyway_are_told_of_within_the_same_bound(quiet: QuietPortal) -> None:
    for path, _ in quiet.rows:
        quiet.server.replies[path] = Reply(b"fault", 500)
    quiet.night(MAY)
    frontier = Frontier(quiet.data.crawl_db)
    urls = [f"http://{HOST}{path}" for path, _ in quiet.rows]
    with frontier.transaction():
        frontier.schedule.record_told("quiet", [key_of(url) for url in urls], MAY)
    told = sum(frontier.schedule.told_on(url) is not None for url in urls)
    frontier.close()
    assert told == SCHEDULE.told_rows


@pytest.mark.parametrize("sent", ["$.post('/nb/like.do',{id:3})", "$.get('/nb/like.do',{id:3})"])
def test_nothing_is_sent_that_is_like_a_pager_and_no_list_is_complete_by_it(
    server: PortalServer, tmp_path: Path, sent: str
) -> None:
    shown = list_page([(f"/a/{number}.html", f"第{number}号文件") for number in range(20)]).body.decode()
    likes = "<button class='swiper-button-next' onclick='like()'></button><a onclick=like()>2</a>"
    quiet = QuietPortal(server, DataDir(tmp_path), 30)
    server.replies[LIST] = page(f"{shown}{likes}<script>function like() {{ {sent} }}</script>")
    (sweep,) = quiet.night(MAY).portals[0].sweeps
    assert not [path for path in server.paths() if "like" in path]
    assert (sweep.complete, sweep.pages, sweep.found) == (False, 1, 20)


def test_a_list_that_declares_more_than_it_shows_is_walked_to_its_end(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    quiet.rows.append(("/a/at the end.html", "补登"))
    quiet.show()
    assert lists(quiet.asked(MAY + DAY)) == [LIST, "/nb/index_1.html", "/nb/index_2.html", "/nb/index_3.html"]
    assert lists(quiet.asked(MAY + 2 * DAY)) == [LIST]


def test_a_broken_walk_hides_nothing(quiet: QuietPortal) -> None:
    """What a walk saw before it broke is new again the next night, and is not asked for on condition."""
    quiet.night(MAY)
    for number in range(25):
        quiet.publish(f"/a/new{number}.html", f"新{number}号")
    second = quiet.server.replies["/nb/index_1.html"]
    quiet.server.replies["/nb/index_1.html"] = Reply(b"fault", 500)
    assert quiet.night(MAY + DAY).portals[0].sweeps[0].reason == "server_error"
    quiet.server.replies["/nb/index_1.html"] = second
    asked = quiet.asked(MAY + 2 * DAY)
    assert lists(asked)[:2] == [LIST, "/nb/index_1.html"]
    assert "/a/new2.html" in asked


def test_an_item_missing_from_the_part_that_was_read_is_asked_for_itself(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    gone, _ = quiet.rows.pop(5)
    quiet.publish("/a/new.html", "新")
    del quiet.server.replies[gone]
    summary = quiet.night(MAY + DAY)
    (sweep,) = summary.portals[0].sweeps
    assert [address.endswith(gone) for address in sweep.missing] == [True]
    assert runs(quiet.data)[-1].event.body["sweeps"][0]["missing"] == list(sweep.missing)
    for number in (2, 5, 8):
        assert gone in quiet.asked(MAY + number * DAY), "every night until it is settled"
    assert gone not in quiet.asked(MAY + 9 * DAY) + quiet.asked(MAY + 10 * DAY)


def test_an_item_that_left_its_list_and_is_there_is_asked_for_once(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    left = next(path for path, _ in quiet.rows[1:19] if path not in quiet.asked(MAY + DAY))
    quiet.rows = [row for row in quiet.rows if row[0] != left]
    quiet.publish("/a/new.html", "新")
    assert left in quiet.asked(MAY + 2 * DAY)
    assert left not in quiet.asked(MAY + 3 * DAY)


def test_what_answers_like_a_page_that_cannot_exist_is_asked_for_every_night(quiet: QuietPortal) -> None:
    nothing = "<title>河西县人民政府</title><p>首页<p>您要找的内容也许已经移动，请从栏目进入"
    answer = page(nothing + "，或使用站内检索。" * 9, etag='"same"')
    quiet.server.none = answer
    first = quiet.rows[0][0]
    quiet.server.replies[first] = answer
    for number in (0, 1, 4, 7):
        assert quiet.night(MAY + number * DAY).portals[0].outcomes["soft_404"] == 1
    assert "soft_404" not in quiet.night(MAY + 8 * DAY).portals[0].outcomes


def test_one_page_that_leads_to_itself_ends_no_night(quiet: QuietPortal) -> None:
    def stopped(*loops: str) -> list[str]:
        quiet.server.replies |= {path: to(path, ("Set-Cookie", "CT6T=1")) for path in loops}
        return list(quiet.night(MAY + len(loops) * DAY).portals[0].stopped.values())

    first, second = quiet.rows[0][0], quiet.rows[5][0]
    assert stopped(first) == []
    assert set(articles(quiet.server.paths())) == {path for path, _ in quiet.rows}
    quiet.rows[5] = (second, "更正后的文件")
    quiet.show()
    assert stopped(first, second) == ["challenge_cookie_redirect"]


def test_one_page_behind_a_challenge_keeps_nothing_else_from_being_asked_for(quiet: QuietPortal) -> None:
    path = quiet.rows[0][0]
    quiet.server.replies[path] = Reply(b"<script>$_ts={};$_ts.cd='x'</script>" * 9, 412)
    assert list(quiet.night(MAY).portals[0].stopped.values()) == ["challenge_ruishu"]
    quiet.night(MAY + DAY)
    assert set(articles(quiet.server.paths())) == {path for path, _ in quiet.rows}


def test_a_redirect_is_settled_like_an_absence(quiet: QuietPortal) -> None:
    moved = quiet.rows[0][0]
    quiet.server.replies["/b/new.html"] = quiet.server.replies[moved]
    quiet.server.replies[moved] = to("/b/new.html")
    asked = quiet.asked(MAY)
    assert {moved, "/b/new.html"} <= set(asked)
    nights = [quiet.asked(MAY + number * DAY) for number in (1, 4, 7, 8)]
    assert [moved in asked for asked in nights] == [True, True, True, False]
    assert sum("/b/new.html" in asked for asked in nights) <= 1, "its goal has a turn of its own"


def test_a_frontier_made_again_from_the_archive_asks_for_the_same(quiet: QuietPortal) -> None:
    answer = page("<title>提示</title><p>您访问的内容不在这里，请返回首页重新选择栏目浏览。", etag='"same"')
    quiet.server.none = answer
    quiet.server.replies |= {
        "/a/7.html": answer,
        "/a/8.html": Reply(b"none", 404),
        "/a/9.html": to("/a/10.html"),
    }
    quiet.server.replies["/a/11.html"] = Reply(b"fault", 500)
    for number in range(3):
        quiet.night(MAY + number * DAY)
    quiet.rows.pop(12)
    quiet.publish("/a/new.html", "新")
    quiet.night(MAY + 3 * DAY)
    live = targets(quiet.data)
    assert [str(row[1]).removeprefix(f"http://{HOST}") for row in live if row[-1] is None] == sorted(
        ["/a/11.html", "/a/7.html", "/a/8.html", "/a/9.html"]
    )
    for path in quiet.data.root.glob("crawl.db*"):
        path.unlink()
    assert rebuild_crawl_db(quiet.data, {quiet.portal.id: quiet.portal}) == ()
    assert targets(quiet.data) == live


def test_terms_that_change_hold_from_the_next_night(server: PortalServer, tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    QuietPortal(server, data, 30).night(MAY)
    every_night = QuietPortal(server, data, 30, revisit_days=1)
    assert len(articles(every_night.asked(MAY + DAY))) == 30
    assert len(articles(every_night.asked(MAY + 2 * DAY))) == 30


def test_a_spent_budget_leaves_the_rest_for_the_next_night(server: PortalServer, tmp_path: Path) -> None:
    quiet = QuietPortal(server, DataDir(tmp_path), 60, budget=Budget(requests=40))
    done: set[str] = set()
    for number in range(3):
        before = len(server.paths())
        (result,) = quiet.night(MAY + number * DAY).portals
        asked = server.paths()[before:]
        # Eight at a time on loopback: those on their way when the last one was counted.
        assert len(asked) <= 40 + 8
        done |= set(articles(asked))
        if number == 0:
            assert result.spent == "the night's 40 requests are spent"
            assert "over_budget" not in result.outcomes
    assert len(done) == 60


def test_what_waits_for_its_turn_when_the_budget_is_spent_is_not_asked_for(
    server: PortalServer, tmp_path: Path
) -> None:
    QuietPortal(server, DataDir(tmp_path), 60, budget=Budget(requests=6)).night(MAY)
    assert len(server.paths()) <= 6 + 8


def test_a_link_farm_is_bounded_by_the_budget(server: PortalServer, tmp_path: Path) -> None:
    rows = [(f"/a/{number}.html?token={number}", "链接") for number in range(500)]
    server.replies |= {LIST: list_page(rows)}
    quiet = QuietPortal(server, DataDir(tmp_path), 0, budget=Budget(requests=100))
    server.replies |= {LIST: list_page(rows)}
    (result,) = quiet.night(MAY).portals
    assert (result.new_links, result.sweeps[0].complete) == (100, False)
    assert result.sweeps[0].reason == "over_budget: more new addresses than a night may ask for"


def test_what_pages_are_held_against_is_asked_for_once_on_nights_on_which_something_is_new(
    quiet: QuietPortal,
) -> None:
    def probes() -> list[str]:
        return [
            path for _, path, _ in quiet.server.log if path == "/" or is_unknown_page(f"http://{HOST}{path}")
        ]

    quiet.night(MAY)
    assert len(probes()) == len(set(probes())) == 2
    for number in range(1, 4):
        quiet.night(MAY + number * DAY)
    assert len(probes()) == 2
    quiet.publish("/a/new.html", "新文件")
    quiet.night(MAY + 4 * DAY)
    assert len(probes()) == 4
    quiet.server.replies[quiet.rows[0][0]] = Reply("找不到".encode(), status=404)
    quiet.night(MAY + 40 * DAY)
    assert len(probes()) == 6


def test_a_host_that_blocks_is_asked_for_nothing_to_hold_its_pages_against(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    before = len(quiet.server.log)
    quiet.server.replies = dict.fromkeys(
        quiet.server.replies, Reply(b"<script>document.cookie='__jsl_clearance=1'</script>", status=521)
    )
    quiet.night(MAY + DAY)
    assert [path for _, path, _ in quiet.server.log[before:]] == ["/robots.txt", LIST]


def test_a_second_crawl_of_the_same_night_asks_for_nothing_twice(quiet: QuietPortal) -> None:
    quiet.night(MAY)
    assert quiet.asked(MAY) == [LIST]


NEW = "test,gongkai,quiet)/a/new.html"


def cut_short(reply: Reply) -> Reply:
    """The answer, gzip-coded, of which the connection leaves out the end; no length is stated."""
    coded = zipped(reply)
    return dataclasses.replace(coded, body=coded.body[: len(coded.body) * 3 // 4], declared=False, etag=None)


def test_a_list_page_that_is_cut_vouches_for_nothing(server: PortalServer, tmp_path: Path) -> None:
    """Its whole rows are taken, and that is all: neither what it lacks nor what is behind it is judged."""
    quiet = QuietPortal(server, DataDir(tmp_path), ROWS_PER_PAGE + 1)
    quiet.night(MAY)
    known = targets(quiet.data)
    quiet.publish("/a/new.html", "新号")
    first = quiet.server.replies[LIST]
    quiet.server.replies[LIST] = cut_short(first)
    asked = quiet.asked(MAY + DAY)
    assert lists(asked) == [LIST], "its pager came before the cut, or not at all"
    assert "/a/new.html" in asked
    (sweep,) = quiet.night(MAY + 2 * DAY).portals[0].sweeps
    assert (sweep.complete, sweep.reason, sweep.missing) == (False, CUT_SHORT, ())
    assert 0 < sweep.found < ROWS_PER_PAGE - 1
    assert {row[0] for row in targets(quiet.data)} == {row[0] for row in known} | {NEW}
    rebuild_crawl_db(quiet.data, {"quiet": quiet.portal})
    assert {row[0] for row in targets(quiet.data)} == {row[0] for row in known} | {NEW}
    quiet.server.replies[LIST] = first
    (sweep,) = quiet.night(MAY + 3 * DAY).portals[0].sweeps
    assert (sweep.complete, sweep.reason) == (True, None), "what was cut is walked on the next night"


def test_of_a_cut_page_no_row_is_taken_that_is_half_there(quiet: QuietPortal) -> None:
    shown = list_page([("/a/1.html", "甲号"), ("/a/23.html", "乙号"), ("/a/4.html", "丙号")], "// 下一页")
    # Stored, not deflated, so that each cut is one within the page.
    coded = gzip.compress(shown.body, 0, mtime=0)
    headers = ((b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Encoding", b"gzip"))

    def rows_of(body: bytes) -> tuple[str, ...]:
        text, is_whole = page_text(body, headers)
        read = quiet.portal.read_list(text, f"http://{HOST}{LIST}", PageRequest(LIST), LIST)
        read = read if is_whole else leave_whole_rows(read)
        assert (read.unreadable, read.next_pages) == (None if is_whole else CUT_SHORT, ())
        return tuple(f"{row.url} {row.title} {row.date}" for row in read.links)

    whole, seen = rows_of(coded), set()
    for kept in range(len(coded) - len(shown.body) - 8 + 1, len(coded)):
        seen.add(rows_of(coded[:kept]))
    assert seen == {whole[:count] for count in range(len(whole))}
