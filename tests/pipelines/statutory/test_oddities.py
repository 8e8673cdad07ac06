"""What portals do to single cells, and tables and prose that look like the form and are not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from pipelines.forms.form_model import CellState, Fact
from tests.pipelines.statutory.filling import FilledForm, PrintedCell, fill
from tests.pipelines.statutory.hostile import as_page, sheets_of
from tests.pipelines.statutory.judging import facts_of, key_of, wrong_values
from tests.pipelines.statutory.markup import MARKUPS, page
from tests.pipelines.statutory.printed_forms import FORM_2021, HEADINGS, T3_COLUMNS, T4_BLOCKS, CellKey
from tests.pipelines.statutory.sheets import Box, Sheet, change_boxes

CELL = CellKey("t3", None, "unable_not_held", "natural_person")


@pytest.mark.parametrize(
    ("markup", "values"),
    [
        pytest.param("16<sup>①</sup>", ("16",), id="a note above a number"),
        pytest.param("16<sup>2</sup>", ("16",), id="a note number above a number"),
        pytest.param("16<sup><a href='#n2'>[2]</a></sup>", ("16",), id="a note number with its link"),
        pytest.param("<s>15</s>16", ("16",), id="a number struck out"),
        pytest.param("<del>15</del><ins>16</ins>", ("16",), id="a number corrected"),
        pytest.param('<span style="display:none">15</span>16', ("16",), id="a hidden number"),
        pytest.param('<span style="text-decoration:line-through">15</span>16', ("16",), id="struck by style"),
        pytest.param('16<span style="visibility: hidden">2</span>', ("16",), id="a number without ink"),
        pytest.param('16<span style="mso-hide:all">2</span>', ("16",), id="a number that Word hides"),
        pytest.param("16<span hidden>2</span>", ("16",), id="a number with the attribute"),
        pytest.param('16<span style="vertical-align:super">2</span>', ("16",), id="raised by style"),
        pytest.param("<p>1</p><p>6</p>", ("16",), id="digits in two paragraphs"),
        pytest.param("1<br>6", ("16",), id="digits in two lines"),
        pytest.param("<div>1</div>6", ("16",), id="digits in a block and behind it"),
        pytest.param("<ul><li>1</li><li>6</li></ul>", ("16",), id="digits in a list"),
        pytest.param("1<wbr>6", ("16",), id="digits with a place to break"),
        pytest.param("1&#173;6", ("16",), id="digits with a soft hyphen"),
        pytest.param("1&#8203;6", ("16",), id="digits with a zero-width space"),
        pytest.param("1<!-- 6 -->", ("1",), id="a digit in a comment"),
        pytest.param("<input value='6'>", (), id="a digit in a field"),
        pytest.param("<select><option>1<option selected>6</select>", (), id="digits to choose from"),
        pytest.param("<table><tr><td>1</td><td>6</td></tr></table>", (), id="a table in the cell"),
        pytest.param("16<sub>9</sub>", (), id="a digit below the line"),
        pytest.param("<ruby>16<rt>9</rt></ruby>", ("16",), id="digits above the line"),
    ],
)
def test_a_cell_holds_the_whole_number_or_none(markup: str, values: tuple[str, ...]) -> None:
    read = _read_cell(markup)
    assert read.value in (None, *values)
    assert (read.state in (CellState.NUMBER, CellState.ZERO)) is (read.value is not None)


def test_a_field_with_a_figure_is_no_blank_cell() -> None:
    assert _read_cell("<input value='6'>").state is CellState.TEXT
    assert _read_cell("<input type='hidden' value='6'>").state is CellState.BLANK


def test_a_cell_without_ink_keeps_its_place() -> None:
    filled = _filled(16)
    cells = dict(filled.cells) | {CELL: PrintedCell("@", CellState.NUMBER, Decimal(16))}
    payload, content_type = as_page(sheets_of(FilledForm(filled.form, cells)))
    facts = facts_of(payload.replace(b">@<", b" style='visibility:hidden'>7<"), content_type)
    assert list(wrong_values(facts, filled)) == []
    assert [fact.state for fact in facts if key_of(fact) == CELL] == [CellState.BLANK]


@pytest.mark.parametrize("attribute", ['style="display:none"', "hidden", 'class="hide" style="width:0"'])
def test_a_hidden_cell_moves_no_value(attribute: str) -> None:
    filled = _filled(16)
    payload, content_type = as_page(sheets_of(filled))
    altered = payload.replace(b"<tr>", f"<tr><td {attribute}>3</td>".encode())
    assert list(wrong_values(facts_of(altered, content_type), filled)) == []


@pytest.mark.parametrize(
    "decoy",
    [
        pytest.param("（一）予以公开12件，其中自然人7件。", id="prose that begins like a row"),
        pytest.param("1.属于国家秘密 3 件；2.其他法律行政法规禁止公开 4 件", id="a list in a line"),
        pytest.param("<p>（七）总计 9 8 7 6 5 4 39</p>", id="a row outside its table"),
        pytest.param(
            "<table><tr><td>单位</td><td>本年新收</td><td>上年结转</td><td>予以公开</td></tr>"
            "<tr><td>市财政局</td><td>3</td><td>4</td><td>5</td></tr>"
            "<tr><td>总计</td><td>3</td><td>4</td><td>5</td></tr></table>",
            id="departments by row",
        ),
        pytest.param(
            "<table><tr><td>年度</td><td>自然人</td><td>商业企业</td><td>总计</td></tr>"
            "<tr><td>2021年</td><td>71</td><td>72</td><td>143</td></tr>"
            "<tr><td>2022年</td><td>81</td><td>82</td><td>163</td></tr></table>",
            id="years by row",
        ),
        pytest.param(
            "<table><tr><td>项目</td><td>去年</td><td>今年</td></tr>"
            "<tr><td>本年新收政府信息公开申请数量</td><td>901</td><td>902</td></tr>"
            "<tr><td>行政复议</td><td>903</td><td>904</td></tr></table>",
            id="two years side by side",
        ),
    ],
)
def test_what_only_looks_like_the_form_moves_no_value(decoy: str) -> None:
    filled = _filled(5)
    second, *others = sheets_of(filled)
    payload, content_type = as_page((second, *others))
    altered = payload.replace(
        f"<p><strong>{HEADINGS['t2']}".encode(), f"{decoy}<p><strong>{HEADINGS['t2']}".encode()
    )
    facts = [fact for fact in facts_of(altered, content_type) if fact.table_no == 1]
    assert list(wrong_values(facts, filled)) == []
    assert sum(fact.value is not None for fact in facts) > 100


def test_a_third_table_of_three_columns_moves_no_value() -> None:
    filled = _filled(23)
    second, third, fourth = sheets_of(filled)
    kept = {"natural_person", "total"}

    def few(line: tuple[Box, ...]) -> tuple[Box, ...]:
        values = [box for box in line if box.key]
        if len(values) != 7:
            return line
        labels = tuple(box for box in line if not box.key)
        return (*labels, values[0], Box("5"), values[6])

    header = (
        Box("（本列数据的勾稽关系）", across=3, is_header=True),
        *(Box(name, is_header=True) for name in ("自然人", "法人或其他组织", "总计")),
    )
    table = third.with_lines((header, *(few(line) for line in third.lines[3:])))
    facts = facts_of(*as_page((second, table, fourth)))
    assert list(wrong_values(facts, filled)) == []
    stated = {
        fact.column_key
        for fact in facts
        if fact.table_key == "t3" and fact.value is not None and key_of(fact)
    }
    assert stated <= kept


@pytest.mark.parametrize("parted", [False, True])
def test_a_fourth_table_with_a_row_for_each_block_moves_no_value(parted: bool) -> None:
    filled = _filled(23)
    second, third, fourth = sheets_of(filled)
    names = tuple(box.text for box in fourth.lines[1][:5])
    header = (Box("", is_header=True), *(Box(name, is_header=True) for name in names))
    rows = [
        (Box(label), *(box for box in fourth.lines[-1] if box.key and box.key.block == block))
        for block, label in T4_BLOCKS
    ]
    tables = [Sheet("t4", (header, row)) for row in rows] if parted else [Sheet("t4", (header, *rows))]
    first = replace(tables[0], title=HEADINGS["t4"])
    facts = facts_of(*as_page((second, third, first, *tables[1:])))
    assert list(wrong_values(facts, filled)) == []


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("table", ["t2", "t3"])
def test_values_are_read_by_their_order_where_spans_are_ragged(markup: str, table: str) -> None:
    """As published by Shanghai for 2019: the first value spans two columns, its header one."""
    filled = _filled(29)
    chance = Random(4)
    ragged = tuple(
        change_boxes(
            sheet,
            lambda box: (
                replace(box, across=box.across + chance.randint(0, 1))
                if box.key and box.key.table == table
                else box
            ),
        )
        for sheet in sheets_of(filled)
    )
    payload = page(ragged, MARKUPS[markup], FORM_2021.year, Random(1))
    assert list(wrong_values(facts_of(payload, "text/html; charset=utf-8"), filled)) == []


def test_a_transposed_third_table_moves_no_value() -> None:
    """Its numbered labels head columns: 3.其他 is no applicant, nor （七）总计 the total of a row."""
    filled = _filled(23)
    second, third, fourth = sheets_of(filled)
    rows = [row for row in FORM_2021.t3 if row.key]
    header = (Box("申请人情况", is_header=True), *(Box(row.label, is_header=True) for row in rows))
    lines = tuple(
        (Box(label), *(_box(filled, CellKey("t3", None, row.key or "", column)) for row in rows))
        for column, label in T3_COLUMNS
    )
    transposed = third.with_lines((header, *lines))
    assert list(wrong_values(facts_of(*as_page((second, transposed, fourth))), filled)) == []


def _filled(seed: int) -> FilledForm:
    return fill(FORM_2021, Random(seed), plain=True, complete=True)


def _box(filled: FilledForm, key: CellKey) -> Box:
    return Box(filled.cells[key].text, key)


def _read_cell(markup: str) -> Fact:
    filled = _filled(5)
    cells = dict(filled.cells)
    cells[CELL] = PrintedCell("@", CellState.NUMBER, Decimal(16))
    payload, content_type = as_page(sheets_of(FilledForm(filled.form, cells)))
    facts = facts_of(payload.replace(b">@<", f">{markup}<".encode()), content_type)
    (read,) = (fact for fact in facts if key_of(fact) == CELL)
    return read
