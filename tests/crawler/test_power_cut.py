"""The power goes at random moments of a night: what crawl.db was told last is gone, what WARC holds is not.

The machine's memory cannot be lost in a test, so what a power cut may leave is made: the log behind crawl.db
is cut at a random byte, and the file that indexes the log is gone. No document that stands in WARC is asked
for again, and in the end nothing is missing.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from archive.data_folder import DataDir
from archive.warc.entries import Role
from archive.warc.files import repair
from archive.warc.verification import verify_archive
from crawler.run.plan import CrawlPlan
from tests.crawler.portal_server import PortalServer
from tests.crawler.test_crawl import LIMITS, stored
from tests.crawler.test_kill_at_random import HOST, NIGHT, portal, replies
from tests.crawler.test_kill_writer import NEEDS_PROC, crawl_and_kill
from tests.crawling import crawl
from tests.soak import seeds, series

if TYPE_CHECKING:
    from pathlib import Path

CUTS = 8
DOCUMENTS = 300


def cut_the_log(data: DataDir, chance: random.Random) -> int:
    """Leave a part of what crawl.db's log holds; returns how many bytes went."""
    log = data.crawl_db.with_name(data.crawl_db.name + "-wal")
    size = log.stat().st_size
    left = chance.choice((0, chance.randrange(size + 1)))
    with log.open("r+b") as file:
        file.truncate(left)
    log.with_name(data.crawl_db.name + "-shm").unlink()
    return size - left


def durable_documents(data: DataDir) -> set[str]:
    """Return the paths of the documents that stand in WARC."""
    repair(data.warc)
    kept = (each for each in stored(data) if each.context and each.context.role == Role.ARTICLE)
    return {each.url.removeprefix(f"http://{HOST}") for each in kept}


@NEEDS_PROC
@series
@pytest.mark.parametrize("seed", seeds(10))
def test_no_durable_document_is_asked_for_again(tmp_path: Path, seed: int) -> None:
    data, chance = DataDir(tmp_path), random.Random(11 + seed)
    durable: set[str] = set()
    gone = 0
    with PortalServer(replies(DOCUMENTS)) as server:
        connect_to = {HOST: f"127.0.0.1:{server.port}"}
        plan = CrawlPlan(data, (portal(),), now=NIGHT, limits=LIMITS, connect_to=connect_to)
        for number in range(CUTS + 1):
            before = len(server.log)
            if number < CUTS:
                crawl_and_kill(server, plan, "both", chance.randrange(4, 22), chance.random() / 20)
                gone += cut_the_log(data, chance)
            else:
                summary = crawl([portal()], data=data, now=NIGHT, limits=LIMITS, connect_to=connect_to)
            again = {path for _, path, _ in server.log[before:] if path.startswith("/a/")}
            assert not again & durable, "durable, and asked for again"
            durable = durable_documents(data)
    assert gone > 100_000, "nothing was lost of crawl.db, so nothing was tried"
    assert summary.state == "finished"
    assert durable == {f"/a/{number}.html" for number in range(DOCUMENTS)}
    assert not [finding for report in verify_archive(data.warc) for finding in report.findings]
