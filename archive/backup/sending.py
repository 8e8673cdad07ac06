"""Sends what a backup lacks, beside any verb that writes; what is damaged never replaces what is whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from archive.backup.target import Addition, BackupRefused, Stored, Target, digest_of, read_pieces
from archive.clock import instant
from archive.data_folder import Row, contents, find_row, hold, read_operator_file, write_durably
from archive.manifests.chain import Chain, encode_canonical
from archive.warc.files import OPEN_SUFFIX, SEALED_SUFFIXES, sealed_name, whole_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.clock import Clock
    from archive.data_folder import DataDir

_ADDITION_BYTES = 1 << 28
"""After so many bytes an addition is closed, so that a backup that is killed need not begin anew."""
_CHAIN = "manifests.jsonl"
_NAMED: dict[str, Literal["own", "derived"]] = {
    "signing_key": "own",
    "stamp_roots": "own",
    "metrics_file": "derived",
}
"""Keys of `gongkai.yaml` that name files."""
_GROWING = (".jsonl", OPEN_SUFFIX)


class LastBackup(Struct, frozen=True):
    """Where the last backup went, after how many additions it ended, and when, in UTC."""

    target: str
    additions: int
    made_at: str


@dataclass(slots=True)
class BackupReport:
    """What a backup or a restore did.

    Attributes:
        target: where the backup stands.
        made_at: when the newest addition was made; None where there is none.
        files: how many files came, of which `bytes` went over.
        held: how many were there already.
        findings: what is damaged or missing, in words.
        left_out: what is not in the backup, and why.
    """

    target: str
    made_at: str | None = None
    files: int = 0
    bytes: int = 0
    held: int = 0
    findings: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say in a line how much went over."""
        return f"{self.files} files ({self.bytes / 1e6:.1f} MB), {self.held} were there: {self.target}"


def back_up(data: DataDir, url: str, *, clock: Clock, reread: bool = False) -> BackupReport:
    """Bring a backup up to a data directory, beside whatever verb is writing there.

    Sealed files that were sent before are not read again. What is damaged never replaces what is whole.

    Args:
        data: the data directory.
        url: a folder, or an address that fsspec knows.
        clock: dates the addition.
        reread: whether all that the target holds is read again, and what is damaged there sent anew.

    Raises:
        LockHeld: another backup is running.
        BackupRefused: the target holds another archive, or has lost what was sent there; nothing was written.
        BackupFailed: the target does not answer as it should; the same command goes on.
    """
    with hold(data.backup_lock, verb="backup", clock=clock), tempfile.TemporaryDirectory() as work:
        target = Target(url)
        _check_target(target, data)
        report = BackupReport(target.url)
        if reread:
            for path in [path for path in target.stored if not target.is_whole(path)]:
                report.findings.append(f"{path}: the backup of it was damaged or missing")
                del target.stored[path]
        _Sender(data, target, Path(work), report, clock).send_all()
        report.made_at = target.additions[-1].made_at
        write_last_backup(data, LastBackup(target.url, len(target.additions), report.made_at))
    return report


def write_last_backup(data: DataDir, last: LastBackup) -> None:
    """Note where the last backup stands."""
    write_durably(data.last_backup, [encode_canonical(last)])


def read_last_backup(data: DataDir) -> LastBackup | None:
    """Return where the last backup went, and when; None where none was made, or that is not known."""
    try:
        return msgspec.json.decode(data.last_backup.read_bytes(), type=LastBackup)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _check_target(target: Target, data: DataDir) -> None:
    if target.folder and data.root.resolve() in (target.folder.resolve(), *target.folder.resolve().parents):
        raise BackupRefused("it stands in the data directory itself", where=target.url)
    if not Chain(data.manifests).entries:
        raise BackupRefused(
            "nothing is sealed yet", where=str(data.root), hint="Run `gongkai nightly` or `import` first"
        )
    chain = target.stored.get(_CHAIN)
    if chain and not goes_on(data.manifests, chain[-1]):
        raise BackupRefused(
            f"{_CHAIN} does not go on with what stands there: another archive, or one of the two was altered",
            where=target.url,
            hint="Run `gongkai verify`; name another target for another archive",
        )
    last = read_last_backup(data)
    if last and last.target == target.url and last.additions > len(target.additions):
        raise BackupRefused(
            f"it holds {len(target.additions)} of the {last.additions} additions made by {last.made_at}",
            where=target.url,
            hint="Is it mounted? To begin anew there, remove backup.json from the data directory",
        )


