"""Any list of links in HTML: rows in the page itself, further pages as files, links or numbers beside it.

`static_list` has no options: TRS and its many kin, on a large share of provinces, ministries and cities since
about 2005, whose article addresses are typically `…/YYYYMM/tYYYYMMDD_<id>.html`. `html_list` is described by
selectors (`options.yaml`), so that a system nobody knows needs no code: without `rows` the rows are chosen by
structure, without `page` or `next` the next page is what the paging call computes, or the link that is called
so. That serves lists paged by a query (`?page=2`), by names (`list-2.html`, `_2.shtml`), by a posted form,
and those of 博达 VSB, whose pages count down (`x.htm`, `x/12.htm`, `x/11.htm`).

Deliberately left out: the parts of a multi-page article, and every list that a script asks a server for.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import lxml.html

from archive.frontier.targets import PageRequest
from crawler.families.base import Check, ListedLink, ListPage, PageAt, list_pattern, list_words
from crawler.families.pages.json_answers import as_count, markup_in, read_json, values_at
from crawler.families.pages.markup import (
    inline_scripts,
    is_pattern,
    parse_markup,
    pattern_fault,
    printed_date,
    says_empty,
    select_elements,
    select_number,
    select_text,
    selector_fault,
    visible_text,
)
from crawler.families.pages.page_requests import FORM, number_fault, number_in, place_named, positive_fault
from crawler.families.pages.pager import (
    NO_PAGER,
    Pager,
    find_paging,
    find_script_pager,
    is_last_page,
    next_link,
    read_declared,
    refused_click,
)
from crawler.families.pages.rows import choose_group, find_clicked_rows, find_rows, link_address, read_row
from crawler.families.pages.script_values import Evaluation
from pipelines.addresses import clean_url
from pipelines.readers.html.elements import base_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.families.pages.script_model import Script

# 天津 and 山西 keep older parts of a list under frozen names (`index_10935_3.html`): followed, never
# computed.
_SEGMENT = re.compile(r"_\d+_\d+\.s?html?$")
# A click that is a row, or the next page, and does more than lead there.
_UNREAD = "unread_click"
# Of templates, which a script fills in.
_MARKS = ("{{", "<%", "${")
_TAGS = re.compile(r"<[^>]*>|\s")
# 武汉 and 深交所 build their rows by `document.writeln`.
_WRITING = frozenset(("document.write", "document.writeln"))
# Others assign each row to `curTitle` and `curHref` before they write it.
_ASSIGNED = {"curtitle": "title", "curhref": "href", "curdate": "date", "curtime": "date"}


def read_list(text: str, at: PageAt) -> ListPage:
    """Read a list page by its options, and by structure where they say nothing.

    Args:
        text: the page, decoded.
        at: where it was found.

    Source: the shapes of `docs/families.md`, dialects of the paging call.
    """
    within = markup_in(text)
    root = parse_markup(text if within is None else within)
    declared = None if within is None or "total" in at.options else _answered(text)
    return ListPage() if root is None else read_page(root, at, declared=declared)


def _answered(text: str) -> Pager | None:
    """What an answer says of the list's length beside its markup; None where it says nothing."""
    answer = read_json(text)
    objects = (each for each in (answer, *values_at(answer, "*")) if isinstance(each, dict))
    told = (item for each in objects for item in each.items())
    rows = next((as_count(count) for name, count in told if name.lower() in list_words("rows_names")), None)
    return Pager(rows=rows) if rows else None


def read_page(
    root: Any, at: PageAt, links: tuple[ListedLink, ...] | None = None, declared: Pager | None = None
) -> ListPage:
    """Read a list page that was parsed; see `read_list`.

    Args:
        root: the page, or the piece of one that an interface answered.
        at: where it was found.
        links: its rows, where they are known; None for those that the options or the structure tell.
        declared: what it says of the list's length, where that is known.
    """
    options = {**PRESET, **at.options}
    base = base_of(root, at.url)
    scripts = inline_scripts(root)
    # A page that another led to may be the last, where a click only says so.
    is_first = at.request.url == at.list_url
    called = _paging_call(scripts, at.url)
    drawn = None if called else find_script_pager(root, is_first=is_first)
    paging = called or drawn
    _write_rows(root, scripts)
    declared = declared or _declared(root, paging, options)
    found = next_link(root, at.url, base)
    unread = None
    if links is None and "rows" in options:
        links = tuple(_rows(root, base, options))
    elif links is None:
        near = called.element if called else found[1] if found else declared.element
        links = choose_group(find_rows(root, base), at.url, near)
        links = links or tuple(_assigned_rows(scripts, base))
        if not links:
            clicked = choose_group(find_clicked_rows(root, base), at.url, near)
            links = tuple(each for each in clicked if each.url)
            unread = next((f"{_UNREAD}: {each.title}" for each in clicked if links and not each.url), None)
    if "page" in options:
        following = _by_number(at.request, declared, len(links), options)
    elif "next" in options:
        following = _by_selector(root, base, options["next"])
    else:
        following = _by_links(found, paging, base)
        if links and is_first and not following and declared.pages != 1 and declared.rows != len(links):
            words = drawn.written if drawn else refused_click(root)
            unread = f"{_UNREAD}: {words}" if words else unread
    return ListPage(
        links=links,
        next_pages=following if links else (),
        declared_total=declared.rows,
        declared_pages=declared.pages,
        is_empty=not (links or declared.rows or (declared.pages or 0) > 1)
        and says_empty(visible_text(root), options.get("empty", "")),
        unreadable=unread,
    )


