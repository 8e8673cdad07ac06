"""Archives that others made, WARC or WACZ, on their way into ours: copied, proved sound, then placed whole.

    file ─ by name or first bytes ─▶ copy in a work folder ─▶ walked, read and indexed as it will be ─▶ placed

What is taken stands byte for byte as it was given. Of a WACZ its WARC files are taken out, never to a path
that it names; its own digest is kept with them. What is no archive, or no whole one, is refused before
anything of it is in the archive.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, NoReturn

from archive.data_folder import naming_file, sync_folder
from archive.warc.entries import MARK_LENGTH, ArchiveError, StoredCapture, foreign_mark, foreign_name
from archive.warc.files import INDEXES, SEALED_SUFFIXES, archive_files, complete_indexes
from archive.warc.reader import is_capture, is_day, read_archive, stated_date
from archive.warc.walk import Record, open_warc, walk
from pipelines.errors import GongkaiError
from pipelines.knowledge import Thresholds
from pipelines.readers.packages import BROKEN, CHUNK_BYTES
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from io import BufferedReader
    from pathlib import Path


_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_NAMES = (".warc", ".warc.gz", ".wacz")
# What opens an ARC file, of 1996 to 2008 (Internet Archive, Arc File Format 1.0).
_ARC = b"filedesc://"
# What is neither taken as an archive nor a document, packed or not: how one that is taken can be had.
_OTHERS = {
    ".warc.zst": "Unpack it first: zstd -d FILE",
    ".arc": "warcio recompress FILE NEW.warc.gz makes a WARC file of it",
    ".har": "No payload in it is as it was sent; ask for a WARC or WACZ file",
    ".cdx": "It is an index: the WARC files that it names are what is taken",
    ".cdxj": "It is an index: the WARC files that it names are what is taken",
}
# What is wrong with an archive: encrypted members and bottomless JSON are a RuntimeError.
_BROKEN = (ArchiveError, RuntimeError, *BROKEN)


class ImportThresholds(Thresholds):
    """How much an archive of others may hold; see `thresholds/imports.yaml`."""

    archive_bytes: int
    unpacked_ratio: int
    unpacked_from: int
    wacz_files: int


IMPORTS = ImportThresholds.load("imports", "archive")


class ImportRefused(GongkaiError):
    """A file or an option that cannot be imported as it is."""


class Handed(FrozenStruct):
    """An archive that was handed in, proved sound and waiting to be placed.

    Attributes:
        name: of the file that was handed in, as shown.
        sha256: of that file, hexadecimal.
        size_bytes: of that file.
        files: its WARC files, in a work folder.
    """

    name: str
    sha256: str
    size_bytes: int
    files: tuple[Path, ...]

    @property
    def mark(self) -> str:
        """By which it is known: see `archive.warc.entries`."""
        return self.sha256[:MARK_LENGTH]


def shown_name(name: str) -> str:
    """Write a name for people: bytes of it that are no UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


@contextlib.contextmanager
def open_unchanged(path: Path, limit: int) -> Iterator[BufferedReader]:
    """Open a regular file that stays as it is while it is read.

    Raises:
        ImportRefused: it is no regular file, has more than `limit` bytes, or changes.
        OSError: it cannot be read.
    """
    # Opening a pipe without this would wait for somebody to write into it.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise ImportRefused("this is no regular file", where=shown_name(path.name))
        if before.st_size > limit:
            problem = f"{before.st_size} bytes are more than the limit of {limit}"
            raise ImportRefused(problem, where=shown_name(path.name))
        yield file
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ImportRefused(
            "it changed while it was read", where=shown_name(path.name), hint="Import it again"
        )


def is_archive(path: Path) -> bool:
    """Tell whether a file is called an archive of captures, or is a WARC file by its first bytes.

    Raises:
        ImportRefused: it is an archive of another kind, or changes.
        OSError: it cannot be read.
    """
    name = path.name.lower()
    if name.endswith(_NAMES):
        return True
    for suffix in _OTHERS:
        if name.removesuffix(".gz").endswith(suffix):
            _refuse_other(path, suffix)
    with open_unchanged(path, IMPORTS.archive_bytes) as file:
        opening = file.read(CHUNK_BYTES)
        if opening.startswith(_GZIP):
            with contextlib.suppress(zlib.error):
                opening = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(opening, len(_ARC))
        if opening.startswith(_ARC):
            _refuse_other(path, ".arc")
        return opening.startswith(b"WARC/")


def _refuse_other(path: Path, kind: str) -> NoReturn:
    raise ImportRefused(
        f"of a kind that is not taken, {kind}", where=shown_name(path.name), hint=_OTHERS[kind]
    )


