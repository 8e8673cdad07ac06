"""What became of documents, from what the corpus holds: looks, health of portals, lists, twins; then rows.

    _to_link ─▶ visits: was the portal itself in that run, what else was gone ─┐
             └▶ kin: who else shows a text ────────────────────────────────────┴▶ fates ─▶ status, changes

The rules are in `pipelines.response.lifecycle`. Here is only what they are applied to, and to whom again: to
a document of which something came in, to those that share a text with it or lead to it, and to those that
were asked for in a run whose portal turns out to have been ill, or well, by what came in late.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from archive.corpus.changes import write_changes
from archive.corpus.portal_states import (
    NOT_THERE,
    THERE,
    as_words,
    count_period,
    is_well,
    note_crowds,
    weigh_look,
)
from archive.corpus.store import LEADING_HERE, MOST_HOPS
from archive.database import Database, stated_json
from pipelines.response.lifecycle import Event, EventKind, trace_fate
from pipelines.response.outcome import Outcome
from pipelines.response.witnesses import (
    GONE,
    LED_AWAY,
    PERMANENT,
    Look,
    Row,
    RowState,
    Surroundings,
)

# Documents of one text that are looked at; those that were seen first.
_MOST_TWINS = 50

_LOOKS = """
SELECT c.run_id, c.role, c.status, c.fetched_at, c.id, ifnull(n.night, date(c.fetched_at, '+8 hours')),
       c.portal_id, c.outcome, ifnull(w.is_healthy, 0), 1, c.record_type = 'resource',
       r.version_id, v.text_sha256, ifnull(v.chars, 0), r.metadata ->> '$.title', c.payload_sha256
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
    WHERE r.capture_id = ?1 AND c.outcome IN ({as_words(GONE)})
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

# Of walks to the end only those count that came after the page was last there.
_ROWS = """
SELECT n.night, b.list_url, iif(b.stands, 'stands', 'left')
FROM _list_rows AS b JOIN runs AS n ON n.id = b.run_id WHERE b.document_id = ?1 AND n.night IS NOT NULL
UNION
SELECT n.night, s.list_url, 'walked'
FROM sweeps AS s JOIN runs AS n ON n.id = s.run_id
WHERE s.complete = 1 AND n.night >= ?3 AND s.portal_id = ?2
    AND s.list_url IN (SELECT list_url FROM _list_rows WHERE document_id = ?1)
ORDER BY 1, 2, 3
"""

_WAS_LISTED = """
SELECT EXISTS (SELECT 1 FROM _list_rows WHERE document_id = ?1) OR EXISTS (
    SELECT 1 FROM _addresses AS a JOIN captures AS c ON c.id = a.capture_id
    JOIN captures AS p ON p.id = c.parent_capture_id AND p.role = 'list'
    WHERE a.document_id = ?1 AND c.role = 'article'
)
"""

_SAME_BYTES = f"""
FROM _addresses AS a JOIN captures AS c ON c.id = a.capture_id AND c.outcome IN ({THERE})
JOIN captures AS o ON o.payload_sha256 = c.payload_sha256 AND o.outcome IN ({THERE})
JOIN _addresses AS t ON t.capture_id = o.id AND t.document_id <> a.document_id
WHERE a.document_id = ?1
"""

_TWINS = f"""
SELECT d.id FROM documents AS own JOIN documents AS d ON own.first_seen < d.first_seen
WHERE own.id = ?1 AND (d.portal_id = own.portal_id OR EXISTS (
    SELECT 1 FROM portals AS p JOIN portals AS o ON o.issuer_id = p.issuer_id
    WHERE p.id = own.portal_id AND o.id = d.portal_id
)) AND d.id IN (
    SELECT o.document_id FROM versions AS v JOIN versions AS o ON o.text_sha256 = v.text_sha256
    WHERE v.document_id = ?1 AND v.chars > 0
    UNION SELECT t.document_id {_SAME_BYTES}
)
ORDER BY d.title IS own.title DESC, d.first_seen, d.id LIMIT ?2
"""  # noqa: S608  likewise

