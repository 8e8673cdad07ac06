"""What is altered, taken away or put in after it was sealed is found, and so is a chain made anew."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace

from archive.data_folder import DataDir
from archive.manifests.chain import Chain
from archive.manifests.checking import CHAIN_FILE, ChainReport, check_manifests, check_newest
from archive.manifests.closing import (
    SIDE_FILE,
    SUMS_FILE,
    close_night,
    describe_file,
    note_sealed_files,
)
from archive.manifests.signatures import Signing, SigningMismatch
from archive.publish.copy import publish
from archive.snapshot.write import write_snapshot
from archive.turns import verify_turn
from archive.warc.cdxj import PAGES_SUFFIX
from archive.warc.damage import write_sound_copy
from archive.warc.entries import RunEvent
from archive.warc.files import archive_files, complete_indexes, readable_files
from archive.warc.record_index import index_path
from archive.warc.verification import verify_archive, verify_file
from archive.warc.walk import sha256_of
from archive.warc.writer import WarcWriter
from gongkai.cli.inspecting import verify_data
from tests.archive.samples import MOMENT, counted_ids, exchange, fixed_clock
from tests.archive.test_warc_verify import member_ends
from tests.e2e.conftest import ignore_progress
from tests.soak import seeds
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from archive.manifests.chain import Link

UNSIGNED = Signing()


def make_key(path: Path) -> Signing:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Signing(path)


def crawl_night(data: DataDir, number: int, pages: int = 5) -> Path:
    """Write the WARC file of a night."""
    moment = MOMENT + dt.timedelta(days=number)
    ids = counted_ids()
    with WarcWriter(
        data.warc, clock=lambda: moment, new_id=lambda: ids().replace("uuid:", f"uuid:{number}")
    ) as w:
        for page in range(pages):
            w.append(
                exchange(
                    f"http://demo.gongkai.test/{number}/{page}.html", payload=b"<p>%d %d" % (number, page)
                )
            )
    return archive_files(data.warc)[-1]


def publish_night(data: DataDir, signing: Signing, number: int) -> Link:
    data.corpus_db.unlink(missing_ok=True)
    build_corpus(data.corpus_db, extra_passages=[f"第{number}夜"])
    night = dt.date(2026, 2, 1) + dt.timedelta(days=number)
    published = publish(data, clock=fixed_clock)
    snapshot = write_snapshot(data, night=night)
    return close_night(
        data, signing, clock=fixed_clock, night=night, published=published.path, snapshot=snapshot.folder
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights, signed."""
    root = tmp_path_factory.mktemp("manifests") / "data"
    data = DataDir(root)
    data.make()
    signing = make_key(root / "key.pem")
    for number in range(2):
        crawl_night(data, number)
        publish_night(data, signing, number)
    return root


@pytest.fixture
def data(template: Path, tmp_path: Path) -> DataDir:
    shutil.copytree(template, tmp_path / "data", symlinks=True)
    return DataDir(tmp_path / "data")


@pytest.fixture
def signing(data: DataDir) -> Signing:
    return Signing(data.root / "key.pem")


def check(data: DataDir, signing: Signing, roots: Sequence[str] = ()) -> ChainReport:
    reports = list(verify_archive(data.warc, Chain(data.manifests).seals()))
    return check_manifests(data, reports, signing, roots)


def found(report: ChainReport) -> set[str]:
    return {finding.file for finding in report.findings}


def test_two_nights_are_a_chain_of_four_that_is_sound(data: DataDir, signing: Signing) -> None:
    report = check(data, signing)
    assert (report.findings, report.unchecked) == ((), ())
    assert (report.manifests, report.signed, report.stamped) == (4, 4, 0)
    first, _, _, last = (entry.link for entry in Chain(data.manifests).entries)
    assert first
    assert last
    assert (first.manifest.previous, report.root) == (None, last.root)
    whole = verify_file(archive_files(data.warc)[0])
    manifest = Chain(data.manifests).files()[whole.file]
    assert (manifest.records, manifest.bytes, manifest.found) == (whole.records, whole.size_bytes, False)
    assert [night.files for _, night in Chain(data.manifests).nights()] == [
        (path.name,) for path in archive_files(data.warc)
    ]


