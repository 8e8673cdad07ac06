"""`gongkai install`, `doctor` and `upgrade`: a machine that runs it, and goes on."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.derivation import DeriveOptions, derive
from archive.layouts import find_other_layouts
from crawler.run.list_pages import rebuild_crawl_db
from gongkai.cli.common import print_result, progress_bar, registry_of, verb, writing
from gongkai.cli.deriving import describe_derived
from gongkai.cli.publishing import describe_published, pass_gates, publish_corpus
from gongkai.installation.machine import describe_machine, examine_machine, list_steps, write_files
from gongkai.serving import PORT
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    import datetime as dt

    from gongkai.operator_settings import Settings


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
            derived = dataclasses.replace(derived, damage=damage)
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
