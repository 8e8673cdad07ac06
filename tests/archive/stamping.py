"""An RFC 3161 authority of our own on loopback: `openssl ts` behind HTTP, with certificates of its own."""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = stamper.pem
signer_key = stamper.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def _certificate(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


def _make_authority(folder: Path) -> None:
    root, stamper = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        _certificate("root", "root", root)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
    )
    stamping = (
        _certificate("stamper", "root", stamper)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    )
    (folder / "roots.pem").write_bytes(authority.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "stamper.pem").write_bytes(stamping.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
    written = stamper.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "stamper.key").write_bytes(written)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.conf").write_text(_CONFIGURATION)


@contextmanager
def stamping_server(folder: Path) -> Iterator[str]:
    """Run an authority; its address. Its certificate is `roots.pem` in the folder."""
    _make_authority(folder)

    class Stamper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            answered = subprocess.run(
                ["/usr/bin/env", "openssl", "ts", "-reply", "-config", "tsa.conf", "-queryfile", query.name],
                cwd=folder, capture_output=True, check=True,
            )  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answered.stdout)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Stamper) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
