"""What the libraries of a page do to all of their requests: what they send along, what rewrites them.

jQuery is told by `ajaxSetup`, axios by its defaults or as a client of its own (`axios.create`). A function
that may write a request otherwise cannot be read, and the request with it: interceptors, `ajaxPrefilter` and
their like. What one client is told is no matter of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crawler.families.base import list_pattern, list_words
from crawler.families.pages.script_model import Call, Name, Placed, Script, Unread, Value

if TYPE_CHECKING:
    from crawler.families.pages.script_values import Bound, Evaluation


class Clients:
    """What makes requests on one page.

    Args:
        evaluation: of the values of its scripts; what is unsure goes to its `unread`.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation, script = evaluation, evaluation.script
        self._later = dict(_sent_later(script))
        self._usual: dict[str, list[Placed]] = {}
        for name, placed in _usual_settings(script):
            self._usual.setdefault(name, []).append(placed)
        # Whether a function that jQuery calls before it sends uses the settings: `this`, or its second.
        self._is_rewritten_before = any(
            not hook.used.isdisjoint(("this", "arguments", *hook.parameters[1:]))
            for hook in script.functions.get("beforeSend", ())
        )
        self._rewriting = list(_rewriting_paths(script))
        self._clients = {"fetch": "fetch", "axios": "axios", "$": "$", "jQuery": "$"}
        self._clients |= _created_clients(script)

    def begin(self, bound: Bound, call: Call | None = None) -> None:
        """Begin with another request.

        Args:
            bound: what the parameters around it are.
            call: that makes it; None where that is not known.
        """
        self.evaluation.begin(bound)
        rewriting = next((each for each in self._rewriting if self._may_concern(each, call)), None)
        if rewriting is not None:
            self.evaluation.unread[""] = rewriting

    def _may_concern(self, path: str, call: Call | None) -> bool:
        """Whether what changes all requests of one client may change those of the client of a call."""
        changed = self._clients.get(path.partition(".")[0])
        asking = self._clients.get(call.path.partition(".")[0]) if call else None
        if changed is None or asking is None or changed == asking:
            return True
        # Clients that axios makes take over its defaults, and none of its interceptors.
        return changed == "axios" and asking.startswith("axios ") and ".interceptors." not in path

    def note_rewriting(self, call: Call, said: Mapping[str, Value]) -> None:
        """Note in `unread` what may write a request otherwise than its call does.

        Args:
            call: which may be added to after it is made: `get(url).query({…})`.
            said: its settings, some of which are functions that rewrite it.
        """
        later = self._later.get(id(call))
        if later is not None:
            self.evaluation.unread[later.name] = later.written
        for name, value in said.items():
            # What only shows that it loads is written out beside the request.
            is_known = isinstance(value, Unread) and not self._is_rewritten_before
            if name in list_words("rewriting_settings") or (name == "beforeSend" and not is_known):
                self.evaluation.unread[name] = "function" if self.evaluation.is_function(value) else "…"

    def usual_settings(self, call: Call, *, is_jquery: bool) -> dict[str, Any]:
        """Return what is said of each request of a library; what is unsure goes to `unread`.

        Args:
            call: one of them.
            is_jquery: whether the library is jQuery, whose `data` are sent with each request. Those of others
                are not known to be.
        """
        name = "$" if is_jquery else call.path.partition(".")[0]
        others = self._usual.keys() - {"$"}
        told = self._usual.get(others.pop() if name == "this" and len(others) == 1 else name, [])
        narrowing = () if is_jquery else ("data", "method", "params", *list_words("rewriting_settings"))
        usual: dict[str, Any] = {"data": {}}
        for placed in told:
            stated = self.evaluation.fields_of(placed.value, placed.scope)
            said: dict[str, Value] = {"...": [placed.value]} if stated is None else stated
            # Settings are no fields of a request: no answer of a person makes one of them sure.
            unsure = sorted(said.keys() & {"...", *narrowing})
            if unsure:
                self.evaluation.unread[""] = unsure[0]
            said = {name: value for name, value in said.items() if name not in unsure}
            data, base = (
                self.evaluation.data_of(said.get(field), placed.scope) for field in ("data", "baseURL")
            )
            if self.evaluation.is_function(said.get("data")) or not isinstance(data, dict | None):
                self.evaluation.unread["data"] = str(data or "function")
                data = None
            if usual.get("baseURL", base) != base:
                self.evaluation.unread[""] = f"{name} baseURL"
            usual |= {**said, "baseURL": base, "data": {**usual["data"], **(data or {})}}
        return usual


def _sent_later(script: Script) -> Iterator[tuple[int, Call]]:
    """Yield each call with what is added behind it, however far: `get(url).set(…).query({…})`."""
    seen: set[int] = set()
    for call in script.calls:
        before = call.receiver if call.name in list_words("later_calls") else None
        while isinstance(before, Call) and id(before) not in seen:
            seen.add(id(before))
            yield id(before), call
            before = before.receiver


def _rewriting_paths(script: Script) -> Iterator[str]:
    """Yield the names by which libraries change every request of a page, as it calls, sets or gives them."""
    set_to = (path for scope in script.scopes() for path in scope.names)
    given = (each.path for call in script.calls for each in call.given if isinstance(each, Name))
    for path in (*(call.path for call in script.calls), *set_to, *given):
        if list_pattern("rewriting_paths").search(path):
            yield path


def _created_clients(script: Script) -> Iterator[tuple[str, str]]:
    """Yield the names of what `axios.create` made, each with what it is: a client of its own."""
    made: dict[str, set[bool]] = {}
    for placed in script.values:
        is_made = isinstance(placed.value, Call) and placed.value.path == "axios.create"
        made.setdefault(placed.name or "", set()).add(is_made)
    yield from ((name, f"axios {name}") for name, all_ in made.items() if name and all_ == {True})


def _usual_settings(script: Script) -> Iterator[tuple[str, Placed]]:
    """Yield what libraries are told of all their requests, by their names: `$`, `axios`, one made of it."""
    for call in script.calls:
        if call.name == "ajaxSetup" and call.given:
            yield "$", Placed(call.given[0], call.scope)
    for path, settings in script.page.names.items():
        name, _, field = path.partition(".")
        if field == "defaults.baseURL":
            yield from ((name, Placed({"baseURL": each.value}, each.scope)) for each in settings)
    for placed in script.values:
        value = placed.value
        if placed.name and isinstance(value, Call) and value.name == "create" and value.given:
            yield placed.name, Placed(value.given[0], placed.scope)
