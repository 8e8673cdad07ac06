"""What became of documents, from what the corpus holds: looks, health of portals, twins; then rows.

    _to_link ─▶ visits: was the portal itself in that run ─┐
             └▶ kin: who else shows a text ────────────────┴▶ fates ─▶ status, changes

The rules are in `pipelines.response.lifecycle`. Here is only what they are applied to, and to whom again: to
a document of which something came in, to those that share a text with it or lead to it, and to those that
were asked for in a run whose portal turns out to have been ill, or well, by what came in late.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.corpus.changes import write_changes
from archive.corpus.store import LEADING_HERE, MOST_HOPS
from archive.database import stated_json
from pipelines.response.lifecycle import (
    GONE,
    LED_AWAY,
    LIFECYCLE,
    PERMANENT,
    SHOWN,
    Event,
    EventKind,
    Look,
    is_gone_altogether,
    is_healthy,
    trace_fate,
)
from pipelines.response.outcome import BLOCKED, Outcome
from pipelines.response.portal_health import ListFacts, RunFacts, has_emptied, judge_health

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.database import Database
    from pipelines.response.lifecycle import Fate


_KINDS = ("withdrawn", "returned", "moved")
_MOST_TWINS = 50
"""Documents of one text that are looked at; those that were seen first."""


def _as_words(outcomes: Iterable[str]) -> str:
    """Write outcomes, which are constants of the pipelines, as the words of an SQL list."""
    return ", ".join(f"'{outcome}'" for outcome in sorted(outcomes))


_NOT_THERE = _as_words(GONE | LED_AWAY)

_LOOKS = """
SELECT c.run_id, c.status, c.fetched_at, c.id, ifnull(n.night, date(c.fetched_at, '+8 hours')), c.portal_id,
       c.outcome, ifnull(w.is_healthy, 0), c.record_type = 'resource', r.version_id, v.text_sha256,
       ifnull(v.chars, 0)
FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id
LEFT JOIN runs AS n ON n.id = c.run_id
LEFT JOIN _visits AS w ON w.run_id = c.run_id AND w.portal_id = c.portal_id
LEFT JOIN _readings AS r ON r.url = c.url AND c.outcome IN ('ok', 'not_modified')
    AND r.source_id = iif(c.record_type = 'revisit', c.revisit_of, c.id)
