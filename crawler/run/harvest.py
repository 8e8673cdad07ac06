"""One run of the harvest: what the spiders of all its portals share.

    response ─▶ keep_exchange ─▶ writer process: durable ─▶ acknowledged ─▶ back to the spider

A run that was killed is gone on with by the next one of the same night and portals; any other run left open
is closed as interrupted. Surveys leave the runs of crawls alone. Damaged evidence is not repaired here beyond
a torn tail: `gongkai verify` names it.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from msgspec.structs import asdict

from archive.clock import clock_from, night_of
from archive.frontier.listings import find_still_listed
from archive.frontier.outcomes import Judge
from archive.frontier.recovery import catch_up, note_all_folded
from archive.frontier.state import NEVER_SENT, Frontier, FrontierOutdated
from archive.frontier.sweeps import Sweep, Sweeps
from archive.frontier.targets import Terms
from archive.frontier.writer_process import WriterProcess
from archive.warc.entries import (
    ArchiveError,
    Context,
    Entry,
    Exchange,
    Failure,
    Lookup,
    Role,
    RunEvent,
    UnwritableEntry,
    Written,
)
from archive.warc.files import repair
from crawler.policy.access import OVER_BUDGET, AccessPolicy, ends_host
from crawler.policy.hosts import load_stop_list
from crawler.policy.politeness import NightShares, Spending
from crawler.request_context import RequestContext, make_exchange
from crawler.run.plan import CrawlPlan, CrawlSummary, PortalSummary, Progress, Surveyed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Awaitable, Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from scrapy import Request
    from scrapy.http import Response

    from crawler.registry.portals import Expected, Portal


logger = logging.getLogger(__name__)
_TOLD_OF_SWEEP = ("declared", "found", "complete", "reason", "missing", "put_off")


class Harvest:
    """A run, open.

    Args:
        plan: what is crawled.
        report: told of every capture, where somebody listens.

    Attributes:
        run_id: the run.
        access: what may be asked for.
        resumed: whether it goes on with a run that was killed.
        frontier: what is to be fetched.
        sweeps: the walks over lists.
        interrupted: set once a signal asked for an end.
        ended: the portals whose spiders have closed.
        broken: why nothing more can be kept; None while it can.
        surveyed: what became of surveys, by the id of their sites.
    """

    def __init__(self, plan: CrawlPlan, report: Callable[[Progress], None] | None = None) -> None:
        self.plan = plan
        # Before anything else: where it cannot be read, nothing is asked and nothing written.
        self.access = AccessPolicy(load_stop_list(plan.data.stop_list), clock_from(plan.now))
        self.clock = self.access.clock
        self.interrupted = False
        self.ended: set[str] = set()
        self._crashed = False
        self.broken: ArchiveError | None = None
        self.surveyed: dict[str, Surveyed] = {}
        self._report = report
        self._enders: list[Callable[[], None]] = []
        self._captures = 0
        self._errors: list[str] = []
        self._looked_up: set[str] = set()
        self._looked_around: set[str | None] = set()
        self._tallies = {portal.id: Tally() for portal in plan.portals}
        plan.data.make()
        repair(plan.data.warc)
        self.frontier = _open_frontier(plan.data.crawl_db)
        self.sweeps = Sweeps(self.frontier)
        self._errors.extend(catch_up(self.frontier, plan.data.warc))
        self._writer = WriterProcess(
            plan.data.warc, clock=self.clock, crawl_db=plan.data.crawl_db, shard=plan.shard
        )
        self.run_id, self.resumed = self._begin()
        spent_bytes = 0
        for portal in plan.portals:
            spent = self.frontier.spending_of(self.run_id, portal.id)
            self.access.spending[portal.id] = Spending(portal.budget, *spent)
            spent_bytes += spent[1]
        if plan.night:
            self.access.night = NightShares(
                plan.night,
                [portal.id for portal in plan.portals],
                at_once=plan.portals_at_once,
                clock=self.clock,
                spent_bytes=spent_bytes,
            )

    def tally(self, portal: Portal) -> Tally:
        """Return the counts of a portal."""
        return self._tallies[portal.id]

    def note_end(self, portal: Portal, reason: str) -> None:
        """Note that a portal's spider has closed, and whether that was somebody's wish."""
        self.ended.add(portal.id)
        if reason == "shutdown":
            self.interrupted = True

    def next_round(self) -> tuple[Portal, ...]:
        """Return the portals that were cut short of the night's budget and may go on with what is left."""
        if not self.access.night or self.interrupted or self.broken is not None:
            return ()
        again = self.access.night.next_round()
        return tuple(portal for portal in self.plan.portals if portal.id in again)

    def note_crash(self, error: BaseException) -> None:
        """Note that a portal's spider could not even be started, or fell over."""
        self._crashed = True
        self._errors.append(f"{type(error).__name__}: {error}")

    def on_broken(self, end: Callable[[], None]) -> None:
        """Call something once nothing can be kept any more."""
        self._enders.append(end)

    def keep_lookup(self, url: str, addresses: tuple[str, ...]) -> None:
        """Archive what the name of a host led to, once in a run; that it is durable nobody waits for."""
        host = urlsplit(url).hostname or ""
        if addresses and host not in self._looked_up:
            self._looked_up.add(host)
            self._writer.submit(Lookup(host, self.clock(), addresses))

    async def keep_exchange(
        self,
        request: Request,
        response: Response,
        context: Context,
        look_around: Callable[[Self], Awaitable[None]],
    ) -> tuple[str, str] | None:
        """Archive an answer; returns its capture id and outcome once it is durable and acknowledged.

        None for an answer that did not come over the wire.

        Args:
            request: as sent.
            response: what came.
            context: why it was asked for.
            look_around: asks the portal for what its pages are held against; awaited before the first answer
                that is not what its address had before. On a night without any, nobody is asked.

        Raises:
            ArchiveError: it could not be kept.
        """
        exchange = make_exchange(request, context, self.clock())
        if exchange is None:
            return None
        if self._is_news(exchange):
            await look_around(self)
            self._looked_around.add(context.portal)
        written = await self._kept(self._writer.submit(exchange))
        outcome = written.outcome or ""
        self._count(context, exchange.url, outcome, len(response.body))
        # What robots.txt and the page that cannot exist answer says nothing of what the portal publishes.
        if context.role is not Role.PROBE:
            self._tell(context, outcome)
        return written.capture_id, outcome

    def _is_news(self, exchange: Exchange) -> bool:
        """Whether an answer of a portal is to be judged; a host that blocks is asked nothing more for it."""
        context, said = exchange.context, exchange.received
        if context is None or context.role is Role.PROBE or context.portal in {None, *self._looked_around}:
            return False
        is_known = self.frontier.is_page_repeated(exchange.url, said.status, said.body)
        return not is_known and not ends_host(Judge(self.plan.data.warc).judge(exchange, ""))

    async def keep_failure(self, url: str, method: str, outcome: str, error: str, context: Context) -> str:
        """Archive a fetch that brought no response; returns its capture id.

        Raises:
            ArchiveError: it could not be kept.
        """
        failure = Failure(url, self.clock(), method, str(outcome), error, context)
        written = await self._kept(self._writer.submit(failure))
        self._count(context, url, failure.outcome)
        self._tell(context, failure.outcome)
        return written.capture_id

    def context(self, portal: Portal, about: RequestContext) -> Context:
        """Return the context of a fetch; what a survey looks at tells nothing of a portal's health."""
        return Context(
            run_id=self.run_id,
            role=about.role,
            portal=portal.id if self.plan.is_harvest else None,
            parent=about.parent,
            list_title=about.list_title,
            list_date=about.list_date,
            list_url=about.sweep.list_url if about.sweep else about.list_url,
        )

    def close(self) -> CrawlSummary:
        """End the run: its end is written, the file sealed, the frontier told. Returns what became of it."""
        # A reactor that is stopped by force closes no spider.
        is_whole = self.ended >= set(self._tallies) and not self.interrupted
        state = "failed" if self._crashed else "finished" if is_whole else "interrupted"
        self._finish(state)
        if self.broken is not None:
            # No end is written: the run stays open, and is gone on with once there is room again.
            state = "failed"
            self._errors.append(str(self.broken))
        sweeps = self.sweeps.list_sweeps(self.run_id)
        summary = CrawlSummary(
            run_id=self.run_id,
            state=state,
            resumed=self.resumed,
            portals=tuple(self._summary(portal, sweeps, state) for portal in self.plan.portals),
            errors=tuple(self._errors),
            surveyed=tuple(self.surveyed[site] for site in self.plan.surveys if site in self.surveyed),
        )
        self.frontier.close()
        return summary

    def _summary(self, portal: Portal, sweeps: tuple[Sweep, ...], state: str) -> PortalSummary:
        own = tuple(sweep for sweep in sweeps if sweep.key.portal_id == portal.id)
        tally, errors = self._tallies[portal.id], list(self._tallies[portal.id].errors)
        # Only a run that came to its end can be held to what was expected of it.
        if state == "finished":
            shown = sum(self.sweeps.count_rows_shown(sweep) for sweep in own)
            newest = self.sweeps.find_newest_year(self.run_id, portal.id)
            errors += _unexpected(portal.expected, shown, newest)
        return PortalSummary(
            portal=portal.id,
            outcomes=dict(sorted(tally.outcomes.items())),
            new_links=tally.new_links,
            sweeps=own,
            stopped=self.access.stopped_by(portal),
            errors=tuple(errors),
            spent=self.access.spending[portal.id].spent
            or (self.access.night.cut.get(portal.id) if self.access.night else None),
        )

    def _finish(self, state: str) -> None:
        try:
            if self.broken is None:
                self._end_walks()
                self._write_end(self.run_id, state)
            self._writer.close()
            if self.broken is None:
                note_all_folded(self.frontier, self.plan.data.warc)
        except ArchiveError as error:
            self.broken = self.broken or error

    def _end_walks(self) -> None:
        """End the walks that were left for another round of the night, which did not come."""
        cut = self.access.night.cut if self.access.night else {}
        for sweep in self.sweeps.list_sweeps(self.run_id):
            if not sweep.ended and sweep.key.portal_id in cut:
                self.sweeps.end_sweep(sweep.key, f"{OVER_BUDGET}: {cut[sweep.key.portal_id]}")

    def _begin(self) -> tuple[str, bool]:
        now = self.clock()
        if not self.plan.is_harvest:
            return self._start(now), False
        for portal in self.plan.portals:
            self.frontier.schedule.set_terms(portal.id, Terms.of(portal.entry()))
        portals = tuple(sorted(portal.id for portal in self.plan.portals))
        resumed = None
        for run_id, started, of_portals in self.frontier.list_unfinished_runs():
            if night_of(started) == night_of(now) and of_portals == portals:
                resumed = run_id
            else:
                self._write_end(run_id, "interrupted")
        if resumed is not None:
            return resumed, True
        run_id = self._start(now)
        self.frontier.begin_run(run_id, now, portals)
        return run_id, False

    def _start(self, now: dt.datetime) -> str:
        run_id = uuid.uuid4().hex[:20]
        facts = {
            "verb": self.plan.verb,
            "night": night_of(now).isoformat(),
            "portals": [portal.entry() for portal in self.plan.portals if self.plan.is_harvest],
            "surveys": {name: order.site.home_url for name, order in self.plan.surveys.items()},
            "registry_errors": list(self.plan.registry_errors),
            "stop_list": sorted(self.access.stop_list.entries),
            "settings": {"contact": self.plan.contact, **asdict(self.plan.limits)},
        }
        self._write(RunEvent(run_id, "start", now, facts))
        return run_id

    def _write_end(self, run_id: str, state: str) -> None:
        night = self.frontier.schedule.night_of_run(run_id) or night_of(self.clock())
        listed = find_still_listed(self.frontier.connection, run_id, night)
        sweeps = [
            {
                **{name: getattr(each, name) for name in _TOLD_OF_SWEEP},
                "portal": each.key.portal_id,
                "list_url": each.key.list_url,
                "still_listed": listed.get(each.key[1:], ()),
            }
            for each in self.sweeps.list_sweeps(run_id)
        ]
        facts = {"state": state, "sweeps": sweeps}
        self._write(RunEvent(run_id, "end", self.clock(), facts))
        self.frontier.end_run(run_id, state)

    def _write(self, entry: Entry) -> Written:
        return self._writer.submit(entry).result()

    def give_up(self, error: ArchiveError) -> None:
        """End the run: nothing more can be kept."""
        if self.broken is None:
            logger.critical("The crawl stops, because nothing can be kept: %s", error)
            self.broken = error
            for end in self._enders:
                end()

    async def _kept(self, waiting: Future[Written]) -> Written:
        try:
            return await asyncio.wrap_future(waiting)
        except UnwritableEntry:
            raise
        except ArchiveError as error:
            self.give_up(error)
            raise

    def _tell(self, context: Context, outcome: str) -> None:
        if context.portal is not None:
            self._tallies[context.portal].outcomes[outcome] += 1

    def _count(self, context: Context, url: str, outcome: str, size_bytes: int = 0) -> None:
        self._captures += 1
        if context.portal is not None and outcome not in NEVER_SENT:
            self.access.spending[context.portal].spend(size_bytes)
            if self.access.night:
                self.access.night.spend(context.portal, size_bytes)
        if self._report is not None:
            self._report(Progress(context.portal or "", url, outcome, self._captures))


