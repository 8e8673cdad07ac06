"""What it costs to say what is new in every report of a corpus, and whether the figures are right.

    python -m benchmarks.repetition_novelty [REPORTS …]

Makes up reports of some 3,000 characters: each body publishes for ten years, keeps part of what it printed
the year before, takes sentences from a common stock and a paragraph from a neighbour, and fills in one
statutory table. Prints the seconds and the peak memory of working out `overlaps` and `novelty_by_report`, and
of the views over them, and how many of a sample of reports and pairs have exactly the figures that a slow
reading of the definitions gives.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.corpus.store import schema_sql
from archive.database import Database
from archive.publish.overlap_tables import write_repetition
from benchmarks._wide_rows import accept_wide_rows
from pipelines.identity import section_id, text_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SIZES = (1_000, 10_000, 50_000)
YEARS = range(2014, 2024)
SAMPLE = 40
RUN, REPEATED_RUN = 13, 26

_LABELS = 40
_PARAGRAPHS = 26
_KEPT, _STOCK = 0.55, 0.7
VIEWS = ("copied_from", "first_places", "most_repeated")


@dataclass(frozen=True, slots=True)
class Report:
    """A made-up report."""

    body: int
    year: int
    paragraphs: tuple[str, ...]
    table: str

    @property
    def id(self) -> str:
        """Sorts by year."""
        return f"{self.year}{self.body:08}"

    @property
    def prose(self) -> str:
        """All but the table."""
        return "\n".join(self.paragraphs)


def make_reports(count: int) -> Iterator[Report]:
    """Yield reports in the total order, from a fixed seed."""
    source = random.Random(20260131)
    bodies = count // len(YEARS)
    stock = [_sentence(source) for _ in range(300)]
    labels = [_sentence(source, 12) for _ in range(_LABELS)]
    before: list[tuple[str, ...]] = [()] * bodies
    for year in YEARS:
        for body in range(bodies):
            paragraphs = list(_paragraphs(source, before[body], stock))
            if body % 5 == 4 and year > YEARS[0]:
                paragraphs.append(before[body - 1][-1])
            if body % 50 == 7:
                paragraphs += paragraphs[:20]
            before[body] = tuple(paragraphs)
            rows = (f"{label}\t{source.randint(0, 99)}\t{source.randint(0, 9)}" for label in labels)
            yield Report(body, year, before[body], "\n".join(rows))


def _paragraphs(source: random.Random, before: tuple[str, ...], stock: list[str]) -> Iterator[str]:
    for number in range(_PARAGRAPHS):
        chance = source.random()
        if chance < _KEPT and number < len(before):
            yield before[number]
        elif chance < _STOCK:
            yield source.choice(stock) + _sentence(source, 30)
        else:
            yield _sentence(source)


def _sentence(source: random.Random, least: int = 40) -> str:
    return "".join(
        map(chr, source.choices(range(0x4E00, 0x4E00 + 2500), k=source.randint(least, least + 30)))
    )


def fill_corpus(path: Path, count: int) -> None:
    """Write made-up reports into the tables that are read."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(schema_sql())
        accept_wide_rows(db)
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN")
        for report in make_reports(count):
            _insert(db, report)
        db.execute("COMMIT")


def _insert(db: sqlite3.Connection, report: Report) -> None:
    seen = "2026-01-31T00:00:00.000000Z"
    text = report.prose + "\n" + report.table
    tables = json.dumps([[len(report.prose) + 1, len(text)]])
    db.execute(
        "INSERT OR IGNORE INTO issuers (id, name, kind) VALUES (?1, ?1, 'government')", (str(report.body),)
    )
    db.execute(
        """INSERT INTO documents (id, url, kind, title, issuer_id, year, status, read_state, first_seen,
               last_seen, current_version_id)
           VALUES (?1, ?1, 'annual_report', ?1, ?2, ?3, 'live', 'read', ?4, ?4, ?1)""",
        (report.id, str(report.body), report.year, seen),
    )
    db.execute(
        """INSERT INTO versions (id, document_id, capture_id, text_sha256, text, chars, tail, tables,
               extractor, encoding, first_seen, last_seen)
           VALUES (?1, ?1, '', ?1, ?2, ?3, '', ?4, '', '', ?5, ?5)""",
        (report.id, text, len(text), tables, seen),
    )
    if report.year > YEARS[0]:
        db.execute(
            "INSERT INTO relations (from_document_id, to_document_id, kind, evidence)"
            " VALUES (?, ?, 'previous_year', '')",
            (report.id, f"{report.year - 1}{report.body:08}"),
        )
    for position, passage in enumerate((*report.paragraphs, report.table)):
        section = section_id(passage)
        db.execute(
            "INSERT OR IGNORE INTO sections (id, text, chars, normalised_sha256) VALUES (?, ?, ?, ?)",
            (section, passage, len(passage), text_sha256(passage)),
        )
        db.execute(
            """INSERT INTO occurrences (version_id, position, section_id, heading_path, level, lead)
               VALUES (?, ?, ?, '', 0, '\n')""",
            (report.id, position, section),
        )


