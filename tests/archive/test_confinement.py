"""The confinement of children: what a parser does in one touches nothing, and stays within its limits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive.reading.tasks import HEAVIER, Weight, estimate_demand
from archive.sandbox import child_process
from archive.sandbox.pool import Limits, hold_children_folder
from pipelines.response.payload_type import PayloadType, sniff
from tests.archive.evidence import page
from tests.archive.misbehaving import (
    ABORTS,
    CONNECTS,
    FILLS,
    HALVES,
    HANGS,
    HEAVY,
    KEEPS,
    LITTERS,
    PRINTS,
    STARTS,
    STARVES,
    TALKS,
    WRITES,
    misbehave,
)
from tests.archive.reading_here import read_payloads
from tests.warm import SERVERS, WarmStart

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.cold

GOOD = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
LIMITS = Limits(seconds=3, memory_bytes=1 << 30, documents=20)


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have children forked where nothing depends on how they begin, or on all that they take."""
    if sys.platform == "linux":
        monkeypatch.setattr(child_process, "subprocess", WarmStart(SERVERS))


def _stray_processes() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\x00")
        except OSError:
            continue
        if b"899.5" in words:
            found.append(path.parent.name)
    return found


_STARTED_BY_A_THREAD = """
import pathlib, subprocess, threading
from archive.sandbox import confinement
started, ended, kept = threading.Event(), threading.Event(), []
def start():
    kept.append(subprocess.Popen(["sleep", "899.5"]))
    started.set()
    ended.wait()
threading.Thread(target=start).start()
started.wait()
confinement._end_children()
ended.set()
print(pathlib.Path("/proc", str(kept[0].pid)).exists())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_what_a_thread_of_a_parser_started_is_ended() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STARTED_BY_A_THREAD], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_nothing_stays_behind_a_child_that_is_killed_or_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    payloads = {
        "ends": GOOD + LITTERS + STARTS,
        "hangs": GOOD + LITTERS + STARTS + HANGS,
        "good": GOOD,
    }
    results = read_payloads(tmp_path / "warc", payloads, LIMITS, misbehave)
    assert {name: result.read_state for name, result in results.items()} == {
        "ends": "read",
        "hangs": "failed",
        "good": "read",
    }
    assert str(results["hangs"].reason).startswith("timeout")
    assert results["hangs"].file_type == "html"  # told by another child
    assert _stray_processes() == []
    assert list(temporary.glob("gongkai-*")) == []


_PARENT = """
import pathlib, sys, tempfile
from archive.sandbox.pool import Limits
from tests.archive.misbehaving import HANGS, STARTS, misbehave
from tests.archive.reading_here import read_payloads
tempfile.tempdir = sys.argv[1]
if __name__ == "__main__":
    read_payloads(pathlib.Path(sys.argv[1]) / "warc", {"hangs": STARTS + HANGS}, Limits(), misbehave)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_the_children_of_a_killed_parent_end_in_the_middle_of_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], env={**os.environ, "PYTHONPATH": root}
    ) as parent:
        _wait_until(lambda: len(_stray_processes()) >= 2)
        children = [int(path.name) for path in tmp_path.glob("gongkai-*/[0-9]*")]
        parent.kill()
    _wait_until(lambda: not any(Path("/proc", str(child), "environ").exists() for child in children))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with hold_children_folder():
        assert len(list(tmp_path.glob("gongkai-*"))) == 1
    assert children
    # LibreOffice's own `timeout` aside, the next derive ends them; what is killed is seen for a moment yet.
    _wait_until(lambda: not _stray_processes())


def _wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_killed_parent_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=-1, check=True)
    left = tmp_path / f"gongkai-reading-{int(ended.stdout)}-abc"
    (left / "1").mkdir(parents=True)
    other = tmp_path / f"gongkai-reading-{os.getpid()}-abc"
    other.mkdir()
    with hold_children_folder() as folder:
        assert sorted(tmp_path.iterdir()) == sorted([folder, other])


@pytest.mark.usefixtures("warm")
def test_no_word_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    results = read_payloads(tmp_path, {"prints": GOOD + PRINTS}, LIMITS, misbehave)
    assert results["prints"].read_state == "read"
    assert "flood" not in "".join(capfd.readouterr())


def _can_leave_network() -> bool:
    flags = 0x4000_0000 if os.getuid() == 0 else 0x5000_0000
    code = f"import ctypes; raise SystemExit(ctypes.CDLL(None).unshare({flags}) != 0)"
    return (
        sys.platform == "linux" and subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    )


