"""How fast evidence becomes a corpus, and how flat the cost stays as the corpus grows.

    python -m benchmarks.derive_throughput [--json] [--nights 6] [--documents 150] [--workers 2]

Each night archives new documents: the demo portal's articles with other figures and other addresses. One row
a night: how long deriving took, per document, with how many documents there already. Absolute numbers are
those of the machine at that hour: compare rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import re
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive
from archive.warc.entries import Context, Exchange, Role, RunEvent
from archive.warc.writer import WarcWriter
from gongkai.demo.answers import Asked
from gongkai.demo.site import HOST, BundledSite, documents

START = dt.datetime(2026, 1, 31, 19, tzinfo=dt.UTC)
_DIGITS = re.compile(rb"\d{2,4}(?=[^\d<>\"]{1,3}[\x80-\xff])")


def main() -> None:
    """Measure, and print a row a night."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--nights", type=int, default=6)
    parser.add_argument("--documents", type=int, default=150)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    rows = measure(arguments.nights, arguments.documents, arguments.workers)
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print("documents before | derive s | ms per document | passages | corpus MB")
    for row in rows:
        print(
            f"{row['before']:>16} | {row['seconds']:>8.2f} | {row['ms_per_document']:>15.1f} | "
            f"{row['passages']:>8} | {row['corpus_mb']:>9.1f}"
        )


def measure(nights: int, count: int, workers: int) -> list[dict[str, float]]:
    """Archive and derive night by night; return a row for each.

    Args:
        nights: how many.
        count: documents a night.
        workers: reading processes.
    """
    templates = _templates()
    chance = random.Random(11)  # noqa: S311 - sample data
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(Path(folder))
        data.make()
        for night in range(nights):
            _archive(data, templates, chance, night, count)
            begin = time.perf_counter()
            report = derive(data, DeriveOptions(workers=workers))
            seconds = time.perf_counter() - begin
            assert report.read == count, report
            with closing(sqlite3.connect(data.corpus_db)) as corpus:
                passages = corpus.execute("SELECT count(*) FROM sections").fetchone()[0]
            rows.append(
                {
                    "before": night * count,
                    "seconds": seconds,
                    "ms_per_document": seconds / count * 1000,
                    "passages": passages,
                    "corpus_mb": data.corpus_db.stat().st_size / 1e6,
                }
            )
    return rows


def _templates() -> list[bytes]:
    site = BundledSite()
    answers = (site.answer(Asked(document.path, host=HOST), 3) for document in documents())
    return [answer.body for answer in answers if answer.status == 200]


def _archive(data: DataDir, templates: list[bytes], chance: random.Random, night: int, count: int) -> None:
    moment = START + dt.timedelta(days=night)
    run_id = f"bench-{night}"
    with WarcWriter(data.warc, clock=lambda: moment) as writer:
        writer.append(RunEvent(run_id, "start", moment, {"verb": "crawl", "portals": [], "settings": {}}))
        for number in range(count):
            page = templates[number % len(templates)]
            altered = _DIGITS.sub(lambda match: str(chance.randrange(10 ** len(match[0]))).encode(), page)
            writer.append(
                Exchange(
                    url=f"http://bench.gongkai.test/{night}/{number}.html",
                    fetched_at=moment,
                    request=b"GET / HTTP/1.1\r\nHost: bench.gongkai.test\r\n\r\n",
                    response=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + altered,
                    context=Context(run_id, Role.ARTICLE),
                )
            )
        writer.append(RunEvent(run_id, "end", moment, {"state": "finished", "sweeps": []}))


if __name__ == "__main__":
    main()
