"""The requests for the pages of a list: their fields, the place of the page's number, which one follows.

Fields stand in the query or, where a form is posted, in the body. All that is not changed stays as it was
written: a portal may know its own escapes only.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit, urlunsplit

from crawler.families.pages.json_answers import as_count, count_at, is_path, split_alternatives
from pipelines.structs import FrozenStruct

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
        fields |= _read_fields(request.body)
    return fields


def query_fields(url: str) -> dict[str, str]:
    """Return the fields of an address's query; of one that is there twice, the last."""
    return _read_fields(urlsplit(url).query)


def _read_fields(written: str) -> dict[str, str]:
    return dict(parse_qsl(written, keep_blank_values=True))


def number_in(fields: Mapping[str, str], name: str) -> int | None:
    """Return a field that is a number; None where it is not there, or none."""
    return as_count(fields.get(name))


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """Return an address with further fields in its query; those that it has already are changed in place."""
    parts = urlsplit(url)
    query = parts.query
    for name, value in fields.items():
        query = _changed(query, name, urlencode({name: value}))
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


# How a JSON list goes on: which page this one is, whether another follows, and how it is asked for.
# What a page is asked for says where in the list it stands, so nothing needs to be remembered between pages.
# A declared total is trusted to end a walk only where the count comes out exactly: servers cap the page size
# without a word, and one empty page more is cheaper than a list cut short.


class Answered(NamedTuple):
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


def next_requests(
    options: Mapping[str, str], request: PageRequest, firsts: tuple[PageRequest, ...], answered: Answered
) -> tuple[PageRequest, ...]:
    """Return the request for the next page; nothing where none follows, or nothing places its number.

    Args:
        options: `page`, `first` and `step`, which is 1 where pages are counted, and where rows are how many
            are asked for.
        request: as asked.
        firsts: what may say which number the first page has, where no option does; nobody says: 1.
        answered: what the answer says.
    """
    place = place_in(options.get("page", ""), request)
    if place is None:
        return ()
    said = (as_count(options.get("first")), *map(place.number, firsts), 1)
    first = next(number for number in said if number is not None)
    # Below the first page stands the first page again (gkmlpt: pages 0 and 1 are the same).
    before = max((place.number(request) or 0) - first, 0)
    counts_rows = (_number(options.get("step", ""), request, None) or 1) > 1
    if not _goes_on(answered, before, counts_rows=counts_rows):
        return ()
    return (place.with_number(request, first + before + (answered.rows if counts_rows else 1)),)


def _goes_on(answered: Answered, before: int, *, counts_rows: bool) -> bool:
    """Whether another page may follow one with so many pages, or rows, before it."""
    if not answered.rows:
        return False
    if answered.pages and not counts_rows:
        return before + 1 < answered.pages
    size = 1 if counts_rows or not before else answered.size
    if answered.total is not None:
        return size is None or before * size + answered.rows != answered.total
    # A first page may be short because the server has a page size of its own.
    return not before or answered.size is None or answered.rows >= answered.size


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
        number = place.number(request) if place else as_count(each) or count_at(answer, each)
        if number:
            return number
    return None


# Where a number stands in a request for a list page, and how to put another one there.
# A portal's YAML writes such a place as one word: `query:p`, `form:pageIndex`, `json:pn` (a path into a JSON
# body), `query-json:paramJson.pageNo` and `form-json:params.pageIndex` (a path into JSON within a field), and
# `path:list_{page}.json` (the last part of the address).

PAGE_MARK = "{page}"
_WRITTEN = re.compile(r"(query|form|json|query-json|form-json|path):(\S+)")
_IN_BODY = frozenset(("form", "json", "form-json"))


class Place(FrozenStruct):
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
            file_name = urlsplit(request.url).path.rpartition("/")[2]
            before, _, after = map(re.escape, self.field.partition(PAGE_MARK))
            found = re.fullmatch(f"{before}([0-9]{{1,9}}){after}", file_name)
            return int(found[1]) if found else None
        text = self._text(request)
        if text is None or not self.steps:
            return as_count(text)
        value = read_object(text)
        for step in self.steps:
            value = value.get(step) if isinstance(value, dict) else None
        return as_count(value)

    def fits(self, request: PageRequest) -> bool:
        """Whether a number can be put there: in a query always, in JSON only where there is an object."""
        if self.steps:
            return isinstance(read_object(self._text(request) or ""), dict)
        return not self.in_body or request.body is not None

    def with_number(self, request: PageRequest, number: int) -> PageRequest:
        """Return a request with another number there; one that it does not fit comes back as it is."""
        if not self.fits(request):
            return request
        if self.kind == "path":
            address, mark, query = request.url.partition("?")
            file_name = self.field.replace(PAGE_MARK, str(number))
            return request.replace(url=f"{address.rpartition('/')[0]}/{file_name}{mark}{query}")
        text = _with_json_number(self._text(request) or "", self.steps, number) if self.steps else str(number)
        return request.replace(body=text) if self.kind == "json" else self.with_text(request, text)

    def with_text(self, request: PageRequest, text: str) -> PageRequest:
        """Return a request with another text in a field of its query, or of the form that it posts."""
        # JSON within a field is escaped as a part of an address is: a blank as %20.
        written = f"{quote(self.field, safe='')}={quote(text, safe='')}"
        if self.in_body:
            return request.replace(body=_changed(request.body or "", self.field, written))
        # Hanweb's modules are told the page twice, in the address and in the form.
        in_form = Place("form", self.field)
        if _is_form(request) and in_form._text(request) is not None:
            request = in_form.with_text(request, text)
        address, _, query = request.url.partition("?")
        return request.replace(url=f"{address}?{_changed(query, self.field, written)}")

    def _text(self, request: PageRequest) -> str | None:
        """The text of its field, or the whole body where it stands in JSON that is posted."""
        if self.kind == "json":
            return request.body
        fields = _read_fields(request.body or "") if self.in_body else query_fields(request.url)
        return fields.get(self.field)


def read_place(written: str) -> Place | None:
    """Return the place that a word of the YAML names; None where it is no such word."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    kind, name = found[1], found[2]
    if kind == "path":
        return Place(kind, name) if name.count(PAGE_MARK) == 1 and "/" not in name else None
    if not kind.endswith("json"):
        return Place(kind, name)
    names = name.split(".")
    field, *steps = ["", *names] if kind == "json" else names
    return Place(kind, field, tuple(steps)) if steps and all(names) else None


def place_in(written: str, request: PageRequest) -> Place | None:
    """Return the first of several places that a request has a number in, else the first with room for it."""
    places = [place for place in map(read_place, split_alternatives(written)) if place is not None]
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
        below = inner.get(step)
        if not isinstance(below, dict):
            below = inner[step] = {}
        inner = below
    inner[steps[-1]] = str(number) if isinstance(inner.get(steps[-1]), str) else number
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fault_unless(holds: Callable[[str], object], words: str) -> Check:
    """Return the check of an option for which something must hold, and what is said where it does not."""
    return lambda written: None if holds(written) else f"{written!r} {words}"


number_fault = fault_unless(lambda written: as_count(written) is not None, "is no whole number")
# A step of 0 leads nowhere.
positive_fault = fault_unless(as_count, "is no number above 0")
path_fault = fault_unless(is_path, "is no path; join names by dots")


def one_of(*words: str) -> Check:
    """Return the check of an option that is one of two words."""
    return fault_unless(words.__contains__, f"is neither {' nor '.join(words)}")


def of_each(check: Check) -> Check:
    """Return the check of an option that holds alternatives."""
    return lambda written: next(filter(None, map(check, split_alternatives(written))), None)
