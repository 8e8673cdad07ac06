"""Names of WARC files, open under one and sealed under another, never overwritten; repair of what is open."""

from __future__ import annotations

import datetime as dt
import fcntl
import io
import logging
import os
import re
import socket
import time
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from archive.data_folder import (
    LOOK_AGAIN_S,
    DataDir,
    name_archive,
    naming_file,
    sync_folder,
    take_lock,
    write_durably,
)
from archive.warc.cdxj import PAGES_SUFFIX, index_lines
from archive.warc.entries import ArchiveError, TornRecord
from archive.warc.moved_files import find_moved, is_stored, move_file, prepare_store
from archive.warc.record_index import RECORDS_SUFFIX, Seal, index_path, record_lines
from archive.warc.walk import CUT_OFF, open_warc, walk

logger = logging.getLogger(__name__)

OPEN_SUFFIX = ".open"
SEALED_SUFFIXES = (".warc.gz", ".warc")

# Names have five digits for it, so that they sort as they were written.
_LAST_SERIAL = 99_999


def open_name(sealed: Path) -> Path:
    """Return the name under which a file stands while it is written."""
    return sealed.with_name(sealed.name + OPEN_SUFFIX)


def sealed_name(opened: Path) -> Path:
    """Return the name that a file gets once nothing is added to it any more."""
    return opened.with_name(opened.name.removesuffix(OPEN_SUFFIX))


def archive_files(folder: Path) -> tuple[Path, ...]:
    """Return the sealed WARC files of a folder, by name: for ours, the order in which they were begun."""
    # What is being written (`.making-…`) begins with a point.
    paths = folder.glob("[!.]*")
    return tuple(sorted(path for path in paths if path.name.endswith(SEALED_SUFFIXES)))


# A copy is named by its attempt: what was sealed under a name are the bytes that the name stands for, even
# where that copy was removed, once its file was back, before the file was damaged a second time.
_SOUND_COPY = re.compile(r"(.+)\.sound(?:-[0-9]+)?(\.warc(?:\.gz)?)")


def sound_name(name: str, taken: Container[str] = ()) -> str:
    """Return the name of the file that is to hold what is whole in a damaged one: the first that is free."""
    suffix = next(suffix for suffix in SEALED_SUFFIXES if name.endswith(suffix))
    attempts = chain([""], (f"-{number}" for number in count(2)))
    names = (f"{name.removesuffix(suffix)}.sound{attempt}{suffix}" for attempt in attempts)
    return next(each for each in names if each not in taken)


def damaged_name(name: str) -> str | None:
    """Return the name of the file that a sound copy is of; None for what is not called as one."""
    found = _SOUND_COPY.fullmatch(name)
    return found and found[1] + found[2]


def readable_files(folder: Path) -> tuple[Path, ...]:
    """Return the sealed WARC files of a folder, of a damaged one its newest sound copy, if there is one."""
    paths = archive_files(folder)
    copies = [path for path in paths if damaged_name(path.name)]
    # The newest has the longest name.
    newest = {damaged_name(path.name): path for path in sorted(copies, key=lambda path: len(path.name))}
    replaced = {*newest, *(path.name for path in copies if path not in newest.values())}
    return tuple(path for path in paths if path.name not in replaced)


def open_files(folder: Path) -> tuple[Path, ...]:
    """Return the files that were never sealed, by name."""
    return tuple(sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}")))


def writer_name(shard: str | None) -> str:
    """Return who writes, as the names of files end: this host, and `2of3` for its shard `2/3`."""
    host = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname().partition(".")[0]).strip("-") or "localhost"
    return f"{host}-{shard.replace('/', 'of')}" if shard else host


