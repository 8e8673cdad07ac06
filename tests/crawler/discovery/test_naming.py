"""Whose portal a page says it is."""

from __future__ import annotations

import pytest

from crawler.discovery.page_links import read_page
from crawler.discovery.portal_survey import identify_owner

URL = "https://www.hexi.gov.cn/"


def told(markup: str) -> tuple[str | None, str | None, str | None, str | None]:
    page = read_page(markup, URL)
    assert page is not None
    identity = identify_owner(page)
    return identity.name, identity.issuer, identity.region_code, identity.site_id_code


@pytest.mark.parametrize(
    ("markup", "issuer", "region"),
    [
        ('<meta name="SiteName" content="信阳市人民政府门户网站">', "信阳市人民政府", "411500"),
        ("<META CONTENT='丽水市政府门户网站' NAME='SITENAME'>", "丽水市人民政府", "331100"),
        ("<title>首页_新乡市人民政府</title>", "新乡市人民政府", "410700"),
        ("<title>新乡市财政局</title>", "新乡市财政局", "410700"),
        ("<title>政务公开 - 广东省人民政府门户网站</title>", "广东省人民政府", "440000"),
        (
            """<title>浉河区门户网站</title><meta name="SiteIDCode" content="4115020001">
            <p>主办：浉河区人民政府办公室</p>""",
            "信阳市浉河区人民政府",
            "411502",
        ),
        (
            '<meta name="SiteName" content="工业和信息化部"><meta name="SiteIDCode" content="bm07000001">',
            "工业和信息化部",
            "000000",
        ),
        ("<title>天气</title><p>今天晴</p>", None, None),
        ("<title>新乡市人民政府门户网站-图书馆-新乡市美术馆</title>", "新乡市人民政府", "410700"),
        ('<meta name="SiteName" content="新乡政府网_新乡市人民政府门户网站">', "新乡市人民政府", "410700"),
        ('<meta name="SiteName" content="郑州市政府网">', "郑州市人民政府", "410100"),
        ('<meta name="SiteName" content="中华人民共和国教育部政府门户网站">', "教育部", "000000"),
        ('<meta name="SiteName" content="国家民委门户网站">', "国家民族事务委员会", "000000"),
        ("<title>要闻_中央广播电视委员会办公室</title>", "中央广播电视委员会办公室", "000000"),
        (
            '<meta name="SiteName" content="河南省人民政府"><meta name="SiteIDCode" content="4500000001">',
            "河南省人民政府",
            "410000",
        ),
    ],
    ids=[
        "SiteName",
        "short government",
        "title",
        "department",
        "column and site",
        "host in the footer",
        "ministry",
        "nothing",
        "site before a column and a body in it",
        "two names of the site",
        "a place and its net",
        "ministry's government site",
        "short name in the roster",
        "central body that no roster has",
        "code copied from another province",
    ],
)
def test_the_body_and_its_region_are_told(markup: str, issuer: str | None, region: str | None) -> None:
    assert told(markup)[1:3] == (issuer, region)


@pytest.mark.parametrize(
    "markup",
    [
        '<meta name="SiteIDCode" content="4115000003">',
        "<meta content=4115000003  name=siteidcode>",
        "<div class=foot>网站标识码：4115000003</div>",
        "<p>网站标识码 4115000003 豫ICP备12345678号</p>",
    ],
    ids=["meta", "meta without quotes", "footer", "footer without a colon"],
)
def test_the_code_of_the_site_gives_the_region(markup: str) -> None:
    assert told(f"<title>某网</title>{markup}")[2:] == ("411500", "4115000003")


def test_a_code_that_contradicts_the_name_is_told() -> None:
    page = read_page('<title>新乡市人民政府</title><meta name="SiteIDCode" content="4115000003">', URL)
    assert page is not None
    assert any("4115000003" in remark for remark in identify_owner(page).unsure)


def test_a_body_that_only_the_foot_of_the_page_names_is_told() -> None:
    page = read_page("<title>某区门户</title><p>主办：浉河区人民政府办公室</p>", URL)
    assert page is not None
    identity = identify_owner(page)
    assert identity.issuer == "信阳市浉河区人民政府"
    assert any("主办：浉河区人民政府办公室" in remark for remark in identity.unsure)


def test_a_body_that_the_site_is_named_after_is_not_doubted() -> None:
    page = read_page('<meta name="SiteName" content="信阳市人民政府"><p>主办：信阳市人民政府办公室</p>', URL)
    assert page is not None
    assert identify_owner(page).unsure == ()
