"""The night: what the timer runs.

    crawl ─▶ derive ─▶ gates ─▶ publish ─▶ snapshot ─▶ manifest ─▶ report

A portal that fails is a line in the report and does not stop the others. A gate that refuses leaves readers
the copy they had; the evidence of the night is safe either way.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archive.clock import night_of
from archive.corpus.store import reading
from archive.derivation import DeriveOptions, derive
from archive.frontier.sweeps import NOTHING_NEW
from archive.manifests.checking import check_newest
from archive.manifests.closing import close_night
from archive.publish.copy import publish
from archive.snapshot.write import write_snapshot
from crawler.run.parent import crawl
from gongkai.gates import GateRefused, check_gates
from pipelines.response.lifecycle import EventKind
from pipelines.response.outcome import Outcome, is_blocked
from pipelines.response.portal_health import describe_reason

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from archive.derivation import DeriveReport
    from archive.frontier.sweeps import Sweep
    from archive.manifests.chain import Link
    from archive.publish.copy import Published
    from archive.snapshot.write import Snapshot
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary, PortalSummary
    from gongkai.operator_settings import Settings


ANSWERED = (Outcome.OK, Outcome.NOT_MODIFIED, Outcome.ROBOTS_DENIED)
"""Signs that a portal is there; its rules are an answer too."""

_CHANGES = """
SELECT h.kind, count(*) FROM changes AS h JOIN captures AS c ON c.id = h.capture_id
WHERE c.run_id = ? GROUP BY h.kind ORDER BY h.kind
"""


_NAMED = """
SELECT ifnull(d.title, ''), d.url FROM changes AS h JOIN documents AS d ON d.id = h.document_id
JOIN captures AS c ON c.id = h.capture_id
WHERE c.run_id = ? AND h.kind = ? ORDER BY d.url
"""

_BROKEN = """
SELECT id, health, health_reason, health_detail FROM portals WHERE health_reason IS NOT NULL ORDER BY id
"""
# More gone than there, of articles or of attachments: the portal, and not its documents.
_CHANGED = """
SELECT w.portal_id, p.home_url, sum(w.fell + w.away), sum(w.stood + w.fell + w.away), (
    SELECT count(*) FROM changes AS h JOIN captures AS c ON c.id = h.capture_id
    WHERE h.kind = 'moved' AND c.run_id = w.run_id AND c.portal_id = w.portal_id)
FROM _crowds AS w JOIN portals AS p ON p.id = w.portal_id
WHERE w.run_id = ? AND w.fell + w.away > 0 AND (w.stood = 0 OR w.fell > w.stood) GROUP BY w.portal_id
"""
_MOST_NAMED = 5
"""Documents that the report names, of those withdrawn and of those of which that is taken back."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a night tells while it goes on.

    Attributes:
        crawling: called with how many captures were kept, and 0 for "nobody knows of how many".
        reading: called with how many captures were read, of how many.
    """

    crawling: Callable[[int, int], None]
    reading: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class NightReport:
    """What a night did.

    Attributes:
        night: the Shanghai date on which it started.
        crawl: what the crawl did.
        derive: what deriving did.
        published: the copy that readers have now; None where a gate refused.
        snapshot: the files; None where nothing new was published.
        refused: what the gate said; None where it let the copy through.
        registry_errors: portals that could not be read.
        changes: how many documents appeared, how many changed, by the kinds of `changes`.
        withdrawn: the documents of which that was told, title and address.
        retracted: those of which it was told falsely, likewise.
        broken: portals that answer, and are not what they were, in words.
        link: its manifest, whose root stands for all that is held.
        altered: what was altered or taken away since the night before, as far as a night looks.
    """

    night: dt.date
    crawl: CrawlSummary
    derive: DeriveReport
    published: Published | None
    snapshot: Snapshot | None
    refused: GateRefused | None
    registry_errors: tuple[str, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)
    withdrawn: tuple[tuple[str, str], ...] = ()
    retracted: tuple[tuple[str, str], ...] = ()
    broken: tuple[str, ...] = ()
    link: Link | None = None
    altered: tuple[str, ...] = ()

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return what somebody has to look at, in words; nothing for a good night."""
        lines = [*self.registry_errors, *self.crawl.errors]
        lines += (f"altered evidence: {what}" for what in self.altered)
        lines += (f"damaged evidence: {damage}" for damage in self.derive.damage)
        lines += (f"roster, left out: {problem}" for problem in self.derive.roster_problems)
        for portal in self.crawl.portals:
            lines += [f"{portal.portal}: {error}" for error in portal.errors]
            if not portal.errors and is_failed(portal):
                lines.append(
                    f"{portal.portal}: nothing answered: {', '.join(sorted(portal.outcomes)) or 'silence'}"
                )
        lines += self.broken
        if self.refused:
            lines.append(f"not published: {self.refused}")
        return tuple(lines)


