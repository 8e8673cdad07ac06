"""The evidence verified by turns: a share of it every night, all of it within a month.

Each night reads those WARC files again that nobody looked at for longest. When each was last found sound
stands in `verified.json`; where that is lost, a file counts from its manifest on, which took its digest.
"""

from __future__ import annotations

import contextlib
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
    from collections.abc import Iterable

    from archive.clock import Clock
    from archive.data_folder import DataDir

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
    seen, chain = _read_seen(data, now), Chain(data.manifests)
    sealed, seals = chain.files(), chain.seals()
    sizes = {name: (data.warc / name).stat().st_size for name in seen}
    share = sum(sizes.values()) / days
    findings: list[Finding] = []
    read: list[str] = []
    sound: list[str] = []
    sound_bytes = 0
    for name in sorted(seen, key=seen.__getitem__):
        overdue = now - seen[name] >= dt.timedelta(days=days)
        if sound_bytes >= share * (_MOST_SHARES if overdue else 1):
            break
        read.append(name)
        report = verify_file(data.warc / name, seals.get(name))
        wrong = [*report.findings]
        if name in sealed and report.sha256 not in (None, sealed[name].sha256):
            wrong.append(Finding(name, 0, None, "its bytes are not those that were sealed"))
        findings += wrong
        # What is damaged has its turn every night, and takes none from what is sound.
        if not wrong:
            sound.append(name)
            sound_bytes += sizes[name]
    note_sound(data, sound, clock=clock)
    size = sum(sizes[name] for name in read)
    return Turn(len(read), size, len(sizes), tuple(findings), oldest_verified(data, clock()))


def note_sound(data: DataDir, names: Iterable[str], *, clock: Clock) -> None:
    """Note that WARC files were read whole and found as they were sealed; the caller holds the lock."""
    now = clock()
    seen = _read_seen(data, now)
    seen |= dict.fromkeys(seen.keys() & names, now)
    noted = {name: instant(at) for name, at in seen.items() if at > _NEVER}
    write_durably(data.verified, [msgspec.json.encode(noted)])


def oldest_verified(data: DataDir, now: dt.datetime) -> str | None:
    """Return when the file that waits for longest was found sound; None where one never was."""
    oldest = min(_read_seen(data, now).values(), default=_NEVER)
    return instant(oldest) if oldest > _NEVER else None


def _read_seen(data: DataDir, now: dt.datetime) -> dict[str, dt.datetime]:
    """Return when each file was last found sound; by its manifest, whose digest was taken then, if not since.

    What was noted by a clock that was ahead of today's counts for nothing.
    """
    sealed = Chain(data.manifests).files().values()
    seen = {each.file: dt.datetime.fromisoformat(each.made_at) for each in sealed if each.tree}
    # It is no evidence: without it, files are verified sooner than they had to be.
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        seen |= msgspec.json.decode(data.verified.read_bytes(), type=dict[str, dt.datetime])
    seen = {name: at for name, at in seen.items() if at <= now}
    return {path.name: seen.get(path.name, _NEVER) for path in archive_files(data.warc)}