# The name of its host led nowhere, so that not even robots.txt could be asked for.
_SILENT = """
SELECT c.fetched_at, c.id, n.night, c.portal_id, c.outcome
FROM captures AS c JOIN runs AS n ON n.id = c.run_id
WHERE c.url IN (?, ?) AND c.outcome = 'dns' AND n.night IS NOT NULL ORDER BY 1, 2
"""
_QUEUE_SILENT = f"""
INSERT OR IGNORE INTO _to_link
SELECT 'fate', d.id FROM documents AS d WHERE d.portal_id = ?2 AND EXISTS (
    SELECT 1 FROM captures WHERE run_id = ?1 AND portal_id = ?2 AND role = 'probe' AND outcome = 'dns'
) AND (
    EXISTS (SELECT 1 FROM versions AS v JOIN versions AS o ON o.text_sha256 = v.text_sha256
            WHERE v.document_id = d.id AND v.chars > 0 AND o.document_id <> d.id)
    OR EXISTS (SELECT 1 {_SAME_BYTES.replace("?1", "d.id")})
)
"""  # noqa: S608  likewise

_QUEUE_LEADING = f"INSERT OR IGNORE INTO _to_link {LEADING_HERE} SELECT 'fate', id FROM leading"  # noqa: S608

_QUEUE_TEXTS = """
INSERT OR IGNORE INTO _to_link
SELECT 'kin', v.text_sha256 FROM versions AS v
WHERE v.document_id = ?1 AND v.chars > 0 AND EXISTS (
    SELECT 1 FROM versions AS o WHERE o.text_sha256 = v.text_sha256 AND o.document_id <> v.document_id
)
"""
_QUEUE_BYTES = f"INSERT OR IGNORE INTO _to_link SELECT 'fate', t.document_id {_SAME_BYTES}"

_QUEUE_KIN = "INSERT OR IGNORE INTO _to_link SELECT 'fate', document_id FROM versions WHERE text_sha256 = ?"

# Of the run, of that before, which it may make doubtful, and of those after, whose periods may hold it.
_QUEUE_VISITED = f"""
INSERT OR IGNORE INTO _to_link
SELECT 'fate', a.document_id FROM captures AS c JOIN _addresses AS a ON a.capture_id = c.id
WHERE c.portal_id = ?2 AND c.outcome IN ({NOT_THERE}) AND (c.run_id = ?1 OR c.run_id IN (
    SELECT run_id FROM _crowds WHERE portal_id = ?2 AND at >= (
        SELECT coalesce(max(e.at), '') FROM _crowds AS e WHERE e.portal_id = ?2 AND e.at < (
            SELECT min(o.at) FROM _crowds AS o WHERE o.run_id = ?1 AND o.portal_id = ?2
        )
    )
))
"""  # noqa: S608  the outcomes are constants of the pipelines


def queue_fates(db: Database, document: str) -> None:
    """Queue a document, and those whose fate depends on what is known of it.

    Args:
        db: the corpus, within a transaction; the document's versions are up to date.
        document: the document's id.
    """
    db.execute(_QUEUE_LEADING, (document, MOST_HOPS))
    db.execute(_QUEUE_TEXTS, (document,))
    db.execute(_QUEUE_BYTES, (document,))


def queue_kin(db: Database, text_sha256: str) -> None:
    """Queue the documents that showed a text."""
    db.execute(_QUEUE_KIN, (text_sha256,))


def note_visit(db: Database, visit: str) -> None:
    """Note whether a portal was itself in a run; where that is new, queue those of whom it decides.

    Args:
        db: the corpus, within a transaction.
        visit: run and portal, as a JSON list.
    """
    run_id, portal = json.loads(visit)
    healthy = int(is_well(db, run_id, portal))
    is_new = note_crowds(db, run_id, portal)
    changed = db.execute(
        "INSERT INTO _visits VALUES (?1, ?2, ?3) ON CONFLICT (run_id, portal_id) "
        "DO UPDATE SET is_healthy = ?3 WHERE is_healthy <> ?3",
        (run_id, portal, healthy),
    ).rowcount
    if changed or is_new:
        db.execute(_QUEUE_VISITED, (run_id, portal))
    db.execute(_QUEUE_SILENT, (run_id, portal))


