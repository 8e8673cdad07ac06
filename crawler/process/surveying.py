"""Surveys, from any program: sites looked at in the crawling process, under every rule of a crawl.

What is looked at is kept in WARC like everything else, with the role `probe`: it shows why a portal was
written down as it was, and is never a document.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import tldextract

from crawler.bounds.addresses import host_key
from crawler.process.parent import carry_out
from crawler.process.plan import CrawlPlan, Limits, SurveyOrder
from crawler.registry.portal import Expected, Portal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archive.data_folder import DataDir
    from crawler.process.plan import CrawlSummary, Progress

VERB = "survey"
UNKNOWN = "static_list"
"""Stands in for the family of a site that none is known of; nothing is read with it."""


@dataclass(frozen=True, slots=True)
class SurveyedSite(Portal):
    """A site that is looked at: all hosts of its registered domain are its own."""

    def covers(self, url: str) -> bool:
        """Whether an address may be looked at."""
        if Portal.covers(self, url):
            return True
        try:
            return urlsplit(url).username is None and registered_domain(url) == registered_domain(
                self.home_url
            )
        except ValueError:
            return False


def site_at(name: str, address: str) -> SurveyedSite:
    """Return the site of an address that no portal is known at.

    Raises:
        ValueError: the address names no host.
    """
    return SurveyedSite(name, name, UNKNOWN, address, hosts=(registered_domain(address),))


def site_of(portal: Portal) -> SurveyedSite:
    """Return the site of a portal: with its hosts, delay and hours, and without lists to be walked."""
    own = (*portal.hosts, *(host_key(each.url) for each in portal.lists), registered_domain(portal.home_url))
    fields = {field.name: getattr(portal, field.name) for field in dataclasses.fields(portal)}
    return SurveyedSite(**fields | {"lists": (), "expected": Expected(), "hosts": tuple(dict.fromkeys(own))})


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


def survey_sites(
    orders: Sequence[SurveyOrder],
    *,
    data: DataDir,
    now: str | None = None,
    contact: str | None = None,
    connect_to: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    log_level: str = "WARNING",
    progress: Callable[[Progress], None] | None = None,
) -> CrawlSummary:
    """Look at sites, one run; arguments and errors are those of `crawler.process.parent.crawl`.

    Returns:
        What became of it; `surveyed` has what each survey returned.
    """
    plan = CrawlPlan(
        data=data,
        portals=tuple(order.site for order in orders),
        now=now,
        contact=contact,
        connect_to=dict(connect_to or {}),
        limits=limits or Limits(),
        verb=VERB,
        log_level=log_level,
        surveys={order.site.id: order for order in orders},
    )
    return carry_out(plan, progress)


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
