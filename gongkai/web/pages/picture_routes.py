"""Figures of pages by themselves: `/-/chart`, `/-/embed` and `/-/card`, each followed by the path of a page.

    /-/chart/-/regions.png?figure=tiles&year=2024   a figure of /-/regions?year=2024; .svg likewise
    /-/embed/-/regions?figure=tiles&year=2024       the same in a page that any site may frame
    /-/card/-/regions.png?year=2024                 1200 × 630, for sites that show links

The front page is `/index`. Without `figure` the first one is meant. A page is asked for as a reader would,
in this process and of the same published copy.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import lxml.html
from datasette.utils.asgi import NotFound, Response
from lxml import etree
from lxml.builder import ElementMaker

from archive.site_files import DATABASE, site_folder
from gongkai.web.language import NAME, current_language, tell
from gongkai.web.pages.page_queries import make_page
from gongkai.web.reading import TooMany
from gongkai.web.rendering.drawings import FAMILY, measure_text, wrap_text
from gongkai.web.server.asgi import answer_busy
from gongkai.web.thresholds import PICTURES
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gongkai.web.pages.page_queries import Context, Visit


FRONT = "/index"
_PAGE = re.compile(rf"/-/(?!chart/|embed/|card/|export|feeds|replay)[\w/-]+|/{DATABASE}(/\w+){{0,2}}")
_KEPT_BY_BROWSERS = {"Cache-Control": "max-age=3600"}


def pictured_path(path: str) -> str:
    """Return the path of a page as the addresses of its pictures have it; the front's where it has none."""
    return path if _PAGE.fullmatch(path) else FRONT


@make_page("chart", r"^/-/chart(?P<page>/.+)\.(?P<format>svg|png)$")
async def read_chart(visit: Visit) -> Response:
    """Answer with a figure as SVG or PNG."""

    async def compose() -> str:
        return compose_picture(_of_page(*await _ask_page(visit), visit))

    if visit.request.url_vars["format"] == "png":
        return await _send_png(visit, compose, WIDTH * PICTURES.scale)
    svg = await _once(visit, compose)
    return Response(svg, headers=_KEPT_BY_BROWSERS, content_type="image/svg+xml; charset=utf-8")


@make_page("card", r"^/-/card(?P<page>/.+)\.png$")
async def send_card(visit: Visit) -> Response:
    """Answer with the card of a page as PNG."""

    async def compose() -> str:
        return compose_card(read_card(*await _ask_page(visit)))

    return await _send_png(visit, compose, CARD[0])


@make_page("embed", r"^/-/embed(?P<page>/.+)$")
async def read_embed(visit: Visit) -> Context:
    """Return a figure for a page of its own, which needs nothing of the site around it."""
    page, address = await _ask_page(visit)
    figure = _of_page(page, address, visit)
    return {"figure": figure, "svg": compose_picture(figure, is_styled=False), "address": address}


async def _send_png(visit: Visit, compose: Callable[[], Coroutine[Any, Any, str]], width: int) -> Response:
    drawer = visit.database.pictures

    async def draw() -> bytes:
        with drawer.line.taken():
            drawn: bytes = await drawer.ask(await compose(), width)
        return drawn

    try:
        png = await _once(visit, draw)
    except TooMany:
        # So many seconds: a picture takes a quarter of one, so by then those that waited are drawn.
        return answer_busy(PICTURES.waiting)
    return Response(png, headers=_KEPT_BY_BROWSERS, content_type="image/png")


