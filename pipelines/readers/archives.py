"""Archives (ZIP, RAR, 7z), each member read by the reader of its own type.

archive ─ unpacked ─▶ members ─┬─ read ────▶ its name, then its blocks
                               ├─ waits ───▶ its name, and a note why
                               ├─ fails ───▶ its name, and a note why
                               └─ archive ─▶ its members, once

A member is unpacked when it is asked for, never to its path: of a ZIP by the standard library, of RAR and 7z
by bsdtar in a process of its own, with its own locale for names, which a library in this process has not. Its
clock is that of the child process in which files are read, with which it ends (docs/derive.md).
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple, NoReturn, cast
from urllib.parse import quote

from msgspec import Struct

from pipelines.decoded import Block, FileText, Hints, Role
from pipelines.errors import ReaderMissing, UnreadableDocument, refuse_broken
from pipelines.readers.packages import CHUNK_BYTES, FILES, Member, Package
from pipelines.readers.registry import UNPACKER, read_file
from pipelines.response.payload_type import PayloadType, sniff

ARCHIVES = frozenset({PayloadType.ZIP, PayloadType.RAR, PayloadType.SEVENZIP})
# macOS packs attributes of each file beside it, under the file's own name.
SYSTEM_FOLDER = "__macosx"
# What Windows and macOS leave in folders.
SYSTEM_FILES = frozenset({"thumbs.db", ".ds_store", "desktop.ini", "ehthumbs.db"})


def read_archive(payload: bytes, hints: Hints) -> FileText:
    """Read the members of an archive.

    Names stand in the text, as headings of what follows; that of the only file in it stands apart, as the
    archive is no more than its wrapping.

    Raises:
        UnreadableDocument: `encrypted`, `damaged`, `bomb`, `empty`; where none of its members can be read,
            what stands against the first of them.
        ReaderMissing: what unpacks it is not installed, or what reads its members; then all of them wait.
    """
    kind = sniff(payload)
    archive = _Archive(hints.url, Budget(hints.url, len(payload)))
    archive.read(kind, payload, "", 1)
    if not archive.titles:
        raise archive.first_problem()
    is_wrapping = len(archive.titles) == 1 and not archive.problems
    titles = archive.titles[0] if is_wrapping else ()
    role = Role.RUNNING_HEAD if is_wrapping else Role.TEXT
    blocks = tuple(
        block.replace(role=role) if number in archive.names else block
        for number, block in enumerate(archive.blocks)
    )
    return FileText(blocks, str(kind), titles, tuple(sorted(archive.notes)))


class _Archive(Struct):
    """An archive while it is read.

    Attributes:
        url: its address.
        budget: what may still come out of it.
        blocks: names and contents of its members.
        titles: those that each read member states of itself.
        notes: observations, as words; a note for each member that is not read.
        problems: why members could not be read.
        names: which of the blocks are names.
    """

    url: str
    budget: Budget
    blocks: list[Block] = []
    titles: list[tuple[str, ...]] = []
    notes: set[str] = set()
    problems: list[UnreadableDocument | ReaderMissing] = []
    names: set[int] = set()

    def read(self, kind: PayloadType, payload: bytes, path: str, depth: int) -> None:
        """Read the members of the archive, or of one in it."""
        try:
            is_zip = kind is PayloadType.ZIP
            items = _zip_items(payload, self.budget) if is_zip else _program_items(kind, payload, self.budget)
            for number, item in enumerate(items, 1):
                if _is_of_the_system(item.name):
                    self.notes.add("system_files")
                else:
                    self._read_item(item, f"{path}{item.name or f'member {number}'}", depth)
        except UnreadableDocument as error:
            # What was read before an archive broke off is told; of one that nothing came out of, why.
            if depth > 1 or not self.titles or self.budget.is_spent:
                raise
            self.notes.add(f"archive failed: {error.problem}")

    def _read_item(self, item: Item, name: str, depth: int) -> None:
        self.names.add(len(self.blocks))
        self.blocks.append(Block(name))
        try:
            content = item.unpack()
            kind = sniff(content)
            if kind in ARCHIVES and depth < FILES.archive_depth:
                self.read(kind, content, f"{name}/", depth + 1)
            else:
                file = _read_member(kind, content, Hints(f"{self.url}#{quote(name)}"))
                self.blocks.extend(_lines_of(file))
                self.titles.append(file.titles)
                self.notes.update(file.notes)
        except UnreadableDocument as error:
            if self.budget.is_spent:
                raise
            self.problems.append(error)
            self.notes.add(f"member failed: {name}: {error.problem}")
        except ReaderMissing as error:
            self.problems.append(error)
            self.notes.add(f"member waits: {name}: {error.problem}")

    def first_problem(self) -> UnreadableDocument | ReaderMissing:
        """Return why nothing was read: what is awaited first, as it may be installed."""
        waiting = [problem for problem in self.problems if isinstance(problem, ReaderMissing)]
        for problem in (*waiting, *self.problems):
            return type(problem)(problem.problem, where=self.url, hint=problem.hint)
        return UnreadableDocument("empty: nothing is in the archive", where=self.url)


def _is_of_the_system(name: str) -> bool:
    """Tell whether a member is what a system leaves beside files, and no file of anybody."""
    *folders, last = name.lower().split("/")
    return SYSTEM_FOLDER in folders or last in SYSTEM_FILES or last.startswith("._")


def _read_member(kind: PayloadType, content: bytes, hints: Hints) -> FileText:
    if kind in ARCHIVES:
        raise UnreadableDocument(f"too_deep: {kind} in an archive in an archive", where=hints.url)
    return read_file(kind, content, hints)


def _lines_of(file: FileText) -> Iterator[Block]:
    """Yield the blocks of a member; a plain file keeps its blank lines, which may be cells of a table."""
    for block in file.blocks:
        if block.is_table:
            yield block
        elif block.text.strip():
            yield block.replace(text=block.text.removeprefix("\n").removesuffix("\n"))


# What is in an archive.

# NAME_MAX of Linux, in bytes: a Chinese name of 85 characters.
LONGEST_NAME = 255
# What a broken tar makes the library raise.
_BROKEN_TAR = (tarfile.TarError, EOFError, ValueError, OverflowError, LookupError)
# APPNOTE.TXT 4.3.7, without name and extra field.
LOCAL_HEADER_BYTES = 30
ENCRYPTED_WORDS = ("encrypt", "crypto", "passphrase", "password")
# RAR 4 is a chain of blocks, each with a checksum, its kind and flags. bsdtar passes encrypted members on.
RAR_4 = b"Rar!\x1a\x07\x00"
# Checksum, kind, flags, size of the header, size of the data behind it where there are any.
_RAR_BLOCK = struct.Struct("<HBHHL")
# RAR 4: checksum, type, flags, size.
RAR_SMALLEST_BLOCK = 7
# Of the flags of a block: its data follow, with their size.
RAR_WITH_DATA = 0x8000
RAR_FILE = 0x74
# The flag that says so, by the kind of header: that of the archive, that of a file.
_RAR_ENCRYPTED: Mapping[int, int] = {0x73: 0x80, RAR_FILE: 0x04}


class Item(NamedTuple):
    """A file in an archive.

    Attributes:
        name: as meant, on one line, folders separated by `/`; empty where none is stated.
        unpack: returns its bytes; raises `UnreadableDocument` where it cannot.
    """

    name: str
    unpack: Callable[[], bytes]


class Budget(Struct):
    """What may come out of an archive and the archives in it together.

    Attributes:
        where: the address of the archive, for errors.
        packed: its size in bytes.
        members: how many came out.
        unpacked: how many bytes came out.
        is_spent: whether more came out than may.
    """

    where: str
    packed: int
    members: int = 0
    unpacked: int = 0
    is_spent: bool = False

    def count_member(self) -> None:
        """Count one more member.

        Raises:
            UnreadableDocument: `bomb`: it is one too many.
        """
        self.members += 1
        if self.members > FILES.archive_members:
            self._refuse_more(f"more than {FILES.archive_members} members")

    def count_bytes(self, size: int) -> None:
        """Count bytes that came out.

        Raises:
            UnreadableDocument: `bomb`: they are too many, in all or for the size of the archive.
        """
        self.unpacked += size
        if self.unpacked > FILES.part_bytes:
            self._refuse_more(f"more than {FILES.part_bytes} bytes come out")
        if self.unpacked > FILES.part_ratio_from and self.unpacked > FILES.part_ratio * self.packed:
            self._refuse_more(f"{self.unpacked} bytes come out of {self.packed}")

    def join_pieces(self, pieces: Iterable[bytes]) -> bytes:
        """Return what comes out piece by piece; raises as `count_bytes`."""
        joined: list[bytes] = []
        for piece in pieces:
            self.count_bytes(len(piece))
            joined.append(piece)
        return b"".join(joined)

    def _refuse_more(self, problem: str) -> NoReturn:
        self.is_spent = True
        raise UnreadableDocument(f"bomb: {problem}", where=self.where)


def one_line(name: str) -> str:
    """Return a name as it can be printed on one line, in characters that can be stored."""
    storable = name.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", storable).strip()[:LONGEST_NAME]


def _zip_items(payload: bytes, budget: Budget) -> Iterator[Item]:
    """Yield the files in a zip, in its order.

    Args:
        payload: the archive.
        budget: what may still come out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`: the archive itself, or what came out before.
    """
    package = Package(payload, budget.where, FILES.archive_members)
    _refuse_overlapping(package)
    for member in package.members:
        budget.count_member()
        yield Item(one_line(member.name), partial(_unzip_member, package, member, budget))


def _unzip_member(package: Package, member: Member, budget: Budget) -> bytes:
    return budget.join_pieces([package.read_member(member)])


def _refuse_overlapping(package: Package) -> None:
    """Refuse a zip whose members share bytes, as no program packs them: each byte would count many times."""
    infos = sorted((member.info for member in package.members), key=lambda info: info.header_offset)
    for info, following in pairwise(infos):
        if info.header_offset + LOCAL_HEADER_BYTES + info.compress_size > following.header_offset:
            raise UnreadableDocument("bomb: its members overlap", where=package.where)


def _tar_items(source: BinaryIO, budget: Budget) -> Iterator[Item]:
    """Yield the files of a tar, each to be unpacked before the next is asked for; links and devices are none.

    Args:
        source: the tar, which goes by once.
        budget: what may still come out.

    Raises:
        UnreadableDocument: `damaged`, `bomb`: the archive itself, or what came out before.
    """
    with (
        refuse_broken(_BROKEN_TAR, "damaged: no tar can be read", budget.where, says_why=True),
        tarfile.open(fileobj=source, mode="r|", bufsize=CHUNK_BYTES, errorlevel=0) as archive,
    ):
        for info in archive:
            budget.count_member()
            # The library would go on to the next member through all that this one says to have.
            if not 0 <= info.size <= FILES.part_bytes:
                raise UnreadableDocument(f"bomb: a member of {info.size} bytes", where=budget.where)
            if info.isreg():
                yield Item(one_line(info.name), partial(_untar_member, archive, info, budget))


def _untar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, budget: Budget) -> bytes:
    with refuse_broken(_BROKEN_TAR, f"damaged: {one_line(info.name)}", budget.where, says_why=True):
        source = archive.extractfile(info)
        return budget.join_pieces(iter(partial(source.read, CHUNK_BYTES), b"")) if source else b""


def _program_items(kind: PayloadType, payload: bytes, budget: Budget) -> Iterator[Item]:
    """Yield the files in a RAR or 7z, each to be unpacked before the next is asked for.

    bsdtar writes what it finds to a pipe as a tar: no byte of a member reaches a disk, and the pipe is closed
    when too much has come out of it.

    Args:
        kind: what it is.
        payload: the archive.
        budget: what may still come out.

    Raises:
        UnreadableDocument: `damaged`, `encrypted`, `bomb`: the archive itself, or what came out before.
        ReaderMissing: bsdtar is not installed.
    """
    if _is_encrypted_rar(payload):
        raise UnreadableDocument("encrypted: its members take a password", where=budget.where)
    bsdtar = shutil.which(UNPACKER)
    if bsdtar is None:
        hint = "Install bsdtar (package libarchive-tools)"
        raise ReaderMissing(f"{kind}: nothing that unpacks it is installed", where=budget.where, hint=hint)
    with TemporaryDirectory(prefix="gongkai-archive-") as name:
        packed = Path(name, "packed")
        packed.write_bytes(payload)
        yield from _piped_items(bsdtar, packed, budget)


def _piped_items(program: str, packed: Path, budget: Budget) -> Iterator[Item]:
    """Yield what bsdtar writes to its pipe as a tar; it is ended when nobody reads on."""
    errors, came = packed.with_name("errors"), 0
    with (
        errors.open("wb") as sink,
        subprocess.Popen(  # noqa: S603  a program by its path, no shell, no name of a member
            [program, "-c", "-f", "-", "--format=pax", f"@{packed}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            env={"LC_ALL": "C.UTF-8", "TMPDIR": str(packed.parent)},
            cwd=packed.parent,
        ) as running,
    ):
        stream = cast("BinaryIO", running.stdout)
        try:
            try:
                for item in _tar_items(stream, budget):
                    came += 1
                    yield item
            except UnreadableDocument:
                if budget.is_spent:
                    raise
                stream.close()  # it ends by itself only where somebody takes what it writes
            running.wait()  # what it complains of is written when it ends
        finally:
            running.kill()
    if running.returncode:
        said = " ".join(errors.read_text("utf-8", "replace").split())
        reason = "encrypted" if any(word in said.lower() for word in ENCRYPTED_WORDS) else "damaged"
        problem = f"{reason}: {came} members came out of it, then {said[-200:] or 'nothing'}"
        raise UnreadableDocument(problem, where=budget.where)


def _is_encrypted_rar(payload: bytes) -> bool:
    """Tell whether a RAR 4 has members that take a password: bsdtar passes those on as they stand."""
    position = len(RAR_4)
    while payload.startswith(RAR_4) and position + _RAR_BLOCK.size <= len(payload):
        _, kind, flags, size, data_size = _RAR_BLOCK.unpack_from(payload, position)
        if flags & _RAR_ENCRYPTED.get(kind, 0):
            return True
        if size < RAR_SMALLEST_BLOCK:
            return False
        position += size + (data_size if flags & RAR_WITH_DATA or kind == RAR_FILE else 0)
    return False
