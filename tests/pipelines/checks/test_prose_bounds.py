"""Where each bound of the checks of sentences lies (`pipelines/knowledge/thresholds/prose.yaml`)."""

from __future__ import annotations

import pytest

from pipelines.checks.sentences import bracket_depth
from tests.pipelines.checks.prose_of import check_prose, passages_of

LISTED = "公开信息20件，其中甲类10件、乙类10件"


def told(text: str) -> list[str]:
    return [str(check.outcome) for check in check_prose(passages_of(text), ())]


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        pytest.param(
            f"{LISTED}，{'甲' * (1500 - len(LISTED) - 2)}。",
            f"{LISTED}，{'甲' * (1500 - len(LISTED) - 1)}。",
            id="longest_sentence",
        ),
        pytest.param(
            f"受理20件，{'接7件，' * 23}办结10件，办结率50%。",
            f"受理20件，{'接7件，' * 24}办结10件，办结率50%。",
            id="wholes_of_share",
        ),
        pytest.param(
            f"受理20件，{'接17件，' * 5}其中甲类10件、乙类10件。",
            f"受理20件，{'接17件，' * 6}其中甲类10件、乙类10件。",
            id="wholes_of_list",
        ),
        pytest.param(
            "11件问题，现场解答5件，转交办理6件。",
            "10件问题，现场解答5件，转交办理5件。",
            id="least_unannounced",
        ),
        pytest.param(
            f"120件问题，{'办理10件，' * 11}转交10件。",
            f"130件问题，{'办理10件，' * 12}转交10件。",
            id="most_unannounced",
        ),
    ],
)
def test_what_holds_is_told_up_to_a_bound(within: str, beyond: str) -> None:
    assert told(within) == ["pass"]
    assert told(beyond) == []


@pytest.mark.parametrize(
    ("wrong", "beyond"),
    [
        pytest.param(
            "公开信息1621条，其中甲类1599条，乙类21条。",
            "公开信息1620条，其中甲类1599条，乙类20条。",
            id="far_less",
        ),
        pytest.param(
            "公开信息3000条，其中甲类2000条，乙类997条。",
            "公开信息3000条，其中甲类2000条，乙类996条。",
            id="slip",
        ),
        pytest.param(
            "其中甲甲甲甲，甲类3件、乙类4件，共8件。",
            "其中甲甲甲，甲类3件、乙类4件，共8件。",
            id="words_of_opening",
        ),
    ],
)
def test_what_cannot_hold_is_told_up_to_a_bound(wrong: str, beyond: str) -> None:
    assert told(wrong) == ["fail"]
    assert told(beyond) == []


def test_a_rate_named_by_one_character_is_of_no_figure() -> None:
    assert told("受理20件，办10件，我市办率50%。") == []


def test_one_statement_has_the_same_four_characters_before_it() -> None:
    parts = "10件，其中丙类5件、丁类5件。"
    assert told(f"甲收到申请{parts}乙收到申请{parts}") == ["pass"]
    assert told(f"甲到申请{parts}乙到申请{parts}") == ["pass", "pass"]


def test_a_quotation_begins_with_the_phrase_and_leaves_out_a_long_way() -> None:
    (check,) = check_prose(passages_of(f"{'甲' * 30}20件，其中乙类10件、丙类10件。"), ())
    assert f"“{'甲' * 24}20件" in check.message_zh
    for between, is_left_out in ((14, False), (15, True)):
        (check,) = check_prose(passages_of(f"受理20件，{'甲' * between}，办结10件，办结率50%。"), ())
        assert ("……" in check.message_zh) is is_left_out


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("甲类10件、乙类10篇，共计20件。", id="of another kind"),
        pytest.param("甲类10件；乙类10件，共计20件。", id="in another clause"),
        pytest.param("（甲类10件、乙类10件），共计20件。", id="in brackets that are closed"),
    ],
)
def test_a_total_is_of_the_figures_right_before_it(text: str) -> None:
    assert told("甲类10件、乙类10件，共计20件。") == ["pass"]
    assert told(text) == []


def test_a_whole_may_stand_right_before_what_opens_its_list() -> None:
    assert told("公开信息1621条其中甲类1599条，乙类21条。") == ["fail"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("30件问题，现场解答5篇，转交办理25件。", id="of another kind"),
        pytest.param("30件问题，现场解答5件，培训0件，转交办理25件。", id="none of it"),
    ],
)
def test_parts_that_nothing_announces_stand_right_behind_their_whole(text: str) -> None:
    assert told("30件问题，现场解答5件，转交办理25件。") == ["pass"]
    assert told(text) == []


def test_a_bracket_counts_from_the_first_character_on() -> None:
    assert [bracket_depth("(甲(1件))乙2件", position) for position in (1, 3, 6, 7)] == [1, 2, 1, 0]
