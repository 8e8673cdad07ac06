"""Captures and runs, as WARC has them, into the corpus: the first step of a merge.

Everything here is keyed by record id and inserted once, so that a file may be indexed again, or in any
order, with the same result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from msgspec import Struct

from archive.clock import instant
from archive.corpus.store import queue_links
from archive.database import Database, printable, stated_json
from archive.warc.entries import TARGET_ROLES, Context, Headers, Role, StoredCapture, StoredRun
from pipelines.addresses import find_canonical
from pipelines.identity import document_at, document_id
from pipelines.response.outcome import REDIRECTS, classify_response
from pipelines.response.unknown_page import is_told_apart, is_unknown_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archive.warc.record_index import Damage

UNREAD = "unread"
"""The outcome of a capture between indexing and reading; never published."""
# Of captures without a word of ours: what is of no run of ours tells no event.
_FOREIGN = Context(run_id="", role=Role.ARTICLE)
# Types of what others archive with a page; an image that is a document is handed in by itself.
_FURNITURE = re.compile(
    r"(?:image|font|audio|video)/|text/css\b|[a-z]+/(?:x-)?(?:java|ecma)script\b", re.IGNORECASE
)


class Indexed(Struct):
    """What came of WARC files.

    Attributes:
        captures: how many were new.
        completed: whether one has its context now and is in the corpus without, or is part of an article
            that was read without it: it was damaged then.
        damage: what of the files could not be read.
    """

    captures: int = 0
    completed: bool = False
    damage: list[Damage] = []


def index_records(db: Database, records: Iterable[StoredCapture | StoredRun], indexed: Indexed) -> None:
    """Insert what a WARC file holds.

    Args:
        db: the corpus, within a transaction.
        records: in file order, from where the file was left.
        indexed: what came of the files before; added to.
    """
    for record in records:
        if isinstance(record, StoredRun):
            _insert_run(db, record)
        elif _insert_capture(db, record):
            indexed.captures += 1
            indexed.completed |= _is_late_part(db, record)
        elif record.context is not None and record.context.run_id:
            without = db.value("SELECT count(*) FROM captures WHERE id = ? AND run_id IS NULL", record.id)
            indexed.completed |= bool(without)


def note_derived(db: Database, warc_file: str, end: int) -> None:
    """Remember up to which offset a WARC file is in the corpus.

    Args:
        db: the corpus, within the transaction that inserted what stands before it.
        warc_file: the file's name.
        end: in bytes.
    """
    db.execute(
        "INSERT INTO _warc_files (name, derived_through) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET derived_through = excluded.derived_through",
        (warc_file, end),
    )


def derived_through(db: Database) -> dict[str, int]:
    """Return, by file name, the offset up to which each WARC file is in the corpus."""
    return dict(db.execute("SELECT name, derived_through FROM _warc_files"))


def captures_in(db: Database, warc_file: str) -> dict[int, str]:
    """Return, by its offset, the id of each capture of a WARC file that is in the corpus."""
    return dict(db.execute("SELECT warc_offset, id FROM captures WHERE warc_file = ?", (warc_file,)))


def _insert_capture(db: Database, capture: StoredCapture) -> bool:
    if db.row("SELECT 1 FROM stored_captures WHERE id = ?", capture.id):
        return False
    context = capture.context or _FOREIGN
    target = _find_target(capture) if context.role in TARGET_ROLES else None
    row = _capture_row(capture) | {"target_id": target}
    db.insert_row("_captures", row)
    if target:
        queue_links(db, "document", [target])
    if context.portal:
        queue_links(db, "portal", [context.portal])
        queue_visits(db, capture.id)
    if context.run_id and (led_to := document_at(row["location"])):
        redirect = {"capture_id": capture.id, "to_document_id": led_to}
        db.insert_row("_redirects", redirect, "OR IGNORE")
    if row["outcome"] == UNREAD:
        db.execute(
            "INSERT OR IGNORE INTO _to_read VALUES (?, ?, ?)",
            (capture.warc_file, capture.warc_offset, capture.id),
        )
    _note_probe(db, capture, context)
    _queue_judged_by_revisits(db, capture.id)
    queue_revisits_of(db, capture.id)
    return True


_READ_WITHOUT = """
SELECT EXISTS (
    SELECT 1 FROM captures AS first JOIN _addresses AS a ON a.capture_id = first.id
    JOIN _addresses AS b ON b.document_id = a.document_id JOIN captures AS c ON c.id = b.capture_id
    WHERE first.id = ?1 AND c.outcome IN ('ok', 'not_modified')
        AND (c.fetched_at > ?2 OR c.id IN (first.id, first.revisit_of))
)
"""


def _is_late_part(db: Database, capture: StoredCapture) -> bool:
    """Tell whether a capture is part of an article that was read without it."""
    context = capture.context
    if context is None or context.role is not Role.PART:
        return False
    return bool(db.value(_READ_WITHOUT, context.parent, instant(capture.fetched_at)))


# What a portal shows for an address that does not exist, and on its front page: by both its documents of that
# run are judged, its lists by the first, for a front page may be one.
#
#     probe ─▶ _probes ─▶ pages of the same portal and run, queued to be read again
#                    └▶ task (`readings`): judge by the first answer that could tell
#
# The answer is the probe's own, or that of the page to which it was redirected. Pages are judged in the
# children, beside being read: whether an answer tells anything shows in its payload alone, so that it does
# not matter which of two captures is read first.

_JUDGED = """
FROM _captures AS c
WHERE c.run_id = ?1 AND c.portal_id = ?2 AND c.role <> 'probe' AND c.record_type IN ('response', 'revisit')
"""


def _note_probe(db: Database, capture: StoredCapture, context: Context) -> None:
    """Remember a probe of a portal; what it may judge is read again.

    Args:
        db: the corpus, within a transaction.
        capture: a capture that was just indexed.
        context: its own; that of others is of no run.
    """
    if context.role is not Role.PROBE or not context.portal or not context.run_id:
        return
    if not context.parent and not is_told_apart(capture.url):
        return
    is_unknown = int(is_unknown_page(capture.url))
    db.execute(
        "INSERT OR IGNORE INTO _probes VALUES (?, ?, ?, ?, ?)",
        (capture.id, context.run_id, context.portal, context.parent, is_unknown),
    )
    _queue_judged(db, context.run_id, context.portal)


def _queue_judged_by_revisits(db: Database, original: str) -> None:
    """Read again what a probe judges whose payload has just arrived.

    Args:
        db: the corpus, within a transaction.
        original: the capture that holds the payload.
    """
    probes = db.rows(
        "SELECT DISTINCT p.run_id, p.portal_id FROM captures AS c JOIN _probes AS p ON p.capture_id = c.id "
        "WHERE c.revisit_of = ?",
        original,
    )
    for run_id, portal in probes:
        _queue_judged(db, run_id, portal)


def _queue_judged(db: Database, run_id: str, portal: str) -> None:
    db.execute(
        f"INSERT OR IGNORE INTO _to_read SELECT warc_file, warc_offset, c.id {_JUDGED} AND c.status = 200",
        (run_id, portal),
    )
    db.execute(
        f"INSERT OR IGNORE INTO _to_link SELECT 'document', target_id {_JUDGED} AND target_id IS NOT NULL",
        (run_id, portal),
    )


def queue_revisits_of(db: Database, original: str) -> None:
    """Read and link again the revisits of a capture that arrived, or is found to be something else."""
    db.execute(
        "INSERT OR IGNORE INTO _to_read SELECT warc_file, warc_offset, id FROM captures "
        "WHERE revisit_of = ? AND NOT (location IS NOT NULL AND status IN (300, 301, 302, 303, 307, 308))",
        (original,),
    )
    db.execute(
        "INSERT OR IGNORE INTO _to_link SELECT 'document', a.document_id FROM captures AS c "
        "JOIN _addresses AS a ON a.capture_id = c.id WHERE c.revisit_of = ?",
        (original,),
    )
    queue_visits(db, original)


# Not `id = ?1 OR revisit_of = ?1`: these stand in different tables.
_REPEATED = "SELECT ?1 UNION ALL SELECT id FROM captures WHERE revisit_of = ?1"
_QUEUE_VISITS = (
    f"""INSERT OR IGNORE INTO _to_link SELECT 'visit', json_array(run_id, portal_id) FROM captures
       WHERE id IN ({_REPEATED}) AND run_id IS NOT NULL AND portal_id IS NOT NULL""",  # noqa: S608  a constant
    f"""INSERT OR IGNORE INTO _to_link SELECT 'visit', json_array(l.run_id, l.portal_id) FROM captures AS c
       JOIN _addresses AS o ON o.capture_id = c.id JOIN _addresses AS a ON a.document_id = o.document_id
       JOIN captures AS l ON l.id = a.capture_id AND l.fetched_at > c.fetched_at
       WHERE c.id IN ({_REPEATED}) AND l.run_id IS NOT NULL AND l.portal_id IS NOT NULL""",  # noqa: S608  likewise
)


def queue_visits(db: Database, capture: str) -> None:
    """Look again at how a portal was in the run of a capture, of its revisits, and of what followed them."""
    for statement in _QUEUE_VISITS:
        db.execute(statement, (capture,))


def _find_target(capture: StoredCapture) -> str | None:
    """Return which document is at the address of a capture, should it ever answer."""
    address = find_canonical(capture.url)
    if address is None:
        return None  # dns: and other addresses of foreign WARC files are captures, and no documents
    if address.endswith(")/") and capture.kind != "resource":
        return None  # the home page, to which portals lead from what they do not have, is no publication
    is_foreign = capture.context is None or not capture.context.run_id
    if is_foreign and _FURNITURE.match(header(capture.headers, b"content-type") or ""):
        return None
    return document_id(address)


def _capture_row(capture: StoredCapture) -> dict[str, Any]:
    context = capture.context or _FOREIGN
    location = header(capture.headers, b"location")
    return {
        "id": capture.id,
        "record_type": capture.kind,
        "url": capture.url,
        "fetched_at": instant(capture.fetched_at),
        "status": capture.status,
        "content_type": header(capture.headers, b"content-type"),
        "location": _resolve(capture.url, location) if location else None,
        "payload_sha256": capture.payload_sha256,
        "warc_file": capture.warc_file,
        "warc_offset": capture.warc_offset,
        "warc_length": capture.warc_length,
        # Other archivers' revisits may name their original by address and date only.
        "revisit_of": (capture.original.capture_id or None) if capture.original else None,
        "outcome": capture.outcome or _outcome_of_redirect(capture) or UNREAD,
        "error": printable(capture.error),
        "portal_id": context.portal,
        "role": context.role.value,
        "parent_capture_id": context.parent,
        "run_id": context.run_id or None,
        "list_title": printable(context.list_title),
        "list_date": printable(context.list_date),
        "provenance": printable(stated_json(context.provenance)) if context.provenance else None,
    }


def _resolve(url: str, location: str) -> str:
    """Return where a redirect points; what cannot be resolved stands as it was said."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _outcome_of_redirect(capture: StoredCapture) -> str | None:
    """Judge a repeated redirect by its own head: the body that it repeats does not say where it points."""
    if (
        capture.kind != "revisit"
        or capture.status not in REDIRECTS
        or not header(capture.headers, b"location")
    ):
        return None
    outcome = classify_response(url=capture.url, status=capture.status, headers=capture.headers, body=b"")
    return outcome.value


