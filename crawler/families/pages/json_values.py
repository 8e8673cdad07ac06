"""The dialects in which portals answer with JSON, read as data. Nothing is ever evaluated.

Met on portals: a byte order mark, JSONP, an assignment to a variable, single quotes and bare keys as in a
script, control characters within strings, and JSON that is itself the text of a JSON string. Every pattern
takes time in proportion to the text, whatever it holds.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crawler.families.pages.scripts import Call, Join, Name, Unread, read_literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.families.pages.scripts import Value


_EDGE = "\ufeff\u200b \t\r\n\f\v\x00"
_WRAPPER = re.compile(
    r"(?:\)\]\}',?|/\*\*/|//|while\s*+\(1\);|for\s*+\(;;\);|try\s*+\{|(?:var|let|const)\s++"
    r"|[\w$.]{1,100}+\s*+[=(]|[\s;(!&|])*+(?=[{\[\"])"
)
_DEEPEST = 3


def read_json(text: str) -> Any | None:
    """Return the object or list that a text holds; None where it holds none, or is cut off.

    Args:
        text: an answer, decoded, in any of the dialects.
    """
    value: Any = text
    for _ in range(_DEEPEST):
        if isinstance(value, str):
            value = _decode(value)
    return value if isinstance(value, dict | list) else None


def _decode(text: str) -> Any | None:
    text = text.strip(_EDGE)
    wrapper = _WRAPPER.match(text)
    if wrapper is None:
        return None
    value = _parse(text, wrapper.end())
    if value is not None:
        return value
    return plain_value(read_literal(text, wrapper.end()))


def _parse(text: str, start: int) -> Any | None:
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
    try:
        return decoder.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        # Nested deeper than any list is, or a number of thousands of digits: no answer of a portal.
        return None


def plain_value(value: Value) -> Any | None:
    """Return an object or list that a script holds as JSON would have it; None where it holds more."""
    try:
        return _plain(value)
    except ValueError:
        return None


def _plain(value: Value) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Name) and value.path in _WORDS:
        return _WORDS[value.path]
    if isinstance(value, Name | Join | Call | Unread):
        raise ValueError(value)  # noqa: TRY004 - a text that is no JSON
    return value


_WORDS = {"None": None, "NaN": None, "True": True, "False": False}


# Paths into a JSON answer, as a portal's YAML writes them: `data.list`, `catMap.*.listVO`, `a | b`.
# Names are joined by dots; `*` stands for every element of a list or object, a number for one element of a
# list, `.` for the value itself. Where a step meets JSON written as text, the text is read and the step goes
# on
# inside it: some systems wrap their result so. `jmespath` would have to be told of each `*` whether a list or
# an object stands there, and does not open text.

ROOT = "."
_ALTERNATIVE = re.compile(r"\s\|\s")
_COUNT = re.compile(r"[0-9]{1,15}")
_MAX_COUNT = 10**15


def split_alternatives(written: str) -> tuple[str, ...]:
    """Return what stands between the bars of an option's value, in order."""
    return tuple(part.strip() for part in _ALTERNATIVE.split(written) if part.strip())


def is_path(written: str) -> bool:
    """Whether a text is written as a path: names without spaces, none of them empty."""
    return written == ROOT or all(step and not re.search(r"\s", step) for step in written.split("."))


def values_at(value: Any, path: str) -> list[Any]:
    """Return every value that a path leads to, in order; none where it leads nowhere."""
    found = [value]
    for step in () if path == ROOT else path.split("."):
        found = [below for each in found for below in _below(open_json_text(each), step)]
    return found


def open_json_text(value: Any) -> Any:
    """Return a value, or, where it is JSON written as text, what that text says."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        inner = read_json(value)
        return value if inner is None else inner
    return value


def count_at(answer: Any, paths: str) -> int | None:
    """Return the first number that any of several paths leads to, as a count; None where none does."""
    for path in split_alternatives(paths):
        for value in values_at(answer, path):
            count = as_count(value)
            if count is not None:
                return count
    return None


def as_count(value: Any) -> int | None:
    """Return a value as a count: a whole number, or text that is one, thousands marked or not."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < _MAX_COUNT else None
    if isinstance(value, float):
        return int(value) if 0 <= value < _MAX_COUNT and value.is_integer() else None
    if isinstance(value, str):
        digits = value.strip().replace(",", "")
        return int(digits) if digits.isascii() and _COUNT.fullmatch(digits) else None
    return None


def _below(value: Any, step: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if step == "*":
            yield from value.values()
        elif step in value:
            yield value[step]
    elif isinstance(value, list):
        if step == "*":
            yield from value
        elif _COUNT.fullmatch(step) and int(step) < len(value):
            yield value[int(step)]
