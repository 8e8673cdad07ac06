"""Where passages of one place disagree: which wordings there are, how often, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.duplicates.internal_duplicates import place_key, repeated_places
from pipelines.duplicates.protected import Sort
from pipelines.duplicates.variants import find_variants
from pipelines.text.normalise import normalise_passage
from pipelines.text.outline import Passage, split_passages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipelines.duplicates.variants import Variant

PATH = ("一、情况", "（一）财政")
TEXT = "全年公开本级预算12份，由行政机关按季核对，并印发目录供各部门对照使用。"


def passages_of(*texts: str, path: tuple[str, ...] = PATH) -> list[Passage]:
    return [Passage("\n", f"{path[-1]}\n{text}", path, len(path)) for text in texts]


def wordings(variants: Sequence[Variant]) -> list[list[tuple[str, int]]]:
    """Return the wordings and how often they stand, by disagreement."""
    found: dict[tuple[tuple[str, ...], int], list[tuple[str, int]]] = {}
    for variant in variants:
        found.setdefault((variant.heading_path, variant.at), []).append((variant.wording, variant.times))
    return list(found.values())


DISAGREEMENTS = {
    "one text": ([TEXT, TEXT], []),
    "another typing": ([TEXT, TEXT.replace("，", ",").replace("12", "１２")], []),
    "a word that turns the meaning": (
        [TEXT, TEXT, TEXT.replace("预算", "决算")],
        [[("预算", 2), ("决算", 1)]],
    ),
    "a figure is one token": ([TEXT, TEXT.replace("12", "13"), TEXT], [[("12份", 2), ("13份", 1)]]),
    "a word left out": ([TEXT, TEXT.replace("并印发", "印发"), TEXT], [[("并", 2), ("", 1)]]),
    "a word added": ([TEXT, TEXT.replace("目录", "目录目录"), TEXT], [[("", 2), ("目录", 1)]]),
    "two disagreements, each of all": (
        [TEXT, TEXT.replace("预算", "决算"), TEXT.replace("对照使用", "对照参考"), TEXT],
        [[("预算", 3), ("决算", 1)], [("使用", 3), ("参考", 1)]],
    ),
    "three wordings": (
        [TEXT, TEXT.replace("使用", "参考"), TEXT.replace("使用", "学习"), TEXT],
        [[("使用", 2), ("参考", 1), ("学习", 1)]],
    ),
    "of equally frequent ones the first": (
        [TEXT, TEXT.replace("预算", "决算")],
        [[("预算", 1), ("决算", 1)]],
    ),
    "overlapping disagreements are one": (
        [TEXT, TEXT.replace("按季核对", "核对"), TEXT.replace("季核", "月审"), TEXT],
        [[("按季核", 2), ("核", 1), ("按月审", 1)]],
    ),
    "another text altogether is left out": (
        [TEXT, TEXT, TEXT.replace("预算", "决算"), "组织培训三期，编写手册。"],
        [[("预算", 2), ("决算", 1)]],
    ),
    "a single character is completed to a word": (
        [f"{TEXT}积极指导工作。加强指导。", f"{TEXT}积极引导工作。加强指导。"],
        [[("指导", 1), ("引导", 1)]],
    ),
    "a single character at the end of a word": (
        [f"{TEXT}配齐人员。配齐设备。", f"{TEXT}配备人员。配齐设备。"],
        [[("配齐", 1), ("配备", 1)]],
    ),
}


@pytest.mark.parametrize(("texts", "expected"), DISAGREEMENTS.values(), ids=DISAGREEMENTS.keys())
def test_disagreements(texts: list[str], expected: list[list[tuple[str, int]]]) -> None:
    assert wordings(find_variants(passages_of(*texts))) == expected


def test_a_variant_says_where_it_stands() -> None:
    passages = [
        *passages_of("", path=("一、情况",)),
        *passages_of(TEXT, TEXT.replace("预算", "决算"), path=("一、情况", "（一） 财政")),
        *passages_of(TEXT, path=("一、情况", "(一)财政")),
    ]
    first, second = find_variants(passages)
    assert (first.heading_path, first.at, first.positions) == (("一、情况", "(一)财政"), 0, (1, 3))
    assert (second.wording, second.positions, second.context) == ("决算", (2,), "(一)财政全年公开本级")
    assert (first.sort, second.sort) == (Sort.TURN, Sort.TURN)


@pytest.mark.parametrize(
    ("other", "sort"),
    [
        (TEXT.replace("12", "13"), Sort.FIGURE),
        (TEXT.replace("预算", "决算"), Sort.TURN),
        (TEXT.replace("行政机关", "人民政府"), Sort.NAME),
        (TEXT.replace("目录", "**目录"), Sort.WORDS),
        (TEXT.replace("目录", "目目录"), Sort.WORDS),
    ],
    ids=["figure", "turn", "name", "marks", "doubled character"],
)
def test_what_differs(other: str, sort: Sort) -> None:
    assert {variant.sort for variant in find_variants(passages_of(TEXT, TEXT, other))} == {sort}


@pytest.mark.parametrize(("texts", "found"), [(100, 100), (101, 0)])
def test_a_place_of_very_many_wordings_is_left_alone(texts: int, found: int) -> None:
    passages = passages_of(*[TEXT.replace("12", str(1000 + number)) for number in range(texts)])
    assert len(find_variants(passages)) == found


def test_like_named_headings_under_others_are_other_places() -> None:
    passages = [
        *passages_of(TEXT, path=("一、教育局", "（一）财政")),
        *passages_of(TEXT.replace("预算", "决算"), path=("二、水利局", "（一）财政")),
    ]
    assert find_variants(passages) == ()
    assert repeated_places(passages) == ()


def test_what_stands_before_the_first_heading_is_no_place() -> None:
    assert repeated_places(passages_of("甲", "乙", path=("",))) == ((0, 1),)
    assert repeated_places([Passage("", "甲", (), 0), Passage("", "乙", (), 0)]) == ()


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["预算", "决算", "12份", "公开", "，", "行政机关", "的", "**", "|\n", "A1"]),
            max_size=12,
        ).map("".join),
        min_size=2,
        max_size=6,
    )
)
def test_every_passage_has_its_say_once_in_each_disagreement(texts: list[str]) -> None:
    passages = passages_of(*[f"全年按照要求做好各项工作并且及时向社会公布结果{text}" for text in texts])
    by_place: dict[int, list[Variant]] = {}
    for variant in find_variants(passages):
        by_place.setdefault(variant.at, []).append(variant)
    said = [sorted(place for one in group for place in one.positions) for group in by_place.values()]
    assert all(places == sorted(set(places)) for places in said)
    assert len({tuple(places) for places in said}) <= 1
    for group in by_place.values():
        assert len({variant.wording for variant in group}) == len(group) > 1
        for variant in group:
            assert variant.times == len(variant.positions)
            for position in variant.positions:
                assert variant.context + variant.wording in normalise_passage(passages[position].raw)


NAME = "新乡市人民政府2019年政府信息公开工作年度报告"
LETTERS = {
    # how many normalised texts the fourteen rounds have in each leaf, counted by hand
    "(一)": (3, 1, 2),
    "(二)": (1, 1, 2),
    "(三)": (3, 5, 1, 3, 3),
    "(四)": (2, 1),
    "(五)": (2, 1, 1),
}
MEANING = {
    ("行政机关", "人民政府"): (8, 6),
    ("行政机关", "行政机构"): (9, 5),
    ("部门", "单位"): (11, 3),
    ("预算", "预决算"): (10, 4),
}


@pytest.fixture(scope="module")
def fourteen(shared_documents: Path) -> tuple[Passage, ...]:
    return split_passages((shared_documents / f"{NAME}.txt").read_bytes().decode())[0]


def test_the_leaves_have_as_many_texts_as_were_counted(fourteen: tuple[Passage, ...]) -> None:
    texts: dict[str, dict[str, set[str]]] = {}
    for passage in fourteen:
        if passage.level == 3:
            division, leaf = map(normalise_passage, passage.heading_path[1:])
            texts.setdefault(division[:3], {}).setdefault(leaf, set()).add(normalise_passage(passage.raw))
    assert {key: tuple(map(len, leaves.values())) for key, leaves in texts.items()} == LETTERS


def test_the_report_has_thirty_places(fourteen: tuple[Passage, ...]) -> None:
    assert len(fourteen) == 303
    assert len({normalise_passage(passage.raw) for passage in fourteen}) == 46
    places = {place_key(passage.heading_path): passage.level for passage in fourteen}
    assert [list(places.values()).count(level) for level in range(4)] == [1, 6, 7, 16]
    repeated = repeated_places(fourteen)
    assert {len(positions) for positions in repeated} == {14}
    assert len(repeated) == 5 + 16


def test_disagreements_of_meaning_are_counted(fourteen: tuple[Passage, ...]) -> None:
    variants = find_variants(fourteen)
    by_place: dict[tuple[tuple[str, ...], int], list[Variant]] = {}
    for variant in variants:
        by_place.setdefault((variant.heading_path, variant.at), []).append(variant)
    assert {sum(one.times for one in group) for group in by_place.values()} == {14}
    found = {tuple(one.wording for one in group): group for group in by_place.values()}
    for pair, times in MEANING.items():
        group = found[pair]
        assert (tuple(one.times for one in group), {one.sort for one in group} & {Sort.WORDS}) == (
            times,
            set(),
        )
    assert {one.sort for one in found["指导", "引导"]} == {Sort.WORDS}
    assert {one.sort for one in found["", "**"]} == {Sort.WORDS}


def test_other_documents_repeat_no_place(shared_documents: Path) -> None:
    others = [path for path in shared_documents.iterdir() if NAME not in path.name]
    assert len(others) == 4
    for path in others:
        passages, _ = split_passages(path.read_bytes().decode())
        assert (repeated_places(passages), find_variants(passages)) == ((), ())
