"""Backups: what was sent comes back to the byte, and no fault or kill takes a good copy away."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec
import msgspec
import pytest
from click.testing import CliRunner
from fsspec.implementations.memory import MemoryFileSystem
from msgspec.structs import replace

from archive.backup.target import (
    Addition,
    BackupFailed,
    BackupRefused,
    BackupReport,
    Part,
    Target,
    contents,
    find_row,
    read_last_backup,
)
from archive.backup.transfer import back_up, restore
from archive.clock import clock_from, instant
from archive.data_folder import DataDir, LockHeld, hold
from archive.manifests.closing import close_night
from archive.manifests.signatures import Signing
from archive.remote_folder import RemoteFolder
from archive.warc.damage import write_sound_copy
from archive.warc.files import archive_files, open_files
from archive.warc.verification import verify_file
from archive.warc.writer import WarcWriter
from gongkai.cli import main
from gongkai.nights.kept_reports import event_digest, keep_report
from gongkai.nights.night_record import open_nights
from gongkai.nights.night_report import NightReport
from pipelines.errors import ExitCode
from tests.archive.samples import exchange, fixed_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archive.clock import Clock

OWN = {
    "stop_list.yaml": "- {host: optout.example, reason: asked, since: 2026-01-01}\n",
    "suppressions.yaml": "[]\n",
    "gongkai.yaml": "contact: mailto:a@example.org\nsigning_key: keys/own.pem\n",
    "keys/own.pem": "-----BEGIN PRIVATE KEY-----\n",
    "portals/own.yaml": "id: own\n",
    "roster/bodies.csv": "name\n",
    "chains/0a.jsonl": "{}\n",
    "reports/2026-02-01/report.md": "a night\n",
}


def add_night(data: DataDir, number: int) -> None:
    """Write a sealed file of one capture, and the manifest of its night."""
    with WarcWriter(data.warc, clock=fixed_clock) as writer:
        writer.append(exchange(f"http://www.night{number}.example/", payload=os.urandom(3000)))
    close_night(data, Signing(), clock=fixed_clock)


def make_archive(root: Path) -> DataDir:
    """Make a data directory that holds a file of each kind."""
    data = DataDir(root)
    data.make()
    for name, text in OWN.items():
        (root / name).parent.mkdir(exist_ok=True, parents=True)
        (root / name).write_text(text, "utf-8")
    (root / "keys/own.pem").chmod(0o600)
    with open_nights(data, fixed_clock) as nights:
        nights.begin(fixed_clock())
    (root / "corpus.db").write_bytes(b"derived")
    add_night(data, 1)
    return data


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return make_archive(tmp_path / "data")


_numbers = itertools.count()


class StrictFileSystem(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Takes no option, as that of SFTP, which hands all to a connection that knows them not."""

    protocol = "strict"

    def __init__(self) -> None:
        super().__init__()


fsspec.register_implementation("strict", StrictFileSystem)


