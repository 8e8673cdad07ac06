"""What a script is read into: values, and the scopes that they stand in. Reading them: `script_reader.py`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from crawler.families.base import LISTS, list_words
from pipelines.structs import FrozenStruct

NAME = re.compile(r"[\w$]+")
"""A name as scripts have it."""


class Scope(Struct, eq=False):
    """A function's own names; those of a whole page for the outermost.

    Attributes:
        above: the scope around it; None for the page's.
        parameters: the names of what it is given.
        names: what names are set to, and `name.field` for fields that are added to an object, in order.
        returned: what it returns.
        counts: whether it counts anything up or down, which no name tells.
        used: the names that it uses, itself or in a function within.
    """

    above: Scope | None = None
    parameters: tuple[str, ...] = ()
    names: dict[str, list[Placed]] = {}
    returned: list[Value] = []
    counts: bool = False
    used: set[str] = set()

    def owner_of(self, name: str) -> Scope:
        """Return the nearest scope around that has a name; the page's where none has."""
        scope = self
        while scope.above is not None and name not in scope.names and name not in scope.parameters:
            scope = scope.above
        return scope


class Name(FrozenStruct, eq=False):
    """A variable, or a field of one: `page`, `library.t`."""

    path: str


class Join(FrozenStruct, eq=False):
    """Values joined by an operator: `+`, `-`, `*`, `||`; by `?` two that may be equal, two to choose from."""

    sign: str
    parts: tuple[Value, ...]


class Call(FrozenStruct, eq=False):
    """A call, or a field of what a call gave: `$('#12').jpage({…})`, `$('#w')[0].value`.

    Attributes:
        path: what is called, `$.ajax`; of a method of what is no name only its own name.
        receiver: what the method belongs to, where that is no name.
        given: what it is given.
        scope: where it stands.
        written: the script's words.
    """

    path: str
    receiver: Value
    given: tuple[Value, ...]
    scope: Scope
    written: str

    @property
    def owner(self) -> str:
        """What the function is a part of: `layui` of `layui.use`; empty for one of its own."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The last part of what is called."""
        return self.path.rpartition(".")[2]


class Unread(FrozenStruct, eq=False):
    """What is read no further, in the script's words: a comparison, a function, a pattern."""

    written: str


Value = str | int | float | bool | None | Name | Join | Call | Unread | dict[str, "Value"] | list["Value"]


class Placed(FrozenStruct, eq=False):
    """A value, the scope that it stands in, and what it is for.

    Attributes:
        value: as read.
        scope: where it stands.
        name: the variable or field that it is given to; None where it is given to none.
        sign: `+=` where it is added to what the variable holds.
    """

    value: Value
    scope: Scope
    name: str | None = None
    sign: str = "="


class Script(Struct, eq=False):
    """What the scripts of a page state.

    Attributes:
        page: the outermost scope.
        values: every value, inner ones before those that hold them.
        calls: every call, in the same order.
        functions: the scopes of the functions by name.
        is_whole: whether every bracket is closed.
    """

    page: Scope = field(default_factory=Scope)
    values: list[Placed] = []
    calls: list[Call] = []
    functions: dict[str, list[Scope]] = {}
    is_whole: bool = True

    def scopes(self) -> Iterator[Scope]:
        """Yield the scope of the page, then those of its functions."""
        yield self.page
        for scopes in self.functions.values():
            yield from scopes

    def objects(self) -> Iterator[dict[str, Value]]:
        """Yield every object, inner ones first."""
        return (placed.value for placed in self.values if isinstance(placed.value, dict))

    def literals(self) -> Iterator[tuple[str, str | int]]:
        """Yield each text or whole number that a variable or a field is set to, with its name, in order."""
        for placed in self.values:
            if placed.name and isinstance(placed.value, str | int) and not isinstance(placed.value, bool):
                yield placed.name, placed.value


# What values are once they are known, and what joins and converts them.

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
    return {**values, **{form.get("id"): urlencode(dict(form.form_values())) for form in root.iter("form")}}


def _held(value: Any) -> str:
    """Return what an element holds; the first of several that are chosen in a list."""
    return value if isinstance(value, str) else next(iter(value or ()), None) or ""


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
    return write_value(value)


def write_value(value: Any, nothing: str = "") -> str:
    """Return a value as a script would write it, and nothing as what stands for it."""
    if value is None:
        return nothing
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


# The calls of a script, found by what values have to ask of them.


class CallIndex:
    """The calls of a script by what is asked of them.

    Attributes:
        named: all, by their names.
        following: by a call that opens something what is called of that after it, until it is opened again.
        changing: those that add to an object: `append`, `set`, merging.
        changed: the names of what they add to.
        grown: the names of lists that others add to.
        aliases: by a name what else its value is called: where, how, and where that is said.
    """

    def __init__(self, script: Script) -> None:
        self.named: dict[str, list[Call]] = {}
        self.following: dict[int, list[Call]] = {}
        methods: dict[tuple[int, str], list[Call]] = {}
        for call in script.calls:
            self.named.setdefault(call.name, []).append(call)
            place = id(call.scope), call.owner
            if call.name == "open":
                methods[place] = self.following[id(call)] = []
            elif place in methods:
                methods[place].append(call)
        self.changing = [
            each
            for each in script.calls
            if each.given
            and (each.path in list_words("merging_calls") or each.name in list_words("adding_calls"))
        ]
        self.changed = {each.owner for each in self.changing}
        self.changed |= {path for each in self.changing if (path := getattr(each.given[0], "path", ""))}
        self.grown = {each.owner for each in script.calls if each.name in list_words("changing_calls")}
        self.aliases = _list_aliases(script)


def _list_aliases(script: Script) -> dict[str, list[tuple[Scope, str, Scope]]]:
    """Return by a name what else its value is called: where, how, and where that is said."""
    found: dict[str, list[tuple[Scope, str, Scope]]] = {}
    for scope in script.scopes():
        for alias, settings in scope.names.items():
            for each in settings:
                if isinstance(each.value, Name) and not alias.endswith("."):
                    found.setdefault(each.value.path, []).append((scope, alias, each.scope))
    for call in script.calls:
        for scope in script.functions.get(call.path, ()):
            for alias, value in zip(scope.parameters, call.given, strict=False):
                if isinstance(value, Name):
                    found.setdefault(value.path, []).append((scope, alias, call.scope))
    return found
