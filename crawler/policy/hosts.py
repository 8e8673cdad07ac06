"""Hosts: which are never asked, which are one owner's, and which addresses must never be connected to.

Two files hold the stop list, of hosts that are never asked because their owner said so or because they are no
source: the one that comes with gongkai and the operator's `DATA/stop_list.yaml`. A fault in either stops
every crawl: better none than one that somebody asked us not to make.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.yaml_places import Place, compose
from crawler.errors import CrawlBroken, HostStopped, StopListMismatch
from pipelines.addresses import clean_url, host_key
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    import tldextract

_FIELDS = ("host", "reason", "since")
_FORM = "Write entries of host, reason and since, as docs/crawling.md shows"
_MENDED = "until then nothing is crawled"
# As DNS has them, and with the underscores of some.
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


class StopEntry(FrozenStruct):
    """A host that is not asked.

    Attributes:
        host: its name; the hosts below it are meant too, and all ports.
        reason: why, for people.
        since: the day from which this holds; for people, an entry holds once it is there.
    """

    host: str
    reason: str
    since: dt.date

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.host} is on the stop list since {self.since}: {self.reason}"


class StopList(FrozenStruct):
    """All hosts that are not asked.

    Attributes:
        entries: by host, in lower case and ASCII.
    """

    entries: Mapping[str, StopEntry] = {}

    def entry_for(self, url: str) -> StopEntry | None:
        """Return why an address is not asked for; None where nothing stands against it."""
        # What stands before the path names the host, and most addresses share it.
        scheme, separator, rest = url.partition("://")
        host = _host_of(f"{scheme}{separator}{rest.partition('/')[0]}/" if separator else url)
        if host is None:
            return None  # nobody can ask for it either
        labels = host.split(".")
        above = (".".join(labels[first:]) for first in range(len(labels)))
        # The crawler takes a site with and without `www.` for one, so that naming one means both.
        names = (*above, f"www.{host}")
        return next((self.entries[name] for name in names if name in self.entries), None)

    def entry_against(self, home_url: str, list_urls: Sequence[str]) -> StopEntry | None:
        """Return why a portal is not crawled: its home is on the list, or each of its lists is."""
        home = self.entry_for(home_url)
        if home is not None or not list_urls:
            return home
        against = [self.entry_for(url) for url in list_urls]
        return against[0] if all(against) else None

    def check(self, url: str) -> None:
        """Refuse an address.

        Raises:
            HostStopped: its host is on the list.
        """
        entry = self.entry_for(url)
        if entry is not None:
            raise HostStopped(str(entry), where=url, hint="It stays unasked for as long as the entry stands")


def load_stop_list(own: Path, shipped: Path | None = None) -> StopList:
    """Read the stop list, both files of it.

    Args:
        own: the operator's file (`DATA/stop_list.yaml`); it need not exist.
        shipped: the file that comes with gongkai; None for that one.

    Raises:
        StopListMismatch: a file cannot be read or says what no stop list does; with file and line.
    """
    misspelt = own.with_suffix(".yml")
    if misspelt.exists():
        raise StopListMismatch("is not looked at", where=str(misspelt), hint=f"Name it {own.name}; {_MENDED}")
    entries = [*_read(shipped or Path(str(files("crawler.policy"))) / "stop_list.yaml")]
    if own.exists() or own.is_symlink():
        entries += _read(own)
    # Where a host stands twice, the first entry says why.
    return StopList({entry.host: entry for entry in reversed(entries)})


# All hosts of the portals that ship: each is asked about three times before a night begins.
@lru_cache(maxsize=4096)
def _host_of(url: str) -> str | None:
    """Return the host of an address in lower case and ASCII; None where it names none."""
    cleaned = clean_url(url, url)
    return cleaned and urlsplit(cleaned).hostname


def _read(path: Path) -> tuple[StopEntry, ...]:
    try:
        root = compose(path, StopListMismatch, _FORM)
        return tuple(map(_entry, Place(path, "", root, StopListMismatch).items())) if root else ()
    except OSError as error:
        problem, hint = f"cannot be read: {error.strerror}", f"{_FORM}; {_MENDED}"
        raise StopListMismatch(problem, where=str(path), hint=hint) from error
    except StopListMismatch as fault:
        hint = f"{fault.hint or _FORM}; {_MENDED}"
        raise StopListMismatch(fault.problem, where=fault.where, hint=hint) from fault


def _entry(place: Place) -> StopEntry:
    places = place.fields(dict.fromkeys(_FIELDS), frozenset(_FIELDS))
    return StopEntry(_host(places["host"]), places["reason"].text(), places["since"].day())


def _host(place: Place) -> str:
    written = place.text()
    # A path or a port would say less than what is obeyed, a pattern more.
    plain = not re.search(r"[/\\@?#\s]", written)
    address = f"http://[{written}]/" if ":" in written else f"http://{written}/"
    host = (plain and _host_of(address)) or ""
    if not (_NAME.fullmatch(host) or ":" in host):
        place.refuse(f"{written!r} is no host", "Write the name alone, without http:// and port")
    return host


def registered_domain(url: str) -> str:
    """Return the domain that its owner registered; of an address of numbers, host and port.

    Raises:
        ValueError: the address names no host.

    Source: the Public Suffix List, as it came with the installed `tldextract`.
    """
    key = host_key(url)
    host = urlsplit(url).hostname or ""
    if _read_address(host) or "." not in host.strip("."):
        return key
    parts = _suffixes().extract_str(host.strip("."))
    if not parts.suffix:
        return ".".join(host.strip(".").split(".")[-2:])
    # A body may stand at a public suffix itself: gov.cn.
    return f"{parts.domain}.{parts.suffix}" if parts.domain else parts.suffix


def _read_address(host: str) -> IPAddress | None:
    """Return the network address that a host is written as, without its zone; None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


@cache
def _suffixes() -> tldextract.TLDExtract:
    # It loads an HTTP client for what is not done here: nothing is fetched and nothing written, the list that
    # is installed will do.
    import tldextract  # noqa: PLC0415

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


# Network addresses that the crawler must never connect to.

# Closed too, but open to some versions of `ipaddress`: IETF protocol assignments, old site-local addresses.
_CLOSED = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("fec0::/10"))
# RFC 6052, 2.1: an IPv4 address stands in its last 32 bits.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_loopback_host(host: str) -> bool:
    """Whether a host is loopback as it is written: `localhost`, `127.0.0.1`, `[::1]`."""
    address = _read_address(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


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
    address = _read_address(host)
    return is_loopback_host(host) or (address is not None and is_forbidden_address(str(address)))


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
