"""How fast the crawl is beside bare Scrapy, which keeps nothing.

    python -m benchmarks.crawl_ratio [--json] [--pages 600] [--rounds 5]

A server in a process of its own (asyncio, keep-alive, loopback) serves static lists and the pages behind
them: reports of the demo portal with other figures, about 27 kB each. Three rows are run in turn, the first
two in reverse every other round: bare Scrapy of the same version, whose callback only counts; our crawl,
durable in WARC before anything is acknowledged; our crawl again over the same data, where every article
answers 304. A ratio is the median of the ratios within the rounds. Time runs from the first request that
reaches the server until the process has ended, so start-up is left out and closing the archive is not.
Absolute numbers are those of the machine at that hour: compare ratios.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from archive.paths import DataDir
from benchmarks._crawl_server import serve
from crawler.portal import Portal, PortalList
from crawler.process import crawl
from gongkai.demo.site import BundledSite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROWS_PER_LIST = 100
LARGE = range(20_000, 35_000)
CONCURRENT = 8
"""As `GONGKAI_LOOPBACK_CONCURRENCY` has it."""

_TEXT = re.compile(r"(?<=>)[^<]*\d[^<]*")
_DIGIT = re.compile(r"\d")


def make_site(pages: int) -> dict[str, bytes]:
    """Return the bodies of a portal by path: lists, and reports of the demo portal with other figures."""
    chance = random.Random(7)  # noqa: S311 - sample data
    demo = BundledSite().pages(1).values()
    reports = [answer.body.decode() for answer in demo if answer.status == 200 and len(answer.body) in LARGE]
    site = {"/robots.txt": b"User-agent: *\nDisallow: /private/\n"}
    names = [f"/nb/{number // ROWS_PER_LIST}/t20240311_{number}.html" for number in range(pages)]
    site |= {name: _other_figures(chance, chance.choice(reports)).encode() for name in names}
    site |= {
        f"/nb/{start // ROWS_PER_LIST}/": _list_page(names[start : start + ROWS_PER_LIST])
        for start in range(0, pages, ROWS_PER_LIST)
    }
    return site


def _other_figures(chance: random.Random, report: str) -> str:
    def digit(found: re.Match[str]) -> str:
        del found
        return str(chance.randrange(10))

    return _TEXT.sub(lambda text: _DIGIT.sub(digit, text[0]), report)


def _list_page(paths: Sequence[str]) -> bytes:
    rows = "".join(f'<li><a href="{path}">报告 {path[-9:]}</a><span>2024-03-11</span></li>' for path in paths)
    call = f'createPageHTML(1, 0, "index", "html", {len(paths)});'
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>年报</title></head>'
    return f'{head}<body><ul class="list">{rows}</ul><script>{call}</script></body></html>'.encode()


class Server:
    """The server process, and what it counted."""

    def __init__(self, site: Mapping[str, bytes]) -> None:
        self.lists = [path for path in site if path.endswith("/")]
        self._requests = len(site)
        spawn = multiprocessing.get_context("spawn")
        self._pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=serve, args=(site, there), daemon=True)
        self._process.start()
        self.address = f"http://127.0.0.1:{self._pipe.recv()}"

    def time(self, run: Callable[[], None]) -> float:
        """Return how many requests per second a run made, from its first one to its end.

        Raises:
            RuntimeError: it did not ask for everything once.
        """
        run()
        end = time.monotonic()
        self._pipe.send("measured")
        requests, first = self._pipe.recv()
        if requests not in {self._requests, self._requests - 1}:  # robots.txt is asked for by ours only
            raise RuntimeError(f"{requests} requests for {self._requests} pages")
        return float(requests / (end - first))

    def close(self) -> None:
        """End it."""
        self._pipe.send("end")
        self._process.join()


def crawl_bare(server: Server) -> None:
    """Crawl with Scrapy alone."""
    lists = [server.address + path for path in server.lists]
    subprocess.run([sys.executable, "-m", "benchmarks._crawl_bare", str(CONCURRENT), *lists], check=True)  # noqa: S603


def crawl_ours(server: Server, data: DataDir) -> None:
    """Crawl as `gongkai crawl` does.

    Raises:
        RuntimeError: it did not come to its end.
    """
    lists = tuple(PortalList(server.address + path) for path in server.lists)
    portal = Portal("bench", "bench", "static_list", f"{server.address}/", lists=lists)
    summary = crawl([portal], data=data, log_level="ERROR")
    if summary.state != "finished" or summary.portals[0].errors:
        raise RuntimeError(str(summary))


def measure(pages: int, rounds: int) -> dict[str, list[float]]:
    """Return requests per second of each row, round by round."""
    server = Server(make_site(pages))
    figures: dict[str, list[float]] = {"bare Scrapy": [], "crawl": [], "crawl, all 304": []}
    try:
        for number in range(rounds):
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
                data = DataDir(Path(folder))
                rows: dict[str, Callable[[], None]] = {
                    "bare Scrapy": lambda: crawl_bare(server),
                    "crawl": lambda data=data: crawl_ours(server, data),  # type: ignore[misc]
                }
                for row in list(rows) if number % 2 == 0 else reversed(rows):
                    figures[row].append(server.time(rows[row]))
                figures["crawl, all 304"].append(server.time(lambda data=data: crawl_ours(server, data)))  # type: ignore[misc]
    finally:
        server.close()
    return figures


def summarize(figures: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Return median requests per second, and the median, lowest and highest ratio to bare in one round."""
    bare = figures["bare Scrapy"]
    summary = {}
    for row, found in figures.items():
        ratios = [one / other for one, other in zip(found, bare, strict=True)]
        summary[row] = {
            "per_second": round(statistics.median(found), 1),
            "ratio": round(statistics.median(ratios), 2),
            "lowest": round(min(ratios), 2),
            "highest": round(max(ratios), 2),
        }
    return summary


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The crawl beside bare Scrapy.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    summary = summarize(measure(asked.pages, asked.rounds))
    if asked.json:
        print(json.dumps({"pages": asked.pages, "rounds": asked.rounds, "rows": summary}, indent=2))
        return
    print(f"{asked.pages} pages, {asked.rounds} rounds")
    for row, figure in summary.items():
        ratio = f"{figure['ratio']:.2f} ({figure['lowest']:.2f}-{figure['highest']:.2f})"
        print(f"{row:16} {figure['per_second']:7.1f}/s  {ratio}")


if __name__ == "__main__":
    main()
