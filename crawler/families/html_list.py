"""Any list of links in HTML, described by selectors, so that a system nobody knows needs no code.

Every option (`OPTIONS`) may be left out. Without `rows` the rows are chosen by structure, as in
`static_list`; without `page` or `next` the next page is the link that is called so. That serves lists paged
by a query (`?page=2`), by names (`list-2.html`, `_2.shtml`), by a posted form, and those of 博达 VSB, whose
pages count down (`x.htm`, `x/12.htm`, `x/11.htm`).

Deliberately left out: whatever only a script would show.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.frontier.targets import PageRequest
from crawler.families.base import ListedLink, ListPage
from crawler.families.pages.markup import (
    inline_scripts,
    is_pattern,
    parse_markup,
    pattern_fault,
    says_empty,
    select_elements,
    select_number,
    select_text,
    selector_fault,
    visible_text,
)
from crawler.families.pages.option_checks import number_fault, one_of, positive_fault
from crawler.families.pages.page_requests import FORM, fields_of, number_in, turn_page
from crawler.families.pages.pager import Declared, Paging, find_paging, next_link, read_declared
from crawler.families.pages.rows import choose_group, find_rows, link_title, printed_date, read_row
from pipelines.addresses import clean_url
from pipelines.readers.html.elements import base_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.families.base import Check, PageAt


def read_list(text: str, at: PageAt) -> ListPage:
    """Read a list page by its options, and by structure where they say nothing.

    Args:
        text: the page, decoded.
        at: where it was found.
    """
    root = parse_markup(text)
    if root is None:
        return ListPage()
    options = {**PRESET, **at.options}
    base = base_of(root, at.url)
    paging = _paging_call(root, at.url)
    declared = _declared(root, paging, options)
    found = next_link(root, at.url, base)
    near = found[1] if found else declared.element
    links = (
        _rows(root, base, options)
        if "rows" in options
        else choose_group(list(find_rows(root, base)), at.url, near)
    )
    if "page" in options:
        following = _by_number(at.request, declared, len(links), options)
    elif "next" in options:
        following = _by_selector(root, base, options["next"])
    else:
        following = _by_links(found, paging, base)
    return ListPage(
        links=links,
        next_pages=following if links else (),
        declared_total=declared.rows,
        declared_pages=declared.pages,
        dialect=_dialect(options, following, paging),
        is_empty=not links and _is_empty(root, options),
    )


def _rows(root: Any, base: str, options: Mapping[str, str]) -> tuple[ListedLink, ...]:
    links = (_row(element, base, options) for element in select_elements(root, options["rows"]))
    return tuple(link for link in links if link is not None)


def _row(element: Any, base: str, options: Mapping[str, str]) -> ListedLink | None:
    listed = read_row(element, base)
    if {"link", "link_pattern"} & set(options) or options["link_attribute"] != "href" or listed is None:
        listed = _described(element, base, options)
    if listed is None:
        return None
    title = select_text(element, options["title"]) if "title" in options else None
    date = listed.date
    if "date" in options:
        said = select_text(element, options["date"])
        date = (printed_date(said, "") or said or None) if said else None
    return ListedLink(listed.url, title or listed.title, date)


def _described(element: Any, base: str, options: Mapping[str, str]) -> ListedLink | None:
    """The link of a row as the options describe it: not an anchor's, or an address within a script."""
    candidates = select_elements(element, options["link"]) if "link" in options else list(element.iter())
    for link in candidates:
        address = _described_address(link.get(options["link_attribute"]) or "", options)
        url = clean_url(address, base) if address and not address.startswith("#") else None
        if url is not None:
            text = " ".join("".join(element.itertext()).split())
            title = link_title(link)
            return ListedLink(url, title, printed_date(text, title))
    return None


def _described_address(written: str, options: Mapping[str, str]) -> str:
    if "link_pattern" not in options:
        return written.strip()
    found = re.search(options["link_pattern"], written)
    return options["link_template"].replace("{}", quote(found[1] or "", safe="")) if found else ""


