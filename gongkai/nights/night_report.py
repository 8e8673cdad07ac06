"""What a night tells: one value, kept as JSON, shown as text, Markdown and HTML."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from pipelines.errors import ExitCode
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment


@cache
def _templates() -> Environment:
    """Return the templates; what they are given is put into one line, and escaped in HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  not for each verb

    environment = Environment(
        loader=PackageLoader("gongkai.nights"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        finalize=lambda value: " ".join(value.split()) if type(value) is str else value,
        keep_trailing_newline=True,
    )
    environment.filters["minute"] = lambda instant: f"{instant[:16].replace('T', ' ')} UTC"
    return environment


def render_text(template: str, **values: object) -> list[str]:
    """Return the lines that a template makes of values; blank ones are none."""
    return [
        line for line in _templates().get_template(template).render(**values).splitlines() if line.strip()
    ]


def render_lines(template: str, **values: object) -> list[tuple[str, str]]:
    """Return the lines that a template makes of values, each parted into its label and its text."""
    parted = (line.partition(": ") for line in render_text(template, **values))
    return [(label, text) for label, _, text in parted]


def describe_lines(lines: list[tuple[str, str]], margin: str = "") -> list[str]:
    """Return lines for a terminal, their labels in a column."""
    return [f"{margin}{label:<10} {text}" for label, text in lines]


NAMED_KINDS = ("withdrawn", "retracted", "returned")
"""Kinds of events whose documents a report names."""


class StepLine(FrozenStruct):
    """A step of a night.

    Attributes:
        name: crawl, derive, gates, publish, snapshot, manifest, …
        state: `done`, `failed`, `interrupted`, `refused`, or `left_out` because one before it failed.
        seconds: how long it took.
        bytes: by which what it writes to grew on the disk.
        error: what kept it from its end, in words.
    """

    name: str
    state: str
    seconds: float = 0.0
    bytes: int = 0
    error: str | None = None


class Alarm(FrozenStruct):
    """What somebody has to look at.

    Attributes:
        kind: of `alarms.yaml`.
        cause: what is the matter, cause first.
        since: the night from which on it is so; None where that is this one.
        what_to_do: what helps.
        portal: whose it is; None where it is no portal's.
    """

    kind: str
    cause: str
    since: str | None = None
    what_to_do: str | None = None
    portal: str | None = None

    def describe(self) -> str:
        """Say in a line whose it is, what, since when, and what to do."""
        whose = f"{self.portal}: " if self.portal else ""
        since = f" (since {self.since})" if self.since else ""
        return f"{whose}{self.cause}{since}" + (f". {self.what_to_do}" if self.what_to_do else "")


class EarlierNight(FrozenStruct):
    """A night of which no report told yet.

    Attributes:
        id: its id.
        state: how it ended: `killed`, `refused`, `failed`, ….
        error: why, in words.
        last_step: the step that it had begun last; None where it came to none.
        findings: what it found that somebody has to look at.
    """

    id: str
    state: str
    error: str | None
    last_step: str | None
    findings: tuple[Alarm, ...] = ()


class OtherRun(FrozenStruct):
    """A run of which no report told yet: one of a night that was killed, a crawl by hand, an import.

    Attributes:
        id: its id.
        verb: the command.
        night: its Shanghai date.
        state: how it ended.
        outcomes: its captures by portal and outcome.
        problems: registry entries that could not be read.
    """

    id: str
    verb: str
    night: str | None
    state: str
    outcomes: dict[str, dict[str, int]]
    problems: tuple[str, ...]


class NamedDocument(FrozenStruct):
    """A document that something happened to.

    Attributes:
        id: the document's.
        url: its address.
        title: as readers of the published copy may see it; None where they may not, or it has none.
    """

    id: str
    url: str
    title: str | None = None


class NightReport(FrozenStruct, kw_only=True):
    """What a night did, and everything that was not told before it.

    Attributes:
        id: of the night: its date, with a number from the second of that date on.
        night: the Shanghai date on which it started.
        started_at: when it began, in UTC.
        number: which night it is, in the order in which they began, whatever the clock said; None where a
            version that did not say it made the report.
        ended_at: when its report was made.
        state: `done`, `failed`, `interrupted` or `refused`.
        exit_code: what it means to a shell.
        error: what failed first, in words.
        since: the night that the report before this one told of.
        steps: in order.
        earlier: nights of which no report told.
        runs: runs of which no report told, without this night's own.
        run_id: of the crawl; None where there was none.
        crawl_state: how the crawl ended.
        portals: answers by portal and outcome.
        lists: how many lists were walked to their end, had nothing new, or were read in part.
        incomplete_lists: why, by address.
        put_off: rows of lists that say something new and wait, by address.
        left_alone: why, by host.
        new_links: addresses that were not known before.
        budget_spent: of which portals what is spent, so that the rest waits.
        captures: that were new to the corpus.
        read: documents read.
        waiting: documents that wait for a reader.
        failed: documents that could not be read.
        damage: evidence that could not be read.
        changes: how many events of each kind of `changes`.
        withdrawn: documents of which that is told.
        retracted: those of which it was told falsely.
        returned: those that are there again.
        repaired: sound copies of damaged files, of which no report told before.
        overruled: what gates were overruled by hand since the last report.
        refused: what the gates said; None where they let the copy through.
        published: the file that readers have now; None where nothing was published.
        is_new: whether it is another than before.
        rows: of its tables.
        snapshot: the folder; None where none was written.
        tables: how many are in it.
        snapshots_removed: nights whose snapshots went: too old, or they show what is suppressed now.
        root: of the night's manifest, which stands for all that is held.
        standing: by what that can be checked.
        verified: which share of the evidence was verified, in words.
        backup: what was sent where, in words; None where nothing was.
        troubles: what somebody has to look at, in words.
        alarms: the same by kind, the gravest first.
    """

    id: str
    night: dt.date
    started_at: str
    number: int | None = None
    ended_at: str | None = None
    state: str = "done"
    exit_code: int = 0
    error: str | None = None
    since: str | None = None
    steps: tuple[StepLine, ...] = ()
    earlier: tuple[EarlierNight, ...] = ()
    runs: tuple[OtherRun, ...] = ()
    run_id: str | None = None
    crawl_state: str | None = None
    portals: dict[str, dict[str, int]] = {}
    lists: dict[str, int] = {}
    incomplete_lists: dict[str, str] = {}
    put_off: dict[str, int] = {}
    left_alone: dict[str, str] = {}
    new_links: int = 0
    budget_spent: dict[str, str] = {}
    captures: int = 0
    read: int = 0
    waiting: int = 0
    failed: int = 0
    damage: tuple[str, ...] = ()
    changes: dict[str, int] = {}
    withdrawn: tuple[NamedDocument, ...] = ()
    retracted: tuple[NamedDocument, ...] = ()
    returned: tuple[NamedDocument, ...] = ()
    repaired: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()
    refused: str | None = None
    published: str | None = None
    is_new: bool = False
    rows: dict[str, int] = {}
    snapshot: str | None = None
    tables: int = 0
    snapshots_removed: tuple[str, ...] = ()
    root: str | None = None
    standing: str | None = None
    verified: str | None = None
    backup: str | None = None
    troubles: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()

    def to_json(self) -> bytes:
        """Write it as one JSON object."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)

    @classmethod
    def from_json(cls, text: bytes) -> NightReport:
        """Read what `to_json` wrote; what it does not know it passes over.

        Raises:
            msgspec.MsgspecError: it is no report.
        """
        return msgspec.json.decode(text, type=cls)


def with_alarms(report: NightReport, alarms: Iterable[Alarm]) -> NightReport:
    """Return a report with these alarms, and the same in words."""
    told = tuple(alarms)
    return report.replace(alarms=told, troubles=tuple(alarm.describe() for alarm in told))


def find_exit_code(report: NightReport, failed: ExitCode | None) -> ExitCode:
    """Return what a night means to a shell: an interrupt, damage, nothing published, something left.

    Args:
        report: what it did.
        failed: what the first step means that failed; None where each came to its end.
    """
    if report.state == "interrupted":
        return ExitCode.INTERRUPTED
    if any(alarm.kind in ("evidence_altered", "evidence_damaged") for alarm in report.alarms):
        return ExitCode.DAMAGED
    if report.refused:
        return ExitCode.REFUSED
    if failed and not report.published:
        return failed
    # Readers have their copy: what failed beside it is for somebody to look at.
    return ExitCode.ATTENTION if failed or report.alarms else ExitCode.DONE


# The same in words: lines with a label each, for a terminal, and for whoever reads Markdown or HTML.


def describe_night(report: NightReport) -> list[str]:
    """Say in a few lines what a tired operator needs to know."""
    return [describe_verdict(report), *describe_lines(_lines(report), "  ")]


def describe_verdict(report: NightReport) -> str:
    """Say in a line how a night went."""
    count = len(report.troubles)
    said = [report.state] if report.state in ("failed", "interrupted") else []
    said += [f"{count} thing{'' if count == 1 else 's'} to look at"] if count else []
    return f"gongkai, night of {report.id}: {'; '.join(said) or 'done'}"


def render_report(report: NightReport, form: str) -> str:
    """Write a report as a text that stands alone: Markdown (`md`), or a page (`html`)."""
    parted = groupby(_lines(report), itemgetter(0))
    sections = [(label, [line for _, line in lines]) for label, lines in parted]
    template = _templates().get_template(f"report.{form}")
    return template.render(verdict=describe_verdict(report), sections=sections)


def _lines(report: NightReport) -> list[tuple[str, str]]:
    def add_counts(counted: Iterable[dict[str, int]]) -> list[tuple[str, int]]:
        return sum(map(Counter, counted), Counter[str]()).most_common()

    return render_lines("report_lines.txt", report=report, kinds=NAMED_KINDS, add_counts=add_counts)
