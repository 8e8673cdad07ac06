"""Months of nights: each can be made again, what is kept costs what is new, and what is hidden later goes."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import os
import shutil
import sqlite3
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

from archive.data_folder import DataDir, SettingsMismatch, read_operator_file
from archive.manifests.checking import check_manifests
from archive.manifests.closing import close_night
from archive.manifests.signatures import Signing
from archive.publish.copy import publish
from archive.snapshot.difference import NotComparable, compare_editions
from archive.snapshot.retention import purge_hidden, read_nights, recover_snapshots, thin_snapshots
from archive.snapshot.write import Snapshot, write_snapshot
from benchmarks._wide_rows import accept_wide_rows
from pipelines.addresses import canonical_address
from pipelines.identity import document_id, section_id, text_sha256
from tests.soak import first_of, series
from tests.web.sample_corpus import build_corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.workbooks

NOW = dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
NIGHTS = ("2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02", "2026-02-27", "2026-03-03", "2026-03-04")
FULL = {"2026-01-30", "2026-02-01", "2026-03-03"}


def take(data: DataDir, night: str, *, is_asked: bool = False) -> Snapshot:
    day = dt.date.fromisoformat(night)
    now = dt.datetime.combine(day, dt.time(3), dt.UTC)
    publish(data, clock=lambda: now)
    return write_snapshot(data, night=day, is_asked=is_asked)


def page_of(night: str) -> str:
    return f"http://late.example/{night}.html"


def text_of(night: str) -> str:
    return f"此为{night}一页，载有某人之电话。"


def add_document(data: DataDir, night: str) -> None:
    """Let a night bring a document, change one and take a passage of another away."""
    url, text, seen = page_of(night), text_of(night), f"{night}T18:00:00.000000Z"
    document = document_id(canonical_address(url))
    version, section = text_sha256(night)[:20], section_id(text)
    with contextlib.closing(sqlite3.connect(data.corpus_db)) as db, db:
        accept_wide_rows(db)
        values = {"id": version, "d": document, "s": section, "text": text, "url": url, "seen": seen}
        for statement in _DOCUMENT:
            db.execute(statement, values)
        db.execute(
            "UPDATE documents SET index_number = ? WHERE id = (SELECT min(id) FROM documents)", (night,)
        )
        db.execute("DELETE FROM variants WHERE version_id = (SELECT min(version_id) FROM variants)")


_DOCUMENT = (
    """INSERT INTO _captures
           (id, record_type, url, fetched_at, warc_file, warc_offset, warc_length, outcome, role, document_id)
       VALUES ('c' || :id, 'response', :url, :seen, :seen, 0, 9, 'ok', 'article', :d)""",
    """INSERT INTO documents
           (id, url, kind, title, status, read_state, first_seen, last_seen, current_version_id)
       VALUES (:d, :url, 'other', :text, 'live', 'read', :seen, :seen, :id)""",
    """INSERT INTO versions (id, document_id, capture_id, text_sha256, text, chars, tail, extractor, encoding,
           first_seen, last_seen)
       VALUES (:id, :d, 'c' || :id, :id, '', length(:text), '', 'body', 'utf-8', :seen, :seen)""",
    """INSERT INTO sections (id, text, chars, normalised_sha256)
       VALUES (:s, :text, length(:text), 'aa')""",
    """INSERT INTO occurrences (version_id, position, section_id, heading_path, level, lead)
       VALUES (:id, 0, :s, '', 0, '')""",
)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """Seven nights; beside the data directory the copy of each."""
    data = DataDir(tmp_path_factory.mktemp("course") / "data")
    data.make()
    build_corpus(data.corpus_db)
    for night in NIGHTS:
        add_document(data, night)
        written = take(data, night)
        assert written.changed
        close_night(data, Signing(), clock=lambda: NOW, snapshot=written.folder)
        shutil.copy(data.public_db, data.root.parent / f"{night}.db")
    return data


@pytest.fixture
def nights(course: DataDir, tmp_path: Path) -> DataDir:
    """A copy of those nights, to be changed."""
    shutil.copytree(course.root, tmp_path / "data", symlinks=True)
    return DataDir(tmp_path / "data")


def sizes(folder: Path) -> Iterator[int]:
    known = set()
    for path in folder.rglob("*"):
        state = path.stat()
        if path.is_file() and state.st_ino not in known:
            known.add(state.st_ino)
            yield state.st_size


def test_the_first_of_a_month_is_whole_and_other_nights_say_what_changed(course: DataDir) -> None:
    found = read_nights(course.snapshots)
    assert [night.name for night in found] == list(NIGHTS)
    # Of three full sets the second is not kept: its night is made again from the first.
    assert {night.name for night in found if night.is_full} == FULL - {"2026-02-01"}
    assert [night.package.get("since") for night in found if not night.is_full] == [
        *NIGHTS[:2], *NIGHTS[2:4], NIGHTS[5],
    ]  # fmt: skip


@pytest.mark.parametrize("night", NIGHTS)
def test_each_night_can_be_made_again(course: DataDir, night: str) -> None:
    assert compare_editions(course.root.parent / f"{night}.db", course.snapshots / night) == []


def test_verify_knows_what_was_thinned_and_finds_what_was_altered(nights: DataDir) -> None:
    def told() -> list[str]:
        found = check_manifests(nights, [], Signing())
        return [it.file for it in found.findings if it.file.startswith("2026-")]

    assert told() == []
    changed = nights.snapshots / NIGHTS[2] / "changes" / "documents.csv"
    changed.write_bytes(changed.read_bytes() + b"x")
    (nights.snapshots / NIGHTS[3] / "README.txt").unlink()
    assert told() == [f"{NIGHTS[2]}/changes/documents.csv", f"{NIGHTS[3]}/README.txt"]


def test_the_nights_cost_what_is_new(course: DataDir) -> None:
    full = sum(sizes(course.snapshots / NIGHTS[-2])) - sum(sizes(course.snapshots / NIGHTS[-2] / "changes"))
    changes = sum(sum(sizes(folder)) for folder in course.snapshots.glob("*/changes"))
    assert sum(sizes(course.snapshots)) <= 3 * full + changes


def test_a_night_with_nothing_new_has_none_and_asked_for_it_is_linked(nights: DataDir) -> None:
    before = sum(sizes(nights.snapshots))
    assert not take(nights, "2026-03-05").changed
    assert len(read_nights(nights.snapshots)) == len(NIGHTS)
    assert take(nights, "2026-03-06", is_asked=True).changed
    between = sum(sizes(nights.snapshots))
    assert take(nights, "2026-03-07", is_asked=True).changed
    # Its list of sums, README and descriptions; no table is written again.
    again = sum(sizes(nights.snapshots)) - between
    assert again < 500_000
    assert before < between
    assert compare_editions(nights.public_db, nights.snapshots / "2026-03-07") == []


@pytest.mark.parametrize(("length", "name"), [(64_000, "documents.csv"), (65_536, "documents.csv.gz")])
def test_a_long_list_of_changes_is_compressed(nights: DataDir, length: int, name: str) -> None:
    add_document(nights, "2026-03-05")
    with contextlib.closing(sqlite3.connect(nights.corpus_db)) as db, db:
        db.execute("UPDATE documents SET title = ? WHERE url LIKE '%03-05.html'", ("x" * length,))
    folder = take(nights, "2026-03-05").folder
    assert (folder / "changes" / name).exists()
    assert compare_editions(nights.public_db, folder) == []


def test_a_full_set_is_linked_to_no_damaged_file(nights: DataDir) -> None:
    assert take(nights, "2026-03-06", is_asked=True).changed
    before = nights.snapshots / "2026-03-06"
    damaged = max(before.glob("*.parquet"), key=lambda path: path.stat().st_size)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    lost = next(before.glob("*.xlsx"))
    lost.unlink()
    assert take(nights, "2026-03-07", is_asked=True).changed
    after = nights.snapshots / "2026-03-07"
    subprocess.run(["/usr/bin/env", "sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=after, check=True)
    assert (after / lost.name).exists()


def test_a_clock_that_is_behind_adds_to_the_newest_night(nights: DataDir) -> None:
    add_document(nights, "2026-03-05")
    assert take(nights, "2026-02-15").folder.name == NIGHTS[-1]
    assert compare_editions(nights.public_db, nights.snapshots / NIGHTS[-1]) == []
    assert read_nights(nights.snapshots)[-1].package["since"] == NIGHTS[-2]


def lay(snapshots: Path, name: str, *, is_full: bool) -> None:
    """Make a folder as a night's looks, with a table in which nothing stands."""
    changes = snapshots / name / "changes"
    changes.mkdir(parents=True)
    for folder in (changes, *([changes.parent] if is_full else ())):
        (folder / "datapackage.json").write_text('{"suppressed": []}', "utf-8")
        (folder / "documents.csv").write_text("", "utf-8")


