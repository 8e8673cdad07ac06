"""`gongkai backup` and `restore`: what cannot be made again, elsewhere and back."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from archive.backup.restoring import restore
from archive.backup.sending import back_up
from archive.data_folder import hold
from archive.derivation import DeriveOptions, derive
from crawler.registry.loading import load_registry
from crawler.run.list_pages import rebuild_crawl_db
from gongkai.cli.common import print_result, progress_bar, verb, writing
from gongkai.cli.deriving import describe_derived
from gongkai.nights.night_record import open_nights
from gongkai.operator_settings import load_settings
from pipelines.errors import BadConfiguration, ExitCode

if TYPE_CHECKING:
    from archive.backup.sending import BackupReport
    from gongkai.operator_settings import Settings


def describe_backup(report: BackupReport) -> list[str]:
    """Say in lines what a backup or a restore did."""
    lines = [str(report)]
    lines += [f"not in the backup: {what}" for what in report.left_out]
    return [*lines, *(f"look at: {finding}" for finding in report.findings)]


@verb(
    "backup",
    "gongkai --data /srv/gongkai backup /mnt/disk/gongkai",
    "gongkai --data /srv/gongkai backup  # to what gongkai.yaml names",
    "gongkai --data /srv/gongkai backup s3://bucket/gongkai --reread",
)
@click.argument("target", required=False, metavar="[FOLDER|URL]")
@click.option(
    "--reread", is_flag=True, help="Also read all that stands there again; send anew what is damaged."
)
def backup_command(settings: Settings, *, target: str | None, reread: bool) -> None:
    """Send what cannot be made again to a folder, or to any address that fsspec knows.

    Only what is new goes over, and is read back. Nothing is deleted there; killed at any moment, the same
    command goes on. Ends with 4 when evidence is damaged or missing, and with 7 when the target fails.
    """
    url = target or settings.backup
    if url is None:
        raise BadConfiguration(
            "no target was named", hint="gongkai backup FOLDER, or the key `backup` in gongkai.yaml"
        )
    report = back_up(settings.data, url, clock=settings.clock, reread=reread)
    print_result(report, describe_backup(report))
    if report.findings:
        sys.exit(ExitCode.DAMAGED)


@verb("restore", "gongkai --data /srv/gongkai restore s3://bucket/gongkai", creates=True)
@click.argument("source", metavar="FOLDER|URL")
def restore_command(settings: Settings, *, source: str) -> None:
    """Bring a backup back into a bare data directory, and make from it what is derived.

    Every byte is checked. Killed at any moment, the same command goes on; given again later, it brings back
    what lacks, and leaves and names what changed since. Ends with 4 when it names something, or when
    something in the backup is damaged; what is sound is restored all the same.
    """
    settings.data.make()
    with hold(settings.data.lock, verb="restore", clock=settings.clock):
        report = restore(settings.data, source, clock=settings.clock)
    # gongkai.yaml may have come back with the rest.
    settings = load_settings(settings.data.root, os.environ)
    portals = load_registry(settings.data.portals).portals
    with writing(settings, "restore"), progress_bar("reading") as progress:
        derived = derive(settings.data, DeriveOptions(workers=settings.workers, progress=progress))
        if not settings.data.crawl_db.exists():
            rebuild_crawl_db(settings.data, portals)
        # The night that made the backup was still running then.
        with open_nights(settings.data, settings.clock) as nights:
            nights.note_killed()
    lines = [*describe_backup(report), *describe_derived(derived), "Next: gongkai publish"]
    print_result(report, lines, derived=derived)
    if report.findings or derived.damage:
        sys.exit(ExitCode.DAMAGED)
