"""The bundled demo portal: every address, on every night.

    pages/1/yunze/zwgk/…html     what stands at /yunze/zwgk/…html from night 1 on
    pages/2/yunze/zwgk/…html     the same address from night 2 on
    documents.yaml, governments.yaml, odd_pages.yaml     with which header fields, and what redirects

The pages were made once, in the shapes of real portals, and are sent as they are on disk.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from gongkai.demo.answers import (
    Answer,
    gzip_for,
    html_answer,
    http_date,
    night_date,
    not_modified_or,
    redirect,
)
from gongkai.demo.catalogue import SHIELD_HOST, demo_folder, documents, governments, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gongkai.demo.answers import Asked, Headers
    from gongkai.demo.catalogue import Document, Government


# An old server names its language and site with two cookies: header fields that repeat.
TWO_COOKIES = (("Set-Cookie", "SITEID=9901710001; Path=/"), ("Set-Cookie", "LANG=zh-CN; Path=/"))
CONTENT_TYPES = {".pdf": "application/pdf", ".txt": "text/plain"}


class BundledSite:
    """The demo portal on `demo.gongkai.test`, and the shielded one on `shield.demo.gongkai.test`."""

    def __init__(self) -> None:
        self._nights: dict[int, dict[str, Answer]] = {}

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request; a query after a known address is ignored, as portals do."""
        if asked.host == SHIELD_HOST:
            return not_found() if asked.path == "/robots.txt" else challenge()
        found = self.pages(night).get(asked.path)
        if found is None:
            return not_found()
        answer = not_modified_or(found, asked.headers)
        government = _government_of(asked.path)
        is_coded = government and government.gzip and answer.status == 200
        return gzip_for(answer, asked.headers) if is_coded else answer

    def pages(self, night: int) -> Mapping[str, Answer]:
        """Return the answer of every address of `demo.gongkai.test` on a night, validators included."""
        if night not in self._nights:
            self._nights[night] = dict(_answers(night))
        return self._nights[night]


def _answers(night: int) -> Iterator[tuple[str, Answer]]:
    of_address = {document.address(night): document for document in documents()}
    gone = {address for address, document in of_address.items() if not document.is_there(night)}
    found = {
        path: _page(path, body, of_address.get(path), night)
        for path, body in _bodies(night).items()
        if path not in gone
    }
    yield from found.items()
    yield "/", found["/index.html"]
    for government in governments().values():
        for column in government.columns:
            yield column["path"], found[column["path"] + column["first"]]
    for page in read_table("odd_pages.yaml"):
        if "to" in page:
            yield page["path"], redirect(302, page["to"])
    for document in documents():
        if document.has_moved(night):
            yield document.path, redirect(301, document.moved_to)


def _bodies(night: int) -> dict[str, bytes]:
    """Return what stands at each address: of the nights until this one, the newest."""
    folders = [demo_folder() / "pages" / str(since) for since in range(1, night + 1)]
    return {
        f"/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for folder in folders
        for file in sorted(folder.rglob("*.*"))
    }


def _page(path: str, body: bytes, document: Document | None, night: int) -> Answer:
    content_type = CONTENT_TYPES.get(path[path.rindex(".") :])
    if content_type:
        return Answer(200, (("Content-Type", content_type),), body)
    government = _government_of(path)
    more: Headers = _validators(document, body, night) if document else ()
    if government and government.chunked and body:
        more += (*TWO_COOKIES, ("Transfer-Encoding", "chunked"))
    return html_answer(body, charset=document.government.charset if document else "utf-8", more=more)


def _validators(document: Document, body: bytes, night: int) -> Headers:
    changed = document.published_on
    if document.revised_on is not None and night >= document.revised_on:
        changed = night_date(document.revised_on)
    offered = {
        "etag": ("ETag", f'"{hashlib.sha256(body).hexdigest()[:20]}"'),
        "last_modified": ("Last-Modified", http_date(changed)),
    }
    return tuple(offered[name] for name in document.government.validators)


def _government_of(path: str) -> Government | None:
    return governments().get(path.split("/")[1])


@cache
def _odd_page(name: str) -> bytes:
    return (demo_folder() / "pages" / name).read_bytes()


def not_found() -> Answer:
    """Answer 404 with a page."""
    return html_answer(_odd_page("gone.html"), status=404)


def challenge() -> Answer:
    """Answer 412 with a page in the shape of a 瑞数 challenge. The script is ours and does nothing."""
    body = _odd_page("challenge.html")
    cookie = ("Set-Cookie", f"wQ3kZr8mXbTnS={hashlib.sha256(body).hexdigest()}; Path=/; HttpOnly")
    return html_answer(body, status=412, more=(cookie,))
