"""What an operator does beside the nights: `install`, `doctor`, `upgrade`, `backup`, `restore`, `readers`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.backup.transfer import back_up, restore
from archive.data_folder import hold
from archive.derivation import DeriveOptions, derive
from archive.layouts import find_other_layouts
from crawler.registry.loading import load_registry
from crawler.run.list_pages import rebuild_crawl_db
from gongkai.cli.common import print_result, progress_bar, registry_of, verb, writing
from gongkai.cli.deriving import describe_derived
from gongkai.cli.publishing import describe_published, pass_gates, publish_corpus
from gongkai.installation.machine import describe_machine, examine_machine, list_steps, write_files
from gongkai.nights.night_record import open_nights
from gongkai.operator_settings import Settings, load_settings
from gongkai.readers_db import open_readers
from gongkai.serving import PORT
from pipelines.errors import BadConfiguration, ExitCode

if TYPE_CHECKING:
    import datetime as dt

    from archive.backup.target import BackupReport


@verb("install", "gongkai --data /srv/gongkai install", "gongkai install --dry-run", creates=True)
@click.option("--user", default="gongkai", show_default=True, help="Whose processes they are.")
@click.option("--at", type=click.DateTime(["%H:%M"]), default="22:30", show_default=True, help="In Shanghai.")
@click.option("--port", default=PORT, show_default=True, help="Where the pages are, on loopback.")
@click.option(
    "--cron", "kind", flag_value="cron", default="systemd", help="A crontab, for machines without systemd."
)
@click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False), default="/", help="Write below this folder."
)
@click.option("--dry-run", is_flag=True, help="Write nothing, and say what would be written.")
def install_command(
    settings: Settings,
    *,
    user: str,
    at: dt.datetime,
    port: int,
    kind: str,
    root: Path,
    dry_run: bool,
) -> None:
    """Write the units of the night, its timer and the pages, and say what to type next.

    Starts nothing. What somebody has edited is kept, and said.
    """
    machine = describe_machine(settings.data.root, user=user, at=at.time(), port=port)
    written = write_files(kind, machine, root, is_dry=dry_run)
    steps = list_steps(kind, machine, root)
    command = "    runuser -u {user} -- {command} --data {data} ".format_map(machine)
    lines = [
        *(f"{'would be ' if dry_run else ''}{standing}: {path}" for path, standing in written.items()),
        "",
        "Next, as root:",
        *(f"    {step}" for step in steps),
        "",
        f"Then write `contact: mailto:…` into {machine['data']}/gongkai.yaml, and choose what to crawl:",
        f"{command}portals enable NAME",
        f"{command}doctor",
    ]
    print_result({"files": written, "steps": steps}, lines)


@verb("doctor", "gongkai --data /srv/gongkai doctor", creates=True, is_lenient=True)
def doctor_command(settings: Settings) -> None:
    """Look for everything that gongkai needs on this machine, and say what to install.

    Asks nothing over the network. Ends with 1 when something is missing without which it does not run.
    """
    findings = tuple(examine_machine(settings))
    lines = []
    for it in findings:
        mark = "ok" if it.found else "MISSING" if it.needs.required else "without"
        lines.append(f"{mark:<8} {it.needs.name}: {it.detail}")
        if not it.found:
            lines.append(f"{'':<8} so that {it.needs.lets}: {it.install}")
    lines.append("Not looked at: names, and the network")
    print_result({"findings": findings}, lines)
    if any(it.needs.required and not it.found for it in findings):
        sys.exit(ExitCode.FAILED)


@verb("upgrade", "gongkai --data /srv/gongkai upgrade")
@click.option("--force", is_flag=True, help="Publish although gates refuse.")
def upgrade_command(settings: Settings, *, force: bool) -> None:
    """Make anew, from the evidence, what another version of gongkai made; readers keep their copy meanwhile.

    Run again, it does nothing. Ends with 5 when a gate refuses the new copy, and with 4 when evidence is
    damaged; what is sound is upgraded all the same.
    """
    data, derived, published = settings.data, None, None
    overruled: tuple[str, ...] = ()
    with writing(settings, "upgrade"), progress_bar("reading") as progress:
        before = find_other_layouts(data)
        damage = rebuild_crawl_db(data, registry_of(settings).portals) if data.crawl_db in before else ()
        if data.corpus_db.exists():
            derived = derive(data, DeriveOptions(workers=settings.workers, progress=progress))
            damage = tuple(dict.fromkeys(damage + derived.damage))
            derived = derived.replace(damage=damage)
            overruled = pass_gates(settings, is_forced=force)
            published, _ = publish_corpus(settings)
    result = {
        "before": list(before.values()),
        "derived": derived,
        "published": published and published.path.name,
        "damage": damage,
    }
    lines = list(before.values()) or ["nothing is of another version"]
    lines += describe_derived(derived) if derived else damage
    lines += [f"overruled: {each}" for each in overruled]
    lines += describe_published(published) if published else []
    print_result(result, lines)
    if damage:
        sys.exit(ExitCode.DAMAGED)


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
    data = settings.data
    data.make()
    with hold(data.lock, verb="restore", clock=settings.clock):
        report = restore(data, source, clock=settings.clock)
    # gongkai.yaml may have come back with the rest.
    settings = load_settings(data.root, os.environ)
    portals = load_registry(data.portals).portals
    with writing(settings, "restore"), progress_bar("reading") as progress:
        derived = derive(data, DeriveOptions(workers=settings.workers, progress=progress))
        if not data.crawl_db.exists():
            rebuild_crawl_db(data, portals)
        # The night that made the backup was still running then.
        with open_nights(data, settings.clock) as nights:
            nights.note_killed()
    lines = [*describe_backup(report), *describe_derived(derived), "Next: gongkai publish"]
    print_result(report, lines, derived=derived)
    if report.findings or derived.damage:
        sys.exit(ExitCode.DAMAGED)


@verb(
    "readers",
    "gongkai --data /srv/gongkai readers",
    "gongkai readers --release 3 --answer '第 3 页印的是 178，已改正。'",
    "gongkai readers --dismiss 4",
    "gongkai readers --erase reader@example.org",
)
@click.option("--release", type=int, metavar="N", help="Show report N with its answer.")
@click.option("--answer", metavar="TEXT", help="The answer that is shown beside it.")
@click.option("--dismiss", type=int, metavar="N", help="Remove report N.")
@click.option("--erase", metavar="ADDRESS", help="End all alerts of an address, and forget it.")
def readers_command(
    settings: Settings,
    *,
    release: int | None,
    answer: str | None,
    dismiss: int | None,
    erase: str | None,
) -> None:
    """List the figures that readers report, with what they say, and how many alerts go out.

    A report is shown to nobody until it is released with an answer; what stands in the pages is mended by
    mending how they are read, never here. `readers.db` holds all of it, and goes into the backup.
    """
    if (release is None) != (answer is None):
        raise BadConfiguration("a report is released with an answer", hint="--release N --answer TEXT")
    erased = 0
    with open_readers(settings.data, settings.clock) as readers:
        if release is not None and answer is not None:
            readers.release_report(release, answer)
        if dismiss is not None:
            readers.dismiss_report(dismiss)
        if erase is not None:
            erased = readers.erase_address(erase)
        waiting, alerts = readers.waiting_reports(), len(readers.confirmed_alerts())
    lines = [f"{it.id}  {it.reported_on}  /-/proof/{it.figure}  {it.said}" for it in waiting]
    if erase is not None:
        lines.append(f"{erased} alerts of {erase} ended, the address is forgotten")
    lines.append(f"{len(waiting)} reports wait, {alerts} alerts go out")
    print_result({"reports": waiting, "alerts": alerts, "erased": erased}, lines)
