"""What is asked without being a portal: a site that is surveyed, and what other people's spiders ask."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.policy.addresses import is_closed_host
from crawler.policy.domains import registered_domain
from crawler.registry.portal import Expected, Portal
from pipelines.addresses import host_key

if TYPE_CHECKING:
    from collections.abc import Mapping

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


@dataclass(frozen=True, slots=True)
class OpenSite(Portal):
    """What a spider asks that is no portal's: the domains that it names, or the web.

    Attributes:
        domains: hosts that it keeps to, with those below them; none for the web.
        loopback_hosts: hosts and ports on this machine that may be asked: those of portals on loopback, and
            those of `GONGKAI_CONNECT_TO`.
    """

    domains: tuple[str, ...] = ()
    loopback_hosts: frozenset[str] = frozenset()

    def covers(self, url: str) -> bool:
        """Whether an address may be asked for; one with a user name in it is nobody's."""
        try:
            key, host = host_key(url), (urlsplit(url).hostname or "").rstrip(".")
            has_user = urlsplit(url).username is not None
        except ValueError:
            return False
        if has_user or (is_closed_host(host) and key not in self.loopback_hosts):
            return False
        return not self.domains or any(host == one or host.endswith(f".{one}") for one in self.domains)

    def is_loopback(self, connect_to: Mapping[str, str]) -> bool:
        """Whether all of it stands on this machine: never, so that each host is asked at its own pace."""
        del connect_to
        return False


def open_site(name: str, domains: tuple[str, ...], loopback: tuple[str, ...]) -> OpenSite:
    """Return what a spider asks that is no portal's.

    Args:
        name: the spider's.
        domains: its `allowed_domains`.
        loopback: hosts, with their ports, on this machine that may be asked.
    """
    own = tuple(one.lower().rstrip(".") for one in domains)
    return OpenSite(name, name, UNKNOWN, "", domains=own, loopback_hosts=frozenset(loopback))


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
