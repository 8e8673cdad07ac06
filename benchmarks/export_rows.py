"""What taking a large table away costs: a real server over a published copy, asked over HTTP.

    python -m benchmarks.export_rows [--rows 1000000] [--json]

Every row of `facts` is taken twice as CSV, once in each other form, and by Datasette's own stream
(`_stream=on&_size=max`). Told are the time to the first byte, rows a second, whether the file says that it is
complete and has the same bytes again, and what the server's memory did. Then pages are asked for while as
many exports run as may run at once. Absolute numbers are those of the machine at that hour: compare rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import httpx

from archive.corpus.store import schema_sql
from archive.data_folder import DataDir
from archive.publish.copy import publish
from benchmarks._wide_rows import accept_wide_rows
from gongkai.serving import serve_command
from gongkai.web.thresholds import EXPORTS
from pipelines.identity import text_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS_OF_A_VERSION = 200
SEEN = "2026-01-30T19:00:00.000000Z"
OWN = "/-/export/facts"
STREAM = "/gongkai/facts.csv?_stream=on&_size=max"
PAGES = ("/gongkai/facts.json", "/gongkai/documents.json?_search=青川", "/gongkai/documents.json")
_LABELS = (
    "本年新收政府信息公开申请数量",
    "予以公开",
    "部分公开",
    "不予公开",
    "无法提供",
    "不予处理",
    "其他处理",
    "总计",
)
_COLUMNS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
_MEMORY = re.compile(r"VmRSS:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Taken:
    """One file as it was taken.

    Attributes:
        path: asked for.
        first_byte_s: until its first byte came.
        seconds: until its last.
        rows_per_s: rows a second.
        server_cpu_s: processor time that the server took, which other work on the machine alters least.
        megabytes: of the file.
        sha256: of the file.
        says: its last line, or what stands for one.
        memory_mb: resident memory of the server before, at most during, and after.
    """

    path: str
    first_byte_s: float
    seconds: float
    rows_per_s: int
    server_cpu_s: float
    megabytes: float
    sha256: str
    says: str
    memory_mb: tuple[float, float, float]


def main() -> None:
    """Measure, and print a row for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(Path(folder))
        data.make()
        make_corpus(data.corpus_db, options.rows)
        publish(data, clock=lambda: dt.datetime.now(dt.UTC))
        with serving(data) as (address, process):
            paths = [f"{OWN}.csv", f"{OWN}.csv", f"{OWN}.json", f"{OWN}.excel.csv", STREAM]
            files = [take(address, path, process, options.rows) for path in paths]
            quiet, busy = page_times(address, 0), page_times(address, EXPORTS.at_once)
    report = {
        "files": [asdict(file) for file in files],
        "same_bytes": files[0].sha256 == files[1].sha256,
        "times_the_stream": round(files[1].rows_per_s / files[-1].rows_per_s, 1),
        "times_the_stream_by_processor": round(files[-1].server_cpu_s / files[1].server_cpu_s, 1),
        "page_p95_ms": {"alone": p95(quiet), f"beside {EXPORTS.at_once} exports": p95(busy)},
    }
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    for file in files:
        memory = " → ".join(f"{value:.0f}" for value in file.memory_mb)
        print(
            f"{file.path:<44} first byte {file.first_byte_s:.3f} s, all {file.seconds:.1f} s, "
            f"{file.rows_per_s:>8,} rows/s, server {file.server_cpu_s:.1f} s of processor, "
            f"{memory} MB; {file.megabytes:.0f} MB; {file.says}"
        )
    print({name: value for name, value in report.items() if name != "files"})


