"""HTTP as it stands in an archive: header fields as pairs of bytes, in order, and bodies that are coded.

`Content-Disposition` names a file in every spelling that portals send. `filename` is meant to be ASCII and
is, as portals have it, percent-encoded, raw bytes in UTF-8 or GBK, or an encoded word of mail. UTF-8 is tried
before GB 18030, which reads almost anything.

Servers are wrong about content codings in both directions. So a body that does not begin as its coding must
is taken as it is, and a text body that begins as gzip is unpacked unasked. A stream cut short or damaged
gives what came before the damage, and `unpack_content` tells that this is not all.

Source: RFC 6266 (the field), RFC 8187 (which replaced RFC 5987), RFC 2047.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import unquote_to_bytes

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.text.charset import codec_of, decode_leniently
from pipelines.text.page_source import fold_line

Attempt = tuple[Iterable[bytes], type[Exception]]
"""The pieces that come out of a body, and what a damage of it raises."""

Headers = tuple[tuple[bytes, bytes], ...]

# Source: RFC 9110, section 8.3.2; also with single quotes, and with spaces about the sign.
CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE | re.ASCII)

# Four times the largest body that is fetched: no text page comes near it.
_LIMIT_BYTES = 256 << 20

# What a body begins with that is coded as it says: RFC 1952, 2.3.1; RFC 8878, 3.1.1. The others have no sign.
_GZIP_MAGIC = b"\x1f\x8b"
# RFC 1952, 2.3.1, and RFC 8878, 3.1.1. br has no mark, and deflate comes with the head of zlib or without.
_MAGIC = {"gzip": _GZIP_MAGIC, "x-gzip": _GZIP_MAGIC, "zstd": b"\x28\xb5\x2f\xfd"}


def header_values(headers: Headers, name: str) -> tuple[str, ...]:
    """Return the values of every field of that name, in order; bytes above ASCII read as Latin-1."""
    wanted = name.lower().encode("ascii")
    return tuple(value.decode("latin-1").strip() for key, value in headers if key.lower() == wanted)


def header_value(headers: Headers, name: str) -> str | None:
    """Return the first value of a field; None where the field is absent."""
    return next(iter(header_values(headers, name)), None)


def media_type(content_type: str | None) -> str:
    """Return the type of a `Content-Type` without its parameters, lower case; empty when there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def declared_charset(content_type: str | None) -> str | None:
    """Return the charset parameter of a `Content-Type`, as written; None where there is none."""
    found = CHARSET.search(content_type or "")
    return found.group(1) if found else None


LONGEST_NAME = 300
_FIELD = b"content-disposition"
# Some servers leave the closing quote out.
_PARAMETER = re.compile(
    rb"""(?:^|[;\s])filename(?P<star>\*)?\s{0,9}=\s{0,9}(?:"(?P<quoted>(?:\\.|[^"\\])*+)"?|(?P<plain>[^;]*))""",
    re.IGNORECASE | re.DOTALL,
)
# RFC 2047, 2; RFC 2231, 5 allows a language behind the charset. White space between two words is none.
_WORD = re.compile(rb"=\?([\w.:-]{1,40})(?:\*[\w-]*)?\?([BbQq])\?([^?]*)\?=(?:\s+(?==\?))?")
# Line ends in a name would break whatever is written of it line by line.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def disposition_name(headers: Headers) -> str | None:
    """Return the name of the file that a response is, without folders; None where the server gives none.

    Args:
        headers: the response's header fields; their bytes are read here, not before.
    """
    # RFC 6266, 4.3: where both are sent, `filename*` is meant. Of two of a kind the first counts.
    names: dict[bool, str] = {}
    for field, value in headers:
        if field.lower() != _FIELD:
            continue
        for found in _PARAMETER.finditer(value):
            raw = found["plain"] if found["quoted"] is None else found["quoted"].replace(b'\\"', b'"')
            is_extended = found["star"] is not None
            name = _clean_name(_read_extended(raw) if is_extended else _read_name(raw))
            if name:
                names.setdefault(is_extended, name)
    return names.get(True) or names.get(False)


