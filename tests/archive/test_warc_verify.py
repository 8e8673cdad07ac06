from __future__ import annotations

import datetime as dt
import errno
import gzip
import hashlib
import itertools
import logging
import os
import random
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.manifests.closing import describe_file
from archive.warc import verification
from archive.warc.damage import verify_pointers, verify_references
from archive.warc.entries import (
    IDENTICAL_PAYLOAD,
    Original,
    StoredCapture,
    TornRecord,
    Written,
    capture_id_in,
    foreign_name,
)
from archive.warc.files import archive_files, open_name, repair
from archive.warc.reader import read_archive
from archive.warc.record_index import RecordEntry, index_path, read_record_index, record_lines
from archive.warc.verification import verify_archive, verify_file
from archive.warc.walk import open_warc, walk
from archive.warc.writer import WarcWriter
from tests.archive.damaging import cut, cut_between, deflate_record, flip_bit, forge
from tests.archive.samples import MOMENT, counted_ids, exchange, fixed_clock, page_like_payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from archive.warc.record_index import Seal

    Strike = Callable[[bytes, Sequence[RecordEntry], random.Random], bytes]


def write_pages(folder: Path, count: int, size: int = 800) -> tuple[Path, list[Written]]:
    with WarcWriter(folder, clock=fixed_clock, new_id=counted_ids()) as writer:
        pages = enumerate(page_like_payloads(count, size))
        written = [
            writer.append(exchange(f"http://demo.gongkai.test/art/{number}.html", payload=page))
            for number, page in pages
        ]
    (path,) = archive_files(folder)
    return path, written


def member_ends(path: Path) -> list[int]:
    with open_warc(path) as file:
        return [record.offset + record.finish() for record in walk(file, path.name)]


def captures(path: Path) -> list[StoredCapture]:
    return [found for found in read_archive(path) if isinstance(found, StoredCapture)]


@pytest.mark.parametrize(
    ("least", "most"), [(1, 60), (61, 5_000)], ids=["by 1–60 bytes", "by 61–5,000 bytes"]
)
def test_every_cut_is_found(tmp_path: Path, least: int, most: int) -> None:
    path, written = write_pages(tmp_path, 20)
    whole, ends = path.read_bytes(), set(member_ends(path))
    chance = random.Random(1)
    for _ in range(25):
        kept = cut(whole, chance, least, most)
        path.write_bytes(kept)
        by_itself = verify_file(path).findings
        by_pointer = list(verify_pointers(tmp_path, written))
        assert by_itself or len(kept) in ends
        assert by_pointer, len(kept)


def test_every_flipped_bit_is_found_or_changes_nothing(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 1, size=200)
    whole = path.read_bytes()
    content, members = gzip.decompress(whole), len(member_ends(path))
    harmless = 0
    for place in range(0, len(whole) * 8, 3):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        if not verify_file(path).findings:
            # The bits that fill up the last byte of a deflate stream: nobody reads them.
            assert gzip.decompress(bytes(flipped)) == content
            harmless += 1
    assert harmless <= 7 * members


