"""The evidence verified by turns: a share of it every night, all of it within a month.

Each night reads those WARC files again that nobody looked at for longest. When each was last found sound
stands in `verified.json`; where that is lost, a file counts from its manifest on, which took its digest.
Beside it stand the documents that rest on what is not sound: their pages say so, and `/-/health` names them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

import msgspec
from msgspec import Struct

from archive.clock import Clock, instant
from archive.corpus.store import CorpusUnreadable, Dependent, dependent_documents, reading
from archive.data_folder import DataDir, write_durably
from archive.manifests.chain import Chain, FileManifest
from archive.manifests.checking import check_sealed_file, find_missing
from archive.warc.files import archive_files, index_names
from archive.warc.moved_files import find_moved, is_reached, known_size
from archive.warc.record_index import Damage
from archive.warc.verification import Finding, verify_file
from pipelines.structs import FrozenStruct

VERIFY_DAYS = 30
"""Unless configured otherwise: a disk that rots is told of while there are backups of before."""
# What a night verifies at most, to make up for nights that did not run.
_MOST_SHARES = 3
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class Turn(FrozenStruct):
    """What a night verified.

    Attributes:
        files: how many WARC files it read.
        bytes: their size together.
        held: how many WARC files there are.
        findings: what is wrong.
        oldest: when that file was last found sound that waits for longest, in UTC; None where all are
            unverified, or there is none.
        unreached: which file could not be had, and why, the first of them; each keeps its turn. None where
            all could.
        unread: why it is not known which documents rest on what is wrong; None where it is.
    """

    files: int
    bytes: int
    held: int
    findings: tuple[Finding, ...]
    oldest: str | None
    unread: str | None = None
    unreached: str | None = None

    def __str__(self) -> str:
        """Say in a line what was verified."""
        all_since = f"; each was found sound since {self.oldest[:10]}" if self.oldest else ""
        unread = f"; not known which documents rest on damage: {self.unread}" if self.unread else ""
        return f"{self.files} of {self.held} files, {self.bytes / 1e6:.1f} MB{all_since}{unread}"


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
    seen, sealed = _read_seen(data, now), Chain(data.manifests).files()
    sizes = {name: known_size(data.warc / name) for name in seen}
    share = sum(sizes.values()) / days
    night = _Night(data.warc, sealed)
    for name in sorted(seen, key=seen.__getitem__):
        overdue = now - seen[name] >= dt.timedelta(days=days)
        # What is damaged has its turn every night, and takes none from what is sound.
        if sum(map(sizes.__getitem__, night.sound)) >= share * (_MOST_SHARES if overdue else 1):
            break
        night.check(name)
    dependents, unread = None, None
    # Each night tells first which files are gone; here, what rests on them.
    wrong_or_gone = [*night.findings, *find_missing(sealed, seen)]
    try:
        dependents = find_dependents(data, wrong_or_gone, night.damage)
    except CorpusUnreadable as error:
        unread = str(error)
    note_verified(data, {*night.read, *sealed.keys() - seen.keys()}, wrong_or_gone, dependents, clock=clock)
    return Turn(
        files=len(night.read),
        bytes=sum(map(sizes.__getitem__, night.read)),
        held=len(sizes),
        findings=tuple(night.findings),
        oldest=oldest_verified(data, clock()),
        unread=unread,
        unreached=night.unreached,
    )


class _Night(Struct):
    """What was read in a turn so far: names of files, those of them that are sound, what is wrong."""

    folder: Path
    sealed: Mapping[str, FileManifest]
    read: list[str] = []
    sound: list[str] = []
    findings: list[Finding] = []
    damage: list[Damage] = []
    unreached: str | None = None
    silent: set[str] = set()

    def check(self, name: str) -> None:
        """Verify a file, against its manifest too, unless the store where it stands does not answer."""
        path, manifest = self.folder / name, self.sealed.get(name)
        moved = find_moved(path)
        if moved and moved.store in self.silent:
            return  # nobody waits for each file of a store that is silent
        report = verify_file(path, manifest.seal if manifest else None)
        if report.unread and not report.findings:
            self.unreached = self.unreached or f"{name}: {report.unread}"
            if moved and not is_reached(moved.store):
                self.silent.add(moved.store)
            return
        told = check_sealed_file(path, manifest, report) if manifest and not report.unread else ()
        wrong = [*report.findings, *(it for it in told if isinstance(it, Finding))]
        self.read.append(name)
        self.findings += wrong
        self.damage += report.damage
        if not wrong:
            self.sound.append(name)


def find_dependents(
    data: DataDir, findings: Iterable[Finding], damage: Iterable[Damage]
) -> tuple[Dependent, ...]:
    """Return the documents of the corpus that rest on what is not sound; none without a corpus.

    Raises:
        CorpusUnreadable: the corpus is damaged, or none of this program.
    """
    if not data.corpus_db.exists():
        return ()
    struck = (
        Damage(it.file, it.offset, None if it.whole_file else it.offset + 1, it.problem)
        for it in findings
        if it.record_id or it.whole_file
    )
    with reading(data.corpus_db) as corpus:
        return dependent_documents(corpus, chain(damage, struck))


def note_verified(
    data: DataDir,
    names: Iterable[str],
    findings: Iterable[Finding] = (),
    dependents: Iterable[Dependent] | None = (),
    *,
    clock: Clock,
) -> None:
    """Note of WARC files that were read whole which are as they were sealed; the caller holds the lock.

    Args:
        data: the data directory.
        names: those that were read, and those that are not there.
        findings: what is wrong with them.
        dependents: what rests on it; None where that is not known, so that what was noted of it stays.
        clock: tells when.
    """
    now, noted, read = clock(), _read_noted(data), set(names)
    seen = _read_seen(data, now)
    struck = {finding.file for finding in findings}
    # A finding about an index names the index: its file is not sound either.
    sound = {name for name in read if struck.isdisjoint({name, *index_names(name)})}
    seen |= dict.fromkeys(seen.keys() & sound, now)
    # Dates that were known from manifests alone are noted with the rest: from here on they stand by
    # themselves.
    noted.sound = {name: at for name, at in seen.items() if at > _NEVER}
    # Where dependents are not known, only a sound file takes back what was noted of it.
    told = sound if dependents is None else read
    noted.damaged = {name: ids for name, ids in noted.damaged.items() if name not in told}
    for each in dependents or ():
        noted.damaged.setdefault(each.file, set()).add(each.document)
    write_durably(data.verified, [msgspec.json.encode(noted, order="sorted")])


def documents_on_damage(data: DataDir) -> frozenset[str]:
    """Return the ids of the documents that rest on evidence that was not sound when it was last verified."""
    return frozenset().union(*_read_noted(data).damaged.values())


class _Noted(msgspec.Struct):
    """When WARC files were last found sound, and the documents that rest on what of others is not."""

    sound: dict[str, dt.datetime] = {}
    damaged: dict[str, set[str]] = {}


def _read_noted(data: DataDir) -> _Noted:
    # It is no evidence: without it, files are verified sooner than they had to be.
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(data.verified.read_bytes(), type=_Noted)
    return _Noted()


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
    seen |= _read_noted(data).sound
    seen = {name: at for name, at in seen.items() if at <= now}
    return {path.name: seen.get(path.name, _NEVER) for path in archive_files(data.warc)}