def _read_extended(raw: bytes) -> str:
    parts = raw.strip().split(b"'", 2)
    if len(parts) < 3:
        return _read_name(raw)  # some write the star and nothing of what it stands for
    charset, _language, text = parts
    return _decode_name(unquote_to_bytes(text), charset)


def _read_name(raw: bytes) -> str:
    if b"=?" in raw and _WORD.search(raw):
        return "".join(_read_words(raw))
    return _decode_name(unquote_to_bytes(raw))


def _read_words(raw: bytes) -> Iterator[str]:
    """Yield encoded words, and what stands between them as it is."""
    at = 0
    for word in _WORD.finditer(raw):
        charset, kind, text = word.groups()
        yield _decode_name(raw[at : word.start()])
        try:
            # Padding that was left out is put back: nothing else can have stood there.
            padded = text + b"=" * (-len(text) % 4)
            data = b64decode(padded) if kind in b"Bb" else binascii.a2b_qp(text, header=True)
        except binascii.Error:
            data = word[0]
        yield _decode_name(data, charset)
        at = word.end()
    yield _decode_name(raw[at:])


def _decode_name(data: bytes, charset: bytes = b"") -> str:
    """Read bytes by the charset that is named, else as UTF-8, else as GB 18030."""
    return decode_leniently(data, (codec_of(charset.decode("ascii", "ignore")), "utf-8"))


def _clean_name(name: str) -> str:
    own = re.split(r"[/\\]", name)[-1]
    return fold_line(_CONTROLS.sub("", own))[:LONGEST_NAME].strip()


def decode_content(body: bytes, headers: Headers, limit_bytes: int = _LIMIT_BYTES) -> bytes:
    """Return the payload of a body, as far as it came; arguments and errors as of `unpack_content`."""
    return unpack_content(body, headers, limit_bytes)[0]


def unpack_content(body: bytes, headers: Headers, limit_bytes: int = _LIMIT_BYTES) -> tuple[bytes, bool]:
    """Return the payload of a body with its content coding undone, and whether that is all of it.

    It is not where the connection closed within the coding: a body that ends with the connection and states
    no length has nothing else by which that shows.

    Args:
        body: as received, transfer coding already undone.
        headers: the response's header fields.
        limit_bytes: the largest payload that is unpacked.

    Raises:
        UnreadableDocument: `bomb` when more than `limit_bytes` would come out, `coding` when a damaged stream
            gives nothing.
        ReaderMissing: `coding` when the coding is unknown or its library is not installed.
    """
    # Codings are listed in the order in which they were applied (RFC 9110, 8.4): the last is undone first.
    # A text that still begins as gzip was compressed without saying so, or twice; `_undo_coding` leaves any
    # other as it is.
    codings = _list_codings(headers)[::-1] + ["gzip"] * _is_text(headers)
    is_whole = True
    for coding in codings:
        body, has_ended = _undo_coding(body, coding, limit_bytes)
        is_whole &= has_ended
    return body, is_whole


def _list_codings(headers: Headers) -> list[str]:
    fields = ",".join(header_values(headers, "content-encoding")).lower()
    return [name for token in fields.split(",") if (name := token.strip()) not in ("", "identity", "none")]


def _is_text(headers: Headers) -> bool:
    kind = media_type(header_value(headers, "content-type"))
    return kind in ("", "application/json", "application/xml") or kind.startswith("text/") or "html" in kind


def _undo_coding(body: bytes, coding: str, limit_bytes: int) -> tuple[bytes, bool]:
    begin = _CODINGS.get(coding)
    if begin is None:
        raise ReaderMissing(f"coding {coding!r} is none that can be undone")
    if not body or not body.startswith(_MAGIC.get(coding, b"")):
        return body, True
    out = bytearray()
    for pieces, damage in begin(body):
        is_whole = True
        try:
            for piece in pieces:
                out += piece
                if len(out) > limit_bytes:
                    problem = f"bomb: more than {limit_bytes:,} bytes come out of the content coding"
                    raise UnreadableDocument(problem)
        except (damage, EOFError):
            is_whole = False  # what came before the damage stands
        # A whole stream of nothing is a blank page; a damaged one that gives nothing may have held anything.
        if out or is_whole:
            return bytes(out), is_whole
    raise UnreadableDocument(f"coding {coding} is announced but nothing comes out of the bytes")


