"""`gongkai import`: local files into the archive."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.importing import Provenance, import_files
from crawler.registry.loading import load_registry
from gongkai.cli.common import new_run_id, print_result, verb, writing
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from gongkai.settings import Settings


def _paths(_settings: Settings, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Path, ...]:
    """Refuse an empty path: a shell variable that is not set must not mean the whole folder one stands in."""
    if not all(values):
        raise click.BadParameter("a path is empty")
    return tuple(map(Path, values))


@verb(
    "import",
    "gongkai import reports/",
    "gongkai import saved.html --source-url http://www.example.gov.cn/2024.html --obtained-by 张三",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", callback=_paths)
@click.option("--source-url", help="The real address, for one file.")
@click.option("--portal", help="The portal it was saved from.")
@click.option("--obtained-by", help="Who handed it in.")
@click.option("--note", help="Anything worth keeping.")
def import_command(
    settings: Settings,
    paths: tuple[Path, ...],
    *,
    as_json: bool,
    source_url: str | None,
    portal: str | None,
    obtained_by: str | None,
    note: str | None,
) -> None:
    """Write local files, or all files below folders, into the archive as evidence."""
    entry = load_registry(settings.data.portals).get(portal).entry() if portal else None
    provenance = Provenance(entry, source_url, obtained_by, note)
    run_id = new_run_id(settings.clock)
    with writing(settings, "import"):
        report = import_files(
            paths, data=settings.data, clock=settings.clock, run_id=run_id, provenance=provenance
        )
    lines = [
        f"{len(report.imported)} imported, {len(report.held)} held already, {len(report.refused)} refused"
    ]
    lines += [f"refused: {name}: {reason}" for name, reason in report.refused]
    lines += [f"damaged evidence: {damage}" for damage in report.damage]
    lines.append("Next: gongkai derive")
    print_result(dataclasses.asdict(report), lines, as_json=as_json)
    if report.refused:
        sys.exit(ExitCode.FAILED)
