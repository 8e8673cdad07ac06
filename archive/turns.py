"""The evidence verified by turns: a share of it every night, all of it within a month.

Each night reads those WARC files again that nobody looked at for longest. When each was last found sound
stands in `verified.json`; where that is lost, a file counts from its manifest on, which took its digest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from archive.clock import instant
from archive.data_folder import write_durably
from archive.manifests.chain import Chain
from archive.warc.files import archive_files
from archive.warc.verification import Finding, verify_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archive.clock import Clock
    from archive.data_folder import DataDir
    from archive.manifests.chain import FileManifest
    from archive.warc.verification import FileReport

VERIFY_DAYS = 30
"""Unless configured otherwise: a disk that rots is told of while there are backups of before."""
_MOST_SHARES = 3
"""What a night verifies at most, to make up for nights that did not run."""
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a night verified.

    Attributes:
        files: how many WARC files it read.
        bytes: their size together.
        held: how many WARC files there are.
        findings: what is wrong.
        oldest: when that file was last found sound that waits for longest, in UTC; None where all are
            unverified, or there is none.
    """

    files: int
    bytes: int
    held: int
    findings: tuple[Finding, ...]
    oldest: str | None

    def __str__(self) -> str:
        """Say in a line what was verified."""
        all_since = f"; each was found sound since {self.oldest}" if self.oldest else ""
        return f"{self.files} of {self.held} files, {self.bytes / 1e6:.1f} MB{all_since}"


def verify_turn(data: DataDir, *, clock: Clock, days: int = VERIFY_DAYS) -> Turn:
    """Verify the WARC files whose turn it is, against their manifests too; the caller holds the lock.

    Reads the share of the archive that is due each day for all to be read within so many days, and at least
    one file; more, up to three shares, where files are overdue. What is found is told again every night until
    it is mended, since a file that is not sound keeps its turn.

    Args:
        data: the data directory.
        clock: tells which files wait for longest.
        days: within how many all files are verified.

    Raises:
        OSError: the disk refuses.
    """
    now = clock()
    seen = _read_seen(data, Chain(data.manifests).files(), now)
    sizes = {path: path.stat().st_size for path in archive_files(data.warc)}
    share = sum(sizes.values()) / days
    reports, read = [], 0
    for path in sorted(sizes, key=lambda path: seen.get(path.name, _NEVER)):
        overdue = now - seen.get(path.name, _NEVER) >= dt.timedelta(days=days)
        if read >= share * (_MOST_SHARES if overdue else 1):
            break
        reports.append(verify_file(path))
        # What is damaged has its turn every night, and takes none from what is sound.
        read += 0 if reports[-1].findings else sizes[path]
    findings = note_verified(data, reports, clock=clock)
    size = sum(report.size_bytes for report in reports)
    return Turn(len(reports), size, len(sizes), findings, oldest_verified(data, clock()))


def note_verified(data: DataDir, reports: Iterable[FileReport], *, clock: Clock) -> tuple[Finding, ...]:
    """Note which files are sound, and return what is wrong with the others; the caller holds the lock."""
    sealed = Chain(data.manifests).files()
    findings: list[Finding] = []
    sound = set()
    for report in reports:
        wrong = [*report.findings]
        if report.file in sealed and report.sha256 not in (None, sealed[report.file].sha256):
            wrong.append(Finding(report.file, 0, None, "its bytes are not those that were sealed"))
        if not wrong:
            sound.add(report.file)
        findings += wrong
    note_sound(data, sound, clock=clock)
    return tuple(findings)


def note_sound(data: DataDir, names: Iterable[str], *, clock: Clock) -> None:
    """Note that WARC files were read whole and found as they were sealed; the caller holds the lock."""
    now = clock()
    seen = _read_seen(data, Chain(data.manifests).files(), now) | dict.fromkeys(names, now)
    there = [path.name for path in archive_files(data.warc)]
    noted = {name: instant(seen[name]) for name in there if name in seen}
    write_durably(data.verified, [msgspec.json.encode(noted)])


def oldest_verified(data: DataDir, now: dt.datetime) -> str | None:
    """Return when the file that waits for longest was found sound; None where one never was."""
    seen = _read_seen(data, Chain(data.manifests).files(), now)
    moments = [seen.get(path.name, _NEVER) for path in archive_files(data.warc)]
    return instant(min(moments)) if moments and min(moments) > _NEVER else None


def _read_seen(data: DataDir, sealed: Mapping[str, FileManifest], now: dt.datetime) -> dict[str, dt.datetime]:
    """Return when each file was last found sound; by its manifest, whose digest was taken then, if not since.

    What was noted by a clock that was ahead of today's counts for nothing.
    """
    sealed_at = {
        name: dt.datetime.fromisoformat(manifest.made_at)
        for name, manifest in sealed.items()
        if manifest.tree
    }
    try:
        noted = msgspec.json.decode(data.verified.read_bytes(), type=dict[str, dt.datetime])
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        noted = {}  # it is no evidence: without it, files are verified sooner than they had to be
    return {name: at for name, at in (sealed_at | noted).items() if at <= now}
