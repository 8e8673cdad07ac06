"""Ten thousand mutated files through the reading children: what became of each, and what was unforeseen.

    python -m benchmarks.reading_fuzz [FOLDER] [--count 10000] [--seed 6] [--seconds 5] [--hostile] [--json]

FOLDER holds real files, in folders of its own too; without it the files are made here. Each is mutated by
bits turned, bytes cut off, removed, repeated or taken from another file; a zip, whose checksums would stop
most of that, also by its members being mutated and packed again, and XML by its values and tags. A reason
that begins with `error` is a fault that no reader foresaw: it is printed with the mutation that shows it,
which the seed makes again.
`--hostile` reads the two hundred files of `tests.archive.hostile_files` instead.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from archive.reading.dispatch import read_captures
from archive.reading.tasks import HEAVIER, Weight
from archive.sandbox.pool import Limits
from tests.archive.evidence import Answer, Evidence, page
from tests.archive.hostile_files import HOSTILE, content_type_of, make_hostile
from tests.archive.hostile_packages import docx, ofd, xlsx, zip_of
from tests.archive.hostile_pdf import good_pdf
from tests.archive.reading_here import Watch, read_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.reading.tasks import ReadResult

BATCH = 250
"""Files per archive, so that ten thousand take little room at a time."""

MOST_BYTES = 3_000_000


def main() -> None:
    """Read the files, and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each file, whatever its weight")
    parser.add_argument("--memory-mb", type=int, default=1024)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.hostile:
        files: Iterator[tuple[str, bytes, bytes]] = (
            (name, make_hostile(name, 9), content_type_of(name)) for name in HOSTILE
        )
    else:
        files = islice(mutated(whole_files(given.folder), given.seed), given.count)
    limits = Limits(seconds=given.seconds, memory_bytes=given.memory_mb << 20)
    tally = read_all(files, limits, sys.stderr.isatty())
    if given.json:
        print(json.dumps(tally, ensure_ascii=False, indent=2))
        return
    for name, counts in tally.items():
        print(f"\n{name}")
        for word, count in counts.items():
            print(f"  {word:<60} {count}")


def whole_files(folder: Path | None) -> dict[str, bytes]:
    """Return the files to mutate by their names: those of a folder, or else some that are made here."""
    if folder is not None:
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.name: path.read_bytes() for path in found if path.stat().st_size <= MOST_BYTES}
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"/></row>' for n in range(1, 60))
    cells = "<w:tc><w:p><w:r><w:t>12</w:t></w:r></w:p></w:tc>" * 7
    text = (
        '<ofd:TextObject ID="{0}" Boundary="9 {0} 99 9" Size="5"><ofd:TextCode X="0" Y="5">行</ofd:TextCode>'
    )
    lines = "".join(text.format(n) + "</ofd:TextObject>" for n in range(8, 60))
    return {
        "a.pdf": good_pdf(),
        "a.docx": docx(f"<w:tbl>{f'<w:tr>{cells}</w:tr>' * 25}</w:tbl>"),
        "a.xlsx": xlsx(rows),
        "a.ofd": ofd(lines),
        "a.zip": zip_of([("a.pdf", good_pdf()), ("a.docx", docx(""))]),
        "a.html": page("试城市人民政府2024年政府信息公开工作年度报告", "一、总体情况", "全年公开信息120条。"),
    }


def mutated(files: dict[str, bytes], seed: int) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield mutations without end: the name that tells which, the bytes, the content type.

    The types of file take turns, so that a folder full of pages still gives mutated PDF files.
    """
    kinds: dict[str, list[str]] = {}
    for name in files:
        kinds.setdefault(Path(name).suffix, []).append(name)
    number = 0
    seen: set[int] = set()
    while True:
        for suffix in sorted(kinds):
            dice = random.Random(f"{seed}-{number}")
            name = dice.choice(kinds[suffix])
            body, how = mutate(files[name], files[dice.choice(sorted(files))], dice)
            number += 1
            if hash(body) in seen:
                continue  # an archive keeps the same bytes once
            seen.add(hash(body))
            declared = b"text/html" if suffix in (".html", ".json", ".txt") else b"application/octet-stream"
            yield f"{number - 1}-{how}-{name}", body, declared


def mutate(body: bytes, other: bytes, dice: random.Random) -> tuple[bytes, str]:
    """Return a file mutated in one way, and the name of that way."""
    if body.startswith(b"PK") and dice.random() < 0.7:
        return _packed_again(body, other, dice)
    if body[:200].lstrip().startswith(b"<?xml") and dice.random() < 0.7:
        return _other_markup(body, dice), "markup"
    return _mutated_bytes(body, other, dice)


def _packed_again(body: bytes, other: bytes, dice: random.Random) -> tuple[bytes, str]:
    """Return a zip with one of its members mutated."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    at = dice.randrange(len(members))
    name, content = members[at]
    mutated, how = mutate(content, other, dice) if content else (b"", "empty")
    members[at] = (name, mutated)
    return zip_of(members), f"{how}-in-{name.replace('/', '.')}"


