"""The drill: a crawled archive is lost, and comes back from its backup as if nothing had happened."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir, contents, find_row
from tests.archive.evidence import page
from tests.crawler.portal_server import PortalServer, Reply, list_page
from tests.warm import run_gongkai

if TYPE_CHECKING:
    from pathlib import Path

PORTAL = """
id: {id}
name: 试城市
family: static_list
home_url: {address}/
enabled: true
lists:
  - {{url: '{address}/nb/index.html'}}
"""
ASKED_NOT_TO = "- {host: localhost, reason: its owner asked, since: 2026-01-01}\n"
YEARS = range(2017, 2025)


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
            (data.portals / f"{name}.yaml").write_text(PORTAL.format(id=name, address=address), "utf-8")
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
        assert "all sound" in gongkai(restored, "verify").replace(
            "no finding in what was checked", "all sound"
        )

        usual = ask_again(data, server, night=2)
        assert ask_again(restored, server, night=2) == usual
        assert len(usual) < len(first)
        assert all("localhost" not in headers["host"] for _, _, headers in server.log)
    shutil.rmtree(tmp_path / "backup")


def _unknown(data: DataDir) -> list[str]:
    names = [path.relative_to(data.root).as_posix() for path in data.root.rglob("*") if path.is_file()]
    return [name for name in names if find_row(name, contents()) is None]
