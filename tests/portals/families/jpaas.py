"""jpaas: a column page that names a unit, and an interface that builds the unit's rows as HTML inside JSON.

The interface wants the fields that the page lists and no others, and the column page as Referer. One site
answers every page number with the first page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gongkai.demo.server import Answer, html_answer
from tests.portals.families.site import Shape, fixed, page
from tests.portals.material import render_page
from tests.portals.sent_fields import query_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `/art/YYYY/M/D/art_<column>_<id>.html`, or the newer `/art/YYYY/art_<32 hex>.html`."""
    day = item.day
    if column.text("parse_type") == "buildstatic":
        return f"/art/{day.year}/art_{facts.hex_id('article', item.serial)}.html"
    return f"/art/{day.year}/{day.month}/{day.day}/art_{column.text('number')}_{5012000 + item.serial}.html"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column page."""
    del facts
    return column.path


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the column pages and the interface."""
    for column in facts.columns:
        answer = page(facts, "jpaas.html", column=column, unit=UNIT, query_data=_query_data(facts, column))
        yield column.path, fixed(answer)
    yield UNIT, lambda asked: _unit_answer(facts, shape, asked)


def fields(facts: Facts, column: Column) -> dict[str, str]:
    """Return the fields that the column page lists, in its order."""
    return {
        "parseType": column.text("parse_type"),
        "webId": facts.hex_id("web"),
        "tplSetId": facts.hex_id("templates"),
        "pageType": "column",
        "tagId": column.text("tag"),
        "editType": "null",
        "pageId": column.text("number"),
    }


def _query_data(facts: Facts, column: Column) -> str:
    listed = ",".join(f"'{name}':'{value}'" for name, value in fields(facts, column).items())
    return "{" + listed + "}"


def _unit_answer(facts: Facts, shape: Shape, asked: Asked) -> Answer:
    sent = query_of(asked)
    column = next((each for each in facts.columns if each.text("number") == sent.get("pageId")), None)
    if column is None or not asked.headers.get("referer", "").startswith(facts.home + column.path[1:]):
        return html_answer(b"<html><body><h1>403 Forbidden</h1></body></html>", status=403)
    paging = sent.pop("paramJson", None)
    if sent != fields(facts, column):
        return _json({"code": "500", "success": False, "message": "参数错误", "data": None})
    number = int(json.loads(paging)["pageNo"]) if paging else 1
    items = column.page(1 if column.options.get("repeats") else number)
    html = render_page(
        "families/jpaas_unit.html",
        column=column,
        rows=[(shape.article(facts, column, item), item) for item in items],
        number=number,
    )
    return _json({"code": "200", "success": True, "message": "操作成功", "data": {"html": html}})


def _json(value: object) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(200, (("Content-Type", "application/json;charset=UTF-8"),), body)


SHAPE = Shape(article, entrance, routes)
