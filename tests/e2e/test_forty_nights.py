"""Portals over forty nights, crawled over HTTP, each with one thing that goes wrong: what is told of it.

Portals are asked at the usual periods where their course says nothing else. All nights are derived at the
end: that this tells the same as night by night does is held elsewhere (`test_ten_nights`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from crawler.registry.portals import Portal, PortalList
from crawler.run.plan import Limits
from gongkai.demo.server import Answer, html_answer, night_date, redirect
from tests.archive.evidence import page
from tests.archive.histories import ReaderHere
from tests.crawling import crawl
from tests.e2e.content import rows
from tests.portals.broken_wire import BrokenServer, break_answer
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gongkai.demo.server import Asked

NIGHTS = tuple(range(1, 41)) if SOAK else (1, 5, 10, 12, 15, 19, 20)
"""In `make test` those on which something happens, or is told, on the few portals that stand for all."""
DOCUMENTS = range(9)
REPAIR = range(10, 20)
NOT_FOUND = html_answer(b"<html><body>404 Not Found</body></html>", status=404)
FRONT = html_answer(f"<html><title>河西县人民政府</title><p>首页<p>{'欢迎访问本网站。' * 9}</html>".encode())
FRAME = (
    "<html><head><title>{}</title></head><body><div>河西县人民政府 | 首页 | 政务公开</div>{}</body></html>"
)
LOGIN = '<h3>用户登录</h3><form><input name="user"><input type="password" name="pw"><a>忘记密码</a></form>'


def framed(title: str, text: str) -> Answer:
    return html_answer(FRAME.format(title, text).encode())


def always(_document: int, _night: int) -> str:
    return "page"


def in_the_list(_document: int, _night: int) -> bool:
    return True


@dataclass(frozen=True)
class Course:
    """What a portal does.

    Attributes:
        shows: what a document answers on a night: `page`, `404`, `403`, `home` (a redirect there), `front`
            (its text), `reset`, `loop`, `titled` (that it is not there, in the site's frame and under its own
            title), `login`, `form` (of a login), `works`, `shell`, `detour` (a redirect to `works`).
        lists: whether its row stands.
        is_encrypted: whether the list hides where its further rows are.
        redated: the nights on which the list gives each row another date.
        resorted_on: the night from which the list goes the other way round.
        cached_on: the night on which the list is as it was on the first.
        on_page: how many rows stand on a page of it.
        broken: the nights on which its third page is a fault.
        is_rewritten: whether the pages at new addresses have another text, too.
        unknown: what an address that never was answers.
        moved_on: the night from which each document but the last stands at a new address.
        replaced_on: the night on which the operator writes the portal anew; its list has moved with the rest.
        dead: the nights on which it has no page at all.
        begins_on: the night on which it is crawled first.
        body: whose portal it is.
        carries: the course whose texts it shows; None for its own.
        is_attached: whether the documents are files, attached to pages that stand.
        days: between two visits at most; None for the usual periods.
        told: night and kind of what is told, by document; of all others nothing.
    """

    shows: Callable[[int, int], str] = always
    lists: Callable[[int, int], bool] = in_the_list
    is_encrypted: bool = False
    redated: range = range(0)
    resorted_on: int = 99
    cached_on: int = 99
    on_page: int = len(DOCUMENTS)
    broken: range = range(0)
    is_rewritten: bool = False
    unknown: str = "404"
    moved_on: int = 99
    replaced_on: int | None = None
    dead: range = range(0)
    begins_on: int = 1
    body: str | None = None
    carries: str | None = None
    is_attached: bool = False
    days: int | None = None
    told: tuple[str, ...] = ()


def gone(*documents: int, since: int = 5, until: int = 99, shown: str = "404") -> Callable[[int, int], str]:
    return lambda document, night: shown if document in documents and since <= night < until else "page"


def during(repair: range, shown: str, but: Callable[[int, int], str] = always) -> Callable[[int, int], str]:
    return lambda document, night: shown if night in repair else but(document, night)


def unlisted(*documents: int, since: int = 5, until: int = 99) -> Callable[[int, int], bool]:
    return lambda document, night: not (document in documents and since <= night < until)


def half_asked_before(document: int, night: int) -> str:
    """A repair that begins and ends while the portal is crawled."""
    is_edge = night in (REPAIR[0], REPAIR[-1])
    return "404" if night in REPAIR and (not is_edge or document < 3) else "page"


def one_loops(document: int, night: int) -> str:
    return "loop" if document == 8 and night > 1 else gone(0)(document, night)


def falls_slowly(document: int, night: int) -> str:
    return "404" if night >= (5 if document < 4 else 13) else "page"


WITHDRAWN = ("0 withdrawn 12",)
COURSES = {
    "quiet": Course(),
    "repair": Course(during(REPAIR, "404")),
    "repair, asked every night": Course(during(REPAIR, "404"), days=1),
    "repair that begins and ends in a run": Course(half_asked_before, days=1),
    "repair of lists too": Course(during(REPAIR, "404"), unlisted(*DOCUMENTS, since=10, until=20)),
    "repair of a month": Course(during(range(5, 35), "404")),
    "repair that drops a third": Course(during(REPAIR, "404"), unlisted(0, 1, 2, since=10, until=20)),
    "outage": Course(during(range(10, 15), "reset")),
    "sent to the front page": Course(during(REPAIR, "home"), days=1),
    "front page for all": Course(during(REPAIR, "front"), unknown="front", days=1),
    "front page for the dead": Course(gone(0, shown="front"), unlisted(0), unknown="front", told=WITHDRAWN),
    "front page for the dead alone": Course(gone(0, shown="front"), unlisted(0), told=WITHDRAWN),
    "withdrawn": Course(gone(0), unlisted(0), told=WITHDRAWN),
    "three withdrawn": Course(
        gone(0, 1, 2), unlisted(0, 1, 2), told=tuple(f"{one} withdrawn 12" for one in range(3))
    ),
    "row stands": Course(gone(0), days=1),
    "row leaves late": Course(gone(0), unlisted(0, since=20), days=1, told=("0 withdrawn 20",)),
    "back": Course(gone(0, until=21), unlisted(0, until=21), told=(*WITHDRAWN, "0 returned 21")),
    "row back": Course(gone(0, until=25), unlisted(0, until=20), told=(*WITHDRAWN, "0 retracted 20")),
    "encrypted list": Course(gone(0), unlisted(0), is_encrypted=True),
    "redated list": Course(gone(0), unlisted(0), redated=range(10, 41), told=WITHDRAWN),
    "redesign": Course(moved_on=10, told=tuple(f"{one} moved 10" for one in range(8))),
    "migration": Course(moved_on=10, replaced_on=15, told=tuple(f"{one} moved 15" for one in range(8))),
    "withdrawn before a repair": Course(
        during(range(8, 18), "404", gone(0)), unlisted(0), told=("0 withdrawn 19",)
    ),
    "one page loops": Course(one_loops, unlisted(0), told=WITHDRAWN),
    "repair, then redesign": Course(
        during(REPAIR, "404"), moved_on=20, told=tuple(f"{one} moved 20" for one in range(8))
    ),
    "redesign that rewrites": Course(moved_on=10, is_rewritten=True),
    "a portal that dies": Course(
        body="河西县人民政府",
        dead=range(15, 41),
        days=1,
        told=tuple(f"{one} moved 22" for one in DOCUMENTS),
    ),
    "its new portal": Course(body="河西县人民政府", begins_on=10, carries="a portal that dies"),
    "a portal that is back": Course(
        body="河东县人民政府",
        dead=range(15, 30),
        days=1,
        told=tuple(f"{one} {what}" for one in DOCUMENTS for what in ("moved 22", "retracted 30")),
    ),
    "the other of its body": Course(body="河东县人民政府", begins_on=10, carries="a portal that is back"),
    "a portal that dies beside a copy": Course(body="河南县人民政府", dead=range(15, 41), days=1),
    "the copy of another body": Course(
        body="河北县人民政府", begins_on=10, carries="a portal that dies beside a copy"
    ),
    "two repairs": Course(during(range(10, 14), "404", during(range(16, 21), "404"))),
    "outage beside a withdrawal": Course(
        during(range(8, 14), "reset", gone(0)), unlisted(0), told=("0 withdrawn 14",)
    ),
    "re-sorted list": Course(gone(0), unlisted(0), resorted_on=15, told=WITHDRAWN),
    "an old list for a night": Course(
        gone(0), unlisted(0), cached_on=20, told=(*WITHDRAWN, "0 retracted 20", "0 withdrawn 21")
    ),
    "the pager breaks": Course(
        gone(0), unlisted(0), on_page=3, broken=range(4, 20), days=1, told=("0 withdrawn 20",)
    ),
    "gone in words": Course(gone(0, shown="titled"), unlisted(0), unknown="titled", told=WITHDRAWN),
    "gone in words of its own": Course(gone(0, shown="titled"), unlisted(0), told=WITHDRAWN),
    "all gone in words": Course(during(REPAIR, "titled"), unknown="titled", days=1),
    "front page for the dead, by redirect": Course(
        gone(0, shown="home"), unlisted(0), unknown="home", told=WITHDRAWN
    ),
    "behind a login": Course(gone(0, shown="login"), unlisted(0)),
    "a form of a login": Course(gone(0, shown="form"), unlisted(0)),
    "forbidden": Course(gone(0, shown="403"), unlisted(0), days=1),
    "works, everywhere": Course(during(REPAIR, "works"), unknown="works", days=1),
    "works, at another address": Course(during(REPAIR, "detour"), days=1),
    "shells": Course(during(REPAIR, "shell"), days=1),
    "attachments in repair": Course(during(REPAIR, "404"), is_attached=True, days=1),
    "an attachment is gone": Course(gone(0), is_attached=True, days=1, told=WITHDRAWN),
    "attachments fall slowly": Course(
        falls_slowly,
        is_attached=True,
        days=1,
        told=tuple(f"{one} {what}" for one in range(4) for what in ("withdrawn 12", "retracted 13")),
    ),
}
FEW = ("repair", "front page for the dead alone", "row back", "redated list", "migration", "encrypted list")
COURSES = COURSES if SOAK else {name: COURSES[name] for name in FEW}
HOSTS = {name: f"p{number}.gongkai.test" for number, name in enumerate(COURSES)}


def portal_of(name: str, night: int) -> Portal:
    """What the registry says of a portal on a night."""
    course, home = COURSES[name], f"http://{HOSTS[name]}/"
    folder = "xin/" if course.replaced_on and night >= course.replaced_on else ""
    family = "jpage" if course.is_encrypted else "static_list"
    lists = (PortalList(f"{home}{folder}col/col8801/index.html", kind="policy"),)
    return Portal(
        *(HOSTS[name].partition(".")[0], name, family, home),
        issuer=course.body,
        lists=lists,
        revisit_days=course.days,
    )


class Courses:
    """All portals, on one server."""

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer as the host that was asked does on a night."""
        name = next(name for name, host in HOSTS.items() if host == asked.host)
        course = COURSES[name]
        if night in course.dead:
            return NOT_FOUND
        folder, _, file = asked.path.removeprefix("/").rpartition("/")
        number = file.partition(".")[0]
        if file.startswith("index"):
            is_there = course.replaced_on is None or folder.startswith("xin") == (night >= course.moved_on)
            place = int(number.removeprefix("index").removeprefix("_") or 0)
            if place == 2 and night in course.broken:
                return replace(NOT_FOUND, status=500)
            return html_answer(list_page(name, night, place)) if is_there else NOT_FOUND
        if number.isdecimal():
            return self._document(name, folder, int(number), night)
        if asked.path == "/":
            return FRONT
        return NOT_FOUND if file == "robots.txt" else shown_as(course.unknown, asked.path, "提示信息")

    def _document(self, name: str, folder: str, number: int, night: int) -> Answer:
        course, here = COURSES[name], f"/{folder}/{number}"
        shown = course.shows(number, night)
        has_moved = night >= course.moved_on
        if folder == "d" and course.is_attached:
            return html_answer(page(f"第{number}号", f'<a href="/f/{number}.txt">附件</a>'))
        if has_moved and (folder != "new" or number == DOCUMENTS[-1]):
            return NOT_FOUND
        if shown == "page":
            edited = "（新版）" if course.is_rewritten and folder == "new" else ""
            text = page(f"{course.carries or name}{number}", f"第{number}号通知的全文。{edited}")
            if folder == "f":
                return Answer(200, (("Content-Type", "text/plain; charset=utf-8"),), text)
            return html_answer(text)
        return shown_as(shown, f"{here}.html", f"{name}{number}")


