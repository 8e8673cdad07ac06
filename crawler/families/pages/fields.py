"""The fields of a list's requests: read them, and turn to another page by changing one of them.

Fields stand in the query or, where a form is posted, in the body. All that is not changed stays as it was
written: a portal may know its own escapes only.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.frontier.targets import PageRequest

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
_NUMBER = re.compile(r"\d{1,9}")


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
    found = _NUMBER.fullmatch(fields.get(name, "").strip())
    return int(found[0]) if found else None


def write_form(fields: Mapping[str, str]) -> str:
    """Return fields as a form or a query writes them, in order, in UTF-8."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items())


def with_query(url: str, fields: Mapping[str, str]) -> str:
    """Return an address with further fields in its query; those that it has already are changed in place."""
    parts = urlsplit(url)
    query = parts.query
    for name, value in fields.items():
        query = _changed(query, name, value)
    return urlunsplit(parts._replace(query=query, fragment=""))


def turn_page(request: PageRequest, name: str, value: str) -> PageRequest:
    """Return a request with one field changed, where it stands; added where there is none yet."""
    if request.body is not None and _is_form(request) and name not in query_fields(request.url):
        return dataclasses.replace(request, body=_changed(request.body, name, value))
    return dataclasses.replace(request, url=with_query(request.url, {name: value}))


def _is_form(request: PageRequest) -> bool:
    return "json" not in (request.content_type or "") and not (request.body or "").lstrip().startswith(
        ("{", "[")
    )


def _changed(query: str, name: str, value: str) -> str:
    written = f"{quote_plus(name)}={quote_plus(value)}"
    fields = query.split("&") if query else []
    places = [i for i, field in enumerate(fields) if unquote_plus(field.partition("=")[0]) == name]
    for place in places[:1]:
        fields[place] = written
    kept = [field for i, field in enumerate(fields) if i not in places[1:]]
    return "&".join(kept if places else [*kept, written])
