"""How well and how fast one report is read from each format that it is rendered to.

    python -m benchmarks.renditions [--json] [--seeds 5] [--scans 1] [--layouts 0] [--first 0]

For each of the seeds both forms are filled with figures of 0 to 7 digits, a fifth of the zeros left blank,
and rendered to every format (`tests/renditions`). Counted are the cells that print a number:

- right: read as that number;
- flagged: without a value, and said to be ambiguous, torn or not found;
- wrong: with another value, or called blank; a value where none is printed is wrong, too.

Scans (200 dots per inch, 1.2° askew, blur, noise σ 18, JPEG quality 60) take long: `--scans` says of how many
seeds. `--layouts` adds PDF files without rules in so many layouts that are drawn at random, from number
`--first` on, see `tests/renditions/layouts.py`. Milliseconds are those of the whole way from bytes to checked
facts in this process, the median of the reports. Ends with 1 where a value is wrong.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.errors import ReaderMissing
from pipelines.forms.form_model import CellState
from tests.renditions.compared import compare
from tests.renditions.formats import DIGITAL, SCANNED, render_scan
from tests.renditions.layouts import unruled_style
from tests.renditions.model import FORM_YEARS, draw_report
from tests.renditions.to_pdf import to_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.renditions.model import PrintedReport

URL = "http://www.qingxi.example/nb/report"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one format."""

    format: str
    reports: int
    printed: int
    right: int
    flagged: int
    wrong: int
    milliseconds: float


def measure(name: str, render: Callable[[PrintedReport, int], bytes], seeds: range) -> Row:
    """Render and read the reports of the seeds.

    Args:
        name: of the format.
        render: makes a file of a report and its seed.
        seeds: of the reports.

    Raises:
        ReaderMissing: nothing here reads this format.
    """
    counts: Counter[str] = Counter()
    times = []
    for form in FORM_YEARS:
        for seed in seeds:
            report = draw_report(form, seed)
            payload = render(report, seed)
            start = time.perf_counter()
            reading = read_document(payload, Hints(URL))
            times.append(1000 * (time.perf_counter() - start))
            found = compare(reading, report.figures)
            counts.update(printed=found.printed, right=found.right)
            blank = sum(state == CellState.BLANK for state in found.flagged.values())
            counts.update(flagged=len(found.flagged) - blank, wrong=len(found.wrong) + blank)
    return Row(
        name,
        len(times),
        counts["printed"],
        counts["right"],
        counts["flagged"],
        counts["wrong"],
        round(statistics.median(times), 1),
    )


def rows(seeds: int, scans: int, layouts: range) -> Iterator[Row | str]:
    """Yield what came of each format, or why it was not read."""
    for name, rendition in DIGITAL.items():
        if missing := rendition.missing():
            yield f"{name}: {missing}"
        else:
            yield _row_or_reason(name, _alike(rendition.render), range(seeds))
    if layouts:
        yield _row_or_reason("layouts.pdf", _in_layout, layouts)
    if scans:
        yield _row_or_reason(SCANNED, _alike(render_scan), range(scans))


def _alike(render: Callable[[PrintedReport], bytes]) -> Callable[[PrintedReport, int], bytes]:
    """Return what renders every report in the same way."""
    return lambda report, _: render(report)


def _in_layout(report: PrintedReport, seed: int) -> bytes:
    return to_pdf(report, unruled_style(seed))


def _row_or_reason(name: str, render: Callable[[PrintedReport, int], bytes], seeds: range) -> Row | str:
    try:
        return measure(name, render, seeds)
    except ReaderMissing as error:
        return f"{name}: {error}"


def show(found: Sequence[Row]) -> None:
    """Print a table for people."""
    table = Table("format", "reports", "figures", "right", "flagged", "wrong", "ms a report")
    for row in found:
        share = f"{row.right / row.printed:.2%}"
        counts = (row.reports, row.printed, share, row.flagged, row.wrong, row.milliseconds)
        table.add_row(row.format, *map(str, counts))
    Console().print(table)


def main() -> int:
    """Measure and print; return 1 where a value is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--scans", type=int, default=1)
    parser.add_argument("--layouts", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    layouts = range(options.first, options.first + options.layouts)
    results = list(rows(options.seeds, options.scans, layouts))
    found = [row for row in results if isinstance(row, Row)]
    reasons = [row for row in results if isinstance(row, str)]
    if options.json:
        print(json.dumps({"formats": [asdict(row) for row in found], "not_read": reasons}, indent=2))
    else:
        show(found)
        print(*reasons, sep="\n")
    return 1 if any(row.wrong for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
