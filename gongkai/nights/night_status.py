"""How nights stand: the last one, what was last published, verified and backed up, the disk, the next one."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.backup.sending import read_last_backup
from archive.clock import instant
from archive.turns import oldest_verified
from gongkai.nights.metrics import disk_left
from gongkai.nights.night_record import read_last_night

if TYPE_CHECKING:
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


def read_night_status(data: DataDir, clock: Clock) -> NightStatus:
    """Look at how nights stand.

    Raises:
        CorpusUnreadable: `nights.db` is damaged.
    """
    served = [path for path in (data.public_db, data.live_db) if path.exists()]
    published = max((path.lstat().st_mtime for path in served), default=None)
    backup = read_last_backup(data)
    free, left = disk_left(data)
    night_id, state, exit_code, error, last_step = read_last_night(data)
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
