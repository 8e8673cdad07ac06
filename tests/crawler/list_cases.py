"""Cases of families: a folder each, with a page (`input.*`) and what must be read from it (`expected.json`).

What `expected.json` leaves out must not be there: no links, no next pages, no total. A request is its
address, or `{"url", "body"}` with the form that is posted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES
from crawler.families.base import NO_OPTIONS, PageAt
from crawler.families.pages.page_requests import FORM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.families.base import ListPage

FIXTURES = Path(__file__).parent / "fixtures"
SAID = ("declared_total", "declared_pages", "unreadable")
IS = ("is_shell", "is_empty")


def first_page(url: str, options: Mapping[str, str] = NO_OPTIONS) -> PageAt:
    """Return the place of a list's first page, asked for by its address."""
    return PageAt(url, PageRequest(url), url, options)


def folders(family: str) -> list[Path]:
    """Return the cases of a family."""
    return sorted(path for path in (FIXTURES / family).iterdir() if path.is_dir())


def read_case(family: str, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is read from a case's page, and what must be."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    (page,) = folder.glob("input.*")
    list_url = expected.pop("list_url")
    request = as_request(expected.pop("request", list_url))
    options = {**FAMILIES[family].preset, **expected.pop("options", {})}
    at = PageAt(request.url, request, list_url, options)
    return told(FAMILIES[family].read(page.read_text(encoding="utf-8"), at)), expected


def as_request(told: str | dict[str, str]) -> PageRequest:
    """Return the request that a case writes down."""
    if isinstance(told, str):
        return PageRequest(told)
    return PageRequest(told["url"], told["body"], FORM, ajax=True)


def told(page: ListPage) -> dict[str, Any]:
    """Return what a page says, as a case writes it down."""
    said: dict[str, Any] = {
        "links": [[link.url, link.title, link.date] for link in page.links],
        "next_pages": [
            {"url": each.url, "body": each.body} if each.body is not None else each.url
            for each in page.next_pages
        ],
    }
    said.update({name: getattr(page, name) for name in (*SAID, *IS)})
    return {name: value for name, value in said.items() if value or (value == 0 and value is not False)}
