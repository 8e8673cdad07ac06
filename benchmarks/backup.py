"""How long a backup and a restore take, by the bytes of the evidence.

    python -m benchmarks.backup [--megabytes 200] [--files 20]

The files are random bytes under the names of sealed WARC files. The target is a folder on the same disk:
what is measured is reading, digests, writing, syncing and reading back. A restore is timed to its last
byte, without the rebuild that the verb does next (docs/derive.md has its speed).
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from archive.backup.restoring import restore
from archive.backup.sending import back_up
from archive.clock import clock_from
from archive.data_folder import DataDir
from archive.manifests.chain import Chain, FileManifest
from archive.manifests.closing import sha256_of
from archive.manifests.signatures import Signing

if TYPE_CHECKING:
    from collections.abc import Callable

CLOCK = clock_from(None)


def make_evidence(data: DataDir, files: int, size: int) -> None:
    """Write files and a manifest of each."""
    data.make()
    chain = Chain(data.manifests)
    for number in range(files):
        path = data.warc / f"gongkai-20260201190000-{number:05}-here.warc.gz"
        path.write_bytes(os.urandom(size))
        manifest = FileManifest(
            file=path.name, bytes=size, sha256=sha256_of(path), made_at="2026-02-01T19:00:00.000000Z"
        )
        chain.append(manifest, Signing().sign)


def timed(what: str, megabytes: float, work: Callable[[], object]) -> None:
    """Do something and print how long it took."""
    began, used = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{what:<22} {wall:7.2f} s  {cpu:7.2f} s CPU  {megabytes / wall:8.0f} MB/s")


def main() -> None:
    """Measure once, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--files", type=int, default=20)
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # random bytes hold no record to index
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        data, other, target = (
            DataDir(Path(folder, "data")),
            DataDir(Path(folder, "other")),
            f"{folder}/backup",
        )
        make_evidence(data, args.files, args.megabytes * 1_000_000 // args.files)
        other.make()
        timed("first backup", args.megabytes, lambda: back_up(data, target, clock=CLOCK))
        timed("backup, nothing new", args.megabytes, lambda: back_up(data, target, clock=CLOCK))
        timed("backup --reread", args.megabytes, lambda: back_up(data, target, clock=CLOCK, reread=True))
        timed("restore", args.megabytes, lambda: restore(other, target, clock=CLOCK))


if __name__ == "__main__":
    main()
