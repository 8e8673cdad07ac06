"""A portal as the registry knows it: frozen, complete, checked."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import asdict

from crawler.families import FAMILIES, read_in_parts
from crawler.families.base import Family, ListPage, PageAt
from crawler.policy.hosts import is_closed_host, is_loopback_host, registered_domain
from crawler.policy.politeness import USUAL_BUDGET, Budget, NightHours
from pipelines.addresses import host_key, is_within, scope_key
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.frontier.targets import PageRequest


@functools.lru_cache(maxsize=64)
def _scope_keys(addresses: tuple[str, ...]) -> frozenset[str]:
    return frozenset(scope_key(address) for address in addresses)


class PortalList(FrozenStruct):
    """A list (栏目) that is walked for documents.

    Attributes:
        url: its first page.
        kind: what its documents are (`annual_report`, `policy`, …); a hint for people, None where mixed.
        title: the column's name as printed.
        family: how it is read, where not as the portal's other lists.
        options: what its family understands beyond that; over the portal's own.
        dated: whether its rows had dates when it was written down.
    """

    url: str
    kind: str | None = None
    title: str | None = None
    family: str | None = None
    options: Mapping[str, str] = {}
    dated: bool = True


class Expected(FrozenStruct):
    """What a healthy sweep brings, so that zero is an alarm.

    Attributes:
        min_documents: fewer rows than this over all lists is a fault.
        max_documents: more rows than this is one.
        newest_year: the newest year that must be there.
    """

    min_documents: int | None = None
    max_documents: int | None = None
    newest_year: int | None = None


class Portal(FrozenStruct):
    """One source.

    Attributes:
        id: its name on the command line and in every table; the YAML's file name.
        name: its name as printed.
        family: the CMS family, a key of `crawler.families.FAMILIES`.
        home_url: its front page; its host is the portal's own.
        region_code: six digits of GB/T 2260, `000000` for central bodies; None where none is known.
        issuer: the body whose portal it is; None where several publish there.
        enabled: whether it is crawled when no name is given.
        verified: whether a person has checked the lists on the live site.
        lists: what is walked.
        hosts: further hosts of its own (`host` or `host:port`).
        delay_s: seconds between two requests to one host, at least 3 outside loopback.
        night_hours: when it may be crawled; None for always.
        expected: what a healthy sweep brings.
        revisit_days: at most so many days between two visits to an address, and between two walks over a
            whole list; None where the usual periods hold (`archive.frontier.targets`).
        budget: what one night may cost.
        evidence: where the addresses are known from.
        options: what its family understands beyond that.
        tls_ciphers: OpenSSL's cipher string for its old servers; None for TLS as it should be.
    """

    id: str
    name: str
    family: str
    home_url: str
    region_code: str | None = None
    issuer: str | None = None
    enabled: bool = False
    verified: bool = False
    lists: tuple[PortalList, ...] = ()
    hosts: tuple[str, ...] = ()
    delay_s: float = 5.0
    night_hours: NightHours | None = None
    expected: Expected = Expected()
    revisit_days: int | None = None
    budget: Budget = USUAL_BUDGET
    evidence: tuple[str, ...] = ()
    options: Mapping[str, str] = {}
    tls_ciphers: str | None = None

    def read_list(
        self, text: str, url: str, request: PageRequest, list_url: str, part: str | None = None
    ) -> ListPage:
        """Read a page of one of its lists.

        Args:
            text: the page, decoded.
            url: where it was found, after redirects.
            request: as asked.
            list_url: the list's own address.
            part: the address of the part that the page belongs to, of a list that is made of parts.
        """
        family, options = self.reader_of(list_url)
        return read_in_parts(family.read, text, PageAt(url, request, list_url, options), part)

    def first_request(self, list_url: str) -> PageRequest:
        """Return the request for the first page of one of its lists."""
        family, options = self.reader_of(list_url)
        return family.first_request(list_url, options)

    def reader_of(self, list_url: str) -> tuple[Family, Mapping[str, str]]:
        """Return how one of its lists is read: the family, and the options with the family's own filled in.

        A list that the portal no longer names is read as its others are.
        """
        own = next((each for each in self.lists if each.url == list_url), None)
        name = (own and own.family) or self.family
        shared = self.options if name == self.family else {}
        family = FAMILIES[name]
        return family, {**family.preset, **shared, **(own.options if own else {})}

    @property
    def own_hosts(self) -> frozenset[str]:
        """The hosts that it may fetch from, as `scope_key` writes them: its own and those its YAML names."""
        further = (f"http://{host}/" for host in self.hosts)
        return _scope_keys((self.home_url, *(each.url for each in self.lists), *further))

    def covers(self, url: str) -> bool:
        """Whether an address is the portal's own; one with a user name in it is nobody's."""
        return is_within(url, self.own_hosts)

    def is_loopback(self, connect_to: Mapping[str, str]) -> bool:
        """Whether it stands on this machine: by its address, or because its name is mapped to loopback."""
        host = host_key(self.home_url)
        return host in connect_to or is_loopback_host(host.rpartition(":")[0] or host)

    @property
    def loopback_hosts(self) -> frozenset[str]:
        """Hosts on this machine that are asked at another pace than its own: none."""
        return frozenset()

    def entry(self) -> dict[str, Any]:
        """Return it as JSON-ready facts, as a run's record keeps it."""
        entry: dict[str, Any] = msgspec.to_builtins(self)
        if self.night_hours:
            entry["night_hours"] = f"{self.night_hours.start:%H:%M}-{self.night_hours.end:%H:%M}"
        return entry


# What is asked without being a portal: a site that is surveyed, and what other people's spiders ask.

UNKNOWN = "static_list"
"""Stands in for the family of a site that none is known of; nothing is read with it."""


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


def site_at(name: str, address: str) -> SurveyedSite:
    """Return the site of an address that no portal is known at.

    Raises:
        ValueError: the address names no host.
    """
    return SurveyedSite(name, name, UNKNOWN, address, hosts=(registered_domain(address),))


def site_of(portal: Portal) -> SurveyedSite:
    """Return the site of a portal: with its hosts, delay and hours, and without lists to be walked."""
    own = (*portal.hosts, *(host_key(each.url) for each in portal.lists), registered_domain(portal.home_url))
    without = {"lists": (), "expected": Expected(), "hosts": tuple(dict.fromkeys(own))}
    return SurveyedSite(**asdict(portal) | without)
