"""The chain of manifests, `manifests.jsonl`: a line for each sealed WARC file, night and chain joined.

    {"manifest":{…,"previous":"<SHA-256 of the line before>"},"signature":"…","stamp":"…"}

A line is canonical: JSON with sorted keys and no white space. Signed and stamped is the value of `manifest`,
in these very bytes; its SHA-256 is called its root, for it stands for every line before it. `previous` is of
the whole line, its line end included, so that signatures and stamps are covered too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import json

from archive.data_folder import naming_file, sync_folder
from archive.warc.entries import foreign_mark
from archive.warc.record_index import Seal
from pipelines.structs import FrozenStruct

encode_canonical = json.Encoder(order="sorted").encode
"""Writes JSON with sorted keys and no white space; bytes as Base64."""


class _Manifest(FrozenStruct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every manifest says.

    Attributes:
        made_at: when, in UTC.
        previous: the SHA-256 of the line before; None in the first.
        key: the Ed25519 key that it is signed with, 32 bytes; None where it is unsigned.
    """

    made_at: str
    previous: str | None = None
    key: bytes | None = None


class FileManifest(_Manifest, frozen=True, tag="file", tag_field="kind"):
    """A sealed WARC file.

    Attributes:
        file: its name.
        bytes: its length.
        sha256: of its bytes.
        records: how many records it holds; None where damage keeps them from being told.
        records_sha256: of the lines of its index of records.
        tree: the root of the Merkle tree over the digests of its records.
        pages_sha256: of its index of pages; None where it has none, or the manifest is of before.
        found: whether it was there when a verb began: of a killed run, put there, or of before the chain.
    """

    file: str
    bytes: int
    sha256: str
    records: int | None = None
    records_sha256: str | None = None
    tree: str | None = None
    pages_sha256: str | None = None
    found: bool = False

    @property
    def seal(self) -> Seal | None:
        """What the file and its index of records are held against; None where no index was sealed with it."""
        as_written = not self.found and not foreign_mark(self.file)
        return Seal(self.sha256, self.records_sha256, as_written) if self.records_sha256 else None


class CopyState(FrozenStruct, forbid_unknown_fields=True):
    """A published copy: the name that its rows give it, its bytes, SQLite's counter of their changes."""

    name: str
    bytes: int
    sha256: str
    change_counter: int


class SnapshotState(FrozenStruct, forbid_unknown_fields=True):
    """A snapshot: its folder, and the SHA-256 of its `SHA256SUMS`, which covers every file."""

    folder: str
    sha256: str


class NightManifest(_Manifest, frozen=True, tag="night", tag_field="kind"):
    """The end of a night, or of a verb that published.

    Attributes:
        night: its Shanghai date.
        files: the WARC files added since the night before.
        copy: what was published; None where nothing was.
        snapshot: what was written; None where nothing was.
    """

    night: str
    files: tuple[str, ...]
    copy: CopyState | None = None
    snapshot: SnapshotState | None = None


class JoinManifest(_Manifest, frozen=True, tag="join", tag_field="kind"):
    """The chain of an archive whose files were joined to this one, as far as it went by then.

    Attributes:
        chain: the SHA-256 of its first line, by which it is kept: `chains/<chain>.jsonl`.
        bytes: its length by then.
        sha256: of these bytes.
    """

    chain: str
    bytes: int
    sha256: str


Manifest = FileManifest | NightManifest | JoinManifest
_Kind = TypeVar("_Kind", FileManifest, NightManifest, JoinManifest)


class Link(FrozenStruct, forbid_unknown_fields=True, omit_defaults=True):
    """A manifest with its signature (Ed25519, 64 bytes) and its stamp (an RFC 3161 response)."""

    manifest: Manifest
    signature: bytes | None = None
    stamp: bytes | None = None

    @property
    def message(self) -> bytes:
        """The bytes that are signed and stamped."""
        return encode_canonical(self.manifest)

    @property
    def root(self) -> str:
        """The SHA-256 of the manifest."""
        return hashlib.sha256(self.message).hexdigest()

    @property
    def standing(self) -> str:
        """Say whether it is signed, and whether it is stamped."""
        return ("signed" if self.signature else "unsigned") + (", stamped" if self.stamp else "")


