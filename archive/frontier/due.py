"""Whose turn it is: every address that is fetched again and again, and the night on which it is due.

    found ─▶ every night ─ seen ─▶ due after its period ─ seen ─▶ …
                 ▲                        │
                 └── gone, elsewhere, missing from its list ── settled ─▶ due once a month

When an address is due follows from what its captures say and from nothing else, whatever the order in which
they are recorded, so that a frontier made again from WARC asks for the same.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.clock import instant, night_of
from archive.frontier.schedule import SCHEDULE, Standing, is_settled, next_due, standing_of
from archive.frontier.targets import Target, Terms
from archive.warc.model import Role
from pipelines.addresses import canonical_address
from pipelines.metadata.printed_dates import read_date
from pipelines.response.lifecycle import is_gone_altogether

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.frontier.database import FrontierFile
    from archive.frontier.targets import Link
    from archive.warc.model import StoredCapture


_NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class _Known:
    """What of a target decides when it is due."""

    key: str
    list_url: str | None
    list_date: str | None
    found_on: str
    seen_at: str | None
    seen_on: str | None
    missed_on: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Where links were found.

    Attributes:
        portal_id: whose they are.
        capture_id: the page of the list, or the article.
        list_url: the list; None where an article was not found by one.
        night: of the run.
        role: what they are fetched as.
    """

    portal_id: str
    capture_id: str | None
    list_url: str | None
    night: dt.date
    role: Role = Role.ARTICLE


_KNOWN = "key, list_url, list_date, found_on, seen_at, seen_on, missed_on"