def goes_on(path: Path, stored: Stored) -> bool:
    """Whether a file that grows still begins with what was stored of it."""
    return digest_of(read_pieces(path, 0, stored.bytes)) == stored.sha256


@dataclass(slots=True)
class _Sender:
    """Sends what a target lacks.

    Attributes:
        data: the data directory.
        target: where to.
        work: a folder for copies of what may change meanwhile.
        report: what was done so far.
        clock: dates additions.
        sealed: the digests of sealed files, by name, as their manifests say.
        new: what was sent since the last addition.
    """

    data: DataDir
    target: Target
    work: Path
    report: BackupReport
    clock: Clock
    sealed: dict[str, str] = field(default_factory=dict)
    new: list[Stored] = field(default_factory=list)

    def send_all(self) -> None:
        """Send file by file, in the order of the table of contents, and close the backup."""
        self.sealed = {name: each.sha256 for name, each in Chain(self.data.manifests).files().items()}
        files, rows = _list_files(self.data, self.report)
        for path in files:
            # What is sealed or removed meanwhile comes with the next backup.
            with contextlib.suppress(FileNotFoundError):
                self._send_file(path, self.data.root / path)
            if sum(each.bytes - each.start for each in self.new) >= _ADDITION_BYTES:
                self._commit()
        self._commit(self._find_gone(files, rows), is_last=True)

    def _commit(self, gone: Sequence[str] = (), *, is_last: bool = False) -> None:
        if not (self.new or gone) and self.target.additions and self.target.additions[-1].is_last:
            return
        made_at = instant(self.clock())
        self.target.commit(Addition(None, made_at, tuple(self.new), tuple(gone), is_last))
        self.new.clear()

    def _send_file(self, path: str, file: Path) -> None:
        held = self.target.stored.get(path, ())
        if path.startswith("warc/") and not path.endswith(OPEN_SUFFIX):
            self._send_sealed(path, file, held[-1] if held else None)
        elif held and _state_of(file) == (held[-1].bytes, held[-1].modified_ns):
            self.report.held += 1
        elif path.endswith(_GROWING):
            self._send_growth(path, file, held[-1] if held else None)
        else:
            staged = self._copy_database(path, file) if path.endswith(".db") else self._copy(file)
            if staged:
                self._send(path, file, staged, held[-1] if held else None)

    def _send_sealed(self, path: str, file: Path, held: Stored | None) -> None:
        sealed = self.sealed.get(file.name)
        if held and sealed in (None, held.sha256):
            if path.endswith(SEALED_SUFFIXES) and file.stat().st_size != held.bytes:
                self._find(path, "its length is not that of its backup, which stays")
            self.report.held += 1
            return
        sha256 = digest_of(read_pieces(file))
        if is_damaged := sealed not in (None, sha256):
            self._find(path, "its bytes are not those that were sealed")
        if held and (is_damaged or sha256 == held.sha256):
            self.report.held += 1
            return
        # What is damaged is better than nothing, and leaves its place to what is whole.
        self._put(path, file, file, sha256, plain=not (held or is_damaged))

    def _send_growth(self, path: str, file: Path, held: Stored | None) -> None:
        """Send what came to a file, up to its last whole line or record."""
        if held and not goes_on(file, held):
            self._find(path, "it does not go on with its backup, which stays")
            return
        end = whole_size(file) if path.endswith(OPEN_SUFFIX) else Chain(file).size
        start = held.bytes if held else 0
        if end <= start:
            self.report.held += 1
            return
        staged = self.work / "staged"
        with staged.open("wb") as copy:
            copy.writelines(read_pieces(file, start, end))
        self._put(path, file, staged, digest_of(read_pieces(file, 0, end)), start=start)

    def _copy(self, file: Path) -> Path:
        """Copy what an editor may save at any moment."""
        return Path(shutil.copyfile(file, self.work / "staged"))

    def _copy_database(self, path: str, file: Path) -> Path | None:
        """Copy a database as of one moment, and read all of it by that; None for a damaged one."""
        staged = self.work / "staged"
        staged.unlink(missing_ok=True)
        try:
            with contextlib.closing(sqlite3.connect(file)) as db:
                problem = db.execute("PRAGMA integrity_check").fetchone()[0]
                db.execute("VACUUM INTO ?", (str(staged),))
        except sqlite3.DatabaseError as damage:
            problem = str(damage)
        if problem == "ok":
            return staged
        self._find(path, f"{problem}; its backup stays as it is")
        return None

    def _send(self, path: str, file: Path, staged: Path, held: Stored | None) -> None:
        sha256 = digest_of(read_pieces(staged))
        if held and held.sha256 == sha256:
            self.report.held += 1
        else:
            self._put(path, file, staged, sha256)

    def _put(
        self, path: str, file: Path, staged: Path, sha256: str, *, start: int = 0, plain: bool = False
    ) -> None:
        state, size = file.stat(), staged.stat().st_size
        key = path if plain else f"versions/{path}/{start}-{sha256}"
        mode = state.st_mode & 0o777
        if self.target.send(staged, key, mode):
            self.report.bytes += size
        self.report.files += 1
        self.new.append(Stored(path, key, start + size, sha256, mode, state.st_mtime_ns, start))

    def _find(self, path: str, problem: str) -> None:
        self.report.findings.append(f"{path}: {problem}")

    def _find_gone(self, files: Sequence[str], rows: Sequence[Row]) -> list[str]:
        """Return what was removed on purpose; what may not be missing is found."""
        gone = []
        for path in sorted(set(self.target.stored).difference(files)):
            row, file = find_row(path, rows), self.data.root / path
            was_sealed = not path.endswith(OPEN_SUFFIX) or sealed_name(file).exists()
            if (row is None or row.may_go) and was_sealed:
                gone.append(path)
            else:
                self._find(path, "it is missing; its backup stays")
        return gone


