"""The lines around a change: how many, which, and when nothing is left to fold."""

from __future__ import annotations

import pytest

from gongkai.web.rendering.text_comparison import Context, context_of

LINES = [f"第{n}行" for n in range(1, 9)]
TEXT = ["\n".join(LINES[:5]), "", "\n\n   ".join(LINES[5:])]


@pytest.mark.parametrize(
    ("follows", "precedes", "context"),
    [
        pytest.param(True, True, Context(tuple(LINES[:3]), tuple(LINES[-3:])), id="between two changes"),
        pytest.param(False, True, Context((), tuple(LINES[-3:])), id="at the head of the text"),
        pytest.param(True, False, Context(tuple(LINES[:3]), ()), id="at its end"),
        pytest.param(False, False, Context(), id="texts without a change"),
    ],
)
def test_three_lines_stand_on_each_side_that_has_a_change(
    follows: bool, precedes: bool, context: Context
) -> None:
    """Lines are counted across passages, and empty ones are none."""
    assert context_of(TEXT, follows=follows, precedes=precedes) == context


@pytest.mark.parametrize(("count", "is_whole"), [(6, True), (7, False)])
def test_no_more_than_the_lines_of_both_sides_is_not_folded(count: int, is_whole: bool) -> None:
    """A link that unfolds nothing would be a promise not kept; no line stands twice."""
    context = context_of(LINES[:count], follows=True, precedes=True)
    assert context.is_whole is is_whole
    assert len(set(context.opening + context.closing)) == len(context.opening + context.closing) == 6


def test_a_long_line_is_cut_and_leaves_something_to_unfold() -> None:
    """A paragraph of a thousand characters does not fill the page beside a change."""
    context = context_of(["长" * 1_000], follows=True, precedes=True)
    assert (context.opening, context.closing, context.is_whole) == (("长" * 120 + "…",), (), False)
