"""Lonsun: the column page holds a script, and `/site/label/8888` answers it with a fragment of rows.

A list without rows says so in the words that the request itself brings (`result`): a true empty. The fragment
is made only for the site template that the page names in `file`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gongkai.demo.server import html_answer
from tests.portals.families.site import Shape, page
from tests.portals.material import render_page
from tests.portals.sent_fields import form_of, query_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

LABEL = "/site/label/8888"
TEMPLATE = "/xxgk/publicInfoList_newest2020"
NO_ROWS = "暂无相关信息"


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `/public/<organ>/<id>.html`."""
    del column
    return f"/public/{facts.options['organ']}/{9530000 + item.serial}.html"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column's address, which names organ and category."""
    del facts
    return f"{column.path}?type=4&catId={column.text('number')}&action=list"


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the one page of all columns, told apart by `catId`, and the label behind it."""
    yield facts.columns[0].path, lambda asked: _column_page(facts, asked)
    yield LABEL, lambda asked: _label_answer(facts, shape, asked)


def parameters(facts: Facts, column: Column) -> dict[str, str]:
    """Return the fields of the column's request for its first page, in the order of the page's script."""
    return {
        "labelName": "publicInfoList",
        "siteId": facts.site_code[:7],
        "pageSize": str(column.page_size),
        "pageIndex": "1",
        "action": "list",
        "fuzzySearch": "false",
        "fromCode": "title",
        "keyWords": "",
        "sortType": "1",
        "isDate": "true",
        "dateFormat": "yyyy-MM-dd",
        "length": "80",
        "organId": str(facts.options["organ"]),
        "type": "4",
        "catIds": "",
        "catId": column.text("number"),
        "cId": "",
        "result": NO_ROWS,
        "file": TEMPLATE,
    }


def _of_category(facts: Facts, category: str | None) -> Column | None:
    return next((column for column in facts.columns if column.text("number") == category), None)


def _column_page(facts: Facts, asked: Asked) -> Answer | None:
    column = _of_category(facts, query_of(asked).get("catId"))
    if column is None:
        return None
    return page(facts, "lonsun.html", column=column, label=LABEL, parameters=parameters(facts, column))


def _label_answer(facts: Facts, shape: Shape, asked: Asked) -> Answer | None:
    sent = query_of(asked) | form_of(asked)
    column = _of_category(facts, sent.get("catId"))
    if sent.get("labelName") != "publicInfoList" or sent.get("file") != TEMPLATE or column is None:
        return html_answer(b"")
    if any(sent.get(name) != parameters(facts, column)[name] for name in ("siteId", "organId")):
        return html_answer(b"")
    number = int(sent.get("pageIndex", "1"))
    rows = [(shape.article(facts, column, item), item) for item in column.page(number)]
    html = render_page(
        "families/lonsun_rows.html",
        column=column,
        rows=[(facts.home + href.removeprefix("/"), item) for href, item in rows],
        number=number,
        words=sent.get("result", ""),
    )
    return html_answer(html.encode())


SHAPE = Shape(article, entrance, routes)
