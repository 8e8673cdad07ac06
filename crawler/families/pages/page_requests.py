"""The requests for the pages of a list: their fields, the place of the page's number, which one follows.

Fields stand in the query or, where a form is posted, in the body. All that is not changed stays as it was
written: a portal may know its own escapes only.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from crawler.families.pages.json_answers import as_count, count_at, is_path, split_alternatives

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archive.frontier.targets import PageRequest
    from crawler.families.base import Check

# As jQuery sends it.
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def fields_of(request: PageRequest) -> dict[str, str]:
    """Return the fields of a request: those of its query, then those of the form that it posts."""
    fields = query_fields(request.url)
    if request.body and _is_form(request):
        fields.update(parse_qsl(request.body, keep_blank_values=True))
    return fields


def query_fields(url: str) -> dict[str, str]:
    """Return the fields of an address's query; of one that is there twice, the last."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def number_in(fields: Mapping[str, str], name: str) -> int | None:
    """Return a field that is a number; None where it is not there, or none."""
    return as_count(fields.get(name))


def write_form(fields: Mapping[str, str]) -> str:
    """Return fields as a form or a query writes them, in order, in UTF-8."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items())


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """Return an address with further fields in its query; those that it has already are changed in place."""
    parts = urlsplit(url)
    query = parts.query
    for name, value in fields.items():
        query = _changed(query, name, write_form({name: value}))
    return urlunsplit(parts._replace(query=query, fragment=""))


def turn_page(request: PageRequest, name: str, value: str) -> PageRequest:
    """Return a request with one field changed, where it stands; added where there is none yet."""
    return place_named(request, name).with_text(request, value)


def place_named(request: PageRequest, written: str) -> Place:
    """Return a place of a request that is written as one, or as the mere name of a field."""
    in_form = request.body is not None and _is_form(request) and written not in query_fields(request.url)
    # JSF calls its fields FORM:FIELD, and a form is usually called `form`.
    place = None if written in fields_of(request) else read_place(written)
    return place or Place("form" if in_form else "query", written)


def _is_form(request: PageRequest) -> bool:
    return "json" not in (request.content_type or "") and not (request.body or "").lstrip().startswith(
        ("{", "[")
    )


def _changed(query: str, name: str, written: str) -> str:
    """Fields with one replaced or added, as written; the others stay letter for letter."""
    fields = [field for field in query.split("&") if field]
    places = [i for i, field in enumerate(fields) if unquote_plus(field.partition("=")[0]) == name]
    for place in places[:1]:
        fields[place] = written
    kept = [field for i, field in enumerate(fields) if i not in places[1:]]
    return "&".join(kept if places else [*kept, written])


# How a list goes on whose request says which page it is: whether another follows, and how it is asked for.
# What a page is asked for says where in the list it stands, so nothing needs to be remembered between pages.
# A declared total is trusted to end a walk only where the count comes out exactly: servers cap the page size
# without a word, and one empty page more is cheaper than a list cut short.


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer says that decides how the list goes on.

    Attributes:
        rows: how many rows it holds.
        total: how many it says there are in all; None where it says nothing.
        pages: how many pages it says there are; None where it says nothing.
        size: how many rows a page has, by the answer, the request or the portal's YAML; None where none says.
    """

    rows: int
    total: int | None
    pages: int | None
    size: int | None

    def ends(self, number: int, first: int, step: int) -> bool:
        """Whether the list ends with this page.

        Args:
            number: of the page, or of its first row.
            first: of the first page.
            step: 1 where pages are counted; how many rows are asked for where rows are.
        """
        if not self.rows:
            return True
        if self.pages and step == 1:
            return number - first + 1 >= self.pages
        if self.total is not None:
            before = number - first if step > 1 else (number - first) * (self.size or self.rows)
            return before + self.rows == self.total
        # A first page may be short because the server has a page size of its own.
        return number != first and self.size is not None and self.rows < self.size


def next_page(
    options: Mapping[str, str], request: PageRequest, answered: Answered, firsts: tuple[PageRequest, ...] = ()
) -> tuple[PageRequest, ...]:
    """Return the request for the page that follows one; nothing where none does, or none can be asked for.

    Args:
        options: `page`, `first` and `step`.
        request: as asked.
        answered: what came.
        firsts: what may say which number the first page has, where no option does; nobody says: 1.
    """
    place = place_in(options.get("page", ""), request)
    if place is None:
        return ()
    said = (as_count(options.get("first")), *map(place.number, firsts), 1)
    first = next(number for number in said if number is not None)
    asked = place.number(request)
    # Below the first page stands the first page again (gkmlpt: pages 0 and 1 are the same).
    number = first if asked is None else max(asked, first)
    step = _number(options.get("step", ""), request, None) or 1
    if answered.ends(number, first, step):
        return ()
    return (place.with_number(request, number + (answered.rows if step > 1 else 1)),)


