"""Crawl, from any program: the run itself goes on in a child process (`crawler.run.child`).

The caller holds the lock. Ctrl-C, or SIGTERM, asks the child, once, to end in good order; a second one makes
it hurry.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, TypedDict, Unpack, cast

from archive.sandbox.child_process import ChildProcess, describe_exit
from crawler.errors import CrawlBroken
from crawler.policy.hosts import check_connect_to
from crawler.policy.politeness import check_contact
from crawler.run.plan import CrawlPlan, CrawlSummary, Limits, Progress, SurveyOrder
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archive.data_folder import DataDir
    from crawler.policy.politeness import NightBudget
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary

VERB = "survey"
"""What runs that look at sites are called in their records."""


class CrawlSettings(TypedDict, total=False):
    """What a run may be told beside what it asks; each is explained in `CrawlPlan`, which has the usual."""

    now: str | None
    contact: str | None
    connect_to: Mapping[str, str]
    limits: Limits
    registry_errors: Sequence[str]
    log_level: str
    shard: str | None
    night: NightBudget | None


def crawl(
    portals: Sequence[Portal],
    *,
    data: DataDir,
    verb: str = "crawl",
    progress: Callable[[Progress], None] | None = None,
    **settings: Unpack[CrawlSettings],
) -> CrawlSummary:
    """Harvest portals, one run.

    Args:
        portals: what to crawl; at least one.
        data: where everything is kept; the caller holds its lock.
        verb: the command that asked for it, for the run's record.
        progress: told of captures as they are kept: up to ten times a second, in a survey of each.
        settings: of the run.

    Returns:
        What became of it. A portal that fails is an entry in it, not an error.

    Raises:
        ContactMissing: a public portal, and no contact.
        CrawlBroken: the crawling process ended without a result.
        GongkaiError: the run could not start: the archive, the frontier or the clock refused.
    """
    return carry_out(CrawlPlan(data, tuple(portals), verb=verb, **settings), progress)


def carry_out(plan: CrawlPlan, progress: Callable[[Progress], None] | None = None) -> CrawlSummary:
    """Do what a plan says, in a child process; arguments, result and errors are those of `crawl`."""
    check_connect_to(plan.connect_to)
    check_contact([one.id for one in plan.portals if not one.is_loopback(plan.connect_to)], plan.contact)
    with _start_child() as child, _pass_interrupts_on(child) as passed_on:
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
                hint="What was acknowledged is safe; the next crawl goes on from there",
            ) from error
        if isinstance(answer, Progress):
            if progress is not None:
                progress(answer)
        elif isinstance(answer, GongkaiError):
            raise answer
        else:
            return cast("CrawlSummary", answer)


@contextlib.contextmanager
def _start_child() -> Iterator[ChildProcess]:
    child = ChildProcess("crawler.run.child")
    try:
        yield child
    finally:
        child.close()


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


def survey_sites(
    orders: Sequence[SurveyOrder],
    *,
    data: DataDir,
    progress: Callable[[Progress], None] | None = None,
    **settings: Unpack[CrawlSettings],
) -> CrawlSummary:
    """Look at sites, one run, under every rule of a crawl; arguments and errors are those of `crawl`.

    What is looked at is kept in WARC like everything else, with the role `probe`: it shows why a portal was
    written down as it was, and is never a document.

    Returns:
        What became of it; `surveyed` has what each survey returned.
    """
    sites = tuple(order.site for order in orders)
    surveys = {order.site.id: order for order in orders}
    plan = CrawlPlan(data, sites, verb=VERB, surveys=surveys, is_harvest=False, **settings)
    return carry_out(plan, progress)