@pytest.mark.skipif(not _can_leave_network(), reason="the kernel lets no process give up its network here")
@pytest.mark.usefixtures("warm")
def test_a_child_has_no_network_not_even_loopback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        asks = b"<!-- port=%d -->" % server.getsockname()[1]
        results = read_payloads(tmp_path, {"connects": GOOD + CONNECTS + asks}, LIMITS, misbehave)
        with pytest.raises(TimeoutError):
            server.accept()
    assert results["connects"].read_state == "failed"
    assert str(results["connects"].reason).startswith("error: OSError")


_PLAIN_USER = 65_534
_AS_PLAIN_USER = """
import codecs, ctypes, os, pathlib, socket, sys, tempfile
from archive.sandbox.confinement import confine_process
from archive.sandbox.pool import Limits
codecs.lookup("ascii"), codecs.lookup("idna")  # loaded while the library can be read
os.setgroups([])
os.setresgid(*[65534] * 3)
os.setresuid(*[65534] * 3)
ctypes.CDLL(None).prctl(4, int(sys.argv[3]), 0, 0, 0)  # whether its entries in /proc are its own
told = os.dup(2)
confine_process(pathlib.Path(sys.argv[1]), Limits())
own = pathlib.Path(tempfile.gettempdir(), "own")
own.write_text("x")
deadly = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(deadly), 0, 0, 0)
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=2)
    code = 1
except OSError:
    code = 0
is_itself = (os.getuid(), os.getgid()) == (65534, 65534) and own.read_text() == "x"
os.write(told, repr((code, is_itself, deadly.value)).encode())
os._exit(code)
"""


def _can_plain_user_leave_network() -> bool:
    if sys.platform != "linux" or os.getuid() != 0:
        return False  # a test run by a plain user has it in the test above
    code = "import ctypes, os; os.setresuid(*[65534] * 3); "
    code += "raise SystemExit(ctypes.CDLL(None).unshare(0x5000_0000) != 0)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not _can_plain_user_leave_network(), reason="root cannot see here what a plain user may")
@pytest.mark.parametrize("can_map", [True, False], ids=["that may", "that may not"])
def test_a_child_of_a_plain_user_leaves_the_network_where_it_may(can_map: bool) -> None:
    with tempfile.TemporaryDirectory() as name, socket.create_server(("127.0.0.1", 0)) as server:
        os.chown(name, _PLAIN_USER, _PLAIN_USER)
        done = subprocess.run(
            [sys.executable, "-c", _AS_PLAIN_USER, name, str(server.getsockname()[1]), str(int(can_map))],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
        )
    has_network = not can_map
    assert done.stderr == repr((int(has_network), True, int(signal.SIGKILL)))


def test_a_child_takes_the_folder_of_one_that_had_its_number(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from archive.sandbox.confinement import confine_process; "
        "from archive.reading.tasks import Limits; folder = pathlib.Path(sys.argv[1]); "
        "(folder / str(os.getpid())).mkdir(); (folder / str(os.getpid()) / 'left').write_text('x'); "
        "confine_process(folder, Limits()); os._exit(len(list((folder / str(os.getpid())).iterdir())))"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env={**os.environ, "PYTHONPATH": root}, check=False
    )
    assert done.returncode == 0


@pytest.mark.usefixtures("warm")
def test_a_full_disk_is_no_fault_of_the_document(tmp_path: Path) -> None:
    results = read_payloads(tmp_path, {"full": GOOD + FILLS, "good": GOOD}, LIMITS, misbehave)
    assert str(results["full"].reason).startswith("disk: no room for temporary files")
    assert (results["full"].read_state, results["full"].is_lost) == ("failed", True)
    assert results["good"].read_state == "read"


@pytest.mark.usefixtures("warm")
def test_half_a_character_gets_no_further(tmp_path: Path) -> None:
    results = read_payloads(tmp_path, {"halves": GOOD + HALVES, "good": GOOD}, LIMITS, misbehave)
    assert results["halves"].reason == "damaged: its text holds halves of characters"
    assert results["good"].read_state == "read"


def test_what_is_too_much_is_a_result_and_the_next_document_is_read(tmp_path: Path) -> None:
    limits = Limits(seconds=6, memory_bytes=900 << 20, file_bytes=20 << 20, characters=20_000)
    payloads = {
        "writes": GOOD + WRITES,
        "talks": GOOD + TALKS,
        "starves": GOOD + STARVES,
        "keeps": GOOD + KEEPS,
        **{f"good-{number}": GOOD + b" " * number for number in range(6)},
    }
    results = read_payloads(tmp_path, payloads, limits, misbehave)
    reasons = {name: str(result.reason).partition(":")[0] for name, result in results.items()}
    assert {name: reasons[name] for name in ("writes", "talks", "starves")} == {
        "writes": "output",
        "talks": "output",
        "starves": "memory",
    }
    good = [results[name] for name in payloads if name.startswith(("good", "keeps"))]
    assert [(result.read_state, result.file_type) for result in good] == [("read", "html")] * 7


