"""Names and renames of WARC files: open under one name, sealed under another, never overwritten."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from typing import TYPE_CHECKING

from archive.durable import sync_folder
from archive.warc.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

OPEN_SUFFIX = ".open"
SEALED_SUFFIXES = (".warc.gz", ".warc")

_LAST_SERIAL = 99_999


def open_name(sealed: Path) -> Path:
    """Return the name under which a file stands while it is written."""
    return sealed.with_name(sealed.name + OPEN_SUFFIX)


def sealed_name(opened: Path) -> Path:
    """Return the name that a file gets once nothing is added to it any more."""
    return opened.with_name(opened.name.removesuffix(OPEN_SUFFIX))


def archive_files(folder: Path) -> tuple[Path, ...]:
    """Return the sealed WARC files of a folder, by name: for ours, the order in which they were begun."""
    return tuple(sorted(path for path in folder.iterdir() if path.name.endswith(SEALED_SUFFIXES)))


def open_files(folder: Path) -> tuple[Path, ...]:
    """Return the files that were never sealed, by name."""
    return tuple(sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}")))


def create(folder: Path, at: dt.datetime) -> tuple[Path, int]:
    """Create the next file of a folder, locked for the caller, and return its sealed name and descriptor.

    Raises:
        ArchiveError: every name of this second is taken.
        OSError: the file cannot be made.
    """
    stamp = at.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")
    for serial in range(_LAST_SERIAL + 1):
        sealed = folder / f"gongkai-{stamp}-{serial:05}.warc.gz"
        opened = open_name(sealed)
        try:
            descriptor = os.open(opened, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            continue
        # Only who holds the open name may seal it: looked at afterwards, the sealed name cannot appear.
        if sealed.exists():
            opened.unlink()
            os.close(descriptor)
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return sealed, descriptor
    raise ArchiveError(f"no free file name is left for {stamp}", where=str(folder))


def seal(opened: Path) -> Path:
    """Rename a file that is complete and synced to its sealed name, durably.

    Raises:
        ArchiveError: a sealed file of that name is there already.
        OSError: the rename fails.
    """
    sealed = sealed_name(opened)
    if sealed.exists():
        raise ArchiveError("a sealed file of that name is there already", where=str(sealed))
    opened.rename(sealed)
    sync_folder(sealed.parent)
    return sealed
