"""`gongkai status` and `gongkai verify`: how things stand, and whether all evidence is sound."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from archive.corpus.store import CorpusUnreadable, Dependent, reading
from archive.data_folder import DataDir, LockHeld, hold, hold_work_folder
from archive.derivation import DeriveOptions, rebuild
from archive.manifests.chain import Chain
from archive.manifests.checking import check_manifests
from archive.manifests.signatures import Signing
from archive.publish.build import build_copy
from archive.publish.live import open_joined
from archive.publish.set_digest import digest_open_copy
from archive.publish.suppressions import read_suppressions
from archive.turns import find_dependents, note_verified
from archive.warc.damage import verify_pointers, verify_references, write_sound_copy
from archive.warc.entries import Written
from archive.warc.files import archive_files, damaged_name
from archive.warc.moved_files import known_size
from archive.warc.verification import FileReport, Finding, verify_archive
from gongkai.cli.common import print_result, progress_bar, verb, writing
from gongkai.nights.kept_reports import load_reports
from gongkai.nights.night_report import describe_lines, render_lines, render_text
from gongkai.nights.telling import read_night_status
from pipelines.errors import ExitCode
from pipelines.response.witnesses import describe_reason
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from gongkai.nights.night_run import Advance
    from gongkai.operator_settings import Settings


_RUNS = """
SELECT id, verb, night, state, (SELECT count(*) FROM captures WHERE run_id = r.id) AS captures,
       (SELECT count(*) FROM captures WHERE run_id = r.id AND outcome IN ('ok', 'not_modified')) AS good
FROM runs AS r ORDER BY started_at DESC LIMIT 5
"""
_PORTALS = """
SELECT p.id, p.name, p.health, p.health_reason, p.health_detail, p.last_crawled_at,
       (SELECT count(*) FROM documents AS d WHERE d.portal_id = p.id) AS documents
FROM portals AS p ORDER BY p.id
"""
_FILE_TYPES = """
SELECT coalesce(file_type, 'unknown') AS file_type, read_state, reason, documents FROM file_types
ORDER BY 1, read_state <> 'read', read_state, documents DESC, reason
"""
_TABLES = ("captures", "documents", "versions", "sections", "occurrences", "facts", "checks")


class Status(FrozenStruct):
    """Everything that `gongkai status` shows.

    Attributes:
        derived: False when there is no corpus yet.
        rows: rows of the main tables.
        unread: captures still to be read.
        read_states: documents by read state.
        file_types: documents by the type of their bytes, their read state, and why they wait or failed.
        runs: the newest five, newest first.
        portals: all that were crawled.
        published: the name of the published copy; None before the first.
        warc_files: how many there are.
        warc_bytes: their size together.
    """

    derived: bool
    rows: dict[str, int]
    unread: int
    read_states: dict[str, int]
    file_types: tuple[dict[str, Any], ...]
    runs: tuple[dict[str, Any], ...]
    portals: tuple[dict[str, Any], ...]
    published: str | None
    warc_files: int
    warc_bytes: int


def read_status(data: DataDir) -> Status:
    """Look at a data directory without writing to it.

    Raises:
        CorpusUnreadable: the corpus is damaged, or none of this program.
    """
    sizes = [known_size(path) for path in archive_files(data.warc)] if data.warc.is_dir() else []
    published = data.public_db.resolve().name if data.public_db.exists() else None
    if not data.corpus_db.exists():
        return Status(False, {}, 0, {}, (), (), (), published, len(sizes), sum(sizes))
    with reading(data.corpus_db) as corpus:
        return Status(
            derived=True,
            rows={table: corpus.value(f"SELECT count(*) FROM {table}") for table in _TABLES},  # noqa: S608  names from this module
            unread=corpus.value("SELECT count(*) FROM _to_read"),
            read_states=dict(corpus.rows("SELECT read_state, count(*) FROM documents GROUP BY 1 ORDER BY 1")),
            file_types=_read_rows(corpus, _FILE_TYPES),
            runs=_read_rows(corpus, _RUNS),
            portals=_read_rows(corpus, _PORTALS),
            published=published,
            warc_files=len(sizes),
            warc_bytes=sum(sizes),
        )


def _read_rows(connection: sqlite3.Connection, sql: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of an answer by the names of its columns."""
    answer = connection.execute(sql)
    names = [column[0] for column in answer.description]
    return tuple(dict(zip(names, row, strict=True)) for row in answer)