def rewrite_member(path: Path, number: int, alter: Callable[[bytes], bytes]) -> None:
    """Write a record of a file anew, as gzip would, in its place."""
    ends = [0, *member_ends(path)]
    whole = path.read_bytes()
    record = alter(gzip.decompress(whole[ends[number] : ends[number + 1]]))
    deflate = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    member = deflate.compress(record) + deflate.flush()
    path.write_bytes(whole[: ends[number]] + member + whole[ends[number + 1] :])


def index_anew(path: Path) -> str:
    """Do as a careful forger: the file is sound by itself, and by its index."""
    index_path(path, ".records").unlink(missing_ok=True)
    complete_indexes(path.parent)
    assert not verify_file(path).findings
    return path.name


def newest_warc(data: DataDir) -> Path:
    return archive_files(data.warc)[-1]


def cut_last_record(data: DataDir) -> str:
    path = newest_warc(data)
    path.write_bytes(path.read_bytes()[: member_ends(path)[-4]])  # the capture, with its request and context
    return index_anew(path)


def rewrite_payload(data: DataDir) -> str:
    """The same file with another payload, digests and all."""
    newest_warc(data).unlink()
    return index_anew(crawl_night(data, 1, pages=4))


def alter_header(data: DataDir) -> str:
    path = newest_warc(data)
    rewrite_member(path, 3, lambda record: record.replace(b"WARC-Date: 2026-01-31", b"WARC-Date: 2025-01-31"))
    return index_anew(path)


def remove_file(data: DataDir) -> str:
    path = newest_warc(data)
    path.unlink()
    return path.name


def pages_of(data: DataDir) -> Path:
    return index_path(newest_warc(data), ".cdxj")


def flip_page_index(data: DataDir) -> str:
    flip(pages_of(data), 40)
    return pages_of(data).name


def remove_page_index(data: DataDir) -> str:
    pages_of(data).unlink()
    return pages_of(data).name


def rot_page_index(data: DataDir) -> str:
    """Nobody may read the first page of a process: an error of input, as of a disk that rots."""
    path = pages_of(data)
    path.unlink()
    path.symlink_to("/proc/self/mem")
    return path.name


def records_of(data: DataDir) -> Path:
    return index_path(newest_warc(data))


def flip_record_index(data: DataDir) -> str:
    flip(records_of(data), 40)
    return records_of(data).name


def lengthen_record_index(data: DataDir) -> str:
    with records_of(data).open("ab") as index:
        index.write(b"no line of an index\n")
    return records_of(data).name


def rot_record_index(data: DataDir) -> str:
    """Nobody may read the first page of a process: an error of input, as of a disk that rots."""
    path = records_of(data)
    path.unlink()
    path.symlink_to("/proc/self/mem")
    return path.name


def remove_record_index(data: DataDir) -> str:
    records_of(data).unlink()
    return records_of(data).name


def swap_files(data: DataDir) -> str:
    """Each of two files has the other's name, and so have their indexes."""
    first, second = archive_files(data.warc)
    for suffix in (".records", ".cdxj", ""):
        pair = [index_path(path, suffix) if suffix else path for path in (first, second)]
        contents = [path.read_bytes() for path in reversed(pair)]
        for path, content in zip(pair, contents, strict=True):
            path.write_bytes(content)
    return first.name


def seal_anew(data: DataDir) -> str:
    """What the holder of the key can do at night's end: another file, and a manifest of it, signed."""
    name = rewrite_payload(data)
    anew = describe_file(newest_warc(data), found=False, made_at="2026-02-03T19:00:00Z")
    Chain(data.manifests).append(anew, Signing(data.root / "key.pem").sign)
    return name


