"""Name what a copy says by its rows alone, whatever the order they came in and the pages of the file.

Each row is written as MessagePack, behind the name of its table, and hashed to a number of 4,096 bits; the
numbers are added up modulo 2^4096, and SHA-256 of the sum and the count is the name. A sum can be kept per
document and added up by night.

Source: M. Bellare and D. Micciancio, A New Paradigm for Collision-Free Hashing (EUROCRYPT 1997), AdHash;
D. Wagner, A Generalized Birthday Problem (CRYPTO 2002), section 4, by whose attack two sets with one sum of n
bits cost 2^(2√n) steps: 2^128 here, against whoever writes the rows themselves, the operator among them. A
sum of 256 bits would fall to 2^32.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import msgpack
from msgspec.structs import astuple

from archive.database import Database, unchanging_uri
from archive.publish.public_tables import Table, public_tables, quoted, year_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    Parts = dict[tuple[str, int | None], "SetDigest"]
    """Digests by table and year."""

_SUM_BYTES = 512
_MODULUS = 1 << 8 * _SUM_BYTES
# Of the sums of partitions, which tell the operator's own files apart and prove nothing to others.
_KEPT_BYTES = 32


@dataclass(frozen=True, slots=True)
class SetDigest:
    """The digest of a set of rows.

    Attributes:
        rows: how many.
        total: the sum of their numbers, modulo 2^4096.
        longest: bytes of the longest of them as written; no less than that where rows were taken away.
    """

    rows: int = 0
    total: int = 0
    # Of two sets of the same rows one may have had a longer, now taken away; a struct compares each field.
    longest: int = field(default=0, compare=False)

    def __add__(self, other: SetDigest) -> SetDigest:
        """Return the digest of both sets together; they have no row in common."""
        total = (self.total + other.total) % _MODULUS
        return SetDigest(self.rows + other.rows, total, max(self.longest, other.longest))

    def __sub__(self, other: SetDigest) -> SetDigest:
        """Return the digest of what is left of this set without the other, which is part of it."""
        return SetDigest(self.rows - other.rows, (self.total - other.total) % _MODULUS, self.longest)

    def __bytes__(self) -> bytes:
        """Return the sum, to be kept."""
        return self.total.to_bytes(_SUM_BYTES)

    def hexdigest(self) -> str:
        """Return 64 hexadecimal digits that stand for the set."""
        return hashlib.sha256(msgpack.encode((self.rows, bytes(self)))).hexdigest()


def digest_rows(rows: Iterable[Sequence[object]]) -> SetDigest:
    """Return the digest of rows, each with the name of its table as its first value."""
    return digest_by_year((None, *row) for row in rows).get(None, SetDigest())


def digest_by_year(rows: Iterable[Sequence[Any]]) -> dict[int | None, SetDigest]:
    """Return the digests of rows by year, which stands before the name of the table."""
    encode, shake, number = msgpack.Encoder().encode, hashlib.shake_128, int.from_bytes
    counts: Counter[int | None] = Counter()
    totals: Counter[int | None] = Counter()
    longest: Counter[int | None] = Counter()
    for year, *row in rows:
        written = encode(row)
        counts[year] += 1
        longest[year] = max(longest[year], len(written))
        totals[year] += number(shake(written).digest(_SUM_BYTES))
    return {year: SetDigest(counts[year], totals[year] % _MODULUS, longest[year]) for year in counts}


def digest_table(db: sqlite3.Connection, table: Table, where: str = "", source: str = "") -> Parts:
    """Return the digests of those rows of a table that a clause chooses.

    Args:
        db: has the table.
        table: what it is.
        where: the clause.
        source: what has such rows, by default the table itself.
    """
    name = quoted(table.name)
    columns = f"{year_of(table)}, ?1, {table.column_list}"
    rows = db.execute(f"SELECT {columns} FROM {source or name} AS {name} {where}", (table.name,))  # noqa: S608  quoted
    return {(table.name, year): digest for year, digest in digest_by_year(rows).items()}


def add_parts(*some: Parts) -> Parts:
    """Return the digests of sets without a row in common; what goes counts as less than none."""
    parts: defaultdict[tuple[str, int | None], SetDigest] = defaultdict(SetDigest)
    for each in some:
        for part, digest in each.items():
            parts[part] += digest
    return parts


def count_rows(rows: Mapping[str, int], change: Parts) -> dict[str, int]:
    """Return how many rows each table has after a change."""
    counted = dict(rows)
    for (name, _), digest in change.items():
        counted[name] += digest.rows
    return counted


def read_parts(db: Database) -> Parts:
    """Return the digests that a copy says its partitions have, of their sums what is kept."""
    rows = db.rows("SELECT name, year, rows, sum FROM main.sections_fts_partitions")
    return {(name, year): SetDigest(count, int.from_bytes(kept)) for name, year, count, kept in rows}


def name_rows(table: Table, parts: Parts) -> str:
    """Return 64 hexadecimal digits that stand for the rows of a table, by its partitions in a copy.

    Args:
        table: what it is.
        parts: as `read_parts` returns them, of the copy that has the table.
    """
    held = sorted((str(year), it.hexdigest()) for (name, year), it in parts.items() if name == table.name)
    return hashlib.sha256(msgpack.encode((table.name, *map(astuple, table.columns), held))).hexdigest()


def note_parts(db: Database, parts: Parts) -> None:
    """Note in a copy the digests of its partitions."""
    db.execute("DELETE FROM main.sections_fts_partitions")
    for (name, year), digest in parts.items():
        if digest.rows:
            row = (name, year, digest.rows, bytes(digest)[-_KEPT_BYTES:])
            db.execute("INSERT INTO main.sections_fts_partitions VALUES (?, ?, ?, ?)", row)


def digest_names(tables: Iterable[Table]) -> SetDigest:
    """Return the digest of what tables and their columns are called."""
    return digest_rows((table.name, table.names) for table in tables)


def digest_copy(path: Path) -> SetDigest:
    """Return the digest of every row of the public tables of a copy, and of what those tables are called.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with closing(sqlite3.connect(unchanging_uri(path), uri=True)) as db:
        return digest_open_copy(db)


def digest_open_copy(db: sqlite3.Connection) -> SetDigest:
    """Return the digest of an open copy, of the rows that its public names stand for on this connection."""
    tables = public_tables(db)
    # Of no year: a copy that was made before rows stood by year may not say of which they are.
    rows = (
        digest_rows(db.execute(f"SELECT ?1, {it.column_list} FROM {quoted(it.name)}", (it.name,)))  # noqa: S608  quoted
        for it in tables
    )
    return sum(rows, start=digest_names(tables))
