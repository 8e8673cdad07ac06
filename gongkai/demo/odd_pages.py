"""What the demo portal answers when something is amiss: error pages that say 200, stubs, a challenge."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gongkai.demo.answers import Answer, html_answer, redirect
from gongkai.demo.lists import Row
from gongkai.demo.templating import read_table, render_page

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

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
