"""Captures to corpus: index, read, merge, link. The only caller of the pipelines.

    WARC files ─▶ index ─▶ _to_read ─▶ children: read_capture ─▶ merge ─▶ _to_link ─▶ link ─▶ corpus

What is left to do stands in the corpus itself and is taken off in the transaction that does it, so that a
derive killed at any moment is gone on with by the next. A corpus made by another parser is rebuilt into a new
file that takes its place at the end, so that a better parser is never mistaken for a changed document.
"""

from __future__ import annotations

import os
import tempfile
import time
import zlib
from collections import Counter
from contextlib import closing, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import field

from archive.corpus.captures import Indexed, captures_in, derived_through, index_records, note_derived
from archive.corpus.issuers import load_roster
from archive.corpus.link import link
from archive.corpus.readings import (
    are_readings_taken_back,
    finish_queue,
    note_tools,
    queue_length,
    queue_retries,
    queued_tasks,
    store_results,
)
from archive.corpus.store import (
    CorpusMismatch,
    create_corpus,
    dependent_documents,
    explaining,
    open_corpus,
    read_meta,
    reading,
)
from archive.database import Database, remove_database, replaced_database, unfinished_database, unlogged
from archive.reading.dispatch import ReadersBroken, hold_sandbox, read_captures
from archive.reading.kept import keep_readings
from archive.sandbox.pool import Limits
from archive.warc.entries import StoredCapture
from archive.warc.files import readable_files, repair
from archive.warc.moved_files import StoreUnreachable, stored_size
from archive.warc.reader import Found, read_archive
from archive.warc.record_index import Damage
from pipelines.document import PARSER_VERSION
from pipelines.readers.registry import installed_tools
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from archive.data_folder import DataDir
    from archive.reading.tasks import ReadResult, ReadTask
    from pipelines.bodies.roster import Roster

    Settled = tuple[ReadTask, ReadResult]

BATCH = 1000
BATCH_SECONDS = 120
"""Readings per transaction, and how long one is kept open: what a kill can cost.

The keys of passages fall anywhere in their indexes, so that each transaction writes most pages of these once:
the more readings share one, the less is written for each.
"""


class CaptureReader(Protocol):
    """Reads captures: `read_captures` in limited child processes, or another way with the same results."""

    def __call__(
        self, folder: Path, tasks: Iterable[ReadTask], *, workers: int, limits: Limits
    ) -> Iterator[Settled]:
        """Yield each task with its result, in the order of the tasks."""


class DeriveOptions(FrozenStruct):
    """How to derive.

    Attributes:
        workers: reading processes.
        limits: what one document may cost.
        progress: called with how many captures were read, of how many.
        reader: reads the captures, each with a result, in the order of the tasks.
    """

    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    limits: Limits = field(default_factory=Limits)
    progress: Callable[[int, int], None] = lambda _done, _total: None
    reader: CaptureReader = read_captures


class DeriveReport(FrozenStruct):
    """What a derive did.

    Attributes:
        rebuilt: whether the corpus was made anew.
        captures: how many captures were new to it.
        read: documents read.
        waiting: documents that wait for a reader.
        failed: documents that could not be read.
        linked: documents linked.
        damage: evidence that could not be read, in words. What is sound is derived all the same; each derive
            tries the rest again.
        roster_problems: rows of the operator's roster that were left out, in words.
        documents: addresses of those that rest on damaged evidence, themselves or by a revisit.
    """

    rebuilt: bool
    captures: int
    read: int
    waiting: int
    failed: int
    linked: int
    damage: tuple[str, ...] = ()
    roster_problems: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


