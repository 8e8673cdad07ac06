"""How portals are: what the newest run and those before it brought, held against the rules."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.corpus.crowds import as_words
from pipelines.response.outcome import BLOCKED, Outcome
from pipelines.response.portal_health import ListFacts, RunFacts, has_emptied, judge_health
from pipelines.response.witnesses import OURS, SHOWN, is_healthy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.database import Database

_MOST_RUNS = 10
"""Runs before the newest by which a portal is held against itself."""
_FAMILY_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")
"""Why a family could not read a page: one word, `no_json`; other reasons are sentences, or outcomes."""
_PUT_OFF = frozenset(("host_stopped", "outside_hours", "not_kept"))
_SILENT = {*Outcome, "host_stopped"} - SHOWN - OURS - {Outcome.STOP_LISTED}
"""What the reason of a walk begins with that a list did not answer."""

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
    now, before = (_gather_facts(db, of, portal) for of in (runs[:1], runs[1:]))
    if not BLOCKED.isdisjoint((*now.outcomes, *now.probes)):
        # A host that blocks is asked nothing more that night, so that each night may tell of one address.
        now = replace(now, is_blocking=bool(db.value(_BLOCKING, json.dumps(runs[:2]), portal)))
    health = judge_health(now, before, _list_facts(db, runs[0], portal))
    detail = health.detail and json.dumps(health.detail, ensure_ascii=False, sort_keys=True)
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


def _gather_facts(db: Database, runs: Sequence[str], portal: str) -> RunFacts:
    return RunFacts(*_count_outcomes(db, runs, portal), *db.row(_ARTICLES, json.dumps(runs), portal))


def _is_count(complete: int, reason: str | None) -> bool:
    """Whether a walk came to an end of its own, so that what it found is what the list showed."""
    if complete or reason is None or reason.startswith("declared"):
        return True
    return bool(_FAMILY_WORD.fullmatch(reason)) and reason not in _PUT_OFF.union(Outcome)