def read_link(line: bytes) -> Link | None:
    """Read a line without its end; None where it is not, byte for byte, what a manifest is written as."""
    try:
        link = json.decode(line, type=Link)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    # Signatures are over these bytes: a line that reads the same and is written otherwise would not be what
    # was signed.
    return link if encode_canonical(link) == line else None


class Entry(FrozenStruct):
    """A line of the chain.

    Attributes:
        offset: where it begins, in bytes.
        line: what stands there, its line end included.
        link: what it says; None where it cannot be read.
    """

    offset: int
    line: bytes
    link: Link | None

    @property
    def digest(self) -> str:
        """The SHA-256 of the line, which the next manifest names."""
        return hashlib.sha256(self.line).hexdigest()


class Chain:
    """The manifests of a data directory.

    Args:
        path: `manifests.jsonl`; need not exist.
        judged: whether it is read to be judged alone: one that cannot be read has no entries then.

    Attributes:
        entries: its lines in order.
        size: how many bytes they are.
        torn: what stands behind the last line end: a manifest that a power cut left unfinished.
        fault: why it could not be read, where it is judged.

    Raises:
        OSError: it cannot be read, and is not judged.
    """

    def __init__(self, path: Path, *, judged: bool = False) -> None:
        self._path = path
        self.size = 0
        self.entries: list[Entry] = []
        self.fault: OSError | None = None
        content = b""
        try:
            content = path.read_bytes() if path.exists() else content
        except OSError as fault:
            if not judged:
                raise
            self.fault = fault
        *lines, self.torn = content.split(b"\n")
        for line in lines:
            self._add(line, read_link(line))

    def _add(self, line: bytes, link: Link | None) -> None:
        self.entries.append(Entry(self.size, line + b"\n", link))
        self.size += len(line) + 1

    def append(self, manifest: Manifest, sign: Callable[[Manifest], Link]) -> Link:
        """Add a manifest, durably; the caller holds the lock of the data directory.

        Args:
            manifest: what it says, but for the line before.
            sign: signs and stamps it.

        Raises:
            OSError: the disk refuses; what is left of the line is cut off by the next.
        """
        previous = self.entries[-1].digest if self.entries else None
        link = sign(manifest.replace(previous=previous))
        line = encode_canonical(link)
        with naming_file(self._path), self._path.open("ab") as file:
            # What a power cut left of a line goes first: appended to it, the next would be unreadable, too.
            file.truncate(self.size)
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._path.parent)
        self._add(line, link)
        return link

    def files(self) -> dict[str, FileManifest]:
        """Return the manifest of each WARC file, by its name.

        It is the first: what is sealed does not change, and who could write another manifest behind it, by
        which an altered file is sound, has altered it.
        """
        named: dict[str, FileManifest] = {}
        for _, manifest in self._of_kind(FileManifest):
            named.setdefault(manifest.file, manifest)
        return named

    def seals(self) -> dict[str, Seal]:
        """Return what `verify_file` takes of each file whose index of records was sealed with it."""
        return {name: manifest.seal for name, manifest in self.files().items() if manifest.seal}

    def joined(self) -> list[JoinManifest]:
        """Return what the lines of joined chains say, in order."""
        return [manifest for _, manifest in self._of_kind(JoinManifest)]

    def nights(self) -> list[tuple[Link, NightManifest]]:
        """Return what the lines of nights say, in order."""
        return self._of_kind(NightManifest)

    def _of_kind(self, kind: type[_Kind]) -> list[tuple[Link, _Kind]]:
        links = (entry.link for entry in self.entries if entry.link)
        return [(link, link.manifest) for link in links if isinstance(link.manifest, kind)]
