"""What is copied, repeated and new, counted by hand and by a slow reading of the definition."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.overlap import (
    REPEATED,
    RUN,
    TABLE,
    Share,
    code_text,
    compare_texts,
    compared_codes,
    hash_shingles,
    index_shingles,
    mask_covered,
)
from pipelines.text.normalise import normalise_passage
from tests.pipelines.duplicates.naive_runs import Text, counted, longest

THIRTEEN = "甲乙丙丁戊己庚辛壬癸子丑寅"
TWELVE = THIRTEEN[:-1]
TWENTY_SIX = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余"


def in_table(before: str, table: str, after: str = "") -> Text:
    return Text(before + table + after, ((len(before), len(before) + len(table)),))


CASES = {
    # text, source, prose (chars, copied), tables (chars, copied)
    "a run of thirteen is copied": (Text(f"前{THIRTEEN}后"), Text(THIRTEEN), (15, 13), (0, 0)),
    "a run of twelve is not": (Text(f"前{TWELVE}后"), Text(TWELVE), (14, 0), (0, 0)),
    "punctuation and white space are nothing": (
        Text(f"前，{THIRTEEN[:5]}、\n　{THIRTEEN[5:]}。"),
        Text(f"“{THIRTEEN[:9]}” {THIRTEEN[9:]}"),
        (14, 13),
        (0, 0),
    ),
    "width and spelling are nothing": (
        Text("ＡＢＣ１２３４５６７８９０㎡"),
        Text("ABC1234567890m^2"),
        (15, 15),
        (0, 0),
    ),
    "a digit more is another run": (
        Text("共收到申请一千二百三十四件5"),
        Text("共收到申请一千二百三十四件6"),
        (14, 13),
        (0, 0),
    ),
    "a run crosses passages": (Text(f"{TWELVE}\n\n{TWELVE}"), Text(TWELVE + TWELVE), (24, 24), (0, 0)),
    "a run ends at a table": (in_table(TWELVE, TWELVE), Text(TWELVE + TWELVE), (12, 0), (12, 0)),
    "prose is not compared with tables": (
        in_table(THIRTEEN, TWENTY_SIX),
        in_table(TWENTY_SIX, THIRTEEN),
        (13, 0),
        (26, 0),
    ),
    "tables are compared with tables": (
        in_table("前", f"{THIRTEEN}\t0", "后"),
        in_table("异", f"{THIRTEEN}\t1"),
        (2, 0),
        (14, 13),
    ),
    "prose around a table is not one run": (
        in_table(TWELVE[:6], "表", TWELVE[6:]),
        Text(TWELVE + "表"),
        (12, 0),
        (1, 0),
    ),
    "what a text repeats counts once": (
        Text(f"{TWENTY_SIX}。{TWENTY_SIX}，{THIRTEEN}"),
        Text(TWENTY_SIX),
        (39, 26),
        (0, 0),
    ),
    "a phrase that comes back is no repetition": (
        Text(f"{THIRTEEN}，一。{THIRTEEN}，二。"),
        Text(THIRTEEN),
        (28, 26),
        (0, 0),
    ),
    "an empty text has nothing": (Text(""), Text(THIRTEEN), (0, 0), (0, 0)),
    "nothing but signs is nothing": (Text("——……！"), Text("——……！"), (0, 0), (0, 0)),
}


@pytest.mark.parametrize(("text", "source", "prose", "tables"), CASES.values(), ids=CASES)
def test_shares_are_those_counted_by_hand(
    text: Text, source: Text, prose: tuple[int, int], tables: tuple[int, int]
) -> None:
    found, _ = compare_texts(*(index_shingles(compared_codes(it.text, it.tables)) for it in (text, source)))
    assert (found.prose, found.tables) == (Share(*prose), Share(*tables))
    assert counted(text, [source]) == {"prose": prose, "tables": tables}


def test_a_share_of_nothing_is_none() -> None:
    assert Share(0, 0).ratio is None
    assert Share(8, 2).ratio == 0.25


def test_characters_say_where_they_stand() -> None:
    it = in_table(f"{TWENTY_SIX}一{TWENTY_SIX}", f"{THIRTEEN}\t1", "后")
    codes = compared_codes(it.text, it.tables)
    assert code_text(codes) == f"{TWENTY_SIX}一{TWENTY_SIX}\0后\0{THIRTEEN}1\0"
    assert code_text(codes[codes & REPEATED != 0]) == TWENTY_SIX
    assert code_text(codes[codes & TABLE != 0]) == f"{THIRTEEN}1"


def test_what_is_hidden_is_compared_with_nothing_and_ends_runs() -> None:
    text = TWELVE + "密" * 20 + TWELVE
    codes = compared_codes(text, (), hidden=[(12, 32)])
    assert code_text(codes) == f"{TWELVE}\0{TWELVE}\0"
    found, _ = compare_texts(index_shingles(codes), index_shingles(compared_codes(text, ())))
    assert found.longest == ""


def test_a_text_of_any_characters_is_compared() -> None:
    assert code_text(compared_codes("a\0b\ud800c\u0301\U00020bb7 ", ())) == "abć\U00020bb7\0"


@given(
    st.text(
        st.one_of(st.sampled_from("m^2²³㎡ 10①Ⅷ℃´e\u0301ﾊﾞ각\u1100\u1161\u11a8\t|年９"), st.characters()),
        max_size=40,
    )
)
def test_characters_are_compared_as_those_of_the_normalised_text(text: str) -> None:
    form = normalise_passage(text)
    wanted = "".join(char for char in form if unicodedata.category(char)[0] in "LMN")
    assert code_text(compared_codes(text, ())).removesuffix("\0") == wanted


@pytest.mark.parametrize("size", [0, 1, RUN - 1, RUN, RUN + 1])
def test_windows_hold_so_many_characters(size: int) -> None:
    codes = np.arange(1, size + 1, dtype=np.uint32)
    hashes, starts = hash_shingles(codes)
    assert len(hashes) == len(starts) == max(0, size - RUN + 1)
    assert mask_covered(starts, size).sum() == (size if size >= RUN else 0)


FIFTEEN_HUNDRED = "".join(map(chr, range(0x4E00, 0x4E00 + 1500)))
LONGEST = {
    "one run": (f"前{TWENTY_SIX}后", f"异{TWENTY_SIX}", TWENTY_SIX),
    "no run": (f"前{TWELVE}", TWELVE, ""),
    "windows of two places that no source joins": (
        TWENTY_SIX,
        f"{TWENTY_SIX[:20]}甲{TWENTY_SIX[6:]}",
        TWENTY_SIX[:20],
    ),
    "windows of two long places": (
        FIFTEEN_HUNDRED,
        f"{FIFTEEN_HUNDRED[:800]}甲{FIFTEEN_HUNDRED[780:]}",
        FIFTEEN_HUNDRED[:800],
    ),
    "the longer of two": (f"{THIRTEEN}一{TWENTY_SIX}", f"{TWENTY_SIX}二{THIRTEEN}", TWENTY_SIX),
    "the same sign over and over": ("零" * 60, "零" * 17 + "一" + "零" * 40, "零" * 40),
}


@pytest.mark.parametrize(("text", "source", "wanted"), LONGEST.values(), ids=LONGEST)
def test_the_longest_run_is_found(text: str, source: str, wanted: str) -> None:
    found, _ = compare_texts(
        index_shingles(compared_codes(text, ())), index_shingles(compared_codes(source, ()))
    )
    assert found.longest == wanted


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Texts of two signs and a few pieces, so that much repeats, with tables anywhere."""
    pieces = st.sampled_from(["甲", "乙", "甲乙", "，", "\n", THIRTEEN, TWELVE, TWENTY_SIX, "甲" * 14])
    text = "".join(draw(st.lists(pieces, max_size=12)))
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
    return Text(text, tuple(zip(borders[::2], borders[1::2], strict=False)))


@given(texts(), texts())
def test_figures_are_those_of_the_slow_reading(text: Text, source: Text) -> None:
    first, second = (index_shingles(compared_codes(it.text, it.tables)) for it in (text, source))
    there, back = compare_texts(first, second)
    for found, ours, theirs in ((there, text, source), (back, source, text)):
        wanted = counted(ours, [theirs])
        assert (found.prose, found.tables) == (Share(*wanted["prose"]), Share(*wanted["tables"]))
        assert len(found.longest) == longest(ours, theirs)
    assert len(there.longest) == len(back.longest)
