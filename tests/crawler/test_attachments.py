"""Attachments of articles: asked for in the same run, under the rules of all targets, and never forgotten."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.frontier.recovery import find_leads
from archive.frontier.state import Frontier
from archive.warc.entries import Role
from archive.warc.files import repair
from crawler.policy.politeness import Budget
from crawler.run.list_pages import rebuild_crawl_db
from crawler.run.plan import CrawlPlan
from tests.crawler.portal_server import PortalServer, Reply, list_page, page, to
from tests.crawler.quiet_portal import HOST, QuietPortal
from tests.crawler.test_crawl import LIMITS, LONG, portal_at, stored
from tests.crawler.test_kill import crawl_and_kill
from tests.crawling import crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAY = dt.date(2026, 5, 4)
DAY = dt.timedelta(days=1)
PDF = Reply(b"%PDF-1.4 test", headers=(("Content-Type", "application/pdf"),), etag='"pdf"')


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer({}) as server:
        yield server


def article(*links: str, etag: str = '"a"') -> Reply:
    return page(f'<title>通知</title><div id="zoom"><p>{LONG}</p>{"".join(links)}</div>', etag=etag)


def quiet(server: PortalServer, root: Path, *links: str) -> QuietPortal:
    """A portal with one article, in which these links stand."""
    portal = QuietPortal(server, DataDir(root), 1)
    server.replies["/a/0.html"] = article(*links)
    return portal


def targets(data: DataDir) -> list[tuple[str, str, str | None]]:
    """Address, role and name of each target."""
    frontier = Frontier(data.crawl_db)
    found = frontier.connection.execute("SELECT url, role, list_title FROM targets ORDER BY url").fetchall()
    frontier.close()
    return [(url.removeprefix(f"http://{HOST}"), role, title) for url, role, title in found]


def test_an_attachment_is_fetched_in_the_run_that_finds_it(server: PortalServer, tmp_path: Path) -> None:
    portal = quiet(server, tmp_path, '<a href="t.pdf">任务表.pdf</a>')
    server.replies["/a/t.pdf"] = PDF
    assert portal.asked(MAY)[-2:] == ["/a/0.html", "/a/t.pdf"]
    article_, file = (
        next(each for each in stored(portal.data) if each.url.endswith(end))
        for end in ("/a/0.html", "/a/t.pdf")
    )
    assert file.context
    assert article_.context
    assert (file.context.role, file.context.parent, file.context.list_title) == (
        Role.ATTACHMENT,
        article_.id,
        "任务表.pdf",
    )
    assert (file.context.list_url, file.context.list_date) == (
        article_.context.list_url,
        article_.context.list_date,
    )


def test_what_is_not_the_portals_own_is_not_asked_for(server: PortalServer, tmp_path: Path) -> None:
    portal = quiet(
        server,
        tmp_path,
        '<a href="https://www.other.gov.cn/t.pdf">范本</a>',
        "<a href=\"javascript:download('17')\">清单</a>",
        '<a href="/b/1.html">网页</a>',
    )
    portal.night(MAY)
    assert targets(portal.data) == [("/a/0.html", "article", "第0号文件")]
    assert not [each for each in stored(portal.data) if each.url.endswith(".pdf")]


def test_a_list_row_may_be_the_file_itself(server: PortalServer, tmp_path: Path) -> None:
    portal = quiet(server, tmp_path)
    portal.publish("/a/t.pdf", "目录")
    server.replies["/a/t.pdf"] = PDF
    server.replies["/a/0.html"] = article('<a href="t.pdf">目录.pdf</a>')
    assert portal.asked(MAY).count("/a/t.pdf") == 1
    assert ("/a/t.pdf", "article", "目录") in targets(portal.data)


def test_a_cut_page_leads_to_no_address_that_it_breaks_off_in() -> None:
    shown = article('<a href="p1.pdf">表一.pdf</a>', '<a href="p2345.pdf">表二.pdf</a>').body
    # Stored, not deflated, so that each cut is one within the page.
    coded = gzip.compress(shown, 0, mtime=0)
    headers = ((b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Encoding", b"gzip"))
    url = f"http://{HOST}/a/0.html"

    def leads_of(body: bytes) -> tuple[str, ...]:
        attached, _ = find_leads(body, headers, url, first=url, date=None, covers=lambda _: True)
        return tuple(link.url for link in attached)

    whole = leads_of(coded)
    assert len(whole) == 2
    cuts = range(len(coded) - 8 - len(shown) + 1, len(coded))
    assert {leads_of(coded[:kept]) for kept in cuts} == {whole[:count] for count in range(3)}


def test_attachments_of_error_pages_lists_and_files_are_none(server: PortalServer, tmp_path: Path) -> None:
    portal = quiet(server, tmp_path, '<a href="t.doc">附表</a>')
    portal.publish("/a/gone.html", "旧文")
    server.replies["/a/gone.html"] = Reply(article('<a href="no.pdf">附表</a>').body, 404)
    server.replies["/a/t.doc"] = article('<a href="inner.pdf">附表</a>')
    asked = portal.asked(MAY)
    assert "/a/t.doc" in asked
    assert {"/a/no.pdf", "/a/inner.pdf"}.isdisjoint(asked)


def test_a_quiet_night_asks_for_no_attachment(server: PortalServer, tmp_path: Path) -> None:
    portal = quiet(server, tmp_path, '<a href="t.pdf">任务表.pdf</a>')
    server.replies["/a/t.pdf"] = PDF
    portal.night(MAY)
    assert portal.asked(MAY + DAY) == ["/nb/index.html"]


def test_a_new_attachment_of_a_known_article_is_asked_for(server: PortalServer, tmp_path: Path) -> None:
    portal = QuietPortal(server, DataDir(tmp_path), 1, revisit_days=1)
    server.replies["/a/0.html"] = article()
    portal.night(MAY)
    server.replies |= {"/a/0.html": article('<a href="t.pdf">任务表</a>', etag='"b"'), "/a/t.pdf": PDF}
    assert portal.asked(MAY + DAY)[-2:] == ["/a/0.html", "/a/t.pdf"]


def _told_of(server: PortalServer, folder: Path) -> QuietPortal:
    """Return a portal whose list has told of its article, with a file attached, since a first night."""
    portal = quiet(server, folder, '<a href="t.pdf">任务表</a>')
    server.replies["/a/t.pdf"] = PDF
    portal.night(MAY)
    portal.rows = [("/a/0.html", "更正后的文件")]
    portal.show()
    return portal


def test_an_attachment_is_asked_for_though_its_article_answers_a_night_after_it_was_told_of(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = _told_of(server, tmp_path)
    server.replies["/a/0.html"] = Reply(b"fault", 500)
    assert "/a/t.pdf" not in portal.asked(MAY + DAY)
    server.replies["/a/0.html"] = article('<a href="t.pdf">任务表</a>', etag='"b"')
    assert portal.asked(MAY + 2 * DAY)[-2:] == ["/a/0.html", "/a/t.pdf"]
    assert "/a/t.pdf" not in portal.asked(MAY + 3 * DAY)


def test_an_attachment_is_asked_for_though_the_article_that_was_told_of_is_as_it_was(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = _told_of(server, tmp_path)
    # The server says 304 to the ETag that it gave.
    assert portal.asked(MAY + DAY)[-2:] == ["/a/0.html", "/a/t.pdf"]
    assert "/a/t.pdf" not in portal.asked(MAY + 2 * DAY)


def test_an_attachment_is_asked_for_beside_articles_that_are_newer_than_it(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = _told_of(server, tmp_path)
    portal.publish("/a/1.html", "新的文件")
    asked = portal.asked(MAY + DAY)
    assert {"/a/0.html", "/a/1.html", "/a/t.pdf"} <= set(asked)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("is_gone", [True, False], ids=["away", "damaged"])
def test_a_file_of_an_earlier_night_that_cannot_be_read_ends_no_night(
    server: PortalServer, tmp_path: Path, is_gone: bool
) -> None:
    portal = _told_of(server, tmp_path)
    portal.publish("/a/1.html", "新的文件")
    server.replies["/a/1.html"] = article(etag='"b"')
    for path in portal.data.warc.glob("*.warc.gz"):
        if is_gone:
            path.rename(tmp_path / path.name)
        else:
            whole = path.read_bytes()
            path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    assert portal.night(MAY + DAY).state == "finished"
    assert {"/a/0.html", "/a/1.html"} <= set(server.paths())


def test_an_article_is_read_again_once_for_each_time_that_it_was_told_of(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = _told_of(server, tmp_path)
    portal.night(MAY + DAY)
    frontier = Frontier(portal.data.crawl_db)
    assert frontier.schedule.told_on(f"http://{HOST}/a/0.html") is None
    frontier.close()


def test_an_attachment_is_asked_for_where_its_article_was_due_when_it_was_told_of(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = quiet(server, tmp_path, '<a href="t.pdf">任务表</a>')
    server.replies["/a/t.pdf"] = PDF
    portal.night(MAY)
    shown = server.replies["/a/0.html"]
    portal.rows = []
    server.replies["/a/0.html"] = Reply(b"gone", 404)
    portal.show()
    portal.night(MAY + DAY)
    # Gone, and so asked for every night: its row is back with it.
    portal.rows = [("/a/0.html", "更正后的文件")]
    server.replies["/a/0.html"] = shown
    portal.show()
    assert portal.asked(MAY + 2 * DAY)[-2:] == ["/a/0.html", "/a/t.pdf"]


def test_an_attachment_is_asked_for_where_an_article_that_was_told_of_has_moved(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = _told_of(server, tmp_path)
    moved = article('<a href="/a/t.pdf">任务表</a>', etag='"b"')
    server.replies |= {"/a/0.html": to("/b/0.html"), "/b/0.html": moved}
    assert portal.asked(MAY + DAY)[-3:] == ["/a/0.html", "/b/0.html", "/a/t.pdf"]
    assert "/a/t.pdf" not in portal.asked(MAY + 2 * DAY)


def test_a_missing_attachment_is_asked_for_again_until_that_is_settled(
    server: PortalServer, tmp_path: Path
) -> None:
    portal = quiet(server, tmp_path, '<a href="t.pdf">任务表</a>')
    nights = [portal.asked(MAY + number * DAY) for number in (0, 1, 7, 8)]
    assert ["/a/t.pdf" in asked for asked in nights] == [True, True, True, False]


def test_a_file_behind_a_redirect_is_fetched(server: PortalServer, tmp_path: Path) -> None:
    portal = quiet(server, tmp_path, '<a href="/module/download/downfile.jsp?filename=7f.pdf">任务表</a>')
    server.replies |= {
        "/module/download/downfile.jsp?filename=7f.pdf": to("/attach/7f.pdf"),
        "/attach/7f.pdf": PDF,
    }
    assert portal.asked(MAY)[-1] == "/attach/7f.pdf"
    assert ("/attach/7f.pdf", "attachment", "任务表") in targets(portal.data)


def test_a_file_behind_a_redirect_has_its_turn_as_any_other(server: PortalServer, tmp_path: Path) -> None:
    file, none = (f"/module/download/downfile.jsp?filename={name}.pdf" for name in ("7f", "8f"))
    portal = quiet(server, tmp_path, f'<a href="{file}">任务表</a><a href="{none}">名单</a>')
    server.replies |= {file: to("/attach/7f.pdf"), "/attach/7f.pdf": PDF}
    server.replies |= {none: to("/attach/8f.pdf"), "/attach/8f.pdf": page("<p>系统维护中</p>")}
    assert {file, none} <= set(portal.asked(MAY))
    later = [portal.asked(MAY + number * DAY) for number in (1, 2, 5, 15, 30)]
    assert sum(file in asked for asked in later) <= 1
    assert [none in asked for asked in later[:3]] == [True, True, True], "what is no file is asked for again"


def test_further_pages_are_asked_for_that_a_pager_names_one_after_the_other(tmp_path: Path) -> None:
    names = ["/a/1.html", *(f"/a/1_{number}.html" for number in range(2, 46))]
    pages = {}
    for number, name in enumerate(names, 1):
        shown = sorted({1, 2, number, number + 1} & set(range(1, 46)))
        pager = "".join(f'<a href="{names[other - 1]}">{other}</a>' for other in shown)
        pages[name] = page(f"{LONG} {number}<div>{pager}</div>")
    with PortalServer({"/nb/": list_page([("/a/1.html", "第1号报告")])} | pages) as server:
        crawl([portal_at(server, "/nb/")], data=DataDir(tmp_path), limits=LIMITS)
        assert sorted(set(server.paths()) & set(names)) == sorted(names)


def test_a_page_of_a_thousand_links_is_bounded_by_the_budget(server: PortalServer, tmp_path: Path) -> None:
    portal = QuietPortal(server, DataDir(tmp_path), 1, budget=Budget(requests=40))
    links = (f'<a href="{number}.pdf">表{number}</a>' for number in range(1_000))
    server.replies["/a/0.html"] = article(*links)
    # Those on their way when the last one was counted.
    assert len(portal.asked(MAY)) <= 40 + 16
    assert len(targets(portal.data)) <= 301


def test_a_frontier_made_again_knows_attachments_that_were_never_fetched(
    server: PortalServer, tmp_path: Path
) -> None:
    links = "".join(f'<a href="{number}.pdf">表{number}</a>' for number in range(5))
    portal = quiet(server, tmp_path, links, '<a href="https://www.other.gov.cn/t.pdf">范本</a>')
    challenge = Reply(b"<script>$_ts={};$_ts.cd='x'</script>" * 9, 412)
    server.replies |= {f"/a/{number}.pdf": challenge for number in range(5)}
    portal.night(MAY)
    live = targets(portal.data)
    assert [title for _, role, title in live if role == "attachment"] == [
        f"表{number}" for number in range(5)
    ]
    for path in portal.data.root.glob("crawl.db*"):
        path.unlink()
    assert rebuild_crawl_db(portal.data, {portal.portal.id: portal.portal}) == ()
    assert targets(portal.data) == live


def test_a_crawl_that_is_killed_forgets_no_attachment(tmp_path: Path) -> None:
    """An article may be kept, and what it has attached not noted yet."""
    count = 6
    rows = [(f"/a/{number}.html", f"第{number}号文件") for number in range(count)]
    replies = {"/nb/": list_page(rows, f"createPageHTML(1, 0, 'index', 'html', {count});")}
    for number, (path, _) in enumerate(rows):
        replies[path] = article(f'<a href="{number}.pdf">表{number}</a>', etag=f'"{number}"')
        replies[f"/a/{number}.pdf"] = PDF
    data = DataDir(tmp_path)
    with PortalServer(replies) as server:
        portal = portal_at(server, "/nb/")
        plan = CrawlPlan(data, (portal,), now="2026-05-04T15:00:00Z", limits=LIMITS)
        for requests in (3, 1, 2, 1, 1):
            crawl_and_kill(server, plan, requests)
            repair(data.warc)
        summary = crawl([portal], data=data, now="2026-05-04T15:00:00Z", limits=LIMITS)
        asked = server.paths()
    assert (summary.state, summary.resumed) == ("finished", True)
    assert {f"/a/{number}.pdf" for number in range(count)} <= set(asked)
