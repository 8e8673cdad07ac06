"""Paths into a JSON answer, as a portal's YAML writes them: `data.list`, `catMap.*.listVO`, `a | b`.

Names are joined by dots; `*` stands for every element of a list or object, a number for one element of a
list, `.` for the value itself. Where a step meets JSON written as text, the text is read and the step goes on
inside it: some systems wrap their result so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crawler.families.interfaces.text import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "."
_ALTERNATIVE = re.compile(r"\s\|\s")
_COUNT = re.compile(r"[0-9]{1,15}")
_MAX_COUNT = 10**15


def alternatives(written: str) -> tuple[str, ...]:
    """Return what stands between the bars of an option's value, in order."""
    return tuple(part.strip() for part in _ALTERNATIVE.split(written) if part.strip())


def is_path(written: str) -> bool:
    """Whether a text is written as a path: names without spaces, none of them empty."""
    return written == ROOT or all(step and not re.search(r"\s", step) for step in written.split("."))


def values_at(value: Any, path: str) -> list[Any]:
    """Return every value that a path leads to, in order; none where it leads nowhere."""
    found = [value]
    for step in () if path == ROOT else path.split("."):
        found = [below for each in found for below in _below(opened(each), step)]
    return found


def opened(value: Any) -> Any:
    """Return a value, or, where it is JSON written as text, what that text says."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        inner = read_json(value)
        return value if inner is None else inner
    return value


def count_at(answer: Any, paths: str) -> int | None:
    """Return the first number that any of several paths leads to, as a count; None where none does."""
    for path in alternatives(paths):
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