def derive(data: DataDir, options: DeriveOptions | None = None) -> DeriveReport:
    """Bring the corpus up to the evidence; rebuild it when another parser or another roster made it.

    Rebuilt, too, when evidence that came in late shows that something read before is an error page.

    The caller holds the lock.

    Args:
        data: the data directory.
        options: how to derive.

    Raises:
        ReadersBroken: no reading process can be started.
        StoreUnreachable: evidence that is needed stands elsewhere and cannot be had.
        CorpusUnwritable: the corpus cannot be written.
    """
    repair(data.warc)
    remove_database(unfinished_database(data.corpus_db))
    roster = load_roster(data.roster)
    with explaining(data.corpus_db):
        try:
            with closing(open_corpus(data.corpus_db, parser_version=parser_version(roster))) as db:
                files = readable_files(data.warc)
                return _derive_into(db, files, roster, options or DeriveOptions(), rebuilt=False)
        except CorpusMismatch:
            return rebuild(data, options)


def parser_version(roster: Roster) -> str:
    """Return what a corpus is made by: who is who depends on the roster as a reading does on the parser."""
    return f"{PARSER_VERSION}+{roster.digest}"


def rebuild(
    data: DataDir, options: DeriveOptions | None = None, *, files: Sequence[Path] | None = None
) -> DeriveReport:
    """Make the corpus anew from the WARC files alone, beside the old one, and put it in its place.

    The caller holds the lock.

    Args:
        data: the data directory.
        options: how to derive.
        files: the WARC files in the order in which to read them; any order gives the same corpus.

    Raises:
        ReadersBroken: no reading process can be started; the old corpus stays.
        StoreUnreachable: evidence stands elsewhere and cannot be had; likewise.
        CorpusUnwritable: the new corpus cannot be written; the old one stays.
    """
    repair(data.warc)
    roster = load_roster(data.roster)
    version = parser_version(roster)
    with (
        explaining(data.corpus_db),
        replaced_database(data.corpus_db) as fresh,
        closing(create_corpus(fresh, parser_version=version)) as db,
    ):
        files = files or readable_files(data.warc)
        return _derive_into(db, files, roster, options or DeriveOptions(), rebuilt=True)


