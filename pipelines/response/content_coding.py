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
    from collections.abc import Callable, Iterable, Iterator


LIMIT_BYTES = 256 * 1024 * 1024
"""Four times the largest body that is fetched: no text page comes near it."""

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


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
    for coding in reversed(_list_codings(headers)):
        body = _undo_coding(body, coding, limit_bytes)
    if body.startswith(GZIP_MAGIC) and _is_text(headers):
        body = _undo_gzip(body, limit_bytes)
    return body


def _list_codings(headers: Headers) -> list[str]:
    fields = ",".join(header_values(headers, "content-encoding")).lower()
    return [name for token in fields.split(",") if (name := token.strip()) not in ("", "identity", "none")]


def _is_text(headers: Headers) -> bool:
    kind = media_type(header_value(headers, "content-type"))
    return kind in ("", "application/json", "application/xml") or kind.startswith("text/") or "html" in kind


def _undo_coding(body: bytes, coding: str, limit_bytes: int) -> bytes:
    decoder = DECODERS.get(coding)
    if decoder is None:
        raise ReaderMissing(f"coding {coding!r} is none that can be undone")
    return decoder(body, limit_bytes) if body else body


def _undo_gzip(body: bytes, limit_bytes: int) -> bytes:
    if not body.startswith(GZIP_MAGIC):
        return body
    return _require_output(_join_pieces(inflated_parts(body), limit_bytes), "gzip")


def _inflate_either(body: bytes, limit_bytes: int) -> bytes:
    """Undo `deflate`: zlib-wrapped as the standard says, or raw as some servers send it."""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        if out := _join_pieces(Inflating(body).stream(wbits), limit_bytes):
            return out
    return _require_output(b"", "deflate")


def _join_pieces(pieces: Iterable[bytes], limit_bytes: int) -> bytes:
    """Return pieces as one, up to a damage or a sudden end."""
    out = bytearray()
    try:
        for piece in pieces:
            out += piece
            _check_limit(out, limit_bytes)
    except (zlib.error, EOFError):
        pass  # what came before the damage stands
    return bytes(out)


def _undo_brotli(body: bytes, limit_bytes: int) -> bytes:
    brotli = _load_library("brotli", coding="br")
    stream = brotli.Decompressor()
    return _in_chunks(body, limit_bytes, stream.process, brotli.error, "br")


def _undo_zstd(body: bytes, limit_bytes: int) -> bytes:
    if not body.startswith(ZSTD_MAGIC):
        return body
    zstd = _load_library("compression.zstd", "backports.zstd", coding="zstd")
    stream = zstd.ZstdDecompressor()
    return _in_chunks(body, limit_bytes, stream.decompress, zstd.ZstdError, "zstd")


def _in_chunks(
    body: bytes,
    limit_bytes: int,
    decompress: Callable[[bytes], bytes],
    damage: type[Exception],
    coding: str,
) -> bytes:
    """Feed a decompressor in small pieces, so that a bomb is noticed before it has burst."""
    out = bytearray()
    try:
        for start in range(0, len(body), 1024):
            out += decompress(body[start : start + 1024])
            _check_limit(out, limit_bytes)
    except (damage, EOFError):
        pass  # what came before the damage stands
    return _require_output(bytes(out), coding)


def _load_library(*names: str, coding: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    raise ReaderMissing(f"coding {coding!r} has no library here", hint=f"Install {names[-1]}")


def _check_limit(out: bytearray, limit_bytes: int) -> None:
    if len(out) > limit_bytes:
        raise UnreadableDocument(f"bomb: more than {limit_bytes:,} bytes come out of the content coding")


def _require_output(out: bytes, coding: str) -> bytes:
    if not out:
        raise UnreadableDocument(f"coding {coding} is announced but nothing comes out of the bytes")
    return out


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _undo_gzip,
    "x-gzip": _undo_gzip,
    "deflate": _inflate_either,
    "br": _undo_brotli,
    "zstd": _undo_zstd,
}


# `zlib` hands back all that it did not use: fed with the whole of a stream of a hundred thousand empty
# parts, it would copy the rest a hundred thousand times. So streams are taken in by small pieces.
PIECE_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
GZIP = zlib.MAX_WBITS | 16


class Inflating:
    """Inflates the streams in a payload, one behind the other.

    Args:
        payload: begins with a stream.

    Attributes:
        place: where the next stream begins, once one has ended; in bytes from the start of the payload.
    """

    def __init__(self, payload: bytes) -> None:
        self.place = 0
        self._payload = payload

    def stream(self, wbits: int) -> Iterator[bytes]:
        """Yield what comes out of the next stream, in pieces of at most `PIECE_BYTES`.

        Args:
            wbits: the kind of stream, as `zlib` has it.

        Raises:
            zlib.error: it is damaged.
            EOFError: it is cut short; all that is in it was yielded.
        """
        inflater = zlib.decompressobj(wbits)
        while not inflater.eof:
            given = self._payload[self.place : self.place + PIECE_BYTES]
            if not given:
                yield from filter(None, [inflater.flush()])  # what a last match still holds back
                raise EOFError
            self.place += len(given)
            while given:
                yield from filter(None, [inflater.decompress(given, PIECE_BYTES)])
                given = inflater.unconsumed_tail
        self.place -= len(inflater.unused_data)

    @property
    def is_at_gzip(self) -> bool:
        """Whether a gzip begins where the last stream ended."""
        return self._payload.startswith(GZIP_MAGIC, self.place)


def inflated_parts(payload: bytes) -> Iterator[bytes]:
    """Yield what comes out of a gzip of one or more parts, in pieces; raises as `Inflating.stream`."""
    inflating = Inflating(payload)
    while inflating.is_at_gzip:
        yield from inflating.stream(GZIP)
