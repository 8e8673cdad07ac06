"""What becomes of passages from one text to the next: kept, changed, new, dropped, moved."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.duplicates.diff import Aligned, Leaf, State, align_passages
from pipelines.duplicates.protected import Sort
from pipelines.identity import section_id
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import split_passages

OLD = """试城市2022年政府信息公开工作年度报告
一、总体情况
2022年，全市公开信息120条，办理申请75件。
（一）加强组织领导
市政府办公室统筹全市公开工作，各单位确定专人负责，全年召开会议3次。
（二）优化平台建设
改版门户网站，增设办事指南栏目，开通智能问答，网站浏览次数12万次。
二、存在的问题
公开内容不够全面，解读形式比较单一，队伍力量薄弱，少数单位认识不到位，业务培训次数偏少。
三、其他事项
无。
"""
NEW = """试城市2023年政府信息公开工作年度报告
一、总体情况
2023年，全市公开信息131条，办理申请81件。
（一）优化平台建设
改版门户网站，增设办事指南栏目，开通智能问答，网站浏览次数12万次。
（二）加强组织领导
市政府办公室统筹全市公开工作，各单位确定专人负责，全年召开会议3次。
（三）强化监督保障
将政务公开纳入绩效考核，每季度通报一次。
二、存在的问题
街道更新迟缓。今后将建立月度巡查制度，发现错漏即时督办，并邀请社会监督员参加季度评议活动。
三、其他事项
无。
"""


def leaves(text: str) -> list[Leaf]:
    return [
        Leaf(section_id(normalise_passage(passage.raw)), passage.raw, passage.heading_path)
        for passage in split_passages(text)[0]
    ]


def told(old: list[Leaf], new: list[Leaf]) -> list[tuple[str, str]]:
    """Return what became of each passage, by its first line."""
    found = []
    for aligned in align_passages(old, new):
        leaf = old[aligned.old] if aligned.new is None and aligned.old is not None else new[aligned.new or 0]
        state = f"{aligned.state}, moved" if aligned.moved else str(aligned.state)
        found.append((state, leaf.raw.split("\n")[0]))
    return found


def test_a_report_against_that_of_the_year_before() -> None:
    assert told(leaves(OLD), leaves(NEW)) == [
        ("changed", "试城市2023年政府信息公开工作年度报告"),
        ("changed", "一、总体情况"),
        ("kept, moved", "（一）优化平台建设"),
        ("kept", "（二）加强组织领导"),
        ("dropped", "二、存在的问题"),
        ("new", "（三）强化监督保障"),
        ("new", "二、存在的问题"),
        ("kept", "三、其他事项"),
    ]


def test_the_edits_of_a_changed_passage_are_those_of_its_wording() -> None:
    changed = next(one for one in align_passages(leaves(OLD), leaves(NEW)) if one.new == 1)
    assert [(edit.sort, edit.old, edit.new) for edit in changed.edits if edit.sort] == [
        (Sort.FIGURE, "2022年", "2023年"),
        (Sort.FIGURE, "120条", "131条"),
        (Sort.FIGURE, "75件", "81件"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        pytest.param(
            "一、概况\n全年公开3条。", "一、概况\n全年公开3条。\n浏览次数：85", ["kept"], id="a counter"
        ),
        pytest.param(
            "三、其他事项\n无。", "四、其他事项\n无其他事项。", ["changed"], id="words under another numeral"
        ),
        pytest.param("三、其他事项\n无。", "四、其他事项\n无。", ["kept"], id="another numeral"),
        pytest.param(
            "一、加强平台建设\n改版门户网站，增设办事指南栏目。",
            "一、优化服务功能，加强平台建设\n改版门户网站，增设办事指南专栏。",
            ["changed"],
            id="another heading over much the same words",
        ),
        pytest.param("", "一、概况\n全年公开3条。", ["new"], id="from nothing"),
        pytest.param("一、概况\n全年公开3条。", "", ["dropped"], id="to nothing"),
    ],
)
def test_what_becomes_of_a_single_passage(old: str, new: str, wanted: list[str]) -> None:
    assert [str(one.state) for one in align_passages(leaves(old), leaves(new))] == wanted


def test_a_round_that_is_left_out_leaves_the_others_in_their_order() -> None:
    rounds = [f"（{number}）同一段话。\n" for number in "一二三四五"]
    old = leaves("一、总体情况\n" + "".join(rounds) * 3)
    new = leaves("一、总体情况\n" + "".join(rounds) * 2)
    found = align_passages(old, new)
    assert [one.state for one in found].count(State.KEPT) == len(new)
    assert not any(one.moved for one in found)


LEAVES = st.lists(
    st.builds(
        lambda words, path: Leaf(section_id(normalise_passage(words)), words, path),
        st.sampled_from(
            ["一样的话。", "另一段话，公开3条。", "另一段话，公开4条。", "完全不同的表述", "", "浏览次数：3"]
        ),
        st.sampled_from([(), ("一、概况",), ("二、概况",), ("一、概况", "（一）平台")]),
    ),
    max_size=9,
)


def is_whole(found: tuple[Aligned, ...], old: list[Leaf], new: list[Leaf]) -> bool:
    """Whether each passage of both texts is told of once, and the new ones in order."""
    olds = sorted(one.old for one in found if one.old is not None)
    news = [one.new for one in found if one.new is not None]
    return olds == list(range(len(old))) and news == list(range(len(new)))


@settings(max_examples=150)
@given(LEAVES, LEAVES)
def test_each_passage_is_told_of_once_and_what_stays_in_order_ascends(
    old: list[Leaf], new: list[Leaf]
) -> None:
    found = align_passages(old, new)
    assert is_whole(found, old, new)
    stayed = [one.old for one in found if not one.moved and one.old is not None]
    assert stayed == sorted(stayed)
    for one in found:
        if one.edits and one.old is not None and one.new is not None:
            assert "".join(edit.old for edit in one.edits) == old[one.old].raw
            assert "".join(edit.new for edit in one.edits) == new[one.new].raw
        assert bool(one.edits) == (one.state == "changed")


@given(LEAVES)
def test_a_text_is_kept_whole_against_itself(text: list[Leaf]) -> None:
    assert all(one.state == "kept" and one.old == one.new for one in align_passages(text, text))


def test_thousands_of_passages_take_no_more_than_moments() -> None:
    old = leaves("".join(f"{n}、第{n * 7919 % 10007}号栏目\n更新信息{n}条。\n" for n in range(1, 90)) * 12)
    new = leaves("".join(f"{n}、第{n * 6007 % 10007}号栏目\n登载信息{n}条。\n" for n in range(1, 90)) * 12)
    started = time.process_time()
    assert is_whole(align_passages(old, new), old, new)
    assert time.process_time() - started < 20
