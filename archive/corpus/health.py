"""How portals are: what the newest run and those before it brought, held against the rules."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from pipelines.response.lifecycle import GONE, LED_AWAY, SHOWN, is_gone_altogether
from pipelines.response.outcome import Outcome
from pipelines.response.portal_health import ListFacts, RunFacts, has_emptied, judge_health

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.database import Database

_MOST_RUNS = 10
"""Runs before the newest by which a portal is held against itself."""
_FAMILY_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")
"""Why a family could not read a page: one word, `no_json`; other reasons are sentences, or outcomes."""
_PUT_OFF = frozenset(("host_stopped", "outside_hours", "not_kept"))

_RUNS = """
SELECT w.run_id FROM _visits AS w LEFT JOIN runs AS n ON n.id = w.run_id
WHERE w.portal_id = ? ORDER BY n.started_at DESC, w.run_id DESC LIMIT ?
"""

# That the page that cannot exist is refused, every night perhaps, says nothing of those that do.
_OUTCOMES = """
SELECT role = 'probe', outcome, count(*) FROM captures
WHERE run_id = ?1 AND portal_id = ?2 AND record_type <> 'resource'
    AND id NOT IN (SELECT capture_id FROM _probes WHERE run_id = ?1 AND portal_id = ?2 AND is_unknown = 1)
GROUP BY 1, 2
"""

_ARTICLES = """
SELECT count(*), count(*) FILTER (WHERE r.metadata ->> '$.published_on' IS NULL)
FROM captures AS c JOIN _readings AS r ON r.url = c.url AND r.source_id = c.id AND r.read_state = 'read'
WHERE c.run_id = ? AND c.portal_id = ? AND c.role = 'article' AND c.record_type = 'response'
"""

# By address: many documents that lead to one notice show one page.
_TARGETS = """
SELECT count(DISTINCT url) FILTER (WHERE outcome IN (SELECT value FROM json_each(?1))),
       count(DISTINCT url) FILTER (WHERE outcome IN (SELECT value FROM json_each(?2)))
FROM captures
WHERE run_id = ?3 AND portal_id = ?4 AND role IN ('article', 'attachment') AND record_type <> 'resource'
"""

# Rows count where a walk came to an end of its own: of one that an error ended, nobody knows what it missed.
_LISTS = """
SELECT s.list_url, s.found, s.complete, s.reason,
       (SELECT max(e.found) FROM sweeps AS e JOIN runs AS f ON f.id = e.run_id
        WHERE e.portal_id = s.portal_id AND e.list_url = s.list_url AND f.started_at < n.started_at)
FROM sweeps AS s JOIN runs AS n ON n.id = s.run_id
WHERE s.run_id = ? AND s.portal_id = ? ORDER BY s.list_url
"""


def note_health(db: Database, portal: str) -> None:
    """Recompute how a portal is.

    Args:
        db: the corpus, within a transaction; documents and visits are up to date.
        portal: the portal's id.
    """
    runs = db.column(_RUNS, portal, _MOST_RUNS + 1)
    if not runs:
        return
    now, before = (_gather_facts(db, portal, of) for of in (runs[:1], runs[1:]))
    health = judge_health(now, before, list_facts(db, runs[0], portal))
    detail = health.detail and json.dumps(health.detail, ensure_ascii=False, sort_keys=True)
    db.execute(
        "UPDATE portals SET health = ?, health_reason = ?, health_detail = ? WHERE id = ?",
        (health.state, health.reason, detail, portal),
    )


def list_facts(db: Database, run_id: str, portal: str) -> tuple[ListFacts, ...]:
    """Return what the lists of a portal showed in a run, and had shown before."""
    return tuple(
        ListFacts(url, before or 0, found if _is_count(complete, reason) else None, bool(complete))
        for url, found, complete, reason, before in db.execute(_LISTS, (run_id, portal))
    )


def has_empty_lists(db: Database, run_id: str, portal: str) -> bool:
    """Whether a list of a portal that had rows before showed none in a run, though it answered."""
    return any(map(has_emptied, list_facts(db, run_id, portal)))


def has_lost_all(db: Database, run_id: str, portal: str) -> bool:
    """Whether a portal had, in a run, none of the many documents that it was asked for."""
    kinds = (json.dumps(sorted(outcomes)) for outcomes in (SHOWN, GONE | LED_AWAY))
    shown, gone = db.row(_TARGETS, *kinds, run_id, portal)
    return is_gone_altogether(shown, gone)


def count_outcomes(db: Database, run_id: str, portal: str) -> tuple[Counter[str], Counter[str]]:
    """Count what a portal answered in a run: to what it was asked for, and to probes."""
    asked: Counter[str] = Counter()
    probes: Counter[str] = Counter()
    for is_probe, outcome, count in db.execute(_OUTCOMES, (run_id, portal)):
        (probes if is_probe else asked)[outcome] += count
    return asked, probes


def _gather_facts(db: Database, portal: str, runs: Sequence[str]) -> RunFacts:
    asked: Counter[str] = Counter()
    probes: Counter[str] = Counter()
    articles = dateless = 0
    for run_id in runs:
        more, more_probes = count_outcomes(db, run_id, portal)
        asked, probes = asked + more, probes + more_probes
        read, without = db.row(_ARTICLES, run_id, portal)
        articles, dateless = articles + read, dateless + without
    return RunFacts(asked, probes, articles, dateless)


def _is_count(complete: int, reason: str | None) -> bool:
    """Whether a walk came to an end of its own, so that what it found is what the list showed."""
    if complete or reason is None or reason.startswith("declared"):
        return True
    return bool(_FAMILY_WORD.fullmatch(reason)) and reason not in _PUT_OFF.union(Outcome)
