"""What the scripts of a page state, read as data: one reader for families and recognition alike.

    text ─ tokens ─▶ values: literals, objects, lists, names, joins, calls, each with its scope
         └─ names set to values, fields added to objects, functions by their names

No script is ever run. One that is cut off or broken is read as far as it goes, within bounds; every token is
looked at once, so that time and memory are in proportion to the text. tree-sitter with its JavaScript grammar
(0.26.1, 0.25.0) would take the whole process with it: a fault of memory on 300 kB of `{a:{a:{a:`. `chompjs`
gives the name of a variable as if it were a string, and tells not what stands before an object.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from crawler.families.base import LISTS
from crawler.families.pages.script_model import Call, Join, Name, Placed, Scope, Script, Unread, Value
from pipelines.text.page_source import string_value

_TOKEN = re.compile(
    # Browsers take `<!--` for a comment to the end of its line. A string never closed ends with its line.
    r"""(?:\s++|//[^\n]*+|<!--[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))*+"""
    r"""(?:(?P<string>'(?:\\.|[^'\\\n])*+'?|"(?:\\.|[^"\\\n])*+"?)|(?P<template>`(?:\\.|[^`\\])*+`?)"""
    r"""|(?P<number>(?:\d{1,300}+(?:\.\d{1,300}+)?|\.\d{1,300}+)(?![\w$]))|(?P<name>[\w$]++)"""
    r"""|(?P<sign>=>|[=!]==?|[<>]=|[-+*]=|\+\+|--|&&|\|\||\?\?|\?\.(?!\d)|\.\.\.|.))""",
    re.DOTALL,
)
# A slash that begins an operand begins a pattern; quotes within one would open a string.
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*+\]|[^/\\\n\[])++/[a-z]*+")
_HOLE = re.compile(r"\$\{([^{}`]*+)\}")
_OPERANDS = frozenset(("string", "template", "number", "name", "pattern"))
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
_BETWEEN = frozenset(",;:")
_ENDS = _CLOSING | _BETWEEN
_SUFFIXES = frozenset((".", "?.", "(", "["))
_SETTING = frozenset(("=", "+="))
_COUNTING = frozenset(("++", "--"))
_JOINING = frozenset(("+", "-", "*", "||"))
# ECMA-262, 14.3: what may stand before the name of a variable.
_DECLARING = frozenset(("const", "let", "var"))
_VALUED = frozenset(("await", "default", "return", "throw", "yield")) | _DECLARING
_KEYWORDS = _VALUED | frozenset(
    ("async", "case", "catch", "delete", "do", "else", "export", "finally", "for", "if", "new",
     "switch", "try", "typeof", "void", "while", "with")
)  # fmt: skip
# What scripts call the page and the object that they are in, so that both spellings are one name.
_ALIASES = {"window": "", **dict.fromkeys(("_self", "_this", "self", "that", "vm"), "this.")}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


@lru_cache(maxsize=8)
def read_scripts(*texts: str) -> Script:
    """Read what scripts that share one page state.

    Args:
        texts: as they stand in the page, comments and all.
    """
    script = Script()
    for text in texts:
        _Reader(text[: LISTS.script_chars], script).read_all()
    for name, value in _component_data(script):
        script.page.names.setdefault(f"this.{name}", []).append(Placed(value, script.page, name))
    return script


def _component_data(script: Script) -> Iterator[tuple[str, Value]]:
    """What the page's component begins with, as Vue calls it: an object's `data`, or what that returns."""
    for each in script.objects():
        data = each.get("data")
        if isinstance(data, dict) and each.keys() & {"el", "methods", "created", "mounted"}:
            yield from data.items()
    for scope in script.functions.get("data", ()):
        for returned in scope.returned:
            yield from returned.items() if isinstance(returned, dict) else ()


def read_literal(text: str, start: int) -> Value:
    """Read the object or list that begins at a place of a text; None where it is not whole.

    Args:
        text: an answer of an interface, written as a script would write it.
        start: where it begins.
    """
    script = Script()
    value = _Reader(text, script, start).read_one()
    return value if script.is_whole else None


def _path(value: Value) -> str:
    return value.path if isinstance(value, Name | Call) else ""


