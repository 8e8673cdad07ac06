"""What hostile pages cost to read: seconds and memory, each in a process of its own.

    python -m benchmarks.reading_hostile [--json] [--limit 40]

A page that takes longer than the limit is stopped, as a night would stop it. Absolute numbers are those of
the machine at that hour.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from typing import TYPE_CHECKING

from pipelines.decoded import Hints
from pipelines.document import read_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

ARTICLE = "<html><head><meta charset='utf-8'></head><body>" + "<p>云泽市全年公开政府信息120条。</p>" * 40
CELLS = b"<td rowspan=2000>1</td>" * 200

PAGES: dict[str, Callable[[], bytes]] = {
    "30 MB of nested <div>": lambda: ARTICLE.encode() + b"<div>" * 6_000_000,
    "100,000 nested <div>": lambda: ARTICLE.encode() + b"<div>" * 100_000,
    "5,000 nested tables": lambda: ARTICLE.encode() + b"<table><tr><td>" * 5_000,
    "table of 200,000 rows": lambda: (
        ARTICLE.encode() + b"<table>" + b"<tr><td>1</td><td>2</td></tr>" * 200_000 + b"</table>"
    ),
    "2,000 rows of 200 cells, each rowspan=2000": lambda: (
        ARTICLE.encode()
        + b"<table>"
        + b"".join(b"<tr>" + CELLS + b"</tr>" for _ in range(2_000))
        + b"</table>"
    ),
    "30 MB of <b>政</b>": lambda: ARTICLE.encode() + "<b>政</b>".encode() * 3_000_000,
    "one tag with 50,000 attributes": lambda: _attributes(50_000),
    "one tag with 200,000 attributes": lambda: _attributes(200_000),
}


def _attributes(count: int) -> bytes:
    return ARTICLE.encode() + b"<p " + b" ".join(b"a%d=1" % number for number in range(count)) + b">x</p>"


def main() -> None:
    """Read every page, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=float, default=40.0, help="seconds before a page is stopped")
    arguments = parser.parse_args()
    rows = [measure(name, arguments.limit) for name in PAGES]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    print(f"{'page':<44} | seconds | MB")
    for row in rows:
        print(f"{row['page']:<44} | {row['seconds']:>7} | {row['mb']}")


def measure(name: str, limit_s: float) -> dict[str, str]:
    """Read one page in a child process.

    Args:
        name: of the page.
        limit_s: seconds before it is stopped.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_read, args=(name, there))
    child.start()
    there.close()
    answer = here.recv() if here.poll(limit_s) else {"seconds": f"> {limit_s:.0f}", "mb": "–"}
    child.kill()
    child.join()
    return {"page": name, **answer}


def _read(name: str, answer: Connection) -> None:
    payload = PAGES[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    read_document(payload, Hints("http://hostile.gongkai.test/", "text/html"))
    seconds = time.perf_counter() - begin
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    answer.send({"seconds": f"{seconds:.1f}", "mb": f"{grown:.0f}"})


if __name__ == "__main__":
    main()
