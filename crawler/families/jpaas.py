"""Lists of jpaas: a column page leads to an interface that answers a unit of it in markup.

It follows `jpage` on platforms of 浙江, 江苏, 山东, 内蒙古 and of ministries since about 2020. The page
states what is asked for, in its own spelling (`bulidstatic`), and nothing more is sent:

    column page ─ url, queryData ─▶ GET the unit ─▶ JSON with markup: rows, pager ─▶ paramJson, page by page

A column page that holds the pager itself is the first page of its list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from archive.frontier.targets import PageRequest
from crawler.families.base import ListedLink, ListPage, PageAt, list_pattern
from crawler.families.html_list import read_page
from crawler.families.pages.json_answers import read_json
from crawler.families.pages.markup import page_script, parse_markup
from crawler.families.pages.page_requests import (
    fields_of,
    number_in,
    place_named,
    read_object,
    turn_page,
    with_query,
)
from crawler.families.pages.pager import Pager
from crawler.families.pages.rows import choose_group, find_rows, fragment_rows
from crawler.families.pages.stated_requests import requests_on

# What stands before it differs.
_UNIT = re.compile("/front/page/build/unit")
_PAGE = "query-json:paramJson.pageNo"


def read_list(text: str, at: PageAt) -> ListPage:
    """Read a column page, or what the interface of its unit answered.

    Args:
        text: the page, decoded.
        at: where it was found.

    Source: the shapes of `docs/portals.md`, jpaas units.
    """
    if _UNIT.search(at.request.url):
        return _read_answer(text, at)
    root = parse_markup(text)
    if root is None:
        return ListPage()
    units = [
        each
        for each in requests_on(root, at.url, _UNIT)
        if _UNIT.search(each.url) and "pageId" in each.all_fields and not each.unread
    ]
    unit = max(units, key=lambda each: _rank_unit(each.all_fields, at.options.get("tag")), default=None)
    if unit is None:
        return read_page(root, at)
    first = PageRequest(with_query(unit.address, unit.all_fields), ajax=True)
    pagers = root.xpath("//*[@count and contains(@class, 'pag')]")
    links = choose_group(find_rows(root, at.url), at.url, pagers[0]) if len(pagers) == 1 else ()
    if links:
        return _read_unit(pagers[0], first, at, links)
    return ListPage(next_pages=(first,), is_shell=True)


def _rank_unit(fields: Mapping[str, str], named: str | None) -> tuple[bool, bool, bool, bool]:
    tag = fields.get("tagId", "")
    return (
        named is not None and tag == named,
        not list_pattern("frame_tag").search(tag),
        fields.get("pageType") == "column",
        list_pattern("list_tag").search(tag) is not None,
    )


def _read_answer(text: str, at: PageAt) -> ListPage:
    answer = read_json(text)
    if not isinstance(answer, dict):
        return ListPage(unreadable="no_json")
    data = answer.get("data")
    markup = data.get("html") if isinstance(data, dict) else data
    if not isinstance(markup, str):
        return ListPage(unreadable="no_markup_in_answer")
    root = parse_markup(markup)
    if root is None:
        return ListPage(is_empty=answer.get("success") is True)
    # The markup is shown in the column page: its addresses start from there.
    return _read_unit(root, at.request, at, fragment_rows(root, at.list_url))


def _read_unit(root: Any, request: PageRequest, at: PageAt, links: tuple[ListedLink, ...]) -> ListPage:
    total, size = _pager_numbers(root)
    if not place_named(request, _PAGE).number(request):
        # Column pages state it empty, or as `null`, too: then the interface answers its first page.
        stated = read_object(fields_of(request).get("paramJson", "")) or {}
        asked = {"pageNo": 1, "pageSize": size or len(links), **stated} | {"pageNo": 1}
        request = turn_page(request, "paramJson", json.dumps(asked))
    options = {"page": _PAGE, **({"size": str(size)} if size else {})}
    listed = read_page(root, PageAt(at.url, request, at.list_url, options), links, Pager(total))
    return listed.replace(is_empty=not links and (listed.is_empty or total == 0))


def _pager_numbers(root: Any) -> tuple[int | None, int | None]:
    """How many rows there are, and how many on a page: by the pager, in whatever form."""
    pagers = root.xpath("descendant-or-self::*[@count or contains(@querydata, 'count')]")
    stated = [(pager.attrib, read_json(pager.get("querydata") or "")) for pager in pagers]
    told = [{**(one if isinstance(one, dict) else {}), **own} for own, one in stated]
    told.append(dict(page_script(root).literals()))
    named = [{str(name).lower(): str(value) for name, value in each.items()} for each in told]
    fields = next((each for each in named if number_in(each, "count") is not None), {})
    return number_in(fields, "count"), number_in(fields, "rows") or None