def _write_rows(root: Any, scripts: list[tuple[Any, Script]]) -> None:
    """Put what the scripts would write where they would write it; what they join with more is left out."""
    written = [(element, _written(script)) for element, script in scripts]
    # Kept out of sight for a script to show; with marks to be filled in it is no row.
    hidden = root.xpath("//textarea | //xmp | //script[contains(@type, 'html')]")
    written += [
        (each, each.text) for each in hidden if each.text and not any(mark in each.text for mark in _MARKS)
    ]
    for element, markup in written:
        if "<a" in markup.lower():
            for fragment in lxml.html.fragments_fromstring(markup):
                if not isinstance(fragment, str):
                    element.addprevious(fragment)


def _written(script: Script) -> str:
    evaluation = Evaluation(script)
    texts = []
    for call in script.calls:
        if call.path in _WRITING and len(call.given) == 1:
            evaluation.begin({})
            written = call.given[0]
            text = written if isinstance(written, str) else evaluation.data_of(written, call.scope)
            # Of what is joined only pagers: rows may be written again and again, each with another number.
            is_pager = isinstance(text, str) and list_pattern("pager_link").fullmatch(_TAGS.sub("", text))
            is_stated = is_pager and not evaluation.unread and not call.scope.counts
            texts += [str(text)] if isinstance(written, str) or is_stated else []
    return "\n".join(texts)


def _assigned_rows(scripts: list[tuple[Any, Script]], base: str) -> Iterator[ListedLink]:
    """The rows of lists whose templates assign `curTitle` and `curHref` once per row (武汉)."""
    for element, script in scripts:
        rows: list[dict[str, str]] = [{}]
        for name, value in script.literals():
            field = _ASSIGNED.get(name.lower(), "")
            if field in rows[-1]:
                rows.append({})
            rows[-1] |= {field: html.unescape(str(value))} if field else {}
        holder = next(element.iterancestors("li", "tr", "dd"), None)
        text = "" if holder is None else " ".join(holder.xpath(".//text()[not(parent::script)]"))
        beside = printed_date(text, "")
        for row in rows:
            url = clean_url(row["href"], base) if row.get("href") else None
            if url is not None:
                date = printed_date(row["date"], "") if row.get("date") else beside
                yield ListedLink(url, " ".join(row.get("title", "").split()), date)


def _rows(root: Any, base: str, options: Mapping[str, str]) -> Iterator[ListedLink]:
    for element in select_elements(root, options["rows"]):
        chosen = select_elements(element, options["link"]) if "link" in options else None
        listed = read_row(element, base, chosen)
        if listed is None:
            continue
        title = select_text(element, options["title"]) if "title" in options else None
        date = listed.date
        if "date" in options:
            said = select_text(element, options["date"]) or ""
            date = printed_date(said, "") or said or None
        yield ListedLink(listed.url, title or listed.title, date)


def _declared(root: Any, paging: Pager | None, options: Mapping[str, str]) -> Pager:
    said = read_declared(root, paging or NO_PAGER)
    text = visible_text(root)
    return Pager(
        rows=select_number(root, options["total"], text) if "total" in options else said.rows,
        pages=select_number(root, options["pages"], text) if "pages" in options else said.pages,
        element=said.element,
    )


def _paging_call(scripts: list[tuple[Any, Script]], url: str) -> Pager | None:
    calls = ((element, find_paging(script, url)) for element, script in scripts)
    return next((paging.replace(element=element) for element, paging in calls if paging), None)


def _by_number(
    request: PageRequest, declared: Pager, rows: int, options: Mapping[str, str]
) -> tuple[PageRequest, ...]:
    first, step = number_in(options, "first") or 0, number_in(options, "step") or 1
    place = place_named(request, options["page"])
    asked = place.number(request)
    number = first if asked is None else asked
    done = max(number - first, 0) // step + 1
    if is_last_page(declared, done, rows, number_in(options, "size")):
        return ()
    return (place.with_number(request, number + step),)


def _by_selector(root: Any, base: str, selector: str) -> tuple[PageRequest, ...]:
    addresses = (link_address(link, base) for link in select_elements(root, selector))
    return tuple(map(PageRequest, filter(None, addresses)))[:1]


def _by_links(found: tuple[str, Any] | None, paging: Pager | None, base: str) -> tuple[PageRequest, ...]:
    written = paging.addresses if paging else ()
    computed = tuple(PageRequest(url) for each in written if (url := clean_url(each, base)))
    # Frozen older parts have names of their own (天津, 山西): followed, never computed.
    if found and (not computed or _SEGMENT.search(urlsplit(found[0]).path)):
        return (PageRequest(found[0]),)
    return computed


# What the options of `html_list` may say, and how a fault in them is told.

# What holds where the options say nothing; `createPageHTML`, which may count from 0, tells by its own call.
PRESET = {"first": "1", "step": "1", "content_type": FORM}


def find_faults(options: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with options beside each other, in words."""
    for name in ("link", "title", "date"):
        if name in options and "rows" not in options:
            yield f"{name} is looked for within a row: say `rows` too"


def _length_fault(written: str) -> str | None:
    return pattern_fault(written[1:-1]) if is_pattern(written) else selector_fault(written)


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(("rows", "link", "title", "date", "next"), selector_fault),
    **dict.fromkeys(("total", "pages"), _length_fault),
    "first": number_fault,
    **dict.fromkeys(("step", "size"), positive_fault),
}
