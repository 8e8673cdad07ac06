from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import LockHeld, hold
from tests.archive.samples import fixed_clock

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import datetime as dt, sys
from pathlib import Path
from archive.data_folder import hold
with hold(Path(sys.argv[1]), verb="crawl", clock=lambda: dt.datetime.now(dt.UTC)):
    print("held", flush=True)
    sys.stdin.read()
"""

FORKING_HOLDER = HOLDER.replace(
    '    print("held", flush=True)\n',
    """    import os, time
    if os.fork() == 0:
        time.sleep(0.3)
        os._exit(0)
    print("held", flush=True)
""",
)


def start_holder(lock: Path, program: str = HOLDER) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    return child


def test_the_lock_says_who_holds_it_and_says_nothing_afterwards(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with hold(lock, verb="derive", clock=fixed_clock):
        assert json.loads(lock.read_text()) == {
            "verb": "derive",
            "pid": os.getpid(),
            "since": "2026-01-31T19:00:00.123456Z",
        }
    assert lock.read_text() == ""


def test_a_second_holder_is_told_who_and_since_when(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with hold(lock, verb="rebuild", clock=fixed_clock):
        with pytest.raises(LockHeld) as held, hold(lock, verb="crawl", clock=fixed_clock):
            pass
        assert json.loads(lock.read_text())["verb"] == "rebuild"
    for said in (str(lock), "gongkai rebuild", f"process {os.getpid()}", "2026-01-31T19:00:00.123456Z"):
        assert said in str(held.value)
    with hold(lock, verb="crawl", clock=fixed_clock):
        assert json.loads(lock.read_text())["verb"] == "crawl"


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with pytest.raises(ZeroDivisionError), hold(lock, verb="crawl", clock=fixed_clock):
        raise ZeroDivisionError
    with hold(lock, verb="crawl", clock=fixed_clock):
        assert lock.read_text()


@pytest.mark.parametrize("program", [HOLDER, FORKING_HOLDER], ids=["alone", "with a child that outlives it"])
def test_a_killed_holder_bars_nobody(tmp_path: Path, program: str) -> None:
    lock = tmp_path / "lock"
    with start_holder(lock, program) as child:
        with pytest.raises(LockHeld, match=f"process {child.pid}"), hold(lock, verb="x", clock=fixed_clock):
            pass
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert json.loads(lock.read_text())["verb"] == "crawl"
        with hold(lock, verb="derive", clock=fixed_clock):
            assert json.loads(lock.read_text())["verb"] == "derive"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"verb": 1}', "\x00\x00"])
def test_a_lock_file_that_says_nonsense_bars_nobody(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "lock"
    lock.write_text(text)
    with hold(lock, verb="crawl", clock=fixed_clock):
        assert json.loads(lock.read_text())["pid"] == os.getpid()
