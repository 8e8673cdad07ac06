"""What became of a document at its address: withdrawn, returned, moved, told by looks at it in order of time.

    own looks ─────┐
    twins' looks ──┼─ night by night ─▶ _Course ─▶ events, status and why
    lists' rows ───┘

A document is withdrawn when the page itself said on three nights, over a week at least, that it is not there,
while others of its kind stood, and when its row has left a list that was read to its end since. A witness
that is gone takes the withdrawal back (`retracted`). Whatever is no answer of the page itself (silence,
errors, challenges, block pages, stubs) is neither evidence nor takes evidence away. A document has moved when
its text stands at another address of the portal, and its own says that it is gone, or leads there for good;
of another portal of the same body, also where the name of its host leads nowhere for as long. Each event is
told on the night that proves it, from what was known until then: later nights never rewrite what was told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby

from msgspec import Struct

from pipelines.response.outcome import BLOCKED, Outcome
from pipelines.response.witnesses import (
    GONE,
    LED_AWAY,
    LIFECYCLE,
    SHOWN,
    Crowd,
    Look,
    Row,
    RowState,
    Surroundings,
)
from pipelines.structs import FrozenStruct


class Status(StrEnum):
    """What `documents.status` says."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    UNREACHABLE = "unreachable"


class Doubt(StrEnum):
    """What `documents.status_reason` says: why an unreachable document does not count as withdrawn."""

    NO_ANSWER = "no_answer"
    BLOCKED = "blocked"
    PORTAL_NOT_ITSELF = "portal_not_itself"
    TOO_SOON = "too_soon"
    LIST_UNREAD = "list_unread"
    STILL_LISTED = "still_listed"


class EventKind(StrEnum):
    """What `changes.kind` says, of what takes more evidence than two texts."""

    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    MOVED = "moved"
    RETRACTED = "retracted"
    """We said that it was withdrawn, and do not say so any more: our error, not a return."""


class Event(FrozenStruct):
    """Something that happened to a document.

    Attributes:
        kind: what.
        proof: the look that proves it, of the document or of the one to which it moved.
        before: the version that the document showed last; None where it could not be read.
        after: the version that it, or the one to which it moved, shows now.
        evidence: the looks that together prove it, in order of time.
        to_document: to which it moved.
        how: of a move: `redirect` or `same_text`.
        since: the last look that showed the document before it went.
        rows: readings of lists, to their ends, that lacked it.
        crowd: what others did meanwhile.
        doubt: why it was taken back.
    """

    kind: EventKind
    proof: Look
    before: str | None
    after: str | None
    evidence: tuple[Look, ...]
    to_document: str | None = None
    how: str | None = None
    since: Look | None = None
    rows: tuple[Row, ...] = ()
    crowd: Crowd | None = None
    doubt: Doubt | None = None


class Fate(FrozenStruct):
    """What became of a document: its status, why it is in doubt, and what happened, in order of time."""

    status: Status
    events: tuple[Event, ...]
    doubt: Doubt | None


def trace_fate(
    looks: Iterable[Look], twins: Mapping[str, Sequence[Look]], around: Surroundings | None = None
) -> Fate:
    """Tell what became of a document.

    Args:
        looks: at the document itself.
        twins: by document id, looks at other documents that showed a text of this one, or to which it led.
        around: what else is known; None for a document that no list had, and of whose kind others stood.
    """
    own = list(looks)
    course = _Course(around or Surroundings())
    timeline = [(_order_of(look), "", look) for look in own]
    timeline += [(_order_of(look), twin, look) for twin, seen in twins.items() for look in seen]
    # A doubt is known only from the portal's next run on: it stands at that night, so that what was told
    # until then stays as it was told.
    timeline += [(_order_of(look.doubt), _DOUBT, look.doubt) for look in own if look.doubt]
    timeline += [(_order_of(look), _SILENT, look) for look in course.around.silent]
    # Looks themselves have no order; the empty name of the document itself comes before any twin's.
    timeline.sort(key=lambda one: one[:2])
    for _, night in groupby(timeline, key=lambda one: one[2].night):
        for _, whose, look in night:
            course.take_in(whose, look)
        course.conclude_night(look.night)
    return Fate(course.status, tuple(course.events), course.doubt)


# In the place of a document's id: a look at others that makes doubtful what was said the night before.
_DOUBT = "doubt"
# Looks that prove a move at once, one at each address; of more, those here only last.
_PAIR = 2
# Likewise: a look at the host of its address, whose name led nowhere.
_SILENT = "silent"


def _order_of(look: Look) -> tuple[dt.date, str, str]:
    """Return what puts looks in order, night by night."""
    return look.night, look.fetched_at, look.capture


