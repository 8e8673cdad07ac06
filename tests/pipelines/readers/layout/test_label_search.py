"""Labels that are found word for word, over lines and beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipelines.readers.layout.label_search import find_label, known_sheets
from tests.pipelines.readers.layout.set_words import word

if TYPE_CHECKING:
    from pipelines.readers.layout.geometry import Word

SIZE = 10.0


def set_lines(text: str, left: float, top: float = 0.0) -> list[Word]:
    """Return the lines of a cell at their left edge."""
    return [word(line, left, top + 12 * number, SIZE) for number, line in enumerate(text.split("/"))]


@pytest.mark.parametrize(
    "printed",
    ["结果维持", "结果维/持", "结果/维持", "结/果/维/持"],
)
def test_a_label_is_found_over_its_lines(printed: str) -> None:
    lines = set_lines(printed, 0.0)
    others = [*set_lines("结果纠/正", 60.0), *set_lines("其他结/果", 120.0)]
    [found] = find_label(("结果维持",), [*others, *lines])
    assert found.words == tuple(lines)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(set_lines("结果维", 0.0), id="the end is missing"),
        pytest.param([*set_lines("结果", 0.0), *set_lines("维持", 60.0, 12.0)], id="in another column"),
        pytest.param([*set_lines("结果", 0.0), *set_lines("维持", 0.0, 60.0)], id="far below"),
        pytest.param([*set_lines("结果", 0.0), *set_lines("维持", 60.0)], id="far beside"),
    ],
)
def test_words_that_do_not_belong_together_are_no_label(words: list[Word]) -> None:
    assert find_label(("结果维持",), words) == ()


def test_a_label_may_be_printed_twice_and_spelt_otherwise() -> None:
    words = [*set_lines("总计", 0.0), *set_lines("合/计", 60.0), *set_lines("总数", 120.0)]
    assert [found.words for found in find_label(("总计", "合计"), words)] == [
        tuple(words[:1]),
        tuple(words[1:3]),
    ]


def test_a_mark_may_hang_over_the_edge_of_a_cell() -> None:
    [hanging] = find_label(("区分处理的,只计",), set_lines("区分处理的，/只计", 0.0))
    [full] = find_label(("区分处理的只计",), set_lines("区分处理的/只计", 0.0))
    assert (hanging.end, hanging.box[2]) == (full.end, full.end + SIZE)


def test_sheets_are_those_of_the_forms() -> None:
    sheets = known_sheets()
    heads = sorted(len(sheet.heads) for sheet in sheets)
    assert heads == [1, 1, 1, 2, 2, 3, 3, 3, 3, 7, 7, 7, 7, 7, 7, 15]
    assert sorted(len(sheet.rows) for sheet in sheets if len(sheet.heads) == 7) == [23, 24, 25, 26, 27, 30], (
        "with the labels of groups beside their rows, of all or of the inner ones, and above them"
    )
    assert all(sheet.depth == 3 for sheet in sheets if sheet.spanning)
