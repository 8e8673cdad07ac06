"""Which site a person means: by its address, or by the name of the body that it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.policy.hosts import is_loopback_host
from pipelines.addresses import clean_url, scope_key
from pipelines.bodies.identify import find_bodies
from pipelines.errors import BadConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.registry.loading import Registry
    from crawler.registry.portals import Portal
    from pipelines.bodies.roster import Roster, RosterEntry

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-f:]+\]|[^\s/?#:]*\.[^\s/?#:]+|localhost)(?::\d+)?(?:[/?#].*)?", re.I)
_NUMBERS = re.compile(r"[\d.]+|\[.*")


class SiteUnknown(BadConfiguration):
    """No one site is meant: an unknown name, one of several bodies, or one without a known address."""


class PortalKnown(BadConfiguration):
    """A portal of that site is in the registry already."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site that is to be looked at.

    Attributes:
        address: where to begin.
        body: the body of the roster that it belongs to; None where the roster does not know it.
    """

    address: str
    body: RosterEntry | None = None


def find_site(said: str, roster: Roster) -> Site:
    """Find the site that a person means.

    Args:
        said: an address, with or without its scheme, or the name of a body.
        roster: the bodies that are known, with their addresses.

    Raises:
        SiteUnknown: no site is meant by that, or more than one.
    """
    address = _as_address(said.strip())
    if address is None:
        return _by_name(said.strip(), roster)
    bodies = _bodies_at(address, roster)
    return Site(address, bodies[0] if len(bodies) == 1 else None)


def portal_at(url: str, registry: Registry) -> Portal | None:
    """Return the portal of the registry whose front page stands on an address's host, where one does."""
    site = scope_key(url)
    return next((one for one in registry.portals.values() if scope_key(one.home_url) == site), None)


def known_already(portal: Portal) -> PortalKnown:
    """Return the error that says that a site has its portal, and what can be done with that."""
    state = "enabled" if portal.enabled else "not enabled"
    return PortalKnown(
        f"{portal.name} is in your registry, {state}",
        where=portal.id,
        hint=f"`gongkai portals check {portal.id}` looks at it, `gongkai portals enable {portal.id}` has it "
        "crawled, --replace writes it anew",
    )


def _as_address(said: str) -> str | None:
    """Return what was typed as an address; None where it is none."""
    if "://" in said:
        cleaned = clean_url(said, said)
        if cleaned is None:
            raise SiteUnknown(
                "is no address of the web", where=said, hint="Write http://HOST/ or https://HOST/"
            )
        return cleaned
    found = _ADDRESS.fullmatch(said)
    if not found:
        return None
    host = found["host"]
    scheme = "http" if _NUMBERS.fullmatch(host) or is_loopback_host(host) else "https"
    return _as_address(f"{scheme}://{said}")


def _by_name(said: str, roster: Roster) -> Site:
    found = find_bodies(roster, said)
    if len(found.named) > 1:
        raise SiteUnknown(
            "several bodies are called so", where=said, hint=f"Say which: {_listed(found.named)}"
        )
    if not found.named:
        hint = f"Did you mean {_listed(found.near)}?" if found.near else "Give its address instead"
        raise SiteUnknown("nobody in the roster is called so", where=said, hint=hint)
    (body,) = found.named
    if body.home_url is None:
        raise SiteUnknown("no address of it is known", where=body.name, hint="Give its address instead")
    return Site(body.home_url, body)


def _listed(bodies: Iterable[RosterEntry]) -> str:
    return ", ".join(f"{body.name} ({body.home_url or 'no address'})" for body in bodies)


def _bodies_at(address: str, roster: Roster) -> list[RosterEntry]:
    site = scope_key(address)
    return [body for body in roster.entries.values() if body.home_url and scope_key(body.home_url) == site]
