"""What programs can ask for: `/-/api`, made of the routes themselves, the metadata and the questions."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from datasette.plugins import pm

from gongkai.web.language import site_strings
from gongkai.web.pages.sql_page import sql_help
from gongkai.web.questions import questions
from gongkai.web.server.gate import refuse_closed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gongkai.web.pages.page_queries import Visit

_GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>|\?:)?(?P<inside>[^()]*)\)\??")
_ONE_OF = re.compile(r"\(\?P<(\w+)>([a-z.\\]+(?:\|[a-z.\\]+)+)\)")


async def read_api(visit: Visit) -> dict[str, Any]:
    """Return the routes that answer with more than a page, the tables, the questions and their parameters."""
    routes = chain.from_iterable(pm.hook.register_routes(datasette=visit.datasette))
    return {
        "routes": list_routes(routes),
        "questions": questions(),
        "texts": site_strings().texts,
        **sql_help(visit.datasette),
    }


def list_routes(routes: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return the address of each route of data as a reader writes it, what it says, and what may stand in it.

    Args:
        routes: pattern and view of each; a page that is only shown is left out.
    """
    return [
        {
            "name": getattr(page, "name", view.__name__),
            "address": write_address(pattern),
            "choices": {it[1]: it[2].replace("\\", "").split("|") for it in _ONE_OF.finditer(pattern)},
        }
        for pattern, view in routes
        for page in [getattr(view, "__self__", None)]
        if view is not refuse_closed and (page is None or "<format>" in pattern)
    ]


def write_address(pattern: str) -> str:
    """Return the pattern of a route as an address, with `{NAME}` for what is filled in."""
    text = pattern.strip("^$")
    while (plain := _GROUP.sub(lambda it: f"{{{it['name']}}}" if it["name"] else it["inside"], text)) != text:
        text = plain
    return text.replace("\\", "")
