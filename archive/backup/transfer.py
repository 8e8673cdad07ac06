"""Sends what a backup lacks, beside any verb that writes, and brings a backup back.

What is damaged never replaces what is whole.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Literal

from msgspec import Struct

from archive.backup.target import (
    Addition,
    BackupDamaged,
    BackupRefused,
    BackupReport,
    Part,
    Row,
    Target,
    contents,
    find_row,
    goes_on,
    in_order_of_contents,
    note_backup,
    read_last_backup,
)
from archive.clock import Clock, instant
from archive.data_folder import DataDir, hold, read_operator_file, write_durably
from archive.manifests.chain import Chain
from archive.remote_folder import digest_of
from archive.turns import note_verified
from archive.warc.files import OPEN_SUFFIX, repair, sealed_name, whole_size
from archive.warc.moved_files import find_moved, is_stored, stored_size
from archive.warc.walk import read_pieces

# After so many bytes an addition is closed, so that a backup that is killed need not begin anew.
_ADDITION_BYTES = 1 << 28
# What is kept of permissions: nothing of an archive is run, and a link has them all.
_MODES = 0o666
# Keys of `gongkai.yaml` that name files.
_NAMED: dict[str, Literal["own", "derived"]] = {
    "signing_key": "own",
    "stamp_roots": "own",
    "metrics_file": "derived",
}


def back_up(data: DataDir, url: str, *, clock: Clock, reread: bool = False) -> BackupReport:
    """Bring a backup up to a data directory, beside whatever verb is writing there.

    Files that are as they were are not read again. What is damaged never replaces what is whole.

    Args:
        data: the data directory.
        url: a folder, or an address that fsspec knows.
        clock: dates the addition.
        reread: whether all that the target holds is read again, and what is damaged there sent anew.

    Raises:
        LockHeld: another backup is running.
        BackupRefused: the target holds another archive, or has lost what was sent there, or a restore has not
            ended here; nothing was written.
        BackupFailed: the target does not answer as it should; the same command goes on.
    """
    with hold(data.backup_lock, verb="backup", clock=clock), tempfile.TemporaryDirectory() as work:
        target = Target(url)
        _check_target(target, data)
        report = BackupReport(target.url)
        for path, parts in [*target.files.items()] if reread else ():
            if not all(map(target.is_whole, parts)):
                report.findings.append(f"{path}: the backup of it was damaged or missing")
                del target.files[path]
        _Sender(data, target, Path(work, "staged"), report, clock).send_all()
        note_backup(data, target, report)
    return report


def _check_target(target: Target, data: DataDir) -> None:
    if target.folder and target.folder.resolve().is_relative_to(data.root.resolve()):
        raise BackupRefused("it stands in the data directory itself", where=target.url)
    last = read_last_backup(data)
    if last and last.is_under_way:
        # What it has yet to bring would count as removed on purpose.
        raise BackupRefused(
            "a restore into it has not ended",
            where=data.root,
            hint=f"`gongkai --data {data.root} restore {last.target}` goes on with it",
        )
    if not Chain(data.manifests).entries:
        raise BackupRefused(
            "nothing is sealed yet", where=data.root, hint="Run `gongkai nightly` or `import` first"
        )
    chain = data.manifests.name
    if not goes_on(data.manifests, target.files.get(chain, ())):
        raise BackupRefused(
            f"{chain} does not go on with what stands there: another archive, or one of the two was altered",
            where=target.url,
            hint="Run `gongkai verify`; name another target for another archive",
        )
    if last and last.target == target.url and last.additions > len(target.additions):
        raise BackupRefused(
            f"it holds {len(target.additions)} of the {last.additions} additions made by {last.made_at}",
            where=target.url,
            hint="Is it mounted? To begin anew there, remove backup.json from the data directory",
        )


class _Damaged(Exception):
    """What is in the data directory must not take the place of its backup."""


class _Sender(Struct):
    """Sends what a target lacks.

    Attributes:
        data: the data directory.
        target: where to.
        staged: for the copy of a database that may change meanwhile.
        report: what was done so far.
        clock: dates additions.
        new: what was sent since the last addition.
    """

    data: DataDir
    target: Target
    staged: Path
    report: BackupReport
    clock: Clock
    new: list[Part] = []

    def send_all(self) -> None:
        """Send file by file, in the order of the table of contents, and close the backup."""
        sealed = {name: each.sha256 for name, each in Chain(self.data.manifests).files().items()}
        rows = _read_table(self.data, self.report)
        closed: list[OSError] = []
        there = _list_files(self.data, rows, self.report, closed.append)
        for path in in_order_of_contents(there, rows):
            try:
                self._send_file(path, there[path], sealed.get(Path(path).name))
            except _Damaged as damage:
                self.report.findings.append(f"{path}: {damage}; its backup stays as it is")
            except FileNotFoundError as lack:
                # What is sealed or removed meanwhile comes with the next backup; what a store lost does not.
                moved = find_moved(self.data.root / path)
                # `_fetch` names the file below the store, a file that is gone here its path below the data
                # directory.
                if moved and moved.key in str(lack.filename):
                    self._note_unsent(path, str(lack))
            except OSError as unread:
                # One file that the disk cannot read is no reason to send none of those behind it.
                self._note_unsent(path, f"it cannot be read: {unread.strerror or unread}")
            if sum(part.end - part.start for part in self.new) >= _ADDITION_BYTES:
                self._commit()
        self.report.findings += (f"{it.filename}: it cannot be read: {it.strerror}" for it in closed)
        gone = []
        for path in sorted(self.target.files.keys() - there):
            row = find_row(path, rows)
            if any(Path(self.data.root, path).is_relative_to(it.filename) for it in closed):
                continue  # it may be there
            if row is None or row.may_go or is_stored(sealed_name(self.data.root / path)):
                gone.append(path)
            else:
                self.report.findings.append(f"{path}: it is missing; its backup stays")
        self._commit(gone, is_last=True)

    def _note_unsent(self, path: str, problem: str) -> None:
        backup = "its backup stays as it is" if path in self.target.files else "it has no backup"
        self.report.findings.append(f"{path}: {problem}; {backup}")

    def _commit(self, gone: Sequence[str] = (), *, is_last: bool = False) -> None:
        if self.new or gone or not self.target.additions[-1].is_last:
            made_at = instant(self.clock())
            self.target.commit(Addition(made_at, tuple(self.new), tuple(gone), is_last))
            self.new.clear()

    def _send_file(self, path: str, row: Row, sealed: str | None) -> None:
        """Send a file, or what came to it; `sealed` is its digest by its manifest."""
        source, held = self.data.root / path, self.target.files.get(path, ())
        # Of a WARC file that was moved, the link has the date.
        state = source.lstat() if find_moved(source) else source.stat()
        # A sealed file is held only as a whole, by its digest: parts that came while it was open are not it.
        as_held = [(part.end, part.modified_ns) for part in held if sealed in (None, part.sha256)]
        if (stored_size(source), state.st_mtime_ns) in as_held[-1:]:
            self.report.held += 1
            return
        if sealed and sealed != digest_of(read_pieces(source)):
            wrong = "its bytes are not those that were sealed"
            if held:
                raise _Damaged(wrong)
            # What is damaged is better than nothing, and leaves its place to what is whole.
            self.report.findings.append(f"{path}: {wrong}")
        if source.suffix == ".db":
            source = self._copy_database(source, row)
        if not goes_on(source, held):
            if row.kind == "evidence" and not sealed:
                raise _Damaged("it does not go on with its backup")
            held = ()
        self._send_rest(path, row, source, state, held)

    def _send_rest(
        self, path: str, row: Row, source: Path, state: os.stat_result, held: Sequence[Part]
    ) -> None:
        start, end = held[-1].end if held else 0, _whole_size(source)
        # An empty file of the operator's says something by being there; empty evidence holds none.
        if start < end or not (held or row.kind == "evidence"):
            sha256 = digest_of(read_pieces(source, start, end))
            part = Part(path, end, sha256, state.st_mode & _MODES, state.st_mtime_ns, start)
            self.target.send(part, source)
            self.new.append(part)
            self.report.files += 1
            self.report.bytes += end - start
            return
        self.report.held += 1
        if held and held[-1].modified_ns != state.st_mtime_ns:
            self.new.append(held[-1].replace(modified_ns=state.st_mtime_ns))

    def _copy_database(self, file: Path, row: Row) -> Path:
        """Copy a database as of one moment, read all of it by that, and leave out what other files hold."""
        self.staged.unlink(missing_ok=True)
        try:
            with (
                closing(sqlite3.connect(file)) as db,
                closing(sqlite3.connect(self.staged)) as copy,
            ):
                db.backup(copy)
                problem = copy.execute("PRAGMA integrity_check").fetchone()[0]
                for statement in row.without:
                    copy.execute(statement)
                # A commit and a VACUUM write the whole copy anew: only where something was taken out.
                if copy.total_changes:
                    copy.commit()
                    copy.execute("VACUUM")
        except sqlite3.DatabaseError as damage:
            problem = str(damage)
        if problem != "ok":
            raise _Damaged(problem)
        return self.staged


def _whole_size(file: Path) -> int:
    """Return how many bytes of a file are whole lines or records, where it may be growing."""
    if file.suffix == OPEN_SUFFIX:
        return whole_size(file)
    return Chain(file).size if file.suffix == ".jsonl" else stored_size(file)


def _read_table(data: DataDir, report: BackupReport) -> list[Row]:
    """Return the table of contents with the files that keys name; what stands elsewhere is told."""
    named, rows = read_operator_file(data.root), [*contents()]
    for key, kind in _NAMED.items():
        path = os.path.relpath(data.root / named.get(key, "."), data.root)
        if kind == "own" and path.startswith(".."):
            report.left_out.append(f"{named[key]} ({key}): it stands outside the data directory")
        rows.insert(-1, Row(path, kind, key, may_go=True))
    return rows


def _list_files(
    data: DataDir, rows: Sequence[Row], report: BackupReport, on_closed: Callable[[OSError], None]
) -> dict[str, Row]:
    """Return what belongs into a backup, and what it is; what nothing is known of is told.

    Args:
        data: the data directory.
        rows: what stands there, by its name.
        report: is told of what nothing is known of.
        on_closed: told of a folder that cannot be read.
    """
    found = {}
    # Folders may be links to other disks.
    for folder, _, names in os.walk(data.root, onerror=on_closed, followlinks=True):
        for path in (Path(folder, name).relative_to(data.root).as_posix() for name in sorted(names)):
            row = find_row(path, rows)
            if row is None:
                report.left_out.append(f"{path}: gongkai knows no such file")
            elif row.kind != "derived":
                found[path] = row
    return found


# Brings a backup back: first what forbids, last what lets a night begin.
#
# `backup.json` is written first of all and says which addition the folder goes back to, and that it is not
# whole until it is. As long as the backup ends with that one, the same call goes on wherever it was killed:
# it brings back what lacks, and leaves what lived on since, and names what differs, or lacks what was sent.
# Evidence, which never changes, what forbids, and a database that cannot be read are refused where they
# differ.

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
