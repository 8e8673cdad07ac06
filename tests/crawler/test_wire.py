"""What a server logged, byte for byte, beside what the archive holds: odd but lawful, plain and by TLS."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gzip
import hashlib
import ipaddress
import itertools
import ssl
import threading
import zlib
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy.core.downloader.handlers.http11 import _RequestBodyProducer
from twisted.internet.testing import StringTransport
from twisted.web._newclient import Request
from twisted.web.http_headers import Headers
from warcio.archiveiterator import ArchiveIterator

from archive.data_folder import DataDir
from archive.warc.encode import decode_facts
from archive.warc.files import archive_files
from archive.warc.verification import verify_archive
from crawler.policy.egress import RecordingProtocol
from crawler.registry.portals import Portal, PortalList
from crawler.run.plan import Limits
from tests.crawler.portal_server import list_page
from tests.crawling import crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def said(*fields: bytes, body: bytes | None = b"", first: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer: its fields, and the length of its body; None for a body that is to follow."""
    length = () if body is None else (b"Content-Length: %d" % len(body),)
    return b"\r\n".join((first, *fields, *length, b"", body or b""))


def coded(coding: bytes, body: bytes) -> bytes:
    return said(b"Content-Encoding: " + coding, body=body)


OWN = b"<p>NAME</p>"
CHUNKED = b"Transfer-Encoding: chunked"
IN_CHUNKS = said(CHUNKED, body=None)
CHUNK = b"4\r\nNAME\r\n"
CLOSED = "until close, "