def _health(portal: Mapping[str, str | None]) -> str:
    health, reason = portal["health"], portal["health_reason"]
    if reason is None:
        return health or "never answered"
    return f"{health} ({describe_reason(reason, json.loads(portal['health_detail'] or '{}'))})"


def describe_status(status: Status) -> list[str]:
    """Say it in lines for people."""
    return describe_lines(render_lines("corpus_lines.txt", status=status, describe_health=_health))


# The whole verification: the files themselves, what refers across them, and what points into them.


class VerifyReport(FrozenStruct):
    """What was read again, and what is wrong.

    Attributes:
        files: WARC files read.
        records: whole records in them.
        pointers: rows of the corpus that point into them.
        findings: what is wrong, by file; none for sound evidence.
        unread: why the pointers could not be read; None where they were. It says nothing of the evidence.
        root: of the newest manifest; None where there is none.
        manifests: how many there are, `signed` and `stamped` of them; `found` of them name a WARC file that
            was there when a verb began: of a killed run, of before, or put there.
        unchecked: what was not checked, in words.
        documents: those that rest on evidence that is not sound.
        damaged: files of which a part cannot be read.
        unreached: files that stand elsewhere and could not be had, of which nothing is said.
    """

    files: int
    records: int
    pointers: int
    findings: tuple[Finding, ...]
    unread: str | None
    root: str | None
    manifests: int
    signed: int
    stamped: int
    found: int
    unchecked: tuple[str, ...]
    documents: tuple[Dependent, ...]
    damaged: tuple[str, ...]
    unreached: tuple[str, ...]


def verify_data(
    data: DataDir,
    *,
    progress: Advance,
    signing: Signing | None = None,
    roots: Sequence[str] = (),
) -> VerifyReport:
    """Verify the evidence of a data directory, and what was made of it; writes nothing.

    Args:
        data: the data directory.
        signing: the operator's key and certificates.
        roots: published roots that the manifests must hold.
        progress: called with how many files were read, of how many.
    """
    files = len(archive_files(data.warc))
    reports: list[FileReport] = []
    for report in verify_archive(data.warc, Chain(data.manifests, judged=True).seals()):
        reports.append(report)
        progress(len(reports), files)
    findings = [finding for report in reports for finding in report.findings]
    findings += verify_references(data.warc, reports)
    damage = [each for report in reports for each in report.damage]
    chain = check_manifests(data, reports, signing or Signing(), roots)
    findings += chain.findings
    pointers, unread = 0, None
    documents: tuple[Dependent, ...] = ()
    try:
        pointers = _verify_pointers(data, findings, [report.file for report in reports if report.unread])
        documents = find_dependents(data, findings, damage)
    except CorpusUnreadable as error:
        unread = str(error)
    missing = () if data.corpus_db.exists() else ("no pointer was verified: there is no corpus",)
    return VerifyReport(
        files=len(reports),
        records=sum(report.records for report in reports),
        pointers=pointers,
        findings=tuple(findings),
        unread=unread,
        root=chain.root,
        manifests=chain.manifests,
        signed=chain.signed,
        stamped=chain.stamped,
        found=chain.found,
        unchecked=(*missing, *chain.unchecked),
        documents=documents,
        damaged=tuple(sorted({each.file for each in damage})),
        unreached=tuple(report.file for report in reports if report.unread and not report.findings),
    )


def _verify_pointers(data: DataDir, findings: list[Finding], unread: Sequence[str]) -> int:
    """Add what is wrong with the corpus's pointers to the findings; return how many there are."""
    if not data.corpus_db.exists():
        return 0
    with reading(data.corpus_db) as corpus:
        rows = corpus.execute(
            # The record of a 304 states no digest: the corpus has it from the original.
            "SELECT id, warc_file, warc_offset, warc_length, iif(status = 304, NULL, payload_sha256) "
            "FROM captures ORDER BY warc_file, warc_offset"
        )
        findings += verify_pointers(data.warc, (Written(*row) for row in rows), unread)
        return int(corpus.value("SELECT count(*) FROM captures"))


@verb("status", "gongkai --data /srv/gongkai status --json", current=True)
def status_command(settings: Settings) -> None:
    """Show the last night, what readers see, the disk, portals in trouble and the size of the corpus."""
    status, nights = read_status(settings.data), read_night_status(settings.data, settings.clock)
    ill = [one["id"] for one in status.portals if one["health"] not in ("ok", None) or one["health_reason"]]
    lines = describe_lines(render_lines("status_lines.txt", nights=nights, in_trouble=ill))
    print_result(status, lines + describe_status(status), nights=nights, in_trouble=ill)


