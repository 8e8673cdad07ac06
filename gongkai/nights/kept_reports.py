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
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from archive.data_folder import DataDir
    from archive.publish.suppressions import Suppression
    from gongkai.nights.night_report import NamedDocument

_REPORT_FILE = "report.json"
_DATE = len("2026-01-31")
EVENTS_FILE = "events.jsonl"
_HIDDEN_FILE = ".hidden"
"""In the folder of reports: the hash of the suppressions by which all of them were written."""


class ReportUnreadable(GongkaiError):
    """A kept report is damaged."""


def load_reports(data: DataDir, since: dt.date | None = None) -> list[NightReport]:
    """Return the kept reports, oldest first.

    Args:
        data: the data directory.
        since: the first night that is wanted; None for all.

    Raises:
        ReportUnreadable: one is damaged.
    """
    nights = (night for night in kept_nights(data) if not since or night >= since.isoformat())
    reports = (load_report(data, night) for night in nights)
    return sorted(reports, key=lambda report: (report.started_at, report.id))


def kept_nights(data: DataDir) -> list[str]:
    """Return the ids of the nights of which a report is kept, by date, those of one date as they began."""
    kept = (path.parent.name for path in data.reports.glob(f"*/{_REPORT_FILE}"))
    return sorted(kept, key=lambda night: (night[:_DATE], len(night), night))


def load_report(data: DataDir, night: str) -> NightReport:
    """Return the report of one night.

    Raises:
        FileNotFoundError: none is kept.
        ReportUnreadable: it is damaged.
    """
    path = data.reports / night / _REPORT_FILE
    try:
        return NightReport.from_json(path.read_bytes())
    except msgspec.MsgspecError as error:
        raise ReportUnreadable(
            f"this is no report: {error}", where=str(path), hint="Bring it back from the backup, or remove it"
        ) from error


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
    """Yield what a kept report told: kind, id, instant and capture of each event."""
    with contextlib.suppress(FileNotFoundError), (data.reports / night / EVENTS_FILE).open("rb") as file:
        for line in file:
            yield tuple(json.loads(line)[:4])


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


def purge_reports(data: DataDir) -> None:
    """Take the titles that are hidden by now from all kept reports, once for each change of what is hidden.

    Raises:
        BadSuppressions: what is to be hidden cannot be read.
        ReportUnreadable: a report is damaged.
        OSError: the disk refuses.
    """
    basis = hashlib.sha256(repr(_suppressions(data)).encode()).hexdigest().encode()
    note = data.reports / _HIDDEN_FILE
    if not data.reports.is_dir() or (note.exists() and note.read_bytes() == basis):
        return
    for report in load_reports(data):
        shown = with_titles(report, data)
        if shown != report:
            _write_report(data.reports / report.id, shown)
    write_durably(note, [basis])


def _suppressions(data: DataDir) -> tuple[Suppression, ...]:
    return read_suppressions(data.root / "suppressions.yaml")
