"""Policy documents are told from notices by their titles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.column_words import DOCUMENT, NOTICE, POLICY, least_share, policy_weight
from crawler.discovery.judging import share_that_fits
from crawler.families.base import ListedLink

DOCUMENTS = [
    "河西县城镇燃气管理办法",
    "河西县城镇燃气管理办法（试行）",
    "《河西县城镇燃气管理办法》（2021年6月1日起施行）",
    "河西县人民政府关于促进养老服务发展的实施意见",
    "河西县人民政府关于印发“十四五”水利发展规划的通知",
    "河西县人民政府办公室转发县财政局预算绩效管理方案的通知",
    "河西县人民政府关于调整耕地占用税适用税额的通知（河西政〔2024〕5号）",
    "河西政办〔2023〕17号",
    "河西县人民政府令第31号",
    "限制使用农药名录（2017年农业部公告第2567号）",
    "河西县人民政府关于废止部分行政规范性文件的决定",
    "中华人民共和国预算法",
    "关于审理工伤保险行政案件若干问题的解释",
    "河西县2024年政务公开工作要点任务分解表",
]
NOTICES = [
    "关于做好2024年度秋粮收购工作的通知",
    "河西县人民政府关于实行交通管制的通告",
    "河西县水利局公告",
    "河西县人民政府办公室关于进一步加强…",
]
OTHERS = [
    "河西县2024年公开招聘教师面试公告",
    "关于李某等三人任职资格的公示",
    "河西县住房公积金管理办法（征求意见稿）",
    "关于公开征求《河西县燃气管理办法》意见的通知",
    "县长调研防汛工作",
    "河西县举办第三届书法展",
    "河西县开展燃气安全联合执法",
    "关于召开2024年信用培训班的通知",
    "对县政协第12号提案的答复",
    "一图读懂《河西县燃气管理办法》",
    "",
]


@pytest.mark.parametrize("title", DOCUMENTS)
def test_a_document_is_told_by_its_kind_or_its_number(title: str) -> None:
    assert policy_weight(title) == DOCUMENT


@pytest.mark.parametrize("title", NOTICES)
def test_a_notice_counts_half(title: str) -> None:
    assert policy_weight(title) == NOTICE


@pytest.mark.parametrize("title", OTHERS)
def test_what_is_neither_counts_nothing(title: str) -> None:
    assert policy_weight(title) == 0.0


def test_a_column_of_notices_is_no_list_of_policies() -> None:
    assert _share(NOTICES * 5) == 0.0
    assert _share([*OTHERS, *NOTICES, DOCUMENTS[0]]) < least_share()


def test_a_column_of_documents_may_hold_notices() -> None:
    assert _share([DOCUMENTS[0], DOCUMENTS[3], *NOTICES]) >= least_share()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(alphabet="河西县关于印发办法通知〔2024〕号…（）《》 ", max_size=40), max_size=12))
def test_any_titles_give_a_share(titles: list[str]) -> None:
    assert 0.0 <= _share(titles) <= 1.0


def _share(titles: list[str]) -> float:
    return share_that_fits(tuple(ListedLink("", title) for title in titles), POLICY)
