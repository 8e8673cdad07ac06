"""One child process: a module of ours in an interpreter of its own, with a pipe to it and a pipe from it.

    parent ─ values, each pickled behind its length ─▶ standard input  ┐
    parent ◀───────────────────────────────────────── standard output ┴ child; what it prints goes to the log

It is started anew and never forked, for the parent may have threads. A session of its own keeps Ctrl-C from
it: the parent decides what an interrupt means. When the parent goes, the child's standard input ends.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

_SOURCE_ROOT = Path(__file__).resolve().parents[2]


class ChildProcess:
    """A child process, running.

    Args:
        module: what it runs, as `python -m` does.
        arguments: its command line.
        pipe_bytes: how much each pipe holds, where the system lets us choose; 0 for its usual.

    Raises:
        OSError: the system starts no process.
    """

    def __init__(self, module: str, *arguments: str, pipe_bytes: int = 0) -> None:
        searched = filter(None, (str(_SOURCE_ROOT), os.environ.get("PYTHONPATH")))
        child_reads, self.to_child = Pipe(duplex=False)
        self.from_child, child_writes = Pipe(duplex=False)
        with child_reads, child_writes:
            if pipe_bytes and sys.platform == "linux":
                for pipe in (child_reads, child_writes):
                    fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, pipe_bytes)
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, our own module
                # -P: a file of the working directory must not pass for a module of the program.
                [sys.executable, "-P", "-m", module, *arguments],
                stdin=child_reads.fileno(),
                stdout=child_writes.fileno(),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(searched)},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, value: object) -> None:
        """Send a value.

        Raises:
            BrokenPipeError: the child is gone.
        """
        self.to_child.send(value)

    def receive(self) -> Any:
        """Wait for the next value.

        Raises:
            EOFError: the child is gone; what it was sending, if anything, is not whole.
        """
        return pickle.loads(receive_bytes(self.from_child))  # noqa: S301  what our own child pickled

    def send_signal(self, number: int) -> None:
        """Send it a signal; one that has ended gets none."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, negative for a signal."""
        return self._process.wait()

    def close(self, *, kill: bool = False) -> int:
        """Let go of the pipes, wait until it has ended, and return its exit code.

        Args:
            kill: end it at once.
        """
        if kill:
            self._process.kill()
        self.to_child.close()
        self.from_child.close()
        return self._process.wait()


def connect_to_parent() -> tuple[Connection, Connection]:
    """Return the child's ends of the two pipes, to read from and to write to.

    Whatever prints after this reaches the log and not the parent.
    """
    requests = Connection(os.dup(sys.__stdin__.fileno()), writable=False)  # type: ignore[union-attr]
    answers = Connection(os.dup(sys.__stdout__.fileno()), readable=False)  # type: ignore[union-attr]
    nothing = os.open(os.devnull, os.O_RDONLY)
    # What reads standard input (a debugger, a library) must not take requests; what prints must not pass for
    # an answer.
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def receive_bytes(connection: Connection) -> bytes:
    """Wait for the next value, still pickled.

    Raises:
        EOFError: the other end is gone; what it was sending, if anything, is not whole.
    """
    try:
        return connection.recv_bytes()
    except OSError as error:
        raise EOFError from error


def describe_exit(code: int) -> str:
    """Say how a process ended, by its exit code."""
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"
