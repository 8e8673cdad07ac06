"""What a report took over from where, and how much of it is new: written into a copy when it is published.

Both depend on all texts that stand earlier in the total order (year, printed date of publication, address,
unknown last), and are worked out over the copy, after suppression; a hidden passage is compared with nothing.
Into an older copy is written what a change reaches. `pipelines.duplicates.overlap` says what is counted.

- `novelty_by_report`: of each annual report, the characters that lie in no run of any earlier document.
- `overlaps`: of a document and each worth comparing it with, both ways, what the one has of the other: a
  report of the year before; the `holders` documents that held most of its runs first, and as many that held
  most of them last before it; every earlier one where there are few (`archive/thresholds/overlaps.yaml`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from archive.database import Database
from archive.publish.changed_texts import KeptTexts, Text, follow_change
from archive.publish.earlier_texts import CharacterFile, Counts, find_earlier
from archive.publish.suppressions import MARK
from pipelines.duplicates.overlap import (
    REPEATED,
    Codes,
    Mask,
    Overlap,
    Shingles,
    compare_texts,
    compared_codes,
    count_shares,
    fold_text,
    index_shingles,
    mask_covered,
)
from pipelines.knowledge import Thresholds


class OverlapThresholds(Thresholds):
    """What is compared and shown (`archive/thresholds/overlaps.yaml`)."""

    holders: int
    compare_all: int
    shown_characters: int


OVERLAPS = OverlapThresholds.load("overlaps", "archive")
_KEPT_CHARACTERS = 1_000_000

# In the total order.
_DOCUMENTS = """
SELECT d.id, d.kind = 'annual_report', v.number, v.id, d.issuer_id, i.name, d.year, r.to_document_id,
       d.published_on, d.url
