"""How many reports a second and core are read from tables to checked facts, beside `pandas.read_html`.

    python -m benchmarks.statutory_speed [--json] [--reports 60] [--rounds 5] [FOLDER]

The reports are the real ones of FOLDER (`documents/` and `real/`; without it, the folder `shared` beside the
checkout) and, up to the count asked for, forms filled at random, as pages and as text. For each, the fastest
of the rounds:

- facts: the text is there; tables drawn by its characters are found, and every table is read into facts;
- tables: likewise, and what can be checked is checked;
- markup: as tables, and before it the page is parsed and its tables made grids, the whole way from markup;
- pandas: `read_html` on the same page, whose result are frames without meaning. It needs the extra `bench`;
  without it, and for text, which it cannot read, there is no figure;
- document: everything, from bytes to passages, metadata, facts and checks.

Absolute numbers are those of the machine at that hour: compare columns.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table as Grid

from pipelines.checks.run_checks import check_document
from pipelines.decoded import FileText, Hints, assemble_text
from pipelines.document import read_document
from pipelines.forms.statutory_tables import FormReading, read_forms
from pipelines.metadata.document_metadata import read_metadata
from pipelines.readers.html.elements import body_of, parse_page
from pipelines.readers.html.html_tables import render_blocks
from pipelines.readers.registry import decode_payload
from pipelines.tables.text_tables import find_tables
from pipelines.text.outline import split_passages
from tests.pipelines.statutory.arrangements import ARRANGEMENTS
from tests.pipelines.statutory.layouts import LAYOUTS, Case, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipelines.grid import Table
    from pipelines.metadata.fields import Metadata
    from pipelines.text.outline import Passage

SHARED = Path(__file__).resolve().parents[2] / "shared"
REAL = ("documents/*年度报告.txt", "real/reports/*.txt", "real/reports/*.html")
TYPES = {".html": "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8"}
TARGET_PER_SECOND = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """A report, and whether it is a page."""

    name: str
    payload: bytes
    content_type: str

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.content_type.startswith("text/html")


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds for each way to read one report; None where it cannot be read that way."""

    facts: float
    tables: float
    markup: float | None
    pandas: float | None
    document: float


def main() -> None:
    """Measure, and print a row for pages, one for text, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--reports", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    found = list(samples(arguments.folder, arguments.reports))
    times = [(sample, measure(sample, arguments.rounds)) for sample in found]
    pages = [each for sample, each in times if sample.is_page]
    texts = [each for sample, each in times if not sample.is_page]
    rows = {"pages": pages, "text": texts, "all": [*pages, *texts]}
    if arguments.json:
        print(json.dumps({name: _figures(each) for name, each in rows.items()}, indent=2))
    else:
        _show(rows)


def samples(shared: Path, count: int) -> Iterator[Sample]:
    """Yield the real reports that are there, then rendered ones, all distinct, up to a count."""
    real = [path for pattern in REAL for path in sorted(shared.glob(pattern))]
    for path in real:
        yield Sample(path.name, path.read_bytes(), TYPES[path.suffix])
    for number in range(count - len(real)):
        chance = Random(number)
        layout = LAYOUTS[number % len(LAYOUTS)]
        payload, content_type = render(Case.of(layout, chance.choice(sorted(ARRANGEMENTS)), chance))
        yield Sample(f"{layout} {number}", payload, content_type)


def measure(sample: Sample, rounds: int) -> Times:
    """Time every way to read a report; the fastest of the rounds counts."""
    hints = Hints("http://bench.gongkai.test/report", sample.content_type)
    decoded = decode_payload(sample.payload, hints)
    passages, _ = split_passages(decoded.text)
    metadata = read_metadata(decoded, passages)
    markup = sample.payload.decode() if sample.is_page else None

    def from_text() -> None:
        _check(_read(decoded.text, decoded.tables), passages, metadata)

    def from_markup() -> None:
        blocks = render_blocks(body_of(parse_page(markup or "")))
        page = assemble_text(FileText(blocks, "body"), "html")
        _check(_read(page.text, page.tables), passages, metadata)

    return Times(
        facts=_fastest(lambda: _read(decoded.text, decoded.tables), rounds),
        tables=_fastest(from_text, rounds),
        markup=_fastest(from_markup, rounds) if markup else None,
        pandas=_pandas_time(markup, rounds) if markup else None,
        document=_fastest(lambda: read_document(sample.payload, hints), rounds),
    )


def _read(text: str, marked: Sequence[Table]) -> FormReading:
    drawn = find_tables(text, [(table.start, table.end) for table in marked])
    return read_forms(sorted((*marked, *drawn), key=lambda table: table.start), is_report=True)


def _check(reading: FormReading, passages: Sequence[Passage], metadata: Metadata) -> None:
    check_document(reading.facts, passages, metadata, reading.form)


def _pandas_time(markup: str, rounds: int) -> float | None:
    if importlib.util.find_spec("pandas") is None:
        return None
    read_html = importlib.import_module("pandas").read_html
    return _fastest(lambda: read_html(io.StringIO(markup)), rounds)


def _fastest(run: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        run()
        times.append(1000 * (time.process_time() - begin))
    return min(times)


def _figures(rows: Sequence[Times]) -> dict[str, float | int | None]:
    ways = {way: [ms for each in rows if (ms := getattr(each, way)) is not None] for way in Times.__slots__}
    spent = {way: sum(times) for way, times in ways.items()}
    return {
        "reports": len(rows),
        **{f"{way}_median_ms": statistics.median(times) if times else None for way, times in ways.items()},
        "facts_per_second": 1000 * len(rows) / spent["facts"],
        "reports_per_second": 1000 * len(rows) / spent["tables"],
        "longest_ms": max(ways["tables"]),
        "share_of_document": spent["tables"] / spent["document"],
    }


def _show(rows: dict[str, list[Times]]) -> None:
    grid = Grid(
        "reports",
        "count",
        *(f"{way}, ms" for way in Times.__slots__),
        "longest",
        "facts/s",
        "tables/s",
        "tables’ share",
    )
    for name, times in rows.items():
        figures = _figures(times)
        medians = (figures[f"{way}_median_ms"] for way in Times.__slots__)
        grid.add_row(
            name,
            str(figures["reports"]),
            *("" if median is None else f"{median:.2f}" for median in medians),
            f"{figures['longest_ms']:.1f}",
            f"{figures['facts_per_second']:.0f}",
            f"{figures['reports_per_second']:.0f}",
            f"{figures['share_of_document']:.0%}",
        )
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(grid)
    console.print(
        f"milliseconds are medians; reports a second are of the mean; to reach: {TARGET_PER_SECOND}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
