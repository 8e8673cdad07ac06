"""A night whose evidence goes to a real S3 server, and all that is done with it there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.warc.files import archive_files
from archive.warc.moved_files import find_moved, shared_window
from gongkai.cli import main
from gongkai.web.replaying.replay import Source
from gongkai.web.replaying.service import Replays
from pipelines.errors import ExitCode
from tests.archive.evidence import page
from tests.crawler.portal_server import PortalServer, Reply, list_page, write_portal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.archive.s3_server import BreakingProxy


_SHOWN = """
SELECT c.url, warc_file, warc_offset, warc_length, payload_sha256, c.document_id, d.current_version_id
FROM documents AS d JOIN versions AS v ON v.id = d.current_version_id
JOIN captures AS c ON c.id = v.capture_id
"""


def find_shown(data: DataDir) -> Source:
    """Return the record that the one document was read in."""
    with closing(sqlite3.connect(data.public_db)) as db:
        url, file, offset, length, digest, document, version = db.execute(_SHOWN).fetchone()
    return Source(url, file, offset, length, digest, document, frozenset([version]))


def gongkai(data: DataDir, *arguments: str, night: int = 3, code: int = 0) -> Any:
    """Run a verb on a night, which ends with a code; return what it says, if it says anything."""
    env = {"GONGKAI_NOW": f"2026-02-{night:02}T03:00:00+08:00"}
    done = CliRunner().invoke(main, ["--data", str(data.root), *arguments, "--json"], env=env)
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
        write_portal(data, server.address)
        gongkai(data, "nightly", night=1)
        [first] = archive_files(data.warc)
        assert find_moved(first)
        assert not first.is_file()
        proxy.asked.clear()
        quiet = gongkai(data, "nightly", night=2)
        assert quiet["troubles"] == []
    assert all(map(find_moved, archive_files(data.warc)))
    asked = [line for line in proxy.asked if first.name in line]
    assert len(asked) == 1, "an earlier night's file is read where it has its turn to be verified"

    anew = gongkai(data, "verify", "--derived")
    assert (anew["findings"], anew["files"]) == ([], 2), "made anew from there, every public row is the same"

    shown = find_shown(data)
    document = shown.document_id
    proof = str(tmp_path / "proof.zip")
    proven = gongkai(data, "prove", document, "--output", proof)
    assert gongkai(data, "verify-proof", proof) == proven
    exported = gongkai(data, "export-wacz", "--document", document, str(tmp_path / "one.wacz"))
    assert exported["damaged"] == []
    replays = Replays(data.warc)
    replay = asyncio.run(replays.replay(shown))
    replays.close()
    assert "一、总体情况" in replay.markup

    corpus = data.corpus_db.read_bytes()
    for verb in (
        ("verify",),
        ("rebuild",),
        ("prove", document, "--output", str(tmp_path / "two.zip")),
        ("export-wacz", "--document", document, str(tmp_path / "two.wacz")),
    ):
        proxy.left = 2_000  # then the connection breaks off, and each that follows
        shared_window.cache_clear()  # as in a process of its own
        told = gongkai(data, *verb, code=ExitCode.FAILED)
        if told:
            assert (told["findings"], len(told["unreached"])) == ([], 2)
    assert data.corpus_db.read_bytes() == corpus
    assert not list(tmp_path.glob("two.*"))
    proxy.left = None
    assert gongkai(data, "verify")["findings"] == []
