"""Documents that office programs saved as pages are read as a whole."""

from __future__ import annotations

import pytest

from pipelines.decoded import Hints
from pipelines.readers.registry import decode_payload

URL = "http://www.example.gov.cn/1.doc"
TEXT = "全年主动公开政府信息的数量和内容，都在下面的表里列出。" * 12
LINES = ("某县2019年报告", "（2020年1月）", TEXT, "一、总体情况", "无。", "某县人民政府办公室")
BODY = "".join(f"<p class=MsoNormal><span lang=EN-US>{line}</span></p>" for line in LINES)
WORD = "<meta name=ProgId content=Word.Document><meta name=Generator content='Microsoft Word 11'>"
LINKS = "".join(f"<li><a href=/{name}>{name}</a></li>" for name in ("首页", "新闻", "公开", "服务"))


def page(head: str, body: str) -> bytes:
    return (
        f'<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset=utf-8>{head}'
        f"<title>{LINES[0]}</title></head><body>{body}</body></html>"
    ).encode()


@pytest.mark.parametrize(
    ("head", "served"),
    [
        pytest.param(WORD, "text/html", id="word"),
        pytest.param("<meta name=Originator content='Microsoft Word 15'>", None, id="a newer word"),
        pytest.param("<meta name=Generator content='WPS Office'>", "text/html", id="wps"),
        pytest.param("", "application/msword", id="a page served as a document"),
        pytest.param("", "application/vnd.ms-excel; charset=utf-8", id="a page served as sheets"),
    ],
)
def test_every_line_of_a_saved_document_is_its_text(head: str, served: str | None) -> None:
    decoded = decode_payload(page(head, f"<div class=WordSection1>{BODY}</div>"), Hints(URL, served))
    assert decoded.text.split("\n") == list(LINES)
    assert "thin" not in decoded.notes


def test_a_page_into_which_a_document_was_pasted_is_a_page() -> None:
    pasted = f"<ul>{LINKS}</ul><div class=main>{WORD}{BODY}</div>"
    assert "服务" not in decode_payload(page("", pasted), Hints(URL, "text/html")).text
    named = f"<ul>{LINKS}</ul><div class=TRS_Editor>{BODY}</div>"
    decoded = decode_payload(page(WORD, named), Hints(URL, "text/html"))
    assert decoded.extractor.startswith("container:")
    assert "服务" not in decoded.text
