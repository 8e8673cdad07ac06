"""A sound file beside a damaged one, which stays as it is: rows point into it, and it may be brought back.

    NAME.warc.gz ─▶ NAME.sound.warc.gz, and damaged again, once that was sealed, NAME.sound-2.warc.gz

Its last record names the damaged file and what is missing; nothing is derived from that.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Container, Iterator
from operator import attrgetter
from pathlib import Path

from archive.data_folder import write_durably
from archive.warc.encode import decode_facts, encode_repair, random_record_id
from archive.warc.files import complete_indexes, sound_name
from archive.warc.record_index import RecordEntry, walk_on
from archive.warc.record_parts import GZIP_WINDOW
from archive.warc.verification import verify_file
from archive.warc.walk import open_warc, read_span, record_at, sha256_of


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
    lost = sorted(verify_file(path).damage, key=attrgetter("offset"))
    # The walk tells of what cannot be read; that a whole record is another than its index states, only
    # verifying does.
    struck = {damage.offset for damage in lost}
    with open_warc(path) as file, open_warc(path) as members:
        for record in walk_on(file, path, lambda _: None):
            if record.is_whole() and record.offset not in struck:
                yield from read_span(members, record.offset, record.offset + record.finish())
    missing = [
        {"offset": damage.offset, "end": damage.end, "problem": damage.problem}
        | {"records": [{"type": each.record_type, "id": each.record_id} for each in damage.lost]}
        for damage in lost
    ]
    member = encode_repair(path.name, sha256_of(path), missing, at, new_id)
    yield member.data if name.endswith(".gz") else zlib.decompress(member.data, GZIP_WINDOW)


def is_closing_note(copy: Path, entry: RecordEntry) -> bool:
    """Whether a record says what a sound copy lacks; nothing is derived from it, and its file held none.

    Raises:
        TornRecord: the record is cut off or damaged.
    """
    if entry.record_type != "metadata":
        return False
    with open_warc(copy) as file:
        record = record_at(file, copy.name, entry.offset)
        return record is not None and decode_facts(b"".join(iter(record.read, b""))) is None