def test_damage_does_not_hide_what_comes_behind(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 6)
    damaged = bytearray(path.read_bytes())
    for place in (written[1], written[4]):
        damaged[place.offset + place.length // 2] ^= 0xFF
    path.write_bytes(damaged)
    report = verify_file(path)
    assert {finding.offset for finding in report.findings} >= {written[1].offset, written[4].offset}
    assert report.records == 1 + 3 * 6 - 2


def test_reading_yields_what_stands_before_the_damage(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 5)
    damaged = bytearray(path.read_bytes())
    damaged[written[3].offset + 40] ^= 0xFF
    path.write_bytes(damaged)
    reading = read_archive(path)
    before = list(itertools.islice(reading, 3))
    with pytest.raises(TornRecord) as torn:
        next(reading)
    assert [found.warc_offset for found in before] == [place.offset for place in written[:3]]
    assert (torn.value.file, torn.value.offset) == (path.name, written[3].offset)
    assert str(written[3].offset) in str(torn.value)


@pytest.mark.parametrize("spare", range(3), ids=lambda number: f"{number} records behind it")
def test_a_cut_between_records_is_found_by_who_points_behind_it(tmp_path: Path, spare: int) -> None:
    path, written = write_pages(tmp_path, 4)
    ends = member_ends(path)
    path.write_bytes(path.read_bytes()[: ends[-4 - 3 * spare]])
    (finding,) = verify_file(path).findings
    assert (finding.offset, finding.problem) == (
        path.stat().st_size,
        f"the file ends before {3 * spare + 3} records that its index states",
    )
    index_path(path).unlink()
    assert verify_file(path).findings == ()
    found = list(verify_pointers(tmp_path, written))
    assert [finding.record_id for finding in found] == [p.capture_id for p in written[-1 - spare :]]
    assert all("the file ends at byte" in finding.problem for finding in found)


def test_sound_pointers_are_silent_and_false_ones_are_named(tmp_path: Path) -> None:
    _, written = write_pages(tmp_path, 3)
    assert list(verify_pointers(tmp_path, written)) == []
    one, two, three = written
    false = [
        replace(one, capture_id=two.capture_id),
        replace(one, offset=one.offset + 1),
        replace(two, length=two.length - 5),
        replace(three, payload_sha256="0" * 64),
        Written(three.capture_id, "lost.warc.gz", 0, 1, None),
    ]
    problems = [finding.problem for finding in verify_pointers(tmp_path, false)]
    assert problems == [
        f"another record stands there: {one.capture_id}",
        "no record stands there whole: no WARC record begins here",
        "no record stands there whole: no WARC record begins here",
        "the payload has another digest",
        "the file is missing",
    ]


def test_a_false_digest_of_what_others_captured_is_named(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 1)
    name = foreign_name("ab" * 32, "gongkai-20260131-00000.warc.gz", 0, ".warc.gz")
    (tmp_path / name).write_bytes(path.read_bytes())
    page = written[-1]
    sound = replace(page, warc_file=name, capture_id=capture_id_in(name, page.capture_id))
    assert list(verify_pointers(tmp_path, [sound])) == []
    (found,) = verify_pointers(tmp_path, [replace(sound, payload_sha256="0" * 64)])
    assert found.problem == "the payload has another digest"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"first words", b"other words", "WARC-Payload-Digest is not that of the bytes"),
        (b"X-Field: 1", b"X-Field: 2", "WARC-Block-Digest is not that of the bytes"),
        (b"WARC-Type: request", b"WARC-Typo: request", "the record has no WARC-Type"),
        (b"sha256:", b"sha999:", "WARC-Block-Digest is of no kind that can be checked"),
        (b"000000000003>", b"000000000002>", "the record id is used twice"),
        (b"Concurrent-To: <urn:uuid:0", b"Concurrent-To: <urn:uuid:9", "which is not in this file"),
        (b"Content-Length: 2", b"Content-Length: 1", "does not end where Content-Length says"),
    ],
    ids=["payload", "head", "type", "algorithm", "id", "reference", "length"],
)  # fmt: skip
def test_what_somebody_changed_inside_whole_members_is_found(
    tmp_path: Path, old: bytes, new: bytes, problem: str
) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock, new_id=counted_ids()) as writer:
        writer.append(exchange(payload=b"first words", headers=((b"X-Field", b"1"),)))
    (path,) = archive_files(tmp_path)
    starts = [0, *member_ends(path)]
    whole = path.read_bytes()
    members = [gzip.decompress(whole[a:b]) for a, b in itertools.pairwise(starts)]
    assert any(old in member for member in members)
    path.write_bytes(b"".join(gzip.compress(member.replace(old, new), mtime=0) for member in members))
    assert any(problem in finding.problem for finding in verify_file(path).findings)


def test_an_empty_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "empty.warc.gz").touch()
    (report,) = verify_archive(tmp_path)
    assert [finding.problem for finding in report.findings] == ["the file is empty"]


def test_revisits_are_followed_across_files(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, clock=fixed_clock, roll_bytes=1) as writer:
        first = writer.append(exchange())
        original = Original(first.capture_id, exchange().url, MOMENT, IDENTICAL_PAYLOAD)
        again = writer.append(exchange(original=original))
    reports = list(verify_archive(tmp_path))
    assert list(verify_references(tmp_path, reports)) == []
    (tmp_path / first.warc_file).unlink()
    (lost,) = verify_references(tmp_path, verify_archive(tmp_path))
    assert (lost.file, lost.offset, lost.record_id) == (again.warc_file, again.offset, again.capture_id)
    assert first.capture_id in lost.problem


def test_a_copy_of_a_file_beside_it_is_a_finding(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 2)
    (tmp_path / "zz-copy.warc.gz").write_bytes(path.read_bytes())
    (twice,) = verify_references(tmp_path, verify_archive(tmp_path))
    assert (twice.file, twice.problem) == ("zz-copy.warc.gz", "2 of its captures stand in another file too")


def test_a_file_torn_at_any_byte_of_its_last_group_is_repaired(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 3, size=200)
    whole, ends = path.read_bytes(), member_ends(path)
    path.unlink()
    group_end = ends[-4]
    assert group_end == written[1].offset + written[1].length
    for end in range(group_end, len(whole)):
        open_name(path).write_bytes(whole[:end])
        repair(tmp_path)
        assert path.read_bytes() == whole[:group_end]
        assert [capture.id for capture in captures(path)] == [p.capture_id for p in written[:2]]
        path.unlink()


@pytest.mark.parametrize("call", ["ftruncate", "fsync"])
def test_a_full_disk_that_keeps_a_torn_tail_names_its_file_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path, _ = write_pages(tmp_path, 2)
    whole = path.read_bytes()
    path.unlink()
    torn = open_name(path)
    torn.write_bytes(whole + bytes(100))

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="No space left") as refused:
        repair(tmp_path)
    monkeypatch.undo()
    assert refused.value.filename == str(torn)
    repair(tmp_path)
    assert path.read_bytes() == whole


