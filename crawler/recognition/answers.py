"""What the answer of an unknown interface is made of: where its rows, links, titles, dates and totals stand.

The result are options of the family `json_list`, for a person to look over.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from archive.frontier.targets import PageRequest

_ADDRESS = re.compile(r"(?:https?:)?//\S+|/\S+|\S+\.(?:s?html?|jsp|aspx?)\S*")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DATE = re.compile(r"(?:19|20)\d\d\s*[-./年]\s*\d{1,2}.*|\d{10}(?:\d{3})?")
_LINK_NAME = re.compile("url|link|href", re.IGNORECASE)
_TITLE_NAME = re.compile("title|bt|name", re.IGNORECASE)
_DATE_NAME = re.compile("date|time|rq", re.IGNORECASE)
_TOTAL_NAME = re.compile(
    r"total(?:count|num|rows?|records?|size|elements)?|count|record_?count|allrow|sum", re.I
)
_PAGES_NAME = re.compile(r"total_?pages?|page_?count|pages|pagetotal", re.IGNORECASE)
_PAGE_NAME = re.compile(r"page(?:no|num|number|index)?|cur(?:rent|r)?page|cpage|pn?", re.IGNORECASE)
_SIZE_NAME = re.compile(r"_?page_?size|rows|size|rn|per_?page|limit", re.IGNORECASE)
_DEEPEST = 6


def describe_answer(text: str, request: PageRequest) -> Mapping[str, str] | None:
    """Return the options by which an answer can be read as a list; None where it holds no rows.

    Args:
        text: the answer, decoded.
        request: what it answers, as asked for the first page.
    """
    try:
        answer = json.loads(text.lstrip("\ufeff"))
    except (json.JSONDecodeError, RecursionError):
        return None
    found = [each for each in _lists(answer, "") if _field(each[1], _ADDRESS.fullmatch, _LINK_NAME)]
    if not found:
        return None
    path, rows = max(found, key=lambda each: len(each[1]))
    counts = list(_counts(answer, ""))
    parts = {
        "items": path,
        "link": _field(rows, _ADDRESS.fullmatch, _LINK_NAME),
        "title": _field(rows, _HAN.search, _TITLE_NAME),
        "date": _field(rows, _DATE.fullmatch, _DATE_NAME),
        "total": next((at for at, name in counts if _TOTAL_NAME.fullmatch(name)), None),
        "pages": next((at for at, name in counts if _PAGES_NAME.fullmatch(name)), None),
        "page": _parameter(request, _PAGE_NAME),
        "size": _parameter(request, _SIZE_NAME),
    }
    if not parts["title"]:
        return None
    return {name: value for name, value in parts.items() if value}


def _lists(value: Any, path: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield every list of objects with the path to it."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        yield path, value
    if isinstance(value, dict) and path.count(".") < _DEEPEST:
        for key, inner in value.items():
            yield from _lists(inner, f"{path}.{key}" if path else key)


def _counts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path to every number outside the rows, with its name."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        at = f"{path}.{key}" if path else key
        if isinstance(inner, dict) and at.count(".") < _DEEPEST:
            yield from _counts(inner, at)
        elif str(inner).isdigit() and not isinstance(inner, bool):
            yield at, key


def _field(
    rows: list[dict[str, Any]], looks_right: Callable[[str], object], named: re.Pattern[str]
) -> str | None:
    """Return the key whose values look right in most rows, one with a telling name first."""

    def is_likely(key: str) -> bool:
        values = (str(row[key]) for row in rows if isinstance(row.get(key), str | int))
        return sum(bool(looks_right(value)) for value in values) * 2 > len(rows)

    likely = [key for key in rows[0] if is_likely(key)]
    telling = [key for key in likely if named.search(key)]
    return next(iter((*telling, *likely)), None)


def _parameter(request: PageRequest, named: re.Pattern[str]) -> str | None:
    """Return where a request has a parameter of such a name, as the family's options write it."""
    for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True):
        if named.fullmatch(name):
            return f"query:{name}"
    body = request.body or ""
    if body.startswith("{"):
        return next((f"json:{name}" for name in json.loads(body) if named.fullmatch(name)), None)
    names = (name for name, _ in parse_qsl(body, keep_blank_values=True))
    return next((f"form:{name}" for name in names if named.fullmatch(name)), None)
