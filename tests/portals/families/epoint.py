"""Epoint full-text list: a raw JSON body is posted, `pn` is an offset, the result may stand in a string."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.portals.families.interfaces import json_answer, script_page, where
from tests.portals.families.site import Shape, fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

SEARCH = "/inteligentsearch/rest/esinteligentsearch/getFullTextDataNew"


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `…/<category>/YYYYMMDD/<guid>.html`."""
    folder = column.path.rpartition("/")[0]
    return f"{folder}/{item.day:%Y%m%d}/{_guid(facts, item)}.html"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column page."""
    del facts
    return column.path


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the column pages and the search behind them."""
    for column in facts.columns:
        yield column.path, fixed(script_page(facts, column, _script(facts, column)))
    yield SEARCH, lambda asked: _search(facts, shape, asked)


def first_body(column: Column) -> dict[str, Any]:
    """Return what the column's script posts for the first page."""
    condition = {"fieldName": "categorynum", "equal": column.text("number"), "isLike": True, "likeType": 2}
    return {
        "token": "",
        "pn": 0,
        "rn": str(column.page_size),
        "sdt": "",
        "edt": "",
        "wd": "",
        "inc_wd": "",
        "exc_wd": "",
        "fields": "title",
        "cnum": "001",
        "sort": '{"webdate":"0"}',
        "ssort": "title",
        "cl": 200,
        "terminal": "",
        "condition": [condition],
        "time": None,
        "highlights": "",
        "statistics": None,
        "unionCondition": None,
        "accuracy": "",
        "noParticiple": "1",
        "searchRange": None,
    }


def _guid(facts: Facts, item: Item) -> str:
    digits = facts.hex_id("article", item.serial)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _script(facts: Facts, column: Column) -> Iterator[str]:
    yield f"var siteGuid = '{facts.hex_id('site')}';"
    yield f"var categorynum = '{column.text('number')}';"
    yield f"var params = {json.dumps(first_body(column), ensure_ascii=False)};"
    yield "params.pn = pageIndex * params.rn;"
    yield f"$.ajax({{ type: 'post', url: '{SEARCH}', data: JSON.stringify(params), success: show }});"


def _search(facts: Facts, shape: Shape, asked: Asked) -> Answer | None:
    if asked.method != "POST":
        return None
    sent = _posted(asked)
    category = sent.get("condition", [{}])[0].get("equal")
    column = where(facts.columns, lambda each: each.text("number"), category)
    if column is None:
        return json_answer({"result": {"records": [], "totalcount": 0}})
    start, size = int(sent["pn"]), int(sent["rn"])
    rows = [_row(facts, shape, column, item) for item in column.reachable[start : start + size]]
    found = {"result": {"records": rows, "totalcount": len(column.items), "executetime": "0.012"}}
    if column.text("answer") == "string":
        # As text inside text, and sent as if it were a page.
        inside = {"content": json.dumps(found, ensure_ascii=False)}
        return json_answer(inside, content_type="text/html;charset=utf-8")
    return json_answer(found)


def _posted(asked: Asked) -> dict[str, Any]:
    try:
        sent = json.loads(asked.body)
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _row(facts: Facts, shape: Shape, column: Column, item: Item) -> dict[str, Any]:
    return {
        "id": facts.hex_id("record", item.serial),
        "infoid": _guid(facts, item),
        "title": item.title,
        "linkurl": shape.article(facts, column, item),
        "webdate": f"{item.day} 00:00:00",
        "infodate": f"{item.day} 08:30:00",
        "categorynum": column.text("number"),
        "content": item.paragraphs[0],
    }


SHAPE = Shape(article, entrance, routes)
