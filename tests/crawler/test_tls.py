"""TLS as portals speak it: old, national, of HTTP/2 only; and IPv6. Each against a server on loopback."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from archive.data_folder import DataDir
from crawler.registry.portals import Portal, PortalList
from crawler.run.plan import Limits
from tests.crawler.portal_server import PortalServer, list_page, page
from tests.crawler.test_crawl import stored
from tests.crawling import crawl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
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


def harvest(
    data: Path, sites: Mapping[str, tuple[str, str | None]], **more: object
) -> dict[str, tuple[dict[str, int], str]]:
    """What came of portals with one list, by name, and the first error of each."""
    portals = [
        Portal(name, "河西", "static_list", home, lists=(PortalList(home),), tls_ciphers=ciphers)
        for name, (home, ciphers) in sites.items()
    ]
    summary = crawl(portals, data=DataDir(data), limits=Limits(timeout_s=10, retries=0), **more)  # type: ignore[arg-type]
    errors: dict[str, str] = {}
    for each in stored(DataDir(data)):
        if each.error and each.context:
            errors.setdefault(str(each.context.portal), each.error)
    return {each.portal: (dict(each.outcomes), errors.get(each.portal, "")) for each in summary.portals}


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


def test_old_servers_are_asked_where_their_portals_say_so(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    read = {"ok": 2}
    cases: dict[str, tuple[ssl.TLSVersion, str | None, dict[str, int]]] = {
        "tls10": (ssl.TLSVersion.TLSv1, None, {"tls_legacy": 1}),
        "tls10-lowered": (ssl.TLSVersion.TLSv1, LOWERED, read),
        "tls11-lowered": (ssl.TLSVersion.TLSv1_1, LOWERED, read),
        "short-key": (ssl.TLSVersion.TLSv1_2, None, {"tls_cert": 1}),
        "short-key-lowered": (ssl.TLSVersion.TLSv1_2, LOWERED, read),
    }
    with ExitStack() as stack:
        sites = {}
        for name, (version, ciphers, _) in cases.items():
            server = stack.enter_context(PortalServer(SITE))
            server.speak_tls(server_context(certificate, version))
            sites[name] = f"https://127.0.0.1:{server.port}/", ciphers
        found = harvest(tmp_path / "trusted", sites)
        monkeypatch.delenv("SSL_CERT_FILE")
        unknown = harvest(tmp_path / "unknown", {"lowered": sites["short-key-lowered"]})
    assert {name: outcomes for name, (outcomes, _) in found.items()} == {
        name: outcomes for name, (*_, outcomes) in cases.items()
    }
    assert unknown["lowered"][0] == {"tls_cert": 1}, "verified all the same"


HELLOS = {
    "tlcp-alert": ("15 0101 0002 0246", "tlcp_only", "national protocol"),
    "tlcp-hello": ("16 0101 0004 02000000", "tlcp_only", "national protocol"),
    "alpn-refused": ("15 0303 0002 0278", "http2_only", "no application protocol"),
    "version-refused": ("15 0303 0002 0246", "tls_legacy", "protocol version"),
    "no-tls": (b"HTTP/1.1 400 Bad Request\r\n\r\n".hex(), "failed", "wrong version number"),
}
"""What a server answers the hello with, what that is called, and what the error says."""


def test_servers_that_answer_otherwise_are_named(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = server_context(certificate, ssl.TLSVersion.TLSv1_2)
    context.set_alpn_protocols(["h2"])

    def say(answer: bytes) -> Callable[[socket.socket], None]:
        def speak(client: socket.socket) -> None:
            client.recv(4096)
            client.sendall(answer)

        return speak

    def speak_http2(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as spoken:
            spoken.sendall(FRAMES)
            spoken.recv(4096)

    told = {**HELLOS, "frames": ("", "http2_only", "frame of HTTP/2")}
    with ExitStack() as stack:
        speakers = {name: say(bytes.fromhex(answer)) for name, (answer, *_) in HELLOS.items()}
        sites = {
            name: (f"https://127.0.0.1:{stack.enter_context(listening(speak))}/", LOWERED)
            for name, speak in {**speakers, "frames": speak_http2}.items()
        }
        found = harvest(tmp_path, sites)
    for name, (_, outcome, said) in told.items():
        assert found[name][0] == {outcome: 1}, name
        assert said in found[name][1], name


def test_portals_on_ipv6_only_are_harvested(tmp_path: Path) -> None:
    with PortalServer(SITE, "::1") as server, PortalServer(SITE, "::1") as other:
        mapped = {"www.hexi.test": f"[::1]:{server.port}"}
        sites = {"address": (f"http://[::1]:{other.port}/", None), "name": ("http://www.hexi.test/", None)}
        found = harvest(tmp_path, sites, connect_to=mapped)
    assert {name: outcomes for name, (outcomes, _) in found.items()} == {key: {"ok": 2} for key in sites}
