"""Makes manifests: of WARC files that have none, and of a night.

The verb that holds the lock makes them, when it begins and when it ends, so that what a killed run left is
made up for by the next.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from archive.clock import Clock, instant, night_of
from archive.data_folder import DataDir, write_durably
from archive.manifests.chain import (
    Chain,
    CopyState,
    FileManifest,
    Link,
    NightManifest,
    SnapshotState,
    encode_canonical,
)
from archive.manifests.proofs import tree_root
from archive.warc.cdxj import PAGES_SUFFIX
from archive.warc.entries import ArchiveError
from archive.warc.files import archive_files, complete_indexes
from archive.warc.moved_files import stored_size
from archive.warc.record_index import index_path, read_record_index
from archive.warc.walk import sha256_of

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from archive.manifests.signatures import Signing

logger = logging.getLogger(__name__)

SIDE_FILE = "manifest.json"
"""Beside the files of a snapshot: the line of the chain that names it. `SHA256SUMS` cannot list it."""
SUMS_FILE = "SHA256SUMS"

# Source: https://www.sqlite.org/fileformat.html, section 1.3.7
_CHANGE_COUNTER = slice(24, 28)


def note_sealed_files(data: DataDir, signing: Signing, *, found: bool, clock: Clock) -> Chain:
    """Make a manifest of each sealed WARC file that has none; the caller holds the lock.

    Args:
        data: the data directory.
        signing: what the operator signs with.
        found: whether the files were there before this verb.
        clock: dates the manifests.

    Raises:
        OSError: the disk refuses.
    """
    complete_indexes(data.warc)
    chain = Chain(data.manifests)
    known = chain.files()
    for path in archive_files(data.warc):
        if path.name in known:
            continue
        try:
            manifest = describe_file(path, found=found, made_at=instant(clock()))
        except OSError as unreadable:
            logger.warning("no manifest of what cannot be read: %s", unreadable)
        else:
            chain.append(manifest, signing.sign)
    return chain


def describe_file(path: Path, *, found: bool, made_at: str) -> FileManifest:
    """Describe a sealed WARC file; a damaged one, which has no index of records, by its bytes alone."""
    pages = index_path(path, PAGES_SUFFIX)
    manifest = FileManifest(
        file=path.name,
        bytes=stored_size(path),
        sha256=sha256_of(path),
        pages_sha256=sha256_of(pages) if pages.exists() else None,
        found=found,
        made_at=made_at,
    )
    try:
        entries = list(read_record_index(path))
    except (FileNotFoundError, ArchiveError) as damage:
        logger.warning("%s: its records are in no manifest: %s", path.name, damage)
        return manifest
    return manifest.replace(
        records=len(entries),
        records_sha256=hashlib.sha256(b"".join(entry.line() for entry in entries)).hexdigest(),
        tree=tree_root([bytes.fromhex(entry.sha256) for entry in entries]).hex(),
    )


def close_night(
    data: DataDir,
    signing: Signing,
    *,
    clock: Clock,
    night: dt.date | None = None,
    published: Path | None = None,
    snapshot: Path | None = None,
) -> Link:
    """Make the manifest of a night, after those of its files; the caller holds the lock.

    Args:
        data: the data directory.
        signing: what the operator signs and stamps with.
        clock: dates the manifest.
        night: its Shanghai date; None for that of the clock.
        published: the copy that was published, named once as it is; None where none was.
        snapshot: the folder that was written; None where none was.

    Raises:
        OSError: the disk refuses.
    """
    chain = note_sealed_files(data, signing, found=False, clock=clock)
    # Not only those of this verb: what a killed run sealed belongs to the next night that is closed.
    told = {file for _, manifest in chain.nights() for file in manifest.files}
    closed = NightManifest(
        night=(night or night_of(clock())).isoformat(),
        files=tuple(file for file in chain.files() if file not in told),
        copy=describe_copy(published) if published and not _is_told(chain, published) else None,
        snapshot=SnapshotState(snapshot.name, sha256_of(snapshot / SUMS_FILE)) if snapshot else None,
        made_at=instant(clock()),
    )
    link = chain.append(closed, signing.sign)
    if snapshot:
        write_durably(snapshot / SIDE_FILE, [encode_canonical(link), b"\n"])
    return link


def _is_told(chain: Chain, copy: Path) -> bool:
    """Whether the last copy that a night names is this one as it is, by its length and counter of changes."""
    told = [night.copy for _, night in chain.nights() if night.copy]
    state = copy.name, copy.stat().st_size, read_change_counter(copy)
    return bool(told) and (told[-1].name, told[-1].bytes, told[-1].change_counter) == state


def describe_copy(path: Path) -> CopyState:
    """Describe a published copy by its bytes; its name says its rows."""
    return CopyState(path.name, path.stat().st_size, sha256_of(path), read_change_counter(path))


def read_change_counter(path: Path) -> int:
    """Return how many transactions changed a database, as its head says."""
    with path.open("rb") as file:
        return int.from_bytes(file.read(_CHANGE_COUNTER.stop)[_CHANGE_COUNTER])