def _note_verified(settings: Settings, report: VerifyReport) -> Iterator[str]:
    """Note for the turns and for the pages what is sound; yield why it could not be noted."""
    names = {path.name for path in archive_files(settings.data.warc)}
    try:
        # Files that are gone were looked for, too: the chain names them.
        names |= Chain(settings.data.manifests).files().keys()
        with hold(settings.data.lock, verb="verify", clock=settings.clock):
            note_verified(
                settings.data,
                names.difference(report.unreached),
                report.findings,
                None if report.unread else report.documents,
                clock=settings.clock,
            )
    except (LockHeld, OSError) as failure:
        yield f"not noted, so that nights verify these files again: {failure}"


def _repair(settings: Settings, damaged: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Write a sound copy of each damaged file that has none; yield the names of both."""
    data = settings.data
    with writing(settings, "verify"):
        # The name of a sound copy says of which file it is.
        copied = {damaged_name(path.name) for path in archive_files(data.warc)}
        sealed = Chain(data.manifests).files()
        for name in damaged:
            if name not in copied:
                yield name, write_sound_copy(data.warc / name, settings.clock(), taken=sealed).name


def _verify_derived(settings: Settings, progress: Advance) -> Iterator[Finding]:
    """Make corpus and copy anew from the evidence, and name what says something else; the lock is held."""
    data = settings.data
    # As large as what is there: where the system keeps its own may be memory.
    with hold_work_folder(data.root) as folder:
        anew = DataDir(folder)
        # A corpus is made of these alone.
        for path in (data.warc, data.roster):
            (anew.root / path.name).symlink_to(path)
        rebuild(anew, DeriveOptions(workers=settings.workers, progress=progress))
        hidden = read_suppressions(data.root / "suppressions.yaml")
        expected = build_copy(anew.corpus_db, anew.root / "anew.db", hidden).digest
        if (
            data.corpus_db.exists()
            and build_copy(data.corpus_db, anew.root / "held.db", hidden).digest != expected
        ):
            yield Finding(data.corpus_db.name, 0, None, _NOT_DERIVED)
    if data.public_db.exists():
        with open_joined(data) as copy:
            if digest_open_copy(copy) != expected:
                yield Finding(data.public_db.resolve().name, 0, None, _NOT_DERIVED)


_NOT_DERIVED = (
    "its rows are not what the evidence gives: derive and publish what is new; else they were altered"
)


def describe_verified(report: VerifyReport) -> list[str]:
    """Say in lines what was verified, and what is wrong."""
    return render_text("verified_lines.txt", report=report)


@verb("verify", "gongkai --data /srv/gongkai verify", "gongkai verify --root 3f5a…  # as a report printed it")
@click.option("--root", "roots", multiple=True, help="A published root that the manifests must hold.")
@click.option("--derived", is_flag=True, help="Also make the corpus anew, and compare every public row.")
@click.option("--repair", is_flag=True, help="Write what is whole of a damaged file into another beside it.")
def verify_command(settings: Settings, *, roots: tuple[str, ...], derived: bool, repair: bool) -> None:
    """Read every byte of the evidence and every pointer into it again; say what is wrong and where.

    What was sealed and published is held against the manifests; what was not checked is said. Ends with 4
    when evidence is damaged or altered.
    """
    reports, unchecked = load_reports(settings.data)
    with progress_bar("verifying") as progress:
        told = (*roots, *(each.root for each in reports if each.root))
        report = verify_data(settings.data, progress=progress, signing=settings.signing, roots=told)
    if derived:
        with writing(settings, "verify"), progress_bar("reading") as progress:
            anew = tuple(_verify_derived(settings, progress))
        report = report.replace(findings=report.findings + anew)
    else:
        unchecked.append("whether the rows are what the evidence gives: --derived")
    report = report.replace(unchecked=(*report.unchecked, *unchecked))
    lines = [*describe_verified(report), *_note_verified(settings, report)]
    if repair:
        lines += [f"what is whole of {old} stands in {new}" for old, new in _repair(settings, report.damaged)]
    print_result(report, lines)
    if report.findings:
        sys.exit(ExitCode.DAMAGED)
    if report.unread or report.unreached:
        sys.exit(ExitCode.FAILED)
