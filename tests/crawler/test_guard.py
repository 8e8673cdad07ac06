"""What is never connected to, and what is never asked without a name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive.paths import DataDir
from crawler.errors import ContactMissing, CrawlBroken
from crawler.plan import Limits
from crawler.portal import Portal, PortalList
from crawler.process import crawl
from tests.crawler.portal_server import PortalServer, list_page
from tests.crawler.test_crawl import stored

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(timeout_s=10, retries=0)


def portal(home_url: str, name: str = "hexi") -> Portal:
    return Portal(id=name, name=name, family="static_list", home_url=home_url, lists=(PortalList(home_url),))


def test_name_that_turns_out_to_be_inside_is_refused(tmp_path: Path) -> None:
    """Every spelling of loopback that is no loopback as written, and addresses that nobody may ask."""
    with PortalServer({"/": list_page([("/a.html", "报告")])}) as server:
        homes = [
            f"http://127.1:{server.port}/",
            f"http://2130706433:{server.port}/",
            f"http://[::ffff:127.0.0.1]:{server.port}/",
            "http://169.254.169.254/",
            "http://10.0.0.1/",
            "http://[fe80::1]/",
        ]
        portals = [portal(home, f"p{number}") for number, home in enumerate(homes)]
        summary = crawl(portals, data=DataDir(tmp_path), contact="crawl@example.org", limits=LIMITS)
        assert server.log == []
    assert [each.outcomes for each in summary.portals] == [{"address_denied": 1}] * len(homes)
    errors = [capture.error or "" for capture in stored(DataDir(tmp_path))]
    assert all("not a public address" in error for error in errors)


def test_public_host_needs_a_contact(tmp_path: Path) -> None:
    with pytest.raises(ContactMissing, match="GONGKAI_CONTACT") as raised:
        crawl([portal("https://www.hexi.gov.cn/")], data=DataDir(tmp_path))
    assert raised.value.where == "hexi"


@pytest.mark.parametrize("target", ["10.0.0.1:80", "www.hexi.gov.cn:80", "127.0.0.1", "127.0.0.1:http"])
def test_host_is_mapped_to_loopback_only(tmp_path: Path, target: str) -> None:
    with pytest.raises(CrawlBroken, match="not on loopback"):
        crawl([portal("http://a.test/")], data=DataDir(tmp_path), connect_to={"a.test": target})


def test_certificate_is_verified(tmp_path: Path) -> None:
    certificate = _self_signed(tmp_path)
    with PortalServer({}) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.speak_tls(context)
        home = f"https://127.0.0.1:{server.port}/"
        summary = crawl([portal(home)], data=DataDir(tmp_path / "data"), limits=LIMITS)
    assert summary.portals[0].outcomes == {"tls_cert": 1}


def test_other_portal_on_this_machine_is_out_of_reach(tmp_path: Path) -> None:
    """A mapped portal links to a server on loopback that is not its own."""
    with PortalServer({}) as other:
        rows = [(f"{other.address}/secret.html", "内部"), ("/a.html", "报告")]
        with PortalServer({"/": list_page(rows, "createPageHTML(1, 0, 'index', 'html', 2);")}) as server:
            mapped = dataclasses.replace(portal("http://demo.gongkai.test/"))
            crawl(
                [mapped],
                data=DataDir(tmp_path),
                connect_to={"demo.gongkai.test": f"127.0.0.1:{server.port}"},
                limits=LIMITS,
            )
            assert set(server.paths()) == {"/robots.txt", "/", "/a.html"}
            assert {headers["host"] for _, _, headers in server.log} == {"demo.gongkai.test"}
        assert other.log == []
    assert {capture.url.split("/")[2] for capture in stored(DataDir(tmp_path))} == {"demo.gongkai.test"}


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
