"""Killed with -9 at random moments, of time and not of requests: the crawl, the writer process, or both.

Articles have attachments, and one of the lists is asked for by POST. What was acknowledged stays, what was
durable is not asked for again, and in the end nothing is missing.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from archive.data_folder import DataDir
from archive.frontier.state import Frontier
from archive.sandbox.child_process import ChildProcess
from archive.warc.entries import Role
from archive.warc.files import repair
from archive.warc.verification import verify_archive
from crawler.run.plan import CrawlPlan
from tests.crawler.portal_server import PortalServer, Reply, page
from tests.crawler.test_crawl import LIMITS, LONG, stored
from tests.crawler.test_kill_at_random import HOST, NIGHT, portal, replies
from tests.crawling import crawl
from tests.soak import seeds, series
from tests.warm import SERVERS

KILLS = 9
DOCUMENTS = 90
IN_FLIGHT = 16
VICTIMS = ("crawl", "writer", "both")
WRITER = "archive.frontier.writer_child"
NEEDS_PROC = pytest.mark.skipif(sys.platform != "linux", reason="finds the writer through /proc")


def with_attachments(count: int) -> dict[str, Reply]:
    shown = replies(count)
    pdf = (("Content-Type", "application/pdf"),)
    for n in range(count):
        link = f'<p><a href="/f/{n}.pdf">附件：第{n}号.pdf</a>'
        shown[f"/a/{n}.html"] = page(f"{n}号：{LONG}{link}", etag=f'"{n}"')
        shown[f"/f/{n}.pdf"] = Reply(b"%PDF-1.4\n" + str(n).encode() * 500, headers=pdf)
    return shown


def running_writers(data: DataDir) -> list[int]:
    """The writer processes that are at work there: their server has forked them, and they hold its files."""
    server = SERVERS.pid_of(WRITER)
    forked = Path(f"/proc/{server}/task/{server}/children").read_text("ascii").split()
    return [int(pid) for pid in forked if any(file.startswith(str(data.root)) for file in open_files(pid))]


def open_files(pid: str) -> list[str]:
    """What a process holds open; nothing where it has just ended."""
    try:
        return [str(held.readlink()) for held in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []


def crawl_and_kill(
    server: PortalServer, plan: CrawlPlan, victim: str, requests: int, moment_s: float
) -> None:
    """Start the crawling process, and a moment after so many requests kill it, its writer, or both."""
    before = len(server.log)
    child = ChildProcess("crawler.run.child")
    child.send(plan)
    while len(server.log) < before + requests and child._process.poll() is None:
        time.sleep(0.002)
    time.sleep(moment_s)
    writers = running_writers(plan.data)
    if victim != "crawl":
        for writer in writers:
            os.kill(writer, signal.SIGKILL)
    if victim != "writer":
        child.send_signal(signal.SIGKILL)
    child.wait()
    child.close()
    if victim == "crawl":
        # The writer writes what came whole, and ends by itself.
        deadline = time.monotonic() + 30
        while running_writers(plan.data):
            assert time.monotonic() < deadline
            time.sleep(0.01)


@NEEDS_PROC
@series
@pytest.mark.parametrize("seed", seeds(10))
def test_nothing_acknowledged_is_lost_and_nothing_is_asked_twice(tmp_path: Path, seed: int) -> None:
    data, chance = DataDir(tmp_path), random.Random(5 + seed)
    known: set[str] = set()
    durable: set[str] = set()
    asked: Counter[str] = Counter()
    with PortalServer(with_attachments(DOCUMENTS)) as server:
        connect_to = {HOST: f"127.0.0.1:{server.port}"}
        plan = CrawlPlan(data, (portal(),), now=NIGHT, limits=LIMITS, connect_to=connect_to)
        for number in range(KILLS + 1):
            before = len(server.log)
            if number < KILLS:
                victim = VICTIMS[number % 3]
                crawl_and_kill(server, plan, victim, chance.randrange(22), chance.random() / 20)
            else:
                summary = crawl([portal()], data=data, now=NIGHT, limits=LIMITS, connect_to=connect_to)
            again = Counter(path for _, path, _ in server.log[before:] if path.startswith(("/a/", "/f/")))
            assert not set(again) & durable, "durable, and asked for again"
            assert max(again.values(), default=1) == 1
            asked += again
            repair(data.warc)
            captures = stored(data)
            assert known <= {each.id for each in captures}, "acknowledged, and lost"
            targets = [c for c in captures if c.context and c.context.role in {Role.ARTICLE, Role.ATTACHMENT}]
            durable = {each.url.removeprefix(f"http://{HOST}") for each in targets}
            assert len(targets) == len(durable), "kept twice"
            assert len(set(again) - durable) <= IN_FLIGHT
            frontier = Frontier(data.crawl_db)
            known = {row[0] for row in frontier.connection.execute("SELECT original_id FROM visits")}
            frontier.close()
    assert (summary.state, summary.errors, summary.portals[0].errors) == ("finished", (), ())
    everything = {f"/a/{n}.html" for n in range(DOCUMENTS)} | {f"/f/{n}.pdf" for n in range(DOCUMENTS)}
    assert durable == set(asked) == everything
    assert not [finding for report in verify_archive(data.warc) for finding in report.findings]
