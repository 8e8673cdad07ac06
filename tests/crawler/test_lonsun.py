"""Lonsun labels: each shape of their pages and answers is a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.families import FAMILIES
from tests.crawler.list_cases import first_page, folders, read_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", folders("lonsun"), ids=lambda folder: folder.name)
def test_page_is_read_as_expected(folder: Path) -> None:
    read, expected = read_case("lonsun", folder)
    assert read == expected


def test_a_list_of_several_pages_is_not_empty_whatever_stands_beside_it() -> None:
    markup = "<body><div>暂无相关信息</div><div id=rows></div><p>共 {} 页</p></body>"
    at = first_page("http://www.hexi.gov.cn/content/column/123?pageIndex=1")
    read = FAMILIES["lonsun"].read
    assert [read(markup.format(pages), at).is_empty for pages in (0, 5)] == [True, False]
