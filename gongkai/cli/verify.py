"""`gongkai verify`: every byte of the evidence and every pointer into it, read again."""

from __future__ import annotations

import dataclasses
import sys

import click

from gongkai.cli.common import (
    DAMAGED,
    data_option,
    examples,
    json_option,
    print_result,
    settings_of,
)
from gongkai.cli.progress import progress_bar
from gongkai.verifying import verify_data


@click.command("verify", epilog=examples("gongkai --data /srv/gongkai verify"))
@data_option
@json_option
@click.pass_context
def verify_command(context: click.Context, *, as_json: bool) -> None:
    """Read every byte of the evidence and every pointer into it again; say what is wrong and where.

    Ends with 4 when evidence is damaged.
    """
    settings = settings_of(context)
    with progress_bar("verifying") as progress:
        report = verify_data(settings.data, progress=progress)
    lines = [f"{found.file}, byte {found.offset}: {found.problem}" for found in report.findings]
    lines.append(
        f"{report.files} files, {report.records} records, {report.pointers} pointers: "
        + (f"{len(report.findings)} findings" if report.findings else "all sound")
    )
    if report.unread:
        lines.append(f"no pointer was verified: {report.unread}")
    print_result(dataclasses.asdict(report), lines, as_json=as_json)
    if report.findings:
        sys.exit(DAMAGED)
    if report.unread:
        sys.exit(1)
