"""Lists that an interface answers as JSON, described by options: one family for all systems of that kind.

Where the rows, their links and dates stand in an answer, and where the page's number stands in a request, is
said in a portal's YAML, or by a preset (`presets.yaml`) for systems that many portals run.

    text ─ text ─▶ answer ─ verdict ─▶ refused, or
                      ├ rows ─▶ links      └ paging ─▶ next page's request

A list may be given by the ordinary page that shows it (`behind`): what that page's script says is filled into
the interface's address. Deliberately left out: tokens that must be asked for first, and captchas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urldefrag, urlencode

from archive.frontier.targets import PageRequest
from crawler.families.base import LISTS, Check, ListedLink, ListPage, PageAt, list_pattern, list_words
from crawler.families.html_list import read_page
from crawler.families.pages.json_answers import (
    PLACEHOLDER,
    as_count,
    fill_template,
    is_path,
    listed_link,
    one_line,
    page_data,
    read_json,
    rows_at,
    split_alternatives,
)
from crawler.families.pages.markup import page_script, parse_markup
from crawler.families.pages.page_requests import (
    Place,
    fault_unless,
    next_requests,
    number_fault,
    of_each,
    path_fault,
    query_fields,
    read_answered,
    read_object,
    read_place,
    with_query,
)
from crawler.families.pages.pager import Pager
from crawler.families.pages.script_model import NAME
from crawler.families.pages.stated_requests import UNREAD, Stated, requests_on, unread_words
from pipelines.addresses import clean_url
from pipelines.readers.html.elements import base_of


def read_list(text: str, at: PageAt) -> ListPage:
    """Read an answer of an interface, or the page that leads to it.

    Args:
        text: the answer, decoded.
        at: where it was found, with the options that describe it.

    Source: the shapes of `docs/portals.md`, lists in JSON.
    """
    options = at.options
    interface = read_interface(text, at)
    if interface is not None:
        return interface
    answer = read_json(text)
    if answer is None:
        unread = unread_reason(text, at.request.url)
        return (_read_page(text, at) if unread == _NOT_JSON else None) or ListPage(unreadable=unread)
    rows, links = _read_rows(answer, at, at.list_url)
    answered = read_answered(options, at.request, answer, rows or 0)
    refused = refusal(answer, has_rows=bool(rows))
    if refused is None and not links:
        # An empty list may be written as null; that there are none is then said by the total.
        refused = _why_nothing(answer, 0 if answered.total == 0 else rows, at.request.url)
    if refused is not None:
        return ListPage(links=links, unreadable=refused)

    return ListPage(
        links=links,
        next_pages=next_requests(options, at.request, _first_requests(at), answered),
        declared_total=answered.total,
        declared_pages=answered.pages,
        is_empty=answered.rows == 0 and answered.total == 0,
    )


def _read_page(text: str, at: PageAt) -> ListPage | None:
    """Read the rows that a page brings for a script to draw; None where it holds none, or shows some.

    A page that loads more says nothing of the list's length, whatever its data do.
    """
    root = parse_markup(text) if text.lstrip("\ufeff \t\r\n").startswith("<") else None
    answer = {} if root is None else page_data(root)
    rows, links = _read_rows(answer, at, at.url if root is None else base_of(root, at.url))
    if rows is None or read_page(root, PageAt(at.url, at.request, at.list_url)).links:
        return None
    if list_pattern("loads_more").search(text):
        return ListPage(links=links, unreadable="loads_more")
    answered = read_answered(at.options, at.request, answer, rows)
    declared = Pager(answered.total, answered.pages)
    turned_by = {name: at.options[name] for name in ("page", "first") if name in at.options}
    return read_page(root, PageAt(at.url, at.request, at.list_url, turned_by), links, declared)


def _read_rows(answer: Any, at: PageAt, base: str) -> tuple[int | None, tuple[ListedLink, ...]]:
    """Return how many rows an answer has, None where it has no place for any, and their links."""
    rows = rows_at(answer, at.options.get("items", ""))
    if rows is None:
        return None, ()
    found = (listed_link(row, at.options, base) for row in rows)
    return len(rows), tuple(link for link in found if link is not None)


def _why_nothing(answer: Any, rows: int | None, url: str) -> str | None:
    """Return in a word why an answer that nobody refused brings no link; None where the list is just over."""
    if wants_captcha(url):
        return NEEDS_CAPTCHA
    if rows is None:
        return ": ".join(filter(None, ("no_items", read_message(answer))))
    return "no_links" if rows else None


def _first_requests(at: PageAt) -> tuple[PageRequest, ...]:
    """What may say which number the first page has: the list's own request, or what stands behind."""
    own = PageRequest(urldefrag(at.list_url)[0], at.options.get("body"))
    return (own, PageRequest(at.options["behind"])) if "behind" in at.options else (own,)


