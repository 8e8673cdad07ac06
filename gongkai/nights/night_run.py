"""The night: what the timer runs.

    check ─▶ crawl ─▶ derive ─▶ gates ─▶ publish ─▶ snapshot ─▶ manifest ─▶ verify ─▶ backup ─▶ report

A portal that fails is a line in the report and does not stop the others. A step that fails is a line, too:
what stands on it is left out, and the report is made of what is known. A gate that refuses leaves readers the
copy they had; the evidence of the night is safe either way. What a night does not tell, the next one does.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sqlite3
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from archive.backup.sending import back_up
from archive.clock import instant, night_of, running_from
from archive.corpus.store import reading
from archive.derivation import DeriveOptions, derive
from archive.frontier.state import Frontier
from archive.frontier.sweeps import NOTHING_NEW
from archive.manifests.checking import check_newest
from archive.manifests.closing import close_night
from archive.publish.copy import publish
from archive.snapshot.write import write_snapshot
from archive.turns import verify_turn
from crawler.run.parent import crawl
from gongkai.gates import check_gates
from gongkai.nights.alarms import (
    ALARMS,
    find_broken_portals,
    find_lasting_budgets,
    find_silent_portals,
    make_alarm,
    settle_alarms,
)
from gongkai.nights.kept_reports import (
    REPORT_FILE,
    ReportUnreadable,
    find_titles,
    keep_report,
    load_report,
    purge_reports,
    with_titles,
)
from gongkai.nights.metrics import write_metrics
from gongkai.nights.night_record import describe_failure, keep_reserve, open_nights, state_after
from gongkai.nights.night_report import NAMED_KINDS, NightReport, StepLine, find_exit_code, with_alarms
from gongkai.nights.telling import find_unsent, queue_report, send_reports
from gongkai.nights.timekeeping import ClockDoubtful, LastNight, Timekeeping, keep_time
from gongkai.nights.untold_events import Untold, empty_queue, find_untold
from pipelines.errors import ExitCode, GongkaiError
from pipelines.response.outcome import Outcome, is_blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.frontier.sweeps import Sweep
    from archive.manifests.chain import Link
    from archive.publish.copy import Published
    from archive.snapshot.write import Snapshot
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary, PortalSummary
    from gongkai.nights.night_record import Nights
    from gongkai.nights.night_report import Alarm
    from gongkai.operator_settings import Settings

T = TypeVar("T")

logger = logging.getLogger(__name__)

ANSWERED = (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.ROBOTS_DENIED)
"""Signs that a portal is there; its rules are an answer too."""


@dataclass(frozen=True, slots=True)
class NightProgress:
    """What is told of a night while it goes on.

    Attributes:
        crawling: called with how many captures were kept, and 0 for "nobody knows of how many".
        reading: called with how many captures were read, of how many.
    """

    crawling: Callable[[int, int], None]
    reading: Callable[[int, int], None]


def run_night(
    settings: Settings,
    portals: Sequence[Portal],
    *,
    progress: NightProgress,
    connect_to: Mapping[str, str] | None = None,
    registry_errors: Sequence[str] = (),
    is_clock_checked: bool = False,
) -> NightReport:
    """Do everything that a night does, in order, and tell of it.

    The caller holds the lock. What fails is in the report, which is made in any case.

    Args:
        settings: the data directory, the clock, the contact.
        portals: what is crawled; at least one.
        progress: told how far it is.
        connect_to: host → `address:port`, for portals that only exist on this machine.
        registry_errors: portals that could not be read.
        is_clock_checked: whether the clock is held against the last night before anything is dated by it.

    Raises:
        NightUnwritable: nothing can be recorded, not even with the room set aside.
    """
    with open_nights(settings.data, settings.clock) as nights:
        last = nights.last_dated() if is_clock_checked else None
        time = keep_time(settings.clock(), LastNight(*last) if last else None)
        if time.start != time.shown:
            settings = replace(settings, clock=running_from(time.start), now=instant(time.start))
            nights.clock = settings.clock
        night = _Night(settings, nights, time)
        with night.interruptible():
            night.find(*(make_alarm("registry_fault", detail=error) for error in registry_errors))
            night.look_at_clock(time)
            night.look_at_evidence()
            night.harvest_portals(
                lambda: harvest(
                    settings,
                    portals,
                    told=progress.crawling,
                    connect_to=connect_to,
                    registry_errors=registry_errors,
                )
            )
            night.derive_corpus(progress.reading)
            night.publish_corpus()
            night.verify_share()
            night.back_up()
        with holding_signals():
            report = night.tell()
        return night.send(report)


@contextlib.contextmanager
def holding_signals() -> Iterator[None]:
    """Let an interrupt wait until the block has ended: who is asked to end tells what was done first.

    A mask holds signals from one thread alone: those that libraries keep would take them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    asked = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda number, _: held.append(number)) for each in asked}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if held:
        raise KeyboardInterrupt


