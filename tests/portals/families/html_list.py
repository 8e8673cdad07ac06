"""Plain HTML lists: `?pageNo=` with articles by day (Henan and others), and 博达 VSB, which counts down."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tests.portals.families.site import Shape, fixed, page
from tests.portals.sent_fields import query_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gongkai.demo.server import Answer, Asked
    from tests.portals.families.content import Column, Facts, Item
    from tests.portals.families.site import Route


MIGRATED = dt.date(2025, 6, 3)
"""The day on which what is older was moved to this system: their addresses have this day, not their own."""


def article_by_day(facts: Facts, column: Column, item: Item) -> str:
    """Return `/YYYY/MM-DD/<id>.html`, the day that of the document or of the migration after it."""
    del facts, column
    day = max(item.day, MIGRATED)
    return f"/{day:%Y}/{day:%m-%d}/{2952500 + item.serial}.html"


def folder(facts: Facts, column: Column) -> str:
    """Return the column's folder."""
    del facts
    return column.path


def numbered_routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield one address per column: `pageNo` says which page, from 1; what is no number is the first."""
    for column in facts.columns:
        yield column.path, _numbered(facts, shape, column)


def _numbered(facts: Facts, shape: Shape, column: Column) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        printed = query_of(asked).get("pageNo", "1")
        # Beyond the last page this server shows the last one again.
        number = min(max(1, int(printed) if printed.isdigit() else 1), column.pages)
        rows = [(shape.article(facts, column, item), item) for item in column.page(number)]
        return page(facts, "html_list.html", column=column, rows=rows, number=number)

    return answer


def article_of_vsb(facts: Facts, column: Column, item: Item) -> str:
    """Return `/info/<column>/<id>.htm`."""
    del facts
    return f"/info/{column.text('number')}/{3300 + item.serial}.htm"


def vsb_routes(facts: Facts, shape: Shape) -> Iterator[tuple[str, Route]]:
    """Yield `x.htm`, then `x/<n>.htm` counting down to 1, each with links that are relative to it."""
    for column in facts.columns:
        for number in range(1, column.pages + 1):
            path = vsb_path(column, number)
            above = "../" * (path.count("/") - 1)
            rows = [
                (above + shape.article(facts, column, item).removeprefix("/"), item)
                for item in column.page(number)
            ]
            pages = [
                (str(other), above + vsb_path(column, other).removeprefix("/"))
                for other in range(1, column.pages + 1)
            ]
            answer = page(facts, "vsb.html", column=column, rows=rows, pages=pages, number=number)
            yield path, fixed(answer)


def vsb_path(column: Column, number: int) -> str:
    """Return the path of a page, from 1: the last page is number 1 in its name."""
    return (
        column.path if number == 1 else f"{column.path.removesuffix('.htm')}/{column.pages + 1 - number}.htm"
    )


HENAN = Shape(article_by_day, folder, numbered_routes)
VSB = Shape(article_of_vsb, folder, vsb_routes)
