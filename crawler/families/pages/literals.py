"""The objects and lists that a script states: settings of a list, fields of a request, rows as strings.

Read from their literals in one pass; no script is ever run. What is no literal (a variable, a sum, a
function) stays in sight as the words that stand there, and what is stated within a function is read like the
rest. Time is in proportion to the script, whatever it holds.

`chompjs` is no substitute: it gives the name of a variable as if it were a string, and tells neither what
stands before an object nor where it ends.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.families.base import LISTS
from pipelines.text.scripts import STRING, string_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


_BEFORE = 100

_TOKEN = re.compile(
    rf"(?P<string>{STRING})|(?P<word>[\w$]++)|(?P<open>[{{\[(])|(?P<close>[}}\])])|(?P<comma>,)"
    # A string that is never closed ends with its line, so that none is scanned twice.
    r"""|(?P<space>\s++)|(?P<other>['"](?:\\.|[^\\\n])*+|.)""",
    re.DOTALL,
)
_OBJECT = re.compile(r"""\{\s*+(?:\}|["']?[\w$-]{1,100}+["']?\s*+:)""")
_KEY = re.compile(rf"\s*+(?:(?P<string>{STRING})|(?P<word>[\w$-]++))\s*+:")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_WORDS = {"true": "true", "false": "false", "null": "", "undefined": ""}
_STRING_IN = re.compile(STRING)
_SET = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]{0,80})\s*=\s*$")


@dataclass(frozen=True, slots=True)
class Expression:
    """What is no literal, as it stands: a variable's name, a sum, a function."""

    written: str

    def first_string(self) -> str:
        """The first literal in it: of `"/list?_=" + Math.random()` the address."""
        found = _STRING_IN.search(self.written)
        return string_value(found[0]) if found else ""


Value = str | Expression | dict[str, "Value"] | list["Value"]
"""Numbers, `true` and `false` as their text, `null` as the empty one: what a form would send."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One object or list of a script.

    Attributes:
        before: the script just before it: `$('#212860').jpage(`, `var InitData =`.
        value: what it holds.
        span: where it begins and ends in the script.
    """

    before: str
    value: dict[str, Value] | list[Value]
    span: tuple[int, int]


def read_stated(script: str) -> tuple[Stated, ...]:
    """Return every object of a script, and every list with a string in it; inner ones come first.

    Args:
        script: a script without comments.
    """
    reader = _Reader(script[: LISTS.script_chars])
    reader.read()
    return tuple(reader.stated)


def named_objects(stated: Iterable[Stated]) -> dict[str, dict[str, Value]]:
    """Return the objects that variables are set to; of one that is set twice, the last."""
    found = named_values(stated).items()
    return {name: each.value for name, each in found if isinstance(each.value, dict)}


def named_values(stated: Iterable[Stated]) -> dict[str, Stated]:
    """Return the objects and lists that variables are set to; of one that is set twice, the last."""
    names = ((_SET.search(each.before), each) for each in stated)
    return {name[1]: each for name, each in names if name}


def plain_fields(
    value: Value | None, known: Mapping[str, str], objects: Mapping[str, dict[str, Value]]
) -> dict[str, str]:
    """Return the fields of an object that are plain text, in order, variables filled in.

    Args:
        value: an object, or the name of a variable that holds one.
        known: variables that hold text.
        objects: variables that hold objects.
    """
    if isinstance(value, Expression):
        value = objects.get(value.written)
    if not isinstance(value, dict):
        return {}
    fields: dict[str, str] = {}
    for name, field in value.items():
        text = known.get(field.written) if isinstance(field, Expression) else field
        if isinstance(text, str):
            fields[name] = text
    return fields


