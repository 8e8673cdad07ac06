"""Content coding: undone as it is, not as it is announced."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import GongkaiError, ReaderMissing, UnreadableDocument
from pipelines.response.http_message import decode_content, unpack_content
from pipelines.response.outcome import Outcome, classify_response

brotli = pytest.importorskip("brotli")
zstd = pytest.importorskip("backports.zstd" if sys.version_info < (3, 14) else "compression.zstd")

PAGE = "<html><title>年度报告</title><p>现公布如下。</p></html>".encode() * 40
HTML = (b"Content-Type", b"text/html; charset=utf-8")


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


CODED = {
    "gzip": (gzip.compress(PAGE), [b"gzip"]),
    "gzip in two members": (gzip.compress(PAGE[:500]) + gzip.compress(PAGE[500:]), [b"x-gzip"]),
    "deflate as the standard says": (zlib.compress(PAGE), [b"deflate"]),
    "deflate without its wrapper": (raw_deflate(PAGE), [b"deflate"]),
    "zstd": (zstd.compress(PAGE), [b"zstd"]),
    "zstd in two frames": (zstd.compress(PAGE[:500]) + zstd.compress(PAGE[500:]), [b"zstd"]),
    "brotli": (brotli.compress(PAGE), [b"br"]),
    "two codings": (gzip.compress(brotli.compress(PAGE)), [b"br, gzip"]),
    "two codings in two fields": (gzip.compress(brotli.compress(PAGE)), [b"br", b"gzip"]),
    "gzip that nobody announced": (gzip.compress(PAGE), []),
    "announced but not compressed": (PAGE, [b"gzip"]),
    "identity": (PAGE, [b"identity"]),
    "nothing": (PAGE, []),
}


@pytest.mark.parametrize(("body", "codings"), CODED.values(), ids=CODED.keys())
def test_the_page_comes_out(body: bytes, codings: list[bytes]) -> None:
    headers = (HTML, *((b"content-encoding", coding) for coding in codings))
    assert decode_content(body, headers) == PAGE
    assert unpack_content(body, headers) == (PAGE, True)


@pytest.mark.parametrize(
    "behind", [b"", b"\n", bytes(900), gzip.compress(PAGE)], ids=["nothing", "line end", "zeros", "member"]
)
def test_what_stands_behind_a_long_member_is_read_once(behind: bytes) -> None:
    """More comes out of it than is taken in at once."""
    page = PAGE * 40
    whole = page + PAGE * (behind[:1] == b"\x1f")
    assert decode_content(gzip.compress(page) + behind, (HTML, (b"Content-Encoding", b"gzip"))) == whole


@pytest.mark.parametrize(
    ("body", "coding"),
    [(gzip.compress(PAGE), b"gzip"), (zlib.compress(PAGE), b"deflate"), (brotli.compress(PAGE), b"br")],
    ids=["gzip", "deflate", "br"],
)
def test_a_stream_cut_short_gives_its_beginning(body: bytes, coding: bytes) -> None:
    cut, is_whole = unpack_content(body[:-12], (HTML, (b"Content-Encoding", coding)))
    assert PAGE.startswith(cut)
    assert cut == decode_content(body[:-12], (HTML, (b"Content-Encoding", coding)))
    assert not is_whole


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(b""), b"gzip"),
        (gzip.compress(b""), b""),
        (zlib.compress(b""), b"deflate"),
        (raw_deflate(b""), b"deflate"),
        (brotli.compress(b""), b"br"),
        (zstd.compress(b""), b"zstd"),
    ],
    ids=["gzip", "gzip that nobody announced", "deflate", "raw deflate", "br", "zstd"],
)
def test_a_blank_page_is_blank_however_it_is_coded(body: bytes, coding: bytes) -> None:
    headers = (HTML, (b"Content-Encoding", coding))
    assert unpack_content(body, headers) == (b"", True)
    outcome = classify_response(url="http://a.gov.cn/", status=200, headers=headers, body=b"")
    assert outcome is Outcome.EMPTY_STUB


@pytest.mark.parametrize(
    ("body", "coding"),
    [(gzip.compress(b"")[:12], b"gzip"), (zlib.compress(b"")[:3], b"deflate"), (b";no stream", b"br")],
    ids=["gzip", "deflate", "br"],
)
def test_of_a_damaged_stream_that_gives_nothing_nobody_says_that_it_was_blank(
    body: bytes, coding: bytes
) -> None:
    with pytest.raises(UnreadableDocument, match=r"^coding"):
        decode_content(body, (HTML, (b"Content-Encoding", coding)))


def test_a_gzip_attachment_is_left_packed() -> None:
    body = gzip.compress(b"x")
    assert decode_content(body, ((b"Content-Type", b"application/gzip"),)) == body


@pytest.mark.parametrize(
    ("pack", "coding"),
    [(gzip.compress, b"gzip"), (zlib.compress, b"deflate"), (brotli.compress, b"br")],
    ids=["gzip", "deflate", "br"],
)
def test_a_bomb_is_named(pack: object, coding: bytes) -> None:
    assert callable(pack)
    with pytest.raises(UnreadableDocument, match=r"^bomb"):
        decode_content(pack(bytes(5_000_000)), (HTML, (b"Content-Encoding", coding)), limit_bytes=1_000_000)


def test_a_bomb_of_brotli_is_named_before_it_has_burst() -> None:
    packed = brotli.compress(bytes(200_000_000), quality=9)  # as small as by 11, in a twentieth of the time
    assert len(packed) < 1024
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableDocument, match=r"^bomb"):
            decode_content(packed, (HTML, (b"Content-Encoding", b"br")), limit_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_coding_that_nobody_knows_waits_for_its_reader() -> None:
    with pytest.raises(ReaderMissing, match=r"^coding"):
        decode_content(PAGE, (HTML, (b"Content-Encoding", b"compress")))


@settings(deadline=None, max_examples=100)
@given(body=st.binary(max_size=200), coding=st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b""]))
def test_any_bytes_come_out_or_are_refused_by_name(body: bytes, coding: bytes) -> None:
    headers = (HTML, (b"Content-Encoding", coding))
    for candidate in (body, gzip.compress(PAGE)[:40] + body, zlib.compress(PAGE)[:40] + body):
        try:
            reason = "" if decode_content(candidate, headers) else "coding"
        except GongkaiError as error:
            reason = error.problem.partition(" ")[0]
        assert reason in ("", "coding")
