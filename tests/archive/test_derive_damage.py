"""Damaged, missing, foreign evidence: the sound is derived, the rest named, and derived once it is back."""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, DeriveReport, derive, rebuild
from archive.frontier.recovery import catch_up, note_all_folded
from archive.frontier.state import Frontier
from archive.manifests.chain import Chain
from archive.manifests.closing import note_sealed_files
from archive.manifests.signatures import Signing
from archive.turns import documents_on_damage, verify_turn
from archive.warc.entries import ArchiveError
from archive.warc.files import INDEXES, archive_files, complete_indexes
from archive.warc.reader import load_payload
from archive.warc.record_index import index_path, read_record_index
from archive.warc.verification import verify_archive, verify_file
from gongkai.cli import main
from gongkai.cli.inspecting import verify_data
from tests.archive.damaging import forge
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.histories import ReaderHere
from tests.archive.samples import HTML, MOMENT
from tests.archive.test_manifests import rewrite_member
from tests.archive.test_warc_verify import member_ends
from tests.e2e.content import all_hashes, rows
from tests.soak import seeds, series

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.warc.record_index import RecordEntry

BASE = "http://www.testville.example"
REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
OPTIONS = DeriveOptions(workers=2)
HERE = DeriveOptions(reader=ReaderHere())


def nights(root: Path) -> DataDir:
    """Three nights with a page each; on the third the first night's page stands at another address, too."""
    data = DataDir(root)
    evidence = Evidence(data.warc)
    evidence.night(1, [Answer(f"{BASE}/a.html", REPORT)])
    evidence.night(2, [Answer(f"{BASE}/{n}.html", page(f"第{n}页", f"内容{n}。")) for n in range(3)])
    evidence.night(3, [Answer(f"{BASE}/b.html", REPORT), Answer(f"{BASE}/a.html", REPORT)])
    return data


def _documents(data: DataDir) -> list[str]:
    found = rows(data.corpus_db, "SELECT replace(url, ?, '') FROM documents ORDER BY url", f"{BASE}/")
    return [str(url) for (url,) in found]


def flip(path: Path, place: int) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 0xFF
    path.write_bytes(damaged)