_MONTHS = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("kept", "full", "first"),
    [
        pytest.param("{}", ["2025-01-01", "2026-01-01", "2026-12-01"], "2025-01-01", id="a year"),
        pytest.param("{days: 0, months: 1, years: 0}", ["2026-12-01"], "2026-12-01", id="one night"),
        pytest.param(
            "{days: 20, months: 3, years: 0}",
            [f"2026-{it}-01" for it in (10, 11, 12)],
            "2026-12-01",
            id="months",
        ),
        pytest.param(
            "{days: 40, months: 0, years: 3}",
            ["2024-01-01", "2025-01-01", "2026-01-01", "2026-12-01"],
            "2026-01-01",
            id="years",
        ),
        pytest.param(
            "{days: 40, months: 0, years: 0}",
            ["2026-11-01", "2026-12-01"],
            "2026-11-01",
            id="what they rest on",
        ),
    ],
)
def test_what_the_operator_keeps_is_kept(tmp_path: Path, kept: str, full: list[str], first: str) -> None:
    data = DataDir(tmp_path)
    for month in _MONTHS:
        lay(data.snapshots, f"{month}-01", is_full=True)
        lay(data.snapshots, f"{month}-15", is_full=False)
    (data.root / "gongkai.yaml").write_text(f"keep_snapshots: {kept}", "utf-8")
    gone = thin_snapshots(data)
    found = read_nights(data.snapshots)
    assert [night.name for night in found if night.is_full] == full
    since = [f"{month}-{day}" for month in _MONTHS for day in ("01", "15") if f"{month}-{day}" >= first]
    assert [night.name for night in found] == sorted({*since, *full})
    assert {*gone}.isdisjoint(night.name for night in found)
    assert len(gone) + len(found) == 2 * len(_MONTHS)
    tables = {str(path.parent.relative_to(data.snapshots)) for path in data.snapshots.rglob("documents.csv")}
    assert tables == {*full, *(f"{night.name}/changes" for night in found)}
    assert thin_snapshots(data) == []


