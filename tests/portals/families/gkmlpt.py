"""The 公开目录平台 of Guangdong: a catalogue in `window._CONFIG`, an interface with 100 rows a page.

Pages 0 and 1 are the same. A site may answer 404 from page 2 on although `post_count` says that there is more
(`pages`). A wrong SID brings no rows. Older titles come with `%uXXXX` for every character beyond ASCII.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from gongkai.demo.server import SHANGHAI
from tests.portals.families.attachments import attached
from tests.portals.families.interfaces import json_answer, number_in, script_page
from tests.portals.families.site import Shape, article_page, fixed
from tests.portals.sent_fields import query_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

INDEX = "/gkmlpt/index"
ESCAPED_BEFORE = dt.date(2021, 1, 1)


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `/gkmlpt/content/<n>/<n>/post_<id>.html`."""
    del facts, column
    number = 3640000 + item.serial
    return f"/gkmlpt/content/{number // 1_000_000}/{number // 1000}/post_{number}.html"


def entrance(facts: Facts, column: Column) -> str:
    """Return the catalogue with the category as fragment."""
    del facts
    return f"{INDEX}#{column.text('number')}"


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the catalogue, the interface of each category, and the articles with their own script."""
    yield INDEX, fixed(script_page(facts, facts.columns[0], [_config(facts, {"TREE": _tree(facts)})]))
    for column in facts.columns:
        yield f"/gkmlpt/api/all/{column.text('number')}", _category(facts, shape, column)
        for item in column.items:
            address = shape.article(facts, column, item)
            detail = {"DETAIL": _row(facts, shape, column, item)}
            script = f'<script type="text/javascript">{_config(facts, detail)}</script>'
            yield address, fixed(article_page(facts, column, item, address, script=script))


def _config(facts: Facts, more: dict[str, Any]) -> str:
    lines = [f"  SID: '{facts.options['sid']}'", f"  SITE_NAME: '{facts.name}'"]
    lines += [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in more.items()]
    return "window._CONFIG = {\n" + ",\n".join(lines) + "\n};"


def _tree(facts: Facts) -> list[dict[str, Any]]:
    leaves = [
        {"id": column.count("number"), "name": column.name, "children": [], "jump_url": ""}
        for column in facts.columns
    ]
    elsewhere = f"{facts.home}zwgk/zfxxgk.html"
    outside = {"id": 5101, "name": "政府信息公开指南", "children": [], "jump_url": elsewhere}
    inner = {"id": 5102, "name": "法定主动公开内容", "children": leaves[1:], "jump_url": ""}
    return [{"id": 5100, "name": "政府信息公开", "children": [outside, inner, leaves[0]], "jump_url": ""}]


def _category(facts: Facts, shape: Shape, column: Column) -> Route:
    def answer(asked: Asked) -> Answer:
        sent = query_of(asked)
        number = max(1, number_in(sent.get("page"), 1))
        if number > int(column.options.get("pages", column.pages)):
            return json_answer({"error": "not found"}, status=404)
        known = sent.get("sid") == facts.options["sid"]
        items = column.page(number) if known else ()
        classify = {
            "id": column.count("number"),
            "name": column.name,
            "post_count": len(column.items) if known else 0,
        }
        return json_answer(
            {"classify": classify, "articles": [_row(facts, shape, column, item) for item in items]}
        )

    return answer


def _row(facts: Facts, shape: Shape, column: Column, item: Item) -> dict[str, Any]:
    address = shape.article(facts, column, item)
    file = attached(facts, item, address)
    moment = int(dt.datetime(item.day.year, item.day.month, item.day.day, 10, tzinfo=SHANGHAI).timestamp())
    return {
        "id": 3640000 + item.serial,
        "title": escaped(item.title) if item.day < ESCAPED_BEFORE else item.title,
        "url": facts.home + address[1:],
        "post_url": facts.home + address[1:],
        "date": moment,
        "created_at": f"{item.day} 10:00:00",
        "display_publish_time": moment,
        "publisher": item.issuer,
        "document_number": item.doc_number,
        "identifier": f"{facts.site_code}/{item.day.year}-{item.serial:05}",
        "classify_main_name": column.name,
        "keywords": "",
        "abstract": item.paragraphs[0][:40],
        "is_expired": 0,
        "is_abolished": 0,
        "attachment": [_file(file.name, file.href, len(file.body), item.serial)] if file else [],
        "relation": [],
    }


def _file(name: str, url: str, size: int, serial: int) -> dict[str, Any]:
    return {
        "id": 88000 + serial,
        "name": name,
        "type": name.rpartition(".")[2],
        "mime": "application/pdf",
        "size": size,
        "url": url,
    }


def escaped(text: str) -> str:
    """Write a text as old scripts did: `%uXXXX` for what is not ASCII."""
    return "".join(character if character.isascii() else f"%u{ord(character):04X}" for character in text)


SHAPE = Shape(article, entrance, routes)
