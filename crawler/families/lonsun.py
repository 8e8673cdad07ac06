"""Lists of Lonsun, in 安徽, parts of 江西, 青海, 四川 and 湖北 and departments of 新乡, since about 2015.

The fields (`siteId`, `organId`, `catId`, `file`, …) are copied from the column page, the pages are asked for
in turn:

    /public/column/<organ>?catId=… ─ fields ─▶ /site/label/8888?…&pageIndex=1 ─▶ rows, pager ─▶ pageIndex=2 …
    /content/column/<id> ─ rows, pager ─▶ ?pageIndex=2 …

An empty list says so in the words that the request carries (`result`), which is no fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from archive.frontier.targets import PageRequest
from crawler.families.base import ListedLink, ListPage, PageAt
from crawler.families.html_list import read_page
from crawler.families.pages.markup import page_script, parse_markup
from crawler.families.pages.page_requests import (
    FORM,
    fields_of,
    number_in,
    query_fields,
    turn_page,
    with_query,
)
from crawler.families.pages.rows import fragment_rows
from crawler.families.pages.stated_requests import (
    Stated,
    joined_addresses,
    requests_on,
    unread_words,
    written_requests,
)

# Always `/site/label/8888`; the name of the label says what is asked for.
_LABEL = re.compile("/site/label/")
# Other labels answer trees of columns (`columnTree`) and searches (`searchDataList`).
_LIST_LABEL = "publicInfoList"
# The list of an organ: `/public/column/<organ id>?type=4&catId=…&action=list`.
_ORGAN = re.compile(r"/public/column/(\d{1,12})")
# Columns that are no organ's are plain pages: `/content/column/<id>?pageIndex=2`.
_PAGED_COLUMN = re.compile(r"/content/column/\d")
# Sent along as `result` by the page itself, and what the interface then answers.
_EMPTY_WORDS = "暂无相关信息"


def read_list(text: str, at: PageAt) -> ListPage:
    """Read a column page, or what its label answered.

    Args:
        text: the page, decoded.
        at: where it was found.

    Source: the shapes of `docs/portals.md`, Lonsun labels.
    """
    root = parse_markup(text)
    if root is None:
        return ListPage()
    if _LABEL.search(urlsplit(at.request.url).path):
        # The markup is shown in the column page: its addresses start from there.
        return _read_rows(root, at.request, at, fragment_rows(root, at.list_url))
    label = _label(root, at)
    if label is not None:
        return label
    turned_to = _turned_to(root, at)
    if turned_to is None and not _PAGED_COLUMN.search(urlsplit(at.list_url).path):
        return read_page(root, at)
    return _read_rows(root, turned_to or at.request, at)


def _turned_to(root: Any, at: PageAt) -> PageRequest | None:
    """The request that the pager of a column turns with, at this page; None where no script states it."""
    page = fields_of(at.request).get("pageIndex", "1")
    for stated in joined_addresses(page_script(root), at.url):
        if "pageIndex" in query_fields(stated.url) and stated.unread.keys() <= {"pageIndex"}:
            return turn_page(PageRequest(stated.url), "pageIndex", page)
    return None


def _label(root: Any, at: PageAt) -> ListPage | None:
    """What leads to the list's first page, by what the column page states; None where it states nothing."""
    stated = [*requests_on(root, at.url, _LABEL), *written_requests(root, _LABEL.pattern, at.url)]
    labels = [each for each in stated if _LABEL.search(each.url)]
    lists = [each for each in labels if each.all_fields.get("labelName", _LIST_LABEL) == _LIST_LABEL]
    wanted = query_fields(at.list_url).get("catId")
    chosen = max(lists, key=lambda each: _rank_label(each, wanted), default=None)
    if chosen is None:
        return None
    # Which page is asked for stands where the page's own script puts it: at the end, as its variable.
    beside = {name: value for name, value in chosen.fields.items() if name != "pageIndex"}
    fields = _completed({**query_fields(chosen.url), **beside}, at)
    unread = unread_words(chosen, fields)
    if unread:
        return ListPage(unreadable=unread)
    if chosen.by_post:
        request = PageRequest(chosen.address, urlencode(fields), FORM, ajax=True)
    else:
        request = PageRequest(with_query(chosen.address, fields), ajax=True)
    return ListPage(next_pages=(request,), is_shell=True)


def _rank_label(stated: Stated, wanted: str | None) -> tuple[bool, bool, int]:
    fields = stated.all_fields
    own = fields.get("catId")
    return bool(own) and own == wanted, "labelName" in fields, len(fields)


def _completed(fields: Mapping[str, str], at: PageAt) -> dict[str, str]:
    """The fields as stated; what tells one list from another, where empty, from the column's own address."""
    organ = _ORGAN.search(urlsplit(at.list_url).path)
    own = {**query_fields(at.list_url), **({"organId": organ[1]} if organ else {})}
    told = {
        name: own[name] for name in ("organId", "type", "catId") if own.get(name) and not fields.get(name)
    }
    category = at.options.get("category")
    chosen = {"catId": category} if category else {}
    return {**fields, **told, "labelName": _LIST_LABEL, **chosen, "pageIndex": "1"}


def _read_rows(
    root: Any, request: PageRequest, at: PageAt, links: tuple[ListedLink, ...] | None = None
) -> ListPage:
    fields = fields_of(request)
    options = {"page": "pageIndex", "empty": fields.get("result") or _EMPTY_WORDS}
    if number_in(fields, "pageSize"):
        options["size"] = fields["pageSize"]
    return read_page(root, PageAt(at.url, request, at.list_url, options), links)
