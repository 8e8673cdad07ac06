"""Runs a command, and says what it and all that it started took of the machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took.

    Attributes:
        cpu_s: seconds of processor of the command's own process.
        children_s: likewise, of those that it started.
        wall_s: seconds until it ended.
        written_mb: what they handed to the disk.
        peak_mb: the most memory that they held at once, all processes together, shared pages counted once.
    """

    cpu_s: float
    children_s: float
    wall_s: float
    written_mb: float
    peak_mb: float


def measure_command(
    command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
) -> Spent:
    """Run a command in a folder and measure it.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
        peaks = [0.0]
        ended = threading.Event()
        watcher = threading.Thread(target=_watch_memory, args=(process.pid, peaks, ended))
        watcher.start()
        # Not reaped, so that what the kernel counted can still be read once it has ended.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - began
        ended.set()
        watcher.join()
        own, children, written = _read_counters(process.pid)
        if process.wait():
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {process.returncode}\n{said.read().decode()}")
    return Spent(own, children, wall, written, max(peaks))


def _watch_memory(pid: int, peaks: list[float], ended: threading.Event) -> None:
    while not ended.wait(_LOOK_S):
        peaks.append(sum(map(_memory_mb, _with_descendants(pid))))


def _read_counters(pid: int) -> tuple[float, float, float]:
    """Return the seconds of processor of a process and of its children, and the MB that it wrote."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    own, children = (sum(map(int, fields[at : at + 2])) * _TICK_S for at in (11, 13))
    written = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text("ascii").splitlines())
    return own, children, int(written["write_bytes"]) / 1e6


def _with_descendants(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                yield from _with_descendants(int(child))


def _memory_mb(pid: int) -> float:
    """Return what a process holds, its part of shared pages counted; all of them where that is hidden."""
    try:
        with contextlib.suppress(PermissionError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        return (
            int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        )
    except (OSError, StopIteration):  # it has ended meanwhile
        return 0.0
