"""The reports that were kept: `DATA/reports/<night>/report.json`, `.md`, `.html`, and what they told.

`events.jsonl` has a line for each event that was told: its kind, document, instant, capture and address.
Titles stand in reports only as the published copy shows them; where `suppressions.yaml` hides more than
before, they go from those that are kept, too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from archive.corpus.store import CorpusUnreadable, reading
from archive.data_folder import write_durably
from archive.publish.suppressions import BadSuppressions, hides_all, read_suppressions
from gongkai.nights.night_report import NAMED_KINDS, NightReport, render_report
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.data_folder import DataDir
    from archive.publish.suppressions import Suppression
    from gongkai.nights.night_report import NamedDocument

_REPORT_FILE = "report.json"
_DATE = len("2026-01-31")
EVENTS_FILE = "events.jsonl"
_MENDING = "Bring it back from the backup, or remove it"
# In the folder of reports: the hash of the suppressions by which all of them were written.
_HIDDEN_FILE = ".hidden"


class ReportUnreadable(GongkaiError):
    """A kept report is damaged, or stands where another's should."""


def load_reports(data: DataDir, nights: Iterable[str] | None = None) -> tuple[list[NightReport], list[str]]:
    """Return the reports that can be read, in the order in which their nights began, and of others why not.

    Args:
        data: the data directory.
        nights: whose reports are wanted; None for all that are kept.
    """
    reports, left_out = [], []
    for night in kept_nights(data) if nights is None else nights:
        try:
            reports.append(load_report(data, night))
        except (OSError, ReportUnreadable) as damage:
            left_out.append(describe_left_out(night, damage))
    # Those that say no number are of before nights had one, and so are they.
    return sorted(reports, key=lambda report: (report.number or 0, report.started_at, report.id)), left_out


def describe_left_out(night: str, damage: Exception) -> str:
    """Say of a kept report that it was left out, and why."""
    return f"the kept report {night} was left out: {damage}"


def kept_nights(data: DataDir) -> list[str]:
    """Return the ids of the nights of which a report is kept, by date, those of one date as they began."""
    kept = (path.parent.name for path in data.reports.glob(f"*/{_REPORT_FILE}"))
    # 2026-01-31-10 began after 2026-01-31-9.
    return sorted(kept, key=lambda night: (night[:_DATE], len(night), night))


def load_report(data: DataDir, night: str) -> NightReport:
    """Return the report of one night.

    Raises:
        FileNotFoundError: none is kept.
        ReportUnreadable: it is damaged, or another's.
    """
    path, problem = data.reports / night / _REPORT_FILE, ""
    try:
        report = NightReport.from_json(path.read_bytes())
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        problem = f"this is no report: {error}"
    else:
        if report.id == night:
            return report
        problem = f"this is the report of {report.id}"
    raise ReportUnreadable(problem, where=str(path), hint=_MENDING)


def keep_report(data: DataDir, report: NightReport, events: Iterable[tuple[str, ...]]) -> None:
    """Keep a report and what it tells, durably; it is there once its JSON is.

    Args:
        data: the data directory.
        report: what is told.
        events: what happened to documents: kind, id, instant, capture, address.

    Raises:
        OSError: the disk refuses.
    """
    folder = data.reports / report.id
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in events)
    write_durably(folder / EVENTS_FILE, lines)
    _write_report(folder, report)


def _write_report(folder: Path, report: NightReport) -> None:
    for form in ("md", "html"):
        write_durably(folder / f"report.{form}", [render_report(report, form).encode()])
    write_durably(folder / _REPORT_FILE, [report.to_json(), b"\n"])


def read_told_events(data: DataDir, night: str) -> Iterator[tuple[str, ...]]:
    """Yield what a kept report told: kind, id, instant and capture of each event.

    Raises:
        ReportUnreadable: it is damaged.
    """
    path = data.reports / night / EVENTS_FILE
    try:
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line, type=tuple[str, ...])[:4]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportUnreadable(f"these are no events: {error}", where=str(path), hint=_MENDING) from error


# Titles, as far as readers may see them.


def with_titles(report: NightReport, data: DataDir) -> NightReport:
    """Return a report whose documents have the titles that readers may see, and no others."""
    named: dict[str, tuple[NamedDocument, ...]] = {kind: getattr(report, kind) for kind in NAMED_KINDS}
    titles = _find_titles(data, [each.id for documents in named.values() for each in documents])
    entitled: dict[str, Any] = {
        kind: tuple(replace(each, title=titles.get(each.id)) for each in documents)
        for kind, documents in named.items()
    }
    return replace(report, **entitled)


_TITLES = "SELECT id, title FROM documents WHERE title <> '' AND id IN (SELECT value FROM json_each(?))"


def _find_titles(data: DataDir, documents: Sequence[str]) -> dict[str, str]:
    """Return the titles of documents as the published copy shows them.

    Nothing where there is none, one that cannot be read, or one that shows what is to be hidden by now.
    """
    try:
        hidden = _suppressions(data)
    except BadSuppressions:
        return {}  # publishing says so; until it can be read, no title is sure to be shown
    if not data.public_db.exists():
        return {}
    with contextlib.suppress(CorpusUnreadable), reading(data.public_db) as copy:
        # Of a copy that cannot be read a gate says so; the report is made without titles.
        if hides_all(copy, hidden):
            return dict(copy.execute(_TITLES, (json.dumps(documents),)))
    return {}


def purge_reports(data: DataDir) -> list[str]:
    """Take the titles that are hidden by now from all kept reports, once for each change of what is hidden.

    Returns:
        Which reports cannot be read, and so may show what is hidden: they are looked at again each time.

    Raises:
        BadSuppressions: what is to be hidden cannot be read.
        OSError: the disk refuses.
    """
    basis = hashlib.sha256(repr(_suppressions(data)).encode()).hexdigest().encode()
    note = data.reports / _HIDDEN_FILE
    if not data.reports.is_dir() or (note.exists() and note.read_bytes() == basis):
        return []
    reports, left_out = load_reports(data)
    for report in reports:
        shown = with_titles(report, data)
        if shown != report:
            _write_report(data.reports / report.id, shown)
    if not left_out:
        write_durably(note, [basis])
    return left_out


def _suppressions(data: DataDir) -> tuple[Suppression, ...]:
    return read_suppressions(data.root / "suppressions.yaml")
