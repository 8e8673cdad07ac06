"""What changes on a page though its text does not, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.duplicates.left_out import find_volatile, without_volatile
from pipelines.knowledge import load_table

FRAGMENTS = load_table("volatile")["fragments"]
EXAMPLES = [(entry["id"], example) for entry in FRAGMENTS for example in entry["examples"]]
KEPT = [(entry["id"], example) for entry in FRAGMENTS for example in entry["kept"]]


@pytest.mark.parametrize(("_entry", "example"), EXAMPLES)
def test_each_example_of_the_table_goes_where_it_stands_alone(_entry: str, example: str) -> None:
    assert without_volatile(f"上文。\n{example}\n下文。").replace("\n", "") == "上文。下文。"
    assert without_volatile(f"  {example} ").strip() == ""
    assert without_volatile(f"【{example}】") == ""


@pytest.mark.parametrize(("_entry", "example"), EXAMPLES)
def test_each_example_goes_from_a_line_of_page_furniture(_entry: str, example: str) -> None:
    line = f"发布时间：2024-03-08 15:34 {example} 来源：市政府办公室"
    assert without_volatile(line).split() == ["发布时间：2024-03-08", "15:34", "来源：市政府办公室"]


@pytest.mark.parametrize(("_entry", "example"), EXAMPLES)
def test_each_example_stays_in_a_sentence(_entry: str, example: str) -> None:
    for line in (f"一是加强平台建设，{example}，有效回应关切。", f"全年 {example} 。", f"一是{example}"):
        assert without_volatile(line) == line


@pytest.mark.parametrize(("_entry", "line"), KEPT)
def test_what_only_looks_like_it_stays(_entry: str, line: str) -> None:
    assert without_volatile(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "2023年政府网站访问量达123万人次。",
        "网站总访问量\t12345",
        "信息发布量：456 访问量：123 留言数：7",
        "责任编辑：张三",
        "发布时间：2024-03-08 15:34 来源：市政府办公室",
        "三、浏览次数居前的栏目",
        "访问量\t1285次\n发布量\t85条",
    ],
)
def test_text_is_never_touched(line: str) -> None:
    assert without_volatile(line) == line


LINES = st.lists(
    st.one_of(
        st.sampled_from([example for _, example in EXAMPLES + KEPT]),
        st.sampled_from(
            ["来源：市政府办公室", "全年公开信息120条。", " ", "|", "【", "】", "\t", "\n", "浏览", "："]
        ),
        st.text(max_size=6),
    ),
    max_size=12,
).map("".join)


@settings(max_examples=150)
@given(LINES)
def test_what_goes_are_whole_fragments_and_going_again_takes_nothing_more(text: str) -> None:
    spans = find_volatile(text)
    assert list(spans) == sorted(spans)
    for start, end in spans:
        assert start < end
        assert "\n" not in text[start:end]
        before, after = text[:start][-1:], text[end:][:1]
        assert not before.isalnum()
        assert not after.isalnum()
    once = without_volatile(text)
    assert without_volatile(once) == once
    assert once.count("\n") == text.count("\n")


def test_a_long_text_costs_no_more_than_its_length() -> None:
    text = "浏览次数：" * 60_000 + "\n" + "浏览次数：1 " * 20_000
    assert without_volatile(text) == text
