"""Where each bound of comparing and repeating lies (`pipelines/knowledge/thresholds/`)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pipelines.duplicates import diff
from pipelines.duplicates.diff import DIFF, Leaf, align_passages
from pipelines.duplicates.diff_wording import compare_wording
from pipelines.duplicates.internal_duplicates import find_rounds
from pipelines.duplicates.protected import find_protected
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import split_passages

ONES, OTHERS = "琴棋书画诗酒花茶风雅", "刀枪剑戟斧钺钩叉鞭锏"


def became(old: str, new: str, *, heading: str = "二、其他") -> list[str]:
    found = align_passages([Leaf("1", old, ("一、概况",))], [Leaf("2", new, (heading,))])
    return [str(one.state) for one in found]


@pytest.mark.parametrize(("common", "heading"), [(5, "二、其他"), (3, "一、概况")])
def test_how_alike_a_changed_passage_is(common: int, heading: str) -> None:
    assert became(ONES, ONES[:common] + OTHERS[common:], heading=heading) == ["changed"]
    assert became(ONES, ONES[: common - 1] + OTHERS[common - 1 :], heading=heading) == ["dropped", "new"]


def test_of_long_passages_the_clauses_are_compared() -> None:
    assert became("琴棋，" * 1333, "棋琴，" * 1333) == ["changed"]
    assert became("琴棋，" * 1334, "棋琴，" * 1334) == ["dropped", "new"]


def test_more_pairs_than_fit_are_compared_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DIFF.pairs_at_once == 2000 * 2000
    old = [Leaf("1", ONES, ()), Leaf("2", OTHERS, ())]
    new = [Leaf("3", OTHERS + "锤", ()), Leaf("4", ONES + "酌", ())]
    assert [str(one.state) for one in align_passages(old, new)] == ["changed", "changed"]
    monkeypatch.setattr(diff, "DIFF", replace(DIFF, pairs_at_once=3))
    assert [str(one.state) for one in align_passages(old, new)] == ["dropped", "dropped", "new", "new"]


def edits_of(old: str, new: str) -> list[tuple[str, str]]:
    return [(edit.old, edit.new) for edit in compare_wording(old, new) if edit.sort]


def test_what_stands_by_chance_between_two_edits() -> None:
    assert edits_of("琴棋雨雪书画", "刀枪雨雪剑戟") == [("琴棋雨雪书画", "刀枪雨雪剑戟")]
    assert edits_of("琴棋雨雪霜书画", "刀枪雨雪霜剑戟") == [("琴棋", "刀枪"), ("书画", "剑戟")]


def test_what_leads_up_to_a_figure() -> None:
    assert ("75件", "81件") in edits_of("琴棋雨雪霜露雾75件书", "刀枪雨雪霜露雾81件剑")
    assert ("75件", "81件") not in edits_of("琴棋雨雪霜露75件书", "刀枪雨雪霜露81件剑")
    assert edits_of("雨雪75件", "雨雪琴棋书画81件") == [("", "琴棋书画"), ("75件", "81件")]
    assert ("75件", "81件") not in edits_of("雨雪75件", "雨雪琴棋书画诗81件")


def rounds_of(*parts: tuple[str, str]) -> int:
    text = "一、概况\n" + "".join(f"（一）琴棋\n{one}\n（二）书画\n{other}\n" for one, other in parts)
    return len(find_rounds(split_passages(text)[0]))


def test_what_two_rounds_share() -> None:
    said, again = (f"{'琴棋书画诗酒花茶' * 8}{end}。" for end in "雨雪")
    assert rounds_of((said, "刀枪" * 30 + "。"), (again, "剑戟" * 30 + "。")) == 1
    assert rounds_of((said, "刀枪" * 60 + "。"), (again, "剑戟" * 60 + "。")) == 0


def test_how_alike_two_printings_are() -> None:
    said = "琴棋书画诗酒花茶" * 5
    assert rounds_of((f"{said}雨雪霜。", f"{said}雨雪霜。"), (f"{said}露雾云。", f"{said}露雾云。")) == 1
    assert rounds_of(*((said + end * 3 + "。",) * 2 for end in ("雨雪霜冰", "露雾云虹"))) == 0


def test_how_long_a_passage_is_that_stands_again() -> None:
    for length, times in ((40, 1), (39, 0)):
        passage = f"一、概况\n{'琴' * length}。\n"
        assert len(find_rounds(split_passages(f"{passage}二、其他\n另有安排。\n{passage}")[0])) == times


@pytest.mark.parametrize(
    ("printed", "protected"),
    [
        ("琴棋书画局", "棋书画局"),
        ("琴棋书画镇", "书画镇"),
        (f"{'豫政办' * 4}〔2018〕77号", "政办豫政办豫政办2018、77号"),
    ],
)
def test_how_far_an_unknown_name_reaches(printed: str, protected: str) -> None:
    assert find_protected(normalise_passage(printed))[-1].text == protected