FROM main.documents AS d JOIN main.stored_versions AS v ON v.id = d.current_version_id
LEFT JOIN main.issuers AS i ON i.id = d.issuer_id
LEFT JOIN main.relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url, d.id
"""
_NOVELTY = "INSERT INTO main.novelty_by_report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class _Document(NamedTuple):
    """A document with a text, at its place in the total order."""

    id: str
    is_report: bool
    number: int
    version_id: str
    issuer_id: str | None
    issuer: str | None
    year: int | None
    previous_id: str | None
    published_on: str | None
    url: str

    @property
    def place(self) -> tuple[bool | int | str, ...]:
        """Sorts as the total order does."""
        year, published = self.year, self.published_on
        return year is None, year or 0, published is None, published or "", self.url, self.id


class _Order:
    """All documents with a text, in the total order; the place of one in it is its rank."""

    def __init__(self, db: Database) -> None:
        self.documents = [_Document(row[0], bool(row[1]), *row[2:]) for row in db.execute(_DOCUMENTS)]
        self.numbers = np.array([document.number for document in self.documents], np.int64)
        self.by_number = {document.number: rank for rank, document in enumerate(self.documents)}
        self._by_id = {document.id: rank for rank, document in enumerate(self.documents)}
        self._ascending = np.argsort(self.numbers)

    def find_sources(self, rank: int, holders: tuple[Counts, ...]) -> Iterator[int]:
        """Yield the ranks of the documents worth comparing one with, given who holds what of its text."""
        previous = self._by_id.get(self.documents[rank].previous_id or "", rank)
        sources = {previous}
        if rank <= OVERLAPS.compare_all:
            sources.update(range(rank))
        else:
            for counts in holders:
                ranks = self._ascending[np.searchsorted(self.numbers, counts[:, 0], sorter=self._ascending)]
                most = np.lexsort((ranks, -counts[:, 1]))[: OVERLAPS.holders]
                sources.update(ranks[most].tolist())
        yield from sorted(sources - {rank})


def write_repetition(db: Database, folder: Path) -> None:
    """Fill `overlaps` and `novelty_by_report` of a new copy that has its other rows, suppressions applied.

    Args:
        db: the copy, within a transaction.
        folder: where temporary files may stand.
    """
    order = _Order(db)
    db.run_script(_PAIRS)
    with CharacterFile(folder) as characters:
        for document in order.documents:
            characters.append(compared_codes(*_read_text(db, document.number)))
        for rank, held in enumerate(find_earlier(characters, folder, order.numbers)):
            document, codes = order.documents[rank], characters.read(rank)
            _write_held(db, document, codes, held.starts)
            KeptTexts(db).write_holders(document.number, held.first, held.nearest)
            _note_pairs(db, order, rank, (held.first, held.nearest))
        _compare_pairs(db, order, characters.read)


def note_leaving_texts(db: Database) -> list[Text]:
    """Return the texts of the changed documents of a copy whose rows are about to be taken anew.

    Which other documents may be compared with others than before is noted, too.
    """
    db.run_script(_PAIRS)
    db.execute(_NOTE_ASKING, (OVERLAPS.compare_all + 1,))
    return _read_changed(db, _Order(db))


def _read_changed(db: Database, order: _Order) -> list[Text]:
    changed = set(db.column("SELECT id FROM temp.changed_documents"))
    return [
        Text(it.place, it.number, compared_codes(*_read_text(db, it.number)))
        for it in order.documents
        if it.id in changed
    ]


def follow_repetition(db: Database, gone: Sequence[Text]) -> None:
    """Bring `overlaps` and `novelty_by_report` of an older copy up to its other rows.

    Args:
        db: the copy, within a transaction, with what is stale noted; changed documents have no rows.
        gone: what `note_leaving_texts` returned.
    """
    order = _Order(db)
    come = _read_changed(db, order)
    came = {text.number for text in come}
    kept = KeptTexts(db)
    kept.forget(text.number for text in gone)
    db.execute(_DESCRIBE)
    staying = [Text(it.place, it.number) for it in order.documents if it.number not in came]
    asking = {document.id for document in order.documents[: OVERLAPS.compare_all + 1]}
    asking |= {*db.column("SELECT id FROM temp.asking")}
    standing: defaultdict[str, set[str]] = defaultdict(set)
    for document_id, source in db.execute(_STANDING):
        standing[document_id].add(source)
    for it in follow_change(gone, come, staying, partial(_read_codes, db), kept):
        rank = order.by_number[it.number]
        document = order.documents[rank]
        if it.starts is not None:
            if document.is_report and it.number not in came:
                for statement in _FORGET_NOVELTY:
                    db.execute(statement, (document.id,))
            _write_held(db, document, it.codes, it.starts)
        kept.write_holders(it.number, *it.holders)
        # Most have more of the windows of one and fewer of another, and are compared with the same as before.
        sources = {order.documents[other].id for other in order.find_sources(rank, it.holders)}
        if sources != standing[document.id]:
            asking.add(document.id)
    db.insert_rows("temp.asking", ("id",), ((id_,) for id_ in asking), "OR IGNORE")
    for rank, document in enumerate(order.documents):
        if document.id in asking:
            _note_pairs(db, order, rank, kept.read_holders(document.number))
    db.run_script(_DROP_OTHERS)
    _compare_pairs(db, order, lambda rank: _read_flagged(db, order.documents[rank].number))


# Whom they copied may be others now, or said in other words.
_NOTE_ASKING = """
INSERT OR IGNORE INTO temp.asking
SELECT id FROM temp.stale_documents
UNION ALL SELECT document_id FROM main.stored_overlaps WHERE source_id IN temp.changed_documents
UNION ALL SELECT id FROM (
    SELECT d.id FROM main.documents AS d JOIN main.stored_versions AS v ON v.id = d.current_version_id
    ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url, d.id LIMIT ?)