def damage_middle(data: DataDir, record_type: str, number: int) -> tuple[Path, bytes, RecordEntry]:
    """Damage a record of the second night; return its file, the file's sound bytes, and which it was."""
    middle = archive_files(data.warc)[1]
    sound = middle.read_bytes()
    hit = [entry for entry in read_record_index(middle) if entry.record_type == record_type][number]
    flip(middle, hit.offset + hit.length // 2)
    return middle, sound, hit


def test_a_file_that_another_took_the_place_of_is_named_and_gives_no_second_capture_at_one_place(
    tmp_path: Path,
) -> None:
    data = nights(tmp_path)
    middle, sound, _ = damage_middle(data, "response", 1)
    assert derive(data, HERE).damage, "so that it is read again from its beginning"
    middle.write_bytes(sound)
    kinds = [entry.record_type for entry in read_record_index(middle)]
    rewrite_member(
        middle,
        kinds.index("response"),
        lambda it: it.replace(b"Record-ID: <urn:uuid:0", b"Record-ID: <urn:uuid:f"),
    )
    for _ in range(2):
        damage = derive(data, HERE).damage
        assert any(
            "another capture stood here when it was derived: the file was replaced" in it for it in damage
        )
        places = rows(data.corpus_db, "SELECT warc_file, warc_offset FROM captures")
        assert len(places) == len(set(places))
    assert rebuild(data, HERE).damage == ()


def _pack_otherwise(path: Path) -> bytes:
    """Return the records of a file, each in a longer gzip member."""
    ends, whole = [0, *member_ends(path)], path.read_bytes()
    records = (gzip.decompress(whole[start:end]) for start, end in pairwise(ends))
    return b"".join(gzip.compress(each, 0) for each in records)


@pytest.mark.parametrize("is_longer", [True, False])
def test_a_file_of_the_same_records_at_other_places_is_named(tmp_path: Path, *, is_longer: bool) -> None:
    data = nights(tmp_path)
    middle = archive_files(data.warc)[1]
    sound = middle.read_bytes()
    other = _pack_otherwise(middle)
    first, second = (sound, other) if is_longer else (other, sound)
    for content in (first, second):
        middle.write_bytes(content)
        for suffix in INDEXES:
            index_path(middle, suffix).unlink()
        complete_indexes(data.warc)
        report = derive(data, HERE)
    assert any(line.startswith(middle.name) for line in report.damage)
    assert {url.removeprefix(f"{BASE}/") for url in report.documents} >= {"0.html", "1.html", "2.html"}
    assert derive(data, HERE).damage == report.damage
    middle.write_bytes(first)
    assert derive(data, HERE).damage == ()


def test_a_file_that_was_cut_between_two_records_is_named(tmp_path: Path) -> None:
    data = nights(tmp_path)
    derive(data, HERE)
    middle = archive_files(data.warc)[1]
    last = [entry for entry in read_record_index(middle) if entry.record_type == "response"][-1]
    with middle.open("r+b") as file:
        file.truncate(last.offset)
    (line,) = (report := derive(data, HERE)).damage
    assert line.startswith(f"{middle.name}, byte {last.offset}: another capture stood here")
    assert [url.removeprefix(f"{BASE}/") for url in report.documents] == ["2.html"]


def test_a_page_that_the_connection_cut_within_its_coding_is_never_the_whole_document(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    evidence = Evidence(data.warc)
    packed, coding = gzip.compress(REPORT), (b"Content-Encoding", b"gzip")
    whole: object = None
    for night, body in enumerate((packed, packed[:-60], packed), start=1):
        evidence.night(night, [Answer(f"{BASE}/a.html", body, headers=(*HTML, coding))])
        derive(data, HERE)
        [(reason, notes, text)] = rows(
            data.corpus_db,
            "SELECT d.read_reason, v.notes, v.text FROM documents AS d"
            " JOIN versions AS v ON v.id = d.current_version_id",
        )
        is_cut = body is not packed
        assert str(reason).startswith("part_missing: the answer ended") is is_cut
        assert ("part_missing" in str(notes)) is is_cut
        whole = text if night == 1 else whole
        assert (text == whole) is not is_cut
    assert rows(data.corpus_db, "SELECT kind FROM changes") == [("appeared",)]


def test_damage_costs_the_record_that_it_hits_and_comes_back(tmp_path: Path) -> None:
    undamaged = nights(tmp_path / "undamaged")
    derive(undamaged, HERE)
    data = nights(tmp_path / "damaged")
    middle, sound, hit = damage_middle(data, "response", 1)
    for _ in range(2):
        report = derive(data, HERE)
        assert [f"{middle.name}, byte {hit.offset}" in line for line in report.damage] == [True]
    assert _documents(data) == ["0.html", "2.html", "a.html", "b.html"]
    middle.write_bytes(sound)
    assert derive(data, HERE).damage == ()
    assert all_hashes(data.corpus_db) == all_hashes(undamaged.corpus_db)


def test_without_an_index_nothing_behind_the_damage_is_guessed(tmp_path: Path) -> None:
    data = nights(tmp_path)
    middle, _, _ = damage_middle(data, "response", 1)
    index_path(middle).unlink()
    (line,) = derive(data, HERE).damage
    assert line.endswith("nothing is read behind it")
    assert _documents(data) == ["0.html", "a.html", "b.html"]


def test_a_capture_whose_context_is_damaged_is_kept_as_one_of_others_until_it_is_back(tmp_path: Path) -> None:
    undamaged = nights(tmp_path / "undamaged")
    derive(undamaged, HERE)
    data = nights(tmp_path / "damaged")
    middle, sound, _ = damage_middle(data, "metadata", 2)
    assert len(derive(data, HERE).damage) == 1
    assert _documents(data) == _documents(undamaged)
    without = rows(data.corpus_db, "SELECT portal_id, role FROM captures WHERE run_id IS NULL")
    assert without == [(None, "article")]
    middle.write_bytes(sound)
    report = derive(data, HERE)
    assert (report.rebuilt, report.damage) == (True, ())
    assert all_hashes(data.corpus_db) == all_hashes(undamaged.corpus_db)


def test_documents_that_were_derived_before_the_damage_are_named_until_it_is_mended(tmp_path: Path) -> None:
    data = nights(tmp_path)
    derive(data, HERE)
    middle, sound, _ = damage_middle(data, "response", 1)
    ids = {str(url): str(one) for one, url in rows(data.corpus_db, "SELECT id, url FROM documents")}

    def verify() -> tuple[int, list[str]]:
        done = CliRunner().invoke(main, ["--data", str(data.root), "verify"])
        told = [line for line in done.output.splitlines() if line.startswith("rests on damaged evidence: ")]
        assert documents_on_damage(data) == {ids[line.rpartition(" ")[2]] for line in told}
        return done.exit_code, [line.rpartition("/")[2] for line in told]

    assert verify() == (4, ["1.html"])
    middle.unlink()
    assert verify() == (4, ["0.html", "1.html", "2.html"])
    middle.write_bytes(sound)
    assert verify() == (0, [])
    first = archive_files(data.warc)[0]
    flip(first, next(it.offset for it in read_record_index(first) if it.record_type == "response") + 40)
    # A night's share tells it too; the third night says of both addresses that they are as the first saw one.
    verify_turn(data, clock=lambda: MOMENT, days=1)
    assert documents_on_damage(data) == {ids[f"{BASE}/a.html"], ids[f"{BASE}/b.html"]}
    assert verify() == (4, ["a.html", "b.html"])


def test_documents_of_a_record_forged_with_all_its_digests_are_named(tmp_path: Path) -> None:
    """File, record index and page index agree; only what was sealed says something else."""
    data = nights(tmp_path)
    note_sealed_files(data, Signing(), found=False, clock=lambda: MOMENT)
    derive(data, HERE)
    middle = archive_files(data.warc)[1]
    middle.write_bytes(forge(middle.read_bytes(), list(read_record_index(middle)), random.Random(1)))
    for suffix in (".records", ".cdxj"):
        index_path(middle, suffix).unlink()
    complete_indexes(data.warc)
    assert verify_file(middle).findings == ()
    (finding,) = verify_turn(data, clock=lambda: MOMENT, days=1).findings
    assert (finding.file, finding.whole_file) == (middle.name, True)
    ids = dict(rows(data.corpus_db, "SELECT replace(url, ?, ''), id FROM documents", f"{BASE}/"))
    named = {ids[f"{n}.html"] for n in range(3)}
    assert documents_on_damage(data) == named, "nothing tells which of the file's records it is"
    done = CliRunner().invoke(main, ["--data", str(data.root), "verify"])
    assert (done.exit_code, done.output.count("rests on damaged evidence")) == (4, 3)
    middle.unlink()
    verify_turn(data, clock=lambda: MOMENT, days=1)
    assert documents_on_damage(data) == named


def test_damage_is_told_and_its_documents_stay_named_while_the_corpus_cannot_be_read(tmp_path: Path) -> None:
    data = nights(tmp_path)
    derive(data, HERE)
    struck, sound, _ = damage_middle(data, "response", 1)
    verify_turn(data, clock=lambda: MOMENT, days=1)
    named = documents_on_damage(data)
    assert len(named) == 1
    data.corpus_db.write_bytes(b"no database" * 500)
    turn = verify_turn(data, clock=lambda: MOMENT, days=1)
    assert {each.file for each in turn.findings} == {struck.name}
    assert "not known which documents rest on damage: corpus.db" in str(turn)
    assert documents_on_damage(data) == named
    CliRunner().invoke(main, ["--data", str(data.root), "verify"])
    assert documents_on_damage(data) == named
    struck.write_bytes(sound)
    assert verify_turn(data, clock=lambda: MOMENT, days=1).findings == ()
    assert documents_on_damage(data) == frozenset()


@series
@pytest.mark.parametrize("seed", seeds(200, part=40))
def test_evidence_damaged_anywhere_costs_what_it_holds_and_comes_back(tmp_path: Path, seed: int) -> None:
    """Bytes changed, zeroed, cut off or put in anywhere in a file; then the sound file is put back."""
    undamaged = nights(tmp_path / "undamaged")
    derive(undamaged, HERE)
    data, chance = nights(tmp_path / "damaged"), random.Random(seed)
    struck = chance.choice(archive_files(data.warc))
    sound = struck.read_bytes()
    place = chance.randrange(len(sound))
    length = chance.randrange(1, 40)
    damaged = chance.choice(
        (
            sound[:place] + chance.randbytes(length) + sound[place + length :],
            sound[:place] + bytes(length) + sound[place + length :],
            sound[:place] + chance.randbytes(length) + sound[place:],
            sound[:place] + sound[place + length :],
            sound[:place],
        )
    )
    struck.write_bytes(damaged)
    report = derive(data, HERE)
    told = {str(finding) for each in verify_archive(data.warc) for finding in each.findings}
    if all_hashes(data.corpus_db) != all_hashes(undamaged.corpus_db):
        assert report.damage or told, "something is missing, and nobody says so"
    assert all(struck.name in line for line in report.damage)
    struck.write_bytes(sound)
    rebuild(data, HERE)
    assert all_hashes(data.corpus_db) == all_hashes(undamaged.corpus_db)


def test_a_file_that_is_gone_is_named_and_its_documents_come_when_it_is_back(tmp_path: Path) -> None:
    undamaged = nights(tmp_path / "undamaged")
    derive(undamaged, OPTIONS)
    data = nights(tmp_path / "gone")
    first, _, third = archive_files(data.warc)
    later, away = tmp_path / third.name, tmp_path / first.name
    third.rename(later)
    derive(data, OPTIONS)
    first.rename(away)
    later.rename(third)
    for _ in range(2):
        report = derive(data, OPTIONS)
        assert [first.name in line and "missing" in line for line in report.damage] == [True]
    assert rows(data.corpus_db, "SELECT read_state FROM documents WHERE url LIKE '%/b.html'") == [("failed",)]
    assert rows(data.corpus_db, "SELECT read_state FROM documents WHERE url LIKE '%/a.html'") == [("read",)]
    away.rename(first)
    assert derive(data, OPTIONS).damage == ()
    assert all_hashes(data.corpus_db) == all_hashes(undamaged.corpus_db)


def _one_member(path: Path) -> None:
    records = gzip.decompress(path.read_bytes())
    path.with_name("foreign.warc.gz").write_bytes(gzip.compress(records))


def _garbage_behind(path: Path) -> None:
    path.with_name("foreign.warc.gz").write_bytes(path.read_bytes() + b"no record")


def _no_warc(path: Path) -> None:
    path.with_name("foreign.warc.gz").write_bytes(b"<html>no archive at all</html>")


def _folder(path: Path) -> None:
    path.with_name("foreign.warc.gz").mkdir()


@pytest.mark.parametrize("drop", [_one_member, _garbage_behind, _no_warc, _folder])
def test_what_is_dropped_into_the_folder_and_cannot_be_read_is_named(
    tmp_path: Path, drop: Callable[[Path], None]
) -> None:
    data = nights(tmp_path)
    drop(min(archive_files(data.warc)))
    report = derive(data, OPTIONS)
    assert ["foreign.warc.gz" in line for line in report.damage] == [True]
    assert _documents(data) == ["0.html", "1.html", "2.html", "a.html", "b.html"]


def test_a_copy_of_a_file_under_another_name_adds_nothing(tmp_path: Path) -> None:
    data = nights(tmp_path)
    derive(data, OPTIONS)
    before = all_hashes(data.corpus_db)
    first = min(archive_files(data.warc))
    shutil.copy(first, data.warc / "z-copy.warc.gz")
    assert derive(data, OPTIONS) == DeriveReport(False, 0, 0, 0, 0, 0)
    assert all_hashes(data.corpus_db) == before


def test_what_another_archiver_wrote_becomes_captures_and_documents(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    data.make()
    with (data.warc / "foreign.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        for url, body, headers in ((f"{BASE}/a.html", REPORT, head), ("dns:testville", b"10.0.0.1", None)):
            payload = io.BytesIO(body)
            record = writer.create_warc_record(
                url,
                "response" if headers else "resource",
                payload=payload,
                length=len(body),
                http_headers=headers,
            )
            writer.write_record(record)
    report = derive(data, OPTIONS)
    assert (report.captures, report.read, report.damage) == (1, 1, ())
    assert rows(data.corpus_db, "SELECT kind, year, issuer FROM documents") == [
        ("annual_report", 2024, "试城市人民政府")
    ]


def test_a_location_that_is_no_address_is_kept_as_it_was_said(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    bad = ((b"Location", b"http://[broken"),)
    Evidence(data.warc).night(1, [Answer(f"{BASE}/a.html", status=302, headers=bad)])
    derive(data, OPTIONS)
    assert rows(data.corpus_db, "SELECT location, outcome FROM captures") == [
        ("http://[broken", "unexpected")
    ]


def test_the_same_bytes_served_as_another_type_are_read_as_what_they_are_served(tmp_path: Path) -> None:
    """Which text stands for them must not depend on which came first."""
    hashes = []
    body = page("试城市教育局关于落实通知的意见", "各单位要抓好落实。").decode().encode("gb18030")
    types = (b"text/html; charset=gb18030", b"application/octet-stream")
    for order in (1, -1):
        data = DataDir(tmp_path / str(order))
        for night, kind in enumerate(types, start=1):
            evidence = Evidence(data.warc)  # knows nothing of the other, so nothing is written as a revisit
            evidence._numbers = iter(range(100 * night, 100 * night + 50))
            evidence.night(night, [Answer(f"{BASE}/a.html", body, headers=((b"Content-Type", kind),))])
        files = archive_files(data.warc)[::order]
        for path in files:
            path.rename(tmp_path / path.name)
        for path in files:
            (tmp_path / path.name).rename(path)
            derive(data, DeriveOptions(reader=ReaderHere()))
        hashes.append(all_hashes(data.corpus_db))
    assert hashes[0] == hashes[1]


def lead_nowhere(path: Path) -> None:
    path.symlink_to("/a disk/that is not mounted")


def lead_in_a_circle(path: Path) -> None:
    path.symlink_to(path.name)


def lead_to_what_fails(path: Path) -> None:
    """The system lets nobody read the first page of a process: an error of input, as of a disk that rots."""
    path.symlink_to("/proc/self/mem")


IN_THE_PLACE_OF_A_FILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link that leads nowhere": (lead_nowhere, "the file is missing"),
    "a link that leads in a circle": (lead_in_a_circle, "the file cannot be read"),
    "bytes that cannot be read": (lead_to_what_fails, "the file cannot be read"),
    "a folder": (Path.mkdir, "the file cannot be read"),
    "a pipe": (os.mkfifo, "the file cannot be read"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("put", "problem"), IN_THE_PLACE_OF_A_FILE.values(), ids=IN_THE_PLACE_OF_A_FILE.keys()
)
def test_what_cannot_be_read_in_the_place_of_a_file_hides_no_other(
    tmp_path: Path, put: Callable[[Path], None], problem: str
) -> None:
    data = nights(tmp_path)
    note_sealed_files(data, Signing(), found=False, clock=lambda: MOMENT)
    derive(data, HERE)
    _, struck, last = archive_files(data.warc)
    kept = struck.rename(tmp_path / "kept")
    put(struck)
    content = bytearray(last.read_bytes())
    content[-9] ^= 1
    last.write_bytes(content)
    seals = Chain(data.manifests).seals()
    told = verify_data(data, progress=lambda _done, _of: None).findings
    assert any(it.file == struck.name and it.problem.startswith(problem) for it in told)
    assert {it.file for it in told} == {struck.name, last.name}, "the file behind it is verified, too"
    turn = verify_turn(data, clock=lambda: MOMENT, days=1)
    assert {it.file for it in turn.findings} == {struck.name, last.name}
    with closing(Frontier(data.crawl_db)) as frontier:
        known = [word for word in catch_up(frontier, data.warc) if struck.name in word]
        note_all_folded(frontier, data.warc)
    assert len(known) == 1
    assert _documents(data) == ["0.html", "1.html", "2.html", "a.html", "b.html"]
    rebuild(data, HERE)
    assert "0.html" not in _documents(data)
    struck.rmdir() if struck.is_dir() else struck.unlink()
    kept.rename(struck)
    assert verify_file(struck, seals[struck.name]).findings == ()
    derive(data, HERE)
    assert _documents(data) == ["0.html", "1.html", "2.html", "a.html", "b.html"]


def test_a_payload_that_the_disk_cannot_read_waits_and_has_not_failed(tmp_path: Path) -> None:
    lead_to_what_fails(tmp_path / "a.warc.gz")
    with pytest.raises(ArchiveError, match="the WARC file cannot be read: Input/output error"):
        load_payload(tmp_path, "a.warc.gz", 0)


def test_an_index_that_names_a_place_behind_any_file_leads_nobody_there(tmp_path: Path) -> None:
    data = nights(tmp_path)
    path = archive_files(data.warc)[1]
    entries = list(read_record_index(path))
    lines = [entry.line() for entry in entries]
    lines[4] = lines[4].replace(str(entries[4].offset).encode(), b"9" * 30, 1)
    index_path(path).write_bytes(b"".join(lines))
    content = bytearray(path.read_bytes())
    content[entries[2].offset + 20] ^= 1
    path.write_bytes(content)
    (damage,) = verify_file(path).damage
    assert (damage.offset, damage.end) == (entries[2].offset, entries[3].offset)
    assert [str(damage) in said for said in derive(data, HERE).damage] == [True]
