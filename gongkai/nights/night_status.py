"""How nights stand: the last one, what was last published, verified and backed up, the disk, the next one."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.backup.sending import read_last_backup
from archive.clock import instant
from archive.turns import oldest_verified
from gongkai.nights.metrics import disk_left
from gongkai.nights.night_record import open_nights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.clock import Clock
    from archive.data_folder import DataDir

TIMER = "gongkai.timer"


@dataclass(frozen=True, slots=True)
class NightStatus:
    """How nights stand; each instant in UTC, None where there is none.

    Attributes:
        last_night: its id; None before the first.
        state: how it ended, or `running`.
        exit_code: what it meant to a shell.
        error: what failed first, in words.
        last_step: the step that it had begun last.
        last_published_at: when readers got what they see.
        last_verified_at: before which no WARC file was last found sound.
        last_backup_at: when the last backup was made.
        disk_free_bytes: how many are free.
        disk_nights: for how many nights that is at the rate of the last ones; None where nothing grew.
        next_run_at: when the timer runs next; None where systemd does not say.
    """

    last_night: str | None
    state: str | None
    exit_code: int | None
    error: str | None
    last_step: str | None
    last_published_at: str | None
    last_verified_at: str | None
    last_backup_at: str | None
    disk_free_bytes: int
    disk_nights: int | None
    next_run_at: str | None


_LAST = """
SELECT id, state, exit_code, error, (
    SELECT name FROM steps WHERE night_id = nights.id ORDER BY position DESC LIMIT 1)
FROM nights ORDER BY number DESC LIMIT 1
"""


def read_night_status(data: DataDir, clock: Clock) -> NightStatus:
    """Look at how nights stand.

    Raises:
        NightUnwritable: `nights.db` cannot be read.
    """
    last: Sequence[Any] | None = None
    if data.nights_db.exists():
        with open_nights(data, clock) as nights:
            last = nights.db.row(_LAST)
    served = [path for path in (data.public_db, data.live_db) if path.exists()]
    published = max((path.lstat().st_mtime for path in served), default=None)
    backup = read_last_backup(data)
    free, left = disk_left(data)
    night_id, state, exit_code, error, last_step = last or (None,) * 5
    return NightStatus(
        last_night=night_id,
        state=state,
        exit_code=exit_code,
        error=error,
        last_step=last_step,
        last_published_at=instant(dt.datetime.fromtimestamp(published, dt.UTC)) if published else None,
        last_verified_at=oldest_verified(data, clock()),
        last_backup_at=backup.made_at if backup else None,
        disk_free_bytes=free,
        disk_nights=left,
        next_run_at=_next_run(),
    )


def _next_run() -> str | None:
    """Return when the timer runs next, as systemd says; None where it is not there or says nothing."""
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return None
    asked = [systemctl, "show", TIMER, "--property=NextElapseUSecRealtime", "--value", "--timestamp=unix"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False).stdout.strip()  # noqa: S603  no word of it is a user's
    seconds = said.removeprefix("@")
    return instant(dt.datetime.fromtimestamp(int(seconds), dt.UTC)) if seconds.isdecimal() else None


def describe_night_status(status: NightStatus, in_trouble: Sequence[str]) -> list[str]:
    """Say it in lines for people, with the portals that are in trouble."""
    night = "none yet: run gongkai nightly"
    if status.last_night:
        error = f": {status.error}" if status.error else ""
        during = f" during {status.last_step}" if status.state in ("running", "killed") else ""
        night = f"{status.last_night}: {status.state}{during}{error}"
    left = f", for {status.disk_nights} nights at this rate" if status.disk_nights is not None else ""
    return [
        f"night      {night}",
        f"readers    see what was published at {status.last_published_at or 'no time: nothing was'}",
        f"verified   {'all since ' + status.last_verified_at if status.last_verified_at else 'not yet all'}",
        f"backup     {status.last_backup_at or 'none'}",
        f"disk       {status.disk_free_bytes / 1e9:.1f} GB left{left}",
        f"next       {status.next_run_at or 'unknown: no timer of systemd says'}",
        f"in trouble {', '.join(in_trouble) or 'no portal'}",
    ]