"""
# Whom documents are compared with as they are.
_STANDING = "SELECT document_id, source_id FROM main.stored_overlaps WHERE is_earlier OR is_previous_year"
_FORGET_NOVELTY = (
    "INSERT INTO temp.gone_novelty_by_report SELECT * FROM main.novelty_by_report WHERE document_id = ?",
    "INSERT INTO temp.new_novelty VALUES (?)",
    "DELETE FROM main.novelty_by_report WHERE document_id = ?",
)
_DESCRIBE = """
UPDATE main.novelty_by_report AS n SET (issuer_id, issuer, year, previous_document_id) = (
    SELECT d.issuer_id, i.name, d.year, r.to_document_id
    FROM main.documents AS d LEFT JOIN main.issuers AS i ON i.id = d.issuer_id
    LEFT JOIN main.relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
    WHERE d.id = n.document_id)
WHERE document_id IN temp.stale_documents
"""


def _read_text(db: Database, number: int) -> tuple[str, Sequence[tuple[int, int]], Sequence[tuple[int, int]]]:
    """Return a text, where in it tables stand, and what of it is hidden."""
    version = "(SELECT id FROM main.stored_versions WHERE number = ?)"
    text, tables = db.row(f"SELECT text, tables FROM main.versions WHERE id = {version}", number)  # noqa: S608
    return text, json.loads(tables), [match.span() for match in re.finditer(re.escape(MARK), text)]


def _read_codes(db: Database, number: int) -> Codes:
    return fold_text(*_read_text(db, number))


def _read_flagged(db: Database, number: int) -> Codes:
    """Return the characters of a text whose marks were kept."""
    codes = _read_codes(db, number)
    _, repeated = KeptTexts(db).read_marks(number)
    codes[repeated[: len(codes)]] |= np.uint32(REPEATED)
    return codes


def _write_held(db: Database, document: _Document, codes: Codes, starts: Mask) -> None:
    """Write what of a text stands in earlier ones, for the next copy and for readers."""
    KeptTexts(db).write_marks(document.number, starts, codes)
    if document.is_report:
        covered = mask_covered(np.flatnonzero(starts), len(codes))
        prose, tables = count_shares(codes, ~covered)
        row = (
            *(document.id, document.issuer_id, document.issuer, document.year),
            *(prose.ratio, prose.chars, prose.counted, tables.ratio, tables.chars, tables.counted),
            *(int(np.count_nonzero(codes & REPEATED)), document.previous_id, document.version_id),
        )
        db.execute(_NOVELTY, row)


def _note_pairs(db: Database, order: _Order, rank: int, holders: tuple[Counts, ...]) -> None:
    """Note with which others a text is to be compared, given who holds what of it."""
    document = order.documents[rank]
    others = ((other, order.documents[other].id) for other in order.find_sources(rank, holders))
    db.executemany(
        "INSERT INTO temp.pairs VALUES (?, ?, ?, ?, ?, ?)",
        (
            (rank, other, document.id, source, other < rank, source == document.previous_id)
            for other, source in others
        ),
    )


def _compare_pairs(db: Database, order: _Order, read: Callable[[int], Codes]) -> None:
    """Compare the pairs noted that have no rows yet.

    Args:
        db: the copy.
        order: all documents.
        read: returns the characters of the text of a rank.
    """
    texts = _Texts(read)
    for rank, other in db.rows(_NOT_COMPARED):
        ours, theirs = compare_texts(texts[rank], texts[other])
        document, source = order.documents[rank].id, order.documents[other].id
        is_previous = source == order.documents[rank].previous_id
        if ours.longest or is_previous:
            _insert_overlap(db, (document, source, other < rank, is_previous), ours)
            _insert_overlap(db, (source, document, rank < other, False), theirs)
    db.execute("DROP TABLE temp.pairs")


# Both rows of a pair come of one comparison: what takes one away takes the other. It is the later document of
# a pair that asks for it, or the one whose report of the year before the other is.
_PAIRS = """
CREATE TEMP TABLE asking (id TEXT PRIMARY KEY NOT NULL);
CREATE TEMP TABLE pairs (
    rank INTEGER, other INTEGER,
    document_id TEXT, source_id TEXT, is_earlier INTEGER, is_previous_year INTEGER,
    PRIMARY KEY (document_id, source_id)
) WITHOUT ROWID;
CREATE TEMP TABLE new_pairs (
    document_id TEXT, source_id TEXT, PRIMARY KEY (document_id, source_id)
) WITHOUT ROWID;
CREATE TEMP TABLE new_novelty (id TEXT PRIMARY KEY);
CREATE TEMP TABLE gone_novelty_by_report AS SELECT * FROM main.novelty_by_report LIMIT 0;
"""
_DROP_OTHERS = """
CREATE TEMP TABLE gone_pairs AS
WITH gone AS MATERIALIZED (
    SELECT document_id, source_id FROM main.stored_overlaps AS o
    WHERE iif(o.is_earlier OR o.is_previous_year, o.document_id, o.source_id) IN temp.asking AND NOT EXISTS (
        SELECT 1 FROM temp.pairs AS p
        WHERE p.document_id = o.document_id AND p.source_id = o.source_id
            AND p.is_earlier = o.is_earlier AND p.is_previous_year = o.is_previous_year
    ) AND NOT EXISTS (
        SELECT 1 FROM temp.pairs AS p
        WHERE p.document_id = o.source_id AND p.source_id = o.document_id
            AND p.is_earlier <> o.is_earlier AND o.is_previous_year = 0
    )
)
SELECT document_id, source_id FROM gone UNION SELECT source_id, document_id FROM gone;
CREATE TEMP TABLE gone_overlaps AS
SELECT * FROM main.overlaps WHERE (document_id, source_id) IN temp.gone_pairs;
CREATE TEMP TABLE gone_copied_from AS
SELECT * FROM main.copied_from WHERE (document_id, source_id) IN temp.gone_pairs;
CREATE TEMP TABLE gone_alike_reports AS
SELECT * FROM main.alike_reports WHERE (document_id, source_id) IN temp.gone_pairs;
DELETE FROM main.stored_overlaps WHERE (document_id, source_id) IN temp.gone_pairs;
DELETE FROM main.stored_alike WHERE (document_id, source_id) IN temp.gone_pairs;
"""
_NOT_COMPARED = """
SELECT rank, other FROM temp.pairs AS p
WHERE NOT EXISTS (
    SELECT 1 FROM main.stored_overlaps WHERE document_id = p.document_id AND source_id = p.source_id
) OR NOT EXISTS (
    SELECT 1 FROM main.stored_overlaps WHERE document_id = p.source_id AND source_id = p.document_id
)
ORDER BY rank, other
"""


def _insert_overlap(db: Database, pair: tuple[str, str, bool, bool], overlap: Overlap) -> None:
    """Write what the first of two has of the second, and whether that is earlier, and of the year before."""
    prose, tables, longest = overlap.prose, overlap.tables, overlap.longest
    most = OVERLAPS.shown_characters
    shown = longest if len(longest) <= most else longest[:most] + "…"
    run = int.from_bytes(hashlib.sha256(shown.encode()).digest()[:8], signed=True)
    db.execute("INSERT OR IGNORE INTO main.known_runs VALUES (?, ?)", (run, shown))
    db.execute("INSERT OR IGNORE INTO temp.new_pairs VALUES (?, ?)", pair[:2])
    db.execute(
        "INSERT OR REPLACE INTO main.stored_overlaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*pair, prose.chars, prose.counted, tables.chars, tables.counted, run),
    )


class _Texts:
    """The texts last compared, as many as a limit of characters allows, at least one."""

    def __init__(self, read: Callable[[int], Codes]) -> None:
        self._read = read
        self._kept: OrderedDict[int, Shingles] = OrderedDict()
        self._size = 0

    def __getitem__(self, rank: int) -> Shingles:
        if rank in self._kept:
            self._kept.move_to_end(rank)
            return self._kept[rank]
        text = self._kept[rank] = index_shingles(self._read(rank))
        self._size += len(text.codes)
        while self._size > _KEPT_CHARACTERS and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1].codes)
        return text
