"""Each dialect is a folder: the page as found and what must be read from it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.families import FAMILIES
from crawler.families.html_list import read_list
from tests.crawler.list_cases import first_page

FIXTURES = Path(__file__).parent / "fixtures" / "static_list"
FOLDERS = sorted(path for path in FIXTURES.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_page_is_read_as_expected(folder: Path) -> None:
    text = (folder / "input.html").read_text(encoding="utf-8")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    page = read_list(text, first_page(expected["url"]))
    read = json.loads(json.dumps(msgspec.to_builtins(page)))
    for name in ("is_shell", "is_empty", "unreadable", "parts"):
        assert not read.pop(name)
    read["next_pages"] = [request.url for request in page.next_pages]
    read["links"] = [[link["url"], link["title"], link["date"]] for link in read["links"]]
    assert read | {"url": expected["url"]} == expected


def test_every_family_reads_an_empty_page() -> None:
    for family in FAMILIES.values():
        at = first_page("https://www.hexi.gov.cn/", family.preset)
        assert family.read("", at).links == ()


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet="<>/\"'=();\\ \n-!aliscriptcreatePageHTML0123,共条页", max_size=300))
def test_any_text_gives_a_page(text: str) -> None:
    page = read_list(f"<script>{text}</script>{text}", first_page("https://www.hexi.gov.cn/nb/"))
    assert all(link.url.startswith("http") for link in page.links)


def test_links_are_followed_where_the_paging_call_leads_nowhere() -> None:
    rows = "".join(
        f'<li><a href="202401/t2024010{day}_{day}.html">关于公开工作的通知之{day}</a>2024-01-0{day}</li>'
        for day in range(1, 7)
    )
    paging = '<script>createPageHTML({}, 0, "index", "html");</script><a href="index_1.html">下一页</a>'
    at = first_page("https://www.hexi.gov.cn/nb/")
    for pages in (1, 3):
        page = read_list(f"<ul>{rows}</ul>{paging.format(pages)}", at)
        assert [each.url for each in page.next_pages] == [
            f"https://www.hexi.gov.cn/nb/index_{number}.html" for number in range(1, max(pages, 2))
        ]


def test_rows_that_a_script_assigns_take_time_in_proportion() -> None:
    rows = "".join(f'curTitle="{number}";curHref="/{number}.html";' for number in range(500))
    began = time.process_time()
    page = read_list(
        f"<table><tr><td>{'<b>x</b>' * 10_000}<script>{rows}</script></table>",
        first_page("https://www.hexi.gov.cn/nb/"),
    )
    assert len(page.links) == 500
    assert time.process_time() - began < 4
