"""Whatever happened, in whatever order and portions it is derived: the same public rows, the same copy."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.data_folder import DataDir
from archive.derivation import DeriveOptions, derive, rebuild
from archive.publish.copy import publish
from archive.warc.entries import Role
from tests.archive.evidence import START
from tests.archive.histories import FATES, HISTORIES, REPORTS, Step, write_history
from tests.archive.stating import StatingReader
from tests.e2e.content import all_hashes
from tests.soak import seeds, series

if TYPE_CHECKING:
    from collections.abc import Sequence


def _state(data: DataDir) -> dict[str, str]:
    copy = publish(data, clock=lambda: START)
    return {**all_hashes(data.corpus_db), "published copy": copy.sha256}


def _empty(root: Path) -> DataDir:
    shutil.rmtree(root, ignore_errors=True)
    data = DataDir(root)
    data.make()
    return data


@series
@settings(deadline=None, max_examples=len(seeds(100, part=20)), suppress_health_check=list(HealthCheck))
@given(HISTORIES, st.randoms(use_true_random=False))
def test_any_history_in_any_order_and_portions_gives_the_same_rows(
    steps: Sequence[Step], random: Random
) -> None:
    assert_same_rows(steps, random)


@series
@settings(deadline=None, max_examples=len(seeds(200, part=20)), suppress_health_check=list(HealthCheck))
@given(REPORTS, st.randoms(use_true_random=False))
def test_facts_checks_and_tasks_follow_from_the_evidence_in_any_order(
    steps: Sequence[Step], random: Random
) -> None:
    assert_same_rows(steps, random)


@series
@settings(deadline=None, max_examples=len(seeds(80, part=20)), suppress_health_check=list(HealthCheck))
@given(FATES, st.randoms(use_true_random=False))
def test_what_became_of_documents_follows_from_the_evidence_in_any_order(
    steps: Sequence[Step], random: Random
) -> None:
    assert_same_rows(steps, random)


def test_a_run_whose_beginning_comes_in_late_is_the_newest_of_portals_that_it_does_not_name() -> None:
    here, other = Step("run", 0, 0, 0, 0, Role.ARTICLE, 200, 0), 4
    steps = [
        replace(here, portal=other),
        replace(here, what="full", portal=other),
        replace(here, what="cut"),
        replace(here, seconds=2 * 86_400),
        replace(here, what="cut"),
        replace(here, what="full", address=1, portal=other, status=404, seconds=1),
    ]
    assert_same_rows(steps, Random(next(seed for seed in range(1_000) if _hands_over_the_last_first(seed))))


def _hands_over_the_last_first(seed: int) -> bool:
    """Whether of three files the third is derived before the second, and each by itself."""
    random = Random(seed)
    return random.sample(range(3), 3) == [0, 2, 1] and all(random.random() < 0.6 for _ in range(3))


def assert_same_rows(steps: Sequence[Step], random: Random) -> None:
    """Derive a history at once, by parts in another order, and anew; the rows are the same."""
    with tempfile.TemporaryDirectory() as folder:
        root, options = Path(folder), DeriveOptions(reader=StatingReader())
        files = write_history(root / "evidence", steps)
        at_once = _empty(root / "at-once")
        for path in files:
            shutil.copy(path, at_once.warc)
        derive(at_once, options)
        wanted = _state(at_once)
        shuffled = random.sample(files, len(files))
        by_parts = _empty(root / "by-parts")
        for path in shuffled:
            shutil.copy(path, by_parts.warc)
            if random.random() < 0.6:
                derive(by_parts, options)
        derive(by_parts, options)
        assert _state(by_parts) == wanted
        rebuild(at_once, options, files=[at_once.warc / path.name for path in shuffled])
        assert _state(at_once) == wanted
