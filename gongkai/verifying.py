"""The whole verification: the files themselves, what refers across them, and what points into them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.corpus.store import CorpusUnreadable, reading
from archive.warc.files import archive_files
from archive.warc.verification import Finding, Pointer, verify_file, verify_pointers, verify_references

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.data_folder import DataDir


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was read again, and what is wrong.

    Attributes:
        files: WARC files read.
        records: whole records in them.
        pointers: rows of the corpus that point into them.
        findings: what is wrong, by file; none for sound evidence.
        unread: why the pointers could not be read; None where they were. It says nothing of the evidence.
    """

    files: int
    records: int
    pointers: int
    findings: tuple[Finding, ...]
    unread: str | None = None


def verify_data(data: DataDir, *, progress: Callable[[int, int], None]) -> VerifyReport:
    """Verify the evidence of a data directory; writes nothing.

    Args:
        data: the data directory.
        progress: called with how many files were read, of how many.
    """
    paths = archive_files(data.warc) if data.warc.is_dir() else ()
    reports = []
    for done, path in enumerate(paths, start=1):
        reports.append(verify_file(path))
        progress(done, len(paths))
    findings = [finding for report in reports for finding in report.findings]
    findings += verify_references(data.warc, reports)
    pointers, unread = 0, None
    try:
        pointers = _verify_pointers(data, findings)
    except CorpusUnreadable as error:
        unread = str(error)
    return VerifyReport(
        files=len(reports),
        records=sum(report.records for report in reports),
        pointers=pointers,
        findings=tuple(findings),
        unread=unread,
    )


def _verify_pointers(data: DataDir, findings: list[Finding]) -> int:
    """Add what is wrong with the corpus's pointers to the findings; return how many pointers there are."""
    if not data.corpus_db.exists():
        return 0
    with reading(data.corpus_db) as corpus:
        rows = corpus.execute(
            # The record of a 304 states no digest: the corpus has it from the original.
            "SELECT warc_file, warc_offset, warc_length, id, iif(status = 304, NULL, payload_sha256) "
            "FROM captures ORDER BY warc_file, warc_offset"
        )
        findings += verify_pointers(data.warc, (Pointer(*row) for row in rows))
        return int(corpus.execute("SELECT count(*) FROM captures").fetchone()[0])