class _Reader:
    """Reads one script from end to end."""

    def __init__(self, source: str, script: Script, start: int = 0) -> None:
        self._source = source
        self._script = script
        self._scope = script.page
        self._depth = 0
        self._left = LISTS.script_tokens
        # The token at hand: its kind, its text, the text once more where it is a sign; where it begins, where
        # the next one does, and where the one before it ended.
        self._kind: str | None = None
        self._text = ""
        self._sign: str | None = None
        self._start = self._at = self._end = start
        self._next()

    def read_all(self) -> None:
        while self._kind:
            self._statements()
            self._next()  # a bracket that closes nothing

    def read_one(self) -> Value:
        return self._operand()

    def _next(self) -> None:
        """Step to the next token."""
        follows_operand = self._kind in _OPERANDS or self._sign in _CLOSING
        self._end = self._at
        found = _TOKEN.match(self._source, self._at) if self._left else None
        self._left -= found is not None
        self._kind = found.lastgroup if found else None
        if found:
            self._start, self._at = found.start(str(self._kind)), found.end()
        pattern = None if follows_operand else _PATTERN.match(self._source, self._start)
        if pattern and self._kind == "sign":
            self._kind, self._at = "pattern", pattern.end()
        self._text = self._source[self._start : self._at] if self._kind else ""
        self._sign = self._text if self._kind == "sign" else None

    def _list(self, *, is_statements: bool = False) -> list[Value]:
        """Read values, or statements, up to a closing bracket."""
        values: list[Value] = []
        while self._kind and self._sign not in _CLOSING:
            before = self._start
            values.append(self._expression(is_statement=is_statements))
            if self._sign in _BETWEEN or (self._start == before and self._sign not in _CLOSING):
                self._next()
        return values

    def _statements(self) -> Value:
        self._list(is_statements=True)
        return None

    def _expression(self, name: str | None = None, *, is_statement: bool = False) -> Value:
        """Read one value, with what is joined to it, up to a comma, a closing bracket or the next statement.

        Args:
            name: the field that it is the value of.
            is_statement: whether a bracket that opens here may hold statements.
        """
        start, scope = self._start, self._scope
        targets: list[tuple[Value, str]] = []
        operands: list[Value] = []
        signs: list[str] = []
        words = self._keywords()
        if self._sign == "{" and is_statement and not words & _VALUED and not self._is_object({":"}):
            self._bracket(self._statements)
            return None
        is_open = False  # whether an operand stands before, so that another one begins the next statement
        while self._kind and (self._sign not in _ENDS or (self._sign == ":" and "?" in signs)):
            if self._sign == "=>" and is_open:
                self._next()
                operands[-1] = self._body(name or "", operands[-1])
            elif self._sign in _SETTING and len(operands) == 1 and not signs:
                targets.append((operands.pop(), self._text))
                name, is_open = _path(targets[-1][0]).rpartition(".")[2], False
                self._next()
            elif self._kind != "sign" or self._sign in _OPENING:
                if is_open:
                    break
                operands.append(self._operand(name or ""))
                is_open = True
            else:
                scope.counts |= self._sign in _COUNTING
                signs += [] if self._sign in _COUNTING else [self._text]
                is_open = is_open and self._sign in _COUNTING
                self._next()
        if is_open and self._sign == "{":
            self._bracket(self._statements)
        value = self._joined(operands, signs, start)
        if operands:
            self._place(value, scope, name, targets, words)
        if "return" in words:
            scope.returned.append(value)
        return value

    def _keywords(self) -> set[str]:
        """Pass over the words that stand before a statement or a value, and return them."""
        words: set[str] = set()
        while self._kind == "name" and self._text in _KEYWORDS:
            words.add(self._text)
            self._next()
        return words

    def _joined(self, operands: list[Value], signs: list[str], start: int) -> Value:
        if len(operands) == 1 and signs in ([], ["+"]):
            return operands[0]
        if len(operands) == 1 and signs == ["-"] and isinstance(operands[0], int | float):
            return -operands[0]
        if signs[1:2] == ["?"] and signs[0] in {"==", "==="} and ":" in signs:
            return self._chosen(operands, signs, start)
        if not _JOINING.issuperset(signs) or len(operands) != len(signs) + 1:
            return Unread(self._words(start))
        sign, parts, depth = "", [operands[0]], 0
        for sign_before, operand in zip(signs, operands[1:], strict=True):
            if sign_before == "*":
                parts[-1] = Join("*", (parts[-1], operand))
                depth += 1
            elif sign_before == sign or not sign:
                sign = sign_before
                parts.append(operand)
            else:
                parts = [Join(sign, tuple(parts)), operand]
                sign = sign_before
                depth += 1
        if depth > LISTS.script_depth:
            return Unread(self._words(start))
        value: Value = Join(sign, tuple(parts)) if sign else parts[0]
        texts = [part for part in parts if isinstance(part, str)]
        return "".join(texts) if sign == "+" and len(texts) == len(parts) else value

    def _chosen(self, operands: list[Value], signs: list[str], start: int) -> Value:
        """One of two values, by whether two others are equal: `n == 1 ? 'index.html' : '?page=' + n`."""
        colon = signs.index(":")
        then = self._joined(operands[2 : colon + 1], signs[2:colon], start)
        other = self._joined(operands[colon + 1 :], signs[colon + 1 :], start)
        return Join("?", (*operands[:2], then, other))

    def _place(
        self, value: Value, scope: Scope, name: str | None, targets: list[tuple[Value, str]], words: set[str]
    ) -> None:
        """Note where a value stands, and the names that are set to it."""
        if "delete" in words:
            targets, value = [(value, "=")], Unread(f"delete {_path(value)}")
        for target, sign in reversed(targets):
            for field_name, part in target.items() if isinstance(target, dict) else ():
                # What an object held when it was taken apart, `const {page} = asked`, it may not hold later.
                scope.names.setdefault(_path(part), []).append(Placed(Unread(f"{{{field_name}}}"), scope))
            path = _path(target)
            base = path.partition(".")[0]
            owner = scope if words & _DECLARING else scope.owner_of(base)
            name = path.rpartition(".")[2]
            # `u = u + '&b=2'` is `u += '&b=2'`.
            parts = value.parts if isinstance(value, Join) and value.sign == "+" else ()
            grows = bool(path) and len(parts) > 1 and _path(parts[0]) == path
            added = Join("+", parts[1:]) if len(parts) > 2 else parts[-1] if parts else value
            placed = Placed(added, scope, name, "+=") if grows else Placed(value, scope, name, sign)
            owner.names.setdefault(path, []).append(placed)
            if base != path:
                owner.names.setdefault(f"{path.rpartition('.')[0]}.", []).append(placed)
        self._script.values.append(Placed(value, scope, name))

    def _operand(self, name: str = "") -> Value:
        self._keywords()
        start, kind, text = self._start, self._kind, self._text
        value: Value
        if self._sign == "(":
            inside = self._bracket(self._list)
            if self._sign == "=>":
                return inside
            value = inside[-1] if isinstance(inside, list) and inside else Unread("")
        elif self._sign in _OPENING:
            value = self._bracket(self._list if self._sign == "[" else self._object)
        elif text == "function" and kind == "name":
            self._next()
            return self._function(name)
        elif kind is None or self._sign in _ENDS:
            return Unread("")
        else:
            self._next()
            value = self._plain(kind, text)
        return self._with_suffixes(value, start)

    def _plain(self, kind: str | None, text: str) -> Value:
        if kind == "string":
            return string_value(text if len(text) > 1 and text[-1] == text[0] else text + text[0])
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "template":
            return self._template(text[1:].removesuffix("`"))
        if kind == "name":
            self._scope.used.add(text)
            return _WORDS[text] if text in _WORDS else Name(text)
        return Unread(text)

    def _template(self, text: str) -> Value:
        """A template string: its texts joined with what stands in its holes."""
        pieces = _HOLE.split(text)
        if self._depth >= LISTS.script_depth or any("${" in piece for piece in pieces[::2]):
            return Unread(text)
        parts: list[Value] = []
        for piece, hole in itertools.zip_longest(pieces[::2], pieces[1::2]):
            parts.append(string_value(f"`{piece}`"))
            if hole is not None:
                reader = _Reader(hole, self._script)
                reader._depth, reader._scope = self._depth + 1, self._scope
                parts.append(reader._expression())
        return Join("+", tuple(parts)) if len(parts) > 1 else parts[0]

    def _with_suffixes(self, value: Value, start: int) -> Value:
        """Read what follows an operand: fields, elements, arguments."""
        while self._sign in _SUFFIXES:
            if self._sign == "(":
                given = self._bracket(self._list)
                value = self._called(value, given if isinstance(given, list) else [], start)
                continue
            if self._sign == "[":
                inside = self._bracket(self._list)
                key = inside[0] if isinstance(inside, list) and len(inside) == 1 else None
                # A key with a dot would be taken for a field of a field.
                is_plain = isinstance(key, str | int) and key != "" and "." not in str(key)
                name = str(key) if is_plain else "*"
            else:
                self._next()
                name = self._text if self._kind == "name" else "*"
                self._next()
            if isinstance(value, Name) and len(value.path) < LISTS.expression_chars:
                # What belongs to the window is everybody's; a component is kept under several names.
                value = Name(f"{_ALIASES.get(value.path, f'{value.path}.')}{name}")
                self._scope.used.add(value.path)
            else:
                value = Call(name, value, (), self._scope, self._words(start))
        return value

    def _called(self, called: Value, given: list[Value], start: int) -> Call:
        path, receiver = "", called
        if isinstance(called, Name):
            path, receiver = called.path, None
        elif isinstance(called, Call) and not called.given:
            path, receiver = called.path, called.receiver
        call = Call(path, receiver, tuple(given), self._scope, self._words(start))
        self._script.calls.append(call)
        return call

    def _bracket(self, read: Callable[[], Value]) -> Value:
        """Read a bracket and what it holds; pass over one that is nested too deep."""
        if self._depth >= LISTS.script_depth:
            return self._skipped()
        self._depth += 1
        self._next()
        value = read()
        self._script.is_whole = self._script.is_whole and self._kind is not None
        self._next()
        self._depth -= 1
        return value

    def _skipped(self) -> Value:
        depth = 0
        while self._kind:
            depth += (self._sign in _OPENING) - (self._sign in _CLOSING)
            self._next()
            if depth == 0:
                break
        return Unread("")

    def _is_object(self, behind_key: set[str]) -> bool:
        """Whether the bracket that opens here holds fields: a key, and behind it what may follow keys."""
        key = _TOKEN.match(self._source, self._at)
        behind = _TOKEN.match(self._source, key.end()) if key and key.lastgroup != "sign" else None
        return behind is not None and behind["sign"] in behind_key

    def _object(self) -> Value:
        """Read the fields of an object; what is spread in it stands under `...`, in a list."""
        fields: dict[str, Value] = {}
        spread: list[Value] = []
        while self._kind and self._sign not in _CLOSING:
            kind, text = self._kind, self._text
            if self._sign in _OPENING:
                spread.append(Unread(self._source[self._start : self._start + 1]))
                self._bracket(self._list)
                continue
            self._next()
            key = str(self._plain(kind, text)) if kind in {"string", "number"} else text
            if text == "...":
                spread.append(self._expression())
                continue
            if self._sign == ":":
                self._next()
                fields[key] = self._expression(key)
            elif self._sign == "(":
                fields[key] = self._function(key)
            elif kind == "name" and self._sign in {",", "}"}:
                fields[key] = Name(key)
            # What stands behind a spread object holds over it.
            spread += [{key: fields[key]}] if spread and key in fields else []
        return {**fields, "...": spread} if spread else fields

    def _function(self, name: str) -> Value:
        """Read a function from its own name, or its parameters, to its end."""
        if self._kind == "name":
            name = self._text
            self._next()
        given = self._bracket(self._list) if self._sign == "(" else None
        return self._body(name, given)

    def _body(self, name: str, given: Value) -> Value:
        """Read what a function does, in a scope of its own."""
        names = given if isinstance(given, list) else [given]
        around = self._scope
        self._scope = Scope(around, tuple(each.path for each in names if isinstance(each, Name)))
        self._script.functions.setdefault(name, []).append(self._scope)
        if self._sign == "{":
            self._bracket(self._statements)
        elif self._depth < LISTS.script_depth:
            self._depth += 1
            self._scope.returned.append(self._expression())
            self._depth -= 1
        around.used |= self._scope.used
        self._scope = around
        return Unread("function")

    def _words(self, start: int) -> str:
        return self._source[start : min(self._end, start + LISTS.expression_chars)].strip()
