"""Brings a backup back into a bare data directory: what forbids comes first, what lets a night begin last."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from archive.backup.sending import BackupReport, LastBackup, goes_on, write_last_backup
from archive.backup.target import BackupFailed, BackupRefused, Target, digest_of, read_pieces
from archive.data_folder import contents, find_row, write_durably
from archive.turns import note_sound
from archive.warc.files import OPEN_SUFFIX, repair, sealed_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.backup.target import Stored
    from archive.clock import Clock
    from archive.data_folder import DataDir


class _Altered(Exception):
    """What a backup gives is not what was sent there."""


def restore(data: DataDir, url: str, *, clock: Clock) -> BackupReport:
    """Bring back all that a backup holds, as of its newest addition; the caller holds the lock.

    What is there already with the same bytes stays: a restore that was killed goes on. What is derived is not
    in a backup: `rebuild` makes it anew.

    Args:
        data: the data directory, which holds nothing of another archive.
        url: where the backup stands.
        clock: tells when what came back was found sound.

    Raises:
        BackupRefused: there is no backup, or other bytes stand where something is to be restored; nothing
            was written.
        BackupFailed: the target does not answer as it should; the same command goes on.
        OSError: the disk refuses.
    """
    target = Target(url)
    if not target.additions:
        raise BackupRefused("no backup stands there", where=target.url)
    newest = target.additions[-1]
    report = BackupReport(target.url, newest.made_at)
    if not newest.is_last:
        report.left_out.append("what the newest backup had not sent yet: it was not ended")
    places = [*contents(), None]
    # What the table does not know, as keys, is named by the configuration.
    paths = sorted(target.stored, key=lambda path: (places.index(find_row(path, contents())), path))
    wanted = [path for path in paths if not _is_there(data.root / path, target.stored[path][-1])]
    report.held = len(paths) - len(wanted)
    for path in wanted:
        _bring_back(data.root / path, target, target.stored[path], report)
    repair(data.warc)
    damaged = {finding.partition(":")[0] for finding in report.findings}
    note_sound(data, {(data.root / path).name for path in paths if path not in damaged}, clock=clock)
    write_last_backup(data, LastBackup(target.url, len(target.additions), newest.made_at))
    return report


def _is_there(file: Path, stored: Stored) -> bool:
    if stored.path.endswith(OPEN_SUFFIX) and sealed_name(file).exists():
        return True
    if not file.exists():
        return False
    if digest_of(read_pieces(file)) == stored.sha256:
        return True
    if file.suffix == ".jsonl" and goes_on(file, stored):
        return True
    raise BackupRefused(
        "other bytes stand where a file is to be restored", where=str(file), hint="Name a bare data directory"
    )


def _bring_back(file: Path, target: Target, parts: Sequence[Stored], report: BackupReport) -> None:
    def pieces() -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in target.read(*(part.key for part in parts)):
            digest.update(piece)
            report.bytes += len(piece)
            yield piece
        if digest.hexdigest() != parts[-1].sha256:
            raise _Altered

    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_durably(file, pieces(), parts[-1].mode)
    except (_Altered, BackupFailed) as damage:
        if not (isinstance(damage, _Altered) or isinstance(damage.__cause__, FileNotFoundError)):
            raise
        report.findings.append(f"{parts[-1].path}: its backup is damaged or missing")
    else:
        os.utime(file, ns=(parts[-1].modified_ns, parts[-1].modified_ns))
        report.files += 1
