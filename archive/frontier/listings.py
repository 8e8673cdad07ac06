"""What each list showed when it was last read: what is new on it tonight, and what is not where it was.

A row that is absent says something only where the list was read around it: between two rows that stood on
either side of it before, or anywhere once the whole list was seen.
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import astuple

from archive.database import Database
from archive.frontier.targets import SCHEDULE, PageRequest, next_due
from pipelines.metadata.fields import Kind
from pipelines.structs import FrozenStruct


class Row(NamedTuple):
    """One row of a list.

    Attributes:
        address: in canonical form.
        title: the link text.
        date: as printed.
    """

    address: str
    title: str | None
    date: str | None


def missing_rows(known: Sequence[str], seen: Sequence[str], *, is_whole: bool) -> tuple[str, ...]:
    """Return known addresses that a reading of their list shows to be gone from it, in the known order.

    Rows that change places (a notice that is put on top) leave gaps that mean nothing: only what lies between
    rows that are still in order counts, and only where no more is absent than was read.

    Args:
        known: addresses in the order in which the list had them before.
        seen: addresses as read, from its beginning.
        is_whole: whether that was all of the list.
    """
    shown = set(seen)
    if is_whole:
        return tuple(address for address in known if address not in shown)
    place = {address: number for number, address in enumerate(known)}
    # Before the first row that is in order, rows may be gone as between two; behind the last, nothing was
    # read.
    places = [-1, *_in_order([place[address] for address in seen if address in place])]
    missing: dict[str, None] = {}
    for before, after in pairwise(places):
        absent = [address for address in known[before + 1 : after] if address not in shown]
        if len(absent) <= len(shown):
            missing.update(dict.fromkeys(absent))
    return tuple(missing)


def told_rows(known: Sequence[Row], seen: Sequence[Row]) -> tuple[str, ...]:
    """Return addresses of which a list says something new, in its order; nothing of one that was never read.

    That is: a row that it did not have, one with another title or date, or at another place among the others;
    and of a new row the one known address that had its title, which may have moved there.

    Args:
        known: its rows as they were.
        seen: its rows as read, each address once.
    """
    place = {row.address: number for number, row in enumerate(known)}
    still = set(_in_order([place[row.address] for row in seen if row.address in place]))
    titled: dict[str | None, list[str]] = {}
    for row in known:
        titled.setdefault(row.title, []).append(row.address)
    told: dict[str, None] = {}
    for row in seen if known else ():
        old = place.get(row.address)
        if old is None or known[old] != row or old not in still:
            told[row.address] = None
        namesakes = titled.get(row.title, ()) if old is None and row.title else ()
        told.update(dict.fromkeys(namesakes if len(namesakes) == 1 else ()))
    return tuple(told)


def _in_order(places: Sequence[int]) -> list[int]:
    """Return the longest rising sequence among places, all different."""
    ends: list[int] = []  # the lowest place at which a rising sequence of each length ends
    lengths = []
    for place in places:
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        lengths.append(length)
    rising: list[int] = []
    for place, length in zip(reversed(places), reversed(lengths), strict=True):
        # From the end: the last place at which a run of each length ends that is below the one taken before.
        if length == len(ends) - 1 - len(rising) and (not rising or place < rising[-1]):
            rising.append(place)
    return rising[::-1]


def first_of_each(rows: Iterable[Row]) -> list[Row]:
    """Return one row per address: a list may show one with its title first and as a bare link after."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.address, row)
    return list(first.values())


