"""What `benchmarks.growth` measured, and the tables that it prints of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks._measured_command import Spent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Cost(Spent):
    """What a command cost.

    Attributes:
        files: files of `public/`, `snapshots/` and `lake/` that are new or other than before.
        grown_kb: by how much the data directory grew.
        told_kb: by how much of that manifests and reports of nights did.
        verified_s: seconds of the command's own processor that verifying WARC files takes, of those it did.
    """

    files: int
    grown_kb: float
    told_kb: float
    verified_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What was measured at a size.

    Attributes:
        reports: how many there were.
        loaded: how many of them the first command derived.
        costs: of each command, by its name in the table.
        kb: per report, of each thing that is kept.
        tables: kB per report of each table and index, by database.
    """

    reports: int
    loaded: int
    costs: dict[str, Cost]
    kb: dict[str, float]
    tables: dict[str, dict[str, float]]


def stage_from(kept: dict[str, Any]) -> Stage:
    """Return what was measured, as it was kept."""
    return Stage(**{**kept, "costs": {name: Cost(**cost) for name, cost in kept["costs"].items()}})


def exponent(stages: Sequence[Stage], cpu_s: Sequence[float]) -> str:
    """Return with what power of the size a cost grows from the first stage to the last; "" of one stage."""
    if len(stages) < 2 or not cpu_s[0] or not cpu_s[-1]:
        return ""
    return f"{math.log(cpu_s[-1] / cpu_s[0]) / math.log(stages[-1].reports / stages[0].reports):.2f}"


def tables(stages: Sequence[Stage]) -> Iterator[str]:
    """Yield the lines of the tables, as Markdown."""
    yield _row("command", *(f"{stage.reports} reports" for stage in stages), "exponent")
    yield _row(*["---"] * (len(stages) + 2))
    for name in stages[0].costs:
        costs = [stage.costs[name] for stage in stages]
        cpu_s = [cost.cpu_s - cost.verified_s + cost.children_s for cost in costs]
        # What is loaded is what a stage adds, and not all that is there by then.
        grows = "" if name == "derive" else exponent(stages, cpu_s)
        yield _row(name, *map(_describe_cost, costs), grows)
    loads = [stage.costs["derive"] for stage in stages]
    per_report = [
        (load.cpu_s + load.children_s) / stage.loaded for load, stage in zip(loads, stages, strict=True)
    ]
    yield _row("derive, per report", *map(_describe_load, stages), exponent(stages, per_report))
    if "quiet night" in stages[0].costs:
        nights = [stage.costs["quiet night"] for stage in stages]
        left = (
            f"{night.files} files, {night.grown_kb:.0f} kB, manifest and report {night.told_kb:.1f}"
            for night in nights
        )
        yield _row("left by the quiet night", *left, "")
    for name in stages[0].kb:
        yield _row(f"{name}, kB per report", *(f"{stage.kb[name]:.1f}" for stage in stages), "")


def _describe_cost(cost: Cost) -> str:
    own = f"{cost.cpu_s - cost.verified_s:.1f}"
    if cost.verified_s >= 0.05:  # what is less rounds to nothing: a verb that verifies no file is timed, too
        own += f" + {cost.verified_s:.1f} verifying"
    cpu = f"{own} + {cost.children_s:.1f} s ({cost.wall_s:.1f})"
    return f"{cpu}, {cost.written_mb:.0f} MB, {cost.peak_mb:.0f} MB"


def _describe_load(stage: Stage) -> str:
    cost = stage.costs["derive"]
    own, children, written = (each / stage.loaded for each in (cost.cpu_s, cost.children_s, cost.written_mb))
    return f"{1000 * own:.0f} + {1000 * children:.0f} ms, {written:.2f} MB"


def weights(stage: Stage) -> Iterator[str]:
    """Yield the lines of a table of what each table and index of a stage weighs, heaviest first."""
    for database, sizes in stage.tables.items():
        yield ""
        yield _row(f"{database}, {stage.reports} reports", "kB per report")
        yield _row("---", "---")
        yield _row("all", f"{sum(sizes.values()):.2f}")
        for name, size in sizes.items():
            yield _row(name, f"{size:.2f}")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
