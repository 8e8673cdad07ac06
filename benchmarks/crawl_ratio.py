"""How fast the crawl is beside bare Scrapy, which keeps nothing, and how much memory it takes.

    python -m benchmarks.crawl_ratio [--pages 2000] [--rounds 9] [--portals 1] [--slow-sync-ms 0] [--json]
    python -m benchmarks.crawl_ratio --memory          2,000 pages and 20,000

A server in a process of its own (asyncio, keep-alive, loopback, no delay) serves static lists and the pages
behind them: reports of the demo portal with other figures, about 27 kB each, all distinct. Rows:

    bare                Scrapy of the same version; the callback counts
    pared               the same, without the middlewares of Scrapy that our crawl does without
    archived            durable archiving: the same spider and callback with our settings and archive
    harvest             our crawl: lists parsed, frontier, revisits
    harvest, all 304    our crawl a night later over the same data, every article asked for and unchanged

Each round runs every row once, next to bare, the order reversed every other round. A ratio is the median of
the ratios within the rounds; beside it stand those that hold the true median with 95 % (2nd and 8th of nine).
Time runs from the first request that reaches the server until the process has ended, so start-up is left out
and closing the archive is not. `--slow-sync-ms` makes each fsync and fdatasync of the measured processes take
longer (a small library for LD_PRELOAD, made with `cc`). Absolute numbers are those of the machine at that
hour: compare ratios.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks._crawl_server import Site, serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

BARE, PARED, ARCHIVED, HARVEST, AGAIN = "bare", "pared", "archived", "harvest", "harvest, all 304"
PER_HOST = 8
"""As `GONGKAI_LOOPBACK_CONCURRENCY` has it."""
AT_ONCE = 8
"""Portals side by side, as `CrawlPlan.portals_at_once` has it."""
NIGHTS = ("2026-05-10T15:00:00Z", "2026-05-11T15:00:00Z")
MEMORY_PAGES = (2_000, 20_000)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: requests per second, and the most memory that one of its processes took."""

    per_second: float
    peak_mb: float


class Server:
    """The server process, and what it counted.

    Args:
        site: what it serves.
        environment: of the processes that are measured.
    """

    def __init__(self, site: Site, environment: Mapping[str, str]) -> None:
        self._site, self._environment = site, environment
        spawn = multiprocessing.get_context("spawn")
        self._pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(site, there), daemon=True)
        self._process.start()
        port = self._pipe.recv()
        self.lists = [
            f"http://{host}:{port}{path}"
            for number, host in enumerate(site.hosts)
            for path in site.lists_of(number)
        ]

    def __enter__(self) -> Self:
        """Return the server, which listens."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._pipe.send("end")
        self._process.join()

    def run(self, row: str, folder: Path) -> Measured:
        """Measure one row.

        Raises:
            RuntimeError: it did not ask for everything once.
        """
        module, arguments = _command(row, folder, self._site.portals)
        ended = subprocess.run(
            [sys.executable, "-m", module, *arguments, *self.lists],
            check=True,
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
        )
        end = time.monotonic()
        self._pipe.send("measured")
        requests, first, _ = self._pipe.recv()
        if requests != self._site.requests:
            raise RuntimeError(f"{row}: {requests} requests for {self._site.requests} pages")
        return Measured(requests / (end - first), json.loads(ended.stdout)["peak_mb"])


def _command(row: str, folder: Path, portals: int) -> tuple[str, list[str]]:
    concurrent = str(max(16, PER_HOST * min(portals, AT_ONCE)))
    if row in (BARE, PARED):
        return "benchmarks._crawl_bare", ["plain" if row == BARE else PARED, concurrent, str(PER_HOST)]
    if row == ARCHIVED:
        return "benchmarks._crawl_archived", [str(folder / "archived"), concurrent, str(PER_HOST)]
    return "benchmarks._crawl_harvest", [str(folder / "harvest"), NIGHTS[row == AGAIN]]


def measure(site: Site, rounds: int, slow_sync_ms: float) -> dict[str, list[Measured]]:
    """Return each row's runs, round by round."""
    rows = [PARED, ARCHIVED, BARE, HARVEST]
    figures: dict[str, list[Measured]] = {row: [] for row in (BARE, PARED, ARCHIVED, HARVEST, AGAIN)}
    with (
        tempfile.TemporaryDirectory() as made,
        Server(site, _environment(slow_sync_ms, Path(made))) as server,
    ):
        for number in range(rounds):
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                for row in rows if number % 2 == 0 else reversed(rows):
                    figures[row].append(server.run(row, Path(folder)))
                figures[AGAIN].append(server.run(AGAIN, Path(folder)))
    return figures


def measure_memory() -> dict[int, float]:
    """Return the peak memory of a harvest, in MB, by its number of pages."""
    peaks = {}
    for pages in MEMORY_PAGES:
        with Server(Site(pages), {}) as server, tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            peaks[pages] = server.run(HARVEST, Path(folder)).peak_mb
    return peaks


def _environment(slow_sync_ms: float, folder: Path) -> dict[str, str]:
    if not slow_sync_ms:
        return {}
    compiler = shutil.which("cc")
    if compiler is None:
        raise SystemExit("--slow-sync-ms needs a C compiler called cc")
    library = folder / "slow_sync.so"
    source = Path(__file__).with_name("_slow_sync.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "GONGKAI_SLOW_SYNC_US": str(round(slow_sync_ms * 1000))}


def ranks_of_median(count: int) -> tuple[int, int]:
    """Return the ranks, from 0, between which the true median lies with 95 % (sign test)."""
    lowest = 0
    while 2 * sum(math.comb(count, k) for k in range(lowest + 2)) / 2**count <= 0.05:
        lowest += 1
    return lowest, count - 1 - lowest


def summarize(figures: Mapping[str, Sequence[Measured]]) -> dict[str, dict[str, float]]:
    """Return of each row the median rate, and of its ratio to bare the median and its interval."""
    summary = {}
    for row, found in figures.items():
        ratios = sorted(
            one.per_second / other.per_second for one, other in zip(found, figures[BARE], strict=True)
        )
        low, high = ranks_of_median(len(ratios))
        summary[row] = {
            "per_second": round(statistics.median(one.per_second for one in found), 1),
            "ratio": round(statistics.median(ratios), 2),
            "low": round(ratios[low], 2),
            "high": round(ratios[high], 2),
            "peak_mb": max(one.peak_mb for one in found),
        }
    return summary


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The crawl beside bare Scrapy.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--portals", type=int, default=1)
    parser.add_argument("--slow-sync-ms", type=float, default=0.0)
    parser.add_argument(
        "--memory", action="store_true", help="only the peak memory, at 2,000 and 20,000 pages"
    )
    asked = parser.parse_args()
    if asked.memory:
        peaks = measure_memory()
        print(
            json.dumps(peaks)
            if asked.json
            else "".join(f"{n:,} pages: {mb:.0f} MB\n" for n, mb in peaks.items())
        )
        return
    summary = summarize(measure(Site(asked.pages, asked.portals), asked.rounds, asked.slow_sync_ms))
    if asked.json:
        print(json.dumps({"asked": vars(asked), "rows": summary}, indent=2))
        return
    syncs = f", {asked.slow_sync_ms:g} ms more a sync" if asked.slow_sync_ms else ""
    print(f"{asked.pages} pages, {asked.portals} portals, {asked.rounds} rounds{syncs}")
    for row, figure in summary.items():
        ratio = f"{figure['ratio']:.2f} ({figure['low']:.2f}-{figure['high']:.2f})"
        print(f"{row:16} {figure['per_second']:7.1f}/s  {ratio:18} {figure['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
