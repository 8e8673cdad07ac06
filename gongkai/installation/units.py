"""What has gongkai run by itself: units of systemd or a crontab, written from templates.

    layout.yaml ─▶ templates/* ─▶ below a root: made, brought up, unchanged, or kept where somebody edited it

A file that was written here says so in its first line, with the digest of the rest: one whose rest is another
was edited, and stays.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from archive.data_folder import write_durably
from pipelines.errors import BadConfiguration
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = files("gongkai.installation")
_SIGNED = "# Written by `gongkai install`, {}. Edit it, and it is yours: it is not written again.\n"
_MADE, _BROUGHT_UP = "made", "brought up"
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
    is_below_home = any(path.is_relative_to(home) for path in paths.values() for home in _HOMES)
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
        standing[str(path)] = told = _compare(path, text)
        if told in {_MADE, _BROUGHT_UP} and not is_dry:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, [text.encode()])
    return standing


def _compare(path: Path, text: str) -> str:
    if not path.exists():
        return _MADE
    held = path.read_text("utf-8", "replace")
    if held == text:
        return "unchanged"
    # Its first line has the digest of the rest: nobody edited it, and it was filled in otherwise.
    return _BROUGHT_UP if held == _sign(held.partition("\n")[2]) else "kept, for somebody edited it"


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