class ListState(FrozenStruct):
    """What is remembered of a list, beside its rows.

    Attributes:
        walked_on: the night of its last walk to the end; None where none is to be relied on.
        most: the most rows that a walk to the end has found.
        declared: how many rows it said it has.
        page: the request for its first page with rows, as text.
        etag: what that page left to ask with.
        last_modified: likewise.
        still_since: of a list of one page that says nothing of its size, the first night on which it had the
            rows that it has; None for others.
        parts: the requests for the first pages of the parts that it leads to, as JSON.
    """

    walked_on: str | None = None
    most: int = 0
    declared: int | None = None
    page: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    still_since: str | None = None
    parts: str = "[]"

    def is_walk_due(self, list_url: str, night: dt.date, revisit_days: int | None) -> bool:
        """Whether it is the list's turn to be walked to its end."""
        if self.walked_on is None:
            return True
        # Lists of every kind are walked as often as those of reports: what is new stands in them.
        kind = Kind.ANNUAL_REPORT
        walked, parts = dt.date.fromisoformat(self.walked_on), len(json.loads(self.parts))
        # What is added to an old part shows only then: as often as if one of them were read each night.
        days = (
            min(revisit_days or SCHEDULE.usual_days, max(parts, SCHEDULE.still_days))
            if parts
            else revisit_days
        )
        return next_due(walked, key=list_url, kind=kind, listed=None, revisit_days=days) <= night

    def whole_since(self, night: dt.date) -> str | None:
        """Return since when it is whole: one page, unchanged for so long; None where that is not known."""
        whole = dt.date.fromisoformat(self.still_since or night.isoformat()) + dt.timedelta(
            days=SCHEDULE.still_days
        )
        return whole.isoformat() if whole <= night else None

    def agrees_with(self, found: int) -> bool:
        """Whether a walk that found so many rows came as far as those before it; the first never does."""
        return 0 < self.most * SCHEDULE.agreeing_share <= found

    def validators(self, request: PageRequest) -> tuple[str | None, str | None]:
        """Return what a page may be asked for with; nothing where it is not the first page with rows."""
        is_first = request.body is None and request.as_text() == self.page
        return (self.etag, self.last_modified) if is_first else (None, None)


# Gone for as long as settles it: is its row there still, and if not, was the list read to its end since?
_IS_WITNESS = """
SELECT EXISTS (
    SELECT 1 FROM targets AS t JOIN absences AS a ON a.key = t.key AND a.standing = 'gone'
    LEFT JOIN listings AS l ON l.portal_id = ?1 AND l.list_url = ?2 AND l.address = t.key
    LEFT JOIN lists AS s ON s.portal_id = ?1 AND s.list_url = ?2
    WHERE t.portal_id = ?1 AND t.due_on IS NULL AND t.seen_at IS NOT NULL
        AND (l.address IS NOT NULL OR t.list_url = ?2)
    GROUP BY t.key
    HAVING min(a.night) <= ?3
        AND (max(l.address) IS NOT NULL OR ifnull(max(s.walked_on), '') < max(min(a.night), ?4))
)
"""

# Gone, settled and off the list before that had stood still for so long that it is known to be whole.
_LEFT_BEFORE = """
SELECT DISTINCT t.key FROM targets AS t JOIN absences AS a ON a.key = t.key AND a.standing = 'gone'
LEFT JOIN listings AS l ON l.portal_id = ?1 AND l.list_url = ?2 AND l.address = t.key
WHERE t.portal_id = ?1 AND t.list_url = ?2 AND t.due_on > ?4 AND ifnull(t.missed_on, '') < ?3
    AND l.address IS NULL
"""

_STILL_LISTED = """
SELECT l.portal_id, l.list_url, l.address
FROM absences AS a JOIN targets AS t ON t.key = a.key
JOIN sweeps AS s ON s.run_id = ?1 AND s.portal_id = t.portal_id
JOIN listings AS l ON l.portal_id = s.portal_id AND l.list_url = s.list_url AND l.address = a.key
WHERE a.night = ?2 ORDER BY 1, 2, 3
"""


