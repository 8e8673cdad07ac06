"""The requests that a column page's own scripts would make for its list: the address and the fields.

They stand as `ajax({url: …, data: {…}})`, as an address with its whole query, or in attributes of an element
that a script of the system reads. Only what is stated is taken; a variable that nobody sets is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.families.pages.fields import query_fields
from crawler.families.pages.json_values import read_json
from crawler.families.pages.literals import Expression, assignments, named_objects, plain_fields, read_stated
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.families.pages.literals import Value

_RANDOM = frozenset(("_", "t", "timestamp", "callback", "random"))
"""What scripts add so that nothing is cached: it changes at every call, and says nothing."""
_QUOTED = re.compile(r"""["']([^"'<>\s]{1,3000})["']""")


@dataclass(frozen=True, slots=True)
class Stated:
    """A request that a page states.

    Attributes:
        url: absolute, without a query.
        fields: what is asked for, in order.
        by_post: whether it is posted.
    """

    url: str
    fields: Mapping[str, str]
    by_post: bool = False


def stated_requests(scripts: Iterable[tuple[Any, str]], marker: str, base: str) -> Iterator[Stated]:
    """Yield the requests of scripts to addresses that hold a marker, in order.

    Args:
        scripts: those of a page, without comments.
        marker: part of the address's path.
        base: what relative addresses start from.
    """
    told = [script for _, script in scripts]
    known = {name: str(value) for script in told for name, value, _ in assignments(script)}
    for script in told:
        if marker in script:
            yield from _of_calls(script, marker, base, known)
            for written in _QUOTED.findall(script):
                if marker in written and "?" in written:
                    yield from _request(written, {}, base)


def attribute_requests(root: Any, base: str) -> Iterator[Stated]:
    """Yield what elements state in `url` and `queryData`, for a script of the system to ask, in order."""
    for element in root.xpath("//*[@querydata]"):
        fields = read_json(element.get("querydata"))
        address = element.get("url") or element.get("uniturl")
        if isinstance(fields, dict) and address:
            yield from _request(address, {str(name): _text(value) for name, value in fields.items()}, base)


def written_requests(root: Any, marker: str, base: str) -> Iterator[Stated]:
    """Yield what stands in the attributes of elements as an address with its query, in order."""
    for written in root.xpath("//@*[contains(., $marker) and contains(., '?')]", marker=marker):
        yield from _request(str(written), {}, base)


def _of_calls(script: str, marker: str, base: str, known: Mapping[str, str]) -> Iterator[Stated]:
    stated = read_stated(script)
    objects = named_objects(stated)
    for each in stated:
        call = each.value if isinstance(each.value, dict) else {}
        address = _address(call.get("url"), known)
        if marker in address:
            fields = plain_fields(call.get("data"), known, objects)
            method = call.get("type") or call.get("method") or ""
            by_post = isinstance(method, str) and method.lower() == "post"
            yield from _request(address, fields, base, by_post=by_post)


def _address(value: Value | None, known: Mapping[str, str]) -> str:
    if isinstance(value, Expression):
        return known.get(value.written) or value.first_string()
    return value if isinstance(value, str) else ""


def _request(
    address: str, fields: Mapping[str, str], base: str, *, by_post: bool = False
) -> Iterator[Stated]:
    url = clean_url(address, base)
    if url is not None:
        every = {**query_fields(url), **fields}
        kept = {name: value for name, value in every.items() if name not in _RANDOM}
        yield Stated(url.partition("?")[0], kept, by_post)


def _text(value: Any) -> str:
    return "null" if value is None else str(value)