class Turns:
    """The targets of all portals, in the frontier's file.

    Args:
        file: whose transactions they share.
    """

    def __init__(self, file: FrontierFile) -> None:
        self._file = file
        self._db = file.connection
        self._nights: dict[str, dt.date] = {}
        self._terms: dict[str, Terms] = {}

    def night(self, run_id: str) -> dt.date | None:
        """Return the night of a run; None for one that is not known."""
        if run_id not in self._nights:
            row = self._db.row("SELECT started_at FROM runs WHERE id = ?", run_id)
            if row is None:
                return None
            self._nights[run_id] = night_of(dt.datetime.fromisoformat(row[0]))
        return self._nights[run_id]

    # What decides when they are due

    def note_terms(self, portal_id: str, terms: Terms) -> None:
        """Note what the registry says of a portal; where that has changed, its targets are due anew."""
        known = self.terms(portal_id)
        self._terms[portal_id] = terms
        if known == terms:
            return
        with self._file.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO terms VALUES (?, ?, ?, ?)",
                (
                    portal_id,
                    terms.revisit_days,
                    json.dumps(terms.kinds, sort_keys=True),
                    json.dumps(sorted(terms.hosts)),
                ),
            )
            keys = self._db.rows("SELECT key FROM targets WHERE portal_id = ?", portal_id)
            for (key,) in keys:
                self._reschedule(key, portal_id)

    def terms(self, portal_id: str) -> Terms:
        """Return what the registry last said of a portal."""
        if portal_id not in self._terms:
            row = self._db.row("SELECT revisit_days, kinds, hosts FROM terms WHERE portal_id = ?", portal_id)
            if row is None:
                return _NO_TERMS
            self._terms[portal_id] = Terms(row[0], json.loads(row[1]), frozenset(json.loads(row[2])))
        return self._terms[portal_id]

    # What is known of them

    def add(self, found: Found, links: Iterable[Link], *, room: int | None = None) -> tuple[int, bool]:
        """Add the links of a list, or of an article to what it has attached, that are wanted.

        Args:
            found: where they were found.
            links: in order.
            room: how many that were not known may be added; None for all of them.

        Returns:
            How many were not known and are now, and whether some were left out for lack of room.
        """
        added = 0
        for link in links:
            if not link.wanted or self._is_known(link.url):
                continue
            if added == room:
                return added, True
            target = Target(0, link.url, found.role, found.capture_id, link.title, link.date, found.list_url)
            self.add_one(found.portal_id, target, found.night)
            added += 1
        return added, False

    def _is_known(self, url: str) -> bool:
        row = self._db.row("SELECT 1 FROM targets WHERE key = ?", key_of(url))
        return row is not None

    def add_one(self, portal_id: str, found: Target, night: dt.date) -> None:
        """Add an address that is to be fetched, unless it is known."""
        self._db.execute(
            "INSERT INTO targets "
            "(key, url, portal_id, role, parent, list_title, list_date, list_url, found_on) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (
                key_of(found.url),
                found.url,
                portal_id,
                found.role,
                found.parent,
                found.list_title,
                found.list_date,
                found.list_url,
                night.isoformat(),
            ),
        )

    def note_answer(self, capture: StoredCapture, outcome: str, portal_id: str, night: dt.date) -> None:
        """Note what an answer says about a target; about any other address it says nothing."""
        standing = standing_of(outcome)
        if standing is Standing.UNTOLD:
            return
        key, at = key_of(capture.url), instant(capture.fetched_at)
        if standing is Standing.THERE:
            self._db.execute(
                "UPDATE targets SET seen_at = ?1, seen_on = ?2 WHERE key = ?3 AND ifnull(seen_at, '') < ?1",
                (at, night.isoformat(), key),
            )
            self._db.execute("DELETE FROM absences WHERE key = ? AND at <= ?", (key, at))
        else:
            self._db.execute(
                "INSERT INTO absences SELECT key, ?2, ?3, ?4 FROM targets "
                "WHERE key = ?1 AND ifnull(seen_at, '') < ?4 "
                "ON CONFLICT (key, standing, night) DO UPDATE SET at = max(at, excluded.at)",
                (key, standing, night.isoformat(), at),
            )
        self._reschedule(key, portal_id)

    def note_missing(self, portal_id: str, addresses: Iterable[str], night: dt.date) -> None:
        """Note targets whose list was read without them: they are due until they have said why."""
        for address in addresses:
            self._db.execute(
                "UPDATE targets SET missed_on = max(ifnull(missed_on, ''), ?) "
                "WHERE key = ? AND portal_id = ?",
                (night.isoformat(), address, portal_id),
            )
            self._reschedule(address, portal_id)

    def _reschedule(self, key: str, portal_id: str) -> None:
        row = self._db.row(f"SELECT {_KNOWN} FROM targets WHERE key = ?", key)  # noqa: S608 - constant
        if row is None:
            return
        absences: dict[str, list[dt.date]] = {}
        for standing, night in self._db.execute("SELECT standing, night FROM absences WHERE key = ?", (key,)):
            absences.setdefault(standing, []).append(dt.date.fromisoformat(night))
        due = _due_on(_Known(*row), absences, self.terms(portal_id))
        self._db.execute(
            "UPDATE targets SET due_on = ?1 WHERE key = ?2 AND due_on IS NOT ?1",
            (due and due.isoformat(), key),
        )

    # Whose turn it is

    def finish(self, urls: Iterable[str], run_id: str) -> None:
        """Note that addresses came to an end in a run: they are not fetched again in it."""
        unfinished = [url for url in urls if not self.is_finished(url, run_id)]
        if not unfinished:
            return
        with self._file.transaction():
            self._db.executemany(
                "UPDATE targets SET done_run = ? WHERE key = ?", [(run_id, key_of(url)) for url in unfinished]
            )

    def is_finished(self, url: str, run_id: str) -> bool:
        """Whether an address has come to an end in a run."""
        row = self._db.row("SELECT done_run FROM targets WHERE key = ?", key_of(url))
        return row is not None and row[0] == run_id

    def is_resting(self, url: str, run_id: str) -> bool:
        """Whether an address is known and not to be asked for in a run: it came to an end, or is not due."""
        row = self._db.row("SELECT done_run, due_on FROM targets WHERE key = ?", key_of(url))
        if row is None:
            return False
        night = self.night(run_id)
        return row[0] == run_id or (row[1] is not None and night is not None and row[1] > night.isoformat())

    def unsettled(self, portal_id: str, run_id: str, *, after: int, limit: int) -> tuple[Target, ...]:
        """Return targets that are due every night: never seen, missing, or gone and not settled yet.

        Args:
            portal_id: whose targets.
            run_id: the run; those that came to an end in it are left out.
            after: the `seq` to go on behind; 0 for the beginning.
            limit: how many at most.
        """
        rows = self._db.execute(
            f"SELECT {_TARGET} FROM targets WHERE portal_id = ? AND due_on IS NULL AND seq > ? "  # noqa: S608 - constant
            "AND done_run IS NOT ? ORDER BY seq LIMIT ?",
            (portal_id, after, run_id, limit),
        )
        return tuple(_target(row) for row in rows)

    def due(
        self, portal_id: str, run_id: str, *, after: tuple[str, int], limit: int
    ) -> tuple[tuple[str, Target], ...]:
        """Return targets whose day has come, those first that have waited longest, each with that day.

        Args:
            portal_id: whose targets.
            run_id: the run, whose night it is; those that came to an end in it are left out.
            after: day and `seq` to go on behind; an empty day and 0 for the beginning.
            limit: how many at most.
        """
        night = self.night(run_id)
        rows = self._db.execute(
            f"SELECT due_on, {_TARGET} FROM targets WHERE portal_id = ? AND due_on <= ? "  # noqa: S608 - constant
            "AND (due_on, seq) > (?, ?) AND done_run IS NOT ? ORDER BY due_on, seq LIMIT ?",
            (portal_id, "" if night is None else night.isoformat(), *after, run_id, limit),
        )
        return tuple((day, _target(row)) for day, *row in rows)

    def controls(self, portal_id: str, run_id: str, *, limit: int) -> tuple[Target, ...]:
        """Return targets that were there when last seen, and whose day has not come, the newest first.

        Args:
            portal_id: whose targets.
            run_id: the run, whose night it is; those that came to an end in it are left out.
            limit: how many at most.
        """
        night = self.night(run_id)
        rows = self._db.execute(
            f"SELECT {_TARGET} FROM targets AS t WHERE portal_id = ? AND seen_at IS NOT NULL "  # noqa: S608 - constant
            "AND due_on > ? AND missed_on IS NULL AND done_run IS NOT ? "
            "AND NOT EXISTS (SELECT 1 FROM absences AS a WHERE a.key = t.key) "
            "ORDER BY seen_at DESC, seq LIMIT ?",
            (portal_id, "" if night is None else night.isoformat(), run_id, limit),
        )
        return tuple(_target(row) for row in rows)

    def shown_and_gone(self, portal_id: str, run_id: str) -> tuple[int, int]:
        """Return how many targets were there on the night of a run so far, and how many were not."""
        night = self.night(run_id)
        row = self._db.row(
            "SELECT count(*) FILTER (WHERE seen_on = ?2), "
            "count(*) FILTER (WHERE key IN (SELECT key FROM absences WHERE night = ?2)) "
            "FROM targets WHERE portal_id = ?1",
            portal_id,
            night and night.isoformat(),
        )
        return int(row[0]), int(row[1])