@pytest.fixture(params=["folder", "file", "memory", "strict"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {
        "folder": str(tmp_path / "backup"),
        "file": f"file://{tmp_path}/backup",
        "memory": f"memory://backup-{next(_numbers)}",
        "strict": f"strict://backup-{next(_numbers)}",
    }[request.param]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def send(data: DataDir, url: Path | str, *, reread: bool = False) -> BackupReport:
    return back_up(data, str(url), clock=fixed_clock, reread=reread)


def bring_back(url: Path | str, root: Path) -> tuple[DataDir, BackupReport]:
    data = DataDir(root)
    data.make()
    return data, restore(data, str(url), clock=fixed_clock)


def kept_files(data: DataDir) -> dict[str, tuple[bytes, int]]:
    """Return bytes and permissions of all that belongs into a backup; of a database, what it says."""
    names = [path.relative_to(data.root).as_posix() for path in data.root.rglob("*") if path.is_file()]
    rows = {name: find_row(name, contents()) for name in names}
    return {
        name: (_said_by(data.root / name), (data.root / name).stat().st_mode)
        for name, row in rows.items()
        if name in OWN or (row and row.kind != "derived")
    }


def _said_by(path: Path) -> bytes:
    if path.suffix != ".db":
        return path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as db:
        return "\n".join(db.iterdump()).encode()


def objects(url: Path | str) -> dict[str, str]:
    """Return the digest of each file at a target."""
    fs, root = fsspec.url_to_fs(str(url), skip_instance_cache=True)
    fs.invalidate_cache()
    return {name: hashlib.sha256(fs.cat_file(name)).hexdigest() for name in fs.find(root)}


def test_what_was_sent_comes_back_to_the_byte_and_nothing_that_is_derived(
    data: DataDir, url: str, tmp_path: Path
) -> None:
    sent = send(data, url)
    assert (sent.findings, sent.left_out) == ([], [])
    restored, came = bring_back(url, tmp_path / "restored")
    assert kept_files(restored) == kept_files(data)
    assert came.files == sent.files == len(kept_files(data))
    assert not restored.corpus_db.exists()
    assert all(not verify_file(path).findings for path in archive_files(restored.warc))


def test_only_what_is_new_goes_over(data: DataDir, url: str, tmp_path: Path) -> None:
    send(data, url)
    before = objects(url)
    again = send(data, url)
    assert (again.files, again.bytes, objects(url)) == (0, 0, before)
    chain = data.manifests.stat().st_size
    add_night(data, 2)
    (data.root / "portals/own.yaml").write_text("id: other\n", "utf-8")
    night = send(data, url)
    (new,) = [path for path in archive_files(data.warc) if path.name not in str(before)]
    beside = sum(path.stat().st_size for path in data.warc.glob(f"{new.name.removesuffix('.warc.gz')}.*"))
    grown = data.manifests.stat().st_size - chain
    assert night.bytes == beside + grown + len("id: other\n")
    assert {name: digest for name, digest in objects(url).items() if name in before} == before
    restored, _ = bring_back(url, tmp_path / "restored")
    assert kept_files(restored) == kept_files(data)
    # A restored archive goes on with the same backup.
    assert send(restored, url).files == 0


def add_told_night(data: DataDir, number: int, clock: Clock = fixed_clock) -> None:
    """Keep the report of a night that tells of 500 events, and of a file that was repaired."""
    with open_nights(data, clock) as nights:
        earlier = nights.untold_nights()
        night, began = nights.begin(clock()), instant(clock())
        with nights.step(night, "crawl", ()):
            events = [
                ("appeared", f"{number:02}-{each}", began, "c", "http://a.example/") for each in range(500)
            ]
        report = NightReport(
            id=night,
            night=clock().date(),
            started_at=began,
            number=nights.number_of(night),
            ended_at=began,
            steps=tuple(nights.steps),
            repaired=(f"{number}.sound.warc.gz",),
        )
        keep_report(data, report, events)
        nights.end(night, state="done", exit_code=0, error=None)
        told = [night, *(each.id for each in earlier)]
        identities = [*(event[:4] for event in events), ("repaired", *report.repaired)]
        nights.note_told(told, (event_digest(*identity) for identity in identities))


def told_by(data: DataDir) -> dict[str, list[tuple[object, ...]]]:
    """Return what is known of nights that have a report, in order, and all that was told."""
    asked = {
        "nights": "SELECT id, number, state, exit_code FROM nights "
        "WHERE exit_code IS NOT NULL ORDER BY number",
        "steps": "SELECT night_id, name, state, seconds, bytes FROM steps ORDER BY night_id, position",
        "told": "SELECT digest, night_id FROM told ORDER BY digest",
    }
    with open_nights(data, fixed_clock) as nights:
        assert list(nights.problems) == []
        return {name: nights.db.rows(sql) for name, sql in asked.items()}


def test_nights_that_reports_tell_of_are_no_burden_and_come_back(
    data: DataDir, folder: Path, tmp_path: Path
) -> None:
    sent = []
    for number in range(12):
        add_told_night(data, number)
        sent.append(send(data, folder).bytes)
    assert sent[-1] <= sent[1] + 50, "as much as of the first nights, but for digits"
    assert send(data, folder).bytes == 0
    restored, _ = bring_back(folder, tmp_path / "restored")
    assert told_by(restored) == told_by(data)


def test_nights_come_back_in_the_order_in_which_they_began_whatever_their_folders_say(data: DataDir) -> None:
    for number, days in enumerate((400, 0, 1, 500, 2)):
        add_told_night(data, number, clock_from(instant(fixed_clock() + dt.timedelta(days=days))))
        with open_nights(data, fixed_clock) as nights:
            nights.note_refused(BackupRefused("it could not begin"))  # has a number, and no report
    known = told_by(data)
    ids = [night for night, *_ in known["nights"] if (data.reports / str(night)).exists()]
    assert ids != sorted(map(str, ids))
    data.nights_db.unlink()
    with open_nights(data, fixed_clock) as nights:
        taken = nights.db.rows("SELECT id, number, state, exit_code FROM nights ORDER BY number")
    assert taken == [row for row in known["nights"] if row[0] in ids]


def test_reports_that_say_no_number_or_anothers_stand_before_those_that_are_known(data: DataDir) -> None:
    for number in range(4):
        add_told_night(data, number)
    ids = [str(night) for night, *_ in told_by(data)["nights"]]
    said: dict[str, int | None] = {ids[0]: None, ids[1]: None, ids[2]: 5}
    for night, said_number in said.items():
        path = data.reports / night / "report.json"
        report = msgspec.json.decode(path.read_bytes()) | {"number": said_number}
        path.write_bytes(msgspec.json.encode(report))
    data.nights_db.unlink()
    with open_nights(data, fixed_clock) as nights:
        assert nights.db.rows("SELECT id, number FROM nights ORDER BY number") == [
            *((ids[0], 2), (ids[1], 3), (ids[2], 4), (ids[3], 5)),
        ]


@pytest.mark.parametrize("nights_before", [0, 2])
def test_a_gate_that_was_overruled_is_still_to_be_told_after_a_restore(
    tmp_path: Path, folder: Path, nights_before: int
) -> None:
    data = DataDir(tmp_path / "data")
    data.make()
    add_night(data, 1)
    for number in range(nights_before):
        add_told_night(data, number)
    with open_nights(data, fixed_clock) as nights:
        nights.note_overruled(["withdrawn: 30 of 31"])
        [untold] = nights.untold_overruled()
    send(data, folder)
    restored, _ = bring_back(folder, tmp_path / "restored")
    with open_nights(restored, fixed_clock) as nights:
        assert nights.untold_overruled() == (untold,)
        assert len(nights.db.column("SELECT id FROM nights")) == nights_before


def test_a_report_that_cannot_be_taken_in_is_said_and_keeps_no_other_out(data: DataDir) -> None:
    for number in range(4):
        add_told_night(data, number)
    known = told_by(data)
    first, second, torn, no_events = (data.reports / str(night) for night, *_ in known["nights"])
    shutil.copytree(first, first.with_name(f"{first.name} copy"))
    (torn / "report.json").write_text("{torn", "utf-8")
    (no_events / "events.jsonl").write_text("[torn", "utf-8")
    data.nights_db.unlink()
    with open_nights(data, fixed_clock) as nights:
        *left_out, lost = nights.problems
        assert nights.db.column("SELECT id FROM nights ORDER BY number") == [first.name, second.name]
        assert nights.db.value("SELECT count(*) FROM told") == 2 * 501, "what nobody knows is told again"
    assert lost == "nights.db was lost: made anew from 2 kept reports"
    for folder_name in (f"{first.name} copy", torn.name, no_events.name):
        assert sum(f"the kept report {folder_name} was left out: " in each for each in left_out) == 1
    with open_nights(data, fixed_clock) as nights:
        assert nights.problems == left_out, "said until it is mended"


class Killed(BaseException):
    """The process is gone at this moment."""


def kill_at(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    """Let the target take half of the write of that number, and nothing more."""
    write, numbers = RemoteFolder.write, itertools.count()

    def kill(self: RemoteFolder, key: str, pieces: Iterable[bytes], mode: int = 0o644) -> None:
        if next(numbers) != moment:
            write(self, key, pieces, mode)
            return
        whole = b"".join(pieces)
        self.fs.makedirs(key.rpartition("/")[0], exist_ok=True)
        self.fs.pipe_file(key, whole[: len(whole) // 2])
        raise Killed

    monkeypatch.setattr(RemoteFolder, "write", kill)


def test_killed_at_any_write_the_same_command_goes_on(
    data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(data, tmp_path / "backup")
    first = kept_files(data)
    add_night(data, 2)
    (data.root / "stop_list.yaml").write_text("[]\n", "utf-8")
    for moment in range(6):
        folder = tmp_path / f"backup-{moment}"
        shutil.copytree(tmp_path / "backup", folder)
        good = objects(folder)
        with monkeypatch.context() as patched:
            kill_at(patched, moment)
            with pytest.raises(Killed):
                send(data, folder)
        # Until the last write, a restore gives what stood there before.
        restored, _ = bring_back(folder, tmp_path / f"restored-{moment}")
        assert kept_files(restored) == first
        send(data, folder)
        restored, _ = bring_back(folder, tmp_path / f"again-{moment}")
        assert kept_files(restored) == kept_files(data)
        assert objects(folder).items() >= good.items()


@pytest.mark.parametrize("moment", [2, 7])
def test_a_restore_that_was_killed_goes_on(
    data: DataDir, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    send(data, folder)
    read, numbers = Target.read, itertools.count()

    def kill(self: Target, part: Part) -> Iterator[bytes]:
        if next(numbers) == moment:
            yield b"half"
            raise Killed
        yield from read(self, part)

    with monkeypatch.context() as patched:
        patched.setattr(Target, "read", kill)
        with pytest.raises(Killed):
            bring_back(folder, tmp_path / "restored")
    restored = DataDir(tmp_path / "restored")
    # What forbids is there first, and what lets a night begin is not there yet.
    assert (restored.root / "stop_list.yaml").exists()
    assert not (restored.root / "gongkai.yaml").exists()
    # What lacks was not removed.
    with pytest.raises(BackupRefused, match=f"restored: a restore .* not ended.*restore {folder}"):
        send(restored, folder)
    assert bring_back(folder, restored.root)[1].held == moment
    assert kept_files(restored) == kept_files(data)
    assert send(restored, folder).files == 0
    assert kept_files(bring_back(folder, tmp_path / "again")[0]) == kept_files(data)


def _note_reader(data: DataDir, name: str) -> None:
    with contextlib.closing(sqlite3.connect(data.readers_db)) as db:
        db.execute(f"CREATE TABLE {name} (x)")


def test_a_restore_that_is_named_again_brings_back_what_lacks_and_leaves_what_lived_on(
    data: DataDir, folder: Path, tmp_path: Path
) -> None:
    _note_reader(data, "first")
    send(data, folder)
    restored, first = bring_back(folder, tmp_path / "restored")
    assert bring_back(folder, restored.root)[1].findings == []
    add_told_night(restored, 1)
    add_night(restored, 2)
    _note_reader(restored, "second")
    for name, text in {"gongkai.yaml": "workers: 1\n", "roster/bodies.csv": "name,from_year\n"}.items():
        (restored.root / name).write_text(text, "utf-8")
    lived_on = kept_files(restored)
    _, again = bring_back(folder, restored.root)
    assert (again.files, again.held) == (0, first.files)
    # nights.db is made whole from reports, and never what was sent.
    assert again.findings == [
        f"{name}: it was left, and is not what was sent. Move it away, and the same command brings it back"
        for name in ("readers.db", "roster/bodies.csv", "gongkai.yaml")
    ]
    (restored.root / "stop_list.yaml").unlink()
    assert bring_back(folder, restored.root)[1].files == 1
    assert kept_files(restored) == lived_on


@pytest.mark.parametrize(
    ("emptied", "lost"),
    [
        ("DELETE FROM told; DELETE FROM steps", "1 steps, 501 told"),
        ("DELETE FROM nights WHERE number = 1; DELETE FROM overruled", "1 nights, 1 overruled"),
        ("DROP TABLE told", "501 told"),
    ],
)
def test_a_database_that_was_emptied_is_named_with_what_it_lacks(
    data: DataDir, folder: Path, tmp_path: Path, emptied: str, lost: str
) -> None:
    with open_nights(data, fixed_clock) as nights:
        nights.note_overruled(["withdrawn: 30 of 31"])
    add_told_night(data, 1)
    with open_nights(data, fixed_clock) as nights:
        nights.note_overruled(["withdrawn: 31 of 31"])
    send(data, folder)
    restored, _ = bring_back(folder, tmp_path / "restored")
    told = told_by(restored)
    with contextlib.closing(sqlite3.connect(restored.nights_db)) as db:
        db.executescript(emptied)
    [finding] = bring_back(folder, restored.root)[1].findings
    assert finding.startswith(f"nights.db: it was left, and lacks of what was sent {lost}. Move it away")
    restored.nights_db.unlink()
    assert bring_back(folder, restored.root)[1].findings == []
    assert told_by(restored) == told


def test_a_restore_and_a_backup_exclude_each_other(data: DataDir, folder: Path, tmp_path: Path) -> None:
    send(data, folder)
    restored = DataDir(tmp_path / "restored")
    restored.make()
    with (
        hold(restored.backup_lock, verb="backup", clock=fixed_clock),
        pytest.raises(LockHeld, match="gongkai backup"),
    ):
        bring_back(folder, restored.root)
    assert not restored.stop_list.exists()
    with (
        hold(data.backup_lock, verb="restore", clock=fixed_clock),
        pytest.raises(LockHeld, match="gongkai restore"),
    ):
        send(data, folder)


def test_a_sound_copy_that_was_removed_once_its_file_was_back_is_not_missed(
    data: DataDir, folder: Path, tmp_path: Path
) -> None:
    (path,) = archive_files(data.warc)
    copy = write_sound_copy(path, fixed_clock())
    close_night(data, Signing(), clock=fixed_clock)
    assert send(data, folder).findings == []
    for each in data.warc.glob("*.sound*"):
        each.unlink()
    assert send(data, folder).findings == []
    restored, _ = bring_back(folder, tmp_path / "restored")
    assert archive_files(restored.warc) == (restored.warc / path.name,)
    assert list((folder / "files/warc" / copy.name).iterdir()), "the target keeps it"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("warc/*.warc.gz", b"cut"),
        ("nights.db", b"\xff" * 500),
        ("nights.db", b""),
        ("suppressions.yaml", b""),
        ("stop_list.yaml", b"[]\n"),
    ],
)
def test_what_a_restore_finds_damaged_is_neither_left_nor_written_over(
    data: DataDir, folder: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    send(data, folder)
    good = kept_files(data)
    (damaged,) = data.root.glob(name)
    damaged.write_bytes(content)
    with pytest.raises(BackupRefused, match=f"{damaged.name}.*Move it away, and the same command brings it"):
        bring_back(folder, data.root)
    assert damaged.read_bytes() == content
    damaged.rename(tmp_path / damaged.name)
    assert bring_back(folder, data.root)[1].files == 1
    assert kept_files(data) == good


def _cut(data: DataDir) -> None:
    path = archive_files(data.warc)[0]
    path.write_bytes(path.read_bytes()[:-7])


def _spoil_nights(data: DataDir) -> None:
    path = data.root / "nights.db"
    path.write_bytes(path.read_bytes()[:5000].ljust(8192, b"\xff"))


def _lose(name: str) -> Callable[[DataDir], None]:
    return lambda data: (data.root / name).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut, "its bytes are not those that were sealed"),
        (lambda data: archive_files(data.warc)[0].unlink(), "it is missing"),
        (_spoil_nights, "its backup stays as it is"),
        (_lose("nights.db"), "it is missing"),
        (_lose("stop_list.yaml"), "it is missing"),
        (_lose("suppressions.yaml"), "it is missing"),
        (lambda data: (data.root / "chains/0a.jsonl").write_text("{x}\n"), "does not go on with its backup"),
    ],
    ids=["cut", "file gone", "nights spoilt", "nights gone", "stop list gone", "suppressions gone", "chain"],
)
def test_what_is_damaged_or_lost_is_told_and_its_backup_stays(
    data: DataDir, folder: Path, tmp_path: Path, spoil: Callable[[DataDir], None], said: str
) -> None:
    send(data, folder)
    good = kept_files(data)
    spoil(data)
    (finding,) = send(data, folder).findings
    assert said in finding
    assert kept_files(bring_back(folder, tmp_path / "restored")[0]) == good


def test_a_file_that_was_damaged_when_first_sent_leaves_its_place_to_a_whole_one(
    data: DataDir, folder: Path, tmp_path: Path
) -> None:
    (path,) = archive_files(data.warc)
    whole = path.read_bytes()
    path.write_bytes(whole[:-7] + b"damaged")
    for _ in range(2):
        (finding,) = send(data, folder).findings
        assert "not those that were sealed" in finding, "told until it is mended"
    path.write_bytes(whole)
    assert send(data, folder).findings == []
    restored, _ = bring_back(folder, tmp_path / "restored")
    assert (restored.warc / path.name).read_bytes() == whole


def test_what_the_operator_removed_stays_removed(data: DataDir, folder: Path, tmp_path: Path) -> None:
    send(data, folder)
    (data.root / "portals/own.yaml").unlink()
    assert send(data, folder).findings == []
    restored, _ = bring_back(folder, tmp_path / "restored")
    assert kept_files(restored) == kept_files(data)
    assert list((folder / "files/portals/own.yaml").iterdir()), "the target keeps it"


def test_a_file_that_grows_is_sent_up_to_its_last_whole_record(
    data: DataDir, folder: Path, tmp_path: Path
) -> None:
    with WarcWriter(data.warc, clock=fixed_clock) as writer:
        for number in range(2):
            writer.append(exchange(f"http://www.open{number}.example/"))
            writer.sync()
            (opened,) = open_files(data.warc)
            with opened.open("r+b") as file:
                file.seek(0, os.SEEK_END)
                end = file.tell()
                file.write(b"\x1f\x8b torn")
            send(data, folder)
            os.truncate(opened, end)
    restored, _ = bring_back(folder, tmp_path / "restored")
    whole = {path.name: path.read_bytes() for path in archive_files(data.warc)}
    assert {path.name: path.read_bytes() for path in archive_files(restored.warc)} == whole
    # Once it is sealed, the sealed file takes its place.
    send(data, folder)
    again, _ = bring_back(folder, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in archive_files(again.warc)} == whole
    assert open_files(again.warc) == ()


def test_targets_that_do_not_belong_to_the_archive_are_refused_and_left_alone(
    data: DataDir, folder: Path, tmp_path: Path
) -> None:
    other = make_archive(tmp_path / "other")
    send(other, folder)
    before = objects(folder)
    with pytest.raises(BackupRefused, match=r"another archive"):
        send(data, folder)
    assert objects(folder) == before
    with pytest.raises(BackupRefused, match="data directory"):
        send(data, other.root)
    with pytest.raises(BackupRefused, match="in the data directory itself"):
        send(data, data.root / "backup")
    empty = DataDir(tmp_path / "empty")
    empty.make()
    with pytest.raises(BackupRefused, match="nothing is sealed"):
        send(empty, tmp_path / "nowhere")


def test_a_disk_that_is_not_mounted_is_no_new_target(data: DataDir, folder: Path) -> None:
    send(data, folder)
    folder.rename(folder.with_name("unmounted"))
    with pytest.raises(BackupRefused, match=r"0 of the 1 additions.*mounted"):
        send(data, folder)
    assert read_last_backup(data) is not None


def test_a_restore_writes_over_nothing(data: DataDir, folder: Path, tmp_path: Path) -> None:
    send(data, folder)
    (tmp_path / "restored/roster").mkdir(parents=True)
    (tmp_path / "restored/roster/bodies.csv").write_text("mine\n", "utf-8")
    with pytest.raises(BackupRefused, match=r"bodies\.csv: other bytes"):
        bring_back(folder, tmp_path / "restored")
    assert not (tmp_path / "restored/manifests.jsonl").exists()
    with pytest.raises(BackupRefused, match="no backup"):
        bring_back(tmp_path / "nothing", tmp_path / "restored")


def test_damage_at_the_target_is_found_and_mended(data: DataDir, folder: Path, tmp_path: Path) -> None:
    send(data, folder)
    good = objects(folder)
    (path,) = archive_files(data.warc)
    (damaged,) = (folder / "files/warc" / path.name).iterdir()
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\xff")
    next((folder / "files/stop_list.yaml").iterdir()).unlink()
    _, came = bring_back(folder, tmp_path / "restored")
    assert [finding.partition(":")[0] for finding in came.findings] == ["stop_list.yaml", f"warc/{path.name}"]
    assert len(send(data, folder, reread=True).findings) == 2
    assert objects(folder).items() >= good.items()
    assert send(data, folder, reread=True).findings == []
    journal = sorted((folder / "journal").iterdir())
    add_night(data, 2)
    send(data, folder)
    journal[-1].write_bytes(b"{}")
    with pytest.raises(BackupRefused, match="gap"):
        send(data, folder)


def test_keys_are_in_the_backup_for_nobody_else_and_what_is_not_is_told(data: DataDir, folder: Path) -> None:
    (data.root / "notes.txt").write_text("?", "utf-8")
    (data.root / "gongkai.prom").write_text("figures", "utf-8")
    (data.root / "gongkai.yaml").write_text(
        f"signing_key: {data.root}/keys/own.pem\nstamp_roots: /etc/roots.pem\nmetrics_file: gongkai.prom\n",
        "utf-8",
    )
    report = send(data, folder)
    assert report.left_out == [
        "/etc/roots.pem (stamp_roots): it stands outside the data directory",
        "notes.txt: gongkai knows no such file",
    ]
    (key,) = (folder / "files/keys/own.pem").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600


def test_the_verbs_say_what_they_did_and_end_as_documented(data: DataDir) -> None:
    def run(root: Path, *arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--data", str(root), *arguments])
        return result.exit_code, result.output

    assert run(data.root, "backup")[0] == ExitCode.CONFIGURATION
    (data.root / "gongkai.yaml").write_text("backup: ../backup\n", "utf-8")
    code, output = run(data.root, "backup")
    assert (code, "12 files (" in output) == (ExitCode.DONE, True), output
    assert run(data.root, "backup", "nonsense://x")[0] == ExitCode.ATTENTION
    assert run(data.root, "backup", str(data.root))[0] == ExitCode.ATTENTION
    (data.root / "stop_list.yaml").unlink()
    assert run(data.root, "backup")[0] == ExitCode.DAMAGED


def test_a_target_that_fails_is_named(data: DataDir, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BackupFailed, match=str(tmp_path / "file")):
        send(data, tmp_path / "file")


@pytest.mark.parametrize("path", ["../outside", "warc/../../outside", "/etc/outside"])
def test_a_journal_that_leads_elsewhere_is_refused(
    data: DataDir, folder: Path, tmp_path: Path, path: str
) -> None:
    send(data, folder)
    target = Target(str(folder))
    forged = replace(target.files["stop_list.yaml"][0], path=path)
    with contextlib.suppress(BackupRefused):
        target.commit(Addition("2026-02-01T00:00:00Z", (forged,), (), is_last=True))
    with pytest.raises(BackupRefused, match="which leads elsewhere"):
        bring_back(folder, tmp_path / "restored")
    assert [*tmp_path.rglob("outside")] == []


def test_a_password_in_an_address_is_not_told(data: DataDir) -> None:
    with pytest.raises(BackupFailed) as raised:
        send(data, "nonsense://robot:p4ss@word@host/archive")
    assert "nonsense://robot:…@host/archive" in str(raised.value)
    assert "p4ss" not in str(raised.value)
    report = send(data, "memory://robot:p4ss@host/archive")
    last = read_last_backup(data)
    assert last is not None
    assert "p4ss" not in f"{report}{data.last_backup.read_text('utf-8')}"
    assert last.target == report.target
    assert send(data, "memory://robot:p4ss@host/archive").files == 0


def test_what_cannot_be_read_holds_up_no_other_file(data: DataDir, folder: Path, tmp_path: Path) -> None:
    good = kept_files(data)
    loop = data.warc / "gongkai-20260101000000-00000-host.warc.gz"
    loop.symlink_to(loop.name)
    (finding,) = send(data, folder).findings
    assert finding.startswith(f"warc/{loop.name}: it cannot be read")
    assert kept_files(bring_back(folder, tmp_path / "restored")[0]) == good


@contextlib.contextmanager
def as_somebody() -> Iterator[None]:
    """Run the block as a user whom permissions bind."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_what_stands_in_a_folder_that_cannot_be_read_does_not_count_as_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where root made it, and the night is another user's."""
    # A folder to which the path is open to all.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        root, url = Path(folder, "data"), Path(folder, "backup")
        with as_somebody():
            data = make_archive(root)
            send(data, url)
            (root / "portals").chmod(0)
            report = send(data, url)
            (root / "portals").chmod(0o700)
            assert report.findings == [f"{root / 'portals'}: it cannot be read: Permission denied"]
            assert "portals/own.yaml" in Target(str(url)).files
            send(data, url)
            (root / "portals/own.yaml").unlink()
            assert send(data, url).findings == []
            assert "portals/own.yaml" not in Target(str(url)).files
