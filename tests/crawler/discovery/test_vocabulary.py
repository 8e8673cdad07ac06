"""What columns, reports and articles are called."""

from __future__ import annotations

import pytest

from crawler.discovery.column_words import (
    column_of_article,
    is_article_address,
    is_report_title,
    may_be_report_title,
    score_folder,
    score_name,
)
from crawler.discovery.page_links import DISCOVERY

REPORT_COLUMNS = (
    "政府信息公开年报",
    "信息公开年报",
    "公开年报",
    "年度报告",
    "年报",
    "政府信息公开工作年度报告",
    "政府信息公开年度报告",
    "信阳市政府信息公开年报",
    "市政府信息公开年报",
    "市财政局政府信息公开年报",
    "政务公开年报",
    "历年年报",
    "部门年报",
    "2024年政府信息公开年报",
    "政府信息公开工作年报",
)
NO_REPORT_COLUMNS = (
    "政府网站工作年度报表",
    "政府网站监管年度报表",
    "网站年报",
    "法治政府建设年度报告",
    "政府工作报告",
    "部门决算",
    "统计年报",
    "统计年鉴",
    "企业年报",
    "企业年报公示系统",
    "社会组织年报",
    "事业单位法人年度报告",
    "财政预决算报告",
    "环境质量年报",
    "行政执法统计年报",
    "国有资产管理情况年度报告",
    "高校信息公开年度报告",
    "政府信息公开指南",
    "政府信息公开制度",
    "要闻动态",
    "政策解读",
)
POLICY_COLUMNS = (
    "政策文件",
    "规范性文件",
    "行政规范性文件",
    "行政规范性文件库",
    "政府文件",
    "市政府文件",
    "县政府办公室文件",
    "政府规章",
    "规章",
    "政策文件库",
    "部门文件",
    "其他文件",
    "政策法规",
    "国务院文件",
    "政策",
)
NO_POLICY_COLUMNS = (
    "政策解读",
    "政策图解",
    "文件解读",
    "政策问答",
    "意见征集",
    "规范性文件征求意见",
    "惠企政策",
    "要闻动态",
    "通知公告",
    "采购文件",
)
ENTRIES = (
    "政府信息公开",
    "信息公开专栏",
    "政府信息公开平台",
    "政务公开",
    "信息公开目录",
    "市政府信息公开",
    "法定主动公开内容",
)
NO_ENTRIES = ("重点领域信息公开", "依申请公开", "公共企事业单位信息公开", "市长信箱", "首页")


@pytest.mark.parametrize("name", REPORT_COLUMNS)
def test_a_column_of_reports_is_told_by_its_name(name: str) -> None:
    assert score_name("annual_report", name) >= DISCOVERY.least_score


@pytest.mark.parametrize("name", NO_REPORT_COLUMNS)
def test_a_false_friend_is_no_column_of_reports(name: str) -> None:
    assert score_name("annual_report", name) < DISCOVERY.least_score


@pytest.mark.parametrize("name", POLICY_COLUMNS)
def test_a_column_of_policies_is_told_by_its_name(name: str) -> None:
    assert score_name("policy", name) >= DISCOVERY.least_score


@pytest.mark.parametrize("name", NO_POLICY_COLUMNS)
def test_a_false_friend_is_no_column_of_policies(name: str) -> None:
    assert score_name("policy", name) < DISCOVERY.least_score


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_is_told_by_its_name(name: str) -> None:
    assert score_name("entry", name) >= DISCOVERY.least_score


@pytest.mark.parametrize("name", NO_ENTRIES)
def test_what_leads_elsewhere_is_no_entry(name: str) -> None:
    assert score_name("entry", name) < DISCOVERY.least_score


@pytest.mark.parametrize(
    "path",
    [
        "/zfxxgk/zfxxgknb/",
        "/zfxxgk/zfxxgknb/2018n/",
        "/zfb/gknb/",
        "/xxgk/gknb/xzbm/",
        "/zwgk/zfxxgknb/jbbmnb/",
        "/a/zfxxgkndbg/index.html",
        "/module/xxgk/xxgkAnnualReport.jsp?fbtime=2017",
        "/cnsq/gknb/xxgknb2019_list.shtml",
        "/csrc/c100028/common_zfxxgknb.shtml",
        "/xxgk-xxgknb",
        "/zfxxgk/zfxxgknb_85946/",
        "/xxgk/xxgk/nianbao/jiguan/",
        "/zfxxgk/zfxxgknb.htm",
        "/xinyuan/xxgknb2024n/zfxxgk_gknbz.shtml",
        "/gk/zfxxgk/zfxxgkgznb/index.html",
        "/zwgk/zfxxgk/szfxxgkndbg/",
        "/zfxxgkml/zfxxgkndbg/",
        "/zwgk_918/xxgknb/",
        "/gkmlpt/annualreport#2629",
        "/xxgk/ndbg/",
    ],
)
def test_a_folder_of_reports_is_told_by_its_name(path: str) -> None:
    assert score_folder("annual_report", f"https://www.hexi.gov.cn{path}")[0] >= DISCOVERY.least_score


