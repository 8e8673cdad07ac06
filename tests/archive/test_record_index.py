"""The index of records: what it says is what a stranger finds with gzip and SHA-256."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest

from archive.warc.entries import ArchiveError, TornRecord
from archive.warc.files import open_name, repair
from archive.warc.record_index import RecordEntry, index_path, read_record_index, record_lines
from tests.archive.test_warc_verify import member_ends, write_pages

if TYPE_CHECKING:
    from pathlib import Path


def test_it_states_place_digest_type_and_id_of_each_record(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 3)
    assert index_path(path).read_bytes() == b"".join(record_lines(path))
    whole, ends = path.read_bytes(), member_ends(path)
    entries = list(read_record_index(path))
    assert [entry.offset + entry.length for entry in entries] == ends
    for entry in entries:
        record = gzip.decompress(whole[entry.offset : entry.offset + entry.length])
        assert hashlib.sha256(record).hexdigest() == entry.sha256
        assert f"WARC-Record-ID: <{entry.record_id}>\r\n".encode() in record
    types = ["warcinfo", *["metadata", "request", "response"] * 3]
    assert [entry.record_type for entry in entries] == types
    assert [entry.record_id for entry in entries[3::3]] == [place.capture_id for place in written]


def test_a_file_that_is_not_compressed_has_the_same_digests(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 3)
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    index_path(plain).write_bytes(b"".join(record_lines(plain)))
    compressed = [(one.sha256, one.record_id) for one in read_record_index(path)]
    assert [(one.sha256, one.record_id) for one in read_record_index(plain)] == compressed
    assert sum(one.length for one in read_record_index(plain)) == plain.stat().st_size


def test_repair_writes_the_index_of_a_killed_file_and_of_one_of_before(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 3)
    expected = index_path(path).read_bytes()
    index_path(path).unlink()
    path.rename(open_name(path))
    repair(tmp_path)
    assert index_path(path).read_bytes() == expected
    index_path(path).unlink()
    repair(tmp_path)
    assert index_path(path).read_bytes() == expected


def test_of_a_damaged_file_no_index_is_made(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 3)
    damaged = bytearray(path.read_bytes())
    damaged[written[1].offset + 30] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(TornRecord):
        list(record_lines(path))
    index_path(path).unlink()
    repair(tmp_path)
    assert not index_path(path).exists()


@pytest.mark.parametrize("line", [b"", b"\n", b"0 1 2 3\n", b"0 1 2 3 4", b"00 1 a b c\n", b"\xff 1 a b c\n"])
def test_what_is_no_line_of_an_index_is_named(tmp_path: Path, line: bytes) -> None:
    path, _ = write_pages(tmp_path, 1)
    index_path(path).write_bytes(b"0 10 a metadata urn:x\n" + line)
    read = read_record_index(path)
    assert next(read) == RecordEntry(0, 10, "a", "metadata", "urn:x")
    if line:
        with pytest.raises(ArchiveError, match=r"\.records, line 2"):
            next(read)
    else:
        assert list(read) == []
