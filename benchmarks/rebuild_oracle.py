"""Rebuild archives that another commit made, and compare every public table with what that commit derives.

    python -m benchmarks.rebuild_oracle [COMMIT]

The product is its own oracle: the demo's three nights, and the real documents and reports where they are
beside the checkout, are archived by the code of the given commit (without one, of the last), then rebuilt and
published by that code and by the code that stands here. Each table is compared row for row. Ends with 1 where
a row differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
MADE_AT = "2026-04-10T03:00:00+08:00"
REBUILT_AT = "2026-04-12T03:00:00+08:00"
SHOWN = 3
"""Rows that differ shown of each table."""


def main() -> None:
    """Compare this checkout with a commit, one archive after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("commit", nargs="?", default="HEAD", help="whose code makes the archives")
    commit = parser.parse_args().commit
    different = False
    with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
        old = Path(folder, "checkout")
        run_git("worktree", "add", "--quiet", "--detach", str(old), commit)
        try:
            for name in make_archives(old, Path(folder)):
                evidence = Path(folder, name, "warc")
                published = [
                    rebuild(code, evidence, Path(folder, f"{name}-{which}"))
                    for which, code in (("old", old), ("new", ROOT))
                ]
                differing = list(compare_tables(*published))
                different |= bool(differing)
                print(f"{name}: {'; '.join(differing) or 'equal'}")
        finally:
            run_git("worktree", "remove", "--force", str(old))
    sys.exit(different)


def run_git(*arguments: str) -> None:
    """Run git in this checkout."""
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)  # noqa: S607  the commands are ours


def make_archives(code: Path, folder: Path) -> Iterator[str]:
    """Archive each collection with the code of a checkout; yield the names of its data directories."""
    run_gongkai(code, folder / "demo", MADE_AT, "demo", "--no-serve")
    yield "demo"
    for name in ("documents", "real", "real_more"):
        if (SHARED / name).is_dir():
            copied = shutil.copytree(SHARED / name, folder / f"{name}-files")
            shutil.rmtree(copied / "truth", ignore_errors=True)
            run_gongkai(code, folder / name, MADE_AT, "import", str(copied))
            yield name
        else:
            print(f"{name}: not beside this checkout", file=sys.stderr)


def rebuild(code: Path, evidence: Path, data: Path) -> Path:
    """Rebuild and publish copied evidence with the code of a checkout; returns the published copy."""
    shutil.copytree(evidence, data / "warc")
    run_gongkai(code, data, REBUILT_AT, "rebuild")
    run_gongkai(code, data, REBUILT_AT, "publish")
    return data / "public" / "gongkai.db"


def run_gongkai(code: Path, data: Path, now: str, *arguments: str) -> None:
    """Run the command as a checkout has it."""
    environment = {**os.environ, "GONGKAI_NOW": now, "PYTHONPATH": str(code)}
    command = [sys.executable, "-m", "gongkai", "--data", str(data), *arguments]
    subprocess.run(command, check=True, cwd=code, env=environment, stdout=subprocess.DEVNULL)


def compare_tables(old: Path, new: Path) -> Iterator[str]:
    """Yield what differs between two published copies: tables, columns, rows."""
    with sqlite3.connect(f"file:{old}?mode=ro", uri=True) as ours:
        ours.execute("ATTACH ? AS other", (f"file:{new}?mode=ro",))
        held, known = (read_columns(ours, schema) for schema in ("main", "other"))
        for table in sorted(held.keys() | known.keys()):
            if held.get(table) != known.get(table):
                yield f"{table}: columns {held.get(table)} → {known.get(table)}"
                continue
            before, after = (
                Counter(ours.execute(f'SELECT * FROM {schema}."{table}"'))  # noqa: S608  names of the schema
                for schema in ("main", "other")
            )
            if before != after:
                gone, made = before - after, after - before
                examples = [*gone][:SHOWN], [*made][:SHOWN]
                yield f"{table}: {gone.total()} rows gone, {made.total()} new, such as {examples}"


def read_columns(connection: sqlite3.Connection, schema: str) -> dict[str, list[str]]:
    """Return the columns of every table and view but those of the search index."""
    tables = connection.execute(
        f"SELECT name FROM {schema}.sqlite_master WHERE type IN ('table', 'view') "  # noqa: S608
        "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_fts%'"
    ).fetchall()
    return {
        table: [row[1] for row in connection.execute(f'PRAGMA {schema}.table_info("{table}")')]
        for (table,) in tables
    }


if __name__ == "__main__":
    main()
