"""Appends entries to WARC files, each group of records whole or not at all.

    append  ─▶ handed to the system ─ sync ─▶ durable ─ roll or close ─▶ sealed under its final name

While a file grows it is called `….warc.gz.open` and locked; what a killed writer leaves under that name is
`archive.warc.files`'s. What cannot be written whole is cut back at once.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from msgspec import Struct

from archive.data_folder import sync_folder
from archive.warc.encode import encode_entry, encode_warcinfo, random_record_id
from archive.warc.entries import ArchiveError, ArchiveFull, Entry, Written
from archive.warc.files import create, open_name, seal, writer_name
from archive.warc.record_index import RecordEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from archive.clock import Clock
    from archive.warc.record_parts import Member

# The size that WARC 1.1 recommends in its annex on names and sizes.
ROLL_BYTES = 1 << 30

# A full disk, a quota, a bound of the file system: all are over once there is room.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _OpenFile(Struct):
    """The file that grows: `size` bytes are in it, of which `durable` survive a power cut.

    Its index of records grows with it, from what was meant to be written.
    """

    sealed: Path
    descriptor: int
    size: int = 0
    durable: int = 0
    listed: bool = False
    index: bytearray = bytearray()


class WarcWriter:
    """Writes into one folder; one writer at a time and file, by lock.

    Args:
        folder: where the files stand; it must exist.
        clock: dates the files.
        new_id: makes record ids; fixed ids and clock make equal files.
        roll_bytes: a file that has reached this size is sealed and the next begun.
        shard: whose files they are, as `I/N`; None where nobody shares the work.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        new_id: Callable[[], str] = random_record_id,
        roll_bytes: int = ROLL_BYTES,
        shard: str | None = None,
    ) -> None:
        self._folder = folder
        self._name = writer_name(shard)
        self._clock = clock
        self._new_id = new_id
        self._roll_bytes = roll_bytes
        self._file: _OpenFile | None = None
        self._broken: ArchiveError | None = None

    def __enter__(self) -> WarcWriter:
        """Return the writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Sync and seal, whatever happened."""
        self.close()

    def append(self, entry: Entry) -> Written:
        """Hand the records of an entry to the operating system; `sync` makes them durable.

        Raises:
            UnwritableEntry: this entry cannot be written down; others can.
            ArchiveFull: no room; nothing of the entry is left in the file.
            ArchiveError: the disk refuses, or refused before.
        """
        group = encode_entry(entry, self._new_id)
        file = self._current()
        self._write(file, group.members)
        length = len(group.members[-1].data)
        return Written(
            capture_id=group.capture_id,
            warc_file=file.sealed.name,
            offset=file.size - length,
            length=length,
            payload_sha256=group.payload_sha256,
        )

    def sync(self) -> None:
        """Make all that was appended durable.

        Raises:
            ArchiveError: the disk refuses. What was appended since the last sync is cut back, since the
                system may have dropped it, and the writer takes nothing more.
        """
        self._refuse_if_broken()
        file = self._file
        if file is None or (file.listed and file.durable == file.size):
            return
        try:
            os.fsync(file.descriptor)
            if not file.listed:
                sync_folder(self._folder)
        except OSError as error:
            self._cut_back(file, file.durable)
            self._broken = _explain(error, file.sealed)
            raise self._broken from error
        file.durable, file.listed = file.size, True

    def close(self) -> None:
        """Sync and seal the file that is open, if any; a broken writer leaves it to repair.

        Raises:
            ArchiveError: the disk refuses.
        """
        file = self._file
        if file is None:
            return
        try:
            # Without its seal the file keeps its open name, and `repair` cuts its tail.
            if self._broken is None:
                self.sync()
                _seal(file)
        finally:
            self._file = None
            os.close(file.descriptor)

    def _current(self) -> _OpenFile:
        self._refuse_if_broken()
        if self._file is not None and self._file.size >= self._roll_bytes:
            self.close()
        if self._file is None:
            self._file = self._begin()
        return self._file

    def _begin(self) -> _OpenFile:
        now = self._clock()
        try:
            sealed, descriptor = create(self._folder, now, self._name)
        except OSError as error:
            raise _explain(error, self._folder) from error
        file = _OpenFile(sealed, descriptor)
        try:
            self._write(file, [encode_warcinfo(sealed.name, now, self._new_id)])
        except ArchiveError:
            # A file without its first record is none; nothing of it was acknowledged.
            open_name(sealed).unlink()
            os.close(descriptor)
            raise
        return file

    def _write(self, file: _OpenFile, members: Sequence[Member]) -> None:
        rest = memoryview(b"".join(member.data for member in members))
        end = file.size
        try:
            while rest:
                count = os.pwrite(file.descriptor, rest, end)
                rest, end = rest[count:], end + count
        except OSError as error:
            self._cut_back(file, file.size)
            raise _explain(error, file.sealed) from error
        for data, *stated in members:
            file.index += RecordEntry(file.size, len(data), *stated).line()
            file.size += len(data)

    def _cut_back(self, file: _OpenFile, size: int) -> None:
        try:
            os.ftruncate(file.descriptor, size)
        except OSError as error:
            self._broken = _explain(error, file.sealed)
        else:
            # The index of records is not cut: a writer that cut here without being broken had not yet listed
            # what it wrote, and one that is broken seals nothing.
            file.size = size

    def _refuse_if_broken(self) -> None:
        if self._broken is not None:
            raise self._broken


def _seal(file: _OpenFile) -> None:
    try:
        seal(open_name(file.sealed), file.index)
    except OSError as error:
        raise _explain(error, file.sealed) from error


def _explain(error: OSError, path: Path) -> ArchiveError:
    reason = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return ArchiveFull(
            f"no room for the next record: {reason}",
            where=path,
            hint="Free space or raise the limit, then run again: what was acknowledged is safe",
        )
    return ArchiveError(f"the archive cannot be written: {reason}", where=path)
