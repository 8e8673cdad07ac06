"""The bundled demo portal: every address, on every night.

    governments.yaml  documents.yaml  odd_pages.yaml
            │  reports.yaml → figures → tables ─┐
            │  texts/*.txt ─────────────→ blocks ─→ templates → pages
            └─ lists: rows of a night → paging dialect ─→ list pages

All pages of a night are made when the night is first asked for, and kept.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import (
    Answer,
    gzip_for,
    html_answer,
    http_date,
    night_date,
    not_modified_or,
    redirect,
)
from gongkai.demo.catalogue import HOST, SHIELD_HOST, Row, cut_into_pages, documents, governments
from gongkai.demo.pdf import one_page_pdf
from gongkai.demo.templating import read_table, render_page
from gongkai.demo.texts import document_blocks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from gongkai.demo.answers import Asked
    from gongkai.demo.catalogue import Column, Document, Government


# An old server names its language and site with two cookies: header fields that repeat.
TWO_COOKIES = (("Set-Cookie", "SITEID=9901710001; Path=/"), ("Set-Cookie", "LANG=zh-CN; Path=/"))


class BundledSite:
    """The demo portal on `demo.gongkai.test`, and the shielded one on `shield.demo.gongkai.test`."""

    def __init__(self) -> None:
        self._nights: dict[int, dict[str, Answer]] = {}

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request; a query after a known address is ignored, as portals do."""
        path, headers = asked.path, asked.headers
        if asked.host == SHIELD_HOST:
            return not_found() if path == "/robots.txt" else challenge(path)
        found = self.pages(night).get(path)
        if found is None:
            return not_found()
        answer = not_modified_or(found, headers)
        return gzip_for(answer, headers) if self._offers_gzip(path, answer) else answer

    def pages(self, night: int) -> Mapping[str, Answer]:
        """Return the answer of every address of `demo.gongkai.test` on a night, validators included."""
        if night not in self._nights:
            self._nights[night] = dict(_answers(night))
        return self._nights[night]

    def _offers_gzip(self, path: str, answer: Answer) -> bool:
        government = governments().get(path.split("/")[1])
        return government is not None and government.gzip and answer.status == 200


def _answers(night: int) -> Iterator[tuple[str, Answer]]:
    yield "/robots.txt", robots_txt()
    home = render_page("home.html", governments=tuple(governments().values()))
    yield "/", html_answer(home.encode())
    for page in odd_pages():
        yield page.path, page.answer
    for document in documents():
        yield from _document_answers(document, night)
    for government in governments().values():
        for column in government.columns:
            yield from _column_answers(government, column, night)


def _document_answers(document: Document, night: int) -> Iterator[tuple[str, Answer]]:
    if not document.is_there(night):
        return
    if document.has_moved(night):
        yield document.path, redirect(301, document.moved_to)
    yield document.address(night), article(document, night)
    if document.attachment:
        folder = document.address(night).rpartition("/")[0]
        pdf = one_page_pdf([document.attachment.title, document.government.name, document.doc_number])
        yield f"{folder}/{document.attachment.name}", Answer(200, (("Content-Type", "application/pdf"),), pdf)


def article(document: Document, night: int) -> Answer:
    """Make the page of a document as it stands on a night."""
    government = document.government
    html = render_page(
        government.article,
        document=document,
        government=government,
        column=next(column for column in government.columns if column.id == document.column),
        blocks=document_blocks(document, night),
        host=HOST,
        views=views(document, night),
        chinese_date=chinese_date,
    )
    body = html.encode(document.encoding.codec)
    answer = html_answer(body, charset=document.encoding.in_header, more=_validators(document, body, night))
    return _as_sent(answer, government)


def _validators(document: Document, body: bytes, night: int) -> tuple[tuple[str, str], ...]:
    changed = document.published_on
    if document.revised_on is not None and night >= document.revised_on:
        changed = night_date(document.revised_on)
    offered = {
        "etag": ("ETag", f'"{hashlib.sha256(body).hexdigest()[:20]}"'),
        "last_modified": ("Last-Modified", http_date(changed)),
    }
    return tuple(offered[name] for name in offered if name in document.government.validators)


def _as_sent(answer: Answer, government: Government) -> Answer:
    if not government.chunked:
        return answer
    return Answer(
        answer.status, (*answer.headers, *TWO_COOKIES, ("Transfer-Encoding", "chunked")), answer.body
    )


