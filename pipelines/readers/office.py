"""Older office files by LibreOffice: DOC, WPS, RTF, ODT become DOCX, ODS becomes XLSX, and are read so.

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
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import ReaderMissing, UnreadableDocument
from pipelines.readers import docx
from pipelines.readers.packages import Package
from pipelines.response.payload_type import BROKEN_COMPOUND, PayloadType, open_compound, sniff, top_names

if TYPE_CHECKING:
    from pipelines.decoded import Hints
    from pipelines.readers.file_text import FileText

SECONDS = 50
GRACE_SECONDS = 5
COMMANDS = ("soffice", "libreoffice")
ENDED_BY_CLOCK = (124, 137, -signal.SIGKILL)
"""How `timeout` tells that it ended a command, or was killed together with it."""
SOCKETS = Path("/tmp")  # noqa: S108  not to be chosen: it is where LibreOffice puts them
# The port of `discard`, where nothing listens: what a document links to is not fetched.
DEAD_PROXY = "http://127.0.0.1:9"
ODF_SHEETS = "opendocument.spreadsheet"
ODF_TEXTS = "opendocument.text"
PROTECTED = frozenset({"EncryptedPackage", "EncryptionInfo"})
"""What stands at the top of a DOCX, XLSX or PPTX that takes a password (MS-OFFCRYPTO, 2.3.4)."""
MAIN_STREAM = "WordDocument"
HEADER_BYTES = 12
ENCRYPTED_FLAG = 0x0100
"""In the flags at byte 10 of a DOC's main stream."""

FILTERS = {
    "doc": "MS Word 97",
    "rtf": "Rich Text Format",
    "odt": "writer8",
    "ods": "calc8",
    "xlsb": "Calc MS Excel 2007 Binary",
}
"""How each type is read: left to itself, LibreOffice reads a broken file as if its bytes were text."""
OLDER_FILTERS = ((0x69, "MS Word 95"), (0x65, "MS WinWord 6.0"))
"""Of a DOC, from what version on (at byte 2 of its main stream) it is read otherwise; 97 begins at 0xC0."""
# [MS-DOC], FibBase: nFib is 0x00C1 since Word 97, and 0x00C0 or 0x00C2 in a few builds; below stand Word 6
# and 95.
FIRST_OF_97 = 0xC0


@dataclass(frozen=True, slots=True)
class Target:
    """What a file is converted to.

    Attributes:
        suffix: of the file that comes out.
        output: LibreOffice's name of the format.
        library: of the part of LibreOffice that does it, which may be left out when it is installed.
        package: what installs that part on Debian.
    """

    suffix: str
    output: str
    library: str
    package: str


TEXT = Target("docx", "MS Word 2007 XML", "libswlo.so", "libreoffice-writer")
SHEETS = Target("xlsx", "Calc MS Excel 2007 XML", "libsclo.so", "libreoffice-calc")


def read(payload: bytes, hints: Hints) -> FileText:
    """Read a DOC, WPS, RTF or ODF file; tell why a compound file of another kind is not read.

    Args:
        payload: the file.
        hints: where it came from.

    Raises:
        UnreadableDocument: `encrypted`, `damaged`, `timeout`, `too_big`; `unsupported`: an ODF file that is
            neither text nor sheets; else as of DOCX and XLSX.
        ReaderMissing: LibreOffice is not installed, or a compound file is of a kind without a reader.
    """
    kind = sniff(payload)
    if kind is PayloadType.OLE:
        raise _told_unknown(payload, hints.url)
    suffix, target = _odf_kind(payload, hints.url) if kind is PayloadType.ODF else (str(kind), TEXT)
    read_by = word_filter(payload, hints.url) if kind is PayloadType.DOC else FILTERS[suffix]
    if target is SHEETS:
        return read_as_workbook(payload, hints, suffix)
    converted = convert_file(payload, suffix, target, hints.url, read_by)
    file = docx.read(converted, hints)
    return replace(file, extractor=f"{suffix}>docx")


def read_as_workbook(payload: bytes, hints: Hints, suffix: str) -> FileText:
    """Read a workbook of a kind that becomes XLSX first; raises as `read`."""
    from pipelines.readers.spreadsheets import read_xlsx  # noqa: PLC0415  which asks this module for binary workbooks

    converted = convert_file(payload, suffix, SHEETS, hints.url, FILTERS[suffix])
    return replace(read_xlsx(converted, hints), extractor=f"{suffix}>xlsx")