def run_night(
    settings: Settings,
    portals: Sequence[Portal],
    *,
    steps: Steps,
    connect_to: Mapping[str, str] | None = None,
    registry_errors: Sequence[str] = (),
) -> NightReport:
    """Do everything that a night does, in order.

    The caller holds the lock.

    Args:
        settings: the data directory, the clock, the contact.
        portals: what is crawled; at least one.
        steps: told how far it is.
        connect_to: host → `address:port`, for portals that only exist on this machine.
        registry_errors: portals that could not be read.

    Raises:
        KeyboardInterrupt: the crawl was interrupted; it ended in good order, and the night ends with it.
        GongkaiError: a step could not be done at all; what came before it is safe.
    """
    night = night_of(settings.clock())
    altered = tuple(f"{each.file}: {each.problem}" for each in check_newest(settings.data, settings.signing))
    crawled = harvest(
        settings, portals, told=steps.crawling, connect_to=connect_to, registry_errors=registry_errors
    )
    if crawled.state == "interrupted":
        raise KeyboardInterrupt
    derived = derive(settings.data, DeriveOptions(workers=settings.workers, progress=steps.reading))
    report = _look_back(
        settings,
        NightReport(night, crawled, derived, None, None, None, tuple(registry_errors), altered=altered),
    )
    try:
        check_gates(settings.data)
    except GateRefused as refused:
        link = close_night(settings.data, settings.signing, clock=settings.clock, night=night)
        return replace(report, refused=refused, link=link)
    published = publish(settings.data, clock=settings.clock)
    is_new = published.changed
    snapshot = write_snapshot(settings.data, night=night, clock=settings.clock) if is_new else None
    link = close_night(
        settings.data,
        settings.signing,
        clock=settings.clock,
        night=night,
        published=published.path if is_new else None,
        snapshot=snapshot.folder if snapshot else None,
    )
    return replace(report, published=published, snapshot=snapshot, link=link)


def _look_back(settings: Settings, report: NightReport) -> NightReport:
    """Add what the corpus says of the night: what happened to documents, and how the portals crawled are."""
    crawled = {portal.portal for portal in report.crawl.portals}
    run = (report.crawl.run_id,)
    with reading(settings.data.corpus_db) as connection:
        return replace(
            report,
            changes=dict(connection.execute(_CHANGES, run)),
            withdrawn=tuple(connection.execute(_NAMED, (*run, EventKind.WITHDRAWN))),
            retracted=tuple(connection.execute(_NAMED, (*run, EventKind.RETRACTED))),
            broken=tuple(
                f"{portal}: {health}, {describe_reason(reason, json.loads(detail or '{}'))}"
                for portal, health, reason, detail in connection.execute(_BROKEN)
                if portal in crawled
            )
            + tuple(
                f"{portal}: {gone} of {asked} documents are gone, {moved} stand at new addresses, none is "
                f"withdrawn by that. If it was redesigned: gongkai portals add {home_url} --replace"
                for portal, home_url, gone, asked, moved in connection.execute(_CHANGED, run)
            ),
        )


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


def describe_night(report: NightReport) -> list[str]:
    """Say in a few lines what a tired operator needs to know."""
    derived = report.derive
    lines = [f"gongkai, night of {report.night}: {_verdict(report)}", *_describe_crawl(report.crawl)]
    documents = f"{derived.read} read, {derived.waiting} waiting, {derived.failed} failed"
    lines.append(f"  corpus     {derived.captures} new captures; documents: {documents}")
    if report.changes:
        lines.append("  documents  " + ", ".join(f"{count} {kind}" for kind, count in report.changes.items()))
    for kind, named in (("withdrawn", report.withdrawn), ("retracted", report.retracted)):
        lines += [f"  {kind}  {title or '(no title)'} {url}" for title, url in named[:_MOST_NAMED]]
        if len(named) > _MOST_NAMED:
            lines.append(f"  {kind}  and {len(named) - _MOST_NAMED} more")
    if report.published:
        rows = report.published.rows
        state = "new copy" if report.published.changed else "unchanged"
        lines.append(f"  published  {state}: {rows['documents']} documents, {rows['sections']} passages")
        lines.append(f"  figures    {rows['facts']} cells of tables, {rows['check_failures']} failing checks")
    if report.snapshot:
        lines.append(f"  snapshot   {report.snapshot.folder.name}: {len(report.snapshot.tables)} tables")
    if report.link:
        lines.append(f"  root       {report.link.root} ({report.link.standing})")
    lines += [f"  LOOK AT    {trouble}" for trouble in report.troubles]
    return lines


def _describe_crawl(crawled: CrawlSummary) -> list[str]:
    outcomes: Counter[str] = Counter()
    for portal in crawled.portals:
        outcomes.update(portal.outcomes)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    lists = ", ".join(f"{count} {how}" for how, count in count_lists(crawled).items())
    new = sum(portal.new_links for portal in crawled.portals)
    lines = [
        f"  crawl      {_counted(len(crawled.portals), 'portal')}, {crawled.state}: {counts}",
        f"  lists      {lists}; {new} new addresses",
    ]
    for portal in crawled.portals:
        lines += [f"  left alone {host}: {reason}" for host, reason in sorted(portal.stopped.items())]
        lines += [
            f"  list       {sweep.key.list_url}: incomplete ({sweep.reason})" for sweep in incomplete(portal)
        ]
        lines += [
            f"  list       {sweep.key.list_url}: {sweep.put_off} more rows that say something new wait"
            for sweep in portal.sweeps
            if sweep.put_off
        ]
        if portal.spent:
            lines.append(f"  budget     {portal.portal}: {portal.spent}; the rest waits")
    return lines


def count_lists(crawled: CrawlSummary) -> dict[str, int]:
    """Return how many lists were walked to their end, had nothing new, or were read in part."""
    sweeps = [sweep for portal in crawled.portals for sweep in portal.sweeps]
    return {
        "complete": sum(sweep.complete for sweep in sweeps),
        NOTHING_NEW: sum(sweep.reason == NOTHING_NEW for sweep in sweeps),
        "incomplete": sum(len(incomplete(portal)) for portal in crawled.portals),
    }


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _verdict(report: NightReport) -> str:
    count = len(report.troubles)
    return "done" if not count else f"{_counted(count, 'thing')} to look at"


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
    )
