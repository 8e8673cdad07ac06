"""Which portals are crawled together, and which by whom: a host is asked by one crawl only.

Several crawls share the work as shards, each with a data directory of its own. Portals that share a host stay
together, and a group stays in its shard for as long as the number of shards does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from crawler.errors import PortalMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.registry.portal import Portal

_WRITTEN = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts, counted from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `I/N`.

        Raises:
            PortalMismatch: it names no part.
        """
        found = _WRITTEN.fullmatch(written)
        if not found or int(found[1]) > int(found[2]):
            raise PortalMismatch(f"{written!r} names no shard", hint="Write I/N, from 1/N to N/N")
        return cls(int(found[1]), int(found[2]))

    def of(self, portals: Sequence[Portal]) -> tuple[Portal, ...]:
        """Return the portals that are this shard's, in their order."""
        own = {portal.id for group in group_by_host(portals) if self._has(group) for portal in group}
        return tuple(portal for portal in portals if portal.id in own)

    def _has(self, group: Sequence[Portal]) -> bool:
        first = min(host for portal in group for host in portal.own_hosts)
        return int(hashlib.sha256(first.encode()).hexdigest(), 16) % self.count == self.number - 1


def group_by_host(portals: Sequence[Portal]) -> tuple[tuple[Portal, ...], ...]:
    """Group portals so that no host is in two groups: a host is asked by one spider at a time."""
    groups: list[tuple[set[str], list[Portal]]] = []
    for portal in portals:
        hosts, members = set(portal.own_hosts), [portal]
        apart = []
        for group in groups:
            if group[0] & hosts:
                hosts |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (hosts, members)]
    return tuple(tuple(members) for _, members in groups)