class _Twin(Struct):
    """What is known, so far, of a document that may be this one at a new address."""

    first_night: dt.date
    shows: Look | None


class _Course(Struct):
    """What is known of a document so far.

    Attributes:
        around: what is known of it beside looks, later nights included.
        doubt: why it does not count as withdrawn, as far as it is not there.
        shown: the last look that showed it.
        first_night: on which it was known first.
        gone: since then, the first look of each night at which the page itself said that it is not there.
        away: likewise, also where its portal was ill, and where the name of its host led nowhere.
        leading: since then, the last look that led elsewhere for good.
        twins: documents that may be this one, by id.
        last: the newest look at itself, or at others that make it doubtful.
    """

    around: Surroundings
    status: Status = Status.LIVE
    doubt: Doubt | None = None
    events: list[Event] = []
    shown: Look | None = None
    first_night: dt.date | None = None
    gone: list[Look] = []
    away: list[Look] = []
    leading: Look | None = None
    twins: dict[str, _Twin] = {}
    last: Look | None = None

    def take_in(self, whose: str, look: Look) -> None:
        """Take in a look, at the document itself, at a twin, or at others that make it doubtful."""
        if whose in ("", _DOUBT):
            self.last = look
        if whose == _DOUBT:
            return
        if whose == _SILENT:
            _append_night(self.away, look)
        elif whose:
            self.take_twin(whose, look)
        elif look.outcome in SHOWN:
            self._take_shown(look)
        elif self.shown is None:
            return  # before it was there for the first time, nothing can go
        elif look.outcome == Outcome.REDIRECTED:
            self.leading = look if look.leads_to else None
        else:
            self._take_nothing(look)

    def _take_shown(self, look: Look) -> None:
        # A file that people bring says nothing of the address: the portal was not asked.
        if look.is_handed_in and self.shown is not None:
            return
        if self.shown is not None and self.status is Status.WITHDRAWN:
            self._tell_back(self.shown, look, self._doubt_looks(look.night))
        # A move told by one look here and one there stands on what the page said itself; only one inferred
        # from weeks of silence is taken back.
        elif self.shown is not None and self.status is Status.MOVED and len(self.events[-1].evidence) > _PAIR:
            self._tell_back(self.shown, look, Doubt.PORTAL_NOT_ITSELF)
        self.status, self.doubt = Status.LIVE, None
        self.first_night = self.first_night or look.night
        # A look that could not be read shows that the page stands, and takes nothing from the text that was
        # known.
        self.shown = look if look.version or self.shown is None else self.shown
        self.gone.clear()
        self.away.clear()
        self.leading = None

    def _tell_back(self, shown: Look, look: Look, doubt: Doubt | None) -> None:
        """Tell that a page is there again: it has returned, or, as is known now, it never went."""
        kind = EventKind.RETRACTED if doubt else EventKind.RETURNED
        evidence = (self.events[-1].proof, look)
        self.events.append(Event(kind, look, shown.version, look.version, evidence, doubt=doubt))

    def _take_nothing(self, look: Look) -> None:
        if self.status is Status.LIVE:
            self.status = Status.UNREACHABLE
        if look.outcome in GONE:
            _append_night(self.away, look)
            if look.is_healthy:
                _append_night(self.gone, look)

    def take_twin(self, twin: str, look: Look) -> None:
        """Take in a look at another document: errors say nothing of it, a redirect that it is elsewhere."""
        known = self.twins.get(twin)
        if look.outcome in SHOWN and not look.is_handed_in:
            first_night = known.first_night if known else look.night
            self.twins[twin] = _Twin(first_night, look)
        elif known and look.outcome in GONE | LED_AWAY:
            known.shows = None

    def conclude_night(self, night: dt.date) -> None:
        """Tell, when a night is over, what it proves: in which order a run asks must not matter."""
        if self.shown is None or self.last is None or self.status is Status.MOVED:
            return
        found = self._find_twin()
        if found is not None:
            self._tell_move(self.shown, *found)
        elif self.last.night == night:
            self._weigh_absence(self.shown, self.last)

    def _weigh_absence(self, shown: Look, last: Look) -> None:
        if self.status is Status.LIVE:
            return
        self.doubt = self._doubt_looks(last.night) or self._doubt_rows(last.night)
        if self.status is Status.WITHDRAWN and self.doubt:
            self.status = Status.UNREACHABLE
            evidence = tuple(sorted({self.events[-1].proof, last}, key=_order_of))
            back = Event(EventKind.RETRACTED, last, None, shown.version, evidence, doubt=self.doubt)
            self.events.append(back)
        elif self.status is Status.UNREACHABLE and not self.doubt:
            self._tell_withdrawal(shown, self._counted(last.night), last.night)

    def _tell_withdrawal(self, shown: Look, looks: tuple[Look, ...], night: dt.date) -> None:
        crowd = self.around.crowd(looks[0], looks[-1])
        # The newest look that found nothing does not count against the document (its portal was ill): a
        # withdrawal is told only on a night that adds to its proof.
        if looks[-1].night < night or crowd.is_ill:
            self.doubt = Doubt.PORTAL_NOT_ITSELF
            return
        self.status = Status.WITHDRAWN
        event = Event(EventKind.WITHDRAWN, looks[-1], shown.version, None, looks, since=shown)
        self.events.append(event.replace(rows=tuple(self._walks_without(night)), crowd=crowd))

    def _counted(self, night: dt.date) -> tuple[Look, ...]:
        """Return the looks that count against the document, by what was known on a night."""
        return tuple(
            look for look in self.gone if look.is_alone and not (look.doubt and look.doubt.night <= night)
        )

    def _doubt_looks(self, night: dt.date) -> Doubt | None:
        counted = self._counted(night)
        if not self.gone:
            is_blocked = self.last is not None and self.last.outcome in BLOCKED
            return Doubt.BLOCKED if is_blocked else Doubt.NO_ANSWER
        if not counted:
            return Doubt.PORTAL_NOT_ITSELF
        return None if _lasts(counted) else Doubt.TOO_SOON

    def _doubt_rows(self, night: dt.date) -> Doubt | None:
        if not self.around.was_listed:
            return None
        # By time: the newest row of each list wins.
        known = {row.list_url: row for row in self._rows_until(night) if row.state is not RowState.WALKED}
        if any(row.state is RowState.STANDS for row in known.values()):
            return Doubt.STILL_LISTED
        return None if any(self._walks_without(night)) else Doubt.LIST_UNREAD

    def _rows_until(self, night: dt.date) -> Iterator[Row]:
        return (row for row in sorted(self.around.rows) if row.night <= night)

    def _walks_without(self, night: dt.date) -> Iterator[Row]:
        """Yield the readings of lists, to their ends, since the page was gone, that lacked the document."""
        left: dict[str, bool] = {}
        for row in self._rows_until(night):
            if row.state is not RowState.WALKED:
                left[row.list_url] = row.state is RowState.LEFT
            # A walk proves something only of a list that had lost the row by then, and only after the page
            # itself was gone.
            elif left.get(row.list_url) and row.night >= self.gone[0].night:
                yield row

    def _tell_move(self, shown: Look, twin: str, here: tuple[Look, ...], there: Look) -> None:
        self.status = Status.MOVED
        evidence = tuple(sorted((*here, there), key=_order_of))
        how = "redirect" if here == (self.leading,) else "same_text"
        rows = tuple(
            row
            for row in self._rows_until(evidence[-1].night)
            if row.state is RowState.LEFT and row.night >= shown.night
        )
        self.events.append(
            Event(
                EventKind.MOVED, evidence[-1], shown.version, there.version, evidence, twin, how, shown, rows
            )
        )

    def _find_twin(self) -> tuple[str, tuple[Look, ...], Look] | None:
        """Return the document that is this one now, the looks that say it is not here, and the one there."""
        is_lasting = _lasts(self.away)
        if self.shown is None or not (self.leading or self.gone or is_lasting):
            return None
        for twin, known in sorted(self.twins.items(), key=lambda one: (one[1].first_night, one[0])):
            there = known.shows
            if there is None:
                continue
            led = self.leading
            has_text = self.shown.text is not None and self.shown.text == there.text
            is_led_there = led is not None and twin == led.leads_to and there.portal == led.portal
            if led is not None and is_led_there and (has_text or there.repeats(self.shown)):
                return twin, (led,), there
            # One that stood there before, or since the same night, is a second printing and not where this
            # one went.
            is_newer = self.first_night is not None and known.first_night > self.first_night
            if not there.repeats(self.shown) or not is_newer:
                continue
            if self.gone and there.portal == self.gone[0].portal:
                return twin, (self.gone[0],), there
            if is_lasting:
                return twin, tuple(self.away), there
        return None


def _append_night(looks: list[Look], look: Look) -> None:
    if not looks or looks[-1].night < look.night:
        looks.append(look)


def _lasts(looks: Sequence[Look]) -> bool:
    """Whether looks that found nothing are as many, and as far apart, as a withdrawal takes."""
    return (
        len(looks) >= LIFECYCLE.nights_gone and (looks[-1].night - looks[0].night).days >= LIFECYCLE.days_gone
    )
