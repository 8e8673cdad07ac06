"""What a script is read into: values, and the scopes that they stand in. Reading them: `script_reader.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = re.compile(r"[\w$]+")
"""A name as scripts have it."""


@dataclass(slots=True, eq=False)
class Scope:
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
    names: dict[str, list[Placed]] = field(default_factory=dict)
    returned: list[Value] = field(default_factory=list)
    counts: bool = False
    used: set[str] = field(default_factory=set)

    def owner_of(self, name: str) -> Scope:
        """Return the nearest scope around that has a name; the page's where none has."""
        scope = self
        while scope.above is not None and name not in scope.names and name not in scope.parameters:
            scope = scope.above
        return scope


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A variable, or a field of one: `page`, `library.t`."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """Values joined by an operator: `+`, `-`, `*`, `||`; by `?` two that may be equal, two to choose from."""

    sign: str
    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
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


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """What is read no further, in the script's words: a comparison, a function, a pattern."""

    written: str


Value = str | int | float | bool | None | Name | Join | Call | Unread | dict[str, "Value"] | list["Value"]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
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


@dataclass(slots=True, eq=False)
class Script:
    """What the scripts of a page state.

    Attributes:
        page: the outermost scope.
        values: every value, inner ones before those that hold them.
        calls: every call, in the same order.
        functions: the scopes of the functions by name.
        is_whole: whether every bracket is closed.
    """

    page: Scope = field(default_factory=Scope)
    values: list[Placed] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    functions: dict[str, list[Scope]] = field(default_factory=dict)
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
