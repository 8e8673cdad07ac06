"""Brings a backup back: first what forbids, last what lets a night begin.

`backup.json` is written first of all and says which addition the folder goes back to, and that it is not
whole until it is. As long as the backup ends with that one, the same call goes on wherever it was killed: it
brings back what lacks, and leaves what lived on since, and names what differs, or lacks what was sent.
Evidence, which never changes, what forbids, and a database that cannot be read are refused where they differ.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

from archive.backup.sending import BackupReport, note_backup, read_last_backup
from archive.backup.target import (
    BackupDamaged,
    BackupRefused,
    Part,
    Row,
    Target,
    contents,
    find_row,
    goes_on,
    in_order_of_contents,
)
from archive.clock import Clock
from archive.data_folder import DataDir, hold, write_durably
from archive.turns import note_verified
from archive.warc.files import repair, sealed_name
from archive.warc.moved_files import is_stored

_MOVE_IT = "Move it away, and the same command brings it back"


def restore(data: DataDir, url: str, *, clock: Clock) -> BackupReport:
    """Bring back all that a backup holds, as of its newest addition; the caller holds the lock.

    What is there already stays: a restore that was killed goes on. What is derived is not in a backup:
    `derive` makes it anew. No backup is made meanwhile.

    Args:
        data: the data directory, which holds nothing of another archive.
        url: where the backup stands.
        clock: tells when what came back was found sound.

    Raises:
        LockHeld: a backup is being made of the folder.
        BackupRefused: there is no backup, or other bytes stand where something is to be restored that are
            not what became of it; nothing was written.
        BackupFailed: the target does not answer as it should; the same command goes on.
        OSError: the disk refuses.
    """
    with hold(data.backup_lock, verb="restore", clock=clock):
        return _restore(data, Target(url), clock)


def _restore(data: DataDir, target: Target, clock: Clock) -> BackupReport:
    report = BackupReport(target.url)
    if not target.additions:
        raise BackupRefused("no backup stands there", where=target.url)
    if not target.additions[-1].is_last:
        report.left_out.append("what the newest backup had not sent yet: it was not ended")
    newest, last = (len(target.additions), target.additions[-1].made_at), read_last_backup(data)
    # Number and moment together: a target that was begun anew may have as many additions.
    is_of_it = last is not None and (last.additions, last.made_at) == newest
    paths = in_order_of_contents(target.files, contents())
    wanted = [path for path in paths if not _is_there(data, path, target, report, is_of_it=is_of_it)]
    report.is_under_way = True
    note_backup(data, target, report)
    report.held = len(paths) - len(wanted)
    sound = {(data.root / path).name for path in paths}
    for path in wanted:
        try:
            _bring_back(data.root / path, target, target.files[path])
        except BackupDamaged:
            report.findings.append(f"{path}: its backup is damaged or missing")
            sound.discard((data.root / path).name)
        else:
            report.files += 1
            report.bytes += target.files[path][-1].end
    # What was open when it was sent comes back under its open name, and is sealed here.
    repair(data.warc)
    note_verified(data, sound, clock=clock)
    report.is_under_way = False
    note_backup(data, target, report)
    return report


def _is_there(data: DataDir, path: str, target: Target, report: BackupReport, *, is_of_it: bool) -> bool:
    """Whether a file need not be brought back; `is_of_it` where the folder goes back to this addition.

    The report names it where it is left and differs.
    """
    file, row, parts = data.root / path, find_row(path, contents()), target.files[path]
    if not file.exists():
        # A sealed file that stands elsewhere is brought home; what of it was open then is in it.
        sealed = sealed_name(file)
        return sealed != file and is_stored(sealed)
    # Chains only grow: one that is longer by now goes on with what was sent. Any other file is as long as it
    # was.
    is_of_one_length = file.suffix == ".jsonl" or file.stat().st_size == parts[-1].end
    if is_of_one_length and goes_on(file, parts):
        return True
    lives_on = row is None or (row.may_go and row.kind != "evidence") or _is_sound_database(file)
    if is_of_it and lives_on:
        report.findings += _describe_left(data, path, row, target)
        return True
    raise BackupRefused(
        "other bytes stand where a file is to be restored",
        where=file,
        hint=f"{_MOVE_IT}; or name a bare data directory",
    )


def _describe_left(data: DataDir, path: str, row: Row | None, target: Target) -> Iterator[str]:
    """Say how a file that is left differs from what was sent."""
    if row is None or not row.lasting:
        yield f"{path}: it was left, and is not what was sent. {_MOVE_IT}"
        return
    # It is never the same: parts of it are not sent, and it lives on.
    try:
        lost = ", ".join(_find_lost_rows(data.root / path, row.lasting, target, target.files[path]))
    except BackupDamaged:
        yield f"{path}: its backup is damaged or missing"
        return
    if lost:
        yield f"{path}: it was left, and lacks of what was sent {lost}. {_MOVE_IT}"


def _find_lost_rows(
    file: Path, columns: Sequence[str], target: Target, parts: Sequence[Part]
) -> Iterator[str]:
    """Yield of which tables of a database rows are gone that were sent, and how many."""
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(file)) as db:
        sent = Path(folder, file.name)
        _bring_back(sent, target, parts)
        db.execute("ATTACH ? AS sent", (str(sent),))
        listed = db.execute("SELECT name, schema FROM pragma_table_list").fetchall()
        for table, _, column in (each.partition(".") for each in columns):
            held = [schema for name, schema in listed if name == table]
            if "sent" not in held:
                continue  # of a version that knew no such table
            # The names are those of data_contents.yaml.
            here = f"EXCEPT SELECT {column} FROM main.{table}" if "main" in held else ""  # noqa: S608
            lost = db.execute(f"SELECT count(*) FROM (SELECT {column} FROM sent.{table} {here})")  # noqa: S608
            if count := lost.fetchone()[0]:
                yield f"{count} {table}"


def _is_sound_database(file: Path) -> bool:
    if file.suffix != ".db" or not file.stat().st_size:  # to SQLite an empty file is an empty database
        return False
    try:
        with closing(sqlite3.connect(file)) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _bring_back(file: Path, target: Target, parts: Sequence[Part]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_durably(file, chain.from_iterable(map(target.read, parts)), parts[-1].mode)
    os.utime(file, ns=(parts[-1].modified_ns,) * 2)