def _declared(root: Any, paging: Paging | None, options: Mapping[str, str]) -> Declared:
    said = read_declared(root)
    text = visible_text(root)
    rows = paging.rows if paging and paging.rows is not None else said.rows
    pages = paging.pages if paging else said.pages
    return Declared(
        rows=select_number(root, options["total"], text) if "total" in options else rows,
        pages=select_number(root, options["pages"], text) if "pages" in options else pages,
        element=said.element,
    )


def _paging_call(root: Any, url: str) -> Paging | None:
    calls = (find_paging(script, url) for _, script in inline_scripts(root))
    return next((paging for paging in calls if paging and not paging.is_article), None)


def _by_number(
    request: PageRequest, declared: Declared, rows: int, options: Mapping[str, str]
) -> tuple[PageRequest, ...]:
    first, step = number_in(options, "first") or 0, number_in(options, "step") or 1
    asked = number_in(fields_of(request), options["page"])
    number = first if asked is None else asked
    done = max(number - first, 0) // step + 1
    size = number_in(options, "size")
    if declared.pages is not None and done >= declared.pages:
        return ()
    if declared.rows is not None:
        is_last = done * (size or rows) >= declared.rows
    else:
        is_last = declared.pages is None and size is not None and rows < size
    return () if is_last else (turn_page(request, options["page"], str(number + step)),)


def _by_selector(root: Any, base: str, selector: str) -> tuple[PageRequest, ...]:
    for link in select_elements(root, selector):
        url = clean_url(link.get("href") or "#", base)
        if url and (link.get("href") or "#").strip()[:1] != "#":
            return (PageRequest(url),)
    return ()


def _by_links(found: tuple[str, Any] | None, paging: Paging | None, base: str) -> tuple[PageRequest, ...]:
    if found:
        return (PageRequest(found[0]),)
    return tuple(PageRequest(page) for page in paging.page_urls(base)) if paging else ()


def _dialect(
    options: Mapping[str, str], following: tuple[PageRequest, ...], paging: Paging | None
) -> str | None:
    if "page" in options:
        return "page_field"
    if paging and not options.keys() & {"next"}:
        return paging.dialect
    return "next_link" if following else None


def _is_empty(root: Any, options: Mapping[str, str]) -> bool:
    return says_empty(visible_text(root), options.get("empty", ""))


# What the options of `html_list` may say, and how a fault in them is told.

OPTIONS = {
    "rows": "selector of the rows",
    "link": "selector of the link within a row; its main link if left out",
    "link_attribute": "attribute of the link that holds the address; `href` if left out",
    "link_pattern": "regular expression whose group is cut out of that attribute",
    "link_template": "address in which `{}` is what `link_pattern` cut out",
    "title": "selector of the title within a row",
    "date": "selector of the date within a row",
    "next": "selector of the link to the next page",
    "page": "field of the query, or of the posted form, that holds the number of the page",
    "first": "number of the first page; 1 if left out",
    "step": "what the number grows by from page to page; 1 if left out, the rows of a page for an offset",
    "size": "rows on a page",
    "total": "selector, or /regular expression/ with a group, of how many rows the list has",
    "pages": "the same, of how many pages it has",
    "empty": "what the page says where the list has no rows",
    "body": "form that is posted to ask for the first page",
    "content_type": "its type; application/x-www-form-urlencoded if left out",
    "ajax": "`true` where the page is asked for as its own script would",
}
PRESET = {
    "link_attribute": "href",
    "first": "1",
    "step": "1",
    "content_type": FORM,
}

_OF_ROWS = ("link", "link_pattern", "title", "date")


def find_faults(options: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with options beside each other, in words."""
    for name in _OF_ROWS:
        if name in options and "rows" not in options:
            yield f"{name} is looked for within a row: say `rows` too"
    if ("link_pattern" in options) != ("{}" in options.get("link_template", "")):
        yield "link_pattern and link_template, with {} in it, go together"


def _length_fault(written: str) -> str | None:
    return pattern_fault(written[1:-1]) if is_pattern(written) else selector_fault(written)


CHECKS: Mapping[str, Check] = {
    **dict.fromkeys(("rows", "link", "title", "date", "next"), selector_fault),
    **dict.fromkeys(("total", "pages"), _length_fault),
    "link_pattern": pattern_fault,
    "first": number_fault,
    **dict.fromkeys(("step", "size"), positive_fault),
    "ajax": one_of("true", "false"),
}
