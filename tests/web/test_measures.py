"""The table of measures says what the published rates are worked out by."""

from __future__ import annotations

import re
from ast import literal_eval
from importlib.resources import files

import pytest

from gongkai.web import questions as measures_module
from gongkai.web.pages.page_queries import load_queries
from gongkai.web.questions import Cells, MeasuresMisread, measures, pick_newest_year, questions


def test_a_measure_is_made_of_the_cells_that_the_published_rates_count() -> None:
    sql = files("archive.corpus").joinpath("comparison.sql").read_text("utf-8")
    values = re.findall(r"\b(?:measures|terms) \([\w, ]+\) AS \(\s+VALUES (.*?)\n\)", sql, re.DOTALL)
    assert len(values) == 2
    tables, terms = (literal_eval(f"[{rows}]") for rows in values)
    rates = {key: measure for key, measure in measures().items() if measure.is_rate}
    assert {key: measure.table for key, measure in rates.items()} == {key: table for key, table, _ in tables}
    counted = {(key, years_back, *cells) for key, years_back, *cells in terms}
    assert counted == {
        (key, it.years_back, it.rows, it.column, it.above, it.below)
        for key, measure in rates.items()
        for it in measure.cells
    }


@pytest.mark.parametrize("key", measures())
def test_what_a_measure_names_is_there(key: str) -> None:
    measure = measures()[key]
    assert measure.query in load_queries("regions")
    if measure.question:
        asked = questions().queries[measure.question].sql
        assert f"'{key}'" in asked or not measure.is_rate
    for text in (measure.title, measure.formula, measure.numerator, measure.denominator):
        chinese, _, english = text.partition(" / ")
        assert chinese
        assert english
        assert english.isascii() or not re.search(r"[\u4e00-\u9fff]", english)


def test_a_measure_that_is_not_understood_is_told_with_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    stated = {"measures": {"denied": {"title": "率", "colour": "red"}}}
    monkeypatch.setattr(measures_module, "read_site_table", lambda _: stated)
    with pytest.raises(MeasuresMisread, match=r"measures\.yaml"):
        measures.__wrapped__()


def test_the_cells_of_the_year_before_are_told_apart() -> None:
    assert measures()["requests_of_year_before"].cells[1] == Cells("new_requests", "total", 0, 1, 1)


@pytest.mark.parametrize(
    ("ranked", "year"),
    [
        ({2021: 30, 2022: 5, 2023: 4}, 2022),
        ({2021: 1, 2022: 2, 2023: 0}, 2022),
        ({2023: 0}, None),
        ({}, None),
    ],
)
def test_the_newest_year_is_one_of_which_there_is_something_to_tell(
    ranked: dict[int, int], year: int | None
) -> None:
    assert pick_newest_year(ranked) == year