LEFT JOIN versions AS v ON v.id = r.version_id
WHERE a.document_id = ? AND c.run_id IS NOT NULL    -- others may look, and prove nothing
"""

# A redirect to what is an error page, or to where the portal sends all that is unknown, says that it is gone.
_LEADS_TO_ERROR = f"""
SELECT EXISTS (
    SELECT 1 FROM _redirects AS r
    JOIN _addresses AS a ON a.document_id = r.to_document_id
    JOIN captures AS c ON c.id = a.capture_id AND c.run_id = ?2
    WHERE r.capture_id = ?1 AND c.outcome IN ({_as_words(GONE)})
) OR EXISTS (
    SELECT 1 FROM _redirects AS r
    JOIN _probes AS p ON p.run_id = ?2 AND p.portal_id = ?3 AND p.is_unknown = 1
    JOIN _redirects AS u ON u.capture_id = p.capture_id AND u.to_document_id = r.to_document_id
    WHERE r.capture_id = ?1
)
"""  # noqa: S608  the outcomes are constants of the pipelines

_HOP = """
SELECT c.status, r.to_document_id FROM _addresses AS a
JOIN captures AS c ON c.id = a.capture_id AND c.run_id IS ?2 AND c.outcome = 'redirected'
JOIN _redirects AS r ON r.capture_id = c.id AND r.to_document_id <> a.document_id
WHERE a.document_id = ?1 ORDER BY c.fetched_at, c.id LIMIT 1
"""

_ABSENCES = """
SELECT n.night, b.list_url FROM _absences AS b JOIN runs AS n ON n.id = b.run_id
WHERE b.document_id = ? AND n.night IS NOT NULL ORDER BY n.night, b.list_url
"""

_TWINS = """
SELECT DISTINCT d.id, d.first_seen FROM versions AS v
JOIN versions AS o ON o.text_sha256 = v.text_sha256 AND o.document_id <> v.document_id
JOIN documents AS d ON d.id = o.document_id
JOIN documents AS own ON own.id = v.document_id AND own.portal_id = d.portal_id
WHERE v.document_id = ? AND v.chars >= ? AND own.first_seen < d.first_seen
ORDER BY d.first_seen, d.id LIMIT ?
"""

_QUEUE_LEADING = f"INSERT OR IGNORE INTO _to_link {LEADING_HERE} SELECT 'fate', id FROM leading"  # noqa: S608

_QUEUE_TEXTS = """
INSERT OR IGNORE INTO _to_link
SELECT 'kin', v.text_sha256 FROM versions AS v
WHERE v.document_id = ?1 AND v.chars >= ?2 AND EXISTS (
    SELECT 1 FROM versions AS o WHERE o.text_sha256 = v.text_sha256 AND o.document_id <> v.document_id
)
"""

_QUEUE_KIN = f"""
INSERT OR IGNORE INTO _to_link
SELECT 'fate', v.document_id FROM versions AS v WHERE v.text_sha256 = ? AND EXISTS (
    SELECT 1 FROM _addresses AS a JOIN captures AS c ON c.id = a.capture_id
    WHERE a.document_id = v.document_id AND c.outcome IN ({_NOT_THERE})
)
"""  # noqa: S608  the outcomes are constants of the pipelines

_QUEUE_VISITED = f"""
INSERT OR IGNORE INTO _to_link
SELECT 'fate', a.document_id FROM captures AS c JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.run_id = ? AND c.portal_id = ? AND c.outcome IN ({_NOT_THERE})
"""  # noqa: S608  the outcomes are constants of the pipelines


def queue_fates(db: Database, document: str) -> None:
    """Queue a document, and those whose fate depends on what is known of it.

    Args:
        db: the corpus, within a transaction; the document's versions are up to date.
        document: the document's id.
    """
    db.execute(_QUEUE_LEADING, (document, MOST_HOPS))
    db.execute(_QUEUE_TEXTS, (document, LIFECYCLE.least_chars))


def queue_kin(db: Database, text_sha256: str) -> None:
    """Queue the documents that showed a text, and that were not always there."""
    db.execute(_QUEUE_KIN, (text_sha256,))


def note_visit(db: Database, visit: str) -> None:
    """Note whether a portal was itself in a run; where that is new, queue those of whom it decides.

    Args:
        db: the corpus, within a transaction.
        visit: run and portal, as a JSON list.
    """
    run_id, portal = json.loads(visit)
    healthy = int(
        is_healthy(*count_outcomes(db, [run_id], portal))
        and not has_empty_lists(db, run_id, portal)
        and not has_lost_all(db, run_id, portal)
    )
    changed = db.execute(
        "INSERT INTO _visits VALUES (?1, ?2, ?3) ON CONFLICT (run_id, portal_id) "
        "DO UPDATE SET is_healthy = ?3 WHERE is_healthy <> ?3",
        (run_id, portal, healthy),
    ).rowcount
    if changed:
        db.execute(_QUEUE_VISITED, (run_id, portal))


def tell_fate(db: Database, document: str) -> bool:
    """Recompute what became of a document; return whether its status, or where it moved, is another.

    Args:
        db: the corpus, within a transaction; documents and visits are up to date.
        document: the document's id.
    """
    row = db.row("SELECT status FROM documents WHERE id = ?", document)
    if row is None:
        return False
    looks = _looks(db, document)
    fate = trace_fate(looks, _twins(db, document, looks))
    db.execute("UPDATE documents SET status = ? WHERE id = ?", (fate.status.value, document))
    absences = db.rows(_ABSENCES, document)
    is_rewritten = write_changes(db, document, _KINDS, _rows(document, fate, absences))
    return is_rewritten or row[0] != fate.status


def _looks(db: Database, document: str) -> list[Look]:
    looks = []
    for run, status, fetched_at, capture, night, *rest in db.rows(_LOOKS, document):
        look = Look(fetched_at, capture, dt.date.fromisoformat(night), *rest)
        if look.outcome in LED_AWAY:
            if db.value(_LEADS_TO_ERROR, capture, run, look.portal):
                look = replace(look, outcome=Outcome.SOFT_404.value)
            elif status in PERMANENT and look.outcome == Outcome.REDIRECTED:
                look = replace(look, leads_to=_led_to(db, document, capture, run))
        looks.append(look)
    return looks


def _led_to(db: Database, document: str, capture: str, run_id: str | None) -> str | None:
    """Return the document to which a permanent redirect leads; None where a hop on the way is not permanent.

    Another spelling of the same address is the same document, and no hop.
    """
    row = db.row("SELECT to_document_id FROM _redirects WHERE capture_id = ?", capture)
    passed, target = {document}, row and str(row[0])
    for _ in range(MOST_HOPS):
        if target is None or target in passed:
            return None
        hop = db.row(_HOP, target, run_id)
        if hop is None:
            return target
        passed.add(target)
        target = str(hop[1]) if hop[0] in PERMANENT else None
    return None


def _twins(db: Database, document: str, looks: Sequence[Look]) -> dict[str, list[Look]]:
    twins = {look.leads_to for look in looks if look.leads_to}
    if any(look.outcome in GONE for look in looks):
        twins.update(db.column(_TWINS, document, LIFECYCLE.least_chars, _MOST_TWINS))
    return {twin: _looks(db, twin) for twin in sorted(twins)}


def _rows(document: str, fate: Fate, absences: Sequence[tuple[str, str]]) -> set[tuple[str | None, ...]]:
    return {
        (
            document,
            event.kind.value,
            event.proof.fetched_at,
            event.before,
            event.after,
            event.proof.capture,
            stated_json(_evidence(event, absences)),
        )
        for event in fate.events
    }


def _evidence(event: Event, absences: Sequence[tuple[str, str]]) -> dict[str, object]:
    """Say what proves an event; that a list lacked the document only supports it."""
    looks = event.evidence
    since, until = (event.since or looks[0]).night.isoformat(), looks[-1].night.isoformat()
    absent = [{"night": night, "list_url": url} for night, url in absences if since <= night <= until]
    stated: dict[str, object] = {
        "looks": [
            {"capture": look.capture, "night": look.night.isoformat(), "outcome": look.outcome}
            for look in looks
        ],
        "nights": len({look.night for look in looks}),
        "days": (looks[-1].night - looks[0].night).days,
    }
    if event.to_document:
        stated |= {"to_document": event.to_document, "how": event.how}
    if absent and event.kind is not EventKind.RETURNED:
        stated["absent_from"] = absent
    return stated


# How portals are: what the newest run and those before it brought, held against the rules.

_MOST_RUNS = 10
"""Runs before the newest by which a portal is held against itself."""
_FAMILY_WORD = re.compile(r"[a-z]+(?:_[a-z]+)+")
"""Why a family could not read a page: one word, `no_json`; other reasons are sentences, or outcomes."""
_PUT_OFF = frozenset(("host_stopped", "outside_hours", "not_kept"))
_SILENT = {*Outcome, "host_stopped"} - SHOWN - {Outcome.STOP_LISTED}
"""What the reason of a walk begins with that a list did not answer."""

_RUNS = """
SELECT w.run_id FROM _visits AS w LEFT JOIN runs AS n ON n.id = w.run_id
WHERE w.portal_id = ? ORDER BY n.started_at DESC, w.run_id DESC LIMIT ?
"""

# That the page that cannot exist is refused, every night perhaps, says nothing of those that do.
_OUTCOMES = """
SELECT role = 'probe', outcome, count(*) FROM captures
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

