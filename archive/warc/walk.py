"""Walks a WARC file record by record, in constant memory, and never passes over damage.

warcio's iterator does not serve here: it takes a gzip member that is cut off at its end for a whole one. Read
are WARC 1.0 and 1.1, gzip per record or not compressed at all.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib, isal_zlib

from archive.remote_folder import digest_of
from archive.warc.entries import TornRecord
from archive.warc.moved_files import open_raw
from archive.warc.record_parts import GZIP_HEAD, GZIP_WINDOW, HEAD_END, RECORD_END, read_fields

CHUNK_BYTES = 1 << 18
HEAD_BYTES = 1 << 24
"""No head is longer than this: what goes on without an empty line is damage."""

_BUFFER_BYTES = 1 << 18
# So much is inflated at a time at first: most records take no more, and what was fed too much is copied.
_FED_BYTES = 1 << 13
# So much of an empty line may stand at the end of a piece.
_OVERLAP = len(RECORD_END) - 1
# RFC 1952, 2.3.1.
_GZIP_MAGIC = b"\x1f\x8b"
# 0.17 and 0.18 are the drafts in which older archives were written.
_VERSIONS = (b"WARC/1.1", b"WARC/1.0", b"WARC/0.18", b"WARC/0.17")
_LENGTH = re.compile(r"[0-9]{1,18}")

# What a kill leaves, and what warcio passes over without a word.
CUT_OFF = "the file ends within this record"
IsalError: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # its stub has an instance


class _CutOff(Exception):
    """The file ends within a record."""


class _GzipMember:
    """One gzip member, inflated a piece at a time."""

    def __init__(self, file: BinaryIO, offset: int, begun: bytes) -> None:
        self._file = file
        self._inflate = isal_zlib.decompressobj(GZIP_WINDOW)
        self._waiting = begun
        self._fed_to = offset + len(begun)
        self._step = len(begun)

    def read(self, size: int) -> bytes:
        while not self._inflate.eof:
            if not self._waiting:
                self._step = min(2 * self._step, CHUNK_BYTES)
                self._waiting = self._file.read(self._step)
                self._fed_to += len(self._waiting)
                if not self._waiting:
                    raise _CutOff
            piece = self._inflate.decompress(self._waiting, size)
            self._waiting = self._inflate.unconsumed_tail
            if piece:
                return piece
        return b""

    def end(self) -> int:
        return self._fed_to - len(self._inflate.unused_data)


class _Plain:
    """What a file that is not compressed holds, from a place on: this record and those behind it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        if piece := self._file.read(min(size, _FED_BYTES)):
            return piece
        raise _CutOff


