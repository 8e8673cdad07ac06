"""`gongkai verify`: every byte of the evidence and every pointer into it, read again."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from gongkai.cli.common import print_result, verb
from gongkai.cli.terminal import progress_bar
from gongkai.verifying import verify_data
from pipelines.errors import ExitCode

if TYPE_CHECKING:
    from gongkai.settings import Settings


@verb("verify", "gongkai --data /srv/gongkai verify")
def verify_command(settings: Settings, *, as_json: bool) -> None:
    """Read every byte of the evidence and every pointer into it again; say what is wrong and where.

    Ends with 4 when evidence is damaged.
    """
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
        sys.exit(ExitCode.DAMAGED)
    if report.unread:
        sys.exit(ExitCode.FAILED)
