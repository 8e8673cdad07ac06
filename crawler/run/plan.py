"""What a crawl is told and what it tells, as values that pass between processes; and how it is started.

The run itself goes on in a child process (`crawler.run.child`), while the caller holds the lock. Ctrl-C, or
SIGTERM, asks the child, once, to end in good order; a second one makes it hurry.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import signal
import threading
from typing import TYPE_CHECKING, Any, Self, cast

from archive.sandbox.child_process import ChildProcess, describe_exit
from crawler.errors import CrawlBroken, PortalMismatch
from crawler.policy.hosts import check_connect_to
from crawler.policy.politeness import NightBudget, check_contact
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from archive.data_folder import DataDir
    from archive.frontier.sweeps import Sweep
    from archive.frontier.targets import PageRequest
    from crawler.discovery.probe_crawl import Seen
    from crawler.registry.portals import Portal

GOES_ON = "What was acknowledged is safe; the next crawl goes on from there"


class Limits(FrozenStruct):
    """What one request may cost.

    Attributes:
        timeout_s: seconds until an answer must be there in full.
        max_bytes: the largest body, as sent and as unpacked.
        retries: how often a server error or a broken connection is tried again.
    """

    timeout_s: float = 60.0
    max_bytes: int = 64 << 20
    retries: int = 2


class SurveyOrder(FrozenStruct):
    """A site that is looked at instead of crawled.

    Attributes:
        site: under which rules: its hosts, delay and hours; its id names the answer.
        begin: starts the survey, which asks for pages and returns what it found out; a function of a
            module, or a partial of one, because it passes between processes.
    """

    site: Portal
    begin: Callable[[], Generator[PageRequest, Seen, Any]]


class CrawlPlan(FrozenStruct):
    """One run, before it starts: a crawl, or surveys.

    Attributes:
        data: where everything is kept.
        portals: what is crawled; for surveys their sites.
        now: ISO 8601 instant to start the clock at; None for the machine's.
        contact: a mail address or page of who asks; None where there is none.
        connect_to: host → `address:port` on loopback.
        limits: what one request may cost.
        verb: the command that asked for it, for the run's record.
        registry_errors: portals that could not be read, for the run's record.
        log_level: of the crawling process.
        portals_at_once: how many portals on different hosts are crawled side by side.
        surveys: by the id of their sites; where there are any, nothing is crawled.
        is_harvest: whether lists are walked and documents fetched; what else is asked is kept as `probe`, and
            tells nothing of a portal.
        shard: which part of the work this is, as `I/N`; None for all of it.
        night: what the whole night may cost; None for what its portals may.
    """

    data: DataDir
    portals: tuple[Portal, ...]
    now: str | None = None
    contact: str | None = None
    connect_to: Mapping[str, str] = {}
    limits: Limits = Limits()
    verb: str = "crawl"
    registry_errors: Sequence[str] = ()
    log_level: str = "WARNING"
    portals_at_once: int = 8
    surveys: Mapping[str, SurveyOrder] = {}
    is_harvest: bool = True
    shard: str | None = None
    night: NightBudget | None = None


class Progress(FrozenStruct):
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


class PortalSummary(FrozenStruct):
    """What became of one portal.

    Attributes:
        portal: its id.
        outcomes: answers of lists, articles and attachments, and failures, by outcome.
        new_links: addresses that were not known before.
        sweeps: its lists.
        stopped: hosts that were left alone for the rest of the run, with the reason word.
        errors: what broke, in words.
        spent: what of the night's budget is spent, so that the rest waits; None where some was left.
    """

    portal: str
    outcomes: Mapping[str, int]
    new_links: int
    sweeps: tuple[Sweep, ...]
    stopped: Mapping[str, str]
    errors: tuple[str, ...]
    spent: str | None = None


class Surveyed(FrozenStruct):
    """What became of one survey.

    Attributes:
        site: the id of its site.
        found: what the survey returned; None where it came to no end.
        pages: how many pages it asked for.
        notes: what a person should know of how it went, in words.
        errors: what broke, in words.
        forbidden: addresses of rows that robots.txt forbids.
    """

    site: str
    found: Any
    pages: int
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    forbidden: frozenset[str] = frozenset()


class CrawlSummary(FrozenStruct):
    """What became of a run.

    Attributes:
        run_id: its id, in WARC and everywhere.
        state: `finished`, `failed` or `interrupted`.
        resumed: whether it goes on with a run that was killed.
        portals: one each, in the order of the plan.
        errors: what broke beyond a single portal, in words.
        surveyed: what became of surveys, in the order of the plan.
    """

    run_id: str
    state: str
    resumed: bool
    portals: tuple[PortalSummary, ...]
    errors: tuple[str, ...] = ()
    surveyed: tuple[Surveyed, ...] = ()


# Which portals are crawled together, and which by whom: a host is asked by one crawl only.
# Several crawls share the work as shards, each with a data directory of its own. Portals that share a host
# stay
# together, and a group stays in its shard for as long as the number of shards does.

_WRITTEN = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")


class Shard(FrozenStruct):
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


def crawl(plan: CrawlPlan, progress: Callable[[Progress], None] | None = None) -> CrawlSummary:
    """Harvest portals or look at sites, one run, in a child process.

    What a survey looks at is kept in WARC like everything else, with the role `probe`: it shows why a portal
    was written down as it was, and is never a document.

    Args:
        plan: what is crawled, and where everything is kept; the caller holds its lock.
        progress: told of captures as they are kept: up to ten times a second, in a survey of each.

    Returns:
        What became of it. A portal that fails is an entry in it, not an error.

    Raises:
        ContactMissing: a public portal, and no contact.
        CrawlBroken: the crawling process ended without a result.
        GongkaiError: the run could not start: the archive, the frontier or the clock refused.
    """
    check_connect_to(plan.connect_to)
    check_contact([one.id for one in plan.portals if not one.is_loopback(plan.connect_to)], plan.contact)
    child = ChildProcess("crawler.run.child")
    with contextlib.closing(child), _pass_interrupts_on(child) as passed_on:
        with contextlib.suppress(BrokenPipeError):
            child.send(plan)
        try:
            return _listen(child, progress)
        except CrawlBroken as broken:
            # Who ends all processes of a service ends the child, too, maybe before it hears of signals.
            if passed_on:
                raise KeyboardInterrupt from broken
            raise


def _listen(child: ChildProcess, progress: Callable[[Progress], None] | None) -> CrawlSummary:
    while True:
        try:
            answer = child.receive()
        except EOFError as error:
            raise CrawlBroken(
                f"the crawling process ended {describe_exit(child.wait())} and left no result",
                hint=GOES_ON,
            ) from error
        if isinstance(answer, Progress):
            if progress is not None:
                progress(answer)
        elif isinstance(answer, GongkaiError):
            raise answer
        else:
            return cast("CrawlSummary", answer)


@contextlib.contextmanager
def _pass_interrupts_on(child: ChildProcess) -> Iterator[list[int]]:
    passed_on: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield passed_on
        return

    def pass_on(number: int, frame: object) -> None:
        del frame
        passed_on.append(number)
        child.send_signal(number)

    before = {each: signal.signal(each, pass_on) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield passed_on
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
