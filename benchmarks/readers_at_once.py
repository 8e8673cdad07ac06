"""A hundred readers at once while a new night is published and swapped in, beside plain Datasette.

    python -m benchmarks.readers_at_once [--passages 100000] [--readers 100] [--seconds 20]

Every reader asks one request after another of a real server, in turns: a page (a document), a search (the
box, as a page) and JSON (50 passages found, as data). First plain Datasette serves the published copy: no
plugins, no templates, its own settings. It cannot search Chinese; asked for the characters of a word one by
one it finds the passages that hold them all, in any order. Then `gongkai serve` serves the same copy, and
once more while the next night is published by another process and swapped in; readers go on for a while after
that. Times are those of the machine at that hour.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from archive.data_folder import DataDir
from archive.publish.copy import publish
from benchmarks._search_corpus import make_corpus
from benchmarks._serving import gongkai_server, milliseconds, plain_datasette

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORDS = ("公开", "依申请", "行政复议", "2019年", "答复", "平台建设", "培训信息员", "县长热线")
AFTER_THE_SWAP = 8.0
"""Seconds that readers go on asking once the new night is served."""
_PUBLISH = (
    "import sys; from datetime import UTC, datetime; from pathlib import Path; "
    "from archive.data_folder import DataDir; from archive.publish.copy import publish; "
    "publish(DataDir(Path(sys.argv[1])), clock=lambda: datetime.now(UTC))"
)


@dataclass(slots=True)
class Asked:
    """What readers asked and how it was answered.

    Attributes:
        seconds: by kind of request.
        statuses: how often each was answered with which status; 0 stands for no answer.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def failures(self) -> dict[tuple[str, int], int]:
        """Return the requests that were not answered with what was asked for."""
        return {key: count for key, count in self.statuses.items() if key[1] != 200}


def requests_of(documents: Sequence[str], *, plain: bool) -> list[tuple[str, str]]:
    """Return kinds and addresses of requests, in the order in which readers take their turns."""
    # Without metadata Datasette does not know of the index, so its reader has to name it.
    named = "&_fts_table=sections_fts&_fts_pk=search_key" if plain else ""
    found = []
    for document, wanted in zip(documents, itertools.cycle(WORDS), strict=False):
        word = " ".join(wanted) if plain else wanted
        found.append(("page", f"/gongkai/documents/{document}"))
        found.append(("search", f"/gongkai/sections?_search={word}&_size=50{named}"))
        found.append(("JSON", f"/gongkai/sections.json?_search={word}&_size=50{named}"))
        if not plain:
            found.append(("/-/search", f"/-/search?q={word}"))
    return found


async def read(
    address: str, requests: Sequence[tuple[str, str]], readers: int, until: Callable[[], bool]
) -> Asked:
    """Let readers ask, one request after another each, until it is time to stop."""
    asked = Asked()
    limits = httpx.Limits(max_connections=readers)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:

        async def reader(number: int) -> None:
            turn = number
            while not until():
                kind, path = requests[turn % len(requests)]
                turn += readers + 1
                began = time.perf_counter()
                try:
                    status = (await client.get(path)).status_code
                except httpx.TransportError:
                    status = 0
                asked.seconds.setdefault(kind, []).append(time.perf_counter() - began)
                asked.statuses[kind, status] += 1

        await asyncio.gather(*(reader(number) for number in range(readers)))
    return asked


def told(name: str, asked: Asked, seconds: float) -> None:
    """Print what was asked."""
    answered = sum(asked.statuses.values())
    print(
        f"{name}: {answered} answers, {answered / seconds:.0f} a second, failed: {asked.failures() or 'none'}"
    )
    for kind, times in asked.seconds.items():
        print(f"  {kind:12}{len(times):7}{milliseconds(times)}")


def for_seconds(seconds: float) -> Callable[[], bool]:
    """Return what says whether so many seconds have passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


class NextNight:
    """Another night, published by a process of its own while readers read."""

    def __init__(self, data: DataDir, passages: int) -> None:
        self._data = data
        self._before = data.public_db.readlink()
        self._swapped: float | None = None
        data.corpus_db.unlink()
        make_corpus(data.corpus_db, passages, nights=2)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to publish."""
        command = [sys.executable, "-c", _PUBLISH, str(self._data.root)]
        self._process = subprocess.Popen(command)

    def is_over(self) -> bool:
        """Return whether the night has been served for some time, or could not be published."""
        if self._process is not None and self._process.poll():
            raise SystemExit("the night could not be published")
        if self._swapped is None and self._data.public_db.readlink() != self._before:
            self._swapped = time.monotonic()
        return self._swapped is not None and time.monotonic() > self._swapped + AFTER_THE_SWAP


def documents_of(copy: Path, limit: int = 400) -> list[str]:
    """Return the ids of some documents of a copy."""
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT id FROM documents ORDER BY id LIMIT ?", (limit,))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(Path(folder))
        data.make()
        make_corpus(data.corpus_db, asked.passages)
        copy = publish(data, clock=lambda: dt.datetime.now(dt.UTC)).path
        night = NextNight(data, asked.passages)
        documents = documents_of(copy)
        print(f"{'ms':14}{'asked':>7}{'p50':>9}{'p95':>9}{'max':>9}")
        with plain_datasette(data.public_db) as address:
            plain = requests_of(documents, plain=True)
            told("plain Datasette", *_read(address, plain, asked.readers, for_seconds(asked.seconds)))
        ours = requests_of(documents, plain=False)
        with gongkai_server(data) as address:
            told("gongkai", *_read(address, ours, asked.readers, for_seconds(asked.seconds)))
            night.start()
            told(
                "gongkai, while a night is published and swapped in",
                *_read(address, ours, asked.readers, night.is_over),
            )
            served = httpx.get(f"{address}/-/databases.json").json()[0]["hash"]
            print(f"the new night is served: {served in data.public_db.readlink().name}")


def _read(
    address: str, requests: Sequence[tuple[str, str]], readers: int, until: Callable[[], bool]
) -> tuple[Asked, float]:
    began = time.monotonic()
    asked = asyncio.run(read(address, requests, readers, until))
    return asked, time.monotonic() - began


if __name__ == "__main__":
    main()
