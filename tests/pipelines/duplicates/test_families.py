"""In what passages of one template differ."""

from __future__ import annotations

import pytest

from pipelines.duplicates.near_duplicates import Difference, Fingerprint, family_differences, fingerprint
from pipelines.duplicates.protected import Sort
from pipelines.text.normalise import normalise_passage

CASES = {
    "a figure": (
        "茶农凭证到窗口领取补贴，共发放37件，余款退回。",
        "茶农凭证到窗口领取补贴，共发放1,602件，余款退回。",
        [(Sort.FIGURE, "37件", "1,602件")],
    ),
    "a day and a year": (
        "自2019年8月9日起茶农凭证到窗口领取补贴款项。",
        "自2020年8月10日起茶农凭证到窗口领取补贴款项。",
        [(Sort.FIGURE, "2019年", "2020年"), (Sort.FIGURE, "9日", "10日")],
    ),
    "a bureau and a committee": (
        "信阳市教育局给茶农补贴，凭证到窗口领取，余款退回。",
        "平原示范区管委会给茶农补贴，凭证到窗口领取，余款退回。",
        [(Sort.NAME, "信阳市教育局", "平原示范区管委会")],
    ),
    "more in a row on one side": (
        "2019年茶农凭证到窗口领取补贴款项，余款退回。",
        "2019年8月茶农凭证到窗口领取补贴款项，余款退回。",
        [(Sort.FIGURE, "2019年", "2019年8月")],
    ),
    "a document number": (
        "照国办发〔2018〕22号文，茶农凭证到窗口领取补贴。",
        "照国办发〔2019〕3号文，茶农凭证到窗口领取补贴。",
        [(Sort.NUMBER, "国办发[2018]22号", "国办发[2019]3号")],
    ),
    "cells": (
        "茶农补贴\t3\t\n稻农补贴与油料补贴\t4\t5\n",
        "茶农补贴\t3\t\n稻农补贴与油料补贴\t4\t\n",
        [(Sort.FIGURE, "|4|5", "|4|")],
    ),
    "marks alone": (
        "茶农凭证到窗口领取补贴，共发放37件，余款退回。",
        "茶农凭证到窗口领取补贴；共发放**37**件，余款退回",
        [],
    ),
}


def told(raw: str) -> Fingerprint:
    return fingerprint(normalise_passage(raw))


@pytest.mark.parametrize(("one", "other", "expected"), CASES.values(), ids=CASES.keys())
def test_differences_of_a_family(one: str, other: str, expected: list[tuple[Sort, str, str]]) -> None:
    a, b = told(one), told(other)
    assert a.family_id == b.family_id is not None
    assert [(found.sort, found.a, found.b) for found in family_differences(a, b)] == expected
    assert [(found.sort, found.b, found.a) for found in family_differences(b, a)] == expected


def test_a_difference_says_where_it_stands() -> None:
    one = told("茶农凭证，到窗口领取补贴，共发放37件，余款退回。")
    other = told("茶农凭证，到窗口领取补贴，共发放38件，余款退回。")
    assert family_differences(one, other) == (Difference(Sort.FIGURE, "37件", "38件", one.form.index("37")),)
