"""How portals are, and whether what is gone went by itself: what runs brought, held against the rules.

    captures of a run ─▶ _crowds: of articles, and of attachments, how many stood, fell, were away before
                             │
        own run, run before ─┴─ run after ─▶ a look that counts, or does not, or not any more

The rules are in `pipelines.response.witnesses` and `pipelines.response.lifecycle.Crowd`. A document says
something of a portal only once it had been shown: what is new does not make up for all that is gone.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from archive.database import Database, stated_json
from pipelines.response.outcome import BLOCKED, Outcome
from pipelines.response.witnesses import (
    GONE,
    LED_AWAY,
    OURS,
    SHOWN,
    Crowd,
    ListFacts,
    Look,
    RunFacts,
    has_emptied,
    is_healthy,
    judge_health,
)


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
FROM _crowds AS w LEFT JOIN runs AS n ON n.id = w.run_id LEFT JOIN stored_captures AS c ON c.id = w.capture_id
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
        return look.replace(is_alone=False)
    at, *counts = own
    place = (look.portal, role, at, run_id)
    before = db.row(_NEIGHBOUR.format(than="<", order="DESC"), *place)
    after = db.row(_NEIGHBOUR.format(than=">", order="ASC"), *place)
    is_alone = Crowd(*counts).is_itself and not (before and Crowd(*before[:3]).is_ill)
    if after is None or not Crowd(*after[:3]).is_ill:
        return look.replace(is_alone=is_alone)
    doubt = Look(after[3], after[4], dt.date.fromisoformat(after[5]), look.portal, Outcome.GONE)
    return look.replace(is_alone=is_alone, doubt=doubt)


def count_period(db: Database, first: Look, last: Look) -> Crowd:
    """Count what others of its kind did in the period in which a document was gone.

    Args:
        db: the corpus; the crowds are up to date.
        first: the first look at the document that said that it is gone.
        last: the last.
    """
    (since, portal, role), (until, *_) = db.row(_AT, first.capture), db.row(_AT, last.capture)
    return Crowd(*db.row(_PERIOD, portal, role, since, until))


# Runs before the newest by which a portal is held against itself.
_MOST_RUNS = 10
# Why a family could not read a page: one word, `no_json`; other reasons are sentences, or outcomes.
_FAMILY_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")
_PUT_OFF = frozenset(("host_stopped", "outside_hours", "not_kept"))
# What the reason of a walk begins with that a list did not answer.
_SILENT = {*Outcome, "host_stopped"} - SHOWN - OURS - {Outcome.STOP_LISTED}

_RUNS = """
SELECT w.run_id FROM _visits AS w LEFT JOIN runs AS n ON n.id = w.run_id
WHERE w.portal_id = ? ORDER BY n.started_at DESC, w.run_id DESC LIMIT ?
"""

# That the page that cannot exist is refused, every night perhaps, says nothing of those that do.
_OUTCOMES = """
-- An address says no more when it answers several times, as one does that leads to itself.
SELECT role = 'probe', outcome, count(DISTINCT run_id || url) FROM captures
WHERE run_id IN (SELECT value FROM json_each(?1)) AND portal_id = ?2 AND record_type <> 'resource'
    AND id NOT IN (
        SELECT capture_id FROM _probes
        WHERE run_id IN (SELECT value FROM json_each(?1)) AND portal_id = ?2 AND is_unknown = 1
    )
GROUP BY 1, 2
"""

_ARTICLES = """
SELECT count(*), count(*) FILTER (WHERE r.metadata ->> '$.published_on' IS NULL)
FROM captures AS c JOIN _readings AS r ON r.url = c.url AND r.source_id = c.id AND r.read_state = 'read'
WHERE c.run_id IN (SELECT value FROM json_each(?)) AND c.portal_id = ?
    AND c.role = 'article' AND c.record_type = 'response'