def convert_file(payload: bytes, suffix: str, target: Target, where: str, read_by: str) -> bytes:
    """Return a file as LibreOffice converts it.

    Args:
        payload: the file.
        suffix: that its type goes by.
        target: what it is converted to.
        where: its address, for errors.
        read_by: LibreOffice's name of its format.

    Raises:
        UnreadableDocument: `damaged`: nothing came of it; `timeout`.
        ReaderMissing: LibreOffice, or the part that does this, is not installed.
    """
    command = office_command(target)
    if command is None:
        raise ReaderMissing(
            f"{suffix}: LibreOffice is not installed",
            where=where,
            hint=f"Install it, for example: apt install {target.package}-nogui or {target.package}",
        )
    with tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / f"file.{suffix}"
        source.write_bytes(payload)
        write_profile(folder / "profile")
        _run_office(_command_line(command, folder, source, target, read_by), folder, f"{suffix}: ", where)
        converted = folder / "out" / f"file.{target.suffix}"
        if not converted.is_file() or not converted.stat().st_size:
            raise UnreadableDocument(f"damaged: LibreOffice reads no {suffix} in it", where=where)
        return converted.read_bytes()


def office_command(target: Target) -> str | None:
    """Return the path of LibreOffice; None where it, or what makes the target, is not installed."""
    found = next((path for name in COMMANDS if (path := shutil.which(name))), None)
    if found is None:
        return None
    program = Path(found).resolve().parent
    is_known_layout = (program / "soffice.bin").exists()
    return found if not is_known_layout or (program / target.library).exists() else None


def write_profile(folder: Path) -> None:
    """Write a profile of LibreOffice that forbids macros, links and whatever is fetched."""
    user = folder / "user"
    user.mkdir(parents=True)
    forbidden = files("pipelines.knowledge").joinpath("office_profile.xcu").read_bytes()
    (user / "registrymodifications.xcu").write_bytes(forbidden)


def _command_line(command: str, folder: Path, source: Path, target: Target, read_by: str) -> list[str]:
    office = [
        command,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--nofirststartwizard"),
        f"--infilter={read_by}",
        *("--convert-to", f"{target.suffix}:{target.output}", "--outdir", str(folder / "out"), str(source)),
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
        code = ENDED_BY_CLOCK[0]
    finally:
        for left in sockets_of(folder / "profile"):
            left.unlink(missing_ok=True)
    if code in ENDED_BY_CLOCK:
        raise UnreadableDocument(f"timeout: {what}LibreOffice took {SECONDS} seconds", where=where)


def sockets_of(profile: Path) -> list[Path]:
    """Return the sockets that LibreOffice has for a profile: one that is killed leaves them there.

    They are named after the profile, and after who LibreOffice is told to be.
    """
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    return list(SOCKETS.glob(f"OSL_PIPE_*_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"))


def word_filter(payload: bytes, where: str) -> str:
    """Return how LibreOffice is to read a DOC.

    Raises:
        UnreadableDocument: `encrypted`; `damaged`: no document stands at its top.
    """
    compound = open_compound(payload)
    if compound is None or not compound.exists(MAIN_STREAM):
        raise UnreadableDocument("damaged: no document stands in the file", where=where)
    try:
        main = compound.openstream(MAIN_STREAM).read(HEADER_BYTES)
    except BROKEN_COMPOUND:
        main = b""  # the library is stricter than LibreOffice, to which such a file is left
    if len(main) < HEADER_BYTES:
        return FILTERS["doc"]
    if int.from_bytes(main[10:12], "little") & ENCRYPTED_FLAG:
        raise UnreadableDocument("encrypted: the document takes a password", where=where)
    version = int.from_bytes(main[2:4], "little")
    older = (name for first, name in OLDER_FILTERS if first <= version < FIRST_OF_97)
    return next(older, FILTERS["doc"])


def _told_unknown(payload: bytes, where: str) -> UnreadableDocument | ReaderMissing:
    """Return why a compound file of no known kind is not read: most are newer files behind a password."""
    names = top_names(payload)
    if not names:
        return UnreadableDocument("damaged: the file has no directory that can be read", where=where)
    if PROTECTED & names:
        return UnreadableDocument("encrypted: the document takes a password", where=where)
    return ReaderMissing("ole: compound files of this kind have no reader yet", where=where)


def _odf_kind(payload: bytes, where: str) -> tuple[str, Target]:
    package = Package(payload, where)
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in package.read(manifest):
        raise UnreadableDocument("encrypted: the document takes a password", where=where)
    mimetype = package.read("mimetype").decode("ascii", "replace")
    if ODF_SHEETS in mimetype:
        return "ods", SHEETS
    if ODF_TEXTS in mimetype:
        return "odt", TEXT
    raise UnreadableDocument(f"unsupported: {mimetype[:80]!r} is neither text nor sheets", where=where)
