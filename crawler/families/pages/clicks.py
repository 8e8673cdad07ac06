"""Where a click on a page leads, where it does nothing but lead on.

    onclick, href ─ code ─▶ location = '/a/7.html', window.open('/a/7.html')
                         └▶ view(7) ─ the page's own function ─▶ location = '/a/' + id + '.html'

No script is ever run, and nothing is sent that a click sends: a function that does anything beside, counts,
calls another or may lead to two places leads nowhere. What is like a link may vote, sign out or delete.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from crawler.families.base import LISTS, list_words
from crawler.families.pages.markup import page_script
from crawler.families.pages.script_model import (
    Call,
    Join,
    Name,
    NotStated,
    Placed,
    Scope,
    Script,
    Unread,
    Value,
)
from crawler.families.pages.script_reader import read_scripts

# `javascript:;` and `javascript:void(0)` do nothing.
_CODE = re.compile(r"\s*javascript:(?!\s*(?:void\s*\(?\s*0\s*\)?)?[\s;]*$)", re.IGNORECASE)
# Addresses that are joined of more were never met.
_MOST_PARTS = 50


def leads_by_click(element: Any) -> bool:
    """Whether an element has a click of its own that a script answers."""
    return element.get("onclick") is not None or _CODE.match(element.get("href") or "") is not None


def may_lead(element: Any) -> bool:
    """Whether a click on an element may lead on: it has one of its own, or bears an address."""
    return leads_by_click(element) or _borne(element) is not None


def _borne(element: Any) -> str | None:
    # What a script opens for all rows: `window.open($(this).data('url'))`.
    return next((element.get(name) for name in list_words("address_attributes") if element.get(name)), None)


def script_moves(script: Script) -> Iterator[Placed]:
    """Yield where a script sends its reader: `location.href = '…'`, `location.replace('…')`."""
    for path, settings in script.page.names.items():
        if _is_location(path):
            yield from settings
    for call in script.calls:
        if call.given and call.path.endswith(("location.replace", "location.assign")):
            yield Placed(call.given[0], call.scope)


class Clicks:
    """The clicks of one page.

    Args:
        root: the page.
    """

    def __init__(self, root: Any) -> None:
        script = page_script(root)
        self._functions = script.functions
        self._is_whole = script.is_whole
        self._acts: dict[int, list[Placed]] = defaultdict(list)
        for act in _acts(script, self._functions):
            around: Scope | None = act.scope
            while around is not None:
                self._acts[id(around)].append(act)
                around = around.above

    def address_of(self, element: Any) -> str | None:
        """Return the address that a click does nothing but open, as written; None where it does more."""
        # What stands around it is clicked, too.
        if any(map(self._leads_or_sends, element.iterancestors())):
            return None
        if not leads_by_click(element):
            return _borne(element)
        try:
            return self._address_of(_code_of(element))
        except NotStated:
            return None

    def _leads_or_sends(self, around: Any) -> bool:
        """Whether a click on what stands around does more than what functions of scripts do to the page."""
        if not leads_by_click(around):
            return False
        sending = list_words("acting_calls")
        acts = (act.value for act in _acts(_code_of(around), self._functions))
        return any(
            act.name in sending and act.path not in self._functions
            if isinstance(act, Call)
            else not isinstance(act, Unread)
            for act in acts
        )

    def refused(self, element: Any) -> str | None:
        """Return what a click on an element does, in the page's words; None where nothing, or it leads on."""
        acts = leads_by_click(element) and any(_acts(_code_of(element), self._functions))
        return _written(element) if acts and self.address_of(element) is None else None

    def _address_of(self, clicked: Script) -> str:
        acts = list(_acts(clicked, self._functions))
        if len(acts) != 1 or not clicked.is_whole:
            raise NotStated("a click that does several things, or none")
        called = acts[0].value
        if not isinstance(called, Call):
            return _joined(called, clicked.page, {})
        scopes = self._functions.get(called.path, [])
        opened = self._acts[id(scopes[0])] if len(scopes) == 1 else []
        # Of a function that is cut off it is not known what it does beside.
        if len(opened) != 1 or not self._is_whole:
            raise NotStated(called.written)
        named = zip(scopes[0].parameters, called.given, strict=False)
        # What is written out: a name would be one of the place that gives it.
        given = {name: value for name, value in named if isinstance(value, str | int)}
        return _joined(opened[0].value, opened[0].scope, given)


