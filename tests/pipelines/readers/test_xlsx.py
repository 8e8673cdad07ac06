"""Workbooks: cells as shown, blanks as blanks, nothing calculated."""

from __future__ import annotations

import datetime as dt
import io
import time
from typing import TYPE_CHECKING

import openpyxl
import pytest

from pipelines.decoded import Hints
from pipelines.errors import UnreadableDocument
from pipelines.forms.cell_values import read_cell
from pipelines.forms.form_model import CellState, Measure
from pipelines.readers.spreadsheets import read_xlsx
from tests.pace import slowness
from tests.pipelines.readers.word_samples import zipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpyxl.worksheet.worksheet import Worksheet

    from pipelines.decoded import FileText

HINTS = Hints("http://www.example.gov.cn/1.xlsx")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(sheet: str, parts: Mapping[str, str | bytes] | None = None, kind: str = "worksheet") -> bytes:
    return zipped(
        {
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="甲" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
            f'Type="{RELATIONS}/{kind}" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
            **(parts or {}),
        }
    )


def table_of(file: FileText) -> list[list[str]]:
    grid = next(block.grid for block in file.blocks if block.grid)
    return [[cell.text for cell in row] for row in grid.rows]


def active(book: openpyxl.Workbook) -> Worksheet:
    return book.worksheets[0]


def test_cells_are_read_as_shown() -> None:
    book = openpyxl.Workbook()
    sheet = active(book)
    sheet.append(["项目", "数", "率", "日期", "真"])
    sheet.append([" 许可 ", 0.1 + 0.2, 0.125, dt.date(2020, 1, 31), True])
    sheet.append(["处罚", None, 12_345.6, None, 0])
    for place, code in {"C2": "0.0%", "D2": "yyyy-mm-dd", "C3": "#,##0"}.items():
        sheet[place].number_format = code
    file = read_xlsx(saved(book), HINTS)
    assert table_of(file) == [
        ["项目", "数", "率", "日期", "真"],
        ["许可", "0.3", "12.5%", "2020-01-31", "TRUE"],
        ["处罚", "", "12,346", "", "0"],
    ]
    assert file.notes == ()
    assert file.extractor == "xlsx"


def test_a_formula_counts_by_its_stored_value_alone() -> None:
    cells = (
        '<row><c t="str"><f>A()</f><v>甲</v></c><c><f>1+1</f><v>2</v></c><c><f>SUM(A1:B1)</f></c>'
        '<c t="e"><f>1/0</f><v>#DIV/0!</v></c><c t="str"><f>""</f><v></v></c><c><v>3</v></c></row>'
    )
    file = read_xlsx(workbook(f"<sheetData>{cells}</sheetData>"), HINTS)
    assert table_of(file) == [["甲", "2", "\ufffd", "#DIV/0!", "", "3"]]
    assert file.notes == ("formula_without_value",)


def test_a_total_that_no_program_calculated_is_no_blank_cell() -> None:
    book = openpyxl.Workbook()
    for row in (["三、收到和处理政府信息公开申请情况"], ["项目", "数"], ["甲", 1], ["合计", "=SUM(B3:B3)"]):
        active(book).append(row)
    (_, text) = table_of(read_xlsx(saved(book), HINTS))[-1]
    assert read_cell(text, Measure.COUNT).state is CellState.TEXT


def test_what_is_drawn_above_a_sheet_is_read_or_noted() -> None:
    drawing = (
        '<xdr:wsDr xmlns:xdr="x" xmlns:a="a"><xdr:sp><xdr:txBody><a:p><a:r><a:t>填报</a:t></a:r>'
        "<a:r><a:t>说明</a:t></a:r></a:p><a:p/></xdr:txBody></xdr:sp><xdr:pic><a:blip/></xdr:pic></xdr:wsDr>"
    )
    relation = (
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATIONS}/drawing" '
        'Target="../drawings/drawing1.xml"/></Relationships>'
    )
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relation,
        "xl/drawings/drawing1.xml": drawing,
    }
    file = read_xlsx(workbook("<sheetData><row><c><v>1</v></c></row></sheetData>", parts), HINTS)
    assert [block.text for block in file.blocks] == ["甲", "1", "填报说明"]
    assert file.notes == ("pictures",)


@pytest.mark.parametrize("hidden", ["rows", "columns", "blank"])
def test_hidden_rows_and_columns_are_noted_where_something_stands_in_them(hidden: str) -> None:
    book = openpyxl.Workbook()
    sheet = active(book)
    for row in (["甲", 1], ["乙", 2]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = hidden == "rows"
    sheet.column_dimensions["B" if hidden == "columns" else "D"].hidden = True
    file = read_xlsx(saved(book), HINTS)
    assert [block.text for block in file.blocks] == ["甲\t1\n乙\t2"]
    assert file.notes == (("hidden_cells",) if hidden != "blank" else ())


def test_texts_of_all_kinds() -> None:
    shared = (
        f'<sst xmlns="{MAIN}"><si><t>甲</t></si>'
        "<si><r><t>乙</t></r><r><t>丙</t></r><rPh><t>yi</t></rPh></si></sst>"
    )
    cells = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c>'
        '<c t="inlineStr"><is><t>一_x000D_\n二</t></is></c></row>'
    )
    file = read_xlsx(workbook(f"<sheetData>{cells}</sheetData>", {"xl/sharedStrings.xml": shared}), HINTS)
    assert table_of(file) == [["甲", "乙丙", "一\n二"]]


