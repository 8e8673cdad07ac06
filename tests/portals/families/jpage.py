"""Hanweb jpage: the first records in the column page, the rest from `dataproxy.jsp`, a group at a time.

The page holds a datastore (in a script, in a comment, or as an array) and an initialiser. The proxy answers
what that asks for and nothing else: other values than the page's own bring the empty answer of 54 bytes.
Where the numbers in `nextgroup` are encrypted, it answers nothing at all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gongkai.demo.server import html_answer
from tests.portals.families.site import Shape, fixed, page
from tests.portals.sent_fields import form_of, query_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

PROXY = "/module/web/jpage/dataproxy.jsp"
EMPTY = b"<datastore>\n<recordset>\n\n\n\n\n\n</recordset>\n</datastore>"
ASKED_BY = {"range": frozenset(("GET", "POST")), "post": frozenset(("POST",))}
"""The methods by which a range of records may be asked for; in the other dialects there are no ranges."""


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `/art/YYYY/M/D/art_<column>_<id>.html`."""
    del facts
    day = item.day
    return f"/art/{day.year}/{day.month}/{day.day}/art_{column.text('number')}_{11828000 + item.serial}.html"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column page."""
    del facts
    return column.path


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the column pages and the one proxy behind them."""
    for column in facts.columns:
        yield column.path, fixed(_column_page(facts, shape, column))
    yield PROXY, lambda asked: proxy_answer(facts, shape, asked)


def parameters(facts: Facts, column: Column) -> dict[str, str]:
    """Return the fields that every request to the proxy carries, as the column page prints them."""
    return {
        "col": "1",
        "appid": "1",
        "webid": facts.site_code[-4:].lstrip("0"),
        "path": "/",
        "columnid": column.text("number"),
        "sourceContentType": "1",
        "unitid": column.text("unit"),
        "webname": facts.name,
        "permissiontype": "0",
    }


def record(facts: Facts, shape: Shape, column: Column, item: Item) -> str:
    """Return a record as the datastore holds it."""
    day = str(item.day)
    if column.options.get("broken_dates"):
        day = f"\n\t{day[:5]}\n\t{day[5:]} "
    href = shape.article(facts, column, item)
    return f"<li><a href='{href}' title='{item.title}'>{item.title}</a><span>{day}</span></li>"


def proxy_answer(facts: Facts, shape: Shape, asked: Asked) -> Answer:
    """Answer the proxy: a range of records, a numbered group, or the empty datastore."""
    sent: Mapping[str, str] = form_of(asked) | query_of(asked)
    column = next((each for each in facts.columns if each.text("unit") == sent.get("unitid")), None)
    if column is None or not _is_as_printed(facts, column, sent):
        return html_answer(EMPTY)
    dialect = column.text("proxy")
    if "startrecord" in sent and asked.method in ASKED_BY.get(dialect, ()):
        start, end = int(sent["startrecord"]), int(sent["endrecord"])
        if not 0 <= end - start < column.page_size * column.count("group"):
            return html_answer(EMPTY)
        return html_answer(_datastore(facts, shape, column, column.items[start - 1 : end]).encode())
    if dialect == "group" and asked.method == "GET" and sent.get("page", "").isdigit():
        return html_answer(_group(facts, shape, column, int(sent["page"])).encode())
    return html_answer(EMPTY)


def _is_as_printed(facts: Facts, column: Column, sent: Mapping[str, str]) -> bool:
    printed = parameters(facts, column)
    needed = ("appid", "webid", "path", "columnid", "unitid", "permissiontype")
    return all(sent.get(name) == printed[name] for name in needed)


def _column_page(facts: Facts, shape: Shape, column: Column) -> Answer:
    first = column.reachable[: column.page_size * column.count("group")]
    inside = column.text("inside")
    # Where records come by the group, the page holds no more about the proxy than the link to the next one.
    by_group = column.text("proxy") == "group"
    return page(
        facts,
        "jpage.html",
        column=column,
        parameters=parameters(facts, column),
        proxy="" if by_group else PROXY,
        inside=inside,
        records=json.dumps([record(facts, shape, column, item) for item in first], ensure_ascii=False),
        datastore="" if inside == "array" else _group(facts, shape, column, 0),
    )


def _group(facts: Facts, shape: Shape, column: Column, group: int) -> str:
    """Return a group of records, from 0, with the address of the next one where there is one."""
    size = column.page_size * column.count("group")
    items = column.items[group * size : (group + 1) * size]
    has_more = (group + 1) * size < len(column.items)
    return _datastore(facts, shape, column, items, _next_group(facts, column, group + 1) if has_more else "")


def _datastore(facts: Facts, shape: Shape, column: Column, items: Sequence[Item], following: str = "") -> str:
    lines = [f"<record><![CDATA[{record(facts, shape, column, item)}]]></record>" for item in items]
    group = f'<nextgroup><![CDATA[<a href="{following}"></a>]]></nextgroup>' if following else ""
    return "\n".join(["<datastore>", group, "<recordset>", *lines, "</recordset>", "</datastore>"])


def _next_group(facts: Facts, column: Column, group: int) -> str:
    values = parameters(facts, column)
    if column.text("proxy") == "encrypted":
        for name in ("columnid", "unitid"):
            values[name] = facts.hex_id(column.id, name).upper()
    names = ("appid", "webid", "path", "columnid", "unitid", "webname", "permissiontype")
    fields = "&".join(f"{name}={values[name]}" for name in names)
    return f"{PROXY}?page={group}&{fields}"


SHAPE = Shape(article, entrance, routes)
