"""Who says so, and since when: Ed25519 signatures of the operator, stamps of an RFC 3161 authority.

Both are optional. A signature tells an outsider's manifest from the operator's; a stamp tells when there was
one, which not even the operator can make up afterwards. Keys and certificates are those of `openssl`.

Source: RFC 8032 (Ed25519); RFC 3161 (Time-Stamp Protocol), asked over HTTP as in its section 3.4.
"""

from __future__ import annotations

import hashlib
import logging
import urllib.request
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates

from archive.manifests.chain import Link, Manifest, NightManifest
from pipelines.errors import BadConfiguration, GongkaiError
from pipelines.structs import FrozenStruct

logger = logging.getLogger(__name__)

_PATIENCE_S = 30.0
_MOST_BYTES = 1 << 20


class SigningMismatch(BadConfiguration):
    """The key or the certificates that the configuration names are none."""


class StampInvalid(GongkaiError):
    """A stamp is not that of this message by a trusted authority."""


class Signing(FrozenStruct):
    """What the operator has for signing (`gongkai.yaml`).

    Attributes:
        key_file: an Ed25519 key, PEM, without a password; None leaves manifests unsigned.
        stamp_url: an RFC 3161 authority; None leaves them unstamped.
        stamp_roots: the certificates that its stamps lead to, PEM.
    """

    key_file: Path | None = None
    stamp_url: str | None = None
    stamp_roots: Path | None = None

    def key(self) -> Ed25519PrivateKey | None:
        """Read the operator's key; None where there is none.

        Raises:
            SigningMismatch: the file is missing, or no such key.
        """
        if self.key_file is None:
            return None
        try:
            key = load_pem_private_key(self.key_file.read_bytes(), password=None)
        except (OSError, TypeError, ValueError) as error:
            raise SigningMismatch(f"signing_key: {error}", where=self.key_file, hint=_MAKE_KEY) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningMismatch("signing_key is no Ed25519 key", where=self.key_file, hint=_MAKE_KEY)
        return key

    def check(self) -> None:
        """See before anything is written that all that the configuration names is there.

        Raises:
            SigningMismatch: something is missing, or is not what it should be.
        """
        self.key()
        if self.stamp_url:
            _stamp_library()
        if self.stamp_roots:
            _read_certificates(self.stamp_roots)

    def public_key(self) -> bytes | None:
        """Return the 32 bytes by which others know the operator's key; None where there is none.

        Raises:
            SigningMismatch: as `key`.
        """
        key = self.key()
        return key.public_key().public_bytes_raw() if key else None

    def sign(self, manifest: Manifest) -> Link:
        """Sign a manifest; stamp that of a night, which covers the files before it.

        An authority that does not answer stops nothing: the stamp of the next night covers this one.

        Raises:
            SigningMismatch: the configuration names what is no key or no certificate.
        """
        key = self.key()
        link = Link(manifest.replace(key=self.public_key()))
        if key:
            link = link.replace(signature=key.sign(link.message))
        if self.stamp_url and isinstance(manifest, NightManifest):
            try:
                stamp = ask_stamp(self.stamp_url, link.message)
                if self.stamp_roots:
                    check_stamp(stamp, link.message, self.stamp_roots)
                link = link.replace(stamp=stamp)
            except (OSError, StampInvalid) as error:
                logger.warning("the night is not stamped: %s: %s", self.stamp_url, error)
        return link


_MAKE_KEY = "Make one with `openssl genpkey -algorithm ed25519 -out key.pem`"


def is_signed_by_its_key(link: Link) -> bool:
    """Whether a manifest that names a key is signed by it, and one that names none is not signed."""
    key = link.manifest.key
    if key is None or link.signature is None:
        # Both None. A signature without a key, or the reverse, is none of ours.
        return key is link.signature
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(link.signature, link.message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ask_stamp(url: str, message: bytes) -> bytes:
    """Ask an authority for a stamp of a message's SHA-256.

    Raises:
        OSError: it does not answer, or answers with an error.
        StampInvalid: what it answers is no stamp of this message: an error page, a refusal.
    """
    library = _stamp_library()
    asked = library.TimestampRequestBuilder(message, library.HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query"}
    request = urllib.request.Request(url, asked.as_bytes(), headers)  # noqa: S310  the operator's own address
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310  likewise
            stamp: bytes = answer.read(_MOST_BYTES)
        # Whom it leads to is seen only where there are certificates; that it is a stamp, everywhere.
        stamped = library.decode_timestamp_response(stamp).tst_info.message_imprint.message
    # No HTTP, an answer that breaks off, a redirect to what is no address, or nothing that can be decoded.
    except (HTTPException, ValueError) as error:
        raise StampInvalid(f"no stamp came back: {error}") from error
    if stamped != hashlib.sha256(message).digest():
        raise StampInvalid("it is of another message")
    return stamp


def check_stamp(stamp: bytes, message: bytes, roots: Path) -> datetime:
    """Return when a message was stamped.

    Raises:
        StampInvalid: the stamp is of another message, or leads to none of the certificates.
        SigningMismatch: the certificates cannot be read.
    """
    library, trusted = _stamp_library(), _read_certificates(roots)
    try:
        answer = library.decode_timestamp_response(stamp)
        library.VerifierBuilder(roots=trusted).build().verify_message(answer, message)
    except (library.VerificationError, ValueError) as error:
        raise StampInvalid(str(error)) from error
    stamped_at: datetime = answer.tst_info.gen_time
    return stamped_at


def _stamp_library() -> Any:
    """Return the library that asks for stamps and checks them."""
    try:
        import rfc3161_client  # noqa: PLC0415  an extra that few need
    except ImportError as missing:
        raise SigningMismatch(str(missing), hint="Stamps need pip install 'gongkai[stamp]'") from missing
    return rfc3161_client


def _read_certificates(path: Path) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SigningMismatch(f"stamp_roots: {error}", where=path) from error
