"""A page that is what its portal shows for an unknown address leaves nothing behind, whichever came first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from archive.warc.entries import Role
from pipelines.response.unknown_page import unknown_page_url
from tests.archive.every_order import derive_nights
from tests.archive.evidence import PORTAL, Answer, page
from tests.archive.stating import StatingReader
from tests.e2e.content import rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.data_folder import DataDir

pytestmark = series

URL = "http://www.testville.example/nb/t1.html"
OTHER = "http://www.testville.example/nb/t2.html"
LIST = "http://www.testville.example/nb/"
TITLE = "试城市人民政府2024年政府信息公开工作年度报告"
REPORT = page(TITLE, "一、总体情况", "全年公开信息120条。")
FRAME = "<html><head><title>试城市门户网站</title></head><body><p>首页</p>{}<p>主办：试城市</p></body></html>"
SORRY = FRAME.format("<p>您要看的内容现在没有，请看看别的</p>").encode()
ECHOING = FRAME.format("<p>{} 没有内容</p>")


def probe(body: bytes, number: int, **more: object) -> Answer:
    url = unknown_page_url(str(PORTAL["home_url"]), f"run-{number}")
    return replace(Answer(url, body, role=Role.PROBE), **more)  # type: ignore[arg-type]  # fields of Answer


def outcomes(data: DataDir, url: str = URL) -> list[str]:
    sql = "SELECT outcome FROM captures WHERE url = ? ORDER BY fetched_at"
    return [row[0] for row in rows(data.corpus_db, sql, url)]


def derived(root: Path, nights: Sequence[Sequence[Answer]], *, in_every_order: bool = SOAK) -> DataDir:
    return derive_nights(root, nights, StatingReader(), in_every_order=in_every_order)


ORIGINALS = {
    "before the page": lambda n: [probe(SORRY, n), Answer(URL, SORRY)],
    "behind the page": lambda n: [Answer(URL, SORRY), probe(SORRY, n)],
    "with the address in it": lambda n: [
        probe(ECHOING.format("/gongkai-unknown-page-run-1.html").encode(), n),
        Answer(URL, ECHOING.format("/nb/t1.html").encode()),
    ],
    "with status 404": lambda n: [probe(SORRY, n, status=404), Answer(URL, SORRY)],
    "as a list": lambda n: [probe(SORRY, n), Answer(URL, SORRY), Answer(LIST, SORRY, role=Role.LIST)],
}


@pytest.mark.parametrize("case", ORIGINALS)
def test_a_page_that_is_the_unknown_one_is_no_document(tmp_path: Path, case: str) -> None:
    data = derived(tmp_path, [ORIGINALS[case](1)])
    assert outcomes(data) == ["soft_404"]
    assert outcomes(data, LIST) in ([], ["soft_404"])
    assert rows(data.corpus_db, "SELECT count(*) FROM documents UNION ALL SELECT count(*) FROM versions") == [
        (0,),
        (0,),
    ]


def test_a_further_page_that_is_the_front_page_is_none(tmp_path: Path) -> None:
    front = Answer(str(PORTAL["home_url"]), SORRY, role=Role.PROBE)
    data = derived(tmp_path, [[front, Answer(URL, SORRY + b" ", role=Role.PART)]])
    assert outcomes(data) == ["soft_404"]


def test_an_error_page_is_never_a_new_version(tmp_path: Path) -> None:
    nights = [
        [probe(SORRY, 1), Answer(URL, REPORT), Answer(LIST, b"<p>list</p>" * 90, role=Role.LIST)],
        [probe(SORRY, 2), Answer(URL, SORRY)],
        [Answer(URL, SORRY), probe(SORRY, 3)],
        [probe(SORRY, 4), Answer(URL, REPORT), Answer(OTHER, SORRY)],
    ]
    data = derived(tmp_path, nights)
    assert outcomes(data) == ["ok", "soft_404", "soft_404", "not_modified"]
    assert rows(data.corpus_db, "SELECT count(*) FROM versions") == [(1,)]
    assert rows(data.corpus_db, "SELECT url FROM documents") == [(URL,)]


def test_a_page_is_judged_by_its_own_portal_and_run_only(tmp_path: Path) -> None:
    nights = [[Answer(URL, SORRY)], [probe(SORRY, 2), Answer(OTHER, REPORT)]]
    data = derived(tmp_path, nights)
    assert outcomes(data) == ["ok"]


def test_what_is_unchanged_since_it_was_an_error_page_is_one(tmp_path: Path) -> None:
    nights = [
        [probe(SORRY, 1), Answer(OTHER, REPORT)],
        [probe(SORRY, 2), Answer(URL, SORRY)],
        [Answer(URL, b"", status=304)],
    ]
    data = derived(tmp_path, nights, in_every_order=True)
    assert outcomes(data) == ["soft_404", "soft_404"]
    assert rows(data.corpus_db, "SELECT url FROM documents") == [(OTHER,)]


SILENT = {
    "blank": b"",
    "a shell": b"<html><body><div id=app></div></body></html>",
    "a block page": FRAME.format("<p>您的访问请求已被拦截</p>").encode(),
}


@pytest.mark.parametrize("case", SILENT)
def test_an_unknown_page_that_tells_nothing_judges_nothing(tmp_path: Path, case: str) -> None:
    data = derived(tmp_path, [[probe(SILENT[case], 1), Answer(URL, REPORT), Answer(OTHER, SORRY)]])
    assert outcomes(data) == outcomes(data, OTHER) == ["ok"]


def test_a_genuine_page_of_the_same_frame_is_a_document(tmp_path: Path) -> None:
    article = FRAME.format("<h1>关于放假的通知</h1><p>2026-01-20</p><p>按惯例放假。</p>").encode()
    data = derived(tmp_path, [[probe(SORRY, 1), Answer(URL, article)]])
    assert outcomes(data) == ["ok"]
    assert rows(data.corpus_db, "SELECT url FROM documents") == [(URL,)]
