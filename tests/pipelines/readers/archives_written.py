"""Archives written for the tests, byte by byte where no program packs them so."""

from __future__ import annotations

import io
import struct
import subprocess
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOCAL = struct.Struct("<4sHHHHHLLLHH")
CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
END = struct.Struct("<4sHHHHLLH")


def zipped(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip; names may stand twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def zipped_raw(name: bytes, content: bytes, *, flags: int = 0, extra: bytes = b"", size: int = -1) -> bytes:
    """Return a zip of one stored member, everything in its headers as told."""
    length = len(content) if size < 0 else size
    sums = (zlib.crc32(content), len(content), length)
    local = LOCAL.pack(b"PK\x03\x04", 20, flags, 0, 0, 33, *sums, len(name), len(extra)) + name + extra
    head = (b"PK\x01\x02", 20, 20, flags, 0, 0, 33, *sums, len(name), len(extra), 0, 0, 0, 0, 0)
    central = CENTRAL.pack(*head) + name + extra
    end = END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + len(content), 0)
    return local + content + central + end


def zipped_overlapping(content: bytes, copies: int) -> bytes:
    """Return a zip whose members all stand on the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    sums = (zlib.crc32(content), len(packed), len(content))
    body = LOCAL.pack(b"PK\x03\x04", 20, 0, 8, 0, 33, *sums, 5, 0) + b"0.txt" + packed
    head = (b"PK\x01\x02", 20, 20, 0, 8, 0, 33, *sums, 5, 0, 0, 0, 0, 0, 0)
    central = (CENTRAL.pack(*head) + b"0.txt") * copies
    return body + central + END.pack(b"PK\x05\x06", 0, 0, copies, copies, len(central), len(body), 0)


def zipped_itself(name: bytes = b"again.zip", rounds: int = 6) -> bytes:
    """Return a zip in a zip and so on: as near to one that contains itself as stored bytes can be."""
    payload = zipped_raw(b"a.txt", "最里面的文字".encode())
    for _ in range(rounds):
        payload = zipped_raw(name, payload)
    return payload


def rar(members: Sequence[tuple[str, bytes]], *, is_encrypted: bool = False) -> bytes:
    """Return a RAR 4 of stored members, as no program that is free packs it."""
    blocks = [b"Rar!\x1a\x07\x00", _rar_block(0x73, 0, bytes(6))]
    for name, content in members:
        raw = name.encode("ascii", "replace") + b"\x00" + _rar_name(name)
        flags = 0x8200 | (0x04 if is_encrypted else 0)
        fields = struct.pack(
            "<LLBLLBBHL", len(content), len(content), 2, zlib.crc32(content), 0x21, 29, 0x30, len(raw), 0x20
        )
        blocks.append(_rar_block(0x74, flags, fields + raw) + content)
    return b"".join([*blocks, _rar_block(0x7B, 0x4000, b"")])


def _rar_block(kind: int, flags: int, fields: bytes) -> bytes:
    body = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body


def _rar_name(name: str) -> bytes:
    """Return a name as RAR writes those that are not ASCII: each four characters behind what they are."""
    raw = b"\x00"
    for start in range(0, len(name), 4):
        raw += b"\xaa" + name[start : start + 4].encode("utf-16-le")
    return raw


def packed_by_bsdtar(folder: Path, members: Mapping[str, bytes], archive_format: str) -> bytes:
    """Return an archive that bsdtar packs."""
    for name, content in members.items():
        (folder / name).write_bytes(content)
    target = folder / "packed"
    command = ["bsdtar", "-c", "-f", str(target), f"--format={archive_format}", "-C", str(folder), *members]
    subprocess.run(command, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    return target.read_bytes()
