"""A program that writes a lake and is killed: `python -m tests.archive.making_lake ROOT BACK`.

Killed it is so many steps before its end. A step is each file or folder that is made, sealed, linked, renamed
or removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from archive.data_folder import DataDir
from archive.snapshot.lake import write_lake

STEPS = {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"}


class Steps:
    """Counts the steps of this process, which dies at the last one."""

    def __init__(self) -> None:
        self.made = 0
        self.last: int | None = None
        sys.addaudithook(self._count)

    def _count(self, event: str, _: object) -> None:
        self.made += event in STEPS
        if event in STEPS and self.made == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    root, back = Path(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as whole:
        shutil.copytree(root, whole, symlinks=True, dirs_exist_ok=True)
        steps = Steps()
        write_lake(DataDir(Path(whole)))
        needed = steps.made
    steps.last = steps.made + needed - back
    write_lake(DataDir(root))
