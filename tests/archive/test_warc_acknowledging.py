"""Captures that became durable together are acknowledged together, before anybody is told."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive.frontier.outcomes import Judge
from archive.frontier.state import Frontier, FrontierBroken
from archive.frontier.writer_child import acknowledge_entries, write_together
from archive.frontier.writer_process import WriterProcess
from archive.warc.entries import ArchiveError, RunEvent
from archive.warc.writer import WarcWriter
from tests.archive.samples import MOMENT, exchange, fixed_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.frontier.writer_process import Acknowledgement
    from archive.warc.entries import Entry

URLS = [f"http://a.gov.cn/{number}.html" for number in range(5)]
PAGE = f"<title>公开</title><p>{'依申请公开的办理情况如下。' * 30}</p>".encode()
ENTRIES: list[Entry] = [
    RunEvent("run-1", "start", MOMENT, {}),
    *(exchange(url, payload=PAGE) for url in URLS),
    RunEvent("run-1", "x", MOMENT, {"a": {1}}),
]


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    opened = Frontier(tmp_path / "crawl.db")
    yield opened
    opened.close()


def together(writer: WarcWriter) -> Acknowledgement:
    with ThreadPoolExecutor(max_workers=1) as aside:
        return write_together(writer, Judge(Path()), ENTRIES, aside)


def test_what_was_written_together_is_acknowledged_in_one_transaction(
    tmp_path: Path, frontier: Frontier
) -> None:
    statements: list[str] = []
    frontier.connection.set_trace_callback(statements.append)
    with WarcWriter(tmp_path, clock=fixed_clock) as writer:
        written = together(writer)
        assert acknowledge_entries(frontier, ENTRIES, written) == written
    assert statements.count("COMMIT") == 1
    known = frontier.connection.execute("SELECT url FROM visits ORDER BY url").fetchall()
    assert [url for (url,) in known] == URLS


def test_nobody_is_told_of_what_is_not_acknowledged(tmp_path: Path, frontier: Frontier) -> None:
    frontier.connection.execute("PRAGMA query_only = ON")
    with WarcWriter(tmp_path, clock=fixed_clock) as writer:
        outcome = acknowledge_entries(frontier, ENTRIES, together(writer))
    assert outcome.results == ()
    assert isinstance(outcome.failure, FrontierBroken)


def test_answer_of_the_writer_process_is_acknowledged_when_it_comes(
    tmp_path: Path, frontier: Frontier
) -> None:
    with closing(WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")) as writer:
        for number, url in enumerate(URLS, 1):
            writer.submit(exchange(url)).result()
            known = frontier.connection.execute("SELECT count(*) FROM targets").fetchone()
            assert known == (number,)


def test_frontier_that_cannot_be_opened_ends_the_writing(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "crawl.db").close()
    (tmp_path / "crawl.db").write_bytes(b"no database at all, though it looks like a file of some size" * 100)
    writer = WriterProcess(tmp_path, clock=fixed_clock, crawl_db=tmp_path / "crawl.db")
    with pytest.raises(ArchiveError, match="ended with exit code"):
        writer.submit(exchange()).result()
    writer.close()
