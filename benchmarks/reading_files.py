"""What files cost to read, a page and a file, in a child process, in this one, and by the library alone.

    python -m benchmarks.reading_files [FOLDER] [--times 10] [--json]

FOLDER holds real files, in folders of its own too; without it one report is rendered to every type. `library`
is the library that a reader stands on, asked for all text and tables; `here` is the whole reading in this
process, `child` the same in a child that has read before. The difference is what the cell costs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import html as lxml_html

from archive.reading.dispatch import read_captures
from archive.sandbox.pool import Limits
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import GongkaiError
from pipelines.response.payload_type import PayloadType, sniff
from tests.archive.evidence import Answer, Evidence
from tests.archive.reading_here import read_tasks
from tests.renditions.formats import DIGITAL, SCANNED, render_pictures, render_scan
from tests.renditions.model import draw_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SLOWEST_S = 3.0
"""What takes longer here is read twice, not more often."""


def main() -> None:
    """Read every file in each way, and print a row for each type."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = _rows(given.folder, given.times)
    if given.json:
        print(json.dumps(list(rows), ensure_ascii=False, indent=2))
        return
    heads = ("library s", "here s", "child s", "cell ms", "s/page")
    print(f"{'type':<22} {'files':>5} {'pages':>6} " + " ".join(f"{head:>9}" for head in heads))
    for row in rows:
        library = "–" if row["library"] is None else f"{row['library']:.3f}"
        print(
            f"{row['type']:<22} {row['files']:>5} {row['pages']:>6} {library:>9} {row['here']:>9.3f} "
            f"{row['child']:>9.3f} {1000 * (row['child'] - row['here']):>9.1f} {row['per_page']:>9.3f}",
            flush=True,
        )


def _rows(folder: Path | None, times: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each rendered file as it is measured, or in the end one for each type of a folder."""
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, payload in _files(folder):
        row = measure(payload, times)
        if folder is None:
            yield _mean(name, [row])
        else:
            by_type[row["type"]].append(row)
    yield from (_mean(name, found) for name, found in by_type.items())


def _files(folder: Path | None) -> Iterable[tuple[str, bytes]]:
    if folder is not None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path.suffix, path.read_bytes()
        return
    report = draw_report("form_2021", 6)
    for name, kind in DIGITAL.items():
        if kind.missing() is None:
            yield name, kind.render(report)
    yield SCANNED, render_scan(report)
    yield "scan.png", render_pictures(report)[0]


def measure(payload: bytes, times: int) -> dict[str, Any]:
    """Read a file in each way.

    Args:
        payload: the file.
        times: how often, after a first time that is not counted.

    Returns:
        Its type and pages, and the mean seconds of each way; `library` is None where no library does it.
    """
    hints = Hints("http://a.example/file")
    pages = _seconds(lambda: read_document(payload, hints), 1)[1]
    begin = time.perf_counter()
    here = _seconds(lambda: read_document(payload, hints), 1)[0]
    times = times if time.perf_counter() - begin < SLOWEST_S else 1
    kind = sniff(payload)
    library = LIBRARIES.get(kind)
    return {
        "type": str(kind),
        "pages": max(1, len(getattr(pages, "pages", ()))),
        "library": _seconds(lambda: library(payload), times)[0] if library else None,
        "here": (here + _seconds(lambda: read_document(payload, hints), times)[0] * times) / (1 + times),
        "child": _in_child(payload, times),
    }


def _seconds(act: Callable[[], object], times: int) -> tuple[float, object]:
    result: object = None
    begin = time.perf_counter()
    for _ in range(times):
        try:
            result = act()
        except GongkaiError as error:
            result = error
    return (time.perf_counter() - begin) / times, result


def _in_child(payload: bytes, times: int) -> float:
    """Return the mean seconds of a file read by a child that has read it before."""
    with tempfile.TemporaryDirectory() as folder:
        header = (b"Content-Type", b"application/octet-stream")
        Evidence(Path(folder)).night(1, [Answer("http://a.example/file", payload, headers=(header,))])
        tasks = list(read_tasks(Path(folder))) * (1 + times)
        results = read_captures(Path(folder), tasks, workers=1, limits=Limits())
        next(results)
        begin = time.perf_counter()
        for _ in results:
            pass
        return (time.perf_counter() - begin) / times


def _mean(name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    pages = sum(row["pages"] for row in found)
    known = [row["library"] for row in found if row["library"] is not None]
    child = sum(row["child"] for row in found)
    return {
        "type": name,
        "files": len(found),
        "pages": pages,
        "library": sum(known) / len(known) if known else None,
        "here": sum(row["here"] for row in found) / len(found),
        "child": child / len(found),
        "per_page": child / pages,
    }


def _pdfplumber(payload: bytes) -> object:
    with import_module("pdfplumber").open(BytesIO(payload)) as document:
        return [(page.extract_text(), page.extract_tables()) for page in document.pages]


def _python_docx(payload: bytes) -> object:
    document = import_module("docx").Document(BytesIO(payload))
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return [paragraph.text for paragraph in document.paragraphs], cells


def _openpyxl(payload: bytes) -> object:
    book = import_module("openpyxl").load_workbook(BytesIO(payload), data_only=True)
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


LIBRARIES: Mapping[PayloadType, Callable[[bytes], object]] = {
    PayloadType.PDF: _pdfplumber,
    PayloadType.DOCX: _python_docx,
    PayloadType.XLSX: _openpyxl,
    PayloadType.HTML: lambda payload: lxml_html.fromstring(payload).text_content(),
}
"""What a library alone takes for the text and the tables of a file."""


if __name__ == "__main__":
    main()
