"""Workbooks: what goes in is read again by another library, typed, whatever it is."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.snapshot.workbook import MOST_CHARACTERS, write_workbook
from gongkai.web.exports import export_route
from gongkai.web.exports.file_formats import WorkbookForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook

    from tests.web.conftest import Site

SOURCE = "http://localhost/source"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1)


def written(column: str, values: Sequence[object]) -> Workbook:
    """Return a workbook with one column, read again."""
    file = io.BytesIO()
    form = WorkbookForm((column,), (0,), lambda _: SOURCE)
    rows = [form.cells((value,)) for value in values]
    assert write_workbook(file, form.names, rows, [("行数", "1")]) == len(values)
    return openpyxl.load_workbook(file)


def cells(column: str, values: Sequence[object]) -> list[object]:
    [_, *rows] = written(column, values)["数据"].iter_rows(values_only=True, max_col=1)
    return [value for (value,) in rows]


CELLS = {
    "a whole number": ("件", 37, 37),
    "a figure kept as text": ("value", "1602", 1602),
    "decimals as printed": ("value", "0.50", 0.5),
    "a negative": ("相差", "-18", -18),
    "a full date": ("published_on", "2024-01-31", dt.datetime(2024, 1, 31)),  # noqa: DTZ001  a cell has no zone
    "no such day": ("published_on", "2023-02-30", "2023-02-30"),
    "an instant": ("fetched_at", "2024-01-31T01:02:03Z", "2024-01-31T01:02:03Z"),
    "leading zeros": ("value", "007", "007"),
    "too many digits": ("value", "12345678901234567890", "12345678901234567890"),
    "a long integer": ("n", 2**60, str(2**60)),
    "an id of digits": ("document_id", "1234", "1234"),
    "an id that is a number": ("id", 1234, "1234"),
    "a document number": ("发文字号", "20190012", "20190012"),
    "what would be a formula": ("title", "=1+1", "=1+1"),
    "what would be a date": ("title", "3-1", "3-1"),
    "what would be an exponent": ("title", "12e45", "12e45"),
    "an address": ("url", "http://www.example.gov.cn/", "http://www.example.gov.cn/"),
    "more than the largest": ("n", float("inf"), "inf"),
    "bytes": ("n", b"\x01\xff", "X'01FF'"),
    "too long a text": ("text", "字" * (MOST_CHARACTERS + 1), SOURCE),
    "not stated": ("value", None, None),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_has_its_type(case: str) -> None:
    column, value, expected = CELLS[case]
    [found] = cells(column, [value])
    assert (found, type(found)) == (expected, type(expected))


def test_a_decimal_is_shown_as_it_was_printed() -> None:
    cell = written("value", ["0.50"])["数据"]["A2"]
    assert (cell.value, cell.number_format) == (0.5, "0.00")


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_text_of_codes_reads_back_as_it_was(texts: list[str]) -> None:
    assert cells("code", texts) == texts


@pytest.mark.parametrize("name", ["facts", "refused_most"])
def test_a_workbook_holds_every_row_and_says_what_it_is(bodies_site: Site, name: str) -> None:
    answer = bodies_site.get(f"/-/export/{name}.xlsx")
    assert answer.status_code == 200
    assert ".xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    [head, *rows] = book["数据"].iter_rows(values_only=True)
    assert len(rows) == int(answer.headers["x-expected-rows"]) > 0
    assert head[-1] == "出处"
    assert all(str(row[-1]).startswith("http://localhost/") for row in rows)
    told = dict(book["说明"].iter_rows(values_only=True))
    assert told["SHA-256"] == answer.headers["x-database-sha256"]
    assert told["行数（已完整）"] == str(len(rows))
    assert ("state = blank" in told) == (name == "facts")


def test_more_rows_than_a_sheet_has_are_refused(bodies_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_route, "MOST_ROWS", 2)
    answer = bodies_site.get("/-/export/facts.xlsx")
    assert answer.status_code == 400
    assert "more than Excel opens" in answer.text