class _Night:
    """A night that goes on, and what is known of it so far."""

    def __init__(self, settings: Settings, nights: Nights, time: Timekeeping) -> None:
        self._settings = settings
        self._data = settings.data
        self._nights = nights
        self._failure: BaseException | None = None
        self._is_stopped = False
        self._unrecorded: list[Alarm] = []
        now = settings.clock()
        self._id = nights.begin(time.shown)
        self._report = NightReport(
            id=self._id, night=night_of(now), started_at=instant(now), since=nights.last_told()
        )
        self.find(*([make_alarm("finding", detail=nights.problem)] if nights.problem else []))
        try:
            keep_reserve(self._data)
        except OSError as failure:
            self.find(
                make_alarm(
                    "finding",
                    detail=f"no room could be set aside: {describe_failure(failure)}",
                )
            )

    def find(self, *findings: Alarm) -> None:
        """Note what somebody has to look at: told with the next report, even if this night comes to none."""
        try:
            for finding in findings:
                self._nights.find(self._id, finding)
        except sqlite3.Error as failure:
            self._unrecorded += findings
            self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        self._failure = self._failure or failure

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """End the steps at an interrupt, but not the night."""
        try:
            yield
        except KeyboardInterrupt as interrupt:
            self._failure = interrupt
            self._is_stopped = True

    def _do(self, name: str, work: Callable[[], T], *writes: Path, is_needed: bool = True) -> T | None:
        """Do a step, and return what it came to; None where it failed, or was left out.

        Args:
            name: of the step.
            work: does it.
            writes: files and folders that it writes to.
            is_needed: whether what follows stands on it, and it on what was before.
        """
        if is_needed and self._is_stopped:
            self._nights.steps.append(StepLine(name, "left_out"))
            return None
        try:
            with self._nights.step(self._id, name, writes):
                return work()
        except Exception as failure:
            logger.info("%s failed", name, exc_info=failure)
            self._fail(failure)
            self._is_stopped |= is_needed
            return None

    def look_at_clock(self, time: Timekeeping) -> None:
        """Say what is odd about the clock; by one that is not believed nothing is dated."""

        def refuse_clock() -> None:
            raise ClockDoubtful(
                f"{time.note}: nothing was asked",
                hint="Set it right; one that is right is believed once another night agrees",
            )

        if time.is_doubtful:
            self._do("clock", refuse_clock)
        elif time.note:
            self.find(make_alarm("clock_wrong", detail=time.note))
        if time.is_turned_back and self._data.crawl_db.exists():
            with contextlib.closing(Frontier(self._data.crawl_db)) as frontier:
                frontier.schedule.forget_after(time.start)

    def look_at_evidence(self) -> None:
        """Note what was altered or taken away since the night before, as far as a night looks."""
        found = self._do("check", lambda: check_newest(self._data, self._settings.signing), is_needed=False)
        self.find(*(make_alarm("evidence_altered", detail=f"{it.file}: {it.problem}") for it in found or ()))

    def harvest_portals(self, work: Callable[[], CrawlSummary]) -> None:
        """Crawl; what it came to is derived even where it failed.

        Raises:
            KeyboardInterrupt: it was interrupted; it ended in good order.
        """

        def crawl_portals() -> None:
            crawled = work()
            self._report = replace(self._report, **_crawl_facts(crawled))
            self.find(*_find_crawl_alarms(crawled))
            if crawled.state == "interrupted":
                raise KeyboardInterrupt

        if self._is_stopped:
            self._nights.steps.append(StepLine("crawl", "left_out"))
        else:
            self._do("crawl", crawl_portals, self._data.warc, self._data.crawl_db, is_needed=False)

    def derive_corpus(self, told: Callable[[int, int], None]) -> None:
        """Bring the corpus up to the evidence, and look at what it says of the portals crawled."""
        options = DeriveOptions(workers=self._settings.workers, progress=told)
        derived = self._do("derive", lambda: derive(self._data, options), self._data.corpus_db)
        if derived is None:
            return
        names = ("captures", "read", "waiting", "failed", "damage")
        self._report = replace(self._report, **{name: getattr(derived, name) for name in names})
        self.find(
            *(make_alarm("evidence_damaged", detail=damage) for damage in derived.damage),
            *(make_alarm("roster_fault", detail=problem) for problem in derived.roster_problems),
        )
        with reading(self._data.corpus_db) as corpus:
            self.find(*find_broken_portals(corpus, self._report))

    def publish_corpus(self) -> None:
        """Publish, if the gates let it through, and close the night's manifest in any case."""
        clock, data = self._settings.clock, self._data
        self._do("gates", lambda: check_gates(data))
        published = self._do("publish", lambda: publish(data, clock=clock), data.public)
        is_new = published is not None and published.changed
        snapshot = None
        if published:
            # It sees for itself what no snapshot says yet: a killed night may have left some.
            written = self._do(
                "snapshot",
                lambda: write_snapshot(data, night=self._report.night, clock=clock),
                data.snapshots,
            )
            snapshot = written if written and written.changed else None
            self._report = replace(self._report, snapshots_removed=written.removed if written else ())
        link = self._do("manifest", lambda: self._close(published, snapshot), data.manifests, is_needed=False)
        self._report = replace(
            self._report,
            published=published.path.name if published else None,
            is_new=is_new,
            rows=published.rows if published else {},
            snapshot=snapshot.folder.name if snapshot else None,
            tables=len(snapshot.tables or snapshot.differences) if snapshot else 0,
            root=link.root if link else None,
            standing=link.standing if link else None,
        )

    def _close(self, published: Published | None, snapshot: Snapshot | None) -> Link:
        return close_night(
            self._data,
            self._settings.signing,
            clock=self._settings.clock,
            night=self._report.night,
            published=published.path if published and published.changed else None,
            snapshot=snapshot.folder if snapshot else None,
        )

    def verify_share(self) -> None:
        """Verify the WARC files whose turn it is."""
        settings = self._settings
        turn = self._do(
            "verify",
            lambda: verify_turn(self._data, clock=settings.clock, days=settings.verify_days),
            self._data.verified,
            is_needed=False,
        )
        if turn:
            found = tuple(f"{each.file}, byte {each.offset}: {each.problem}" for each in turn.findings)
            self._find_damage(found)
            self._report = replace(self._report, verified=str(turn))

    def back_up(self) -> None:
        """Bring the backup up to what the night left, where one is configured; the report tells of it."""
        url, before = self._settings.backup, self._failure
        if url is None:
            return
        sent = self._do(
            "backup", lambda: back_up(self._data, url, clock=self._settings.clock), is_needed=False
        )
        if sent is None:
            self._failure = before  # the night did all else
            return
        self._find_damage(sent.findings)
        self.find(*(make_alarm("backup_incomplete", detail=what) for what in sent.left_out))
        self._report = replace(self._report, backup=str(sent))

    def _find_damage(self, found: Sequence[str]) -> None:
        self._report = replace(self._report, damage=(*self._report.damage, *found))
        self.find(*(make_alarm("evidence_damaged", detail=each) for each in found))

    def tell(self) -> NightReport:
        """Make the report of all that was not told, keep it, and return it even where it cannot be kept."""
        self._data.reserve.unlink(missing_ok=True)
        self._do("purge", lambda: purge_reports(self._data), self._data.reports, is_needed=False)
        untold = self._do("look back", self._look_back, is_needed=False)
        report = self._sum_up(untold)
        if not self._do("report", lambda: self._keep(report, untold), self._data.reports, is_needed=False):
            report = self._sum_up(untold)
            self._end(report)
        return report

    def send(self, report: NightReport) -> NightReport:
        """Send what was not sent; return the report with what kept it from that: it fails no night."""
        alarms = [*send_reports(self._nights.db, self._settings)]
        if self._settings.metrics_file:
            try:
                write_metrics(self._data, self._settings.metrics_file)
            except (OSError, sqlite3.Error) as failure:
                alarms.append(make_alarm("metrics_failed", detail=describe_failure(failure)))
        if alarms:
            report = with_alarms(report, (*report.alarms, *alarms))
            report = replace(report, exit_code=report.exit_code or int(ExitCode.ATTENTION))
            self._end(report)
        return report

    def _look_back(self) -> Untold:
        untold = find_untold(self._data, self._nights, self._report.run_id)
        self.find(*(make_alarm("evidence_repaired", detail=name) for name in untold.repaired))
        return untold

    def _keep(self, report: NightReport, untold: Untold | None) -> bool:
        queue_report(self._nights.db, self._settings, report)
        keep_report(self._data, report, untold.events if untold else ())
        self._end(report)
        told = self._id, *(each.id for each in report.earlier)
        self._nights.note_told(told, untold.digests if untold else ())
        if untold:
            empty_queue(self._data)
        return True

    def _end(self, report: NightReport) -> None:
        self._nights.end(self._id, state=report.state, exit_code=report.exit_code, error=report.error)

    def _sum_up(self, untold: Untold | None) -> NightReport:
        failure, untold = self._failure, untold or Untold()
        steps = tuple(self._nights.steps)
        named: dict[str, Any] = {kind: tuple(untold.named.get(kind, ())) for kind in NAMED_KINDS}
        report = replace(
            self._report,
            ended_at=instant(self._settings.clock()),
            steps=steps,
            earlier=self._nights.untold_nights(),
            runs=tuple(untold.runs),
            changes=dict(sorted(untold.changes.items())),
            overruled=self._nights.untold_overruled(),
            refused=next((step.error for step in steps if step.state == "refused"), None),
            **named,
        )
        report = with_titles(report, lambda ids: find_titles(self._data, ids))
        before = next(self._reports_before(1), None)
        report = with_alarms(report, settle_alarms(self._find_alarms(report), before, report))
        state, failed = "done", None
        if failure:
            state = "interrupted" if isinstance(failure, KeyboardInterrupt) else state_after(failure)
            failed = failure.exit_code if isinstance(failure, GongkaiError) else ExitCode.FAILED
        exit_code = ExitCode.INTERRUPTED if state == "interrupted" else find_exit_code(report, failed)
        error = describe_failure(failure) if failure else None
        return replace(report, state=state, exit_code=int(exit_code), error=error)

    def _find_alarms(self, report: NightReport) -> Iterator[Alarm]:
        """Say everything that somebody has to look at, causes and what follows from them."""
        yield from self._nights.findings(self._id)
        yield from self._unrecorded
        for step in report.steps:
            if step.state == "failed":
                yield make_alarm("step_failed", step=step.name, detail=step.error)
        if report.refused:
            yield make_alarm("gate_refused", detail=report.refused)
        yield from find_unsent(self._nights.db, self._settings)
        yield from find_lasting_budgets(report, self._reports_before(ALARMS.budget_nights - 1))

    def _reports_before(self, most: int) -> Iterator[NightReport]:
        """Yield the reports before this one that can be read, newest first."""
        for night in self._nights.told_nights(most):
            with contextlib.suppress(FileNotFoundError, ReportUnreadable):
                yield load_report(self._data.reports / night / REPORT_FILE)


