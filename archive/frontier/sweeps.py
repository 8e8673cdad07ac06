"""Sweeps: one walk over one list, page by page, resumed where a killed run left it.

A page is done together with the links it yielded, in one transaction: a kill between the two cannot lose any.
What a walk has seen is a result in itself, because "not seen" means something only after a complete one.

Most nights a list has nothing new, so a walk ends at the first page on which nothing is; it goes on to the
end when the list's turn has come, when nothing reliable is remembered of it, or when what it declares does
not agree with what was seen. What is remembered (`listings`) changes only with a walk that came to an end of
its own: what a broken one has seen is new again the next night.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archive.frontier.listings import Listing, ListState, Row, first_of_each, missing_rows, told_rows
from archive.frontier.schedule import Found
from archive.frontier.sweep_pages import SweepPages
from pipelines.addresses import find_canonical
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from archive.frontier.state import Frontier
    from archive.frontier.targets import Link, PageRequest


NOTHING_NEW = "nothing new"
"""Why a walk ended early that found its list as it was: no fault, and no proof that anything is absent."""

PRINTED_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


class SweepKey(NamedTuple):
    """One walk over one list."""

    run_id: str
    portal_id: str
    list_url: str


class Sweep(FrozenStruct):
    """How far a walk came.

    Attributes:
        declared: rows that the list says it has; None where it says nothing.
        declared_pages: pages that it says it has; None where it says nothing.
        found: rows that were seen.
        pages: pages that were read and added something.
        ended: whether the walk is over.
        complete: whether everything declared was seen.
        reason: why it is not complete; None when it is.
        missing: known addresses that were not where the list had had them.
        full: whether it goes on behind a page with nothing new.
        put_off: of how many known addresses it said something new that are not asked for before their turn.
    """

    key: SweepKey
    declared: int | None
    declared_pages: int | None
    found: int
    pages: int
    ended: bool
    complete: bool
    reason: str | None
    missing: tuple[str, ...] = ()
    full: bool = True
    put_off: int = 0


class PageFound(FrozenStruct):
    """What one list page brought.

    Attributes:
        capture_id: its capture, the parent of its links.
        links: its rows, in order.
        next_pages: requests for further pages of the list.
        declared: rows that it says the list has.
        declared_pages: pages that it says the list has.
        counts: whether it counts as a page; a shell, which only leads to the pages, does not.
        etag: to ask with the next time, where it may be asked for on condition.
        last_modified: likewise.
        room: how many addresses that were not known may be added.
        parts: requests for the first pages of the lists that it leads to, of which the list is made, each
            with how many rows it says that the part has.
        is_alone: whether it speaks of no further pages.
        is_empty: whether it says in words that there are no rows.
    """

    capture_id: str | None
    links: Sequence[Link]
    next_pages: Sequence[PageRequest]
    declared: int | None
    declared_pages: int | None
    counts: bool = True
    etag: str | None = None
    last_modified: str | None = None
    room: int | None = None
    parts: Mapping[PageRequest, int | None] = {}
    is_alone: bool = False
    is_empty: bool = False


class PageAdded(NamedTuple):
    """What a page added.

    Attributes:
        addresses: printed on it and on no page before it in this walk.
        targets: addresses of those that were not known at all.
        news: its rows that the list did not have when it was last read, or not with that title and date.
        is_cut: whether there was no room for some that were not known.
    """

    addresses: int
    targets: int
    news: int
    is_cut: bool = False


class Sweeps:
    """The walks of a run.

    Args:
        frontier: whose file and transactions they share.
    """

    def __init__(self, frontier: Frontier) -> None:
        self._frontier = frontier
        self._db = frontier.connection

    def open_sweep(self, key: SweepKey, first: PageRequest) -> Sweep:
        """Begin a walk with a list's first page, or return how far it came in this run already."""
        terms = self._frontier.schedule.terms_of(key.portal_id)
        listing, night = self._listing(key), self._night(key)
        is_due = listing.read_state().is_walk_due(key.list_url, night, terms.revisit_days)
        is_full = is_due or listing.is_witness(night)
        with self._frontier.transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO sweeps (run_id, portal_id, list_url, full) VALUES (?, ?, ?, ?)",
                (*key, int(is_full)),
            )
            self.pages_of(key).begin(first)
        return self.read_sweep(key)

    def read_sweep(self, key: SweepKey) -> Sweep:
        """Return how far a walk came."""
        (row,) = self._db.rows(
            f"SELECT {_SWEEP} FROM sweeps WHERE run_id = ? AND portal_id = ? AND list_url = ?",  # noqa: S608 - constant
            *key,
        )
        return _sweep(key, row)

    def next_page(self, key: SweepKey) -> PageRequest | None:
        """Return the request for the first page not yet done; None when there is none."""
        return self.pages_of(key).next_page()

    def finish_page(self, key: SweepKey, request: PageRequest, page: PageFound) -> PageAdded:
        """Note a page that was read, its links and the pages it leads to, in one transaction.

        A row counts once per page it is printed on first: the same address twice on one page is two rows, on
        a later page again it is none, since lists move on while they are walked. What a page adds is told by
        canonical addresses, so that a list that makes up session numbers comes to its end.
        """
        # Before the transaction: while it lasts, nothing can be acknowledged.
        # A row that leads nowhere that could be fetched is a row all the same.
        addresses = {link.url: find_canonical(link.url) or link.url for link in page.links}
        with self._frontier.transaction():
            added = sum(not self._db.row(_SIGHTING, *key, address) for address in set(addresses.values()))
            rows = first_of_each(Row(addresses[link.url], link.title, link.date) for link in page.links)
            news = self._listing(key).count_news(rows)
            new = self._see(key, page.links, addresses)
            # Twice on one page counts twice: what lists declare counts rows, not addresses.
            shown = sum(link.url in new for link in page.links)
            self.pages_of(key).finish(request, page, found=shown, adds=bool(added))
            found = Found(key.portal_id, page.capture_id, key.list_url, self._night(key))
            targets, is_cut = self._frontier.schedule.add_links(found, page.links, room=page.room)
            self._sum_parts(key)
        return PageAdded(added, targets, news, is_cut)

    def pages_of(self, key: SweepKey) -> SweepPages:
        """Return the pages of a walk, and how far it came in each part of its list."""
        return SweepPages(self._db, key)

    def end_part(self, key: SweepKey, request: PageRequest, fault: str | None = None) -> PageRequest | None:
        """End the part of a list that a page belongs to, and return the first page of the next.

        Args:
            key: the walk.
            request: for the page, which adds nothing, or with which something is wrong.
            fault: why the part was not read to its end; None where it was.
        """
        with self._frontier.transaction():
            self.pages_of(key).end_part(request, fault)
        return self.next_page(key)

    def is_unchanged(self, key: SweepKey) -> bool:
        """Whether a walk that met a page with nothing new may end there.

        It may not when it is a full one, nor when a row is not where it was, nor when the list declares
        another number of rows than it did and those that are new do not make up for it: then something is
        new, or gone, further on. A walk that may not becomes a full one. A list that is made of parts is read
        to the end of its newest one, and until all that are new were read.
        """
        sweep, listing = self.read_sweep(key), self._listing(key)
        known_parts = set(json.loads(listing.read_state().parts))
        if sweep.full or not self.pages_of(key).is_at_end_of_part(known_parts):
            return False
        known = [row.address for row in listing.read_rows()]
        seen = [row.address for row in self._seen(key)]
        lacks, new = missing_rows(known, seen, is_whole=False), len({*seen}.difference(known))
        declared = listing.read_state().declared
        is_silent = sweep.declared is None or declared is None
        if not lacks and (is_silent or (sweep.declared or 0) - (declared or 0) == new):
            return True
        with self._frontier.transaction():
            self._db.execute(
                "UPDATE sweeps SET full = 1 WHERE run_id = ? AND portal_id = ? AND list_url = ?", key
            )
        return False

    def validators_for(self, key: SweepKey, request: PageRequest) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified to ask for a page with.

        There are some for the first page with rows of a list that need not be walked in full, and only
        those of an answer that was taken in by a walk that came to its end: a 304 then means nothing new.
        """
        return (
            (None, None) if self.read_sweep(key).full else self._listing(key).read_state().validators(request)
        )

    def end_sweep(
        self, key: SweepKey, reason: str | None, *, at_its_end: bool = False, is_alone: bool = False
    ) -> None:
        """End a walk: complete without a reason, incomplete with one.

        Args:
            key: the walk.
            reason: why it is incomplete; None when it is not.
            at_its_end: whether it came to an end of its own, so that what it has seen is remembered.
            is_alone: whether the page that it read has no pager. Such a page that says nothing of the list's
                size and does not change for long is the whole of it: then the walk is complete.
        """
        with self._frontier.transaction():
            # An answer of 304 is no page that was read; what is remembered of that page holds.
            is_same = reason == NOTHING_NEW and not at_its_end
            # Of parts that were not read tonight, too; but that they are all is not shown then.
            is_cut = reason == NOTHING_NEW and self.next_page(key) is not None
            known = self._listing(key).read_state()
            is_kept = is_same or (is_cut and known.parts != "[]")
            still_since = known.still_since if is_kept else self._still_since(key) if is_alone else None
            night, left = self._night(key), []
            whole_since = ListState(still_since=still_since).whole_since(night)
            if reason is not None and whole_since and not (is_cut and not is_same):
                reason, left = None, self._listing(key).find_left(whole_since, night)
            missing, put_off = self._remember(key, reason, still_since) if at_its_end else ((), 0)
            found = self._listing(key).count_rows() if is_same and reason is None else 0
            self._frontier.schedule.record_due(key.portal_id, [*missing, *left], night)
            self._db.execute(
                "UPDATE sweeps SET ended = 1, complete = ?, reason = ?, missing = ?, found = found + ?, "
                "put_off = ? WHERE run_id = ? AND portal_id = ? AND list_url = ?",
                (int(reason is None), reason, json.dumps(missing), found, put_off, *key),
            )

    def count_rows_shown(self, sweep: Sweep) -> int:
        """Return how many rows a list shows: those found, or for one with nothing new those that it had."""
        return self._listing(sweep.key).count_rows() if sweep.reason == NOTHING_NEW else sweep.found

    def _still_since(self, key: SweepKey) -> str | None:
        """Return since when a list has been the one page that was read; None where it says its size."""
        sweep, listing = self.read_sweep(key), self._listing(key)
        if not sweep.found or sweep.declared is not None or sweep.declared_pages is not None:
            return None
        is_same = self._seen(key) == listing.read_rows()
        return (is_same and listing.read_state().still_since) or self._night(key).isoformat()

    def _remember(
        self, key: SweepKey, reason: str | None, still_since: str | None
    ) -> tuple[tuple[str, ...], int]:
        """Remember what a walk to its end has seen.

        Returns:
            The known addresses that were missing, and of how many the list said more than is asked for now.
        """
        sweep, listing = self.read_sweep(key), self._listing(key)
        if sweep.found == 0:
            return (), 0  # the first page as it was, or an empty one, which proves nothing
        told = told_rows(listing.read_rows() or listing.read_rows_elsewhere(), self._seen(key))
        put_off = self._frontier.schedule.record_told(key.portal_id, told, self._night(key))
        known = listing.read_state()
        has_gaps = any(part.fault for part in self.pages_of(key).read_parts())
        missing = listing.replace_rows(self._seen(key), is_whole=reason is None, has_gaps=has_gaps)
        walked_on = known.walked_on
        if reason != NOTHING_NEW:
            is_reliable = reason is None or has_gaps or known.agrees_with(sweep.found)
            walked_on = self._night(key).isoformat() if is_reliable else None
        page, etag, last_modified = self.pages_of(key).first_with_rows()
        parts = json.dumps(sorted(self.pages_of(key).first_pages()))
        # A walk that found less than any before may have been cut short (`agrees_with`).
        most = max(sweep.found, known.most)
        listing.write_state(
            ListState(walked_on, most, sweep.declared, page, etag, last_modified, still_since, parts)
        )
        return missing, put_off

    def _night(self, key: SweepKey) -> dt.date:
        night = self._frontier.schedule.night_of_run(key.run_id)
        if night is None:
            raise ValueError(f"the run {key.run_id} has not begun")
        return night

    def _listing(self, key: SweepKey) -> Listing:
        return Listing(self._db, key.portal_id, key.list_url)

    def _seen(self, key: SweepKey) -> list[Row]:
        """The rows that a walk has seen, in order, each address once."""
        rows = self._db.execute(
            "SELECT address, title, date FROM sightings WHERE run_id = ? AND portal_id = ? AND list_url = ? "
            "ORDER BY position",
            key,
        )
        return first_of_each(Row(*row) for row in rows)

    def list_sweeps(self, run_id: str) -> tuple[Sweep, ...]:
        """Return the walks of a run, by portal and list."""
        rows = self._db.execute(
            f"SELECT portal_id, list_url, {_SWEEP} FROM sweeps WHERE run_id = ? ORDER BY portal_id, list_url",  # noqa: S608 - constant
            (run_id,),
        )
        return tuple(_sweep(SweepKey(run_id, portal, url), row) for portal, url, *row in rows)

    def find_newest_year(self, run_id: str, portal_id: str) -> int | None:
        """Return the newest year in the dates and titles of a portal's lists; None where there is none.

        Of the rows that a run saw, and of those that its lists had when they were last read.
        """
        rows = self._db.execute(
            "SELECT date, title FROM sightings WHERE run_id = ?1 AND portal_id = ?2 "
            "UNION ALL SELECT date, title FROM listings WHERE portal_id = ?2",
            (run_id, portal_id),
        )
        years = (int(year) for row in rows for printed in row for year in PRINTED_YEAR.findall(printed or ""))
        return max(years, default=None)

    def _sum_parts(self, key: SweepKey) -> None:
        """Sum what the parts say; a list declares only what all of its parts declare, or are said to have."""
        self._db.execute(
            "UPDATE sweeps SET (declared, declared_pages, found, pages) = (SELECT "
            # Of a year what leads to it told, and what it gathers may not.
            "ifnull(iif(count(declared) = count(*), sum(declared), NULL), sweeps.declared), "
            "iif(count(declared_pages) = count(*), sum(declared_pages), NULL), "
            "ifnull(sum(found), 0), ifnull(sum(pages), 0) "
            "FROM sweep_parts WHERE run_id = ?1 AND portal_id = ?2 AND list_url = ?3) "
            "WHERE run_id = ?1 AND portal_id = ?2 AND list_url = ?3",
            key,
        )

    def _see(self, key: SweepKey, links: Sequence[Link], addresses: Mapping[str, str]) -> set[str]:
        """Note the rows of a page; returns their addresses, as printed, that no page before it had."""
        seen = self._db.value(
            "SELECT count(*) FROM sightings WHERE run_id = ? AND portal_id = ? AND list_url = ?",
            *key,
        )
        new = set()
        for position, link in enumerate(links, seen):
            cursor = self._db.execute(
                "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, link.url, addresses[link.url], position, link.title, link.date),
            )
            if cursor.rowcount == 1:
                new.add(link.url)
        return new


_SIGHTING = "SELECT 1 FROM sightings WHERE run_id = ? AND portal_id = ? AND list_url = ? AND address = ?"
_SWEEP = "declared, declared_pages, found, pages, ended, complete, reason, missing, full, put_off"


def _sweep(key: SweepKey, row: Sequence[Any]) -> Sweep:
    declared, declared_pages, found, pages, ended, complete, reason, missing, full, put_off = row
    rows = (declared, declared_pages, found, pages)
    told = tuple(json.loads(missing))
    return Sweep(key, *rows, bool(ended), bool(complete), reason, told, bool(full), put_off)
