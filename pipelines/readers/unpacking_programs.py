"""RAR and 7z, which take a program: `bsdtar`, or `unar` where that is what is installed.

bsdtar writes what it finds to a pipe as a tar: no byte of a member reaches a disk, and the pipe is closed
when too much has come out of it. unar can only write files: what it lists is judged first, it gets a folder
of its own, and unpacks nothing but files; no link is made there, and none is followed.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers.unpacking import Item, one_line, tar_items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipelines.readers.unpacking import Budget
    from pipelines.response.payload_type import PayloadType

UNPACK_SECONDS = 60
ENCRYPTED_WORDS = re.compile(r"encrypt|crypto|passphrase|password", re.I)
RAR_4 = b"Rar!\x1a\x07\x00"
RAR_BLOCK = struct.Struct("<HBHHL")
"""Checksum, kind, flags, size of the header, size of the data behind it where there are any."""
RAR_SMALLEST_BLOCK = 7
RAR_WITH_DATA = 0x8000
RAR_FILE = 0x74
RAR_ENCRYPTED: Mapping[int, int] = {0x73: 0x80, RAR_FILE: 0x04}
"""The flag that says so, by the kind of header: that of the archive, that of a file."""


def program_items(kind: PayloadType, payload: bytes, budget: Budget) -> Iterator[Item]:
    """Yield the files in a RAR or 7z, each to be unpacked before the next is asked for.

    Args:
        kind: what it is.
        payload: the archive.
        budget: what may still come out.

    Raises:
        UnreadableDocument: `damaged`, `encrypted`, `bomb`: the archive itself, or what came out before.
        ReaderMissing: no program that unpacks it is installed.
    """
    if _is_encrypted_rar(payload):
        raise UnreadableDocument("encrypted: its members take a password", where=budget.where)
    bsdtar, unar, lsar = _programs()
    if not is_installed():
        hint = "Install bsdtar (package libarchive-tools) or unar"
        raise ReaderMissing(f"{kind}: nothing that unpacks it is installed", where=budget.where, hint=hint)
    with TemporaryDirectory(prefix="gongkai-archive-") as name:
        packed = Path(name, "packed")
        packed.write_bytes(payload)
        if bsdtar:
            yield from _piped_items(bsdtar, packed, budget)
        else:
            yield from _written_items(str(unar), str(lsar), packed, budget)


def is_installed() -> bool:
    """Tell whether a program that unpacks RAR and 7z is installed."""
    bsdtar, unar, lsar = _programs()
    return bool(bsdtar or (unar and lsar))


def _programs() -> tuple[str | None, str | None, str | None]:
    return shutil.which("bsdtar"), shutil.which("unar"), shutil.which("lsar")


def _piped_items(program: str, packed: Path, budget: Budget) -> Iterator[Item]:
    errors = packed.with_name("errors")
    came = 0
    with errors.open("wb") as sink, _converted(program, packed, sink) as running:
        try:
            for item in tar_items(cast("BinaryIO", running.stdout), budget):
                came += 1
                yield item
        except UnreadableDocument:
            if budget.is_spent:
                raise
        running.wait()
    if running.returncode:
        _raise_what_was_said(errors.read_text("utf-8", "replace"), came, budget)


@contextmanager
def _converted(program: str, packed: Path, errors: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """Run bsdtar, what it unpacks coming out of its pipe as a tar; it is ended when nobody reads on."""
    command = [program, "-c", "-f", "-", "--format=pax", f"@{packed}"]
    environment = {"LC_ALL": "C.UTF-8", "TMPDIR": str(packed.parent)}
    with subprocess.Popen(  # noqa: S603  a program by its path, no shell, no name of a member
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=environment,
        cwd=packed.parent,
    ) as running:
        clock = threading.Timer(UNPACK_SECONDS, running.kill)
        clock.start()
        try:
            yield running
        finally:
            clock.cancel()
            running.kill()


def _raise_what_was_said(said: str, came: int, budget: Budget) -> None:
    """Raise what bsdtar complained of, after the members that it could read."""
    words = " ".join(said.split())[-200:]
    reason = "encrypted" if ENCRYPTED_WORDS.search(said) else "damaged"
    problem = f"{reason}: {came} members came out of it, then {words or 'nothing'}"
    raise UnreadableDocument(problem, where=budget.where)


def _written_items(unar: str, lsar: str, packed: Path, budget: Budget) -> Iterator[Item]:
    files = [entry for entry in _listed(lsar, packed, budget) if _is_file(entry)]
    if any(entry.get("XADFileSize") is None for entry in files):
        raise UnreadableDocument("unsupported: a member does not state its size", where=budget.where)
    declared = sum(int(entry["XADFileSize"]) for entry in files)
    budget.count_bytes(declared)
    for _ in files:
        budget.count_member()
    if any(entry.get("XADIsEncrypted") for entry in files):
        raise UnreadableDocument("encrypted: its members take a password", where=budget.where)
    folder = packed.with_name("members")
    folder.mkdir()
    numbers = [str(entry["XADIndex"]) for entry in files]
    done = _run([unar, "-q", "-D", "-r", "-o", str(folder), "-i", str(packed), *numbers], packed, budget)
    written = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    budget.count_bytes(max(0, sum(path.stat().st_size for path in written) - declared))
    for path in written:
        yield Item(one_line(path.relative_to(folder).as_posix()), path.read_bytes)
    if done.returncode:
        _raise_what_was_said((done.stdout + done.stderr).decode("utf-8", "replace"), len(written), budget)


def _is_file(entry: Mapping[str, Any]) -> bool:
    return not (entry.get("XADIsDirectory") or entry.get("XADIsLink") or entry.get("XADIsCharacterDevice"))


def _listed(lsar: str, packed: Path, budget: Budget) -> list[dict[str, Any]]:
    """Return what unar knows of each member."""
    said = _run([lsar, "-j", str(packed)], packed, budget).stdout
    try:
        entries = json.loads(said)["lsarContents"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableDocument("damaged: its members cannot be listed", where=budget.where) from error
    return [entry for entry in entries if isinstance(entry, dict)]


def _run(command: list[str], packed: Path, budget: Budget) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  a program by its path, no shell, no name of a member
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"LC_ALL": "C.UTF-8", "HOME": str(packed.parent)},
            cwd=packed.parent,
            timeout=UNPACK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument("bomb: it is not unpacked within a minute", where=budget.where) from error


def _is_encrypted_rar(payload: bytes) -> bool:
    """Tell whether a RAR 4 has members that take a password: bsdtar passes those on as they stand."""
    position = len(RAR_4)
    while payload.startswith(RAR_4) and position + RAR_BLOCK.size <= len(payload):
        _, kind, flags, size, data_size = RAR_BLOCK.unpack_from(payload, position)
        if flags & RAR_ENCRYPTED.get(kind, 0):
            return True
        if size < RAR_SMALLEST_BLOCK:
            return False
        position += size + (data_size if flags & RAR_WITH_DATA or kind == RAR_FILE else 0)
    return False
