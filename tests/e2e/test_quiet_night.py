"""A night in May without changes, over HTTP: few requests, fewer bytes, and not a row of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.quiet_night import TARGETS, measure, new_rows

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = 250


def test_a_quiet_night_costs_little_and_adds_no_derived_row(tmp_path: Path) -> None:
    first, quiet = measure(DOCUMENTS, tmp_path)
    assert first.requests > DOCUMENTS
    assert first.rows["documents"] == DOCUMENTS
    # robots.txt, one page of the list, the page that cannot exist, and about a thirtieth of the documents.
    assert 3 < quiet.requests <= first.requests * TARGETS["requests"]
    assert quiet.size_bytes <= first.size_bytes * TARGETS["size_bytes"]
    assert new_rows(first, quiet) == {}
