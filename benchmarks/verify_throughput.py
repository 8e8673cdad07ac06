"""How fast evidence is verified, and how much damage is found, beside warcio and FastWARC.

    python -m benchmarks.verify_throughput [--json] [--pages 800] [--rounds 5] [--damages 1000]

The pages are those of `archive_throughput`. All read in this process, digests of blocks and payloads
compared, in turn, and the figure is the median per second of processor time. Of damage, `--damages` cuts and
flips are made, and a tenth as many of the rest, to a file of a few pages and one payload that holds a whole
gzip member with a record in it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from msgspec.structs import replace
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.manifests.closing import describe_file
from archive.warc.files import archive_files
from archive.warc.record_index import Seal, index_path, read_record_index
from archive.warc.verification import verify_file
from archive.warc.writer import WarcWriter
from benchmarks.archive_throughput import append_only, make_pages, now
from tests.archive.damaging import cut, cut_between, flip_bit, forge, plant_record, store_as_it_is
from tests.archive.samples import exchange

Strike = Callable[[random.Random], bytes]


def warcio_reads(path: Path) -> None:
    """Iterate with warcio, digests checked."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests=True):
            while record.raw_stream.read(1 << 16):
                pass
            assert record.digest_checker.passed is not False


def fastwarc_reads(path: Path) -> None:
    """Iterate with FastWARC, digests of blocks and payloads checked."""
    for record in FastIterator(str(path), parse_http=False):
        assert record.verify_block_digest(consume=False)
        if record.is_http and record.headers.get("WARC-Payload-Digest"):
            record.parse_http()
            assert record.verify_payload_digest(consume=False)


def verify_reads(path: Path) -> None:
    """Verify a file that no manifest names."""
    assert not verify_file(path).findings


def seal_of(path: Path) -> Seal:
    """Return what the manifest of a file says."""
    seal = describe_file(path, found=False, made_at="").seal
    assert seal
    return seal


def verify_reads_without_index(path: Path) -> None:
    """Verify a file that has no index of records, which costs a digest less: as much as the others do."""
    index = index_path(path)
    kept = index.rename(index.with_suffix(".away"))
    try:
        verify_reads(path)
    finally:
        kept.rename(index)


def measure_speed(pages: int, rounds: int) -> dict[str, float]:
    """Return megabytes a second, compressed, of each reader; the median of some rounds in turn."""
    with tempfile.TemporaryDirectory() as folder:
        append_only(Path(folder), make_pages(pages))
        (path,) = archive_files(Path(folder))
        seal = seal_of(path)
        readers: dict[str, Callable[[Path], object]] = {
            "warcio": warcio_reads,
            "FastWARC": fastwarc_reads,
            "gongkai, no index": verify_reads_without_index,
            "gongkai, no manifest": verify_reads,
            "gongkai": lambda path: verify_file(path, seal),
        }
        assert replace(verify_file(path, seal), sha256=None) == verify_file(path)
        seen: dict[str, list[float]] = {name: [] for name in readers}
        for _ in range(rounds):
            for name, read in readers.items():
                start = time.process_time()
                read(path)
                seen[name].append(path.stat().st_size / 1e6 / (time.process_time() - start))
    return {name: statistics.median(values) for name, values in seen.items()}


def warcio_finds_fault(path: Path) -> bool:
    """Ask `warcio check`, without its output."""
    checker = Checker(Namespace(inputs=[str(path)], verbose=False))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return bool(checker.process_all())
        except AttributeError:  # it stumbles over heads that it could not read (warcio 1.8), which tells too
            return True


def measure_damage(damages: int) -> dict[str, dict[str, int]]:
    """Count, of so many damages of each kind, those that are found."""
    with tempfile.TemporaryDirectory() as folder:
        plant = plant_record(random.Random(5))
        with WarcWriter(Path(folder), clock=now) as writer:
            for page in make_pages(10):
                writer.append(page)
            writer.append(exchange("http://demo.gongkai.test/plant.pdf", payload=plant))
        (path,) = archive_files(Path(folder))
        planted = store_as_it_is(path, plant)
        whole, entries = path.read_bytes(), list(read_record_index(path))
        holder = max(entry.offset for entry in entries if entry.offset < planted)
        kinds: dict[str, tuple[int, Strike]] = {
            "cut by 1 to 60 bytes": (damages // 2, lambda chance: cut(whole, chance, 1, 60)),
            "cut by 61 to 5,000 bytes": (damages // 2, lambda chance: cut(whole, chance, 61, 5_000)),
            "one bit flipped": (damages, lambda chance: flip_bit(whole, chance)),
            "cut between two records": (damages // 10, lambda chance: cut_between(whole, entries, chance)),
            "a record forged, digests right": (damages // 10, lambda chance: forge(whole, entries, chance)),
            "a record damaged that holds one": (
                damages // 10,
                lambda chance: flip_bit(whole[:planted], chance, holder) + whole[planted:],
            ),
        }
        return {name: count_found(path, count, strike) for name, (count, strike) in kinds.items()}


def count_found(path: Path, count: int, strike: Strike) -> dict[str, int]:
    """Strike a file so many times, and count how often each reader says so."""
    found = {"made": count, "warcio check": 0, "gongkai verify": 0}
    for seed in range(count):
        path.write_bytes(strike(random.Random(seed)))
        found["warcio check"] += warcio_finds_fault(path)
        found["gongkai verify"] += bool(verify_file(path).findings)
    return found


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="Measure verifying.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--pages", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--damages", type=int, default=1_000)
    options = parser.parse_args()
    speeds = measure_speed(options.pages, options.rounds)
    damage = measure_damage(options.damages)
    if options.json:
        print(json.dumps({"verify_mb_per_second": speeds, "damage_found": damage}, ensure_ascii=False))
        return
    for name, speed in speeds.items():
        against = " ".join(f"{speed / speeds[other]:5.2f} x {other}" for other in ("warcio", "FastWARC"))
        print(f"{name:32} {speed:6.1f} MB/s  {against}")
    for name, counts in damage.items():
        print(f"{name:32} {counts}")


if __name__ == "__main__":
    main()
