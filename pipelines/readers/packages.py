"""Files that are a zip of parts, opened so that none of them can eat the machine.

What a zip declares is judged before anything is read, and what comes out is counted while it is: sizes that
are declared may lie. Members are known by their names as they were meant: the zip format says UTF-8 or
nothing, and what says nothing is UTF-8 or GB 18030 in China. Nothing is ever written to a path of a member.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import NamedTuple

from lxml import etree

from pipelines.errors import UnreadableDocument, refuse_broken
from pipelines.knowledge import Thresholds
from pipelines.readers.html.elements import Element
from pipelines.text.charset import decode_strictly

CHUNK_BYTES = 64 << 10
# APPNOTE.TXT 4.4.4, bit 11: names are UTF-8; without it those of Chinese Windows are GBK.
UTF8_FLAG = 0x800
# Likewise, bit 0.
ENCRYPTED_FLAG = 0x1
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Office files know no other; what the rest expands to cannot be bounded while it is read."""
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, NotImplementedError, OverflowError, LookupError),
)
"""What a broken zip makes the libraries raise."""
# An entity may hold ten others, and so on (billion laughs), or ask for a file of the machine.
ENTITY_MARKS = tuple("<!ENTITY".encode(codec) for codec in ("ascii", "utf-16-le", "utf-16-be"))


class FileThresholds(Thresholds):
    """What a file may hold (`knowledge/thresholds/files.yaml`)."""

    part_members: int
    part_bytes: int
    part_ratio: int
    part_ratio_from: int
    part_marks: int
    archive_members: int
    archive_depth: int
    workbook_cells: int
    workbook_merges: int
    sheet_prose_chars: int


FILES = FileThresholds.load("files")


class Member(NamedTuple):
    """A file in a zip.

    Attributes:
        name: as meant, folders separated by `/`.
        info: the entry of the zip.
    """

    name: str
    info: zipfile.ZipInfo


class Relation(NamedTuple):
    """What a part of a package refers to: under which id, as what kind, and the name of the other part."""

    identity: str
    kind: str
    target: str


class Package:
    """A zip that keeps its limits.

    Args:
        payload: the zip.
        where: its address, for errors.
        most_members: how many it may declare, folders counted.

    Raises:
        UnreadableDocument: `damaged`: no directory of members can be read; `bomb`: it declares more than
            a package may hold.
    """

    def __init__(self, payload: bytes, where: str, most_members: int = FILES.part_members) -> None:
        self.where = where
        with refuse_broken(BROKEN, "damaged: no zip can be read", where, says_why=True):
            self._zip = zipfile.ZipFile(BytesIO(payload))
        infos = self._zip.infolist()
        if problem := _declared_problem(infos, len(payload), most_members):
            raise UnreadableDocument(f"bomb: {problem}", where=where)
        self.members = tuple(
            Member(_meant_name(info).replace("\\", "/"), info)
            for info in infos
            if not info.filename.endswith("/")
        )
        self._by_name: Mapping[str, Member] = {m.name.lower().lstrip("/"): m for m in self.members}

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a member of this name; case does not count, as in Office."""
        return name.lower() in self._by_name

    def read(self, name: str) -> bytes:
        """Return the bytes of a member.

        Raises:
            UnreadableDocument: `damaged`: it is missing or broken; `encrypted`; `bomb`: more comes out of
                it than it declares; `unsupported`: it is packed in a way that is not read.
        """
        member = self._by_name.get(name.lower())
        if member is None:
            raise UnreadableDocument(f"damaged: {name} is missing", where=self.where)
        return self.read_member(member)

    def read_member(self, member: Member) -> bytes:
        """Return the bytes of a member, told by itself where names stand twice; raises as `read`."""
        if member.info.flag_bits & ENCRYPTED_FLAG:
            raise UnreadableDocument(f"encrypted: {member.name} takes a password", where=self.where)
        if member.info.compress_type not in METHODS:
            raise UnreadableDocument(f"unsupported: {member.name} is packed in a rare way", where=self.where)
        with refuse_broken(BROKEN, f"damaged: {member.name} cannot be unpacked", self.where, says_why=True):
            return self._read_counted(member)

    def _read_counted(self, member: Member) -> bytes:
        pieces, size = [], 0
        with self._zip.open(member.info) as source:
            while piece := source.read(CHUNK_BYTES):
                size += len(piece)
                if size > member.info.file_size:
                    problem = f"bomb: {member.name} is larger than it declares"
                    raise UnreadableDocument(problem, where=self.where)
                pieces.append(piece)
        return b"".join(pieces)

    def xml(self, name: str) -> Element:
        """Return the root of a part that is XML; entities are not expanded, nothing else is loaded.

        Raises:
            UnreadableDocument: as `read`; `damaged` for what is no XML; `bomb` for a part that declares
                entities, as no office program does; `too_big` for more elements than fit in memory.
        """
        return parse_xml(self.read(name), name, self.where)

    def relations(self, name: str) -> Iterator[Relation]:
        """Yield what a part refers to inside its package (ECMA-376 part 2, 9.3); nothing where none is said.

        Args:
            name: of the part; empty for the package itself.
        """
        folder, own = posixpath.split(name)
        path = posixpath.join(folder, "_rels", f"{own}.rels")
        for each in self.xml(path).iterchildren("{*}Relationship") if path in self else ():
            target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/")
            if each.get("TargetMode") != "External":
                yield Relation(each.get("Id", ""), each.get("Type", "").rpartition("/")[2], target)


def parse_xml(content: bytes, name: str, where: str) -> Element:
    """Return the root of a part that is XML; raises as `Package.xml`."""
    if any(mark in content for mark in ENTITY_MARKS):
        raise UnreadableDocument(f"bomb: {name} declares entities", where=where)
    if content.count(b"<") > FILES.part_marks:
        raise UnreadableDocument(f"too_big: {name} has more than {FILES.part_marks} marks", where=where)
    # Without huge_tree: a part nested deeper than 256 levels is an error, not text that is missing.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    with refuse_broken(
        (etree.XMLSyntaxError, ValueError), f"damaged: {name} is no XML", where, says_why=True
    ):
        return etree.fromstring(content, parser)


def as_number(printed: str | None) -> int | None:
    """Return an attribute as a number that is not negative; None where it is none, or has ten digits."""
    text = (printed or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _declared_problem(infos: list[zipfile.ZipInfo], packed: int, most_members: int) -> str | None:
    if len(infos) > most_members:
        return f"{len(infos)} members"
    total = sum(info.file_size for info in infos)
    if total > FILES.part_bytes:
        return f"{total} bytes unpacked"
    # What members say of their packed size may be a lie; that all of them are in the file is none.
    if total > FILES.part_ratio_from and total > FILES.part_ratio * packed:
        return f"{total} bytes out of {packed}"
    for info in infos:
        size, most = info.file_size, FILES.part_ratio * info.compress_size
        if size > FILES.part_ratio_from and size > most:
            return f"{size} bytes out of {info.compress_size} in one member"
    return None


def _meant_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & UTF8_FLAG:
        return info.filename
    try:
        printed = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return decode_strictly(printed) or info.filename
