"""Messages by `apprise`, and alerts of readers: what is new in a feed, by mail to who confirmed they want it.

    copy ─▶ entries not known before ─▶ noted ─▶ those of them in the feed of an alert ─▶ a mail ─▶ noted

New is what became known since the alert was sent, however long ago it happened: it may be told late. An alert
is noted as sent once its mail was taken; killed in between, the mail is sent twice.
"""

from __future__ import annotations

import asyncio
import logging
import re
from http import HTTPStatus
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from lxml import etree

from archive.corpus.store import reading
from gongkai.nights.alarms import make_alarm
from gongkai.nights.kept_reports import event_digest
from gongkai.readers_db import LIMITS, Alert, open_readers
from gongkai.serving import datasette_app
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from datasette.app import Datasette

    from archive.clock import Clock
    from archive.data_folder import DataDir
    from gongkai.nights.night_report import Alarm

    _Asked = tuple[str, str, str]  # a feed, the language, and since when what is known is new


def send_message(address: str, title: str, body: str, *, is_bad: bool = False) -> str | None:
    """Send a message; return why it was not taken, without what the address keeps secret.

    Args:
        address: of apprise.
        title: in one line.
        body: plain text.
        is_bad: whether somebody has to look.
    """
    import apprise  # noqa: PLC0415  takes most of a second, where nothing may be to tell

    logging.getLogger("apprise").propagate = False  # it may name what is secret
    capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
    with capture as said:
        try:
            service = apprise.Apprise.instantiate(address)
            if not service:
                return "no service of apprise has such an address"
            service.overflow_mode = apprise.OverflowMode.SPLIT
            kind = apprise.NotifyType.WARNING if is_bad else apprise.NotifyType.SUCCESS
            courier = apprise.Apprise(services=[service])
            if courier.notify(body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT):
                return None
        except Exception as failure:  # noqa: BLE001  a notifier never fails the night
            return type(failure).__name__
        return _redact(said.getvalue(), address) or "it was not taken"


def _redact(said: str, address: str) -> str:
    """Return what a notifier said in one line, without any word of its address but the scheme."""
    scheme = urlsplit(address).scheme
    words = {word for word in re.split(r"[/?&=:@,\s]+", f"{address} {unquote(address)}") if word}
    for word in sorted(words - {scheme}, key=len, reverse=True):
        said = said.replace(word, "…")
    return " ".join(said.split())


class Post(FrozenStruct):
    """By what mail is sent to readers, and where the site is that its links lead to.

    Attributes:
        mail: an address of apprise without a recipient, as `mailtos://user:password@smtp.example.org`.
        site: of the front page, without a closing slash.
    """

    mail: str
    site: str

    def send(self, address: str, title: str, body: str) -> str | None:
        """Send a mail; return why it was not taken."""
        mark = "&" if "?" in self.mail else "?"
        return send_message(f"{self.mail}{mark}{urlencode({'to': address})}", title, body)

    def link_alert(self, token: str) -> str:
        """Return the address at which an alert is confirmed and ended."""
        return f"{self.site}/-/alerts/{token}"


def find_post(stored: Mapping[str, str]) -> Post | None:
    """Return how readers are written to; None where the operator has not said by what, or where the site is.

    Args:
        stored: the operator's file.
    """
    return Post(stored["mail"], stored["site"].rstrip("/")) if {"mail", "site"} <= stored.keys() else None


_ATOM = {"atom": "http://www.w3.org/2005/Atom"}
# The title and the last lines of a mail, and what stands for the entries beyond its most, by its language.
_TEXTS = {
    "zh": (
        "公开 · {feed}：{n} 条",
        "您订阅了“{feed}”的邮件提醒。退订，并删去您的邮箱：\n{url}",
        "另有 {n} 条：\n{url}",
    ),
    "en": (
        "Gongkai, {feed}: {n} new",
        "You asked for news of “{feed}”. To end this and erase your address:\n{url}",
        "And {n} more:\n{url}",
    ),
}


class Entry(NamedTuple):
    """An entry of a feed: its title, what is said of it, its page's path, and its instant in UTC."""

    title: str
    summary: str
    path: str
    updated: str


class Feed(NamedTuple):
    """An Atom feed (RFC 4287): its title, the path of the page that shows all of it, its newest entries."""

    title: str
    path: str
    entries: list[Entry]


class FeedNotRead(GongkaiError):
    """A feed could not be read now, so what is new in it is not known."""


def read_entries(feed: bytes) -> Feed:
    """Read an Atom feed.

    Raises:
        lxml.etree.XMLSyntaxError: it is none.
    """
    root = etree.fromstring(feed, etree.XMLParser(resolve_entities=False, no_network=True))
    entries = [
        Entry(
            entry.findtext("atom:title", "", _ATOM).strip(),
            entry.findtext("atom:summary", "", _ATOM).strip(),
            _path_of(entry),
            entry.findtext("atom:updated", "", _ATOM),
        )
        for entry in root.iterfind("atom:entry", _ATOM)
    ]
    return Feed(root.findtext("atom:title", "", _ATOM).strip(), _path_of(root), entries)


def _path_of(element: etree._Element) -> str:
    parts = urlsplit(element.find("atom:link[@rel='alternate']", _ATOM).get("href"))
    return parts._replace(scheme="", netloc="").geturl() or "/"