def clicks_of(element: Any) -> Clicks:
    """Return the clicks of the page of an element; its scripts are read once."""
    return _clicks_of(element.getroottree().getroot())


@lru_cache(maxsize=1)
def _clicks_of(root: Any) -> Clicks:
    return Clicks(root)


def _written(element: Any) -> str:
    href = element.get("href") or ""
    # A click runs both.
    code = ";".join(filter(None, (element.get("onclick"), _CODE.sub("", href) if _CODE.match(href) else "")))
    return code.strip()


def _code_of(element: Any) -> Script:
    return read_scripts(_written(element)[: LISTS.click_chars])


def _is_location(path: str) -> bool:
    return path.removesuffix(".href").rpartition(".")[2] == "location"


def _acts(script: Script, functions: Container[str]) -> Iterator[Placed]:
    """Yield all that a script does: where it leads, else the call, or words for what it sets or counts."""
    for scope in script.scopes():
        if scope.counts:
            yield Placed(Unread("++"), scope)
        for path, settings in scope.names.items():
            if _is_location(path):
                yield from (Placed(_plain(each.value), each.scope) for each in settings)
            elif "." in path and not path.endswith("."):
                yield from (Placed(Unread(path), each.scope) for each in settings)
    for call in script.calls:
        if call.path not in functions and call.name in list_words("harmless_calls"):
            continue
        opens = call.path == "open" and "open" not in functions
        leads = opens or call.path.endswith(("location.replace", "location.assign"))
        yield Placed(_plain(call.given[0]) if leads and call.given else call, call.scope)


def _plain(address: Value) -> Value:
    """An address as it is before a script escapes it: what leads on escapes it anyway."""
    if isinstance(address, Call) and address.path == "encodeURI" and len(address.given) == 1:
        return address.given[0]
    return address


def _joined(value: Value, scope: Scope, given: Mapping[str, Value]) -> str:
    """The text that an address is joined of.

    Raises:
        NotStated: it is made of anything but texts, whole numbers and what a function is given.
    """
    parts = list(islice(_parts(value, scope, given), _MOST_PARTS + 1))
    if len(parts) > _MOST_PARTS:
        raise NotStated("an address of too many parts")
    return "".join(parts)


def _parts(value: Value, scope: Scope, given: Mapping[str, Value], depth: int = 0) -> Iterator[str]:
    if depth > LISTS.script_depth:
        raise NotStated("a name of a name of a name")
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)
    # Two numbers would be added, and not joined.
    elif isinstance(value, Join) and value.sign == "+" and any(isinstance(p, str) for p in value.parts[:2]):
        for part in value.parts:
            yield from _parts(part, scope, given, depth + 1)
    elif isinstance(value, Name):
        yield from _named(value.path, scope.owner_of(value.path), given, depth + 1)
    else:
        raise NotStated("what is not stated")


def _named(name: str, owner: Scope, given: Mapping[str, Value], depth: int) -> Iterator[str]:
    """What a parameter is given, or a variable is set to, where that is text and it is set once."""
    settings = owner.names.get(name, ())
    if name in owner.parameters and not settings:
        yield from _parts(given.get(name), owner, given, depth)
        return
    own = [each.value for each in settings if each.scope is owner and each.sign == "="]
    # A number may be counted on.
    if len(settings) != 1 or not own or name in owner.parameters or not isinstance(own[0], str | Join):
        raise NotStated(name)
    yield from _parts(own[0], owner, given, depth)