def read_answered(options: Mapping[str, str], request: PageRequest, answer: Any, rows: int) -> Answered:
    """Return what an answer says about the list as a whole."""
    total = count_at(answer, options.get("total", ""))
    return Answered(
        rows=rows,
        # Rows and a total of none: the server does not count.
        total=None if rows and total == 0 else total,
        pages=count_at(answer, options.get("pages", "")),
        size=_number(options.get("size", ""), request, answer),
    )


def _number(written: str, request: PageRequest, answer: Any) -> int | None:
    """The first positive number that is written, stands in the request, or stands in the answer."""
    for each in split_alternatives(written):
        place = read_place(each)
        if place is not None:
            number = place.number(request)
        else:
            number = as_count(each) if as_count(each) is not None else count_at(answer, each)
        if number:
            return number
    return None


# Where a number stands in a request for a list page, and how to put another one there.
# A portal's YAML writes such a place as one word: `query:p`, `form:pageIndex`, `json:pn` (a path into a JSON
# body), `query-json:paramJson.pageNo` and `form-json:params.pageIndex` (a path into JSON within a field).

_WRITTEN = re.compile(r"(query|form|json|query-json|form-json):(\S+)")
_IN_BODY = frozenset(("form", "json", "form-json"))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a request.

    Attributes:
        kind: `query`, `form`, `json`, `query-json` or `form-json`.
        field: the field's name; empty for `json`.
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
        text = self._text(request)
        value = read_object(text or "") if self.steps else text
        for step in self.steps:
            value = value.get(step) if isinstance(value, dict) else None
        return as_count(value)

    def fits(self, request: PageRequest) -> bool:
        """Whether a number can be put there: in a query always, in JSON only where there is an object."""
        if self.steps:
            return read_object(self._text(request) or "") is not None
        return not self.in_body or request.body is not None

    def with_number(self, request: PageRequest, number: int) -> PageRequest:
        """Return a request with another number there; one that it does not fit comes back as it is."""
        if not self.fits(request):
            return request
        text = _with_json_number(self._text(request) or "", self.steps, number) if self.steps else str(number)
        return (
            dataclasses.replace(request, body=text) if self.kind == "json" else self.with_text(request, text)
        )

    def with_text(self, request: PageRequest, text: str) -> PageRequest:
        """Return a request with another text in a field of its query, or of the form that it posts."""
        # JSON within a field is escaped as a part of an address is: a blank as %20.
        written = f"{quote(self.field, safe='')}={quote(text, safe='')}"
        if self.in_body:
            return dataclasses.replace(request, body=_changed(request.body or "", self.field, written))
        address, _, query = request.url.partition("?")
        return dataclasses.replace(request, url=f"{address}?{_changed(query, self.field, written)}")

    def _text(self, request: PageRequest) -> str | None:
        """The text of its field, or the whole body where it stands in JSON that is posted."""
        if self.kind == "json":
            return request.body
        fields = request.body or "" if self.in_body else urlsplit(request.url).query
        return dict(parse_qsl(fields, keep_blank_values=True)).get(self.field)


def read_place(written: str) -> Place | None:
    """Return the place that a word of the YAML names; None where it is no such word."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    kind, name = found[1], found[2]
    field, *steps = name.split(".") if kind.endswith("json") else [name]
    if kind == "json":
        field, steps = "", [field, *steps]
    is_complete = all(steps) and (bool(field) or kind == "json") and bool(steps) == kind.endswith("json")
    return Place(kind, field, tuple(steps)) if is_complete else None


def place_in(written: str, request: PageRequest) -> Place | None:
    """Return the first of several places that a request has a number in, else the first with room for it."""
    places = [place_named(request, each) for each in split_alternatives(written)]
    taken = (place for place in places if place.number(request) is not None)
    return next(taken, None) or next((place for place in places if place.fits(request)), None)


def read_object(text: str) -> Any | None:
    """Return the object that a text is in JSON; None where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _with_json_number(text: str, steps: tuple[str, ...], number: int) -> str:
    """Return JSON with a number in one place; it stays text where it was text."""
    value = read_object(text) or {}
    inner = value
    for step in steps[:-1]:
        if not isinstance(inner.get(step), dict):
            inner[step] = {}
        inner = inner[step]
    inner[steps[-1]] = str(number) if isinstance(inner.get(steps[-1]), str) else number
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fault_unless(holds: Callable[[str], object], words: str) -> Check:
    """Return the check of an option for which something must hold, and what is said where it does not."""
    return lambda written: None if holds(written) else f"{written!r} {words}"


number_fault = fault_unless(lambda written: as_count(written) is not None, "is no whole number")
# A step of 0 leads nowhere.
positive_fault = fault_unless(as_count, "is no number above 0")
path_fault = fault_unless(is_path, "is no path; join names by dots")


def of_each(check: Check) -> Check:
    """Return the check of an option that holds alternatives."""
    return lambda written: next(filter(None, map(check, split_alternatives(written))), None)
