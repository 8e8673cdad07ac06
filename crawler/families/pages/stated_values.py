"""What the values of a script are once they are known, and what joins and converts them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from crawler.families.base import LISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOISE = "\ue000"
"""Stands for what is added so that nothing is cached: a time, a random number."""


class NotStated(Exception):
    """A value that is not sure without running the script.

    Attributes:
        words: what stands there.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def read_controls(root: Any) -> dict[str, str]:
    """Return what the elements of a page hold when it comes, by their ids: a form all its fields, as sent."""
    values = {each.get("id"): _held(each.value) for each in root.iter("input", "select", "textarea")}
    return {**values, **{form.get("id"): urlencode(read_form(form)) for form in root.iter("form")}}


def _held(value: Any) -> str:
    """Return what an element holds; the first of several that are chosen in a list."""
    return value if isinstance(value, str) else next(iter(value or ()), None) or ""


def read_form(form: Any) -> dict[str, str]:
    """Return the fields that a form sends as it stands in the page."""
    return {name: value or "" for name, value in form.form_values()}


def value_within(value: Any, rest: str, path: str) -> Any:
    """Return what stands in an object under the names of a path, `rest`.

    Raises:
        NotStated: nothing does; `path` are its words.
    """
    for name in rest.split(".") if rest else ():
        if not isinstance(value, dict) or name not in value:
            raise NotStated(path)
        value = value[name]
    return value


def combine_values(sign: str, one: Any, other: Any) -> Any:
    """Return what two values come to: small numbers are reckoned with, all else is joined to a text.

    Raises:
        NotStated: that is not sure, or longer than a script.
    """
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (one, other))
    if numbers and abs(one) + abs(other) < LISTS.script_chars:
        return one + other if sign == "+" else one - other if sign == "-" else one * other
    if sign != "+":
        if NOISE in (one, other):
            return NOISE
        raise NotStated(sign)
    text = as_text(one) + as_text(other)
    if len(text) > LISTS.script_chars:
        raise NotStated("a text longer than a script")
    return text


def as_text(value: Any) -> str:
    """Return a value as a script writes it into a text.

    Raises:
        NotStated: it is an object or a list.
    """
    if isinstance(value, dict | list):
        raise NotStated("an object in a text")
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class FormFields(dict[str, Any]):
    """The fields of a form that is filled in later: sent as one, whatever library sends it."""


def as_form(value: Any) -> str | FormFields:
    """What writes an object as a form; one that is made of nothing is filled in later."""
    if isinstance(value, dict) and value:
        return urlencode({name: as_text(each) for name, each in value.items()})
    return value or FormFields()


def _as_escaped(value: Any) -> str:
    return quote(as_text(value), safe=f"{NOISE}-_.!~*'()")


CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "JSON.stringify": partial(json.dumps, ensure_ascii=False),
    **dict.fromkeys(("$.param", "Qs.stringify", "jQuery.param", "qs.stringify"), as_form),
    **dict.fromkeys(("FormData", "URLSearchParams"), as_form),
    "Object": dict,
    **dict.fromkeys(("encodeURI", "encodeURIComponent", "escape"), _as_escaped),
    **dict.fromkeys(
        ("Number", "String", "parseFloat", "parseInt", "reactive", "toString", "trim"), lambda same: same
    ),
    "ref": lambda value: {"value": value},
}
"""What functions that every page has make of what they are given, by their names."""
