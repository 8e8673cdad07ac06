"""Where a number stands in a request for a list page, and how to put another one there.

A portal's YAML writes such a place as one word: `query:p`, `form:pageIndex`, `json:pn` (a path into a JSON
body), `query-json:paramJson.pageNo` and `form-json:params.pageIndex` (a path into JSON within a field), and
`path:list_{page}.json` (the last part of the address).
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus, urlsplit

from crawler.families.interfaces.paths import alternatives, as_count

if TYPE_CHECKING:
    from archive.frontier.targets import PageRequest

PAGE_MARK = "{page}"
_WRITTEN = re.compile(r"(query|form|json|query-json|form-json|path):(\S+)")
_IN_BODY = frozenset(("form", "json", "form-json"))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a request.

    Attributes:
        kind: `query`, `form`, `json`, `query-json`, `form-json` or `path`.
        field: the field's name; for `path` the file name with `{page}` in it; empty for `json`.
        steps: the names that lead to it within JSON.
    """

    kind: str
    field: str
    steps: tuple[str, ...] = ()

    @property
    def in_body(self) -> bool:
        """Whether it stands in what is posted."""
        return self.kind in _IN_BODY

    def number(self, request: PageRequest) -> int | None:
        """Return the number that a request has there; None where it has none."""
        if self.kind == "path":
            found = re.fullmatch(_file_pattern(self.field), _file_name(request.url))
            return int(found[1]) if found else None
        text = self._text(request)
        if text is None or not self.steps:
            return as_count(text)
        value = _json_object(text)
        for step in self.steps:
            value = value.get(step) if isinstance(value, dict) else None
        return as_count(value)

    def fits(self, request: PageRequest) -> bool:
        """Whether a number can be put there: in a query always, in JSON only where there is an object."""
        if self.steps:
            return isinstance(_json_object(self._text(request) or ""), dict)
        return not self.in_body or request.body is not None

    def with_number(self, request: PageRequest, number: int) -> PageRequest:
        """Return a request with another number there; one that it does not fit comes back as it is."""
        if not self.fits(request):
            return request
        address, mark, query = request.url.partition("?")
        if self.kind == "path":
            file_name = self.field.replace(PAGE_MARK, str(number))
            return dataclasses.replace(request, url=f"{address.rpartition('/')[0]}/{file_name}{mark}{query}")
        text = _with_json_number(self._text(request) or "", self.steps, number) if self.steps else str(number)
        if self.kind == "json":
            return dataclasses.replace(request, body=text)
        if self.in_body:
            return dataclasses.replace(request, body=_with_field(request.body or "", self.field, text))
        return dataclasses.replace(request, url=f"{address}?{_with_field(query, self.field, text)}")

    def _text(self, request: PageRequest) -> str | None:
        """The text of its field, or the whole body where it stands in JSON that is posted."""
        if self.kind == "json":
            return request.body
        return _field(request.body or "" if self.in_body else urlsplit(request.url).query, self.field)


def read_place(written: str) -> Place | None:
    """Return the place that a word of the YAML names; None where it is no such word."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    kind, name = found[1], found[2]
    if kind == "path":
        return Place(kind, name) if name.count(PAGE_MARK) == 1 and "/" not in name else None
    field, *steps = name.split(".") if kind.endswith("json") else [name]
    if kind == "json":
        field, steps = "", [field, *steps]
    is_complete = all(steps) and (bool(field) or kind == "json") and bool(steps) == kind.endswith("json")
    return Place(kind, field, tuple(steps)) if is_complete else None


def place_in(written: str, request: PageRequest) -> Place | None:
    """Return the first of several places that a request has a number in, else the first with room for it."""
    places = [place for place in map(read_place, alternatives(written)) if place is not None]
    taken = (place for place in places if place.number(request) is not None)
    return next(taken, None) or next((place for place in places if place.fits(request)), None)


def _json_object(text: str) -> Any | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _with_json_number(text: str, steps: tuple[str, ...], number: int) -> str:
    """Return JSON with a number in one place; it stays text where it was text."""
    value = _json_object(text) or {}
    inner = value
    for step in steps[:-1]:
        below = inner.get(step)
        if not isinstance(below, dict):
            below = inner[step] = {}
        inner = below
    inner[steps[-1]] = str(number) if isinstance(inner.get(steps[-1]), str) else number
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _field(fields: str, name: str) -> str | None:
    for each in fields.split("&"):
        key, mark, value = each.partition("=")
        if mark and unquote_plus(key) == name:
            return unquote_plus(value)
    return None


def _with_field(fields: str, name: str, value: str) -> str:
    """Return form fields with one of them replaced or added; the others stay letter for letter."""
    written = f"{quote(name, safe='')}={quote(value, safe='')}"
    kept = [each for each in fields.split("&") if each]
    own = [unquote_plus(each.partition("=")[0]) == name for each in kept]
    changed = [written if is_own else each for each, is_own in zip(kept, own, strict=True)]
    return "&".join(changed if any(own) else [*changed, written])


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _file_pattern(template: str) -> str:
    before, _, after = template.partition(PAGE_MARK)
    return rf"{re.escape(before)}([0-9]{{1,9}}){re.escape(after)}"
