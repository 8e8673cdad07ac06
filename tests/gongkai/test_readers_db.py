"""What is kept of readers, and for how long: reports until an answer, addresses until they are ended."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from archive.clock import running_from
from archive.data_folder import DataDir
from gongkai import readers_db
from gongkai.readers_db import ClientLimit, NotTaken, open_readers, released_reports
from tests.warm import run_gongkai

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

NOW = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
FEED = "/-/feeds/changes.atom?region=410700"


def clock() -> dt.datetime:
    return NOW


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path)


def run_readers(data: DataDir, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Type the verb."""
    return run_gongkai("--data", str(data.root), "readers", *arguments, env=os.environ)


def test_a_report_is_shown_once_it_is_answered(data: DataDir) -> None:
    assert released_reports(data) == []
    with open_readers(data, clock) as readers:
        readers.report_figure("f1", " 应为 178 ")
        readers.report_figure("f2", "?")
    assert released_reports(data) == []
    with open_readers(data, clock) as readers:
        first, second = readers.waiting_reports()
        assert (first.figure, first.said, first.reported_on) == ("f1", "应为 178", "2026-02-01")
        readers.release_report(first.id, "原文如此")
        readers.dismiss_report(second.id)
        assert readers.waiting_reports() == []
    [released] = released_reports(data, "f1")
    assert (released.answer, released.answered_on) == ("原文如此", "2026-02-01")
    assert released_reports(data, "f2") == []
    with open_readers(data, clock) as readers:
        readers.dismiss_report(first.id)
    assert released_reports(data) == []


@pytest.mark.parametrize("said", ["", " \n", "长" * 2001])
def test_a_report_says_something_and_not_too_much(data: DataDir, said: str) -> None:
    with pytest.raises(NotTaken, match="2000"), open_readers(data, clock) as readers:
        readers.report_figure("f1", said)
    with open_readers(data, clock) as readers:
        readers.report_figure("f1", "长" * 2000)


def test_no_more_reports_wait_than_may(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_db, "LIMITS", replace(readers_db.LIMITS, reports_waiting=2))
    with open_readers(data, clock) as readers:
        readers.report_figure("f1", "1")
        readers.report_figure("f1", "2")
    with pytest.raises(NotTaken, match="too many"), open_readers(data, clock) as readers:
        readers.report_figure("f1", "3")


def test_an_alert_is_confirmed_sent_and_ended(data: DataDir) -> None:
    with open_readers(data, clock) as readers:
        token = readers.ask_alert("a@example.org", FEED, "zh")
        assert token
        assert readers.ask_alert("a@example.org", FEED, "en") is None, "the same again"
        assert readers.confirmed_alerts() == []
        readers.confirm_alert(token)
        readers.note_sent(token, "2026-02-02T00:00:00.000000Z")
        [alert] = readers.confirmed_alerts()
        assert (alert.address, alert.feed, alert.language) == ("a@example.org", FEED, "zh")
        assert alert.sent_until == "2026-02-02T00:00:00.000000Z"
        readers.end_alert(token)
        assert readers.find_alert(token) is None
    with pytest.raises(NotTaken, match="no such alert"), open_readers(data, clock) as readers:
        readers.end_alert(token)
    with closing(sqlite3.connect(data.readers_db)) as db:
        assert db.execute("SELECT count(*) FROM alerts").fetchone() == (0,)


def test_what_is_not_confirmed_in_time_is_forgotten(data: DataDir) -> None:
    with open_readers(data, clock) as readers:
        early = readers.ask_alert("a@example.org", FEED, "zh")
        kept = readers.ask_alert("b@example.org", FEED, "zh")
        assert early
        assert kept
        readers.confirm_alert(kept)
    for hours, is_there in ((47, True), (49, False)):
        later = NOW + dt.timedelta(hours=hours)
        with open_readers(data, running_from(later)) as readers:
            assert bool(readers.find_alert(early)) is is_there
            assert readers.find_alert(kept)


def test_an_address_has_so_many_alerts_and_is_erased_with_all(data: DataDir) -> None:
    with open_readers(data, clock) as readers:
        for number in range(20):
            token = readers.ask_alert("a@example.org", f"{FEED}{number}", "zh")
            assert token
            readers.confirm_alert(token)
    with pytest.raises(NotTaken, match="20"), open_readers(data, clock) as readers:
        readers.ask_alert("a@example.org", FEED, "zh")
    erased = run_readers(data, "--erase", "a@example.org")
    assert "20 alerts of a@example.org ended" in erased.stdout
    assert b"a@example.org" not in data.readers_db.read_bytes()


def test_a_client_is_heard_so_often_an_hour_and_all_together() -> None:
    limit = ClientLimit()
    assert [limit.admits("a", 100) for _ in range(11)] == [True] * 10 + [False]
    assert limit.admits("b", 100)
    assert limit.admits("a", 3700)
    assert sum(limit.admits(str(number), 3700) for number in range(300)) == 199
    assert sum(limit.admits("a", 7300) for _ in range(1000)) == 10
    assert limit.admits("b", 7300), "what was refused to another takes nothing"


def test_reports_are_answered_at_the_command_line(data: DataDir) -> None:
    with open_readers(data, clock) as readers:
        readers.report_figure("f1", "应为 178")
    assert "1  2026-02-01  /-/proof/f1  应为 178" in run_readers(data).stdout
    alone = run_readers(data, "--release", "1")
    assert (alone.returncode, "--answer TEXT" in alone.stderr) == (3, True)
    unknown = run_readers(data, "--release", "7", "--answer", "无")
    assert (unknown.returncode, "report 7: there is no such report" in unknown.stderr) == (1, True)
    assert "0 reports wait" in run_readers(data, "--release", "1", "--answer", "原文如此").stdout
    assert [it.answer for it in released_reports(data)] == ["原文如此"]
