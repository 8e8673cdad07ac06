"""A noisy scan, askew, of the report: no figure is wrong, and nearly all have their value."""

from __future__ import annotations

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import ReaderMissing
from pipelines.response.payload_type import PayloadType, sniff
from tests.renditions.compared import compare
from tests.renditions.formats import render_pictures, render_scan
from tests.renditions.model import FORM_YEARS, draw_report
from tests.renditions.to_pdf import STYLES, to_pdf
from tests.renditions.to_scan import pages_as_pdf, scan_pages
from tests.soak import SOAK, first_of, series

URL = "http://www.qingxi.example/nb/scan.pdf"
LEAST = 0.95
"""Share of the printed figures that have their value."""


@series
def test_the_figures_of_a_scan_come_back_and_none_is_wrong() -> None:
    """In `make test` those of the first page; `test_ocr_pages` has a page of the largest table."""
    report = draw_report("form_2021", 1)
    figures = report.figures if SOAK else {key: it for key, it in report.figures.items() if key[0] == "t2"}
    pages = first_of(scan_pages(to_pdf(report, STYLES["ruled"])))
    try:
        reading = read_document(pages_as_pdf([*pages]), Hints(URL))
    except ReaderMissing as error:
        pytest.skip(str(error))
    found = compare(reading, figures)
    assert found.wrong == {}
    assert found.share >= LEAST
    assert reading.form == "form_2021"
    assert reading.confidence is not None
    assert {fact.how for fact in reading.facts if fact.value is not None} == {"ocr"}


@series
@pytest.mark.parametrize("form", first_of([*FORM_YEARS]))
def test_the_same_report_is_scanned_to_the_same_bytes(form: str) -> None:
    report = draw_report(form, 3)
    first, second = render_scan(report), render_scan(report)
    assert first == second
    assert sniff(first) is PayloadType.PDF
    assert b"/Font" not in first
    assert {sniff(picture) for picture in render_pictures(report)} == {PayloadType.IMAGE}
