"""Zips that keep their limits, and those that do not."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pipelines.errors import UnreadableDocument
from pipelines.readers import packages
from pipelines.readers.packages import FILES, Package

if TYPE_CHECKING:
    from collections.abc import Mapping

WHERE = "http://www.example.gov.cn/1.zip"
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l "laugh">'
    + b"".join(
        b'<!ENTITY l%d "%b">' % (depth, b"&l%d;" % (depth - 1) * 10 if depth else b"&l;")
        for depth in range(12)
    )
    + b"]><a>&l11;</a>"
)


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_members_are_read_by_name_whatever_its_case() -> None:
    package = Package(zipped({"word/Document.xml": b"<a/>", "folder/": b""}), WHERE)
    assert package.read("word/document.xml") == b"<a/>"
    assert "word/document.xml" in package
    assert [member.name for member in package.members] == ["word/Document.xml"]


@pytest.mark.parametrize("codec", ["gb18030", "utf-8"])
def test_names_without_a_declared_code_are_chinese(codec: str) -> None:
    stand_in = "x" * len("年报.doc".encode(codec))
    payload = zipped({stand_in: b"1"}).replace(stand_in.encode(), "年报.doc".encode(codec))
    assert [member.name for member in Package(payload, WHERE).members] == ["年报.doc"]


BOMBS = {
    "too many members": zipped({str(number): b"" for number in range(2_001)}),
    "too much in one": zipped({"a": bytes(5_000_000)}),
    "too much together": zipped({str(number): bytes(900_000) for number in range(20)}),
    "entities": zipped({"a.xml": LAUGHS}),
    "entities in utf-16": zipped({"a.xml": LAUGHS.decode().encode("utf-16")}),
}


@pytest.mark.parametrize("payload", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_told_before_they_go_off(payload: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="bomb: "):
        Package(payload, WHERE).xml("a.xml")


def test_a_total_is_bounded_whatever_the_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "FILES", replace(FILES, part_bytes=1_000, part_ratio_from=10**9))
    with pytest.raises(UnreadableDocument, match="bomb: 1001 bytes"):
        Package(zipped({"a": bytes(1_001)}), WHERE)


def test_a_declared_size_that_lies_is_damage() -> None:
    payload = zipped({"a": bytes(3_000)}).replace(struct.pack("<L", 3_000), struct.pack("<L", 30))
    with pytest.raises(UnreadableDocument, match="damaged: "):
        Package(payload, WHERE).read("a")


DAMAGED = {
    "no zip": b"PK\x03\x04" + bytes(50),
    "cut short": zipped({"a.xml": b"<a>" + bytes(range(256)) * 9})[:200],
    "missing": zipped({"b.xml": b"<b/>"}),
    "no xml": zipped({"a.xml": b"<a><b></a>"}),
    "empty part": zipped({"a.xml": b""}),
    "flipped bytes": zipped({"a.xml": b"<a>1</a>"}, zipfile.ZIP_STORED).replace(b"<a>1</a>", b"<a>2</a>"),
}


@pytest.mark.parametrize("payload", DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_is_said(payload: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="damaged: "):
        Package(payload, WHERE).xml("a.xml")


def test_a_password_is_said() -> None:
    payload = bytearray(zipped({"a": b"1"}))
    payload[6] |= 1
    payload[payload.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableDocument, match="encrypted: a takes"):
        Package(bytes(payload), WHERE).read("a")


def test_a_rare_packing_is_not_read() -> None:
    with pytest.raises(UnreadableDocument, match="unsupported: "):
        Package(zipped({"a": b"1" * 100}, zipfile.ZIP_LZMA), WHERE).read("a")


def test_a_part_is_parsed_without_its_comments_and_references() -> None:
    payload = zipped(
        {"a.xml": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a><!-- no -->\xe5\xb9\xb4</a>'}
    )
    assert Package(payload, WHERE).xml("a.xml").text == "年"
