"""`gongkai crawl`, `nightly`, `report`, `tell`: what is harvested, what nights told, and to whom."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from archive.clock import BadClock
from archive.corpus.store import CorpusUnreadable
from crawler.run.plan import CrawlSummary, Shard
from gongkai.cli.common import print_result, progress_bar, progress_bars, selected_portals, verb, writing
from gongkai.nights.crawl_outcome import harvest, incomplete, is_failed
from gongkai.nights.kept_reports import kept_nights, load_report, load_reports
from gongkai.nights.night_record import NightUnwritable, open_nights, read_last_night, told_nights
from gongkai.nights.night_report import describe_night, render_text
from gongkai.nights.night_run import run_night
from gongkai.nights.telling import (
    NotTold,
    has_told,
    note_invocation,
    queue_report,
    send_reports,
    send_to_all,
    waiting_nights,
)
from gongkai.operator_settings import Settings, load_settings
from pipelines.errors import BadConfiguration, ExitCode, GongkaiError

if TYPE_CHECKING:
    import datetime as dt

    from archive.data_folder import DataDir
    from crawler.registry.portals import Portal


_SHARD = click.option("--shard", metavar="I/N", help="Crawl only this part of the portals, parted by host.")


def _portals_of_shard(
    settings: Settings, names: tuple[str, ...], shard: str | None
) -> tuple[Settings, tuple[Portal, ...], tuple[str, ...]]:
    """Return the settings of a shard, and those of `selected_portals` that are its; says so where none is."""
    portals, mismatches = selected_portals(settings, names)
    if shard:
        portals = Shard.parse(shard).of(portals)
        if not portals:
            click.echo(f"No portal falls into shard {shard}.", err=True)
    return settings.replace(shard=shard), portals, mismatches


@verb(
    "crawl",
    "gongkai crawl",
    "gongkai --data /srv/shard-2 crawl --shard 2/3",
    "gongkai --data /srv/gongkai crawl henan",
    creates=True,
)
@click.argument("names", nargs=-1, metavar="[NAME…]")
@_SHARD
def crawl_command(settings: Settings, names: tuple[str, ...], *, shard: str | None) -> None:
    """Harvest the named portals, or all that are enabled, into the archive."""
    settings, portals, mismatches = _portals_of_shard(settings, names, shard)
    if not portals:
        return
    with writing(settings, "crawl"), progress_bar("crawling") as progress:
        summary = harvest(settings, portals, told=progress, registry_errors=mismatches)
    print_result(
        _crawl_as_object(summary), render_text("crawl_lines.txt", summary=summary, incomplete=incomplete)
    )
    if summary.state == "interrupted":
        sys.exit(ExitCode.INTERRUPTED)
    if summary.state != "finished" or summary.errors or any(map(is_failed, summary.portals)):
        sys.exit(ExitCode.FAILED)


def _crawl_as_object(summary: CrawlSummary) -> dict[str, Any]:
    """Return the summary as the object that `--json` prints."""
    return {
        "run_id": summary.run_id,
        "state": summary.state,
        "resumed": summary.resumed,
        "errors": list(summary.errors),
        "portals": [
            {
                "portal": portal.portal,
                "outcomes": dict(portal.outcomes),
                "new_links": portal.new_links,
                "incomplete_lists": [sweep.key.list_url for sweep in incomplete(portal)],
                "budget_spent": portal.spent,
                "stopped": dict(portal.stopped),
                "errors": list(portal.errors),
            }
            for portal in summary.portals
        ],
    }


class NothingToTell(BadConfiguration):
    """No address is configured."""


def _note_refused(data: DataDir, error: GongkaiError) -> None:
    """Tell now of a night that could not begin, and note it for the next report, for that may be far.

    Where nothing can be noted or sent, stderr says it.
    """
    if not data.root.is_dir():
        return
    # Without the instant that was refused, which would be refused here again.
    environ = {**os.environ, "GONGKAI_NOW": ""} if isinstance(error, BadClock) else os.environ
    settings = load_settings(data.root, environ, is_lenient=True)
    is_told = True
    try:
        send_to_all(settings, "gongkai: a night could not begin", f"{data.root}: {error}")
    except NotTold as failure:
        is_told = False
        click.echo(f"gongkai: {failure}", err=True)
    with contextlib.suppress(NightUnwritable), open_nights(data, settings.clock) as nights:
        nights.note_refused(error)
        if is_told:
            # `tell --failed`, which systemd starts next, has nothing to tell then.
            note_invocation(nights.db)


@verb(
    "nightly",
    "gongkai --data /srv/gongkai nightly",
    "gongkai --data /srv/shard-2 nightly --shard 2/3",
    on_refusal=_note_refused,
)
@_SHARD
def nightly_command(settings: Settings, *, shard: str | None) -> None:
    """Crawl all enabled portals, derive, pass the gates, publish, take a snapshot, report.

    Ends with 0 when all is done, 7 when it published and there is something to look at, 5 when a gate
    refused to publish, 4 when evidence is damaged, 1 when a step failed and nothing was published, 130 when
    it was interrupted. The report tells all that none told before, and is sent to whom `tell` names.
    """
    settings, portals, mismatches = _portals_of_shard(settings, (), shard)
    if not portals:
        return
    with writing(settings, "nightly"), progress_bars() as bar:
        report = run_night(settings, portals, bar=bar, registry_errors=mismatches, is_clock_checked=True)
        print_result(report, describe_night(report))
    if report.error:
        click.echo(f"gongkai: {report.error}", err=True)
    sys.exit(report.exit_code)


@verb("report", "gongkai --data /srv/gongkai report", "gongkai report --since 2026-02-01 --json")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="All since this night, not the last only.",
)
def report_command(settings: Settings, *, since: dt.datetime | None) -> None:
    """Print what nights told, from their kept reports: the last one, or all since a night.

    Ends with 7 when a report cannot be read; the others are printed all the same.
    """
    reports, left_out = load_reports(settings.data)
    shown = [report for report in reports if report.night >= since.date()] if since else reports[-1:]
    lines = [line for report in shown for line in describe_night(report)] or ["no report is kept"]
    print_result({"nights": shown, "left_out": left_out}, [*lines, *left_out])
    if left_out:
        sys.exit(ExitCode.ATTENTION)


@verb(
    "tell",
    "gongkai --data /srv/gongkai tell",
    "gongkai tell --failed gongkai.service",
    as_json=False,
    is_lenient=True,
)
@click.option(
    "--failed", metavar="UNIT", help="Say instead that this unit failed, and how the last night stands."
)
def tell_command(settings: Settings, failed: str | None) -> None:
    """Send the reports that could not be sent to the addresses of `tell`, or the last one again.

    Ends with 1 when an address did not take it; its reports go with the next night's.
    """
    if failed:
        if not has_told(settings.data):
            said = _describe_last_night(settings.data)
            click.echo(f"{failed} failed: {said}")
            send_to_all(settings, f"gongkai: {failed} failed", said)
        return
    if not settings.tell:
        raise NothingToTell("nobody is to be told", where="gongkai.yaml", hint="Write tell: ADDRESS")
    with writing(settings, "tell"), open_nights(settings.data, settings.clock) as nights:
        if not any(waiting_nights(nights.db, address) for address in settings.tell):
            # Who types this wants to see one arrive, also where nights are silent when all went well.
            asked = settings.replace(tell_when="always")
            for night in told_nights(nights.db, 1):
                queue_report(nights.db, asked, load_report(settings.data, night))
        unsent = [alarm.describe() for alarm in send_reports(nights.db, settings)]
    if unsent:
        raise NotTold("; ".join(unsent))


def _describe_last_night(data: DataDir) -> str:
    """Say how the newest night stands, for those that are told that a unit failed."""
    try:
        night, state, _, error, step = read_last_night(data)
    except CorpusUnreadable as damage:
        return f"{data.root}: {damage}"
    how = f"killed during {step or 'its beginning'}" if state == "killed" else state or "not begun"
    how += f": {error}" if error else ""
    report = "its report was kept" if night in kept_nights(data) else "it left no report"
    return f"{data.root}: night {night or 'none'}, {how}; {report}. See journalctl and gongkai status"
