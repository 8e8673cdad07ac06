"""Figures of pages by themselves: `/-/chart`, `/-/embed` and `/-/card`, each followed by the path of a page.

    /-/chart/-/regions.png?figure=tiles&year=2024   a figure of /-/regions?year=2024; .svg likewise
    /-/embed/-/regions?figure=tiles&year=2024       the same in a page that any site may frame
    /-/card/-/regions.png?year=2024                 1200 × 630, for sites that show links

The front page is `/index`. Without `figure` the first one is meant. A page is asked for as a reader would,
in this process and of the same published copy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from datasette.utils.asgi import NotFound, Response

from archive.site_files import DATABASE
from gongkai.web.language import ENGLISH, NAME, current_language
from gongkai.web.rendering.png_files import TooManyPictures
from gongkai.web.rendering.standalone_figures import (
    CARD,
    WIDTH,
    compose_card,
    compose_picture,
    find_figure,
    read_card,
)
from gongkai.web.thresholds import PICTURES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gongkai.web.rendering.standalone_figures import Figure

CHART_ROUTE = r"^/-/chart(?P<page>/.+)\.(?P<format>svg|png)$"
EMBED_ROUTE = r"^/-/embed(?P<page>/.+)$"
CARD_ROUTE = r"^/-/card(?P<page>/.+)\.png$"

FRONT = "/index"
_PAGE = re.compile(rf"/-/(?!chart/|embed/|card/|export|feeds|replay)[\w/-]+|/{DATABASE}(/\w+){{0,2}}")
_KEPT_BY_BROWSERS = {"Cache-Control": "max-age=3600"}
_BUSY = "正在画的图太多，请稍候再试。\nToo many pictures at once; please try again in a moment.\n"


def pictured_path(path: str) -> str:
    """Return the path of a page as the addresses of its pictures have it; the front's where it has none."""
    return path if _PAGE.fullmatch(path) else FRONT


async def answer_chart(datasette: Any, request: Any) -> Response:
    """Answer with a figure as SVG or PNG."""

    async def compose() -> str:
        return compose_picture(_of_page(*await _ask_page(datasette, request), request))

    if request.url_vars["format"] == "png":
        return await _send_png(datasette, request, compose, WIDTH * PICTURES.scale)
    svg = await _once(datasette, request, compose)
    return Response(svg, headers=_KEPT_BY_BROWSERS, content_type="image/svg+xml; charset=utf-8")


async def answer_card(datasette: Any, request: Any) -> Response:
    """Answer with the card of a page as PNG."""

    async def compose() -> str:
        return compose_card(read_card(*await _ask_page(datasette, request)))

    return await _send_png(datasette, request, compose, CARD[0])


async def answer_embed(datasette: Any, request: Any) -> Response:
    """Answer with a figure in a page of its own, which needs nothing of the site around it."""
    page, address = await _ask_page(datasette, request)
    figure = _of_page(page, address, request)
    given = {"figure": figure, "svg": compose_picture(figure, is_styled=False), "address": address}
    return Response.html(await datasette.render_template("embed.html", given, request=request))


async def _send_png(
    datasette: Any, request: Any, compose: Callable[[], Awaitable[str]], width: int
) -> Response:
    drawer = datasette.databases[DATABASE].pictures

    async def draw() -> bytes:
        drawn: bytes = await drawer.draw(await compose(), width)
        return drawn

    try:
        png = await _once(datasette, request, draw)
    except TooManyPictures:
        return Response.text(_BUSY, status=503, headers={"Retry-After": str(PICTURES.waiting)})
    return Response(png, headers=_KEPT_BY_BROWSERS, content_type="image/png")


async def _once(datasette: Any, request: Any, work: Callable[[], Awaitable[Any]]) -> Any:
    """Return what was worked out once for this address, this language and the published copy."""
    key = (request.path, request.query_string, current_language())
    return await datasette.databases[DATABASE].copy.pictures.once(key, work)


async def _ask_page(datasette: Any, request: Any) -> tuple[str, str]:
    """Return a page as it is sent, and its address.

    Raises:
        NotFound: there is no such page.
    """
    path = request.url_vars["page"]
    if path != FRONT and not _PAGE.fullmatch(path):
        raise NotFound("there is no such page")
    asked = [pair for pair in parse_qsl(request.query_string, keep_blank_values=True) if pair[0] != "figure"]
    address = ("/" if path == FRONT else path) + (f"?{urlencode(asked)}" if asked else "")
    headers = {"host": request.host, "accept-encoding": "identity"}
    if current_language() == ENGLISH:
        headers["cookie"] = f"{NAME}={ENGLISH}"
    answer = await datasette.client.get(address, headers=headers)
    if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
        raise NotFound("there is no such page")
    return answer.text, datasette.databases[DATABASE].site + address


def _of_page(page: str, address: str, request: Any) -> Figure:
    figure = find_figure(page, request.args.get("figure") or "", address)
    if figure is None:
        raise NotFound("there is no such figure")
    return figure
