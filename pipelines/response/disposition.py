"""The name that a server gives a file: `Content-Disposition`, in every spelling that portals send.

`filename*` (RFC 8187) tells its charset. `filename` is meant to be ASCII and is, as portals have it,
percent-encoded, raw bytes in UTF-8 or GBK, or an encoded word of mail (RFC 2047). UTF-8 is tried before
GB 18030, which reads almost anything.

Source: RFC 6266 (the field), RFC 8187 (which replaced RFC 5987), RFC 2047.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from pipelines.response.charset import codec_of
from pipelines.text.white_space import fold_line

if TYPE_CHECKING:
    from pipelines.response.http_headers import Headers

LONGEST_NAME = 300
_FIELD = b"content-disposition"
_PARAMETER = re.compile(
    rb"""(?:^|[;\s])filename(?P<star>\*)?\s{0,9}=\s{0,9}(?:"(?P<quoted>(?:\\.|[^"\\])*+)"?|(?P<plain>[^;]*))""",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(rb"=\?([\w.:-]{1,40})(?:\*[\w-]*)?\?([BbQq])\?([^?]*)\?=(?:\s+(?==\?))?")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
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
            name = _cleaned(_extended(raw) if is_extended else _decoded(raw))
            if name:
                names.setdefault(is_extended, name)
    return names.get(True) or names.get(False)


def _extended(raw: bytes) -> str:
    charset, mark, rest = raw.strip().partition(b"'")
    language, second, text = rest.partition(b"'")
    if not (mark and second):
        return _decoded(raw)  # some write the star and nothing of what it stands for
    del language
    return _read(unquote_to_bytes(text), charset)


def _decoded(raw: bytes) -> str:
    if b"=?" in raw and _WORD.search(raw):
        return _words(raw)
    return _read(unquote_to_bytes(raw) if _PERCENT.search(raw) else raw, b"")


def _words(raw: bytes) -> str:
    """Read encoded words, and what stands between them as it is."""
    pieces: list[str] = []
    at = 0
    for word in _WORD.finditer(raw):
        pieces += [_read(raw[at : word.start()], b""), _word(word)]
        at = word.end()
    return "".join((*pieces, _read(raw[at:], b"")))


def _word(word: re.Match[bytes]) -> str:
    charset, kind, text = word.groups()
    try:
        data = b64decode(text + b"=" * (-len(text) % 4)) if kind in b"Bb" else _from_quoted(text)
    except binascii.Error:
        data = word[0]
    return _read(data, charset)


def _from_quoted(text: bytes) -> bytes:
    return binascii.a2b_qp(text, header=True)


def _read(data: bytes, charset: bytes) -> str:
    """Read bytes by the charset that is named, else as UTF-8, else as GB 18030."""
    named = codec_of(charset.decode("ascii", "ignore"))
    for codec in (named, "utf-8"):
        if codec is None:
            continue
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("gb18030", "replace")


def _cleaned(name: str) -> str:
    own = re.split(r"[/\\]", name)[-1]
    return fold_line(_CONTROLS.sub("", own))[:LONGEST_NAME].strip()