@pytest.mark.parametrize(("days", "kept"), [(31, ["2026-02-20", "2026-03-01"]), (3, ["2026-03-01"])])
def test_change_sets_whose_full_set_was_taken_away_stay_for_their_days(
    tmp_path: Path, days: int, kept: list[str]
) -> None:
    data = DataDir(tmp_path)
    lay(data.snapshots, "2026-02-20", is_full=False)
    lay(data.snapshots, "2026-03-01", is_full=True)
    (data.root / "gongkai.yaml").write_text(f"keep_snapshots: {{days: {days}}}", "utf-8")
    thin_snapshots(data)
    assert [night.name for night in read_nights(data.snapshots)] == kept
    assert read_nights(data.snapshots)[-1].is_full


@pytest.mark.parametrize("wrong", ["31", "{days: -1}", "{weeks: 3}", "{days: many}"])
def test_what_cannot_be_kept_is_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "gongkai.yaml").write_text(f"keep_snapshots: {wrong}", "utf-8")
    with pytest.raises(SettingsMismatch, match="keep_snapshots"):
        read_operator_file(tmp_path)


def hide(data: DataDir, kind: str, target: str) -> None:
    entry = f'- {kind}: "{target}"\n  reason: personal data\n  date: 2026-03-05\n'
    (data.root / "suppressions.yaml").write_text(entry, "utf-8")


