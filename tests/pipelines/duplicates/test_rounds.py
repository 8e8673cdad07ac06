"""Blocks that a document prints more than once, and what looks like one and is none."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from pipelines.duplicates.internal_duplicates import ROUNDS, Rounds, find_rounds
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import Passage, split_passages

if TYPE_CHECKING:
    from pathlib import Path

A = "在门户网站设置惠民政策专栏，按季度更新清单，并在服务大厅放置纸质汇编供群众查阅领取，每季度更换。"
B = "整合部门网站三家，迁移历史信息12600条，统一检索入口，页面打开时间缩短一半以上，故障随报随修。"
C = "组织业务培训4期，编印工作手册，对新任信息员逐一辅导，年底按清单核对目录并通报核对结果。"
SHORT = "本年度没有收取任何费用。"


def article(*parts: str) -> str:
    return "".join(f"{part}\n" for part in parts)


def rounds_of(text: str) -> list[tuple[str, list[list[str]]]]:
    """Return, for each block, the heading that it stands under and the heading words of each round."""
    passages, _ = split_passages(text)
    return [
        (
            block.heading_path[-1] if block.heading_path else "",
            [[_words(passages[position]) for position in one] for one in block.rounds],
        )
        for block in find_rounds(passages)
    ]


def _words(passage: Passage) -> str:
    return re.sub(r"^[（(]?[一二三四五六\d]+[）)、.]+\s*", "", passage.heading_path[-1])


ROUND = ["甲项", "乙项", "丙项"]
ONE = article(f"（一）甲项\n{A}", f"（二）乙项\n{B}", f"（三）丙项\n{C}")
FOUND = {
    "three times in a row": (f"一、情况\n{ONE}{ONE}{ONE}二、其他\n无。\n", [("一、情况", [ROUND] * 3)]),
    "brackets of another width": (
        f"一、情况\n{ONE}{ONE.replace('（', '(').replace('）', ') ')}",
        [("一、情况", [ROUND] * 2)],
    ),
    "numbers that run on": (
        f"一、情况\n{ONE}" + article(f"（四）甲项\n{A}", f"（五）乙项\n{B}", f"（六）丙项\n{C}"),
        [("一、情况", [ROUND] * 2)],
    ),
    "a round that misses its second heading": (
        f"一、情况\n{ONE}" + article(f"（一）甲项\n{A}", f"（三）丙项\n{C}") + ONE,
        [("一、情况", [ROUND, ["甲项", "丙项"], ROUND])],
    ),
    "a round that adds a heading": (
        f"一、情况\n{ONE}"
        + article(f"（一）甲项\n{A}", f"（二）丁项\n{SHORT}", f"（三）乙项\n{B}", f"（四）丙项\n{C}"),
        [("一、情况", [ROUND, ["甲项", "丁项", "乙项", "丙项"]])],
    ),
    "a heading printed twice in a round": (
        f"一、情况\n{ONE}"
        + article(f"（一）甲项\n{A}", "（二）乙项", f"（二）乙项\n{B}", f"（三）丙项\n{C}")
        + ONE,
        [("一、情况", [ROUND, ["甲项", "乙项", "乙项", "丙项"], ROUND])],
    ),
    "other words here and there": (
        f"一、情况\n{ONE}{ONE.replace('纸质', '印刷').replace('一半', '半数')}",
        [("一、情况", [ROUND] * 2)],
    ),
    "a figure changed in one of three passages": (
        f"一、情况\n{ONE}{ONE.replace('12600', '12690')}",
        [("一、情况", [ROUND] * 2)],
    ),
    "divisions of their own before and behind": (
        f"一、情况\n（一）前言\n{SHORT}\n{ONE}{ONE}（四）结语\n{SHORT}\n",
        [("一、情况", [ROUND] * 2)],
    ),
    "one heading with several below it": (
        "一、情况\n" + f"（一）总述\n1.甲项\n{A}\n2.乙项\n{B}\n" * 3,
        [("一、情况", [["总述", "甲项", "乙项"]] * 3)],
    ),
    "below a heading of the second level": (
        "一、情况\n（一）总述\n" + f"1.甲项\n{A}\n2.乙项\n{B}\n" * 2,
        [("（一）总述", [["甲项", "乙项"]] * 2)],
    ),
    "the whole document": (
        f"一、甲项\n{A}\n二、乙项\n{B}\n" * 2,
        [("", [["甲项", "乙项"]] * 2)],
    ),
    "a passage under two headings": (
        f"一、情况\n（一）甲项\n{A}\n（二）乙项\n{B}\n二、做法\n（一）丁项\n{C}\n（二）乙项\n{B}\n",
        [("", [["乙项"]] * 2)],
    ),
    "neighbours that stand again together": (
        f"一、情况\n（一）甲项\n{A}\n（二）乙项\n{B}\n二、做法\n（一）甲项\n{A}\n（二）乙项\n{B}\n（三）丁项\n{C}\n",
        [("", [["甲项", "乙项"]] * 2)],
    ),
}
NONE = {
    "like-named headings with other texts": (
        f"一、教育局\n（一）存在问题\n{A}\n（二）改进措施\n{B}\n二、水利局\n（一）存在问题\n{C}\n（二）改进措施\n{SHORT}\n"
    ),
    "the same without the headings above them": (
        f"（一）存在问题\n{A}\n（二）改进措施\n{B}\n（一）存在问题\n{C}\n（二）改进措施\n{SHORT}\n"
    ),
    "reports of two bodies that differ in their figures": (
        f"一、情况\n（一）乙项\n{B}\n（二）丙项\n{C}\n"
        f"（一）乙项\n{B.replace('126', '98')}\n（二）丙项\n{C.replace('4', '7')}\n"
    ),
    "contents and then the text": f"目录\n一、甲项\n二、乙项\n一、甲项\n{A}\n二、乙项\n{B}\n",
    "titles without text": "一、情况\n" + "（一）甲项\n（二）乙项\n（三）丙项\n" * 3,
    "a short statement that stands twice": (
        f"一、甲项\n{SHORT}\n二、乙项\n（一）丙项\n{SHORT}\n三、甲项\n{SHORT}\n"
    ),
    "tables that are empty alike": (
        "一、甲项\n" + "事项名称\t上年数量\t本年数量\t\n" * 9 + "二、乙项\n" + SHORT
        + "\n一、甲项\n" + "事项名称\t上年数量\t本年数量\t\n" * 9
    ),
    "no text": " \n",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND.keys())
def test_blocks_that_are_printed_more_than_once(
    text: str, expected: list[tuple[str, list[list[str]]]]
) -> None:
    assert rounds_of(text) == expected


@pytest.mark.parametrize("text", NONE.values(), ids=NONE.keys())
def test_what_is_no_repetition(text: str) -> None:
    assert rounds_of(text) == []


def test_a_round_may_miss_its_first_heading() -> None:
    """The outline would not admit （二） behind （三）; another may."""
    parts = [("（一）甲项", A), ("（二）乙项", B), ("（三）丙项", C)]
    printed = [("一、情况", ""), *parts, *parts[1:], *parts]
    passages = [
        Passage("\n", f"{title}\n{text}", ("一、情况", title) if text else (title,), 2 if text else 1)
        for title, text in printed
    ]
    (block,) = find_rounds(passages)
    assert block.rounds == ((1, 2, 3), (4, 5), (6, 7, 8))


def test_a_passage_counts_from_its_length_on() -> None:
    for letters, count in ((ROUNDS.shortest - 1, 0), (ROUNDS.shortest, 1)):
        text = ("据实记载各项工作，并公布结果。" * 4).replace("，", "")[: letters + letters // 13]
        assert len(re.sub(r"\W", "", text)) == letters
        assert len(rounds_of(f"一、甲\n（一）乙\n{text}\n二、丙\n（一）乙\n{text}\n")) == count


def test_rounds_in_the_same_words_are_told_from_others() -> None:
    (same,) = find_rounds(split_passages(f"一、情况\n{ONE}{ONE}")[0])
    (other,) = find_rounds(split_passages(f"一、情况\n{ONE}{ONE.replace('纸质', '印刷')}")[0])
    assert (same.exact, same.times, other.exact) == (True, 2, False)


def _fourteen(folder: Path) -> tuple[str, tuple[Passage, ...], Rounds]:
    name = "新乡市人民政府2019年政府信息公开工作年度报告.txt"
    text = (folder / name).read_bytes().decode()
    passages, _ = split_passages(text)
    (block,) = find_rounds(passages)
    return text, passages, block


def test_the_report_that_prints_its_first_section_fourteen_times(shared_documents: Path) -> None:
    text, passages, block = _fourteen(shared_documents)
    assert (block.times, block.heading_path) == (14, ("一、总体情况",))
    assert [position for one in block.rounds for position in one] == list(range(2, 2 + 14 * 21))
    ends = [0, *accumulate(len(passage.lead) + len(passage.raw) for passage in passages)]
    printed = [text[ends[one[0]] : ends[one[-1] + 1]].strip() for one in block.rounds]
    blocks = [[line for line in one.splitlines() if line.strip()] for one in printed]
    assert [len(lines) for lines in blocks] == [52, 51, 54, 53, 52, 51, 52, 54, 53, 53, 51, 52, 54, 51]
    assert sum(map(len, blocks)) == 733
    forms = ["".join(normalise_passage(passages[place].raw) for place in one) for one in block.rounds]
    assert _alike(printed) == [{3, 8, 13}, {6, 11}]
    assert _alike(forms) == [{3, 8, 13}, {5, 10}, {6, 11}]
    assert (len(set(printed)), len(set(forms))) == (11, 10)
    assert len({tuple(re.findall(r"\d+", form)) for form in forms}) == 1


def _alike(texts: list[str]) -> list[set[int]]:
    """Return the groups of equal texts by their numbers, from 1, in order."""
    groups = [
        {number for number, other in enumerate(texts, 1) if other == one} for one in dict.fromkeys(texts)
    ]
    return sorted((group for group in groups if len(group) > 1), key=min)
