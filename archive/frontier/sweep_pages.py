"""The pages of one walk over a list, and the parts that the list is made of: its years, its months.

A part is a list of its own, with a size and an end of its own, that a page of the list leads to. Its pages
are asked for before those of the next part. A list that is not made of parts is one part, without a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archive.frontier.targets import PageRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.database import Database
    from archive.frontier.sweeps import PageFound, SweepKey


class PartWalk(NamedTuple):
    """How far a walk came in one part of its list.

    Attributes:
        declared: rows that the part says it has; None where it says nothing.
        declared_pages: pages that it says it has; None where it says nothing.
        found: rows that were seen.
        pages: pages that were read and added something.
        fault: why it was not read to its end; None where nothing kept it from being.
        is_alone: whether it is one page that speaks of no others.
        page_rows: rows on each page that was read, in order.
    """

    declared: int | None
    declared_pages: int | None
    found: int
    pages: int
    fault: str | None
    is_alone: bool
    page_rows: tuple[int, ...] = ()


class SweepPages:
    """The pages of one walk, in the frontier's file; used within its transactions.

    Args:
        db: of the frontier.
        key: the walk.
    """

    def __init__(self, db: Database, key: SweepKey) -> None:
        self._db = db
        self._key = key

    def begin(self, first: PageRequest) -> None:
        """Note a list's first page, unless it is known."""
        self._add_part("")
        self.add("", [first])

    def next_page(self) -> PageRequest | None:
        """Return the request for the first page not yet done; None when there is none."""
        row = self._db.row(
            f"SELECT page FROM sweep_pages WHERE {_OF_WALK} AND done = 0 ORDER BY part, position LIMIT 1",  # noqa: S608 - constant
            *self._key,
        )
        return PageRequest.from_text(row[0]) if row else None

    def part_of(self, request: PageRequest) -> str:
        """Return which part a page belongs to: its place in order, behind that of the part that it is in."""
        found: str | None = self._db.value(
            f"SELECT part FROM sweep_pages WHERE {_OF_WALK} AND page = ?",  # noqa: S608 - constant
            *self._key,
            request.as_text(),
        )
        return found or ""

    def part_at(self, request: PageRequest) -> str | None:
        """Return the address of the part that a page belongs to; None in a list that is not made of parts."""
        part = self.part_of(request)
        text = self._db.value(
            f"SELECT page FROM sweep_pages WHERE {_OF_WALK} AND part = ? ORDER BY position LIMIT 1",  # noqa: S608 - constant
            *self._key,
            part,
        )
        return PageRequest.from_text(text).url if part else None

    def is_further(self, request: PageRequest) -> bool:
        """Whether a page of its part was read before it."""
        return bool(self.count_rows(self.part_of(request)))

    def add(self, part: str, pages: Sequence[PageRequest]) -> int:
        """Add further pages of a part; returns how many were not known."""
        last = self._db.value(
            f"SELECT ifnull(max(position), -1) FROM sweep_pages WHERE {_OF_WALK}",  # noqa: S608 - constant
            *self._key,
        )
        added = self._db.executemany(
            "INSERT OR IGNORE INTO sweep_pages (run_id, portal_id, list_url, page, position, part) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [(*self._key, page.as_text(), position, part) for position, page in enumerate(pages, last + 1)],
        )
        return added.rowcount

    def finish(self, request: PageRequest, page: PageFound, *, found: int, adds: bool) -> None:
        """Note a page that was read, and the pages and parts that it leads to.

        Args:
            request: as asked.
            page: what it brought.
            found: how many of its rows no page before it had.
            adds: whether any of their addresses is new.
        """
        part = self.part_of(request)
        rows = len(page.links) if page.counts else None
        self._db.execute(
            "UPDATE sweep_pages SET done = 1, rows = ?, etag = ?, last_modified = ? "  # noqa: S608 - constant
            f"WHERE {_OF_WALK} AND page = ?",
            (rows, page.etag, page.last_modified, *self._key, request.as_text()),
        )
        self._db.execute(
            "UPDATE sweep_parts SET found = found + ?, pages = pages + ?, "  # noqa: S608 - constant
            "declared = coalesce(?, declared, iif(? AND found = 0, 0, NULL)), "
            "declared_pages = ifnull(?, declared_pages), is_alone = is_alone AND ? "
            f"WHERE {_OF_WALK} AND part = ?",
            (
                found,
                int(adds and page.counts),
                page.declared,
                int(page.is_empty),
                page.declared_pages,
                int(page.is_alone or not page.counts),
                *self._key,
                part,
            ),
        )
        self.add(part, page.next_pages)
        for number, (each, declared) in enumerate(page.parts.items()):
            below = f"{part}/{number:04}".lstrip("/")
            if self.add(below, [each]):
                self._add_part(below, declared)
        if page.parts:
            # What only leads to parts is none.
            self._db.execute(f"DELETE FROM sweep_parts WHERE {_OF_WALK} AND part = ?", (*self._key, part))  # noqa: S608 - constant

    def end_part(self, request: PageRequest, fault: str | None = None) -> None:
        """Leave what is not done of a part behind one of its pages: that adds nothing, or cannot be read."""
        part = self.part_of(request)
        self._db.execute(
            f"UPDATE sweep_pages SET done = 1 WHERE {_OF_WALK} AND page = ?",  # noqa: S608 - constant
            (*self._key, request.as_text()),
        )
        self._db.execute(
            f"DELETE FROM sweep_pages WHERE {_OF_WALK} AND part = ? AND done = 0",  # noqa: S608 - constant
            (*self._key, part),
        )
        self._db.execute(
            f"UPDATE sweep_parts SET fault = ? WHERE {_OF_WALK} AND part = ?",  # noqa: S608 - constant
            (fault, *self._key, part),
        )

    def read_parts(self) -> tuple[PartWalk, ...]:
        """Return how far the walk came in each part of the list."""
        rows = self._db.rows(
            "SELECT part, declared, declared_pages, found, pages, fault, is_alone "  # noqa: S608 - constant
            f"FROM sweep_parts WHERE {_OF_WALK} ORDER BY part",
            *self._key,
        )
        return tuple(
            PartWalk(declared, declared_pages, found, pages, fault, bool(is_alone), self.count_rows(part))
            for part, declared, declared_pages, found, pages, fault, is_alone in rows
        )

    def first_pages(self) -> set[str]:
        """Return the requests for the first pages of the parts that the list's own first page leads to."""
        rows = self._db.rows(
            f"SELECT page, min(position) FROM sweep_pages WHERE {_OF_WALK} "  # noqa: S608 - constant
            "AND part <> '' AND instr(part, '/') = 0 GROUP BY part",
            *self._key,
        )
        return {page for page, _ in rows}

    def is_at_end_of_part(self, known: set[str]) -> bool:
        """Whether a part, and all within it, was just read, and none is waiting that was not known before.

        Args:
            known: the first pages of those that were.
        """
        last = self._part_at("done = 1 ORDER BY part DESC")
        following = self._part_at("done = 0 ORDER BY part")
        if last is None or not following:
            return True
        waiting = self._db.column(
            f"SELECT page FROM sweep_pages WHERE {_OF_WALK} AND done = 0",  # noqa: S608 - constant
            *self._key,
        )
        is_other = last.partition("/")[0] != following.partition("/")[0]
        return is_other and not self.first_pages().intersection(waiting).difference(known)

    def count(self) -> int:
        """Return how many pages were read, those that only lead to others included."""
        count: int = self._db.value(
            f"SELECT count(*) FROM sweep_pages WHERE {_OF_WALK} AND done = 1",  # noqa: S608 - constant
            *self._key,
        )
        return count

    def count_rows(self, part: str = "") -> tuple[int, ...]:
        """Return how many rows each page of a part has that was read, in the order of the pages."""
        rows = self._db.column(
            f"SELECT rows FROM sweep_pages WHERE {_OF_WALK} AND part = ? AND done = 1 AND rows IS NOT NULL "  # noqa: S608 - constant
            "ORDER BY position",
            *self._key,
            part,
        )
        return tuple(rows)

    def first_with_rows(self) -> tuple[str | None, str | None, str | None]:
        """Return the first page that was read and has rows, and what it left to ask with; none of a part."""
        return self._db.row(
            f"SELECT page, etag, last_modified FROM sweep_pages WHERE {_OF_WALK} AND part = '' "  # noqa: S608 - constant
            "AND done = 1 AND rows IS NOT NULL ORDER BY position LIMIT 1",
            *self._key,
        ) or (None, None, None)

    def _part_at(self, which: str) -> str | None:
        part: str | None = self._db.value(
            f"SELECT part FROM sweep_pages WHERE {_OF_WALK} AND {which} LIMIT 1",  # noqa: S608 - two of this class
            *self._key,
        )
        return part

    def _add_part(self, part: str, declared: int | None = None) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO sweep_parts (run_id, portal_id, list_url, part, declared) "
            "VALUES (?, ?, ?, ?, ?)",
            (*self._key, part, declared),
        )


_OF_WALK = "run_id = ? AND portal_id = ? AND list_url = ?"
