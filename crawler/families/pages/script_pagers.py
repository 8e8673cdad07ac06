"""Pagers that a plugin draws from its settings: how long the list is, and what the number of a page leads to.

    laypage.render({count: 238, limit: 15, jump: function (obj) { location.href = '?page=' + obj.curr }})
    $('#p').twbsPagination({totalPages: 12, href: 'index_{{number}}.html'})

An address is read whole or not at all: a function that leads to two places, or joins anything that is not
stated, turns no page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from crawler.families.base import LISTS
from crawler.families.pages.clicks import script_moves
from crawler.families.pages.json_answers import as_count
from crawler.families.pages.markup import page_script
from crawler.families.pages.pager import Pager
from crawler.families.pages.script_model import Call, NotStated, Placed, Scope, Script, Value
from crawler.families.pages.script_values import Evaluation
from pipelines.knowledge import load_table

# {{number}} of twbs-pagination, {{page}} of jqPaginator, __id__ of jQuery pagination.
_NUMBER = re.compile(r"\{\{\w+\}\}|__id__")
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""")


@dataclass(frozen=True, slots=True)
class Plugin:
    """What a plugin calls its settings; `script_pagers.yaml` says what each means."""

    leads: str
    number: str
    rows: str = ""
    size: str = ""
    pages: str = ""
    current: str = ""
    href: str = ""
    first: int = 1
    usual: int | None = None


@cache
def _plugins() -> Mapping[str, Plugin]:
    return {name: Plugin(**said) for name, said in load_table("script_pagers", "crawler.families").items()}


def find_script_pager(root: Any, *, is_first: bool) -> Pager | None:
    """Return the pager that a plugin draws on a page; None where none does, or several do.

    Args:
        root: the page.
        is_first: whether it is the first page of its list, which may not say so.
    """
    script = page_script(root)
    started = [(call, plugin) for call in script.calls if (plugin := _plugin_of(call))]
    if len(started) != 1:
        return None
    call, plugin = started[0]
    evaluation = Evaluation(script, root)
    said = next((fields for each in call.given if (fields := evaluation.fields_of(each, call.scope))), None)
    if said is None:
        return None
    said = {**said, **{str(place): each for place, each in enumerate(call.given)}}

    def count(name: str) -> int | None:
        return as_count(evaluation.data_of(said.get(name), call.scope)) if name else None

    rows, size, pages, current = map(count, (plugin.rows, plugin.size, plugin.pages, plugin.current))
    size = size or plugin.usual
    pages = -(-rows // size) if pages is None and rows is not None and size else pages
    current = plugin.first if current is None and is_first else current
    if rows is None and pages is None:
        return None
    last = min(pages or 0, LISTS.pages) + plugin.first
    numbers = range(last if current is None else current + 1, last)
    try:
        addresses = tuple(_address(script, evaluation, said, plugin, number) for number in numbers)
    except NotStated:
        addresses = ()
    is_turned = len(set(addresses)) == len(addresses)
    return Pager(rows, pages, addresses=addresses if is_turned else (), written=call.written)


def _plugin_of(call: Call) -> Plugin | None:
    plugin = _plugins().get(call.path) or _plugins().get(".".join(call.path.split(".")[-2:]))
    return plugin or (_plugins().get(call.name) if call.name != "render" else None)


def _address(
    script: Script, evaluation: Evaluation, said: Mapping[str, Value], plugin: Plugin, number: int
) -> str:
    """The address of a page; raises `NotStated` where it is not whole."""
    template = said.get(plugin.href)
    if isinstance(template, str):
        address = (_HREF.search(template) or ["", template])[1]
        return _stated(_NUMBER.sub(str(number), address), address)
    scopes = script.functions.get(plugin.leads, ())
    moves = [each for each in script_moves(script) for scope in scopes if each.scope is scope]
    returned = [Placed(each, scope) for scope in scopes for each in scope.returned]
    led = moves or returned
    if len(scopes) != 1 or len(led) != 1:
        raise NotStated(plugin.leads)
    place, _, field = plugin.number.partition(".")
    # As `this.hrefFormer`, a function names the settings that it stands among.
    own = {f"this.{name}": [Placed(each, scopes[0])] for name, each in said.items()}
    scope = Scope(scopes[0], names={**own, "this": []})
    given = scopes[0].parameters[int(place) :][:1]
    evaluation.begin({(id(scopes[0]), each): {field: number} if field else number for each in given})
    text = evaluation.value_of(led[0].value, scope)
    if evaluation.unread or not isinstance(text, str):
        raise NotStated(plugin.leads)
    return _stated(text, "")


def _stated(address: str, template: str) -> str:
    if address == template or address.startswith(("#", "javascript:")):
        raise NotStated(address)
    return address
