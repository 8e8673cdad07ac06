"""What a report took over from where, and how much of it is new: written into a copy when it is published.

Both depend on all texts that stand earlier in the total order (year, printed date of publication, address,
unknown last), so they are worked out in one go, over the copy, after suppression; a hidden passage is
compared with nothing. What is counted is defined in `pipelines.duplicates.overlap`.

- `novelty_by_report`: of each annual report, the characters that lie in no run that stands in any earlier
  document: exact, whatever the size of the corpus.
- `overlaps`: of a document and each document worth comparing it with, both ways, what the one has of the
  other. Worth comparing are a report of the year before; the `holders` documents that held most of its runs
  first, and as many that held most of them last before it; and every earlier one where there are no more
  than `compare_all` (`archive/thresholds/overlaps.yaml`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from archive.publish.run_files import CharacterFile, HolderFile, WindowFile
from archive.publish.suppressions import MARK
from pipelines.duplicates.overlap import (
    REPEATED,
    compare_texts,
    compared_codes,
    count_shares,
    find_holders,
    hash_shingles,
    index_shingles,
    mask_covered,
)
from pipelines.knowledge import load_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from archive.database import Database
    from pipelines.duplicates.overlap import Codes, Mask, Overlap, Shingles


@dataclass(frozen=True, slots=True)
class OverlapThresholds:
    """What is compared and shown (`archive/thresholds/overlaps.yaml`)."""

    holders: int
    compare_all: int
    shown_characters: int


OVERLAPS = load_thresholds("archive", "overlaps", OverlapThresholds)
_KEPT_CHARACTERS = 1_000_000

# In the total order.
_DOCUMENTS = """
SELECT d.id, d.kind = 'annual_report', d.current_version_id, d.issuer_id, i.name, d.year, r.to_document_id
FROM main.documents AS d JOIN main.versions AS v ON v.id = d.current_version_id
LEFT JOIN main.issuers AS i ON i.id = d.issuer_id
LEFT JOIN main.relations AS r ON r.from_document_id = d.id AND r.kind = 'previous_year'
ORDER BY d.year IS NULL, d.year, d.published_on IS NULL, d.published_on, d.url, d.id
"""
_NOVELTY = "INSERT INTO main.novelty_by_report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class _Document:
    """A document with a text, at its place in the total order."""

    id: str
    is_report: bool
    version_id: str
    issuer_id: str | None
    issuer: str | None
    year: int | None
    previous_id: str | None


def write_repetition(db: Database, folder: Path) -> None:
    """Fill `overlaps` and `novelty_by_report` of a copy that has its other rows, suppressions applied.

    Args:
        db: the copy, within a transaction.
        folder: where temporary files may stand.
    """
    documents = [_Document(row[0], bool(row[1]), *row[2:]) for row in db.execute(_DOCUMENTS)]
    with CharacterFile(folder) as characters:
        for document in documents:
            characters.append(_read_codes(db, document.version_id))
        earlier = find_earlier(characters, folder, holders=OVERLAPS.holders)
        _write_novelty(db, documents, characters, earlier)
        _write_overlaps(db, documents, characters, earlier)


def _read_codes(db: Database, version: str) -> Codes:
    [(text, tables)] = db.execute("SELECT text, tables FROM main.versions WHERE id = ?", (version,))
    hidden = [match.span() for match in re.finditer(re.escape(MARK), text)]
    return compared_codes(text, json.loads(tables), hidden)


def _write_novelty(
    db: Database, documents: Sequence[_Document], characters: CharacterFile, earlier: Earlier
) -> None:
    places = sorted((it.id, rank) for rank, it in enumerate(documents) if it.is_report)
    for _, rank in places:
        codes = characters.read(rank)
        held = mask_covered(earlier.starts(characters.start(rank), len(codes)), len(codes))
        db.execute(_NOVELTY, _novelty_row(documents[rank], codes, ~held))


def _novelty_row(document: _Document, codes: Codes, is_new: Mask) -> Row:
    prose, tables = count_shares(codes, is_new)
    return (
        *(document.id, document.issuer_id, document.issuer, document.year),
        *(prose.ratio, prose.chars, prose.counted, tables.ratio, tables.chars, tables.counted),
        *(int(np.count_nonzero(codes & REPEATED)), document.previous_id, document.version_id),
    )


def _write_overlaps(
    db: Database, documents: Sequence[_Document], characters: CharacterFile, earlier: Earlier
) -> None:
    """Compare the pairs that have no rows yet, and take away the rows of pairs that are compared no more."""
    db.run_script(_PAIRS)
    db.executemany("INSERT INTO temp.pairs VALUES (?, ?, ?, ?, ?, ?)", _find_pairs(documents, earlier))
    db.execute(_DROP_OTHERS)
    texts = _Texts(characters)
    for rank, other in db.rows(_NOT_COMPARED):
        ours, theirs = compare_texts(texts[rank], texts[other])
        document, source = documents[rank], documents[other]
        is_previous = source.id == document.previous_id
        if ours.longest or is_previous:
            _insert_overlap(
                db, document.id, source.id, ours, is_earlier=other < rank, is_previous=is_previous
            )
            _insert_overlap(db, source.id, document.id, theirs, is_earlier=rank < other, is_previous=False)
    db.execute("DROP TABLE temp.pairs")


def _find_pairs(documents: Sequence[_Document], earlier: Earlier) -> Iterator[Row]:
    """Yield the pairs worth comparing, as of `temp.pairs`."""
    ranks = {document.id: rank for rank, document in enumerate(documents)}
    for rank, document in enumerate(documents):
        sources = set(range(rank) if rank <= OVERLAPS.compare_all else earlier.holders[rank])
        previous = ranks.get(document.previous_id or "")
        if previous is not None:
            sources.add(previous)
        for other in sorted(sources):
            yield rank, other, document.id, documents[other].id, other < rank, other == previous


# Both rows of a pair come of one comparison: what takes one away takes the other.
_PAIRS = """
CREATE TEMP TABLE pairs (
    rank INTEGER, other INTEGER,
    document_id TEXT, source_id TEXT, is_earlier INTEGER, is_previous_year INTEGER,
    PRIMARY KEY (document_id, source_id)
) WITHOUT ROWID;
"""
_DROP_OTHERS = """
DELETE FROM main.stored_overlaps AS o WHERE NOT EXISTS (
    SELECT 1 FROM temp.pairs AS p
    WHERE p.document_id = o.document_id AND p.source_id = o.source_id
        AND p.is_earlier = o.is_earlier AND p.is_previous_year = o.is_previous_year
) AND NOT EXISTS (
    SELECT 1 FROM temp.pairs AS p
    WHERE p.document_id = o.source_id AND p.source_id = o.document_id
        AND p.is_earlier <> o.is_earlier AND o.is_previous_year = 0
)
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


