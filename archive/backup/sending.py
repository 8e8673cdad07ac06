"""Sends what a backup lacks, beside any verb that writes; what is damaged never replaces what is whole."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from archive.backup.target import (
    Addition,
    BackupRefused,
    Part,
    Row,
    Target,
    contents,
    find_row,
    goes_on,
    in_order_of_contents,
)
from archive.clock import Clock, instant
from archive.data_folder import DataDir, hold, read_operator_file, write_durably
from archive.manifests.chain import Chain, encode_canonical
from archive.remote_folder import digest_of
from archive.warc.files import OPEN_SUFFIX, sealed_name, whole_size
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


class BackupReport(Struct):
    """What a backup or a restore did; of the last one it is kept.

    Attributes:
        target: where the backup stands.
        additions: how many it is made of.
        made_at: when the newest addition was made; None where there is none.
        files: how many files came, of which `bytes` went over.
        held: how many were there already.
        findings: what is damaged or missing, in words.
        left_out: what is not in the backup, and why.
        is_under_way: whether it is of a restore that has not ended.
    """

    target: str
    additions: int = 0
    made_at: str | None = None
    files: int = 0
    bytes: int = 0
    held: int = 0
    findings: list[str] = msgspec.field(default_factory=list)
    left_out: list[str] = msgspec.field(default_factory=list)
    is_under_way: bool = False

    def __str__(self) -> str:
        """Say in a line how much went over."""
        return f"{self.files} files ({self.bytes / 1e6:.1f} MB), {self.held} were there: {self.target}"


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


def note_backup(data: DataDir, target: Target, report: BackupReport) -> None:
    """Report of when a backup is, and keep the report of the last one."""
    report.additions, report.made_at = len(target.additions), target.additions[-1].made_at
    write_durably(data.last_backup, [encode_canonical(report)])


def read_last_backup(data: DataDir) -> BackupReport | None:
    """Return what the last backup did; None where none was made, or that is not known."""
    try:
        return msgspec.json.decode(data.last_backup.read_bytes(), type=BackupReport)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


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


@dataclass(slots=True)
class _Sender:
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
    new: list[Part] = field(default_factory=list)

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
            self.new.append(msgspec.structs.replace(held[-1], modified_ns=state.st_mtime_ns))

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
