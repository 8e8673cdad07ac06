"""The index of a WARC file's records, `NAME.records` beside it: a line a record, in the order of the file.

    offset length sha256 type record-id

The SHA-256 is that of the record as it stands when inflated, from its version line to the two line ends
behind its block: `gunzip` and `sha256sum` tell the same. It says where the next record begins behind a
damaged one, without a look at bytes that a payload could hold; and it is believed only where a whole record
says the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archive.warc.entries import ArchiveError
from archive.warc.walk import open_warc, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.warc.walk import Record

RECORDS_SUFFIX = ".records"


def index_path(sealed: Path, suffix: str = RECORDS_SUFFIX) -> Path:
    """Return where an index of a sealed file stands."""
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
        return entry if entry.line() == line else None

    def line(self) -> bytes:
        """Write the entry as the index has it."""
        return f"{self.offset} {self.length} {self.sha256} {self.record_type} {self.record_id}\n".encode()


def record_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of the index of a WARC file, made from the file itself.

    Raises:
        TornRecord: a record is cut off or damaged.
        ArchiveError: the file's layout cannot be addressed record by record.
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
