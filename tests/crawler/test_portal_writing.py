"""A survey's proposal as a portal's YAML: what is kept, what is left out, and that the registry reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.portal_yaml import name_for, write_portal
from crawler.discovery.probe_crawl import Column, Proposal, Recognised
from crawler.families import FAMILIES
from crawler.families.base import ListedLink
from crawler.registry.loading import load_portal

TODAY = dt.date(2026, 3, 14)
HOME = "https://www.hexi.gov.cn/"
REPORTS = Column(
    f"{HOME}zwgk/nb/",
    "政府信息公开年报",
    "annual_report",
    0.9,
    ("the menu names it 年报",),
    "static_list",
    rows=(
        ListedLink(f"{HOME}zwgk/nb/t2.html", "河西县2025年政府信息公开工作年度报告", "2026-01-30"),
        ListedLink("https://gk.hexi.gov.cn/t1.html", "河西县2024年政府信息公开工作年度报告", "2025-01-29"),
    ),
)
FOUND = Proposal(
    HOME,
    "河西县人民政府",
    "河西县人民政府",
    "410000",
    "4100000001",
    Recognised("static_list", "createPageHTML(2, 0"),
    (REPORTS,),
    "ok",
    ("the year 2019 is not there",),
    9,
)


def proposal(*columns: Column, **more: object) -> Proposal:
    return Proposal(
        **{name: getattr(FOUND, name) for name in Proposal.__struct_fields__}
        | {"columns": columns or (REPORTS,)}
        | more
    )


def column(url: str = f"{HOME}zc/", **more: object) -> Column:
    fields = {name: getattr(REPORTS, name) for name in Column.__struct_fields__}
    return Column(**fields | {"url": url, "kind": "policy", "title": "政策文件"} | more)


def test_what_was_found_is_written_with_what_is_not_sure() -> None:
    written = write_portal(proposal(), "hexi", TODAY)
    assert written is not None
    assert (
        written.text
        == """\
# Written by gongkai on 2026-03-14; 9 pages were looked at.
# Not sure:
#   - the year 2019 is not there
# Look at the lists before you enable it; `verified: true` says that a person has.
id: hexi
name: 河西县人民政府
family: static_list
home_url: https://www.hexi.gov.cn/
region_code: "410000"
issuer: 河西县人民政府
lists:
  - url: https://www.hexi.gov.cn/zwgk/nb/
    kind: annual_report
    title: 政府信息公开年报
hosts: ["gk.hexi.gov.cn"]
enabled: false
verified: false
expected:
  min_documents: 2  # so many were seen on the first pages
  newest_year: 2025
evidence:
  - "static_list: createPageHTML(2, 0, 2026-03-14"
  - "政府信息公开年报: the menu names it 年报, the newest 河西县2025年政府信息公开工作年度报告, 2026-03-14"
