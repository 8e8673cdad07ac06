"""Undo the content coding of an archived body: gzip, deflate, br, zstd.

Servers are wrong about it in both directions: they compress without saying so, and say so without
compressing. So a body that does not begin as its coding must is taken as it is, and a text body that
begins as gzip is unpacked unasked. A stream cut short or damaged gives what came before the damage.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.response.http_headers import Headers, header_value, header_values, media_type

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    Attempt = tuple[Iterable[bytes], type[Exception]]
    """The pieces that come out of a body, and what a damage of it raises."""


LIMIT_BYTES = 256 * 1024 * 1024
"""Four times the largest body that is fetched: no text page comes near it."""

# What a body begins with that is coded as it says: RFC 1952, 2.3.1; RFC 8878, 3.1.1. The others have no sign.
GZIP_MAGIC = b"\x1f\x8b"
_MAGIC = {"gzip": GZIP_MAGIC, "x-gzip": GZIP_MAGIC, "zstd": b"\x28\xb5\x2f\xfd"}


def decode_content(body: bytes, headers: Headers, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Return the payload of a body with its content coding undone.

    Args:
        body: as received, transfer coding already undone.
        headers: the response's header fields.
        limit_bytes: the largest payload that is unpacked.

    Raises:
        UnreadableDocument: `bomb` when more than `limit_bytes` would come out, `coding` when nothing does.
        ReaderMissing: `coding` when the coding is unknown or its library is not installed.
    """
    # Codings are listed in the order in which they were applied (RFC 9110, 8.4): the last is undone first.
    for coding in reversed(_list_codings(headers)):
        body = _undo_coding(body, coding, limit_bytes)
    if _is_text(headers):
        body = _undo_coding(body, "gzip", limit_bytes)
    return body


def _list_codings(headers: Headers) -> list[str]:
    fields = ",".join(header_values(headers, "content-encoding")).lower()
    return [name for token in fields.split(",") if (name := token.strip()) not in ("", "identity", "none")]


def _is_text(headers: Headers) -> bool:
    kind = media_type(header_value(headers, "content-type"))
    return kind in ("", "application/json", "application/xml") or kind.startswith("text/") or "html" in kind


def _undo_coding(body: bytes, coding: str, limit_bytes: int) -> bytes:
    begin = _CODINGS.get(coding)
    if begin is None:
        raise ReaderMissing(f"coding {coding!r} is none that can be undone")
    if not body or not body.startswith(_MAGIC.get(coding, b"")):
        return body
    out = bytearray()
    for pieces, damage in begin(body):
        try:
            for piece in pieces:
                out += piece
                if len(out) > limit_bytes:
                    problem = f"bomb: more than {limit_bytes:,} bytes come out of the content coding"
                    raise UnreadableDocument(problem)
        except (damage, EOFError):
            pass  # what came before the damage stands
        if out:
            return bytes(out)
    raise UnreadableDocument(f"coding {coding} is announced but nothing comes out of the bytes")


def _undo_gzip(body: bytes) -> Iterator[Attempt]:
    yield inflated_parts(body), zlib.error


def _undo_deflate(body: bytes) -> Iterator[Attempt]:
    """Undo `deflate`: zlib-wrapped as the standard says, or raw as some servers send it."""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        yield _inflate(body, 0, wbits), zlib.error


def _undo_brotli(body: bytes) -> Iterator[Attempt]:
    brotli = _load_library("brotli", coding="br")
    yield map(brotli.Decompressor().process, _cut_body(body)), brotli.error


def _undo_zstd(body: bytes) -> Iterator[Attempt]:
    zstd = _load_library("compression.zstd", "backports.zstd", coding="zstd")
    yield map(zstd.ZstdDecompressor().decompress, _cut_body(body)), zstd.ZstdError


_CODINGS: dict[str, Callable[[bytes], Iterator[Attempt]]] = {
    "gzip": _undo_gzip,
    "x-gzip": _undo_gzip,
    "deflate": _undo_deflate,
    "br": _undo_brotli,
    "zstd": _undo_zstd,
}


def _cut_body(body: bytes) -> Iterator[bytes]:
    """Cut a body in small pieces, so that a bomb is noticed before it has burst."""
    for start in range(0, len(body), 1024):
        yield body[start : start + 1024]


def _load_library(*names: str, coding: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    raise ReaderMissing(f"coding {coding!r} has no library here", hint=f"Install {names[-1]}")


# `zlib` hands back all that it did not use: fed with the whole of a stream of a hundred thousand empty
# parts, it would copy the rest a hundred thousand times. So streams are taken in by small pieces.
PIECE_BYTES = 64 * 1024


def _inflate(payload: bytes, place: int, wbits: int) -> Generator[bytes, None, int]:
    """Yield what comes out of a stream, in pieces of at most `PIECE_BYTES`; return where the next one begins.

    Args:
        payload: what holds it.
        place: where it begins, in bytes.
        wbits: the kind of stream, as `zlib` has it.

    Raises:
        zlib.error: it is damaged.
        EOFError: it is cut short; all that is in it was yielded.
    """
    inflater = zlib.decompressobj(wbits)
    while not inflater.eof:
        given = payload[place : place + PIECE_BYTES]
        if not given:
            yield from filter(None, [inflater.flush()])  # what a last match still holds back
            raise EOFError
        place += len(given)
        while given:
            yield from filter(None, [inflater.decompress(given, PIECE_BYTES)])
            given = inflater.unconsumed_tail
    return place - len(inflater.unused_data)


def inflated_parts(payload: bytes) -> Iterator[bytes]:
    """Yield what comes out of a gzip of one or more parts, in pieces; raises as `_inflate` does."""
    place = 0
    while payload.startswith(GZIP_MAGIC, place):
        place = yield from _inflate(payload, place, zlib.MAX_WBITS | 16)  # 16: with the header of gzip
