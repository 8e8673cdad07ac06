"""The drill: a crawled archive is lost, and comes back from its backup as if nothing had happened."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from archive.backup.target import contents, find_row
from archive.data_folder import DataDir
from pipelines.errors import ExitCode
from tests.archive.evidence import page
from tests.crawler.portal_server import PortalServer, Reply, list_page, write_portal
from tests.warm import run_gongkai

if TYPE_CHECKING:
    from pathlib import Path

ASKED_NOT_TO = "- {host: localhost, reason: its owner asked, since: 2026-01-01}\n"
YEARS = range(2021, 2025)


def gongkai(data: DataDir, *arguments: str, night: int = 1) -> str:
    env = os.environ | {"GONGKAI_NOW": f"2026-02-{night:02}T03:00:00+08:00"}
    done = run_gongkai("--data", str(data.root), *arguments, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask_again(data: DataDir, server: PortalServer, night: int) -> list[str]:
    """Return what a night asks for."""
    server.log.clear()
    gongkai(data, "nightly", night=night)
    return sorted(server.paths())


@pytest.mark.slow
def test_an_archive_comes_back_with_its_rows_its_stop_list_and_no_more_to_ask(tmp_path: Path) -> None:
    texts = {year: page(f"试城市人民政府{year}年政府信息公开工作年度报告", "一、总体情况") for year in YEARS}
    replies = {f"/nb/t{year}.html": Reply(text) for year, text in texts.items()}
    replies["/nb/index.html"] = list_page([(path, "年度报告") for path in replies])
    data, restored = DataDir(tmp_path / "data"), DataDir(tmp_path / "restored")
    data.make()
    with PortalServer(replies) as server:
        for name, host in (("here", "127.0.0.1"), ("opted-out", "localhost")):
            address = f"http://{host}:{server.port}"
            write_portal(data, address, name)
        data.stop_list.write_text(ASKED_NOT_TO, "utf-8")
        first = ask_again(data, server, night=1)
        assert len(first) > len(YEARS)
        gongkai(data, "backup", str(tmp_path / "backup"))
        assert _unknown(data) == []

        gongkai(restored, "restore", str(tmp_path / "backup"))
        assert restored.stop_list.read_text("utf-8") == ASKED_NOT_TO
        gongkai(restored, "publish")
        assert restored.public_db.readlink() == data.public_db.readlink(), (
            "named by a digest of all public rows"
        )
        usual = ask_again(data, server, night=2)
        assert ask_again(restored, server, night=2) == usual
        assert len(usual) < len(first)
        assert all("localhost" not in headers["host"] for _, _, headers in server.log)


def _unknown(data: DataDir) -> list[str]:
    names = [path.relative_to(data.root).as_posix() for path in data.root.rglob("*") if path.is_file()]
    return [name for name in names if find_row(name, contents()) is None]


def night(data: DataDir, number: int) -> tuple[int, dict[str, Any]]:
    env = os.environ | {"GONGKAI_NOW": f"2026-02-{number:02}T03:00:00+08:00"}
    done = run_gongkai("--data", str(data.root), "nightly", "--json", env=env)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
def test_a_night_verifies_its_share_and_backs_up_and_tells_when_it_cannot(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    data.make()
    (data.root / "gongkai.yaml").write_text("backup: ../disk/backup\nverify_days: 1\n", "utf-8")
    text = page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况")
    with PortalServer(
        {"/nb/index.html": list_page([("/nb/t1.html", "年度报告")]), "/nb/t1.html": Reply(text)}
    ) as server:
        write_portal(data, server.address)
        code, report = night(data, 1)
        assert (code, report["troubles"]) == (0, [])
        assert report["verified"].startswith("1 of 1 files")
        assert report["backup"].endswith(str(tmp_path / "disk/backup"))
        assert _unknown(data) == []

        (tmp_path / "disk").rename(tmp_path / "unmounted")
        code, report = night(data, 2)
        assert (code, report["state"]) == (ExitCode.ATTENTION, "done")
        assert report["published"]
        assert "Is it mounted?" in "".join(report["troubles"])

        (tmp_path / "unmounted").rename(tmp_path / "disk")
        first = min(data.warc.glob("*.warc.gz"))
        damaged = bytearray(first.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        first.write_bytes(damaged)
        code, report = night(data, 3)
        assert code == ExitCode.DAMAGED
        assert first.name in "".join(report["troubles"])
        (held,) = (tmp_path / "disk/backup/files/warc" / first.name).iterdir()
        assert held.read_bytes() != damaged, "the backup keeps what was whole"
