"""The index of a WARC file's records, `NAME.records` beside it: a line a record, in the order of the file.

    offset length sha256 type record-id

The SHA-256 is that of the record as it stands when inflated, from its version line to the two line ends
behind its block: `gunzip` and `sha256sum` tell the same. It says where the next record begins behind a
damaged one, without a look at bytes that a payload could hold; and it is believed only where a whole record
says the same.
"""

from __future__ import annotations

import contextlib
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from archive.warc.entries import ArchiveError, TornRecord
from archive.warc.walk import Record, open_warc, record_at, sha256_of, walk
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    OnDamage = Callable[["Damage"], None]

RECORDS_SUFFIX = ".records"
_MOST_BYTES = 1 << 62


def index_path(sealed: Path, suffix: str = RECORDS_SUFFIX) -> Path:
    """Return where an index of a sealed file stands."""
    # `.warc` stays, so that NAME.warc and NAME.warc.gz do not share an index.
    return sealed.with_name(sealed.name.removesuffix(".warc.gz") + suffix)


class RecordEntry(NamedTuple):
    """What the index says of a record.

    Attributes:
        offset: where it begins in the file, in bytes.
        length: its length in the file, in bytes.
        sha256: of the inflated record, as 64 hexadecimal digits.
        record_type: its WARC-Type; `-` where it has none.
        record_id: its id without brackets; empty where it has none.
    """

    offset: int
    length: int
    sha256: str
    record_type: str
    record_id: str

    @classmethod
    def of(cls, record: Record) -> RecordEntry:
        """Describe a record that is walked with its digest; what is left of it is passed over.

        Raises:
            TornRecord: the record is cut off or damaged.
        """
        length = record.finish()
        # A foreign field may hold spaces, which would shift what stands behind it in the line.
        kind = "".join((record.field("WARC-Type") or "-").split())
        record_id = " ".join((record.record_id() or "").split())
        return cls(record.offset, length, record.sha256(), kind, record_id)

    @classmethod
    def parse(cls, line: bytes) -> RecordEntry | None:
        """Read a line of an index; None where it is none."""
        try:
            offset, length, sha256, kind, record_id = line.decode().removesuffix("\n").split(" ", 4)
            entry = cls(int(offset), int(length), sha256, kind, record_id)
        except ValueError:
            return None
        # No file is longer, and a place behind it could not even be asked for.
        is_place = 0 <= entry.offset < _MOST_BYTES and 0 < entry.length < _MOST_BYTES
        # `int` takes signs, spaces and underscores, which no line of ours has: only what is written as it is
        # read counts.
        return entry if is_place and entry.line() == line else None

    def line(self) -> bytes:
        """Write the entry as the index has it."""
        return f"{self.offset} {self.length} {self.sha256} {self.record_type} {self.record_id}\n".encode()


