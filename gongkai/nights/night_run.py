"""The night: what the timer runs.

    check ─▶ crawl ─▶ derive ─▶ gates ─▶ publish ─▶ snapshot ─▶ manifest ─▶ verify ─▶ backup ─▶ move ─▶ report

A portal that fails is a line in the report and does not stop the others. A step that fails is a line, too:
what stands on it is left out, and the report is made of what is known. A gate that refuses leaves readers the
copy they had; the evidence of the night is safe either way. What a night does not tell, the next one does.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING, Any, TypeVar

from archive.backup.transfer import back_up
from archive.clock import instant, night_of, running_from
from archive.corpus.store import reading
from archive.derivation import DeriveOptions, DeriveReport, derive
from archive.frontier.state import Frontier
from archive.manifests.chain import Chain
from archive.manifests.checking import check_newest
from archive.manifests.closing import close_night
from archive.publish.copy import publish
from archive.snapshot.lake import keeps_lake, write_lake
from archive.snapshot.write import write_snapshot
from archive.turns import verify_turn
from archive.warc.files import move_sealed
from gongkai.gates import check_gates
from gongkai.interrupts import holding_signals
from gongkai.nights.alarms import (
    ALARMS,
    find_broken_portals,
    find_failed_steps,
    find_lasting_budgets,
    find_silent_portals,
    make_alarms,
    settle_alarms,
)
from gongkai.nights.crawl_outcome import crawl_facts, harvest, is_failed
from gongkai.nights.kept_reports import (
    Untold,
    empty_queue,
    find_untold,
    keep_report,
    load_reports,
    purge_reports,
    read_told,
    with_titles,
)
from gongkai.nights.night_record import (
    Nights,
    Timekeeping,
    describe_failure,
    keep_reserve,
    keep_time,
    open_nights,
    state_after,
    told_nights,
)
from gongkai.nights.night_report import Alarm, NightReport, StepLine, find_exit_code, with_alarms
from gongkai.nights.telling import find_unsent, queue_report, send_night
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary
    from gongkai.operator_settings import Settings

    Advance = Callable[[int, int], None]
    """Called with how much is done, of how much."""
    Bar = Callable[[str], Advance]
    """Of what is done in a step, what is told how far it is."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


def run_night(
    settings: Settings,
    portals: Sequence[Portal],
    *,
    bar: Bar,
    connect_to: Mapping[str, str] | None = None,
    registry_errors: Sequence[str] = (),
    is_clock_checked: bool = False,
) -> NightReport:
    """Do everything that a night does, in order, and tell of it.

    The caller holds the lock. What fails is in the report, which is made in any case.

    Args:
        settings: the data directory, the clock, the contact.
        portals: what is crawled; at least one.
        bar: makes what is told how far a step is.
        connect_to: host → `address:port`, for portals that only exist on this machine.
        registry_errors: portals that could not be read.
        is_clock_checked: whether the clock is held against the last night before anything is dated by it.

    Raises:
        NightUnwritable: nothing can be recorded, not even with the room set aside.
    """
    with open_nights(settings.data, settings.clock) as nights:
        time = keep_time(settings.clock(), nights.last_dated() if is_clock_checked else None)
        if time.start != time.shown:
            settings = settings.replace(clock=running_from(time.start), now=instant(time.start))
            nights.clock = settings.clock
        night = _Night(settings, nights, time)
        with night.interruptible():
            night.find("registry_fault", registry_errors)
            night.look_at_clock(time)
            night.look_at_evidence()
            night.harvest_portals(
                lambda: harvest(
                    settings,
                    portals,
                    told=bar("crawling"),
                    connect_to=connect_to,
                    registry_errors=registry_errors,
                )
            )
            night.derive_corpus(bar("reading"))
            night.publish_corpus()
            night.verify_share()
            night.back_up()
            night.move_evidence()
        with holding_signals():
            report = night.tell()
        return send_night(nights, settings, report)


