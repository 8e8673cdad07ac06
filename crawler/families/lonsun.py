"""Lists of Lonsun's content system: the column page names a label, `/site/label/…` answers with markup.

Seen in 安徽, in parts of 江西, 青海, 四川 and 湖北 and on departments of 新乡, since about 2015. The fields
(`siteId`, `organId`, `catId`, `file`, …) are copied from the column page, the pages are asked for in turn:

    /public/column/<organ>?catId=… ─ fields ─▶ /site/label/8888?…&pageIndex=1 ─▶ rows, pager ─▶ pageIndex=2 …
    /content/column/<id> ─ rows, pager ─▶ ?pageIndex=2 …

An empty list says so in the words that the request carries (`result`), which is no fault.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archive.frontier.targets import PageRequest
from crawler.families.base import ListPage
from crawler.families.pages.markup import page_script, parse_markup, says_empty, visible_text
from crawler.families.pages.page_requests import (
    FORM,
    fields_of,
    number_in,
    query_fields,
    turn_page,
    with_query,
    write_form,
)
from crawler.families.pages.pager import read_declared
from crawler.families.pages.rows import choose_group, find_rows, fragment_rows
from crawler.families.pages.script_reader import Join
from crawler.families.pages.stated_requests import (
    joined_addresses,
    stated_requests,
    unread_words,
    written_requests,
)
from crawler.families.static_list import read_list as read_static
from pipelines.addresses import clean_url
from pipelines.readers.html.elements import base_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.families.base import PageAt
    from crawler.families.pages.pager import Declared
    from crawler.families.pages.stated_requests import Stated

OPTIONS = {"category": "the `catId` of the list to read, where neither the address nor the page tells it"}

_LABEL = "/site/label/"
_LIST_LABEL = "publicInfoList"
_ORGAN = re.compile(r"/public/column/(\d{1,12})")
_PAGED_COLUMN = re.compile(r"/content/column/\d")
_TURNED_TO = re.compile(r"[^\s<>]{1,300}[?&]pageIndex=")
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
    if _LABEL in urlsplit(at.request.url).path:
        return _read_answer(root, at)
    label = _label(root, at)
    if label is not None:
        return label
    turned_to = _turned_to(root, at)
    if turned_to is None and not _PAGED_COLUMN.search(urlsplit(at.list_url).path):
        return read_static(text, at)
    return _read_column(root, turned_to or at.request, at)


def _turned_to(root: Any, at: PageAt) -> PageRequest | None:
    """The request that the pager of a column turns with, at this page; None where no script states it."""
    page = fields_of(at.request).get("pageIndex", "1")
    for placed in page_script(root).values:
        parts = placed.value.parts if isinstance(placed.value, Join) else (None,)
        is_turn = isinstance(parts[0], str) and _TURNED_TO.fullmatch(parts[0])
        url = clean_url(str(parts[0]), at.url) if is_turn else None
        if url is not None:
            return turn_page(PageRequest(url), "pageIndex", page)
    return None


def _label(root: Any, at: PageAt) -> ListPage | None:
    """What leads to the list's first page, by what the column page states; None where it states nothing."""
    stated = [
        *stated_requests(page_script(root), at.url),
        *joined_addresses(page_script(root), at.url),
        *written_requests(root, _LABEL, at.url),
    ]
    labels = [each for each in stated if _LABEL in each.url]
    lists = [each for each in labels if each.all_fields.get("labelName", _LIST_LABEL) == _LIST_LABEL]
    wanted = query_fields(at.list_url).get("catId")
    chosen = max(lists, key=lambda each: _rank(each, wanted), default=None)
    if chosen is None:
        return None
    # Which page is asked for stands where the page's own script puts it: at the end, as its variable.
    beside = {name: value for name, value in chosen.fields.items() if name != "pageIndex"}
    fields = _completed({**query_fields(chosen.url), **beside}, at)
    unread = unread_words(chosen, fields)
    if unread:
        return ListPage(dialect="lonsun_label", unreadable=unread)
    if chosen.by_post:
        request = PageRequest(chosen.address, write_form(fields), FORM, ajax=True)
    else:
        request = PageRequest(with_query(chosen.address, fields), ajax=True)
    return ListPage(next_pages=(request,), dialect="lonsun_label", is_shell=True)


def _rank(stated: Stated, wanted: str | None) -> tuple[bool, bool, int]:
    fields = stated.all_fields
    own = fields.get("catId")
    return bool(own) and own == wanted, "labelName" in fields, len(fields)


def _completed(fields: Mapping[str, str], at: PageAt) -> dict[str, str]:
    """The fields as stated; what tells one list from another, where empty, from the column's own address."""
    own = query_fields(at.list_url)
    organ = _ORGAN.search(urlsplit(at.list_url).path)
    told = {
        "organId": organ[1] if organ else own.get("organId", ""),
        "type": own.get("type", ""),
        "catId": own.get("catId", ""),
    }
    missing = {name: value for name, value in told.items() if value and not fields.get(name)}
    if "labelName" not in fields:
        missing["labelName"] = _LIST_LABEL
    category = at.options.get("category")
    chosen = {"catId": category} if category else {}
    return {**fields, **missing, **chosen, "pageIndex": "1"}


def _read_answer(root: Any, at: PageAt) -> ListPage:
    fields = fields_of(at.request)
    # The markup is shown in the column page: its addresses start from there.
    links = fragment_rows(root, at.list_url)
    declared = read_declared(root)
    return ListPage(
        links=links,
        next_pages=_following(at.request, declared, len(links)),
        declared_total=declared.rows,
        declared_pages=declared.pages,
        dialect="lonsun_answer",
        is_empty=not links and says_empty(visible_text(root), fields.get("result", ""), _EMPTY_WORDS),
    )


def _read_column(root: Any, request: PageRequest, at: PageAt) -> ListPage:
    base = base_of(root, at.url)
    declared = read_declared(root)
    links = choose_group(list(find_rows(root, base)), at.url, declared.element)
    return ListPage(
        links=links,
        next_pages=_following(request, declared, len(links)),
        declared_total=declared.rows,
        declared_pages=declared.pages,
        dialect="lonsun_column",
        is_empty=not links and declared.pages in {0, None} and _EMPTY_WORDS in visible_text(root),
    )


def _following(request: PageRequest, declared: Declared, rows: int) -> tuple[PageRequest, ...]:
    """The request for the next page; a list that does not say how long it is ends with a shorter page."""
    fields = fields_of(request)
    page, size = number_in(fields, "pageIndex") or 1, number_in(fields, "pageSize")
    if not rows:
        return ()
    if declared.rows is not None:
        is_last = page * (size or rows) >= declared.rows
    elif declared.pages is not None:
        is_last = page >= declared.pages
    else:
        is_last = size is not None and rows < size
    return () if is_last else (turn_page(request, "pageIndex", str(page + 1)),)
