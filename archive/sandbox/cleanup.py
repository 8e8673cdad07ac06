"""What a killed child leaves behind: temporary files, and processes that it had started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from archive.data_folder import is_running

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "gongkai-reading-"


@contextmanager
def hold_children_folder() -> Iterator[Path]:
    """Hold a folder in which each child has its temporary folder; it goes with everything in it.

    A folder that a killed parent left is removed too.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        parent = left.name.removeprefix(_PREFIX).partition("-")[0]
        if parent.isdecimal() and not is_running(int(parent)):
            remove_traces(left)
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        remove_traces(folder)
        shutil.rmtree(folder, ignore_errors=True)


def remove_traces(folder: Path) -> None:
    """Kill what the ended children of a folder had started, and remove their temporary folders.

    Args:
        folder: holds a folder for each child, named after its process id.
    """
    # A cleaner of /tmp may have taken the folder of a parent that was idle for weeks.
    names = [path for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []
    ended = [path for path in names if not is_running(int(path.name))]
    if not ended:
        return
    for process in _find_strays({int(path.name) for path in ended}, [os.fsencode(path) for path in ended]):
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
    for path in ended:
        shutil.rmtree(path, ignore_errors=True)


def _find_strays(sessions: set[int], folders: list[bytes]) -> Iterator[int]:
    """Yield the processes of these sessions, or with one of these as their temporary folder."""
    names = {b"TMPDIR=" + folder for folder in folders}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[3]) in sessions or names & set((path / "environ").read_bytes().split(b"\x00")):
                yield int(path.name)
