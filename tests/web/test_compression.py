"""Answers are compressed where that is worth it, and not sent again to who has them."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest

from gongkai.web.thresholds import SERVER

if TYPE_CHECKING:
    import httpx

    from tests.web.conftest import Site

PAGES = (
    "/",
    "/-/checks",
    "/gongkai/documents",
    "/gongkai/documents.json?_shape=array",
    "/static/gongkai.css",
)


def ask(site: Site, path: str, headers: dict[str, str]) -> httpx.Response:
    """Ask for a path with header fields."""
    answer: httpx.Response = asyncio.run(site.app.client.get(path, headers=headers))
    return answer


@pytest.mark.parametrize("path", [*PAGES, "/-/export/documents.csv"])
def test_an_answer_is_compressed_for_who_reads_gzip(site: Site, path: str) -> None:
    plain = ask(site, path, {"Accept-Encoding": "identity"})
    small = ask(site, path, {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["vary"]
    assert small.content == plain.content


@pytest.mark.parametrize("accepted", ["gzip", "gzip;q=0", "identity", ""])
def test_a_short_answer_depends_on_what_is_accepted_as_a_long_one_does(site: Site, accepted: str) -> None:
    answer = ask(site, "/robots.txt", {"Accept-Encoding": accepted})
    assert ("content-encoding" in answer.headers) is (accepted == "gzip")
    assert answer.headers["vary"].count("Accept-Encoding") == 1


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip;q=0", False),
        ("br, gzip; q=0.0 , identity", False),
        ("GZIP;Q=0.000", False),
        ("gzip;q=0.5", True),
        ("gzip;q=0.01, br;q=0", True),
        ("deflate, gzip", True),
    ],
)
def test_who_refuses_gzip_gets_none(site: Site, accepted: str, *, is_compressed: bool) -> None:
    answer = ask(site, "/", {"Accept-Encoding": accepted})
    assert ("content-encoding" in answer.headers) is is_compressed
    assert answer.headers["vary"].count("Accept-Encoding") == 1


@pytest.mark.parametrize("path", ["/-/export/documents.xlsx", "/-/card/index.png"])
def test_a_file_that_is_compressed_already_goes_as_it_is(site: Site, path: str) -> None:
    answer = ask(site, path, {"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert len(answer.content) > 1_000
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", [path for path in PAGES if not path.startswith("/static/")])
@pytest.mark.parametrize("cookie", [{}, {"Cookie": "lang=en"}])
def test_who_has_a_page_is_told_that_it_still_holds(site: Site, path: str, cookie: dict[str, str]) -> None:
    first = ask(site, path, cookie)
    tag = first.headers["etag"]
    assert "no-store" not in first.headers["cache-control"]
    again = ask(site, path, {**cookie, "If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = ask(site, path, {**cookie, "If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_only_who_reads_is_told_that_a_page_still_holds(site: Site) -> None:
    """RFC 9110, section 13.1.2: the answer to a form is sent whatever the reader has."""
    headers = {"If-None-Match": "*", "Content-Type": "application/x-www-form-urlencoded"}
    sent = asyncio.run(site.app.client.post("/-/alerts", data={"feed": "x"}, headers=headers))
    tag = {"If-None-Match": sent.headers.get("etag", '"none"')}
    again = asyncio.run(site.app.client.post("/-/alerts", data={"feed": "x"}, headers=headers | tag))
    assert (sent.status_code, again.status_code) == (200, 200)
    assert again.content == sent.content != b""


def test_the_tag_of_a_page_is_another_in_another_language(site: Site) -> None:
    chinese, english = (ask(site, "/", {"Cookie": f"lang={it}"}).headers["etag"] for it in ("zh", "en"))
    assert chinese != english


def test_what_goes_out_of_date_by_itself_has_no_tag(site: Site) -> None:
    for path in ("/-/health", "/-/metrics"):
        assert "etag" not in ask(site, path, {}).headers


def test_the_level_is_worth_its_time(site: Site) -> None:
    page = ask(site, "/", {"Accept-Encoding": "identity"}).content
    assert len(gzip.compress(page, SERVER.compression_level)) < len(page) / 3