def create(folder: Path, at: dt.datetime, writer: str) -> tuple[Path, int]:
    """Create the next file of a folder, locked for the caller, and return its sealed name and descriptor.

    Args:
        folder: where it stands.
        at: dates it.
        writer: see `writer_name`; files of two who write at once, each in a folder of its own, can be joined.

    Raises:
        ArchiveError: every name of this second is taken.
        OSError: the file cannot be made.
    """
    stamp = at.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")
    for serial in range(_LAST_SERIAL + 1):
        sealed = folder / f"gongkai-{stamp}-{serial:05}-{writer}.warc.gz"
        opened = open_name(sealed)
        try:
            descriptor = os.open(opened, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            continue
        # Only who holds the open name may seal it: looked at afterwards, the sealed name cannot appear.
        if os.path.lexists(sealed):
            opened.unlink()
            os.close(descriptor)
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return sealed, descriptor
    raise ArchiveError(f"no free file name is left for {stamp}", where=folder)


def seal(opened: Path, records: bytes | bytearray | None = None) -> Path:
    """Rename a file that is complete and synced to its sealed name, durably, and write its indexes.

    Args:
        opened: the file under its open name.
        records: its index of records, where that is known; else it is made from the file.

    Raises:
        ArchiveError: a sealed file of that name is there already.
        OSError: the rename fails, or an index cannot be written; `repair` will.
    """
    sealed = sealed_name(opened)
    if os.path.lexists(sealed):
        raise ArchiveError("a sealed file of that name is there already", where=sealed)
    opened.rename(sealed)
    sync_folder(sealed.parent)
    if records is not None:
        write_durably(index_path(sealed), [bytes(records)])
    _write_indexes(sealed)
    return sealed


# What stands beside each sealed file. It follows from the file, so a kill before it is written loses nothing.

INDEXES: Mapping[str, Callable[[Path], Iterable[bytes]]] = {
    RECORDS_SUFFIX: record_lines,
    PAGES_SUFFIX: index_lines,
}
"""How the name of an index ends, and what makes its lines from the sealed file."""


def index_names(sealed: str) -> tuple[str, ...]:
    """Return how the indexes of a sealed file are called."""
    return tuple(index_path(Path(sealed), suffix).name for suffix in INDEXES)


def move_sealed(data: DataDir, url: str, sealed: Mapping[str, Seal]) -> int:
    """Move the sealed files of an archive to a store, where they are read from then on; return how many.

    One that is not as it was sealed stays, for `verify` to tell of. What was moved before is not asked for.

    Args:
        data: where they stand; the caller holds the lock.
        url: the address of the store, as fsspec knows it.
        sealed: what the manifests say of those that may go, by their names.

    Raises:
        StoreUnreachable: the store does not take or give what it should, is not where the files stand that
            were moved before, or is that of another archive; what is not there yet stays here.
        OSError: the disk refuses; likewise.
    """
    paths = archive_files(data.warc)
    here = [path for path in paths if path.name in sealed and path.is_file()]
    if here:
        stores = {moved.store for moved in map(find_moved, paths) if moved}
        prepare_store(url, name_archive(data.manifests), is_new=url.rstrip("/") not in stores)
    return sum(move_file(path, url, sealed[path.name].sha256) for path in here)


def files_without_pages(folder: Path) -> tuple[Path, ...]:
    """Return the sealed files that lack their index of pages: of before, or where a kill came between."""
    sealed = filter(is_stored, archive_files(folder)) if folder.is_dir() else ()
    return tuple(path for path in sealed if not index_path(path, PAGES_SUFFIX).exists())


def complete_indexes(folder: Path) -> None:
    """Write the indexes that sealed files lack. A damaged file gets none, and is named in the log.

    Raises:
        OSError: the disk refuses.
    """
    for sealed in filter(is_stored, archive_files(folder)):
        _write_indexes(sealed)


def _write_indexes(sealed: Path) -> None:
    for suffix, lines in INDEXES.items():
        path = index_path(sealed, suffix)
        if path.exists():
            continue
        try:
            made = list(lines(sealed))
        except (ArchiveError, OSError) as damage:
            logger.warning("no index of a file that cannot be read: %s", damage)
        else:
            write_durably(path, made)


# Brings files that a killed writer left open to a clean end, before the next writer starts.
# A tail that was being written when the power or the process went was never acknowledged: it is cut off.
# Any other damage may have whole records behind it: nothing is cut then, and `verify` names the place.

_PATIENCE_S = 60.0
# No record that was being written is longer: a payload has a limit, and the rest of a group is small.
_TAIL_BYTES = 1 << 28


def repair(folder: Path) -> None:
    """Cut torn tails off the files that were never sealed, and seal them.

    Run it under the lock, before any writer starts. Waits for a writer process that outlives its parent.

    Raises:
        ArchiveError: a file is still being written.
        OSError: the disk refuses.
    """
    # A writer that outlives its parent may seal a file and begin the next one while it is waited for.
    while paths := open_files(folder):
        for path in paths:
            _repair_file(path)
    complete_indexes(folder)


def _repair_file(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # its writer has sealed it meanwhile
    try:
        _wait_for_writer(descriptor, path)
        # The lock came with the file already sealed: the descriptor is of what stands under the other name
        # now.
        if not path.exists():
            return
        end = whole_size(path)
        if cut := os.fstat(descriptor).st_size - end:
            logger.info("%s: %d bytes of what was never written whole are cut off", path.name, cut)
        # Not even the record that opens each file was whole, so nothing in it was acknowledged.
        if not end:
            path.unlink()
            sync_folder(path.parent)
            return
        with naming_file(path):
            os.ftruncate(descriptor, end)
            os.fsync(descriptor)
        seal(path)
    finally:
        os.close(descriptor)


def _wait_for_writer(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not take_lock(descriptor):
        if time.monotonic() > deadline:
            raise ArchiveError(
                "another process still writes this file",
                where=path,
                hint="Find it with `fuser` or `lsof`, end it, and run again",
            )
        time.sleep(LOOK_AGAIN_S)


def whole_size(opened: Path) -> int:
    """Return how many bytes of a file that grows are whole groups: all that was acknowledged is in them.

    Of a damaged one, it is as long as it is: behind the damage may be more.

    Raises:
        OSError: it cannot be read; FileNotFoundError where it was sealed meanwhile.
    """
    whole = 0
    with open_warc(opened) as file:
        try:
            for record in walk(file, opened.name):
                end = record.offset + record.finish()
                # What is concurrent to a capture stands before it: a group is complete with the capture.
                if record.field("WARC-Concurrent-To") is None:
                    whole = end
        except TornRecord as torn:
            if not _is_torn_tail(file, torn.offset):
                return opened.stat().st_size
    return whole


def _is_torn_tail(file: BinaryIO, offset: int) -> bool:
    """Tell whether from here on stands the beginning of one record, with zeros where nothing was written.

    Anything else was whole once, or has something whole behind it: it may have been acknowledged.
    """
    file.seek(offset)
    tail = file.read(_TAIL_BYTES)
    if file.read(1):
        return False
    begun = tail.rstrip(b"\0")
    try:
        list(walk(io.BytesIO(begun), ""))
    except TornRecord as torn:
        # A record with a damaged byte is torn, too, but not by the end of the file.
        return torn.problem == CUT_OFF
    return not begun
