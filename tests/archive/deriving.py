"""A program that derives and is killed at a statement to the corpus, again and again until it gets through.

Run as `python -m tests.archive.deriving ROOT SEED`. Prints how often it was killed.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from tests.archive.stating import StatingReader

_connect = sqlite3.connect


def main(root: Path, seed: int) -> None:
    """Derive in a process of its own, killed later and later, so that the end is reached."""
    with tempfile.TemporaryDirectory() as once:
        # What a process loads and compiles once is forked with it, not made anew by each that is killed.
        shutil.copytree(root, once, dirs_exist_ok=True)
        derive(DataDir(Path(once)), DeriveOptions(reader=StatingReader()))
    moments = random.Random(seed)
    kills = 0
    while _is_killed(root, moments.randrange(1, 30 * (kills + 2))):
        kills += 1
    sys.stdout.write(str(kills))


def _is_killed(root: Path, statement: int) -> bool:
    child = os.fork()
    if child == 0:
        _derive_until(root, statement)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    return bool(os.waitstatus_to_exitcode(status))


def _derive_until(root: Path, statement: int) -> None:
    """Derive in small steps, and die as that statement begins; the roster's many rows count as none."""
    numbers = itertools.count(1)

    def begin(sql: str) -> None:
        if not sql.startswith("INSERT INTO roster") and next(numbers) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = _connect(*arguments, **options)
        connection.set_trace_callback(begin)
        return connection

    with (
        mock.patch("sqlite3.connect", connect),
        mock.patch("archive.derivation.BATCH", 2),
        mock.patch("archive.corpus.link.BATCH", 2),
    ):
        derive(DataDir(root), DeriveOptions(reader=StatingReader()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
