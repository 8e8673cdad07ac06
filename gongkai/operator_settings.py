"""What the operator has configured: option, environment, file, default, read once into a frozen object.

The file is `gongkai.yaml` in the data directory (`archive.data_folder`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import field

from archive.clock import Clock, clock_from
from archive.data_folder import DataDir, SettingsMismatch, read_operator_file, salvage_operator_file
from archive.manifests.signatures import Signing
from archive.turns import VERIFY_DAYS
from crawler.policy.politeness import NightBudget
from pipelines.structs import FrozenStruct

DEFAULT_DATA = Path("data")


class Settings(FrozenStruct):
    """Everything a verb needs to know of its surroundings.

    Attributes:
        data: the data directory.
        clock: tells the time; `GONGKAI_NOW` starts it elsewhere.
        now: the text of `GONGKAI_NOW`, for child processes; None for the machine's own time.
        contact: an address named in the User-Agent; None where none is configured.
        workers: reading processes.
        signing: what manifests are signed and stamped with.
        backup: the folder or URL to which the archive is backed up; None for none.
        warc_store: the address to which nights move sealed WARC files; None where they stay.
        verify_days: within how many days nights verify every WARC file.
        shard: which part of the work is asked for, as `I/N`; None for all of it.
        tell: addresses of apprise to which the reports of nights are sent.
        tell_when: `always`, or `attention` for those with something to look at.
        metrics_file: where each night writes its figures for Prometheus; None for nowhere.
        night: what a whole night may cost; None for what its portals may.
    """

    data: DataDir
    clock: Clock
    now: str | None
    contact: str | None
    workers: int
    signing: Signing = field(default_factory=Signing)
    backup: str | None = None
    warc_store: str | None = None
    verify_days: int = VERIFY_DAYS
    shard: str | None = None
    tell: tuple[str, ...] = ()
    tell_when: str = "always"
    metrics_file: Path | None = None
    night: NightBudget | None = None


def data_folder(data: Path | None, environ: Mapping[str, str]) -> DataDir:
    """Return the data directory that is meant: the `--data` option, else `GONGKAI_DATA`, else `data/`."""
    return DataDir((data or Path(environ.get("GONGKAI_DATA") or DEFAULT_DATA)).resolve())


def load_settings(data: Path | None, environ: Mapping[str, str], *, is_lenient: bool = False) -> Settings:
    """Read the settings from option, environment and file.

    Args:
        data: the `--data` option; None where it was not given.
        environ: the environment.
        is_lenient: whether of a file with a slip the rest is taken.

    Raises:
        SettingsMismatch: the file is no mapping of known keys, or a value is not of its type.
        BadClock: `GONGKAI_NOW` is no instant.
    """
    folder = data_folder(data, environ)
    try:
        stored = read_operator_file(folder.root)
    except SettingsMismatch:
        if not is_lenient:
            raise
        stored = salvage_operator_file(folder.root)
    now = environ.get("GONGKAI_NOW") or None
    backup = stored.get("backup")
    hours, size = stored.get("night_hours"), stored.get("night_bytes")
    key, roots, metrics = (
        folder.root / stored[name] if name in stored else None
        for name in ("signing_key", "stamp_roots", "metrics_file")
    )
    return Settings(
        data=folder,
        clock=clock_from(now),
        now=now,
        contact=environ.get("GONGKAI_CONTACT") or stored.get("contact"),
        workers=stored.get("workers") or os.cpu_count() or 1,
        signing=Signing(key, stored.get("stamp_url"), roots),
        night=NightBudget(hours, size) if hours or size else None,
        backup=backup if backup is None or "://" in backup else str((folder.root / backup).resolve()),
        warc_store=stored.get("warc_store"),
        verify_days=stored.get("verify_days", VERIFY_DAYS),
        tell=(told,) if isinstance(told := stored.get("tell", ()), str) else tuple(told),
        tell_when=stored.get("tell_when", "always"),
        metrics_file=metrics,
    )
