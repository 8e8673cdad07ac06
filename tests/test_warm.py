"""Programs forked by their server run, end and print as programs started anew do."""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from archive.data_folder import DataDir
from archive.sandbox import child_process
from archive.sandbox.child_process import ChildProcess
from tests.warm import PROGRAMS, SERVERS, WarmProcess, WarmStart, run_gongkai

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs are forked warm on Linux alone")


def test_children_of_tests_are_forked_warm() -> None:
    assert isinstance(child_process.subprocess, WarmStart)  # type: ignore[attr-defined]
    child = ChildProcess("archive.sandbox.worker")
    assert isinstance(child._process, WarmProcess)
    assert child.close() == 0, "its standard input ended"


def test_a_killed_one_has_ended_by_its_signal() -> None:
    child = ChildProcess("crawler.run.child")
    assert os.getsid(child.pid) == child.pid, "Ctrl-C does not reach it"
    child.send_signal(signal.SIGKILL)
    assert child.close() == -signal.SIGKILL
    child.send_signal(signal.SIGKILL)


def test_the_command_has_its_environment_and_its_exit_code(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    data.make()
    (data.warc / "a.warc.gz").write_bytes(b"7 bytes")
    done = run_gongkai("status", "--json", env={"GONGKAI_DATA": str(data.root), "PATH": os.environ["PATH"]})
    assert (done.returncode, done.stderr, json.loads(done.stdout)["warc_bytes"]) == (0, "", 7)
    assert run_gongkai("no-such-verb", env=os.environ).returncode == 2


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_server_has_no_thread_that_would_not_come_along(program: str) -> None:
    assert len(list(Path(f"/proc/{SERVERS.pid_of(program)}/task").iterdir())) == 1


def test_what_servers_import_is_there() -> None:
    named = [name for program, modules in PROGRAMS.items() for name in (program, *modules)]
    assert [name for name in named if find_spec(name) is None] == []
