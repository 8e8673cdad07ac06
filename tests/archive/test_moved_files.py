"""WARC files that stand elsewhere: moved whole or not at all, read by range, judged for what they are."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.backup.transfer import back_up, restore
from archive.data_folder import DataDir, name_archive
from archive.derivation import derive, rebuild
from archive.manifests.chain import Chain
from archive.manifests.checking import check_manifests
from archive.manifests.closing import close_night
from archive.manifests.signatures import Signing
from archive.merging import MergeReport, merge_archives
from archive.turns import verify_turn
from archive.warc.files import archive_files, create, move_sealed, open_files
from archive.warc.moved_files import (
    StoreUnreachable,
    find_moved,
    is_lost,
    move_file,
    shared_window,
    stored_size,
)
from archive.warc.reader import bring_near, load_payload, read_archive
from archive.warc.verification import verify_archive
from archive.warc.walk import open_warc
from archive.warc.writer import WarcWriter
from gongkai.cli import main
from pipelines.errors import ExitCode
from tests.archive.samples import exchange, fixed_clock
from tests.archive.test_derive_damage import HERE, nights
from tests.e2e.content import rows
from tests.soak import first_of, series

if TYPE_CHECKING:
    from archive.warc.verification import FileReport
    from tests.archive.s3_server import BreakingProxy

RECORD_BYTES = 300_000
"""More than is asked for at first, so that reading asks again."""


def add_night(data: DataDir, number: int, records: int = 4) -> None:
    """Seal a file of bytes that do not deflate, and name it in a manifest."""
    with WarcWriter(data.warc, clock=fixed_clock) as writer:
        for at in range(records):
            writer.append(exchange(f"http://n{number}.example/{at}", payload=os.urandom(RECORD_BYTES)))
    close_night(data, Signing(), clock=fixed_clock)


def make_archive(root: Path, nights: int = 2) -> DataDir:
    data = DataDir(root)
    data.make()
    for number in range(nights):
        add_night(data, number)
    return data


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return make_archive(tmp_path / "data")


@pytest.fixture
def store(tmp_path: Path) -> str:
    (tmp_path / "store").mkdir()
    return f"file://{tmp_path}/store"


def move(data: DataDir, url: str) -> int:
    return move_sealed(data, url, Chain(data.manifests).seals())


def digests(data: DataDir) -> dict[str, str]:
    """Return what is read of each file, wherever it stands."""
    found = {}
    for path in archive_files(data.warc):
        with open_warc(path, anew=True) as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def objects_of(url: str) -> list[Path]:
    return sorted(path for path in Path(url.removeprefix("file://")).glob("*/*") if path.is_file())


def judge(data: DataDir) -> tuple[list[FileReport], list[str], list[str]]:
    """Return what is told of each file, what is wrong with any, and what was not checked."""
    chain = Chain(data.manifests)
    reports = list(verify_archive(data.warc, chain.seals()))
    checked = check_manifests(data, reports, Signing())
    findings = [it for report in reports for it in report.findings] + list(checked.findings)
    return reports, [f"{it.file}: {it.problem}" for it in findings], list(checked.unchecked)


def test_what_is_moved_is_listed_measured_read_and_verified_as_before(data: DataDir, store: str) -> None:
    before, sizes = digests(data), {path.name: path.stat().st_size for path in archive_files(data.warc)}
    found = {path.name: list(read_archive(path)) for path in archive_files(data.warc)}
    assert move(data, store) == 2
    assert [path.read_bytes()[:2] for path in objects_of(store)] == [b"\x1f\x8b"] * 2
    assert not any(path.is_file() for path in archive_files(data.warc))
    assert digests(data) == before
    assert {path.name: stored_size(path) for path in archive_files(data.warc)} == sizes
    assert {path.name: list(read_archive(path)) for path in archive_files(data.warc)} == found
    reports, findings, _ = judge(data)
    assert (findings, [report.records for report in reports]) == ([], [13, 13])
    assert move(data, store) == 0, "each is moved once"


def test_the_next_file_takes_no_name_of_one_that_was_moved(data: DataDir, store: str) -> None:
    move(data, store)
    moved = set(archive_files(data.warc))
    sealed, descriptor = create(data.warc, fixed_clock(), "here")
    os.close(descriptor)
    assert sealed not in moved


def test_a_record_is_brought_near_alone(data: DataDir, store: str, tmp_path: Path) -> None:
    path = archive_files(data.warc)[0]
    captures = [it for it in read_archive(path) if hasattr(it, "payload_sha256")]
    wanted = captures[2]
    assert bring_near(data.warc, [(path.name, wanted.warc_offset)], tmp_path) == data.warc
    move(data, store)
    places = [(path.name, wanted.warc_offset), ("gone.warc.gz", 0)]
    near = bring_near(data.warc, places, tmp_path)
    payload = load_payload(near, path.name, wanted.warc_offset)
    assert payload == load_payload(data.warc, path.name, wanted.warc_offset)
    assert (near / path.name).stat().st_blocks * 512 < 1.5 * RECORD_BYTES
    assert [it.name for it in near.iterdir()] == [path.name]


def test_what_is_not_as_it_was_sealed_stays(data: DataDir, store: str) -> None:
    path = archive_files(data.warc)[0]
    altered = bytearray(path.read_bytes())
    altered[len(altered) // 2] ^= 1
    path.write_bytes(altered)
    assert move(data, store) == 1
    assert path.is_file()
    assert len(objects_of(store)) == 1


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_damage_at_the_store_is_found(data: DataDir, store: str, damage: str) -> None:
    move(data, store)
    path = objects_of(store)[0]
    whole = path.read_bytes()
    place = len(whole) // 2
    if damage == "gone":
        path.unlink()
    else:
        rest = bytes([whole[place] ^ 1]) + whole[place + 1 :] if damage == "flipped" else b""
        path.write_bytes(whole[:place] + rest)
    _, findings, _ = judge(data)
    assert findings
    assert {finding.partition(":")[0] for finding in findings} == {path.name}
    assert ("missing" in findings[0]) == (damage == "gone")
    turn = verify_turn(data, clock=fixed_clock, days=1)
    assert turn.findings
    assert turn.unreached is None


@pytest.mark.parametrize("instead", [None, "store", "store/lost+found", f"store/{'0' * 64}"])
def test_of_a_store_out_of_reach_nothing_is_concluded(
    data: DataDir, store: str, tmp_path: Path, instead: str | None
) -> None:
    move(data, store)
    (tmp_path / "store").rename(tmp_path / "unmounted")
    if instead:
        (tmp_path / instead).mkdir(parents=True)
    there = sorted((tmp_path / "store").rglob("*"))
    reports, findings, unchecked = judge(data)
    assert findings == []
    assert all(report.unread for report in reports)
    assert sum(store in line and "run the same command again" in line for line in unchecked) == 2
    turn = verify_turn(data, clock=fixed_clock, days=1)
    assert (turn.files, turn.findings) == (0, ())
    assert store in str(turn.unreached)
    with pytest.raises(StoreUnreachable, match=store):
        list(read_archive(archive_files(data.warc)[0]))
    add_night(data, 2)
    with pytest.raises(StoreUnreachable, match=store):
        move(data, store)
    assert archive_files(data.warc)[-1].is_file(), "nothing is moved to what else stands there"
    assert sorted((tmp_path / "store").rglob("*")) == there
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    (tmp_path / "unmounted").rename(tmp_path / "store")
    assert move(data, store) == 1
    assert judge(data)[1] == []


@pytest.mark.parametrize("has_manifests", [True, False])
def test_of_the_store_of_another_archive_nothing_is_concluded(
    data: DataDir, store: str, tmp_path: Path, has_manifests: bool
) -> None:
    move(data, store)
    lost, marker = objects_of(store)[0], tmp_path / "store/gongkai-store"
    shutil.rmtree(lost.parent)
    if has_manifests:
        assert is_lost(data.warc / lost.name)
        marker.write_text(marker.read_text().replace(name_archive(data.manifests), "f" * 64))
    else:
        data.manifests.unlink()
    assert not is_lost(data.warc / lost.name)
    with pytest.raises(StoreUnreachable, match="the files of another stand there"):
        list(read_archive(data.warc / lost.name))
    assert judge(data)[1] == []
    turn = verify_turn(data, clock=fixed_clock, days=1)
    assert (turn.files, turn.findings) == (1, ()), "what is there is read"
    assert str(marker) in str(turn.unreached)
    marker.write_text("WARC files of archives stand here.\n")
    assert is_lost(data.warc / lost.name), "a marker that names nobody is ours"


def test_a_rebuild_from_the_store_of_another_archive_keeps_what_is_there(tmp_path: Path, store: str) -> None:
    data = nights(tmp_path / "data")
    derive(data, HERE)
    close_night(data, Signing(), clock=fixed_clock)
    assert move(data, store) > 0
    asked = "SELECT count(*) FROM documents"
    before = rows(data.corpus_db, asked)
    assert before[0][0] > 0
    (tmp_path / "store").rename(tmp_path / "ours")
    other = make_archive(tmp_path / "other", 0)
    with WarcWriter(other.warc, clock=fixed_clock, shard="2/3") as writer:
        writer.append(exchange("http://other.example/"))
    close_night(other, Signing(), clock=fixed_clock)
    (tmp_path / "store").mkdir()
    move(other, store)
    shared_window.cache_clear()
    with pytest.raises(StoreUnreachable, match="the files of another stand there"):
        rebuild(data, HERE)
    assert rows(data.corpus_db, asked) == before


def test_a_store_that_lost_its_marker_says_what_to_do(data: DataDir, store: str, tmp_path: Path) -> None:
    move(data, store)
    (tmp_path / "store/gongkai-store").unlink()
    add_night(data, 2)
    with pytest.raises(StoreUnreachable, match="put an empty file of that name"):
        move(data, store)
    (tmp_path / "store/gongkai-store").touch()
    assert move(data, store) == 1


@pytest.mark.parametrize("url", ["file:///", "store", "s3:/bucket/store"])
def test_nothing_is_moved_where_no_link_leads(
    data: DataDir, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = archive_files(data.warc)[0]
    with pytest.raises(StoreUnreachable, match="no link can say"):
        move_file(path, url, digests(data)[path.name])
    assert path.is_file()
    assert [it.name for it in tmp_path.iterdir()] == ["data"]


def test_a_backup_holds_what_was_moved_and_a_restore_brings_it_home(
    data: DataDir, store: str, tmp_path: Path
) -> None:
    before = digests(data)
    back_up(data, str(tmp_path / "backup"), clock=fixed_clock)
    move(data, store)
    assert back_up(data, str(tmp_path / "backup"), clock=fixed_clock).files == 0
    assert back_up(data, str(tmp_path / "late"), clock=fixed_clock).findings == []
    for backup in ("backup", "late"):
        home = DataDir(tmp_path / f"from-{backup}")
        home.make()
        assert restore(home, str(tmp_path / backup), clock=fixed_clock).findings == []
        assert digests(home) == before
        assert all(
            path.is_file() and path.stat().st_mode & 0o777 == 0o644 for path in archive_files(home.warc)
        )
        sent = objects_of(store)
        assert move(home, store) == 2
        assert objects_of(store) == sent, "what is there is not sent again"


def test_shards_that_were_moved_are_joined(tmp_path: Path, store: str) -> None:
    one, other, joined = (
        make_archive(tmp_path / "one", 1),
        DataDir(tmp_path / "other"),
        DataDir(tmp_path / "all"),
    )
    other.make()
    joined.make()
    with WarcWriter(other.warc, clock=fixed_clock, shard="2/3") as writer:
        writer.append(exchange("http://other.example/"))
    close_night(other, Signing(), clock=fixed_clock)
    expected = digests(one) | digests(other)
    for data in (one, other):
        move(data, f"{store}/{data.root.name}")
    assert sorted(join([one, other], joined, store).joined) == sorted(expected)
    assert digests(joined) == expected
    close_night(joined, Signing(), clock=fixed_clock)
    move(joined, store)
    again = join([one, other], joined, store)
    assert (again.joined, again.held, again.refused) == ([], 2, [])


def join(shards: list[DataDir], joined: DataDir, store: str | None) -> MergeReport:
    return merge_archives(shards, joined, Signing(), clock=fixed_clock, store=store)


@pytest.mark.parametrize(
    ("moved_to", "asked"),
    [
        ("", None),
        ("", "/other"),
        ("er", ""),
        ("/../store", ""),
        ("/./store", ""),
        ("/x/../../store", "/x"),
        ("/sub::file:///etc", ""),
    ],
)
def test_no_address_is_asked_but_those_of_the_store_that_the_operator_names(
    tmp_path: Path, store: str, moved_to: str, asked: str | None
) -> None:
    shard, joined = make_archive(tmp_path / "shard", 1), make_archive(tmp_path / "all", 0)
    move(shard, store)
    [path] = archive_files(shard.warc)
    link = str(path.readlink()).replace("file:/", "file:///").replace(store, store + moved_to)
    path.unlink()
    path.symlink_to(link)
    shutil.rmtree(tmp_path / "store")  # who asked would raise, or find it gone
    report = join([shard], joined, None if asked is None else store + asked)
    [(refused, reason)] = report.refused
    assert (refused, report.joined) == (str(path), [])
    assert f"it stands at {store}{moved_to}: warc_store of gongkai.yaml names neither" in reason


def test_what_the_store_has_lost_comes_back_by_a_merge(data: DataDir, store: str, tmp_path: Path) -> None:
    before = digests(data)
    copied, again = DataDir(tmp_path / "copied"), DataDir(tmp_path / "again")
    shutil.copytree(data.root, copied.root)
    shutil.copytree(data.root, again.root)
    move(data, store)
    lost = objects_of(store)[0]
    lost.unlink()
    for index in copied.warc.glob("*.records"):
        index.write_bytes(b"another\n")
    report = join([copied], data, store)
    assert (report.joined, report.held, report.refused) == ([lost.name], 1, [])
    assert digests(data) == before
    assert [path.name for path in archive_files(data.warc) if path.is_file()] == [lost.name]
    assert judge(data)[1] == [], "our own indexes are still there"
    move(again, store)
    lost.unlink()
    (data.warc / lost.name).unlink()
    (data.warc / lost.name).symlink_to((again.warc / lost.name).readlink())
    report = join([again], data, store)
    assert (report.joined, report.held) == ([], 1)
    [(_, reason)] = report.refused
    assert "the store does not hold it" in reason


@pytest.mark.parametrize("left", [0, 1, 100])
def test_what_the_store_holds_cut_comes_back_by_a_merge(
    data: DataDir, store: str, tmp_path: Path, left: int
) -> None:
    before, copied = digests(data), DataDir(tmp_path / "copied")
    shutil.copytree(data.root, copied.root)
    move(data, store)
    os.truncate(objects_of(store)[0], left)
    report = join([copied], data, store)
    assert (report.joined, report.held, report.refused) == ([objects_of(store)[0].name], 1, [])
    assert digests(data) == before
    assert judge(data)[1] == []


@pytest.mark.parametrize("is_first", [True, False])
def test_of_a_file_in_two_shards_the_sound_one_is_joined(tmp_path: Path, store: str, is_first: bool) -> None:
    moved, whole = make_archive(tmp_path / "moved", 1), DataDir(tmp_path / "whole")
    shutil.copytree(moved.root, whole.root)
    before, joined = digests(whole), make_archive(tmp_path / "all", 0)
    move(moved, store)
    [there] = objects_of(store)
    altered = bytearray(there.read_bytes())
    altered[5000] ^= 1
    there.write_bytes(altered)
    bare = join([moved], joined, store)
    assert (bare.joined, bare.held, len(bare.refused)) == ([], 0, 1)
    report = join([moved, whole] if is_first else [whole, moved], joined, store)
    assert (report.joined, report.held, len(report.refused)) == ([there.name], not is_first, is_first)
    assert digests(joined) == before
    assert join([moved, whole], joined, store).held == 2


def test_of_a_file_in_two_shards_no_foreign_address_is_asked(tmp_path: Path, store: str) -> None:
    altered, foreign = make_archive(tmp_path / "altered", 1), DataDir(tmp_path / "foreign")
    shutil.copytree(altered.root, foreign.root)
    move(altered, store)
    move(foreign, f"file://{tmp_path}/other")
    [there] = objects_of(store)
    there.write_bytes(b"\0" * there.stat().st_size)
    joined = make_archive(tmp_path / "all", 0)
    report = join([altered, foreign], joined, store)
    assert (report.joined, report.held, names_of(joined)) == ([], 0, [])
    assert "names neither that nor what is above it" in report.refused[1][1]


def names_of(data: DataDir) -> list[str]:
    return [path.name for path in archive_files(data.warc)]


def test_two_archives_refuse_each_others_store(data: DataDir, store: str, tmp_path: Path) -> None:
    move(data, store)
    other = DataDir(tmp_path / "other")
    other.make()
    with WarcWriter(other.warc, clock=fixed_clock, shard="2/3") as writer:
        writer.append(exchange("http://other.example/"))
    close_night(other, Signing(), clock=fixed_clock)
    there = objects_of(store)
    with pytest.raises(StoreUnreachable, match="the files of another stand there"):
        move(other, store)
    assert objects_of(store) == there
    assert all(path.is_file() for path in archive_files(other.warc))
    assert move(other, f"{store}/2") == 1
    marker = tmp_path / "store" / "gongkai-store"
    assert name_archive(data.manifests) in marker.read_text()
    # A marker of before names nobody: who has files there goes on, who has none does not begin.
    marker.write_text("WARC files of archives stand here.\n")
    add_night(other, 2)
    with pytest.raises(StoreUnreachable, match="does not name this archive"):
        move(other, store)
    add_night(data, 3)
    assert move(data, store) == 1
    assert name_archive(data.manifests) in marker.read_text()


def test_a_link_of_a_shard_brings_nothing_but_what_it_says(tmp_path: Path, store: str) -> None:
    shard, joined = make_archive(tmp_path / "shard", 0), make_archive(tmp_path / "all", 0)
    secret = tmp_path / "store" / ("0" * 64) / "a.warc.gz"
    secret.parent.mkdir()
    secret.write_bytes(b"token")
    (tmp_path / "store" / "gongkai-store").touch()
    links = {
        "a.warc.gz": f"file://{secret}#5",
        "b.warc.gz": f"file://{secret}#5",
        "c.warc.gz": f"file://{tmp_path}/store/secret/c.warc.gz#5",
        "d.warc.gz": f"{store}/{'0' * 64}/d.warc.gz#z",
    }
    for name, link in links.items():
        (shard.warc / name).symlink_to(link)
    report = join([shard], joined, store)
    assert [Path(path).name for path, _ in sorted(report.refused)] == [*links]
    assert (report.joined, list(joined.warc.iterdir())) == ([], [])


def test_a_merge_that_could_not_verify_says_so(data: DataDir, store: str, tmp_path: Path) -> None:
    move(data, store)
    (tmp_path / "store").rename(tmp_path / "unmounted")
    arguments = ["--data", str(data.root), "merge", str(make_archive(tmp_path / "bare", 0).root)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == ExitCode.FAILED, done.output
    assert done.output.count("not checked:") >= 2


def test_what_was_sent_while_it_was_open_is_in_the_file_that_was_moved(
    data: DataDir, store: str, tmp_path: Path
) -> None:
    early, late = str(tmp_path / "early"), str(tmp_path / "late")
    with WarcWriter(data.warc, clock=fixed_clock) as writer:
        writer.append(exchange("http://open.example/"))
        for backup in (early, late):
            back_up(data, backup, clock=fixed_clock)
    close_night(data, Signing(), clock=fixed_clock)
    assert move(data, store) == 3
    moved = digests(data)
    assert back_up(data, late, clock=fixed_clock).findings == []
    restore(data, early, clock=fixed_clock)
    assert digests(data) == moved
    assert open_files(data.warc) == ()


def test_a_backup_tells_what_the_store_has_lost(data: DataDir, store: str, tmp_path: Path) -> None:
    move(data, store)
    lost = objects_of(store)[0]
    lost.unlink()
    [finding] = back_up(data, str(tmp_path / "backup"), clock=fixed_clock).findings
    assert finding.startswith(f"warc/{lost.name}: ")
    assert finding.endswith("it has no backup")


def test_what_one_store_refuses_holds_up_no_other_file(data: DataDir, store: str, tmp_path: Path) -> None:
    move(data, store)
    add_night(data, 2)
    move(data, f"file://{tmp_path}/other")
    (tmp_path / "store").rename(tmp_path / "unmounted")
    turn = verify_turn(data, clock=fixed_clock, days=1)
    assert (turn.files, turn.findings) == (1, ())
    assert store in str(turn.unreached)
    (tmp_path / "unmounted").rename(tmp_path / "store")
    refused = objects_of(store)[0]
    refused.unlink()
    refused.mkdir()  # which no read of a file gets through
    turn = verify_turn(data, clock=fixed_clock, days=1)
    assert (turn.files, turn.findings) == (2, ())
    assert refused.name in str(turn.unreached)


def _move_until(data: DataDir, url: str, moment: int) -> bool:
    """Move in a process that ends at its nth call of the system; return whether it came to its end."""
    process = os.fork()
    if process == 0:
        left = moment

        def count(event: str, _: object) -> None:
            nonlocal left
            if event in _CALLS:
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(count)
        move(data, url)
        os._exit(0)
    return os.waitpid(process, 0)[1] == 0


_CALLS = {"open", "os.rename", "os.symlink", "os.utime", "os.mkdir", "os.remove", "shutil.move"}


@series
@pytest.mark.parametrize("step", first_of([7, 1]))
def test_killed_at_any_moment_each_file_is_whole_in_a_place(tmp_path: Path, store: str, step: int) -> None:
    data = make_archive(tmp_path / "data", 1)
    before, moment = digests(data), 0
    assert move(make_archive(tmp_path / "warm", 1), f"{store}-warm") == 1, "what is imported late is there"
    while not _move_until(data, store, moment):
        assert digests(data) == before, moment
        moment += step
    assert moment >= 10
    assert digests(data) == before
    assert all(find_moved(path) for path in archive_files(data.warc))
    assert not list(data.warc.glob(".*"))


# On a real S3 server, which the test starts.


@pytest.mark.slow
def test_files_are_moved_to_s3_and_read_there_by_range(
    url: str, proxy: BreakingProxy, tmp_path: Path
) -> None:
    data = make_archive(tmp_path / "data", 1)
    [path] = archive_files(data.warc)
    size, before = path.stat().st_size, digests(data)
    captures = [it for it in read_archive(path) if hasattr(it, "payload_sha256")]
    move(data, url)
    proxy.asked.clear()
    assert move(data, url) == 0
    assert stored_size(path) == size
    assert proxy.asked == [], "who lists and measures asks nobody"
    proxy.answered = 0
    load_payload(data.warc, path.name, captures[-1].warc_offset)
    assert len(proxy.asked) <= 2
    assert proxy.answered < size / 2
    proxy.asked.clear()
    proxy.answered = 0
    assert digests(data) == before
    assert len(proxy.asked) <= 4
    assert proxy.answered < 1.05 * size


@series
@pytest.mark.slow
@pytest.mark.parametrize("bytes_through", first_of([400_000, 3_000, 1_300_000]))
def test_a_connection_that_breaks_off_loses_nothing(
    url: str, proxy: BreakingProxy, tmp_path: Path, bytes_through: int
) -> None:
    data = make_archive(tmp_path / "data", 1)
    before = digests(data)
    proxy.left = bytes_through
    with pytest.raises(StoreUnreachable, match="s3://"):
        move(data, url)
    assert all(path.is_file() for path in archive_files(data.warc))
    proxy.left = None
    assert move(data, url) == 1
    assert digests(data) == before
    proxy.left = bytes_through % 900_000
    reports, findings, unchecked = judge(data)
    assert findings == []
    assert [bool(report.unread) for report in reports] == [True]
    assert any("s3://" in line for line in unchecked)
    proxy.left = None
    assert judge(data)[1] == []