def record_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of the index of a WARC file, made from the file itself.

    Raises:
        TornRecord: a record is cut off or damaged.
    """
    with open_warc(path) as file:
        for record in walk(file, path.name, hashed=True):
            yield RecordEntry.of(record).line()


def read_record_index(path: Path) -> Iterator[RecordEntry]:
    """Yield what the index of a WARC file says.

    Args:
        path: the WARC file.

    Raises:
        FileNotFoundError: there is no index.
        ArchiveError: a line is none of an index.
    """
    index = index_path(path)
    with index.open("rb") as file:
        for number, line in enumerate(file, start=1):
            entry = RecordEntry.parse(line)
            if entry is None:
                raise ArchiveError(
                    "this is no line of a record index",
                    where=f"{index.name}, line {number}",
                    hint="Bring the index back from a copy; removed, it is made anew from the WARC file",
                )
            yield entry


def has_index(path: Path, sha256: str | None) -> bool:
    """Whether the index of records beside a file is the one that was sealed, by which each can be judged."""
    try:
        return sha256_of(index_path(path)) == sha256
    except OSError:
        return False  # missing, or the disk cannot read it: nothing can be judged by it


class Seal(NamedTuple):
    """What a manifest says of a WARC file.

    Attributes:
        sha256: of its bytes, hexadecimal.
        records_sha256: of its index of records, likewise.
        as_written: whether we made the manifest as soon as we had written the file.
    """

    sha256: str
    records_sha256: str
    as_written: bool


# Going on behind damage, at the next record that the index states and that stands there as stated.


class Damage(FrozenStruct):
    """A stretch of a WARC file that cannot be read.

    Attributes:
        file: its name.
        offset: where it begins, in bytes.
        end: where reading goes on; None where nothing behind it can be found.
        problem: what is wrong with the record there.
        lost: the records that the index states in it; empty where there is no index.
    """

    file: str
    offset: int
    end: int | None
    problem: str
    lost: tuple[RecordEntry, ...] = ()

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.file}, byte {self.offset}: {self.describe()}"

    def describe(self) -> str:
        """Say what is wrong, and what of the file is lost."""
        if self.end is None:
            return f"{self.problem}; nothing is read behind it"
        return self.problem + (f"; {len(self.lost)} records are lost" if len(self.lost) > 1 else "")


def refuse_damage(damage: Damage) -> None:
    """Stop at damage.

    Raises:
        TornRecord: always.
    """
    raise TornRecord(damage.problem, file=damage.file, offset=damage.offset)


class IndexCursor:
    """The index of a WARC file, line by line beside its records; of a file without an index, no line.

    Args:
        path: the WARC file.

    Attributes:
        exists: whether there is an index.
    """

    def __init__(self, path: Path) -> None:
        self.exists = index_path(path).is_file()
        self._name = path.name
        self._lines = _lines_of(index_path(path)) if self.exists else iter(())

    def take_line(self) -> bytes:
        """Return the next line; nothing where there is none."""
        return next(self._lines, b"")

    def find_whole(self, file: BinaryIO, damaged: int) -> tuple[tuple[RecordEntry, ...], int | None]:
        """Return what is stated from a damaged record on, up to where a whole one stands as stated.

        Args:
            file: the WARC file.
            damaged: where the damaged record begins, in bytes.
        """
        lost: list[RecordEntry] = []
        for line in self._lines:
            entry = RecordEntry.parse(line)
            if entry is None or entry.offset < damaged:
                continue
            # The line is put back: it is that of the record at which the walk goes on.
            if entry.offset > damaged and self._stands(file, entry):
                self._lines = chain([line], self._lines)
                return tuple(lost), entry.offset
            lost.append(entry)
        return tuple(lost), None

    def _stands(self, file: BinaryIO, entry: RecordEntry) -> bool:
        try:
            record = record_at(file, self._name, entry.offset, hashed=True)
            return record is not None and RecordEntry.of(record) == entry
        except TornRecord:
            return False


def _lines_of(index: Path) -> Iterator[bytes]:
    # Where a disk cannot read it, it tells no more: that is no fault of the WARC file, and is found apart.
    with contextlib.suppress(OSError), index.open("rb") as file:
        yield from file


def walk_on(
    file: BinaryIO,
    path: Path,
    on_damage: OnDamage,
    cursor: IndexCursor | None = None,
) -> Iterator[Record]:
    """Yield each whole record with its block still to be read, those behind damage too.

    A record that is found damaged while it is read raises TornRecord there; go on with the next one then.

    Args:
        file: a WARC file opened with `open_warc`.
        path: its name.
        on_damage: told of each stretch that is passed over.
        cursor: the index, where each line is taken as its record is walked; such records are digested.
    """
    offset: int | None = 0
    hashed, cursor = cursor is not None and cursor.exists, cursor or IndexCursor(path)
    while offset is not None:
        try:
            record = record_at(file, path.name, offset, hashed=hashed)
            if record is None:
                return
            yield record
            offset += record.finish()
        except TornRecord as torn:
            lost, end = cursor.find_whole(file, offset)
            on_damage(Damage(path.name, offset, end, torn.problem, lost))
            offset = end
