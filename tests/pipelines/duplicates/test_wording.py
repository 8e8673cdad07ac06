"""What differs between two wordings: figures apart from words, and nothing claimed that neither says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.duplicates.diff_wording import Edit, compare_wording
from pipelines.duplicates.left_out import without_volatile
from pipelines.duplicates.protected import Sort
from pipelines.text.normalise import normalise_passage


def marked(old: str, new: str) -> list[tuple[str, str, str]]:
    """Return what differs as (sort, old, new)."""
    edits = compare_wording(old, new)
    assert "".join(edit.old for edit in edits) == old
    assert "".join(edit.new for edit in edits) == new
    return [(edit.sort.value, edit.old, edit.new) for edit in edits if edit.sort is not None]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        pytest.param(
            "收到申请1602件。", "收到申请1606件。", [("figure", "1602件", "1606件")], id="a figure, whole"
        ),
        pytest.param(
            "涉及自然人72件、企业3件。",
            "涉及自然人80件、企业1件。",
            [("figure", "72件", "80件"), ("figure", "3件", "1件")],
            id="two figures in one sentence",
        ),
        pytest.param(
            "收到政府信息公开申请75件，均已办结。",
            "收到政府信息公开申请共计81件，均已办结。",
            [("words", "", "共计"), ("figure", "75件", "81件")],
            id="a word more before the figure",
        ),
        pytest.param(
            "2022年，全区公开信息12条。",
            "2023年，全区公开信息12条。",
            [("figure", "2022年", "2023年")],
            id="the year",
        ),
        pytest.param(
            "共有诉讼1件、其余均已办结。",
            "共有复议2件、其余均已办结。",
            [("words", "诉讼", ""), ("figure", "1件", ""), ("words", "", "复议"), ("figure", "", "2件")],
            id="figures about different things are not set against each other",
        ),
        pytest.param(
            "公布部门预算和说明。", "公布部门决算和说明。", [("turn", "预算", "决算")], id="a turn of meaning"
        ),
        pytest.param(
            "根据国发〔2017〕47号文件。",
            "根据国发〔2018〕31号文件。",
            [("number", "国发〔2017〕47号", "国发〔2018〕31号")],
            id="a document number",
        ),
        pytest.param(
            "加强培训和考核工作。", "加强宣传和督查工作。", [("words", "培训和考核", "宣传和督查")],
            id="edits with one character between are one",
        ),
        pytest.param(
            "工作有序推进。", "工作有序推进。进展情况按季度公布。", [("words", "", "进展情况按季度公布。")],
            id="a sentence more",
        ),
        pytest.param("共公开2 019条，", "共公开２019条,", [], id="width and white space"),
        pytest.param("面积12㎡", "面积12m^2", [], id="the shape of a unit"),
        pytest.param(
            "来源：办公室 浏览次数：12\n全年公开3条。",
            "来源：办公室 浏览次数：345\n全年公开4条。",
            [("figure", "3条", "4条")],
            id="a counter is no figure",
        ),
        pytest.param("", "另有安排。", [("words", "", "另有安排。")], id="from nothing"),
    ],
)  # fmt: skip
def test_each_difference_is_marked_as_what_it_is(
    old: str, new: str, wanted: list[tuple[str, str, str]]
) -> None:
    assert marked(old, new) == wanted


def test_shape_is_an_edit_without_a_sort() -> None:
    assert compare_wording("（一）公开12条", "(一)公开12条") == (
        Edit("（", "(", None),
        Edit("一", "一", None),
        Edit("）", ")", None),
        Edit("公开12条", "公开12条", None),
    )


SENTENCES = st.lists(
    st.one_of(
        st.sampled_from(
            ["公开", "信息", "收到申请", "预算", "决算", "予以", "人民政府", "国办发〔2019〕3号"]
        ),
        st.sampled_from(["12件", "３．５％", "2019年1月2日", "第二十条", "77180.86万元", "1,234", "十五项"]),
        st.sampled_from(
            ["，", "。", "、", "\n", " ", "\t", "|", "（", "“", "㎡", "m²", "é", "\u200b", "…", "①"]
        ),
        st.sampled_from(
            ["浏览次数：85", "\n阅读：3次\n", "\x00", "e\u0301", "\ufb01", "½", "\u3000", "\r\n"]
        ),
        st.text(max_size=3),
    ),
    max_size=14,
).map("".join)


@settings(max_examples=200)
@given(SENTENCES, SENTENCES)
def test_joined_edits_are_both_texts_and_what_has_no_sort_says_the_same(old: str, new: str) -> None:
    edits = compare_wording(old, new)
    assert "".join(edit.old for edit in edits) == old
    assert "".join(edit.new for edit in edits) == new
    assert all(edit.old or edit.new for edit in edits)
    is_same = normalise_passage(without_volatile(old)) == normalise_passage(without_volatile(new))
    assert is_same == all(edit.sort is None for edit in edits)


@settings(max_examples=100)
@given(SENTENCES)
def test_a_text_differs_from_itself_in_nothing(text: str) -> None:
    assert compare_wording(text, text) == ((Edit(text, text, None),) if text else ())


@given(st.integers(0, 10**7), st.integers(0, 10**7), SENTENCES)
def test_a_changed_figure_is_one_edit_whatever_digits_are_equal(one: int, other: int, around: str) -> None:
    found = marked(f"{around}。全年共收到申请{one}件。", f"{around}。全年共收到申请{other}件。")
    assert found == ([] if one == other else [("figure", f"{one}件", f"{other}件")])


def test_long_passages_take_no_more_than_a_moment() -> None:
    clause = "持续推进基层政务公开标准化规范化，全年公开信息{}条，"
    old = "".join(clause.format(number) for number in range(1500))
    new = old.replace("公开信息777条", "公开信息778条")
    rewritten = "".join(f"第{number}项工作另有安排；" for number in range(4000))
    no_clause = "公" * 30_000 + "开" * 30_000
    started = time.process_time()
    assert [edit for edit in compare_wording(old, new) if edit.sort] == [Edit("777条", "778条", Sort.FIGURE)]
    assert any(edit.sort is Sort.WORDS for edit in compare_wording(old, rewritten))
    assert any(edit.sort is Sort.WORDS for edit in compare_wording(no_clause, no_clause[::-1]))
    assert time.process_time() - started < 20
