"""kill -9 at random moments of a night, then the same command again: the same corpus, sound evidence."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import random
import signal
import subprocess
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
from tests.warm import run_gongkai

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.cold

KILLS = 5 if SOAK else 3
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


def _run_and_kill(data: DataDir, attempt: int, after_s: float) -> bool:
    """Run a night and kill it, children and all; return whether it was still at work."""
    with subprocess.Popen(
        _command(data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        env=_clock(attempt),
    ) as night:
        try:
            night.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(night.pid, signal.SIGKILL)
            return True
    return False


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    data = DataDir(tmp_path_factory.mktemp("undisturbed"))
    begin = time.monotonic()
    subprocess.run(_command(data), check=True, capture_output=True, env=_clock(0))
    return Undisturbed(data, time.monotonic() - begin)


@series
@pytest.mark.parametrize("seed", seeds(20, part=20))
def test_a_night_killed_again_and_again_ends_in_the_same_corpus(
    undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    moments = random.Random(seed)
    data = DataDir(tmp_path)
    attempts = (
        _run_and_kill(data, attempt, moments.uniform(0.2, undisturbed.seconds)) for attempt in range(ATTEMPTS)
    )
    assert sum(itertools.islice(filter(None, attempts), KILLS)) == KILLS
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
