"""Headings inside a line: reports that lost their line ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.headings import HEADINGS
from pipelines.text.outline import split_passages

TEXT = "全市各部门按照条例要求推进公开，主动公开信息120条，收到申请3件，均已答复。" * 3
GLUED = (
    "（本列数据的勾稽关系为）一、本年新收政府信息公开申请数量3000003二、上年结转政府信息公开申请数量0000000"
)
SIX = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
OLD = ("一、概述", "二、依申请公开、收费及减免情况", "三、机构和人员")


def titles(text: str) -> list[str]:
    return [passage.heading_path[-1] for passage in split_passages(text)[0] if passage.heading_path]


def report(*titles: str, gap: str = " ", body: str = TEXT) -> str:
    return f"根据条例编制本报告。{body}" + "".join(f"{gap}{title}{gap}{body}" for title in titles)


FLATTENED = {
    "set off by spaces": (report(*SIX), SIX),
    "glued to the text": (report(*SIX, gap=""), SIX),
    "glued to the cells of a table": (report(*SIX, gap="").replace("五、", "97702895.90元五、"), SIX),
    "rows of the statutory table between them": (report(*SIX).replace("四、政", f"{GLUED} 四、政"), SIX),
    "rows of the table set off by spaces": (
        report(*SIX).replace(" 四、", " 一、本年新收政府信息公开申请 3 二、上年结转 0 四、"),
        SIX,
    ),
    "the last without text": (report(*SIX[:5]) + f" {SIX[5]} 无。", SIX),
    "the Regulation's own words": (
        report(*SIX[:3], "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", *SIX[4:]),
        (*SIX[:3], "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", *SIX[4:]),
    ),
    "one that is missing": (report(*SIX[:3], *SIX[4:]), (*SIX[:3], *SIX[4:])),
    "free words between spaces": (report(*OLD), OLD),
    "one number left out among free words": (report(OLD[0], OLD[2], "四、问题"), ()),
    "free words glued to the text": (report(*OLD, gap=""), ()),
    "parts that a preamble promises": (
        f"{TEXT}{TEXT}{TEXT}{TEXT}本报告包括" + "；".join(SIX) + f"。{TEXT}",
        (),
    ),
    "contents and then the text": (f"{TEXT}目录 {' '.join(SIX)} {report(*SIX)}", ()),
    "all of it printed twice": (report(*SIX) + report(*SIX), ()),
    "out of sequence": (report(*SIX[3:], *SIX[:3]), ()),
    "too few to be sure": (report(*SIX[:2], gap=""), ()),
    "a short line": ("年报 " + "".join(f"{title} 无。" for title in SIX), ()),
    "a row of a table": (report(*SIX) + "\t3", ()),
    "the first at the start of the line": (f"年报\n{report(*SIX).partition('。 ')[2]}", SIX),
    "headings on lines of their own": (f"一、概述\n{report(*SIX)}\n二、其他\n无。", ("一、概述", "二、其他")),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FLATTENED.values(), ids=FLATTENED.keys())
def test_headings_inside_a_line(text: str, expected: tuple[str, ...]) -> None:
    assert titles(text) == list(expected)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([*SIX, *OLD, " ", "。", "3", TEXT, "；", "\n", "第"]), max_size=20))
def test_inner_headings_cut_nothing_and_rise(pieces: list[str]) -> None:
    text = TEXT * 4 + "".join(pieces)
    assert len(text) > HEADINGS.flattened_line
    passages, tail = split_passages(text)
    assert "".join(passage.lead + passage.raw for passage in passages) + tail == text
    assert all(
        passage.raw.startswith(passage.heading_path[-1]) for passage in passages if passage.heading_path
    )
