"""Two languages: chosen by the address, kept by a cookie, one table of strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment
from markupsafe import Markup

from archive.site_files import site_folder
from gongkai.web.language import (
    Choice,
    NoSuchString,
    choose_language,
    fill_in,
    pick_half,
    say,
    site_strings,
    speaking_language,
    switch_url,
)
from gongkai.web.rendering.words import word
from gongkai.web.template_context import FILTERS

if TYPE_CHECKING:
    from tests.web.conftest import Site


@pytest.mark.parametrize(
    ("query", "cookies", "expected"),
    [
        (b"", "", Choice("zh", b"", is_new=False)),
        (b"lang=en", "", Choice("en", b"", is_new=True)),
        (b"", "theme=x; lang=en", Choice("en", b"", is_new=False)),
        (b"lang=zh", "lang=en", Choice("zh", b"", is_new=True)),
        (b"lang=fr", "lang=en", Choice("en", b"", is_new=False)),
        (b"slang=x", "", Choice("zh", b"slang=x", is_new=False)),
        (b"_search=%E5%85%AC&lang=en&a=", "", Choice("en", b"_search=%E5%85%AC&a=", is_new=True)),
        (b"b=%FF&lang=en", "", Choice("en", b"b=%FF", is_new=True)),
        (b"", 'lang="en', Choice("zh", b"", is_new=False)),
    ],
)
def test_the_address_chooses_and_the_cookie_keeps(query: bytes, cookies: str, expected: Choice) -> None:
    assert choose_language(query, cookies) == expected


def test_the_switch_keeps_the_address() -> None:
    assert (
        switch_url("/gongkai/sections", "_search=%E5%85%AC") == "/gongkai/sections?_search=%E5%85%AC&lang=en"
    )
    with speaking_language("en"):
        assert switch_url("/", "") == "/?lang=zh"


def test_a_text_of_two_halves_and_a_code_follow_the_language() -> None:
    assert (pick_half("文件 / Documents"), pick_half("文件"), word("live", "status")) == (
        "文件",
        "文件",
        "在线",
    )
    with speaking_language("en"):
        assert (pick_half("文件 / Documents"), pick_half("文件")) == ("Documents", "文件")
        assert word("live", "status") == "online"
        assert word("annual_report", "kind") == "annual report"


def test_values_are_escaped_and_counts_have_separators() -> None:
    assert fill_in(Markup("<b>{n}</b> {x}"), {"n": 12345, "x": "<i>"}) == "<b>12,345</b> &lt;i&gt;"
    with pytest.raises(NoSuchString):
        say("a.c")


def test_both_texts_of_every_string_take_the_same_values() -> None:
    for key, halves in site_strings().items():
        names = [set(re.findall(r"\{(\w+)", text)) for text in halves]
        assert names[0] == names[1], key


def test_every_string_is_in_the_table_and_every_one_is_used() -> None:
    folder = site_folder()
    sources = [*folder.glob("templates/**/*.html"), *(folder.parent / "gongkai" / "web").rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    asked = set(re.findall(r"""\b(?:t|say|tell)\(\s*["']([a-z_0-9]+\.[a-z_0-9]+)["']""", text))
    prefixes = set(re.findall(r"""\b(?:t|say|tell)\(\s*["']([a-z_0-9]+\.[a-z_0-9]*)["']\s*~""", text))
    prefixes |= set(re.findall(r"""\b(?:say|tell)\(f["']([a-z_0-9]+\.[a-z_0-9]*)\{""", text))
    table = set(site_strings())
    assert asked - table - prefixes == set()
    built = tuple(prefixes)
    assert {key for key in table if key not in text and not key.startswith(built)} == set()


def test_a_page_in_english_keeps_its_filters_and_says_so(site: Site) -> None:
    page = site.get("/gongkai/documents", lang="en", kind="annual_report")
    assert page.headers["set-cookie"].startswith("lang=en;")
    assert '<html lang="en">' in page.text
    assert "Repeated text" in page.text
    rows = site.get("/gongkai/documents", kind="annual_report").text
    assert re.findall("/gongkai/documents/[0-9a-f]+", page.text) == re.findall(
        "/gongkai/documents/[0-9a-f]+", rows
    )
    assert 'href="/gongkai/documents?kind=annual_report&amp;lang=zh"' in page.text


def test_a_word_that_stands_in_a_template_follows_the_reader() -> None:
    env = Environment(autoescape=True)
    env.filters.update(FILTERS)
    template = env.from_string('{{ "live"|word("status") }}')
    assert template.render() == "在线"
    with speaking_language("en"):
        assert template.render() == "online"


@pytest.mark.parametrize(("n", "written"), [(0, "0 reports"), (1, "1 report"), (1200, "1,200 reports")])
def test_a_word_agrees_with_its_number(n: int, written: str) -> None:
    assert fill_in("{n} {n:report|reports}", {"n": n}) == written