def test_a_whole_open_file_is_sealed_as_it_is(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 2)
    whole = path.read_bytes()
    path.rename(open_name(path))
    repair(tmp_path)
    assert path.read_bytes() == whole
    assert list(verify_pointers(tmp_path, written)) == []


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b\x08", b"\x00" * 5_000], ids=["nothing", "a start", "zeros"]
)
def test_an_open_file_without_a_whole_record_is_removed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gongkai-20260131190000-00000.warc.gz.open").write_bytes(content)
    repair(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_zeros_behind_the_last_record_are_cut_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, _ = write_pages(tmp_path, 2)
    whole = path.read_bytes()
    path.unlink()
    open_name(path).write_bytes(whole + bytes(4_096))
    with caplog.at_level(logging.INFO):
        repair(tmp_path)
    assert f"{open_name(path).name}: 4096 bytes" in caplog.text
    assert path.read_bytes() == whole


def test_damage_with_whole_records_behind_it_is_never_cut(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 3)
    damaged = bytearray(path.read_bytes())
    damaged[written[0].offset + 30] ^= 0xFF
    path.unlink()
    open_name(path).write_bytes(damaged)
    repair(tmp_path)
    assert path.read_bytes() == bytes(damaged)
    assert written[0].offset in {finding.offset for finding in verify_file(path).findings}


def seal_of(path: Path) -> Seal:
    seal = describe_file(path, found=False, made_at="").seal
    assert seal
    return seal


def test_what_is_as_it_was_sealed_is_reported_as_if_each_digest_were_computed(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 2)
    original = Original(written[0].capture_id, "http://demo.gongkai.test/", MOMENT, IDENTICAL_PAYLOAD)
    with WarcWriter(tmp_path, clock=lambda: MOMENT + dt.timedelta(days=1)) as writer:
        writer.append(exchange(original=original))
        writer.append(exchange("http://demo.gongkai.test/large", payload=bytes(3 << 20)))
    for each in archive_files(tmp_path):
        assert not verify_file(each).findings
        sealed = verify_file(each, seal_of(each))
        assert sealed.sha256 == hashlib.sha256(each.read_bytes()).hexdigest()
        assert replace(sealed, sha256=None) == verify_file(each), "whose digest nobody could compare"
    _, second = archive_files(tmp_path)
    assert len(verify_file(second, seal_of(second)).references) == 1
    assert path.name != second.name


STRIKES: dict[str, Strike] = {
    "cut": lambda whole, _, chance: cut(whole, chance),
    "one bit flipped": lambda whole, _, chance: flip_bit(whole, chance),
    "a record left out": cut_between,
    "a record forged": forge,
}


@pytest.mark.parametrize("strike", STRIKES.values(), ids=STRIKES)
def test_no_alteration_hides_behind_a_seal(tmp_path: Path, strike: Strike) -> None:
    path, _ = write_pages(tmp_path, 4)
    whole, seal, entries = path.read_bytes(), seal_of(path), list(read_record_index(path))
    for seed in range(30):
        path.write_bytes(strike(whole, entries, random.Random(seed)))
        report = verify_file(path, seal)
        assert replace(report, sha256=None) == verify_file(path)
        assert report.sha256 in (None, hashlib.sha256(path.read_bytes()).hexdigest())
        assert report.findings or report.sha256 != seal.sha256


def test_an_index_that_was_made_anew_vouches_for_nothing(tmp_path: Path) -> None:
    path, written = write_pages(tmp_path, 4)
    whole, seal, place = path.read_bytes(), seal_of(path), written[-1]
    record = bytearray(gzip.decompress(whole[place.offset :]))
    record[-5] ^= 1
    path.write_bytes(whole[: place.offset] + deflate_record(bytes(record)))
    index_path(path).write_bytes(b"".join(record_lines(path)))
    assert {finding.problem for finding in verify_file(path, seal).findings} == {
        "WARC-Block-Digest is not that of the bytes",
        "WARC-Payload-Digest is not that of the bytes",
    }


def test_what_is_no_record_is_named_where_a_forged_index_calls_it_one(tmp_path: Path) -> None:
    path, _ = write_pages(tmp_path, 2)
    seal, forged = seal_of(path), b"no record"
    path.write_bytes(deflate_record(forged))
    entry = RecordEntry(0, path.stat().st_size, hashlib.sha256(forged).hexdigest(), "revisit", "urn:uuid:1")
    index_path(path).write_bytes(entry.line())
    (finding,) = verify_file(path, seal).findings
    assert finding.problem.startswith("no WARC record begins here")


@pytest.mark.slow
def test_several_files_at_once_are_reported_as_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        write_pages_anew(tmp_path)
    first, second = archive_files(tmp_path)
    second.write_bytes(second.read_bytes()[:-9])
    one_by_one = [verify_file(first), verify_file(second)]
    monkeypatch.setattr(verification, "SHARE_BYTES", 1)
    assert list(verify_archive(tmp_path)) == one_by_one
    assert [bool(report.findings) for report in one_by_one] == [False, True]


def write_pages_anew(folder: Path) -> None:
    with WarcWriter(folder, clock=fixed_clock) as writer:
        writer.append(exchange("http://demo.gongkai.test/art/1.html"))
