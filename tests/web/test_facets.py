from __future__ import annotations

import pytest

from gongkai.web.pages.search_page import (
    Found,
    choose_documents,
    choose_facets,
    count_facets,
)

NO_YEAR = "-"
FOUND = (
    Found(1, "2020", "410700", "annual_report", "a"),
    Found(2, "2020", "410900", "policy", "b"),
    Found(3, "2019", "320100", "annual_report", "c"),
    Found(4, NO_YEAR, "", "other", ""),
)


def counted(chosen: dict[str, str]) -> dict[str, dict[str, int]]:
    facets = count_facets(FOUND, chosen)
    return {facet["name"]: dict(facet["values"]) for facet in facets}


def test_each_facet_counts_what_the_others_leave() -> None:
    assert counted({}) == {
        "year": {NO_YEAR: 1, "2019": 1, "2020": 2},
        "region": {"41": 2, "32": 1},
        "kind": {"annual_report": 2, "other": 1, "policy": 1},
        "issuer": {"a": 1, "b": 1, "c": 1},
    }
    assert counted({"year": "2020", "kind": "policy"}) == {
        "year": {"2020": 1},
        "region": {"41": 1},
        "kind": {"annual_report": 1, "policy": 1},
        "issuer": {"b": 1},
    }


def test_a_chosen_place_shows_the_places_in_it() -> None:
    assert counted({"region": "41"})["region"] == {"4107": 1, "4109": 1}
    assert counted({"region": "4107"})["region"] == {"410700": 1}
    assert counted({"region": "410700"})["region"] == {"410700": 1}


def test_years_stand_from_the_newest_and_others_from_the_most_frequent() -> None:
    many = tuple(Found(n, str(2000 + n % 3), "", "policy", f"{n:02}") for n in range(30))
    year, _, _, issuer = count_facets(many, {})
    assert [value for value, _ in year["values"]] == ["2002", "2001", "2000"]
    assert issuer == {"name": "issuer", "values": [(f"{n:02}", 1) for n in range(12)], "further": 18}


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"year": "2020", "region": "41"}, {"year": "2020", "region": "41"}, id="two"),
        pytest.param({"year": NO_YEAR}, {"year": NO_YEAR}, id="documents without a year"),
        pytest.param({"year": "20", "region": "4"}, {}, id="no year, no place"),
        pytest.param({"year": "２０２０", "region": "４１"}, {}, id="digits that are no ASCII"),
        pytest.param({"kind": "x", "issuer": "y"}, {"kind": "x", "issuer": "y"}, id="codes are not judged"),
    ],
)
def test_a_choice_is_read_from_an_address(arguments: dict[str, str], chosen: dict[str, str]) -> None:
    assert choose_facets(arguments) == chosen
    assert choose_facets(chosen) == chosen


def test_the_documents_chosen_are_those_that_every_choice_leaves() -> None:
    assert choose_documents(FOUND, {}) == FOUND
    assert choose_documents(FOUND, {"kind": "annual_report"}) == [FOUND[0], FOUND[2]]
    assert choose_documents(FOUND, {"year": NO_YEAR}) == [FOUND[3]]
    assert choose_documents(FOUND, {"kind": "annual_report", "year": NO_YEAR}) == []
