"""What each threshold of charsets decides, just inside it and just outside."""

from __future__ import annotations

import pytest

from pipelines.errors import UnreadableDocument
from pipelines.text.charset import decode_text, plausibility


@pytest.mark.parametrize(("blanks", "encoding"), [(4096 - 18, "gb18030"), (4096, "utf-8")])
def test_a_declaration_stands_at_the_beginning(blanks: int, encoding: str) -> None:
    assert decode_text(b" " * blanks + b"<meta charset=gbk>").encoding == encoding


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        pytest.param("eff4c5b7a9e5b9f8bef5c6cecdf9e6a1d2d9dacabcba", "big5hkscs", id="0.04 behind"),
        pytest.param("eff7cdbdc1a2a8cdd4a3eee2bfdab0f3", "gb18030", id="0.06 behind"),
    ],
)
def test_a_declaration_breaks_a_tie(written: str, encoding: str) -> None:
    assert decode_text(bytes.fromhex(written), ["big5"]).encoding == encoding


def test_what_reads_without_an_error_must_make_sense() -> None:
    assert decode_text("见省总个申国".encode() + b"\xe5\xa1").encoding == "gb18030"
    with pytest.raises(UnreadableDocument):
        decode_text("申信万了".encode() + b"\xe5\xa1")


def test_so_many_characters_are_weighed() -> None:
    assert plausibility("é" * 19_999 + "的") > 0.1
    assert plausibility("é" * 20_000 + "的") == pytest.approx(0.1, abs=1e-9)


def test_a_tenth_of_a_text_may_be_damaged() -> None:
    assert decode_text(b"a" * 90 + b"\x01" * 10).text
    with pytest.raises(UnreadableDocument):
        decode_text(b"a" * 89 + b"\x01" * 11)