def make_corpus(path: Path, rows: int) -> None:
    """Fill a corpus with facts of reports from a fixed seed, as many as are asked for."""
    source = random.Random(20260131)
    with closing(sqlite3.connect(path)) as db:
        db.executescript(schema_sql())
        accept_wide_rows(db)
        db.execute(
            "INSERT INTO runs (id, verb, night, state) VALUES ('r', 'crawl', '2026-01-31', 'finished')"
        )
        numbers = range(-(-rows // FACTS_OF_A_VERSION))
        url = "http://a.example/{}".format
        db.executemany(_CAPTURE, ((f"c{n}", url(n), SEEN, n * 1000) for n in numbers))
        db.executemany(_DOCUMENT, ((_id("d", n), url(n), SEEN, SEEN, _id("v", n)) for n in numbers))
        versions = ((_id("v", n), _id("d", n), f"c{n}", text_sha256(str(n)), SEEN, SEEN) for n in numbers)
        db.executemany(_VERSION, versions)
        db.executemany(_FACT, (_fact(number, source) for number in range(rows)))
        db.commit()


_CAPTURE = """INSERT INTO _captures
    (id, record_type, url, fetched_at, warc_file, warc_offset, warc_length, outcome, role, run_id)
    VALUES (?, 'response', ?, ?, 'gongkai-0001.warc.gz', ?, 900, 'ok', 'article', 'r')"""
_DOCUMENT = """INSERT INTO documents
    (id, url, kind, title, status, read_state, first_seen, last_seen, current_version_id)
    VALUES (?, ?, 'other', '青川市政府信息公开工作年度报告', 'live', 'read', ?, ?, ?)"""
_VERSION = """INSERT INTO versions
    (id, document_id, capture_id, text_sha256, text, chars, tail, extractor, encoding, first_seen, last_seen)
    VALUES (?, ?, ?, ?, '', 0, '', 'body', 'utf-8', ?, ?)"""
_FACT = """INSERT INTO facts
    (id, document_id, version_id, form, table_key, table_no, ordinal, row_key, row_label, column_key,
     column_label, value, unit, raw, state, how, grid_row, grid_column)
    VALUES (?, ?, ?, 'annual_2021', 't3', 3, ?, ?, ?, ?, ?, ?, '件', ?, ?, 'cell', ?, ?)"""


def _id(kind: str, number: int) -> str:
    return text_sha256(f"{kind}{number}")[:20]


def _fact(number: int, source: random.Random) -> tuple[object, ...]:
    version, ordinal = divmod(number, FACTS_OF_A_VERSION)
    row, column = divmod(ordinal, len(_COLUMNS))
    value = None if source.random() < 0.1 else str(source.randrange(2_000))
    label = _LABELS[row % len(_LABELS)]
    return (
        *(_id("v", version)[:8] + f"{number:016x}", _id("d", version), _id("v", version), ordinal),
        *(f"row_{row}", label),
        *(f"column_{column}", _COLUMNS[column], value, value, "number" if value else "blank", row, column),
    )


@contextmanager
def serving(data: DataDir) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve a data directory for as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        serve_command(data, port=port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                httpx.get(f"{address}/gongkai/facts", timeout=20)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=20)


def take(address: str, path: str, process: subprocess.Popen[bytes], rows: int) -> Taken:
    """Take one file, and watch the server's memory meanwhile."""
    before, cpu_before, seen, done = memory_mb(process), cpu_s(process), [0.0], Event()

    def watch() -> None:
        while not done.wait(0.05):
            seen.append(memory_mb(process))

    watching = Thread(target=watch)
    watching.start()
    digest, size, first, last = hashlib.sha256(), 0, 0.0, b""
    began = time.perf_counter()
    with httpx.stream("GET", address + path, timeout=600) as answer:
        for piece in answer.iter_raw():
            first = first or time.perf_counter() - began
            digest.update(piece)
            size += len(piece)
            last = (last + piece)[-200:]
        expected = answer.headers.get("x-expected-rows")
    took = time.perf_counter() - began
    done.set()
    watching.join()
    cpu, memory = cpu_s(process) - cpu_before, (before, max(seen), memory_mb(process))
    says = (
        last.decode("utf-8", "replace").splitlines()[-1] if path.endswith("csv") else f"expected {expected}"
    )
    return Taken(
        path=path,
        first_byte_s=round(first, 3),
        seconds=round(took, 2),
        rows_per_s=int(rows / took),
        server_cpu_s=round(cpu, 2),
        megabytes=size / 1e6,
        sha256=digest.hexdigest(),
        says=says[:60],
        memory_mb=memory,
    )


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    [kilobytes] = _MEMORY.findall(status)
    return int(kilobytes) / 1024


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time of a process so far, in seconds."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def page_times(address: str, exports: int) -> list[float]:
    """Return how long pages took, in milliseconds, while so many exports ran beside them."""
    done = Event()

    def export() -> None:
        while not done.is_set():
            with httpx.stream("GET", f"{address}{OWN}.csv", timeout=600) as answer:
                for _ in answer.iter_raw():
                    if done.is_set():
                        break

    readers = [Thread(target=export) for _ in range(exports)]
    for reader in readers:
        reader.start()
    times = []
    with httpx.Client(base_url=address, timeout=60) as client:
        for _ in range(20):
            for path in PAGES:
                began = time.perf_counter()
                client.get(path).raise_for_status()
                times.append((time.perf_counter() - began) * 1000)
    done.set()
    for reader in readers:
        reader.join()
    return times


def p95(times: list[float]) -> int:
    """Return the time that nineteen in twenty keep."""
    return round(statistics.quantiles(times, n=20)[-1])


if __name__ == "__main__":
    main()
