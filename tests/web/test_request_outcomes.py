"""How requests were answered: only what is stated and adds up is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from gongkai.web.rendering.request_outcomes import pick_sentence, sum_outcomes
from tests.web.charts import drawn, numbers

CELLS = {
    "new_requests": "20",
    "disclosed": "10",
    "partly_disclosed": "0",
    "denied_state_secret": "1",
    "denied_third_party": "4",
    "unable_not_held": "2",
    "rejected_repeat": "2",
    "other_misc": "1",
    "results_total": "20",
}
SUM = {"check_id": "t3.results_sum.total", "table_no": 1, "outcome": "pass"}


def column(**changed: str | None) -> list[dict[str, Any]]:
    """Return the rows of `facts` of the column of totals."""
    return [
        {
            "id": row,
            "table_key": "t3",
            "table_no": 1,
            "row_key": row,
            "column_key": "total",
            "value": value,
            "state": "blank" if value is None else "number",
            "how": "grid",
        }
        for row, value in (CELLS | changed).items()
    ]


def test_the_parts_are_those_of_the_form_and_add_up_to_the_total() -> None:
    found = sum_outcomes(column(), [SUM])
    assert found is not None
    assert [(part.key, part.cases, part.share) for part in found.parts] == [
        ("disclosed", 10, 0.5),
        ("partly_disclosed", 0, 0.0),
        ("denied", 5, 0.25),
        ("unable", 2, 0.1),
        ("rejected", 2, 0.1),
        ("other", 1, 0.05),
    ]
    assert [fact["id"] for fact in found.parts[2].facts] == ["denied_state_secret", "denied_third_party"]


def test_of_equal_parts_none_is_the_largest_alone() -> None:
    alone = sum_outcomes(column(), [SUM])
    tied = sum_outcomes(column(disclosed="5", unable_not_held="5", other_misc="3"), [SUM])
    assert alone
    assert tied
    assert [[part.key for part in found.largest] for found in (alone, tied)] == [
        ["disclosed"],
        ["disclosed", "denied", "unable"],
    ]


@pytest.mark.parametrize(
    ("changed", "checks", "why"),
    [
        ({"denied_third_party": None}, [SUM], "blank"),
        ({"results_total": None}, [SUM], "blank"),
        ({"results_total": "0"}, [SUM], "zero"),
        ({}, [SUM | {"outcome": "fail"}], "sum"),
        ({}, [SUM | {"outcome": "pass_if_blank_zero"}], "sum"),
        ({}, [SUM | {"table_no": 2}], "sum"),
        ({}, [], "sum"),
    ],
    ids=["leaf blank", "total blank", "total zero", "fails", "if blank zero", "another table", "not checked"],
)
def test_nothing_is_drawn_that_is_not_stated_and_checked(
    changed: dict[str, str | None], checks: list[dict[str, Any]], why: str
) -> None:
    found = sum_outcomes(column(**changed), checks)
    assert found is not None
    assert (found.parts, found.why) == ((), why)


def test_a_text_without_the_table_has_no_outcomes() -> None:
    assert sum_outcomes([], [SUM]) is None


def test_a_sentence_tells_what_is_printed_and_leaves_out_what_has_no_place() -> None:
    facts = column()
    facts[-1] |= {"how": "not_printed"}
    assert list(pick_sentence(facts)) == ["received"]
    assert list(pick_sentence(column(new_requests=None))) == ["received", "answered"]


def test_a_sentence_of_blanks_alone_is_not_told() -> None:
    facts = column(new_requests=None)
    facts[-1] |= {"how": "not_printed"}
    assert pick_sentence(facts) == {}


@pytest.mark.parametrize(
    ("parts", "segments", "labels"),
    [
        ([], [], []),
        ([("甲", 1.0)], [("part part-1", 1.0, 398.0)], ["甲"]),
        (
            [("甲", 0.5), ("乙", 0.0), ("丙", 0.5)],
            [("part part-1", 1.0, 199.0), ("part part-3", 200.0, 199.0)],
            ["甲", "丙"],
        ),
        (
            [("甲乙丙丁", 0.05), ("戊", 0.95)],
            [("part part-1", 1.0, 19.9), ("part part-2", 20.9, 378.1)],
            ["戊"],
        ),
    ],
    ids=["nothing", "one", "a part of nothing", "a label that does not fit"],
)
def test_a_bar_is_cut_by_shares(
    parts: list[tuple[str, float]], segments: list[tuple[str, float, float]], labels: list[str]
) -> None:
    svg = drawn("stacked_bar", parts, "bar", "name", "told")
    rects = svg.xpath("//rect")
    cut = numbers(rects, "x", "width")
    assert [(rect.get("class"), *place) for rect, place in zip(rects, cut, strict=True)] == segments
    assert [text.text for text in svg.xpath("//text")] == labels
    assert all(x > 0 and x + width < 640 for x, width in cut)
