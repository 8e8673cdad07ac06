"""A sound file beside a damaged one: what is whole in it, byte for byte, and a record that says what is not.

    NAME.warc.gz ─▶ NAME.sound.warc.gz, and damaged again, once that was sealed, NAME.sound-2.warc.gz

The damaged file stays as it is: rows point into it, and it may be brought back. While its copy stands beside
it, the copy is read in its place (`archive.warc.files.readable_files`).
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from archive.data_folder import write_durably
from archive.warc.encode import encode_repair, random_record_id
from archive.warc.files import complete_indexes, sound_name
from archive.warc.record_index import Damage, IndexCursor, RecordEntry, walk_on
from archive.warc.record_parts import GZIP_WINDOW
from archive.warc.walk import open_warc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Container, Iterator
    from pathlib import Path


def write_sound_copy(
    path: Path,
    at: dt.datetime,
    new_id: Callable[[], str] = random_record_id,
    taken: Container[str] = (),
) -> Path:
    """Write what is whole in a damaged file beside it, durably, with its indexes, and return where.

    Left out, and named in the last record, is what cannot be read, and what is not the record that the index
    states.

    Args:
        path: the damaged file.
        at: dates the last record.
        new_id: makes its id.
        taken: names that were sealed with other bytes.

    Raises:
        OSError: the disk refuses.
    """
    target = path.with_name(sound_name(path.name, taken))
    write_durably(target, _whole_members(path, target.name, at, new_id))
    complete_indexes(path.parent)
    return target


def _whole_members(path: Path, name: str, at: dt.datetime, new_id: Callable[[], str]) -> Iterator[bytes]:
    lost: list[Damage] = []
    with open_warc(path) as file:
        for offset, length in _whole_places(path, lost):
            file.seek(offset)
            yield file.read(length)
    with open_warc(path, anew=True) as whole:
        sha256 = hashlib.file_digest(whole, "sha256").hexdigest()
    missing = [
        {"offset": damage.offset, "end": damage.end, "problem": damage.problem}
        | {"records": [{"type": each.record_type, "id": each.record_id} for each in damage.lost]}
        for damage in lost
    ]
    member = encode_repair(path.name, sha256, missing, at, new_id)
    yield member.data if name.endswith(".gz") else zlib.decompress(member.data, GZIP_WINDOW)


def _whole_places(path: Path, lost: list[Damage]) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each record that is whole; what is passed over is added to the damage."""
    cursor = IndexCursor(path)
    with open_warc(path) as file:
        for record in walk_on(file, path, lost.append, cursor=cursor):
            if not record.is_whole():
                continue
            offset, length = record.offset, record.finish()
            stated = RecordEntry.parse(cursor.take_line())
            if stated and stated.offset == offset and stated != RecordEntry.of(record):
                problem = "this is not the record that its index states"
                lost.append(Damage(path.name, offset, offset + length, problem, (stated,)))
            else:
                yield offset, length