class _Reader:
    """Reads a script from one end to the other, once."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._at = 0
        self._depth = 0
        self.stated: list[Stated] = []

    def read(self) -> None:
        while self._at < len(self._script):
            self._value()
            self._at += 1  # a comma, or a bracket that closes nothing

    def _value(self) -> Value:
        """Read up to a comma or a closing bracket of its own level."""
        start = self._at
        parts: list[Value] = []
        joined = True
        while found := _TOKEN.match(self._script, self._at):
            kind = found.lastgroup
            if kind in {"comma", "close"}:
                break
            if kind == "open":
                parts.append(self._bracket(found[0]))
                continue
            self._at = found.end()
            if kind == "string":
                parts.append(string_value(found[0]))
            elif kind == "word":
                parts.append(Expression(found[0]))
            elif kind == "other":
                joined = joined and found[0] == "+"
        return self._told(parts, self._script[start : min(self._at, start + LISTS.expression_chars)], joined)

    def _told(self, parts: list[Value], written: str, joined: bool) -> Value:
        written = written.strip()
        if _NUMBER.fullmatch(written):
            return written
        if joined and parts and all(isinstance(part, str) for part in parts):
            return "".join(str(part) for part in parts)
        is_array = len(parts) > 1 and parts[-2] == Expression("Array")
        if joined and (len(parts) == 1 or is_array) and not isinstance(parts[-1], Expression):
            return parts[-1]
        return _WORDS.get(written, Expression(written))

    def _bracket(self, opening: str) -> Value:
        start = self._at
        if self._depth >= LISTS.script_depth:
            self._skip()
            return Expression("")
        self._depth += 1
        value = self._object() if opening == "{" else self._list()
        self._depth -= 1
        stated = isinstance(value, dict) or (
            isinstance(value, list) and any(isinstance(each, str) for each in value)
        )
        if stated and isinstance(value, dict | list):
            before = self._script[max(0, start - _BEFORE) : start]
            self.stated.append(Stated(before, value, (start, self._at)))
        return value

    def _object(self) -> Value:
        if not _OBJECT.match(self._script, self._at):
            self._list()  # the body of a function: what it states is read, what it does is not
            return Expression("")
        fields: dict[str, Value] = {}
        self._at += 1
        while key := _KEY.match(self._script, self._at):
            self._at = key.end()
            name = string_value(key["string"]) if key["string"] else key["word"]
            fields[name] = self._value()
            if self._script[self._at : self._at + 1] != ",":
                break
            self._at += 1
        self._finish()
        return fields

    def _list(self) -> list[Value]:
        self._at += 1
        return self._finish()

    def _finish(self) -> list[Value]:
        """Read values up to the next closing bracket, whichever it is, and past it."""
        values: list[Value] = []
        while self._at < len(self._script):
            values.append(self._value())
            self._at += 1
            if self._script[self._at - 1 : self._at] in {"}", "]", ")"}:
                break
        return values

    def _skip(self) -> None:
        """Pass over a bracket and all that it holds."""
        depth = 0
        while found := _TOKEN.match(self._script, self._at):
            self._at = found.end()
            depth += (found.lastgroup == "open") - (found.lastgroup == "close")
            if depth == 0:
                break


# What inline scripts state, read from their literals. No script is ever run.
# Static portals leave the paging and sometimes the rows of a list to a few lines of script in the page.
# Those lines are machine-written from templates, so their literals can be read; what cannot be read as a
# literal is left alone. Every pattern takes time in proportion to the script, whatever it holds: one page
# must
# not stop the other portals.

Literal = int | str

_ASSIGNMENT = re.compile(
    rf"(?<![\w$])(?P<name>[A-Za-z_$][\w$]*+)\s*+=\s*+(?P<value>{STRING}|\d{{1,18}}+(?!\d))(?!\s*+\+)"
)
_ARGUMENT = re.compile(rf"\s*+(?P<value>{STRING}|\d{{1,18}}+|[A-Za-z_$][\w$]*+)\s*+(?P<end>[,)])")
_WRITTEN = re.compile(r"\bdocument\s*\.\s*write(?:ln)?\s*\(")
_PIECE = re.compile(rf"(?P<string>{STRING})|(?P<end>\))|(?P<joint>[\s+]++)")


def assignments(script: str) -> Iterator[tuple[str, Literal, int]]:
    """Yield each plain assignment of a literal, in order: name, value, position.

    Args:
        script: a script without comments.
    """
    for found in _ASSIGNMENT.finditer(script):
        yield found["name"], _literal(found["value"]), found.start()


def literal_calls(script: str, name: str) -> Iterator[tuple[Literal, ...]]:
    """Yield the arguments of each call whose arguments are all literals, or names assigned one.

    Args:
        script: a script without comments.
        name: the function's name, as a regular expression.
    """
    known = {variable: value for variable, value, _ in assignments(script)}
    for found in re.finditer(rf"(?<!function )\b(?:{name})\s*\(", script):
        arguments = _arguments(script, found.end(), known)
        if arguments is not None:
            yield arguments


def written_html(script: str) -> str:
    """Return the markup that `document.write` and `writeln` would add.

    A call that joins anything but literals is left out: what it writes is known only to who runs it.

    Args:
        script: a script without comments.
    """
    return "\n".join(filter(None, (_written(script, found.end()) for found in _WRITTEN.finditer(script))))


def _written(script: str, start: int) -> str | None:
    pieces: list[str] = []
    position = start
    while piece := _PIECE.match(script, position):
        if piece["end"]:
            return "".join(pieces)
        if piece["string"]:
            pieces.append(string_value(piece["string"]))
        position = piece.end()
    return None


def _arguments(script: str, start: int, known: dict[str, Literal]) -> tuple[Literal, ...] | None:
    values: list[Literal] = []
    position = start
    while found := _ARGUMENT.match(script, position):
        written = found["value"]
        value = known.get(written) if written[0].isalpha() or written[0] in "_$" else _literal(written)
        if value is None:
            return None
        values.append(value)
        position = found.end()
        if found["end"] == ")":
            return tuple(values)
    return None


def _literal(written: str) -> Literal:
    if written[0] not in "'\"":
        return int(written)
    return html.unescape(string_value(written))