def _crawl_facts(crawled: CrawlSummary) -> dict[str, Any]:
    """Return what a report says of a crawl, by its fields."""
    portals = crawled.portals
    return {
        "run_id": crawled.run_id,
        "crawl_state": crawled.state,
        "portals": {portal.portal: dict(portal.outcomes) for portal in portals},
        "lists": count_lists(crawled),
        "incomplete_lists": {
            sweep.key.list_url: sweep.reason or "" for portal in portals for sweep in incomplete(portal)
        },
        "put_off": {
            sweep.key.list_url: sweep.put_off for each in portals for sweep in each.sweeps if sweep.put_off
        },
        "left_alone": {host: reason for portal in portals for host, reason in portal.stopped.items()},
        "new_links": sum(portal.new_links for portal in portals),
        "budget_spent": {portal.portal: portal.spent for portal in portals if portal.spent},
    }


def _find_crawl_alarms(crawled: CrawlSummary) -> Iterator[Alarm]:
    yield from (make_alarm("crawl_failed", detail=error) for error in crawled.errors)
    failed = {portal.portal for portal in crawled.portals if is_failed(portal)}
    yield from find_silent_portals(crawled.portals, failed)


def is_failed(portal: PortalSummary) -> bool:
    """Whether a portal broke, or nothing of it answered. One that blocks us did answer: that is a result.

    A run that only goes on with another may find all of its lists walked, and nothing left to ask.
    """
    if portal.errors:
        return True
    was_listed = any(_was_read(sweep) or (sweep.found and not portal.outcomes) for sweep in portal.sweeps)
    return not was_listed and not any(
        outcome in ANSWERED or is_blocked(Outcome(outcome)) for outcome in portal.outcomes
    )


