"""A night in May without changes, over HTTP: few requests, fewer bytes, and not a row of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.quiet_night import TARGETS, measure, new_rows
from tests.soak import SOAK, series

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS, PORTALS = 40, 3 if SOAK else 1


@series
def test_a_quiet_night_costs_little_and_adds_no_derived_row(tmp_path: Path) -> None:
    first, quiet = measure(DOCUMENTS, tmp_path, count=PORTALS)
    assert first.requests > DOCUMENTS * PORTALS
    assert first.rows["documents"] == DOCUMENTS * PORTALS
    # robots.txt, one page of the list, and about a thirtieth of the documents.
    assert 2 * PORTALS < quiet.requests <= first.requests * TARGETS["requests"]
    assert quiet.size_bytes <= first.size_bytes * TARGETS["size_bytes"]
    assert new_rows(first, quiet) == {}
