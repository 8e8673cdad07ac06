"""What a passage is compared by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.near_duplicates import CLOSENESS, fingerprint
from pipelines.text.normalise import normalise_passage

TEMPLATE = "{body}在{date}前把惠农补贴的账目张贴到{place}的村口，办理{count}，不予受理{few}。"
FILLED = {
    "body": "信阳市教育局",
    "date": "2019年8月9日",
    "place": "固始县",
    "count": "37件",
    "few": "2件",
}
ALIKE = {
    "other figures": {"count": "1,602件", "few": "3件"},
    "another day": {"date": "2021年12月31日"},
    "a year alone": {"date": "2020年"},
    "another body": {"body": "平原示范区管理委员会"},
    "another place": {"place": "青岩镇"},
}


def family_of(raw: str) -> str | None:
    return fingerprint(normalise_passage(raw)).family_id


@pytest.mark.parametrize("other", ALIKE.values(), ids=ALIKE.keys())
def test_a_template_filled_otherwise_has_the_same_family(other: dict[str, str]) -> None:
    assert family_of(TEMPLATE.format(**{**FILLED, **other})) == family_of(TEMPLATE.format(**FILLED))


@pytest.mark.parametrize("other", [("不予受理", "予以受理"), ("惠农", "惠民"), ("张贴到", "张贴")])
def test_other_words_and_turns_are_another_family(other: tuple[str, str]) -> None:
    told = TEMPLATE.format(**FILLED)
    assert family_of(told.replace(*other)) != family_of(told)


@pytest.mark.parametrize(
    "raw", ["合计37件，其中2件转办。", "顺着花海与竹径铺成骑行绿道供游人歇脚"], ids=["few words", "no mask"]
)
def test_what_is_no_template_has_no_family(raw: str) -> None:
    assert family_of(raw) is None


def test_a_passage_sorts_from_both_ends() -> None:
    skeleton = fingerprint("甲" + "乙丙丁戊己" * 20)
    assert len(skeleton.keys) == 2
    assert skeleton.keys[0] == skeleton.skeleton[: CLOSENESS.key_length]
    assert skeleton.keys[1] == skeleton.skeleton[::-1][: CLOSENESS.key_length]


def test_the_block_is_of_what_is_protected_and_of_its_order() -> None:
    one, same, other = (fingerprint(form) for form in ("由3件到5件不等", "自3件至5件不等", "由5件到3件不等"))
    assert one.block == same.block != other.block


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=80))
def test_any_text_has_a_fingerprint(form: str) -> None:
    one = fingerprint(form)
    assert one == fingerprint(form)
    assert -(2**63) <= one.block < 2**63