def tell_fate(db: Database, document: str) -> bool:
    """Recompute what became of a document; return whether its status, or where it moved, is another.

    Args:
        db: the corpus, within a transaction; documents and visits are up to date.
        document: the document's id.
    """
    row = db.row("SELECT status FROM documents WHERE id = ?", document)
    if row is None:
        return False
    looks, silent = _looks(db, document), _silent_looks(db, document)
    twins = _twins(db, document, looks, is_silent=bool(silent))
    around = _surroundings(db, document, looks).replace(silent=silent if twins else ())
    fate = trace_fate(looks, twins, around)
    db.execute(
        "UPDATE documents SET status = ?, status_reason = ? WHERE id = ?",
        (fate.status, fate.doubt, document),
    )
    rows = {
        (
            *(document, event.kind.value, event.proof.fetched_at, event.before, event.after),
            *(event.proof.capture, stated_json(_evidence(event))),
        )
        for event in fate.events
    }
    is_rewritten = write_changes(db, document, tuple(EventKind), rows)
    return is_rewritten or row[0] != fate.status


def _surroundings(db: Database, document: str, looks: Sequence[Look]) -> Surroundings:
    gone = [look for look in looks if look.outcome in GONE or look.leads_to]
    if not gone:
        return Surroundings()
    since = min(look.night for look in gone).isoformat()
    rows = db.rows(_ROWS, document, gone[-1].portal, since)
    return Surroundings(
        was_listed=bool(db.value(_WAS_LISTED, document)),
        rows=tuple(Row(dt.date.fromisoformat(night), url, RowState(state)) for night, url, state in rows),
        crowd=lambda first, last: count_period(db, first, last),
    )


def _looks(db: Database, document: str) -> list[Look]:
    looks = []
    for run, role, status, fetched_at, capture, night, *rest in db.rows(_LOOKS, document):
        look = Look(fetched_at, capture, dt.date.fromisoformat(night), *rest)
        if look.outcome in LED_AWAY:
            if db.value(_LEADS_TO_ERROR, capture, run, look.portal):
                look = look.replace(outcome=Outcome.SOFT_404.value)
            elif status in PERMANENT and look.outcome == Outcome.REDIRECTED:
                look = look.replace(leads_to=_led_to(db, document, capture, run))
        looks.append(weigh_look(db, look, run, role) if look.outcome in GONE else look)
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


def _silent_looks(db: Database, document: str) -> tuple[Look, ...]:
    host = urlsplit(db.value("SELECT url FROM documents WHERE id = ?", document)).netloc
    return tuple(
        Look(fetched_at, capture, dt.date.fromisoformat(night), portal, outcome)
        for fetched_at, capture, night, portal, outcome in db.rows(
            _SILENT, *(f"{scheme}://{host}/robots.txt" for scheme in ("http", "https"))
        )
    )


def _twins(db: Database, document: str, looks: Sequence[Look], *, is_silent: bool) -> dict[str, list[Look]]:
    twins = {look.leads_to for look in looks if look.leads_to}
    if is_silent or any(look.outcome in GONE for look in looks):
        twins.update(db.column(_TWINS, document, _MOST_TWINS))
    return {twin: _looks(db, twin) for twin in sorted(twins)}


def _evidence(event: Event) -> dict[str, object]:
    """Say what proves an event: the looks, the lists that lacked the document, what others did meanwhile."""
    looks = event.evidence
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
    if event.rows:
        stated["absent_from"] = [
            {"night": row.night.isoformat(), "list_url": row.list_url} for row in event.rows
        ]
    if event.crowd:
        stated["portal"] = {"stood": event.crowd.stood, "gone": event.crowd.fell}
    if event.doubt:
        stated |= {"how": event.kind, "reason": event.doubt}
    return stated
