"""Where a click on a page leads: a link, what a script opens, the form or request that it sends.

    href, onclick ─ code ─▶ an address in it
                         └▶ a call of the page's own function ─ what it is given ─▶ what that opens or sends

No script is ever run. A function that is in the page and cannot be read leads nowhere: an address that it is
given may only be a part of the one that it opens.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from archive.frontier.targets import PageRequest
from crawler.families.base import LISTS
from crawler.families.pages.clients import Clients
from crawler.families.pages.markup import page_script
from crawler.families.pages.script_model import Placed
from crawler.families.pages.script_reader import read_scripts
from crawler.families.pages.script_values import Evaluation, NotStated
from crawler.families.pages.stated_requests import stated_by
from pipelines.addresses import clean_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.families.pages.script_model import Call, Scope, Script

LOOKS_LIKE_ADDRESS = re.compile(
    r"(?:https?:)?//[\w.:-]+/?\S*|\.{0,2}/\S*|[\w./-]+\.(?:s?html?|jsp|aspx?|php|do)(?:[?#]\S*)?"
)
"""What a literal of a script must look like to be an address."""
_CODE = re.compile(r"\s*javascript:", re.IGNORECASE)


def script_moves(script: Script) -> Iterator[Placed]:
    """Yield where a script sends its reader: `location.href = '…'`, `location.replace('…')`."""
    for path, settings in script.page.names.items():
        if path.removesuffix(".href").rpartition(".")[2] == "location":
            yield from settings
    for call in script.calls:
        if call.given and call.path.endswith(("location.replace", "location.assign")):
            yield Placed(call.given[0], call.scope)


def _opened(script: Script) -> list[Placed]:
    """What a script goes to, or opens in a window of its own."""
    opened = (each for each in script.calls if each.path == "open" and each.given)
    return [*script_moves(script), *(Placed(each.given[0], each.scope) for each in opened)]


def leads_by_click(element: Any) -> bool:
    """Whether an element has a click of its own that a script answers."""
    return element.get("onclick") is not None or _CODE.match(element.get("href") or "") is not None


Standing = TypeVar("Standing", "Placed", "Call")


class Clicks:
    """The clicks of one page.

    Args:
        root: the page, or the piece of one that holds its functions.
    """

    def __init__(self, root: Any) -> None:
        self._script = page_script(root)
        self._evaluation = Evaluation(self._script, root)
        self._clients = Clients(self._script, self._evaluation)
        self._moves = _by_function(_opened(self._script))
        self._calls = _by_function(self._script.calls)
        self._left = LISTS.script_steps

    def address_of(self, element: Any) -> str | None:
        """Return the address that a click on an element opens, as written; None where none is sure."""
        clicked = _code_of(element)
        own = {text for each in _opened(clicked) if isinstance(text := each.value, str)}
        for scope, call in self._called(clicked):
            self._evaluation.begin(self._evaluation.bound_to(scope, call))
            try:
                moves = self._moves.get(id(scope), ())
                own |= {self._evaluation.text_of(each.value, each.scope) for each in moves}
            except NotStated:
                return None
            if self._evaluation.unread:
                return None
        if own:
            return own.pop() if len(own) == 1 else None
        known = {call.name for _, call in self._called(clicked)}
        return None if known else _literal_address(clicked)

    def request_of(self, element: Any, base: str) -> PageRequest | None:
        """Return what a click on an element asks for, a form that it sends included; None where none is sure.

        Args:
            element: a link, a button, an entry of a menu.
            base: what relative addresses start from.
        """
        if not leads_by_click(element):
            return None
        address = self.address_of(element)
        if address is not None:
            url = clean_url(address, base)
            return PageRequest(url) if url else None
        for scope, clicked in self._called(_code_of(element)):
            bound = self._evaluation.bound_to(scope, clicked)
            calls = self._calls.get(id(scope), [])
            self._left -= len(calls)
            for call in calls if self._left > 0 else ():
                stated = stated_by(call, bound, self._clients, base)
                if stated is not None:
                    return stated.as_request()
        return None

    def _called(self, clicked: Script) -> list[tuple[Scope, Call]]:
        """The functions of the page that a click calls, each with its call."""
        functions = self._script.functions
        return [(functions[call.path][-1], call) for call in clicked.calls if call.path in functions]


def _by_function(placed: Iterable[Standing]) -> dict[int, list[Standing]]:
    """What stands in each function, and in those within it: looked for once, not for every row of a list."""
    found: dict[int, list[Standing]] = {}
    for each in placed:
        scope = each.scope
        while scope.above is not None:
            found.setdefault(id(scope), []).append(each)
            scope = scope.above
    return found


@lru_cache(maxsize=4)
def clicks_of(root: Any) -> Clicks:
    """Return the clicks of a page; its scripts are read once, however many rows lead on by a click."""
    return Clicks(root)


def _code_of(element: Any) -> Script:
    href = element.get("href") or ""
    code = element.get("onclick") or (_CODE.sub("", href) if _CODE.match(href) else "")
    return read_scripts(code[: LISTS.click_chars])


def _literal_address(clicked: Script) -> str | None:
    values = (html.unescape(each.value) for each in clicked.values if isinstance(each.value, str))
    return next((value for value in values if LOOKS_LIKE_ADDRESS.fullmatch(value)), None)
