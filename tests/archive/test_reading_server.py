"""The server of the reading children starts wherever the temporary folder is, and nothing disturbs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
READS = """
import pathlib, sys
from archive.reading import server
from archive.reading.limits import Limits
from tests.archive.evidence import page
from tests.archive.reading_here import read_payloads
server.SHORT_FOLDERS = tuple(sys.argv[2:])
if __name__ == "__main__":
    results = read_payloads(pathlib.Path(sys.argv[1]), {"good": page("甲市公告", "全年公开。")}, Limits())
    print(results["good"].read_state)
"""
STARTS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs behind it without
from archive.reading.limits import HEAVIER, Limits, Weight
from archive.reading.pool import ReadingPools
from tests.archive.test_reading_server import nothing
if __name__ == "__main__":
    print("begins", flush=True)
    while True:
        with ReadingPools(2, {Weight.PAGE: Limits(), **HEAVIER}) as pools:
            for weight in Weight:
                pools.schedule(weight, 0, nothing)
"""


def nothing(_limits: object) -> bytes:
    """Answer nothing, in a child."""
    return b""


def _script(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return path


def _long_folder(folder: Path) -> Path:
    path = folder / ("long-" * 30)
    path.mkdir()
    return path


def test_a_long_path_of_the_temporary_folder_keeps_nobody_from_reading(tmp_path: Path) -> None:
    long = _long_folder(tmp_path)
    done = _read_below(tmp_path, long, "/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  as the program has it
    assert (done.stdout, done.stderr) == ("read\n", "")
    assert list(long.iterdir()) == []


def test_where_no_path_is_short_the_message_says_what_to_do(tmp_path: Path) -> None:
    done = _read_below(tmp_path, _long_folder(tmp_path), str(tmp_path / "none"))
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert re.search(r"ReadersBroken: .*long-.* is too long for sockets .* set TMPDIR to another", last)


def _read_below(folder: Path, temporary: Path, *short_folders: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(_script(folder, READS)), str(folder / "warc"), *short_folders],
        env={**os.environ, "PYTHONPATH": ROOT, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("wait_s", [0.1, 0.7])
def test_an_interrupt_while_children_start_is_heard_once_and_by_the_parent(
    tmp_path: Path, wait_s: float
) -> None:
    """Ctrl-C reaches every process of the terminal: those that are just starting must not complain of it."""
    with subprocess.Popen(
        [sys.executable, str(_script(tmp_path, STARTS))],
        env={**os.environ, "PYTHONPATH": ROOT},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begins\n"
        time.sleep(wait_s)
        os.killpg(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert said.count("Traceback") == 1
    assert said.strip().endswith("KeyboardInterrupt")
