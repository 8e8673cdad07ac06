"""What readers send: a report of a figure (`/-/report/FACT`), a wish for alerts (`/-/alerts`).

A form is an ordinary page that is posted to its own address. Nobody signs in and no session is kept, so a
form that another site makes a browser send says no more than one that its owner sends. Links in mails only
lead to a page with a button: programs that look through mails follow links.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound
from lxml import etree

from archive.clock import clock_from
from archive.corpus.store import CorpusUnreadable
from archive.data_folder import read_operator_file
from gongkai.nights.alerts import digests_of_copy, find_post, read_entries
from gongkai.readers_db import (
    ClientLimit,
    FigureReport,
    NotOpened,
    NotTaken,
    Readers,
    open_readers,
    released_reports,
)
from gongkai.web.language import current_language, tell
from gongkai.web.pages.page_queries import Queries, make_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gongkai.web.pages.page_queries import Context, Visit

logger = logging.getLogger(__name__)

# One address, and nothing that a mailer might take for a second one or for an option.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_FEED = re.compile(r"/-/feeds/(?P<kind>[a-z]+)\.atom(\?[^\s#]{0,500})?")
_limit = ClientLimit()


async def read_released(database: Any, figure: str | None = None) -> Sequence[FigureReport]:
    """Return what was reported and answered, of a figure or of all; nothing where that cannot be read."""
    try:
        return await asyncio.to_thread(released_reports, database.data, figure)
    except CorpusUnreadable as damage:
        logger.warning("%s", damage)  # the page of a figure does not depend on it
        return ()


@make_page("report", r"^/-/report/(?P<fact>[0-9a-f]+)$")
async def read_report(visit: Visit) -> Context:
    """Return the form by which a figure is reported, or what became of it.

    Raises:
        NotFound: no published figure has that id.
    """
    figure = visit.request.url_vars["fact"]
    fact = await Queries(visit.database, "evidence").read_first("fact", id=figure)
    if fact is None:
        raise NotFound("no such figure")
    if visit.request.method != "POST":
        return {"fact": fact}
    said = (await visit.request.post_vars()).get("said", "")
    return {"fact": fact, "said": said, **await _keep(visit, lambda it: it.report_figure(figure, said))}


@make_page("reports")
async def read_reports(visit: Visit) -> Context:
    """Return what was reported and answered, with the figures that are still published."""
    released = await read_released(visit.database)
    queries = Queries(visit.database, "evidence")
    facts = {figure: await queries.read_first("fact", id=figure) for figure in {it.figure for it in released}}
    return {"reports": [(it, facts[it.figure]) for it in released if facts[it.figure]]}


@make_page("alerts")
async def read_alerts(visit: Visit) -> Context:
    """Return the form by which a feed is subscribed to by mail, or what became of it."""
    post = find_post(read_operator_file(visit.database.data.root))
    posted = await visit.request.post_vars() if visit.request.method == "POST" else {}
    feed, address = posted.get("feed") or visit.read_text("feed"), posted.get("address", "").strip()
    known = await _find_feed(visit, feed)
    if not (post and known and posted):
        return {"feed": feed if known else "", "title": known, "has_post": post is not None}
    context = {"feed": feed, "title": known, "has_post": True, "address": address}
    if not _ADDRESS.fullmatch(address):
        return {**context, "problem": "alerts.no_address", "status": 400}
    language = current_language()

    def ask(readers: Readers) -> str | None:
        if not readers.knows_entries:  # what is merged before the first night sends alerts is new to this one
            readers.note_entries(digests_of_copy(visit.database.data))
        return readers.ask_alert(address, feed, language)

    kept = await _keep(visit, ask)
    if token := kept.get("answer"):
        # A mail that nobody has confirmed holds no words of who asked for it: only what kind of feed it is.
        kind = _FEED.fullmatch(feed)
        title = tell(f"feeds.{kind['kind']}", q="…") if kind else ""
        body = tell("alerts.confirm_mail", title=title, url=post.link_alert(token))
        if problem := await asyncio.to_thread(post.send, address, tell("alerts.confirm_title"), body):
            logger.error("an alert could not be confirmed: %s", problem)
            await _work_on(visit, lambda it: it.end_alert(token))  # who tries again is sent another mail
            return {**context, "problem": "alerts.no_mail", "status": 503}
    return {**context, **kept}


@make_page("alert", r"^/-/alerts/(?P<token>[\w-]+)$")
async def read_alert(visit: Visit) -> Context:
    """Return an alert with the buttons that confirm and end it, or what became of it.

    Raises:
        NotFound: there is no such alert, or none any more.
    """
    token = visit.request.url_vars["token"]
    # Opening would make the file: a link that somebody guesses writes nothing.
    has_any = visit.database.data.readers_db.exists()
    found = await _work_on(visit, lambda it: it.find_alert(token)) if has_any else {}
    if "problem" in found:
        return found
    alert = found.get("answer")
    if alert is None:
        raise NotFound("no such alert")
    context = {"alert": alert, "title": await _find_feed(visit, alert.feed)}
    if visit.request.method != "POST":
        return context
    if (await visit.request.post_vars()).get("do") == "end":
        return {**context, "done": "alerts.ended", **await _keep(visit, lambda it: it.end_alert(token))}
    return {**context, "done": "alerts.confirmed", **await _keep(visit, lambda it: it.confirm_alert(token))}


async def _find_feed(visit: Visit, feed: str) -> str | None:
    """Return the title of a feed of this site; None for what is none."""
    if not _FEED.fullmatch(feed):
        return None
    answer = await visit.datasette.client.get(feed, cookies={"lang": current_language()})
    try:
        return read_entries(answer.content).title if answer.status_code == 200 else None
    except etree.XMLSyntaxError:
        logger.exception("the feed %s is broken", feed)  # who has an alert of it can end that all the same
        return None


async def _keep(visit: Visit, work: Callable[[Readers], Any]) -> Context:
    """Do something to `readers.db`; return what the page says of it."""
    client = (visit.request.scope.get("client") or ("",))[0]
    if not _limit.admits(client, time.time()):
        return {"problem": "readers.too_often", "status": 429}
    return await _work_on(visit, work)


async def _work_on(visit: Visit, work: Callable[[Readers], Any]) -> Context:
    """Do something with `readers.db`; return its `answer`, or the `problem` that the page tells.

    It is done in a thread, for it may have to wait until another has let the file go.
    """

    def work_on() -> Any:
        with open_readers(visit.database.data, clock_from(None)) as readers:
            return work(readers)

    try:
        return {"kept": True, "answer": await asyncio.to_thread(work_on)}
    except NotOpened as damage:
        logger.error("%s", damage)  # noqa: TRY400  what is wrong with the file stands in the message
        return {"problem": "readers.not_opened", "status": 503}
    except NotTaken as refusal:
        logger.info("%s", refusal)
        return {"problem": "readers.not_taken", "status": 400}