def _column_answers(government: Government, column: Column, night: int) -> Iterator[tuple[str, Answer]]:
    rows = column_rows(government, column, night)
    for number, page in enumerate(cut_into_pages(rows, column.paging)):
        html = render_page("list.html", government=government, column=column, page=page)
        answer = _as_sent(html_answer(html.encode()), government)
        yield column.path + page.name, answer
        if number == 0:
            yield column.path, answer


def column_rows(government: Government, column: Column, night: int) -> tuple[Row, ...]:
    """Return the rows of a column on a night, newest first, each with a real day."""
    dated = sorted(_dated_rows(government, column, night), key=lambda pair: pair[0], reverse=True)
    return tuple(Row(_spelt(row.href, government, column), row.title, row.day) for _, row in dated)


def _dated_rows(government: Government, column: Column, night: int) -> Iterator[tuple[dt.date, Row]]:
    for document in documents():
        if document.government is not government or not document.is_there(night):
            continue
        day = document.published_on
        if document.column == column.id:
            yield day, Row(document.listed_as or document.address(night), document.title, day)
        for also in document.also_listed:
            if also.column == column.id:
                yield day, Row(document.address(night) + also.query, document.title, day)
    for page in odd_pages():
        if (page.government, page.column) == (government.id, column.id) and page.row and page.row.day:
            yield page.row.day, page.row


def _spelt(href: str, government: Government, column: Column) -> str:
    if government.href == "whole":
        return f"http://{HOST}{href}"
    if government.href == "relative" and href.startswith(column.path):
        return "./" + href.removeprefix(column.path)
    return href


def views(document: Document, night: int) -> int:
    """Return the number that a view counter shows: it grows from night to night, the document does not."""
    return 100 + zlib.crc32(document.id.encode()) % 900 + 37 * night


def chinese_date(day: dt.date) -> str:
    """Write a day as documents print it: 2020年3月26日."""
    return f"{day.year}年{day.month}月{day.day}日"


# What the demo portal answers when something is amiss: error pages that say 200, stubs, a challenge.

ROBOTS = b"User-agent: *\nDisallow: /internal/\n"


@dataclass(frozen=True, slots=True)
class OddPage:
    """An address without a document.

    Attributes:
        path: the address.
        answer: what it answers, every night.
        government, column: the list that links to it; empty where none does.
        row: the row in that list; None where there is none.
    """

    path: str
    answer: Answer
    government: str
    column: str
    row: Row | None


@cache
def odd_pages() -> tuple[OddPage, ...]:
    """Return the odd pages in the order of `odd_pages.yaml`."""
    return tuple(_odd_page(entry) for entry in read_table("odd_pages.yaml"))


def _odd_page(entry: Mapping[str, Any]) -> OddPage:
    listed = entry.get("row", {})
    day: dt.date | None = listed.get("day")
    return OddPage(
        path=entry["path"],
        answer=redirect(302, entry["to"]) if entry["shows"] == "redirect" else SHOWN[entry["shows"]](),
        government=listed.get("government", ""),
        column=listed.get("column", ""),
        row=Row(entry["path"], listed["title"], day) if listed else None,
    )


def _page(name: str, status: int = 200) -> Answer:
    return html_answer(render_page(name).encode(), status=status)


SHOWN: Mapping[str, Callable[[], Answer]] = {
    "soft_404": lambda: _page("soft_404.html"),
    "script_stub": lambda: _page("script_stub.html"),
    "internal": lambda: _page("internal.html"),
    "nothing": lambda: html_answer(b""),
}


def not_found() -> Answer:
    """Answer 404 with a page."""
    return _page("gone.html", status=404)


def robots_txt() -> Answer:
    """Answer with the portal's robots.txt."""
    return Answer(200, (("Content-Type", "text/plain"),), ROBOTS)


def challenge(path: str) -> Answer:
    """Answer 412 with a page in the shape of a 瑞数 challenge. The script is ours and does nothing."""
    seed = hashlib.sha256(path.encode()).digest()
    numbers = ",".join(str(byte) for _ in range(24) for byte in seed)
    html = render_page("challenge.html", noise=(seed * 8).hex(), numbers=numbers)
    cookie = ("Set-Cookie", f"wQ3kZr8mXbTnS={seed.hex()}; Path=/; HttpOnly")
    return html_answer(html.encode(), status=412, more=(cookie,))