def measure(path: Path) -> dict[str, float]:
    """Return the seconds of each step, and the peak memory of this process in megabytes."""
    figures = {}
    with closing(sqlite3.connect(path, isolation_level=None, factory=Database)) as db:
        db.execute("CREATE TABLE sections_fts_holders (version INTEGER PRIMARY KEY, first, nearest)")
        db.execute("CREATE TABLE sections_fts_marks (version INTEGER PRIMARY KEY, starts, repeated)")
        db.execute("BEGIN")
        began = time.perf_counter()
        write_repetition(db, path.parent)
        figures["overlaps and novelty"] = time.perf_counter() - began
        db.execute("COMMIT")
        figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for view in VIEWS:
            began = time.perf_counter()
            db.execute(f"CREATE TEMP TABLE written_{view} AS SELECT * FROM main.{view}")  # noqa: S608  a constant
            figures[view] = time.perf_counter() - began
    return figures


def judge(path: Path, count: int) -> tuple[int, int, int, int]:
    """Return how many of a sample of reports and of their pairs are exactly right, each of how many."""
    chosen = set(random.Random(1).sample(range(count), min(SAMPLE, count)))
    sample = [report for rank, report in enumerate(make_reports(count)) if rank in chosen]
    wanted = {window for report in sample for part in _parts(report) for window in _windows(part)}
    first = _first_ranks(make_reports(count), wanted)
    with closing(sqlite3.connect(path)) as db:
        reports = sum(
            _is_novelty_right(db, it, first, rank) for it, rank in zip(sample, sorted(chosen), strict=True)
        )
        pairs = [
            _is_overlap_right(row, it, _stored_parts(db, row[0]))
            for it in sample
            for row in db.execute(
                """SELECT source_id, prose_chars, prose_copied, table_chars, table_copied, longest_run
                   FROM overlaps WHERE document_id = ?""",
                (it.id,),
            )
        ]
    return reports, len(sample), sum(pairs), len(pairs)


def _parts(report: Report) -> tuple[str, str]:
    """Return the compared characters of prose and table; the flag keeps their windows apart."""
    return report.prose.replace("\n", ""), "#" + report.table.replace("\n", "").replace("\t", "")


def _stored_parts(db: sqlite3.Connection, version: str) -> tuple[str, str]:
    [(text, tables)] = db.execute("SELECT text, tables FROM versions WHERE id = ?", (version,))
    [(start, _)] = json.loads(tables)
    return text[:start].replace("\n", ""), "#" + text[start:].replace("\n", "").replace("\t", "")


def _windows(part: str, length: int = RUN) -> Iterable[str]:
    flag, text = ("#", part[1:]) if part.startswith("#") else ("", part)
    return (flag + text[start : start + length] for start in range(len(text) - length + 1))


def _first_ranks(reports: Iterable[Report], wanted: set[str]) -> dict[str, int]:
    """Return which report has each window first."""
    first: dict[str, int] = {}
    for rank, report in enumerate(reports):
        for part in _parts(report):
            for window in _windows(part):
                if window in wanted:
                    first.setdefault(window, rank)
    return first


def _count(part: str, is_held: Callable[[str], bool]) -> tuple[int, int]:
    """Return how many characters a part has, its own repetitions left out, and how many of them are held."""
    size = len(part) - part.startswith("#")
    held, repeated, seen = [False] * size, [False] * size, set()
    for start, window in enumerate(_windows(part)):
        if is_held(window):
            held[start : start + RUN] = [True] * RUN
    for start, window in enumerate(_windows(part, REPEATED_RUN)):
        if window in seen:
            repeated[start : start + REPEATED_RUN] = [True] * REPEATED_RUN
        seen.add(window)
    once = [place for place in range(size) if not repeated[place]]
    return len(once), sum(held[place] for place in once)


def _is_novelty_right(db: sqlite3.Connection, report: Report, first: dict[str, int], rank: int) -> bool:
    [found] = db.execute(
        """SELECT prose_chars, prose_chars - prose_new, table_chars, table_chars - table_new
           FROM novelty_by_report WHERE document_id = ?""",
        (report.id,),
    )
    prose, table = (_count(part, lambda window: first[window] < rank) for part in _parts(report))
    return bool(found == (*prose, *table))


def _is_overlap_right(
    row: tuple[str, int, int, int, int, str], report: Report, source: tuple[str, str]
) -> bool:
    held = {window for part in source for window in _windows(part)}
    prose, table = (_count(part, held.__contains__) for part in _parts(report))
    longest = row[5].rstrip("…")
    both = all(any(longest in part for part in parts) for parts in (_parts(report), source))
    return row[1:5] == (*prose, *table) and both


def _in_a_process(function: Callable[..., object], *arguments: object) -> object:
    """Run a function in a fresh process, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> None:
    """Measure and print."""
    sizes = [int(argument) for argument in sys.argv[1:]] or SIZES
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.db"
            _in_a_process(fill_corpus, path, count)
            figures = _in_a_process(measure, path)
            assert isinstance(figures, dict)
            with closing(sqlite3.connect(path)) as db:
                [(chars,)] = db.execute("SELECT sum(chars) FROM versions")
                [(pairs,)] = db.execute("SELECT count(*) FROM overlaps")
            print(f"{count:,} reports, {chars / 1e6:.1f} million characters, {pairs:,} rows of overlaps")
            print("  " + ", ".join(f"{name} {figure:.1f}" for name, figure in figures.items()))
            reports, sampled, right, judged = judge(path, count)
            print(f"  exactly right: {reports} of {sampled} reports, {right} of {judged} pairs")


if __name__ == "__main__":
    main()
