"""Local files into the archive, by the same door as fetched ones: WARC `resource` records.

A portal that blocks us, or a file that someone was handed, still becomes evidence, with where it came from.
No path of the machine enters a record: a file's address is made of its digest and its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from archive.clock import night_of
from archive.frontier.recovery import catch_up, note_all_folded
from archive.frontier.state import Frontier
from archive.warc.entries import Context, Resource, Role, RunEvent
from archive.warc.files import repair
from archive.warc.reader import stored_capture
from archive.warc.writer import WarcWriter
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archive.clock import Clock
    from archive.data_folder import DataDir

LIMIT_BYTES = 64 << 20
"""The same limit as for fetched payloads."""

_TYPES = {".htm": "text/html", ".html": "text/html", ".shtml": "text/html", ".txt": "text/plain"}


class ImportRefused(GongkaiError):
    """A file or an option that cannot be imported as it is."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where imported files came from.

    Attributes:
        portal: the registry entry of the portal they were saved from, as a run's record keeps it.
        source_url: the real address, for a single file.
        obtained_by: who handed them in.
        note: anything worth keeping.
    """

    portal: Mapping[str, Any] | None = None
    source_url: str | None = None
    obtained_by: str | None = None
    note: str | None = None


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        run_id: the run under which the files entered.
        imported: addresses of the files written.
        held: addresses that the archive held already, with the same bytes.
        refused: files that could not be read, each with the reason.
        damage: damaged records met in the archive, in words; what was imported is safe.
    """

    run_id: str
    imported: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)


def import_files(
    paths: Sequence[Path], *, data: DataDir, clock: Clock, run_id: str, provenance: Provenance
) -> ImportReport:
    """Write local files, or all files below local folders, into the archive.

    The caller holds the lock. A file that cannot be read is reported and does not stop the others.

    Args:
        paths: files and folders; hidden files in folders are left out.
        data: the data directory.
        clock: tells the time.
        run_id: names this run.
        provenance: where the files came from.

    Raises:
        ImportRefused: a path does not exist, or one source address is given for several files.
        ArchiveError: the evidence cannot be written.
    """
    refused: list[tuple[str, str]] = []
    files = list(_files_below(paths, refused))
    if provenance.source_url is not None:
        _check_source(provenance.source_url, len(files))
    data.make()
    repair(data.warc)
    report = ImportReport(run_id, refused=refused)
    with contextlib.closing(Frontier(data.crawl_db)) as frontier:
        report.damage += catch_up(frontier, data.warc)
        with WarcWriter(data.warc, clock=clock) as writer:
            _write_run(writer, files, frontier=frontier, clock=clock, provenance=provenance, report=report)
        note_all_folded(frontier, data.warc)
    return report


def _write_run(
    writer: WarcWriter,
    files: Sequence[Path],
    *,
    frontier: Frontier,
    clock: Clock,
    provenance: Provenance,
    report: ImportReport,
) -> None:
    started = False
    for path in files:
        try:
            resource = _read_resource(path, clock=clock, run_id=report.run_id, provenance=provenance)
        except (OSError, ImportRefused) as error:
            report.refused.append((_shown(path.name), str(error)))
            continue
        if frontier.holds_resource(resource.url, hashlib.sha256(resource.payload).hexdigest()):
            report.held.append(resource.url)
            continue
        if not started:
            writer.append(RunEvent(report.run_id, "start", clock(), _start(clock, provenance)))
            started = True
        written = writer.append(resource)
        writer.sync()
        frontier.record_capture(stored_capture(resource, written))
        report.imported.append(resource.url)
    if started:
        writer.append(RunEvent(report.run_id, "end", clock(), {"state": "finished", "sweeps": []}))


def _start(clock: Clock, provenance: Provenance) -> dict[str, Any]:
    portals = [dict(provenance.portal)] if provenance.portal else []
    return {"verb": "import", "night": night_of(clock()).isoformat(), "portals": portals, "settings": {}}


def _check_source(url: str, files: int) -> None:
    """Refuse an address that could not be that of one published file."""
    problem = None if files == 1 else f"it is the address of one file, and these are {files}"
    try:
        parts = urlsplit(url)
        canonical_address(url)
    except (AddressUnusable, ValueError):
        problem = "this is no address"
    else:
        if parts.scheme not in ("http", "https"):
            problem = "this is no http(s) address"
        elif parts.username is not None:
            problem = "an address that is published has no user and no password in it"
    if problem:
        raise ImportRefused(f"--source-url: {problem}", where=url)


def _files_below(paths: Sequence[Path], refused: list[tuple[str, str]]) -> Iterator[Path]:
    """Yield the files; a folder that cannot be listed is refused by name, and not passed over in silence."""

    def note(error: OSError) -> None:
        refused.append((_shown(Path(error.filename).name), error.strerror or str(error)))

    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path, onerror=note):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    found = Path(folder) / name
                    if found.is_file() and not name.startswith("."):
                        yield found
        elif path.exists():
            yield path
        else:
            raise ImportRefused("there is no such file", where=_shown(str(path)))


def _shown(name: str) -> str:
    """Write a name for people: bytes of it that are no UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _read_file(path: Path) -> bytes:
    """Read a file that stays as it is while it is read.

    Raises:
        ImportRefused: it is no regular file, is too large, or changes.
        OSError: it cannot be read.
    """
    # Opening a pipe without this would wait for somebody to write into it.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise ImportRefused("this is no regular file", where=_shown(path.name))
        payload = file.read(LIMIT_BYTES + 1)
        after = os.fstat(file.fileno())
    if before.st_size > LIMIT_BYTES or len(payload) > LIMIT_BYTES:
        raise ImportRefused(
            f"{max(before.st_size, len(payload))} bytes are more than the limit of {LIMIT_BYTES}",
            where=_shown(path.name),
        )
    if (before.st_size, before.st_mtime_ns) != (len(payload), after.st_mtime_ns):
        raise ImportRefused("it changed while it was read", where=_shown(path.name), hint="Import it again")
    return payload


def _read_resource(path: Path, *, clock: Clock, run_id: str, provenance: Provenance) -> Resource:
    payload = _read_file(path)
    known = {
        "source_name": _shown(path.name),
        "obtained_by": provenance.obtained_by,
        "note": provenance.note,
    }
    return Resource(
        url=provenance.source_url or imported_address(payload, path.name),
        fetched_at=clock(),
        content_type=_TYPES.get(path.suffix.lower())
        or mimetypes.guess_type(path.name, strict=False)[0]
        or "application/octet-stream",
        payload=payload,
        context=Context(
            run_id=run_id,
            role=Role.ARTICLE,
            portal=str(provenance.portal["id"]) if provenance.portal else None,
            provenance={key: value for key, value in known.items() if value is not None},
        ),
    )


def imported_address(payload: bytes, name: str) -> str:
    """Return the address of an imported file: `file:///<12 hexadecimal digits of its SHA-256>/<its name>`."""
    return f"file:///{hashlib.sha256(payload).hexdigest()[:12]}/{quote(os.fsencode(name))}"
