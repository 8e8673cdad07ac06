"""Local files into the archive, by the same door as fetched ones: WARC `resource` records.

A portal that blocks us, or a file that someone was handed, still becomes evidence, with where it came from.
What others archived (`archive.foreign_archives`) is taken as it is, and only stated to have been given.
No path of the machine enters a record: a file's address is made of its digest and its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import os
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from msgspec import Struct

from archive.clock import Clock, night_of
from archive.data_folder import DataDir, hold_work_folder
from archive.foreign_archives import (
    Handed,
    ImportRefused,
    copy_archive,
    is_archive,
    missing_files,
    open_unchanged,
    place_archive,
    shown_name,
)
from archive.frontier.recovery import catch_up, note_all_folded
from archive.frontier.state import Frontier
from archive.warc.entries import GIVEN, Context, Resource, Role, RunEvent, Written, foreign_mark
from archive.warc.files import archive_files, repair
from archive.warc.reader import stored_capture
from archive.warc.writer import WarcWriter
from pipelines.addresses import AddressUnusable, canonical_address
from pipelines.structs import FrozenStruct

LIMIT_BYTES = 64 << 20
"""The same limit as for fetched payloads."""

_TYPES = {".htm": "text/html", ".html": "text/html", ".shtml": "text/html", ".txt": "text/plain"}


class Provenance(FrozenStruct):
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


class ImportReport(Struct):
    """What an import did.

    Attributes:
        run_id: the run under which the files entered.
        imported: addresses of the files written.
        held: addresses that the archive held already, with the same bytes.
        refused: files that could not be read, each with the reason.
        damage: damaged records met in the archive, in words; what was imported is safe.
    """

    run_id: str
    imported: list[str] = []
    held: list[str] = []
    refused: list[tuple[str, str]] = []
    damage: list[str] = []


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
        ImportRefused: a path does not exist, or one source address is given for several files, or an archive.
        ArchiveError: the evidence cannot be written.
        OSError: the disk refuses.
    """
    refused: list[tuple[str, str]] = []
    files = list(_files_below(paths, refused))
    if provenance.source_url is not None:
        _check_source(provenance.source_url, files)
    data.make()
    repair(data.warc)
    report = ImportReport(run_id, refused=refused)
    with contextlib.closing(Frontier(data.crawl_db)) as frontier, hold_work_folder(data.warc) as work:
        # Before anything is written: whether a file is held is asked of the frontier.
        report.damage += catch_up(frontier, data.warc)
        held = {foreign_mark(path.name) for path in archive_files(data.warc)}
        archives, documents = _copy_archives(files, work, report, held)
        with WarcWriter(data.warc, clock=clock) as writer:
            run = _Run(writer, clock, provenance, report)
            run.write_archives(archives, data.warc)
            run.write_documents(documents, frontier)
            run.end()
        note_all_folded(frontier, data.warc)
    return report


def _copy_archives(
    files: Sequence[Path], work: Path, report: ImportReport, held: Container[str | None]
) -> tuple[list[Handed], list[Path]]:
    """Copy what are archives into the work folder; return them, and the files that are none."""
    archives, documents = [], []
    for path in files:
        try:
            if is_archive(path):
                archives.append(copy_archive(path, Path(tempfile.mkdtemp(dir=work)), held))
            else:
                documents.append(path)
        except (OSError, ImportRefused) as error:
            report.refused.append((shown_name(path.name), str(error)))
    return archives, documents


class _Run(Struct):
    """The run of an import: it begins with the first thing that the archive does not hold."""

    writer: WarcWriter
    clock: Clock
    provenance: Provenance
    report: ImportReport
    is_begun: bool = False

    def _begin(self, given: Mapping[str, Any]) -> Written:
        portals = [dict(self.provenance.portal)] if self.provenance.portal else []
        night = night_of(self.clock()).isoformat()
        said = {"verb": "import", "night": night, "portals": portals, "settings": {}, GIVEN: given}
        self.is_begun = True
        return self.writer.append(RunEvent(self.report.run_id, "start", self.clock(), said))

    def end(self) -> None:
        if self.is_begun:
            said = {"state": "finished", "sweeps": []}
            self.writer.append(RunEvent(self.report.run_id, "end", self.clock(), said))

    def write_archives(self, archives: Sequence[Handed], folder: Path) -> None:
        """Say durably who gave them, then place them, so that no file stands there unaccounted for."""
        new = {handed.mark: handed for handed in archives if missing_files(handed, folder)}
        self.report.held += [handed.name for handed in archives if handed.mark not in new]
        if not new:
            return
        statement = self._begin({mark: self._describe(handed) for mark, handed in new.items()})
        self.writer.sync()
        for handed in new.values():
            self.report.imported += place_archive(handed, folder, statement.warc_file)

    def _describe(self, handed: Handed) -> dict[str, Any]:
        portal = self.provenance.portal and self.provenance.portal["id"]
        return {
            **_known(handed.name, self.provenance),
            **({"portal": portal} if portal else {}),
            "sha256": handed.sha256,
            "bytes": handed.size_bytes,
            "files": len(handed.files),
        }

    def write_documents(self, paths: Sequence[Path], frontier: Frontier) -> None:
        run_id = self.report.run_id
        for path in paths:
            try:
                resource = _read_resource(path, clock=self.clock, run_id=run_id, provenance=self.provenance)
            except (OSError, ImportRefused) as error:
                self.report.refused.append((shown_name(path.name), str(error)))
                continue
            if frontier.holds_resource(resource.url, hashlib.sha256(resource.payload).hexdigest()):
                self.report.held.append(resource.url)
                continue
            if not self.is_begun:
                self._begin({})
            written = self.writer.append(resource)
            self.writer.sync()
            frontier.record_capture(stored_capture(resource, written))
            self.report.imported.append(resource.url)


def _check_source(url: str, files: Sequence[Path]) -> None:
    """Refuse an address that could not be that of one published file."""
    problem = None if len(files) == 1 else f"it is the address of one file, and these are {len(files)}"
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
        elif problem is None and is_archive(files[0]):
            problem = "this is an archive, in which each page has its own"
    if problem:
        raise ImportRefused(f"--source-url: {problem}", where=url)


def _files_below(paths: Sequence[Path], refused: list[tuple[str, str]]) -> Iterator[Path]:
    """Yield the files; a folder that cannot be listed is refused by name, and not passed over in silence."""

    def note(error: OSError) -> None:
        refused.append((shown_name(Path(error.filename).name), error.strerror or str(error)))

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
            raise ImportRefused("there is no such file", where=shown_name(str(path)))


def _read_resource(path: Path, *, clock: Clock, run_id: str, provenance: Provenance) -> Resource:
    with open_unchanged(path, LIMIT_BYTES) as file:
        payload = file.read()
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
            provenance=_known(shown_name(path.name), provenance),
        ),
    )


def _known(name: str, provenance: Provenance) -> dict[str, str]:
    said = {"source_name": name, "obtained_by": provenance.obtained_by, "note": provenance.note}
    return {key: value for key, value in said.items() if value is not None}


def imported_address(payload: bytes, name: str) -> str:
    """Return the address of an imported file: `file:///<12 hexadecimal digits of its SHA-256>/<its name>`."""
    return f"file:///{hashlib.sha256(payload).hexdigest()[:12]}/{quote(os.fsencode(name))}"
