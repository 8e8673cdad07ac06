"""What the operator has configured: option, environment, file, default, read once into a frozen object.

The file is `gongkai.yaml` in the data directory; it need not exist.

    contact: mailto:archive@example.org     # named in the User-Agent; no public host is crawled without one
    workers: 2                              # reading processes
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from archive.clock import clock_from
from archive.data_folder import DataDir
from pipelines.errors import BadConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.clock import Clock

DEFAULT_DATA = Path("data")


class SettingsMismatch(BadConfiguration):
    """The configuration file says what gongkai does not understand."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a verb needs to know of its surroundings.

    Attributes:
        data: the data directory.
        clock: tells the time; `GONGKAI_NOW` starts it elsewhere.
        now: the text of `GONGKAI_NOW`, for child processes; None for the machine's own time.
        contact: an address named in the User-Agent; None where none is configured.
        workers: reading processes.
    """

    data: DataDir
    clock: Clock
    now: str | None
    contact: str | None
    workers: int


_FILE_KEYS: dict[str, type] = {"contact": str, "workers": int}


def load_settings(data: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings from option, environment and file.

    Args:
        data: the `--data` option; None where it was not given.
        environ: the environment.

    Raises:
        SettingsMismatch: the file is no mapping of known keys, or a value is not of its type.
        BadClock: `GONGKAI_NOW` is no instant.
    """
    folder = DataDir((data or Path(environ.get("GONGKAI_DATA") or DEFAULT_DATA)).resolve())
    stored = _read_file(folder.root / "gongkai.yaml")
    now = environ.get("GONGKAI_NOW") or None
    return Settings(
        data=folder,
        clock=clock_from(now),
        now=now,
        contact=environ.get("GONGKAI_CONTACT") or stored.get("contact"),
        workers=stored.get("workers") or os.cpu_count() or 1,
    )


def _read_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        stored = yaml.safe_load(path.read_text("utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsMismatch(f"this is not YAML: {error}", where=str(path)) from error
    if not isinstance(stored, dict):
        raise SettingsMismatch("this is no mapping", where=str(path), hint="Write lines such as contact: …")
    for key, value in stored.items():
        if key not in _FILE_KEYS:
            raise SettingsMismatch(
                f"unknown key {key!r}", where=str(path), hint=f"Known: {', '.join(_FILE_KEYS)}"
            )
        if type(value) is not _FILE_KEYS[key]:
            raise SettingsMismatch(f"{key} must be a {_FILE_KEYS[key].__name__}", where=str(path))
    if stored.get("workers", 1) < 1:
        raise SettingsMismatch("workers must be 1 or more", where=str(path))
    return stored
