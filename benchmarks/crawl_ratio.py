"""How fast the crawl is, and how much memory it takes, beside bare Scrapy and scrapy-webarchive.

    python -m benchmarks.crawl_ratio [--pages 2000] [--rounds 9] [--portals 1] [--slow-sync-ms 0] [--busy 0]
    python -m benchmarks.crawl_ratio --rows archived scrapy-webarchive --pages 20000 --rounds 1 [--json]

A server in a process of its own (asyncio, keep-alive, loopback, no delay) serves static lists and the pages
behind them: reports of the demo portal with other figures, about 27 kB each, all distinct. Rows:

    bare                Scrapy of the same version; the callback counts, and nothing is kept
    pared               the same, without the middlewares of Scrapy that our crawl does without
    scrapy-webarchive   the spider of bare in the Scrapy that it pins, with its WACZ at the end, never synced
    archived            durable archiving: the same spider and callback with our settings and archive
    harvest             our crawl: lists parsed, frontier, revisits
    harvest, all 304    our crawl a night later over the same data, every article asked for and unchanged

Each round runs every row once, the order reversed every other round. A ratio is the median of the ratios
within the rounds; beside it stand those that hold the true median with 95 % (2nd and 8th of nine). Time runs
from the first request that reaches the server until the process has ended, so start-up is left out and
closing the archive is not. Processor time, all of it, and memory, shared pages counted once, are those of all
processes together. `--slow-sync-ms` makes each fsync and fdatasync of the measured processes take longer (a
small library for LD_PRELOAD, made with `cc`); `--busy` keeps so many cores busy with other work. Absolute
numbers are those of the machine at that hour: compare ratios.
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
import venv
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from benchmarks._crawl_server import Site, serve
from benchmarks._measured_command import measure_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

BARE, PARED, ARCHIVED, HARVEST, AGAIN = "bare", "pared", "archived", "harvest", "harvest, all 304"
WEBARCHIVE = "scrapy-webarchive"
ROWS = (PARED, ARCHIVED, BARE, WEBARCHIVE, HARVEST, AGAIN)
REFERENCES = (BARE, WEBARCHIVE)
PER_HOST = 8
"""As `GONGKAI_LOOPBACK_CONCURRENCY` has it."""
AT_ONCE = 8
"""Portals side by side, as `CrawlPlan.portals_at_once` has it."""
NIGHTS = ("2026-05-10T15:00:00Z", "2026-05-11T15:00:00Z")
_ROOT = Path(__file__).resolve().parent.parent
_REQUIREMENTS = Path(__file__).with_name("_scrapy_webarchive.txt")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        per_second: requests.
        cpu_ms: milliseconds of processor a request, all processes together.
        peak_mb: the most memory that its processes took together.
    """

    per_second: float
    cpu_ms: float
    peak_mb: float


class Ratio(NamedTuple):
    """How one row is beside another, as the median of the rounds.

    Attributes:
        pace: requests per second.
        low: with `high`, what holds the true median of the pace with 95 %.
        high: see `low`.
        cpu: processor time a request.
    """

    pace: float
    low: float
    high: float
    cpu: float

    def __str__(self) -> str:
        """Say it in a few characters."""
        return f"{self.pace:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Summary:
    """The rounds of a row: medians, the most memory, and its ratios to the rows that it is held against."""

    per_second: float
    cpu_ms: float
    peak_mb: int
    beside: dict[str, Ratio]


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
            RuntimeError: it failed, or did not ask for everything once.
        """
        command = [*_command(row, folder, self._site.portals), *self.lists]
        spent = measure_command(
            command, {**os.environ, "PYTHONPATH": str(_ROOT), **self._environment}, folder
        )
        end = time.monotonic()
        self._pipe.send("measured")
        requests, first = self._pipe.recv()
        if requests != self._site.requests:
            raise RuntimeError(f"{row}: {requests} requests for {self._site.requests} pages")
        cpu_ms = 1000 * (spent.cpu_s + spent.children_s) / requests
        return Measured(requests / (end - first), cpu_ms, spent.peak_mb)


def _command(row: str, folder: Path, portals: int) -> list[str]:
    ours = [sys.executable, "-m"]
    concurrent = [str(max(16, PER_HOST * min(portals, AT_ONCE))), str(PER_HOST)]
    if row in (BARE, PARED):
        return [*ours, "benchmarks._crawl_bare", "plain" if row == BARE else PARED, *concurrent]
    if row == WEBARCHIVE:
        return [str(_webarchive_python()), "-m", "benchmarks._crawl_webarchive", *concurrent]
    if row == ARCHIVED:
        return [*ours, "benchmarks._crawl_archived", str(folder / "archived"), *concurrent]
    return [*ours, "benchmarks._crawl_harvest", str(folder / "harvest"), NIGHTS[row == AGAIN]]


def _webarchive_python() -> Path:
    """Return the interpreter of scrapy-webarchive's own environment, which is built where it is missing."""
    environment = _ROOT / "build" / WEBARCHIVE
    python, built = environment / "bin" / "python", environment / "built"
    if not built.exists():
        venv.create(environment, clear=True, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--requirement", _REQUIREMENTS], check=True
        )
        built.touch()
    return python


