"""Which passages are near copies, and which never are."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.duplicates.near_duplicates import (
    CLOSENESS,
    Difference,
    Fingerprint,
    are_near,
    fingerprint,
    may_be_near,
    near_differences,
)
from pipelines.duplicates.protected import Sort
from pipelines.text.normalise import normalise_passage

TOLD = (
    "{0}街坊们把水渠清淤的账目贴在祠堂门口，随时可看；{1}河长沿岸巡查，把淤泥、落叶和浮萍打捞上岸，"
    "渠水渐清，两旁又种上了柳树与芦苇。{2}"
)
SLIPS = {
    "a doubled character": ("水渠", "水渠渠"),
    "a dropped character": ("随时可看", "随可看"),
    "a misread character": ("淤泥", "淤呢"),
    "a stutter": ("巡查", "巡视巡查"),
    "Markdown marks": ("账目", "**账目**"),
    "combining marks": ("账目", "账\u0301目\u20dd"),
    "variation selectors of ideographs": ("账目", "账\U000e0100目"),
    "brackets of any shape": ("账目", "⦗账目⦘"),
    "the sign of a radical": ("门口", "⻔口"),
    "a mark left out": ("门口，", "门口"),
    "a mark put in": ("街坊们", "街坊们、"),
    "three slips": ("落叶和浮萍打捞上岸", "落叶浮苹打捞上上岸"),
}
OTHERS = {
    "a digit": ("37件", "38件"),
    "a dropped digit": ("1602件", "162件"),
    "digits in another order": ("639户", "936户"),
    "a sign": ("-5%", "5%"),
    "a decimal point": ("3.5亩", "35亩"),
    "a unit": ("3万元", "3亿元"),
    "a numeral": ("第三轮", "第二轮"),
    "a numeral in brackets": ("第（八）项", "第（九）项"),
    "a year": ("2019年", "2018年"),
    "a document number": ("国办发〔2018〕22号", "国发〔2018〕22号"),
    "a place": ("信阳", "安阳"),
    "a place in full": ("信阳市", "安阳市"),
    "a place behind its own first character": ("公开开封市的账目", "公开开原市的账目"),
    "the same behind a mark": ("云南、南平市", "云南、南通市"),
    "a month of the lunar year": ("正月", "腊月"),
    "a level": ("由市里", "由县里"),
    "a bureau": ("市教育局", "市体育局"),
    "the sort of a body": ("行政机关", "行政机构"),
    "government and organ": ("人民政府", "行政机关"),
    "department and unit": ("各职能部门", "各职能单位"),
    "budget and final accounts": ("预算", "决算"),
    "granted and refused": ("予以", "不予"),
    "more and less": ("增2户", "减2户"),
    "growth and its contrary": ("增长", "负增长"),
    "a limit": ("5件以上", "5件以下"),
    "duty and leave": ("应当", "可以"),
    "high and low": ("较高", "较低"),
    "many and few": ("多户", "少户"),
    "a word that denies": ("未完", "已完"),
    "a span of time": ("上年", "本年"),
    "what it is held against": ("同比", "环比"),
    "rise and fall": ("升2户", "降2户"),
    "growth by and growth to": ("增加3户", "增加到3户"),
    "each and all": ("每5户", "5户"),
    "the first and the last": ("前3户", "后3户"),
    "all of the city and of the county": ("全市", "全县"),
    "our city and this city": ("我市", "本市"),
    "every city and every county": ("各市", "各县"),
    "what of every city": ("各省级", "各县级"),
    "every level and the same level": ("各级", "同级"),
    "above and below": ("上级", "下级"),
    "every department and this department": ("各部门", "本部门"),
    "bureau and commission": ("我局", "我委"),
    "offices of unknown bodies": ("青岩办公室", "青岭办公室"),
    "companies of unknown names": ("青岩有限公司", "青岭有限公司"),
    "stations of fields": ("县税务所", "县水务所"),
    "fields without an ending": ("财政", "民政"),
    "fields that share a character": ("审计", "统计"),
    "veterans and soldiers": ("退役军人", "现役军人"),
    "strengths and weaknesses": ("强项", "弱项"),
    "with and without a wire": ("有线", "无线"),
    "towns and townships": ("城镇", "城乡"),
    "dealt with and closed": ("办理", "办结"),
    "passed on and issued": ("转发", "印发"),
    "alike and different": ("相同", "不同"),
    "all and part": ("全部", "部分"),
    "open and open in part": ("公开", "部分公开"),
    "youths and the young": ("青少年", "青年"),
    "near and far": ("短期", "长期"),
    "before and after": ("此前", "此后"),
    "within and without": ("内部", "外部"),
    "within and without a city": ("新乡市内", "新乡市外"),
    "within and without a district": ("辖区内", "辖区外"),
    "a word within another": ("录入境外", "录入境内"),
    "a turn that a common word hides": ("办事前", "办事后"),
    "a turn that a body hides": ("常委会前", "常委会后"),
    "east and west": ("东部", "西部"),
    "claims and debts": ("债权", "债务"),
    "first and second party": ("甲", "乙"),
    "two characters in a row": ("柳树", "桃花"),
    "a word of two characters too many": ("巡查", "细致巡查"),
    "a word of an enumeration": ("淤泥、落叶和浮萍", "淤泥和浮萍"),
    "its first word": ("淤泥、落叶和浮萍", "落叶和浮萍"),
    "its last word": ("落叶和浮萍", "落叶"),
    "three characters left out": ("打捞上岸", "打"),
    "four slips": ("淤泥、落叶和浮萍打捞", "淤尼、洛叶和孚萍丁捞"),
}


def told(raw: str) -> Fingerprint:
    return fingerprint(normalise_passage(raw))


@pytest.mark.parametrize(("one", "other"), SLIPS.values(), ids=SLIPS.keys())
def test_slips_are_forgiven(one: str, other: str) -> None:
    raw = TOLD.format("", "", "")
    assert one in raw
    differences = near_differences(told(raw), told(raw.replace(one, other)))
    assert differences
    assert {difference.sort for difference in differences} == {Sort.WORDS}


@pytest.mark.parametrize(("one", "other"), OTHERS.values(), ids=OTHERS.keys())
@pytest.mark.parametrize("place", range(3), ids=["first", "within", "last"])
def test_what_decides_is_never_forgiven(one: str, other: str, place: int) -> None:
    filled = [TOLD.format(*(f"{word}的" if at == place else "" for at in range(3))) for word in (one, other)]
    plain = TOLD.format("", "", "")
    a, b = (plain, plain.replace(one, other)) if one in plain else filled
    assert near_differences(told(a), told(b)) is None


def test_a_difference_says_what_stands_where() -> None:
    one = told("沿河花海与竹林连成骑行绿道供街坊歇脚纳凉")
    other = told("沿河花海与竹林连成骑行录道供街坊歇歇脚纳凉")
    assert near_differences(one, other) == (
        Difference(Sort.WORDS, "绿", "录", 11),
        Difference(Sort.WORDS, "", "歇", 16),
    )


def test_equal_passages_are_near_without_a_difference() -> None:
    assert near_differences(told("花海"), told("花海")) == ()


@pytest.mark.parametrize(
    ("length", "bound"), [(19, 0), (20, 1), (29, 1), (30, 2), (44, 2), (45, 3), (133, 3), (134, 4), (400, 12)]
)
def test_how_many_edits_are_forgiven(length: int, bound: int) -> None:
    assert CLOSENESS.bound(length, length) == bound


def test_short_passages_are_near_only_but_for_what_weighs_nothing() -> None:
    assert near_differences(told("花海与竹林"), told("花海、与竹林林")) is not None
    assert near_differences(told("花海与竹林"), told("花海与竹木")) is None


WORDS = "沿河花海与竹林连成骑行绿道供街坊歇脚纳凉巡查淤泥落叶浮萍打捞上岸渠水渐清又种了柳树芦苇"
PIECES = st.sampled_from([*WORDS, "3", "7", "12", "一", "不", "市", "信阳", "局", "，", "。", "-", "|"])
PASSAGES = st.lists(PIECES, min_size=20, max_size=70).map("".join)


@st.composite
def near_by(draw: st.DrawFn) -> tuple[str, str]:
    """A passage and one that a few edits made of it, of any sort."""
    one = draw(PASSAGES)
    chance = random.Random(draw(st.integers(0, 2**32)))
    other = list(one)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(other))
        other[at] = chance.choice(("", other[at] * 2, chance.choice(WORDS), chance.choice("37一不市，")))
        other = list("".join(other)) or ["花"]
    return one, "".join(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("水、电、气、暖", "水、电、暖"),
        ("水、电、气和暖", "水、电和暖"),
        ("法令、法条", "法条"),
        ("水、电、气、暖", "水、电、煤、暖"),
    ],
    ids=["an item", "the item before and", "an item that begins as the next", "an item for another"],
)
def test_items_of_an_enumeration_are_no_slips(one: str, other: str) -> None:
    raw = "街坊们把{}的账目贴在祠堂门口，随时可看"
    assert near_differences(told(raw.format(one)), told(raw.format(other))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1、街坊", "- 1、街坊"),
        ("1.2.1街坊", "> 1.2.1街坊"),
        ("依第三十二条", "依第三十**二条"),
        ("依2019年账", "依2**0**19年账"),
        ("《2019年账》", "<<2019年账>>"),
        ("《2019年账》", "〈2019年账〉"),
    ],
)
def test_marks_beside_figures_that_say_nothing_are_forgiven(one: str, other: str) -> None:
    rest = "把水渠清淤的账目贴在祠堂门口，随时可看"
    assert near_differences(told(one + rest), told(other + rest)) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("为5%", "为-5%"), ("为5户", "为>5户"), ("3*4", "34"), ("3、4户", "34户"), ("1.5", "-1.5")],
)
def test_marks_beside_figures_that_say_something_are_not(one: str, other: str) -> None:
    rest = "把水渠清淤的账目贴在祠堂门口，随时可看"
    assert near_differences(told(rest + one), told(rest + other)) is None
    assert near_differences(told(f"{rest}，{one}"), told(f"{rest}，{other}")) is None


@pytest.mark.parametrize(
    "unit", ["1", "市", "县局", "（", "\u0301", "\ud800", "一", "1、", "|-", "财政", "〔2018〕1号"]
)
def test_hostile_texts_are_told_in_a_moment(unit: str) -> None:
    one, other = (fingerprint((unit * 100_000)[:size]) for size in (100_000, 99_999))
    assert are_near(one, one)
    assert are_near(one, other) == are_near(other, one)


def test_long_passages_are_near_within_the_same_share() -> None:
    chance = random.Random(11)
    letters = chance.choices("淤泥浮萍芦苇渠柳", k=50_000)
    other = list(letters)
    for at in range(7, len(other), 100):
        other[at] = "蔚"
    differences = near_differences(fingerprint("".join(letters)), fingerprint("".join(other)))
    assert differences is not None
    assert len(differences) == 500
    other[::3] = ["蔚"] * len(other[::3])
    assert near_differences(fingerprint("".join(letters)), fingerprint("".join(other))) is None


@given(near_by())
@settings(max_examples=120)
def test_near_is_symmetric_and_needs_equal_protected_stretches(pair: tuple[str, str]) -> None:
    one, other = map(told, pair)
    assert are_near(one, other) == are_near(other, one)
    if are_near(one, other):
        assert one.protected == other.protected
        assert one.block == other.block


@given(near_by())
@settings(max_examples=120)
def test_a_look_at_the_keys_excludes_no_near_copy(pair: tuple[str, str]) -> None:
    one, other = map(told, pair)
    assume(are_near(one, other))
    for key, other_key in zip(one.keys, other.keys, strict=True):
        assert may_be_near(key, len(one.skeleton), other_key, len(other.skeleton))


@given(PASSAGES, st.integers(0, 200), st.integers(1, 9))
@settings(max_examples=100)
def test_passages_that_differ_in_a_digit_are_never_near(raw: str, where: int, by: int) -> None:
    digits = [at for at, sign in enumerate(raw) if sign.isdecimal()]
    assume(digits)
    at = digits[where % len(digits)]
    other = raw[:at] + str((int(raw[at]) + by) % 10) + raw[at + 1 :]
    assert near_differences(told(raw), told(other)) is None


@pytest.mark.parametrize(
    ("length_a", "length_b", "key_a", "key_b", "may"),
    [
        (400, 413, "花" * 48, "花" * 48, False),
        (400, 412, "花" * 48, "花" * 48, True),
        (19, 18, "花" * 19, "花" * 18, False),
        (100, 100, "花" * 48, "竹" * 48, False),
        (100, 100, "花" * 48, "花" * 45 + "竹林海", True),
    ],
)
def test_what_lengths_and_keys_exclude(
    length_a: int, length_b: int, key_a: str, key_b: str, *, may: bool
) -> None:
    assert may_be_near(key_a, length_a, key_b, length_b) is may
