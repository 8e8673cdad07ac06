"""What the demo's annual reports print, cell by cell (`demo_reports.yaml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.knowledge import parse_yaml
from tests.gongkai.identities import LEAVES

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class PrintedTables:
    """The tables of one annual report as shown on one night; a blank cell is the empty string."""

    government: str
    year: int
    form: str
    printed: Mapping[str, str]


@cache
def load_report(government: str, year: int, night: int = 1) -> PrintedTables:
    """Return the tables of one report as they stand on a night."""
    entry = _entries()[government, year]
    later = entry.get("from_night_2", {}) if night > 1 else {}
    return PrintedTables(government, year, entry["form"], {**entry["printed"], **later})


def report_keys() -> tuple[tuple[str, int], ...]:
    """Return (government, year) of every report with statutory tables."""
    return tuple(_entries())


def result_rows(form: str) -> tuple[str, ...]:
    """Return the keys of the leaves of 三、本年度办理结果 in form order: 19 or 21."""
    return LEAVES[form]


@cache
def _entries() -> dict[tuple[str, int], dict[str, Any]]:
    entries = parse_yaml(Path(__file__).with_name("demo_reports.yaml").read_text("utf-8"))
    return {(entry["government"], entry["year"]): entry for entry in entries}
