"""What is wrong with the options of a JSON list, found when the YAML is read and not at night."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from crawler.families.interfaces.behind import FRAGMENT
from crawler.families.interfaces.paths import alternatives, as_count, is_path
from crawler.families.interfaces.places import Place, read_place
from crawler.families.interfaces.rows import PLACEHOLDER
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_PATHS = ("items", "fragment", "title", "date", "total", "pages")
_NAME = re.compile(r"[\w$]+")
_PLACES = "query:, form:, json:, query-json:, form-json: or path:"


def fault(options: Mapping[str, str]) -> str | None:
    """Return what is wrong with the options of a JSON list, in words; None where nothing is.

    Args:
        options: with the presets of the family filled in.
    """
    return next((said for find in _FINDERS for said in find(options)), None)


def _rows(options: Mapping[str, str]) -> Iterator[str]:
    if ("items" in options) == ("fragment" in options):
        yield "needs either `items`, the path to the rows, or `fragment`, the path to HTML"
    if "items" in options and "link" not in options:
        yield "`link` is missing: the path to a row's address, or a template such as /detail?id={id}"


def _paths(options: Mapping[str, str]) -> Iterator[str]:
    for name in _PATHS:
        for path in alternatives(options.get(name, "")):
            if not is_path(path):
                yield f"`{name}`: {path!r} is no path; join names by dots, part alternatives by ` | `"


def _templates(options: Mapping[str, str]) -> Iterator[str]:
    for each in alternatives(options.get("link", "")):
        if not all(map(is_path, [each] if "{" not in each else PLACEHOLDER.findall(each))):
            yield f"`link`: {each!r} is neither a path nor a template"
    for name in ("link", "behind"):
        if re.search(r"[{}]", PLACEHOLDER.sub("", options.get(name, ""))):
            yield f"`{name}`: a brace is left open"
    for name in PLACEHOLDER.findall(options.get("behind", "")):
        if name != FRAGMENT and not _NAME.fullmatch(name):
            yield f"`behind`: {name!r} is no name of a variable"


def _body(options: Mapping[str, str]) -> Iterator[str]:
    if "body" in options and "content_type" not in options:
        yield "`body` needs its `content_type`, such as application/json"
    if "body" in options and "json" in options.get("content_type", "") and not _is_json(options["body"]):
        yield "`body` is no JSON object, as its content_type says"
    if options.get("ajax", "false") not in {"true", "false"}:
        yield "`ajax` must be true or false"


def _page(options: Mapping[str, str]) -> Iterator[str]:
    written = alternatives(options.get("page", ""))
    places = [read_place(each) for each in written]
    for each, place in zip(written, places, strict=True):
        if place is None:
            yield f"`page`: {each!r} is no place; it begins with {_PLACES}"
    known = [place for place in places if place is not None]
    if known and not any(_has_room(place, options) for place in known):
        yield "`page` stands in the body, but there is no `body` that has room for it"


def _numbers(options: Mapping[str, str]) -> Iterator[str]:
    if "first" in options and as_count(options["first"]) is None:
        yield f"`first`: {options['first']!r} is no number"
    for each in alternatives(options.get("step", "")):
        if not as_count(each) and read_place(each) is None:
            yield f"`step`: {each!r} is neither a number above 0 nor a place in the request"
    for each in alternatives(options.get("size", "")):
        if as_count(each) == 0 or (read_place(each) is None and not is_path(each)):
            yield f"`size`: {each!r} is neither a number above 0, a place in the request, nor a path"


def _others(options: Mapping[str, str]) -> Iterator[str]:
    if "base" in options and clean_url(options["base"], "") is None:
        yield f"`base`: {options['base']!r} is no address in full"
    for each in alternatives(options.get("ok", "")):
        path, mark, value = (part.strip() for part in each.partition("="))
        if not (mark and value and path and is_path(path)):
            yield f"`ok`: {each!r} is not written as path=value"


def _has_room(place: Place, options: Mapping[str, str]) -> bool:
    body = options.get("body")
    if not place.in_body:
        return True
    return body is not None and (place.kind != "json" or _is_json(body))


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


_FINDERS: tuple[Callable[[Mapping[str, str]], Iterator[str]], ...] = (
    _rows,
    _paths,
    _templates,
    _body,
    _page,
    _numbers,
    _others,
)
