"""A machine that runs gongkai: what starts it by itself, and what it needs and has.

    layout.yaml ─▶ templates/* ─▶ below a root: made, brought up, unchanged, or kept where somebody edited it

A file that was written here says so in its first line, with the digest of the rest: one whose rest is another
was edited, and stays. Of what is needed (`prerequisites.yaml`) nothing is asked over the network.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from archive.data_folder import read_operator_file, take_lock, write_durably
from archive.layouts import find_other_layouts
from archive.publish.copy import is_closed
from archive.sandbox.confinement import can_enter_namespace
from crawler.policy.hosts import load_stop_list
from crawler.registry.loading import load_registry
from pipelines.errors import BadConfiguration
from pipelines.knowledge import load_table
from pipelines.readers import office
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gongkai.operator_settings import Settings

    Found = tuple[bool, str]
    """Whether it is there, and what was found."""


_FOLDER = files("gongkai.installation")
_SIGNED = "# Written by `gongkai install`, {}. Edit it, and it is yours: it is not written again.\n"
# What `ProtectHome=yes` hides (systemd.exec(5)): nothing below these would be found.
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


class PathUnusable(BadConfiguration):
    """A path cannot stand in a unit."""


def describe_machine(data: Path, *, user: str, at: dt.time, port: int) -> Mapping[str, str]:
    """Return what templates and steps are filled with.

    Args:
        data: the data directory.
        user: whose processes they are; made by the steps.
        at: when the night begins, in Shanghai.
        port: where the pages are served on loopback.

    Raises:
        PathUnusable: a path cannot stand in a unit.
    """
    paths = {"data": data, "command": Path(sys.executable).with_name("gongkai")}
    for path in map(str, paths.values()):
        # systemd, cron and a shell each quote in their own way.
        if not path.isascii() or set(path) & set(" \t\n%\"'\\$"):
            raise PathUnusable("blanks, quotes, % and $ cannot stand in a unit", where=path)
    # cron goes by the zone of the machine.
    local = dt.datetime.combine(dt.date.today(), at, ZoneInfo("Asia/Shanghai")).astimezone()  # noqa: DTZ011
    # Of an environment, Python itself stands where pyenv or uv installed it.
    python = Path(sys.executable).resolve()
    is_below_home = any(path.is_relative_to(home) for path in (*paths.values(), python) for home in _HOMES)
    values = {
        **{name: str(path) for name, path in paths.items()},
        "user": user,
        "at": f"{at:%H:%M}",
        "crontab_at": f"{local.minute} {local.hour}",
        "port": str(port),
        "protect_home": "read-only" if is_below_home else "yes",
    }
    return {**values, "hardening": _fill("hardening.conf", values).rstrip()}


def write_files(kind: str, machine: Mapping[str, str], root: Path, *, is_dry: bool) -> dict[str, str]:
    """Write what runs gongkai; return what became of each file, by its path.

    Args:
        kind: of `layout.yaml`: `systemd` or `cron`.
        machine: as `describe_machine` returns it.
        root: stands for `/`.
        is_dry: whether nothing is written.

    Raises:
        OSError: a file cannot be written.
    """
    standing = {}
    for name, target in _layout(kind)["files"].items():
        path, text = root / target, _sign(_fill(name, machine))
        held = path.read_text("utf-8", "replace") if path.exists() else None
        told = "made" if held is None else "unchanged"
        if held is not None and held != text:
            # Its first line has the digest of the rest: nobody edited it, and it was filled in otherwise.
            is_ours = held == _sign(held.partition("\n")[2])
            told = "brought up" if is_ours else "kept, for somebody edited it"
        if told in {"made", "brought up"} and not is_dry:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, [text.encode()])
        standing[str(path)] = told
    return standing


def list_steps(kind: str, machine: Mapping[str, str], root: Path) -> list[str]:
    """Return what is to be typed after the files are written, a command a line."""
    is_here = root == Path("/")
    values = {**machine, "root": "" if is_here else f" --root={root}"}
    return [
        Template(step).substitute(values) for step in _layout(kind)["steps"] if is_here or "$root" in step
    ]


def _layout(kind: str) -> dict[str, Any]:
    layout: dict[str, Any] = load_table("layout", "gongkai.installation")[kind]
    return layout


def _fill(name: str, values: Mapping[str, str]) -> str:
    return Template(_FOLDER.joinpath("templates", name).read_text("utf-8")).substitute(values)


def _sign(text: str) -> str:
    return _SIGNED.format(hashlib.sha256(text.encode()).hexdigest()[:16]) + text


_GB = 1e9


class Prerequisite(FrozenStruct):
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
    install: Mapping[str, str] = {}


class Finding(FrozenStruct):
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
