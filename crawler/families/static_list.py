"""Static list pages: rows in the page itself, further pages as files beside it (TRS and its many kin).

Seen on a large share of provinces, ministries and cities since about 2005; article addresses are typically
`…/YYYYMM/tYYYYMMDD_<id>.html`. All dialects of the paging call are read here (`pages/pager.py`).

Deliberately left out: the parts of a multi-page article (fetching and joining them belongs to the reading of
articles), and every list that a script asks a server for.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import lxml.html

from archive.frontier.targets import PageRequest
from crawler.families.base import ListedLink, ListPage
from crawler.families.pages.markup import (
    inline_scripts,
    parse_markup,
    printed_pages,
    printed_total,
    visible_text,
)
from crawler.families.pages.pager import Paging, find_paging
from crawler.families.pages.rows import choose_group, find_rows, printed_date
from pipelines.addresses import clean_url
from pipelines.readers.html.elements import base_of

if TYPE_CHECKING:
    from crawler.families.base import PageAt
    from crawler.families.pages.script_reader import Script

_NEXT_WORDS = frozenset(("下一页", "下页", "后一页", "下一頁", "next", "›", "»", ">", ">>"))
_SEGMENT = re.compile(r"_\d+_\d+\.s?html?$")
_WRITING = frozenset(("document.write", "document.writeln"))
_CURRENT_NAMES = {"curtitle": "title", "curhref": "href", "curdate": "date", "curtime": "date"}


def read_list(text: str, at: PageAt) -> ListPage:
    """Read a static list page: its rows, its paging, what it declares.

    Args:
        text: the page, decoded.
        at: where it was found.

    Source: the shapes of `docs/families.md`, dialects of the paging call.
    """
    root = parse_markup(text)
    if root is None:
        return ListPage()
    url = at.url
    base = base_of(root, url)
    scripts = inline_scripts(root)
    pager, paging = _paging(scripts, url)
    _write_rows(scripts)
    links = choose_group(list(find_rows(root, base)), url, pager) or _current_rows(scripts, base)
    said = visible_text(root)
    return ListPage(
        links=links,
        next_pages=tuple(PageRequest(page) for page in _next_pages(root, paging, url, base)),
        declared_total=paging.rows if paging and paging.rows is not None else printed_total(said),
        declared_pages=paging.pages if paging else printed_pages(said),
        dialect=paging.dialect if paging else None,
    )


def _paging(scripts: list[tuple[Any, Script]], url: str) -> tuple[Any | None, Paging | None]:
    for element, script in scripts:
        paging = find_paging(script, url)
        if paging and not paging.is_article:
            return element, paging
    return None, None


def _write_rows(scripts: list[tuple[Any, Script]]) -> None:
    """Put what the scripts would write where they would write it; what they join with more is left out."""
    for element, script in scripts:
        written = [call.given for call in script.calls if call.path in _WRITING]
        markup = "\n".join(str(each[0]) for each in written if len(each) == 1 and isinstance(each[0], str))
        if "<a" in markup.lower():
            for fragment in lxml.html.fragments_fromstring(markup):
                if not isinstance(fragment, str):
                    element.addprevious(fragment)


def _current_rows(scripts: list[tuple[Any, Script]], base: str) -> tuple[ListedLink, ...]:
    """The rows of lists whose templates assign `curTitle` and `curHref` once per row."""
    links: list[ListedLink] = []
    for element, script in scripts:
        beside = _row_text(element)
        row: dict[str, str] = {}
        for name, value in _current_values(script):
            if name in row:
                links.extend(_row_link(row, base, beside))
                row = {}
            row[name] = html.unescape(str(value))
        links.extend(_row_link(row, base, beside))
    return tuple(links)


def _current_values(script: Script) -> list[tuple[str, str | int]]:
    known = ((_CURRENT_NAMES.get(name.lower()), value) for name, value in script.literals())
    return [(name, value) for name, value in known if name]


def _row_link(row: dict[str, str], base: str, beside: str) -> list[ListedLink]:
    if not row.get("href"):
        return []
    url = clean_url(row["href"], base)
    if url is None:
        return []
    date = printed_date(row.get("date", "") or beside, "")
    return [ListedLink(url, " ".join(row.get("title", "").split()), date)]


def _row_text(script: Any) -> str:
    for element in script.iterancestors("li", "tr", "dd"):
        return " ".join(element.xpath(".//text()[not(parent::script)]"))
    return ""


def _next_pages(root: Any, paging: Paging | None, url: str, base: str) -> tuple[str, ...]:
    linked = _linked_pages(root, url, base)
    if any(_SEGMENT.search(urlsplit(page).path) for page in linked):
        # Frozen older parts have names of their own: followed, never computed.
        return linked
    computed = paging.page_urls(base) if paging else ()
    return tuple(dict.fromkeys((*computed, *linked)))


def _linked_pages(root: Any, url: str, base: str) -> tuple[str, ...]:
    """The pages of the same list that the page links to by number or by a word for `next`.

    The first is never among them: under another name than the list's own it would look like the list's end.
    """
    folder = url.partition("?")[0].rpartition("/")[0]
    pages: dict[str, None] = {}
    for anchor in root.iter("a"):
        word = "".join(anchor.itertext()).strip().strip("[]").lower()
        is_number = word.isascii() and word.isdigit() and len(word) <= 4 and word.lstrip("0") != "1"
        if word not in _NEXT_WORDS and not is_number:
            continue
        target = clean_url(anchor.get("href") or "#", base) or url
        same_folder = target.partition("?")[0].rpartition("/")[0] == folder
        if same_folder and target != url:
            pages[target] = None
    return tuple(pages)
