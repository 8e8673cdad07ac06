"""What programs can ask for: `/-/api`, made of the routes themselves, the metadata and the questions.

`/-/api.json` says the same in OpenAPI 3.1, for programs that write programs.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from datasette.plugins import pm
from datasette.utils.asgi import Response

from gongkai.web.language import site_strings
from gongkai.web.pages.sql_page import sql_help

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gongkai.web.pages.page_queries import Visit

_GROUP = re.compile(r"\((?:\?P<(?P<name>\w+)>|\?:)?(?P<inside>[^()]*)\)\??")
_FILLED_IN = re.compile(r"{(\w+)}")
_ONE_OF = re.compile(r"\(\?P<(\w+)>([a-z.\\]+(?:\|[a-z.\\]+)+)\)")


async def read_api(visit: Visit) -> dict[str, Any] | Response:
    """Return the routes that answer with more than a page, the tables, the questions and their parameters."""
    routes = chain.from_iterable(pm.hook.register_routes(datasette=visit.datasette))
    told = {
        "routes": list_routes(routes),
        "texts": site_strings(),
        **sql_help(visit.datasette),
    }
    if not visit.wants_json:
        return told
    written = await visit.datasette.render_template("openapi.json", told, request=visit.request)
    return Response(written, content_type="application/json; charset=utf-8")


def list_routes(routes: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return the address of each route of data as a reader writes it, what it says, and what may stand in it.

    Args:
        routes: pattern and view of each; a page that is only shown is left out.
    """
    return [
        {
            "name": getattr(page, "name", view.__name__),
            "address": address,
            "choices": {it[1]: it[2].replace("\\", "").split("|") for it in _ONE_OF.finditer(pattern)},
            "filled_in": _FILLED_IN.findall(address),
        }
        for pattern, view in routes
        for page, address in [(getattr(view, "__self__", None), write_address(pattern))]
        if page is None or "<format>" in pattern
    ]


def write_address(pattern: str) -> str:
    """Return the pattern of a route as an address, with `{NAME}` for what is filled in."""
    text = pattern.strip("^$")
    while (plain := _GROUP.sub(lambda it: f"{{{it['name']}}}" if it["name"] else it["inside"], text)) != text:
        text = plain
    return text.replace("\\", "")
