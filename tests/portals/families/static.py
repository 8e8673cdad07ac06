"""Static TRS-style lists: a paging call in a script, `t`-date articles in folders by month, four quirks.

The call's argument order decides the number of the second page; the call may declare pages that only answer
with a stub; and older parts may be frozen under names of their own (`index_10935_2.html`), which links lead
to and nothing computes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gongkai.demo.server import html_answer
from tests.portals.families.site import Shape, fixed, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gongkai.demo.server import Answer
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route

SEGMENTED = "10935"
"""The number that the names of frozen parts begin with."""
DIALECTS = {
    "number_first": ('createPageHTML({pages}, {index}, "{prefix}", "{ext}");', 1),
    "number_first_rows": ('createPageHTML({pages}, {index}, "{prefix}", "{ext}", {rows});', 1),
    "create_page": ('createPage({pages}, {index}, "{prefix}", "{ext}");', 1),
    "container_first": ("createPageHTML('page_div', {pages}, {number}, '{prefix}', '{ext}', {rows});", 2),
}
"""Paging calls as seen on real portals, and the number in the name of the second page.

The order of the arguments decides that number, which is the trap that an adapter has to pass."""
STUB = "<html><head><script>var base='/images/';var page='list';</script></head><body>{}</body></html>"


def article(facts: Facts, column: Column, item: Item) -> str:
    """Return `…/YYYYMM/tYYYYMMDD_<id>.html`."""
    del facts
    number = 5230000 + item.serial
    return f"{column.path}{item.day:%Y%m}/t{item.day:%Y%m%d}_{number}.{column.text('ext')}"


def entrance(facts: Facts, column: Column) -> str:
    """Return the column's folder."""
    del facts
    return column.path


def routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield the list pages of all columns."""
    for column in facts.columns:
        yield from column_routes(facts, shape, column)


def column_routes(facts: Facts, shape: Shape, column: Column) -> Iterator[tuple[str, Route]]:
    """Yield the list pages of a column, its folder included."""
    pages = (
        _segments(facts, shape, column)
        if column.text("call") == "segments"
        else _called(facts, shape, column)
    )
    for number, (name, answer) in enumerate(pages):
        yield column.path + name, fixed(answer)
        if number == 0:
            yield column.path, fixed(answer)


def rows(facts: Facts, shape: Shape, column: Column, number: int) -> list[tuple[str, Item]]:
    """Return the rows of a page, from 1, with addresses relative to the list."""
    found = ((shape.article(facts, column, item), item) for item in column.page(number))
    return [("./" + path.removeprefix(column.path), item) for path, item in found]


def _called(facts: Facts, shape: Shape, column: Column) -> Iterator[tuple[str, Answer]]:
    call, second = DIALECTS[column.text("call")]
    prefix, ext = column.text("prefix"), column.text("ext")
    declared = max(1, -(-len(column.items) // column.page_size))
    for index in range(declared):
        name = f"{prefix}_{index - 1 + second}.{ext}" if index else f"{prefix}.{ext}"
        if index >= column.pages:
            # Between 300 and 400 bytes, as real ones have.
            yield name, html_answer(STUB.format("<!--" + "-" * 230 + "-->").encode())
            continue
        script = call.format(
            pages=declared,
            index=index,
            number=index + 1,
            prefix=prefix,
            ext=ext,
            rows=len(column.items),
        )
        answer = page(
            facts,
            "static.html",
            column=column,
            rows=rows(facts, shape, column, index + 1),
            script=script,
            links=(),
        )
        yield name, answer


def _segments(facts: Facts, shape: Shape, column: Column) -> Iterator[tuple[str, Answer]]:
    """The newest page, then frozen parts that count down to 1."""
    names = ["index.html", *(f"index_{SEGMENTED}_{part}.html" for part in range(column.pages - 1, 0, -1))]
    for index, name in enumerate(names):
        links = [("下一页", names[index + 1])] if index + 1 < len(names) else []
        answer = page(
            facts,
            "static.html",
            column=column,
            rows=rows(facts, shape, column, index + 1),
            script="",
            links=links,
        )
        yield name, answer


SHAPE = Shape(article, entrance, routes)