def all_bytes(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield what files hold, as it stands and unpacked."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        yield path, path.read_bytes()
        if path.suffix == ".gz":
            yield path, gzip.decompress(path.read_bytes())
        if path.suffix == ".parquet":
            yield path, repr(parquet.read_table(path).to_pylist()).encode()


@series
@pytest.mark.parametrize("kind", ["url", "passage"])
@pytest.mark.parametrize("place", first_of([3, 1, 6]))
def test_what_is_hidden_later_goes_from_kept_nights(
    course: DataDir, nights: DataDir, kind: str, place: int
) -> None:
    night = NIGHTS[place]
    secret = text_of(night).encode()
    held = {
        path.relative_to(nights.snapshots).parts[0]
        for path, it in all_bytes(nights.snapshots)
        if secret in it
    }
    assert night in held
    hide(nights, kind, page_of(night) if kind == "url" else section_id(text_of(night)))
    snapshot = take(nights, "2026-03-05")
    assert held <= set(snapshot.removed)
    assert [it.name for it in read_nights(nights.snapshots)] == [*NIGHTS[:place], "2026-03-05"]
    assert [path for path, it in all_bytes(nights.snapshots) if secret in it] == []
    for kept in NIGHTS[:place]:
        assert compare_editions(course.root.parent / f"{kept}.db", nights.snapshots / kept) == []
    assert compare_editions(nights.public_db, nights.snapshots / "2026-03-05") == []


class Killed(BaseException):
    """The process is gone."""


def is_killed_after(count: int, run: Callable[[DataDir], object], data: DataDir) -> bool:
    """Let a run make so many calls that rename or remove, and none after; return whether it wanted more."""
    left = iter(range(count))

    def limit(call: Callable[..., None]) -> Callable[..., None]:
        def limited(*args: Any, **kwargs: Any) -> None:
            if next(left, None) is None:
                raise Killed
            call(*args, **kwargs)

        return limited

    with pytest.MonkeyPatch.context() as patch:
        for name in ("rename", "unlink", "rmdir"):
            patch.setattr(os, name, limit(getattr(os, name)))
        try:
            run(data)
        except Killed:
            return True
    return False


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_purge_killed_at_any_call_leaves_whole_nights_and_the_next_ends_it(nights: DataDir) -> None:
    hide(nights, "url", page_of(NIGHTS[5]))
    publish(nights, clock=lambda: NOW)
    kept = nights.snapshots.rename(nights.root / "kept")
    # Another run was killed while the night before took the place of one.
    shutil.copytree(kept / NIGHTS[6], kept / f".replaced-{NIGHTS[6]}", copy_function=os.link)
    for count in (*range(8), *range(8, 1_000, 20)):
        shutil.copytree(kept, nights.snapshots, copy_function=os.link)
        is_killed = is_killed_after(count, purge_hidden, nights)
        for night in read_nights(nights.snapshots):
            assert files_in(night.folder) == files_in(kept / night.name)
        purge_hidden(nights)
        assert sorted(path.name for path in nights.snapshots.iterdir()) == [*NIGHTS[:5]]
        shutil.rmtree(nights.snapshots)
        if not is_killed:
            break
    else:
        pytest.fail("it never ended")
    assert count > 8


def test_a_thinning_killed_at_any_call_leaves_whole_nights_and_the_next_ends_it(tmp_path: Path) -> None:
    ended: list[list[str]] = []
    for count in range(200):
        data = DataDir(tmp_path / str(count))
        for month in _MONTHS[:5]:
            lay(data.snapshots, f"{month}-01", is_full=True)
        (data.root / "gongkai.yaml").write_text("keep_snapshots: {days: 70, months: 1, years: 0}", "utf-8")
        is_killed = is_killed_after(count, thin_snapshots, data)
        for night in read_nights(data.snapshots):
            assert (night.folder / "documents.csv").exists() is night.is_full
            assert (night.folder / "changes" / "documents.csv").exists()
        recover_snapshots(data.snapshots)  # as each run does first
        thin_snapshots(data)
        ended.append(files_in(data.snapshots))
        if not is_killed:
            break
    assert len(ended) > 8
    assert all(it == ended[-1] for it in ended)


def test_what_was_never_held_takes_nothing_away(nights: DataDir) -> None:
    hide(nights, "url", "http://nowhere.example/")
    assert take(nights, "2026-03-05").removed == ()
    assert len(read_nights(nights.snapshots)) == len(NIGHTS) + 1
    assert purge_hidden(nights) == []


def test_a_change_set_without_what_it_rests_on_is_told(nights: DataDir) -> None:
    shutil.rmtree(nights.snapshots / NIGHTS[1])
    with pytest.raises(NotComparable, match=NIGHTS[1]):
        compare_editions(nights.public_db, nights.snapshots / NIGHTS[4])


def test_snapshots_of_before_change_sets_are_gone_on_with_and_purged(nights: DataDir) -> None:
    shutil.copytree(nights.snapshots / "2026-01-30", nights.snapshots / "2026-01-29")
    path = nights.snapshots / "2026-01-29" / "datapackage.json"
    package = json.loads(path.read_bytes())
    path.write_text(json.dumps({key: package[key] for key in package.keys() - NEW_FACTS}), "utf-8")
    [first, *_] = read_nights(nights.snapshots)
    assert first.package["suppressed"] == package["suppressed"]
    assert "captures" in first.package["with_visits"]
    for night in NIGHTS[:-1]:
        shutil.rmtree(nights.snapshots / night)
    assert purge_hidden(nights) == []
    shutil.rmtree(nights.snapshots / NIGHTS[-1])
    add_document(nights, "2026-03-05")
    written = take(nights, "2026-03-05")
    assert written.changed
    assert compare_editions(written.folder, nights.public_db) == []


NEW_FACTS = {"with_visits", "suppressed"}
