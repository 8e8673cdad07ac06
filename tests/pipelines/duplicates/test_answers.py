"""Which items of a plan a report speaks of."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipelines.duplicates import plan_matching
from pipelines.duplicates.left_out import (
    is_in_every_report,
    is_preamble,
    particular_words,
    share_of_particulars,
    title_characters,
)
from pipelines.duplicates.overlap import RUN
from pipelines.duplicates.plan_matching import (
    Answer,
    find_items,
    match_items,
    quoted_stretches,
    read_plan,
    read_report,
    read_shingles,
)
from pipelines.text.outline import Passage, split_passages

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_answers(report: Sequence[Passage], plan: Sequence[Passage]) -> tuple[Answer, ...]:
    return match_items(read_report(report), read_plan(plan))


PLAN = """试省2031年信息公开工作要点

一、抓重点，深化领域公开
1. 推进粮食储备信息公开
省粮食部门每季度公布一次库存数量和轮换结果，市县照此办理。
2. 细化水利投资信息公开
逐项列出水库加固工程的投资来源、完工比例和验收结论，不得笼统合并。
3. 继续做好乡村道路养护、渡口改造、农村公交等领域信息公开
养护里程按乡镇列出。
二、提能力，夯实基础
4. 推进新型媒体账号清理整合
半年没有更新的账号一律关停，关停名单向社会公布。
5. 强化组织领导
每年召开一次会议。
"""


def passages_of(text: str) -> tuple[Passage, ...]:
    return split_passages(text)[0]


def answered(report: str, plan: str = PLAN) -> list[tuple[str, str, float, str]]:
    """Return of each answer the heading in the report, the item's title, the score and the way."""
    spoken, asked = passages_of(report), passages_of(plan)
    return [
        (spoken[it.passage].heading_path[-1], asked[it.item].heading_path[-1], round(it.score, 2), it.how)
        for it in find_answers(spoken, asked)
    ]


ITEMS = {
    "the level at which the outline ends": (PLAN, ["1.", "2.", "3.", "4.", "5."]),
    "divisions without a third level among others that have one": (
        "一、甲\n（一）清理证明\n1. 列出清单\n列出。\n2. 公布清单\n公布。\n（二）开放大厅\n开放。\n",
        ["1.", "2.", "（二）"],
    ),
    "no preamble, no closing division": (
        "一、总体要求\n以民为本。\n二、重点任务\n（一）公开粮价\n每周。\n（二）公开水价\n每月。\n三、保障措施\n略。\n",
        ["（一）", "（二）"],
    ),
    "the first level where there is no other": (
        "一、公开粮价\n每周。\n二、公开水价\n每月。\n三、公开气价\n每年。\n",
        ["一、", "二、", "三、"],
    ),
    "no articles": (
        "第一条　为了公开，制定本办法。\n第二条　本办法适用于本省。\n第三条　自公布之日起施行。\n",
        [],
    ),
    "no text without numbers": ("关于做好工作的通知\n各单位要认真抓好落实。\n", []),
    "nothing at all": ("", []),
}


def test_a_long_plan_is_not_looked_for_in_a_long_report(monkeypatch: pytest.MonkeyPatch) -> None:
    report, plan = passages_of(PLAN), passages_of(PLAN)
    pairs = len(find_items(plan)) * len(report)
    for most, answers in ((pairs, 5), (pairs - 1, 0)):
        monkeypatch.setattr(plan_matching, "MATCHING", replace(plan_matching.MATCHING, most_pairs=most))
        assert len(find_answers(report, plan)) == answers


@pytest.mark.parametrize("case", ITEMS)
def test_the_items_of_a_plan(case: str) -> None:
    text, wanted = ITEMS[case]
    passages = passages_of(text)
    found = [passages[item].heading_path[-1] for item in find_items(passages)]
    assert [title[: len(start)] for title, start in zip(found, wanted, strict=True)] == wanted