def copy_sound(data: DataDir) -> Path:
    """Write a file that is read in the place of the newest, which is not damaged."""
    return write_sound_copy(newest_warc(data), MOMENT, counted_ids())


def leave_out_of_sound_copy(data: DataDir) -> str:
    """A copy without the last capture, its request and context, beside a file that is whole."""
    path = copy_sound(data)
    content, ends = path.read_bytes(), member_ends(path)
    path.write_bytes(content[: ends[-5]] + content[ends[-2] :])
    return index_anew(path)


def forge_sound_copy(data: DataDir) -> str:
    path = copy_sound(data)
    rewrite_member(path, 3, lambda record: record.replace(b"WARC-Date: 2026-01-31", b"WARC-Date: 2025-01-31"))
    return index_anew(path)


def end_sound_copy_otherwise(data: DataDir) -> str:
    """Where the record stands that says what is missing, the end of a run that never was."""
    path = copy_sound(data)
    elsewhere = data.root / "elsewhere"
    elsewhere.mkdir()
    with WarcWriter(elsewhere, clock=fixed_clock) as writer:
        writer.append(RunEvent("forged", "end", MOMENT, {"state": "finished", "sweeps": []}))
    (forged,) = archive_files(elsewhere)
    note, run = member_ends(path)[-2], member_ends(forged)[0]
    path.write_bytes(path.read_bytes()[:note] + forged.read_bytes()[run:])
    return index_anew(path)


def flip(path: Path, at: int) -> None:
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def alter_sql(data: DataDir, sql: str) -> str:
    path = data.public_db.resolve()
    path.chmod(0o644)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(sql)
    return path.name


def alter_cell(data: DataDir) -> str:
    return alter_sql(data, "UPDATE stored_versions SET chars = chars + 1")


def alter_view(data: DataDir) -> str:
    return alter_sql(data, "CREATE VIEW another AS SELECT 1")


def flip_copy(data: DataDir) -> str:
    flip(data.public_db.resolve(), -1)
    return data.public_db.resolve().name


def snapshot_of(data: DataDir) -> Path:
    return sorted(data.snapshots.iterdir())[0]


def flip_cell(data: DataDir) -> str:
    flip(snapshot_of(data) / "versions.csv", -5)
    return f"{snapshot_of(data).name}/versions.csv"


def forge_sums(data: DataDir) -> str:
    flip(snapshot_of(data) / "SHA256SUMS", 0)
    return f"{snapshot_of(data).name}/SHA256SUMS"


def forge_cell_and_sums(data: DataDir) -> str:
    """A table altered, and the sum of it stated as it is now."""
    sums = snapshot_of(data) / SUMS_FILE
    before = sha256_of(snapshot_of(data) / "versions.csv")
    flip_cell(data)
    after = sha256_of(snapshot_of(data) / "versions.csv")
    sums.chmod(0o644)
    sums.write_text(sums.read_text().replace(before, after))
    return f"{snapshot_of(data).name}/{SUMS_FILE}"


def remove_table(data: DataDir) -> str:
    (snapshot_of(data) / "facts.csv").unlink()
    return f"{snapshot_of(data).name}/facts.csv"


def add_table(data: DataDir) -> str:
    (snapshot_of(data) / "more.csv").write_text("id\n")
    return f"{snapshot_of(data).name}/more.csv"


def flip_side_file(data: DataDir) -> str:
    flip(snapshot_of(data) / SIDE_FILE, 20)
    return f"{snapshot_of(data).name}/{SIDE_FILE}"


def remove_line(data: DataDir, number: int) -> str:
    lines = data.manifests.read_bytes().splitlines(keepends=True)
    del lines[number]
    data.manifests.write_bytes(b"".join(lines))
    return CHAIN_FILE


def remove_night(data: DataDir) -> str:
    return remove_line(data, 1)


def remove_last_night(data: DataDir) -> str:
    remove_line(data, 3)
    return f"{sorted(data.snapshots.iterdir())[1].name}/{SIDE_FILE}"


