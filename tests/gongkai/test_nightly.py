"""The night from the command line: what its exit code and its report say, good nights and bad ones."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import msgspec
import pytest

from archive.clock import SHANGHAI, clock_from
from archive.corpus.store import create_corpus
from archive.data_folder import DataDir, LockHeld, hold
from archive.database import unfinished_database
from archive.warc.files import archive_files
from gongkai.interrupts import holding_signals
from gongkai.nights import night_run
from gongkai.nights.kept_reports import kept_nights
from gongkai.nights.night_record import LastNight, keep_time, open_nights, told_nights
from gongkai.nights.telling import has_told
from gongkai.operator_settings import load_settings
from pipelines.document import PARSER_VERSION
from tests.archive.evidence import page
from tests.crawler.portal_server import DAILY, NOBODY, PortalServer, Reply, list_page, write_portal
from tests.gongkai.mailbox import mail_server
from tests.warm import run_gongkai, start_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REPORT = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。")
SHOWN = {"/nb/index.html": list_page([("/nb/t1.html", "年度报告")]), "/nb/t1.html": Reply(REPORT)}
HANGING = REPORT + b"<p " + b" ".join(b"a%d=1" % n for n in range(120_000)) + b">x</p>"
"""Keeps the HTML parser busy for half a minute."""


@dataclass(frozen=True)
class First:
    """A data directory after its first night, and how the night ended.

    Attributes:
        data: the directory.
        code: the night's exit code.
        report: what it printed.
    """

    data: DataDir
    code: int
    report: dict[str, Any]


@pytest.fixture(scope="module")
def listening() -> Iterator[PortalServer]:
    """One address for the whole file, so that what was harvested there can be copied."""
    with PortalServer({}) as server:
        yield server


@pytest.fixture
def server(listening: PortalServer) -> PortalServer:
    listening.replies = dict(SHOWN)
    return listening


@pytest.fixture
def data(tmp_path: Path, server: PortalServer) -> DataDir:
    return _make_data(tmp_path, server)


def _make_data(folder: Path, server: PortalServer) -> DataDir:
    data = DataDir(folder)
    data.make()
    write_portal(data, server.address, "here", DAILY)
    return data


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory, listening: PortalServer) -> First:
    """A good first night, to be copied."""
    listening.replies = dict(SHOWN)
    data = _make_data(tmp_path_factory.mktemp("night"), listening)
    return First(data, *_night(data))


@pytest.fixture
def first(tmp_path: Path, server: PortalServer, one_night: First) -> First:  # noqa: ARG001 resets what is served
    """A copy of a good first night."""
    root = shutil.copytree(one_night.data.root, tmp_path, symlinks=True, dirs_exist_ok=True)
    return replace(one_night, data=DataDir(root))


def _gongkai(data: DataDir, *arguments: str, night: int = 1) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"GONGKAI_NOW": f"2026-02-{night:02}T03:00:00+08:00"}
    return run_gongkai("--data", str(data.root), *arguments, env=env)


def _night(data: DataDir, night: int = 1) -> tuple[int, dict[str, Any]]:
    done = _gongkai(data, "nightly", "--json", night=night)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_good_night_ends_with_zero(first: First) -> None:
    data, code, report = first.data, first.code, first.report
    assert (code, report["state"], report["troubles"], report["read"]) == (0, "done", [], 1)
    assert report["published"] == data.public_db.readlink().name
    assert (data.snapshots / report["snapshot"] / "SHA256SUMS").exists()


def test_a_night_that_cannot_read_what_it_would_move_still_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = msgspec.structs.replace(load_settings(tmp_path, {}), warc_store=(tmp_path / "store").as_uri())
    settings.data.make()
    monkeypatch.setattr(night_run, "Chain", Mock(side_effect=OSError(5, "Input/output error")))
    with open_nights(settings.data, settings.clock) as nights:
        night = night_run._Night(settings, nights, keep_time(settings.clock(), None))
        night.move_evidence()
        report = night.tell()
    assert [(step.name, step.state) for step in report.steps][:1] == [("move", "failed")]
    assert kept_nights(settings.data) == [report.id]


def test_a_night_tells_what_appeared_and_what_changed(first: First, server: PortalServer) -> None:
    data = first.data
    assert first.report["changes"] == {"appeared": 1}
    files = _published_files(data)
    quiet = _night(data, 2)[1]
    assert (quiet["changes"], quiet["snapshot"], _published_files(data)) == ({}, None, files)
    server.replies["/nb/t1.html"] = Reply(REPORT.replace(b"120", b"130"))
    begun = _gongkai(data, "publish", "--lake", night=2)
    assert "lake: " in begun.stderr
    changed = _night(data, 3)[1]
    assert changed["changes"] == {"changed": 1}
    assert _published_files(data) > files
    assert changed["published"] == f"gongkai-{data.current_lake.readlink().name}.db"


def _published_files(data: DataDir) -> set[Path]:
    return {path for folder in (data.public, data.snapshots) for path in folder.rglob("*")}


def test_a_night_names_what_was_withdrawn_and_portals_that_fell_silent(
    data: DataDir, server: PortalServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = REPORT.replace("2024年".encode(), "2023年".encode())
    whole = "createPageHTML(1, 0, 'index', 'html')"
    shown = [("/nb/t1.html", "年度报告"), ("/nb/t2.html", "年度报告")]
    server.replies["/nb/index.html"] = list_page(shown, whole)
    server.replies["/nb/t2.html"] = Reply(other)
    assert _night(data)[1]["changes"] == {"appeared": 2}
    server.replies["/nb/t1.html"] = Reply(b"<html><body>404 Not Found</body></html>", status=404)
    server.replies["/nb/index.html"] = list_page(shown[1:], whole)
    for night in (2, 5):
        assert _night(data, night)[1]["withdrawn"] == []
    report = _night(data, 9)[1]
    assert report["changes"] == {"withdrawn": 1}
    assert [each["url"].rpartition("/")[2] for each in report["withdrawn"]] == ["t1.html"]
    # What kept reports tell is not told again by an archive that was brought back.
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert _gongkai(data, "backup", str(elsewhere / "backup")).returncode == 0
    restored = DataDir(elsewhere / "restored")
    assert _gongkai(restored, "restore", str(elsewhere / "backup")).returncode == 0
    told = _night(restored, 10)[1]
    assert (told["changes"], told["earlier"], told["runs"]) == ({}, [], [])
    server.replies["/nb/index.html"] = list_page([])
    said = _gongkai(data, "nightly", night=10).stdout
    assert "LOOK AT    here: broken, a list" in said


def test_a_portal_that_is_down_is_a_trouble_and_the_others_are_published(data: DataDir) -> None:
    write_portal(data, NOBODY, "down", DAILY)
    code, report = _night(data)
    assert code == 7
    [alarm] = report["alarms"]
    assert (alarm["kind"], alarm["portal"], alarm["since"]) == ("portal_unreachable", "down", None)
    assert report["troubles"][0].startswith("down: its server cannot be reached (refused). Most are back")
    assert report["published"]
    [alarm] = _night(data, 3)[1]["alarms"]
    assert alarm["since"] == "2026-02-01"


def test_rules_that_are_there_do_not_hide_that_nothing_else_is(data: DataDir, server: PortalServer) -> None:
    server.replies = {"/robots.txt": Reply(b""), "/nb/index.html": Reply(b"fault", 500)}
    code, report = _night(data)
    assert code == 7
    assert [trouble.partition(".")[0] for trouble in report["troubles"]] == [
        "here: nothing answered (server_error)"
    ]
    assert [*report["incomplete_lists"].values()] == ["server_error"]


def test_a_night_counts_what_its_lists_came_to(data: DataDir, server: PortalServer) -> None:
    rows = [("/nb/t1.html", "年度报告")]
    server.replies["/nb/index.html"] = list_page(rows, "createPageHTML(1, 0, 'index', 'html', 1);")
    said = _gongkai(data, "nightly").stdout
    assert "  crawl      1 portal, finished: 2 ok\n" in said, "no robots.txt"
    assert "  lists      1 complete, 0 nothing new, 0 incomplete; 1 new addresses\n" in said
    server.replies["/nb/index.html"] = list_page([*rows, ("/nb/t1.html", "年度报告")])
    assert _night(data, 2)[1]["lists"] == {"complete": 0, "nothing new": 0, "incomplete": 1}


def test_damaged_evidence_is_named_what_is_sound_is_published_and_the_night_ends_with_four(
    data: DataDir,
) -> None:
    (data.warc / "foreign.warc.gz").write_bytes(b"no archive at all")
    code, report = _night(data)
    assert code == 4
    assert all("foreign.warc.gz" in line for line in report["troubles"])
    assert report["troubles"]
    assert report["published"]


def test_a_refused_gate_leaves_the_copy_and_ends_with_five(first: First, tmp_path: Path) -> None:
    data = first.data
    served = data.public_db.readlink()
    for path in (*data.warc.iterdir(), *tmp_path.glob("c*.db*"), data.manifests):
        path.unlink()
    write_portal(data, NOBODY, "here", DAILY)
    code, report = _night(data)
    assert (code, report["published"], report["snapshot"]) == (5, None, None)
    refusal = next(alarm for alarm in report["alarms"] if alarm["kind"] == "gate_refused")
    assert "documents fell from 1 to 0 rows" in refusal["cause"]
    assert "gongkai publish --overrule shrink" in refusal["cause"]
    assert data.public_db.readlink() == served
    assert _night(data, 2)[1]["alarms"][0]["since"] == "2026-02-01", "told again each night until it passes"
    done = _gongkai(data, "publish", "--overrule", "shrink", "--json", night=2)
    assert done.returncode == 0
    [overruled] = json.loads(done.stdout)["overruled"]
    code, report = _night(data, 3)
    assert (code, report["refused"]) == (7, None), "its portal is still away"
    assert [each.partition(" ")[2] for each in report["overruled"]] == [overruled]
    assert _night(data, 4)[1]["overruled"] == []
    data.public_db.resolve().write_bytes(b"torn")
    assert _gongkai(data, "publish", night=4).returncode != 0
    [forced] = json.loads(_gongkai(data, "publish", "--force", "--json", night=4).stdout)["overruled"]
    assert "cannot be read" in forced
    assert forced in _night(data, 5)[1]["overruled"][0]


def test_a_torn_tail_is_cut_and_no_trouble(first: First) -> None:
    data = first.data
    (sealed,) = archive_files(data.warc)
    sealed.rename(sealed.with_name(sealed.name + ".open"))
    with sealed.with_name(sealed.name + ".open").open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00torn")
    data.manifests.unlink()  # what a kill left open was never sealed, and is in no manifest
    for folder in (data.snapshots, data.reports):  # nor had it come to a snapshot, or to a report of its root
        shutil.rmtree(folder)
    code, report = _night(data)
    assert (code, report["troubles"]) == (0, [])
    assert _gongkai(data, "verify").returncode == 0


def test_an_empty_corpus_beside_evidence_is_not_published(data: DataDir) -> None:
    assert _gongkai(data, "crawl").returncode == 0
    create_corpus(data.corpus_db, parser_version=PARSER_VERSION).close()
    done = _gongkai(data, "publish")
    assert done.returncode == 5
    assert "there is evidence" in done.stderr
    assert not data.public_db.exists()


def _kept(data: DataDir, night: str) -> tuple[dict[str, Any], list[list[str]]]:
    folder = data.reports / night
    events = (folder / "events.jsonl").read_text("utf-8").splitlines()
    return json.loads((folder / "report.json").read_bytes()), [json.loads(line) for line in events]


def test_a_night_is_a_row_with_its_steps_and_its_report_is_kept_and_printed_again(first: First) -> None:
    data, code, report = first.data, first.code, first.report
    kept, events = _kept(data, "2026-02-01")
    assert (code, kept) == (0, report)
    assert [(each[0], each[4].rpartition("/")[2]) for each in events] == [("appeared", "t1.html")]
    steps = [
        "check",
        "crawl",
        "derive",
        "gates",
        "publish",
        "snapshot",
        "manifest",
        "verify",
        "purge",
        "look back",
    ]
    assert [(each["name"], each["state"]) for each in kept["steps"]] == [(name, "done") for name in steps]
    assert all(each["bytes"] > 0 for each in kept["steps"] if each["name"] in ("crawl", "derive", "publish"))
    for name in ("report.md", "report.html"):
        assert "gongkai, night of 2026-02-01: done" in (data.reports / "2026-02-01" / name).read_text("utf-8")
    assert _night(data)[1]["id"] == "2026-02-01-2"
    status = json.loads(_gongkai(data, "status", "--json").stdout)
    nights = status["nights"]
    assert (nights["last_night"], nights["state"], nights["exit_code"]) == ("2026-02-01-2", "done", 0)
    assert nights["disk_free_bytes"] > 0
    assert nights["last_published_at"]
    assert status["in_trouble"] == []
    printed = json.loads(_gongkai(data, "report", "--since", "2026-02-01", "--json").stdout)["nights"]
    assert [each["id"] for each in printed] == ["2026-02-01", "2026-02-01-2"]
    assert _gongkai(data, "report").stdout.startswith("gongkai, night of 2026-02-01-2: done\n")


def test_what_a_night_that_failed_did_not_tell_the_next_one_tells(data: DataDir) -> None:
    (data.root / "reports").write_bytes(b"no folder")
    done = _gongkai(data, "nightly", "--json")
    assert (done.returncode, json.loads(done.stdout)["state"]) == (7, "failed"), "it published"
    assert "reports" in done.stderr
    (data.root / "reports").unlink()
    code, report = _night(data, 2)
    assert (code, report["changes"]) == (0, {"appeared": 1})
    assert [(each["id"], each["state"], each["last_step"]) for each in report["earlier"]] == [
        ("2026-02-01", "failed", "report")
    ]
    assert _night(data, 3)[1]["earlier"] == []


def test_a_step_that_fails_leaves_the_report_and_what_stands_on_it_out(data: DataDir) -> None:
    (data.root / "suppressions.yaml").write_text("- url\n", "utf-8")
    done = _gongkai(data, "nightly", "--json")
    report = json.loads(done.stdout)
    states = {each["name"]: each["state"] for each in report["steps"]}
    assert (done.returncode, states["publish"], report["published"]) == (3, "failed", None)
    assert any("suppressions.yaml" in trouble for trouble in report["troubles"])
    assert report["changes"] == {"appeared": 1}


@pytest.mark.parametrize("lost", ["corpus.db", "nights.db"])
def test_what_is_made_anew_tells_nothing_twice(first: First, lost: str) -> None:
    data = first.data
    (data.root / lost).unlink()
    report = _night(data, 2)[1]
    assert (report["changes"], report["earlier"], report["runs"]) == ({}, [], [])
    said = ["nights.db was lost: made anew from 1 kept reports"] if lost == "nights.db" else []
    assert report["troubles"] == said


def test_an_import_and_a_crawl_by_hand_are_told_once(data: DataDir, tmp_path: Path) -> None:
    (tmp_path / "given.html").write_bytes(REPORT.replace(b"120", b"121"))
    assert _gongkai(data, "import", str(tmp_path / "given.html")).returncode == 0
    assert _gongkai(data, "crawl").returncode == 0
    report = _night(data, 2)[1]
    assert sorted(each["verb"] for each in report["runs"]) == ["crawl", "import"]
    assert report["changes"] == {"appeared": 2}
    assert _night(data, 3)[1]["runs"] == []


def test_nights_that_could_not_begin_are_told_by_the_next(data: DataDir) -> None:
    (data.root / "gongkai.yaml").write_text("contcat: me\n", "utf-8")
    assert _gongkai(data, "nightly").returncode == 3
    (data.root / "gongkai.yaml").unlink()
    (data.root / "stop_list.yaml").write_text("- hots: x\n", "utf-8")
    assert _gongkai(data, "nightly").returncode == 3
    (data.root / "stop_list.yaml").unlink()
    with hold(data.lock, verb="derive", clock=clock_from(None)):
        assert _gongkai(data, "nightly").returncode == 6
    code, report = _night(data)
    earlier = [(each["id"], each["state"]) for each in report["earlier"]]
    assert (code, earlier) == (0, [(f"2026-02-01{n}", "refused") for n in ("", "-2", "-3")])
    said = ("gongkai.yaml", "stop_list.yaml", "holds the lock")
    assert all(word in each["error"] for word, each in zip(said, report["earlier"], strict=True))


NIGHT = dt.datetime(2026, 2, 1, 3, tzinfo=SHANGHAI)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("shown", "last_shown", "reached", "start", "is_doubtful", "is_said"),
    [
        pytest.param(DAY, 0 * DAY, 0 * DAY, DAY, False, False, id="in order"),
        pytest.param(14 * DAY, 0 * DAY, 0 * DAY, 14 * DAY, False, False, id="after a pause"),
        pytest.param(15 * DAY, 0 * DAY, 0 * DAY, 0 * DAY, True, True, id="leapt ahead"),
        pytest.param(16 * DAY, 15 * DAY, 0 * DAY, 16 * DAY, False, True, id="two nights agree"),
        pytest.param(DAY, 15 * DAY, 0 * DAY, DAY, False, False, id="leapt for a night only"),
        pytest.param(-2 * DAY, 0 * DAY, 0 * DAY, 0 * DAY, False, True, id="days behind"),
        pytest.param(-1 * DAY, -3 * DAY, 0 * DAY, DAY, False, True, id="still behind: half the pace"),
        pytest.param(-DAY / 4000, 0 * DAY, 0 * DAY, 0 * DAY, False, False, id="seconds behind"),
        pytest.param(-400 * DAY, 0 * DAY, 0 * DAY, 0 * DAY, True, True, id="years behind"),
        pytest.param(-399 * DAY, -400 * DAY, 0 * DAY, -399 * DAY, False, True, id="set right at last"),
    ],
)
def test_how_a_night_is_dated(
    shown: dt.timedelta,
    last_shown: dt.timedelta,
    reached: dt.timedelta,
    start: dt.timedelta,
    *,
    is_doubtful: bool,
    is_said: bool,
) -> None:
    time = keep_time(NIGHT + shown, LastNight(NIGHT + last_shown, NIGHT + reached))
    assert (time.is_doubtful, time.note is not None) == (is_doubtful, is_said)
    assert dt.timedelta() <= time.start - (NIGHT + start) <= dt.timedelta(milliseconds=1)
    assert time.start > NIGHT + reached or time.is_turned_back


def test_a_clock_years_off_for_a_night_dates_nothing_and_one_set_right_is_believed(data: DataDir) -> None:
    def night(at: str) -> tuple[int, str, str | None, int]:
        env = os.environ | {"GONGKAI_NOW": f"{at}T03:00:00+08:00"}
        done = run_gongkai("--data", str(data.root), "nightly", "--json", env=env)
        report = json.loads(done.stdout)
        return done.returncode, report["id"], report["run_id"] and "asked", report["captures"]

    assert night("2026-02-01")[:3] == (0, "2026-02-01", "asked")
    assert night("2031-06-01") == (1, "2026-02-01-2", None, 0)
    assert night("2026-02-02")[:3] == (0, "2026-02-02", "asked"), "the clock was set right"
    assert night("2031-06-01") == (1, "2026-02-02-2", None, 0)
    assert night("2031-06-02")[1:3] == ("2031-06-02", "asked"), "two nights agree"
    assert night("2026-02-05") == (1, "2031-06-02-2", None, 0)
    _, night_id, asked, captures = night("2026-02-06")
    assert (night_id, asked) == ("2026-02-06", "asked")
    assert captures > 1, "what was seen in years to come is due all the same"


@pytest.mark.slow
def test_a_frontier_damaged_when_the_clock_is_turned_back_is_a_step_that_failed(
    data: DataDir,
) -> None:
    def night(at: str) -> dict[str, Any]:
        env = os.environ | {"GONGKAI_NOW": f"{at}T03:00:00+08:00"}
        report: dict[str, Any] = json.loads(
            run_gongkai("--data", str(data.root), "nightly", "--json", env=env).stdout
        )
        return report

    night("2026-02-01")
    night("2024-12-01")
    data.crawl_db.write_bytes(b"no database" * 500)
    report = night("2024-12-02")
    steps = [(each["name"], each["state"]) for each in report["steps"]]
    assert steps[0] == ("clock", "failed")
    assert {("crawl", "done"), ("publish", "done")} <= set(steps), "the crawl makes it again from WARC"


@pytest.mark.parametrize("ended", [os.kill, os.killpg], ids=["the night", "all its processes"])
def test_sigterm_ends_a_night_in_good_order_and_the_next_one_tells_the_rest(
    data: DataDir,
    server: PortalServer,
    ended: Callable[[int, int], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server.hold(1)
    command = [sys.executable, "-m", "gongkai", "--data", str(data.root), "nightly", "--json"]
    env = os.environ | {"GONGKAI_NOW": "2026-02-01T03:00:00+08:00"}
    said = tmp_path_factory.mktemp("said") / "report.json"
    with said.open("wb") as out:
        streams = (subprocess.DEVNULL, out.fileno(), subprocess.DEVNULL)
        night = start_program(command, env=env, streams=streams, start_new_session=True)
        assert server.held.wait(60)
        ended(night.pid, signal.SIGTERM)
        server.release()
        code = night.wait()
    report = json.loads(said.read_bytes())
    assert (code, report["state"]) == (130, "interrupted")
    steps = {each["name"]: each["state"] for each in report["steps"]}
    assert (steps["crawl"], "derive" in steps) == ("interrupted", False)
    assert (data.reports / "2026-02-01" / "report.json").exists()
    assert _night(data, 2)[1]["changes"] == {"appeared": 1}


# What a shell starts behind itself ignores an interrupt, and so would all that it starts.
HEARING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_an_interrupted_derive_ends_with_130_and_the_next_one_goes_on(data: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.html").write_bytes(REPORT + b"<!-- %d -->" % number)
    (folder / "99.html").write_bytes(HANGING)
    assert _gongkai(data, "import", str(folder)).returncode == 0
    command = [sys.executable, "-c", HEARING, "-m", "gongkai", "--data", str(data.root), "derive", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as derive:
        assert derive.stderr is not None
        for line in derive.stderr:
            if line.startswith("reading: 37/41"):
                break
        time.sleep(1)  # the three behind it are stored, and the last one hangs
        os.killpg(derive.pid, signal.SIGINT)
        out, err = derive.communicate()
    assert (derive.returncode, out) == (130, "")
    assert "interrupted" in err
    (folder / "99.html").unlink()
    status = json.loads(_gongkai(data, "status", "--json").stdout)
    assert (status["rows"]["versions"], status["unread"]) == (40, 1), "what was read before is kept"
    assert _gongkai(data, "publish").returncode == 5


def test_what_a_killed_rebuild_left_goes_with_the_next_derive(data: DataDir) -> None:
    unfinished = unfinished_database(data.corpus_db)
    for suffix in ("", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + suffix).write_bytes(b"left")
    assert _gongkai(data, "derive").returncode == 0
    assert sorted(path.name for path in data.root.glob("corpus*")) == ["corpus.db"]


def test_a_damaged_copy_keeps_no_report_from_being_made(first: First) -> None:
    data = first.data
    copy = data.public_db.resolve()
    copy.chmod(0o644)
    copy.write_bytes(b"no database at all" * 1000)
    code, report = _night(data, 2)
    assert (code, report["published"]) == (1, None)
    assert any("public" in each or "cannot be read" in each for each in report["troubles"])
    assert _gongkai(data, "report").returncode == 0


def test_a_gate_that_refuses_is_told_whatever_failed_before_it(first: First, tmp_path: Path) -> None:
    data = first.data
    for path in (*data.warc.iterdir(), *tmp_path.glob("c*.db*"), data.manifests):
        path.unlink()
    write_portal(data, "http://www.here.gov.cn", "here", DAILY)
    code, report = _night(data, 2)
    states = {each["name"]: each["state"] for each in report["steps"]}
    assert (states["crawl"], states["gates"]) == ("failed", "refused"), "nobody is named as contact"
    assert (code, "shrink" in report["refused"]) == (5, True)
    assert {"gate_refused", "step_failed"} <= {alarm["kind"] for alarm in report["alarms"]}


def test_a_night_that_another_run_kept_from_beginning_stands_before_no_report(data: DataDir) -> None:
    with open_nights(data, clock_from("2026-02-01T03:00:00+08:00")) as nights:
        own = nights.begin(NIGHT)
        nights.note_refused(LockHeld("another run holds the lock"))
        nights.note_told([own, *(each.id for each in nights.untold_nights())], ())
        nights.note_refused(LockHeld("after the report was made"))
        assert told_nights(nights.db, 9) == [own]
        assert [each.error for each in nights.untold_nights()] == ["after the report was made"]
    assert _gongkai(data, "status").returncode == 0


def test_a_record_with_a_torn_page_is_made_anew_from_the_reports(first: First) -> None:
    data = first.data
    size = data.nights_db.stat().st_size
    with data.nights_db.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(size - 4096))
    code, report = _night(data, 2)
    assert (code, report["changes"]) == (7, {})
    assert report["troubles"] == ["nights.db was lost: made anew from 1 kept reports"]


@pytest.mark.parametrize(
    ("tell_when", "is_down", "mails"),
    [("attention", True, 1), ("attention", False, 0), ("always", False, 1)],
    ids=["told", "not told", "told as done"],
)
def test_a_failure_is_left_to_its_unit_unless_a_report_told_of_it(
    first: First, monkeypatch: pytest.MonkeyPatch, tell_when: str, *, is_down: bool, mails: int
) -> None:
    data = first.data
    for name in ("INVOCATION_ID", "MONITOR_INVOCATION_ID"):
        monkeypatch.setenv(name, "4a")
    with mail_server() as (mailbox, address):
        keys = {"tell": f"{address}&to=operator@example.org", "tell_when": tell_when}
        if is_down:
            write_portal(data, NOBODY, "away", DAILY)
        else:
            keys["metrics_file"] = "not/there.prom"  # which the night sees after its report was sent
        (data.root / "gongkai.yaml").write_text(json.dumps(keys), "utf-8")
        code, _ = _night(data, 2)
    assert (code, len(mailbox.mails)) == (7, mails)
    assert has_told(data) is is_down


def test_an_interrupt_waits_whichever_thread_takes_it() -> None:
    seen, is_over = [], threading.Event()
    others = threading.Thread(target=is_over.wait)
    others.start()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            with holding_signals():
                signal.pthread_kill(others.ident or 0, signal.SIGINT)
                time.sleep(0.05)
                seen.append("told")
            seen.append("nothing was held")
    finally:
        is_over.set()
        others.join()
    assert seen == ["told"]


def test_no_server_publishes_what_a_gate_refuses(data: DataDir) -> None:
    assert _gongkai(data, "crawl").returncode == 0
    create_corpus(data.corpus_db, parser_version=PARSER_VERSION).close()
    done = _gongkai(data, "serve", "--port", "0")
    assert (done.returncode, data.public_db.exists()) == (5, False)
