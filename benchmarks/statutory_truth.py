"""Whether what real reports print in their statutory tables is what is read, cell by cell.

    python -m benchmarks.statutory_truth [--json] [--verbose] [FOLDER]

FOLDER holds `documents/` and `real/`, reports with the values of their cells read by hand; without it, the
folder `shared` beside the checkout. A cell is

- right: its value is the printed one, or none where it is printed blank; where cells are glued together, no
  value, a state that says so, and the characters kept;
- wrong: another value, a value where none is to be read, or called blank where a number is printed;
- flagged: no value, and a state that says why (`ambiguous`, `text`, `layout_error`, `compound`);
- missing: no row at all.

PDF files wait until attachments are read. Ends with 1 if any cell is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table as Grid

from benchmarks._statutory_expected import Report, Unstated, reports
from pipelines.decoded import Hints
from pipelines.document import read_document
from pipelines.forms.form_model import CellState
from pipelines.metadata.fields import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from benchmarks._statutory_expected import CellName
    from pipelines.forms.form_model import Fact

SHARED = Path(__file__).resolve().parents[2] / "shared"
TYPES = {
    ".html": "text/html",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
FLAGS = (CellState.AMBIGUOUS, CellState.TEXT, CellState.LAYOUT_ERROR, CellState.COMPOUND)
OUTCOMES = ("right", "wrong", *FLAGS, "missing")
SEPARATED, GLUED = "HTML and separated text", "glued text"
TARGET = 0.995


@dataclass(frozen=True, slots=True)
class Judged:
    """A cell, what became of it, and whether it is one of those that are glued together."""

    name: str
    outcome: str
    is_glued: bool = False


def main() -> int:
    """Print a row per report; 0 also where the reports are absent, which the message says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="print every cell that is not right")
    arguments = parser.parse_args()
    found = list(reports(arguments.folder))
    if not found:
        print(f"skipped: no reports in {arguments.folder}", file=sys.stderr)
        return 0
    results = {report: measure(report) for report in found if report.path.suffix in TYPES}
    waiting = [report.path.name for report in found if report.path.suffix not in TYPES]
    if arguments.json:
        print(json.dumps(_as_json(results, waiting), ensure_ascii=False, indent=2))
    else:
        _show(results, waiting, verbose=arguments.verbose)
    return int(any(cell.outcome == "wrong" for cells in results.values() for cell in cells))


def measure(report: Report) -> tuple[Judged, ...]:
    """Read a report and judge its cells.

    Returns:
        What became of each cell that the report prints, and of each value that it does not print.
    """
    hints = Hints(f"http://yunze.gov.test/{report.path.name}", TYPES[report.path.suffix])
    reading = read_document(report.path.read_bytes(), hints)
    if not report.is_report:
        is_taken_for_one = reading.metadata.kind is Kind.ANNUAL_REPORT or reading.metadata.year is not None
        return (Judged("kind and year", "wrong" if is_taken_for_one else "right"),)
    read: dict[CellName, list[Fact]] = {}
    for fact in reading.facts:
        if fact.table_key in ("t2", "t3", "t4") and fact.row_key and fact.column_key:
            name = (fact.table_key, fact.block_key, fact.row_key, fact.column_key)
            read.setdefault(name, []).append(fact)
    known = (
        Judged(_label(name), _judge(expected, read.get(name, ())), expected is Unstated.UNREADABLE)
        for name, expected in report.cells.items()
    )
    invented = (
        Judged(_label(name), "wrong")
        for name, facts in read.items()
        if name not in report.cells and any(fact.value is not None for fact in facts)
    )
    return (*known, *invented)


def _judge(expected: Decimal | Unstated, facts: Iterable[Fact]) -> str:
    """Judge what was read of a cell; of a cell that was read twice, the worst."""
    outcomes = {_judge_one(expected, fact) for fact in facts} or {"missing"}
    return next(outcome for outcome in ("wrong", "missing", *FLAGS, "right") if outcome in outcomes)


def _judge_one(expected: Decimal | Unstated, fact: Fact) -> str:
    if fact.state in FLAGS and fact.value is None:
        if expected is not Unstated.UNREADABLE:
            return fact.state.value
        return "right" if fact.raw and fact.raw.strip() else "missing"
    if isinstance(expected, Decimal):
        return "right" if fact.value is not None and Decimal(fact.value) == expected else "wrong"
    is_blank = fact.state in (CellState.BLANK, CellState.DASH) and fact.value is None
    return "right" if is_blank and expected is Unstated.BLANK else "wrong"


def _label(name: CellName) -> str:
    return ".".join(part for part in name if part)


def _summaries(results: Mapping[Report, tuple[Judged, ...]]) -> Iterator[tuple[str, Counter[str]]]:
    cells = [cell for judged in results.values() for cell in judged]
    yield SEPARATED, Counter(cell.outcome for cell in cells if not cell.is_glued)
    yield GLUED, Counter(cell.outcome for cell in cells if cell.is_glued)


def _share(counts: Counter[str]) -> float | None:
    return counts["right"] / counts.total() if counts else None


def _show(results: Mapping[Report, tuple[Judged, ...]], waiting: list[str], *, verbose: bool) -> None:
    grid = Grid("report", "cells", *OUTCOMES, "right %")
    for report, cells in results.items():
        _add(grid, report.path.stem, Counter(cell.outcome for cell in cells))
    grid.add_section()
    for title, counts in _summaries(results):
        _add(grid, title, counts)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(grid)
    for name in waiting:
        console.print(f"waiting until attachments are read: {name}")
    console.print(f"to reach: no cell wrong, {TARGET:.1%} right in {SEPARATED}", highlight=False)
    for report, cells in results.items() if verbose else ():
        for cell in cells:
            if cell.outcome != "right":
                console.print(f"{report.path.name}: {cell.name}: {cell.outcome}", markup=False)


def _add(grid: Grid, title: str, counts: Counter[str]) -> None:
    share = _share(counts)
    shown = (str(counts[outcome] or "") for outcome in OUTCOMES)
    grid.add_row(title, str(counts.total()), *shown, "" if share is None else f"{share:.2%}")


def _as_json(results: Mapping[Report, tuple[Judged, ...]], waiting: list[str]) -> dict[str, object]:
    return {
        "reports": {
            report.path.name: Counter(cell.outcome for cell in cells) for report, cells in results.items()
        },
        "in_all": {title: {"right_share": _share(counts), **counts} for title, counts in _summaries(results)},
        "waiting": waiting,
    }


if __name__ == "__main__":
    sys.exit(main())
