"""What a machine needs and has, by the table `prerequisites.yaml`. Nothing is asked over the network."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from archive.data_folder import read_operator_file, take_lock
from archive.layouts import find_other_layouts
from archive.publish.copy import is_closed
from archive.sandbox.confinement import can_enter_namespace
from crawler.policy.hosts import load_stop_list
from crawler.registry.loading import load_registry
from pipelines.errors import BadConfiguration
from pipelines.knowledge import load_table
from pipelines.readers import office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gongkai.operator_settings import Settings

    Found = tuple[bool, str]
    """Whether it is there, and what was found."""

_GB = 1e9


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One thing that a machine needs.

    Attributes:
        name: for people.
        probe: which function of this module looks for it.
        lets: what works with it.
        asks: what that function is asked for.
        required: whether nothing works without it.
        install: what to install, by distribution; `any` for all others.
    """

    name: str
    probe: str
    lets: str
    asks: str = ""
    required: bool = False
    install: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one prerequisite.

    Attributes:
        needs: what was looked for.
        found: whether it is there.
        detail: what was found.
        install: what to install on this machine; empty where it is there.
    """

    needs: Prerequisite
    found: bool
    detail: str
    install: str


def read_prerequisites() -> tuple[Prerequisite, ...]:
    """Return the table."""
    return tuple(Prerequisite(**entry) for entry in load_table("prerequisites", "gongkai.installation"))


def examine_machine(settings: Settings) -> Iterator[Finding]:
    """Look for everything in the table, in its order."""
    for it in read_prerequisites():
        try:
            found, detail = PROBES[it.probe](settings, it.asks)
        except BadConfiguration as slip:
            found, detail = False, str(slip)
        yield Finding(it, found, detail, "" if found else _what_to_install(it.install))


def _what_to_install(install: Mapping[str, str]) -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    names = (release.get("ID", ""), *release.get("ID_LIKE", "").split(), "any")
    here = next((install[name] for name in names if name in install), None)
    return here or ", ".join(f"{package} ({name})" for name, package in install.items())


def _look_at(place: str | None) -> Found:
    return bool(place), place or "not found"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _find_python(_: Settings, least: str) -> Found:
    return sys.version_info[:2] >= _numbers(least), platform.python_version()


def _find_sqlite(_: Settings, least: str) -> Found:
    with closing(sqlite3.connect(":memory:")) as db:
        has_search = bool(db.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0])
    detail = f"{sqlite3.sqlite_version}, {'with' if has_search else 'without'} FTS5"
    return has_search and sqlite3.sqlite_version_info >= _numbers(least), detail


def _find_zone(_: Settings, name: str) -> Found:
    return _look_at(name if name in available_timezones() else None)


def _find_folder(settings: Settings, _: str) -> Found:
    """Make a file, lock it and see whether others have it open: what every night does."""
    root = settings.data.root
    if not root.is_dir():
        return False, f"{root} is not there"
    try:
        with tempfile.TemporaryDirectory(dir=root, prefix=".making-") as folder:
            path = Path(folder) / "file"
            with path.open("wb") as file:
                is_locked = take_lock(file.fileno())
            is_lent = is_closed(path)
    except OSError as error:
        return False, f"{root}: {error.strerror}"
    leases = "leases" if is_lent else "no leases, so that each copy is made anew"
    return is_locked, f"{root}: {'locks' if is_locked else 'no locks'}, {leases}"


def _find_configuration(settings: Settings, _: str) -> Found:
    given = read_operator_file(settings.data.root)
    return True, ", ".join(given) or "nothing is set"


def _find_contact(settings: Settings, _: str) -> Found:
    return bool(settings.contact), settings.contact or "nobody is named"


def _find_portals(settings: Settings, _: str) -> Found:
    registry = load_registry(settings.data.portals, stop_list=load_stop_list(settings.data.stop_list))
    faults = "".join(f"; {fault}" for fault in registry.mismatches.values())
    return bool(registry.enabled()) and not faults, f"{len(registry.enabled())} enabled{faults}"


def _find_versions(settings: Settings, _: str) -> Found:
    others = find_other_layouts(settings.data)
    return not others, "; ".join(others.values()) or "nothing is of another version"


def _find_disk(settings: Settings, least_gb: str) -> Found:
    # The data directory need not be there yet.
    there = next(folder for folder in (settings.data.root, *settings.data.root.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return free >= float(least_gb) * _GB, f"{free / _GB:.1f} GB free"


def _find_clock(settings: Settings, _: str) -> Found:
    now = settings.clock()
    # Evidence that is newer than now tells of a clock that goes wrong.
    held = (path.lstat().st_mtime for path in settings.data.warc.glob("*.warc.gz"))
    return max(held, default=0) <= now.timestamp(), f"{now:%Y-%m-%d %H:%M} UTC"


def _find_files(_: Settings, paths: str) -> Found:
    return _look_at(", ".join(path for path in paths.split() if Path(path).exists()))


def _find_namespaces(_settings: Settings, _: str) -> Found:
    can = can_enter_namespace()
    return can, "a child can give up the network" if can else "the system does not let a child give it up"


def _find_office(_settings: Settings, _: str) -> Found:
    return _look_at(office.office_command())


def _find_fonts(_: Settings, language: str) -> Found:
    program = shutil.which("fc-list")
    if program is None:
        return False, "fc-list is not found"
    listed = subprocess.run(  # noqa: S603  fontconfig's own program
        [program, f":lang={language}", "family"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return bool(listed), f"{len(listed)} fonts"


def _find_program(settings: Settings, name: str) -> Found:
    return _look_at(shutil.which(str(settings.data.root / name) if "/" in name else name))


def _find_modules(_: Settings, names: str) -> Found:
    missing = [name for name in names.split() if find_spec(name) is None]
    return not missing, f"without {', '.join(missing)}" if missing else "installed"


PROBES: Mapping[str, Callable[[Settings, str], Found]] = {
    name.removeprefix("_find_"): function
    for name, function in list(globals().items())
    if name.startswith("_find_")
}
"""What looks for it, by the name that the table uses."""