def make_cases(scheme: bytes) -> dict[str, bytes]:
    """Answers by name; no body is that of another, so that none is kept as a revisit."""
    page = b"<p>%s</p>" % scheme
    packed = gzip.compress(page, mtime=4)
    return {
        "repeated fields": said(b"Set-Cookie: a=1", b"Via: x", b"Set-Cookie: b=2", b"Via: y", body=OWN),
        "odd case": said(b"cOnTeNt-TyPe: text/html", b"ETAG: W/x", b"x-powered-BY: PHP", body=OWN),
        "no space behind the colon": said(b"Content-Type:text/html", b"Server:x", body=OWN),
        "much space": said(b"Server:  \t x", b"X-Powered-By:\tPHP \t ", body=OWN),
        "empty values": said(b"Server:", b"Vary: ", body=OWN),
        "folded by a space": said(b"Server: a", b" b", body=OWN),
        "folded by a tab, twice": said(b"Server: a", b"\tb", b"\t  c", b"Vary: x", body=OWN),
        "folded at once": said(b"Server:", b"  a", body=OWN),
        "latin-1": said(b"Server: caf\xe9", body=OWN),
        "UTF-8": said("Server: 公开".encode(), body=OWN),
        "GBK": said("Server: 公开".encode("gbk"), body=OWN),
        "a name in GBK": said('Content-Disposition: inline; filename="年报.html"'.encode("gbk"), body=OWN),
        "a long field": said(b"X-Long: " + b"x" * 30_000, body=OWN),
        "many fields": said(*(b"X-%d: %d" % (number, number) for number in range(400)), body=OWN),
        "odd names": said(b"!#$%&'*+-.^_`|~0: 1", b"X_Y: 2", body=OWN),
        "odd values": said(b'Server: a: "b;,c" (d\\e)', b"Vary: *, , ,", body=OWN),
        "a length twice": said(b"Content-Length: 4", b"Content-Length: 4", body=None) + b"NAME",
        "a length in a list": said(b"Content-Length: 4, 4", body=None) + b"NAME",
        "a length with zeros": said(b"Content-Length: 0004", body=None) + b"NAME",
        "fields of the connection": said(
            b"Connection: keep-alive", b"Keep-Alive: timeout=5, max=9", body=OWN
        ),
        "an upgrade offered": said(b"Connection: upgrade", b"Upgrade: h2c", body=OWN),
        "reason left out": said(body=OWN, first=b"HTTP/1.1 200 "),
        "reason left out with its space": said(body=OWN, first=b"HTTP/1.1 200"),
        "reason in UTF-8": said(body=OWN, first="HTTP/1.1 200 正常".encode()),
        "reason in GBK": said(body=OWN, first="HTTP/1.1 200 正常".encode("gbk")),
        "reason with tabs": said(body=OWN, first=b"HTTP/1.1 200 All \t is   well "),
        "another version": said(body=OWN, first=b"HTTP/1.0 200 OK"),
        "status 203": said(body=OWN, first=b"HTTP/1.1 203 Non-Authoritative Information"),
        "status 299": said(body=OWN, first=b"HTTP/1.1 299 Something"),
        "bare LF": said(b"Server: x", b"Vary: y", body=OWN).replace(b"\r", b""),
        "bare LF in places": b"HTTP/1.1 200 OK\nServer: x\r\nVary: y\nContent-Length: 4\r\n\nNAME",
        "100": said(first=b"HTTP/1.1 100 Continue", body=None) + said(body=OWN),
        "102 and 103": b"HTTP/1.1 102 \r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        + said(body=OWN),
        "100 by bare LF": b"HTTP/1.1 100\n\n" + said(body=OWN),
        "chunks": IN_CHUNKS + CHUNK + b"0\r\n\r\n",
        "chunks, odd case": said(b"TRANSFER-encoding: Chunked", body=None) + CHUNK + b"0\r\n\r\n",
        "chunks with extensions": IN_CHUNKS + b'4;a;b=c;d="e f"\r\nNAME\r\n0;z\r\n\r\n',
        "chunks with trailers": said(CHUNKED, b"Trailer: X-Sum", body=None)
        + CHUNK
        + b"0\r\nX-Sum: 1\r\nx-Sum: 2\r\n\r\n",
        "chunks with zeros": IN_CHUNKS
        + b"0004\r\nNAME\r\n00A\r\n0123456789\r\n00b\r\n0123456789a\r\n0\r\n\r\n",
        "chunks of one byte": IN_CHUNKS
        + b"".join(b"1\r\n%c\r\n" % each for each in page + b"!")
        + b"0\r\n\r\n",
        "no chunk": IN_CHUNKS + b"0\r\n\r\n",
        "chunks, white space behind the size": IN_CHUNKS + b"4 ;a\r\nNAME\r\n0\r\n\r\n",
        "gzip": coded(b"gzip", gzip.compress(page, mtime=1)),
        "x-gzip": coded(b"x-gzip", gzip.compress(page, mtime=2)),
        "gzip twice": coded(b"gzip, gzip", gzip.compress(gzip.compress(page, mtime=3), mtime=3)),
        "gzip in chunks": said(CHUNKED, b"Content-Encoding: gzip", body=None)
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed),
        "deflate": coded(b"deflate", zlib.compress(page)),
        "deflate, raw": coded(b"deflate", zlib.compress(page, wbits=-15)),
        "br": coded(b"br", b"\x0b\x02\x80%s\x03" % scheme.ljust(5)),
        "zstd": coded(b"zstd", b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00" + scheme.ljust(5)),
        "identity": coded(b"identity", OWN),
        "a coding unknown": coded(b"x-none", OWN),
        "200 without a body": said(),
        "204": said(b"Server: x", body=None, first=b"HTTP/1.1 204 No Content"),
        "205": said(first=b"HTTP/1.1 205 Reset Content"),
        "304 unasked": said(b'ETag: "a"', body=None, first=b"HTTP/1.1 304 Not Modified"),
        "304 with the length of a body": said(b"Content-Length: 999", body=None, first=b"HTTP/1.1 304 "),
        "206": said(b"Content-Range: bytes 0-10/99", body=OWN, first=b"HTTP/1.1 206 Partial Content"),
        "301 with a body": said(
            b"location: http://www.hexi.example/NAME", body=OWN, first=b"HTTP/1.1 301 Moved"
        ),
        "404": said(body=OWN, first=b"HTTP/1.1 404 Not Found"),
        "410": said(body=OWN, first=b"HTTP/1.1 410 Gone"),
        "401": said(b'WWW-Authenticate: Basic realm="\xe9"', body=OWN, first=b"HTTP/1.1 401 Unauthorized"),
        CLOSED + "HTTP/1.0": said(body=None, first=b"HTTP/1.0 200 OK") + OWN,
        CLOSED + "HTTP/1.0 by bare LF": b"HTTP/1.0 200 OK\nServer: x\n\n" + OWN,
        CLOSED + "HTTP/1.1": said(body=None) + OWN,
        CLOSED + "announced": said(b"Connection: close", body=OWN),
        CLOSED + "announced in odd case": said(b"connection: Close", body=OWN),
        CLOSED + "nothing": said(body=None),
    }