def _insert_overlap(
    db: Database, document: str, source: str, overlap: Overlap, *, is_earlier: bool, is_previous: bool
) -> None:
    prose, tables, longest = overlap.prose, overlap.tables, overlap.longest
    most = OVERLAPS.shown_characters
    shown = longest if len(longest) <= most else longest[:most] + "…"
    run = int.from_bytes(hashlib.sha256(shown.encode()).digest()[:8], signed=True)
    db.execute("INSERT OR IGNORE INTO main.known_runs VALUES (?, ?)", (run, shown))
    db.execute(
        "INSERT OR REPLACE INTO main.stored_overlaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(document, source, is_earlier, is_previous),
            *(prose.chars, prose.counted, tables.chars, tables.counted, run),
        ),
    )


class _Texts:
    """The texts last compared, as many as a limit of characters allows, at least one."""

    def __init__(self, characters: CharacterFile) -> None:
        self._characters = characters
        self._kept: OrderedDict[int, Shingles] = OrderedDict()
        self._size = 0

    def __getitem__(self, rank: int) -> Shingles:
        if rank in self._kept:
            self._kept.move_to_end(rank)
            return self._kept[rank]
        text = self._kept[rank] = index_shingles(self._characters.read(rank))
        self._size += len(text.codes)
        while self._size > _KEPT_CHARACTERS and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1].codes)
        return text


WINDOWS_AT_ONCE = 1_000_000
"""How many windows are sorted at once; each takes some 100 bytes meanwhile."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of a corpus stands in earlier texts.

    Attributes:
        marks: a bit for each character of the corpus, from the lowest: whether a window starts there that an
            earlier text holds.
        holders: for each text, in order, the ranks of the texts to compare it with.
    """

    marks: NDArray[np.uint8]
    holders: tuple[tuple[int, ...], ...]

    def starts(self, first: int, size: int) -> NDArray[np.int64]:
        """Return where in a text, given by its place in the corpus, windows start that are held earlier."""
        bits = np.unpackbits(self.marks[first >> 3 : (first + size + 7) >> 3], bitorder="little")
        return np.flatnonzero(bits[first & 7 :][:size])


def find_earlier(
    characters: CharacterFile, folder: Path, *, holders: int, windows_at_once: int = WINDOWS_AT_ONCE
) -> Earlier:
    """Find what stands in earlier texts.

    Args:
        characters: all texts, in the total order.
        folder: where temporary files may stand.
        holders: so many of those who held most of a text's windows first, and as many who did so last.
        windows_at_once: how many windows may be held in memory at once, about.
    """
    marks = np.zeros(characters.size // 8 + 1, np.uint8)
    starts, texts = characters.starts, len(characters.starts)
    bits = (characters.size // windows_at_once).bit_length()
    with (
        WindowFile(folder, bits) as windows,
        HolderFile(folder, texts) as first,
        HolderFile(folder, texts) as nearest,
    ):
        for rank, start in enumerate(starts):
            hashes, places = hash_shingles(characters.read(rank))
            windows.append(hashes, places + start)
        for hashes, places in windows.parts():
            held = find_holders(hashes, np.searchsorted(starts, places, side="right") - 1)
            marked = places[held.places]
            np.bitwise_or.at(marks, marked >> 3, (1 << (marked & 7)).astype(np.uint8))
            first.append(held.texts, held.first)
            nearest.append(held.texts, held.nearest)
        most = zip(first.most(holders), nearest.most(holders), strict=True)
        chosen = tuple(tuple(sorted({*ours, *theirs})) for ours, theirs in most)
    return Earlier(marks, chosen[:texts])