ALTERATIONS = [
    cut_last_record, rewrite_payload, alter_header, remove_file, swap_files, seal_anew,
    flip_page_index, remove_page_index, rot_page_index,
    flip_record_index, lengthen_record_index, remove_record_index,
    leave_out_of_sound_copy, forge_sound_copy, end_sound_copy_otherwise,
    alter_cell, alter_view, flip_copy,
    flip_cell, forge_cell_and_sums, forge_sums, remove_table, add_table, flip_side_file,
    remove_night, remove_last_night,
]  # fmt: skip


@pytest.mark.parametrize("alter", ALTERATIONS)
def test_what_is_altered_is_found_and_named(
    data: DataDir, signing: Signing, alter: Callable[[DataDir], str]
) -> None:
    assert alter(data) in found(check(data, signing))


@pytest.mark.parametrize("alter", [flip_record_index, lengthen_record_index, rot_record_index])
def test_an_altered_index_of_records_is_not_blamed_on_its_file(
    data: DataDir, signing: Signing, alter: Callable[[DataDir], str]
) -> None:
    """Else repairing would leave out a record that is whole."""
    name = alter(data)
    reports = list(verify_archive(data.warc, Chain(data.manifests).seals()))
    assert [each for report in reports for each in (*report.findings, *report.damage)] == []
    assert found(check_manifests(data, reports, signing)) == {name}


def test_a_sound_copy_that_holds_what_is_whole_is_sound(data: DataDir, signing: Signing) -> None:
    path = newest_warc(data)
    flip(path, 400)
    copy = copy_sound(data)
    report = check(data, signing)
    assert found(report) == {path.name}
    assert [told for told in report.unchecked if copy.name in told] == [
        f"{copy.name}: no manifest names it yet"
    ]


def test_a_sound_copy_may_go_once_its_file_is_back_and_not_with_it(data: DataDir, signing: Signing) -> None:
    path = newest_warc(data)
    whole = path.read_bytes()
    flip(path, 400)
    copy = copy_sound(data)
    note_sealed_files(data, signing, found=True, clock=fixed_clock)
    path.write_bytes(whole)
    copy.unlink()
    assert found(check(data, signing)) == set()
    assert check_newest(data, signing) == ()
    assert verify_turn(data, clock=fixed_clock, days=1).findings == ()
    path.unlink()
    gone = {path.name, copy.name}
    assert gone <= found(check(data, signing))
    assert {finding.file for finding in check_newest(data, signing)} == gone


