"""The bounds of files (`thresholds/files.yaml`): at each one, and one beyond."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from pipelines.decoded import Hints
from pipelines.errors import UnreadableDocument
from pipelines.readers.archives import read_archive
from pipelines.readers.packages import Package, parse_xml
from pipelines.readers.workbooks import Merge, Workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MEGABYTE = 1024 * 1024
WHERE = "http://www.example.gov.cn/1.zip"


def problem_of(read: Callable[[], object]) -> str:
    """Return the word that a refusal begins with; empty where there is none."""
    try:
        read()
    except UnreadableDocument as error:
        return error.problem.partition(":")[0]
    return ""


def zip_of(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def opened(count: int) -> str:
    return problem_of(lambda: Package(zip_of((str(n), b"") for n in range(count)), WHERE))


def declaring(sizes: Iterable[int]) -> str:
    """Open a zip whose stored members are said to be of these sizes, packed as large."""
    payload = bytearray(zip_of([(f"{n}", b"") for n, _ in enumerate(sizes)]))
    at = 0
    for size in sizes:
        at = payload.index(b"PK\x01\x02", at)
        payload[at + 20 : at + 28] = size.to_bytes(4, "little") * 2
        at += 46
    return problem_of(lambda: Package(bytes(3 * MEGABYTE) + payload, WHERE))


def swollen(size: int, packed: int) -> str:
    """Open a zip with a member that is said to be of a size, and to be packed to another."""
    payload = bytearray(zip_of([("a", b"")]))
    at = payload.index(b"PK\x01\x02")
    payload[at + 20 : at + 28] = packed.to_bytes(4, "little") + size.to_bytes(4, "little")
    return problem_of(lambda: Package(bytes(3 * MEGABYTE) + payload, WHERE))


def archive_of(count: int) -> str:
    return problem_of(lambda: read_archive(zip_of((f"{n}.txt", b"1") for n in range(count)), Hints(WHERE)))


def nested(depth: int) -> str:
    payload = zip_of([("a.txt", b"1")])
    for _ in range(depth - 1):
        payload = zip_of([("a.zip", payload)])
    return problem_of(lambda: read_archive(payload, Hints(WHERE)))


def sheet_of(cells: Iterable[tuple[int, int, str]], merges: Iterable[Merge] = ()) -> Workbook:
    workbook = Workbook(WHERE)
    workbook.add_sheet("表", cells, merges, is_hidden=False)
    return workbook


def hides(before: int) -> bool:
    """Tell whether a merged cell behind so many others hides the text that it covers."""
    others = [Merge(9, 9, 9, 9)] * before
    return "covered_text" in sheet_of([(0, 0, "甲"), (0, 1, "乙")], [*others, Merge(0, 0, 0, 1)]).notes


def texts_of(size: int) -> int:
    """Return how many blocks come of a table with a lone cell of so many characters in it."""
    cells = [(0, 0, "甲"), (0, 1, "1"), (1, 0, "文" * size), (2, 0, "乙"), (2, 1, "2")]
    return sum(not block.is_table for block in sheet_of(cells).finish("x").blocks)


AT: dict[str, tuple[Callable[[int], object], object, object]] = {
    "part_members": (lambda more: opened(2000 + more), "", "bomb"),
    "part_bytes": (lambda more: declaring([50 * MEGABYTE] * 3 + [50 * MEGABYTE + more]), "", "bomb"),
    "part_ratio": (lambda more: swollen(2_000_000 + more, 20_000), "", "bomb"),
    "part_ratio_from": (lambda more: swollen(MEGABYTE + more, 1), "", "bomb"),
    "part_marks": (
        lambda more: problem_of(lambda: parse_xml(b"<" * (4_000_000 + more), "a", WHERE)),
        "damaged",
        "too_big",
    ),
    "archive_members": (lambda more: archive_of(500 + more), "", "bomb"),
    "archive_depth": (lambda more: nested(2 + more), "", "too_deep"),
    "workbook_cells": (
        lambda more: problem_of(lambda: sheet_of([(0, 0, "1")] * (300_000 + more))),
        "",
        "too_big",
    ),
    "workbook_merges": (lambda more: hides(49_999 + more), True, False),
    "sheet_prose_chars": (lambda more: texts_of(60 + more), 0, 1),
}


@pytest.mark.parametrize(("found", "at_bound", "beyond"), AT.values(), ids=AT.keys())
def test_what_stands_at_a_bound_is_within_and_one_beyond_is_not(
    found: Callable[[int], object], at_bound: object, beyond: object
) -> None:
    assert (found(0), found(1)) == (at_bound, beyond)