def _state_of(file: Path) -> tuple[int, int]:
    state = file.stat()
    return state.st_size, state.st_mtime_ns


def _list_files(data: DataDir, report: BackupReport) -> tuple[list[str], list[Row]]:
    """Return what belongs into a backup, in the order of the table of contents, and that table.

    What stands outside the data directory, and what nothing is known of, is left out and told.
    """
    named = read_operator_file(data.root)
    rows = list(contents())
    for key, kind in _NAMED.items():
        path = os.path.relpath(data.root / named.get(key, "."), data.root)
        if kind == "own" and path.startswith(".."):
            report.left_out.append(f"{named[key]} ({key}): it stands outside the data directory")
        rows.insert(-1, Row(path, kind, key, may_go=True))
    found: dict[Row, list[str]] = {}
    for folder, folders, names in os.walk(data.root, followlinks=True):
        below = Path(folder).relative_to(data.root)
        folders[:] = [name for name in folders if not _is_derived(f"{(below / name).as_posix()}/", rows)]
        for name in sorted(names):
            known = (below / name).as_posix()
            if row := find_row(known, rows):
                found.setdefault(row, []).append(known)
            else:
                report.left_out.append(f"{known}: gongkai knows no such file")
    return [path for row in rows if row.kind != "derived" for path in sorted(found.get(row, ()))], rows


def _is_derived(name: str, rows: Sequence[Row]) -> bool:
    row = find_row(name, rows)
    return row is not None and row.kind == "derived"