class _Night:
    """A night that goes on, and what is known of it so far."""

    def __init__(self, settings: Settings, nights: Nights, time: Timekeeping) -> None:
        self._settings = settings
        self._data = settings.data
        self._nights = nights
        self._failure: BaseException | None = None
        self._is_stopped = False
        self._unrecorded: list[Alarm] = []
        now, since = settings.clock(), told_nights(nights.db, 1)
        self._id = nights.begin(time.shown)
        self._report = NightReport(
            id=self._id,
            night=night_of(now),
            started_at=instant(now),
            number=nights.number_of(self._id),
            since=since[0] if since else None,
        )
        self.find("finding", nights.problems)
        try:
            keep_reserve(self._data)
        except OSError as failure:
            self.find("finding", [f"no room could be set aside: {describe_failure(failure)}"])

    def find(self, kind: str, details: Iterable[str]) -> None:
        """Note what somebody has to look at, an alarm of a kind for each detail."""
        self._note_alarms(make_alarms(kind, details))

    def _note_alarms(self, alarms: Iterable[Alarm]) -> None:
        """Note alarms: told with the next report, even if this night comes to none."""
        for alarm in alarms:
            try:
                self._nights.find(self._id, alarm)
            except sqlite3.Error as failure:
                self._unrecorded.append(alarm)
                self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        self._failure = self._failure or failure

    def _report_that(self, **facts: Any) -> None:
        self._report = self._report.replace(**facts)

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """End the steps at an interrupt, but not the night."""
        try:
            yield
        except KeyboardInterrupt as interrupt:
            self._failure = interrupt
            self._is_stopped = True

    def _do(self, name: str, work: Callable[[], T], *writes: Path, is_needed: bool = False) -> T | None:
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
            # Whatever broke, be it a fault of ours: what does not stand on this step goes on, and is told.
            logger.info("%s failed", name, exc_info=failure)
            self._fail(failure)
            self._is_stopped |= is_needed
            return None

    def look_at_clock(self, time: Timekeeping) -> None:
        """Say what is odd about the clock; by one that is not believed nothing is dated."""
        if time.is_doubtful:
            self._do("clock", time.refuse, is_needed=True)
        elif time.note:
            self.find("clock_wrong", [time.note])
        if time.is_turned_back and self._data.crawl_db.exists():
            # What follows does not stand on it: one that cannot be read is made again by the crawl.
            self._do("clock", lambda: self._forget_later(time.start), self._data.crawl_db)

    def _forget_later(self, start: dt.datetime) -> None:
        with contextlib.closing(Frontier(self._data.crawl_db)) as frontier:
            frontier.schedule.forget_after(start)

    def look_at_evidence(self) -> None:
        """Note what was altered or taken away since the night before, as far as a night looks."""
        found = self._do("check", lambda: check_newest(self._data, self._settings.signing))
        self.find("evidence_altered", (f"{it.file}: {it.problem}" for it in found or ()))

    def harvest_portals(self, work: Callable[[], CrawlSummary]) -> None:
        """Crawl; what it came to is derived even where it failed.

        Raises:
            KeyboardInterrupt: it was interrupted; it ended in good order.
        """

        def crawl_portals() -> None:
            crawled = work()
            self._report_that(**crawl_facts(crawled))
            self.find("crawl_failed", crawled.errors)
            failed = {portal.portal for portal in crawled.portals if is_failed(portal)}
            self._note_alarms(find_silent_portals(crawled.portals, failed))
            if crawled.state == "interrupted":
                raise KeyboardInterrupt

        # It stands on what was before; what follows does not stand on it.
        self._do("crawl", crawl_portals, self._data.warc, self._data.crawl_db, is_needed=self._is_stopped)

    def derive_corpus(self, told: Advance) -> None:
        """Bring the corpus up to the evidence, and look at what it says of the portals crawled."""
        options = DeriveOptions(workers=self._settings.workers, progress=told)

        def derive_and_look() -> tuple[DeriveReport, tuple[Alarm, ...]]:
            derived = derive(self._data, options)
            with reading(self._data.corpus_db) as corpus:
                return derived, tuple(find_broken_portals(corpus, self._report))

        done = self._do("derive", derive_and_look, self._data.corpus_db, is_needed=True)
        if done is None:
            return
        derived, alarms = done
        names = ("captures", "read", "waiting", "failed", "damage")
        self._report_that(**{name: getattr(derived, name) for name in names})
        self.find("evidence_damaged", derived.damage)
        self.find("roster_fault", map(str, derived.roster_problems))
        self._note_alarms(alarms)

    def publish_corpus(self) -> None:
        """Publish, if the gates let it through, and close the night's manifest in any case."""
        clock, data, night = self._settings.clock, self._data, self._report.night
        self._do("gates", lambda: check_gates(data), is_needed=True)
        published = self._do("publish", lambda: publish(data, clock=clock), data.public, is_needed=True)
        copy = folder = None
        if published:
            name, is_new = published.path.name, published.changed
            self._report_that(published=name, is_new=is_new, rows=published.rows)
            copy = published.path if is_new else None
            if keeps_lake(data):
                self._do("lake", lambda: write_lake(data), data.lake)
            # It sees for itself what no snapshot says yet: a killed night may have left some.
            folder = self._do("snapshot", self._write_snapshot, data.snapshots, is_needed=True)
        link = self._do(
            "manifest",
            lambda: close_night(
                data, self._settings.signing, clock=clock, night=night, published=copy, snapshot=folder
            ),
            data.manifests,
        )
        if link:
            self._report_that(root=link.root, standing=link.standing)

    def _write_snapshot(self) -> Path | None:
        written = write_snapshot(self._data, night=self._report.night)
        self._report_that(snapshots_removed=written.removed)
        if not written.changed:
            return None
        self._report_that(snapshot=written.folder.name, tables=len(written.tables or written.differences))
        return written.folder

    def verify_share(self) -> None:
        """Verify the WARC files whose turn it is."""
        data, clock, days = self._data, self._settings.clock, self._settings.verify_days
        turn = self._do("verify", lambda: verify_turn(data, clock=clock, days=days), data.verified)
        if turn:
            self._find_damage(f"{each.file}, byte {each.offset}: {each.problem}" for each in turn.findings)
            self.find("evidence_unreached", [turn.unreached] if turn.unreached else [])
            self._report_that(verified=str(turn))

    def _do_aside(self, name: str, work: Callable[[], T]) -> T | None:
        """Do a step whose failure fails no night, which did all else."""
        before = self._failure
        done = self._do(name, work)
        if done is None:
            self._failure = before
        return done

    def move_evidence(self) -> None:
        """Move what is sealed to where it is kept, if that is elsewhere; the backup has it from here."""
        url = self._settings.warc_store
        if url is not None:
            # A chain that cannot be read is a fault of the step: the night still has to tell.
            self._do_aside("move", lambda: move_sealed(self._data, url, Chain(self._data.manifests).seals()))

    def back_up(self) -> None:
        """Bring the backup up to what the night left, where one is configured; the report tells of it."""
        url = self._settings.backup
        if url is None:
            return
        sent = self._do_aside("backup", lambda: back_up(self._data, url, clock=self._settings.clock))
        if sent is None:
            return
        self._find_damage(sent.findings)
        self.find("backup_incomplete", sent.left_out)
        self._report_that(backup=str(sent))

    def _find_damage(self, details: Iterable[str]) -> None:
        found = tuple(details)
        self._report_that(damage=(*self._report.damage, *found))
        self.find("evidence_damaged", found)

    def tell(self) -> NightReport:
        """Make the report of all that was not told, keep it, and return it even where it cannot be kept."""
        data = self._data
        # From here on the night needs room of its own, be the disk full by now.
        data.reserve.unlink(missing_ok=True)
        self.find("finding", self._do("purge", lambda: purge_reports(data), data.reports) or ())
        untold = self._do("look back", lambda: find_untold(data, self._nights, self._report.run_id))
        self.find("evidence_repaired", untold.repaired if untold else ())
        report = self._sum_up(untold)
        if not self._do("report", lambda: self._keep(report, untold), data.reports):
            report = self._sum_up(untold)
            self._end(report)
        return report

    def _keep(self, report: NightReport, untold: Untold | None) -> bool:
        # First: a report that was kept and not queued would be sent to nobody.
        queue_report(self._nights.db, self._settings, report)
        keep_report(self._data, report, untold.events if untold else ())
        self._end(report)
        told = self._id, *(each.id for each in report.earlier)
        self._nights.note_told(told, read_told(self._data, report))
        if untold:
            empty_queue(self._data)
        return True

    def _end(self, report: NightReport) -> None:
        self._nights.end(self._id, state=report.state, exit_code=report.exit_code, error=report.error)

    def _sum_up(self, untold: Untold | None) -> NightReport:
        failure, nights, untold = self._failure, self._nights, untold or Untold()
        state, failed, error = "done", None, None
        if failure:
            state, error = state_after(failure), describe_failure(failure)
            failed = failure.exit_code if isinstance(failure, GongkaiError) else ExitCode.FAILED
        report = self._report.replace(
            ended_at=instant(self._settings.clock()),
            state=state,
            error=error,
            steps=tuple(nights.steps),
            earlier=nights.untold_nights(),
            overruled=nights.untold_overruled(),
            refused=next((step.error for step in nights.steps if step.state == "refused"), None),
            **untold.facts(),
        )
        report = with_titles(report, self._data)
        before = next(self._reports_before(1), None)
        # Everything that somebody has to look at, causes and what follows from them.
        found = [
            *nights.findings(self._id),
            *self._unrecorded,
            *find_failed_steps(report),
            *find_unsent(nights.db, self._settings),
            *find_lasting_budgets(report, self._reports_before(ALARMS.budget_nights - 1)),
        ]
        report = with_alarms(report, settle_alarms(found, before, report))
        return report.replace(exit_code=int(find_exit_code(report, failed)))

    def _reports_before(self, most: int) -> Iterator[NightReport]:
        """Yield the reports before this one that can be read, newest first."""
        reports, _ = load_reports(self._data, told_nights(self._nights.db, most))
        yield from reversed(reports)
