"""The calls of a script, found by what values have to ask of them."""

from __future__ import annotations

from crawler.families.base import list_words
from crawler.families.pages.script_model import Call, Name, Scope, Script


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