@pytest.mark.parametrize(
    ("font", "expected"),
    [
        ("<strike/>", "15 16"),
        ("<vertAlign val='superscript'/>", "15 16"),
        ("<color rgb='FFFFFFFF'/>", "15 16"),
        ("<color theme='0'/>", "15 16"),
        ("<strike val='0'/><color rgb='FF000000'/>", "1516"),
    ],
)
def test_a_run_that_looks_otherwise_is_no_part_of_the_figure_beside_it(font: str, expected: str) -> None:
    runs = f"<r><rPr>{font}</rPr><t>15</t></r><r><t>16</t></r>"
    cells = f'<row><c><v>7</v></c><c t="inlineStr"><is>{runs}</is></c></row>'
    assert table_of(read_xlsx(workbook(f"<sheetData>{cells}</sheetData>"), HINTS)) == [["7", expected]]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [("1e999999", "1E+999999"), ("NaN", "NaN"), ("x", "x"), ("１２", "12"), ("-1e-400", "-1E-400")],
)
def test_odd_numbers_are_told_as_stored(stored: str, expected: str) -> None:
    file = read_xlsx(workbook(f"<sheetData><row><c><v>{stored}</v></c></row></sheetData>"), HINTS)
    assert file.blocks[-1].text == expected


def test_escaped_controls_and_halves_of_characters_do_no_harm() -> None:
    cell = '<c t="str"><v>_xD800_甲_x0007__x4E59_</v></c>'
    file = read_xlsx(workbook(f"<sheetData><row>{cell}</row></sheetData>"), HINTS)
    assert file.blocks[-1].text == "\ufffd甲乙"


def test_merged_cells_and_places_without_references() -> None:
    cells = (
        '<row r="3"><c r="B3" t="str"><v>组</v></c><c t="str"><v>a</v></c></row>'
        '<row><c r="C4"><v>1</v></c><c><v>2</v></c></row>'
    )
    merges = '<mergeCells><mergeCell ref="B3:B4"/><mergeCell ref="bad"/></mergeCells>'
    grid = read_xlsx(workbook(f"<sheetData>{cells}</sheetData>{merges}"), HINTS).blocks[1].grid
    assert grid is not None
    assert [[(cell.text, cell.is_origin) for cell in row] for row in grid.rows] == [
        [("组", True), ("a", True), ("", True)],
        [("组", False), ("1", True), ("2", True)],
    ]


def test_sheets_are_headed_by_their_names_and_hidden_ones_are_noted() -> None:
    book = openpyxl.Workbook()
    active(book).append(["甲", 1])
    hidden = book.create_sheet("底表")
    hidden.append(["乙", 2])
    hidden.sheet_state = "hidden"
    book.create_sheet("空表")
    file = read_xlsx(saved(book), HINTS)
    assert [block.text for block in file.blocks] == ["甲\t1", "底表", "乙\t2"]
    assert file.notes == ("hidden_sheets",)


def test_a_sheet_that_declares_a_million_rows_is_read_at_once() -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    payload = workbook(f'<dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData>')
    begin = time.process_time()
    assert [block.text for block in read_xlsx(payload, HINTS).blocks] == ["甲", "1", "2"]
    assert time.process_time() - begin < 1


ROW = "".join(
    f'<row><c r="A{at}" t="str"><v>{at * 7919 % 1_000_003}</v></c></row>' for at in range(1, 300_002)
)
NO_CELLS = "<sheetData/>"
HOSTILE = {
    "laughs": (workbook(NO_CELLS, {"xl/sharedStrings.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}), "bomb"),
    "a bomb": (workbook(NO_CELLS, {"xl/media/1.png": bytes(20_000_000)}), "bomb"),
    "too many cells": (workbook(f"<sheetData>{ROW}</sheetData>"), "too_big"),
    "no sheets": (workbook(NO_CELLS, kind="chartsheet"), "damaged"),
    "no relations": (zipped({"xl/workbook.xml": "<a/>"}), "damaged"),
    "a text that is missing": (
        workbook('<sheetData><row><c t="s"><v>7</v></c></row></sheetData>'),
        "damaged: a cell names",
    ),
    "blank": (workbook(NO_CELLS), "no_text"),
}


@pytest.mark.parametrize(("payload", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_workbooks_are_refused(payload: bytes, reason: str) -> None:
    begin = time.process_time()
    with pytest.raises(UnreadableDocument, match=f": {reason}"):
        read_xlsx(payload, HINTS)
    assert time.process_time() - begin < 5 * slowness()