"""

# Rows count where a walk came to an end of its own: of one that an error ended, nobody knows what it missed.
_LISTS = f"""
WITH history AS MATERIALIZED (
    SELECT e.list_url, e.found, e.complete, e.reason, f.night, f.started_at,
           ifnull(substr(e.reason, 1, instr(e.reason || ':', ':') - 1), '') IN ({as_words(_SILENT)})
               AS is_silent
    FROM sweeps AS e JOIN runs AS f ON f.id = e.run_id WHERE e.portal_id = ?2
)
SELECT s.list_url, s.found, s.complete, s.reason,
       (SELECT max(h.found) FROM history AS h WHERE h.list_url = s.list_url AND h.started_at < n.started_at),
       (SELECT h.reason FROM history AS h WHERE h.list_url = s.list_url AND h.reason <> 'nothing new'
        ORDER BY h.started_at DESC LIMIT 1),
       n.night,
       (SELECT min(h.night) FROM history AS h WHERE h.list_url = s.list_url AND h.night > ifnull(
            (SELECT max(e.night) FROM history AS e WHERE e.list_url = s.list_url AND NOT e.is_silent), '')),
       (SELECT min(h.night) FROM history AS h WHERE h.list_url = s.list_url AND h.night > ifnull(
            (SELECT max(e.night) FROM history AS e WHERE e.list_url = s.list_url AND (
                e.complete OR e.reason = 'nothing new' AND EXISTS (
                    SELECT 1 FROM history AS c WHERE c.list_url = s.list_url AND c.complete))), ''))
FROM sweeps AS s JOIN runs AS n ON n.id = s.run_id
WHERE s.run_id = ?1 AND s.portal_id = ?2 ORDER BY s.list_url
"""  # noqa: S608  the outcomes are constants of the pipelines
_BLOCKING = f"""
SELECT count(DISTINCT url) > 1
    OR ifnull(max(role = 'list' OR url = (SELECT home_url FROM portals WHERE id = ?2)), 0)
FROM captures
WHERE run_id IN (SELECT value FROM json_each(?1)) AND portal_id = ?2 AND record_type <> 'resource'
    AND outcome IN ({as_words(BLOCKED)})
    AND id NOT IN (SELECT capture_id FROM _probes WHERE portal_id = ?2 AND is_unknown = 1)
"""  # noqa: S608  the outcomes are constants of the pipelines


def note_health(db: Database, portal: str) -> None:
    """Recompute how a portal is.

    Args:
        db: the corpus, within a transaction; documents and visits are up to date.
        portal: the portal's id.
    """
    runs = db.column(_RUNS, portal, _MOST_RUNS + 1)
    if not runs:
        return
    now, before = (
        RunFacts(*_count_outcomes(db, of, portal), *db.row(_ARTICLES, json.dumps(of), portal))
        for of in (runs[:1], runs[1:])
    )
    if not BLOCKED.isdisjoint((*now.outcomes, *now.probes)):
        # A host that blocks is asked nothing more that night, so that each night may tell of one address.
        now = now.replace(is_blocking=bool(db.value(_BLOCKING, json.dumps(runs[:2]), portal)))
    health = judge_health(now, before, _list_facts(db, runs[0], portal))
    detail = health.detail and stated_json(health.detail)
    db.execute(
        "UPDATE portals SET health = ?, health_reason = ?, health_detail = ? WHERE id = ?",
        (health.state, health.reason, detail, portal),
    )


def _list_facts(db: Database, run_id: str, portal: str) -> tuple[ListFacts, ...]:
    """Return what the lists of a portal showed in a run, and had shown before."""
    return tuple(
        ListFacts(url, before or 0, found if _is_count(complete, reason) else None, bool(complete), *trouble)
        for url, found, complete, reason, before, *trouble in db.execute(_LISTS, (run_id, portal))
    )


def is_well(db: Database, run_id: str, portal: str) -> bool:
    """Tell whether a portal answered as it always does in a run: no list that had rows showed none, either.

    Args:
        db: the corpus.
        run_id: the run.
        portal: the portal's id.
    """
    outcomes, _ = _count_outcomes(db, [run_id], portal)
    is_blocked = bool(db.value(_BLOCKING, json.dumps([run_id]), portal))
    has_empty_list = any(map(has_emptied, _list_facts(db, run_id, portal)))
    return not is_blocked and not has_empty_list and is_healthy(outcomes)


def _count_outcomes(db: Database, runs: Sequence[str], portal: str) -> tuple[Counter[str], Counter[str]]:
    """Count what a portal answered in runs: to what it was asked for, and to probes."""
    asked: Counter[str] = Counter()
    probes: Counter[str] = Counter()
    for is_probe, outcome, count in db.rows(_OUTCOMES, json.dumps(runs), portal):
        (probes if is_probe else asked)[outcome] += count
    return asked, probes


def _is_count(complete: int, reason: str | None) -> bool:
    """Whether a walk came to an end of its own, so that what it found is what the list showed."""
    if complete or reason is None or reason.startswith("declared"):
        return True
    return bool(_FAMILY_WORD.fullmatch(reason)) and reason not in _PUT_OFF.union(Outcome)