ONE_TO_ONE = """一、总体情况
（一）重点领域
1、推进粮食储备信息公开
全年四次。
2、细化水利投资信息公开
列出十二项。
3、继续做好农村公交领域信息公开
无。
（二）队伍
1、推进新型媒体账号清理整合
关停九个。
2、强化组织领导
开会一次。
3、加强相关基础工作
整理档案。
"""


def test_items_are_answered_one_to_one_and_in_order() -> None:
    assert [(heading[0], item[0], score, how) for heading, item, score, how in answered(ONE_TO_ONE)] == [
        ("1", "1", 1.0, "heading"),
        ("2", "2", 1.0, "heading"),
        ("3", "3", 1.0, "heading"),
        ("1", "4", 1.0, "heading"),
        ("2", "5", 1.0, "heading"),
    ]


def test_of_a_body_that_is_printed_again_the_first_printing_answers() -> None:
    body = ONE_TO_ONE.partition("\n")[2]
    again = passages_of(f"一、总体情况\n{body}{body}{body}")
    assert find_answers(again, passages_of(PLAN)) == find_answers(passages_of(ONE_TO_ONE), passages_of(PLAN))


HEADINGS = {
    # a heading of a report: the item that it answers alone, by its number, and the score
    "the same": ("1、推进粮食储备信息公开\n", "1", 1.0),
    "other numerals and level": ("（三）推进粮食储备信息公开\n", "1", 1.0),
    "run in": ("(一) 推进粮食储备信息公开。全年公布四次，轮换三批。\n", "1", 1.0),
    "brackets, quotes, marks and spaces": ("## **1. 推进“粮食储备” 信息（公开）**\n", "1", 1.0),
    "full width": ("１．推进粮食储备信息公开\n", "1", 1.0),
    "another verb of one character": ("1、推动粮食储备信息公开\n", "1", 0.9),
    "a part of the item": ("1、做好渡口改造领域信息公开\n", "3", 1.0),
    "more than the item": ("1、稳步推进粮食储备和轮换信息公开\n", "1", 1.0),
    "a particular word is another": ("1、细化水运投资信息公开\n", None, 0),
    "half of the particulars are others": ("1、推进粮食收购信息公开\n", None, 0),
    "nothing in particular, and no neighbour": ("1、强化组织领导\n", None, 0),
    "the kind of thing that every report says": ("（二）深化重点领域信息公开\n", None, 0),
    "a heading of the form of reports": ("（二）依申请公开\n", None, 0),
    "scattered in a long title": (
        "1、推进乡村振兴和粮食安全，做好仓库改造、储备轮换及其他有关信息的公开\n",
        None,
        0,
    ),
    "too short": ("1、公交\n", None, 0),
    "no heading": ("全省推进粮食储备信息公开，成效明显。\n", None, 0),
}


@pytest.mark.parametrize("case", HEADINGS)
def test_a_heading_answers_what_it_is_about(case: str) -> None:
    heading, item, score = HEADINGS[case]
    found = [(title[0], round(likeness, 2)) for _, title, likeness, _ in answered(f"一、总体情况\n{heading}")]
    assert found == ([(item, score)] if item else [])


NEIGHBOURS = {
    "the heading before answers the item before": ("1、推进新型媒体账号清理整合\n2、强化组织领导\n", True),
    "the heading before answers another item": ("1、推进粮食储备信息公开\n2、强化组织领导\n", False),
    "not next to it": ("1、推进新型媒体账号清理整合\n2、加强档案整理\n3、强化组织领导\n", False),
    "a division between": ("1、推进新型媒体账号清理整合\n（二）队伍\n1、强化组织领导\n", True),
}


@pytest.mark.parametrize("case", NEIGHBOURS)
def test_a_title_about_nothing_in_particular_takes_a_neighbour(case: str) -> None:
    report, counts = NEIGHBOURS[case]
    found = [item[0] for _, item, _, _ in answered(f"一、总体情况\n（一）重点\n{report}")]
    assert ("5" in found) == counts