"""
    )
    assert (written.portal.id, written.portal.enabled, written.left_out) == ("hexi", False, ())


def test_only_a_person_enables_and_verifies() -> None:
    written = write_portal(proposal(), "hexi", TODAY, confirmed=True)
    assert written is not None
    assert (written.portal.enabled, written.portal.verified) == (True, True)


@pytest.mark.parametrize(
    ("columns", "kept", "why"),
    [
        pytest.param((REPORTS, column(family=None)), 1, "not recognised", id="read by nobody knows what"),
        pytest.param((REPORTS, column(family="jpagee")), 1, "not recognised", id="an unknown family"),
        pytest.param((REPORTS, column(rows=())), 1, "showed no rows", id="without rows"),
        pytest.param((REPORTS, column(f"{HOME}2019/", kind="annual_report", rows=())), 2, "", id="a part"),
        pytest.param((REPORTS, column(REPORTS.url)), 1, "there twice", id="the same address"),
        pytest.param((REPORTS, column("http://10.0.0.8/")), 1, "private address", id="a private address"),
        pytest.param((REPORTS, column("http://a:b@hexi.gov.cn/")), 1, "user name", id="a user name"),
        pytest.param((REPORTS, column("javascript:a()")), 1, "is no address", id="a script"),
        pytest.param((REPORTS, column(options={"no": "such"})), 1, "no option", id="unknown options"),
        pytest.param((REPORTS, column(options={"a": "b\nc"})), 1, "line breaks", id="an option in two lines"),
        pytest.param((REPORTS, column(kind="news")), 1, "kind", id="an unknown kind"),
        pytest.param((column(rows=()),), 0, "", id="nothing with rows"),
        pytest.param((), 1, "", id="the reports alone"),
    ],
)
def test_a_column_that_cannot_be_walked_is_left_out_and_said(
    columns: tuple[Column, ...], kept: int, why: str
) -> None:
    written = write_portal(proposal(*columns), "hexi", TODAY)
    if not kept:
        assert written is None
        return
    assert written is not None
    assert len(written.portal.lists) == kept
    assert [reason for _, reason in written.left_out if why in reason] == [r for _, r in written.left_out]
    assert bool(written.left_out) == bool(why)
    if why:
        assert "#   - 政策文件 (" in written.text


def test_rows_elsewhere_are_said_and_are_no_hosts() -> None:
    rows = tuple(ListedLink(url, "报告") for url in ("https://copy.example.com/a", "http://[::1", "x:y"))
    written = write_portal(proposal(column(rows=(*REPORTS.rows, *rows))), "hexi", TODAY)
    assert written is not None
    assert written.portal.hosts == ("gk.hexi.gov.cn",)
    assert "#   - 3 of the rows lead to other sites" in written.text


@pytest.mark.parametrize(
    ("home_url", "taken", "name"),
    [
        pytest.param("https://www.xinyang.gov.cn/", (), "xinyang", id="a city"),
        pytest.param("https://xinyang.gov.cn/", ("xinyang", "xinyang-2"), "xinyang-3", id="taken"),
        pytest.param("http://rsj.xinyang.gov.cn/a", (), "xinyang-rsj", id="a department"),
        pytest.param("https://www.gov.cn/", (), "gov", id="the State Council"),
        pytest.param("http://122.137.242.24:8080/pub", (), "122-137-242-24-8080", id="an address of numbers"),
        pytest.param("http://政务.cn/", (), "xn-zfr164b", id="Chinese letters"),
    ],
)
def test_the_name_comes_from_the_host(home_url: str, taken: tuple[str, ...], name: str) -> None:
    assert name_for(home_url, taken) == name


WORDS = st.text(max_size=12) | st.sampled_from(
    (
        "年报",
        "a: b",
        "- x",
        "# y",
        '"',
        "'",
        "|",
        ">",
        "{a}",
        "[b]",
        "*c",
        "&d",
        "!e",
        "%f",
        "@g",
        "null",
        "\u2028",
        "\ud800",
    )
)
URLS = WORDS | st.sampled_from(
    (
        HOME,
        f"{HOME}nb/#a",
        "http://gk.hexi.gov.cn:8080/?a=b&c= d",
        "http://a b.hexi.gov.cn/",
        "http://[::1",
        "http://é.cn/",
    )
)
ROWS = st.lists(st.builds(ListedLink, URLS, WORDS, st.none() | WORDS), max_size=3).map(tuple)
COLUMNS = st.builds(
    Column,
    url=URLS,
    title=WORDS,
    kind=st.sampled_from(("annual_report", "policy", "policy", "?")),
    score=st.floats(0, 1),
    why=st.lists(WORDS, max_size=2).map(tuple),
    family=st.none() | st.sampled_from(sorted(FAMILIES)) | st.just("static_list"),
    options=st.dictionaries(WORDS, WORDS, max_size=2) | st.just({}),
    rows=ROWS,
    declared=st.none() | st.integers(0, 9),
)
PROPOSALS = st.builds(
    Proposal,
    home_url=st.just(HOME) | URLS.filter(lambda url: "hexi" in url and " " not in url),
    name=st.none() | WORDS,
    issuer=st.none() | WORDS,
    region_code=st.none() | WORDS | st.just("410000"),
    site_id_code=st.none(),
    family=st.builds(Recognised, WORDS, WORDS),
    columns=st.lists(COLUMNS | st.just(REPORTS), max_size=4).map(tuple),
    outcome=st.just("ok"),
    unsure=st.lists(WORDS, max_size=2).map(tuple),
    requests=st.integers(1, 40),
)


@settings(max_examples=80)
@given(PROPOSALS)
def test_whatever_was_found_the_registry_reads_what_is_written(found: Proposal) -> None:
    written = write_portal(found, "hexi", TODAY)
    if written is None:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "hexi.yaml"
        path.write_text(written.text, "utf-8")
        portal = load_portal(path)
    assert portal == written.portal
    assert {each.url for each in portal.lists} <= {column.url for column in found.columns}
    assert len(portal.lists) + len(written.left_out) == len(found.columns)
    assert not portal.enabled
