"""Real pages, as saved: what is expected of each, by its manifest and by reading it, and what is found.

pytest -s tests/crawler/discovery/test_real_pages.py      prints the table
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from crawler.discovery.fingerprints import recognise
from tests.crawler.discovery.touring import find_columns

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Expected:
    """What a page is, and which columns it leads to.

    Attributes:
        file: below the folder of real material.
        url: where it was, as far as the page says.
        family: what it should be recognised as.
        reports: addresses of columns of annual reports, without the site; empty where the page leads to none.
        policies: whether it leads to columns of policies.
    """

    file: str
    url: str
    family: str
    reports: tuple[str, ...] = ()
    policies: bool = False


NFRA = "/cn/view/pages/zhengwuxinxi/zhengfuxinxi.html?signIndex=3"
PAGES = (
    Expected("pages/api_CQProvince_success.json", "http://www.cq.gov.cn/irs/front/list", "hycloud"),
    Expected(
        "pages/api_FJPronvince_success.json", "http://www.fujian.gov.cn/ssp/search/api/apiSearch", "trs_ssp"
    ),
    Expected("pages/api_GDProvince_success.json", "http://search.gd.gov.cn/api/search/all", "json_list"),
    Expected("pages/api_GWY_success.json", "http://sousuo.gov.cn/data", "govcn_library"),
    Expected(
        "pages/api_GXProvince_success.json", "http://www.gxzf.gov.cn/igs/front/search/list.html", "trs_igs"
    ),
    Expected("pages/api_GZProvince_success.json", "http://rst.guizhou.gov.cn/irs/front/search", "hycloud"),
    Expected(
        "pages/api_HBProvince_success.json", "http://www.hubei.gov.cn/igs/front/search/list.html", "trs_igs"
    ),
    Expected("pages/api_MGProvince_success.json", "http://www.nmg.gov.cn/nmsearch/search", "json_list"),
    Expected(
        "pages/api_SXProvinceL_success.json", "http://www.shaanxi.gov.cn/igs/front/search.jhtml", "trs_igs"
    ),
    Expected("pages/cde_news_page.html", "https://www.cde.org.cn/main/news/", "unknown"),
    Expected(
        "pages/cdzww_phpcms_index.html",
        "http://localhost/phpcms/",
        "html_list",
        ("/phpcms/index.php?m=content&c=index&a=lists&catid=119",),
        policies=True,
    ),
    Expected("pages/gd_finance_list.html", "http://www.gd.gov.cn/zwgk/czxx/", "gkmlpt"),
    Expected("pages/maoming_finance_list.html", "http://www.maoming.gov.cn/zwgk/zwzl/", "html_list"),
    Expected("pages/mof_page.html", "http://www.mof.gov.cn/zhuantihuigu/ysgkpt/", "unknown"),
    Expected(
        "pages/nfra_spa_merged_cells.html",
        "https://www.nfra.gov.cn/cn/a.html",
        "unknown",
        (NFRA,),
        policies=True,
    ),
    Expected(
        "pages/nfra_spa_page.html", "https://www.nfra.gov.cn/cn/b.html", "unknown", (NFRA,), policies=True
    ),
    Expected("pages/nmpa_datasearch_shell.html", "https://www.nmpa.gov.cn/datasearch/", "unknown"),
    Expected(
        "pages/pingtan_nianbao_list.txt",
        "https://www.pingtan.gov.cn/zwgk/zfxxgk/zfxxgknb/",
        "json_list",
        ("/zwgk/zfxxgk/zfxxgknb/",),
    ),
    Expected(
        "policy/lishui_2023_hanweb_article.html",
        "http://www.lishui.gov.cn/art/2023/10/23/art_1229283449_2493752.html",
        "jpage",
        policies=True,
    ),
    *(
        Expected(
            f"policy/govcn_{number}.html", f"http://www.gov.cn/zhengce/content/content_{number}.htm", "ucap"
        )
        for number in ("5345459", "5350427", "5351590", "5354222", "5365945")
    ),
)


def found_in(expected: Expected, folder: Path) -> tuple[str, tuple[str, ...], bool]:
    text = (folder / expected.file).read_text(encoding="utf-8", errors="replace")
    columns = [column for column in find_columns(text, expected.url) if column.kind != "entry"]
    site = "/".join(expected.url.split("/")[:3])
    reports = tuple(column.url.removeprefix(site) for column in columns if column.kind == "annual_report")
    return (
        recognise(text, expected.url)[0].family,
        reports,
        any(column.kind == "policy" for column in columns),
    )


def test_every_real_page_is_what_it_was_taken_for(shared_real: Path) -> None:
    lines, wrong = [], []
    for page in PAGES:
        found = found_in(page, shared_real)
        expected = (page.family, page.reports, page.policies)
        mark = "" if found == expected else "  <<<"
        lines.append(f"{page.file:45}  {told(*expected):45}  {told(*found)}{mark}")
        wrong += [page.file] if mark else []
    print("\n" + "\n".join((f"{'page':45}  {'expected':45}  found", *lines)))  # noqa: T201  # the table is the result
    assert wrong == []


def told(family: str, reports: tuple[str, ...], policies: bool) -> str:  # as the table has it
    return f"{family}, {len(reports)} of reports, policies: {'yes' if policies else 'no'}"


def test_no_real_page_is_left_out(shared_real: Path) -> None:
    real = {f"pages/{page.name}" for page in (shared_real / "pages").iterdir()}
    assert real <= {page.file for page in PAGES}


@pytest.mark.parametrize("number", ["5345639", "5351177", "5360002"])
def test_an_article_of_policy_is_no_column(number: str, shared_real: Path) -> None:
    text = (shared_real / f"policy/govcn_{number}.html").read_text("utf-8")
    assert find_columns(text, f"http://www.gov.cn/zhengce/content/content_{number}.htm") == ()
