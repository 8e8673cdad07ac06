"""A folder of this machine, or of any address that fsspec knows: S3, SFTP and the like."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from archive.data_folder import write_durably
from pipelines.errors import GongkaiError

_PIECE_BYTES = 1 << 20
# In an address: it is neither kept nor told.
_PASSWORD = re.compile("(://[^/:@]*):[^/]*@")


def digest_of(pieces: Iterable[bytes]) -> str:
    """Return the SHA-256 of bytes in pieces, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def checked_pieces(pieces: Iterable[bytes], sha256: str | None, fault: Exception) -> Iterator[bytes]:
    """Yield bytes in pieces; behind the last raise a fault where their SHA-256 is not what it should be."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    if sha256 not in (None, digest.hexdigest()):
        raise fault


class RemoteFolder:
    """A folder at an address.

    Args:
        url: a path, or an address that fsspec knows.
        failure: what is raised of whatever a library raises.
        hint: what to do then.

    Attributes:
        url: the same, without a password.
        fs: the file system below it.
        path: where it is a folder of this machine.

    Raises:
        GongkaiError: the failure: it is no such address, or what opens it is not installed.
    """

    def __init__(self, url: str, failure: type[GongkaiError], hint: str) -> None:
        import fsspec  # noqa: PLC0415  not every verb needs it
        from fsspec.implementations.dirfs import DirFileSystem  # noqa: PLC0415  likewise
        from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415  likewise

        self._given, self._failure, self._hint = url, failure, hint
        self.url = _PASSWORD.sub(r"\1:…@", url)
        with self.naming():
            fs, root = fsspec.url_to_fs(url, skip_instance_cache=True)
            # As an option, SFTP would hand it on to the connection, which knows none of that name.
            fs.dircache.use_listings_cache = False
            self.path = Path(root) if isinstance(fs, LocalFileSystem) else None
            self.fs = DirFileSystem(root, fs, skip_instance_cache=True)

    @contextlib.contextmanager
    def naming(self, *key: str) -> Iterator[None]:
        """Say of whatever a library raises where it happened."""
        try:
            yield
        except GongkaiError:
            raise
        except Exception as error:  # botocore, paramiko, aiohttp: fsspec leaves open what a store raises
            raise self._failure(
                # Libraries print the address as it was given, password and all.
                str(error).replace(self._given, self.url) or type(error).__name__,
                where="/".join((self.url, *key)),
                hint=self._hint,
            ) from error

    def write(self, key: str, pieces: Iterable[bytes], mode: int = 0o644) -> None:
        """Write a file; of one that breaks off elsewhere than on this machine, a part may stand there."""
        with self.naming(key):
            self.fs.makedirs(key.rpartition("/")[0], exist_ok=True)
            if self.path:
                write_durably(self.path / key, pieces, mode)
            else:
                with self.fs.open(key, "wb") as file:
                    file.writelines(pieces)

    def read(self, key: str) -> Iterator[bytes]:
        """Yield what a file holds, in pieces; nothing where there is none."""
        with self.naming(key), contextlib.suppress(FileNotFoundError), self.fs.open(key, "rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
