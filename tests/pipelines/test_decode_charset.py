"""Bytes to characters: what a page is written in, whatever it declares."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import GongkaiError, UnreadableDocument
from pipelines.response.payload_type import PayloadType, sniff
from pipelines.text.charset import codec_of, decode_text

TEXT = "示范市人民政府2020年政府信息公开工作年度报告：公开办理依申请事项，镕、堃、㙍、〇、𠮷。"
UYGHUR = "ھۆكۈمەت ئۇچۇرلىرىنى ئاشكارىلاش يىللىق دوكلاتى"


def page(declared: str, codec: str) -> bytes:
    return f'<html><head><meta charset="{declared}"></head><p>{TEXT}</p></html>'.encode(codec)


READ = {
    "utf-8 without declaration": (TEXT.encode(), None, "utf-8", ()),
    "gb18030 without declaration": (TEXT.encode("gb18030"), None, "gb18030", ()),
    "gb2312 declared, characters of gb18030 in it": (page("gb2312", "gb18030"), None, "gb18030", ()),
    "gbk in the header": (TEXT.encode("gb18030"), "GBK", "gb18030", ()),
    "gb2312 declared, utf-8 sent": (page("gb2312", "utf-8"), None, "utf-8", ("charset_mismatch",)),
    "utf-8 declared, gb18030 sent": (page("utf-8", "gb18030"), None, "gb18030", ("charset_mismatch",)),
    "untouched default of a server": (page("utf-8", "utf-8"), "ISO-8859-1", "utf-8", ("charset_mismatch",)),
    "utf-8 with a mark": (b"\xef\xbb\xbf" + TEXT.encode(), "gbk", "utf-8", ()),
    "utf-16 little": (b"\xff\xfe" + TEXT.encode("utf-16-le"), None, "utf-16-le", ()),
    "utf-16 big": (b"\xfe\xff" + TEXT.encode("utf-16-be"), None, "utf-16-be", ()),
    "a label that means nothing": (TEXT.encode(), "x-unknown", "utf-8", ()),
    "another script": (UYGHUR.encode(), "gb2312", "utf-8", ("charset_mismatch",)),
    "two characters": ("政府".encode(), "gb2312", "utf-8", ("charset_mismatch",)),
    "two characters of gb": ("政府".encode("gb18030"), None, "gb18030", ()),
    "French": ("café à la crème".encode("cp1252"), "latin1", "cp1252", ()),
}


@pytest.mark.parametrize(("payload", "header", "codec", "notes"), READ.values(), ids=READ.keys())
def test_the_right_charset_is_found(
    payload: bytes, header: str | None, codec: str, notes: tuple[str, ...]
) -> None:
    decoded = decode_text(payload, [header])
    assert (decoded.encoding, decoded.notes) == (codec, notes)
    bare = payload.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    assert decoded.text.encode(codec) == bare


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_markup_in_utf_16_without_a_mark_is_read(codec: str) -> None:
    payload = page("utf-16", codec)
    assert sniff(payload, "text/html") is PayloadType.HTML
    assert decode_text(payload).text == page("utf-16", "utf-8").decode()


BROKEN_META = [
    '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">',
    "<META httpequiv=ContentType content='text/html;charset=gb2312'>",
    "<meta content=text/html;charset=GBK http-equiv=content-type>",
    '<meta charset = "gb2312" />',
    '<?xml version="1.0" encoding="gb2312"?>',
]


@pytest.mark.parametrize("meta", BROKEN_META)
def test_broken_declarations_are_read(meta: str) -> None:
    assert decode_text(f"{meta}<p>{TEXT}</p>".encode()).notes == ("charset_mismatch",)
    assert decode_text(f"{meta}<p>{TEXT}</p>".encode("gb18030")).notes == ()


DAMAGE = [
    ("utf-8", b"\xff"),
    ("utf-8", b"\xe6\x94"),
    ("utf-8", b"\x80"),
    ("gb18030", b"\xff"),
    ("gb18030", b"\x80"),
    ("gb18030", b"\xc3("),
]


@pytest.mark.parametrize(("codec", "damage"), DAMAGE)
@pytest.mark.parametrize("declared", [None, "utf-8", "gb2312"])
def test_one_bad_byte_does_not_lose_the_page(codec: str, damage: bytes, declared: str | None) -> None:
    decoded = decode_text(TEXT.encode(codec) * 9 + damage + b"<br>" + TEXT.encode(codec) * 9, [declared])
    assert decoded.encoding == codec
    assert decoded.text.count(TEXT) >= 17
    assert "replacement_characters" in decoded.notes


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_text_cut_inside_a_character_keeps_the_rest(codec: str) -> None:
    decoded = decode_text((TEXT + "府").encode(codec)[:-1])
    assert decoded.text.startswith(TEXT)
    assert decoded.notes == ("replacement_characters",)


MISREAD = {
    "utf-8 read as gbk": "政府信息公开".encode().decode("gb18030", "replace"),
    "two characters of it": "鏀垮簻",
    "utf-8 read as latin-1": "政府信息公开".encode().decode("latin-1"),
    "lost for ever": "示范市锟斤拷锟斤拷政府",
    "memory of a debugger": "示范市烫烫烫烫政府",
}


@pytest.mark.parametrize("text", MISREAD.values(), ids=MISREAD.keys())
def test_mojibake_is_noted_and_not_repaired(text: str) -> None:
    decoded = decode_text(text.encode())
    assert "mojibake" in decoded.notes
    assert decoded.text == text


REFUSED = {
    "nothing": (b"", "empty"),
    "white space": (b" \r\n\t", "empty"),
    "only a mark": (b"\xef\xbb\xbf", "empty"),
    "only NUL": (bytes(500), "empty"),
    "a program": (bytes(range(256)) * 20, "binary"),
    "declared Latin-1, which reads anything": (b'<meta charset="latin1">' + bytes(range(256)) * 20, "binary"),
}


@pytest.mark.parametrize(("payload", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_text_is_refused_with_the_reason_first(payload: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        decode_text(payload)
    assert caught.value.problem.startswith(reason)


def test_a_few_nul_bytes_are_replaced_and_noted() -> None:
    decoded = decode_text(TEXT.encode() + b"\x00" + TEXT.encode())
    assert decoded.text == f"{TEXT}�{TEXT}"
    assert "nul_bytes" in decoded.notes


def test_gb2312_is_never_read_as_gb2312() -> None:
    assert {codec_of(label) for label in ("GB2312", "gbk", " GB18030 ")} == {"gb18030"}
    assert codec_of(None) is None


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=12, max_size=60)


@settings(deadline=None, max_examples=100)
@given(text=HAN, codec=st.sampled_from(["utf-8"]), declared=st.sampled_from([None, "gb2312", "utf-8"]))
def test_any_characters_of_utf8_are_read_back(text: str, codec: str, declared: str | None) -> None:
    assert decode_text(text.encode(codec), [declared]).text == text


@settings(deadline=None, max_examples=200)
@given(payload=st.binary(max_size=300), declared=st.sampled_from([None, "gbk", "utf-8", "latin1", "big5"]))
def test_any_bytes_are_read_or_refused_by_name(payload: bytes, declared: str | None) -> None:
    try:
        text = decode_text(payload, [declared]).text
    except GongkaiError as error:
        text = error.problem
    assert text.encode("utf-8").count(0) == 0
