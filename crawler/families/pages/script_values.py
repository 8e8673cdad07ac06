"""What the values of a script come to, as far as that is sure without running it.

A name is what it is set to where it is declared; a parameter is what its function is called with. A name that
can only be the number of a page is 1; a field that a reader fills in holds what the page shows in it. A name
that is set to two things, and all that a call of something unknown would give, is not stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from crawler.families.base import LISTS, NO_OPTIONS, list_words
from crawler.families.pages.script_model import (
    CONVERSIONS,
    NOISE,
    Call,
    CallIndex,
    FormFields,
    Join,
    Name,
    NotStated,
    Placed,
    Scope,
    Script,
    Unread,
    Value,
    as_form,
    as_text,
    combine_values,
    read_controls,
    value_within,
)

Bound = Mapping[tuple[int, str], Any]
"""What parameters are, by the function's scope and their names."""
_CAPITAL = re.compile(r"(?=[A-Z])")


class Evaluation:
    """Finds out what values come to.

    Args:
        script: those of the page.
        root: the page, whose forms the scripts read; None where there is none.
        answers: what a person says of fields that cannot be read, by their names.
        shown_at: the fields of the page's own address, which its scripts may look up by their names.

    Attributes:
        script: as given.
        unread: what was not sure since it began, by the field of an address or object that it stands in.
    """

    def __init__(
        self,
        script: Script,
        root: Any = None,
        answers: Mapping[str, str] = NO_OPTIONS,
        shown_at: Mapping[str, str] = NO_OPTIONS,
    ) -> None:
        self.script = script
        self._shown_at = shown_at
        self._root = etree.Element("html") if root is None else root
        self._answers = answers
        self._controls = read_controls(self._root)
        self._forms = {form.get(by): form for by in ("name", "id") for form in self._root.iter("form")}
        self._names = {id(scope): name for name, all_ in script.functions.items() for scope in all_ if name}
        self._calls = CallIndex(script)
        self._giving: Scope | None = None
        self._bound: Bound = {}
        self._open: set[tuple[int, str]] = set()
        self._steps = LISTS.script_steps
        self.unread: dict[str, str] = {}

    def begin(self, bound: Bound) -> None:
        """Begin with another value.

        Args:
            bound: what the parameters of functions are, as `bindings` gives them.
        """
        self.unread, self._bound = {}, bound

    def bindings(self, scope: Scope) -> Iterator[Bound]:
        """Yield what the parameters around a place are, once for each way that its function is called."""
        around: Scope | None = scope
        while around is not None and not (around.parameters and id(around) in self._names):
            around = around.above
        self.begin({})
        seen: list[Bound] = []
        if around is not None:
            sites = self._calls.named.get(self._names[id(around)], [])
            for site in sites[: LISTS.call_sites]:
                bound = dict(self._given(around, site))
                if bound not in seen:
                    seen.append(bound)
                    yield bound
        if not seen:
            yield {}

    def _given(self, scope: Scope, site: Call) -> Iterator[tuple[tuple[int, str], Any]]:
        for name, value in zip(scope.parameters, site.given, strict=False):
            # The page that a list begins with is written out; any other is made of the one before.
            if _is_page(name) and isinstance(value, Join | Name):
                continue
            self.begin({})
            # What the function itself adds is added to what it is given.
            self._giving = scope
            given = self.data_of(value, site.scope)
            self._giving = None
            unread = next(iter(self.unread.values()), None)
            yield (id(scope), name), given if unread is None else Unread(unread)

    def value_of(self, value: Value, scope: Scope) -> Any:
        """Return what a value comes to: text, a number, an object, a list.

        Raises:
            NotStated: it is not sure.
        """
        self._steps -= 1
        if self._steps < 0 or len(self._open) > LISTS.script_depth:
            raise NotStated("more than is read of one script")
        if isinstance(value, Name):
            return self._named(value.path, scope)
        if isinstance(value, Join):
            return self._joined(value, scope)
        if isinstance(value, Call):
            return self._called(value, scope)
        if isinstance(value, Unread):
            raise NotStated(value.written)
        if isinstance(value, dict):
            return self._object(value, scope)
        if isinstance(value, list):
            return [self.value_of(each, scope) for each in value]
        return value

    def text_of(self, value: Value, scope: Scope) -> str:
        """Return what a value comes to as text; empty where it is nothing.

        Raises:
            NotStated: it is not sure.
        """
        return "" if value is None else as_text(self.value_of(value, scope))

    def data_of(self, value: Value, scope: Scope) -> Any:
        """Return what is sent; None where it is not sure, which is noted in `unread`."""
        if value is None or self.is_function(value):
            return None
        try:
            return self.value_of(value, scope)
        except NotStated as error:
            self.unread[""] = error.words
            return None

    def fields_of(self, value: Value, scope: Scope) -> dict[str, Value] | None:
        """Return the fields of an object, or of the one that a name stands for, as they are written."""
        if isinstance(value, Name):
            owner = scope.owner_of(value.path.partition(".")[0])
            objects = [each for each in owner.names.get(value.path, ()) if isinstance(each.value, dict)]
            added = {str(each.name): each.value for each in owner.names.get(f"{value.path}.", ())}
            value = {**objects[-1].value, **added} if objects else None  # type: ignore[dict-item]
        return value if isinstance(value, dict) else None

    def may_be_callback(self, value: Value, scope: Scope) -> bool:
        """Whether what is given may be called back: a name that is set nowhere, and is not that of data."""
        if not isinstance(value, Name):
            return False
        owner = scope.owner_of(value.path)
        is_set = value.path in owner.names or value.path in owner.parameters
        return not is_set and not any(word in value.path.lower() for word in list_words("data_names"))

    def is_function(self, value: Value) -> bool:
        """Whether a value is a function, or a list of some: what it would give is not known."""
        if isinstance(value, list):
            return any(map(self.is_function, value))
        is_named = isinstance(value, Name) and value.path in self.script.functions
        return is_named or (isinstance(value, Unread) and value.written == "function")

    def calls_after(self, opened: Call) -> list[Call]:
        """Return what is called of the same name after it was opened, until it is opened again."""
        return self._calls.following.get(id(opened), [])

    def form_of(self, call: Call) -> Any | None:
        """Return the form of the page that a call of `submit` sends."""
        name = self._selected(call.receiver, call.scope) or call.owner.rpartition(".")[2]
        return self._forms.get(name)

    def _named(self, path: str, scope: Scope) -> Any:
        element, is_held, field = path.partition(".dataset.")
        selected = self._selected(Name(element), scope) if is_held else None
        if selected is not None:
            return self._attribute(selected, f"data-{_CAPITAL.sub('-', field).lower()}", path)
        base, _, rest = path.partition(".")
        owner = scope.owner_of(base)
        bound = self._bound.get((id(owner), base)) if base in owner.parameters else None
        if isinstance(bound, Unread):
            raise NotStated(bound.written)
        is_added = (id(owner), base) in self._open and path in owner.names
        if bound is not None and not (is_added and (id(owner), path) not in self._open):
            return value_within(self._held(base, owner, bound), rest, path)
        # The longest part of it that is set to something: `this.asked`, of `this.asked.page`.
        name = path
        while name and ((id(owner), name) in self._open or name not in owner.names):
            name = name.rpartition(".")[0]
        if name and not path.endswith("*"):
            return value_within(self._held(name, owner), path.removeprefix(name).lstrip("."), path)
        if _is_page(path):
            return 1
        raise NotStated(path)

    def _held(self, name: str, owner: Scope, given: Any = None) -> Any:
        """What a name holds, with all that is added to it.

        Args:
            name: a variable, or a field of one.
            owner: the scope that has it.
            given: what it is as a parameter; None for what it is set to where it is declared, else, where it
                is blank there, elsewhere.
        """
        place = id(owner), name
        if place in self._open:
            return given
        self._open.add(place)
        try:
            settings = owner.names.get(name, [])
            grown = [each for each in settings if each.sign == "+=" and not _is_page(name)]
            if any(each.scope is not owner for each in grown):
                raise NotStated(name)
            value = given
            if value is None:
                value = self._folded(name, [each for each in settings if each.scope is owner])
                value = self._folded(name, settings) if value in ("", None) else value
                value = 1 if value is None and _is_page(name) else value
            else:
                for each in grown:
                    value = combine_values("+", value, self.value_of(each.value, owner))
            return self._with_added(name, value, owner)
        finally:
            self._open.discard(place)

    def _folded(self, name: str, settings: list[Placed]) -> Any:
        value: Any = None
        for each in settings:
            try:
                one = self.value_of(each.value, each.scope)
            except NotStated as error:
                is_default = error.words == name and getattr(each.value, "sign", "") == "||"
                if (is_default or _is_page(name)) and not isinstance(value, dict | list):
                    continue  # it is made of what it was before
                raise
            # What is called `p` may be all that is sent.
            is_page = _is_page(name) and not isinstance(one, dict | list)
            if each.sign == "+=" and not is_page:
                value = combine_values("+", "" if value is None else value, one)
            elif value in ("", None):
                value = one
            elif one not in ("", None, value) and not is_page:
                raise NotStated(name)
        return value

    def _with_added(self, name: str, value: Any, owner: Scope) -> Any:
        """An object with the fields that are added to it, by assignment, `append`, `set`, merging.

        Raises:
            NotStated: a list, or a form that is written as text already, is added to.
        """
        if not isinstance(value, dict):
            is_text = isinstance(value, str) and name in self._calls.changed
            if is_text or (isinstance(value, list) and self._is_grown(name, owner)):
                raise NotStated(name)
            return value
        if self._is_added_elsewhere(name, owner):
            self.unread[""] = name
        found = FormFields() if isinstance(value, FormFields) else {}
        for key, each in value.items():
            try:
                found[key] = self._with_added(f"{name}.{key}", each, owner)
            except NotStated as error:
                self.unread[key] = error.words
        more: dict[str, Any] = {}
        for fields, scope in self._added(name, value, owner):
            for key, each in self._object(fields, scope).items():
                # Which of two was said last nothing tells; `append` means both.
                before = more.get(key, found.get(key) if scope is not owner else None)
                if before not in ("", None, each) and not _is_page(key):
                    self.unread[key] = f"{name}.{key}"
                more[key] = each
        found |= more
        return found

    def _is_added_elsewhere(self, name: str, owner: Scope) -> bool:
        """Whether an object is added to under another name: `add(o)`, `var same = o; same.n = 5`."""
        return any(
            around.owner_of(name) is owner
            and not (scope is self._giving or (id(scope), alias) in self._open)
            and (
                alias in self._calls.changed
                or not all(_is_page(str(each.name)) for each in scope.names.get(f"{alias}.", ()))
            )
            for scope, alias, around in self._calls.aliases.get(name, ())
        )

    def _is_grown(self, name: str, owner: Scope) -> bool:
        """Whether a list is added to, or what stands in it is set."""
        self._steps -= len(owner.names)
        return name in self._calls.grown or any(each.startswith(f"{name}.") for each in owner.names)

    def _added(
        self, name: str, value: dict[str, Any], owner: Scope
    ) -> Iterator[tuple[dict[str, Value], Scope]]:
        """Yield what is added to an object, each with where that is said."""
        # Which page is asked for first is what the object begins with, not what turning a page makes of it.
        for each in owner.names.get(f"{name}.", ()):
            field = str(each.name)
            is_first = _is_page(field) and field in value
            grows = each.sign == "+=" and field in value
            added = Unread(f"{name}.{field}") if grows else Name(f"{name}.{field}")
            yield {} if is_first else {field: added}, each.scope
        if name not in self._calls.changed:
            return
        self._steps -= len(self._calls.changing)
        for call in self._calls.changing:
            is_merged = getattr(call.given[0], "path", None) == name
            if call.scope.owner_of(name) is owner and (is_merged or call.owner == name):
                field, said = (
                    ("...", [*call.given[1:]]) if is_merged else (str(call.given[0]), call.given[-1])
                )
                yield {field: said}, call.scope

    def _object(self, fields: Mapping[str, Value], scope: Scope) -> dict[str, Any]:
        """The fields of an object that are sure; the others are noted in `unread`."""
        found: dict[str, Any] = {}
        for name, value in fields.items():
            try:
                one = self.value_of(value, scope)
            except NotStated as error:
                one = self._answer(name, error.words)
                if one is None:
                    continue
            if name != "...":
                found[name] = one
                continue
            for each in one:
                found |= each if isinstance(each, dict) else {}
        return found

    def _joined(self, join: Join, scope: Scope) -> Any:
        if join.sign == "?":
            one, other, then, otherwise = join.parts
            is_equal = self.value_of(one, scope) == self.value_of(other, scope)
            return self.value_of(then if is_equal else otherwise, scope)
        if join.sign == "||":
            values = [self.value_of(part, scope) for part in join.parts]
            return next((value for value in values if value), values[-1])
        parts = [self._part(part, scope) for part in join.parts]
        unread = [part for part in parts if isinstance(part, Unread)]
        is_text = join.sign == "+" and any(isinstance(part, str) for part in parts)
        if unread and not is_text:
            raise NotStated(unread[0].written)
        value: Any = "" if unread else parts.pop(0)
        for part in parts:
            if isinstance(part, Unread):
                field, is_value, _ = as_text(value).replace("?", "&").rpartition("&")[2].partition("=")
                answer = self._answer(field if is_value else "", part.written)
                value = value if answer is None else combine_values(join.sign, value, answer)
            else:
                value = combine_values(join.sign, value, part)
        return value

    def _answer(self, field: str, words: str) -> str | None:
        """Return what a person says of a field; else it is noted in `unread`."""
        answer = self._answers.get(field)
        if answer is None:
            self.unread[field] = words
        return answer

    def _part(self, part: Value, scope: Scope) -> Any:
        try:
            return self.value_of(part, scope)
        except NotStated as error:
            return Unread(error.words)

    def _called(self, call: Call, scope: Scope) -> Any:
        owner = call.owner
        receiver = call.receiver if call.receiver is not None or not owner else Name(owner)
        selected = self._selected(receiver, scope)
        if selected is not None and call.name in {"val", "value", "serialize"} and not call.given:
            if selected not in self._controls:
                # Something else makes it, and knows what it holds.
                raise NotStated(call.written)
            return self._controls[selected]
        if selected is not None and call.name in {"attr", "data"} and len(call.given) == 1:
            return self._attribute(
                selected, f"{'data-' * (call.name == 'data')}{call.given[0]}", call.written
            )
        if not {call.path, call.name}.isdisjoint(list_words("clocks")):
            return NOISE
        looked_up = self._shown_at.get(str(call.given[0])) if len(call.given) == 1 else None
        # `getQueryString('ch')`, as pages write it for themselves.
        if looked_up and any("location" in each.used for each in self.script.functions.get(call.path, ())):
            return looked_up
        make = CONVERSIONS.get(call.path) or CONVERSIONS.get(call.name)
        first = call.given[0] if call.given else receiver
        if call.path in list_words("merging_calls"):
            return self._object({"...": [each for each in call.given if each is not True]}, scope)
        if make is None or (first is None and make not in {as_form, dict}):
            raise NotStated(call.written)
        return make({} if first is None else self.value_of(first, scope))

    def _attribute(self, selected: str, name: str, words: str) -> str:
        """What an element of the page bears: `$('#more').data('channel')`."""
        held = self._root.xpath("//@*[../@id=$id][name()=$name]", id=selected, name=name)
        if not held:
            raise NotStated(words)
        return str(held[0])

    def _selected(self, value: Value, scope: Scope) -> str | None:
        """The id that a call selects an element by: `$('#w')`, `document.getElementById('w')`."""
        if isinstance(value, Name):
            settings = scope.owner_of(value.path).names.get(value.path, ())
            value = settings[0].value if len(settings) == 1 else None
        if isinstance(value, Call) and value.path in list_words("selecting_calls") and value.given:
            chosen = value.given[0]
            is_id = isinstance(chosen, str) and (value.name == "getElementById" or chosen.startswith("#"))
            return str(chosen).removeprefix("#") if is_id else None
        return None


def _is_page(path: str) -> bool:
    return path.rpartition(".")[2].lower() in list_words("page_fields")