def test_a_file_that_is_damaged_a_second_time_gets_a_copy_of_another_name(
    data: DataDir, signing: Signing
) -> None:
    path = newest_warc(data)
    whole = path.read_bytes()
    for name in (".sound.warc.gz", ".sound-2.warc.gz", ".sound-3.warc.gz"):
        flip(path, 400 if name == ".sound.warc.gz" else len(whole) // 2)
        sealed = Chain(data.manifests).files()
        copy = write_sound_copy(path, MOMENT, counted_ids(), taken=sealed)
        assert copy.name == path.name.removesuffix(".warc.gz") + name
        assert copy.name not in sealed
        note_sealed_files(data, signing, found=True, clock=fixed_clock)
        assert found(check(data, signing)) == {path.name}
        assert copy in readable_files(data.warc)
        assert path not in readable_files(data.warc)
        path.write_bytes(whole)
        for each in (copy, index_path(copy), index_path(copy, PAGES_SUFFIX)):
            each.unlink()
        assert found(check(data, signing)) == set()


def test_of_several_sound_copies_the_newest_is_read(data: DataDir) -> None:
    path = newest_warc(data)
    others = set(archive_files(data.warc)) - {path}
    taken: list[str] = []
    for _ in range(11):
        taken.append(write_sound_copy(path, MOMENT, counted_ids(), taken=taken).name)
    read = {*readable_files(data.warc)} - others
    assert [each.name for each in read] == [path.name.removesuffix(".warc.gz") + ".sound-11.warc.gz"]


def test_of_a_sound_copy_of_what_no_index_was_sealed_with_nothing_is_known(data: DataDir) -> None:
    data.manifests.unlink()
    forge_sound_copy(data)
    assert f"whether it holds what {newest_warc(data).name}" in " ".join(check(data, UNSIGNED).unchecked)


def test_of_a_sound_copy_whose_index_is_empty_nothing_is_known(data: DataDir, signing: Signing) -> None:
    index_path(copy_sound(data)).write_bytes(b"")
    assert f"whether it holds what {newest_warc(data).name}" in " ".join(check(data, signing).unchecked)


def test_a_file_that_is_served_and_is_none_of_the_copies_is_said(data: DataDir, signing: Signing) -> None:
    other = data.root / "other.db"
    other.write_bytes(data.public_db.read_bytes())
    data.public_db.unlink()
    data.public_db.symlink_to(other)
    assert "other.db: no manifest names this copy" in check(data, signing).unchecked


def test_a_link_that_was_put_back_to_an_older_copy_is_said(data: DataDir, signing: Signing) -> None:
    newest = data.public_db.resolve()
    (older,) = set(data.public.resolve().glob("gongkai-*.db")) - {newest}
    data.public_db.unlink()
    data.public_db.symlink_to(older.name)
    told = f"{older.name}: it is served, and is not the copy that was published last, {newest.name}"
    assert check(data, signing).unchecked == (told,)


def test_the_copy_that_was_published_last_is_missed(data: DataDir, signing: Signing) -> None:
    newest = data.public_db.resolve()
    newest.unlink()
    told = f"{newest.name}: it was published last, and is not there: publish makes it anew"
    assert check(data, signing).unchecked == (told,)
    data.public_db.unlink()
    assert check(data, signing).unchecked == (told,)


def test_a_copy_that_is_published_again_behind_another_is_the_last_one(
    data: DataDir, signing: Signing
) -> None:
    newest = data.public_db.resolve()
    (older,) = set(data.public.resolve().glob("gongkai-*.db")) - {newest}
    data.public_db.unlink()
    data.public_db.symlink_to(older.name)
    close_night(data, signing, clock=fixed_clock, published=older)
    close_night(data, signing, clock=fixed_clock, published=older)
    assert check(data, signing).unchecked == ()
    named = [night.copy and night.copy.name for _, night in Chain(data.manifests).nights()]
    assert named == [older.name, newest.name, older.name, None]


@pytest.mark.parametrize("name", ["manifests.jsonl", "chains/0.jsonl", "copy", "snapshot"])
def test_a_folder_in_the_place_of_a_file_is_named(data: DataDir, name: str) -> None:
    folder = data.root / name
    if name == "copy":
        folder = data.public_db.resolve()
    if name == "snapshot":
        folder = sorted(data.snapshots.iterdir())[1] / "SHA256SUMS"
    folder.unlink(missing_ok=True)
    folder.mkdir(parents=True)
    report = verify_data(data, progress=ignore_progress)
    # Of a snapshot, its own folder.
    shown = {"chains/0.jsonl": name, "snapshot": folder.parent.name}.get(name, folder.name)
    told = {finding.file: finding.problem for finding in report.findings}
    assert told[shown] == "it cannot be read: Is a directory"
    assert report.files == 2


def test_a_night_that_is_gone_with_all_that_it_left_is_convicted_by_its_root(
    data: DataDir, signing: Signing
) -> None:
    [_, (link, _)] = Chain(data.manifests).nights()
    published = data.public_db.resolve()
    for path in (newest_warc(data), records_of(data), pages_of(data), data.public_db, published):
        path.unlink()
    shutil.rmtree(sorted(data.snapshots.iterdir())[1])
    remove_line(data, 3)
    remove_line(data, 2)
    assert check(data, signing).findings == ()
    [finding] = check(data, signing, [link.root]).findings
    assert link.root in finding.problem


@pytest.mark.series
@pytest.mark.parametrize("part", seeds(100))
def test_one_byte_changed_anywhere_in_the_chain_is_found(data: DataDir, signing: Signing, part: int) -> None:
    shutil.rmtree(data.public)
    shutil.rmtree(data.snapshots)
    for at in range(part, data.manifests.stat().st_size, 100):
        flip(data.manifests, at)
        assert CHAIN_FILE in found(check(data, signing)), at
        flip(data.manifests, at)


@pytest.mark.parametrize("number", range(4))
def test_a_signature_that_is_taken_off_is_missed(data: DataDir, signing: Signing, number: int) -> None:
    lines = data.manifests.read_bytes().splitlines(keepends=True)
    body, _, _ = lines[number].partition(b',"signature"')
    lines[number] = body + b"}\n"
    data.manifests.write_bytes(b"".join(lines))
    assert CHAIN_FILE in found(check(data, signing))


def test_what_was_not_checked_is_said(data: DataDir, signing: Signing) -> None:
    unsealed = data.warc / "gongkai-1.warc.gz.open"
    unsealed.touch()
    crawl_night(data, 3)
    (data.public / "gongkai-0.db").touch()
    (data.snapshots / "2026-03-01").mkdir()
    shutil.rmtree(snapshot_of(data))
    report = check(data, signing)
    assert not report.findings
    told = "\n".join(report.unchecked)
    names = (
        unsealed.name,
        newest_warc(data).name,
        "gongkai-0.db",
        "2026-03-01",
        "2026-02-01: it is not there",
    )
    assert [name for name in names if name not in told] == []
    data.manifests.unlink()
    assert "no manifest names" in " ".join(check(data, UNSIGNED).unchecked)


def test_an_archive_of_before_gets_a_manifest_that_says_so(data: DataDir) -> None:
    data.manifests.unlink()
    note_sealed_files(data, UNSIGNED, found=True, clock=fixed_clock)
    first, second = Chain(data.manifests).files().values()
    assert (first.found, second.found, first.made_at) == (True, True, "2026-01-31T19:00:00.123456Z")
    assert "not signed" in check(data, UNSIGNED).unchecked[0]
    before = data.manifests.read_bytes()
    note_sealed_files(data, UNSIGNED, found=True, clock=fixed_clock)
    assert data.manifests.read_bytes() == before


def say_of_pages(data: DataDir, sha256: str | None) -> None:
    """Make the manifests anew as those of before, or of another version, of the newest file."""
    manifests = list(Chain(data.manifests).files().values())
    data.manifests.unlink()
    for folder in (data.public, data.snapshots):
        shutil.rmtree(folder)
    chain = Chain(data.manifests)
    manifests[-1] = replace(manifests[-1], pages_sha256=sha256)
    for manifest in manifests:
        chain.append(replace(manifest, key=None), UNSIGNED.sign)


def test_an_index_of_pages_that_no_manifest_digests_is_held_against_its_file(data: DataDir) -> None:
    say_of_pages(data, None)
    assert check(data, UNSIGNED).findings == ()
    assert flip_page_index(data) in found(check(data, UNSIGNED))


def test_an_index_of_pages_may_be_made_anew_by_a_version_that_writes_it_otherwise(data: DataDir) -> None:
    say_of_pages(data, "0" * 64)
    assert remove_page_index(data) in found(check(data, UNSIGNED))
    complete_indexes(data.warc)
    assert check(data, UNSIGNED).findings == ()


def test_of_a_damaged_file_an_index_of_pages_that_no_manifest_digests_is_not_checked(data: DataDir) -> None:
    path = newest_warc(data)
    say_of_pages(data, None)
    flip(path, 400)
    report = check(data, UNSIGNED)
    assert found(report) == {path.name}
    assert pages_of(data).name in " ".join(report.unchecked)


def test_a_damaged_file_is_noted_by_its_bytes(data: DataDir, signing: Signing) -> None:
    path = crawl_night(data, 2)
    path.with_name(path.name.removesuffix(".warc.gz") + ".records").unlink()
    flip(path, 400)
    note_sealed_files(data, signing, found=True, clock=fixed_clock)
    manifest = Chain(data.manifests).files()[path.name]
    assert (manifest.records, manifest.tree) == (None, None)
    report = check(data, signing)
    assert (found(report), path.name in report.unchecked[0]) == (set(), True)


def test_what_cannot_be_read_gets_no_manifest_and_stops_nothing(data: DataDir, signing: Signing) -> None:
    (data.warc / "b-folder.warc.gz").mkdir()
    path = crawl_night(data, 2)
    known = note_sealed_files(data, signing, found=True, clock=fixed_clock).files()
    assert (path.name in known, "b-folder.warc.gz" in known) == (True, False)


def test_a_manifest_that_a_power_cut_tore_is_said_and_made_again(data: DataDir, signing: Signing) -> None:
    whole = data.manifests.read_bytes()
    data.manifests.write_bytes(whole[:-20])
    report = check(data, signing)
    assert CHAIN_FILE in found(report)
    crawl_night(data, 2)
    publish_night(data, signing, 1)
    assert CHAIN_FILE not in found(check(data, signing))


def make_anew(data: DataDir, signing: Signing) -> None:
    """What the holder of the key can do: another payload, and a whole chain over it, signed."""
    rewrite_payload(data)
    data.manifests.unlink()
    note_sealed_files(data, signing, found=False, clock=fixed_clock)
    publish_night(data, signing, 1)


def test_a_chain_made_anew_is_convicted_by_any_older_root(data: DataDir, signing: Signing) -> None:
    older = [link.root for link, _ in Chain(data.manifests).nights()]
    assert not check(data, signing, older).findings
    make_anew(data, signing)
    assert found(check(data, signing)) == {f"2026-02-01/{SIDE_FILE}"}
    shutil.rmtree(snapshot_of(data))
    assert not check(data, signing).findings
    for root in older:
        [finding] = check(data, signing, [root]).findings
        assert root in finding.problem


def test_a_chain_of_somebody_else_is_not_the_operators(
    data: DataDir, signing: Signing, tmp_path: Path
) -> None:
    make_anew(data, make_key(tmp_path / "other.pem"))
    assert CHAIN_FILE in found(check(data, signing))


def test_a_night_costs_what_is_new(data: DataDir, signing: Signing) -> None:
    """Nothing of earlier nights is read again: what was altered there stays unseen until `verify` looks."""
    held = archive_files(data.warc)
    for path in held:
        path.write_bytes(b"?")
    for number in range(2, 30):
        path = crawl_night(data, number, pages=1)
        link = close_night(data, signing, clock=fixed_clock)
        assert Chain(data.manifests).nights()[-1] == (link, link.manifest)
        assert path.name in Chain(data.manifests).nights()[-1][1].files
    report = check(data, signing)
    assert (report.manifests, found(report)) == (60, {path.name for path in held})


def test_a_night_tells_what_is_gone_and_what_the_chain_lost_since_the_last(
    data: DataDir, signing: Signing
) -> None:
    assert check_newest(data, signing) == ()
    name = remove_file(data)
    remove_line(data, 2)
    assert {finding.file for finding in check_newest(data, signing)} == {CHAIN_FILE}
    remove_line(data, 2)
    note_sealed_files(data, signing, found=True, clock=fixed_clock)
    first = archive_files(data.warc)[0]
    first.unlink()
    assert {finding.file for finding in check_newest(data, signing)} == {first.name}
    assert name


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_said_before_anything_is_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(SigningMismatch, match=r"key\.pem"):
        Signing(path).key()
    path.write_bytes(content)
    with pytest.raises(SigningMismatch, match="openssl genpkey"):
        Signing(path).check()
    with pytest.raises(SigningMismatch, match=r"key\.pem"):
        Signing(stamp_roots=path).check()
