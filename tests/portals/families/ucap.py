"""UCAP search: a column page with a `channelId`, an interface that answers JSON, plain or in `results`.

Metadata come as groups of keys, the groups in another order for every other row, and the text `null` stands
for nothing. The wrapped dialect (税务) is asked by POST, with other names for page and size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.portals.families.attachments import attached
from tests.portals.families.interfaces import json_answer, number_in, script_page, where
from tests.portals.families.site import Shape, fixed
from tests.portals.sent_fields import form_of, query_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

SEARCH = "/common/search/"
BY_CODE = "/getFileListByCodeId"


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `/<site>/c<column>/YYYYMM/<32 hex>.shtml`."""
    folder = column.path.rpartition("/")[0]
    return f"{folder}/{item.day:%Y%m}/{facts.hex_id('article', item.serial)}.shtml"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column page."""
    del facts
    return column.path


def channel(facts: Facts, column: Column) -> str:
    """Return the 32 digits that the interface knows a column by."""
    return facts.hex_id("channel", column.id)


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the column pages, an address of the search for each plain column, the one for all others."""
    for column in facts.columns:
        yield column.path, fixed(script_page(facts, column, _script(facts, column)))
        if column.text("answer") == "plain":
            yield SEARCH + channel(facts, column), _search(facts, shape, column)
    yield BY_CODE, lambda asked: _by_code(facts, shape, asked)


def _script(facts: Facts, column: Column) -> Iterator[str]:
    yield "// UCAP"
    yield f"var channelId = '{channel(facts, column)}';"
    yield f"var channelCode = '{column.text('code')}';"
    if column.text("answer") == "plain":
        yield f"var pageSize = {column.page_size};"
        yield (
            f"$.get('{SEARCH}' + channelId + '?_isAgg=true&_isJson=true&_pageSize=' + pageSize +"
            " '&_template=index&_rangeTimeGte=&_channelName=&page=' + page, show);"
        )
    else:
        yield (
            f"$.post('{BY_CODE}', {{ channelId: channelId, page: page, size: {column.page_size},"
            " relateSubChannels: true }, show);"
        )


def _search(facts: Facts, shape: Shape, column: Column) -> Route:
    def answer(asked: Asked) -> Answer:
        sent = query_of(asked)
        if sent.get("_isJson") != "true":
            return json_answer({"code": 500, "msg": "_template"})
        number = number_in(sent.get("page"), 1)
        return json_answer({"data": _data(facts, shape, column, number)})

    return answer


def _by_code(facts: Facts, shape: Shape, asked: Asked) -> Answer | None:
    sent = form_of(asked)
    column = where(facts.columns, lambda each: channel(facts, each), sent.get("channelId"))
    if column is None or asked.method != "POST":
        return None
    number = number_in(sent.get("page"), 1)
    return json_answer({"results": {"data": _data(facts, shape, column, number)}, "message": "ok"})


def _data(facts: Facts, shape: Shape, column: Column, number: int) -> dict[str, Any]:
    rows = [_row(facts, shape, column, item) for item in column.page(number)]
    return {"total": len(column.items), "page": number, "rows": column.page_size, "results": rows}


def _row(facts: Facts, shape: Shape, column: Column, item: Item) -> dict[str, Any]:
    address = shape.article(facts, column, item)
    file = attached(facts, item, address)
    groups = [
        _group("公文", refno=item.doc_number or "null", source=item.issuer),
        _group("时间", pubdate=str(item.day), writedate="null"),
    ]
    return {
        "id": facts.hex_id("article", item.serial),
        "title": item.title,
        "subTitle": "null",
        "url": address,
        "publishedTime": f"{item.day:%Y-%m-%d} 09:30:00",
        "publishedTimeStr": f"{item.day:%Y-%m-%d} 09:30:00",
        "content": item.paragraphs[0],
        "channelName": column.name,
        "resList": [{"name": file.name, "filePath": file.href}] if file else [],
        "domainMetaList": groups[:: -1 if item.serial % 2 else 1],
    }


def _group(name: str, **values: str) -> dict[str, Any]:
    pairs = [{"key": key, "name": key, "value": value} for key, value in values.items()]
    return {"domainMetadataName": name, "resultList": pairs}


SHAPE = Shape(article, entrance, routes)
