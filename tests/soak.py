"""Long series of kills, cuts and random documents: a tenth in `make test`, all of them in `make soak`.

    @series                                  a test that belongs to one
    @pytest.mark.parametrize("seed", seeds(40))      40 in `make soak`, 4 in `make test`
    @pytest.mark.parametrize("size", first_of(SIZES))    all in `make soak`, one in `make test`
    @settings(max_examples=200)              200 in `make soak`, 20 in `make test`: every property is a series

What passed in `make soak` is kept in `build/soak/COMMIT.tsv` and not run again, so that a soak that was
interrupted goes on where it was; its lines are written to `docs/soak.md` when it ends, with commit and date.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import is_hypothesis_test, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

SOAK = bool(os.environ.get("GONGKAI_SOAK"))
ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/soak.md"
HEAD = """# Long series

After this page you know what was tried in full length, how often, and at which commit. `make test` runs
a tenth or less of each series, `make soak` all of it and this page; of a series that it did not run, the
line stays.

| series | passed | failed | seconds | commit | day |
| --- | --- | --- | --- | --- | --- |
"""

series = pytest.mark.series


def seeds(full: int, *, part: int = 10) -> range:
    """Return the seeds of a series that is `full` long: all in `make soak`, else a tenth or less."""
    return range(full if SOAK else max(1, full // part))


def first_of(cases: Sequence[T], count: int = 1) -> Sequence[T]:
    """Return like cases of a series: all in `make soak`, else so many, which stand for the others."""
    return cases if SOAK else cases[:count]


FEWEST_EXAMPLES = 5
_SETTINGS = "_hypothesis_internal_use_settings"
"""Where hypothesis keeps the settings of a test, once it is decorated."""


def is_series(item: pytest.Item) -> bool:
    """Tell whether a test belongs to a series."""
    return bool(item.get_closest_marker("series")) or is_hypothesis_test(getattr(item, "obj", None))


def shorten_properties(items: Iterable[pytest.Item]) -> None:
    """Leave a tenth of the examples of each property, and five at least."""
    for test in {item.obj for item in items if isinstance(item, pytest.Function)}:
        if is_hypothesis_test(test):
            full: settings = getattr(test, _SETTINGS, None) or settings()
            few = min(full.max_examples, max(FEWEST_EXAMPLES, full.max_examples // 10))
            setattr(test, _SETTINGS, settings(full, max_examples=few))


def _git(*arguments: str) -> str:
    asked = ["git", *arguments]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout


class Soak:
    """Keeps what passed, leaves it out the next time, and writes the table.

    Args:
        keeps: whether this process hears how all tests end; workers only leave out what passed.
    """

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = keeps
        self.commit = _git("describe", "--always", "--abbrev=10").strip()
        # What a soak before wrote changes nothing that is tested.
        if _git("status", "--porcelain", "-uno", "--", ":/", f":(exclude,top){PAGE}"):
            self.commit += "-dirty"
        self.kept = ROOT / "build" / "soak" / f"{self.commit}.tsv"

    def outcomes(self) -> dict[str, tuple[str, float]]:
        """Return the last outcome and the seconds of each test that ran at this commit, by its id."""
        if not self.kept.exists():
            return {}
        rows = (line.split("\t") for line in self.kept.read_text("utf-8").splitlines())
        return {test: (outcome, float(seconds)) for test, outcome, seconds in rows}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave only what belongs to a series and has not passed."""
        passed = {test for test, (outcome, _) in self.outcomes().items() if outcome == "passed"}
        left = [item for item in items if is_series(item) and item.nodeid not in passed]
        config.hook.pytest_deselected(items=[item for item in items if item not in left])
        items[:] = left

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep how a test ended, at once."""
        if self.keeps and (report.when == "call" or report.failed):
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            with self.kept.open("a", encoding="utf-8") as file:
                file.write(f"{report.nodeid}\t{report.outcome}\t{report.duration:.1f}\n")

    def pytest_sessionfinish(self) -> None:
        """Write the table of everything that ran at this commit."""
        if not self.keeps:
            return
        page = ROOT / PAGE
        lines = describe_series(self.outcomes(), self.commit, dt.datetime.now(dt.UTC).date())
        page.write_text(write_page(page.read_text("utf-8"), lines), "utf-8")


def describe_series(outcomes: dict[str, tuple[str, float]], commit: str, day: dt.date) -> dict[str, str]:
    """Return a line of a table by series: how many passed and failed, how long that took, and where."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    for test, (outcome, took) in outcomes.items():
        name = test.partition("[")[0].replace("::", " · ").removeprefix("tests/").replace("_", " ")
        counts[name][outcome] += 1
        seconds[name] += round(took)
    return {
        name: f"| {name} | {count['passed']} | {count['failed']} | {seconds[name]} | {commit} | {day} |"
        for name, count in counts.items()
    }


def write_page(page: str, lines: dict[str, str]) -> str:
    """Return the page with new lines; a series that is in none of them keeps its own."""
    held = {line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines() if " · " in line}
    return HEAD + "".join(f"{line}\n" for _, line in sorted((held | lines).items()))
