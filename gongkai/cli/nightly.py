"""`gongkai nightly`: what the timer runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gongkai.cli.common import print_result, selected_portals, verb, writing
from gongkai.cli.terminal import night_progress
from gongkai.nightly import NightReport, count_lists, describe, incomplete, run_night
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from gongkai.settings import Settings


@verb("nightly", "gongkai --data /srv/gongkai nightly")
def nightly_command(settings: Settings, *, as_json: bool) -> None:
    """Crawl all enabled portals, derive, pass the gates, publish, take a snapshot, report.

    Ends with 0 when all is done, 5 when a gate refused to publish, 4 when evidence is damaged, 1 when a
    portal or a step failed, 130 when it was interrupted.
    """
    portals, mismatches = selected_portals(settings, ())
    with writing(settings, "nightly"), night_progress() as steps:
        report = run_night(settings, portals, steps=steps, registry_errors=mismatches)
    print_result(as_object(report), describe(report), as_json=as_json)
    if report.refused:
        sys.exit(ExitCode.REFUSED)
    if report.derive.damage:
        sys.exit(ExitCode.DAMAGED)
    if report.troubles or report.crawl.state != "finished":
        sys.exit(ExitCode.FAILED)


def as_object(report: NightReport) -> dict[str, Any]:
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
        "published": report.published.path.name if report.published else None,
        "snapshot": report.snapshot.folder.name if report.snapshot else None,
        "troubles": list(report.troubles),
    }
