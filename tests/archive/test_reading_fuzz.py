"""Files of every type, mutated at random and read by children: each has a state, none a fault unforeseen."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from archive.sandbox.pool import Limits
from benchmarks.reading_fuzz import mutated, whole_files
from tests.archive.reading_here import read_payloads
from tests.soak import seeds, series

if TYPE_CHECKING:
    from pathlib import Path

FILES = 25


@series
@pytest.mark.parametrize("seed", seeds(40, part=40))
def test_a_mutated_file_is_read_or_says_why_not(tmp_path: Path, seed: int) -> None:
    files = list(islice(mutated(whole_files(None), seed), FILES))
    headers = {name: ((b"Content-Type", declared),) for name, _, declared in files}
    payloads = {name: body for name, body, _ in files}
    results = read_payloads(tmp_path, payloads, Limits(seconds=10), headers=headers)
    assert len(results) == FILES
    for name, result in results.items():
        assert result.outcome != "ok" or result.read_state in ("read", "waiting", "failed"), name
        assert not str(result.reason).startswith("error"), (name, result.reason)
