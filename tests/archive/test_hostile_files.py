"""Two hundred hostile files through the real pools: each ends with a state and a reason, and none stays.

In `make test` a part of them, with each format among it.

Those that keep a reader busy until the clock stops it are read by `python -m benchmarks.reading_fuzz
--hostile`, but for one in each kind of child.
"""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.reading.tasks import Weight
from archive.sandbox.pool import Limits
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import ReaderMissing, UnreadableDocument
from tests.archive.evidence import page
from tests.archive.hostile_files import HOSTILE, SLOW, content_type_of, make_hostile
from tests.archive.reading_here import Watch, read_payloads
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from archive.reading.tasks import ReadResult

LIMITS = Limits(seconds=2, memory_bytes=1 << 30, documents=40)
OF_PAGES = replace(LIMITS, seconds=60, cpu_seconds=2)
"""By the processor: a good page among them is read however busy the machine is."""
GOOD = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
ALSO = ("html-10-mb-of-bold", "pdf-lines-100000", "rtf-remote-picture")
NAMES = [name for name in HOSTILE if name not in SLOW or name in ALSO]
FIRST = {name.partition("-")[0]: name for name in reversed(NAMES)}
"""One of each format."""
TRIED = NAMES if SOAK else [name for name in NAMES if name in {*NAMES[::10], *FIRST.values(), *ALSO}]
FETCHING = [
    name for name in NAMES if any(word in name for word in ("remote", "local", "action", "other-file"))
]


def test_there_are_two_hundred() -> None:
    assert len(HOSTILE) >= 200
    assert len(NAMES) >= 180
    assert set(HOSTILE) > SLOW


def test_the_same_files_are_made_each_time() -> None:
    for name in ("docx-of-random-bytes", "pdf-encrypted-by-nobody", "random-behind-ole", "zip-encrypted"):
        assert make_hostile(name, 9) == make_hostile(name, 9)


@series
def test_each_ends_with_a_state_and_a_reason_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    payloads = {name: make_hostile(name, 9) for name in TRIED} | {"good": GOOD}
    headers = {name: ((b"Content-Type", content_type_of(name)),) for name in TRIED}
    with Watch(temporary) as watch:
        results = read_payloads(
            tmp_path / "warc",
            payloads,
            OF_PAGES,
            heavier={Weight.FILE: LIMITS, Weight.SCAN: LIMITS},
            headers=headers,
        )
    assert len(results) == len(payloads)
    assert [name for name, result in results.items() if not _is_told(result)] == []
    assert results["good"].read_state == "read"
    assert 0 < watch.most_bytes <= LIMITS.memory_bytes
    assert [process for process in watch.seen if Path("/proc", str(process)).exists()] == []
    assert list(temporary.glob("gongkai-*")) == []
    leaks = [name for name, result in results.items() if result.reading and "root:" in result.reading.text]
    assert leaks == []


def _is_told(result: ReadResult) -> bool:
    """Whether the result says what became of the file: read, no document at all, or why not."""
    if result.outcome != "ok" or result.read_state == "read":
        return True
    return result.read_state in ("failed", "waiting") and bool(result.reason)


@pytest.mark.parametrize("name", [name for name in FETCHING if not name.startswith("rtf")])
def test_nothing_is_fetched_by_a_reader_that_has_a_network(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        payload = make_hostile(name, server.getsockname()[1])
        try:
            text = read_document(payload, Hints("http://a.example/", content_type_of(name).decode())).text
        except (UnreadableDocument, ReaderMissing) as error:
            text = error.problem
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    assert text
    assert "root:" not in text
