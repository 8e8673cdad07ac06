"""A night killed at any step from derive to telling: what it saw is told by those after it, never by none."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from tests.crawler.portal_server import DAILY, PortalServer, Reply, list_page, write_portal
from tests.e2e.content import rows
from tests.gongkai.test_nightly import REPORT
from tests.soak import seeds, series
from tests.warm import run_gongkai, start_program

if TYPE_CHECKING:
    from pathlib import Path

STEPS = ("derive", "gates", "publish", "snapshot", "manifest", "look back", "report")
WAITED_S = 600  # against a hang; a busy machine takes minutes


def _env(night: int) -> dict[str, str]:
    return os.environ | {"GONGKAI_NOW": f"2026-02-{night:02}T03:00:00+08:00"}


def _has_begun(data: DataDir, step: str) -> bool:
    if not data.nights_db.exists():
        return False
    with closing(sqlite3.connect(data.nights_db, timeout=5)) as db:
        tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'steps'").fetchone()
        return tables == (1,) and bool(db.execute("SELECT 1 FROM steps WHERE name = ?", (step,)).fetchone())


@series
@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(40, part=40))
def test_what_a_killed_night_saw_is_told(tmp_path: Path, seed: int) -> None:
    data, chance = DataDir(tmp_path), random.Random(seed)
    data.make()
    replies = {f"/nb/t{n}.html": Reply(REPORT.replace(b"120", b"%d" % n)) for n in range(3)}
    replies["/nb/index.html"] = list_page([(path, "年度报告") for path in replies])
    with PortalServer(replies) as server:
        write_portal(data, server.address, "here", DAILY)
        command = [sys.executable, "-m", "gongkai", "--data", str(data.root), "nightly"]
        step = STEPS[seed % len(STEPS)]
        night = start_program(command, env=_env(1))
        end = time.monotonic() + WAITED_S
        while night.poll() is None and not _has_begun(data, step) and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(chance.random() / 10)
        night.kill()
        night.wait()
        done = run_gongkai("--data", str(data.root), "nightly", "--json", env=_env(2))
    report = json.loads(done.stdout)
    told = {
        tuple(json.loads(line)[:4])
        for kept in data.reports.glob("*/report.json")
        for line in (kept.parent / "events.jsonl").read_text("utf-8").splitlines()
    }
    happened = rows(data.corpus_db, "SELECT kind, document_id, observed_at, capture_id FROM changes")
    assert len(happened) == 3
    assert set(happened) <= told, report
    earlier = {each["id"]: each["state"] for each in report["earlier"]}
    assert earlier == {"2026-02-01": "killed"} or (data.reports / "2026-02-01" / "report.json").exists()
    assert rows(data.corpus_db, "SELECT count(*) FROM _untold") == [(0,)]