def test_the_likest_heading_comes_first_and_each_counts_once() -> None:
    report = "一、甲\n1、推进粮食储备和轮换信息公开\n2、推进粮食储备信息公开\n"
    assert [(heading[0], item[0]) for heading, item, _, _ in answered(report)] == [("2", "1")]


def test_each_plan_is_answered_by_itself() -> None:
    other = PLAN.replace("粮食储备", "林木采伐").replace("细化水利投资", "推进粮食储备")
    assert [item[:2] for _, item, _, _ in answered(ONE_TO_ONE, other)] == ["2.", "3.", "4.", "5."]


QUOTED = "逐项列出水库加固工程的投资来源、完工比例和验收结论，按月核对各县报来的数字，不得笼统合并"
TEXTS = {
    "the text without its heading": (f"按照要求，{QUOTED}，已全部完成。", True),
    "in another print": (f"按照要求，{QUOTED.replace('、', '，').replace('和', ' 和')}。", True),
    "half of it is not there": (f"按照要求，{QUOTED[:14]}，已全部完成。", False),
    "in pieces that are too short": ("，".join(QUOTED[at : at + 6] + "等" for at in range(0, 42, 6)), False),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_passage_answers_an_item_whose_text_it_holds(case: str) -> None:
    text, counts = TEXTS[case]
    item = f"1. 公开水利投资\n{QUOTED}，更不得以附表代替正文，附表另行公布。\n"
    plan = f"一、抓落实\n{item}2. 公开粮价\n每周。\n3. 公开水价\n每月。\n"
    found = answered(f"一、总体情况\n{text}\n", plan)
    assert [(heading, item, how) for heading, item, _, how in found] == (
        [("一、总体情况", "1. 公开水利投资", "text")] if counts else []
    )


def test_one_passage_may_hold_the_text_of_several_items() -> None:
    texts = [
        f"第{number}类库存数量每季度核对一次并且在粮食部门的网站上连同轮换的结果一起公布满{number}十日"
        for number in "二三四"
    ]
    plan = "一、抓落实\n" + "".join(f"{at}. 公开库存\n{text}。\n" for at, text in enumerate(texts, 1))
    report = passages_of("一、总体情况\n全年工作如下。" + "；".join(texts) + "。\n二、其他\n无。\n")
    found = find_answers(report, passages_of(plan))
    assert [(it.passage, it.how) for it in found] == [(0, "text")] * 3
    assert all(it.evidence in report[0].raw for it in found)


def test_what_ends_the_pages_of_a_portal_is_no_answer() -> None:
    foot = "本网站由县政务服务局主办并负责日常维护，网站标识码和公安备案号见首页，电话在上班时间有人接听。\n"
    plan = f"一、抓落实\n1. 公开粮价\n每周。\n2. 公开水价\n每月。\n3. 公开气价\n每年。\n{foot}"
    assert answered(f"一、总体情况\n无。\n二、存在问题\n无。\n{foot}", plan) == []
    assert answered(f"一、总体情况\n{foot}二、存在问题\n无。\n", plan) != []


@pytest.mark.parametrize(
    ("heading", "evidence"),
    [
        ("1、推动粮食储备信息公开\n", "推动粮食储备信息公开"),
        ("1. 稳步推进“粮食储备”信息公开工作\n", "推进“粮食储备”信息公开"),
        ("1. 推进粮食储备信息公开。全年四次。\n", "推进粮食储备信息公开"),
    ],
)
def test_the_evidence_is_what_both_have_as_the_report_prints_it(heading: str, evidence: str) -> None:
    found = find_answers(passages_of(f"一、甲\n{heading}"), passages_of(PLAN))
    assert [it.evidence for it in found] == [evidence]
    assert evidence in heading


@pytest.mark.parametrize(
    ("title", "characters"),
    [
        ("12. 推进“双公示” 工作", "推进双公示工作"),
        ("1.2019年的安排", "2019年的安排"),
        ("1.2.3　应急响应", "应急响应"),
        ("㈡细化预算", "细化预算"),
        ("⒊细化预算", "细化预算"),
        ("（十二）细化预算", "细化预算"),
        ("12345热线整合", "12345热线整合"),
        ("一体化平台", "一体化平台"),
        ("第十二条", ""),
    ],
)
def test_a_title_without_its_number_and_punctuation(title: str, characters: str) -> None:
    assert title_characters(("一、甲", title)) == characters


@pytest.mark.parametrize(
    ("title", "particulars"),
    [
        ("推进重要决策公开", ("决策",)),
        ("进一步加强组织领导", ()),
        ("完善信息公开制度", ()),
        ("推进粮食信息和水价信息公开", ("粮食", "水价")),
        ("抓好水的工作", ()),
    ],
)
def test_what_a_title_is_about(title: str, particulars: tuple[str, ...]) -> None:
    assert particular_words(title) == particulars


def test_particulars_are_looked_for_in_pieces() -> None:
    assert share_of_particulars("推进粮食储备信息公开", "粮食轮换和储备公开") == 1
    assert share_of_particulars("推进粮食储备信息公开", "粮库食品储存备案公开") == 0
    assert share_of_particulars("强化组织领导", "强化组织领导") == 0


@pytest.mark.parametrize("title", ["总体要求", "指导思想", "基本原则和目标", "保障措施", "工作要求"])
def test_divisions_that_ask_for_nothing(title: str) -> None:
    assert is_preamble(title)


@pytest.mark.parametrize(
    "title",
    [
        "总体情况",
        "收到和处理政府信息公开申请情况",
        "政府信息公开行政复议行政诉讼情况",
        "政府信息管理",
        "平台建设",
        "监督保障情况",
    ],
)
def test_headings_that_every_report_has(title: str) -> None:
    assert is_in_every_report(title)
    assert not is_in_every_report(f"{title}的粮食")


LINES = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(("一、", "二、", "（一）", "（二）", "1. ", "2、", "", "第三条　")),
        st.text(st.sampled_from("推进粮食储备信息公开细化水利领导𠀀é２。，\t|"), max_size=24),
        st.sampled_from(("\n", "\n\n", "。正文\n")),
    ),
    max_size=14,
)


