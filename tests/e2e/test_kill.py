"""kill -9 at random moments of crawl and derive, then the same command again: the same corpus, sound evidence."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from archive.paths import DataDir
from gongkai.verifying import verify_data
from tests.e2e.conftest import ignore_progress
from tests.e2e.content import content_hashes, rows

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 5
SEEDS = (1, 2, 3, 4)
"""Four directories, each killed five times before it may finish: twenty kills."""

FULL_RUN_S = 6.0
"""About as long as an undisturbed night takes; a kill comes at a moment within it."""


def _command(data: DataDir) -> list[str]:
    return [sys.executable, "-m", "gongkai", "--data", str(data.root), "demo", "--nights", "1", "--no-serve"]


def _run_and_kill(data: DataDir, after_s: float) -> bool:
    """Run a night and kill it, children and all; return whether it was still at work."""
    with subprocess.Popen(
        _command(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    ) as night:
        try:
            night.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(night.pid, signal.SIGKILL)
            return True
    return False


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = DataDir(tmp_path_factory.mktemp("undisturbed"))
    subprocess.run(_command(data), check=True, capture_output=True)
    return data


@pytest.mark.parametrize("seed", SEEDS)
def test_a_night_killed_again_and_again_ends_in_the_same_corpus(
    undisturbed: DataDir, tmp_path: Path, seed: int
) -> None:
    moments = random.Random(seed)
    data = DataDir(tmp_path)
    killed = sum(_run_and_kill(data, moments.uniform(0.8, FULL_RUN_S)) for _ in range(KILLS))
    assert killed >= 1
    subprocess.run(_command(data), check=True, capture_output=True)
    assert content_hashes(data.corpus_db) == content_hashes(undisturbed.corpus_db)
    assert verify_data(data, progress=ignore_progress).findings == ()
    acknowledged = rows(data.crawl_db, "SELECT count(*) FROM payloads")
    held = rows(
        data.crawl_db,
        "SELECT count(*) FROM payloads AS p "
        "WHERE EXISTS (SELECT 1 FROM corpus.captures AS c WHERE c.id = p.capture_id)",
        attach=data.corpus_db,
    )
    assert held == acknowledged
