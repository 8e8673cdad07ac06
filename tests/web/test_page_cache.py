from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from gongkai.web import cache
from gongkai.web.cache import PageCache, key_of
from gongkai.web.thresholds import CACHES

if TYPE_CHECKING:
    from tests.web.conftest import Site

HOST = (b"host", b"gongkai.example")


def scope(path: str = "/", *headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    """Return a request as a server describes it."""
    asked = {"method": "GET", "scheme": "http", "raw_path": path.encode(), "query_string": b""}
    return {**asked, "headers": [HOST, *headers], **more}


class Pages:
    """An application that answers with a body of so many bytes, and knows how often it was asked."""

    def __init__(self, size: int = 10, status: int = 200) -> None:
        self.size, self.status = size, status
        self.made: list[bytes] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        await asyncio.sleep(0)
        self.made.append(scope["raw_path"])
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * self.size})


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


@pytest.mark.parametrize(
    "asked",
    [
        scope("/gongkai/documents"),
        scope("/gongkai/documents/0a1b.json"),
        scope("/gongkai/facts/0a1b"),
        scope("/-/health"),
        scope("/-/replay/0a1b"),
        scope(query_string=b"a=1"),
        scope(method="HEAD"),
        scope("/", (b"cookie", b"ds_actor=someone")),
        scope("/", (b"cookie", b"lang=en; ds_actor=someone")),
        scope("/", (b"cookie", b"lang=en"), (b"cookie", b"ds_actor=someone")),
        scope("/", (b"authorization", b"Bearer x")),
    ],
)
def test_what_depends_on_more_is_not_kept(asked: dict[str, Any]) -> None:
    assert key_of(asked) == ()


def test_a_page_is_kept_for_each_address_host_and_scheme() -> None:
    asked = [
        scope(),
        scope("/gongkai/documents/0a1b"),
        scope("/gongkai/issuers/0a1b"),
        scope("/", (b"cookie", b"lang=en")),
        scope(scheme="https"),
        {**scope(), "headers": [(b"host", b"other.example")]},
    ]
    keys = {key_of(each) for each in asked}
    assert len(keys) == len(asked)
    assert () not in keys
    assert key_of(scope("/", (b"accept", b"text/html"))) == key_of(scope())


def test_a_page_is_made_once_for_all_who_ask_together_and_after() -> None:
    app, pages = Pages(), PageCache()

    async def ask() -> list[Any]:
        together = [pages.answer(app, scope(), receive, "zh") for _ in range(5)]
        return [*await asyncio.gather(*together), await pages.answer(app, scope(), receive, "zh")]

    answers = asyncio.run(ask())
    assert app.made == [b"/"]
    assert {answer[1]["body"] for answer in answers} == {b"x" * 10}


def test_each_language_has_its_own() -> None:
    app, pages = Pages(), PageCache()

    async def ask() -> None:
        for language in ("zh", "en", "zh"):
            await pages.answer(app, scope(), receive, language)

    asyncio.run(ask())
    assert len(app.made) == 2


def test_the_page_unasked_for_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CACHES", replace(CACHES, page_bytes=100))
    app, pages = Pages(size=40), PageCache()

    async def ask() -> None:
        for path in ("/gongkai/documents/a", "/gongkai/documents/b", "/gongkai/documents/a") * 2:
            await pages.answer(app, scope(path), receive, "zh")
        await pages.answer(app, scope("/gongkai/documents/c"), receive, "zh")
        app.made.clear()
        for path in ("/gongkai/documents/a", "/gongkai/documents/c", "/gongkai/documents/b"):
            await pages.answer(app, scope(path), receive, "zh")

    asyncio.run(ask())
    assert app.made == [b"/gongkai/documents/b"]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_refusal_is_made_anew(status: int) -> None:
    app, pages = Pages(status=status), PageCache()

    async def ask() -> None:
        for _ in range(2):
            [start, _] = await pages.answer(app, scope(), receive, "zh")
            assert start["status"] == status

    asyncio.run(ask())
    assert len(app.made) == 2


def test_what_raised_is_asked_again() -> None:
    asked = 0

    async def fails_once(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise OSError("no file")
        await Pages()(scope, receive, send)

    async def ask() -> int:
        pages = PageCache()
        with pytest.raises(OSError, match="no file"):
            await pages.answer(fails_once, scope(), receive, "zh")
        status: int = (await pages.answer(fails_once, scope(), receive, "zh"))[0]["status"]
        return status

    assert asyncio.run(ask()) == 200


def test_a_kept_page_is_sent_as_the_first_was(site: Site) -> None:
    document = site.get("/gongkai/documents.json", _shape="array", _size="1").json()[0]["id"]
    for path in ("/", f"/gongkai/documents/{document}"):
        first, again, english = site.get(path), site.get(path), site.get(path, lang="en")
        assert (first.content, list(first.headers.raw)) == (again.content, list(again.headers.raw))
        assert english.content != first.content
        assert "lang=en" in english.headers["set-cookie"]
        assert "set-cookie" not in again.headers
        # With an argument nothing is kept.
        assert site.get(path, unknown="1").status_code == 200
