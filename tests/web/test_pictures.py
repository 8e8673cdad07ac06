"""Figures of pages by themselves: what they show, without fonts, within bounds, for other sites."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest
import resvg_py
from lxml import etree
from msgspec.structs import replace
from PIL import ImageFont

from archive.site_files import site_folder
from gongkai.serving import datasette_app
from gongkai.web.language import site_strings
from gongkai.web.pages.picture_routes import (
    CARD,
    compose_card,
    compose_picture,
    find_figure,
    read_card,
)
from gongkai.web.reading import SingleChild, TooMany
from gongkai.web.rendering import drawings
from gongkai.web.rendering.drawings import draw_png, measure_text
from gongkai.web.server.served import served_database
from gongkai.web.thresholds import PICTURES
from tests.web.conftest import Site

if TYPE_CHECKING:
    from archive.data_folder import DataDir

FONT = str(site_folder() / "fonts" / "gongkai-sans.otf")
PICTURED = ("/-/changes", "/-/copied")
SVG = "{http://www.w3.org/2000/svg}"


def figures(page: str) -> list[lxml.html.HtmlElement]:
    return list(lxml.html.document_fromstring(page).iterfind(".//figure[@class='picture']"))


@pytest.mark.parametrize("path", PICTURED)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_picture_shows_what_its_page_shows(site: Site, path: str, language: str) -> None:
    page = site.get(path + ("&" if "?" in path else "?") + f"lang={language}").text
    for figure in figures(page):
        svg_link, png_link, embed_link = (link.get("href") for link in figure.findall("p[@class='source']/a"))
        answer = site.get(svg_link)
        assert answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
        picture = etree.fromstring(answer.content)
        finding = " ".join(figure.find("figcaption/strong").text_content().split())
        assert picture.findtext(SVG + "title") == finding
        drawn = [text for element in picture.iter(SVG + "text") for text in element.itertext()]
        assert "".join(drawn).replace(" ", "").startswith(finding.replace(" ", ""))
        assert set(figure.find("svg").itertext()) - {"\n"} <= {*drawn, *picture.itertext()}
        assert "var(" not in answer.text
        assert not picture.findall(f".//{SVG}a")
        assert figure.find("figcaption/strong").text_content().split()[0] in site.get(embed_link).text
        assert site.get(png_link).content.startswith(b"\x89PNG")


def test_there_are_pictures(bodies_site: Site, site: Site) -> None:
    assert all(figures(site.get(path).text) for path in ("/-/changes", "/-/copied"))
    assert figures(bodies_site.get("/").text)


def test_every_page_has_a_card_and_says_what_it_is(site: Site) -> None:
    for path in ("/", "/-/changes", "/-/about", "/gongkai/documents"):
        head = lxml.html.document_fromstring(site.get(path + "?lang=en").text).find("head")
        said = {
            meta.get("property") or meta.get("name"): meta.get("content") for meta in head.iterfind("meta")
        }
        assert said["og:title"]
        assert said["og:description"] == said["description"] != ""
        assert "og:url" not in said  # nobody said where the site stands
        card = site.get(said["og:image"])
        assert card.headers["content-type"] == "image/png"
        assert read_size(card.content) == CARD


def test_addresses_are_absolute_where_the_operator_said_where_the_site_stands(swapped_data: DataDir) -> None:
    (swapped_data.root / "gongkai.yaml").write_text("site: https://open.example.org/\n", "utf-8")
    site = Site(swapped_data, datasette_app(swapped_data))
    page = site.get("/-/changes", year="2019").text
    assert (
        '<meta property="og:image" content="https://open.example.org/-/card/-/changes.png?lang=zh&amp;year=2019">'
        in page
    )
    assert (
        '<meta property="og:url" content="https://open.example.org/-/changes?year=2019&amp;lang=zh">' in page
    )
    picture = etree.fromstring(site.get("/-/chart/-/changes.svg").content)
    assert "https://open.example.org/-/changes" in "".join(picture.itertext())
    served_database(site.app).close()


@pytest.mark.parametrize(
    "path",
    [
        "/-/chart/-/chart/-/changes.svg",
        "/-/chart/-/nothing.svg",
        "/-/chart/-/about.svg",
        "/-/chart/-/changes.svg?figure=none",
        "/-/embed/-/export/checks.csv",
        "/-/card/-/feeds/checks.png",
        "/-/card/-/health.png",
        "/-/chart/robots.txt.svg",
    ],
)
def test_what_is_no_figure_is_not_found(site: Site, path: str) -> None:
    assert site.get(path).status_code == 404


def test_other_sites_may_frame_pictures_alone_and_no_cookie_goes_with_them(site: Site) -> None:
    policies = {}
    for path in ("/-/embed/-/changes", "/-/chart/-/changes.svg", "/-/card/-/changes.png", "/-/changes"):
        headers = site.get(path + "?lang=en").headers
        policies[path] = headers["content-security-policy"]
        is_page = path == "/-/changes"
        assert ("set-cookie" in headers) is ("x-frame-options" in headers) is is_page
        assert ("frame-ancestors 'none'" in policies[path]) is is_page
        assert "default-src 'none'" in policies[path]
    assert "style-src 'unsafe-inline'" in policies["/-/chart/-/changes.svg"]


def test_an_embedded_page_leads_to_the_site_in_a_window_of_its_own(site: Site) -> None:
    page = lxml.html.document_fromstring(site.get("/-/embed/-/changes").text)
    [link] = page.iterfind(".//a")
    assert (link.get("href"), link.get("target"), link.get("rel")) == ("/-/changes", "_blank", "noopener")


def test_the_font_has_every_character_of_the_site() -> None:
    font = ImageFont.truetype(FONT, 16)
    nothing = bytes(font.getmask("\U000f0000"))
    said = "".join(text for halves in site_strings().values() for text in halves)
    said += (site_folder() / "tiles.yaml").read_text("utf-8") + (site_folder() / "measures.yaml").read_text(
        "utf-8"
    )
    assert not [each for each in set(said) if not each.isspace() and bytes(font.getmask(each)) == nothing]


def test_no_text_is_wider_than_it_is_measured() -> None:
    font = ImageFont.truetype(FONT, 100)
    for text in (
        "不予公开率 2024 年 12.3%",
        "WWWMMM@@",
        "2,019 (n=17) — 100.0%",
        "新乡市人民政府",
        "Median of 5",
    ):
        assert font.getlength(text) <= measure_text(text, 100)


def test_characters_are_drawn_on_a_machine_without_fonts() -> None:
    def drawn(text: str) -> bytes:
        words = f'<text y="15" font-family="{drawings.FAMILY}">{text}</text>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">{words}</svg>'
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg, font_files=[FONT], sans_serif_family=drawings.FAMILY, skip_system_fonts=True
            )
        )

    assert len({drawn(""), drawn("公开"), drawn("县区")}) == 3


def read_size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_a_png_has_no_more_pixels_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" width="640" height="400"/>'
    assert read_size(draw_png(svg, 1280)) == (1280, 800)
    monkeypatch.setattr(drawings, "PICTURES", replace(PICTURES, most_pixels=64_000))
    assert read_size(draw_png(svg, 1280)) == (320, 200)


def test_where_many_wait_the_next_is_told_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    drawer = SingleChild(drawings.answer_drawing, drawings.LIMITS, PICTURES.waiting)

    async def draw(width: int) -> Any:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9"/>'
        with drawer.line.taken():
            return await drawer.ask(svg, width)

    async def ask() -> list[Any]:
        asked = [draw(9 + number) for number in range(PICTURES.waiting + 1)]
        return await asyncio.gather(*asked, return_exceptions=True)

    *drawn, refused = asyncio.run(ask())
    drawer.close()
    assert all(isinstance(each, bytes) for each in drawn)
    assert isinstance(refused, TooMany)
    monkeypatch.setattr(served_database(site.app).pictures.line, "_free", 0)
    answer = site.get("/-/chart/-/changes.png?busy=1")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, str(PICTURES.waiting))


def test_pictures_kept_are_bounded(site: Site) -> None:
    kept = served_database(site.app).copy.pictures
    assert kept._most == PICTURES.kept_bytes
    first, second = (site.get("/-/chart/-/changes.png").content for _ in range(2))
    assert first == second
    assert 0 < kept._weight <= PICTURES.kept_bytes
    assert read_size(first)[0] == 640 * PICTURES.scale


def test_a_card_of_many_words_stays_within_its_bounds() -> None:
    title, description = "长" * 200, "words of many " * 90
    page = f'''<html data-demo><head><meta property="og:title" content="{title}">
        <meta property="og:description" content="{description}"></head><body></body></html>'''
    assert find_figure(page, "", "/") is None
    card = etree.fromstring(compose_card(read_card(page, "https://example.org/" + "x" * 300)))
    for text in card.iter(SVG + "text"):
        assert 0 <= float(text.get("y", "")) <= CARD[1]
        assert (
            float(text.get("x", "")) + measure_text(text.text or "", float(text.get("font-size", "")))
            <= CARD[0]
        )
    assert re.search("示范数据", "".join(card.itertext()))


def test_a_figure_keeps_its_key_and_loses_its_links() -> None:
    page = """<figure class="picture" id="picture-a"><figcaption><strong>甲 &lt; 乙</strong>
        <span class="hint">注</span></figcaption>
        <svg viewBox="0 0 10 20"><a href="/x" aria-label="y"><rect class="tile"/></a></svg>
        <ul class="ramp"><li><svg viewBox="0 0 24 16"><rect class="tile"/></svg>
        1%–2%</li><li>无</li></ul></figure>"""
    figure = find_figure(page, "a", "/-/x")
    assert figure is not None
    assert (figure.title, figure.note, [text for _, text in figure.key]) == ("甲 < 乙", "注", ["1%–2%", "无"])
    picture = etree.fromstring(compose_picture(figure))
    assert [group.get("aria-label") for group in picture.iter(SVG + "g")] == ["y"]
    assert picture.findall(f"{SVG}svg[@viewBox='0 0 10 20']")
