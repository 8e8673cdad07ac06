"""What a night without changes costs beside the first one.

    python -m benchmarks.quiet_night [--json] [--documents 5000] [--first 2026-05-12] [--portals 1]

A server in a process of its own (asyncio, keep-alive, loopback) serves lists of twenty rows a page and
reports of the demo portal with other figures, about 27 kB each, every answer with an ETag. Two nights, in
May unless said otherwise: the first, on which everything is new, and the one after, on which nothing has
changed and a thirtieth of the documents is due; in the reporting season, from January to April, a seventh.
Requests and bytes (heads and bodies, as sent) are counted by the server. Time is that of the calls, from
before their processes start until they have ended: crawling, durable in WARC, and deriving. Rows are those
of every table of the corpus but the ones that tell of the night itself. Absolute times are those of the
machine at that hour: compare nights.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.frontier.targets import SEASON
from benchmarks._quiet_server import QuietServer, lists_of
from crawler.registry.portals import Portal, PortalList
from crawler.run.plan import CrawlPlan, crawl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST = dt.date(2026, 5, 12)
OF_THE_NIGHT = frozenset(("stored_captures", "known_captures", "known_sources", "runs", "sweeps", "portals"))
TARGETS = {"requests": 0.10, "size_bytes": 0.01, "seconds": 0.12}
IN_SEASON = {"requests": 0.16, "size_bytes": 0.02}
"""The most that a quiet night may cost of the first, outside the reporting season and in it."""


@dataclass(frozen=True, slots=True)
class Night:
    """What a night cost, and what it left.

    Attributes:
        requests: that reached the server.
        size_bytes: that it sent.
        crawl_s: seconds of crawling.
        derive_s: seconds of deriving.
        rows: of each table of the corpus, but for those of the night itself.
    """

    requests: int
    size_bytes: int
    crawl_s: float
    derive_s: float
    rows: Mapping[str, int]

    @property
    def seconds(self) -> float:
        """Crawling and deriving together."""
        return self.crawl_s + self.derive_s


def measure(
    documents: int, folder: Path, workers: int = 2, first_night: dt.date = FIRST, count: int = 1
) -> tuple[Night, Night]:
    """Return what the first night cost, and the quiet one after it.

    Args:
        documents: how many each portal has.
        folder: where the data is kept.
        workers: reading processes.
        first_night: the first of the two.
        count: how many portals there are, alike, each on a host of its own.
    """
    data = DataDir(folder)
    server = QuietServer(documents)
    portals = [_portal(f"bench{number}", documents) for number in range(count)]
    try:
        first, quiet = (
            _night(server, portals, data, first_night + dt.timedelta(days=day), workers) for day in range(2)
        )
    finally:
        server.close()
    return first, quiet


def _portal(name: str, documents: int) -> Portal:
    home = f"http://{name}.gongkai.test"
    lists = tuple(PortalList(home + path, kind="policy") for path in lists_of(documents))
    return Portal(name, name, "static_list", f"{home}/", lists=lists)


def _night(
    server: QuietServer, portals: Sequence[Portal], data: DataDir, night: dt.date, workers: int
) -> Night:
    started = time.monotonic()
    connect_to = {f"{each.id}.gongkai.test": server.address.removeprefix("http://") for each in portals}
    now = f"{night}T15:00:00Z"
    summary = crawl(CrawlPlan(data, tuple(portals), now=now, connect_to=connect_to, log_level="ERROR"))
    crawled = time.monotonic()
    if summary.state != "finished" or any(each.errors for each in summary.portals):
        raise RuntimeError(str(summary))
    derive(data, DeriveOptions(workers=workers))
    derived = time.monotonic()
    seen = server.traffic()
    return Night(seen.requests, seen.size_bytes, crawled - started, derived - crawled, _rows(data.corpus_db))


def _rows(corpus: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{corpus}?mode=ro", uri=True)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND name NOT LIKE '\\_%' ESCAPE '\\'"
        ).fetchall()
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - table names
            for (name,) in tables
            if name not in OF_THE_NIGHT
        }


def new_rows(first: Night, quiet: Night) -> dict[str, int]:
    """Return how many rows a quiet night added to each table that it should leave alone."""
    return {
        name: count - first.rows.get(name, 0)
        for name, count in quiet.rows.items()
        if count != first.rows.get(name, 0)
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A quiet night beside the first.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--documents", type=int, default=5_000)
    parser.add_argument("--portals", type=int, default=1)
    parser.add_argument("--first", type=dt.date.fromisoformat, default=FIRST)
    asked = parser.parse_args()
    targets = IN_SEASON if asked.first.month in SEASON else TARGETS
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        first, quiet = measure(asked.documents, Path(folder), first_night=asked.first, count=asked.portals)
    added = new_rows(first, quiet)
    if asked.json:
        nights = {"first": asdict(first), "quiet": asdict(quiet)}
        print(json.dumps({"documents": asked.documents, **nights, "new_rows": added}, indent=2))
        return
    print(f"{asked.documents} documents     first night   quiet night   ratio   at most")
    for what in ("requests", "size_bytes", "crawl_s", "derive_s", "seconds"):
        before, after = getattr(first, what), getattr(quiet, what)
        most = f"{targets[what]:7.0%}" if what in targets else ""
        print(f"{what:16} {before:>14,.1f} {after:>13,.1f} {after / before:>7.2%} {most}")
    print(f"new rows         {added or 'none'}")


if __name__ == "__main__":
    main()
