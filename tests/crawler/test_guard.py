"""What is never connected to, and what is never asked without a name."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from twisted.internet.address import IPv4Address, IPv6Address

from archive.data_folder import DataDir
from archive.warc.files import archive_files
from crawler.errors import ContactMissing, CrawlBroken
from crawler.policy.egress import GuardedResolver
from crawler.registry.portals import Portal, PortalList
from crawler.run.harvest import Harvest
from crawler.run.plan import CrawlPlan, Limits
from tests.crawler.portal_server import PortalServer, list_page
from tests.crawler.test_crawl import stored
from tests.crawling import crawl

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
            f"http://0x7f000001:{server.port}/",
            f"http://0177.0.0.1:{server.port}/",
            f"http://0.0.0.0:{server.port}/",
            f"http://[::]:{server.port}/",
            f"http://[::ffff:127.0.0.1]:{server.port}/",
            f"http://[64:ff9b::7f00:1]:{server.port}/",
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


class TwoFaced:
    """A reactor whose resolver knows several addresses for one name, all under one roof or not."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, *more: object) -> None:  # noqa: N802 - the interface's name
        del more
        receiver.resolutionBegan(self)
        for address in self._addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, 80))
        receiver.resolutionComplete()


class Heard:
    """Takes in what a resolver says."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 - the interface's name
        """Nothing is to be cancelled."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - the interface's name
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802 - the interface's name
        self.addresses.append("end")


@pytest.mark.parametrize(
    ("known", "let_through"),
    [
        (("8.8.8.8", "10.0.0.1", "2400:3200::1"), ["8.8.8.8", "2400:3200::1"]),
        (("127.0.0.1", "8.8.8.8"), ["8.8.8.8"]),
        (("::1", "::ffff:8.8.8.8", "fe80::1%eth0"), ["::ffff:8.8.8.8"]),
        (("192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.8", "100.64.0.1", "fd00::1"), []),
    ],
    ids=["one of three private", "loopback first", "mapped", "all inside"],
)
def test_of_several_addresses_only_public_ones_are_connected_to(
    known: tuple[str, ...], let_through: list[str]
) -> None:
    heard = Heard()
    GuardedResolver(TwoFaced(*known), {}).resolveHostName(heard, "www.hexi.gov.cn", 80)
    assert heard.addresses == [*let_through, "end"]


@pytest.mark.parametrize(
    ("host", "told"), [("www.hexi.gov.cn", True), ("127.1", False), ("2130706433", False), ("::1", False)]
)
def test_what_a_name_led_to_is_told_whole(host: str, told: bool) -> None:
    resolver = GuardedResolver(TwoFaced("10.0.0.1", "8.8.8.8"), {})
    resolver.resolveHostName(Heard(), host, 80)
    assert resolver.answered == ({host: ("10.0.0.1", "8.8.8.8")} if told else {})


def test_what_a_name_led_to_is_kept_once_in_a_run(tmp_path: Path) -> None:
    harvest = Harvest(CrawlPlan(data=DataDir(tmp_path), portals=(portal("http://127.0.0.1:1/"),)))
    for path in ("a", "b"):
        harvest.keep_lookup(f"http://www.hexi.gov.cn/{path}", ("8.8.8.8",))
    harvest.close()
    (file,) = archive_files(DataDir(tmp_path).warc)
    assert gzip.decompress(file.read_bytes()).count(b"\r\nwww.hexi.gov.cn.\tIN\tA\t8.8.8.8\r\n") == 1


def test_public_host_needs_a_contact(tmp_path: Path) -> None:
    with pytest.raises(ContactMissing, match="GONGKAI_CONTACT") as raised:
        crawl([portal("https://www.hexi.gov.cn/")], data=DataDir(tmp_path))
    assert raised.value.where == "hexi"


@pytest.mark.parametrize("target", ["10.0.0.1:80", "www.hexi.gov.cn:80", "127.0.0.1", "127.0.0.1:http"])
def test_host_is_mapped_to_loopback_only(tmp_path: Path, target: str) -> None:
    with pytest.raises(CrawlBroken, match="not on loopback"):
        crawl([portal("http://a.test/")], data=DataDir(tmp_path), connect_to={"a.test": target})


def test_other_portal_on_this_machine_is_out_of_reach(tmp_path: Path) -> None:
    """A mapped portal links to a server on loopback that is not its own."""
    with PortalServer({}) as other:
        rows = [(f"{other.address}/secret.html", "内部"), ("/a.html", "报告")]
        with PortalServer({"/": list_page(rows, "createPageHTML(1, 0, 'index', 'html', 2);")}) as server:
            mapped = replace(portal("http://demo.gongkai.test/"))
            crawl(
                [mapped],
                data=DataDir(tmp_path),
                connect_to={"demo.gongkai.test": f"127.0.0.1:{server.port}"},
                limits=LIMITS,
            )
            assert {path for _, path, _ in server.log} >= {"/robots.txt", "/", "/a.html"}
            assert {headers["host"] for _, _, headers in server.log} == {"demo.gongkai.test"}
        assert other.log == []
    assert {capture.url.split("/")[2] for capture in stored(DataDir(tmp_path))} == {"demo.gongkai.test"}
