"""Write the dated snapshots: full sets of every public table, and what changed from night to night between.

    public/gongkai.db ─┬─full set: every table──▶ snapshots/.making-… ──sync, rename──▶ snapshots/YYYY-MM-DD
    the night before ──┴─difference──▶ changes/ ──────┘

They are made of the published copy, so that they say what the pages say and hide what they hide. A folder
under its date is always whole. The first of a month is a full set, as is one that is asked for. A second
snapshot of a night that says the same leaves the first alone; one that says something else takes its place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archive.data_folder import DataDir, hold_work_folder, write_durably
from archive.database import Database, failing_as
from archive.manifests.closing import SUMS_FILE
from archive.publish.live import open_joined
from archive.publish.public_tables import Table, public_tables
from archive.publish.set_digest import name_rows, read_parts
from archive.publish.suppressions import read_hidden
from archive.site_files import read_metadata, site_folder, table_words
from archive.snapshot.descriptions import OTHER_FORMS, checksums, croissant, data_package, readme
from archive.snapshot.difference import NotComparable, TableDifference, write_differences
from archive.snapshot.retention import (
    CHANGES,
    PACKAGE,
    PACKED_COPY,
    README,
    Night,
    purge_hidden,
    put_in_place,
    read_nights,
    thin_snapshots,
)
from archive.snapshot.table_files import (
    FILES_FORM,
    WrittenFile,
    WrittenTable,
    describe_file,
    open_arrow,
    pack_file,
    write_table,
)
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct


class SnapshotFailed(GongkaiError):
    """The files could not be written; the snapshots that were there still are."""


class Snapshot(FrozenStruct):
    """A snapshot that stands in its place.

    Attributes:
        folder: `snapshots/YYYY-MM-DD`.
        tables: the tables of a full set, by name; none where only what changed was written.
        differences: the tables that differ from the night before.
        changed: False where the folder, or the night before, said the same already.
        removed: nights that went, for they are kept no longer or show what is suppressed now.
    """

    folder: Path
    tables: dict[str, WrittenTable]
    differences: tuple[TableDifference, ...]
    changed: bool
    removed: tuple[str, ...]


def write_snapshot(data: DataDir, *, night: dt.date, is_asked: bool = False) -> Snapshot:
    """Write the snapshot of a night from the published copy, if it says anything new.

    Args:
        data: the data directory; the caller holds its lock.
        night: the Shanghai date that names the folder; that of the newest, where the clock is behind it.
        is_asked: whether a full set is written in any case.

    Raises:
        NothingPublished: nothing is published yet.
        SnapshotFailed: the copy cannot be read or the files cannot be written.
    """
    hint = "Earlier snapshots are untouched. See that there is space, then run `gongkai snapshot`"
    with failing_as(SnapshotFailed, "the snapshot failed", data.snapshots, hint):
        return _write_snapshot(data, night, is_asked=is_asked)


def _write_snapshot(data: DataDir, night: dt.date, *, is_asked: bool) -> Snapshot:
    with open_joined(data) as db:
        source = _Source(data, db)
    removed = purge_hidden(data)
    nights = read_nights(data.snapshots)
    night = max([night, *(it.date for it in nights[-1:])])
    if nights and not is_asked and nights[-1].package["database_sha256"] == source.sha256:
        return Snapshot(nights[-1].folder, {}, (), False, tuple(removed))
    folder = data.snapshots / night.isoformat()
    with hold_work_folder(data.snapshots) as work:
        made = work / folder.name
        made.mkdir()
        is_full = is_asked or _is_due(night, nights)
        tables, differences = _write_night(source, made, nights, is_full=is_full)
        changed = bool(tables or differences) and not _same(made, folder)
        if changed:
            put_in_place(made, folder)
    removed += thin_snapshots(data)
    written = {each.table.name: each for each in tables}
    return Snapshot(folder, written, differences, changed, tuple(removed))


def _is_due(night: dt.date, nights: Sequence[Night]) -> bool:
    """Whether a full set is due: the first of a month, or one of which this night has one already."""
    month = [it for it in nights if it.is_full and it.name[:7] == night.isoformat()[:7]]
    return not month or month[-1].date == night


def _write_night(
    source: _Source, made: Path, nights: Sequence[Night], *, is_full: bool
) -> tuple[tuple[WrittenTable, ...], tuple[TableDifference, ...]]:
    """Write the files of a night into a folder of its name; return the tables and what differs."""
    before = next((it for it in reversed(nights) if it.name < made.name), None)
    newest = next((it for it in reversed(nights) if it.is_full), None)
    tables = source.write_tables(made, newest) if is_full else ()
    differences: tuple[TableDifference, ...] = ()
    try:
        if before:
            differences = source.write_changes(made, before, is_full=is_full)
    except NotComparable:  # the tables of then were those of another version of gongkai
        tables = tables or source.write_tables(made, newest)
    source.describe(made, tables, before.name if before and differences else None)
    _seal(made, {file.path: file.sha256 for each in tables for file in each.files})
    return tables, differences


class _Source:
    """The published copy, joined to the visits since, as what snapshots are made of."""

    def __init__(self, data: DataDir, db: Database) -> None:
        self._data = data
        self._copy = data.public_db.resolve()
        self.sha256 = self._copy.stem.removeprefix("gongkai-")
        self._tables = public_tables(db)
        joined = "SELECT name, sql FROM temp.sqlite_master WHERE type = 'view' ORDER BY name"
        self._joined = dict(db.execute(joined))
        parts = read_parts(db)
        rows = {it.name: name_rows(it, parts) for it in self._tables if it.name not in self._joined}
        # What the files of a full set are made of, and how they are written.
        self._made_of: dict[str, Any] = {"files_form": FILES_FORM, "rows_sha256": rows}
        self._facts = {
            "database_sha256": self.sha256,
            "with_visits": list(self._joined),
            "suppressed": [list(entry) for entry in sorted(read_hidden(self._copy))],
        }

    def write_tables(self, made: Path, newest: Night | None) -> tuple[WrittenTable, ...]:
        """Write the copy itself and every table, but link what the newest full set has of the same rows."""
        if newest and newest.package.get("files_form") != FILES_FORM:
            newest = None
        self._made_of["database"] = self._pack_copy(newest, made)
        views = [f"CREATE TEMP{sql.removeprefix('CREATE')}" for sql in self._joined.values()]
        attached = {"live": self._data.live_db} if views else {}
        held = newest.package["rows_sha256"] if newest else {}
        same = dict(held.items() & self._made_of["rows_sha256"].items())
        with open_arrow(self._copy, attached, views) as cursors:
            return tuple(
                (newest and table.name in same and _link_table(table, newest, made))
                or write_table(cursors, table, made)
                for table in self._tables
            )

    def _pack_copy(self, newest: Night | None, made: Path) -> dict[str, Any]:
        """Compress the copy, or link what the newest full set has of its bytes; return its description."""
        unpacked = {"unpacked": describe_file(self._copy, self._copy.parent).as_described()}
        held = newest.package.get("database", {}) if newest else {}
        if newest and unpacked.items() <= held.items() and _link_files([held], newest.folder, made):
            return held
        pack_file(self._copy, made / PACKED_COPY)
        return describe_file(made / PACKED_COPY, made).as_described() | unpacked

    def write_changes(self, made: Path, before: Night, *, is_full: bool) -> tuple[TableDifference, ...]:
        """Write what changed since a night into `changes/`; nothing where nothing did.

        Raises:
            NotComparable: its tables are others.
        """
        names = None
        if before.package["database_sha256"] == self.sha256:
            names = {*self._joined, *before.package["with_visits"]}
            if not names:
                return ()
        old = self._data.public / f"gongkai-{before.package['database_sha256']}.db"
        if before.package["with_visits"] or not old.exists():
            old = before.folder
        new = made if is_full and self._joined else self._copy
        are_copies = old.suffix == new.suffix == ".db"
        corpus = self._data.corpus_db if are_copies and self._data.corpus_db.exists() else None
        differences, written = write_differences(old, new, made / CHANGES, names, corpus)
        if differences:
            text = data_package(made.name, self._facts | {"since": before.name}, written, {})
            write_durably(made / CHANGES / PACKAGE, [text.encode()])
        return differences

    def describe(self, made: Path, tables: Sequence[WrittenTable], since: str | None) -> None:
        """Write what goes with the tables."""
        texts = {README: readme(made.name, self.sha256, tables, since)}
        if tables:
            words = table_words(read_metadata(site_folder()))
            texts[PACKAGE] = data_package(made.name, self._facts | self._made_of, tables, words)
            texts["croissant.json"] = croissant(made.name, tables, words)
        for name, text in texts.items():
            write_durably(made / name, [text.encode()])


def _link_table(table: Table, newest: Night, made: Path) -> WrittenTable | None:
    """Let the files of a table in a full set stand in another, too; None where one is not what it was."""
    [resource] = (it for it in newest.package["resources"] if it["name"].replace("-", "_") == table.name)
    described = [resource, *(file for form in OTHER_FORMS for file in resource.get(form, ()))]
    files = _link_files(described, newest.folder, made)
    return WrittenTable(table, resource["rows"], files) if files else None


def _link_files(described: Sequence[Mapping[str, Any]], full: Path, made: Path) -> tuple[WrittenFile, ...]:
    """Link files of a full set, as its package describes them; none where one of them is not that.

    They are read for that: what they were said to hold is no proof of what they hold now.
    """
    files = tuple(WrittenFile.from_described(it) for it in described)
    if not all((full / it.path).is_file() and describe_file(full / it.path, full) == it for it in files):
        return ()
    for file in files:
        (made / file.path).parent.mkdir(exist_ok=True)
        (made / file.path).hardlink_to(full / file.path)
    return files


def _seal(made: Path, known: Mapping[str, str]) -> None:
    """Write the sums of all files.

    Args:
        made: the folder of the night.
        known: digests of files that were read since they were written.
    """
    paths = {str(path.relative_to(made)): path for path in sorted(made.rglob("*")) if path.is_file()}
    sums = checksums(
        {name: known.get(name) or describe_file(path, made).sha256 for name, path in paths.items()}
    )
    write_durably(made / SUMS_FILE, [sums.encode()])


def _same(made: Path, folder: Path) -> bool:
    """Whether a folder holds what was just made; the sums cover every other file."""
    sums = folder / SUMS_FILE
    return sums.exists() and sums.read_bytes() == (made / SUMS_FILE).read_bytes()
