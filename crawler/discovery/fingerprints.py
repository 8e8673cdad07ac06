"""Which content system a page belongs to, told by what only its pages bear.

A fingerprint is a row of `fingerprints.yaml`. It is tested on the page that came, never on the name of a
host: portals are rebuilt every few years. Where several match, reading decides: a system whose reader finds
rows and a total is more than one that merely matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import msgspec

from archive.frontier.targets import PageRequest
from crawler.discovery.column_words import is_department_host, is_one_site, word_pattern
from crawler.discovery.page_links import DISCOVERY, Page, read_page
from crawler.discovery.probe_crawl import Recognised
from crawler.families import presets
from crawler.families.base import ListedLink, ListPage, list_words
from crawler.families.pages.json_answers import MAIL_DATE, ROOT, is_answer, markup_in, page_data, read_json
from crawler.families.pages.markup import visible_text
from crawler.families.pages.page_requests import fields_of, query_fields, read_place
from pipelines.decoded import CHINESE
from pipelines.knowledge import load_table
from pipelines.structs import FrozenStruct

UNKNOWN = "unknown"
JS_SHELL = "js_shell"
_DESCRIBED = "json_list"


# Where Vue, React, Nuxt and Angular draw the page: without a script nothing stands there.
_MOUNT = re.compile(
    r"""<(?:div|body|app-root)[^<>]{0,200}?\b(?:id=["']?(?:app|root|main-app|__nuxt)\b|ng-app|v-cloak)|<app-root"""
)


class Fingerprint(FrozenStruct, forbid_unknown_fields=True):
    """One row of the table; see its head for what each field means."""

    family: str
    look_in: Literal["markup", "script", "address", "links", "group_links"]
    pattern: re.Pattern[str]
    rank: int = 30
    least: int = 1
    system: str | None = None


def recognise(text: str, url: str) -> tuple[Recognised, ...]:
    """Tell which families a page may belong to, best first.

    Args:
        text: the page, decoded.
        url: its address, after redirects.

    Returns:
        At least one: `unknown`, where no fingerprint matched, with what the page is instead as evidence.
    """
    page = read_page(text, url)
    if page is None:
        return (Recognised(UNKNOWN, "nothing to read"),)
    return recognise_page(page)


def recognise_page(page: Page) -> tuple[Recognised, ...]:
    """Tell which families a page that was taken apart may belong to; see `recognise`."""
    matches: dict[str, Recognised] = {}
    for found in (*_matches(page), *readers_of(page.markup, PageRequest(page.url)), *_rows_with_page(page)):
        matches.setdefault(found.family, found)
    has_pages = not matches and "下一页" in page.markup
    if has_pages and sum(link.date is not None for link in _plain_links(page)) >= 3:
        matches["static_list"] = Recognised("static_list", "a plain list of links with dates")
    if not matches:
        return (Recognised(UNKNOWN, _instead(page)),)
    order = list(matches.values())
    return tuple(sorted(order, key=lambda each: (-_yield_of(each, page), order.index(each))))


def _rows_with_page(page: Page) -> Iterator[Recognised]:
    """The family that reads rows which a page brings with it as data, where it shows none itself.

    Of two lists with dates nothing tells which of them it shows.
    """
    data = {} if is_answer(page.markup) else page_data(page.root)
    lists = [each for _, each in _walk(data) if _are_rows(each) and _has_dates([dict(row) for row in each])]
    is_sure = bool(lists) and all(each == lists[0] for each in lists)
    described = describe_answer(data, PageRequest(page.url)) if is_sure else None
    if described and "date" in described and not _plain_links(page):
        match = Recognised(_DESCRIBED, f"rows in {described['items']}", described)
        listed = match.read(page.markup, page.url) or ListPage()
        if listed.links and all(is_one_site(each.url, page.url) for each in listed.links):
            yield match


def _matches(page: Page) -> Iterator[Recognised]:
    places = _places(page)
    for fingerprint in _fingerprints():
        found = [
            match
            for place in places.get(fingerprint.look_in, ())
            if (match := fingerprint.pattern.search(place))
        ]
        if len(found) >= fingerprint.least:
            evidence = found[0][0][: DISCOVERY.evidence_chars]
            said = f"{fingerprint.system}: {evidence}" if fingerprint.system else evidence
            yield Recognised(fingerprint.family, said)


def _places(page: Page) -> dict[str, list[str]]:
    """The texts of a page that fingerprints are looked for in."""
    if is_answer(page.markup):
        # An answer quotes the addresses of other systems: only what it is made of tells its own.
        return {"markup": [page.markup[:2_000]], "address": [page.url]}
    group = [link.url for link in page.links if is_one_site(link.url, page.url)]
    # A department's site may well run on another system than this one.
    own = [url for url in group if not is_department_host(url, page.url)]
    return {
        "markup": [page.markup],
        "script": [page.scripts],
        "address": [page.url],
        "links": own,
        "group_links": group,
    }


def readers_of(text: str, request: PageRequest) -> tuple[Recognised, ...]:
    """Return the families that find rows in the answer of an interface.

    Args:
        text: the answer, decoded.
        request: what it answers, as asked for the first page.
    """
    found: dict[str, Recognised] = {}
    if is_answer(text):
        for name in presets():
            listed = Recognised(name, "").read(text, request.url)
            if listed and listed.links and (listed.declared_total or listed.declared_pages):
                found[name] = Recognised(name, f"{len(listed.links)} rows in a JSON answer")
        described = describe_answer(read_json(text), request)
        if described:
            found[_DESCRIBED] = Recognised(_DESCRIBED, f"rows in {described['items']}", described)
    return tuple(found.values())


def piece_readers(text: str, request: PageRequest, shown_at: str) -> tuple[Recognised, ...]:
    """Return the family that reads an answer in markup: the piece of a page with the rows of a list.

    Args:
        text: the answer, decoded.
        request: what it answers, as asked for the first page.
        shown_at: the page that shows it, from which its relative addresses start.
    """
    place = _parameter(request, list_words("page_fields"))
    kind, _, name = (place or "").partition(":")
    options = {"page": name, "first": fields_of(request)[name]} if kind in {"query", "form"} else {}
    piece = Recognised("html_list", "rows in an answer in markup", options)
    within = markup_in(text)
    if not (text if within is None else within).lstrip().startswith("<"):
        return ()
    read = [piece.read(text, url, request=request) for url in (request.url, shown_at)]
    # What starts from the page would be looked for beside the interface.
    return (piece,) if read[0] and read[1] and read[0].links == read[1].links else ()


def _yield_of(match: Recognised, page: Page) -> int:
    """How much the family reads from the page: rows and a total, a way to them, nothing."""
    listed = match.read(page.markup, page.url) or ListPage()
    if listed.links and (listed.declared_total is not None or listed.declared_pages is not None):
        return 2
    return 1 if listed.is_shell or listed.is_empty or listed.unreadable else 0


def _plain_links(page: Page) -> tuple[ListedLink, ...]:
    listed = Recognised("static_list", "").read(page.markup, page.url)
    return listed.links if listed else ()


def _instead(page: Page) -> str:
    if is_answer(page.markup):
        return "a JSON answer"
    if _MOUNT.search(page.markup):
        return JS_SHELL
    if len(visible_text(page.root)) < DISCOVERY.little_text_chars and "<script" in page.markup.lower():
        return JS_SHELL
    return "no fingerprint matched"


@cache
def _fingerprints() -> tuple[Fingerprint, ...]:
    rows = [
        *load_table("fingerprints", "crawler.discovery"),
        *({"family": name, **row} for name, one in presets().items() for row in one.fingerprints),
    ]
    found = msgspec.convert(rows, list[Fingerprint], dec_hook=lambda _, pattern: re.compile(pattern))
    return tuple(sorted(found, key=lambda one: one.rank))


# What the answer of an unknown interface is made of: where its rows, links, titles, dates and totals stand.
# The result are options of the family `json_list`, for a person to look over.

_ADDRESS = re.compile(r"(?:https?:)?//\S+|/\S+|\S+\.(?:s?html?|jsp|aspx?)\S*")
# As printed, or as seconds or milliseconds since 1970.
_DATE = re.compile(rf"(?:19|20)\d\d\s*[-./年]\s*\d{{1,2}}.*|\d{{10}}(?:\d{{3}})?|{MAIL_DATE.pattern}")
# An answer holds the list alone, so that less telling names count there, too.
_TOTALS = {*list_words("rows_names"), "count", "allrow", "sum", "totalelements"}
_PAGES = {*list_words("pages_names"), "pages", "pagetotal"}


def describe_answer(answer: Any, request: PageRequest) -> Mapping[str, str] | None:
    """Return the options by which an answer can be read as a list; None where it holds no rows.

    Args:
        answer: the answer, parsed.
        request: what it answers, as asked for the first page.
    """
    link_name = word_pattern("field_of_link")
    # The fields of an object in a row are the row's, too (吉林: `tip.title`).
    lists = [(at, [dict(_walk(row, 1)) for row in each]) for at, each in _walk(answer) if _are_rows(each)]
    found = [each for each in lists if _field(each[1], _ADDRESS.fullmatch, link_name)]
    if not found:
        return None
    path, rows = max(found, key=lambda each: (_has_dates(each[1]), len(each[1])))
    counts = list(_counts(answer))
    parts = {
        "items": path or ROOT,
        "link": _field(rows, _ADDRESS.fullmatch, link_name),
        "title": _field(rows, CHINESE.search, word_pattern("field_of_title")),
        "date": _field(rows, _DATE.fullmatch, word_pattern("field_of_date")),
        "total": next((at for at, name in counts if _plain(name) in _TOTALS), None),
        "pages": next((at for at, name in counts if _plain(name) in _PAGES), None),
        "page": _parameter(request, list_words("page_fields")),
        "size": _parameter(request, list_words("size_fields")),
    }
    offset = _parameter(request, list_words("offset_fields")) or ""
    place = read_place(offset)
    if not parts["page"] and parts["size"] and place and place.number(request) == 0:
        parts |= {"page": offset, "first": "0", "step": parts["size"]}
    if not parts["title"]:
        return None
    return {name: value for name, value in parts.items() if value}


def _has_dates(rows: list[dict[str, Any]]) -> bool:
    return _field(rows, _DATE.fullmatch, word_pattern("field_of_date")) is not None


def _walk(value: Any, depth: int = DISCOVERY.answer_depth, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a value and what stands in its objects, each with the path to it; what lists hold is left out."""
    yield path, value
    if isinstance(value, dict) and path.count(".") < depth:
        for key, inner in value.items():
            yield from _walk(inner, depth, f"{path}.{key}" if path else key)


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _counts(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the path to every number outside the rows, with its name."""
    for path, each in _walk(value):
        if path and isinstance(each, str | int) and str(each).isdigit():
            yield path, path.rpartition(".")[2]


def _field(
    rows: list[dict[str, Any]], looks_right: Callable[[str], object], named: re.Pattern[str]
) -> str | None:
    """Return the key whose values look right in most rows, one with a telling name first."""

    def is_likely(key: str) -> bool:
        values = (str(row[key]) for row in rows if isinstance(row.get(key), str | int))
        return sum(bool(looks_right(value)) for value in values) * 2 > len(rows)

    likely = [key for key in rows[0] if is_likely(key)]
    telling = [key for key in likely if named.search(key)]
    return next(iter((*telling, *likely)), None)


def _parameter(request: PageRequest, names: Sequence[str]) -> str | None:
    """Return where a request has a parameter of such a name, as the family's options write it."""
    query = query_fields(request.url)
    fields = [("query" if name in query else "form", name, text) for name, text in fields_of(request).items()]
    plain = (f"{kind}:{name}" for kind, name, _ in fields if _plain(name) in names)
    written = [
        ("json:", request.body or ""),
        *((f"{kind}-json:{name}.", value) for kind, name, value in fields),
    ]
    # `{page: {no: 1}}` as `{pageNo: 1}`.
    nested = (
        f"{before}{path}"
        for before, text in written
        for path, name in _counts(read_json(text) if text.startswith("{") else None)
        if _plain(name) in names or _plain("".join(path.split(".")[-2:])) in names
    )
    return next(plain, None) or next(nested, None)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
