"""Older office files by LibreOffice: DOC, WPS and RTF become DOCX, and are read so.

    bytes ─▶ a folder of its own ─▶ [timeout [soffice]] ─▶ DOCX ─▶ `docx` ─▶ blocks

A file may ask to run a macro, to update a link, to fetch a picture or a template. The profile that is written
for each call forbids all of that, and whatever LibreOffice would fetch goes to a proxy that is not there. The
clock is kept by `timeout`, a process of its own that ends LibreOffice also when this process was killed; the
network is taken away, memory and files are limited, and what is left running is ended, by the child process
in which files are read (docs/derive.md). A profile is not used twice: to make one costs nothing measurable
beside the second that a start takes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

from pipelines.decoded import FileText, Hints
from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers import docx
from pipelines.response.payload_type import BROKEN_COMPOUND, PayloadType, open_compound, sniff, top_names

SECONDS = 50
GRACE_SECONDS = 5
COMMANDS = ("soffice", "libreoffice")
# How `timeout` tells that it ended a command, or was killed together with it.
_ENDED_BY_CLOCK = (124, 137, -signal.SIGKILL)
SOCKETS = Path("/tmp")  # noqa: S108  not to be chosen: it is where LibreOffice puts them
# The port of `discard`, where nothing listens: what a document links to is not fetched.
DEAD_PROXY = "http://127.0.0.1:9"
# What stands at the top of a DOCX, XLSX or PPTX that takes a password (MS-OFFCRYPTO, 2.3.4).
_PROTECTED = frozenset({"EncryptedPackage", "EncryptionInfo"})
MAIN_STREAM = "WordDocument"
HEADER_BYTES = 12
ENCRYPTED_FLAG = 0x0100
"""In the flags at byte 10 of a DOC's main stream."""

FILTERS = {"doc": "MS Word 97", "rtf": "Rich Text Format"}
"""How each type is read: left to itself, LibreOffice reads a broken file as if its bytes were text."""
OUTPUT = "docx:MS Word 2007 XML"
# The part of LibreOffice that does it, which may be left out when it is installed.
_LIBRARY = "libswlo.so"
PACKAGE = "libreoffice-writer"
"""What installs that part on Debian."""


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a DOC, WPS or RTF file; tell why a compound file of another kind is not read.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `encrypted`, `damaged`, `timeout`, `too_big`; else as of DOCX.
        ReaderMissing: LibreOffice is not installed, or a compound file is of a kind without a reader.
    """
    kind = sniff(payload)
    if kind is PayloadType.OLE:
        raise _told_unknown(payload, hints.url)
    if kind is PayloadType.DOC:
        refuse_unreadable(payload, hints.url)
    file = docx.read(convert_file(payload, kind, hints.url, FILTERS[kind]), hints)
    return file.replace(extractor=f"{kind}>docx")


def convert_file(payload: bytes, suffix: str, where: str, read_by: str) -> bytes:
    """Return a file as the DOCX that LibreOffice makes of it.

    Args:
        payload: the file.
        suffix: that its type goes by.
        where: its address, for errors.
        read_by: LibreOffice's name of its format.

    Raises:
        UnreadableDocument: `damaged`: nothing came of it; `timeout`.
        ReaderMissing: LibreOffice, or the part that does this, is not installed.
    """
    command = office_command()
    if command is None:
        raise ReaderMissing(
            f"{suffix}: LibreOffice is not installed",
            where=where,
            hint=f"Install it, for example: apt install {PACKAGE}-nogui or {PACKAGE}",
        )
    with tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / f"file.{suffix}"
        source.write_bytes(payload)
        write_profile(folder / "profile")
        _run_office(_command_line(command, folder, source, read_by), folder, f"{suffix}: ", where)
        converted = folder / "out" / "file.docx"
        if not converted.is_file() or not converted.stat().st_size:
            raise UnreadableDocument(f"damaged: LibreOffice reads no {suffix} in it", where=where)
        return converted.read_bytes()


def office_command() -> str | None:
    """Return the path of LibreOffice; None where it, or the part for texts, is not installed."""
    found = next((path for name in COMMANDS if (path := shutil.which(name))), None)
    if found is None:
        return None
    program = Path(found).resolve().parent
    is_known_layout = (program / "soffice.bin").exists()
    return found if not is_known_layout or (program / _LIBRARY).exists() else None


def write_profile(folder: Path) -> None:
    """Write a profile of LibreOffice that forbids macros, links and whatever is fetched."""
    user = folder / "user"
    user.mkdir(parents=True)
    forbidden = files("pipelines.knowledge").joinpath("office_profile.xcu").read_bytes()
    (user / "registrymodifications.xcu").write_bytes(forbidden)


def _command_line(command: str, folder: Path, source: Path, read_by: str) -> list[str]:
    office = [
        command,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--nofirststartwizard"),
        f"--infilter={read_by}",
        *("--convert-to", OUTPUT, "--outdir", str(folder / "out"), str(source)),
    ]
    clock = shutil.which("timeout")
    return [clock, "-k", str(GRACE_SECONDS), str(SECONDS), *office] if clock else office


def _run_office(arguments: list[str], folder: Path, what: str, where: str) -> None:
    environment = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
        **dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), DEAD_PROXY),
    }
    try:
        code = subprocess.run(  # noqa: S603  the command is LibreOffice's, the file is ours
            arguments,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS + 2 * GRACE_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        code = _ENDED_BY_CLOCK[0]
    finally:
        for left in sockets_of(folder / "profile"):
            left.unlink(missing_ok=True)
    if code in _ENDED_BY_CLOCK:
        raise UnreadableDocument(f"timeout: {what}LibreOffice took {SECONDS} seconds", where=where)


def sockets_of(profile: Path) -> list[Path]:
    """Return the sockets that LibreOffice has for a profile: one that is killed leaves them there.

    They are named after the profile, and after who LibreOffice is told to be.
    """
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    return list(SOCKETS.glob(f"OSL_PIPE_*_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"))


def refuse_unreadable(payload: bytes, where: str) -> None:
    """Refuse a DOC that LibreOffice would not say why it cannot read.

    Raises:
        UnreadableDocument: `encrypted`; `damaged`: no document stands at its top.
    """
    compound = open_compound(payload)
    if compound is None or not compound.exists(MAIN_STREAM):
        raise UnreadableDocument("damaged: no document stands in the file", where=where)
    try:
        flags = compound.openstream(MAIN_STREAM).read(HEADER_BYTES)[10:]
    except BROKEN_COMPOUND:
        flags = b""  # the library is stricter than LibreOffice, to which such a file is left
    if int.from_bytes(flags, "little") & ENCRYPTED_FLAG:
        raise UnreadableDocument("encrypted: the document takes a password", where=where)


def _told_unknown(payload: bytes, where: str) -> UnreadableDocument | ReaderMissing:
    """Return why a compound file of no known kind is not read: most are newer files behind a password."""
    names = top_names(payload)
    if not names:
        return UnreadableDocument("damaged: the file has no directory that can be read", where=where)
    if _PROTECTED & names:
        return UnreadableDocument("encrypted: the document takes a password", where=where)
    return ReaderMissing("ole: compound files of this kind have no reader yet", where=where)
