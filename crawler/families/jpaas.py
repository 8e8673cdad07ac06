"""Lists of the publishing platform jpaas: the column page is a shell, a unit's interface brings the rows.

Seen on the provincial platforms of 浙江, 江苏, 山东 and 内蒙古 and on ministries, since about 2020; the
successor of `jpage`. The page states what is asked for, in its own spelling (`bulidstatic`), and nothing more
is sent:

    column page ─ url, queryData ─▶ GET the unit ─▶ JSON with markup: rows, pager ─▶ paramJson, page by page

A column page that holds the pager itself is the first page of its list.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from archive.frontier.targets import PageRequest
from crawler.families.base import ListPage, list_pattern
from crawler.families.html_list import read_page
from crawler.families.pages.json_answers import read_json
from crawler.families.pages.markup import page_script, parse_markup, says_empty, visible_text
from crawler.families.pages.page_requests import fields_of, number_in, turn_page, with_query
from crawler.families.pages.rows import choose_group, find_rows, fragment_rows
from crawler.families.pages.stated_requests import requests_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.families.base import PageAt
    from crawler.families.pages.stated_requests import Stated

# Of the publishing platform behind provincial portals (浙江, 江苏, 山东, 内蒙古); what stands before it
# differs.
_UNIT = re.compile("/front/page/build/unit")


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
    unit, pager = _unit(root, at)
    if unit is None:
        return read_page(root, at)
    first = PageRequest(with_query(unit.address, unit.all_fields), ajax=True)
    links = choose_group(list(find_rows(root, at.url)), at.url, pager) if pager is not None else ()
    if not links:
        return ListPage(next_pages=(first,), dialect="jpaas_unit", is_shell=True)
    total, size, _ = _pager_numbers(pager)
    return ListPage(
        links=links,
        next_pages=_following(first, 1, total, size, len(links)),
        declared_total=total,
        dialect="jpaas_unit",
    )


def _unit(root: Any, at: PageAt) -> tuple[Stated | None, Any | None]:
    """The unit that is the list, and the pager where the page itself shows its first page."""
    units = [
        stated
        for stated in requests_on(root, at.url, _UNIT)
        if _UNIT.search(stated.url) and "pageId" in stated.all_fields and not stated.unread
    ]
    named = at.options.get("tag")
    chosen = max(units, key=lambda unit: _rank(unit.all_fields, named), default=None)
    pagers = root.xpath("//*[@count and contains(@class, 'pag')]")
    return chosen, pagers[0] if len(pagers) == 1 else None


def _rank(fields: Mapping[str, str], named: str | None) -> tuple[bool, bool, bool, bool]:
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
        return ListPage(is_empty=answer.get("success") is True, dialect="jpaas_answer")
    # The markup is shown in the column page: its addresses start from there.
    links = fragment_rows(root, at.list_url)
    total, size, page = _pager_numbers(root)
    asked = _asked_page(at.request)
    return ListPage(
        links=links,
        next_pages=_following(at.request, asked or page or 1, total, size, len(links)),
        declared_total=total,
        dialect="jpaas_answer",
        is_empty=not links and (total == 0 or says_empty(visible_text(root))),
    )


def _following(
    request: PageRequest, page: int, total: int | None, size: int | None, rows: int
) -> tuple[PageRequest, ...]:
    # A list that does not say how long it is is asked for until a page brings nothing new.
    if not rows or (total is not None and page * (size or rows) >= total):
        return ()
    asked = json.dumps({"pageNo": page + 1, "pageSize": size or rows}, separators=(",", ":"))
    return (turn_page(request, "paramJson", asked),)


def _asked_page(request: PageRequest) -> int | None:
    asked = read_json(fields_of(request).get("paramJson", ""))
    number = asked.get("pageNo") if isinstance(asked, dict) else None
    return number_in({"pageNo": str(number)}, "pageNo")


def _pager_numbers(root: Any) -> tuple[int | None, int | None, int | None]:
    """How many rows there are, how many on a page, which page this is: by the pager, in whatever form."""
    pagers = root.xpath("descendant-or-self::*[@count or contains(@querydata, 'count')]")
    told = [{**_stated_fields(pager), **pager.attrib} for pager in pagers]
    told.append({name.lower(): str(value) for name, value in page_script(root).literals()})
    fields = next((each for each in told if number_in(each, "count") is not None), {})
    return number_in(fields, "count"), number_in(fields, "rows") or None, number_in(fields, "pageno")


def _stated_fields(pager: Any) -> dict[str, str]:
    stated = read_json(pager.get("querydata") or "")
    return (
        {str(name).lower(): str(value) for name, value in stated.items()} if isinstance(stated, dict) else {}
    )
