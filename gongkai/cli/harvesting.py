"""`gongkai crawl`: harvest now."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import click

from crawler.run.plan import Shard
from gongkai.cli.common import print_result, progress_bar, selected_portals, verb, writing
from gongkai.nights.crawl_outcome import harvest, incomplete, is_failed
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from crawler.registry.portals import Portal
    from crawler.run.plan import CrawlSummary
    from gongkai.operator_settings import Settings


SHARD = click.option("--shard", metavar="I/N", help="Crawl only this part of the portals, parted by host.")


def portals_of_shard(
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
@SHARD
def crawl_command(settings: Settings, names: tuple[str, ...], *, as_json: bool, shard: str | None) -> None:
    """Harvest the named portals, or all that are enabled, into the archive."""
    settings = dataclasses.replace(settings, shard=shard)
    portals, mismatches = portals_of_shard(settings, names)
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
