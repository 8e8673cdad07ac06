"""Labelled digests as WARC files state them: any algorithm of ours, in base 16, 32 or 64."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")


@dataclass(frozen=True, slots=True)
class LabelledDigest:
    """A digest read from a field: `sha1:…` as its algorithm and its bytes."""

    algorithm: str
    value: bytes


def read_digest(text: str) -> LabelledDigest | None:
    """Read a labelled digest; None where the algorithm is not known or the value is not of its length."""
    label, _, value = text.strip().partition(":")
    algorithm = label.lower().replace("-", "")
    if algorithm not in ALGORITHMS:
        return None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    for decode in (_base16, _base32, _base64):
        try:
            decoded = decode(value)
        except ValueError:
            continue
        if len(decoded) == size:
            return LabelledDigest(algorithm, decoded)
    return None


def stated_sha256(text: str | None) -> str | None:
    """Return the SHA-256 that a field states, as 64 hexadecimal digits; None where it states none."""
    digest = read_digest(text) if text else None
    return digest.value.hex() if digest is not None and digest.algorithm == "sha256" else None


def _base16(value: str) -> bytes:
    return base64.b16decode(value, casefold=True)


def _base32(value: str) -> bytes:
    return base64.b32decode(value + "=" * (-len(value) % 8), casefold=True)


def _base64(value: str) -> bytes:
    return base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4))
