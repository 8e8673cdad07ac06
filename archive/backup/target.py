"""What belongs into a backup, and where that stands: in a folder, or at any address that fsspec knows."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import yaml
from msgspec import Struct

from archive.data_folder import DataDir, write_durably
from archive.manifests.chain import encode_canonical
from archive.remote_folder import RemoteFolder, checked_pieces, digest_of
from archive.warc.walk import read_pieces
from pipelines.errors import ExitCode, GongkaiError
from pipelines.structs import FrozenStruct

_GO_ON = "Run the same command again: it goes on with what is missing"


class BackupFailed(GongkaiError):
    """The target does not take or give what it should; what was backed up before is safe."""

    exit_code = ExitCode.ATTENTION


class BackupRefused(BackupFailed):
    """Target and archive do not belong together."""


class BackupDamaged(BackupFailed):
    """What stands at the target is gone, or is not what was sent."""


class Row(FrozenStruct, forbid_unknown_fields=True):
    """What stands in a data directory under names of one pattern (`data_contents.yaml`).

    Attributes:
        pattern: of the path below the data directory; `*` stands for slashes too.
        kind: what it is. All but what is derived belongs into a backup.
        meaning: in words.
        may_go: whether one that is gone was removed on purpose, so that a restore leaves it out too.
        without: statements that take from its copy, a database, what other files hold.
        lasting: columns of a database, as `table.column`, whose values stay once they are there.
    """

    pattern: str
    kind: Literal["evidence", "own", "history", "derived"]
    meaning: str
    may_go: bool = False
    without: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()


@cache
def contents() -> tuple[Row, ...]:
    """Return what stands in a data directory, in the order of the table."""
    text = files("archive").joinpath("data_contents.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[Row, ...])


def find_row(name: str, rows: Sequence[Row]) -> Row | None:
    """Return what a file is by its path below the data directory; None where nothing is known of it."""
    return next((row for row in rows if fnmatchcase(name, row.pattern)), None)


def in_order_of_contents(paths: Iterable[str], rows: Sequence[Row]) -> list[str]:
    """Return paths in the order of a table; what only a configuration names, last."""
    places = [*rows, None]
    return sorted(paths, key=lambda path: (places.index(find_row(path, rows)), path))


# What stands at a target: files in parts, and a journal of what came when.


class Part(FrozenStruct, forbid_unknown_fields=True, omit_defaults=True):
    """What a file holds from one byte up to another, as the journal names it.

    Attributes:
        path: of the file below the data directory.
        end: up to which byte; for the last part, the length of the file.
        sha256: of these bytes.
        mode: the permissions of the file.
        modified_ns: when it was last written, by its machine.
        start: from which byte on; what is before stands in earlier parts.
    """

    path: str
    end: int
    sha256: str
    mode: int
    modified_ns: int
    start: int = 0

    @property
    def key(self) -> str:
        """Where it stands below the target."""
        return f"files/{self.path}/{self.start}-{self.sha256}"


class Addition(FrozenStruct, forbid_unknown_fields=True):
    """A line of the journal.

    Attributes:
        made_at: when, in UTC.
        parts: what came.
        gone: paths that are no more in the data directory.
        is_last: whether the backup ended with it.
    """

    made_at: str
    parts: tuple[Part, ...]
    gone: tuple[str, ...]
    is_last: bool


class Target:
    """Where backups stand.

    Args:
        url: a folder, or an address that fsspec knows.

    Attributes:
        url: the same, without a password.
        additions: lines of its journal, in order.
        files: path → the parts that make it, in order.
        folder: where it is one of this machine.

    Raises:
        BackupFailed: it cannot be reached.
        BackupRefused: it is a data directory, or its journal has a gap.
    """

    def __init__(self, url: str) -> None:
        self._place = RemoteFolder(url, BackupFailed, _GO_ON)
        self.url, self.folder = self._place.url, self._place.path
        self.additions: list[Addition] = []
        self.files: dict[str, tuple[Part, ...]] = {}
        with self._place.naming():
            self._load()

    def _load(self) -> None:
        fs = self._place.fs
        if fs.exists("manifests.jsonl"):
            raise BackupRefused("this is a data directory", where=self.url, hint="Name another target")
        names = fs.find("journal")
        lines = fs.cat(names) if names else {}
        for name, line in sorted(lines.items()):
            # Else it was being written when its backup was killed.
            if name.endswith(_name_line("", line)):
                if name != _name_line(self._next, line):
                    raise BackupRefused(
                        f"the journal has a gap behind addition {len(self.additions)}",
                        where=self.url,
                        hint="Name another target; what stands before the gap can be copied by hand",
                    )
                self._take(msgspec.json.decode(line, type=Addition))

    @property
    def _next(self) -> str:
        return f"journal/{len(self.additions) + 1:06}"

    def _take(self, addition: Addition) -> None:
        self.additions.append(addition)
        for part in addition.parts:
            if part.path.startswith("/") or ".." in part.key.split("/"):
                raise BackupRefused(f"the journal names {part.key!r}, which leads elsewhere", where=self.url)
            # A part that begins at 0 replaces all before it: the file was sent anew.
            before = (each for each in self.files.get(part.path, ()) if each.start < part.start)
            self.files[part.path] = (*before, part)
        for path in addition.gone:
            self.files.pop(path, None)

    def commit(self, addition: Addition) -> None:
        """Write a line of the journal."""
        line = encode_canonical(addition)
        self._place.write(_name_line(self._next, line), [line])
        self._take(addition)

    def send(self, part: Part, source: Path) -> None:
        """Bring a part of a file there, and read it back; what is there already, whole, stays.

        Raises:
            BackupFailed: the target refuses, or gives back something else.
        """
        # Its name is its digest, so what is whole there under it was sent before a kill and need not go
        # again.
        if not self.is_whole(part):
            self._place.write(part.key, read_pieces(source, part.start, part.end), part.mode)
            _read_through(self.read(part))

    def read(self, part: Part) -> Iterator[bytes]:
        """Return what stands there of a part, in pieces.

        Raises:
            BackupDamaged: behind the last piece, where it is not what was sent.
        """
        damaged = BackupDamaged("it is not what was sent there", where=f"{self.url}/{part.key}")
        return checked_pieces(self._place.read(part.key), part.sha256, damaged)

    def is_whole(self, part: Part) -> bool:
        """Whether a part can be read there, and is what was sent."""
        try:
            _read_through(self.read(part))
        except BackupDamaged:
            return False
        return True


def _name_line(numbered: str, line: bytes) -> str:
    return f"{numbered}-{hashlib.sha256(line).hexdigest()}.json"


def _read_through(pieces: Iterator[bytes]) -> None:
    deque(pieces, maxlen=0)


def goes_on(file: Path, parts: Iterable[Part]) -> bool:
    """Whether a file begins with, or is, what was sent of it."""
    return all(digest_of(read_pieces(file, part.start, part.end)) == part.sha256 for part in parts)


class BackupReport(Struct):
    """What a backup or a restore did; of the last one it is kept.

    Attributes:
        target: where the backup stands.
        additions: how many it is made of.
        made_at: when the newest addition was made; None where there is none.
        files: how many files came, of which `bytes` went over.
        held: how many were there already.
        findings: what is damaged or missing, in words.
        left_out: what is not in the backup, and why.
        is_under_way: whether it is of a restore that has not ended.
    """

    target: str
    additions: int = 0
    made_at: str | None = None
    files: int = 0
    bytes: int = 0
    held: int = 0
    findings: list[str] = []
    left_out: list[str] = []
    is_under_way: bool = False

    def __str__(self) -> str:
        """Say in a line how much went over."""
        return f"{self.files} files ({self.bytes / 1e6:.1f} MB), {self.held} were there: {self.target}"


def note_backup(data: DataDir, target: Target, report: BackupReport) -> None:
    """Report of when a backup is, and keep the report of the last one."""
    report.additions, report.made_at = len(target.additions), target.additions[-1].made_at
    write_durably(data.last_backup, [encode_canonical(report)])


def read_last_backup(data: DataDir) -> BackupReport | None:
    """Return what the last backup did; None where none was made, or that is not known."""
    try:
        return msgspec.json.decode(data.last_backup.read_bytes(), type=BackupReport)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
