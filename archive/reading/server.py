"""The server that reading children are forked from, started so that nothing around it reaches them.

Two things would: a temporary folder whose path is longer than a socket's may be, and Ctrl-C on a terminal,
which ends every process of the group that has not yet learned to leave it to the parent.
"""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  a folder with a random name is made there
"""Where sockets go when the temporary folder's path is too long."""

_LONGEST = 103 - len("/pymp-12345678/listener-12345678")
"""Bytes of a folder's path. That of a socket has up to 107 bytes on Linux and 103 elsewhere (`sun_path`)."""


def start_server() -> None:
    """Start the server, where none runs yet.

    Raises:
        RuntimeError: no folder for its socket has a path that is short enough.
        OSError: the system does not let it start.
    """
    _choose_folder()
    resource_tracker.ensure_running()  # ends by letting SIGINT through, so it comes before
    with interrupts_held():
        forkserver.ensure_running()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back until the end; processes that are started inside never see one.

    A pool that is interrupted while it starts a child does not know it, and the child finds nothing of the
    pool any more.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _choose_folder() -> None:
    """Let `multiprocessing` make its folder, which it does once, where paths of sockets are short enough."""
    before = tempfile.tempdir
    tempfile.tempdir = _short_folder()
    try:
        chosen = util.get_temp_dir()
    finally:
        tempfile.tempdir = before
    if _bytes_of(str(Path(chosen).parent)) > _LONGEST:
        raise RuntimeError(
            f"the path of the temporary folder {tempfile.gettempdir()} is too long for sockets (more than "
            f"{_LONGEST} bytes), and {', '.join(SHORT_FOLDERS)} cannot be written: set TMPDIR to another"
        )


def _short_folder() -> str:
    """Return the temporary folder, or else the first that has a shorter path and can be written."""
    usual = tempfile.gettempdir()
    if _bytes_of(usual) <= _LONGEST:
        return usual
    can_be_written = (path for path in SHORT_FOLDERS if os.access(path, os.W_OK | os.X_OK))
    return next(can_be_written, usual)


def _bytes_of(path: str) -> int:
    return len(os.fsencode(path))
