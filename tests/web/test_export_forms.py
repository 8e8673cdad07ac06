"""The forms of files as pure functions: what goes in comes out again, whatever it is."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.snapshot.workbook import is_code, utf16_units
from gongkai.web.exports.export_route import begin_export, send_rows
from gongkai.web.exports.export_selection import Selection, content_disposition
from gongkai.web.exports.file_formats import (
    CsvForm,
    End,
    ExcelForm,
    JsonForm,
    csv_lines,
    for_excel,
)
from gongkai.web.reading import Reader

if TYPE_CHECKING:
    from gongkai.web.reading import Row

TEXTS = st.text() | st.sampled_from(
    ["", "=1+1", '"', ",", "\r", "\n", "\r\n", " ", "\0", "\ufeff", "＝A1", "'", "007"]
)
REALS = st.floats(allow_nan=False)
WHOLE = st.integers(-(2**63), 2**63 - 1)
CELLS = st.none() | TEXTS | WHOLE | REALS
ROWS = st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=6))
END = End(rows=2, expected=2, sha256="0" * 64)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def said(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)


@given(ROWS)
def test_csv_reads_back_as_it_was(rows: list[Row]) -> None:
    assert read(csv_lines(rows)) == [[said(value) for value in row] for row in rows]


def test_a_text_that_is_no_utf8_ends_the_file_with_an_error() -> None:
    async def sent() -> bytes:
        with closing(sqlite3.connect(":memory:", check_same_thread=False)) as db:
            db.executescript("CREATE TABLE runs (night); CREATE TABLE t (a); INSERT INTO t VALUES ('b')")
            db.execute("INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
            parts = []

            async def send(message: Any) -> None:
                parts.append(message.get("body", b""))

            reader = Reader(db, seconds=60)
            export = begin_export(db, Selection("t", "", "/", "SELECT a FROM t", {}), "0" * 64)
            await send_rows(reader, export, CsvForm(export.columns), send)
            return b"".join(parts)

    head, *_, last = asyncio.run(sent()).decode().splitlines()
    assert head == "a"
    assert last.startswith("# INCOMPLETE rows=0 expected=2 ")


EXCEL = {
    "a formula": ("=1+1", "'=1+1"),
    "a call": ('=HYPERLINK("http://a.example")', '\'=HYPERLINK("http://a.example")'),
    "plus": ("+A1", "'+A1"),
    "minus": ("-A1", "'-A1"),
    "a dash": ("-", "'-"),
    "at": ("@SUM(A1)", "'@SUM(A1)"),
    "a tab": ("\t=1", "'\t=1"),
    "a carriage return": ("\r=1", "'\r=1"),
    "full-width equals": ("＝1", "'＝1"),
    "full-width plus": ("＋1", "'＋1"),
    "full-width minus": ("－1", "'－1"),
    "full-width at": ("＠A", "'＠A"),
    "a formula behind NUL": ("\0=1", "'\0=1"),
    "a negative figure as text": ("-3", "-3"),
    "a figure as text": ("1602", "1602"),
    "a decimal": ("18.55", "18.55"),
    "a negative number": (-3, -3),
    "a real": (0.5, 0.5),
    "nothing": (None, None),
    "zero": ("0", "0"),
    "fifteen digits": (10**15 - 1, 10**15 - 1),
    "sixteen digits": (10**15, "\t1000000000000000"),
    "an identity number": ("110101199003070011", "\t110101199003070011"),
    "leading zeros": ("007", "\t007"),
    "an exponent": ("12e45", "\t12e45"),
    "what looks like a day": ("3-1", "\t3-1"),
    "a fraction": ("1/2", "\t1/2"),
    "a time of day": ("16:30", "\t16:30"),
    "an ISO date": ("2026-01-31", "2026-01-31"),
    "a document number": ("豫政办〔2018〕77号", "豫政办〔2018〕77号"),
    "prose": ("公开 12 件", "公开 12 件"),
}


@pytest.mark.parametrize(("value", "written"), EXCEL.values(), ids=EXCEL.keys())
def test_excel_gets_texts_as_texts_and_numbers_as_numbers(value: object, written: object) -> None:
    assert for_excel(value) == written


@pytest.mark.parametrize(
    "column", ["id", "issuer_id", "region_code", "doc_number", "payload_sha256", "文号", "section_a"]
)
def test_codes_stay_texts(column: str) -> None:
    assert is_code(column)
    assert for_excel("410900", code=is_code(column)) == "\t410900"


@pytest.mark.parametrize("column", ["value", "difference", "year", "issuer", "new_requests", "title"])
def test_figures_are_no_codes(column: str) -> None:
    assert not is_code(column)


@given(TEXTS, st.booleans())
def test_what_is_guarded_can_be_restored(text: str, code: bool) -> None:
    written = for_excel(text, code=code)
    assert isinstance(written, str)
    assert (written[1:] if written.startswith(("'", "\t")) else written) == text


@given(TEXTS, st.booleans())
def test_no_cell_for_excel_begins_a_formula(text: str, code: bool) -> None:
    written = str(for_excel(text, code=code)).lstrip("\0")
    is_number = written.lstrip("+-").replace(".", "", 1).isdecimal()
    assert is_number or not written.startswith(tuple("=+-@\r\n＝＋－＠"))
    assert not written.startswith("\t") or written[1:].strip()[:1].isdecimal() or written[1:2] in "+-."


def test_a_cell_that_excel_cannot_hold_is_the_address_of_its_page() -> None:
    form = ExcelForm(["id", "text"], [0, 1], lambda row: f"http://a.example/{row[0]}")
    long, fits = "长" * 32_768, "😀" * 16_383
    assert utf16_units(fits) == 32_766
    rows = read(form.rows([("a", long), ("b", fits), ("c", "😀" * 16_384)]).decode())
    assert rows == [
        ["a", "http://a.example/a", "http://a.example/a"],
        ["b", fits, "http://a.example/b"],
        ["c", "http://a.example/c", "http://a.example/c"],
    ]
    assert form.head() == "\ufeffid,text,出处\r\n".encode()
    sha256 = "0" * 64
    assert form.tail(End(3, 3, sha256)).decode() == (
        f"# COMPLETE rows=3 expected=3 sha256={sha256} replaced=2\r\n"
    )
    assert form.tail(End(3, 4, sha256, "time limit")).decode() == (
        f"# INCOMPLETE rows=3 expected=4 sha256={sha256} replaced=2 reason=time limit\r\n"
    )


def test_a_file_in_which_no_text_was_replaced_ends_as_any_other() -> None:
    form = ExcelForm(["id"], [0], lambda _: "http://a.example/")
    form.rows([("a",)])
    end = End(1, 1, "0" * 64)
    assert form.tail(end).decode() == f"{end.line()}\r\n"


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_json_reads_back_as_it_was(rows: list[Row]) -> None:
    form = JsonForm(["a", "a"], "0" * 64, len(rows))
    batches = [form.rows(rows[start : start + 2]) for start in range(0, len(rows), 2)]
    tail = form.tail(End(len(rows), len(rows), "0" * 64))
    whole = json.loads(b"".join([form.head(), *batches, tail]))
    # JSON has no number beyond the largest.
    assert whole["rows"] == [
        [None if isinstance(cell, float) and math.isinf(cell) else cell for cell in row] for row in rows
    ]
    assert whole["complete"] is True


@pytest.mark.parametrize(
    ("end", "line"),
    [
        (END, f"# COMPLETE rows=2 expected=2 sha256={'0' * 64}"),
        (End(1, 2, "ab", "time limit"), "# INCOMPLETE rows=1 expected=2 sha256=ab reason=time limit"),
        (End(3, 2, "ab"), "# INCOMPLETE rows=3 expected=2 sha256=ab reason=3 rows came where 2 were counted"),
        (End(2, 2, "ab", "error: x"), "# INCOMPLETE rows=2 expected=2 sha256=ab reason=error: x"),
    ],
)
def test_the_last_line_says_whether_all_is_there(end: End, line: str) -> None:
    assert end.line() == line
    assert csv_lines([(line,)]) == f"{line}\r\n"


def test_paths_of_the_site_are_written_out_where_they_are_asked_for() -> None:
    """In a file a path leads nowhere; what only looks like one stays the text that it is."""
    cells = ("/-/proof/0a", "/gongkai/documents/0a#figures", "/etc/passwd", "=/-/proof/0a", "/-/proof/0A b")
    for site, head in (("http://a.example/", "http://a.example"), ("", "")):
        form = ExcelForm(list("abcde"), range(5), lambda _: "http://a.example/", site)
        [line] = csv.reader([form.rows([cells]).decode()])
        assert line[:2] == [head + cell for cell in cells[:2]]
        assert line[2:5] == ["/etc/passwd", "'=/-/proof/0a", "/-/proof/0A b"]


def test_a_name_tells_one_year_from_another() -> None:
    said = content_disposition("refused_most", "谁", "2026-01-31", ".csv", ["2019", "河南/郑州"])
    assert 'filename="gongkai_refused_most_2019_20260131.csv"' in said
    assert unquote(said.partition("UTF-8''")[2]) == "gongkai_谁_2019_河南_郑州_20260131.csv"


def test_no_name_is_longer_than_a_file_system_takes() -> None:
    said = content_disposition("a", "公" * 200, "2026-01-31", ".excel.csv", ["开" * 200] * 7)
    name = unquote(said.partition("UTF-8''")[2])
    assert len(name.encode()) <= 255
    assert (name.count("公"), name.count("开")) == (48, 24)


@pytest.mark.parametrize(
    ("title", "night", "said"),
    [
        (
            "文件",
            "2026-01-31",
            (
                'filename="gongkai_documents_20260131.csv"; '
                "filename*=UTF-8''gongkai_%E6%96%87%E4%BB%B6_20260131.csv"
            ),
        ),
        ("", None, "filename=\"gongkai_documents.csv\"; filename*=UTF-8''gongkai_documents.csv"),
        ('a"b/c\r\nd:e', None, "filename=\"gongkai_documents.csv\"; filename*=UTF-8''gongkai_a_b_c_d_e.csv"),
    ],
)
def test_a_name_is_fit_for_files_and_headers(title: str, night: str | None, said: str) -> None:
    assert content_disposition("documents", title, night, ".csv") == f"attachment; {said}"
