"""`gongkai nightly` and `gongkai report`: what the timer runs, and what its nights told."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from typing import TYPE_CHECKING

import click

from archive.clock import BadClock, clock_from
from gongkai.cli.common import print_result, verb, writing
from gongkai.cli.harvesting import SHARD, portals_of_shard
from gongkai.cli.terminal import night_progress
from gongkai.nights.kept_reports import load_reports
from gongkai.nights.night_record import NightUnwritable, open_nights
from gongkai.nights.night_report import describe_night
from gongkai.nights.night_run import look_at_clock, run_night

if TYPE_CHECKING:
    import datetime as dt

    from archive.data_folder import DataDir
    from gongkai.operator_settings import Settings
    from pipelines.errors import GongkaiError


def _note_refused(data: DataDir, error: GongkaiError) -> None:
    """Note a night that could not begin, for the next report; where nothing can be noted, stderr says it."""
    if data.root.is_dir():
        now = None if isinstance(error, BadClock) else os.environ.get("GONGKAI_NOW") or None
        with contextlib.suppress(NightUnwritable), open_nights(data, clock_from(now)) as nights:
            nights.note_refused(error)


@verb(
    "nightly",
    "gongkai --data /srv/gongkai nightly",
    "gongkai --data /srv/shard-2 nightly --shard 2/3",
    on_refusal=_note_refused,
)
@SHARD
def nightly_command(settings: Settings, *, as_json: bool, shard: str | None) -> None:
    """Crawl all enabled portals, derive, pass the gates, publish, take a snapshot, report.

    Ends with 0 when all is done, 5 when a gate refused to publish, 4 when evidence is damaged, 1 when a
    portal or a step failed, 130 when it was interrupted. The report tells all that none told before.
    """
    settings = dataclasses.replace(settings, shard=shard)
    portals, mismatches = portals_of_shard(settings, ())
    if not portals:
        return
    with writing(settings, "nightly"), night_progress() as progress:
        time = look_at_clock(settings)
        report = run_night(settings, portals, progress=progress, registry_errors=mismatches, time=time)
        print_result(report.as_object(), describe_night(report), as_json=as_json)
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
def report_command(settings: Settings, *, as_json: bool, since: dt.datetime | None) -> None:
    """Print what nights told, from their kept reports: the last one, or all since a night."""
    reports = load_reports(settings.data, since.date() if since else None)
    shown = reports if since else reports[-1:]
    lines = [line for report in shown for line in describe_night(report)] or ["no report is kept"]
    print_result({"nights": [report.as_object() for report in shown]}, lines, as_json=as_json)
