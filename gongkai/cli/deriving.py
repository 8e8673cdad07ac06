"""`gongkai import`, `merge`, `derive` and `rebuild`: files and archives to captures, these to a corpus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, DeriveReport, derive, read_shard, rebuild
from archive.importing import Provenance, import_files
from archive.merging import merge_archives
from archive.reading.dispatch import read_captures
from archive.reading.kept import ClusterReader, KeptReader
from crawler.registry.loading import load_registry
from crawler.run.list_pages import rebuild_crawl_db
from crawler.run.plan import Shard
from gongkai.cli.common import new_run_id, print_result, progress_bar, verb, writing
from gongkai.cli.inspecting import describe_verified, verify_data
from gongkai.nights.night_report import render_text
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from gongkai.nights.night_run import Advance
    from gongkai.operator_settings import Settings


_executor = click.option(
    "--executor",
    metavar="dask://HOST:PORT",
    help="Read on this Dask cluster (docs/derive.md).",
)


def _options(settings: Settings, executor: str | None, progress: Advance) -> DeriveOptions:
    readings = settings.data.readings
    kept = KeptReader(readings) if any(readings.glob("*")) else read_captures
    reader = ClusterReader(executor, readings) if executor else kept
    return DeriveOptions(workers=settings.workers, progress=progress, reader=reader)


@verb(
    "derive",
    "gongkai --data /srv/gongkai derive",
    "gongkai --data /srv/gongkai derive --shard 2/8  # in each task of an array; then derive",
)
@_executor
@click.option(
    "--shard", metavar="I/N", help="Only read this part of what is new, for the derive that follows."
)
def derive_command(settings: Settings, *, executor: str | None, shard: str | None) -> None:
    """Read the captures that are new and bring the corpus up to them.

    Ends with 4 when evidence is damaged, and with 3 when a row of the roster cannot be understood; what is
    sound is derived all the same.
    """
    if shard:
        part = Shard.parse(shard)
        with progress_bar("reading") as progress:
            count = read_shard(settings.data, part.number, part.count, _options(settings, None, progress))
        print_result({"kept": count}, [f"{count} readings kept", "Next: gongkai derive"])
        return
    with writing(settings, "derive"), progress_bar("reading") as progress:
        report = derive(settings.data, _options(settings, executor, progress))
    print_result(report, describe_derived(report))
    _end(report)


@verb("rebuild", "gongkai --data /srv/gongkai rebuild")
@_executor
def rebuild_command(settings: Settings, *, executor: str | None) -> None:
    """Make the corpus and the crawl's memory anew from the WARC files alone.

    The old ones stay until the new ones are whole. Ends with 4 when evidence is damaged, and with 3 when a
    row of the roster cannot be understood; what is sound is derived all the same.
    """
    portals = load_registry(settings.data.portals).portals
    with writing(settings, "rebuild"), progress_bar("reading") as progress:
        report = rebuild(settings.data, _options(settings, executor, progress))
        folded = rebuild_crawl_db(settings.data, portals)
    report = report.replace(damage=tuple(dict.fromkeys(report.damage + folded)))
    print_result(report, describe_derived(report))
    _end(report)


def _end(report: DeriveReport) -> None:
    if report.damage:
        sys.exit(ExitCode.DAMAGED)
    if report.roster_problems:
        sys.exit(ExitCode.CONFIGURATION)


def describe_derived(report: DeriveReport) -> list[str]:
    """Say in lines what a derive did."""
    return render_text("derived_lines.txt", report=report)


def _paths(_settings: Settings, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Path, ...]:
    """Refuse an empty path: a shell variable that is not set must not mean the whole folder one stands in."""
    if not all(values):
        raise click.BadParameter("a path is empty")
    return tuple(map(Path, values))


@verb(
    "import",
    "gongkai import reports/",
    "gongkai import crawl.wacz --obtained-by 张三 --note 'their crawl of May 2019'",
    "gongkai import saved.html --source-url http://www.example.gov.cn/2024.html --obtained-by 张三",
    creates=True,
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
    source_url: str | None,
    portal: str | None,
    obtained_by: str | None,
    note: str | None,
) -> None:
    """Write local files, or all files below folders, into the archive as evidence.

    WARC and WACZ files of others are taken as they are, each page in them under its own address and date.
    """
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
    print_result(report, lines)
    if report.refused:
        sys.exit(ExitCode.FAILED)


@verb(
    "merge",
    "gongkai --data /srv/gongkai merge /srv/shard-1 /srv/shard-2 /srv/shard-3",
    "gongkai --data /srv/gongkai merge /mnt/shards/*  # again, with what they hold since",
    creates=True,
)
@click.argument("folders", nargs=-1, required=True, metavar="DIR…", callback=_paths)
def merge_command(settings: Settings, folders: tuple[Path, ...]) -> None:
    """Join the evidence of archives to this one, and verify all of it.

    The others stay as they are. A WARC file whose name is taken by other bytes is refused; killed at any
    moment, the same command goes on. Ends with 1 when a file was refused, or could not be verified where it
    stands, and with 4 when evidence is damaged or missing.
    """
    sources = tuple(DataDir(folder) for folder in folders)
    with writing(settings, "merge"):
        report = merge_archives(
            sources, settings.data, settings.signing, clock=settings.clock, store=settings.warc_store
        )
        if report.joined:
            rebuild_crawl_db(settings.data, load_registry(settings.data.portals).portals)
    # The lock is free by now: verifying takes long, and writes nothing.
    with progress_bar("verifying") as progress:
        verified = verify_data(settings.data, progress=progress, signing=settings.signing)
    files = f"{len(report.joined)} files joined, {report.held} held already, {len(report.refused)} refused"
    lines = [f"{files}; {report.chains} chains of manifests"]
    lines += [f"refused: {name}: {reason}" for name, reason in report.refused]
    lines += [*describe_verified(verified), "Next: gongkai derive"]
    print_result(report, lines, verified=verified)
    if verified.findings:
        sys.exit(ExitCode.DAMAGED)
    if report.refused or verified.unread or verified.unreached:
        sys.exit(ExitCode.FAILED)
