"""Whose turn it is: every address that is fetched again and again, and the night on which it is due.

    found ─▶ every night ─ seen ─▶ due after its period ─ seen ─▶ …
                 ▲                        │
                 └── gone, elsewhere, missing from its list, new in it ── settled ─▶ due once a month

When an address is due follows from what its captures say and from nothing else, whatever the order in which
they are recorded, so that a frontier made again from WARC asks for the same.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import TYPE_CHECKING

from archive.clock import instant, night_of
from archive.frontier.targets import (
    SCHEDULE,
    TARGET_COLUMNS,
    Link,
    Standing,
    Target,
    Terms,
    is_settled,
    next_due,
    read_crowds,
    standing_of,
)
from archive.warc.entries import Role, StoredCapture
from pipelines.addresses import canonical_address
from pipelines.metadata.dates_and_numbers import read_date
from pipelines.response.outcome import BLOCKED, Outcome
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from archive.frontier.state import Frontier


class Found(FrozenStruct):
    """Where links were found.

    Attributes:
        portal_id: whose they are.
        capture_id: the page of the list, or the article.
        list_url: the list; None where an article was not found by one.
        night: of the run.
        role: what they are fetched as.
        told_on: the night on which a list last told of the article, or missed it; None for never.
    """

    portal_id: str
    capture_id: str | None
    list_url: str | None
    night: dt.date
    role: Role = Role.ARTICLE
    told_on: dt.date | None = None


class Schedule:
    """The targets of all portals, in the frontier's file, and the nights on which they are due.

    Args:
        file: whose transactions they share.
    """

    def __init__(self, file: Frontier) -> None:
        self._file = file
        self._db = file.connection

    def night_of_run(self, run_id: str) -> dt.date | None:
        """Return the night of a run; None for one that is not known."""
        started_at = self._db.value("SELECT started_at FROM runs WHERE id = ?", run_id)
        return started_at and night_of(dt.datetime.fromisoformat(started_at))

    # What decides when they are due

    def set_terms(self, portal_id: str, terms: Terms) -> None:
        """Note what the registry says of a portal; where that has changed, its targets are due anew."""
        if terms == self.terms_of(portal_id):
            return
        with self._file.transaction():
            row = {
                "portal_id": portal_id,
                "revisit_days": terms.revisit_days,
                "kinds": json.dumps(terms.kinds, sort_keys=True),
                "hosts": json.dumps(sorted(terms.hosts)),
            }
            self._db.insert_row("terms", row, "OR REPLACE")
            for key in self._db.column("SELECT key FROM targets WHERE portal_id = ?", portal_id):
                self._reschedule(key, terms)

    def terms_of(self, portal_id: str) -> Terms:
        """Return what the registry last said of a portal."""
        row = self._db.row("SELECT revisit_days, kinds, hosts FROM terms WHERE portal_id = ?", portal_id)
        return Terms(row[0], json.loads(row[1]), frozenset(json.loads(row[2]))) if row else Terms()

    # What is known of them

    def add_links(self, found: Found, links: Iterable[Link], *, room: int | None = None) -> tuple[int, bool]:
        """Add the links of a list, or of an article to what it has attached, that are wanted.

        What an article has attached is due until it has answered where it was gone, since the article has it
        again, and where it has not answered since a list told of the article: what is replaced is often the
        file, and the article may answer some nights after it was told of.

        Args:
            found: where they were found.
            links: in order.
            room: how many that were not known may be added; None for all of them.

        Returns:
            How many were not known and are now, and whether some were left out for lack of room.

        Raises:
            FrontierBroken: the file cannot be written.
        """
        added = 0
        with self._file.transaction():
            for link in links:
                if not link.wanted:
                    continue
                key = key_of(link.url)
                if self._db.row("SELECT 1 FROM targets WHERE key = ?", key):
                    due_since = found.night if self._db.row(_IS_ABSENT, key) else found.told_on
                    if found.role is Role.ATTACHMENT and due_since is not None:
                        self.record_due(found.portal_id, [key], due_since)
                    continue
                if added == room:
                    return added, True
                listed = (found.capture_id, link.title, link.date, found.list_url)
                self.add_target(found.portal_id, Target(0, link.url, found.role, *listed), found.night)
                added += 1
        return added, False

    def add_target(self, portal_id: str, found: Target, night: dt.date) -> None:
        """Add an address that is to be fetched, unless it is known."""
        said = {name: getattr(found, name) for name in TARGET_COLUMNS[1:]}
        row = {"key": key_of(found.url), "portal_id": portal_id, "found_on": night.isoformat(), **said}
        self._db.insert_row("targets", row, "OR IGNORE")

    def record_answer(self, capture: StoredCapture, outcome: str, portal_id: str, night: dt.date) -> None:
        """Note what an answer says about a target; about any other address it says nothing."""
        standing = standing_of(outcome)
        key, at = key_of(capture.url), instant(capture.fetched_at)
        if standing is Standing.UNTOLD:
            self._ask_last(key, outcome, night)
            return
        if standing is Standing.THERE:
            self._db.execute(
                # Minimum, maximum and conditions on the instant throughout: captures may be recorded again,
                # in any order.
                "UPDATE targets SET first_seen_on = min(ifnull(first_seen_on, ?1), ?1) WHERE key = ?2",
                (night.isoformat(), key),
            )
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
        self._reschedule(key, self.terms_of(portal_id))

    def _ask_last(self, key: str, outcome: str, night: dt.date) -> None:
        """Put a page that was blocked behind all others: its host is asked nothing more once it is met."""
        # A page that sets a cookie and sends back to itself is asked for again at once, with the cookie.
        if outcome in BLOCKED and outcome != Outcome.CHALLENGE_COOKIE_REDIRECT:
            self._db.execute(
                "UPDATE targets SET due_on = ?1 WHERE key = ?2 AND ifnull(due_on, '') < ?1",
                ((night + dt.timedelta(days=1)).isoformat(), key),
            )

    def record_due(self, portal_id: str, keys: Iterable[str], night: dt.date) -> None:
        """Note targets of which a list said something, or that it missed: they are due until they answer."""
        terms = self.terms_of(portal_id)
        for key in keys:
            self._db.execute(
                "UPDATE targets SET missed_on = max(ifnull(missed_on, ''), ?) "
                "WHERE key = ? AND portal_id = ?",
                (night.isoformat(), key, portal_id),
            )
            self._reschedule(key, terms)

    def record_told(self, portal_id: str, keys: Iterable[str], night: dt.date) -> int:
        """Note targets of which their list says something new: they are due until they have answered.

        A list that says so of everything, as one that gives all of its rows another date, is believed of its
        first rows only.

        Returns:
            How many more there were, that are asked for in their turn.
        """
        told = list(keys)
        resting = {
            key
            for key in told
            if self._db.row(
                "SELECT 1 FROM targets WHERE key = ? AND portal_id = ? AND due_on IS NOT NULL",
                *(key, portal_id),
            )
        }
        # Those that are due anyway are noted in what room is left: what they have attached is due then, too.
        told.sort(key=lambda key: key not in resting)
        self.record_due(portal_id, told[: SCHEDULE.told_rows], night)
        return max(len(resting) - SCHEDULE.told_rows, 0)

    def note_crowds(self, run_id: str) -> None:
        """Note, at the end of a run, which portals were not themselves in it, and which are again.

        What was gone then, on the night before or the first one after settled nothing: it is asked for anew.
        """
        night = str(self.night_of_run(run_id))
        for portal in json.loads(self._db.value("SELECT portals FROM runs WHERE id = ?", run_id) or "[]"):
            crowds = [crowd for _, crowd in read_crowds(self._db, portal, night)]
            is_ill = any(crowd.is_ill for crowd in crowds)
            row = self._db.row(
                "SELECT is_over FROM ill_nights WHERE portal_id = ? AND night < ? ORDER BY night DESC",
                *(portal, night),
            )
            is_over = not is_ill and row == (0,) and any(crowd.stood for crowd in crowds)
            if is_ill or is_over:
                noted = {"portal_id": portal, "night": night, "is_over": int(is_over)}
                self._db.insert_row("ill_nights", noted, "OR REPLACE")
            if is_over:
                for key in self._db.column(_ABSENT, portal):
                    self._reschedule(key, self.terms_of(portal))

    def note_parts(self, portal_id: str, url: str, parts: Collection[str]) -> None:
        """Note which further pages the pager of an article names; it is due until each has answered once."""
        if not parts and not self.is_in_parts(url):
            return
        article = key_of(url)
        with self._file.transaction():
            self._db.execute("UPDATE parts SET is_named = 0 WHERE article = ?", (article,))
            self._db.executemany(
                "INSERT OR REPLACE INTO parts (article, url, is_named) VALUES (?, ?, 1)",
                [(article, part) for part in parts],
            )
            self._reschedule(article, self.terms_of(portal_id))

    def is_in_parts(self, url: str) -> bool:
        """Whether an article ever had further pages: then it is asked for, and kept, in full each time.

        That its first page is unchanged says nothing of the others, and each capture is read with the parts
        that were asked for with it.
        """
        return self._db.row("SELECT 1 FROM parts WHERE article = ?", key_of(url)) is not None

    def record_part(self, portal_id: str, url: str, outcome: str) -> None:
        """Note the answer of a further page: one that is gone is asked for again when its articles are."""
        if standing_of(outcome) is Standing.UNTOLD:
            return
        self._db.execute("INSERT OR IGNORE INTO told_parts VALUES (?)", (url,))
        for article in self._db.column("SELECT article FROM parts WHERE url = ?", url):
            self._reschedule(article, self.terms_of(portal_id))

    def _reschedule(self, key: str, terms: Terms) -> None:
        known = self._db.row(
            "SELECT list_url, list_date, found_on, seen_on, missed_on FROM targets WHERE key = ?", key
        )
        if known is None:
            return
        absences: dict[str, list[dt.date]] = {}
        for standing, night, counts in self._db.rows(_ABSENCES, key):
            absences.setdefault(standing, []).extend([dt.date.fromisoformat(night)] if counts else ())
        # An article that is gone has no further pages to wait for.
        waits = not absences and self._db.row(_UNTOLD_PARTS, key) is not None
        due = None if waits else _due_on(key, known, absences.values(), terms)
        self._db.execute(
            "UPDATE targets SET due_on = ?1 WHERE key = ?2 AND due_on IS NOT ?1",
            (due and due.isoformat(), key),
        )

    def forget_after(self, moment: dt.datetime) -> None:
        """Forget what was dated after an instant, by a clock that has been turned back since: it is due."""
        at, night = instant(moment), night_of(moment).isoformat()
        latest = (night_of(moment) + dt.timedelta(days=SCHEDULE.usual_days)).isoformat()
        with self._file.transaction():
            # No visit puts the next one off for longer; what a block did, or an absence, may have.
            self._db.execute(
                "UPDATE targets SET due_on = NULL "
                "WHERE due_on > ? OR key IN (SELECT key FROM absences WHERE at > ?)",
                (latest, at),
            )
            self._db.execute(
                "UPDATE targets SET seen_at = NULL, seen_on = NULL, missed_on = NULL, due_on = NULL "
                "WHERE seen_at > ?1 OR missed_on > ?2 OR found_on > ?2",
                (at, night),
            )
            self._db.execute(
                "UPDATE targets SET found_on = min(found_on, ?1), "
                "first_seen_on = iif(first_seen_on > ?1, NULL, first_seen_on)",
                (night,),
            )
            self._db.execute(
                "UPDATE lists SET walked_on = iif(walked_on > ?1, NULL, walked_on), "
                "still_since = min(still_since, ?1)",
                (night,),
            )
            # Else what an address answers from now on would be older than what is known of it.
            self._db.execute("UPDATE visits SET fetched_at = min(fetched_at, ?)", (at,))
            self._db.execute("DELETE FROM absences WHERE at > ?", (at,))
            self._db.execute("DELETE FROM ill_nights WHERE night > ?", (night,))

    # What comes to an end in a run

    def finish_targets(self, urls: Iterable[str], run_id: str) -> None:
        """Note that addresses came to an end in a run: they are not fetched again in it."""
        unfinished = [(run_id, key_of(url)) for url in urls if not self.is_finished(url, run_id)]
        if unfinished:
            with self._file.transaction():
                self._db.executemany("UPDATE targets SET done_run = ? WHERE key = ?", unfinished)

    def told_on(self, url: str) -> dt.date | None:
        """Return the night on which a list last told of an address, or missed it; None for never."""
        return _date(self._db.value("SELECT missed_on FROM targets WHERE key = ?", key_of(url)))

    def forget_told(self, url: str) -> None:
        """Note that an address has answered since a list told of it, and what it has attached is due."""
        with self._file.transaction():
            self._db.execute("UPDATE targets SET missed_on = NULL WHERE key = ?", (key_of(url),))

    def is_finished(self, url: str, run_id: str) -> bool:
        """Whether an address has come to an end in a run."""
        return bool(self._db.value("SELECT done_run = ? FROM targets WHERE key = ?", run_id, key_of(url)))

    def is_resting(self, url: str, run_id: str) -> bool:
        """Whether an address is known and not to be asked for in a run: it came to an end, or is not due."""
        night = self.night_of_run(run_id)
        sql = "SELECT done_run IS ? OR ifnull(due_on > ?, 0) FROM targets WHERE key = ?"
        return bool(self._db.value(sql, run_id, night and night.isoformat(), key_of(url)))


_UNTOLD_PARTS = (
    "SELECT 1 FROM parts WHERE article = ? AND is_named AND url NOT IN (SELECT url FROM told_parts)"
)
_IS_ABSENT = "SELECT 1 FROM absences WHERE key = ?"
_ABSENT = "SELECT DISTINCT a.key FROM absences AS a JOIN targets AS t ON t.key = a.key WHERE t.portal_id = ?"

# While a portal is ill its absences settle like others, so that it is not asked for all of them every night.
# Once it is itself again, what was gone the night before it fell ill settled nothing, as the corpus has it.
_ABSENCES = """
SELECT a.standing, a.night, NOT EXISTS (
    SELECT 1 FROM ill_nights AS i WHERE i.portal_id = t.portal_id AND i.night <= (
        SELECT max(o.night) FROM ill_nights AS o WHERE o.portal_id = t.portal_id AND o.is_over
    ) AND (i.night = a.night OR i.night > a.night AND NOT i.is_over AND NOT EXISTS (
        SELECT 1 FROM runs AS r, json_each(r.portals) AS p WHERE p.value = t.portal_id
            AND date(r.started_at, '+8 hours') > a.night AND date(r.started_at, '+8 hours') < i.night
    ))
)
FROM absences AS a JOIN targets AS t ON t.key = a.key WHERE a.key = ?
"""


key_of = functools.lru_cache(maxsize=4096)(canonical_address)
"""Returns the form of an address under which it is known."""


def _due_on(
    key: str, known: Sequence[str | None], absences: Collection[Sequence[dt.date]], terms: Terms
) -> dt.date | None:
    """Return the night on which a target is due; None for every night.

    Absences are the nights that count, by what they said; of what was gone on others only it is none.
    """
    list_url, list_date, found_on, seen, missed = known
    if absences and not any(map(is_settled, absences)):
        return None
    answered = max((night for each in absences for night in each), default=_date(seen))
    if answered is None or (missed is not None and dt.date.fromisoformat(missed) > answered):
        return None
    # What is gone for good is asked for as an old document is, whatever its list holds.
    kind = None if absences else terms.kinds.get(list_url or "")
    listed = None if absences else read_date(list_date or "") or _date(found_on)
    return next_due(answered, key=key, kind=kind, listed=listed, revisit_days=terms.revisit_days)


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
