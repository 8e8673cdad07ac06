"""Names of files as servers send them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.response.http_message import disposition_name

NAME = "附件1：任务分工表.xls"
CASES = {
    "RFC 8187": (b"attachment; filename*=UTF-8''%E4%BB%BB%E5%8A%A1%E8%A1%A8.pdf", "任务表.pdf"),
    "RFC 8187 in GBK": (b"attachment;filename*=GBK''%C8%CE%CE%F1%B1%ED.pdf", "任务表.pdf"),
    "both, the extended one counts": (
        b"attachment; filename=\"x.pdf\"; filename*=utf-8'zh'%E8%A1%A8.pdf",
        "表.pdf",
    ),
    "the extended one first": (b"attachment; filename*=UTF-8''%E8%A1%A8.pdf; filename=x.pdf", "表.pdf"),
    "a star and nothing else": (b"attachment; filename*=%E8%A1%A8.pdf", "表.pdf"),
    "raw UTF-8": (b'attachment; filename="' + NAME.encode() + b'"', NAME),
    "raw GBK": (b"attachment;filename=" + NAME.encode("gbk"), NAME),
    "percent-encoded UTF-8": (b'attachment; filename="%E4%BB%BB%E5%8A%A1%E8%A1%A8.pdf"', "任务表.pdf"),
    "percent-encoded GBK": (b"inline; filename=%C8%CE%CE%F1%B1%ED.pdf", "任务表.pdf"),
    "RFC 2047, base 64": (b'attachment; filename="=?UTF-8?B?5Lu75Yqh6KGoLnBkZg==?="', "任务表.pdf"),
    "RFC 2047, quoted": (b"attachment; filename==?gb2312?Q?=C8=CE=CE=F1=B1=ED.pdf?=", "任务表.pdf"),
    "RFC 2047, in two words": (b'attachment; filename="=?UTF-8?B?5Lu7?= =?UTF-8?B?5YqhLnBkZg?="', "任务.pdf"),
    "RFC 2047 behind raw UTF-8": (
        'attachment; filename="公开全=?UTF-8?B?5bm05oqlLmRvYw==?="'.encode(),
        "公开全年报.doc",
    ),
    "RFC 2047, one word of two broken": (
        b'attachment; filename="=?UTF-8?B?A?==?UTF-8?B?5bm05oqlLmRvYw==?="',
        "=?UTF-8?B?A?=年报.doc",
    ),
    "RFC 2047 with a language": (b"attachment; filename==?Big5*zh?B?pn6z+C5kb2M=?=", "年報.doc"),
    "a semicolon in quotes": (b'attachment; filename="a;b.pdf"; size=3', "a;b.pdf"),
    "a quote in quotes": (rb'attachment; filename="a\"b.pdf"', 'a"b.pdf'),
    "a path is left out": (rb'attachment; filename="D:\upload\a.doc"', "a.doc"),
    "white space around the sign": (b"attachment; filename = a.doc ; size=3", "a.doc"),
    "an open quote": (b'attachment; filename="a.doc', "a.doc"),
    "in capitals": (b"ATTACHMENT; FILENAME=A.DOC", "A.DOC"),
    "per cent": (b"attachment; filename=100%25.pdf", "100%.pdf"),
}


@pytest.mark.parametrize(("value", "name"), [pytest.param(*case, id=which) for which, case in CASES.items()])
def test_a_name_is_read(value: bytes, name: str) -> None:
    assert disposition_name(((b"Content-Disposition", value),)) == name


@pytest.mark.parametrize(
    "value", [b"inline", b"attachment", b"attachment; filename=", b'attachment; filename=""', b"x=1"]
)
def test_no_name_is_none(value: bytes) -> None:
    assert disposition_name(((b"content-disposition", value),)) is None


def test_no_field_is_none() -> None:
    assert disposition_name(()) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_printable_name_or_none(value: bytes) -> None:
    name = disposition_name(((b"Content-Disposition", b"attachment; filename=" + value),))
    assert name is None or (name == name.strip() != "" and not set(name) & set("\r\n\x00/\\"))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=20))
def test_a_chinese_name_survives_every_spelling_in_utf8(stem: str) -> None:
    raw = f"{stem}.pdf".encode()
    escaped = "".join(f"%{byte:02X}" for byte in raw).encode()
    for value in (b'filename="' + raw + b'"', b"filename=" + escaped, b"filename*=UTF-8''" + escaped):
        assert disposition_name(((b"Content-Disposition", b"attachment; " + value),)) == f"{stem}.pdf"
