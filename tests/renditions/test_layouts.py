"""Tables without rules, in many layouts: no figure has another value than is printed."""

from __future__ import annotations

import pytest

from pipelines.decoded import Hints
from pipelines.document import read_document
from tests.renditions.compared import compare
from tests.renditions.layouts import unruled_style
from tests.renditions.model import draw_report
from tests.renditions.to_pdf import STYLES, to_pdf

URL = "http://www.qingxi.example/nb/report"


@pytest.mark.parametrize("seed", [3, 4, 8, 10])
def test_blank_cells_do_not_make_a_table_running_text(seed: int) -> None:
    report = draw_report("form_2021", seed)
    found = compare(read_document(to_pdf(report, STYLES["unruled"]), Hints(URL)), report.figures)
    assert (found.flagged, found.wrong) == ({}, {})


@pytest.mark.parametrize("number", [16, 26, 27, 30, 33, 55, 61, 67])
def test_a_table_is_read_right_or_said_to_be_unread(number: int) -> None:
    report = draw_report("form_2021", number)
    found = compare(read_document(to_pdf(report, unruled_style(number)), Hints(URL)), report.figures)
    assert found.wrong == {}
    assert "blank" not in found.flagged.values()


@pytest.mark.parametrize("number", [3, 13, 302, 317])
def test_labels_that_stand_word_for_word_tell_every_row(number: int) -> None:
    report = draw_report("form_2019", number)
    found = compare(read_document(to_pdf(report, unruled_style(number)), Hints(URL)), report.figures)
    assert found.wrong == {}
    assert found.share >= 0.95
