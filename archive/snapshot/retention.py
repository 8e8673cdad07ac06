"""What stands in `snapshots/`, what of it is kept, and what must go.

A night is a folder. One with a `datapackage.json` holds every table; in the others stands what changed since
the night before, in `changes/`. The first one kept holds every table, so each night can be made again.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import json
import shutil
import sqlite3
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from archive.data_folder import read_operator_file, sync_folder
from archive.database import unchanging_uri
from archive.manifests.closing import SIDE_FILE, SUMS_FILE
from archive.snapshot.table_files import SNAPSHOTS, WrittenFile, WrittenTable
from pipelines.addresses import canonical_address
from pipelines.identity import document_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.data_folder import DataDir
    from archive.publish.public_tables import Table

PACKAGE = "datapackage.json"
CHANGES = "changes"
README = "README.txt"


@dataclass(frozen=True, slots=True)
class Night:
    """The folder of a night.

    Attributes:
        folder: where it stands, named by the date.
        package: what its `datapackage.json` says, else that of its changes.
        is_full: whether every table is there.
    """

    folder: Path
    package: dict[str, Any]
    is_full: bool

    @property
    def name(self) -> str:
        """Its Shanghai date."""
        return self.folder.name

    @property
    def has_changes(self) -> bool:
        """Whether it says what changed since the night before."""
        return (self.folder / CHANGES).is_dir()

    @property
    def date(self) -> dt.date:
        """Its Shanghai date."""
        return dt.date.fromisoformat(self.folder.name)


def read_nights(snapshots: Path) -> list[Night]:
    """Return the nights of a folder of snapshots, the oldest first; what is neither set is left out."""
    nights = []
    for folder in sorted(snapshots.glob("????-??-??")):
        for path in (folder / PACKAGE, folder / CHANGES / PACKAGE):
            if path.is_file() and not folder.is_symlink():
                package = json.loads(path.read_text("utf-8"))
                if "suppressed" not in package:
                    package |= _facts_of_before(folder, package)
                nights.append(Night(folder, package, path.parent == folder))
                break
    return nights


def _facts_of_before(folder: Path, package: dict[str, Any]) -> dict[str, Any]:
    """Return what the package of an earlier version does not say; any of its tables may have visits."""
    names = [resource["name"].replace("-", "_") for resource in package["resources"]]
    with (folder / "suppressions.csv").open(encoding="utf-8", newline="") as file:
        hidden = [[row["kind"], row["target"]] for row in csv.DictReader(file)]
    return {"with_visits": names, "suppressed": hidden}


def read_tables(night: Night, tables: Sequence[Table]) -> Iterator[WrittenTable]:
    """Yield the files of tables as a full set describes them; nothing of one that it has not."""
    described = {resource["name"]: resource for resource in night.package["resources"]}
    for table in tables:
        if resource := described.get(table.name.replace("_", "-")):
            files = (resource, *resource.get("parquet", ()))
            yield WrittenTable(
                table,
                resource["rows"],
                tuple(
                    WrittenFile(it["path"], it["hash"].removeprefix("sha256:"), it["bytes"]) for it in files
                ),
            )


def thin_snapshots(data: DataDir) -> list[str]:
    """Remove what the operator does not keep (`keep_snapshots` in gongkai.yaml).

    Kept are the newest full set, the first of each of so many `months` and `years`, the change sets of so
    many `days`, and what these rest on. Another full set is left with its change set alone.

    Returns:
        The nights that went.
    """
    nights = read_nights(data.snapshots)
    kept = {"days": SNAPSHOTS.days, "months": SNAPSHOTS.months, "years": SNAPSHOTS.years}
    kept |= read_operator_file(data.root).get("keep_snapshots", {})
    full = [night for night in nights if night.is_full]
    wanted = {full[-1].name, *_firsts(full, 7, kept["months"]), *_firsts(full, 4, kept["years"])}
    since = (nights[-1].date - dt.timedelta(days=kept["days"])).isoformat()
    oldest = next(night.name for night in nights if night.name >= since)
    before = [night.name for night in full if night.name <= oldest]
    base = next((name for name in reversed(before) if name in wanted), before[-1])
    gone = []
    for night in nights:
        if night.name not in wanted and night.name < base:
            _remove(night.folder)
            gone.append(night.name)
        elif night.is_full and night.name not in wanted | {base} and night.has_changes:
            _remove_tables(night.folder)
    sync_folder(data.snapshots)
    return gone


def _firsts(nights: Sequence[Night], digits: int, count: int) -> list[str]:
    """Return the first of each of the newest months, or years, that have any."""
    firsts = [next(group).name for _, group in groupby(nights, lambda night: night.name[:digits])]
    return firsts[-count:] if count else []


def _remove(folder: Path) -> None:
    """Remove a night; one that is half gone is none."""
    for path in (folder / PACKAGE, folder / CHANGES / PACKAGE):
        path.unlink(missing_ok=True)
    shutil.rmtree(folder)


def _remove_tables(folder: Path) -> None:
    (folder / PACKAGE).unlink()
    for path in folder.iterdir():
        if path.is_dir() and path.name != CHANGES:
            shutil.rmtree(path)
        elif path.name not in {CHANGES, README, SUMS_FILE, SIDE_FILE}:
            path.unlink()


def purge_hidden(data: DataDir) -> list[str]:
    """Remove the nights that show what is suppressed in the published copy, from the first that may.

    What was before stays, and the next change set tells what changed since then.

    Returns:
        The nights that went.

    Raises:
        sqlite3.Error: the copy or the corpus cannot be read.
    """
    nights = read_nights(data.snapshots)
    if not nights:
        return []
    hidden = read_hidden(data.public_db.resolve())
    shown = {tuple(entry) for night in nights for entry in hidden - _hidden_in(night)}
    if not shown:
        return []
    with contextlib.closing(sqlite3.connect(f"{data.corpus_db.as_uri()}?mode=ro", uri=True)) as corpus:
        first = {entry: _first_night(corpus, *entry) for entry in shown}
    bounds = [min((first[it] for it in hidden - _hidden_in(night)), default="9999") for night in nights]
    gone = [night for night, bound in zip(nights, bounds, strict=True) if night.name >= bound]
    if gone:
        # Each rests on those before it.
        gone = [night for night in nights if night.name >= gone[0].name]
    for night in reversed(gone):
        _remove(night.folder)
    sync_folder(data.snapshots)
    return [night.name for night in gone]


def read_hidden(copy: Path) -> set[tuple[str, str]]:
    """Return what a copy hides, by kind and target."""
    with contextlib.closing(sqlite3.connect(unchanging_uri(copy), uri=True)) as db:
        return set(db.execute("SELECT kind, target FROM suppressions"))


def _hidden_in(night: Night) -> set[tuple[str, str]]:
    return {(kind, target) for kind, target in night.package["suppressed"]}


def _first_night(corpus: sqlite3.Connection, kind: str, target: str) -> str:
    """Return the first night in which something may have been shown; it may be of a page that names it."""
    is_page = kind == "url"
    identity = document_id(canonical_address(target)) if is_page else target
    [found] = corpus.execute(_FIRST_OF_PAGE if is_page else _FIRST_OF_PASSAGE, (identity,)).fetchone()
    # What was never captured was never shown; a passage was, for somebody knew its id.
    return str(found) if found else "9999" if is_page else ""


_FIRST = """
SELECT min(ifnull(r.night, substr(c.fetched_at, 1, 10)))
FROM captures AS c LEFT JOIN runs AS r ON r.id = c.run_id WHERE c.document_id IN ({})
"""
_FIRST_OF_PAGE = _FIRST.format(
    "SELECT ?1 UNION ALL SELECT document_id FROM attachments WHERE attachment_id = ?1"
)
_FIRST_OF_PASSAGE = _FIRST.format(
    "SELECT document_id FROM versions WHERE id IN (SELECT version_id FROM occurrences WHERE section_id = ?1)"
)
