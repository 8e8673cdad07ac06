"""`gongkai readers`: what readers reported, released with an answer or dismissed; addresses erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gongkai.cli.common import print_result, verb
from gongkai.readers_db import open_readers
from pipelines.errors import BadConfiguration

if TYPE_CHECKING:
    from gongkai.operator_settings import Settings


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
    result = {
        "reports": waiting,
        "alerts": alerts,
        "erased": erased,
    }
    lines = [f"{it.id}  {it.reported_on}  /-/proof/{it.figure}  {it.said}" for it in waiting]
    if erase is not None:
        lines.append(f"{erased} alerts of {erase} ended, the address is forgotten")
    print_result(result, [*lines, f"{len(waiting)} reports wait, {alerts} alerts go out"])
