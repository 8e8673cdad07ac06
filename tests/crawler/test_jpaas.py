"""jpaas units: each shape of their pages and answers is a folder; how a list goes on is a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from archive.frontier.targets import PageRequest
from crawler.families import FAMILIES
from crawler.families.base import PageAt
from tests.crawler.list_cases import folders, read_case

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("folder", folders("jpaas"), ids=lambda folder: folder.name)
def test_page_is_read_as_expected(folder: Path) -> None:
    read, expected = read_case("jpaas", folder)
    assert read == expected


UNIT = "https://www.linhe.gov.cn/api-gateway/jpaas-publish-server/front/page/build/unit?webId=1&pageId=9"
ROWS = "".join(f"<li><a href=/art/2026/{n}.html>临禾县第{n}号报告</a>2026-01-02</li>" for n in range(3))
ASKED = {
    "nothing": (None, {"pageNo": 2, "pageSize": 3}),
    "an empty text": ("", {"pageNo": 2, "pageSize": 3}),
    "null": ("null", {"pageNo": 2, "pageSize": 3}),
    "an empty list": ("[]", {"pageNo": 2, "pageSize": 3}),
    "a broken text": ('{"pageNo', {"pageNo": 2, "pageSize": 3}),
    "no page": ('{"kind": "nb"}', {"pageNo": 2, "pageSize": 3, "kind": "nb"}),
    "no size": ('{"pageNo": 2}', {"pageNo": 3}),
    "no page but a size": ('{"pageSize": "5"}', {"pageNo": 2, "pageSize": "5"}),
    "page 0, which is the first": ('{"pageNo": 0, "pageSize": 3}', {"pageNo": 2, "pageSize": 3}),
    "a page in digits": ('{"pageNo": "2", "pageSize": "3"}', {"pageNo": "3", "pageSize": "3"}),
}


@pytest.mark.parametrize(("stated", "following"), ASKED.values(), ids=ASKED)
def test_a_list_goes_on_whatever_its_first_page_was_asked_for_with(
    stated: str | None, following: dict[str, int | str]
) -> None:
    url = UNIT if stated is None else f"{UNIT}&paramJson={quote(stated)}"
    markup = f"<ul>{ROWS}</ul><div class=pagination rows=3 count=100></div>"
    at = PageAt(url, PageRequest(url, ajax=True), "https://www.linhe.gov.cn/col/col1/index.html", {})
    (followed,) = FAMILIES["jpaas"].read(json.dumps({"success": True, "data": markup}), at).next_pages
    assert json.loads(parse_qs(urlsplit(followed.url).query)["paramJson"][0]) == following