async def _once(visit: Visit, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Return what was worked out once for this address, this language and the published copy."""
    key = (visit.request.path, visit.request.query_string, current_language())
    return await visit.database.copy.pictures.once(key, work)


async def _ask_page(visit: Visit) -> tuple[str, str]:
    """Return a page as it is sent, and its address.

    Raises:
        NotFound: there is no such page.
    """
    request = visit.request
    path = request.url_vars["page"]
    if path != FRONT and not _PAGE.fullmatch(path):
        raise NotFound("there is no such page")
    asked = [pair for pair in parse_qsl(request.query_string, keep_blank_values=True) if pair[0] != "figure"]
    address = ("/" if path == FRONT else path) + (f"?{urlencode(asked)}" if asked else "")
    # `?lang=` was taken out of the address; an answer within the process need not be compressed.
    headers = {"host": request.host, "accept-encoding": "identity"}
    answer = await visit.datasette.client.get(address, headers=headers, cookies={NAME: current_language()})
    if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
        raise NotFound("there is no such page")
    return answer.text, visit.database.site + address


def _of_page(page: str, address: str, visit: Visit) -> Figure:
    figure = find_figure(page, visit.request.args.get("figure") or "", address)
    if figure is None:
        raise NotFound("there is no such figure")
    return figure


FONTS = f'"{FAMILY}","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif'
_SVG = "http://www.w3.org/2000/svg"
_draw = ElementMaker(namespace=_SVG, nsmap={None: _SVG})
_FIGURE = re.compile(r'<figure class="picture" id="picture-(?P<name>[\w-]+)".*?</figure>', re.DOTALL)
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_PROPERTY = re.compile(r"(--[\w-]+):([^;}]+)")


# A figure of a page as a drawing that stands by itself: SVG, PNG, or a card for sharing.
# page as it is sent ─▶ its <figure class="picture"> ─▶ title, drawing, key, source in one SVG ─▶ PNG
# The figure is taken out of the page: a picture shows what the page shows, and nothing is worked out twice.

WIDTH, MARGIN, LETTERS = 640, 24, 13
"""Of a picture, and of its words but for the title; of a card they are as large as `CARD` says."""

CARD = (1200, 630)
"""What sites that show links ask for: 1.91 to 1."""

# Of a drawing, so that its letters stay legible.
_LEAST_SCALE = 0.8


class Figure(FrozenStruct):
    """What a picture shows.

    Attributes:
        title: the finding.
        note: what is drawn, in a sentence; may be empty.
        drawing: an `<svg>`; None for a card of words alone.
        key: of the tints: (sample, meaning).
        source: where the figures come from.
    """

    title: str
    note: str
    drawing: etree._Element | None
    key: tuple[tuple[etree._Element | None, str], ...]
    source: str


def find_figure(page: str, name: str, address: str) -> Figure | None:
    """Return a figure of a page.

    Args:
        page: the HTML of the page.
        name: of the figure; empty for the first one.
        address: of the page, which is written below as the source.

    Returns:
        None where the page has no such figure.
    """
    found = next((it for it in _FIGURE.finditer(page) if not name or it["name"] == name), None)
    if found is None:
        return None
    # HTML as our templates write it is XML; only a parser of XML keeps `viewBox` as it is.
    root = etree.fromstring(found[0].replace("<figure", f'<figure xmlns="{_SVG}"', 1))
    [caption], [drawing] = root.findall("{*}figcaption"), root.findall("{*}svg")
    # Where it is shown by itself links lead nowhere.
    for link in drawing.iter(f"{{{_SVG}}}a"):
        link.tag = f"{{{_SVG}}}g"
        del link.attrib["href"]
    return Figure(
        title=_read_text(caption.find("{*}strong")),
        note=_read_text(caption.find("{*}span")),
        drawing=drawing,
        key=tuple((item.find("{*}svg"), _read_text(item)) for item in root.findall("{*}ul/{*}li")),
        source=_source(page, address),
    )


def read_card(page: str, address: str) -> Figure:
    """Return what the card of a page shows: its first figure, else its title and its description."""
    if figure := find_figure(page, "", address):
        return figure
    head = lxml.html.document_fromstring(page).find("head")
    said = {meta.get("property"): meta.get("content") or "" for meta in head.iterfind("meta")}
    return Figure(said["og:title"], said["og:description"], None, (), _source(page, address))


def compose_picture(figure: Figure, *, is_styled: bool = True) -> str:
    """Write a figure as an SVG: title, drawing, key and source below one another.

    Args:
        figure: what it shows.
        is_styled: whether it needs nothing else; without, it stands in a page that has `drawings.css`.
    """
    inside = WIDTH - 2 * MARGIN
    title, y = _write_lines("finding", figure.title, 1.5 * LETTERS, (MARGIN, MARGIN), inside)
    note, y = _write_lines("note", figure.note, LETTERS, (MARGIN, y + LETTERS / 2), inside)
    parts = title + note
    if figure.drawing is not None:
        y += LETTERS
        y += _fit_drawing(figure.drawing, (MARGIN, y), (inside, math.inf), most_scale=1.6)
        parts.append(figure.drawing)
    key, y = _lay_key(figure, y + LETTERS, inside)
    source, y = _write_lines("source", figure.source, LETTERS, (MARGIN, y + LETTERS), inside)
    return _write_sheet(figure, (WIDTH, math.ceil(y + MARGIN)), parts + key + source, is_styled=is_styled)


def compose_card(figure: Figure) -> str:
    """Write a figure as the SVG of a card: words at the left, the drawing at the right, the source below."""
    (width, height), margin, letters = CARD, 2 * MARGIN, 2 * LETTERS
    words = width * (0.44 if figure.drawing is not None else 1) - 2 * margin
    source, below = _write_lines("source", figure.source, letters, (margin, 0), width - 2 * margin)
    room = height - 2.5 * margin - below
    title, y = _write_lines("finding", figure.title, 1.7 * letters, (margin, margin), words)
    note, _ = _write_lines("note", figure.note, letters, (margin, y + letters / 2), words)
    # What the words have no room for is on the page.
    parts = [line for line in title + note if float(line.get("y")) < margin + room]
    if figure.drawing is not None:
        left = words + 2 * margin
        _fit_drawing(figure.drawing, (left, margin), (width - margin - left, room), most_scale=3)
        parts.append(figure.drawing)
    parts.append(_draw.g(*source, transform=f"translate(0 {height - margin - below:g})"))
    return _write_sheet(figure, CARD, parts)


def _write_sheet(
    figure: Figure, size: tuple[int, int], parts: list[etree._Element], *, is_styled: bool = True
) -> str:
    across, down = map(str, size)
    styles = [_draw.style(drawing_styles())] if is_styled else []
    ground = _draw.rect({"class": "sheet"}, width=across, height=down)
    outer = {"role": "img", "viewBox": f"0 0 {across} {down}", "font-family": FONTS}
    sheet = _draw.svg(outer, _draw.title(figure.title), *styles, ground, *parts, width=across, height=down)
    return str(etree.tostring(sheet, encoding="unicode"))


@cache
def drawing_styles() -> str:
    """Return the rules of `static/drawings.css` for a picture: by day, its variables written out."""
    rules, palette = (
        (site_folder() / "static" / name).read_text("utf-8").partition("@media")[0]
        for name in ("drawings.css", "gongkai.css")
    )
    values = dict(_PROPERTY.findall(palette))
    return _VARIABLE.sub(lambda variable: values[variable[1]], rules)


def _read_text(element: etree._Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _source(page: str, address: str) -> str:
    is_demo = " data-demo" in page.partition("<html")[2].partition(">")[0]
    return (tell("picture.demo") if is_demo else "") + tell("picture.source", address=address)


def _write_lines(
    kind: str, text: str, size: float, place: tuple[float, float], width: float
) -> tuple[list[etree._Element], float]:
    """Return a text in lines from a place on, and the height below them."""
    x, y = place
    lines = []
    for line in wrap_text(text, size, width):
        lines.append(
            _draw.text({"class": kind, "font-size": f"{size:g}"}, line, x=f"{x:g}", y=f"{y + size:g}")
        )
        y += 1.4 * size
    return lines, y


def _fit_drawing(
    drawing: etree._Element, place: tuple[float, float], room: tuple[float, float], *, most_scale: float
) -> float:
    """Put a drawing in a place, as large as the room and the scale allow; return its height."""
    *_, width, height = map(float, drawing.get("viewBox", "").split())
    scale = min(room[0] / width, room[1] / height, most_scale)
    # Its height alone keeps it from being legible. What is too broad is drawn small, and whole.
    if scale < _LEAST_SCALE < room[0] / width:
        # What stands first is legible; the whole would not be.
        scale, height = _LEAST_SCALE, room[1] / _LEAST_SCALE
        drawing.set("viewBox", f"0 0 {width:g} {height:g}")
    numbers = {"x": place[0], "y": place[1], "width": width * scale, "height": height * scale}
    drawing.attrib.update({name: f"{number:g}" for name, number in numbers.items()})
    return height * scale


def _lay_key(figure: Figure, y: float, inside: float) -> tuple[list[etree._Element], float]:
    """Return the samples and meanings of a key in rows from a height on, and the height below them."""
    parts: list[etree._Element] = []
    x, step = 0.0, 1.6 * LETTERS
    for sample, text in figure.key:
        words, width = step + LETTERS / 2, measure_text(text, LETTERS)
        if x and x + words + width > inside:
            x, y = 0.0, y + step
        if sample is not None:
            _fit_drawing(sample, (MARGIN + x, y), (step, LETTERS), most_scale=1)
            parts.append(sample)
        parts += _write_lines("note", text, LETTERS, (MARGIN + x + words, y - LETTERS / 6), math.inf)[0]
        x += words + width + step
    return parts, y + step if figure.key else y
