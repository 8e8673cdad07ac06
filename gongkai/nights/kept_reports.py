"""The reports that were kept, and what they told: no event zero times, none twice without a cause.

    DATA/reports/<night>/report.json, .md, .html     titles only as the published copy shows them
    DATA/reports/<night>/events.jsonl                of each event kind, document, instant, capture, address

    derive: INSERT INTO changes ─trigger─▶ _untold ─ minus `told` of nights.db ─▶ report ─▶ told ─▶ emptied
                                       kept reports ──what it lacks──▶ ┘

Where `suppressions.yaml` hides more than before, titles go from those that are kept, too. The queue is made
in the corpus by the first night, with all that it holds: of a corpus that was made anew, or comes from
before, nothing is told twice that is noted as told, and all that is not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from archive.corpus.store import CorpusUnreadable, reading
from archive.data_folder import DataDir, write_durably
from archive.database import Database
from archive.publish.suppressions import BadSuppressions, hides_all, read_suppressions
from archive.warc.files import archive_files, damaged_name
from gongkai.nights.night_report import NAMED_KINDS, NamedDocument, NightReport, OtherRun, render_report
from pipelines.errors import GongkaiError
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gongkai.nights.night_record import Nights

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
        kind: tuple(each.replace(title=titles.get(each.id)) for each in documents)
        for kind, documents in named.items()
    }
    return report.replace(**entitled)


_TITLES = "SELECT id, title FROM documents WHERE title <> '' AND id IN (SELECT value FROM json_each(?))"


def _find_titles(data: DataDir, documents: Sequence[str]) -> dict[str, str]:
    """Return the titles of documents as the published copy shows them.

    Nothing where there is none, one that cannot be read, or one that shows what is to be hidden by now.
    """
    try:
        hidden = read_suppressions(data.root / "suppressions.yaml")
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
    basis = (
        hashlib.sha256(repr(read_suppressions(data.root / "suppressions.yaml")).encode()).hexdigest().encode()
    )
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


# Which events were told, and which were not.

_IDENTITY = "kind, document_id, observed_at, capture_id"
_QUEUE = f"""
CREATE TABLE _untold (
    kind TEXT NOT NULL,
    document_id TEXT NOT NULL,
    observed_at TEXT NOT NULL,
    capture_id TEXT NOT NULL,
    PRIMARY KEY ({_IDENTITY})
) STRICT, WITHOUT ROWID;
CREATE TRIGGER _untold_added AFTER INSERT ON changes BEGIN
    INSERT OR IGNORE INTO _untold VALUES (NEW.kind, NEW.document_id, NEW.observed_at, NEW.capture_id);
END;
CREATE TRIGGER _untold_removed AFTER DELETE ON changes BEGIN
    DELETE FROM _untold WHERE ({_IDENTITY}) = (OLD.kind, OLD.document_id, OLD.observed_at, OLD.capture_id);
END;
INSERT INTO _untold SELECT {_IDENTITY} FROM changes;
"""  # noqa: S608  names of ours
_QUEUED = """
SELECT q.kind, q.document_id, q.observed_at, q.capture_id, d.url FROM _untold AS q
JOIN documents AS d ON d.id = q.document_id ORDER BY q.kind, d.url, q.observed_at
"""
_RUNS = "SELECT id, verb, night, state, problems FROM runs ORDER BY started_at, id"
_OUTCOMES = "SELECT ifnull(portal_id, ''), outcome, count(*) FROM captures WHERE run_id = ? GROUP BY 1, 2"
# What a row of a night has of its report.
_KEPT = ("id", "night", "started_at", "ended_at", "state", "exit_code", "error")


def event_digest(*identity: str) -> int:
    """Return by what it is known that an event was told: eight bytes of its identity's hash."""
    return int.from_bytes(hashlib.sha256("\0".join(identity).encode()).digest()[:8], signed=True)


def insert_told(db: Database, night_id: str, digests: Iterable[int]) -> None:
    """Note which events a night told, within the transaction that is under way."""
    db.insert_rows("told", ("digest", "night_id"), ((it, night_id) for it in digests), "OR IGNORE")


def take_in_reports(db: Database, data: DataDir) -> list[str]:
    """Note what kept reports tell of nights that are not known; return what is to be told of that."""
    known = set(db.column("SELECT id FROM nights"))
    lacking = [night for night in kept_nights(data) if night not in known]
    if not lacking:
        return []
    reports, problems = load_reports(data, lacking)
    with db.transaction():
        for report in reversed(reports):
            try:
                _insert_told_night(db, report, read_told(data, report))
            except (OSError, ReportUnreadable) as damage:
                problems.append(describe_left_out(report.id, damage))
    taken = len(lacking) - len(problems)
    if taken and not known:  # else as from a backup
        problems.append(f"{data.nights_db.name} was lost: made anew from {taken} kept reports")
    return problems