def _undo_gzip(body: bytes) -> Iterator[Attempt]:
    yield inflated_parts(body), zlib.error


def _undo_deflate(body: bytes) -> Iterator[Attempt]:
    """Undo `deflate`: zlib-wrapped as the standard says, or raw as some servers send it."""
    # The wrapped kind first, as the standard says: a raw stream fails the check of zlib's head at once, with
    # nothing out.
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        yield _inflate(body, 0, wbits), zlib.error


def _undo_brotli(body: bytes) -> Iterator[Attempt]:
    brotli = _load_library("brotli", coding="br")
    yield _undo_bounded(body, brotli.Decompressor()), brotli.error


def _undo_zstd(body: bytes) -> Iterator[Attempt]:
    zstd = _load_library("compression.zstd", "backports.zstd", coding="zstd")
    yield _undo_frames(body, zstd.ZstdDecompressor), zstd.ZstdError


_CODINGS: dict[str, Callable[[bytes], Iterator[Attempt]]] = {
    "gzip": _undo_gzip,
    "x-gzip": _undo_gzip,
    "deflate": _undo_deflate,
    "br": _undo_brotli,
    "zstd": _undo_zstd,
}


def _undo_bounded(body: bytes, stream: Any) -> Iterator[bytes]:
    """Undo brotli in small pieces, so that a bomb is noticed before it has burst."""
    for start in range(0, len(body), 1024):
        given = body[start : start + 1024]
        # 800 bytes of brotli may be a GiB, so what comes out is bounded, too. That more may go in does not
        # say that all is out.
        while piece := stream.process(given, output_buffer_limit=_PIECE_BYTES):
            yield piece
            given = b""
            if stream.is_finished():
                break
    if not stream.is_finished():
        raise EOFError


def _undo_frames(body: bytes, begin: Callable[[], Any]) -> Iterator[bytes]:
    """Undo a coding of one or more frames, one behind another (RFC 8878, 3.1), in small pieces."""
    stream = begin()
    for start in range(0, len(body), 1024):
        given = body[start : start + 1024]
        while given:
            stream = begin() if stream.eof else stream
            yield stream.decompress(given)
            given = stream.unused_data if stream.eof else b""
    if not stream.eof:
        raise EOFError


def _load_library(*names: str, coding: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    raise ReaderMissing(f"coding {coding!r} has no library here", hint=f"Install {names[-1]}")


# `zlib` hands back all that it did not use: fed with the whole of a stream of a hundred thousand empty
# parts, it would copy the rest a hundred thousand times. So streams are taken in by small pieces.
_PIECE_BYTES = 64 << 10


def _inflate(payload: bytes, place: int, wbits: int) -> Generator[bytes, None, int]:
    """Yield what comes out of a stream, in pieces of at most `_PIECE_BYTES`; return where the next begins.

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
        given = payload[place : place + _PIECE_BYTES]
        if not given:
            yield from filter(None, [inflater.flush()])  # what a last match still holds back
            raise EOFError
        place += len(given)
        while given and not inflater.eof:  # behind the end of a stream nothing is used up any more
            yield from filter(None, [inflater.decompress(given, _PIECE_BYTES)])
            given = inflater.unconsumed_tail
    return place - len(inflater.unused_data)


def inflated_parts(payload: bytes) -> Iterator[bytes]:
    """Yield what comes out of a gzip of one or more parts, in pieces; raises as `_inflate` does."""
    place = 0
    while payload.startswith(_GZIP_MAGIC, place):
        place = yield from _inflate(payload, place, zlib.MAX_WBITS | 16)  # 16: with the header of gzip
