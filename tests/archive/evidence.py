"""Small archives for tests: what a portal answered on which night, as real WARC files."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archive.clock import night_of
from archive.warc.entries import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    Context,
    Exchange,
    Failure,
    Original,
    Role,
    RunEvent,
)
from archive.warc.writer import WarcWriter
from tests.archive.samples import http_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.warc.entries import Entry, Written

START = dt.datetime(2026, 1, 31, 19, tzinfo=dt.UTC)

PORTAL = {
    "id": "testville",
    "name": "试城市人民政府门户网站",
    "region_code": "990100",
    "issuer": "试城市人民政府",
    "family": "static_list",
    "home_url": "http://www.testville.example/",
    "enabled": True,
}


@dataclass(frozen=True)
class Answer:
    """What an address answered: a page, another status, nothing, or a failure's outcome."""

    url: str
    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ((b"Content-Type", b"text/html; charset=utf-8"),)
    role: Role = Role.ARTICLE
    failure: str | None = None
    list_title: str | None = None
    portal: str = str(PORTAL["id"])


@dataclass
class Evidence:
    """Writes nights of answers as a crawler does: one file a night, unchanged payloads as revisits."""

    folder: Path
    _first: dict[str, Original] = field(default_factory=dict)
    _last: dict[str, Original] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    def night(
        self,
        number: int,
        answers: Sequence[Answer],
        *portals: Mapping[str, Any],
        sweeps: Sequence[Mapping[str, Any]] = (),
        state: str = "finished",
    ) -> None:
        """Archive what was answered on a night, into a file of its own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        start = START + dt.timedelta(days=number - 1)
        run_id = f"run-{number}"
        with WarcWriter(self.folder, clock=lambda: start, new_id=self._new_id) as writer:
            night = night_of(start).isoformat()
            body: dict[str, Any] = {
                "verb": "crawl",
                "night": night,
                "portals": portals or [PORTAL],
                "settings": {},
            }
            writer.append(RunEvent(run_id, "start", start, body))
            for index, answer in enumerate(answers):
                entry = self._entry(answer, start + dt.timedelta(seconds=index + 1), run_id)
                self._remember(entry, writer.append(entry))
            end = {"state": state, "sweeps": list(sweeps)}
            writer.append(RunEvent(run_id, "end", start + dt.timedelta(hours=1), end))

    def _new_id(self) -> str:
        return uuid.UUID(int=next(self._numbers)).urn

    def _entry(self, answer: Answer, moment: dt.datetime, run_id: str) -> Entry:
        context = Context(run_id=run_id, role=answer.role, portal=answer.portal, list_title=answer.list_title)
        if answer.failure:
            return Failure(answer.url, moment, "GET", answer.failure, "no answer", context)
        original = self._first.get(hashlib.sha256(answer.body).hexdigest()) if answer.body else None
        if answer.status == 304:
            last = self._last[answer.url]
            original = Original(last.capture_id, last.url, last.fetched_at, NOT_MODIFIED)
        return Exchange(
            url=answer.url,
            fetched_at=moment,
            request=b"GET / HTTP/1.1\r\nHost: www.testville.example\r\n\r\n",
            response=http_response(answer.status, answer.headers, answer.body),
            context=context,
            original=original,
        )

    def _remember(self, entry: Entry, written: Written) -> None:
        if not isinstance(entry, Exchange) or entry.received.status != 200:
            return
        if entry.original is None:
            own = Original(written.capture_id, entry.url, entry.fetched_at, IDENTICAL_PAYLOAD)
            self._first[hashlib.sha256(entry.received.body).hexdigest()] = own
            self._last[entry.url] = own
        else:
            self._last[entry.url] = entry.original


def page(title: str, *paragraphs: str, meta: str = "") -> bytes:
    """Return an article page of a portal, long enough to be one."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    filler = "<p>" + "本页由试城市人民政府办公室发布，内容仅用于检验程序，不代表任何真实机关。" * 8 + "</p>"
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="2026-01-20">{meta}</head>'
        f'<body><div class="nav"><a href="/">首页</a></div>'
        f'<div class="TRS_Editor">{body}{filler}</div></body></html>'
    ).encode()