@pytest.mark.parametrize(
    "path",
    [
        "/zwgk/gzbg/",
        "/zwgk/zfgzbg/",
        "/zwgk/wzgznb/",
        "/zwgk/fzzfjsndbg/",
        "/sj/tjnj/",
        "/zfxxgk/zfxxgkzn/",
        "/",
    ],
)
def test_a_folder_of_other_things_is_none_of_reports(path: str) -> None:
    assert score_folder("annual_report", f"https://www.hexi.gov.cn{path}")[0] < DISCOVERY.least_score


@pytest.mark.parametrize(
    "title",
    [
        "河西县人民政府2024年政府信息公开工作年度报告",
        "2019年河西县政府信息公开工作年度报告",
        "河西县财政局2020年度政府信息公开年报",
        "政府信息公开工作年度报告（2021年）",
        "关于2013年政府信息公开工作情况的报告",
    ],
)
def test_a_report_is_told_by_its_title(title: str) -> None:
    assert is_report_title(title)


@pytest.mark.parametrize(
    "title",
    [
        "河西县政府网站工作年度报表（2024年）",
        "河西县2024年法治政府建设年度报告",
        "2024年政府工作报告",
        "关于做好2024年政府信息公开工作年度报告编制工作的通知",
        "一图读懂河西县2024年政府信息公开工作年度报告",
        "河西县2024年政务公开工作要点",
        "河西县财政局2024年部门决算",
    ],
)
def test_what_only_looks_like_a_report_is_none(title: str) -> None:
    assert not may_be_report_title(title)


@pytest.mark.parametrize(
    "path",
    [
        "/xxgk/202303/t20230331_12345.html",
        "/art/2026/9/11/art_33718_11828204.html",
        "/zwgk/art/2026/art_0123456789abcdef0123456789abcdef.html",
        "/2019/03-11/2952532.html",
        "/zfb/gknb/201802/0123456789abcdef0123456789abcdef.shtml",
        "/zwgk/czxx/content/post_4858875.html",
        "/info/4806/183222.htm",
        "/c100028/c1234567/content.shtml",
        "/public/6638717/9702570.html",
        "/contents/44511/355522.html",
        "/zwgk/zfxxgknb/zfnb/content_199287",
        "/files/P020180608522414961797.pdf",
        "/1414/2026/1/2206879.html",
        "/D41X/4779287.jhtml",
    ],
)
def test_an_article_is_told_by_its_address(path: str) -> None:
    assert is_article_address(f"https://www.hexi.gov.cn{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/zfxxgk/zfxxgknb/",
        "/zfxxgk/zfxxgknb/2024/",
        "/zfxxgk/zfxxgknb/2024n/index.html",
        "/col/col33718/index.html",
        "/public/column/6638717?type=4&catId=9702570&action=list",
        "/gkmlpt/index#2629",
        "/c100028/common_zfxxgknb.shtml",
        "/zwgk/zfxxgknb.htm",
        "/channels/1319.html",
        "/index.php?m=content&c=index&a=lists&catid=119",
        "/gknb/202301/index.html",
    ],
)
def test_a_column_is_not_taken_for_an_article(path: str) -> None:
    assert not is_article_address(f"https://www.hexi.gov.cn{path}")


@pytest.mark.parametrize(
    ("article", "column"),
    [
        ("/zfxxgk/zfxxgknb/202503/t20250310_509788.html", "/zfxxgk/zfxxgknb/"),
        ("/art/2026/9/11/art_33718_11828204.html", "/col/col33718/index.html"),
        ("/zwgk/gknb/content/post_4858875.html", "/zwgk/gknb/index.html"),
        ("/2019/03-11/2952532.html", None),
    ],
)
def test_the_column_of_an_article_is_told_by_its_address(article: str, column: str | None) -> None:
    expected = column and f"https://www.hexi.gov.cn{column}"
    assert column_of_article(f"https://www.hexi.gov.cn{article}") == expected