def incomplete(portal: PortalSummary) -> tuple[Sweep, ...]:
    """Return the lists of a portal that were read neither to their end nor up to what was known."""
    return tuple(sweep for sweep in portal.sweeps if not _was_read(sweep))


def _was_read(sweep: Sweep) -> bool:
    return sweep.complete or sweep.reason == NOTHING_NEW


def count_lists(crawled: CrawlSummary) -> dict[str, int]:
    """Return how many lists were walked to their end, had nothing new, or were read in part."""
    sweeps = [sweep for portal in crawled.portals for sweep in portal.sweeps]
    return {
        "complete": sum(sweep.complete for sweep in sweeps),
        NOTHING_NEW: sum(sweep.reason == NOTHING_NEW for sweep in sweeps),
        "incomplete": sum(len(incomplete(portal)) for portal in crawled.portals),
    }


def harvest(
    settings: Settings,
    portals: Sequence[Portal],
    *,
    told: Callable[[int, int], None],
    connect_to: Mapping[str, str] | None = None,
    registry_errors: Sequence[str] = (),
) -> CrawlSummary:
    """Crawl portals; the caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact, the shard.
        portals: what is crawled; at least one.
        told: called with how many captures were kept, and 0 for "nobody knows of how many".
        connect_to: host → `address:port`, for portals that only exist on this machine.
        registry_errors: portals that could not be read, for the run's record.

    Raises:
        GongkaiError: the run could not start, or left no result (`crawler.run.parent.crawl`).
    """
    return crawl(
        portals,
        data=settings.data,
        now=settings.now,
        contact=settings.contact,
        connect_to=connect_to,
        registry_errors=registry_errors,
        # The crawling process logs as much as this one.
        log_level=logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        progress=lambda progress: told(progress.captures, 0),
        shard=settings.shard,
        night=settings.night,
    )
