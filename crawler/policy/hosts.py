"""Hosts: which are one owner's, and which addresses must never be connected to."""

from __future__ import annotations

import ipaddress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import tldextract

from crawler.errors import CrawlBroken
from pipelines.addresses import host_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def registered_domain(url: str) -> str:
    """Return the domain that its owner registered; of an address of numbers, host and port.

    Raises:
        ValueError: the address names no host.

    Source: the Public Suffix List, as it came with the installed `tldextract`.
    """
    key = host_key(url)
    host = urlsplit(url).hostname or ""
    if _is_numeric(host) or "." not in host.strip("."):
        return key
    parts = _suffixes().extract_str(host.strip("."))
    if not parts.suffix:
        return ".".join(host.strip(".").split(".")[-2:])
    # A body may stand at a public suffix itself: gov.cn.
    return f"{parts.domain}.{parts.suffix}" if parts.domain else parts.suffix


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


@cache
def _suffixes() -> tldextract.TLDExtract:
    # Nothing is fetched and nothing written: the list that is installed will do.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


# Network addresses that the crawler must never connect to.

# Closed too, but open to some versions of `ipaddress`: IETF protocol assignments, old site-local addresses.
_CLOSED = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("fec0::/10"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_loopback_host(host: str) -> bool:
    """Whether a host is loopback as it is written: `localhost`, `127.0.0.1`, `[::1]`."""
    name = host.lower().strip("[]")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_forbidden_address(address: str) -> bool:
    """Whether a network address is closed to the public: loopback, private, link-local and their like.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) counts as itself.

    Args:
        address: an IPv4 or IPv6 address, with or without a zone.

    Raises:
        ValueError: it is no address.

    Source: the IANA special-purpose address registries, as `ipaddress` has them.
    """
    written = ipaddress.ip_address(address.partition("%")[0])
    return any(
        not each.is_global
        or each.is_multicast
        or each.is_reserved
        or any(each in network for network in _CLOSED)
        for each in _meant(written)
    )


def is_closed_host(host: str) -> bool:
    """Whether a host is closed to the public as it is written: loopback, or a forbidden address."""
    if is_loopback_host(host):
        return True
    try:
        return is_forbidden_address(host)
    except ValueError:
        return False


def _meant(address: IPAddress) -> Iterator[IPAddress]:
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        yield inner
        return
    yield address
    yield from address.teredo or ()


def check_connect_to(connect_to: Mapping[str, str]) -> None:
    """Refuse a mapping that leads anywhere but to loopback.

    Raises:
        CrawlBroken: a target is no `address:port` on loopback.
    """
    for host, target in connect_to.items():
        address, _, port = target.rpartition(":")
        if not is_loopback_host(address) or not port.isdigit():
            raise CrawlBroken(
                f"{host} is mapped to {target!r}, which is not on loopback",
                where="GONGKAI_CONNECT_TO",
                hint="Write 127.0.0.1:PORT",
            )
