"""Archives of shards, joined to one: WARC files, chains of manifests, what their operators decided.

    DIR/warc/* ─ equal name, other bytes? as sealed? ─▶ copied, digested, renamed ─▶ warc/
    DIR/manifests.jsonl ─ gone on with since? ────────▶ chains/<its first line>.jsonl ─▶ a manifest of ours

Nothing that is derived is joined: it is made anew from the evidence. Whatever moment a merge is killed at,
what stands in the archive is whole, and the same merge goes on with the rest.
"""

from __future__ import annotations

import filecmp
import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from archive.clock import Clock, instant
from archive.data_folder import DataDir, name_archive, write_durably
from archive.manifests.chain import Chain, FileManifest, JoinManifest
from archive.remote_folder import checked_pieces
from archive.warc.files import INDEXES, archive_files, damaged_name, open_files, repair
from archive.warc.moved_files import find_moved, is_lost, is_stored, is_within, stored_size
from archive.warc.record_index import index_path
from archive.warc.walk import read_pieces, sha256_of
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archive.manifests.signatures import Signing

# What operators decide, and evidence alone does not say. The target's own `gongkai.yaml` stays as it is.
_DECIDED = ("portals/*.yaml", "roster/*", "stop_list.yaml", "suppressions.yaml")
# A WARC file of a source, and the SHA-256 that it was sealed under; None where nothing says it.
_Candidate = tuple[Path, str | None]


class MergeRefused(GongkaiError):
    """Archives that cannot be joined as they are."""


class MergeReport(Struct):
    """What a merge did.

    Attributes:
        joined: names of the WARC files that came in.
        held: how many were there already, byte for byte.
        refused: those that were left out, each with the reason.
        chains: how many chains of manifests came in, or went on since the last merge.
    """

    joined: list[str] = []
    held: int = 0
    refused: list[tuple[str, str]] = []
    chains: int = 0


def merge_archives(
    sources: Sequence[DataDir], data: DataDir, signing: Signing, *, clock: Clock, store: str | None = None
) -> MergeReport:
    """Join archives to one, which may be new; the caller holds its lock, and nobody writes to the others.

    A WARC file is refused where another of its name is there with other bytes, or where its bytes are not
    those that its own archive sealed, or moved elsewhere; the others are joined. A link of theirs may state
    any address, so none is asked but that of our own store, and what is below it.

    Args:
        sources: the archives that are joined; they are left as they are.
        data: the archive that they are joined to.
        signing: what the operator signs with.
        clock: dates the manifests.
        store: the address to which the operator has WARC files moved; None for none.

    Raises:
        MergeRefused: nothing was written: a folder is no archive, or is being written; operators decided
            otherwise; a chain was made anew since it was joined; or there is no room.
        OSError: the disk refuses; what was joined by then is whole.
    """
    repair(data.warc)
    for source in sources:
        _check_source(source, data)
    decided = _plan_decided(sources, data)
    chains = _plan_chains([path for source in sources for path in _chains_of(source)], data)
    report = MergeReport()
    files = _plan_files(sources, data, store, report)
    # The last reason to refuse: from here on something is written.
    _check_room([*decided.values(), *(candidates[0][0] for candidates in files.values())], data)
    for target, path in decided.items():
        target.parent.mkdir(exist_ok=True)
        write_durably(target, [path.read_bytes()])
    for target, candidates in files.items():
        _join_first(candidates, target, store, report)
    for kept, lines in chains.items():
        report.chains += _join_chain(kept, lines, data, signing, clock)
    return report


def _check_source(source: DataDir, data: DataDir) -> None:
    where = source.root
    if not source.warc.is_dir():
        raise MergeRefused("this is no data directory", where=where)
    if source.root.resolve() == data.root.resolve():
        raise MergeRefused("an archive cannot be joined to itself", where=where)
    if opened := open_files(source.warc):
        raise MergeRefused(
            f"{opened[0].name} is being written, or was left by a run that was killed",
            where=where,
            hint=f"Wait for its end, or run `gongkai --data {where} derive`, which seals it",
        )


def _plan_decided(sources: Sequence[DataDir], data: DataDir) -> dict[Path, Path]:
    """Return which files of decisions are copied from where.

    Two that differ are for people to settle: a suppression that is lost would publish what was taken back.
    """
    planned: dict[Path, Path] = {}
    for source in sources:
        for path in (path for pattern in _DECIDED for path in sorted(source.root.glob(pattern))):
            target = data.root / path.relative_to(source.root)
            # Compared with itself where it is the first of its name.
            other = target if target.exists() else planned.setdefault(target, path)
            if not filecmp.cmp(other, path, shallow=False):
                raise MergeRefused(
                    f"it says something else than {other}", where=path, hint="Make them equal first"
                )
    return planned


def _plan_files(
    sources: Sequence[DataDir], data: DataDir, store: str | None, report: MergeReport
) -> dict[Path, list[_Candidate]]:
    """Return which WARC files are copied, and from where: the first that is sound, of several."""
    planned: dict[Path, list[_Candidate]] = {}
    for source in sources:
        sealed = Chain(source.manifests).files()
        for path in archive_files(source.warc):
            target = data.warc / path.name
            others = planned.get(target, [])
            # What was moved and lost comes in anew, over the link that it left.
            is_held = not others and is_stored(target) and not is_lost(target)
            other = others[0][0] if others else target
            fault = _find_fault(path, other)
            if not others and not is_held:
                fault = fault or _find_foreign(path, store)
            if fault:
                report.refused.append((str(path), fault))
            elif is_held:
                report.held += 1
            else:
                planned.setdefault(target, []).append((path, _stated_digest(path, sealed)))
    _refuse_substitutes(planned, report)
    return planned