def _open_frontier(path: Path) -> Frontier:
    """Open `crawl.db`; one that is damaged, or of another version, is put aside and made again from WARC."""
    try:
        return Frontier(path)
    except (sqlite3.DatabaseError, FrontierOutdated) as error:
        aside = path.with_name(f"{path.name}.unreadable")
        logger.warning("%s cannot be read (%s): kept as %s and made again from WARC", path, error, aside.name)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.replace(aside)
        return Frontier(path)


class Tally:
    """What happened to one portal so far.

    Attributes:
        outcomes: answers of lists, articles and attachments, and failures, by outcome.
        new_links: addresses that were not known before.
        errors: what broke, in words.
    """

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.new_links = 0
        self.errors: list[str] = []


def _unexpected(expected: Expected, found: int, newest_year: int | None) -> Iterator[str]:
    """Say where lists do not show what a portal was expected to bring.

    Args:
        expected: by its entry in the registry.
        found: how many rows they show, those of a list with nothing new included.
        newest_year: the newest year that these show; None where they show none.
    """
    low, high, year = expected.min_documents, expected.max_documents, expected.newest_year
    if low is not None and found < low:
        yield f"its lists show {found} documents, expected are at least {low}"
    if high is not None and found > high:
        yield f"its lists show {found} documents, expected are at most {high}"
    if year is not None and newest_year is not None and newest_year < year:
        yield f"the newest year that its lists show is {newest_year}, expected is {year}"
