"""`gongkai derive` and `gongkai rebuild`: captures to corpus."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from archive.derivation import DeriveOptions, derive, rebuild
from crawler.registry.loading import load_registry
from crawler.run.list_pages import rebuild_crawl_db
from gongkai.cli.common import print_result, verb, writing
from gongkai.cli.terminal import progress_bar
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from archive.derivation import DeriveReport
    from gongkai.settings import Settings


@verb("derive", "gongkai --data /srv/gongkai derive")
def derive_command(settings: Settings, *, as_json: bool) -> None:
    """Read the captures that are new and bring the corpus up to them.

    Ends with 4 when evidence is damaged, and with 3 when a row of the roster cannot be understood; what is
    sound is derived all the same.
    """
    with writing(settings, "derive"), progress_bar("reading") as progress:
        report = derive(settings.data, DeriveOptions(workers=settings.workers, progress=progress))
    print_result(dataclasses.asdict(report), describe(report), as_json=as_json)
    _end(report)


@verb("rebuild", "gongkai --data /srv/gongkai rebuild")
def rebuild_command(settings: Settings, *, as_json: bool) -> None:
    """Make the corpus and the crawl's memory anew from the WARC files alone.

    The old ones stay until the new ones are whole. Ends with 4 when evidence is damaged, and with 3 when a
    row of the roster cannot be understood; what is sound is derived all the same.
    """
    portals = load_registry(settings.data.portals).portals
    with writing(settings, "rebuild"), progress_bar("reading") as progress:
        report = rebuild(settings.data, DeriveOptions(workers=settings.workers, progress=progress))
        folded = rebuild_crawl_db(settings.data, portals)
    report = dataclasses.replace(report, damage=tuple(dict.fromkeys(report.damage + folded)))
    print_result(dataclasses.asdict(report), describe(report), as_json=as_json)
    _end(report)


def _end(report: DeriveReport) -> None:
    if report.damage:
        sys.exit(ExitCode.DAMAGED)
    if report.roster_problems:
        sys.exit(ExitCode.CONFIGURATION)


def describe(report: DeriveReport) -> list[str]:
    """Say in lines what a derive did."""
    lines = [f"{report.captures} new captures, {report.read} documents read, {report.linked} linked"]
    if report.rebuilt:
        lines.append("made anew from the evidence")
    if report.waiting or report.failed:
        unread = f"{report.waiting} wait for a reader, {report.failed} could not be read"
        lines.append(f"{unread}: see documents.read_reason")
    lines += [f"roster, left out: {problem}" for problem in report.roster_problems]
    return [*lines, *(f"damaged evidence: {damage}" for damage in report.damage)]