# The interface behind an ordinary list page, whose script says what to ask it for.
# Nothing is guessed: a template (`/gkmlpt/api/all/{fragment}?page=1&sid={SID}`) is filled with what scripts
# of the page say and with the list's own fragment, or there is no interface.

FRAGMENT = "fragment"
"""The placeholder that stands for the fragment of the list's address (`/gkmlpt/index#2629`)."""

_PLAIN = re.compile(r"[\w.-]{1,80}")


def read_interface(text: str, at: PageAt) -> ListPage | None:
    """Read the request for the first page of the interface behind a page.

    What a script of the page asks that interface for beside the template's own fields is asked for, too: a
    condition that is dropped would make the index of a whole site of a list. Requests that differ in it, are
    posted or hold what cannot be read are refused with their words.

    Args:
        text: the page, decoded.
        at: where it was found; `behind` among its options is the template.

    Returns:
        None where there is no template, the text is no page, it is not the list's own, or it does not state
        everything that the template needs.
    """
    template = at.options.get("behind")
    own_page, fragment = urldefrag(at.list_url)
    if template is None or at.request.url != own_page or not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    root = parse_markup(text)
    if root is None:
        return None
    values = _stated(root, set(PLACEHOLDER.findall(template)) - {FRAGMENT})
    if fragment:
        values[FRAGMENT] = fragment
    if values.keys() != set(PLACEHOLDER.findall(template)):
        return None
    url = clean_url(fill_template(template, values), at.url)
    if url is None:
        return None
    fields, address = query_fields(url), re.compile(re.escape(url.partition("?")[0]))
    asked = [each for each in requests_on(root, at.url, address) if address.fullmatch(each.address)]
    # What a reader searches for is no condition of the list.
    lists = [each for each in asked if not _searched_fields(each)] or asked
    unsure = _why_unsure(lists, fields)
    if unsure:
        return ListPage(unreadable=unsure)
    if lists:
        url = with_query(lists[0].url, {**lists[0].fields, **fields})
    return ListPage(next_pages=(PageRequest(url),), is_shell=True)


def _searched_fields(stated: Stated) -> dict[str, str]:
    """What a request searches for, by its fields: in the script's words where these could not be read."""
    said = {**stated.all_fields, **stated.unread}
    return {name: said[name] for name in said if said[name] and name.lower() in list_words("search_fields")}


def _why_unsure(lists: list[Stated], fields: Mapping[str, str]) -> str | None:
    """Return in words why requests do not tell what a list is narrowed by; None where they do.

    Args:
        lists: what a page asks its interface for.
        fields: those of the template, which hold whatever the page says of them.
    """
    for each in lists:
        searched = _searched_fields(each)
        unread = unread_words(each, {**fields, **searched})
        written = {name: words for name, words in searched.items() if name not in each.unread}
        if unread or written or each.by_post:
            return unread or f"{UNREAD}: {urlencode(written) or f'{each.url} is posted'}"
    beside = [{name: value for name, value in each.all_fields.items() if value} for each in lists]
    said = {urlencode({name: own[name] for name in sorted(own.keys() - fields)}) for own in beside}
    return f"{UNREAD}: asked for in several ways: {sorted(said)}" if len(said) > 1 else None


def _stated(root: Any, names: set[str]) -> dict[str, str]:
    """Return what the page's scripts first say that each name is, as far as they state it."""
    found: dict[str, str] = {}
    for name, value in page_script(root).literals():
        if name in names and _PLAIN.fullmatch(str(value)):
            found.setdefault(name, str(value))
    return found


# What a JSON answer says of itself: that it is good, refused, or wants a captcha.
# A failed interface often answers 200 with a success flag, a code and a message, and no rows; that is never
# taken for an empty list. Codes differ from system to system, so a good one is asked for only where there are
# no rows to speak for themselves.

# There the walk stops and says so: what asks who one is is not walked around.
NEEDS_CAPTCHA = "needs_captcha"
_NOT_JSON = "not_json"

