"""One report in every format states the same: the figures of the model, and all of its sentences."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import ReaderMissing
from pipelines.readers.registry import READERS
from pipelines.response.payload_type import sniff
from tests.renditions.figures import read_facts, stated_facts
from tests.renditions.formats import DIGITAL
from tests.renditions.model import FORM_YEARS, ISSUER, Heading, Paragraph, draw_report
from tests.soak import first_of, series

if TYPE_CHECKING:
    from pipelines.document import Reading
    from tests.renditions.model import PrintedReport

FORMS = tuple(FORM_YEARS)
SEEDS = (1, 2)
KINDS = [
    (name, form) for name in DIGITAL for form in (first_of(FORMS) if DIGITAL[name].needs_office else FORMS)
]
CASES = [
    (name, form, seed)
    for name, form in KINDS
    for seed in (SEEDS[:1] if DIGITAL[name].needs_office else first_of(SEEDS))
]
"""LibreOffice takes seconds, so it is asked once of each form, and in `make test` of one."""
URL = "http://www.qingxi.example/nb/report"


@cache
def rendered(name: str, form: str, seed: int) -> bytes:
    """Return a rendition, made once."""
    return DIGITAL[name].render(draw_report(form, seed))


@cache
def reading_of(name: str, form: str, seed: int) -> Reading:
    """Return how a rendition is read; skip the test where nothing here renders or reads it."""
    rendition = DIGITAL[name]
    if missing := rendition.missing():
        pytest.skip(missing)
    if rendition.kind not in READERS:
        pytest.skip(f"no reader of {rendition.kind} is registered")
    try:
        return read_document(rendered(name, form, seed), Hints(URL))
    except ReaderMissing as error:
        pytest.skip(str(error))


def without_space(text: str) -> str:
    """Return a text without white space: lines are broken where the page ends."""
    return re.sub(r"\s", "", text)


def sections_of(reading: Reading) -> list[str]:
    """Return the headings of the first level below the title, in order."""
    found = [part for passage in reading.passages for part in passage.heading_path if part[1:2] == "、"]
    return list(dict.fromkeys(found))


@series
@pytest.mark.parametrize(("name", "form", "seed"), CASES)
def test_a_rendition_states_the_figures_of_the_model(name: str, form: str, seed: int) -> None:
    wanted = stated_facts(draw_report(form, seed).figures)
    reading = reading_of(name, form, seed)
    found = read_facts(reading.facts)
    different = {key: (wanted.get(key), found.get(key)) for key in wanted.keys() | found.keys()}
    assert {key: both for key, both in different.items() if both[0] != both[1]} == {}
    assert reading.form == form


@series
@pytest.mark.parametrize(("name", "form"), KINDS)
def test_a_rendition_says_who_reports_on_which_year(name: str, form: str) -> None:
    metadata = reading_of(name, form, SEEDS[0]).metadata
    assert (metadata.issuer, metadata.year, metadata.kind) == (ISSUER, FORM_YEARS[form], "annual_report")


@series
@pytest.mark.parametrize(("name", "form"), KINDS)
def test_a_rendition_loses_no_sentence_and_no_section(name: str, form: str) -> None:
    report = draw_report(form, SEEDS[0])
    reading = reading_of(name, form, SEEDS[0])
    text = without_space(reading.text)
    lines = [part.text for part in report.parts if isinstance(part, Heading | Paragraph)]
    assert [line for line in lines if text.count(without_space(line)) != 1] == []
    headings = [part.text for part in report.parts if isinstance(part, Heading)]
    assert sections_of(reading) == headings


@pytest.mark.parametrize("name", [name for name in DIGITAL if name != "doc"])
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    first = rendered(name, "form_2021", SEEDS[0])
    assert first == DIGITAL[name].render(draw_report("form_2021", SEEDS[0]))
    assert sniff(first) is DIGITAL[name].kind


def figures_come_back(name: str, form: str, seed: int, blanks: float, dashes: float) -> None:
    """Assert that a page of these figures is read as these figures."""
    report: PrintedReport = draw_report(form, seed, blanks, dashes)
    reading = read_document(DIGITAL[name].render(report), Hints(URL))
    assert read_facts(reading.facts) == stated_facts(report.figures)


SHARES = st.sampled_from((0.0, 0.2, 0.5))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(form=st.sampled_from(FORMS), seed=st.integers(0, 2**32), blanks=SHARES, dashes=SHARES)
def test_any_figures_come_back_from_a_page(form: str, seed: int, blanks: float, dashes: float) -> None:
    figures_come_back("html", form, seed, blanks, dashes)
