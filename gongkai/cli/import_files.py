"""`gongkai import`: local files into the archive."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import click

from archive.importing import Provenance, import_files
from crawler.registry.loading import load_registry
from gongkai.cli.common import (
    data_option,
    examples,
    json_option,
    new_run_id,
    print_result,
    settings_of,
    writing,
)


def _paths(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Path, ...]:
    """Refuse an empty path: a shell variable that is not set must not mean the whole folder one stands in."""
    if not all(values):
        raise click.BadParameter("a path is empty")
    return tuple(map(Path, values))


@click.command(
    "import",
    epilog=examples(
        "gongkai import reports/",
        "gongkai import saved.html --source-url http://www.example.gov.cn/2024.html --obtained-by 张三",
    ),
)
@data_option
@json_option
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", callback=_paths)
@click.option("--source-url", help="The real address, for one file.")
@click.option("--portal", help="The portal it was saved from.")
@click.option("--obtained-by", help="Who handed it in.")
@click.option("--note", help="Anything worth keeping.")
@click.pass_context
def import_command(
    context: click.Context,
    paths: tuple[Path, ...],
    *,
    as_json: bool,
    source_url: str | None,
    portal: str | None,
    obtained_by: str | None,
    note: str | None,
) -> None:
    """Write local files, or all files below folders, into the archive as evidence."""
    settings = settings_of(context)
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
        sys.exit(1)
