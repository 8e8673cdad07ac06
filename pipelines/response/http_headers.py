"""Header fields as they stand in an archive: pairs of bytes, in order, repeated ones kept.

`Content-Disposition` names a file in every spelling that portals send. `filename*` (RFC 8187) tells its
charset. `filename` is meant to be ASCII and is, as portals have it, percent-encoded, raw bytes in UTF-8 or
GBK, or an encoded word of mail (RFC 2047). UTF-8 is tried before GB 18030, which reads almost anything.

Source: RFC 6266 (the field), RFC 8187 (which replaced RFC 5987), RFC 2047.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from pipelines.text.charset import codec_of, decode_leniently
from pipelines.text.white_space import fold_line

if TYPE_CHECKING:
    from collections.abc import Iterator

Headers = tuple[tuple[bytes, bytes], ...]

CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE | re.ASCII)


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
_PARAMETER = re.compile(
    rb"""(?:^|[;\s])filename(?P<star>\*)?\s{0,9}=\s{0,9}(?:"(?P<quoted>(?:\\.|[^"\\])*+)"?|(?P<plain>[^;]*))""",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(rb"=\?([\w.:-]{1,40})(?:\*[\w-]*)?\?([BbQq])\?([^?]*)\?=(?:\s+(?==\?))?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def disposition_name(headers: Headers) -> str | None:
    """Return the name of the file that a response is, without folders; None where the server gives none.

    Args:
        headers: the response's header fields; their bytes are read here, not before.
    """
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
