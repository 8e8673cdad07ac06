"""A night whose evidence goes to a real S3 server, and all that is done with it there."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from datasette.utils import tilde_encode

from archive.data_folder import DataDir
from archive.warc import moved_files
from archive.warc.files import archive_files
from archive.warc.moved_files import find_moved
from gongkai.cli import main
from gongkai.serving import datasette_app
from pipelines.errors import ExitCode
from tests.archive.evidence import page
from tests.crawler.portal_server import PortalServer, Reply, list_page
from tests.warm import run_gongkai
from tests.web.conftest import Site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.archive.s3_server import BreakingProxy

PORTAL = """
id: here
name: 试城市
family: static_list
home_url: {address}/
enabled: true
lists:
  - {{url: '{address}/nb/index.html'}}
"""


def run_night(data: DataDir, number: int) -> dict[str, Any]:
    env = os.environ | {"GONGKAI_NOW": f"2026-02-{number:02}T03:00:00+08:00"}
    done = run_gongkai("--data", str(data.root), "nightly", "--json", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def gongkai(data: DataDir, *arguments: str, code: int = 0) -> Any:
    """Run a verb here, which ends with a code; return what it says, if it says anything."""
    done = CliRunner().invoke(main, ["--data", str(data.root), *arguments, "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout or "null")


@pytest.mark.slow
def test_a_night_and_all_that_rests_on_it_work_from_s3(
    url: str, proxy: BreakingProxy, tmp_path: Path
) -> None:
    data = DataDir(tmp_path / "data")
    data.make()
    (data.root / "gongkai.yaml").write_text(f"warc_store: {url}\n", "utf-8")
    report = Reply(page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况"), etag='"1"')
    replies = {"/nb/t1.html": report, "/nb/index.html": list_page([("/nb/t1.html", "年度报告")])}
    with PortalServer(replies) as server:
        (data.portals / "here.yaml").write_text(PORTAL.format(address=server.address), "utf-8")
        run_night(data, 1)
        [first] = archive_files(data.warc)
        assert find_moved(first)
        assert not first.is_file()
        proxy.asked.clear()
        quiet = run_night(data, 2)
        assert quiet["troubles"] == []
    assert all(map(find_moved, archive_files(data.warc)))
    asked = [line for line in proxy.asked if first.name in line]
    assert len(asked) == 1, "an earlier night's file is read where it has its turn to be verified"

    anew = gongkai(data, "verify", "--derived")
    assert (anew["findings"], anew["files"]) == ([], 2), "made anew from there, every public row is the same"

    with closing(sqlite3.connect(data.public_db)) as db:
        [document, capture] = db.execute(
            "SELECT d.id, v.capture_id FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id"
        ).fetchone()
    proof = str(tmp_path / "proof.zip")
    proven = gongkai(data, "prove", document, "--output", proof)
    assert gongkai(data, "verify-proof", proof) == proven
    exported = gongkai(data, "export-wacz", "--document", document, str(tmp_path / "one.wacz"))
    assert exported["damaged"] == []
    site = Site(data, datasette_app(data))
    shown = site.get(f"/-/replay/{tilde_encode(capture)}")
    assert (shown.status_code, "一、总体情况" in shown.text) == (200, True)

    proxy.left = 2_000
    told = gongkai(data, "verify", code=ExitCode.FAILED)
    assert told["findings"] == []
    assert len(told["unreached"]) == 2
    moved_files._window_of.cache_clear()  # as in a process of its own
    corpus = data.corpus_db.read_bytes()
    gongkai(data, "rebuild", code=ExitCode.FAILED)
    assert data.corpus_db.read_bytes() == corpus
