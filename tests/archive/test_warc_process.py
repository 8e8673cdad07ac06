from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import threading
from contextlib import closing
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.frontier import outcomes
from archive.frontier.writer_child import Intake
from archive.frontier.writer_process import WriterProcess
from archive.sandbox.child_process import receive_bytes
from archive.warc.damage import verify_pointers
from archive.warc.entries import ArchiveError, ArchiveFull, RunEvent, UnwritableEntry, Written
from archive.warc.files import archive_files, open_files, repair
from archive.warc.reader import load_payload, read_archive
from archive.warc.verification import verify_file
from archive.warc.writer import WarcWriter
from tests.archive.samples import CONTEXT, MOMENT, exchange, fixed_clock, page_like_payloads
from tests.conftest import ROOT
from tests.warm import ANY, start_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGES = list(page_like_payloads(40))


def test_what_is_acknowledged_is_on_disk_before_the_file_is_sealed(tmp_path: Path) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))) as writer:
        futures = [writer.submit(exchange(payload=page)) for page in PAGES]
        written = [future.result() for future in futures]
        (growing,) = open_files(tmp_path)
        assert growing.stat().st_size >= written[-1].offset + written[-1].length
    assert len({place.capture_id for place in written}) == len(PAGES)
    for place, page in zip(written, PAGES, strict=True):
        assert load_payload(tmp_path, place.warc_file, place.offset).body == page
    assert [path.name for path in archive_files(tmp_path)] == [written[0].warc_file]


def test_answers_are_judged_once_they_are_written(tmp_path: Path) -> None:
    bomb = exchange(payload=b"\x1f\x8b no gzip", headers=((b"Content-Encoding", b"gzip"),))
    answers = [exchange(payload=PAGES[0]), exchange(status=404), bomb]
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))) as writer:
        outcomes = [writer.submit(answer).result().outcome for answer in answers]
        run = writer.submit(RunEvent("run-1", "start", MOMENT, {})).result()
    assert outcomes == ["ok", "gone", "ok"]
    assert run.outcome is None


def test_an_answer_beyond_the_judge_is_kept_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall_over(**seen: object) -> None:
        raise RecursionError(seen)

    monkeypatch.setattr(outcomes, "classify_response", fall_over)
    assert outcomes.Judge(tmp_path).judge(exchange(), "urn:uuid:1") == "failed"


def test_an_entry_that_cannot_be_written_fails_alone(tmp_path: Path) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))) as writer:
        bad = writer.submit(RunEvent("run-1", "start", MOMENT, {"set": {1}}))
        good = writer.submit(exchange())
        with pytest.raises(UnwritableEntry):
            bad.result()
        assert good.result().payload_sha256


def test_a_closed_archive_says_so(tmp_path: Path) -> None:
    writer = WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))
    writer.close()
    writer.close()
    with pytest.raises(ArchiveError, match="the archive is closed"):
        writer.submit(exchange()).result()
    assert list(tmp_path.iterdir()) == []


def test_files_roll_under_load(tmp_path: Path) -> None:
    with closing(
        WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"), roll_bytes=15_000)
    ) as writer:
        written = [
            future.result() for future in [writer.submit(exchange(payload=page)) for page in PAGES * 3]
        ]
    assert len(archive_files(tmp_path)) > 5
    assert all(verify_file(path).findings == () for path in archive_files(tmp_path))
    assert {place.warc_file for place in written} == {path.name for path in archive_files(tmp_path)}


def test_an_interrupt_does_not_reach_the_writer(tmp_path: Path) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))) as writer:
        writer.submit(exchange()).result()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(writer._child.pid, number)
        assert writer.submit(exchange()).result().offset > 0
    assert len(archive_files(tmp_path)) == 1


def test_a_missing_folder_is_an_error_with_its_name(tmp_path: Path) -> None:
    writer = WriterProcess(tmp_path / "absent", clock=fixed_clock, crawl_db=Path(":memory:"))
    with pytest.raises(ArchiveError, match="absent"):
        writer.submit(exchange()).result()
    writer.close()


def test_a_writer_that_is_killed_fails_all_that_waits_and_loses_nothing(tmp_path: Path) -> None:
    writer = WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))
    first = [writer.submit(exchange(payload=page)) for page in PAGES]
    kept = [future.result() for future in first]
    rest = [writer.submit(exchange(payload=page)) for page in PAGES]
    os.kill(writer._child.pid, signal.SIGKILL)
    for future in rest:
        with contextlib.suppress(ArchiveError):
            kept.append(future.result())
    with pytest.raises(ArchiveError, match="ended by signal 9"):
        writer.submit(exchange()).result()
    writer.close()
    repair(tmp_path)
    assert_all_kept(tmp_path, kept)


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("limit", [100, 20_000, 33_333], ids=lambda size: f"{size} bytes")
def test_a_full_disk_tells_every_waiting_record_and_keeps_the_acknowledged(
    tmp_path: Path, limit: int
) -> None:
    with file_size_limit(limit):
        writer = WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))
    futures = [writer.submit(exchange(payload=page)) for page in PAGES]
    results = [future.exception() or future.result() for future in futures]
    failed = [result for result in results if isinstance(result, ArchiveFull)]
    kept = [result for result in results if not isinstance(result, BaseException)]
    assert len(failed) + len(kept) == len(PAGES)
    assert failed
    assert "no room for the next record" in str(failed[0])
    with pytest.raises(ArchiveFull):
        writer.submit(exchange()).result()
    writer.close()
    # The torn group was cut off before anybody was told, so there is nothing to repair.
    assert open_files(tmp_path) == ()
    assert bool(kept) == (limit > 10_000)
    assert_all_kept(tmp_path, kept)