def header(headers: Headers, name: bytes) -> str | None:
    """Return the first value of a header field, read as UTF-8 or else Latin-1; None where it is absent."""
    for each, value in headers:
        if each.lower() == name:
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return value.decode("latin-1")
    return None


def _insert_run(db: Database, stored: StoredRun) -> None:
    event, at = stored.event, instant(stored.event.at)
    db.execute("INSERT OR IGNORE INTO runs (id, verb, state) VALUES (?, '', 'running')", (event.run_id,))
    if event.event == "start":
        problems = stated_json(event.body.get("registry_errors", []))
        db.execute(
            "UPDATE runs SET verb = ?2, night = ?3, started_at = ?4, problems = ?5 "
            "WHERE id = ?1 AND (started_at IS NULL OR ?4 < started_at)",
            (event.run_id, event.body.get("verb", ""), event.body.get("night"), at, problems),
        )
        db.execute(
            "INSERT OR IGNORE INTO _to_link SELECT 'fate', a.document_id FROM captures AS c "
            "JOIN _addresses AS a ON a.capture_id = c.id WHERE c.run_id = ?",
            (event.run_id,),  # which night it was is known only now
        )
        # And which run of a portal is its newest, even of one that the event does not name.
        portals = db.column("SELECT portal_id FROM _visits WHERE run_id = ?", event.run_id)
        queue_links(db, "portal", portals)
        for portal in event.body.get("portals", ()):
            _insert_portal(db, portal, at, crawled_at=at if event.body.get("verb") == "crawl" else None)
            lists = portal.get("lists", ())
            db.insert_rows(
                "_lists",
                ("run_id", "portal_id", "list_url", "kind"),
                ((event.run_id, portal["id"], each["url"], each.get("kind")) for each in lists),
                "OR REPLACE",
            )
    else:
        db.execute(
            "UPDATE runs SET finished_at = ?2, state = ?3 "
            "WHERE id = ?1 AND (finished_at IS NULL OR (finished_at, state) < (?2, ?3))",
            (event.run_id, at, event.body.get("state", "finished")),
        )
        for sweep in event.body.get("sweeps", ()):
            _insert_sweep(db, event.run_id, sweep)


