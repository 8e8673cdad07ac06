"""What evidence in an object store costs: requests, bytes and processor time beside the same on the disk.

    python -m benchmarks.moved_evidence [--nights 3]

Nights of the demo portal are harvested; then the same is done with the WARC files here, and moved to a real
S3 server on this machine. Requests and bytes are counted by a proxy in front of it.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner

from archive.data_folder import DataDir
from archive.manifests.chain import Chain
from archive.manifests.proofs import prove_published
from archive.warc.files import archive_files, move_sealed
from archive.warc.moved_files import stored_size
from gongkai.cli import main as main_command
from tests.archive.s3_server import BreakingProxy, environment_of, make_bucket, serve_s3

if TYPE_CHECKING:
    from collections.abc import Callable


def run_verb(data: DataDir, *arguments: str) -> None:
    """Run a verb, which ends well."""
    done = CliRunner().invoke(main_command, ["--data", str(data.root), *arguments])
    assert done.exit_code == 0, done.output


def read_records(data: DataDir) -> None:
    """Prove a document, for which its records are read alone."""
    with closing(sqlite3.connect(data.public_db)) as db:
        [document] = db.execute("SELECT id FROM documents WHERE status = 'live' ORDER BY id").fetchone()
    assert prove_published(data, document)


WORK: dict[str, Callable[[DataDir], None]] = {
    "status": lambda data: run_verb(data, "status"),
    "prove one document": read_records,
    "verify": lambda data: run_verb(data, "verify"),
    "derive, nothing new": lambda data: run_verb(data, "derive"),
    "rebuild": lambda data: run_verb(data, "rebuild"),
    "export all as WACZ": lambda data: run_verb(
        data,
        "export-wacz",
        "--sql",
        "SELECT id FROM captures",
        str(data.root / f"{os.urandom(4).hex()}.wacz"),
    ),
}


def processor_seconds() -> float:
    """Return what this process and those that it started took so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measure(data: DataDir, proxy: BreakingProxy) -> dict[str, tuple[int, int, float]]:
    """Do all the work, and return requests, bytes that came, and seconds of processor of each."""
    found = {}
    for name, work in WORK.items():
        proxy.asked.clear()
        before, began = proxy.answered, processor_seconds()
        work(data)
        found[name] = (len(proxy.asked), proxy.answered - before, processor_seconds() - began)
    return found


def main() -> None:
    """Measure once, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nights", default="3")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, serve_s3() as port:
        data, proxy = DataDir(Path(folder, "data")), BreakingProxy(port)
        os.environ |= environment_of(proxy)
        run_verb(data, "demo", "--no-cities", "--nights", args.nights, "--no-serve")
        files = Chain(data.manifests).files()
        size = sum(map(stored_size, archive_files(data.warc)))
        here = measure(data, proxy)
        proxy.asked.clear()
        moved = move_sealed(data.warc, make_bucket(proxy), {name: it.sha256 for name, it in files.items()})
        print(f"{moved} files, {size / 1e6:.2f} MB, moved with {len(proxy.asked)} requests")
        print(f"| {'':<22} | requests | MB received | CPU s | CPU s on the disk |")
        print("| --- | --- | --- | --- | --- |")
        for name, (requests, received, seconds) in measure(data, proxy).items():
            print(f"| {name:<22} | {requests} | {received / 1e6:.2f} | {seconds:.1f} | {here[name][2]:.1f} |")


if __name__ == "__main__":
    main()
