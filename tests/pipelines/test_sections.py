"""Which lines are headings in a document, and that the passages make up the text."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.forms.labels import bare_label
from pipelines.forms.printed_labels import ways_to_spell
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import split_passages
from tests.pipelines.forms.drawn import GROUPS, third_labels

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.text.outline import Passage


def split(text: str) -> tuple[Passage, ...]:
    passages, tail = split_passages(text)
    assert "".join(passage.lead + passage.raw for passage in passages) + tail == text
    return passages


def titles(text: str) -> list[str]:
    return [passage.heading_path[-1] for passage in split_passages(text)[0] if passage.heading_path]


def test_a_leaf_is_a_heading_with_the_text_below_it() -> None:
    text = "某县2020年年报\n\n一、总体情况\n\n（一）主动公开\n公开12条。\n1.网站\n\n共3条。\n二、其他\n无。\n"
    assert [(passage.lead, passage.raw, passage.level) for passage in split(text)] == [
        ("", "某县2020年年报", 0),
        ("\n\n", "一、总体情况", 1),
        ("\n\n", "（一）主动公开\n公开12条。", 2),
        ("\n", "1.网站\n\n共3条。", 3),
        ("\n", "二、其他\n无。", 1),
    ]


def test_a_path_leads_from_the_first_level_to_the_heading_itself() -> None:
    text = "一、总体情况\n（一）主动公开\n1.网站\n二、其他\n1.无\n"
    assert [passage.heading_path for passage in split(text)] == [
        ("一、总体情况",),
        ("一、总体情况", "（一）主动公开"),
        ("一、总体情况", "（一）主动公开", "1.网站"),
        ("二、其他",),
        ("二、其他", "1.无"),
    ]


DOCUMENTS = {
    "numbers that run on through divisions": (
        "一、解读\n1. 解读政策。围绕目标。\n2. 回应关切。围绕热点。\n二、决策\n3. 推进公开。制定前。\n",
        ["一、解读", "1. 解读政策", "2. 回应关切", "二、决策", "3. 推进公开"],
    ),
    "a body printed again begins anew": (
        "一、总体情况\n(一) 解读\n（二）平台\n（一）解读\n(二) 平台\n二、其他\n无。\n",
        ["一、总体情况", "(一) 解读", "（二）平台", "（一）解读", "(二) 平台", "二、其他"],
    ),
    "a number printed twice": ("一、甲\n文。\n二、乙\n文。\n二、丙\n文。\n", ["一、甲", "二、乙", "二、丙"]),
    "a number left out": ("一、甲\n文。\n三、乙\n文。\n", ["一、甲", "三、乙"]),
    "a sentence cut by a page break": (
        "一、甲\n全年处理申请共计\n12. 其中网上申请\n占半数。\n",
        ["一、甲"],
    ),
    "items of an article": (
        "第一章　总则\n第一条　为了公开。\n第二条　下列信息：\n（一）职能；\n（二）程序。\n第三条　施行。\n",
        ["第一章　总则", "第一条", "第二条", "第三条"],
    ),
    "articles and then a numbered letter": (
        "第一条　为了公开。\n第二条　施行。\n一、说明\n（一）背景\n文。\n",
        ["第一条", "第二条", "一、说明", "（一）背景"],
    ),
    "an article cited at the start of a line": (
        "一、依据\n第二十条规定的事项。\n第二十条　公开。\n",
        ["一、依据"],
    ),
    "contents before the text": (
        "年度报告\n目 录\n一、总体情况\n二、其他事项\n- 2 -\n一、总体情况\n共3条。\n二、其他事项\n无。\n",
        ["一、总体情况", "二、其他事项"],
    ),
    "parts promised line by line": (
        "本报告由以下部分组成：\n一、总体情况\n二、主动公开情况\n一、总体情况\n共3条。\n二、主动公开情况\n无。\n",
        ["一、总体情况", "二、主动公开情况"],
    ),
    "contents with leader dots": (
        "一、总体情况………1\n二、其他……2\n一、总体情况\n共3条。\n二、其他\n无。\n",
        ["一、总体情况", "二、其他"],
    ),
    "a list of attachments": (
        "一、要求\n执行。\n附件：1.任务分解表\n      2.联系人名单\n      3.格式\n",
        ["一、要求"],
    ),
    "an enumeration ended by semicolons": (
        "一、职责\n1.组织协调；\n2.督促检查；\n3.其他工作。\n二、要求\n执行。\n",
        ["一、职责", "二、要求"],
    ),
    "一是 in a paragraph": ("一、做法\n一是抓领导。\n二是抓落实。\n", ["一、做法"]),
    "a Markdown depth is noise": (
        "# 通知\n## 一、甲\n文。\n### 二、乙\n文。\n#### **三、丙**\n文。\n",
        ["一、甲", "二、乙", "三、丙"],
    ),
    "a row with pipes": (
        "一、甲\n| 一、本年 | 3 |\n| （一）公开 | 3 |\n二、乙\n无。\n",
        ["一、甲", "二、乙"],
    ),
    "tabs that indent or set a number off": ("\t一、甲\n文。\n1.\t乙\n文。\n", ["一、甲", "1.\t乙"]),
    "a row with tabs": ("一、甲\n文。\n二、本年\t3\n三、去年\t\n", ["一、甲"]),
    "decimal numbers in a whole chain": (
        "某预案\n1　总　则\n1.1　目的\n文。\n1.2 依据\n文。\n2　组织\n2.1领导机构\n2.1.1　办公室\n文。\n",
        ["1　总　则", "1.1　目的", "1.2 依据", "2　组织", "2.1领导机构", "2.1.1　办公室"],
    ),
    "decimal numbers before text": (
        "1 总则\n1.1 本预案适用于本市。\n1.2 本预案由市政府解释。\n2 附则\n2.1 本预案自印发之日起施行。\n",
        ["1 总则", "1.1", "1.2", "2 附则", "2.1"],
    ),
    "decimal numbers in contents and then the text": (
        "1 总则……1\n1.1 目的……1\n2 组织……2\n1 总则\n1.1 目的\n文。\n1.2 依据\n文。\n2 组织\n2.1 机构\n文。\n",
        ["1 总则", "1.1 目的", "1.2 依据", "2 组织", "2.1 机构"],
    ),
    "decimal numbers with a gap": (
        "1 总则\n1.1 目的\n文。\n1.3 依据\n文。\n3 组织\n3.1 机构\n3.2 办公室\n",
        [],
    ),
    "rows that begin with figures": ("1 许可\n1.5 万元\n2 处罚\n2.5 万元\n3 强制\n3.5 万元\n", []),
    "versions inside a plan of 一、": (
        "一、目标\n1 甲\n1.1 乙\n1.2 丙\n2 丁\n2.1 戊\n二、要求\n文。\n",
        ["一、目标", "二、要求"],
    ),
    "nothing but white space": (" \n\u3000\n", []),
}


@pytest.mark.parametrize(("text", "expected"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_headings_of_a_document(text: str, expected: list[str]) -> None:
    assert titles(text) == expected


ROWS = (
    "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "三、本年度办理结果",
    "（一）予以公开",
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "（三）不予公开", "1.属于国家秘密",
    "2.其他法律行政法规禁止公开", "3.危及“三安全一稳定”", "4.保护第三方合法权益", "5.属于三类内部事务信息",
    "6.属于四类过程性信息", "7.属于行政执法案卷", "8.属于行政查询事项", "（四）无法提供",
    "1.本机关不掌握相关政府信息", "2.没有现成信息需要另行制作", "3.补正后申请内容仍不明确", "（五）不予处理",
    "1.信访举报投诉类申请", "2.重复申请", "3.要求提供公开出版物", "4.无正当理由大量反复申请",
    "5.要求行政机关确认或重新出具已获取信息", "（六）其他处理",
    "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
    "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", "3.其他", "（七）总计",
    "四、结转下年度继续办理",
)  # fmt: skip
CORNER = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
DIVISIONS = ["三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况"]
LAYOUTS = {
    "with tabs": ("\t", "\n"),
    "with spaces": (" ", "\n"),
    "with pipes": (" | ", "\n"),
    "one cell a line": ("\n", "\n"),
    "one cell a line, blank lines between": ("\n\n", "\n\n"),
}


def statutory_report(cell_end: str, row_end: str, *, corner: bool) -> str:
    rows = [row + cell_end + cell_end.join("3020005") for row in ROWS]
    table = row_end.join([CORNER + cell_end + "申请人情况", *rows] if corner else rows)
    return f"某县年报\n{DIVISIONS[0]}\n{table}\n{DIVISIONS[1]}\n无。\n"


@pytest.mark.parametrize("corner", [True, False], ids=["with the corner note", "without it"])
@pytest.mark.parametrize(("cell_end", "row_end"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_no_row_of_a_statutory_table_is_a_heading(cell_end: str, row_end: str, *, corner: bool) -> None:
    assert titles(statutory_report(cell_end, row_end, corner=corner)) == DIVISIONS


@pytest.mark.parametrize("row", ROWS)
def test_no_row_label_is_a_heading_wherever_it_stands(row: str) -> None:
    assert titles(f"前文。\n{row}\n3\n后文。\n") == []


def test_labels_cut_by_line_ends_inside_the_table_are_no_headings() -> None:
    text = (
        f"三、收到和处理政府信息公开申请情况\n{CORNER}\n一、本年新收政府信息公开申请数量 3\n三、\n本年\n"
        "（三）不\n予公开\n（四）无 1.本机关不掌握相关政府信息 2\n（七）总\n计\n四、结转下年\n度继续办理 1\n"
        "四、政府信息公开行政复议、行政诉讼情况\n"
    )
    assert [title[:4] for title in titles(text)] == ["三、收到", "四、政府"]


def test_every_label_in_the_table_is_a_row() -> None:
    rows = [label for form in ("form_2019", "form_2021") for _, _, label in third_labels(form)]
    labels = [bare_label(way) for label in (*rows, *GROUPS.values()) for way in ways_to_spell(label)]
    labels += ["本年新收", "上年结转", "办理结果", "结转下年度", "结转下年", "部分公开", "合计", "其它"]
    labels += ["本年新收政府信息公开申请", "部分公开(区分处理的", "申请人无正当理由逾期不补正"]
    assert [label for label in labels if titles(f"前文。\n1.{label}\n3\n后文。\n")] == []


def test_a_table_is_never_cut_and_keeps_its_blank_cells() -> None:
    text = "一、情况\n\n\t规章\n\t\n1.行政许可\n\t\n\n二、其他\n无。"
    passages, tail = split_passages(text)
    assert [passage.raw for passage in passages] == [
        "一、情况\n\n\t规章\n\t\n1.行政许可\n\t",
        "二、其他\n无。",
    ]
    assert tail == ""


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(st.text(max_size=80), st.text(alphabet="一二（）、1.第条章。；文\n\t |\r\u3000", max_size=80))
)
def test_splitting_and_joining_gives_the_text(text: str) -> None:
    passages, tail = split_passages(text)
    assert "".join(passage.lead + passage.raw for passage in passages) + tail == text
    assert all(passage.raw.strip() and not passage.lead.strip() for passage in passages)


# Headings by level and the offsets (code points) of the first level, of each of the five real documents.
REAL = {
    "新乡市人民政府2019年政府信息公开工作年度报告": (
        (1, 6, 72, 224),
        [28, 92210, 92585, 93315, 93502, 94445],
    ),
    "信阳市人民政府2019年政府信息公开工作年度报告": ((1, 6, 6, 0), [28, 3104, 3474, 4207, 4384, 5025]),
    "平原示范区2020年度政府信息公开工作年度报告": ((1, 5, 0, 0), [449, 2503, 2873, 3938, 4131]),
    "河南省2019年政务公开工作要点": ((1, 5, 0, 15), [317, 1029, 1832, 2964, 3496]),
    "信阳市2018年政务公开重点工作责任分工方案": ((1, 4, 16, 29), [176, 3787, 5444, 6894]),
}
ROUNDS = [36, 6618, 13208, 19798, 26386, 32971, 39542, 46119, 52709, 59298, 65885, 72456, 79036, 85626]


def read(folder: Path, name: str) -> str:
    return (folder / f"{name}.txt").read_bytes().decode("utf-8")


def offsets(passages: tuple[Passage, ...]) -> list[int]:
    ends = accumulate(len(passage.lead) + len(passage.raw) for passage in passages)
    return [end - len(passage.raw) for end, passage in zip(ends, passages, strict=True)]


@pytest.mark.parametrize(("name", "expected"), REAL.items(), ids=REAL.keys())
def test_real_documents_have_the_headings_that_were_counted(
    shared_documents: Path, name: str, expected: tuple[tuple[int, ...], list[int]]
) -> None:
    passages = split(read(shared_documents, name))
    levels = Counter(passage.level for passage in passages)
    places = [place for place, passage in zip(offsets(passages), passages, strict=True) if passage.level == 1]
    assert (tuple(levels[level] for level in range(4)), places) == expected


def test_the_repeated_body_is_read_as_fourteen_rounds(shared_documents: Path) -> None:
    passages = split(read(shared_documents, "新乡市人民政府2019年政府信息公开工作年度报告"))
    overview = [passage for passage in passages if passage.heading_path[:1] == ("一、总体情况",)]
    firsts = [
        place
        for place, passage in zip(offsets(passages), passages, strict=True)
        if passage in overview and passage.level == 2 and normalise_passage(passage.raw).startswith("(一)")
    ]
    assert firsts == ROUNDS
    assert Counter(passage.level for passage in overview) == {1: 1, 2: 14 * 5, 3: 14 * 16}


def test_distinct_passages_of_the_real_documents(shared_documents: Path) -> None:
    forms = {name: [normalise_passage(p.raw) for p in split(read(shared_documents, name))] for name in REAL}
    assert sum(len(of_one) for of_one in forms.values()) == 393
    assert len({form for of_one in forms.values() for form in of_one}) == 135
    assert len(set(forms["新乡市人民政府2019年政府信息公开工作年度报告"])) == 46
