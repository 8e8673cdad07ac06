"""Real answers of policy interfaces: what is found on each, and where the list goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from crawler.families import FAMILIES
from crawler.families.base import PageAt
from tests.crawler.list_cases import first_page

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Real:
    """One answer, how it is read, and what it must yield."""

    file: str
    family: str
    url: str
    links: int
    total: int
    first: str
    following: str
    options: dict[str, str] = field(default_factory=dict)


def generic(**options: str) -> dict[str, str]:
    return {"link": "url", "title": "title", "page": "query:page", **options}


REAL = [
    Real(
        "CQProvince",
        "hycloud",
        "http://www.cq.gov.cn/irs/front/list",
        10,
        3800,
        "2014-09-30 00:00:00",
        '"pageNo":51',
        {"title": "f_202121500898", "body": '{"pageNo":50,"pageSize":10}'},
    ),
    Real(
        "FJPronvince",
        "trs_ssp",
        "https://www.fujian.gov.cn/ssp/search/api/apiSearch?page=2&datas=10",
        10,
        59,
        "2018.11.14 17:44:00",
        "page=3",
    ),
    Real(
        "GDProvince",
        "json_list",
        "https://search.gd.gov.cn/api/search/file?page=1",
        20,
        245264,
        "2021-11-12",
        "page=2",
        generic(items="data.list", date="pub_time", total="data.total", size="20"),
    ),
    Real(
        "GWY",
        "govcn_library",
        "https://sousuo.www.gov.cn/search-gov/data?t=zhengcelibrary_gw_bm&p=1&n=5",
        10,
        2229,
        "2019.11.26",
        "p=2",
    ),
    Real(
        "GXProvince",
        "trs_igs",
        "http://www.gxzf.gov.cn/igs/front/search/list.html?pageNumber=1",
        10,
        41049,
        "2021-11-23",
        "pageNumber=2",
    ),
    Real(
        "GZProvince",
        "hycloud",
        "https://www.guizhou.gov.cn/irs/front/search",
        10,
        10000,
        "2021-11-20 16:57:11",
        '"pageNo":2',
        {"body": '{"pageNo":1,"pageSize":10}'},
    ),
    Real(
        "HBProvince",
        "trs_igs",
        "http://www.hubei.gov.cn/igs/front/search/list.html?pageNumber=1",
        10,
        21131,
        "2021-11-19",
        "pageNumber=2",
    ),
    Real(
        "MGProvince",
        "json_list",
        "https://www.nmg.gov.cn/nmsearch/openSearch/getZcList?pageNum=26",
        15,
        82788,
        "2021-10-19 17:16:43",
        "pageNum=27",
        generic(
            items="data.data",
            link="docpuburl",
            date="docpubtime",
            total="data.total",
            size="data.pageSize",
            page="query:pageNum",
        ),
    ),
    Real(
        "SXProvinceL",
        "trs_igs",
        "http://www.shaanxi.gov.cn/igs/front/search/list.html?pageNumber=1",
        10,
        686,
        "2019-12-27",
        "pageNumber=2",
    ),
]


@pytest.mark.parametrize("real", REAL, ids=lambda real: real.file)
def test_real_answer_is_read(real: Real, shared_real: Path) -> None:
    text = (shared_real / "pages" / f"api_{real.file}_success.json").read_text(encoding="utf-8")
    family = FAMILIES[real.family]
    options = {**family.preset, **real.options}
    assert family.fault(options) is None
    page = family.read(text, PageAt(real.url, family.first_request(real.url, options), real.url, options))
    assert (len(page.links), page.declared_total, page.unreadable) == (real.links, real.total, None)
    assert page.links[0].date == real.first
    assert len({link.url for link in page.links}) == real.links
    assert all(len(link.title) > 4 and "<" not in link.title for link in page.links)
    (following,) = page.next_pages
    assert real.following in (following.body or following.url)


def test_every_real_answer_is_in_the_table(shared_real: Path) -> None:
    there = {path.stem for path in (shared_real / "pages").glob("api_*.json")}
    assert there == {f"api_{real.file}_success" for real in REAL}


@pytest.mark.parametrize(
    ("file", "family", "options", "said"),
    [
        ("CQProvince", "hycloud", {"body": '{"pageNo":1}'}, "error_answer: 系统错误, success false"),
        (
            "HNProvince",
            "json_list",
            generic(items="searchResultAll.fileList", total="searchResultAll.total"),
            "error_answer: 正常状态, status 1000",
        ),
    ],
    ids=["CQProvince", "HNProvince"],
)
def test_real_error_is_no_empty_list(
    file: str, family: str, options: dict[str, str], said: str, shared_real: Path
) -> None:
    text = (shared_real / "errors" / f"api_{file}_error.json").read_text(encoding="utf-8")
    url = "https://www.hexi.gov.cn/api"
    page = FAMILIES[family].read(text, first_page(url, {**FAMILIES[family].preset, **options}))
    assert (page.links, page.next_pages, page.is_empty, page.unreadable) == ((), (), False, said)
