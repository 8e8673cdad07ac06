"""How long the pages of a published copy take and what they weigh, beside how they grow with it.

    python -m benchmarks.page_times DATA [--times 40] [--json]

DATA is a data directory with a published copy, for example one that `benchmarks.growth --folder` made. Each
kind of page is asked of a real server, as by a reader who has nothing of it: so many different documents,
bodies, figures, places and searches as there are times, one request after another; what is kept of a page is
therefore of no help but where a page is one for all. Weight is what goes over the wire, compressed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sqlite3
import statistics
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.table import Table

from archive.data_folder import DataDir
from benchmarks._serving import gongkai_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SIX_BODIES = """
SELECT group_concat('id=' || issuer_id, '&') FROM (
    SELECT issuer_id, (row_number() OVER (ORDER BY issuer_id) - 1) / 6 AS number FROM coverage
    WHERE document_id NOTNULL GROUP BY issuer_id
) GROUP BY number LIMIT ?
"""

KINDS: Mapping[str, tuple[str, str]] = {
    "front": ("/?n={0}", "SELECT DISTINCT year FROM documents LIMIT ?"),
    "report": ("/gongkai/documents/{0}", "SELECT id FROM documents WHERE kind = 'annual_report' LIMIT ?"),
    "body": ("/gongkai/issuers/{0}", "SELECT id FROM issuers LIMIT ?"),
    "bodies": (
        "/-/governments?place={0}",
        "SELECT DISTINCT substr(region_code, 1, 2) || '0000' FROM coverage WHERE document_id NOTNULL LIMIT ?",
    ),
    "governments": ("/-/governments?{0}", _SIX_BODIES),
    "two reports": ("/-/compare?a={0}", "SELECT id FROM documents WHERE kind = 'annual_report' LIMIT ?"),
    "place": ("/-/regions?year={0}", "SELECT DISTINCT year FROM coverage WHERE document_id NOTNULL LIMIT ?"),
    "ranking": ("/gongkai/refused_most?year={0}", "SELECT DISTINCT year FROM rates_by_report LIMIT ?"),
    "checks": ("/-/checks?year={0}", "SELECT DISTINCT year FROM check_failures LIMIT ?"),
    "search": (
        "/-/search?q={0}",
        "SELECT DISTINCT substr(text, 5, 4) FROM sections WHERE chars > 40 LIMIT ?",
    ),
    "proof": ("/-/proof/{0}", "SELECT id FROM facts WHERE state = 'number' LIMIT ?"),
    "rate": ("/-/rate/denied/{0}", "SELECT document_id FROM stored_rates WHERE stated = cells LIMIT ?"),
}
"""What is asked for: an address, and the SQL of what is put into it."""

LEVELS = (1, 3, 5, 6, 9)


@dataclass(frozen=True, slots=True)
class Asked:
    """How one kind of page was answered.

    Attributes:
        kind: of `KINDS`.
        pages: how many different ones.
        median_ms: of all.
        p95_ms: of all.
        kilobytes: of the heaviest, as it is.
        sent_kilobytes: of the heaviest, compressed.
    """

    kind: str
    pages: int
    median_ms: float
    p95_ms: float
    kilobytes: float
    sent_kilobytes: float


def main() -> None:
    """Ask for the pages and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    data = DataDir(asked.data)
    addresses = {kind: list(_addresses(data, kind, asked.times)) for kind in KINDS}
    with gongkai_server(data) as server, httpx.Client(base_url=server, timeout=60) as client:
        client.get("/").raise_for_status()
        rows = [_ask(client, kind, paths) for kind, paths in addresses.items() if paths]
        front = client.get("/").content
    if asked.json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    table = Table("page", "pages", "median ms", "p95 ms", "kB", "kB sent")
    for row in rows:
        table.add_row(
            row.kind,
            str(row.pages),
            *(f"{it:.0f}" for it in (row.median_ms, row.p95_ms, row.kilobytes, row.sent_kilobytes)),
        )
    Console().print(table)
    for level in LEVELS:
        began = time.perf_counter()
        small = gzip.compress(front, level)
        took = (time.perf_counter() - began) * 1000
        print(f"the front page by level {level}: {took:.1f} ms, {len(small) / len(front):.1%}")


def _addresses(data: DataDir, kind: str, times: int) -> Iterator[str]:
    address, sql = KINDS[kind]
    with closing(sqlite3.connect(f"file:{data.public_db.resolve()}?mode=ro", uri=True)) as copy:
        for (value,) in copy.execute(sql, (times,)):
            yield address.format(quote(str(value), safe="=&"))


def _ask(client: httpx.Client, kind: str, paths: Sequence[str]) -> Asked:
    times, weights, sent = [], [], []
    for path in paths:
        began = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
        weights.append(len(answer.content) / 1000)
        sent.append(answer.num_bytes_downloaded / 1000)
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return Asked(kind, len(paths), statistics.median(times), p95, max(weights), max(sent))


if __name__ == "__main__":
    main()
