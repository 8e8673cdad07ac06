"""Where backups stand: a folder, or any address that fsspec knows, with a journal of what came when."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from archive.data_folder import write_durably
from archive.manifests.chain import encode_canonical
from pipelines.errors import ExitCode, GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PIECE_BYTES = 1 << 20
_PASSWORD = re.compile("(://[^/:@]*):[^/]*@")
"""In an address: it is neither kept nor told."""


class BackupFailed(GongkaiError):
    """The target does not take or give what it should; what was backed up before is safe."""

    exit_code = ExitCode.ATTENTION


class BackupRefused(BackupFailed):
    """Target and archive do not belong together."""


class Stored(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A content of a file, as the journal names it.

    Attributes:
        path: of the file below the data directory.
        key: where the content stands below the target.
        bytes: the length of the file.
        sha256: of the file.
        mode: its permissions.
        modified_ns: when it was last written, by its machine.
        start: from which byte on the content is under this key; what is before stands under earlier keys.
    """

    path: str
    key: str
    bytes: int
    sha256: str
    mode: int
    modified_ns: int
    start: int = 0


class Addition(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the journal.

    Attributes:
        previous: the SHA-256 of the line before; None in the first.
        made_at: when, in UTC.
        stored: what came.
        gone: paths that are no more in the data directory.
        is_last: whether the backup ended with it.
    """

    previous: str | None
    made_at: str
    stored: tuple[Stored, ...]
    gone: tuple[str, ...]
    is_last: bool


class Target:
    """Where backups stand.

    Args:
        url: a folder, or an address that fsspec knows.

    Attributes:
        url: the same, without a password.
        additions: lines of its journal, in order.
        stored: path → the contents that make it, in order.

    Raises:
        BackupFailed: it cannot be reached, or its journal has a gap.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # noqa: PLC0415  not every verb needs it
        from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415  likewise

        self._given = url
        self.url = _PASSWORD.sub(r"\1:…@", url)
        self.additions: list[Addition] = []
        self.stored: dict[str, tuple[Stored, ...]] = {}
        self._newest: str | None = None
        with self._naming(""):
            self._fs, self._root = fsspec.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        self.folder = Path(self._root) if isinstance(self._fs, LocalFileSystem) else None
        self._load()

    @contextlib.contextmanager
    def _naming(self, key: str) -> Iterator[None]:
        """Say of whatever a library raises where it happened: of which kind it is, fsspec leaves open."""
        try:
            yield
        except GongkaiError:
            raise
        except Exception as error:
            where = f"{self.url}/{key}" if key else self.url
            raise BackupFailed(
                str(error).replace(self._given, self.url) or type(error).__name__,
                where=where,
                hint="Run the same command again: it goes on with what is missing",
            ) from error

    def _path(self, key: str) -> str:
        return f"{self._root.rstrip('/')}/{key}"

    def _load(self) -> None:
        lines: dict[str, bytes] = {}
        with self._naming("journal"):
            if self._fs.exists(self._path("manifests.jsonl")):
                raise BackupRefused("this is a data directory", where=self.url, hint="Name another target")
            if names := sorted(self._fs.find(self._path("journal"))):
                lines = self._fs.cat(names)
            for name, line in sorted(lines.items()):
                digest = hashlib.sha256(line).hexdigest()
                # Else it was being written when its backup was killed.
                if name.endswith(f"-{digest}.json"):
                    self._take(msgspec.json.decode(line, type=Addition), digest)

    def _take(self, addition: Addition, digest: str) -> None:
        if addition.previous != self._newest:
            raise BackupRefused(
                f"the journal has a gap behind addition {len(self.additions)}",
                where=self.url,
                hint="Name another target; what stands before the gap can be copied by hand",
            )
        for name in (name for each in addition.stored for name in (each.path, each.key)):
            if name.startswith("/") or ".." in PurePosixPath(name).parts:
                raise BackupRefused(f"the journal names {name!r}, which leads elsewhere", where=self.url)
        self._newest = digest
        self.additions.append(addition)
        for each in addition.stored:
            before = self.stored.get(each.path, ()) if each.start else ()
            self.stored[each.path] = (*before, each)
        for path in addition.gone:
            self.stored.pop(path, None)

    def commit(self, addition: Addition) -> None:
        """Write a line of the journal."""
        line = encode_canonical(msgspec.structs.replace(addition, previous=self._newest))
        digest = hashlib.sha256(line).hexdigest()
        self._write(f"journal/{len(self.additions) + 1:06}-{digest}.json", [line], 0o644)
        self._take(msgspec.json.decode(line, type=Addition), digest)

    def send(self, staged: Path, key: str, mode: int) -> bool:
        """Bring a file there, and read it back; return False where it was there already, whole.

        Raises:
            BackupFailed: the target refuses, or gives back something else.
        """
        sha256, size = digest_of(read_pieces(staged)), staged.stat().st_size
        there = None
        with self._naming(key), contextlib.suppress(FileNotFoundError):
            there = self._fs.info(self._path(key))["size"]
        if there == size and digest_of(self.read(key)) == sha256:
            return False
        self._write(key, staged, mode)
        if digest_of(self.read(key)) != sha256:
            raise BackupFailed("what was written there is not what is read there", where=f"{self.url}/{key}")
        return True

    def _write(self, key: str, content: Path | Sequence[bytes], mode: int) -> None:
        path = self._path(key)
        with self._naming(key):
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            if self.folder:
                pieces = read_pieces(content) if isinstance(content, Path) else content
                write_durably(Path(path), pieces, mode)
            elif isinstance(content, Path):
                self._fs.put_file(str(content), path)
            else:
                self._fs.pipe_file(path, b"".join(content))

    def read(self, *keys: str) -> Iterator[bytes]:
        """Yield what stands under keys, one after the other, in pieces."""
        for key in keys:
            with self._naming(key), self._fs.open(self._path(key), "rb") as file:
                while piece := file.read(_PIECE_BYTES):
                    yield piece

    def is_whole(self, path: str) -> bool:
        """Whether a file that is stored there can be read there, and is what it was."""
        parts = self.stored[path]
        try:
            return digest_of(self.read(*(part.key for part in parts))) == parts[-1].sha256
        except BackupFailed as failed:
            if isinstance(failed.__cause__, FileNotFoundError):
                return False
            raise


def read_pieces(path: Path, start: int = 0, end: int = sys.maxsize) -> Iterator[bytes]:
    """Yield the bytes of a file, from a place on and up to another."""
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(min(_PIECE_BYTES, end - file.tell())):
            yield piece


def digest_of(pieces: Iterable[bytes]) -> str:
    """Return the SHA-256 of bytes in pieces, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
