"""Pages saved as one file."""

from __future__ import annotations

import email.message

import pytest

from pipelines.decoded import Hints
from pipelines.errors import UnreadableDocument
from pipelines.readers.registry import decode_payload

HINTS = Hints("http://www.example.gov.cn/1.doc")
TEXT = "全年主动公开政府信息的数量和内容，都在下面的表里列出。" * 20
ROWS = "<tr><td>类别</td><td>本年</td><td>对外</td></tr><tr><td>规章</td><td>3</td><td></td></tr>"
HEAD = '<head><meta name="ProgId" content="Word.Document"></head>'
PAGE = f"<html>{HEAD}<body><p>信阳市2019年报告</p><p>{TEXT}</p><table border=1>{ROWS}</table></body></html>"


def saved(kind: str, charset: str) -> bytes:
    whole = email.message.EmailMessage()
    whole["MIME-Version"] = "1.0"
    whole.set_content("<p>一幅图</p>", subtype="css")
    whole.add_related(PAGE.encode(charset), "text", kind, params={"charset": charset})
    return whole.as_bytes()


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_page_in_a_saved_page_is_read(charset: str) -> None:
    decoded = decode_payload(saved("html", charset), HINTS)
    assert "信阳市2019年报告" in decoded.text
    assert [cell.text for row in decoded.tables[0].rows for cell in row.cells] == [
        *("类别", "本年", "对外"),
        *("规章", "3", ""),
    ]
    assert decoded.file_type == "mhtml"


def test_saved_page_without_a_page_cannot_be_read() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        decode_payload(saved("plain", "utf-8"), HINTS)


def test_a_page_that_a_browser_saved_is_told() -> None:
    payload = b"From: <Saved by Blink>\r\nSubject: 1\r\nDate: Mon, 1 Jan 2024 00:00:00 -0000\r\n" + saved(
        "html", "utf-8"
    )
    assert "信阳市2019年报告" in decode_payload(payload, HINTS).text


def test_parts_nested_without_end_are_damage() -> None:
    nested = b"".join(
        b'Content-Type: multipart/related; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth)
        for depth in range(3_000)
    )
    with pytest.raises(UnreadableDocument, match="damaged"):
        decode_payload(b"MIME-Version: 1.0\r\n" + nested, HINTS)