# What feeds may tell: the key by which an entry is asked for, and when it happened (rows of `feeds.sql`).
# In a search, and in what is narrowed to a body or place, a document stands only once it has a text: what
# waits for its reader, as a scan may, is new there when it is read, and not when it appeared.
_CHANGES = "SELECT document_id || ' ' || c.kind || ' ' || capture_id, observed_at FROM changes AS c"
_TOLD = {
    "changes": _CHANGES,
    "texts": f"{_CHANGES} JOIN documents AS d ON d.id = document_id WHERE d.current_version_id IS NOT NULL",
    "checks": """
        SELECT f.id, v.first_seen FROM check_failures AS f JOIN versions AS v ON v.id = f.version_id
        WHERE f.worst_severity <> 'info'
    """,
}
_CHECKS = "/-/feeds/checks.atom"
# So many entries are asked for at once: a feed has no more, and their keys fit an address.
_AT_ONCE = 100


def digests_of_copy(data: DataDir) -> list[tuple[int, str]]:
    """Return the digest of everything that feeds may tell, and when it happened.

    Raises:
        CorpusUnreadable: the copy is damaged.
    """
    return [(event_digest(sort, key), happened) for sort, key, happened in _read_told(data)]


def _read_told(data: DataDir) -> Iterator[tuple[str, str, str]]:
    """Read of everything that feeds may tell its sort, its key, and when it happened.

    Raises:
        CorpusUnreadable: the copy is damaged.
    """
    with reading(data.public_db) as copy:
        for sort, told in _TOLD.items():
            for key, happened in copy.execute(told):
                yield sort, key, happened


def send_alerts(data: DataDir, post: Post, clock: Clock) -> Iterator[Alarm]:
    """Send each confirmed alert what is new in its feed; yield an alarm for each that was not sent."""
    if not (data.readers_db.exists() and data.public_db.exists()):
        return
    entries = digests_of_copy(data)
    with open_readers(data, clock) as readers:
        until = readers.note_entries(entries)
        alerts = readers.confirmed_alerts()
        since = readers.known_after(min((it.sent_until for it in alerts), default=until))
    if not since:
        return
    new = [
        (sort, key, known)
        for sort, key, _ in _read_told(data)
        if (known := since.get(event_digest(sort, key)))
    ]
    wanted = {(it.feed, it.language, it.sent_until): _choose(new, it) for it in alerts}
    feeds = asyncio.run(_read_feeds(data, wanted))
    problems = []
    for alert in alerts:
        feed = feeds[alert.feed, alert.language, alert.sent_until]
        problem = feed if isinstance(feed, str) else feed and _send(post, alert, feed)
        if problem:
            problems.append(problem)
        # A body that is gone may come back: then nothing that is told of it was passed over.
        elif feed:
            with open_readers(data, clock) as readers:
                readers.note_sent(alert.token, until)
    if problems:
        yield make_alarm("alerts_failed", count=len(problems), detail=problems[0])


def _choose(new: Iterable[tuple[str, str, str]], alert: Alert) -> list[str]:
    """Return the keys of what an alert was not sent, in its feed or in another."""
    of_changes = "texts" if "?" in alert.feed else "changes"
    wanted = "checks" if alert.feed.startswith(_CHECKS) else of_changes
    return [key for sort, key, known in new if sort == wanted and known > alert.sent_until]


async def _read_feeds(
    data: DataDir, wanted: Mapping[_Asked, Sequence[str]]
) -> dict[_Asked, Feed | str | None]:
    """Return of each feed what is new in it; why it cannot be read; None for one that is no more."""
    site = datasette_app(data)
    found: dict[_Asked, Feed | str | None] = {}
    for asked, keys in sorted(wanted.items()):
        try:
            found[asked] = await _read_feed(site, asked, keys)
        except (FeedNotRead, etree.XMLSyntaxError) as problem:
            found[asked] = f"{asked[0]}: {problem}"  # the others are sent all the same
    return found


async def _read_feed(site: Datasette, asked: _Asked, keys: Sequence[str]) -> Feed | None:
    path, _, arguments = asked[0].partition("?")
    whole = Feed("", "", [])
    for first in range(0, len(keys), _AT_ONCE):
        # The first of two arguments of a name counts.
        chosen = urlencode({"entries": "\n".join(keys[first : first + _AT_ONCE])})
        answer = await site.client.get(f"{path}?{chosen}&{arguments}", cookies={"lang": asked[1]})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None  # a body that is no longer in the corpus has no feed any more
        if answer.status_code != HTTPStatus.OK:
            raise FeedNotRead(f"it was answered {answer.status_code}")
        feed = read_entries(answer.content)
        whole = feed._replace(entries=whole.entries + feed.entries)
    return whole._replace(entries=sorted(whole.entries, key=attrgetter("updated"), reverse=True))


def _send(post: Post, alert: Alert, feed: Feed) -> str | None:
    if not feed.entries:
        return None
    title, end, more = _TEXTS[alert.language]
    listed = feed.entries[: LIMITS.mail_entries]
    told = ["\n".join(filter(None, [it.title, it.summary, post.site + it.path])) for it in listed]
    if left := len(feed.entries) - len(listed):
        told.append(more.format(n=left, url=post.site + feed.path))
    body = "\n\n".join([*told, end.format(feed=feed.title, url=post.link_alert(alert.token))])
    return post.send(alert.address, title.format(feed=feed.title, n=len(feed.entries)), body)
