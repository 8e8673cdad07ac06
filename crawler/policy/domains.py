"""Which hosts are one owner's: the domain that was registered."""

from __future__ import annotations

import ipaddress
from functools import cache
from urllib.parse import urlsplit

import tldextract

from pipelines.addresses import host_key


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