@functools.lru_cache(maxsize=4096)
def key_of(url: str) -> str:
    """Return the form of an address under which it is known."""
    return canonical_address(url)


def _due_on(known: _Known, absences: dict[str, list[dt.date]], terms: Terms) -> dt.date | None:
    """Return the night on which a target is due; None for every night."""
    seen_on, missed_on = _date(known.seen_on), _date(known.missed_on)
    nights = [night for each in absences.values() for night in each]
    answered = max(nights) if nights else seen_on
    if answered is None or (missed_on is not None and missed_on > answered):
        return None
    if not nights:
        listed = read_date(known.list_date or "") or _date(known.found_on)
        kind = terms.kinds.get(known.list_url or "")
        return next_due(answered, key=known.key, kind=kind, listed=listed, revisit_days=terms.revisit_days)
    if not any(is_settled(each) for each in absences.values()):
        return None
    return next_due(answered, key=known.key, kind=None, listed=None, revisit_days=terms.revisit_days)


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


_TARGET = "seq, url, role, parent, list_title, list_date, list_url"


def _target(row: Sequence[object]) -> Target:
    seq, url, role, *rest = row
    return Target(seq, url, Role(role), *rest)  # type: ignore[arg-type]  # as the table is declared


# What a crawl asks for next: the targets whose turn it is, in the order that serves best.


class Offering:
    """Hands out the targets of a portal whose turn it is, each once.

    Those that are due every night come first, in the order of finding, so that a host that always stops us
    early still gets to what is new. What is found while targets are fetched is handed out, too: it is newer
    than all before it. Last, on a night that shows many gone and hardly one there, come a few that were
    there: only they can tell a portal that took much down from one under repair.

    Args:
        turns: the targets.
        portal_id: whose.
        run_id: the run.
    """

    def __init__(self, turns: Turns, portal_id: str, run_id: str) -> None:
        self._turns = turns
        self._portal_id = portal_id
        self._run_id = run_id
        self._unsettled = 0
        self._due = ("", 0)
        self._is_controlled = False

    def next(self, limit: int) -> tuple[Target, ...]:
        """Return the next targets, at most so many; none once all were handed out."""
        unsettled = self._turns.unsettled(self._portal_id, self._run_id, after=self._unsettled, limit=limit)
        if unsettled:
            self._unsettled = unsettled[-1].seq
            return unsettled
        due = self._turns.due(self._portal_id, self._run_id, after=self._due, limit=limit)
        if due:
            day, last = due[-1]
            self._due = (day, last.seq)
        return tuple(target for _, target in due) or self._controls()

    def _controls(self) -> tuple[Target, ...]:
        if self._is_controlled:
            return ()
        self._is_controlled = True
        if not is_gone_altogether(*self._turns.shown_and_gone(self._portal_id, self._run_id)):
            return ()
        return self._turns.controls(self._portal_id, self._run_id, limit=SCHEDULE.controls)
