"""What has gongkai run by itself: units of systemd or a crontab, written from templates.

    layout.yaml ─▶ templates/* ─▶ below a root: made, brought up, unchanged, or kept where somebody edited it

A file that was written here says so in its first line, with the digest of the rest: one whose rest is another
was edited, and stays.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from archive.data_folder import write_durably
from pipelines.errors import BadConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = files("gongkai.installation")
_SIGNED = "# Written by `gongkai install`, {}. Edit it, and it is yours: it is not written again.\n"
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


class Standing(StrEnum):
    """What became of a file."""

    MADE = "made"
    BROUGHT_UP = "brought up"
    UNCHANGED = "unchanged"
    KEPT = "kept, for somebody edited it"


class PathUnusable(BadConfiguration):
    """A path cannot stand in a unit."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the templates are filled with.

    Attributes:
        data: the data directory.
        user: whose processes they are; made by the steps.
        at: when the night begins, HH:MM in Shanghai.
        port: where the pages are served on loopback.
        kind: of `layout.yaml`: `systemd` or `cron`.
    """

    data: Path
    user: str
    at: dt.time
    port: int
    kind: str

    def fill(self, name: str) -> str:
        """Return a template with everything put in."""
        return Template(_template(name)).substitute(self._values())

    def _values(self) -> dict[str, str]:
        local = dt.datetime.combine(dt.date.today(), self.at, ZoneInfo("Asia/Shanghai")).astimezone()  # noqa: DTZ011
        command = own_command()
        below_home = any(path.is_relative_to(home) for path in (self.data, Path(command)) for home in _HOMES)
        values = {
            "command": command,
            "data": _checked(self.data),
            "user": self.user,
            "at": f"{self.at:%H:%M}",
            "hour": str(local.hour),
            "minute": str(local.minute),
            "port": str(self.port),
            "protect_home": "read-only" if below_home else "yes",
        }
        return {**values, "hardening": Template(_template("hardening.conf")).substitute(values).rstrip()}


def own_command() -> str:
    """Return the absolute path of the `gongkai` that runs now.

    Raises:
        PathUnusable: it cannot stand in a unit.
    """
    return _checked(Path(sys.executable).with_name("gongkai"))


def _template(name: str) -> str:
    return _FOLDER.joinpath("templates", name).read_text("utf-8")


def _checked(path: Path) -> str:
    # systemd, cron and a shell each quote in their own way.
    if not path.as_posix().isascii() or set(path.as_posix()) & set(" \t\n%\"'\\$"):
        raise PathUnusable("blanks, quotes, % and $ cannot stand in a unit", where=str(path))
    return str(path)


def write_files(machine: Machine, root: Path, *, dry_run: bool = False) -> Iterator[tuple[Path, Standing]]:
    """Write what runs gongkai; yield each file, and what became of it.

    Args:
        machine: what they say.
        root: stands for `/`.
        dry_run: write nothing.

    Raises:
        PathUnusable: a path cannot stand in a unit; nothing was written.
        OSError: a file cannot be written.
    """
    planned = _layout(machine.kind)["files"]
    filled = {root / target: _sign(machine.fill(name)) for name, target in planned.items()}
    for path, text in filled.items():
        standing = _stand(path, text)
        if standing in {Standing.MADE, Standing.BROUGHT_UP} and not dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, [text.encode()])
        yield path, standing


def list_steps(machine: Machine, root: Path) -> list[str]:
    """Return what is to be typed after the files are written, a command a line."""
    elsewhere = root != Path("/")
    values = {"data": str(machine.data), "user": machine.user, "root": f"--root={root}"}
    steps = _layout(machine.kind)["steps"]
    if elsewhere:
        return [Template(step).substitute(values) for step in steps if "$root" in step]
    return [Template(step.replace(" $root", "")).substitute(values) for step in steps]


def _layout(kind: str) -> dict[str, Any]:
    layout: dict[str, Any] = yaml.safe_load(_FOLDER.joinpath("layout.yaml").read_text("utf-8"))[kind]
    return layout


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sign(text: str) -> str:
    return _SIGNED.format(_digest(text)) + text


def _stand(path: Path, text: str) -> Standing:
    if not path.exists():
        return Standing.MADE
    held = path.read_text("utf-8", "surrogateescape")
    if held == text:
        return Standing.UNCHANGED
    first, _, rest = held.partition("\n")
    return Standing.BROUGHT_UP if first + "\n" == _SIGNED.format(_digest(rest)) else Standing.KEPT
