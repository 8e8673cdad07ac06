"""What stands in `snapshots/`, what of it is kept, and what must go.

A night is a folder. One with a `datapackage.json` holds every table; in the others stands what changed since
the night before, in `changes/`. The first one kept holds every table, so each night can be made again.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

from archive.data_folder import DataDir, hold_work_folder, read_operator_file, sync_folder
from archive.manifests.closing import SIDE_FILE, SUMS_FILE
from archive.publish.suppressions import read_hidden
from archive.snapshot.table_files import SNAPSHOTS
from pipelines.addresses import canonical_address
from pipelines.identity import document_id
from pipelines.structs import FrozenStruct

PACKAGE = "datapackage.json"
CHANGES = "changes"
README = "README.txt"
PACKED_COPY = "gongkai.db.gz"
"""The whole copy, in a full set."""


class Night(FrozenStruct):
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
    def date(self) -> dt.date:
        """Its Shanghai date."""
        return dt.date.fromisoformat(self.folder.name)


def read_nights(snapshots: Path) -> list[Night]:
    """Return the nights of a folder of snapshots, the oldest first; what is neither set is left out."""
    found = (read_night(folder) for folder in sorted(snapshots.glob("????-??-??")) if not folder.is_symlink())
    return [night for night in found if night]


def read_night(folder: Path) -> Night | None:
    """Return the night whose files stand in a folder; None where it holds neither set."""
    for path in (folder / PACKAGE, folder / CHANGES / PACKAGE):
        if path.is_file():
            package = json.loads(path.read_text("utf-8"))
            if "suppressed" not in package:
                package |= _facts_of_before(folder, package)
            return Night(folder, package, path.parent == folder)
    return None


def _facts_of_before(folder: Path, package: dict[str, Any]) -> dict[str, Any]:
    """Return what the package of an earlier version does not say; any of its tables may have visits."""
    names = [resource["name"].replace("-", "_") for resource in package["resources"]]
    with (folder / "suppressions.csv").open(encoding="utf-8", newline="") as file:
        hidden = [[row["kind"], row["target"]] for row in csv.DictReader(file)]
    return {"with_visits": names, "suppressed": hidden}


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
    # Somebody may have taken away the full set that change sets rest on: those stay for their days.
    base = next((name for name in reversed(before) if name in wanted), (before or [full[0].name])[-1])
    gone = [night for night in nights if night.name not in wanted and night.name < min(base, oldest)]
    _remove(data.snapshots, gone)
    with hold_work_folder(data.snapshots) as work:
        for night in full:
            if base < night.name and night.name not in wanted and (night.folder / CHANGES).is_dir():
                made = work / night.name
                # Its other files stay the same ones.
                shutil.copytree(night.folder, made, copy_function=os.link, ignore=_find_tables)
                put_in_place(made, night.folder)
    return [night.name for night in gone]


def _firsts(nights: Sequence[Night], digits: int, count: int) -> list[str]:
    """Return the first of each of the newest months, or years, that have any."""
    firsts = [next(group).name for _, group in groupby(nights, lambda night: night.name[:digits])]
    return firsts[-count:] if count else []


def _find_tables(folder: str, names: list[str]) -> set[str]:
    """Return what of a full set goes when only its change set is kept."""
    return set() if Path(folder).name == CHANGES else {*names} - {CHANGES, README, SUMS_FILE, SIDE_FILE}


def _remove(snapshots: Path, nights: Sequence[Night]) -> None:
    """Remove nights whole, the newest first: each rests on those before it."""
    with hold_work_folder(snapshots) as work:
        for night in reversed(nights):
            night.folder.rename(work / night.name)
        sync_folder(snapshots)


_REPLACED_PREFIX = ".replaced-"


def put_in_place(made: Path, folder: Path) -> None:
    """Rename a whole folder to its date. What stood there steps aside first and goes last."""
    for each in (made, *(path for path in made.rglob("*") if path.is_dir())):
        sync_folder(each)
    aside = folder.with_name(_REPLACED_PREFIX + folder.name)
    if folder.exists():
        folder.rename(aside)
    made.rename(folder)
    sync_folder(folder.parent)
    if aside.exists():
        shutil.rmtree(aside)


def recover_snapshots(snapshots: Path) -> None:
    """Finish what a killed run left: what it removed goes, and what had stepped aside comes back, or goes."""
    with hold_work_folder(snapshots) as work:
        for aside in snapshots.glob(_REPLACED_PREFIX + "*"):
            folder = snapshots / aside.name.removeprefix(_REPLACED_PREFIX)
            aside.rename(work / aside.name if folder.exists() else folder)


def purge_hidden(data: DataDir) -> list[str]:
    """Remove the nights that show what is suppressed in the published copy, from the first that may.

    What was before stays, and the next change set tells what changed since then. What a killed run left goes
    too, for it may show as much.

    Returns:
        The nights that went.

    Raises:
        sqlite3.Error: the copy or the corpus cannot be read.
    """
    data.snapshots.mkdir(parents=True, exist_ok=True)
    recover_snapshots(data.snapshots)
    nights = read_nights(data.snapshots)
    if not nights:
        return []
    hidden = read_hidden(data.public_db.resolve())
    shown = {tuple(entry) for night in nights for entry in hidden - _hidden_in(night)}
    if not shown:
        return []
    with contextlib.closing(sqlite3.connect(f"{data.corpus_db.as_uri()}?mode=ro", uri=True)) as corpus:
        first = {entry: _first_night(corpus, *entry) for entry in shown}
    kept = takewhile(lambda night: all(night.name < first[it] for it in hidden - _hidden_in(night)), nights)
    gone = nights[len([*kept]) :]
    _remove(data.snapshots, gone)
    return [night.name for night in gone]


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
