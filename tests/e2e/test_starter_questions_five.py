"""The starter questions over the five real documents: the answers worked out by hand from their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.asking import ask, only

if TYPE_CHECKING:
    from archive.data_folder import DataDir

XINXIANG = "新乡市人民政府"
XINYANG = "信阳市人民政府"
PINGYUAN = "新乡市平原城乡一体化示范区管理委员会"

NONE = "无已审结案件"
DIFFERS = "核对不相符"
NO_EARLIER = "未收录上年"
FEW = "分母小于 20"

RATES = {
    # numerator, denominator, per cent, and why it is not ranked, of 新乡 2019, 信阳 2019, 平原 2020
    "refused_most": ((37, 1606, 2.3, ""), (34, 644, 5.28, ""), (0, 0, None, DIFFERS)),
    "not_held_most": ((81, 1606, 5.04, ""), (58, 644, 9.01, ""), (0, 0, None, DIFFERS)),
    "petitions_most": ((33, 1606, 2.05, ""), (10, 644, 1.55, ""), (0, 0, None, DIFFERS)),
    "litigation_corrected_most": ((23, 124, 18.55, ""), (2, 21, 9.52, ""), (0, 0, None, NONE)),
    "review_corrected_most": ((66, 166, 39.76, ""), (15, 34, 44.12, ""), (1, 3, 33.33, FEW)),
    "business_or_people": ((415, 365, 113.7, ""), (7, 554, 1.26, ""), (0, 16, 0.0, DIFFERS)),
    "requests_grew_most": ((None, None, None, NO_EARLIER),) * 3,
}


@pytest.mark.parametrize("query", RATES)
def test_rates_are_those_worked_out_by_hand(five: DataDir, query: str) -> None:
    found = {row["机关"]: list(row.values()) for row in ask(five, query)}
    for body, (above, below, percent, why) in zip((XINXIANG, XINYANG, PINGYUAN), RATES[query], strict=True):
        rank, _, _, *figures, reason = found[body][:7]
        assert figures == [above, below, percent]
        assert (rank is None) == bool(why)
        assert why in (reason or "")
        assert bool(reason) == bool(why)


def test_a_lower_denominator_can_be_asked_for(five: DataDir) -> None:
    ranked = ask(five, "review_corrected_most", at_least="1")
    assert only(ranked, "名次", "机关") == [(1, XINYANG), (2, XINXIANG), (3, PINGYUAN)]


@pytest.mark.parametrize(
    ("region", "bodies"),
    [
        ("新乡", {XINXIANG, PINGYUAN}),
        ("410700", {XINXIANG, PINGYUAN}),
        ("信阳市", {XINYANG}),
        ("河南", {XINXIANG, XINYANG, PINGYUAN}),
        ("410000", {XINXIANG, XINYANG, PINGYUAN}),
        ("平原", {PINGYUAN}),
        ("湖南", set()),
    ],
)
def test_a_region_is_found_by_name_by_code_and_by_what_it_lies_in(
    five: DataDir, region: str, bodies: set[str]
) -> None:
    assert {row["机关"] for row in ask(five, "refused_most", region=region)} == bodies


def test_nine_failing_identities_have_two_causes(five: DataDir) -> None:
    assert set(only(ask(five, "sums_that_differ"), "机关", "年度", "规则", "同因其他项数")) == {
        (PINGYUAN, 2020, "t3.total_column_empty", 7),
        (PINGYUAN, 2020, "t3.off_by_carry", 2),
    }
    assert only(ask(five, "total_columns_of_zero"), "机关", "年度") == [(PINGYUAN, 2020)]


def test_blank_cells_are_those_counted_by_hand(five: DataDir) -> None:
    found = {
        (row["机关"], row["表格"]): (row["空白格"], row["全部格"]) for row in ask(five, "most_blank_cells")
    }
    assert found == {
        (XINXIANG, "主动公开"): (0, 22),
        (XINXIANG, "申请"): (108, 161),
        (XINXIANG, "复议诉讼"): (0, 15),
        (XINYANG, "主动公开"): (0, 22),
        (XINYANG, "申请"): (102, 161),
        (XINYANG, "复议诉讼"): (0, 15),
        (PINGYUAN, "主动公开"): (5, 22),
        (PINGYUAN, "申请"): (0, 161),
        (PINGYUAN, "复议诉讼"): (0, 15),
    }


def test_penalties_stand_as_printed_and_are_compared_with_no_other_year(five: DataDir) -> None:
    found = ask(five, "penalties_by_year")
    assert {row["机关"]: row["决定数量"] for row in found} == {
        XINXIANG: "14353",
        XINYANG: "23787",
        PINGYUAN: "162",
    }
    assert {(row["上年决定数量"], row["增减"]) for row in found} == {(None, None)}
    assert all("未收录上年" in row["未列入原因"] for row in found)


def test_no_report_is_called_late_missing_withdrawn_or_changed(five: DataDir) -> None:
    """Without a printed date nothing is late; the form of 2019 states no amount of fees."""
    for query in (
        "published_late",
        "reports_missing",
        "documents_withdrawn",
        "figures_changed",
        "fees_charged",
    ):
        assert ask(five, query) == []
    for query in ("old_forms", "carried_in_differs", "portals_that_block", "prose_against_table"):
        assert ask(five, query) == []


def test_the_parts_on_problems_are_all_found(five: DataDir) -> None:
    found = ask(five, "shortest_problem_parts")
    lengths = [row["字数"] for row in found]
    assert lengths == sorted(lengths)
    assert {row["机关"] for row in found} == {XINXIANG, XINYANG, PINGYUAN}
    assert {row["标题路径"] for row in found} == {"五、存在的主要问题及改进情况"}


def test_two_reports_share_a_heading_and_one_line_in_other_figures(five: DataDir) -> None:
    [row] = ask(five, "same_but_figures")
    assert (row["机关"], row["较早机关"]) == (XINXIANG, XINYANG)
    assert (row["全同段数"], row["只改数字段数"]) == (1, 1)
    assert row["相同百分比"] == 0.22
