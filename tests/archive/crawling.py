"""A program that archives as fast as it can and prints what was acknowledged, until somebody kills it.

Run as `python -m tests.archive.crawling FOLDER`. Each line on stdout is one acknowledged record.
"""

from __future__ import annotations

import itertools
import sys
from contextlib import closing
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING

import msgspec

from archive.frontier.writer_process import WriterProcess
from tests.archive.samples import exchange, fixed_clock, page_like_payloads

if TYPE_CHECKING:
    from concurrent.futures import Future

    from archive.warc.entries import Written

IN_FLIGHT = 16


def main(folder: Path) -> None:
    """Archive without end."""
    room = Semaphore(IN_FLIGHT)

    def acknowledge(future: Future[Written]) -> None:
        place = future.result()
        line = " ".join(str(value) for value in msgspec.structs.astuple(place)) + "\n"
        sys.stdout.write(line)
        sys.stdout.flush()
        room.release()

    pages = list(page_like_payloads(50))
    with closing(
        WriterProcess(folder, clock=fixed_clock, crawl_db=folder / "crawl.db", roll_bytes=300_000)
    ) as writer:
        sys.stdout.write(f"{writer._child.pid}\n")
        sys.stdout.flush()
        for number in itertools.count():
            room.acquire()
            address = f"http://demo.gongkai.test/art/{number}.html"
            writer.submit(exchange(address, payload=pages[number % 50])).add_done_callback(acknowledge)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
