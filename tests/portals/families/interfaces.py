"""What the JSON interfaces of several systems share: answers in JSON, column pages that are only a script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gongkai.demo.server import Answer
from tests.portals.families.site import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.portals.families.content import Column, Facts

JSON_TYPE = "application/json;charset=utf-8"


def json_answer(value: object, *, status: int = 200, content_type: str = JSON_TYPE) -> Answer:
    """Answer with JSON, Chinese as it is."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, (("Content-Type", content_type),), body)


def script_page(facts: Facts, column: Column, lines: Iterable[str]) -> Answer:
    """Make a column page that holds no rows, only the script that asks for them."""
    return page(facts, "script_page.html", column=column, lines=tuple(lines))


def number_in(text: str | None, fallback: int) -> int:
    """Return a page number as sent; where it is none, the one that stands for the first page."""
    return int(text) if text is not None and text.isdigit() else fallback


def where(columns: Iterable[Column], of: Callable[[Column], str], sent: str | None) -> Column | None:
    """Return the column whose key was sent; None where there is no such column."""
    return next((column for column in columns if of(column) == sent), None)
