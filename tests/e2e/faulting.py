"""Verbs on a disk that fails where it is told to: the shim built, calls counted, one of them failed.

run undisturbed, each call noted ─▶ kinds of calls on kinds of files ─▶ first, middle, last of each ─▶ faults
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.rosters import EACH
from tests.warm import EACH_BODY, WarmProcess, WarmServers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SOURCE = Path(__file__).with_name("_faults.c")
COMPILER = shutil.which("cc")
SHARED_BYTES = 4096
HANGS_S = 120.0
KILL = 0
ERRORS = (errno.EIO, errno.ENOSPC)
_VARYING = re.compile(r"(?<=\.making-)(?:\d+-)?[a-z0-9_]{8}(?=/|$)|[0-9a-f]{8,}|\d+")
"""What is another one each time: names of temporary folders, digests, instants and serial numbers."""


@dataclass(frozen=True)
class Fault:
    """One call that fails.

    Attributes:
        call: its kind; `*` for any.
        pattern: of the file, below the data directory; `**` for any.
        at: which of these calls it is, from 1.
        error: its errno; `KILL` kills every process that is at work.
    """

    call: str
    pattern: str
    at: int
    error: int

    def describe(self) -> str:
        """Say what fails."""
        return f"{errno.errorcode.get(self.error, 'kill')} at {self.call} {self.at} of {self.pattern}"

    def environment(self) -> dict[str, str]:
        """Return what tells the shim. A disk that is full stays full."""
        told = {"CALL": self.call, "PATH": self.pattern, "AT": str(self.at), "ERRNO": str(self.error)}
        stays = {"STAYS": "1"} if self.error == errno.ENOSPC else {}
        return {f"GONGKAI_FAULT_{name}": value for name, value in (told | stays).items()}


@dataclass(frozen=True)
class Ended:
    """How a verb ended.

    Attributes:
        code: its exit code, negative for a signal.
        said: all that it printed.
        calls: those that were noted, kind and path; none where a fault was set.
        hits: how many calls were such as were to fail.
    """

    code: int
    said: str
    calls: tuple[tuple[str, str], ...]
    hits: int


class FaultyDisk:
    """Runs verbs under the shim, forked warm.

    Args:
        folder: for the shim and what is told to it.
        each_body: they know each so manyth of the bodies that ship.
    """

    def __init__(self, folder: Path, *, each_body: int = EACH) -> None:
        self._folder = folder
        self._shim = folder / "faults.so"
        compile_shim = [str(COMPILER), "-shared", "-fPIC", "-O1", "-o", str(self._shim), str(SOURCE), "-ldl"]
        subprocess.run(compile_shim, check=True, capture_output=True)
        self._each_body = str(each_body)
        self._servers = WarmServers({"LD_PRELOAD": str(self._shim)})

    def close(self) -> None:
        """End the servers."""
        self._servers.close()

    def run(
        self,
        data: Path,
        arguments: tuple[str, ...],
        now: str,
        fault: Fault | None = None,
        meanwhile: Callable[[WarmProcess], None] | None = None,
    ) -> Ended:
        """Run a verb to its end.

        Args:
            data: the data directory, on which calls are counted.
            arguments: the verb, and what it is given.
            now: when it begins.
            fault: which call fails; None for none, and all are noted.
            meanwhile: called once it runs; it may signal it.
        """
        shared, log = self._folder / "shared", self._folder / "log"
        shared.write_bytes(bytes(SHARED_BYTES))
        log.write_bytes(b"")
        told: Mapping[str, str] = {"GONGKAI_FAULT_LOG": str(log)} if fault is None else fault.environment()
        env = {
            **os.environ,
            **told,
            "LD_PRELOAD": str(self._shim),
            "GONGKAI_FAULT_ROOT": str(data),
            "GONGKAI_FAULT_SHARED": str(shared),
            "GONGKAI_NOW": now,
            EACH_BODY: self._each_body,
        }
        code, said = self._run_to_end(("--data", str(data), *arguments), env, meanwhile)
        calls = tuple(tuple(line.split(" ", 1)) for line in log.read_text("utf-8").splitlines())
        return Ended(code, said, calls, int.from_bytes(shared.read_bytes()[:4], "little"))  # type: ignore[arg-type]

    def signal_all(self, number: int) -> None:
        """Send a signal to all processes of the verb that is at work, as the one that ends a unit does."""
        for (process,) in struct.iter_unpack("i", (self._folder / "shared").read_bytes()[8:]):
            with contextlib.suppress(ProcessLookupError):
                if process:
                    os.kill(process, number)

    def _run_to_end(
        self,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
        meanwhile: Callable[[WarmProcess], None] | None,
    ) -> tuple[int, str]:
        with tempfile.TemporaryFile() as out, Path(os.devnull).open() as nothing:
            streams = (nothing.fileno(), out.fileno(), out.fileno())
            running = WarmProcess(self._servers.folder / "gongkai", arguments, env=env, streams=streams)
            if meanwhile is not None:
                meanwhile(running)
            deadline = time.monotonic() + HANGS_S
            while running.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            hangs = running.poll() is None
            running.kill()
            code = running.wait()
            out.seek(0)
            said = out.read().decode("utf-8", "replace")
        assert not hangs, f"still running after {HANGS_S} seconds: {said[-2000:]}"
        return code, said


def list_faults(calls: tuple[tuple[str, str], ...]) -> Iterator[Fault]:
    """Yield, for each kind of call on each kind of file, its first, middle and last one, with each error."""
    counts = Counter((kind, _VARYING.sub("*", path)) for kind, path in calls)
    for (kind, pattern), count in sorted(counts.items()):
        for at in sorted({1, (count + 1) // 2, count}):
            for error in ERRORS:
                yield Fault(kind, pattern, at, error)
