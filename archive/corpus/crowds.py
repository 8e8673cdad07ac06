"""Whether what is gone went by itself: what the other documents of its kind did, night by night.

    captures of a run ─▶ _crowds: of articles, and of attachments, how many stood, fell, were away before
                             │
        own run, run before ─┴─ run after ─▶ a look that counts, or does not, or not any more

The rules are in `pipelines.response.lifecycle.Crowd`. A document says something of a portal only once it had
been shown: what is new does not make up for all that is gone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.response.outcome import Outcome
from pipelines.response.witnesses import GONE, LED_AWAY, SHOWN, Crowd, Look

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.database import Database


def as_words(outcomes: Iterable[str]) -> str:
    """Write outcomes, which are constants of the pipelines, as the words of an SQL list."""
    return ", ".join(f"'{outcome}'" for outcome in sorted(outcomes))


THERE, NOT_THERE = as_words(SHOWN), as_words(GONE | LED_AWAY)
"""Outcomes that say whether a page is there, as SQL has them; no other says anything of it."""

# Of each document the last answer that says something: http that leads to https is one that stands.
_ANSWERS = f"""
SELECT a.document_id, c.role, max(c.fetched_at || c.id), c.id, c.fetched_at, c.outcome IN ({THERE}) AS stands
FROM captures AS c JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.role IN ('article', 'attachment') AND c.record_type <> 'resource'
    AND c.outcome IN ({THERE}, {NOT_THERE})
"""  # noqa: S608  the outcomes are constants of the pipelines

_BEFORE = f"""
SELECT p.outcome IN ({THERE}) FROM _addresses AS b JOIN captures AS p ON p.id = b.capture_id
WHERE b.document_id = asked.document_id AND p.fetched_at < asked.fetched_at AND p.run_id IS NOT ?1
    AND p.outcome IN ({THERE}, {NOT_THERE})
"""  # noqa: S608  likewise

_CROWD = f"""
WITH asked AS ({_ANSWERS} AND c.run_id = ?1 AND c.portal_id = ?2 GROUP BY a.document_id, c.role),
known AS (
    SELECT role, id, fetched_at, stands,
           ({_BEFORE} ORDER BY p.fetched_at DESC, p.id DESC LIMIT 1) AS stood_before,
           EXISTS ({_BEFORE} AND p.outcome IN ({THERE})) AS was_shown
    FROM asked
)
SELECT ?1, ?2, role, min(fetched_at), count(*) FILTER (WHERE stands),
       count(*) FILTER (WHERE NOT stands AND stood_before),
       count(*) FILTER (WHERE NOT stands AND NOT stood_before),
       (SELECT o.id FROM known AS o WHERE o.role = known.role AND o.was_shown AND NOT o.stands
        ORDER BY o.fetched_at, o.id LIMIT 1)
FROM known WHERE was_shown GROUP BY role ORDER BY role
"""  # noqa: S608  likewise

_NEIGHBOUR = """
SELECT stood, fell, away, c.fetched_at, c.id, ifnull(n.night, date(w.at, '+8 hours'))
FROM _crowds AS w LEFT JOIN runs AS n ON n.id = w.run_id LEFT JOIN captures AS c ON c.id = w.capture_id
WHERE w.portal_id = ? AND w.role = ? AND (w.at, w.run_id) {than} (?, ?)
ORDER BY w.at {order}, w.run_id {order} LIMIT 1
"""

_OWN = "SELECT at, stood, fell, away FROM _crowds WHERE run_id IS ? AND portal_id = ? AND role = ?"

_PERIOD = f"""
SELECT count(*) FILTER (WHERE stands), count(*) FILTER (WHERE NOT stands) FROM (
    {_ANSWERS} AND c.portal_id = ?1 AND c.role = ?2 AND c.run_id IN (
        SELECT run_id FROM _crowds WHERE portal_id = ?1 AND role = ?2 AND at BETWEEN ?3 AND ?4
    ) GROUP BY a.document_id
) AS asked
WHERE EXISTS (
    SELECT 1 FROM _addresses AS b JOIN captures AS p ON p.id = b.capture_id
    WHERE b.document_id = asked.document_id AND p.fetched_at < ?3 AND p.outcome IN ({THERE})
)
"""  # noqa: S608  likewise

_AT = """
SELECT w.at, w.portal_id, w.role FROM captures AS c
JOIN _crowds AS w ON w.run_id = c.run_id AND w.portal_id = c.portal_id AND w.role = c.role WHERE c.id = ?
"""


def note_crowds(db: Database, run_id: str, portal: str) -> bool:
    """Recompute what became of the documents asked for in a run; return whether that is new.

    Args:
        db: the corpus, within a transaction.
        run_id: the run.
        portal: the portal's id.
    """
    told = db.rows("SELECT * FROM _crowds WHERE run_id = ? AND portal_id = ? ORDER BY role", run_id, portal)
    found = db.rows(_CROWD, run_id, portal)
    if told == found:
        return False
    db.execute("DELETE FROM _crowds WHERE run_id = ? AND portal_id = ?", (run_id, portal))
    columns = ("run_id", "portal_id", "role", "at", "stood", "fell", "away", "capture_id")
    db.insert_rows("_crowds", columns, found)
    return True


def weigh_look(db: Database, look: Look, run_id: str | None, role: str) -> Look:
    """Tell of a page that says that it is gone whether it went by itself, and what made that doubtful later.

    Args:
        db: the corpus; the crowds are up to date.
        look: at the page.
        run_id: its run.
        role: why it was asked for.
    """
    own = db.row(_OWN, run_id, look.portal, role)
    if own is None:
        return replace(look, is_alone=False)
    at, *counts = own
    place = (look.portal, role, at, run_id)
    before = db.row(_NEIGHBOUR.format(than="<", order="DESC"), *place)
    after = db.row(_NEIGHBOUR.format(than=">", order="ASC"), *place)
    is_alone = Crowd(*counts).is_itself and not (before and Crowd(*before[:3]).is_ill)
    if after is None or not Crowd(*after[:3]).is_ill:
        return replace(look, is_alone=is_alone)
    doubt = Look(after[3], after[4], dt.date.fromisoformat(after[5]), look.portal, Outcome.GONE)
    return replace(look, is_alone=is_alone, doubt=doubt)


def count_period(db: Database, first: Look, last: Look) -> Crowd:
    """Count what others of its kind did in the period in which a document was gone.

    Args:
        db: the corpus; the crowds are up to date.
        first: the first look at the document that said that it is gone.
        last: the last.
    """
    (since, portal, role), (until, *_) = db.row(_AT, first.capture), db.row(_AT, last.capture)
    return Crowd(*db.row(_PERIOD, portal, role, since, until))
