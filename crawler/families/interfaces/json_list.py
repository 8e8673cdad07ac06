"""Lists that an interface answers as JSON, described by options: one family for all systems of that kind.

Where the rows, their links and dates stand in an answer, and where the page's number stands in a request, is
said in a portal's YAML, or by a preset (`presets.yaml`) for systems that many portals run.

    text ─ text ─▶ answer ─ verdict ─▶ refused, or
                      ├ rows ─▶ links      └ paging ─▶ next page's request

A list may be given by the ordinary page that shows it (`behind`): what that page's script says is filled into
the interface's address. Deliberately left out: tokens that must be asked for first, and captchas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from archive.frontier.targets import PageRequest
from crawler.families.base import ListPage
from crawler.families.interfaces.behind import interface_address
from crawler.families.interfaces.paging import Answered, Paging, read_answered, read_paging
from crawler.families.interfaces.rows import fragment_links, listed_link, rows_at
from crawler.families.interfaces.text import read_json
from crawler.families.interfaces.verdict import NEEDS_CAPTCHA, message, refusal, unread_reason, wants_captcha
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.families.base import ListedLink, PageAt

OPTIONS: Mapping[str, str] = {
    "body": "what is posted for the first page; without it the page is asked for by GET",
    "content_type": "the body's, such as application/x-www-form-urlencoded; charset=UTF-8",
    "ajax": "true where pages must be asked for with X-Requested-With",
    "items": "the path to the rows, such as data.list; alternatives are parted by ` | `",
    "fragment": "the path to HTML whose rows are the list, instead of items",
    "link": "the path to a row's address, or a template such as /detail?id={id}",
    "title": "the path to a row's title",
    "date": "the path to a row's date",
    "base": "the address that relative links start from, where it is not the list's own",
    "total": "the path to the number of rows of the whole list",
    "pages": "the path to the number of pages",
    "page": "where a request has the page's number, such as query:page, form:pageIndex or json:pn",
    "first": "the number of the first page, where it is not the first request's own",
    "step": "1 where pages are counted; where rows are, how many a page has, or where a request says so",
    "size": "rows on a page: a number, where a request says so, or a path in the answer",
    "ok": "what a good answer shows, such as code=200, where the usual signs mislead",
    "behind": "the interface behind an ordinary page, such as /api/all/{fragment}?sid={SID}",
}


def read_list(text: str, at: PageAt) -> ListPage:
    """Read an answer of an interface, or the page that leads to it.

    Args:
        text: the answer, decoded.
        at: where it was found, with the options that describe it.

    Source: the shapes of `docs/portals.md`, lists in JSON.
    """
    options = at.options
    interface = interface_address(text, at)
    if interface is not None:
        return ListPage(next_pages=(interface,), dialect="behind", is_shell=True)
    answer = read_json(text)
    if answer is None:
        return ListPage(unreadable=unread_reason(text, at.request.url))
    rows, links = _read_rows(answer, at)
    answered = read_answered(options, at.request, answer, rows or 0)
    refused = refusal(answer, options.get("ok"), has_rows=bool(rows))
    if refused is None and not links:
        # An empty list may be written as null; that there are none is then said by the total.
        refused = _why_nothing(answer, 0 if answered.total == 0 else rows, at.request.url)
    paging = read_paging(options, at.request, _first_requests(at))
    return _list_page(links, answered, paging, at, refused)


def _list_page(
    links: tuple[ListedLink, ...], answered: Answered, paging: Paging | None, at: PageAt, refused: str | None
) -> ListPage:
    goes_on = paging is not None and refused is None
    return ListPage(
        links=links,
        next_pages=paging.next_request(at.request, answered) if paging and goes_on else (),
        declared_total=answered.total if refused is None else None,
        declared_pages=answered.pages if refused is None else None,
        dialect=paging.place.kind if paging else None,
        is_empty=refused is None and answered.rows == 0 and answered.total == 0,
        unreadable=refused,
    )


def _read_rows(answer: Any, at: PageAt) -> tuple[int | None, tuple[ListedLink, ...]]:
    """Return how many rows an answer has, None where it has no place for any, and their links."""
    options = at.options
    base = clean_url(options.get("base", ""), at.list_url) or at.list_url
    if "fragment" in options:
        links = fragment_links(answer, options["fragment"], base)
        return (None, ()) if links is None else (len(links), links)
    rows = rows_at(answer, options.get("items", ""))
    if rows is None:
        return None, ()
    found = (listed_link(row, options, base) for row in rows)
    return len(rows), tuple(link for link in found if link is not None)


def _why_nothing(answer: Any, rows: int | None, url: str) -> str | None:
    """Return in a word why an answer that nobody refused brings no link; None where the list is just over."""
    if wants_captcha(url):
        return NEEDS_CAPTCHA
    if rows is None:
        return ": ".join(filter(None, ("no_items", message(answer))))
    return "no_links" if rows else None


def _first_requests(at: PageAt) -> tuple[PageRequest, ...]:
    """What may say which number the first page has: the list's own request, or what stands behind."""
    own = PageRequest(urldefrag(at.list_url)[0], at.options.get("body"))
    return (own, PageRequest(at.options["behind"])) if "behind" in at.options else (own,)
