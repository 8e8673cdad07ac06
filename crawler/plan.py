"""What a crawl is told and what it tells: plain values that pass between processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.paths import DataDir
    from archive.sweeps import Sweep
    from crawler.portal import Portal


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost.

    Attributes:
        timeout_s: seconds until an answer must be there in full.
        max_bytes: the largest body, as sent and as unpacked.
        retries: how often a server error or a broken connection is tried again.
    """

    timeout_s: float = 60.0
    max_bytes: int = 64 * 1024 * 1024
    retries: int = 2


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One crawl, before it starts.

    Attributes:
        data: where everything is kept.
        portals: what is crawled.
        now: ISO 8601 instant to start the clock at; None for the machine's.
        contact: a mail address or page of who asks; None where there is none.
        connect_to: host → `address:port` on loopback.
        limits: what one request may cost.
        verb: the command that asked for it, for the run's record.
        registry_errors: portals that could not be read, for the run's record.
        log_level: of the crawling process.
        portals_at_once: how many portals on different hosts are crawled side by side.
    """

    data: DataDir
    portals: tuple[Portal, ...]
    now: str | None = None
    contact: str | None = None
    connect_to: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    verb: str = "crawl"
    registry_errors: tuple[str, ...] = ()
    log_level: str = "WARNING"
    portals_at_once: int = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is: one capture just kept.

    Attributes:
        portal: whose.
        url: its address.
        outcome: what it was.
        captures: how many the run has kept so far.
    """

    portal: str
    url: str
    outcome: str
    captures: int


@dataclass(frozen=True, slots=True)
class PortalSummary:
    """What became of one portal.

    Attributes:
        portal: its id.
        outcomes: captures and failures by outcome.
        new_links: addresses that were not known before.
        sweeps: its lists.
        stopped: hosts that were left alone for the rest of the run, with the reason word.
        errors: what broke, in words.
    """

    portal: str
    outcomes: Mapping[str, int]
    new_links: int
    sweeps: tuple[Sweep, ...]
    stopped: Mapping[str, str]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What became of a run.

    Attributes:
        run_id: its id, in WARC and everywhere.
        state: `finished`, `failed` or `interrupted`.
        resumed: whether it goes on with a run that was killed.
        portals: one each, in the order of the plan.
        errors: what broke beyond a single portal, in words.
    """

    run_id: str
    state: str
    resumed: bool
    portals: tuple[PortalSummary, ...]
    errors: tuple[str, ...] = ()
