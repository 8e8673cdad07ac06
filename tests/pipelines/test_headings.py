"""How a single line is read as a heading."""

from __future__ import annotations

import pytest

from pipelines.text.headings import read_heading

HEADINGS = {
    "first level": ("一、总体情况", 1, 1, "一、总体情况"),
    "first level, spaced": ("  一 、 总体情况  ", 1, 1, "一 、 总体情况"),
    "first level beyond ten": ("十一、保障措施", 1, 11, "十一、保障措施"),
    "first level beyond twenty": ("二十三、附则事项", 1, 23, "二十三、附则事项"),
    "second level, full width": ("（一）主动公开", 2, 1, "（一）主动公开"),
    "second level, ASCII brackets": ("(三) 深化重点领域信息公开", 2, 3, "(三) 深化重点领域信息公开"),
    "second level as one sign": ("㈡依申请公开", 2, 2, "㈡依申请公开"),
    "third level with a stop": ("4. 建立问责制度", 3, 4, "4. 建立问责制度"),
    "third level with a comma": ("1、推进重要决策公开", 3, 1, "1、推进重要决策公开"),
    "third level, full width": ("１２．健全机制", 3, 12, "１２．健全机制"),
    "third level as one sign": ("⒊完善制度", 3, 3, "⒊完善制度"),
    "third level before a year": ("1.2020年主要工作", 3, 1, "1.2020年主要工作"),
    "Markdown marks": ("#### **四、优化服务功能**", 1, 4, "四、优化服务功能"),
    "a run-in heading": ("（二）聚焦重点领域。全年公开信息12条。", 2, 2, "（二）聚焦重点领域"),
    "a heading set off by a space": (
        "一、总体情况　2022年，我局深入学习贯彻，" + "扎实推进各项工作" * 6 + "。",
        1,
        1,
        "一、总体情况",
    ),
    "a chapter": ("第三章　监督和保障", 1, 3, "第三章　监督和保障"),
    "a division of a chapter": ("第二节 公开程序", 2, 2, "第二节 公开程序"),
    "an article": ("第二十一条　行政机关应当建立健全制度。", 3, 21, "第二十一条"),
    "an article without a space": ("第五条行政机关应当主动公开。", 3, 5, "第五条"),
    "a byte-order mark before it": ("\ufeff一、总体情况", 1, 1, "一、总体情况"),
}

NO_HEADINGS = {
    "一是": "一是加强业务学习。",
    "no words": "三、",
    "a decimal": "1.5万件",
    "a decimal, full width": "３．１５亿元",
    "a year": "2019、2020年的情况",
    "a long number": "110.重点工作",
    "two industries": "一、二、三产业融合发展",
    "two items": "（一）（二）项所列情形",
    "a table caption": "第二十条第（一）项",
    "an article that is cited": "第二十条规定，行政机关应当公开。",
    "articles that are cited": "第五条、第六条修改为一条",
    "a list item": "- 1、公开工作队伍力量薄弱。各单位无专职人员。",
    "an item of an enumeration": "（一）负责组织协调；",
    "the fourth level": "（1）推进权责清单公开",
    "a line of contents": "一、总体情况……………………3",
    "a row of figures": "1.属于国家秘密 0 0 0 0",
    "prose without a stop": "一、" + "各部门要切实加强领导" * 6,
    "a sentence": "全面推进一、二级目录建设",
    "nothing": "",
}


@pytest.mark.parametrize(("line", "level", "number", "title"), HEADINGS.values(), ids=HEADINGS.keys())
def test_a_numbered_line_is_a_heading(line: str, level: int, number: int, title: str) -> None:
    heading = read_heading(line)
    assert heading is not None
    assert (heading.level, heading.number, heading.title) == (level, number, title)


@pytest.mark.parametrize("line", NO_HEADINGS.values(), ids=NO_HEADINGS.keys())
def test_any_other_line_is_none(line: str) -> None:
    assert read_heading(line) is None


def test_a_heading_says_whether_the_text_runs_on() -> None:
    run_in = read_heading("1. 深入解读重要政策措施。围绕目标。")
    alone = read_heading("1. 深入解读重要政策措施")
    assert run_in is not None
    assert alone is not None
    assert (run_in.run_in, alone.run_in) == (True, False)