def _insert_portal(db: Database, entry: Mapping[str, Any], at: str, *, crawled_at: str | None) -> None:
    """Keep the newest registry entry of a portal, and the newest instant at which it was crawled.

    Of two entries of one instant the greater by its text stays, whichever comes first.
    """
    db.execute(
        """
        INSERT INTO portals (id, name, region_code, issuer, family, home_url, enabled, registered_at)
        VALUES (:id, :name, :region_code, :issuer, :family, :home_url, :enabled, :at)
        ON CONFLICT (id) DO UPDATE SET
            (name, region_code, issuer, family, home_url, enabled, registered_at) = (
                excluded.name, excluded.region_code, excluded.issuer, excluded.family, excluded.home_url,
                excluded.enabled, excluded.registered_at
            )
        WHERE (excluded.registered_at, json_array(
            excluded.name, excluded.region_code, excluded.issuer, excluded.family, excluded.home_url,
            excluded.enabled
        )) > (portals.registered_at, json_array(
            portals.name, portals.region_code, portals.issuer, portals.family, portals.home_url,
            portals.enabled
        ))
        """,
        {"region_code": None, "issuer": None, **entry, "enabled": bool(entry.get("enabled")), "at": at},
    )
    db.execute(
        "UPDATE portals SET last_crawled_at = max(coalesce(last_crawled_at, ''), ?1) "
        "WHERE id = ?2 AND ?1 IS NOT NULL",
        (crawled_at, entry["id"]),
    )
    queue_links(db, "portal", [entry["id"]])


