"""The frontier made from WARC: all of it when it is lost, the last minutes of it after a kill.

Both are one thing: every capture of the WARC files that the frontier has not folded in is recorded again, by
the function that recorded it live, and what articles have attached is found again. Recording twice changes
nothing, so a file that was folded in part is simply folded again.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from archive.clock import night_of
from archive.database import replaced_database
from archive.frontier.outcomes import Judge
from archive.frontier.schedule import Found
from archive.frontier.state import Frontier, FrontierBroken, explaining
from archive.frontier.targets import Link, Terms
from archive.warc.entries import ArchiveError, Context, Headers, Role, StoredCapture, StoredRun, foreign_mark
from archive.warc.files import readable_files
from archive.warc.moved_files import known_size, stored_size
from archive.warc.reader import Found as FoundInArchive
from archive.warc.reader import load_payload, read_archive
from pipelines.addresses import is_within
from pipelines.attachments.finding import attachments_in
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.html.elements import parse_page
from pipelines.readers.html.main_content import find_parts
from pipelines.response.http_message import declared_charset, header_value, unpack_content
from pipelines.response.outcome import Outcome
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.text.charset import decode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    LinksOf = Callable[[StoredCapture], Iterable[Link]]


DAMAGED = -1
"""Stands for the size of a file that could not be read to its end."""


def rebuild_frontier(path: Path, folder: Path, links_of: LinksOf | None = None) -> tuple[str, ...]:
    """Make `crawl.db` anew from WARC alone, beside the old one, and put it in its place when it is whole.

    Args:
        path: `crawl.db`.
        folder: the WARC files, sealed (see `archive.warc.files`).
        links_of: reads the links off a list page's capture, so that what was listed and never fetched is
            known again too.

    Returns:
        What evidence could not be read, in words; what stands before it in its file is in the frontier.

    Raises:
        FrontierBroken: it cannot be written; the old one stays.
    """
    with explaining(), replaced_database(path) as fresh, contextlib.closing(Frontier(fresh)) as frontier:
        return catch_up(frontier, folder, links_of)


def catch_up(frontier: Frontier, folder: Path, links_of: LinksOf | None = None) -> tuple[str, ...]:
    """Record what stands in WARC files that the frontier does not know, or not in full.

    Returns:
        What evidence could not be read, in words. It is tried, and told, again each time.
    """
    damage: list[str] = []
    judge = Judge(folder, frontier)
    for path in readable_files(folder):
        size = DAMAGED
        with contextlib.suppress(OSError):  # where there is none, reading tells
            size = stored_size(path)
        is_folded = size != DAMAGED and frontier.count_folded_bytes(path.name) == size
        # What others fetched is nothing that we asked for, must ask for, or may say is unchanged.
        if foreign_mark(path.name) or is_folded:
            continue
        with frontier.transaction():
            problems = _fold(frontier, judge, path, links_of)
            frontier.note_folded(path.name, DAMAGED if problems else size)
        damage += problems
    return tuple(damage)


def note_all_folded(frontier: Frontier, folder: Path) -> None:
    """Note, after a run that was sealed, that the frontier knows every file in full that can be read."""
    with frontier.transaction():
        for path in readable_files(folder):
            if frontier.count_folded_bytes(path.name) != DAMAGED:
                frontier.note_folded(path.name, known_size(path))


def _fold(frontier: Frontier, judge: Judge, path: Path, links_of: LinksOf | None) -> list[str]:
    problems: list[str] = []
    try:
        for item in read_archive(path, on_damage=lambda damage: problems.append(str(damage))):
            try:
                _fold_item(frontier, judge, path.parent, item, links_of)
            except FrontierBroken:
                raise
            except ArchiveError as error:
                problems.append(str(error))
    except OSError as error:
        problems.append(f"{path.name}: {error.strerror or error}")
    return problems


def _fold_item(
    frontier: Frontier, judge: Judge, folder: Path, item: FoundInArchive, links_of: LinksOf | None
) -> None:
    if isinstance(item, StoredRun):
        _fold_run(frontier, item)
        return
    outcome = judge.judge_again(item)
    frontier.record_capture(item, outcome)
    context = item.context
    if context is None or context.portal is None:
        return
    if links_of is not None:
        night = frontier.night_of_capture(item)
        found = Found(context.portal, item.id, context.list_url or item.url, night)
        frontier.schedule.add_links(found, links_of(item))
    if outcome == Outcome.OK:
        _follow_leads(frontier, folder, item, context, context.portal)


def _fold_run(frontier: Frontier, stored: StoredRun) -> None:
    event = stored.event
    if event.event == "start":
        if event.body.get("verb") == "crawl":
            portals = event.body.get("portals", ())
            frontier.begin_run(event.run_id, event.at, [str(portal["id"]) for portal in portals])
            for portal in portals:
                frontier.schedule.set_terms(str(portal["id"]), Terms.of(portal))
        return
    frontier.end_run(event.run_id, str(event.body["state"]))
    night = frontier.schedule.night_of_run(event.run_id) or night_of(event.at)
    for sweep in event.body.get("sweeps", ()):
        # What was asked for itself has answered by now; the rest is still to be asked.
        frontier.schedule.record_due(str(sweep["portal"]), sweep.get("missing", ()), night)


# Attachments and further pages of articles on their way into the frontier: targets of the article's portal.
#
#     article or part answered ─▶ find_leads ─▶ Schedule.add_links, parent = the article's capture
#
# A crawl does it as its answers come in; what it left undone when it was killed, and what a lost frontier
# knew, is found again in the archived pages.

logger = logging.getLogger(__name__)

LEADING = frozenset((Role.ARTICLE, Role.PART))
"""What is fetched with these may have something attached."""

LIMIT_BYTES = 4 * 1024 * 1024
"""No article is larger, unless pictures stand in its markup. Reading one keeps the other portals waiting."""


def find_leads(
    body: bytes, headers: Headers, url: str, *, first: str, date: str | None, covers: Callable[[str], bool]
) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """Return where a page of an article leads.

    Args:
        body: of the answer; content coding undone, unless a header says otherwise.
        headers: its header fields.
        url: its address.
        first: the address of the article, which is its first page.
        date: the date of the article, as its list printed it.
        covers: whether an address is the portal's own.

    Returns:
        Links to what it has attached, but for those that only a script could resolve; and the addresses of
        further pages of the article, on its portal.
    """
    try:
        plain, is_whole = unpack_content(body, headers, LIMIT_BYTES)
        content_type = header_value(headers, "content-type")
        if sniff(plain, content_type) is not PayloadType.HTML:
            return (), ()
        if len(plain) > LIMIT_BYTES:
            logger.warning("%s: larger than %s bytes, its attachments are not followed", url, LIMIT_BYTES)
            return (), ()
        text = decode_text(plain, [declared_charset(content_type)]).text
        # Where a page is cut, the address it breaks off in is none that it links to.
        root = parse_page(text if is_whole else text[: text.rfind(">") + 1])
    except (UnreadableDocument, ReaderMissing):
        return (), ()  # what cannot be read becomes a document that says so
    attached = tuple(
        Link(each.url, each.name or None, date, wanted=covers(each.url))
        for each in attachments_in(root, url)
        if each.url is not None
    )
    return attached, tuple(part for part in find_parts(root, url, first) if covers(part))


def _follow_leads(
    frontier: Frontier, folder: Path, capture: StoredCapture, context: Context, portal: str
) -> None:
    """Add what a page of an archived article leads to to the targets of its portal."""
    if context.role not in LEADING or capture.status != 200:
        return
    place = frontier.find_payload(capture)
    if place is None:
        return
    stored = load_payload(folder, *place)
    hosts = frontier.schedule.terms_of(portal).hosts
    attached, parts = find_leads(
        stored.body,
        stored.headers,
        capture.url,
        first=capture.url,
        date=context.list_date,
        covers=lambda url: is_within(url, hosts),
    )
    night = frontier.night_of_capture(capture)
    found = Found(portal, capture.id, context.list_url, night, Role.ATTACHMENT)
    frontier.schedule.add_links(found, attached)
    if context.role is Role.ARTICLE:
        frontier.schedule.note_parts(portal, capture.url, parts)
