"""Search as a reader does it: over HTTP, in the published copy, exact from one character on."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.e2e.asking import site_of
from tests.e2e.content import rows

if TYPE_CHECKING:
    from tests.e2e.conftest import DemoNights

QUERIES = ["公", "公开", "复议", "〔2018〕77号", "２０１９ 年", "行政复议 诉讼", "不存在的词语"]


def _search_form(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


@pytest.mark.parametrize("query", QUERIES)
def test_search_finds_exactly_what_a_substring_scan_finds(demo_nights: DemoNights, query: str) -> None:
    words = [_search_form(word) for word in query.split()]
    scanned = {
        section
        for section, text in rows(demo_nights.data.public_db, "SELECT id, text FROM sections")
        if all(word in _search_form(str(text)) for word in words)
    }
    answer = site_of(demo_nights.data).get(
        "/gongkai/sections.json", _search=query, _size="max", _shape="objects"
    )
    assert answer.status_code == 200
    assert {row["id"] for row in answer.json()["rows"]} == scanned
    assert answer.json()["filtered_table_rows_count"] == len(scanned)


def test_documents_of_all_three_governments_are_there(demo_nights: DemoNights) -> None:
    answer = site_of(demo_nights.data).get("/gongkai/documents.json", _facet="issuer", _shape="objects")
    found = {facet["value"] for facet in answer.json()["facet_results"]["issuer"]["results"]}
    assert {"云泽市人民政府", "临岚县人民政府", "北滩新区管理委员会"} <= found
