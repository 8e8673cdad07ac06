"""kill -9 at random moments of a night, then the same command again: the same corpus, sound evidence."""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from archive.clock import SHANGHAI
from archive.data_folder import DataDir
from gongkai.cli.inspecting import verify_data
from tests.e2e.conftest import ignore_progress
from tests.e2e.content import differing_content, rows
from tests.soak import SOAK, seeds, series
from tests.warm import SERVERS, run_gongkai, start_program

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 5 if SOAK else 2
"""How often each directory is killed before it may finish."""

BEGIN = dt.datetime(2026, 2, 1, 3, tzinfo=SHANGHAI)
"""The demo's first night."""

ATTEMPTS = 4 * KILLS
"""A night that ends before its kill does not count; a machine is never that quick every time."""


@dataclass(frozen=True)
class Undisturbed:
    """A night that nobody killed, and how long it took."""

    data: DataDir
    seconds: float


def _command(data: DataDir) -> list[str]:
    return [
        sys.executable,
        "-m",
        "gongkai",
        "--data",
        str(data.root),
        "demo",
        "--no-cities",
        "--nights",
        "1",
        "--no-serve",
    ]


def _clock(attempt: int) -> dict[str, str]:
    """Return the environment of an attempt: each begins later than the one before, as on a real machine.

    A crawl that outlives its portal by a moment records that the connection was cut. Were all attempts to
    begin at the same simulated instant, that could pass for newer than what the next attempt saw.
    """
    begin = BEGIN + dt.timedelta(minutes=5 * attempt)
    return {**os.environ, "GONGKAI_NOW": begin.isoformat()}


def _run_and_kill(data: DataDir, attempt: int, after_s: float) -> float | None:
    """Run a night and kill it; return how long it took where it ended before that."""
    begin = time.monotonic()
    night = start_program(_command(data), env=_clock(attempt))
    while (is_at_work := night.poll() is None) and time.monotonic() < begin + after_s:
        time.sleep(0.005)
    took = time.monotonic() - begin
    night.kill()
    night.wait()
    return None if is_at_work else took


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    data = DataDir(tmp_path_factory.mktemp("undisturbed"))
    SERVERS.socket_of("gongkai")  # how long servers take to start is no part of it
    begin = time.monotonic()
    assert run_gongkai(*_command(data)[3:], env=_clock(0)).returncode == 0
    return Undisturbed(data, time.monotonic() - begin)


@series
@pytest.mark.parametrize("seed", seeds(20, part=20))
def test_a_night_killed_again_and_again_ends_in_the_same_corpus(
    undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    moments = random.Random(seed)
    data = DataDir(tmp_path)
    longest, kills = undisturbed.seconds, 0
    for attempt in range(ATTEMPTS):
        took = _run_and_kill(data, attempt, moments.uniform(0.05, longest))
        # After a night that ended there is little left to do.
        longest = min(longest, took or longest)
        kills += took is None
        if kills == KILLS:
            break
    assert kills == KILLS
    assert run_gongkai(*_command(data)[3:], env=_clock(ATTEMPTS)).returncode == 0
    assert differing_content(data.corpus_db, undisturbed.data.corpus_db) == {}
    assert verify_data(data, progress=ignore_progress).findings == ()
    acknowledged = rows(data.crawl_db, "SELECT count(*) FROM payloads")
    held = rows(
        data.crawl_db,
        "SELECT count(*) FROM payloads AS p "
        "WHERE EXISTS (SELECT 1 FROM corpus.captures AS c WHERE c.id = p.capture_id)",
        attach=data.corpus_db,
    )
    assert held == acknowledged
