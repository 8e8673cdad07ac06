"""Alerts of readers: what is new in a feed, by mail to who confirmed that they want it.

    alert ─▶ its Atom feed, as readers have it ─▶ entries after those that were sent ─▶ a mail ─▶ noted

An alert is noted as sent once its mail was taken; killed in between, the mail is sent twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree

from gongkai.nights.alarms import make_alarm
from gongkai.readers_db import open_readers
from gongkai.serving import datasette_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.clock import Clock
    from archive.data_folder import DataDir
    from gongkai.nights.messages import Post
    from gongkai.nights.night_report import Alarm
    from gongkai.readers_db import Alert


_ATOM = {"atom": "http://www.w3.org/2005/Atom"}
# The title and the last lines of a mail, by its language.
_TEXTS = {
    "zh": (
        "公开 · {feed}：{n} 条",
        "您订阅了“{feed}”的邮件提醒。退订，并删去您的邮箱：\n{url}",
    ),
    "en": (
        "Gongkai, {feed}: {n} new",
        "You asked for news of “{feed}”. To end this and erase your address:\n{url}",
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed: its title, what is said of it, its page's path, and its instant in UTC."""

    title: str
    summary: str
    path: str
    updated: str


def read_entries(feed: bytes) -> tuple[str, list[Entry]]:
    """Return the title of an Atom feed (RFC 4287), and its entries, the newest first.

    Raises:
        lxml.etree.XMLSyntaxError: it is none.
    """
    root = etree.fromstring(feed, etree.XMLParser(resolve_entities=False, no_network=True))
    return root.findtext("atom:title", "", _ATOM).strip(), [
        Entry(
            entry.findtext("atom:title", "", _ATOM).strip(),
            entry.findtext("atom:summary", "", _ATOM).strip(),
            _path_of(entry.find("atom:link[@rel='alternate']", _ATOM).get("href")),
            entry.findtext("atom:updated", "", _ATOM),
        )
        for entry in root.iterfind("atom:entry", _ATOM)
    ]


def _path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(scheme="", netloc="").geturl() or "/"


def send_alerts(data: DataDir, post: Post, clock: Clock) -> Iterator[Alarm]:
    """Send each confirmed alert what is new in its feed; yield an alarm for each that was not taken."""
    if not data.readers_db.exists():
        return
    with open_readers(data, clock) as readers:
        alerts = readers.confirmed_alerts()
    if not alerts:
        return
    feeds = asyncio.run(_read_feeds(data, {(alert.feed, alert.language) for alert in alerts}))
    problems = []
    for alert in alerts:
        title, entries = feeds[alert.feed, alert.language]
        new = [it for it in entries if it.updated > alert.sent_until]
        if not new:
            continue
        if problem := _send(post, alert, title, new):
            problems.append(problem)
            continue
        with open_readers(data, clock) as readers:
            readers.note_sent(alert.token, max(it.updated for it in new))
    if problems:
        yield make_alarm("alerts_failed", count=len(problems), detail=problems[0])


async def _read_feeds(
    data: DataDir, asked: set[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, list[Entry]]]:
    site = datasette_app(data)
    found = {}
    for feed, language in sorted(asked):
        answer = await site.client.get(feed, cookies={"lang": language})
        # A body that is no longer in the corpus has no feed any more.
        found[feed, language] = read_entries(answer.content) if answer.status_code == 200 else ("", [])
    return found


def _send(post: Post, alert: Alert, feed: str, entries: Sequence[Entry]) -> str | None:
    title, end = _TEXTS[alert.language]
    told = ["\n".join(filter(None, [it.title, it.summary, post.site + it.path])) for it in entries]
    body = "\n\n".join([*told, end.format(feed=feed, url=post.link_alert(alert.token))])
    return post.send(alert.address, title.format(feed=feed, n=len(entries)), body)