@pytest.mark.usefixtures("warm")
def test_an_answer_that_is_too_large_is_not_sent(tmp_path: Path) -> None:
    results = read_payloads(tmp_path, {"good": GOOD}, Limits(answer_bytes=500))
    assert str(results["good"].reason) == "output: the reading takes more than 500 bytes"
    assert results["good"].file_type == "html"


@pytest.mark.usefixtures("warm")
def test_a_heavy_file_has_the_limits_of_its_weight_and_keeps_its_place(tmp_path: Path) -> None:
    heavier = {**HEAVIER, Weight.SCAN: Limits(seconds=1, page_seconds=0.5, most_seconds=3)}
    payloads = {
        "heavy": GOOD + HEAVY,
        "good": GOOD,
        "hangs": GOOD + HEAVY + HANGS,
        "aborts": GOOD + HEAVY + ABORTS,
        "good-2": GOOD + b" ",
    }
    results = read_payloads(tmp_path, payloads, Limits(), misbehave, heavier=heavier)
    assert [result.read_state for result in results.values()] == ["read", "read", "failed", "failed", "read"]
    assert str(results["hangs"].reason).startswith("timeout")
    assert str(results["aborts"].reason).startswith("crash")
    assert {results["hangs"].file_type, results["aborts"].file_type} == {"pdf"}


def test_time_grows_with_the_pages_to_be_recognised_up_to_a_bound() -> None:
    limits = Limits(seconds=60, page_seconds=30, most_seconds=900)
    assert [limits.seconds_for(pages) for pages in (0, 1, 20, 28, 1000)] == [60, 90, 660, 900, 900]
    assert Limits(seconds=1000).seconds_for(3) == 1000


_PICTURE = b"5 0 obj\n<</Subtype /Image /Width %d /Height %d>>\nstream\nx\nendstream\nendobj\n"


@pytest.mark.parametrize(
    ("pictures", "weight", "pages"),
    [
        pytest.param([], Weight.FILE, 0, id="no picture"),
        pytest.param([(200, 100)], Weight.FILE, 0, id="an emblem"),
        pytest.param([(1654, 2339)] * 3, Weight.SCAN, 13, id="three pages at 200 dots per inch"),
        pytest.param([(1654, 100)] * 24, Weight.SCAN, 5, id="a page in strips"),
        pytest.param([(595, 842)] * 6, Weight.SCAN, 4, id="six pages at 72 dots per inch"),
    ],
)
def test_a_scan_is_told_by_the_pixels_of_its_pictures(
    pictures: list[tuple[int, int]], weight: Weight, pages: int
) -> None:
    payload = b"%PDF-1.4\n" + b"".join(_PICTURE % sides for sides in pictures)
    demand = estimate_demand(PayloadType.PDF, payload)
    assert (demand.file_type, demand.weight, demand.pages) == ("pdf", weight, pages)


def test_only_so_many_pictures_are_counted() -> None:
    payload = b"%PDF-1.4\n" + _PICTURE % (900, 1000) * 2001
    assert estimate_demand(PayloadType.PDF, payload).pages == 2000


@pytest.mark.parametrize(("apart", "is_seen"), [(400, True), (401, False)])
def test_the_sides_of_a_picture_stand_near_the_word_that_makes_it_one(apart: int, is_seen: bool) -> None:
    side = b"/Width 5000"
    payload = b"1 0 obj<</Height 900/Subtype/Image" + side.rjust(apart) + b">>stream"
    assert (estimate_demand(PayloadType.PDF, payload).pages == 5) is is_seen


@pytest.mark.parametrize("named", [b"/Width 12 0 R/Height 13 0 R", b"/Width\n12 0\nR /Height 3000"])
def test_a_side_that_stands_in_another_object_is_not_known(named: bytes) -> None:
    demand = estimate_demand(PayloadType.PDF, b"1 0 obj<</Subtype/Image" + named + b">>stream")
    assert (demand.weight, demand.pages >= 1) == (Weight.SCAN, True)


def test_what_is_no_file_weighs_as_a_page() -> None:
    assert estimate_demand(sniff(GOOD), GOOD).weight is Weight.PAGE
    assert estimate_demand(PayloadType.IMAGE, bytes(120_000)).pages == 3
    assert estimate_demand(PayloadType.ZIP, b"PK\x01\x02" * 4).pages == 9
