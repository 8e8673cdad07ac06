"""Payloads through the real pools: archived as a night's answers, read by children, told by their names."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from archive.reading.capture import read_capture
from archive.reading.dispatch import read_captures
from archive.reading.tasks import HEAVIER, ReadTask, Weight
from archive.warc.entries import StoredCapture
from archive.warc.files import archive_files
from archive.warc.reader import read_archive
from tests.archive.evidence import Answer, Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.reading.capture import Read
    from archive.reading.tasks import ReadResult
    from archive.sandbox.pool import Limits


def read_payloads(
    folder: Path,
    payloads: Mapping[str, bytes],
    limits: Limits,
    read: Read = read_capture,
    *,
    heavier: Mapping[Weight, Limits] = HEAVIER,
    headers: Mapping[str, tuple[tuple[bytes, bytes], ...]] | None = None,
) -> dict[str, ReadResult]:
    """Archive payloads and read them; return each result by the name of its payload.

    Args:
        folder: for the WARC file; empty.
        payloads: by name.
        limits: of pages.
        read: what the children run.
        heavier: the limits of heavier files.
        headers: of the answers that are no web pages.
    """
    default = Answer("").headers
    answers = [
        Answer(f"http://a.example/{name}", body, headers=(headers or {}).get(name, default))
        for name, body in payloads.items()
    ]
    Evidence(folder).night(1, answers)
    tasks = read_tasks(folder)
    results = list(read_captures(folder, tasks, workers=2, limits=limits, heavier=heavier, read=read))
    assert [task for task, _ in results] == tasks
    return {task.url.rpartition("/")[2]: result for task, result in results}


def read_tasks(folder: Path) -> Sequence[ReadTask]:
    """Return a task for each capture of a folder, in their order."""
    captures = [
        record
        for path in archive_files(folder)
        for record in read_archive(path)
        if isinstance(record, StoredCapture)
    ]
    return [
        ReadTask(
            capture_id=capture.id,
            url=capture.url,
            warc_file=capture.warc_file,
            warc_offset=capture.warc_offset,
            is_document=True,
            document_id="d",
            source_id=capture.id,
            fetched_at="",
        )
        for capture in captures
    ]


class Watch:
    """Looks at the children of the pools while they read.

    Attributes:
        most_bytes: the largest address space that one of them had.
        seen: the process ids of all children.
    """

    def __init__(self, temporary: Path) -> None:
        self.most_bytes = 0
        self.seen: set[int] = set()
        self._temporary = temporary
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.05):
            # Children end, and their folders go, while they are looked at.
            with contextlib.suppress(OSError):
                self._look_once()

    def _look_once(self) -> None:
        for path in self._temporary.glob(f"gongkai-reading-{os.getpid()}-*/[0-9]*"):
            self.seen.add(int(path.name))
            status = Path("/proc", path.name, "status").read_text(encoding="utf-8")
            found = re.search(r"^VmPeak:\s*(\d+)", status, re.M)
            self.most_bytes = max(self.most_bytes, int(found[1]) * 1024 if found else 0)
