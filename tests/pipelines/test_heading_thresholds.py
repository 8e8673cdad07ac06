"""The bounds of headings (`thresholds/headings.yaml`): at each one, and one beyond."""

from __future__ import annotations

import pytest

from pipelines.text.headings import find_decimal_headings, find_inner_headings, read_heading

CHAIN = ("1 总则", "1.1 编制目的", "1.2 编制依据", "2 组织体系", "3 附则")
STATUTORY = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
)
TEXT = "全市各部门按照条例要求推进公开，主动公开信息120条。"


def flattened(*titles: str, gap: str = " ", below: str = TEXT, size: int = 600) -> str:
    """Return a line of a size with headings inside, each with a text below it."""
    rest = "".join(f"{gap}{title}{gap}{below}" for title in titles[:-1]) + f"{gap}{titles[-1]}{gap}无。"
    return "本" * (size - len(rest) - 1) + "。" + rest


@pytest.mark.parametrize(("size", "is_heading"), [(50, True), (51, False)])
def test_a_longer_line_without_a_full_stop_is_prose(size: int, is_heading: bool) -> None:
    assert (read_heading("一、".ljust(size, "公")) is not None) is is_heading


@pytest.mark.parametrize(("size", "is_heading"), [(400, True), (401, False)])
def test_the_full_stop_of_a_run_in_heading_comes_soon(size: int, is_heading: bool) -> None:
    assert (read_heading("一、".ljust(size - 1, "公") + "。文") is not None) is is_heading


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        pytest.param(CHAIN, 5, id="five, two of them below"),
        pytest.param(CHAIN[:4], 0, id="four"),
        pytest.param(("1 总则", "1.1 编制目的", "2 组织体系", "3 附则", "4 附件"), 0, id="one below"),
    ],
)
def test_a_chain_of_decimal_numbers(lines: tuple[str, ...], count: int) -> None:
    assert len(find_decimal_headings(lines)) == count


@pytest.mark.parametrize(
    ("line", "count"),
    [
        pytest.param(flattened(*STATUTORY[:3], size=400), 3, id="a text"),
        pytest.param(flattened(*STATUTORY[:3], size=399), 0, id="a paragraph"),
        pytest.param(flattened("一、甲部分", "二、乙部分", "三、丙部分"), 3, id="three"),
        pytest.param(flattened("一、甲部分", "二、乙部分"), 0, id="two"),
        pytest.param(flattened("一、甲部分", "二、乙部分", "三、丙部分", below="文" * 10), 3, id="with text"),
        pytest.param(flattened("一、甲部分", "二、乙部分", "三、丙部分", below="文" * 9), 0, id="contents"),
        pytest.param(flattened(*STATUTORY[:2], *STATUTORY[3:], gap=""), 4, id="four of the statutory"),
        pytest.param(flattened(*STATUTORY[:2], STATUTORY[3], gap=""), 0, id="three of the statutory"),
    ],
)
def test_headings_inside_a_line(line: str, count: int) -> None:
    assert len(find_inner_headings(line)) == count
