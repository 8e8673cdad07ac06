"""The policy library of gov.cn: `searchVO` with `<em>` in titles, a library page that is only a script.

Its reports stand in an ordinary static list: one site, two families.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.portals.families import static
from tests.portals.families.interfaces import json_answer, number_in, script_page, where
from tests.portals.families.site import Shape, fixed
from tests.portals.sent_fields import query_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

DATA = "/search-gov/data"


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `/zhengce/content/YYYYMM/content_<id>.htm`, or a report's address in its static list."""
    if "library" not in column.options:
        return static.article(facts, column, item)
    return f"/zhengce/content/{item.day:%Y%m}/content_{7001000 + item.serial}.htm"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column page."""
    del facts
    return column.path


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the static list, the library's page and its interface."""
    for column in facts.columns:
        if "library" not in column.options:
            yield from static.column_routes(facts, shape, column)
            continue
        yield column.path, fixed(script_page(facts, column, _script(column)))
    yield DATA, lambda asked: _data(facts, shape, asked)


def _script(column: Column) -> Iterator[str]:
    yield f"var library = {{ t: '{column.text('library')}', n: {column.page_size}, type: 'gwyzcwjk' }};"
    yield f"var url = '{DATA}?t=' + library.t + '&timetype=timezd&sort=pubtime&n=' + library.n;"
    yield "$.getJSON(url + '&p=' + page, show);"


def _data(facts: Facts, shape: Shape, asked: Asked) -> Answer:
    sent = query_of(asked)
    column = where(facts.columns, lambda each: str(each.options.get("library", "")), sent.get("t"))
    if column is None:
        return json_answer({"code": 1001, "msg": "无此库", "searchVO": None})
    number, size = number_in(sent.get("p"), 1), number_in(sent.get("n"), column.page_size)
    items = column.items[(number - 1) * size : number * size] if number else ()
    found = {
        "totalCount": len(column.items),
        "pageSize": size,
        "totalpage": -(-len(column.items) // size),
        "currentPage": number,
        "listVO": [_row(facts, shape, column, item) for item in items],
        "catMap": None,
    }
    return json_answer({"code": 200, "msg": "操作成功", "searchVO": found})


def _row(facts: Facts, shape: Shape, column: Column, item: Item) -> dict[str, Any]:
    return {
        "id": str(7001000 + item.serial),
        "title": item.title.replace("通知", "<em>通知</em>"),
        "url": facts.home + shape.article(facts, column, item)[1:],
        "pcode": item.doc_number,
        "puborg": item.issuer,
        "pubtime": None,
        "pubtimeStr": f"{item.day:%Y.%m.%d}",
        "summary": item.paragraphs[1][:30],
    }


SHAPE = Shape(article, entrance, routes)
