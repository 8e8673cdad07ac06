"""Hanweb jpage: each shape of its pages and answers is a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.families import FAMILIES
from crawler.families.base import LISTS
from tests.crawler.list_cases import first_page, folders, read_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", folders("jpage"), ids=lambda folder: folder.name)
def test_page_is_read_as_expected(folder: Path) -> None:
    read, expected = read_case("jpage", folder)
    assert read == expected


@pytest.mark.parametrize(
    ("options", "word"), [({"method": "put"}, "method"), ({"method": "get"}, None), ({"unit": "33107"}, None)]
)
def test_fault_in_options_is_told(options: dict[str, str], word: str | None) -> None:
    family = FAMILIES["jpage"]
    said = family.fault({**family.preset, **options})
    assert (said is None) if word is None else (said is not None and word in said)


def test_list_that_does_not_say_how_long_it_is_is_asked_for_to_a_limit() -> None:
    page = """<div id="7"></div><script>$('#7').jpage({perPage:20, groupSize:3,
        proxyUrl:'/module/web/jpage/dataproxy.jsp', ajaxParam:{columnid:8801, unitid:'7'}});</script>"""
    read = FAMILIES["jpage"].read(page, first_page("http://www.shuanghe.gov.cn/col/col8801/index.html"))
    assert (len(read.next_pages), read.is_shell) == (LISTS.pages, True)
    assert "startrecord=1&endrecord=60&perpage=20" in read.next_pages[0].url
    assert "startrecord=61&endrecord=120&perpage=20" in read.next_pages[1].url


def test_no_number_in_the_settings_asks_for_more_than_the_limit() -> None:
    page = """<div id="7"></div><script>$('#7').jpage({totalRecord:999999999, perPage:1, groupSize:0,
        proxyUrl:'/dataproxy.jsp', ajaxParam:{columnid:8801, unitid:'7'}});</script>"""
    read = FAMILIES["jpage"].read(page, first_page("http://www.shuanghe.gov.cn/col/col8801/index.html"))
    assert len(read.next_pages) == LISTS.pages
