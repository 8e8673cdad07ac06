"""A JSON interface of a portal's own, as Henan has one: a page number, a size, a mark for the channel.

Only the number of pages is declared, not that of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.portals.families.html_list import article_by_day, folder
from tests.portals.families.interfaces import json_answer, number_in, script_page, where
from tests.portals.families.site import Shape, fixed
from tests.portals.sent_fields import query_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

EXTERNAL = "/open/api/external"
SITE_ID = "9916000001"


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the column pages and the interface."""
    for column in facts.columns:
        yield column.path, fixed(script_page(facts, column, _script(column)))
    yield EXTERNAL, lambda asked: _external(facts, shape, asked)


def _script(column: Column) -> Iterator[str]:
    yield (
        f"var url = '{EXTERNAL}?keywords=&siteId={SITE_ID}&searchRange=-1000&sortType=200&pageNumber=1"
        f"&pageSize={column.page_size}&fileType=3&channelMarkId={column.text('channel')}';"
    )
    yield "$.getJSON(url, show);"


def _external(facts: Facts, shape: Shape, asked: Asked) -> Answer:
    sent = query_of(asked)
    column = where(facts.columns, lambda each: each.text("channel"), sent.get("channelMarkId"))
    if column is None or sent.get("siteId") != SITE_ID:
        return json_answer({"code": 500, "msg": "参数有误", "data": None})
    number, size = number_in(sent.get("pageNumber"), 1), number_in(sent.get("pageSize"), column.page_size)
    rows = column.items[(number - 1) * size : number * size] if number else ()
    found = {
        "pageNumber": number,
        "totalPage": -(-len(column.items) // size),
        "datas": [_row(facts, shape, column, item) for item in rows],
    }
    return json_answer({"code": 200, "msg": "success", "data": found})


def _row(facts: Facts, shape: Shape, column: Column, item: Item) -> dict[str, Any]:
    return {
        "title": item.title,
        "selfUrl": facts.home + shape.article(facts, column, item)[1:],
        "createDate": f"{item.day} 15:20:00",
        "source": item.issuer,
        "fileNum": item.doc_number,
    }


SHAPE = Shape(article_by_day, folder, routes)