def shown_as(shown: str, here: str, title: str) -> Answer:
    """What an address answers that has no page."""
    leads_home = redirect(302, "/")
    loops = (*redirect(302, here).headers, ("Set-Cookie", "CT6T=1"))
    return {
        "404": NOT_FOUND,
        "403": replace(NOT_FOUND, status=403),
        "home": leads_home,
        "front": FRONT,
        "reset": break_answer(FRONT, reset=True),
        "loop": replace(leads_home, headers=loops),
        "titled": framed(title, "<p>抱歉，您访问的页面不存在或已被删除！</p>"),
        "login": redirect(302, f"/login.jsp?goto={here}"),
        "form": framed("统一身份认证", LOGIN),
        "works": framed("系统维护", "<p>系统维护中，请稍后再试。</p>"),
        "shell": html_answer(b"<html><body><div id=app></div><script src=/app.js></script></body></html>"),
        "detour": redirect(302, "/weihu.html"),
    }[shown]


def list_page(name: str, night: int, place: int) -> bytes:
    """A page of the list of a portal on a night."""
    course = COURSES[name]
    rows_of_all = list(listed_rows(course, name, 1 if night == course.cached_on else night))
    rows_of_all = rows_of_all[::-1] if night >= course.resorted_on else rows_of_all
    pages = -(-len(rows_of_all) // course.on_page) or 1
    shown = rows_of_all[place * course.on_page :][: course.on_page]
    cells = "".join(
        f'<li><a href="{path}" title="{title}">{title}</a><span>{day}</span></li>'
        for path, title, day in shown
    )
    if not course.is_encrypted:
        call = f'createPageHTML({pages}, {place}, "index", "html", {len(rows_of_all)});'
        return f'<html><body><ul class="list">{cells}</ul><script>{call}</script></body></html>'.encode()
    records = "".join(f"<record><![CDATA[{cell}</li>]]></record>" for cell in cells.split("</li>")[:-1])
    following = "/module/web/jpage/dataproxy.jsp?page=1&columnid=9F3A66C1D07B22E8&unitid=4C10BB97E53A8D01"
    return (
        '<html><body><div id="33107"><script type="text/xml"><datastore>'
        f'<nextgroup><![CDATA[<a href="{following}"></a>]]></nextgroup>'
        f"<recordset>{records}</recordset></datastore></script></div><script>"
        "$('#33107').jpage({totalRecord: 60, perPage: 9, proxyUrl: '/module/web/jpage/dataproxy.jsp'});"
        "</script></body></html>"
    ).encode()


def listed_rows(course: Course, name: str, night: int) -> Iterator[tuple[str, str, str]]:
    for number in DOCUMENTS:
        if course.lists(number, night) and not (night >= course.moved_on and number == DOCUMENTS[-1]):
            # Every other is old enough to be asked for once a month only.
            day = f"{2026 if number % 2 else 2019}-01-{1 + (night if night in course.redated else 0):02}"
            yield f"/{'new' if night >= course.moved_on else 'd'}/{number}.html", f"{name}第{number}号", day


def resets(course: Course) -> bool:
    return any(course.shows(document, night) == "reset" for document in DOCUMENTS for night in NIGHTS)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    data = DataDir(tmp_path_factory.mktemp("forty-nights"))
    data.make()
    with BrokenServer(Courses()) as server:
        connect_to = dict.fromkeys(HOSTS.values(), f"127.0.0.1:{server.port}")
        for night in NIGHTS:
            server.night = night
            portals = [
                portal_of(name, night) for name, course in COURSES.items() if night >= course.begins_on
            ]
            now, limits = f"{night_date(night)}T03:00:00+08:00", Limits(timeout_s=20)
            summary = crawl(portals, data=data, now=now, connect_to=connect_to, limits=limits)
            assert summary.state == "finished"
    assert derive(data, DeriveOptions(reader=ReaderHere())).damage == ()
    silent = rows(
        data.corpus_db,
        "SELECT p.name, c.url, c.outcome, c.fetched_at FROM captures AS c JOIN portals AS p "
        "ON p.id = c.portal_id WHERE c.outcome IN ('timeout', 'reset', 'refused', 'dns')",
    )
    assert [one for one in silent if not resets(COURSES[one[0]])] == [], "what no course breaks has answered"
    found: dict[str, set[str]] = {name: set() for name in COURSES}
    for portal, url, kind, night in rows(
        data.corpus_db,
        "SELECT p.name, d.url, h.kind, julianday(n.night) - julianday('2026-01-31') FROM changes AS h "
        "JOIN documents AS d ON d.id = h.document_id JOIN captures AS c ON c.id = h.capture_id "
        "JOIN portals AS p ON p.id = d.portal_id JOIN runs AS n ON n.id = c.run_id "
        "WHERE h.kind <> 'appeared'",
    ):
        found[portal].add(f"{url.rpartition('/')[2].partition('.')[0]} {kind} {night:.0f}")
    return found


@series
@pytest.mark.slow
@pytest.mark.parametrize("name", COURSES)
def test_what_is_told_in_forty_nights(told: dict[str, set[str]], name: str) -> None:
    assert told[name] == set(COURSES[name].told)
