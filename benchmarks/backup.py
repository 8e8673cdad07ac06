"""How long a backup, a restore and an upgrade take.

    python -m benchmarks.backup [--megabytes 200] [--files 20]

First by the bytes of the evidence. The files are random bytes under the names of sealed WARC files. The
target is a folder on the same disk: what is measured is reading, digests, writing, syncing and reading back.

Then the drills, by verbs as they are typed, on three nights of the demo portal: the archive is lost, and
comes back from its backup to the same published copy; and an archive of the first schema that ever stood,
whose evidence is of these nights, is upgraded.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from archive.backup.transfer import back_up, restore
from archive.clock import clock_from
from archive.data_folder import DataDir
from archive.layouts import find_other_layouts
from archive.manifests.chain import Chain, FileManifest
from archive.manifests.signatures import Signing
from archive.warc.walk import sha256_of
from gongkai.cli import main as main_command
from gongkai.nights.night_record import size_of

if TYPE_CHECKING:
    from collections.abc import Callable

CLOCK = clock_from(None)
EARLIER = Path(__file__).parent.parent / "tests/gongkai/fixtures/earlier_archives.tar.xz"


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
    """Do something and print how long it took, and its processes."""
    began, used = time.perf_counter(), sum(os.times()[:4])
    work()
    wall, cpu = time.perf_counter() - began, sum(os.times()[:4]) - used
    print(f"{what:<22} {wall:7.2f} s  {cpu:7.2f} s CPU  {megabytes / wall:8.1f} MB/s")


def hold_drills(folder: Path) -> None:
    """Lose an archive and bring it back, and upgrade one of the first schema."""
    data, restored, old = (DataDir(folder / name) for name in ("lived", "restored", "1-1-1"))
    run_verb(data, "demo", "--no-cities", "--nights", "3", "--no-serve")
    run_verb(data, "backup", str(folder / "drill"))
    megabytes = size_of([data.warc]) / 1e6
    timed("drill: restore", megabytes, lambda: run_verb(restored, "restore", str(folder / "drill")))
    timed("drill: publish", megabytes, lambda: run_verb(restored, "publish"))
    assert restored.public_db.readlink() == data.public_db.readlink(), "named by a digest of all public rows"
    with tarfile.open(EARLIER) as packed:
        packed.extractall(folder, [it for it in packed if it.name.startswith("./1-1-1/")], filter="data")
    shutil.copytree(data.warc, old.warc, dirs_exist_ok=True)
    timed("drill: upgrade", megabytes, lambda: run_verb(old, "upgrade"))
    assert not find_other_layouts(old)
    with closing(sqlite3.connect(old.corpus_db)) as corpus:
        [captures] = corpus.execute("SELECT count(*) FROM captures").fetchone()
    print(f"{captures} captures, {megabytes:.1f} MB, were restored or upgraded")


def run_verb(data: DataDir, *arguments: str) -> None:
    """Run a verb, which ends well."""
    done = CliRunner().invoke(main_command, ["--data", str(data.root), *arguments])
    assert done.exit_code == 0, done.output


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
        hold_drills(Path(folder))


if __name__ == "__main__":
    main()