def _insert_sweep(db: Database, run_id: str, sweep: Mapping[str, Any]) -> None:
    row = {
        "run_id": run_id,
        "portal_id": sweep["portal"],
        "list_url": sweep["list_url"],
        "declared": sweep.get("declared"),
        "found": sweep["found"],
        "complete": int(bool(sweep["complete"])),
        "reason": sweep.get("reason"),
    }
    db.insert_row("sweeps", row, "OR REPLACE")
    # Looked at again are the portal, runs that found the list empty, and documents that it lacked.
    queue_links(db, "portal", [sweep["portal"]])
    db.execute(
        "INSERT OR IGNORE INTO _to_link SELECT 'visit', json_array(run_id, portal_id) FROM sweeps "
        "WHERE portal_id = ? AND list_url = ? AND found = 0",
        (sweep["portal"], sweep["list_url"]),
    )
    for told, stands in (("missing", 0), ("still_listed", 1)):
        ids = [document_id(address) for address in sweep.get(told, ())]
        rows = [(document, run_id, sweep["list_url"], stands) for document in ids]
        db.insert_rows("_list_rows", ("document_id", "run_id", "list_url", "stands"), rows, "OR REPLACE")
        queue_links(db, "fate", ids)
    if sweep["complete"]:
        db.execute(_QUEUE_LISTED, {"run": run_id, "portal": sweep["portal"], "list": sweep["list_url"]})


# Whoever waits for the list to be read to its end; one that comes in late may be about any.
_QUEUE_LISTED = """
INSERT OR IGNORE INTO _to_link
SELECT 'fate', b.document_id FROM _list_rows AS b LEFT JOIN documents AS d ON d.id = b.document_id
WHERE b.list_url = :list AND (d.status = 'unreachable' OR EXISTS (
    SELECT 1 FROM sweeps AS s LEFT JOIN runs AS n ON n.id = s.run_id, runs AS own
    WHERE s.portal_id = :portal AND s.list_url = :list AND own.id = :run
        AND ifnull(n.started_at, '~') > ifnull(own.started_at, '')
))
"""