@settings(max_examples=150)
@given(LINES, LINES)
def test_whatever_is_compared_scores_are_shares_and_no_heading_answers_twice(
    report_lines: Sequence[str], plan_lines: Sequence[str]
) -> None:
    report, plan = passages_of("".join(report_lines)), passages_of("".join(plan_lines))
    found = find_answers(report, plan)
    items = [it.item for it in found]
    assert items == sorted(set(items))
    assert set(items) <= set(find_items(plan))
    assert all(0 <= it.score <= 1 and 0 <= it.passage < len(report) for it in found)
    headings = [it.passage for it in found if it.how == "heading"]
    assert len(headings) == len(set(headings))
    assert all(it.evidence in report[it.passage].raw for it in found if it.how == "heading")


@settings(max_examples=100)
@given(st.text(st.sampled_from("甲乙"), max_size=60), st.text(st.sampled_from("甲乙"), max_size=200))
def test_quoted_stretches_are_all_there_is(text: str, source: str) -> None:
    inside = {
        at
        for start in range(len(text) - RUN + 1)
        if text[start : start + RUN] in source
        for at in range(start, start + RUN)
    }
    spans = quoted_stretches(read_shingles(text), read_shingles(source))
    assert inside == {at for start, end in spans for at in range(start, end)}
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


@settings(max_examples=60)
@given(st.integers(0, 12), st.text(st.characters(codec="utf-8"), min_size=50, max_size=80))
def test_text_that_stands_in_a_passage_is_found_wherever_it_begins(lead: int, words: str) -> None:
    kept = "".join(char for char in words if char.isalnum())
    plan = [Passage("", f"1. 粮价水价\n{'字' * lead}{kept}", ("1. 粮价水价",), 3)]
    report = [Passage("", f"前文{kept}后文", (), 0), Passage("", "二、其他", ("二、其他",), 1)]
    found = find_answers(report, plan)
    if len(kept) >= 40 and len(kept) >= lead + 6:
        assert [it.how for it in found] == ["text"]
