"""`gongkai install`, `doctor` and `upgrade`: a machine that runs it, and goes on after an update."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gongkai.cli.common import print_result, verb, writing
from gongkai.cli.deriving import describe_derived
from gongkai.cli.terminal import progress_bar
from gongkai.installation.doctor import examine_machine
from gongkai.installation.units import Machine, list_steps, own_command, write_files
from gongkai.serving import PORT
from gongkai.upgrading import upgrade
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    import datetime as dt

    from gongkai.operator_settings import Settings


@verb("install", "gongkai --data /srv/gongkai install", "gongkai install --dry-run", creates=True)
@click.option("--user", default="gongkai", show_default=True, help="Whose processes they are.")
@click.option("--at", type=click.DateTime(["%H:%M"]), default="22:30", show_default=True, help="In Shanghai.")
@click.option("--port", default=PORT, show_default=True, help="Where the pages are, on loopback.")
@click.option("--cron", "kind", flag_value="cron", help="A crontab, for machines without systemd.")
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
    kind: str | None,
    root: Path,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the units of the night, its timer and the pages, and say what to type next.

    Starts nothing. What somebody has edited is kept, and said.
    """
    data = settings.data.root
    machine = Machine(data, user, at.time(), port, kind or "systemd")
    written = {str(path): str(standing) for path, standing in write_files(machine, root, dry_run=dry_run)}
    steps = list_steps(machine, root)
    lines = [f"{'would be ' if dry_run else ''}{standing}: {path}" for path, standing in written.items()]
    lines += ["", "Next, as root:", *(f"    {step}" for step in steps)]
    lines += [
        "",
        f"Then write `contact: mailto:…` into {data}/gongkai.yaml, and choose what to crawl:",
        f"    sudo -u {user} {own_command()} --data {data} portals enable NAME",
        f"    sudo -u {user} {own_command()} --data {data} doctor",
    ]
    print_result({"files": written, "steps": steps}, lines, as_json=as_json)


@verb("doctor", "gongkai --data /srv/gongkai doctor", creates=True)
def doctor_command(settings: Settings, *, as_json: bool) -> None:
    """Look for everything that gongkai needs on this machine, and say what to install.

    Asks nothing over the network. Ends with 1 when something is missing without which it does not run.
    """
    findings = tuple(examine_machine(settings))
    lines = []
    for it in findings:
        mark = "ok" if it.found else "MISSING" if it.required else "without"
        lines.append(f"{mark:<8} {it.name}: {it.detail}")
        if not it.found:
            lines.append(f"{'':<8} so that {it.lets}: {it.install}")
    lines.append("Not looked at: names, and the network")
    print_result({"findings": [dataclasses.asdict(it) for it in findings]}, lines, as_json=as_json)
    if any(it.required and not it.found for it in findings):
        sys.exit(ExitCode.FAILED)


@verb("upgrade", "gongkai --data /srv/gongkai upgrade")
@click.option("--force", is_flag=True, help="Publish although gates refuse.")
def upgrade_command(settings: Settings, *, as_json: bool, force: bool) -> None:
    """Make anew, from the evidence, what another version of gongkai made; readers keep their copy meanwhile.

    Run again, it does nothing. Ends with 5 when a gate refuses the new copy, and with 4 when evidence is
    damaged; what is sound is upgraded all the same.
    """
    with writing(settings, "upgrade"), progress_bar("reading") as progress:
        upgraded = upgrade(settings, progress, force=force)
    lines = list(upgraded.before) or ["nothing is of another version"]
    if upgraded.derived:
        lines += describe_derived(upgraded.derived)
        lines.append(f"published: {upgraded.published}, after {upgraded.seconds:.1f} s")
    print_result(dataclasses.asdict(upgraded), lines, as_json=as_json)
    if upgraded.damage:
        sys.exit(ExitCode.DAMAGED)