def read_told(data: DataDir, report: NightReport) -> list[int]:
    """Return the digests of what a kept report tells: by these nights know it, whether it was lost or not.

    Raises:
        ReportUnreadable: its events are damaged.
    """
    runs = [(run.id, run.state) for run in report.runs]
    runs += [(report.run_id, report.crawl_state)] if report.run_id and report.crawl_state else []
    told = chain(
        read_told_events(data, report.id),
        (("run", *run) for run in runs),
        (("repaired", name) for name in report.repaired),
    )
    return [event_digest(*event) for event in told]


def _insert_told_night(db: Database, report: NightReport, told: Iterable[int]) -> None:
    """Note a night of before; what was overruled since is not told by its report."""
    kept = msgspec.to_builtins(report)
    number = report.number
    if number is None or db.value("SELECT 1 FROM nights WHERE number = ?", number):
        # It was before all that are known: the newer are noted first.
        number = db.value("SELECT ifnull(min(number), 1) - 1 FROM nights")
    dated = {"number": number, "clock": report.started_at, "told_at": report.ended_at or report.started_at}
    db.insert_row("nights", {name: kept[name] for name in _KEPT} | dated)
    for position, step in enumerate(kept["steps"]):
        key = {"night_id": report.id, "position": position, "started_at": report.started_at}
        db.insert_row("steps", key | step)
    insert_told(db, report.id, told)


class Untold(FrozenStruct):
    """What is about to be told.

    Attributes:
        events: kind, document, instant, capture and address of each.
        runs: runs that are not this night's own.
        repaired: sound copies of damaged WARC files.
    """

    events: Sequence[tuple[str, ...]] = ()
    runs: Sequence[OtherRun] = ()
    repaired: Sequence[str] = ()

    def facts(self) -> dict[str, Any]:
        """Return what a report says of it, by its fields."""
        named = {kind: [event for event in self.events if event[0] == kind] for kind in NAMED_KINDS}
        return {
            "runs": tuple(self.runs),
            "repaired": tuple(self.repaired),
            "changes": dict(Counter(sorted(event[0] for event in self.events))),
        } | {kind: tuple(NamedDocument(it[1], it[4]) for it in events) for kind, events in named.items()}


def find_untold(data: DataDir, nights: Nights, run_id: str | None) -> Untold:
    """Return everything that happened and no report told.

    Args:
        data: the data directory; the caller holds its lock.
        nights: what was told.
        run_id: this night's own run, of which its report tells in full.

    Raises:
        sqlite3.DatabaseError: the corpus cannot be read, or the queue not be made in it.
    """

    def is_new(*identity: str) -> bool:
        return not nights.is_told(event_digest(*identity))

    files = {path.name for path in archive_files(data.warc)}
    sound = sorted(name for name in files if damaged_name(name) in files)
    repaired = [name for name in sound if is_new("repaired", name)]
    if not data.corpus_db.exists():
        return Untold(repaired=repaired)
    runs = []
    with contextlib.closing(_open_corpus(data)) as corpus:
        events = [event for event in corpus.rows(_QUEUED) if is_new(*event[:4])]
        for run, verb, night, state, problems in corpus.rows(_RUNS):
            if run != run_id and is_new("run", run, state):
                outcomes: dict[str, dict[str, int]] = {}
                for portal, outcome, count in corpus.execute(_OUTCOMES, (run,)):
                    outcomes.setdefault(portal, {})[outcome] = count
                runs.append(OtherRun(run, verb, night, state, outcomes, tuple(json.loads(problems))))
    return Untold(events, runs, repaired)


def empty_queue(data: DataDir) -> None:
    """Empty the queue, once all that is in it is noted as told.

    Raises:
        sqlite3.DatabaseError: the corpus cannot be written; what is told stays told.
    """
    if data.corpus_db.exists():
        with contextlib.closing(_open_corpus(data)) as corpus:
            corpus.execute("DELETE FROM _untold")


def _open_corpus(data: DataDir) -> Database:
    corpus = sqlite3.connect(data.corpus_db, isolation_level=None, timeout=30, factory=Database)
    if not corpus.has_table("_untold"):
        with corpus.transaction():
            corpus.run_script(_QUEUE)
    return corpus
