"""`gongkai crawl` and `gongkai nightly`: harvest now, and what the timer runs."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import click

from crawler.run.plan import Shard
from gongkai.cli.common import print_result, selected_portals, verb, writing
from gongkai.cli.terminal import night_progress, progress_bar
from gongkai.nightly import (
    NightReport,
    count_lists,
    describe_night,
    harvest,
    incomplete,
    is_failed,
    run_night,
)
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary
    from gongkai.operator_settings import Settings


_SHARD = click.option("--shard", metavar="I/N", help="Crawl only this part of the portals, parted by host.")


def _portals_of_shard(
    settings: Settings, names: tuple[str, ...]
) -> tuple[tuple[Portal, ...], tuple[str, ...]]:
    """Return those of `selected_portals` that are the shard's; says so where none is."""
    portals, mismatches = selected_portals(settings, names)
    if settings.shard:
        portals = Shard.parse(settings.shard).of(portals)
        if not portals:
            click.echo(f"No portal falls into shard {settings.shard}.", err=True)
    return portals, mismatches


@verb(
    "crawl",
    "gongkai crawl",
    "gongkai --data /srv/shard-2 crawl --shard 2/3",
    "gongkai --data /srv/gongkai crawl henan",
    creates=True,
)
@click.argument("names", nargs=-1, metavar="[NAME…]")
@_SHARD
def crawl_command(settings: Settings, names: tuple[str, ...], *, as_json: bool, shard: str | None) -> None:
    """Harvest the named portals, or all that are enabled, into the archive."""
    settings = dataclasses.replace(settings, shard=shard)
    portals, mismatches = _portals_of_shard(settings, names)
    if not portals:
        return
    with writing(settings, "crawl"), progress_bar("crawling") as progress:
        summary = harvest(settings, portals, told=progress, registry_errors=mismatches)
    print_result(crawl_as_object(summary), describe_crawl(summary), as_json=as_json)
    if summary.state == "interrupted":
        sys.exit(ExitCode.INTERRUPTED)
    if summary.state != "finished" or summary.errors or any(map(is_failed, summary.portals)):
        sys.exit(ExitCode.FAILED)


def crawl_as_object(summary: CrawlSummary) -> dict[str, Any]:
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


def describe_crawl(summary: CrawlSummary) -> list[str]:
    """Say in lines what a crawl did."""
    lines = [f"run {summary.run_id}: {summary.state}{' (resumed)' if summary.resumed else ''}"]
    for portal in summary.portals:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(portal.outcomes.items()))
        lines.append(f"{portal.portal}: {counts or 'nothing'}; {portal.new_links} new links")
        lines += [
            f"{portal.portal}: left {host} alone: {why}" for host, why in sorted(portal.stopped.items())
        ]
        lines += [
            f"{portal.portal}: {sweep.key.list_url}: incomplete ({sweep.reason})"
            for sweep in incomplete(portal)
        ]
        lines += [f"{portal.portal}: {portal.spent}; the rest waits"] if portal.spent else []
        lines += [f"{portal.portal}: {error}" for error in portal.errors]
    return [*lines, *summary.errors, "Next: gongkai derive"]


@verb(
    "nightly",
    "gongkai --data /srv/gongkai nightly",
    "gongkai --data /srv/shard-2 nightly --shard 2/3",
    creates=True,
)
@_SHARD
def nightly_command(settings: Settings, *, as_json: bool, shard: str | None) -> None:
    """Crawl all enabled portals, derive, pass the gates, publish, take a snapshot, report.

    Ends with 0 when all is done, 5 when a gate refused to publish, 4 when evidence is damaged, 1 when a
    portal or a step failed, 130 when it was interrupted.
    """
    settings = dataclasses.replace(settings, shard=shard)
    portals, mismatches = _portals_of_shard(settings, ())
    if not portals:
        return
    with writing(settings, "nightly"), night_progress() as steps:
        report = run_night(settings, portals, steps=steps, registry_errors=mismatches)
    print_result(night_as_object(report), describe_night(report), as_json=as_json)
    if report.refused:
        sys.exit(ExitCode.REFUSED)
    if report.derive.damage:
        sys.exit(ExitCode.DAMAGED)
    if report.troubles or report.crawl.state != "finished":
        sys.exit(ExitCode.FAILED)


def night_as_object(report: NightReport) -> dict[str, Any]:
    """Return the report as the object that `--json` prints."""
    portals = report.crawl.portals
    return {
        "night": report.night.isoformat(),
        "run_id": report.crawl.run_id,
        "state": report.crawl.state,
        "portals": {portal.portal: dict(portal.outcomes) for portal in portals},
        "lists": count_lists(report.crawl),
        "incomplete_lists": {
            sweep.key.list_url: sweep.reason for portal in portals for sweep in incomplete(portal)
        },
        "new_links": sum(portal.new_links for portal in portals),
        "budget_spent": {portal.portal: portal.spent for portal in portals if portal.spent},
        "captures": report.derive.captures,
        "read": report.derive.read,
        "waiting": report.derive.waiting,
        "failed": report.derive.failed,
        "changes": dict(report.changes),
        "withdrawn": [{"title": title, "url": url} for title, url in report.withdrawn],
        "retracted": [{"title": title, "url": url} for title, url in report.retracted],
        "published": report.published.path.name if report.published else None,
        "snapshot": report.snapshot.folder.name if report.snapshot else None,
        "root": report.link.root if report.link else None,
        "troubles": list(report.troubles),
    }