def copy_archive(path: Path, folder: Path, marks_held: Container[str | None] = ()) -> Handed:
    """Copy the WARC files of an archive into a work folder, and prove that all of them can be read.

    Args:
        path: a WARC file, gzip per record or not compressed, or a WACZ.
        folder: a work folder on the disk of the archive.
        marks_held: of archives that were taken before, by rules that may have been others.

    Raises:
        ImportRefused: it is no archive, not whole, or holds more than the thresholds allow.
        OSError: it cannot be read, or not be copied.
    """
    with open_unchanged(path, IMPORTS.archive_bytes) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        budget = max(IMPORTS.unpacked_from, IMPORTS.unpacked_ratio * size)
        file.seek(0)
        is_zip = file.read(len(_ZIP)) == _ZIP
        file.seek(0)
        try:
            sources = _open_members(file) if is_zip else iter([file])
            copies = tuple(
                _copy_file(source, folder, sha256, number, budget) for number, source in enumerate(sources)
            )
            _prove_sound(copies, budget, takes_days=sha256[:MARK_LENGTH] in marks_held)
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            problem = error.problem if isinstance(error, GongkaiError) else f"it is damaged ({error})"
            where = shown_name(path.name)
            raise ImportRefused(f"no archive that can be taken: {problem}", where=where) from error
    return Handed(shown_name(path.name), sha256, size, copies)


def _open_members(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Open the WARC files of a WACZ one after the other (its specification, 1.1.1, section 5.1)."""
    with zipfile.ZipFile(file) as wacz:
        # Elsewhere in a WACZ a WARC file is no part of its captures.
        names = [name for name in wacz.namelist() if name.startswith("archive/")]
        members = [name for name in names if name.endswith(SEALED_SUFFIXES)]
        if not 0 < len(members) <= IMPORTS.wacz_files:
            raise ArchiveError(f"{len(members)} WARC files stand in it, not 1 to {IMPORTS.wacz_files}")
        for member in members:
            with wacz.open(member) as source:
                yield source


def _copy_file(source: IO[bytes], folder: Path, sha256: str, number: int, budget: int) -> Path:
    size = 0
    piece = source.read(CHUNK_BYTES)
    suffix = ".warc.gz" if piece.startswith(_GZIP) else ".warc"
    # The statement's name is not known before it is written; `place_archive` gives the final one.
    copy = folder / foreign_name(sha256, "", number, suffix)
    with naming_file(copy), copy.open("xb") as target:
        while piece:
            size += len(piece)
            if size > budget:
                raise ArchiveError(f"bomb: more than {budget} bytes come out of it")
            target.write(piece)
            piece = source.read(CHUNK_BYTES)
        target.flush()
        os.fsync(target.fileno())
    return copy


def _prove_sound(copies: Sequence[Path], budget: int, *, takes_days: bool) -> None:
    """Do with copies whatever is done with files in the archive, so that none of it can fail there."""
    ids: set[str] = set()
    for copy in copies:
        with open_warc(copy) as file:
            for record in walk(file, copy.name):
                budget -= record.content_length
                if budget < 0:
                    raise ArchiveError("bomb: its records hold more than it may, for its size")
                _check_date(record, takes_days=takes_days)
        for found in read_archive(copy):
            if isinstance(found, StoredCapture):
                if found.id in ids:
                    raise ArchiveError(f"two of its captures have one id: {found.id}")
                ids.add(found.id)
        for index_lines in INDEXES.values():
            for _ in index_lines(copy):
                pass
    if not ids:
        raise ArchiveError("it holds no capture")


def _check_date(record: Record, *, takes_days: bool) -> None:
    """Refuse a capture of a day, a month or a year: none of its instants is stated more than another."""
    if is_capture(record) and (date := stated_date(record)) and is_day(date) and not takes_days:
        raise ArchiveError(f"WARC-Date is no instant: {date}")


def missing_files(handed: Handed, folder: Path) -> list[int]:
    """Return which files of an archive, by their number, do not stand among the evidence."""
    names = [path.name for path in archive_files(folder) if foreign_mark(path.name) == handed.mark]
    # The number ends the name, whatever statement an earlier import, that was killed, named it after.
    held = {name.partition(".")[0][-5:] for name in names}
    return [number for number in range(len(handed.files)) if f"{number:05}" not in held]


def place_archive(handed: Handed, folder: Path, statement: str) -> list[str]:
    """Move the copies that are missing to their place among the evidence, durably; return their names.

    Args:
        handed: a sound archive.
        folder: the WARC files.
        statement: the name of our file in which it is durable who gave it.

    Raises:
        OSError: the disk refuses; whoever imports again places what is missing.
    """
    names = []
    for number in missing_files(handed, folder):
        copy = handed.files[number]
        name = foreign_name(handed.sha256, statement, number, "".join(copy.suffixes[-2:]))
        copy.rename(folder / name)
        names.append(name)
    sync_folder(folder)
    complete_indexes(folder)
    return names
