"""TLS as portals speak it: old, national, of HTTP/2 only; and IPv6. Each against a server on loopback."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from archive.data_folder import DataDir
from crawler.registry.portals import Portal, PortalList
from crawler.run.parent import crawl
from crawler.run.plan import Limits
from tests.crawler.portal_server import PortalServer, list_page, page
from tests.crawler.test_crawl import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# That these versions are old is the point.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
LOWERED = "DEFAULT@SECLEVEL=0"
SITE = {
    "/": list_page([("/a.html", "报告")], "createPageHTML(1, 0, 'index', 'html', 1);"),
    "/a.html": page("报告" * 200),
}
# SETTINGS without a setting, then GOAWAY with PROTOCOL_ERROR (RFC 9113, 6.5 and 6.8).
FRAMES = bytes.fromhex("000000040000000000 0000080700000000000000000000000001")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 over a key that is short for today, and the key."""
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is short is the point
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(pem))
    return path


def server_context(certificate: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(LOWERED)
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
    context.load_cert_chain(certificate)
    return context


def harvest(home: str, data: Path, ciphers: str | None = None, **more: object) -> tuple[dict[str, int], str]:
    """What came of a portal with one list, and the first error."""
    portal = Portal("hexi", "河西", "static_list", home, lists=(PortalList(home),), tls_ciphers=ciphers)
    summary = crawl([portal], data=DataDir(data), limits=Limits(timeout_s=10, retries=0), **more)  # type: ignore[arg-type]
    return dict(summary.portals[0].outcomes), next(
        (each.error for each in stored(DataDir(data)) if each.error), ""
    )


@contextmanager
def listening(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that speaks so to each who connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client, suppress(OSError):
                        speak(client)

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("version", "trusted", "ciphers", "outcomes"),
    [
        pytest.param(ssl.TLSVersion.TLSv1, True, None, {"tls_legacy": 1}, id="1.0"),
        pytest.param(ssl.TLSVersion.TLSv1, True, LOWERED, {"ok": 2}, id="1.0, lowered"),
        pytest.param(ssl.TLSVersion.TLSv1_1, True, LOWERED, {"ok": 2}, id="1.1, lowered"),
        pytest.param(ssl.TLSVersion.TLSv1_2, True, None, {"tls_cert": 1}, id="short key"),
        pytest.param(ssl.TLSVersion.TLSv1_2, True, LOWERED, {"ok": 2}, id="short key, lowered"),
        pytest.param(
            ssl.TLSVersion.TLSv1_2, False, LOWERED, {"tls_cert": 1}, id="lowered, and still verified"
        ),
    ],
)
def test_old_server_is_asked_where_its_portal_says_so(
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    version: ssl.TLSVersion,
    trusted: bool,
    ciphers: str | None,
    outcomes: dict[str, int],
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with PortalServer(SITE) as server:
        server.speak_tls(server_context(certificate, version))
        assert harvest(f"https://127.0.0.1:{server.port}/", tmp_path, ciphers)[0] == outcomes


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        ("15 0101 0002 0246", "tlcp_only", "national protocol"),
        ("16 0101 0004 02000000", "tlcp_only", "national protocol"),
        ("15 0303 0002 0278", "http2_only", "no application protocol"),
        ("15 0303 0002 0246", "tls_legacy", "protocol version"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".hex(), "failed", "wrong version number"),
    ],
    ids=["TLCP alert", "TLCP hello", "ALPN refused", "TLS refuses the version", "no TLS"],
)
def test_server_that_answers_the_hello_otherwise_is_named(
    tmp_path: Path, answer: str, outcome: str, said: str
) -> None:
    def speak(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(bytes.fromhex(answer))

    with listening(speak) as port:
        outcomes, error = harvest(f"https://127.0.0.1:{port}/", tmp_path)
    assert outcomes == {outcome: 1}
    assert said in error


def test_server_of_http_2_only_is_named(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = server_context(certificate, ssl.TLSVersion.TLSv1_2)
    context.set_alpn_protocols(["h2"])

    def speak(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as spoken:
            spoken.sendall(FRAMES)
            spoken.recv(4096)

    with listening(speak) as port:
        outcomes, error = harvest(f"https://127.0.0.1:{port}/", tmp_path, LOWERED)
    assert outcomes == {"http2_only": 1}
    assert "frame of HTTP/2" in error


@pytest.mark.parametrize("home", ["http://[::1]:{}/", "http://www.hexi.test/"], ids=["address", "name"])
def test_portal_on_ipv6_only_is_harvested(tmp_path: Path, home: str) -> None:
    with PortalServer(SITE, "::1") as server:
        mapped = {"www.hexi.test": f"[::1]:{server.port}"}
        outcomes, _ = harvest(home.format(server.port), tmp_path, connect_to=mapped)
    assert outcomes == {"ok": 2}
