"""The look at a page's beginning, which mostly saves the full one: it never says what that would not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.demo.site import BundledSite
from pipelines.response.outcome import (
    Outcome,
    classify_response,
    first_rule,
    gather_evidence,
    has_much_to_read,
)

if TYPE_CHECKING:
    from pathlib import Path

HTML = ((b"Content-Type", b"text/html"),)


def agrees(body: bytes) -> bool:
    """Whether a page with much to read is one that no rule is about."""
    return not has_much_to_read(body, 200) or first_rule(200, gather_evidence(HTML, body)) is None


def test_real_pages_are_judged_as_by_a_full_look(shared_real: Path, shared_documents: Path) -> None:
    bodies = [path.read_bytes() for folder in (shared_real, shared_documents) for path in _files(folder)]
    assert all(map(agrees, bodies))
    assert sum(has_much_to_read(body, 200) for body in bodies) > 40


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 5_000_000)


def test_demo_pages_are_judged_as_by_a_full_look() -> None:
    bodies = [answer.body for answer in BundledSite().pages(1).values()]
    assert all(map(agrees, bodies))


PIECES = (
    "<p>", "</p>", "<script>", "</script>", "<!--", "-->", "<head>", "</head>", "<title>404</title>", "{{",
    "}}", "&nbsp;" * 40, "&#12288;" * 40, " " * 300, "　" * 300, "\xa0" * 300, "页面不存在<br>",
    "政府信息公开" * 60, "abc " * 80, "<a href='" + "x" * 400 + "'>", "验证码", "<style>",
    "</style>", "<svg", ">", "<",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
@settings(deadline=None, max_examples=200)
def test_any_page_is_judged_as_by_a_full_look(pieces: list[str], charset: str) -> None:
    assert agrees("".join(pieces).encode(charset))


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_page_that_reads_at_length_is_seen_by_its_beginning(charset: str) -> None:
    body = f"<html><body>{'<p>政府信息公开工作年度报告</p>' * 600}".encode(charset)
    assert has_much_to_read(body, 200)
    assert classify_response(url="http://a.gov.cn/1.html", status=200, headers=HTML, body=body) is Outcome.OK


@pytest.mark.parametrize("status", [202, 412, 503])
def test_statuses_with_rules_for_pages_of_any_length_get_a_full_look(status: int) -> None:
    body = b"<p>" + "公开".encode() * 20_000
    assert not has_much_to_read(body, status)
