"""Sweeps: one walk over one list, page by page, resumed where a killed run left it.

A page is done together with the links it yielded, in one transaction: a kill between the two cannot lose any.
What a walk has seen is a result in itself, because "not seen" means something only after a complete one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.frontier import Frontier
    from archive.targets import Link


_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class SweepKey:
    """One walk over one list."""

    run_id: str
    portal_id: str
    list_url: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far a walk came.

    Attributes:
        declared: rows that the list says it has; None where it says nothing.
        declared_pages: pages that it says it has; None where it says nothing.
        found: rows that were seen.
        pages: pages that were read and added something.
        ended: whether the walk is over.
        complete: whether everything declared was seen.
        reason: why it is not complete; None when it is.
    """

    key: SweepKey
    declared: int | None
    declared_pages: int | None
    found: int
    pages: int
    ended: bool
    complete: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class PageFound:
    """What one list page brought.

    Attributes:
        capture_id: its capture, the parent of its links.
        links: its rows, in order.
        next_pages: further pages of the list.
        declared: rows that it says the list has.
        declared_pages: pages that it says the list has.
    """

    capture_id: str | None
    links: Sequence[Link]
    next_pages: Sequence[str]
    declared: int | None
    declared_pages: int | None


@dataclass(frozen=True, slots=True)
class PageAdded:
    """What a page added.

    Attributes:
        addresses: printed on it and on no page before it in this walk.
        targets: addresses of those that were not known at all.
    """

    addresses: int
    targets: int


class Sweeps:
    """The walks of a run.

    Args:
        frontier: whose file and transactions they share.
    """

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier
        self._db = frontier.connection

    def open(self, key: SweepKey) -> Sweep:
        """Begin a walk, or return how far it came in this run already."""
        with self._frontier.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO sweeps (run_id, portal_id, list_url) VALUES (?, ?, ?)", _fields(key)
            )
            self._add_pages(key, [key.list_url])
        return self.get(key)

    def get(self, key: SweepKey) -> Sweep:
        """Return how far a walk came."""
        row = self._db.execute(
            "SELECT declared, declared_pages, found, pages, ended, complete, reason FROM sweeps "
            "WHERE run_id = ? AND portal_id = ? AND list_url = ?",
            _fields(key),
        ).fetchone()
        return _sweep(key, row)

    def next_page(self, key: SweepKey) -> str | None:
        """Return the first page not yet done; None when there is none."""
        row = self._db.execute(
            "SELECT page_url FROM sweep_pages WHERE run_id = ? AND portal_id = ? AND list_url = ? "
            "AND done = 0 ORDER BY position LIMIT 1",
            _fields(key),
        ).fetchone()
        return row[0] if row else None

    def finish_page(self, key: SweepKey, page_url: str, page: PageFound) -> PageAdded:
        """Note a page that was read, its links and the pages it leads to, in one transaction.

        A row counts once per page it is printed on first: the same address twice on one page is two rows, on
        a later page again it is none, since lists move on while they are walked.
        """
        with self._frontier.transaction():
            new = {link.url for link in page.links if self._see(key, link.url)}
            rows = sum(link.url in new for link in page.links)
            self._mark_done(key, page_url, len(page.links))
            targets = self._frontier.add_targets(key.portal_id, page.capture_id, page.links)
            self._add_pages(key, page.next_pages)
            self._db.execute(
                "UPDATE sweeps SET found = found + ?, pages = pages + ?, declared = ifnull(?, declared), "
                "declared_pages = ifnull(?, declared_pages) "
                "WHERE run_id = ? AND portal_id = ? AND list_url = ?",
                (rows, int(bool(new)), page.declared, page.declared_pages, *_fields(key)),
            )
        return PageAdded(len(new), targets)

    def end(self, key: SweepKey, reason: str | None) -> None:
        """End a walk: complete without a reason, incomplete with one."""
        with self._frontier.transaction():
            self._db.execute(
                "UPDATE sweeps SET ended = 1, complete = ?, reason = ? "
                "WHERE run_id = ? AND portal_id = ? AND list_url = ?",
                (int(reason is None), reason, *_fields(key)),
            )

    def of_run(self, run_id: str) -> tuple[Sweep, ...]:
        """Return the walks of a run, by portal and list."""
        rows = self._db.execute(
            "SELECT portal_id, list_url, declared, declared_pages, found, pages, ended, complete, reason "
            "FROM sweeps WHERE run_id = ? ORDER BY portal_id, list_url",
            (run_id,),
        )
        return tuple(_sweep(SweepKey(run_id, portal, url), row) for portal, url, *row in rows)

    def newest_year(self, run_id: str, portal_id: str) -> int | None:
        """Return the newest year in the dates and titles of the rows that a run saw; None where none is."""
        rows = self._db.execute(
            "SELECT list_date, list_title FROM targets WHERE portal_id = ?1 AND url IN "
            "(SELECT url FROM sightings WHERE run_id = ?2 AND portal_id = ?1)",
            (portal_id, run_id),
        )
        years = (int(year) for row in rows for printed in row for year in _YEAR.findall(printed or ""))
        return max(years, default=None)

    def page_rows(self, key: SweepKey) -> tuple[int, ...]:
        """Return how many rows each page that was read has, in the order of the pages."""
        rows = self._db.execute(
            "SELECT rows FROM sweep_pages WHERE run_id = ? AND portal_id = ? AND list_url = ? "
            "AND done = 1 ORDER BY position",
            _fields(key),
        )
        return tuple(count for (count,) in rows)

    def _mark_done(self, key: SweepKey, page_url: str, rows: int) -> None:
        self._db.execute(
            "UPDATE sweep_pages SET done = 1, rows = ? "
            "WHERE run_id = ? AND portal_id = ? AND list_url = ? AND page_url = ?",
            (rows, *_fields(key), page_url),
        )

    def _see(self, key: SweepKey, url: str) -> bool:
        cursor = self._db.execute("INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)", (*_fields(key), url))
        return cursor.rowcount == 1

    def _add_pages(self, key: SweepKey, pages: Sequence[str]) -> None:
        last = self._db.execute(
            "SELECT ifnull(max(position), -1) FROM sweep_pages "
            "WHERE run_id = ? AND portal_id = ? AND list_url = ?",
            _fields(key),
        ).fetchone()[0]
        self._db.executemany(
            "INSERT OR IGNORE INTO sweep_pages (run_id, portal_id, list_url, page_url, position) "
            "VALUES (?, ?, ?, ?, ?)",
            [(*_fields(key), page, position) for position, page in enumerate(pages, last + 1)],
        )


def _fields(key: SweepKey) -> tuple[str, str, str]:
    return key.run_id, key.portal_id, key.list_url


def _sweep(key: SweepKey, row: Sequence[int | str | None]) -> Sweep:
    declared, declared_pages, found, pages, ended, complete, reason = row
    return Sweep(
        key=key,
        declared=None if declared is None else int(declared),
        declared_pages=None if declared_pages is None else int(declared_pages),
        found=int(found or 0),
        pages=int(pages or 0),
        ended=bool(ended),
        complete=bool(complete),
        reason=None if reason is None else str(reason),
    )
