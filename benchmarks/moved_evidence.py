"""What evidence in an object store costs: requests, bytes and processor time beside the same on the disk.

    python -m benchmarks.moved_evidence [--nights 3]

A large file is sealed, and nights of the demo portal are harvested; then the same is done with the WARC files
here, and moved to a real S3 server on this machine. Requests and bytes are counted by a proxy in front of it.
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
from archive.manifests.closing import close_night
from archive.manifests.proofs import prove_published
from archive.manifests.signatures import Signing
from archive.warc.files import archive_files, move_sealed
from archive.warc.moved_files import shared_window, stored_size
from archive.warc.reader import load_payload
from archive.warc.record_index import read_record_index
from archive.warc.writer import WarcWriter
from gongkai.cli import main as main_command
from tests.archive.s3_server import BreakingProxy, environment_of, make_bucket, serve_s3
from tests.archive.samples import exchange, fixed_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


def load_last(data: DataDir) -> None:
    """Read the last capture of the one file."""
    [path] = archive_files(data.warc)
    last = [entry for entry in read_record_index(path) if entry.record_type == "response"][-1]
    assert load_payload(data.warc, path.name, last.offset).status == 200


_CAPTURES, _CAPTURE_BYTES = 200, 100_000
_OF_LARGE: dict[str, Callable[[DataDir], object]] = {
    "one record": load_last,
    "verify": lambda data: run_verb(data, "verify"),
}


def processor_seconds() -> float:
    """Return what this process and those that it started took so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def add_large_file(data: DataDir) -> None:
    """Seal a file of captures that do not deflate, and name it in a manifest."""
    with WarcWriter(data.warc, clock=fixed_clock) as writer:
        for number in range(_CAPTURES):
            writer.append(exchange(f"http://large.example/{number}", payload=os.urandom(_CAPTURE_BYTES)))
    close_night(data, Signing(), clock=fixed_clock)


def measure(
    data: DataDir, proxy: BreakingProxy, all_work: Mapping[str, Callable[[DataDir], object]]
) -> dict[str, tuple[int, int, float]]:
    """Do work, each as in a process of its own; return requests, bytes that came, processor seconds."""
    found = {}
    for name, work in all_work.items():
        shared_window.cache_clear()
        proxy.asked.clear()
        before, began = proxy.answered, processor_seconds()
        work(data)
        found[name] = (len(proxy.asked), proxy.answered - before, processor_seconds() - began)
    return found


def compare(data: DataDir, proxy: BreakingProxy, all_work: Mapping[str, Callable[[DataDir], object]]) -> None:
    """Do work with the files here, move them, do it again, and print a row of each."""
    size = sum(map(stored_size, archive_files(data.warc)))
    run_verb(data, "verify")  # what is imported counts for nobody
    here = measure(data, proxy, all_work)
    url = make_bucket(proxy)
    seals = Chain(data.manifests).seals()
    move = {"move": lambda it: move_sealed(it, url, seals)}
    moving = measure(data, proxy, move)
    for name, (requests, received, seconds) in {**moving, **measure(data, proxy, all_work)}.items():
        local = f"{here[name][2]:.1f}" if name in here else ""
        what = f"{name}, of {size / 1e6:.1f} MB"
        print(f"| {what} | {requests} | {received / 1e6:.2f} | {seconds:.1f} | {local} |", flush=True)


def main() -> None:
    """Measure once, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nights", default="3")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, serve_s3() as port:
        print("| what | requests | MB received | CPU s | on the disk |")
        print("| --- | --- | --- | --- | --- |")
        large, demo = DataDir(Path(folder, "large")), DataDir(Path(folder, "demo"))
        for data, all_work in ((large, _OF_LARGE), (demo, WORK)):
            proxy = BreakingProxy(port)
            os.environ |= environment_of(proxy)
            data.make()
            if data is large:
                add_large_file(data)
            else:
                run_verb(data, "demo", "--no-cities", "--nights", args.nights, "--no-serve")
            compare(data, proxy, all_work)


if __name__ == "__main__":
    main()