def find_still_listed(db: Database, run_id: str, night: dt.date) -> dict[tuple[str, str], list[str]]:
    """Return addresses that answered in a run without their page, by portal and list that have them.

    Args:
        db: of the frontier.
        run_id: the run.
        night: on which it began.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for portal, list_url, address in db.rows(_STILL_LISTED, run_id, night.isoformat()):
        found.setdefault((portal, list_url), []).append(address)
    return found


class Listing:
    """What one list showed, in the frontier's file; used within its transactions.

    Args:
        db: of the frontier.
        portal_id: whose list.
        list_url: the list.
    """

    def __init__(self, db: Database, portal_id: str, list_url: str) -> None:
        self._db = db
        self._list = (portal_id, list_url)

    def read_state(self) -> ListState:
        """Return what is remembered of it; nothing for a list that was never walked to an end."""
        row = self._db.row(
            "SELECT walked_on, most, declared, page, etag, last_modified, still_since, parts FROM lists "
            "WHERE portal_id = ? AND list_url = ?",
            *self._list,
        )
        return ListState(*row) if row else ListState()

    def write_state(self, what: ListState) -> None:
        """Replace what is remembered of it."""
        self._db.execute(
            "INSERT OR REPLACE INTO lists (portal_id, list_url, walked_on, most, declared, page, etag, "
            "last_modified, still_since, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*self._list, *astuple(what)),
        )

    def count_rows(self) -> int:
        """Return how many rows it had."""
        count: int = self._db.value(
            "SELECT count(*) FROM listings WHERE portal_id = ? AND list_url = ?", *self._list
        )
        return count

    def count_news(self, rows: Sequence[Row]) -> int:
        """Return how many rows it did not have, or not with this title and date."""
        sql = "SELECT title, date FROM listings WHERE portal_id = ? AND list_url = ? AND address = ?"
        return sum(self._db.row(sql, *self._list, row.address) != (row.title, row.date) for row in rows)

    def is_witness(self, night: dt.date) -> bool:
        """Whether what it says tonight may decide of a page that is gone, so that all of it is to be read."""
        long_ago = night - dt.timedelta(days=SCHEDULE.settled_days)
        whole_since = self.read_state().whole_since(night) or ""
        return bool(self._db.value(_IS_WITNESS, *self._list, long_ago.isoformat(), whole_since))

    def find_left(self, whole_since: str, night: dt.date) -> list[str]:
        """Return what is gone and left a list before it was known that what it shows is all of it.

        It is asked for once a month once its absence is settled, but only now the list proves it.

        Args:
            whole_since: the night on which that was known.
            night: tonight.
        """
        return self._db.column(_LEFT_BEFORE, *self._list, whole_since, night.isoformat())

    def replace_rows(self, seen: Sequence[Row], *, is_whole: bool, has_gaps: bool = False) -> tuple[str, ...]:
        """Replace what it had by what was read of it; returns the addresses that are missing.

        Args:
            seen: its rows as read, from its beginning, each address once.
            is_whole: whether that was all of it.
            has_gaps: whether what could not be read stands between what was.
        """
        known = self.read_rows()
        addresses = [row.address for row in seen]
        places = [] if has_gaps else [row.address for row in known]
        missing = missing_rows(places, addresses, is_whole=is_whole)
        left_out = {*addresses, *missing}
        # Of a list that was not read to its end, what was not read stands as it did.
        kept = [] if is_whole else [row for row in known if row.address not in left_out]
        if [*seen, *kept] != known:
            self._write([*seen, *kept])
        return missing

    def read_rows(self) -> list[Row]:
        """Return its rows, in order."""
        return self._read_rows("= ? ORDER BY position")

    def read_rows_elsewhere(self) -> list[Row]:
        """Return the rows of the portal's other lists, which one that was never read may have taken over."""
        return first_of_each(self._read_rows("<> ? ORDER BY list_url, position"))

    def _read_rows(self, which: str) -> list[Row]:
        rows = self._db.rows(
            f"SELECT address, title, date FROM listings WHERE portal_id = ? AND list_url {which}",  # noqa: S608 - two of this class
            *self._list,
        )
        return [Row(*row) for row in rows]

    def _write(self, rows: Sequence[Row]) -> None:
        self._db.execute("DELETE FROM listings WHERE portal_id = ? AND list_url = ?", self._list)
        self._db.executemany(
            "INSERT INTO listings VALUES (?, ?, ?, ?, ?, ?)",
            [(*self._list, row.address, position, row.title, row.date) for position, row in enumerate(rows)],
        )
