"""Sealed WARC files that stand elsewhere: moved there once they are sealed, and read there by range.

    warc/NAME.warc.gz ─ whole as sealed? ─▶ STORE/SHA256/NAME.warc.gz ─ read back: the same? ─▶ link ─▶ warc/

What stays is a symbolic link that leads the system nowhere: `s3://bucket/gongkai/SHA256/NAME.warc.gz#BYTES`
says where the file is, what it is and how long, so that who lists or measures asks nobody. At every moment
there is a whole file, here or there. A marker at the root of the store, written before the first file, tells
it from what else may stand at its address (the folder of a disk that is not mounted, another bucket), and by
the SHA-256 of the first line of its chain whose archive it is: of a store of another's no file is missing.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import stat
import threading
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from archive.data_folder import DataDir, name_archive, sync_folder
from archive.remote_folder import RemoteFolder, digest_of
from pipelines.errors import GongkaiError

# So much is asked for at a place in a file: most records take no more.
_FIRST_BYTES = 1 << 18
# It doubles while reading goes on from there, up to so much.
_MOST_BYTES = 1 << 22
# Of so many files, what was asked for last is kept: records are read one behind the other.
_FILES = 4
_MARKER = "gongkai-store"
_MARKER_TEXT = """\
WARC files of an archive stand here. Where this file lacks, gongkai takes the store for another.
The manifests of that archive begin with the line whose SHA-256 is {}
"""
_OWNER = re.compile(r"\b[0-9a-f]{64}\b")
_LINK = re.compile(r"(.*://.*)/([0-9a-f]{64})/([^/]+)#([0-9]{1,18})")
# Neither upwards, nor through another file system of fsspec, whose addresses are chained by `::`.
_BELOW = re.compile(r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9_.-]+)*")
_HINT = (
    "That says nothing of the evidence there. See that the address can be reached, with the keys that its own"
    " tools take, and for S3 `pip install 'gongkai[s3]'`; then run the same command again"
)


class StoreUnreachable(GongkaiError):
    """The address at which WARC files stand does not answer as it should."""


class Moved(NamedTuple):
    """Where a WARC file stands that is not here.

    Attributes:
        store: the address of all.
        sha256: of its bytes.
        size: how long it is, in bytes.
        path: where its link stands, which has its name.
    """

    store: str
    sha256: str
    size: int
    path: Path

    @property
    def key(self) -> str:
        """Where it stands below the store."""
        return f"{self.sha256}/{self.path.name}"

    def link(self) -> str:
        """Return what the link in its place says."""
        return f"{self.store}/{self.key}#{self.size}"


def find_moved(path: Path) -> Moved | None:
    """Return where a WARC file stands; None for one that is here, or nowhere."""
    try:
        return _parse_link(path, os.readlink(path))  # noqa: PTH115  a path would lose a slash of it
    except OSError:
        return None


def _parse_link(path: Path, link: str) -> Moved | None:
    found = _LINK.fullmatch(link)
    # One that names another file was made by nobody here.
    is_ours = found and found[3] == path.name
    return Moved(found[1], found[2], int(found[4]), path) if found and is_ours else None


def is_stored(path: Path) -> bool:
    """Whether a WARC file is here, or stands elsewhere; whether it can be read there, nobody is asked."""
    return path.is_file() or find_moved(path) is not None


def stored_size(path: Path) -> int:
    """Return the length of a WARC file in bytes, wherever it stands.

    Raises:
        FileNotFoundError: there is none.
    """
    moved = find_moved(path)
    return moved.size if moved else path.stat().st_size


def known_size(path: Path) -> int:
    """Return what `stored_size` does; 0 where there is no file, of which whoever reads it is told."""
    try:
        return stored_size(path)
    except OSError:
        return 0


def open_raw(path: Path, *, anew: bool = False) -> io.RawIOBase:
    """Open a WARC file wherever it stands.

    Args:
        path: the file.
        anew: whether what was read of it before is read again.

    Raises:
        FileNotFoundError: there is none; of one that stands elsewhere, reading tells.
        OSError: it cannot be opened, or is a pipe or a device.
    """
    try:
        return _open_file(path)
    except FileNotFoundError:
        if (moved := find_moved(path)) is None:
            raise
        return _MovedFile(_Window(moved) if anew else shared_window(moved))


def _open_file(path: Path) -> io.FileIO:
    # Opening a pipe of its name would wait for somebody to write into it.
    file = io.FileIO(path, opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "this is no regular file", str(path))


class _Window:
    """What of a file was asked for last."""

    def __init__(self, moved: Moved) -> None:
        self.moved = moved
        self._lock = threading.Lock()
        self._start, self._held, self._step = 0, b"", 0

    def read(self, at: int, size: int) -> bytes:
        """Return up to so many bytes from a place on; none at the end of the file."""
        if at >= self.moved.size:
            return b""
        with self._lock:
            # Below 0 the place is within what is held, or before it; 0 goes on behind it.
            gap = at - self._start - len(self._held)
            if at < self._start or gap >= 0:
                goes_on = self._held and 0 <= gap < self._step
                self._step = min(2 * self._step, _MOST_BYTES) if goes_on else _FIRST_BYTES
                self._start, self._held = at, _fetch(self.moved, at, at + self._step)
            begin = at - self._start
            return self._held[begin : begin + size]


shared_window = lru_cache(_FILES)(_Window)
"""The window of a file for all who read it in this process; `cache_clear` forgets what was read."""


class _MovedFile(io.RawIOBase):
    """A file that stands elsewhere, for reading."""

    def __init__(self, window: _Window) -> None:
        super().__init__()
        self._window = window
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._window.moved.size)[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._window.read(self._at, len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


@lru_cache(_FILES)
def _open_store(url: str) -> RemoteFolder:
    return RemoteFolder(url, StoreUnreachable, _HINT)


def _fetch(moved: Moved, start: int, end: int) -> bytes:
    """Return bytes of a file that stands elsewhere; fewer where it ends before.

    Raises:
        FileNotFoundError: the store answers, is not that of another archive, and lacks this file.
        StoreUnreachable: it does not, which tells nothing of the file.
    """
    store = _open_store(moved.store)
    with store.naming(moved.key):
        try:
            return bytes(store.fs.cat_file(moved.key, start=start, end=min(end, moved.size)))
        except FileNotFoundError:
            own = name_archive(DataDir(moved.path.parent.parent).manifests)
            if _read_owner(store) not in (None, own):
                raise _of_another(store) from None
        except OSError:
            # Asked behind its end a store answers with an error (416): a file that was cut there reads as
            # ended.
            if store.fs.size(moved.key) > start:
                raise
            return b""
    # Outside, for it is no failure of the store.
    raise FileNotFoundError(errno.ENOENT, "the store does not hold it", f"{store.url}/{moved.key}")


def is_within(moved: Moved, store: str | None) -> bool:
    """Whether a file stands at an address, or below it."""
    named = (store or "").rstrip("/")
    return bool(named and moved.store.startswith(named) and _BELOW.fullmatch(moved.store, len(named)))


def is_lost(path: Path) -> bool:
    """Whether a WARC file was moved and is not there, or cut; one that cannot be asked for is not lost."""
    try:
        if moved := find_moved(path):
            return not _fetch(moved, moved.size - 1, moved.size)
    except StoreUnreachable:
        return False
    except FileNotFoundError:
        return True
    return False


def is_reached(url: str) -> bool:
    """Whether a store answers, and is one to which files were moved."""
    try:
        _read_owner(_open_store(url))
    except StoreUnreachable:
        return False
    return True


def _read_owner(store: RemoteFolder) -> str | None:
    """Return which archive the marker of a store names; None for one of before, or that people emptied.

    Raises:
        StoreUnreachable: it has none, and cannot be told from a store to which nothing was moved.
    """
    with store.naming(_MARKER):
        try:
            found = _OWNER.search(store.fs.cat_file(_MARKER).decode("utf-8", "replace"))
        except FileNotFoundError:
            raise StoreUnreachable(
                "the marker of the store is not there: the disk is not mounted, or this is another place",
                where=f"{store.url}/{_MARKER}",
                hint=f"{_HINT}. If all files are there, put an empty file of that name beside their folders",
            ) from None
    return found and found[0]


def _of_another(store: RemoteFolder) -> StoreUnreachable:
    return StoreUnreachable(
        "the marker does not name this archive: the files of another stand there",
        where=f"{store.url}/{_MARKER}",
        hint="See that the address is that of this archive: each takes a store of its own, as STORE/1 and"
        " STORE/2. Where these are files of this one, as after a restore, put an empty file of that name"
        " there",
    )


def prepare_store(url: str, archive: str, *, is_new: bool) -> None:
    """See that files can be moved to an address, and let its marker name the archive if it names none.

    Args:
        url: the address of the store.
        archive: its name, as `name_archive` tells it.
        is_new: whether no file of this archive stands there yet, so that it may lack its marker.

    Raises:
        StoreUnreachable: it does not answer, is not where the files stand that were moved before, or is that
            of another archive.
    """
    store = _open_store(url.rstrip("/"))
    if not is_new:
        _read_owner(store)
    said = b"".join(store.read(_MARKER)).decode("utf-8", "replace")
    owner = _OWNER.search(said)
    # One of before names nobody: it is ours where files of ours stand there, or where people emptied it.
    if owner is None and not (said and is_new):
        store.write(_MARKER, [_MARKER_TEXT.format(archive).encode()])
        _read_owner(store)
    elif owner is None or owner[0] != archive:
        raise _of_another(store)


def move_file(path: Path, url: str, sha256: str) -> bool:
    """Move a sealed file to a store, and leave a link; return whether it was whole, and is there now.

    Args:
        path: the file, to which nobody writes.
        url: the address of the store.
        sha256: of its bytes, as it was sealed.

    Raises:
        StoreUnreachable: the store does not take or give what it should; the file stays.
        OSError: the disk refuses; likewise.
    """
    state = path.stat()
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            return False
    moved = Moved(url.rstrip("/"), sha256, state.st_size, path)
    store = _open_store(moved.store)
    if _parse_link(path, moved.link()) != moved:
        raise StoreUnreachable("no link can say this address", where=url, hint=_HINT)
    if not _is_whole(store, moved):
        with path.open("rb") as file:
            store.write(moved.key, iter(partial(file.read, _FIRST_BYTES), b""))
        if not _is_whole(store, moved):
            raise StoreUnreachable(
                "it is not what was sent there", where=f"{store.url}/{moved.key}", hint=_HINT
            )
    if store.path:
        # Before the only copy here goes, whoever wrote the other, and was killed behind it.
        sync_folder(store.path / sha256)
        sync_folder(store.path)
    # A link cannot be written over a file; renamed over it, there is one or the other at any moment.
    link = path.with_name(f".making-{path.name}")
    link.unlink(missing_ok=True)
    link.symlink_to(moved.link())
    # A backup tells by the date that the file is as it was, and need not fetch it back to see.
    os.utime(link, ns=(state.st_atime_ns, state.st_mtime_ns), follow_symlinks=False)
    link.rename(path)
    sync_folder(path.parent)
    return True


def _is_whole(store: RemoteFolder, moved: Moved) -> bool:
    return digest_of(store.read(moved.key)) == moved.sha256
