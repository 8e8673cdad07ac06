"""Which lines could break without a test noticing: one small change at a time, and the area's tests on it.

    python -m benchmarks.mutation                    four changes in each area
    python -m benchmarks.mutation forms checks --count 50 --seed 2

A change is one comparison, constant, sign, `and`, `or` or `not` turned into its neighbour. It is made in a
checkout of the last commit below `build/mutation/`, never in the files at work. What was tried is kept by
commit, so that a run which was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import ast
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "mutation"

AREAS = {
    "text": (("pipelines/text",), ("tests/pipelines", "--ignore=tests/pipelines/readers")),
    "tables": (
        ("pipelines/tables",),
        (
            "tests/pipelines/tables",
            "tests/pipelines/forms",
            "tests/pipelines/test_tab_tables.py",
            "tests/pipelines/test_flattened.py",
            "tests/pipelines/statutory",
            "tests/renditions/test_layouts.py",
        ),
    ),
    "forms": (("pipelines/forms",), ("tests/pipelines/forms", "tests/pipelines/statutory")),
    "checks": (("pipelines/checks",), ("tests/pipelines/checks",)),
    "metadata": (
        ("pipelines/metadata",),
        ("tests/pipelines", "tests/archive", "-k", "metadata or title or roster or coverage"),
    ),
    "warc": (("archive/warc",), ("tests/archive", "-k", "warc or cdxj or moved or record_index")),
    "frontier": (("archive/frontier",), ("tests/archive", "-k", "frontier or judging or schedule or agenda")),
    "publish": (("archive/publish",), ("tests/archive", "-k", "publish or run_files or suppress")),
}
"""Where changes are made, and the tests that should notice."""

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
REACHES_S = 60
"""Seconds that a changed run may take beyond three times as long as the unchanged one."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a file.

    Attributes:
        place: the file, below the root, the line and the column.
        before: what stands there.
        after: what stands there instead.
        span: the bytes of the file that are replaced.
    """

    place: str
    before: str
    after: str
    span: tuple[int, int]

    @property
    def told(self) -> str:
        """The change in a line."""
        return f"{self.place}\t{self.before} → {self.after}"


def find_changes(path: str, source: bytes) -> Iterator[Change]:
    """Yield the changes of a file that are tried, in their order."""
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    for node, changed in _find_neighbours(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        span = (lines[node.lineno - 1] + node.col_offset, lines[node.end_lineno - 1] + node.end_col_offset)
        before, after = (" ".join(each.split()) for each in (source[slice(*span)].decode(), changed))
        yield Change(f"{path}:{node.lineno}:{node.col_offset}", before, after, span)


def _find_neighbours(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield expressions, each with another that takes its place; none in types, texts or TYPE_CHECKING."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            is_checked = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr) or is_checked:
                continue
            if isinstance(child, ast.expr) and (changed := _neighbour_of(child)) is not None:
                yield child, f"({ast.unparse(changed)})"
            yield from _find_neighbours(child)


def _neighbour_of(node: ast.expr) -> ast.expr | None:
    changed: ast.expr | None = None
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARED:
            changed = ast.Compare(node.left, [COMPARED[type(operator)]()], node.comparators)
        case ast.BoolOp():
            changed = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            changed = node.operand
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            sign = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            changed = ast.BinOp(node.left, sign, node.right)
        case ast.Constant(value=bool(value)):
            changed = ast.Constant(not value)
        case ast.Constant(value=int(value)):
            changed = ast.Constant(value + 1)
    return changed


def sample_changes(folders: Sequence[str], count: int, seed: int) -> list[Change]:
    """Return so many changes of the modules below some folders, chosen by the seed."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    found = [
        change
        for path in paths
        for change in find_changes(path.relative_to(ROOT).as_posix(), path.read_bytes())
    ]
    return random.Random(seed).sample(found, min(count, len(found)))


class Trials:
    """Changes tried in a checkout of one commit, with what became of each."""

    def __init__(self) -> None:
        self.commit = _ask_git("rev-parse", "--short=10", "HEAD")
        self.tree = BUILD / self.commit
        self._kept = BUILD / f"{self.commit}.tsv"
        BUILD.mkdir(parents=True, exist_ok=True)
        if not self.tree.exists():
            _ask_git("worktree", "add", "--force", "--detach", str(self.tree), "HEAD")
        _ask_git("-C", str(self.tree), "checkout", "--", ".")  # what an interrupted run left changed
        self._limits: dict[tuple[str, ...], float] = {}

    def outcomes(self) -> dict[str, str]:
        """Return what became of the changes that were tried before, by the change in a line."""
        if not self._kept.exists():
            return {}
        rows = (line.rpartition("\t") for line in self._kept.read_text("utf-8").splitlines())
        return {told: outcome for told, _, outcome in rows}

    def try_change(self, change: Change, tests: tuple[str, ...]) -> str:
        """Run tests on a change; return `noticed` or `survived`, and keep it."""
        if tests not in self._limits:
            begin = time.monotonic()
            if self._run_tests(tests, None) != "survived":
                raise SystemExit(f"without any change these tests fail: {' '.join(tests)}")
            self._limits[tests] = 3 * (time.monotonic() - begin) + REACHES_S
        path = self.tree / change.place.partition(":")[0]
        source = path.read_bytes()
        start, end = change.span
        path.write_bytes(source[:start] + change.after.encode() + source[end:])
        try:
            outcome = self._run_tests(tests, self._limits[tests])
        finally:
            path.write_bytes(source)
        with self._kept.open("a", encoding="utf-8") as file:
            file.write(f"{change.told}\t{outcome}\n")
        return outcome

    def _run_tests(self, tests: tuple[str, ...], seconds: float | None) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        try:
            done = subprocess.run(command, cwd=self.tree, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return "noticed"  # a loop without end
        return "survived" if done.returncode == 0 else "noticed"


def _ask_git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Try a sample of each area; print how many were noticed, and the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("areas", nargs="*", default=list(AREAS), metavar="AREA", help=", ".join(AREAS))
    parser.add_argument("--count", type=int, default=4, help="how many changes in each area")
    parser.add_argument("--seed", type=int, default=1, help="which changes")
    asked = parser.parse_args()
    trials = Trials()
    survivors: list[Change] = []
    print(f"commit {trials.commit}, seed {asked.seed}\n\n| area | changes | noticed |\n| --- | --- | --- |")
    for area in asked.areas:
        folders, tests = AREAS[area]
        changes = sample_changes(folders, asked.count, asked.seed)
        known = trials.outcomes()
        ended = [known.get(each.told) or trials.try_change(each, tests) for each in changes]
        survivors += [each for each, outcome in zip(changes, ended, strict=True) if outcome == "survived"]
        print(f"| {area} | {len(changes)} | {ended.count('noticed')} |", flush=True)
    print("\n| survived at | before | after |\n| --- | --- | --- |")
    for each in survivors:
        print(f"| {each.place} | `{each.before}` | `{each.after}` |")


if __name__ == "__main__":
    main()
