"""What must hold before a copy is published."""

from __future__ import annotations

import pytest

from gongkai.gates import find_refusals

FULL = {"captures": 10, "documents": 5, "versions": 6, "_to_read": 0, "_to_link": 0}


@pytest.mark.parametrize(
    ("corpus", "published", "refusals"),
    [
        pytest.param({}, {}, [], id="the first copy"),
        pytest.param({}, {"captures": 10, "documents": 5, "versions": 6}, [], id="nothing changed"),
        pytest.param({"captures": 11}, {"captures": 10, "documents": 5, "versions": 6}, [], id="it grew"),
        pytest.param(
            {},
            {"captures": 10, "documents": 6, "versions": 6},
            ["documents fell from 6 to 5 rows"],
            id="it shrank",
        ),
        pytest.param(
            {"_to_read": 1}, {}, ["deriving was not finished (run gongkai derive)"], id="captures are unread"
        ),
        pytest.param(
            {"_to_link": 1},
            {},
            ["deriving was not finished (run gongkai derive)"],
            id="documents are not linked",
        ),
    ],
)
def test_find_refusals(corpus: dict[str, int], published: dict[str, int], refusals: list[str]) -> None:
    assert find_refusals({**FULL, **corpus}, published) == refusals