CASES = {scheme: make_cases(scheme.encode()) for scheme in ("http", "https")}
NAMES = tuple(CASES["http"])
HIDDEN = {"chunks, white space behind the size"}
"""What a library does not let through; `docs/archive.md` names the line."""


@dataclass
class Logging:
    """A server of one scheme.

    Attributes:
        exchanges: by path: the request and the answer as they went over the wire.
        agreed: the version of TLS and the cipher suite of each connection.
    """

    replies: dict[str, bytes]
    exchanges: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    agreed: set[tuple[str, str]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (tls := writer.get_extra_info("ssl_object")) is not None:
            self.agreed.add((tls.version(), tls.cipher()[0]))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ")[1].decode()
                reply = self.replies.get(path, said(body=b"none", first=b"HTTP/1.1 404 Not Found"))
                self.exchanges[path] = request, reply
                writer.write(reply)
                await writer.drain()
                if path in CLOSING:
                    break
        writer.close()


PATHS = {name: f"/a/{number}.html" for number, name in enumerate(NAMES)}
CLOSING = {path for name, path in PATHS.items() if name.startswith(CLOSED)}
Kept = dict[str, dict[str, tuple[dict[str, list[str]], bytes]]]
"""By address, then by the type of the record: its fields and its block."""


@dataclass
class Crawled:
    servers: dict[str, Logging]
    ports: dict[str, int]
    kept: Kept
    data: DataDir
    certificate: x509.Certificate


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    folder = tmp_path_factory.mktemp("wire")
    pem, certificate = make_certificate(folder)
    rows = [(path, f"第{number}号报告") for number, path in enumerate(PATHS.values())]
    page = list_page(rows, f"createPageHTML(1, 0, 'index', 'html', {len(rows)});").body
    servers = {scheme: Logging({"/nb/": said(body=page)}) for scheme in CASES}
    for number, (scheme, name) in enumerate(itertools.product(CASES, NAMES)):
        servers[scheme].replies[PATHS[name]] = CASES[scheme][name].replace(b"NAME", b"%04d" % number)
    data = DataDir(folder / "data")
    with pytest.MonkeyPatch.context() as patch, serving(servers, pem) as ports:
        patch.setenv("SSL_CERT_FILE", str(pem))
        homes = [f"{scheme}://127.0.0.1:{port}/" for scheme, port in ports.items()]
        portals = [
            Portal(f"p{at}", home, "static_list", home, lists=(PortalList(f"{home}nb/"),))
            for at, home in enumerate(homes)
        ]
        summary = crawl(portals, data=data, limits=Limits(timeout_s=10, retries=0))
    assert [portal.errors for portal in summary.portals] == [(), ()]
    return Crawled(servers, ports, read_records(data), data, certificate)


@contextlib.contextmanager
def serving(servers: dict[str, Logging], pem: Path) -> Iterator[dict[str, int]]:
    """Serve both schemes in a thread; gives the port of each."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, dict[str, int]]] = Future()

    async def run() -> None:
        end, ports = asyncio.Event(), {}
        async with contextlib.AsyncExitStack() as stack:
            for scheme, server in servers.items():
                tls = context if scheme == "https" else None
                opened = await asyncio.start_server(server.serve, "127.0.0.1", ssl=tls)
                await stack.enter_async_context(opened)
                ports[scheme] = opened.sockets[0].getsockname()[1]
            started.set_result((asyncio.get_running_loop(), end, ports))
            await end.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    loop, end, ports = started.result()
    yield ports
    loop.call_soon_threadsafe(end.set)
    thread.join()


def read_records(data: DataDir) -> Kept:
    kept: Kept = {}
    for path in archive_files(data.warc):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True):
                fields: dict[str, list[str]] = {}
                for name, value in record.rec_headers.headers:
                    fields.setdefault(name, []).append(value)
                address = record.rec_headers.get_header("WARC-Target-URI") or ""
                kept.setdefault(address, {})[record.rec_type] = fields, record.raw_stream.read()
    return kept


def make_certificate(folder: Path) -> tuple[Path, x509.Certificate]:
    """Make a certificate of this machine that vouches for itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    own = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
    certificate = builder.add_extension(own, critical=False).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path, certificate


def split_fields(message: bytes) -> list[bytes]:
    return message.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", NAMES)
def test_a_record_is_what_was_on_the_wire(crawled: Crawled, scheme: str, name: str) -> None:
    request, response = crawled.servers[scheme].exchanges[PATHS[name]]
    records = crawled.kept[f"{scheme}://127.0.0.1:{crawled.ports[scheme]}{PATHS[name]}"]
    if name in HIDDEN:
        assert "response" not in records
        return
    facts = decode_facts(records["metadata"][1])
    assert facts is not None
    kept = facts.get("interim", "").encode("latin-1") + records["response"][1]
    assert split_fields(kept) == split_fields(response)
    assert kept == response
    assert records["request"][1] == request


def test_a_request_with_a_body_is_kept_as_it_is_sent() -> None:
    protocol: Any = RecordingProtocol(len, 0)
    transport: Any = StringTransport()  # type: ignore[no-untyped-call]  # Twisted's
    protocol.makeConnection(transport)
    fields = Headers({"hOst": ["a.example"], "X-Two": ["1", "2"]})
    body = _RequestBodyProducer("年=2024".encode())
    protocol.request(Request(b"POST", b"/q?x=%20", fields, body, persistent=True))  # type: ignore[no-untyped-call]  # Twisted's
    assert transport.value().endswith(b"\r\n\r\n" + "年=2024".encode())
    assert b"".join(protocol._record.sent) == transport.value()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_over_what_it_came_is_what_the_server_agreed_on(crawled: Crawled, scheme: str) -> None:
    records = crawled.kept[f"{scheme}://127.0.0.1:{crawled.ports[scheme]}{PATHS['odd case']}"]
    fields, _ = records["response"]
    agreed, facts = crawled.servers[scheme].agreed, decode_facts(records["metadata"][1])
    assert facts is not None
    assert fields["WARC-IP-Address"] == ["127.0.0.1"]
    assert fields["WARC-Protocol"] == [
        "http/1.1",
        *(version.lower().replace("v", "/") for version, _ in agreed),
    ]
    assert fields.get("WARC-Cipher-Suite", []) == [cipher for _, cipher in agreed]
    digest = hashlib.sha256(crawled.certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
    own = [{"version": version, "cipher": cipher, "certificates": [digest]} for version, cipher in agreed]
    assert facts.get("tls") == (own[0] if scheme == "https" else None)


def test_nearly_all_are_kept_and_others_find_no_fault(crawled: Crawled) -> None:
    assert len(NAMES) - len(HIDDEN) >= 58
    assert len(HIDDEN) <= 2
    assert [report.findings for report in verify_archive(crawled.data.warc)] == [()]
    for path in archive_files(crawled.data.warc):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, check_digests=True):
                record.raw_stream.read()
                assert record.digest_checker.passed is not False
    assert not any(address.startswith("dns:") for address in crawled.kept)
