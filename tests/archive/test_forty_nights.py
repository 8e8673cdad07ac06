"""Portals over forty nights, each with one thing that goes wrong: what is told of their documents."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.warc.entries import Role
from pipelines.addresses import canonical_address
from tests.archive.evidence import PORTAL, Answer, Evidence, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NIGHTS = range(1, 41)
DOCUMENTS = range(9)
REPAIR = range(10, 20)
HTML = (b"Content-Type", b"text/html; charset=utf-8")


def always(_document: int, _night: int) -> str:
    return "page"


def in_the_list(_document: int, _night: int) -> bool:
    return True


@dataclass(frozen=True)
class Course:
    """What a portal does.

    Attributes:
        shows: what a document answers on a night: `page`, `404`, `home`, `timeout`, `loop`.
        lists: whether its row stands.
        is_read: whether the list is read to its end.
        moved_on: the night from which each document but the last stands at a new address.
        role: what the documents are.
        told: night and kind of what is told, by document; of all others nothing.
    """

    shows: Callable[[int, int], str] = always
    lists: Callable[[int, int], bool] = in_the_list
    is_read: bool = True
    moved_on: int | None = None
    role: Role = Role.ARTICLE
    told: tuple[str, ...] = ()


def gone(*documents: int, since: int = 5, until: int = 99) -> Callable[[int, int], str]:
    return lambda document, night: "404" if document in documents and since <= night < until else "page"


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


COURSES = {
    "quiet": Course(),
    "repair": Course(during(REPAIR, "404")),
    "repair that begins and ends in a run": Course(half_asked_before),
    "repair of lists too": Course(during(REPAIR, "404"), unlisted(*DOCUMENTS, since=10, until=20)),
    "repair of a month": Course(during(range(5, 35), "404")),
    "outage": Course(during(range(10, 15), "timeout")),
    "front page": Course(during(REPAIR, "home")),
    "withdrawn": Course(gone(0), unlisted(0), told=("0 withdrawn 12",)),
    "three withdrawn": Course(
        gone(0, 1, 2), unlisted(0, 1, 2), told=("0 withdrawn 12", "1 withdrawn 12", "2 withdrawn 12")
    ),
    "row stands": Course(gone(0)),
    "row leaves late": Course(gone(0), unlisted(0, since=20), told=("0 withdrawn 20",)),
    "back": Course(gone(0, until=21), unlisted(0, until=21), told=("0 withdrawn 12", "0 returned 21")),
    "row back": Course(gone(0, until=25), unlisted(0, until=20), told=("0 withdrawn 12", "0 retracted 20")),
    "encrypted list": Course(gone(0), unlisted(0), is_read=False),
    "redesign": Course(moved_on=10, told=tuple(f"{document} moved 10" for document in range(8))),
    "withdrawn before a repair": Course(
        during(range(8, 18), "404", gone(0)), unlisted(0), told=("0 withdrawn 19",)
    ),
    "one page loops": Course(one_loops, unlisted(0), told=("0 withdrawn 12",)),
    "attachments in repair": Course(during(REPAIR, "404"), role=Role.ATTACHMENT),
    "an attachment is gone": Course(gone(0), role=Role.ATTACHMENT, told=("0 withdrawn 12",)),
    "attachments fall slowly": Course(
        falls_slowly,
        role=Role.ATTACHMENT,
        told=tuple(
            f"{document} {what}" for document in range(4) for what in ("withdrawn 12", "retracted 13")
        ),
    ),
}
HOSTS = {name: f"http://portal{number}.example" for number, name in enumerate(COURSES)}


def answer(name: str, document: int, night: int) -> Iterator[Answer]:
    """Yield what an address, and the new one of a document that moved, answers on a night."""
    course, host = COURSES[name], HOSTS[name]
    url, shown = f"{host}/d/{document}.html", course.shows(document, night)
    there = Answer(
        url, page(f"{name}{document}", f"第{document}号通知的全文。"), role=course.role, portal=name
    )
    if course.moved_on and night >= course.moved_on:
        if document < DOCUMENTS[-1]:
            yield dataclasses.replace(there, url=f"{host}/new/{document}.html")
        shown = "404"
    if shown == "page":
        yield there
    elif shown == "404":
        yield dataclasses.replace(there, body=b"<html><body>404 Not Found</body></html>", status=404)
    elif shown == "timeout":
        yield dataclasses.replace(there, body=b"", failure="timeout")
    else:
        target = f"{host}/" if shown == "home" else url
        headers = (HTML, (b"Location", target.encode()), (b"Set-Cookie", b"CT6T=1"))
        yield dataclasses.replace(there, body=b"", status=302, headers=headers)


def sweep(name: str, night: int) -> dict[str, Any]:
    """What the list of a portal says on a night, as the end of a run has it."""
    course, host = COURSES[name], HOSTS[name]
    standing = [document for document in DOCUMENTS if course.lists(document, night)]
    left = [one for one in DOCUMENTS if night > 1 and one not in standing and course.lists(one, night - 1)]
    away = [one for one in standing if course.shows(one, night) == "404"]
    addresses = {one: canonical_address(f"{host}/d/{one}.html") for one in DOCUMENTS}
    return {
        "portal": name,
        "list_url": f"{host}/",
        "found": len(standing) + 1,
        "complete": course.is_read,
        "reason": None if course.is_read else "unread_parameters",
        "missing": [addresses[one] for one in left],
        "still_listed": [addresses[one] for one in away],
    }


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    root = tmp_path_factory.mktemp("forty-nights")
    evidence, data = Evidence(root / "evidence"), DataDir(root / "data")
    data.make()
    portals = [{**PORTAL, "id": name, "home_url": f"{host}/"} for name, host in HOSTS.items()]
    lists = [name for name, course in COURSES.items() if course.role is Role.ARTICLE]
    for night in NIGHTS:
        asked = [each for name in COURSES for one in DOCUMENTS for each in answer(name, one, night)]
        evidence.night(night, asked, *portals, sweeps=[sweep(name, night) for name in lists])
    for path in sorted((root / "evidence").iterdir()):
        (data.warc / path.name).hardlink_to(path)
    derive(data, DeriveOptions(reader=StatingReader()))
    found: dict[str, set[str]] = {name: set() for name in COURSES}
    for portal, url, kind, night in rows(
        data.corpus_db,
        "SELECT d.portal_id, d.url, h.kind, julianday(n.night) - julianday('2026-01-31') FROM changes AS h "
        "JOIN documents AS d ON d.id = h.document_id JOIN captures AS c ON c.id = h.capture_id "
        "JOIN runs AS n ON n.id = c.run_id WHERE h.kind <> 'appeared'",
    ):
        found[portal].add(f"{url.rpartition('/')[2].partition('.')[0]} {kind} {night:.0f}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSES)
def test_what_is_told_in_forty_nights(told: dict[str, set[str]], name: str) -> None:
    assert told[name] == set(COURSES[name].told)