class Record:
    """A record whose named fields are read and whose block is still to come.

    Attributes:
        offset: where it begins in the file, in bytes.
        opening: the first bytes there, as many as a gzip header has.
        content_length: the length of its block, in bytes.
    """

    def __init__(
        self, stream: _GzipMember | _Plain, file: str, offset: int, opening: bytes, *, hashed: bool
    ) -> None:
        self.offset = offset
        self.opening = opening
        self._digest: hashlib._Hash | None = None
        self._file = file
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._length: int | None = None
        head = self._take_head()
        self._head_length = len(head)
        self._head = _straighten(head)
        self._lower = self._head.lower()
        if self._head[: self._head.find(b"\r\n")].strip() not in _VERSIONS:
            raise self._torn("no WARC record begins here")
        length = self.field("Content-Length") or ""
        if not _LENGTH.fullmatch(length):
            raise self._torn(f"Content-Length is no length: {length!r}")
        self._left = self.content_length = int(length)
        # A plain file reads on into the next record, whose bytes are no part of this one's digest.
        if isinstance(stream, _Plain):
            self._buffer = self._buffer[: self._at + self._left + len(RECORD_END)]
        if hashed:
            self._digest = hashlib.sha256(self._buffer)

    def field(self, name: str) -> str | None:
        """Return the value of a named field, the first where it is repeated; None where there is none."""
        key = _key(name)
        at = self._lower.find(key)
        return None if at < 0 else self._value_at(at + len(key))

    def fields(self, name: str) -> list[str]:
        """Return every value of a named field."""
        key, values = _key(name), []
        at = self._lower.find(key)
        while at >= 0:
            values.append(self._value_at(at + len(key)))
            at = self._lower.find(key, at + len(key))
        return values

    def _value_at(self, start: int) -> str:
        return self._head[start : self._head.find(b"\r\n", start)].decode("utf-8", "replace").strip(" \t")

    def record_id(self, name: str = "WARC-Record-ID") -> str | None:
        """Return a field that holds a record id, without its brackets."""
        value = self.field(name)
        return value and strip_brackets(value)

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return up to `size` bytes of the block; none at its end.

        Raises:
            TornRecord: the record is cut off or damaged.
        """
        wanted = min(size, self._left)
        if not wanted:
            return b""
        if self._at == len(self._buffer):
            self._buffer, self._at = self._more(min(CHUNK_BYTES, self._left + len(RECORD_END))), 0
            if not self._buffer:
                raise self._torn("the block is shorter than Content-Length says")
        piece = self._buffer[self._at : self._at + wanted]
        self._at += len(piece)
        self._left -= len(piece)
        return piece

    def read_http_head(self) -> bytes:
        """Return the block up to and with its first empty line; the whole block where there is none.

        Raises:
            TornRecord: the record is cut off or damaged, or the head goes on for ever.
        """
        head = bytearray()
        while piece := self.read(_FED_BYTES):
            # Heads may be long: only what came is looked through, and an empty line that began before it.
            begun = max(0, len(head) - _OVERLAP)
            head += piece
            if found := HEAD_END.search(head, begun):
                # What was read too much stands in the buffer, for no piece reaches beyond it.
                rest = len(head) - found.end()
                self._at -= rest
                self._left += rest
                return bytes(head[: found.end()])
            if len(head) > HEAD_BYTES:
                raise self._torn("the HTTP head has no end")
        return bytes(head)

    def finish(self) -> int:
        """Pass over the rest of the record and return its length in the file, in bytes.

        Raises:
            TornRecord: the record is cut off or damaged, does not end where its length says, or shares its
                gzip member with others, so that none of them can be addressed.
        """
        if self._length is None:
            while self._left:
                self.read()
            self._length = self._pass_tail()
        return self._length

    def is_whole(self) -> bool:
        """Pass over the rest of the record and tell whether it is whole."""
        try:
            self.finish()
        except TornRecord:
            return False
        return True

    def sha256(self) -> str:
        """Return the SHA-256 of the record as it stands inflated, hexadecimal, once it is finished.

        Raises:
            ValueError: it was not walked with digests.
        """
        if self._digest is None:
            raise ValueError("the record was walked without digests")
        return self._digest.hexdigest()

    def _pass_tail(self) -> int:
        tail = self._buffer[self._at :]
        if isinstance(self._stream, _Plain):
            while len(tail) < len(RECORD_END):
                tail += self._more(len(RECORD_END) - len(tail))
            self._check_tail(tail)
            return self._head_length + self.content_length + len(RECORD_END)
        # The member is read until it says that it is over, which checks its sum.
        while len(tail) <= len(RECORD_END) and (piece := self._more(CHUNK_BYTES)):
            tail += piece
        self._check_tail(tail)
        return self._stream.end() - self.offset

    def _check_tail(self, tail: bytes) -> None:
        if tail == RECORD_END:
            return
        if tail.lstrip(b"\r\n").startswith(b"WARC/"):
            raise self._torn("several records share one gzip member; warcio recompress OLD NEW parts them")
        raise self._torn("the record does not end where Content-Length says")

    def _take_head(self) -> bytes:
        head = bytearray()
        while piece := self._more(CHUNK_BYTES):
            begun = max(0, len(head) - _OVERLAP)
            head += piece
            if (end := head.find(RECORD_END, begun)) >= 0:
                self._buffer, self._at = bytes(head), end + len(RECORD_END)
                return self._buffer[: self._at]
            # Fewer bytes than that may still become the beginning of a record.
            if len(head) > HEAD_BYTES or not head.startswith(b"WARC/"[: len(head)]):
                break
        raise self._torn("no WARC record begins here")

    def _more(self, size: int) -> bytes:
        try:
            piece = self._stream.read(size)
        except _CutOff:
            raise self._torn(CUT_OFF) from None
        except IsalError as error:
            raise self._torn(f"the gzip member is damaged: {error}") from error
        if self._digest is not None:
            self._digest.update(piece)
        return piece

    def _torn(self, problem: str) -> TornRecord:
        return TornRecord(problem, file=self._file, offset=self.offset)


def _straighten(head: bytes) -> bytes:
    """Return a head as a line for each field, so that fields are found by a search; hardly any is another."""
    lines = head.count(b"\n")
    # Of folded lines, and of names with white space behind them; tabs stand hardly anywhere else.
    is_odd = b"\t" in head or b"\n " in head or b" :" in head
    if head.count(b"\r\n") == head.count(b"\r") == lines and not is_odd:
        return head
    first, fields = read_fields(head)
    return b"\r\n".join((first, *(name + b":" + value for name, value in fields), RECORD_END))


@lru_cache
def _key(name: str) -> bytes:
    return f"\r\n{name}:".lower().encode()


def strip_brackets(value: str) -> str:
    """Return a record id or an address without the angle brackets around it."""
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def open_warc(path: Path, *, anew: bool = False) -> io.BufferedReader:
    """Open a WARC file for walking, wherever it stands.

    Args:
        path: the file.
        anew: whether of one that stands elsewhere what was read before is read again.

    Raises:
        FileNotFoundError: there is none; of one that stands elsewhere, reading tells.
    """
    return io.BufferedReader(open_raw(path, anew=anew), _BUFFER_BYTES)


def read_pieces(path: Path, start: int = 0, end: int = sys.maxsize) -> Iterator[bytes]:
    """Yield the bytes of a file, from a place on and up to another, wherever it stands."""
    with open_warc(path) as file:
        yield from read_span(file, start, end)


def read_span(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of an open file, in which nobody else moves, from a place on and up to another."""
    file.seek(start)
    while piece := file.read(min(CHUNK_BYTES, end - file.tell())):
        yield piece


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits; of a WARC file, wherever it stands."""
    with open_warc(path, anew=True) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_member(file: BinaryIO, offset: int, length: int) -> str | None:
    """Return the SHA-256 of a gzip member when inflated, hexadecimal; None where no such whole one stands.

    Args:
        file: a WARC file opened with `open_warc`.
        offset: where it begins, in bytes.
        length: its length in the file, in bytes.
    """
    file.seek(offset)
    member = _GzipMember(file, offset, file.read(min(length, CHUNK_BYTES)))
    try:
        digest = digest_of(iter(partial(member.read, CHUNK_BYTES), b""))
    except (_CutOff, IsalError):
        return None
    return digest if member.end() == offset + length else None


def walk(file: BinaryIO, name: str, *, hashed: bool = False) -> Iterator[Record]:
    """Yield each record with its block still to be read; what is not read is passed over, and checked.

    Args:
        file: a WARC file opened with `open_warc`.
        name: what errors call it.
        hashed: whether the digest of each whole record is to be told.

    Raises:
        TornRecord: a record is cut off or damaged; those before it have been yielded.
    """
    offset = 0
    while (record := record_at(file, name, offset, hashed=hashed)) is not None:
        yield record
        offset += record.finish()


def record_at(file: BinaryIO, name: str, offset: int, *, hashed: bool = False) -> Record | None:
    """Return the record that begins at an offset; None where the file ends there.

    Raises:
        TornRecord: no record begins there.
    """
    file.seek(offset)
    begun = file.read(_FED_BYTES)
    if not begun:
        return None
    opening = begun[: len(GZIP_HEAD)]
    # One byte of it, where the file was cut there, is a cut-off member and not a plain record.
    if _GZIP_MAGIC.startswith(opening[: len(_GZIP_MAGIC)]):
        return Record(_GzipMember(file, offset, begun), name, offset, opening, hashed=hashed)
    file.seek(offset)
    return Record(_Plain(file), name, offset, opening, hashed=hashed)
