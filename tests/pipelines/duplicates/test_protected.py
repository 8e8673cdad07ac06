"""What of a passage is protected, and of what sort it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.protected import Sort, find_protected
from pipelines.knowledge import load_table
from pipelines.text.normalise import NUMERALS, normalise_passage, places_in_form, skeleton_of

FIGURE, NUMBER, NAME, TURN = Sort.FIGURE, Sort.NUMBER, Sort.NAME, Sort.TURN

FOUND = {
    "a count with its unit": ("受理文件37件", [("受理", TURN), ("37件", FIGURE)]),
    "a decimal with a magnitude": ("投入3.5万元", [("3.5万元", FIGURE)]),
    "a grouped figure": ("整理1,602卷", [("1,602", FIGURE)]),
    "a share": ("比例为12.5%", [("12.5%", FIGURE)]),
    "a negative figure": ("结余-3.2亿元", [("-3.2亿元", FIGURE)]),
    "a dash before a year": ("规划——2019年", [("2019年", FIGURE)]),
    "a range of years": ("2015—2020年", [("2015-2020年", FIGURE)]),
    "an approximation": ("接听约4600余次", [("约4600余次", FIGURE)]),
    "an area, its power no figure": ("整治61.7万㎡", [("61.7万m2", FIGURE)]),
    "a power before a figure": ("12㎡3处", [("12m2", FIGURE), ("¦", FIGURE), ("3处", FIGURE)]),
    "a date": ("于2019年8月9日办", [("2019年", FIGURE), ("8月", FIGURE), ("9日", FIGURE)]),
    "a numeral within a word": ("进一步优化", [("一", FIGURE)]),
    "an ordinal in words": ("依第二十条第（八）项", [("第二十条", FIGURE), ("第八项", FIGURE)]),
    "a year in numerals": ("二〇一九年印", [("二〇一九年", FIGURE)]),
    "a document number": ("依国办发〔2018〕22号文", [("国办发2018、22号", NUMBER)]),
    "a document number of a province": ("附豫政办明电〔2018〕77号", [("豫政办明电2018、77号", NUMBER)]),
    "a document number of letters no table has": ("依岐屿〔2018〕5号", [("岐屿2018、5号", NUMBER)]),
    "cells and the ends of rows": ("合计\t3\t\n", [("|", FIGURE), ("3", FIGURE), ("|", FIGURE)]),
    "a grade in letters": ("启动IV级响应", [("启动", None), ("IV", FIGURE)]),
    "an address": ("登录www.example.cn看", [("wwwexamplecn", NAME)]),
    "a place in full": ("信阳市茶农", [("信阳市", NAME)]),
    "a place without what it is of": ("信阳茶农", [("信阳", NAME)]),
    "a place that is a common word": ("资源共享", []),
    "the county of that name": ("资源县茶农", [("资源县", NAME)]),
    "a town that no table knows": ("走访青岩镇茶农", [("青岩镇", NAME)]),
    "a zone that no table knows": ("走访云湖示范区茶农", [("云湖示范区", NAME)]),
    "levels": ("由省到县", [("省", NAME), ("县", NAME)]),
    "levels that are none": ("城市更新与农村市场", []),
    "a bureau with its city": ("信阳市教育局牵线", [("信阳市", NAME), ("教育局", NAME)]),
    "a bureau that is joined by and": ("住房和城乡建设局牵线", [("住房和城乡建设局", NAME)]),
    "a bureau whose field no list knows": ("由河湖局牵线", [("河湖局", NAME)]),
    "a ministry": ("财政部牵线", [("财政部", NAME)]),
    "a bureau of the market, doubled by right": (
        "市市场监督管理局",
        [("市", NAME), ("市场监督管理局", NAME)],
    ),
    "endings that are none": ("局面全局部署布局", []),
    "departments and units": ("各职能部门", [("部门", NAME)]),
    "a doubled character within a name": ("人人民政府", [("人民政府", NAME)]),
    "budgets": ("预算与决算", [("预算", TURN), ("决算", TURN)]),
    "refusal": ("不予公开", [("不予", TURN)]),
    "more and less": ("新增与减免", [("新增", TURN), ("减", TURN), ("免", TURN)]),
    "more that is none": ("提升与增强", []),
    "more by so many": ("较往增5户", [("增5户", FIGURE)]),
    "a level and which": ("全市各县街坊", [("全市", NAME), ("各县", NAME)]),
    "a market and no city": ("各市场与全区域", []),
    "a city that is in the table": ("敢问新乡市", [("新乡市", NAME)]),
    "no name before a city": ("清岩市", [("市", NAME)]),
    "a field by itself": ("县财政吃紧", [("县", NAME), ("财政", TURN)]),
    "a field with its ending": ("县财政税务局", [("县", NAME), ("财政税务局", NAME)]),
    "government that is a sort of information": ("政府信息", []),
    "the same with a slip": ("政府信思", []),
    "the sign of a radical within a name": ("县⺠政局", [("县", NAME), ("民政局", NAME)]),
    "punctuation within a name": ("教**育局牵线", [("教育局", NAME)]),
}


@pytest.mark.parametrize(("raw", "expected"), FOUND.values(), ids=FOUND.keys())
def test_protected_stretches_and_their_sorts(raw: str, expected: list[tuple[str, Sort | None]]) -> None:
    found = [(one.text, one.sort) for one in find_protected(normalise_passage(raw))]
    assert found == [(text, sort) for text, sort in expected if sort]


@pytest.mark.parametrize(
    ("raw", "skeleton"),
    [
        ("**总体**情况：", "总体情况"),
        ("第10、11条", "第10、11条"),
        ("第10；11条", "第10、11条"),
        ("第3。5项", "第3、5项"),
        ("第十、二十条", "第十、二十条"),
        ("甲\t－\t乙", "甲|-|乙"),
        ("河渠渠道", "河渠道"),
        ("二二得四，1100", "二二得四1100"),
        ("等等。等", "等"),
    ],
)
def test_bones_lose_what_weighs_nothing(raw: str, skeleton: str) -> None:
    assert skeleton_of(normalise_passage(raw)) == skeleton


def test_a_stretch_says_where_it_stands_in_the_form() -> None:
    form = "见**国办发[2018]22号**,由教,育局办。"
    assert [form[one.start : one.end] for one in find_protected(form)] == ["国办发[2018]22号", "教,育局"]


def test_words_that_say_nothing_hide_no_numeral() -> None:
    table = load_table("protected_words")
    assert [
        word for word in table["plain"] + table["fields"] + table["topics"] if set(word) & set(NUMERALS)
    ] == []


SIGNS = st.text(
    st.sampled_from("一二十预决算不予市县镇局教育新乡0129.,、;-%|¦\n年第条号[]国办发m*人"), max_size=40
)


@given(st.one_of(st.text(max_size=60), SIGNS))
def test_stretches_of_any_text_are_in_order_and_say_what_the_text_has(form: str) -> None:
    end = 0
    for one in find_protected(form):
        assert end <= one.start < one.end <= len(form)
        assert one.sort is not Sort.WORDS
        assert one.text[0] in ("、", "¦", form[one.start], skeleton_of(form[one.start]))
        end = one.end


@given(SIGNS)
def test_every_digit_is_protected(form: str) -> None:
    kept = "".join(sign for one in find_protected(form) for sign in one.text if sign.isdecimal())
    assert kept == "".join(sign for sign in form if sign.isdecimal())


@given(st.one_of(st.text(max_size=60), SIGNS))
def test_each_bone_has_its_place(form: str) -> None:
    skeleton = skeleton_of(form)
    places = places_in_form(form, skeleton)
    assert list(places) == sorted(set(places))
    assert all(
        sign in ("、", "¦", form[place], skeleton_of(form[place]))
        for place, sign in zip(places, skeleton, strict=False)
    )