def read_shard(data: DataDir, number: int, count: int, options: DeriveOptions) -> int:
    """Read a part of what is new ahead of `derive`, which takes it from `DATA/readings/`; return how many.

    Writes nothing else, and needs no lock: as many parts as there are may be read at once, on all machines
    that see the data directory.

    Args:
        data: the data directory.
        number: of the part, from 1.
        count: of parts.
        options: how to read.

    Raises:
        ReadersBroken: no reading process can be started.
        CorpusUnreadable: the corpus cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="gongkai-") as folder,
        closing(create_corpus(Path(folder) / "queue.db", parser_version="")) as queue,
    ):
        for name, end in _read_through(data).items():
            note_derived(queue, name, end)
        _index(queue, readable_files(data.warc), [])
        own = (
            task
            for task in next(queued_tasks(queue))
            if zlib.crc32(f"{task.warc_file} {task.warc_offset}".encode()) % count == number - 1
        )
        done = 0
        with hold_sandbox(options.workers, options.limits) as sandbox:
            kept = keep_readings(sandbox, data.readings, data.warc, own)
            for done, _ in enumerate(kept, start=1):
                options.progress(done, 0)
        return done


def _read_through(data: DataDir) -> dict[str, int]:
    """Return up to where `derive` has read each WARC file, if it will not read all of them anew."""
    if not data.corpus_db.exists():
        return {}
    with reading(data.corpus_db) as corpus:
        is_current = read_meta(corpus).get("parser_version") == parser_version(load_roster(data.roster))
        return derived_through(corpus) if is_current else {}


def _derive_into(
    db: Database,
    files: Sequence[Path],
    roster: Roster,
    options: DeriveOptions,
    *,
    rebuilt: bool,
) -> DeriveReport:
    damage: list[str] = []
    indexed = _index(db, files, damage)
    if indexed.completed and not rebuilt:
        raise CorpusMismatch("evidence that was damaged is whole again", hint="Run gongkai rebuild")
    counts: Counter[str] = Counter()
    if files:
        folder = files[0].parent
        note_tools(db, installed_tools())
        queue_retries(db)
        with unlogged(db) if rebuilt else nullcontext():
            for tasks in queued_tasks(db):
                counts += _read(db, folder, tasks, options, damage)
        if are_readings_taken_back(db):
            raise CorpusMismatch(
                "pages that were read turned out to be error pages", hint="Run gongkai rebuild"
            )
        finish_queue(db)
    return DeriveReport(
        rebuilt=rebuilt,
        captures=indexed.captures,
        read=counts["read"],
        waiting=counts["waiting"],
        failed=counts["failed"],
        linked=link(db, roster, options.workers),
        damage=tuple(dict.fromkeys(damage)),
        roster_problems=roster.problems,
        documents=tuple(dict.fromkeys(each.url for each in dependent_documents(db, indexed.damage))),
    )


def _index(db: Database, files: Sequence[Path], damage: list[str]) -> Indexed:
    done = derived_through(db)
    indexed = Indexed()
    for path in files:
        try:
            size = stored_size(path)
            if done.get(path.name) != size:
                _index_file(db, path, size, indexed)
        except OSError as error:
            damage.append(f"{path.name}: {error.strerror or error}")
    damage += map(str, indexed.damage)
    return indexed


def _index_file(db: Database, path: Path, size: int, indexed: Indexed) -> None:
    """Insert what a file holds, as far as it can be read.

    Of a damaged file nothing is remembered: once it is brought back, what is missing is inserted too. What
    the corpus has of it and does not stand there any more was in another file of that name.
    """
    found: list[Damage] = []
    held = captures_in(db, path.name)
    with db.transaction():
        index_records(db, _without_substitutes(read_archive(path, found.append), held), indexed)
        found += _find_replaced(path.name, held, found)
        if not found:
            note_derived(db, path.name, size)
    indexed.damage += found


def _without_substitutes(records: Iterable[Found], held: dict[int, str]) -> Iterator[Found]:
    """Leave out captures in whose place the corpus has another; take from `held` what stands as it did."""
    for record in records:
        if isinstance(record, StoredCapture) and record.warc_offset in held:
            if held[record.warc_offset] != record.id:
                continue
            del held[record.warc_offset]
        yield record


def _find_replaced(file: str, gone: Iterable[int], damage: Sequence[Damage]) -> list[Damage]:
    """Return from where to where captures of the corpus stand no more in what of a file can be read."""
    places = [
        place
        for place in gone
        if not any(it.offset <= place and (it.end is None or place < it.end) for it in damage)
    ]
    problem = "another capture stood here when it was derived: the file was replaced or cut"
    return [Damage(file, min(places), max(places) + 1, problem)] if places else []


def _read(
    db: Database,
    folder: Path,
    tasks: Iterator[ReadTask],
    options: DeriveOptions,
    damage: list[str],
) -> Counter[str]:
    """Read the queued captures and store what they say."""
    counts: Counter[str] = Counter()
    first = next(tasks, None)
    if first is None:
        return counts  # no children are started for nothing
    total = queue_length(db)

    results = options.reader(folder, chain([first], tasks), workers=options.workers, limits=options.limits)
    broken: list[BaseException] = []

    def note_results() -> Iterator[Settled]:
        try:
            for task, result in results:
                counts[result.read_state or "classified"] += 1
                damage.extend([result.reason or ""] if result.is_lost else ())
                options.progress(counts.total(), max(total, counts.total()))
                yield task, result
        except (ReadersBroken, StoreUnreachable, KeyboardInterrupt) as error:
            broken.append(error)  # what was read before is kept

    settled, stored = note_results(), 1
    while stored and not broken:
        with db.transaction():
            stored = store_results(db, _for_a_while(settled))
    if broken:
        raise broken[0]
    return counts


def _for_a_while(results: Iterator[Settled]) -> Iterator[Settled]:
    """Yield the results that share a transaction."""
    end = time.monotonic() + BATCH_SECONDS
    for settled in islice(results, BATCH):
        yield settled
        if time.monotonic() > end:
            return