def _other_markup(body: bytes, dice: random.Random) -> bytes:
    """Return XML that is sound still, with other values, or elements left out or repeated."""
    values = (b"-1", b"0", b"", b"99999999999", b"1e999", b"NaN", b"9" * 5_000, "\u5e74".encode() * 300)
    if dice.random() < 0.5:
        chosen = dice.random() / 20
        return re.sub(
            rb'="[^"<]*"',
            lambda found: b'="%s"' % dice.choice(values) if dice.random() < chosen else found[0],
            body,
        )
    whole = re.compile(rb"<([\w:]+)[^<>]*>[^<>]*</\1>|<[\w:]+[^<>]*/>")
    times = dice.choice((0, 2, 50))
    return whole.sub(lambda found: found[0] * (times if dice.random() < 0.02 else 1), body)


def _mutated_bytes(body: bytes, other: bytes, dice: random.Random) -> tuple[bytes, str]:
    out = bytearray(body)
    where = dice.randrange(len(out) or 1)
    size = dice.randrange(1, 1 + max(1, len(out) // 20))
    how = dice.choice(("bits", "bytes", "cut", "gap", "twice", "splice", "figures"))
    if how == "bits":
        for _ in range(dice.randrange(1, 64)):
            out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    elif how == "bytes":
        out[where : where + size] = dice.randbytes(min(size, 4_000))
    elif how == "cut":
        del out[where:]
    elif how == "gap":
        del out[where : where + size]
    elif how == "twice":
        out[where:where] = out[where : where + size]
    elif how == "splice":
        start = dice.randrange(len(other) or 1)
        out[where : where + size] = other[start : start + size]
    else:
        out = bytearray(re.sub(rb"\d+", lambda found: _figure(found[0], dice), body))
    return bytes(out), how


def _figure(digits: bytes, dice: random.Random) -> bytes:
    chosen = dice.choice((b"0", b"-1", b"65536", b"2147483648", b"1e99", b"9" * 30))
    return chosen if dice.random() < 0.01 else digits


def read_all(
    files: Iterator[tuple[str, bytes, bytes]], limits: Limits, is_told: bool
) -> dict[str, dict[str, int | str]]:
    """Read files through the children, and count what became of them.

    Args:
        files: name, bytes, content type.
        limits: of each.
        is_told: whether progress is printed.
    """
    counts: Counter[str] = Counter()
    by_type: Counter[str] = Counter()
    unforeseen: dict[str, int | str] = {}
    most, begin = 0, time.perf_counter()
    while batch := list(islice(files, BATCH)):
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            with Watch(Path(tempfile.gettempdir())) as watch:
                results = _read(Path(folder), batch, limits)
            most = max(most, watch.most_bytes)
        for (name, _, _), result in zip(batch, results, strict=True):
            word = (result.reason or "").partition(":")[0] or str(result.read_state or result.outcome)
            counts[word] += 1
            by_type[f"{result.file_type} {result.read_state or result.outcome}"] += 1
            if word in ("error", "crash"):
                unforeseen.setdefault(re.sub(r"\d+", "#", str(result.reason))[:140], name)
        if is_told:
            print(f"{counts.total()} files", file=sys.stderr)
    spent = {"files": counts.total(), "seconds": round(time.perf_counter() - begin), "MB at most": most >> 20}
    return {
        "what became of them": dict(counts.most_common()),
        "by type": dict(sorted(by_type.items())),
        "unforeseen, with the first file that shows it": unforeseen,
        "cost": dict(spent),
    }


def _read(folder: Path, batch: Sequence[tuple[str, bytes, bytes]], limits: Limits) -> list[ReadResult]:
    answers = [
        Answer(f"http://a.example/{number}", body, headers=((b"Content-Type", declared),))
        for number, (_, body, declared) in enumerate(batch)
    ]
    Evidence(folder).night(1, answers)
    heavier = dict.fromkeys((Weight.FILE, Weight.SCAN), limits)
    assert set(heavier) == set(HEAVIER)
    tasks = read_tasks(folder)
    return [result for _, result in read_captures(folder, tasks, workers=2, limits=limits, heavier=heavier)]


if __name__ == "__main__":
    main()
