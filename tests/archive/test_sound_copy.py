"""A damaged file repaired beside itself: what is whole is read from the copy, and nothing is edited."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from archive.derivation import derive, rebuild
from archive.warc.damage import verify_references, write_sound_copy
from archive.warc.encode import decode_facts
from archive.warc.files import archive_files, readable_files
from archive.warc.record_index import index_path, read_record_index
from archive.warc.verification import verify_file
from tests.archive.samples import MOMENT, counted_ids
from tests.archive.test_derive_damage import HERE, damage_middle, flip, nights
from tests.archive.test_manifests import rewrite_member
from tests.archive.test_warc_verify import write_pages
from tests.e2e.content import all_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path


def repair(path: Path) -> Path:
    return write_sound_copy(path, MOMENT, counted_ids())


@pytest.mark.parametrize("indexed", [True, False])
def test_it_holds_what_is_whole_byte_for_byte_and_says_what_is_not(tmp_path: Path, *, indexed: bool) -> None:
    path, _ = write_pages(tmp_path, 4)
    whole, entries = path.read_bytes(), list(read_record_index(path))
    hit = entries[6]
    flip(path, hit.offset + hit.length // 2)
    if not indexed:
        index_path(path).unlink()
    before = path.read_bytes()
    copy = repair(path)
    assert path.read_bytes() == before
    kept = entries[:6] + entries[7:] * indexed
    members = [whole[each.offset : each.offset + each.length] for each in kept]
    content, expected = copy.read_bytes(), b"".join(members)
    assert content.startswith(expected)
    statement = gzip.decompress(content[len(expected) :])
    head, _, block = statement.partition(b"\r\n\r\n")
    assert b"WARC-Type: metadata" in head
    assert decode_facts(block) is None, "no reader takes it for a context, a failure or a run"
    said = json.loads(block.partition(b": ")[2])
    assert said["copy_of"] == path.name
    assert said["sha256"] == hashlib.sha256(before).hexdigest()
    (missing,) = said["missing"]
    assert missing["offset"] == hit.offset
    assert missing["records"] == [{"type": hit.record_type, "id": hit.record_id}] * indexed
    assert [each.sha256 for each in read_record_index(copy)][:-1] == [each.sha256 for each in kept]
    reports = [verify_file(each) for each in archive_files(tmp_path)]
    assert {report.file for report in reports if report.damage} == {path.name}
    assert list(verify_references(tmp_path, reports)) == []


def test_a_file_that_was_cut_between_records_has_a_copy_that_says_what_is_missing(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 4)
    entries = list(read_record_index(path))
    cut = path.read_bytes()[: entries[7].offset]
    path.write_bytes(cut)
    (damage,) = verify_file(path).damage
    assert (damage.offset, damage.end, damage.lost) == (entries[7].offset, None, tuple(entries[7:]))
    copy = write_sound_copy(path, MOMENT)
    content = copy.read_bytes()
    assert content.startswith(cut)
    (missing,) = json.loads(
        gzip.decompress(content[len(cut) :]).partition(b"\r\n\r\n")[2].partition(b": ")[2]
    )["missing"]
    assert [each["id"] for each in missing["records"]] == [each.record_id for each in entries[7:]]
    assert "the file ends before" in missing["problem"]
    assert verify_file(copy).findings == ()


def test_an_altered_record_is_left_out_of_the_copy(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 3)
    entries = list(read_record_index(path))
    rewrite_member(path, 3, lambda record: record.replace(b"WARC-Date: 2026", b"WARC-Date: 2025"))
    assert {finding.record_id for finding in verify_file(path).findings} >= {entries[3].record_id}
    kept = [each.sha256 for each in read_record_index(repair(path))]
    assert kept[:-1] == [each.sha256 for each in entries if each != entries[3]]


def test_the_copy_is_read_in_place_of_the_damaged_file_until_that_is_back(tmp_path: Path) -> None:
    undamaged = nights(tmp_path / "undamaged")
    derive(undamaged, HERE)
    data = nights(tmp_path / "damaged")
    middle, sound, _ = damage_middle(data, "response", 1)
    assert derive(data, HERE).damage
    before = all_hashes(data.corpus_db)
    copy = repair(middle)
    assert middle not in readable_files(data.warc)
    assert derive(data, HERE).damage == ()
    assert all_hashes(data.corpus_db) == before
    assert rebuild(data, HERE).damage == ()
    assert rows(data.corpus_db, "SELECT count(*) FROM captures WHERE warc_file = ?", copy.name) == [(2,)]
    middle.write_bytes(sound)
    copy.unlink()
    assert derive(data, HERE).damage == ()
    assert rows(data.corpus_db, "SELECT count(*) FROM captures") == rows(
        undamaged.corpus_db, "SELECT count(*) FROM captures"
    )
    rebuild(data, HERE)
    assert all_hashes(data.corpus_db) == all_hashes(undamaged.corpus_db)


def test_documents_that_rest_on_what_is_damaged_are_named(tmp_path: Path) -> None:
    data = nights(tmp_path)
    derive(data, HERE)
    first = archive_files(data.warc)[0]
    hit = next(entry for entry in read_record_index(first) if entry.record_type == "response")
    flip(first, hit.offset + hit.length // 2)
    report = rebuild(data, HERE)
    named = [url.rpartition("/")[2] for url in report.documents]
    assert named == ["a.html", "b.html"], "the third night's are revisits of what is lost"
