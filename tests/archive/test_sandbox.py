"""The sandbox starts its children wherever the temporary folder is, and nothing disturbs them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.sandbox import pool
from archive.sandbox.child_process import ChildProcess, receive_bytes
from archive.sandbox.pool import ChildEnded, Limits, Sandbox, SandboxBroken

if TYPE_CHECKING:
    from archive.sandbox.confinement import Meter

pytestmark = pytest.mark.cold

ROOT = str(Path(__file__).parents[2])
READS = """
import pathlib, sys
from archive.sandbox.pool import Limits
from tests.archive.evidence import page
from tests.archive.reading_here import read_payloads
results = read_payloads(pathlib.Path(sys.argv[1]), {"good": page("甲市公告", "全年公开。")}, Limits())
print(results["good"].read_state)
"""
STARTS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs behind it without
from archive.reading.tasks import HEAVIER, Weight
from archive.sandbox.pool import Limits, Sandbox
from tests.archive.test_sandbox import act
print("begins", flush=True)
while True:
    kinds = {weight: (limits, 2) for weight, limits in {Weight.PAGE: Limits(), **HEAVIER}.items()}
    with Sandbox(act, kinds) as sandbox:
        for weight in Weight:
            asked = sandbox.submit(weight, "answer")
        asked.result()
"""


def act(meter: Meter, how: str) -> bytes:
    """Do what is asked for, in a child."""
    if how == "hang":
        time.sleep(3600)
    if how == "end":
        os._exit(7)
    return pickle.dumps((how, os.getpid(), meter.limits.documents))


@pytest.fixture(name="one_child")
def sandbox_of_one_child() -> dict[str, tuple[Limits, int]]:
    return {"page": (Limits(seconds=1, documents=2), 1)}


def test_children_end_are_stopped_and_are_replaced(one_child: dict[str, tuple[Limits, int]]) -> None:
    with Sandbox(act, one_child) as sandbox:
        asked = [sandbox.submit("page", how) for how in ("end", "hang", *["answer"] * 4)]
        codes = []
        for future in asked[:2]:
            with pytest.raises(ChildEnded) as ended:
                future.result()
            codes.append(ended.value.code)
        answers = [future.result() for future in asked[2:]]
    assert codes == [7, None]
    assert [how for how, _, _ in answers] == ["answer"] * 4
    assert len({pid for _, pid, _ in answers}) == 2  # a child answers so many requests as it may


def test_who_asks_is_told_when_the_sandbox_itself_fails(
    one_child: dict[str, tuple[Limits, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with Sandbox(act, one_child) as sandbox, monkeypatch.context() as disk:
        disk.setattr("archive.sandbox.pool.remove_traces", fail)
        with pytest.raises(ChildEnded):
            sandbox.submit("page", "end").result(timeout=30)
        with pytest.raises(SandboxBroken, match="No space left"):
            sandbox.submit("page", "answer").result(timeout=30)


def test_what_nobody_waits_for_any_more_is_not_begun(one_child: dict[str, tuple[Limits, int]]) -> None:
    with Sandbox(act, one_child) as sandbox:
        first = sandbox.submit("page", "hang")
        left = [sandbox.submit("page", "hang") for _ in range(20)]
        assert all(future.cancel() for future in left)
        with pytest.raises(ChildEnded):
            first.result()
        assert sandbox.submit("page", "answer").result(timeout=30)[0] == "answer"


def test_one_child_that_is_killed_at_its_start_ends_nothing(
    one_child: dict[str, tuple[Limits, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin: type[ChildProcess] = ChildProcess
    started: list[ChildProcess] = []

    def start_and_kill_the_first(module: str) -> ChildProcess:
        started.append(child := begin(module))
        if len(started) == 1:
            os.kill(child.pid, signal.SIGKILL)
        return child

    monkeypatch.setattr(pool, "ChildProcess", start_and_kill_the_first)
    with Sandbox(act, one_child) as sandbox:
        assert sandbox.submit("page", "answer").result(timeout=60)[0] == "answer"
    assert len(started) > 1


def test_time_begins_when_a_child_has_the_request(one_child: dict[str, tuple[Limits, int]]) -> None:
    with Sandbox(act, one_child) as sandbox:
        asked = [sandbox.submit("page", "hang"), sandbox.submit("page", "hang"), sandbox.submit("page", "x")]
        assert asked[2].result()[0] == "x"


def test_whoever_still_waits_at_the_end_is_told(one_child: dict[str, tuple[Limits, int]]) -> None:
    with Sandbox(act, one_child) as sandbox:
        asked = [sandbox.submit("page", "hang") for _ in range(3)]
    for future in asked:
        with pytest.raises(SandboxBroken, match="closed"):
            future.result()


def _script(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_long_path_of_the_temporary_folder_keeps_nobody_from_reading(tmp_path: Path) -> None:
    long = tmp_path / ("long-" * 30)
    long.mkdir()
    done = subprocess.run(
        [sys.executable, str(_script(tmp_path, READS)), str(tmp_path / "warc")],
        env={**os.environ, "PYTHONPATH": ROOT, "TMPDIR": str(long)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("read\n", "")
    assert list(long.iterdir()) == []


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


@given(st.recursive(st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=9))
def test_what_is_sent_arrives(value: object) -> None:
    reader, sender = Pipe(duplex=False)
    with reader, sender:
        sender.send([value, {"a": value}])
        sender.close()
        arrived = pickle.loads(receive_bytes(reader))  # noqa: S301  what this test pickled
        assert arrived == [value, {"a": value}]
        with pytest.raises(EOFError):
            receive_bytes(reader)