def test_a_full_disk_leaves_the_synchronous_writer_usable(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock) as writer:
        writer.append(exchange())
        with file_size_limit(4_000), pytest.raises(ArchiveFull, match="Free space"):
            writer.append(exchange(payload=os.urandom(9_000)))
        writer.append(exchange())
    (path,) = archive_files(tmp_path)
    assert len(list(read_archive(path))) == 2
    assert verify_file(path).findings == ()


def test_a_disk_that_does_not_sync_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = WarcWriter(tmp_path, clock=fixed_clock)
    written = writer.append(exchange())
    writer.sync()
    writer.append(exchange())
    monkeypatch.setattr(os, "fsync", failing_fsync)
    for _ in range(2):
        with pytest.raises(ArchiveError, match="Input/output error"):
            writer.sync()
    with pytest.raises(ArchiveError, match="Input/output error"):
        writer.append(exchange())
    writer.close()
    monkeypatch.undo()
    (opened,) = open_files(tmp_path)
    size = opened.stat().st_size
    repair(tmp_path)
    (path,) = archive_files(tmp_path)
    assert path.stat().st_size == size
    assert [found.warc_offset for found in read_archive(path)] == [written.offset]


def failing_fsync(descriptor: int) -> None:
    raise OSError(5, "Input/output error", str(descriptor))


def read_place(line: str) -> Written:
    """Read the fields of a `Written`, in their order."""
    capture_id, file, offset, length, sha256, _ = line.split()
    return Written(capture_id, file, int(offset), int(length), sha256)


def assert_all_kept(folder: Path, kept: Sequence[Written]) -> None:
    assert open_files(folder) == ()
    assert list(verify_pointers(folder, kept)) == []
    for path in archive_files(folder):
        assert verify_file(path).findings == ()


@pytest.mark.parametrize("victim", ["the crawl", "the writer"])
@pytest.mark.parametrize("seed", range(4))
def test_kill_9_at_any_moment_loses_no_acknowledged_record(tmp_path: Path, victim: str, seed: int) -> None:
    stop_after = random.Random(f"{victim} {seed}").randrange(1, 400)
    said, tells = os.pipe()
    command = [sys.executable, "-m", ANY, "tests.archive.crawling", str(tmp_path)]
    streams = (subprocess.DEVNULL, tells, subprocess.DEVNULL)
    crawl = start_program(command, env=os.environ, streams=streams, folder=ROOT)
    os.close(tells)
    with open(said, encoding="ascii") as told:  # noqa: PTH123 - a pipe
        writer_pid = int(told.readline())
        acknowledged = [told.readline() for _ in range(stop_after)]
        os.kill(crawl.pid if victim == "the crawl" else writer_pid, signal.SIGKILL)
        crawl.kill()
        acknowledged += told.read().splitlines(keepends=True)
    crawl.wait()
    # Waits for a writer that outlives its parent: the file is locked until it has written what it had.
    repair(tmp_path)
    kept = [read_place(line) for line in acknowledged if line.endswith("\n")]
    assert len(kept) >= stop_after
    assert_all_kept(tmp_path, kept)


def test_a_file_that_its_writer_seals_while_it_is_waited_for_is_left_alone(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, clock=fixed_clock)
    written = writer.append(exchange())
    sealing = threading.Timer(0.3, writer.close)
    sealing.start()
    repair(tmp_path)
    sealing.join()
    assert [path.name for path in archive_files(tmp_path)] == [written.warc_file]
    assert [found.warc_offset for found in read_archive(tmp_path / written.warc_file)] == [written.offset]


def test_an_entry_that_ends_early_is_the_end() -> None:
    reader, sender = Pipe(duplex=False)
    with reader, sender:
        sender.send(exchange())
        os.write(sender.fileno(), b"\x00\x00\x10\x00 not as long as it says")
        sender.close()
        assert len(receive_bytes(reader)) > 100
        with pytest.raises(EOFError):
            receive_bytes(reader)


def test_the_intake_hands_over_all_that_waits_then_nothing(tmp_path: Path) -> None:
    path = tmp_path / "entries"
    with Connection(os.open(path, os.O_WRONLY | os.O_CREAT), readable=False) as sender:
        for entry in (*(exchange(payload=page) for page in PAGES[:3]), None):
            sender.send(entry)
    with Connection(os.open(path, os.O_RDONLY), writable=False) as requests:
        intake = Intake(requests)
        intake.read_all()
        assert len(intake.take_waiting()) == 4
        assert intake.take_waiting() == []


def test_context_is_what_was_submitted(tmp_path: Path) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=Path(":memory:"))) as writer:
        future = writer.submit(replace(exchange(), context=CONTEXT))
    (found,) = read_archive(tmp_path / future.result().warc_file)
    assert getattr(found, "context", None) == CONTEXT
