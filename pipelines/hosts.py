"""What counts as one host, and what as one site."""

from __future__ import annotations

import functools
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


@functools.lru_cache(maxsize=4096)
def host_key(url: str) -> str:
    """Return the host that an address belongs to, with its port unless that is the scheme's own.

    One host is one unit of politeness: of robots.txt, delay, cookies, blocked state and scope.

    Raises:
        ValueError: the address names no host, or a port that is none.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    if parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme):
        return host
    return f"{host}:{parts.port}"


def scope_key(url: str) -> str:
    """Return what two addresses of one site share: the host without `www.`, and a port of its own."""
    return host_key(url).removeprefix("www.")


def is_within(url: str, hosts: frozenset[str]) -> bool:
    """Whether an address is on one of some hosts; one with a user name in it is nobody's.

    Args:
        url: absolute.
        hosts: as `scope_key` writes them.
    """
    try:
        return urlsplit(url).username is None and scope_key(url) in hosts
    except ValueError:
        return False