# By address: many documents that lead to one notice show one page.
_TARGETS = """
SELECT count(DISTINCT url) FILTER (WHERE outcome IN (SELECT value FROM json_each(?1))),
       count(DISTINCT url) FILTER (WHERE outcome IN (SELECT value FROM json_each(?2)))
FROM captures
WHERE run_id = ?3 AND portal_id = ?4 AND role IN ('article', 'attachment') AND record_type <> 'resource'
"""

# Rows count where a walk came to an end of its own: of one that an error ended, nobody knows what it missed.
_LISTS = f"""
WITH history AS MATERIALIZED (
    SELECT e.list_url, e.found, e.complete, e.reason, f.night, f.started_at,
           ifnull(substr(e.reason, 1, instr(e.reason || ':', ':') - 1), '') IN ({_as_words(_SILENT)})
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
    AND outcome IN ({_as_words(BLOCKED)})
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
    health = judge_health(now, before, list_facts(db, runs[0], portal))
    detail = health.detail and json.dumps(health.detail, ensure_ascii=False, sort_keys=True)
    db.execute(
        "UPDATE portals SET health = ?, health_reason = ?, health_detail = ? WHERE id = ?",
        (health.state, health.reason, detail, portal),
    )


def list_facts(db: Database, run_id: str, portal: str) -> tuple[ListFacts, ...]:
    """Return what the lists of a portal showed in a run, and had shown before."""
    return tuple(
        ListFacts(url, before or 0, found if _is_count(complete, reason) else None, bool(complete), *trouble)
        for url, found, complete, reason, before, *trouble in db.execute(_LISTS, (run_id, portal))
    )


def has_empty_lists(db: Database, run_id: str, portal: str) -> bool:
    """Whether a list of a portal that had rows before showed none in a run, though it answered."""
    return any(map(has_emptied, list_facts(db, run_id, portal)))


def has_lost_all(db: Database, run_id: str, portal: str) -> bool:
    """Whether a portal had, in a run, none of the many documents that it was asked for."""
    kinds = (json.dumps(sorted(outcomes)) for outcomes in (SHOWN, GONE | LED_AWAY))
    shown, gone = db.row(_TARGETS, *kinds, run_id, portal)
    return is_gone_altogether(shown, gone)


def count_outcomes(db: Database, runs: Sequence[str], portal: str) -> tuple[Counter[str], Counter[str]]:
    """Count what a portal answered in runs: to what it was asked for, and to probes."""
    asked: Counter[str] = Counter()
    probes: Counter[str] = Counter()
    for is_probe, outcome, count in db.rows(_OUTCOMES, json.dumps(runs), portal):
        (probes if is_probe else asked)[outcome] += count
    return asked, probes


def _gather_facts(db: Database, runs: Sequence[str], portal: str) -> RunFacts:
    return RunFacts(*count_outcomes(db, runs, portal), *db.row(_ARTICLES, json.dumps(runs), portal))


def _is_count(complete: int, reason: str | None) -> bool:
    """Whether a walk came to an end of its own, so that what it found is what the list showed."""
    if complete or reason is None or reason.startswith("declared"):
        return True
    return bool(_FAMILY_WORD.fullmatch(reason)) and reason not in _PUT_OFF.union(Outcome)
