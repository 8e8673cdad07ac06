"""Header fields as they stand in an archive: pairs of bytes, in order, repeated ones kept."""

from __future__ import annotations

import re

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
