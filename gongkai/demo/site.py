"""The bundled demo portal: every address, on every night.

    pages/1/yunze/zwgk/…html     what stands at /yunze/zwgk/…html from night 1 on
    pages/2/yunze/zwgk/…html     the same address from night 2 on
    documents.yaml, governments.yaml, odd_pages.yaml     with which header fields, and what redirects

The pages were made once, in the shapes of real portals, and are sent as they are on disk; only view
counters grow from night to night.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from gongkai.demo.server import (
    Answer,
    gzip_for,
    html_answer,
    http_date,
    night_date,
    not_modified_or,
    redirect,
)
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from jinja2 import Template

    from gongkai.demo.server import Asked, Headers


DEMO = "gongkai.demo"
"""The package of the demo's data files."""

# An old server names its language and site with two cookies: header fields that repeat.
TWO_COOKIES = (("Set-Cookie", "SITEID=9901710001; Path=/"), ("Set-Cookie", "LANG=zh-CN; Path=/"))
VIEWS = re.compile("(?<=浏览次数：)[0-9]+".encode())
VIEWS_A_NIGHT = 37
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
    for page in load_table("odd_pages", DEMO):
        if "to" in page:
            yield page["path"], redirect(302, page["to"])
    # Of two answers for one address the last counts: what has moved redirects in the place of its page.
    for document in documents():
        if document.has_moved(night):
            yield document.path, redirect(301, document.moved_to)


def _bodies(night: int) -> dict[str, bytes]:
    """Return what stands at each address: of the nights until this one, the newest."""
    bodies = {}
    for since in range(1, night + 1):
        folder = demo_folder() / "pages" / str(since)
        for file in sorted(folder.rglob("*.*")):
            address = f"/{file.relative_to(folder).as_posix()}"
            bodies[address] = _count_views(file.read_bytes(), night - since)
    return bodies


def _count_views(body: bytes, nights: int) -> bytes:
    """Let the view counter of a page grow by some nights: the document itself stays as it is."""
    return VIEWS.sub(lambda shown: b"%d" % (int(shown[0]) + nights * VIEWS_A_NIGHT), body)


def _page(path: str, body: bytes, document: Document | None, night: int) -> Answer:
    content_type = CONTENT_TYPES.get(path[path.rindex(".") :])
    if content_type:
        return Answer(200, (("Content-Type", content_type),), body)
    government = _government_of(path)
    more: Headers = ()
    if document:
        changed = document.published_on
        if document.revised_on is not None and night >= document.revised_on:
            changed = night_date(document.revised_on)
        offered = {
            "etag": ("ETag", f'"{hashlib.sha256(body).hexdigest()[:20]}"'),
            "last_modified": ("Last-Modified", http_date(changed)),
        }
        more = tuple(offered[name] for name in document.government.validators)
    if government and government.chunked and body:
        more += (*TWO_COOKIES, ("Transfer-Encoding", "chunked"))
    return html_answer(body, charset=document.government.charset if document else "utf-8", more=more)


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


# What the demo portal consists of: governments and documents, read from YAML.

HOST = "demo.gongkai.test"
SHIELD_HOST = "shield.demo.gongkai.test"
HOSTS = (HOST, SHIELD_HOST)
"""The names under which the demo is crawled; the crawler maps them to the server's port."""


@dataclass(frozen=True, slots=True)
class Government:
    """One of the invented governments and the way its pages are sent (see `governments.yaml`)."""

    id: str
    name: str
    charset: str | None
    validators: Sequence[str]
    gzip: bool
    chunked: bool
    columns: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of the portal (see `documents.yaml` for the meaning of the nights)."""

    id: str
    government: Government
    path: str
    title: str
    source: str
    published_on: dt.date
    doc_number: str = ""
    index_number: str = ""
    report: int | None = None
    codec: str = "utf-8"
    from_night: int = 1
    gone_from: int | None = None
    revised_on: int | None = None
    moved_on: int | None = None
    moved_to: str = ""
    listed_as: str = ""
    also_listed: Sequence[str] = ()
    attachment: str = ""

    def is_there(self, night: int) -> bool:
        """Say whether the document is published on a night."""
        return self.from_night <= night and (self.gone_from is None or night < self.gone_from)

    def has_moved(self, night: int) -> bool:
        """Say whether the document stands at its new address on a night."""
        return self.moved_on is not None and night >= self.moved_on

    def address(self, night: int) -> str:
        """Return the path at which the document stands on a night."""
        return self.moved_to if self.has_moved(night) else self.path


@cache
def read_template(name: str) -> Template:
    """Read the template of one of the demo's pages, such as `folder_list.html`."""
    text = (demo_folder() / name).read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, keep_trailing_newline=True).from_string(text)


def demo_folder() -> Path:
    """Return the folder of the demo's data files, its pages and its portal definitions."""
    return Path(str(files(DEMO)))


@cache
def governments() -> Mapping[str, Government]:
    """Return the governments by id, in the order of the file."""
    return {entry["id"]: Government(**entry) for entry in load_table("governments", DEMO)}


@cache
def documents() -> tuple[Document, ...]:
    """Return every document, in the order of the file."""
    return tuple(
        Document(**{**entry, "government": governments()[entry["government"]]})
        for entry in load_table("documents", DEMO)
    )


def bundled_portals() -> Path:
    """Return the folder of the definitions that crawl `BundledSite`."""
    return demo_folder() / "portals" / "bundled"


def folder_portals() -> Path:
    """Return the folder of the definition that crawls a `FolderSite`."""
    return demo_folder() / "portals" / "folder"
