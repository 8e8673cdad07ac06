"""Verification by turns: over a month of nights every file comes to its turn, and what rots is told."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.manifests.closing import note_sealed_files
from archive.manifests.signatures import Signing
from archive.turns import Turn, oldest_verified, verify_turn
from archive.warc.files import archive_files
from archive.warc.record_index import index_path
from archive.warc.writer import WarcWriter
from gongkai.cli import main
from tests.archive.samples import MOMENT, exchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclasses.dataclass
class Months:
    """A data directory, and a clock that is set by hand."""

    data: DataDir
    now: dt.datetime = MOMENT

    def clock(self) -> dt.datetime:
        return self.now

    def add_file(self, size: int) -> Path:
        with WarcWriter(self.data.warc, clock=self.clock) as writer:
            payload = bytes(range(256)) * (size // 256)
            writer.append(exchange(payload=payload))
        note_sealed_files(self.data, Signing(), found=False, clock=self.clock)
        return archive_files(self.data.warc)[-1]

    def turn(self, days: int = 30) -> Turn:
        return verify_turn(self.data, clock=self.clock, days=days)

    def nights(self, count: int, each: Callable[[Turn], None]) -> None:
        for _ in range(count):
            self.now += dt.timedelta(days=1)
            each(self.turn())

    def age(self) -> int:
        oldest = oldest_verified(self.data, self.now)
        assert oldest is not None
        return (self.now - dt.datetime.fromisoformat(oldest)).days


@pytest.fixture
def months(tmp_path: Path) -> Months:
    data = DataDir(tmp_path)
    data.make()
    return Months(data)


def test_over_months_of_nights_no_file_waits_for_longer_than_a_month(months: Months) -> None:
    for number in range(30):
        months.add_file(1000 * (number % 7))
    read = []
    for night in range(45):
        if night % 3 == 0:
            months.add_file(700 * (night % 5))  # the archive grows
        months.now += dt.timedelta(days=1)
        turn = months.turn()
        assert turn.findings == ()
        assert months.age() <= 30
        read.append(turn.bytes)
    size = sum(path.stat().st_size for path in archive_files(months.data.warc))
    longest = max(path.stat().st_size for path in archive_files(months.data.warc))
    assert max(read) <= size / 30 + longest, "a night reads its share, to the end of a file"


def test_damage_is_found_in_its_turn_and_told_until_it_is_mended(months: Months) -> None:
    paths = [months.add_file(2000) for _ in range(10)]
    whole = paths[4].read_bytes()
    paths[4].write_bytes(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
    told: list[bool] = []
    months.nights(40, lambda turn: told.append(paths[4].name in {each.file for each in turn.findings}))
    first = told.index(True)
    assert first <= 30
    assert all(told[first:])
    paths[4].write_bytes(whole)
    months.nights(1, lambda turn: told.append(bool(turn.findings)))
    assert not told[-1]


def test_a_file_that_is_another_than_was_sealed_is_found(months: Months) -> None:
    first, second = months.add_file(2000), months.add_file(3000)
    for suffix in ("", ".records", ".cdxj"):
        name = first.name.removesuffix(".warc.gz") + suffix if suffix else first.name
        other = second.name.removesuffix(".warc.gz") + suffix if suffix else second.name
        (months.data.warc / name).write_bytes((months.data.warc / other).read_bytes())
    told = {finding.file: finding.problem for finding in months.turn(days=1).findings}
    assert told.keys() == {first.name, index_path(first, ".cdxj").name}, "the page index names another file"
    assert told[first.name] == "its bytes are not those that were sealed"


def test_nights_that_did_not_run_are_made_up_for_within_bounds(months: Months) -> None:
    for _ in range(60):
        months.add_file(1000)
    months.now += dt.timedelta(days=90)
    assert months.turn().files in (6, 7), "three shares of two files"
    months.nights(20, lambda _: None)
    assert months.age() <= 30


@pytest.mark.parametrize("lost", [b"", b"{", b'{"a":1}', None])
def test_a_lost_note_only_means_to_verify_sooner(months: Months, lost: bytes | None) -> None:
    for _ in range(4):
        months.add_file(1000)
    months.nights(20, lambda _: None)
    if lost is None:
        months.data.verified.unlink()
    else:
        months.data.verified.write_bytes(lost)
    assert months.age() == 20
    months.nights(12, lambda _: None)
    assert months.age() <= 30


def test_a_clock_that_was_ahead_takes_no_file_from_its_turn(months: Months) -> None:
    for _ in range(3):
        months.add_file(1000)
    months.now += dt.timedelta(days=4000)
    months.turn(days=1)
    months.now -= dt.timedelta(days=3990)
    months.turn(days=1)
    assert months.age() == 0
    assert months.turn().held == 3


def test_a_whole_verification_counts_as_the_turn_of_all_but_what_is_damaged(months: Months) -> None:
    def run(*arguments: str) -> str:
        env = {"GONGKAI_NOW": months.now.isoformat()}
        return CliRunner().invoke(main, ["--data", str(months.data.root), *arguments], env=env).output

    assert "verified   not yet all" in run("status")
    paths = [months.add_file(1000) for _ in range(2)]
    months.now += dt.timedelta(days=20)
    assert months.age() == 20
    run("verify")
    months.now += dt.timedelta(hours=1)
    assert months.age() == 0
    assert "verified   all since 2026-02-20 19:00" in run("status")
    paths[0].write_bytes(paths[0].read_bytes()[:-9])
    months.now += dt.timedelta(days=5)
    run("verify")
    months.now += dt.timedelta(hours=1)
    assert months.age() == 5
