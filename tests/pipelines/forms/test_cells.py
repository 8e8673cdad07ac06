"""One printed cell: what it states, and that nothing is read into it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.forms.cell_values import CellReading, read_cell
from pipelines.forms.form_model import CellState, Measure

if TYPE_CHECKING:
    from collections.abc import Callable

ANY_MEASURE = list(Measure)
FIGURE_STATES = {CellState.NUMBER, CellState.ZERO}


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize("raw", ["0", "０", "0.00", "0.0000", "〇", "-0", " 0 ", "0\n"])
def test_a_printed_zero_is_zero(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.ZERO, "0")


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize(
    ("raw", "value", "unit"),
    [
        pytest.param("17", "17", None, id="plain digits"),
        pytest.param("１７", "17", None, id="full-width digits"),
        pytest.param("\u3000\u00a017\u200b\n", "17", None, id="white space around"),
        pytest.param("1,234", "1234", None, id="comma between thousands"),
        pytest.param("1，234，567", "1234567", None, id="full-width commas"),
        pytest.param("12\u2009345", "12345", None, id="thin space between thousands"),
        pytest.param("1\u202f234.50", "1234.50", None, id="narrow space and decimals"),
        pytest.param("725018.6987", "725018.6987", None, id="four decimals"),
        pytest.param("96171.60", "96171.60", None, id="the last decimal is kept"),
        pytest.param("17件", "17", "件", id="a counted unit"),
        pytest.param("17 件", "17", "件", id="white space before the unit"),
        pytest.param("17（件）", "17", "件", id="a unit in brackets"),
        pytest.param("77180.86万元", "77180.86", "万元", id="ten thousand yuan"),
        pytest.param("77180.86\n万元", "77180.86", "万元", id="a unit on the next line"),
        pytest.param("251000元", "251000", "元", id="yuan"),
        pytest.param("1.2亿元", "1.2", "亿元", id="a hundred million yuan"),
        pytest.param("3.5万条", "3.5", "万条", id="ten thousands of items are not rescaled"),
        pytest.param("¥251,000.00", "251000.00", "¥", id="a currency sign"),
        pytest.param("￥2.5万元", "2.5", "万元", id="a currency sign and a unit"),
        pytest.param("-3", "-3", None, id="a minus"),
        pytest.param("－3", "-3", None, id="a full-width minus"),
        pytest.param("−3", "-3", None, id="a mathematical minus"),
        pytest.param("22（其中修订16件）", "22", None, id="a note on a part of it"),
        pytest.param("55件\n（含自然失效29件）", "55", "件", id="a note below it"),
    ],
)
def test_a_number_is_read_as_printed(raw: str, value: str, unit: str | None, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.NUMBER, value, unit)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("+1036", "1036"),
        ("＋1036", "1036"),
        ("增5", "5"),
        ("减3", "-3"),
        ("增加5", "5"),
        ("减少1,036", "-1036"),
        ("下降 3", "-3"),
        ("↑5", "5"),
        ("↓3", "-3"),
        ("5↓", "-5"),
        ("163", "163"),
    ],
)
def test_a_change_may_be_signed_in_many_ways(raw: str, value: str) -> None:
    assert read_cell(raw, Measure.CHANGE) == CellReading(CellState.NUMBER, value)


@pytest.mark.parametrize("measure", [Measure.COUNT, Measure.MONEY])
@pytest.mark.parametrize("raw", ["+1036", "增5", "减3", "↑5", "5↓"])
def test_only_a_change_is_signed_by_words(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.TEXT)


@pytest.mark.parametrize("raw", ["减-3", "+5↓", "增-5", "↑5↑"])
def test_two_signs_are_no_number(raw: str) -> None:
    assert read_cell(raw, Measure.CHANGE) == CellReading(CellState.TEXT)


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize("raw", ["", " ", "\u00a0", "\u3000\u3000", "\u200b", "\ufeff\n", "\t\n"])
def test_white_space_is_blank(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.BLANK)


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize(
    "raw",
    [*"—－–-/／\\＼*＊─", "--", "——", "－－", "- -", "无", "不涉及", "不适用", "N/A", "n/a", "NA", " / "],
)
def test_a_dash_is_a_dash(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.DASH)


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize("raw", ["+11/-3", "增5减2", "增5项，减2项", "1/2", "3（2）", "3+2", "17;18", "3至5"])
def test_several_figures_are_compound(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.COMPOUND)


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("1\n7", id="a line feed between digits"),
        pytest.param("1 7", id="a space between digits"),
        pytest.param("1　234", id="an ideographic space between digits"),
        pytest.param("1\u00a0234", id="a hard space between digits"),
        pytest.param("1\u200b7", id="a zero-width space between digits"),
        pytest.param("1\u20097", id="a thin space that groups no thousands"),
        pytest.param("1,\n234", id="a group of thousands over two lines"),
        pytest.param("12\n34件", id="a torn figure with a unit"),
        pytest.param("1,23", id="a group of two"),
        pytest.param("1234,567", id="a first group of four"),
        pytest.param("1,234\u2009567", id="two kinds of separators"),
        pytest.param("1.2.3", id="two points"),
        pytest.param("12.", id="nothing behind the point"),
        pytest.param(".5", id="nothing before the point"),
        pytest.param("007", id="a leading zero"),
        pytest.param("0000007", id="seven cells without borders"),
        pytest.param("00", id="two zeros"),
        pytest.param("21317000001324019", id="a row without borders"),
        pytest.param("1" * 100_000, id="a page of digits"),
        pytest.param("- 3", id="a dash and a figure"),
        pytest.param("—3", id="a long dash and a figure"),
        pytest.param("3\n—", id="a figure and a dash"),
    ],
)
def test_torn_and_glued_figures_are_a_layout_error(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.LAYOUT_ERROR)


@pytest.mark.parametrize("measure", ANY_MEASURE)
@pytest.mark.parametrize(
    "raw",
    [
        "三",
        "十二",
        "二〇一九",
        "自然人17",
        "17注",
        "17①",
        "17²",
        "17%",
        "１７％",
        "约17",
        "17余件",
        "O",
        "٣",
        "（3）",
        "17。",
        "详见附件",
    ],
)
def test_what_is_no_number_is_text(raw: str, measure: Measure) -> None:
    assert read_cell(raw, measure) == CellReading(CellState.TEXT)


def test_money_may_be_longer_than_a_count() -> None:
    assert read_cell("1234567890123", Measure.COUNT).state is CellState.LAYOUT_ERROR
    assert read_cell("1234567890123", Measure.MONEY).value == "1234567890123"


@pytest.mark.parametrize("pattern", ["1{}x", "{}x", "1,{}", "-{}x", "1{}件x"])
def test_a_long_cell_is_read_in_no_time(pattern: str) -> None:
    assert read_cell(pattern.format(" " * 200_000), Measure.COUNT).value is None


def _wide(text: str) -> str:
    return text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


PRINTED = st.sampled_from(
    [
        lambda number: f"{number}",
        lambda number: f"{number:,}",
        lambda number: f"{number:,}".replace(",", "，"),
        lambda number: f"{number:,}".replace(",", "\u2009"),
        lambda number: _wide(f"{number}"),
        lambda number: f"\u3000{number:,}件 ",
        lambda number: f"{number}\n万元",
    ]
)
NUMBERS = st.decimals(
    min_value=Decimal("-99999999999"), max_value=Decimal("99999999999"), places=4
) | st.integers(-(10**11), 10**11).map(Decimal)


@given(NUMBERS.filter(lambda number: number != 0), PRINTED, st.sampled_from(ANY_MEASURE))
def test_a_number_printed_in_any_way_is_read_back(
    number: Decimal, printed: Callable[[Decimal], str], measure: Measure
) -> None:
    reading = read_cell(printed(number), measure)
    assert reading.state is CellState.NUMBER
    assert reading.value == f"{number}"


CELL_TEXT = st.text() | st.text(
    alphabet="0123456789０７.,，-－+增减加少↑↓/（）() \n\u2009\u3000件万元〇无—三%", max_size=12
)
STRICT = re.compile(
    r"(?:[-+]|净?[增减]|增加|增长|新增|减少|下降|[↑↓])?(?:[¥￥]|人民币)?"
    r"(?:〇|[0-9]+(?:\.[0-9]+)?|[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?)"
    r"\(?(?:[一-龥]{0,4})\)?[↑↓]?"
)


@given(CELL_TEXT, st.sampled_from(ANY_MEASURE))
def test_no_text_raises_and_none_is_a_number_by_accident(raw: str, measure: Measure) -> None:
    reading = read_cell(raw, measure)
    assert (reading.value is not None) == (reading.state in FIGURE_STATES)
    if reading.value is None:
        assert reading.unit is None
        return
    folded = "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in raw)
    assert re.search(r"[0-9][^\S\u2009\u202f]+[0-9]", folded) is None
    bare = re.sub(r"(?<=[0-9])[\u2009\u202f](?=[0-9]{3})", ",", folded.replace("−", "-"))
    assert STRICT.fullmatch(
        re.sub(
            r"[\s\u200b-\u200f\u2060\ufeff\u00ad\u180e]",
            "",
            bare.translate(str.maketrans("﹣‐‑–﹢", "----+")),
        )
    )
    printed_digits = re.sub(r"[^0-9.〇]", "", folded).replace("〇", "0")
    assert abs(Decimal(reading.value)) == Decimal(printed_digits)
