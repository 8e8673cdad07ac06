"""The memory that an export as WACZ takes, for archives of different sizes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from archive.data_folder import DataDir
from archive.publish.copy import publish
from archive.wacz import export_wacz
from archive.warc.writer import WarcWriter
from tests.archive.samples import exchange, fixed_clock, page_like_payloads
from tests.web.sample_corpus import build_corpus

SIZES = (1_000, 10_000)
PAYLOAD_BYTES = 27_000


def main() -> None:
    """Print a row for each size; each export runs in a process of its own."""
    print("| pages | WACZ, MB | seconds | peak memory, MB |\n| --- | --- | --- | --- |")
    for pages in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            data = DataDir(Path(folder))
            make_archive(data, pages)
            measured = subprocess.run(
                [sys.executable, "-m", "benchmarks.wacz_memory", folder],
                check=True,
                capture_output=True,
                text=True,
            )
        print(f"| {pages:,} | {measured.stdout.strip()} |")


def make_archive(data: DataDir, pages: int) -> None:
    """Write pages, and a published copy that names them."""
    data.make()
    build_corpus(data.corpus_db)
    with (
        WarcWriter(data.warc, clock=fixed_clock) as writer,
        closing(sqlite3.connect(data.corpus_db)) as db,
        db,
    ):
        db.execute("DELETE FROM stored_captures")
        for number, payload in enumerate(page_like_payloads(pages, PAYLOAD_BYTES)):
            url = f"http://demo.gongkai.test/art/{number}.html"
            at = writer.append(exchange(url, payload=payload))
            db.execute(
                """INSERT INTO _captures
                   (id, record_type, url, fetched_at, warc_file, warc_offset, warc_length, outcome, role)
                   VALUES (?, 'response', ?, '2026-01-31T19:00:00Z', ?, ?, ?, 'ok', 'article')""",
                (at.capture_id, url, at.warc_file, at.offset, at.length),
            )
    publish(data, clock=fixed_clock)


def export(data: DataDir) -> None:
    """Export everything and print what it took."""
    began = time.perf_counter()
    output = data.root / "all.wacz"
    export_wacz(data, "SELECT id FROM captures", (), output, title="", clock=fixed_clock)
    took = time.perf_counter() - began
    # Of this program alone; `getrusage` tells that of the process it was forked from, where that is more.
    [line] = [
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")
    ]
    peak = int(line.split()[1]) / 1024
    print(f"{output.stat().st_size / 1e6:.1f} | {took:.1f} | {peak:.0f}")


if __name__ == "__main__":
    export(DataDir(Path(sys.argv[1]))) if len(sys.argv) > 1 else main()
