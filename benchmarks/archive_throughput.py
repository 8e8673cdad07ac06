"""How fast captures become durable.

    python -m benchmarks.archive_throughput [--json] [--pages 800] [--rounds 3] [--slow-ms 5]

Pages are generated (27 kB of table cells, about 7 kB deflated). One page is one group: metadata, request,
response. The rows are run in turn, in reverse every other round; the figure is the median. Absolute numbers
are those of the machine at that hour: compare rows.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import random
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from archive.frontier.writer_process import WriterProcess
from archive.warc.entries import Context, Exchange, Role
from archive.warc.writer import WarcWriter

if TYPE_CHECKING:
    from concurrent.futures import Future

    from archive.warc.entries import Written

IN_FLIGHT = 16
"""As many requests as Scrapy keeps open: so many records at most wait for one sync."""
MOMENT = dt.datetime(2026, 1, 31, 19, tzinfo=dt.UTC)

Row = Callable[[Path, list[Exchange]], None]


def now() -> dt.datetime:
    """Return the time that dates the files."""
    return dt.datetime.now(dt.UTC)


def make_pages(count: int) -> list[Exchange]:
    """Make exchanges whose payloads deflate about as the pages of portals do."""
    chance = random.Random(7)
    cells = [f"<tr><td>{chance.randrange(10**9)}</td><td>件</td></tr>".encode() for _ in range(3_000)]
    context = Context("benchmark", Role.ARTICLE, "demo")
    return [
        Exchange(
            url=f"http://demo.gongkai.test/art/{number}.html",
            fetched_at=MOMENT,
            request=b"GET / HTTP/1.1\r\nHost: demo.gongkai.test\r\n\r\n",
            response=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            + b"".join(chance.choices(cells, k=720)),
            context=context,
        )
        for number in range(count)
    ]


def append_only(folder: Path, pages: list[Exchange]) -> None:
    """Append, and sync once at the end: nothing is durable before."""
    with WarcWriter(folder, clock=now) as writer:
        for page in pages:
            writer.append(page)


def sync_each(folder: Path, pages: list[Exchange]) -> None:
    """Append and sync, page by page."""
    with WarcWriter(folder, clock=now) as writer:
        for page in pages:
            writer.append(page)
            writer.sync()


def by_process(folder: Path, pages: list[Exchange]) -> None:
    """Hand pages to the writer process, a crawl's number of them unacknowledged at a time."""
    waiting: deque[Future[Written]] = deque()
    with closing(WriterProcess(folder, clock=now, crawl_db=folder / "crawl.db")) as writer:
        for page in pages:
            if len(waiting) == IN_FLIGHT:
                waiting.popleft().result()
            waiting.append(writer.submit(page))
        for future in waiting:
            future.result()


def busy_in_process(folder: Path, pages: list[Exchange]) -> float:
    """Return how much processor time the crawling process itself spends on a page, in microseconds."""
    start = time.process_time()
    by_process(folder, pages)
    return (time.process_time() - start) / len(pages) * 1e6


@contextlib.contextmanager
def slower_sync(delay_s: float) -> Iterator[None]:
    """Make each sync of this process take longer, as a real disk would."""
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        time.sleep(delay_s)
        fsync(descriptor)

    with mock.patch("os.fsync", slow):
        yield


def pages_per_second(row: Row, pages: list[Exchange]) -> float:
    """Run a row once in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        row(Path(folder), pages)
        return len(pages) / (time.perf_counter() - start)


def measure_rows(pages: list[Exchange], rounds: int) -> dict[str, float]:
    """Return the median pages per second of each row."""
    rows: list[tuple[str, Row]] = [
        ("append, no sync", append_only),
        ("append, sync each", sync_each),
        ("writer process, durable", by_process),
    ]
    seen: dict[str, list[float]] = {name: [] for name, _ in rows}
    for number in range(rounds):
        for name, row in rows[:: 1 if number % 2 else -1]:
            seen[name].append(pages_per_second(row, pages))
    return {name: statistics.median(values) for name, values in seen.items()}


def measure(pages: list[Exchange], rounds: int, slow_ms: float) -> dict[str, object]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as folder:
        busy = busy_in_process(Path(folder), pages)
    with slower_sync(slow_ms / 1000):
        slow = pages_per_second(sync_each, pages)
    return {
        "pages": len(pages),
        "pages_per_second": measure_rows(pages, rounds),
        "pages_per_second_sync_each_slow_disk": slow,
        "crawling_process_busy_us_per_page": busy,
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="Measure the archive.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow-ms", type=float, default=5.0, help="what a sync on a slow disk takes longer")
    options = parser.parse_args()
    result = measure(make_pages(options.pages), options.rounds, options.slow_ms)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    for name, value in result.items():
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for row, figure in rows:
            shown = f"{figure:,.0f}" if isinstance(figure, float) else figure
            print(f"{name:42} {row:26} {shown}")


if __name__ == "__main__":
    main()
