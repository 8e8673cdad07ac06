"""What two printings of a passage may differ in, and what they may not."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.normalise import CELL_BORDER, GAP, normalise_passage

SAME = {
    "full-width letters and figures": ("ＩＰｖ６改造２０１９年", "IPv6改造2019年"),
    "full-width and ASCII commas": ("公开，解读，回应", "公开,解读,回应"),
    "full-width and ASCII brackets": ("（一）主动公开", "(一) 主动公开"),
    "shapes of quotation marks": ("“放管服”改革", '"放管服"改革'),
    "shapes of dashes": ("2015—2020年", "2015－2020年"),
    "a range with spaces": ("2015 — 2020年", "2015—2020年"),
    "brackets of a document number": ("国办发〔2018〕22号", "国办发［2018］22号"),
    "white space between words": ("各　县 区\u00a0政府", "各县区政府"),
    "a paragraph cut by a page break": ("各部门要\n\n切实落实", "各部门要切实落实"),
    "a figure cut by a page break": ("全年公开20\n\n19条", "全年公开2019条"),
    "a figure with a space in prose": ("截至2 019年底", "截至2019年底"),
    "a year with spaces round it": ("于 2 019 年印发", "于2019年印发"),
    "a figure with a thin space": ("共办理1\u2009602件。", "共办理1602件。"),
    "signs of square metres": ("61.74万㎡", "61.74万m²"),
    "typed square metres": ("61.74万 m ^ 2。", "61.74万m2。"),
    "zero-width characters and a byte-order mark": ("\ufeff公\u200b开20\u200b19年", "公开2019年"),
    "carriage returns": ("一\r\n二\r三", "一\n二\n三"),
    "compatibility ideographs": ("⼀、总体情况", "一、总体情况"),
}

DIFFERENT = {
    "a changed figure": ("公开4176条", "公开4177条"),
    "a figure and its square": ("10²", "102"),
    "a figure and a circled note": ("3①", "31"),
    "a fraction and two figures": ("1½", "11/2"),
    "cells of one figure each and one figure": ("规章\t0\t1\t2", "规章\t012"),
    "figures in other cells": ("规章\t\t7", "规章\t7\t"),
    "two cells and a figure with a space": ("收费\t1\t234", "收费\t1 234"),
    "rows broken elsewhere": ("甲\t1\n2\t3", "甲\t1\t2\n3"),
    "a row that lost its tabs": ("行政许可  428  195  294", "行政许可428195294"),
    "a row of two figures": ("行政事业性收费 7 76", "行政事业性收费 77 6"),
    "two figures at the end of a line": ("收费7 76", "收费77 6"),
    "two figures at the beginning of a line": ("7 76件", "77 6件"),
    "a name that ends in a figure before another": ("G7 76件", "G77 6件"),
    "a row with a sign": ("行政许可 110 -3 5", "行政许可 11 0-3 5"),
    "one cell a line": ("行政许可\n3\n25\n", "行政许可\n32\n5\n"),
    "a total and the next item's number": ("共收到申请1\n2.重复申请", "共收到申请12.重复申请"),
    "a unit and the figure after it": ("12㎡3处", "12m23处"),
    "a missing comma": ("公开，解读", "公开解读"),
    "a polarity": ("予以公开", "不予公开"),
    "a Markdown mark": ("**总体情况**", "总体情况"),
    "a full stop and a point": ("第3。5项", "第3.5项"),
}

AREAS = {"㎟": "mm2", "㎠": "cm2", "㎡": "m2", "㎢": "km2", "㎣": "mm3", "㎤": "cm3", "㎥": "m3", "㎦": "km3"}


@pytest.mark.parametrize(("sign", "spelt"), AREAS.items(), ids=AREAS.values())
def test_signs_of_areas_and_volumes_are_spelt_out(sign: str, spelt: str) -> None:
    assert normalise_passage(f"共5{sign}。") == f"共5{spelt}。"


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_differences_of_typing_are_forgiven(one: str, other: str) -> None:
    assert normalise_passage(one) == normalise_passage(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_differences_of_substance_are_kept(one: str, other: str) -> None:
    assert normalise_passage(one) != normalise_passage(other)


def test_blank_lines_inside_a_table_leave_no_trace() -> None:
    assert normalise_passage("规章\t0\n\n规范性文件\t246") == normalise_passage("规章\t0\n规范性文件\t246")


def test_a_table_keeps_its_borders_and_row_ends() -> None:
    assert normalise_passage("情况：\n\n规 章\t０\t\n合计\t3") == "情况:\n规章|0|\n合计|3"


def test_nul_and_control_characters_leave_no_trace() -> None:
    assert normalise_passage("政\x00府\x0b信息\x85公开") == "政府信息公开"


def test_what_nfkc_would_turn_into_figures_is_left_alone() -> None:
    changed = [
        f"U+{point:04X}"
        for point in range(sys.maxunicode + 1)
        if _makes_a_figure(chr(point)) and normalise_passage(chr(point)) != chr(point)
    ]
    assert changed == []


def _is_raised(char: str) -> bool:
    return unicodedata.decomposition(char).startswith(("<super>", "<sub>"))


def _makes_a_figure(char: str) -> bool:
    """Whether NFKC makes digits of a character that is no digit of another width or style, nor a unit."""
    if unicodedata.decomposition(char).startswith(("<wide>", "<font>")) or "\u339f" <= char <= "\u33a6":
        return False
    form = unicodedata.normalize("NFKC", char)
    return form != char and any(letter.isdecimal() for letter in form)


def test_superscript_and_subscript_figures_are_left_alone() -> None:
    raised = "".join(chr(point) for point in range(0x3000) if _is_raised(chr(point)))
    assert "²" in raised
    assert normalise_passage(raised) == raised


PROSE = st.text(
    alphabet="公开政府信息件条年月，。、：（）“”《》 0123456789０１２３\n\u3000\u200b|\t-²㎡m^.", max_size=60
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(max_size=60), PROSE))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise_passage(text)
    assert normalise_passage(once) == once


@settings(deadline=None, max_examples=300)
@given(PROSE)
def test_no_digit_is_lost_added_or_moved(text: str) -> None:
    printed = text.replace("m²", "m2").replace("㎡", "m2")
    expected = [unicodedata.normalize("NFKC", char) for char in printed if char.isdecimal()]
    found = [char for char in normalise_passage(text) if char.isdecimal()]
    assert [digit for digit in found if digit != "2"] == [digit for digit in expected if digit != "2"]


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.integers(0, 99999), min_size=1, max_size=8),
    st.lists(st.integers(0, 99999), min_size=1, max_size=8),
)
def test_rows_of_different_figures_never_share_a_form(one: list[int], other: list[int]) -> None:
    for separator in ("\t", "  "):
        forms = [
            normalise_passage("行政许可" + separator + separator.join(map(str, row))) for row in (one, other)
        ]
        assert (forms[0] == forms[1]) == (one == other)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_sentences_of_different_figures_never_share_a_form(one: int, other: int) -> None:
    forms = [
        normalise_passage(f"全年主动公开政府信息{figure}条，其中网站{figure // 3}条。")
        for figure in (one, other)
    ]
    assert (forms[0] == forms[1]) == (one == other)


@settings(deadline=None, max_examples=200)
@given(
    st.text(alphabet="公开政府信息，。、《》条件", min_size=2, max_size=40),
    st.integers(1, 39),
    st.sampled_from(" \n\u3000"),
)
def test_white_space_between_words_never_matters(text: str, place: int, space: str) -> None:
    assert normalise_passage(text[:place] + space + text[place:]) == normalise_passage(text)


def test_a_form_has_no_white_space_but_row_ends() -> None:
    form = normalise_passage("一、情况 \n\t甲\t1 2\t\n 乙 3 4 5\n")
    assert form == f"一、情况\n{CELL_BORDER}甲{CELL_BORDER}1{GAP}2{CELL_BORDER}\n乙3{GAP}4{GAP}5"