def measure(
    site: Site, rows: Sequence[str], rounds: int, slow_sync_ms: float, busy: int
) -> dict[str, list[Measured]]:
    """Return each row's runs, round by round."""
    figures: dict[str, list[Measured]] = {row: [] for row in rows}
    if WEBARCHIVE in rows:
        _webarchive_python()
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Server(site, _environment(slow_sync_ms, made)))
        stack.enter_context(_keep_busy(busy))
        for number in range(rounds):
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                # The night after needs the one before.
                for row in sorted(rows[:: 1 if number % 2 else -1], key=AGAIN.__eq__):
                    figures[row].append(server.run(row, Path(folder)))
    return figures


@contextmanager
def _keep_busy(cores: int) -> Iterator[None]:
    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


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


def summarize(figures: Mapping[str, Sequence[Measured]]) -> dict[str, Summary]:
    """Return what each row came to."""
    references = [row for row in REFERENCES if row in figures]
    return {
        row: Summary(
            round(statistics.median(one.per_second for one in found), 1),
            round(statistics.median(one.cpu_ms for one in found), 2),
            round(max(one.peak_mb for one in found)),
            {other: _compare(found, figures[other]) for other in references},
        )
        for row, found in figures.items()
    }


def _compare(found: Sequence[Measured], others: Sequence[Measured]) -> Ratio:
    rounds = list(zip(found, others, strict=True))
    paces = sorted(one.per_second / other.per_second for one, other in rounds)
    low, high = ranks_of_median(len(rounds))
    cpu = statistics.median(one.cpu_ms / other.cpu_ms for one, other in rounds)
    return Ratio(*(round(it, 2) for it in (statistics.median(paces), paces[low], paces[high], cpu)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The crawl beside bare Scrapy and scrapy-webarchive.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--portals", type=int, default=1)
    parser.add_argument("--slow-sync-ms", type=float, default=0.0)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS)
    asked = parser.parse_args()
    if AGAIN in asked.rows and HARVEST not in asked.rows:
        parser.error(f"'{AGAIN}' needs the night before: {HARVEST}")
    site = Site(asked.pages, asked.portals)
    summary = summarize(measure(site, asked.rows, asked.rounds, asked.slow_sync_ms, asked.busy))
    if asked.json:
        rows = {row: asdict(figure) for row, figure in summary.items()}
        print(json.dumps({"asked": vars(asked), "rows": rows}, indent=2))
        return
    syncs = f", {asked.slow_sync_ms:g} ms more a sync" if asked.slow_sync_ms else ""
    print(
        f"{asked.pages} pages, {asked.portals} portals, {asked.rounds} rounds{syncs}, {asked.busy} cores busy"
    )
    for row, figure in summary.items():
        print(
            f"{row:18} {figure.per_second:7.1f}/s {figure.cpu_ms:6.2f} ms of processor {figure.peak_mb:5} MB"
        )
        for other, ratio in figure.beside.items():
            print(f"{'':18} {ratio!s:18} x {other}, {ratio.cpu:.2f} of its processor time")


if __name__ == "__main__":
    main()
