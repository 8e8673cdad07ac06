"""Towns whose documents come, change, move, go and come back, and a reader who asks all the time."""

from __future__ import annotations

import datetime as dt
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from archive.clock import SHANGHAI
from gongkai.demo.server import Answer, html_answer
from tests.archive.evidence import page
from tests.portals.broken_wire import break_answer
from tests.soak import SOAK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Asked

NIGHTS, NIGHTS_OF_STAGE, LEFT_ALONE, DAYS = (60, 5, 2, 1) if SOAK else (7, 2, 0, 4)
"""How many there are, days apart; something happens at each portal when a stage begins, and its last nights
are left alone."""
LAST_ALONE = 3
"""So many nights at the end are left alone: a document is withdrawn on its third night gone, and those before
may have been ended before they asked for it."""
TOWNS = "abc" if SOAK else "ab"
BEGIN = dt.datetime(2026, 2, 1, 3, tzinfo=SHANGHAI)
LAST_NEWS = NIGHTS // NIGHTS_OF_STAGE - 1
"""The last stage that begins with news: what a night has missed is found in those that follow."""
GONE = range(3, 8) if SOAK else range(1, 9)
MOVED_IN = 2
PORTAL = """id: {id}
name: {id}市
family: static_list
home_url: {address}/
enabled: true
revisit_days: 1
lists:
  - url: {address}/nb/index.html
"""
NOT_FOUND = html_answer(b"<html><body>404 Not Found</body></html>", status=404)
RESET = break_answer(Answer(200, (), b""), reset=True)


@dataclass
class Town:
    """A portal whose documents come, change, move, go and come back, stage by stage.

    Attributes:
        id: of the portal.
        is_down: whether nobody answers.
        opened: cleared while every request waits.
        asked: set by each request.
    """

    id: str
    is_down: bool = False
    opened: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request on a night."""
        self.asked.set()
        self.opened.wait(60)
        if self.is_down:
            return RESET
        shown = dict(self._documents(night // NIGHTS_OF_STAGE))
        if asked.path == "/nb/index.html":
            links = "".join(
                f'<li><a href="{path}" title="{title}">{title}</a><span>2026-01-15</span></li>'
                for path, (title, _) in shown.items()
            )
            call = f'createPageHTML(1, 0, "index", "html", {len(shown)});'
            return html_answer(f"<html><ul class='list'>{links}</ul><script>{call}</script></html>".encode())
        if asked.path == "/":
            return html_answer(f"<html><title>{self.id}市人民政府</title><p>首页</html>".encode())
        return html_answer(page(*shown[asked.path])) if asked.path in shown else NOT_FOUND

    def _documents(self, stage: int) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield address, title and text of what stands at a stage."""
        drafts = min(stage, LAST_NEWS) + 1
        for number in range(3 + drafts):
            draft = f"第{number}号的全文，第{drafts if number == 0 else 1}稿。"
            folder = "new" if number == 2 and stage >= MOVED_IN else "nb"
            if not (number == 1 and stage in GONE):
                yield f"/{folder}/{number}.html", (f"{self.id}市第{number}号通知", draft)


class Reader(threading.Thread):
    """Asks the server all the time; keeps what does not fit together."""

    PATHS = ("/", "/gongkai/documents", "/-/changes", "/-/coverage", "/-/feeds/documents.atom")
    COUNTS = (
        "SELECT (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM versions) AS versions, "
        "(SELECT count(*) FROM changes) AS changes, (SELECT count(*) FROM documents WHERE current_version_id "
        "NOT IN (SELECT id FROM versions)) AS lost"
    )

    def __init__(self, address: str) -> None:
        super().__init__(name="reader")
        self.address = address
        self.ended = threading.Event()
        self.problems: list[str] = []
        self.copies: dict[str, Any] = {}

    def run(self) -> None:
        pause, is_last = 0.3 if SOAK else 2.0, False
        with httpx.Client(base_url=self.address, timeout=60) as client:
            # It looks once more when all nights are over: the few of `make test` may pass between two looks.
            while not is_last:
                is_last = self.ended.wait(pause)
                answers = [client.get(path) for path in self.PATHS]
                counted = client.get("/-/export.json", params={"sql": self.COUNTS})
                for answer in (*answers, counted):
                    if answer.status_code != httpx.codes.OK:
                        said = " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
                        self.problems.append(f"reader: {answer.url}: {answer.status_code} {said[:600]}")
                if counted.status_code == httpx.codes.OK:
                    self._compare(counted)

    def _compare(self, counted: httpx.Response) -> None:
        [row] = counted.json()["rows"]
        if row != self.copies.setdefault(counted.headers["x-database-sha256"], row) or row[-1]:
            self.problems.append(f"reader: of one copy {row} and {self.copies}")
