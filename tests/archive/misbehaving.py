"""Readers that misbehave on a document that asks for it, as a parser would: they run in a child process."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from archive.reading.capture import TooHeavy, read_capture
from archive.reading.tasks import Demand, Weight
from archive.warc.reader import load_payload
from pipelines.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.reading.tasks import ReadResult, ReadTask

ABORTS = b"<!-- this document makes the parser abort -->"
HANGS = b"<!-- this document makes the parser hang -->"
HUNGRY = b"<!-- this document makes the parser eat memory -->"
RAISES = b"<!-- this document makes the parser raise -->"
UNSENDABLE = b"<!-- this document makes the parser raise what cannot be pickled -->"
HEAVY = b"<!-- this document is heavy -->"
STARTS = b"<!-- this document makes the parser start a program and forget it -->"
LITTERS = b"<!-- this document makes the parser leave files -->"
PRINTS = b"<!-- this document makes the parser print -->"
CONNECTS = b"<!-- this document makes the parser open a connection -->"
WRITES = b"<!-- this document makes the parser write without end -->"
TALKS = b"<!-- this document makes the parser answer without end -->"
STARVES = b"<!-- this document makes the parser call a want of memory a damage -->"
FILLS = b"<!-- this document makes the parser find the disk full -->"
HALVES = b"<!-- this document makes the parser answer in halves of characters -->"
KEEPS = b"<!-- this document makes the parser keep memory -->"

_kept: list[bytearray] = []


class Unsendable(Exception):
    """An error that cannot be made again from its message, as some libraries have them."""

    def __init__(self, number: int, place: int) -> None:
        super().__init__(f"{number} at {place}")


def misbehave(folder: Path, task: ReadTask, heaviest: Weight) -> ReadResult:
    """Read a capture, or do what its payload asks for."""
    body = load_payload(folder, task.warc_file, task.warc_offset).body
    if HEAVY in body and heaviest < Weight.SCAN:
        raise TooHeavy(Demand("pdf", Weight.SCAN, body.count(b"<p>")))
    for words, act in _ACTS.items():
        if words in body:
            act(body)
    result = read_capture(folder, task)
    if HALVES in body and result.reading:
        return replace(result, reading=replace(result.reading, tail="\ud83d"))
    if TALKS in body and result.reading:
        return replace(result, reading=replace(result.reading, tail="政" * 30_000))
    return result


def _hang(_body: bytes) -> None:
    time.sleep(3600)


def _take_memory(_body: bytes) -> None:
    bytearray(8 << 30)


def _raise_unsendable(_body: bytes) -> None:
    raise Unsendable(1, 2)


def _raise(_body: bytes) -> None:
    raise LookupError("a fault of the parser")


def _start_program(_body: bytes) -> None:
    """Start what goes on in a process group of its own, as `timeout` does, and in a session of its own."""
    sleep = shutil.which("sleep") or "sleep"
    subprocess.Popen([shutil.which("timeout") or "timeout", "-k", "5", "900", sleep, "899.5"])
    subprocess.Popen([sleep, "899.5"], start_new_session=True)


def _leave_files(_body: bytes) -> None:
    Path(tempfile.mkdtemp(), "left").write_bytes(b"x" * 1000)
    Path(tempfile.gettempdir(), "left too").write_bytes(b"x" * 1000)


def _print(_body: bytes) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.write("a flood of words\n")
        stream.flush()
    os.write(2, b"a flood from C\n")


def _connect(body: bytes) -> None:
    port = int(body.partition(b"port=")[2].split()[0])
    socket.create_connection(("127.0.0.1", port), timeout=2).close()


def _write(_body: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        for _ in range(64):
            file.write(bytes(1 << 20))


def _fill(_body: bytes) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _starve(_body: bytes) -> None:
    taken = []
    with contextlib.suppress(MemoryError):
        while True:
            taken.append(b"x" * (8 << 20))
    taken.pop()
    raise UnreadableDocument(f"damaged: unknown error {len(taken)}")


def _keep(_body: bytes) -> None:
    _kept.append(bytearray(500 << 20))


_ACTS: dict[bytes, Callable[[bytes], None]] = {
    ABORTS: lambda _body: os.abort(),
    LITTERS: _leave_files,
    STARTS: _start_program,
    PRINTS: _print,
    CONNECTS: _connect,
    WRITES: _write,
    STARVES: _starve,
    FILLS: _fill,
    KEEPS: _keep,
    HUNGRY: _take_memory,
    UNSENDABLE: _raise_unsendable,
    RAISES: _raise,
    HANGS: _hang,
}