def _find_fault(path: Path, other: Path) -> str | None:
    """Say why a WARC file cannot be joined beside, or in the place of, what has its name."""
    if not is_stored(path):
        return "it is a link that leads to no WARC file of its name"
    if is_stored(other) and _digest_of(other) != _digest_of(path):
        return f"{other} has its name, and other bytes"
    return None


def _find_foreign(path: Path, store: str | None) -> str | None:
    """Say of a WARC file that it stands at an address which is not asked."""
    moved = find_moved(path)
    if moved and not is_within(moved, store):
        return (
            f"it stands at {moved.store}: warc_store of gongkai.yaml names neither that nor what is above it"
        )
    return None


def _stated_digest(path: Path, sealed: Mapping[str, FileManifest]) -> str | None:
    """Return the SHA-256 that a file has by its manifest, or by its link; None where nothing says it."""
    moved = find_moved(path)
    return sealed[path.name].sha256 if path.name in sealed else moved and moved.sha256


def _refuse_substitutes(planned: dict[Path, list[_Candidate]], report: MergeReport) -> None:
    """Leave out sound copies that would be read in the place of what is no file of their own archive."""
    for target, candidates in [*planned.items()]:
        if (name := damaged_name(target.name)) is None:
            continue
        replaced = target.with_name(name)
        is_of_another = replaced in planned and planned[replaced][0][0].parent != candidates[0][0].parent
        if is_stored(replaced) or is_of_another:
            del planned[target]
            problem = f"it would be read in the place of {replaced}, which is not of its archive"
            report.refused += [(str(path), problem) for path, _ in candidates]


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a WARC file; that of one which stands elsewhere, its link tells."""
    moved = find_moved(path)
    return moved.sha256 if moved else sha256_of(path)


def _check_room(paths: Sequence[Path], data: DataDir) -> None:
    beside = [index_path(path, suffix) for path in paths for suffix in INDEXES]
    needed = sum(stored_size(path) for path in (*paths, *filter(Path.exists, beside)))
    free = shutil.disk_usage(data.root).free
    if needed > free:
        raise MergeRefused(
            f"{needed:,} bytes are to be joined, and {free:,} are free",
            where=data.root,
            hint="Free space, then merge again",
        )


def _join_first(
    candidates: Sequence[_Candidate], target: Path, store: str | None, report: MergeReport
) -> None:
    """Copy the first of some that say to be one file which is as it was sealed; those behind it are held."""
    is_joined = False
    for path, sealed in candidates:
        if is_joined:
            report.held += 1
        elif fault := _find_foreign(path, store):
            report.refused.append((str(path), fault))
        else:
            is_joined = _join_file(path, target, sealed, report)


def _join_file(path: Path, target: Path, sealed: str | None, report: MergeReport) -> bool:
    """Copy a WARC file, its indexes first: that of a damaged file could not be made again.

    Those that stand there are ours: of a file that was moved and lost.
    """
    indexes = {index_path(path, suffix): index_path(target, suffix) for suffix in INDEXES}
    new = {index: copied for index, copied in indexes.items() if index.exists() and not copied.exists()}
    for index, copied in new.items():
        write_durably(copied, [index.read_bytes()])
    try:
        altered = _Altered("its bytes are not those that its archive sealed or moved")
        write_durably(target, checked_pieces(read_pieces(path), sealed, altered))
    except (_Altered, FileNotFoundError) as fault:
        for copied in new.values():
            copied.unlink()
        report.refused.append((str(path), str(fault)))
        return False
    report.joined.append(path.name)
    return True


class _Altered(Exception):
    """A file is not as it was sealed."""


# The chain of a joined archive is kept as it was, and a manifest of ours names it as far as it went: so our
# root stands for each of its lines, and a root that its archive published is found again.


def _chains_of(source: DataDir) -> list[Path]:
    """Return its own chain and those that were joined to it, which have a line at least."""
    paths = [source.manifests, *sorted(source.chains.glob("*.jsonl"))]
    return [path for path in paths if path.exists() and Chain(path).entries]


def _plan_chains(paths: Sequence[Path], data: DataDir) -> dict[Path, bytes]:
    """Return where chains are kept, and their lines as they are before any file is looked at.

    Raises:
        MergeRefused: of two that begin with the same line, one kept or both to be, neither goes on with the
            other.
    """
    planned: dict[Path, bytes] = {}
    for path in paths:
        kept = data.chains / f"{name_archive(path)}.jsonl"
        # Two sources may be copies of one shard: the second is held against the first.
        lines, held = _whole_lines(path), planned[kept] if kept in planned else _whole_lines(kept)
        if not (lines.startswith(held) or held.startswith(lines)):
            raise MergeRefused(
                f"it does not go on with what was joined before, or beside it, as {kept}: one was made anew",
                where=path,
            )
        # An older state of an archive may be merged again: the longer of the two goes on with the other.
        planned[kept] = max(lines, held, key=len)
    return planned


def _whole_lines(path: Path) -> bytes:
    return b"".join(entry.line for entry in Chain(path).entries)


def _join_chain(kept: Path, lines: bytes, data: DataDir, signing: Signing, clock: Clock) -> bool:
    if len(lines) > len(_whole_lines(kept)):
        kept.parent.mkdir(exist_ok=True)
        write_durably(kept, [lines])
    digest, own = hashlib.sha256(lines).hexdigest(), Chain(data.manifests)
    if any(manifest.sha256 == digest for manifest in own.joined()):
        return False
    manifest = JoinManifest(chain=kept.stem, bytes=len(lines), sha256=digest, made_at=instant(clock()))
    own.append(manifest, signing.sign)
    return True
