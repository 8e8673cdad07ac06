"""Which addresses the crawler never connects to, and what one host is."""

from __future__ import annotations

import pytest

from crawler.policy.hosts import is_forbidden_address, is_loopback_host
from pipelines.addresses import host_key, scope_key


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.251", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "fc00::1",
        "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "2002:7f00:1::1", "64:ff9b::a00:1",
        "2001:0:7f00:1::ffff:fffe",
    ],
)  # fmt: skip
def test_address_that_is_not_public_is_forbidden(address: str) -> None:
    assert is_forbidden_address(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "122.137.242.24", "2400:3200::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_address_is_allowed(address: str) -> None:
    assert not is_forbidden_address(address)


@pytest.mark.parametrize(
    ("url", "host", "scope"),
    [
        ("http://www.hexi.gov.cn/a", "www.hexi.gov.cn", "hexi.gov.cn"),
        ("https://www.hexi.gov.cn:443/", "www.hexi.gov.cn", "hexi.gov.cn"),
        ("http://hexi.gov.cn:443/", "hexi.gov.cn:443", "hexi.gov.cn:443"),
        ("http://HEXI.gov.cn.:80/", "hexi.gov.cn", "hexi.gov.cn"),
        ("http://[::1]:8080/", "[::1]:8080", "[::1]:8080"),
    ],
)
def test_host_is_name_and_port(url: str, host: str, scope: str) -> None:
    assert (host_key(url), scope_key(url)) == (host, scope)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("::1", True),
        ("127.1", False),
        ("a.cn", False),
    ],
)
def test_loopback_is_told_by_how_it_is_written(host: str, loopback: bool) -> None:
    assert is_loopback_host(host) is loopback