_CAPTCHA = list_pattern("captcha")
_MOST_MEMBERS = 50


def refusal(answer: Any, *, has_rows: bool) -> str | None:
    """Return in a word why an answer is no list, with the message it carries; None where it is one.

    Args:
        answer: the parsed answer.
        has_rows: whether rows were found in it.
    """
    for name, value in _members(answer):
        if not isinstance(value, str | int | float):
            continue
        said = str(value).strip().lower()
        is_code = name in list_words("status_codes") and not has_rows
        if (
            (name in list_words("success_flags") and said == "false")
            or (name in list_words("error_flags") and said == "true")
            or (is_code and said not in list_words("good_codes"))
        ):
            words = read_message(answer)
            why = ", ".join(filter(None, (words, f"{name} {said}")))
            return NEEDS_CAPTCHA if _CAPTCHA.search(words) else f"error_answer: {why}"
    return None


def unread_reason(text: str, url: str) -> str:
    """Return in a word why a text that is no JSON cannot be read as a list."""
    # A page of ordinary size may have a login form somewhere, which asks for one too.
    asks = len(text) < LISTS.challenge_chars and _CAPTCHA.search(text)
    return NEEDS_CAPTCHA if asks or wants_captcha(url) else _NOT_JSON


def wants_captcha(url: str) -> bool:
    """Whether an interface is one of those that want a captcha, by its name (Epoint's `…Yzm`)."""
    return list_pattern("captcha_address").search(url) is not None


def read_message(answer: Any) -> str:
    """Return what an answer says in words, shortened; empty where it says nothing."""
    said = {name: value for name, value in _members(answer) if isinstance(value, str) and value.strip()}
    words = next((said[name] for name in list_words("message_fields") if name in said), "")
    return one_line(words)[: LISTS.message_chars]


def _members(answer: Any) -> Iterator[tuple[str, Any]]:
    """The first members of the answer and of the objects directly in it, by their names in small letters."""
    if not isinstance(answer, dict):
        return
    inner = [value for _, value in islice(answer.items(), _MOST_MEMBERS) if isinstance(value, dict)]
    for each in (answer, *inner):
        yield from ((name.lower(), value) for name, value in islice(each.items(), _MOST_MEMBERS))


_PLACES = "query:, form:, json:, query-json:, form-json: or path:"


def find_faults(options: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with options beside each other, in words."""
    body = options.get("body")
    if "items" not in options:
        yield "`items` is missing: the path to the rows"
    if "link" not in options:
        yield "`link` is missing: the path to a row's address, or a template such as /detail?id={id}"
    if body is not None and "content_type" not in options:
        yield "`body` needs its `content_type`, such as application/json"
    if body is not None and "json" in options.get("content_type", "") and read_object(body) is None:
        yield "`body` is no JSON object, as its content_type says"
    places = [place for place in map(read_place, split_alternatives(options.get("page", ""))) if place]
    if places and not any(_has_room(place, body) for place in places):
        yield "`page` stands in the body, but there is no `body` that has room for it"


def _link_fault(written: str) -> str | None:
    if not all(map(is_path, [written] if "{" not in written else PLACEHOLDER.findall(written))):
        return f"{written!r} is neither a path nor a template"
    return _brace_fault(written)


def _behind_fault(written: str) -> str | None:
    names = (name for name in PLACEHOLDER.findall(written) if name != FRAGMENT and not NAME.fullmatch(name))
    strange = next(names, None)
    return _brace_fault(written) if strange is None else f"{strange!r} is no name of a variable"


def _brace_fault(written: str) -> str | None:
    return "a brace is left open" if re.search(r"[{}]", PLACEHOLDER.sub("", written)) else None


def _has_room(place: Place, body: str | None) -> bool:
    return not place.in_body or (body is not None and (place.kind != "json" or read_object(body) is not None))


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(("items", "title", "date", "total", "pages"), of_each(path_fault)),
    "link": of_each(_link_fault),
    "behind": _behind_fault,
    "page": of_each(fault_unless(read_place, f"is no place; it begins with {_PLACES}")),
    "first": number_fault,
    "step": of_each(
        fault_unless(
            lambda written: as_count(written) or read_place(written),
            "is neither a number above 0 nor a place in the request",
        )
    ),
    "size": of_each(
        fault_unless(
            lambda written: as_count(written) != 0 and bool(read_place(written) or is_path(written)),
            "is neither a number above 0, a place in the request, nor a path",
        )
    ),
}
