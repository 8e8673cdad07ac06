"""The rows that a page shows beside the ones Datasette gives it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils import tilde_decode

from archive.site_files import DATABASE
from gongkai.web import repetition
from gongkai.web.cells import LEADS_TO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    Rows = list[dict[str, Any]]

_TOTALS = """
    SELECT (SELECT count(*) FROM documents) AS documents,
           (SELECT count(DISTINCT issuer_id) FROM documents) AS issuers,
           (SELECT min(year) FROM documents WHERE kind = 'annual_report') AS first_year,
           (SELECT max(year) FROM documents WHERE kind = 'annual_report') AS last_year,
           (SELECT count(*) FROM captures) AS captures,
           (SELECT count(*) FROM sections) AS sections,
           (SELECT max(night) FROM runs) AS night,
           (SELECT count(*) FROM portals) AS portals,
           (SELECT count(*) FROM documents WHERE read_state <> 'read') AS unread,
           (SELECT count(*) FROM documents WHERE status <> 'live') AS not_live,
           (SELECT count(*) FROM captures
            WHERE outcome NOT IN ('ok', 'not_modified', 'redirected')
              AND NOT (role = 'probe' AND outcome IN ('gone', 'soft_404', 'empty_stub'))) AS failures"""

_FRONT = {
    "totals": _TOTALS,
    "kinds": "SELECT kind, count(*) AS documents FROM documents GROUP BY kind ORDER BY documents DESC, kind",
    "newest": """
        SELECT d.id, d.title, d.url, d.kind, d.first_seen, ifnull(i.name, d.issuer) AS issuer
        FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
        ORDER BY d.first_seen DESC, d.url LIMIT 10""",
    "bodies": """
        SELECT i.id, i.name, count(*) AS documents, sum(d.kind = 'annual_report') AS reports
        FROM documents AS d JOIN issuers AS i ON i.id = d.issuer_id
        GROUP BY i.id ORDER BY i.region_code IS NULL, i.region_code, i.name LIMIT 60""",
    "reports": "SELECT issuer_id, year, document_id FROM primary_reports ORDER BY issuer_id, year",
    "changes": repetition.RECENT_CHANGES,
    "compared": repetition.COMPARED_YEARS,
    "plans": repetition.PLANS,
    "portals": """
        SELECT p.id, p.name, p.health, p.last_crawled_at,
               (SELECT count(*) FROM documents WHERE portal_id = p.id) AS documents
        FROM portals AS p ORDER BY documents DESC, p.name LIMIT 12""",
}

_DOCUMENT = {
    "document": """
        SELECT d.*, i.name AS issuer_name, p.name AS portal_name FROM documents AS d
        LEFT JOIN issuers AS i ON i.id = d.issuer_id LEFT JOIN portals AS p ON p.id = d.portal_id
        WHERE d.id = :id""",
    **repetition.DOCUMENT,
    "facts": """
        SELECT * FROM facts
        WHERE version_id = (SELECT current_version_id FROM documents WHERE id = :id)
          AND table_key IN ('t2', 't3', 't4')
        ORDER BY table_key, table_no, ordinal LIMIT 2000""",
    "checks": """
        SELECT * FROM checks
        WHERE version_id = (SELECT current_version_id FROM documents WHERE id = :id)
        ORDER BY severity, check_id, table_no, place LIMIT 2000""",
    "versions": "SELECT id, chars, first_seen FROM versions WHERE document_id = :id ORDER BY first_seen, id",
    "captures": "SELECT * FROM captures WHERE document_id = :id ORDER BY fetched_at DESC, id LIMIT 10",
    "evidence": """
        SELECT c.* FROM captures AS c JOIN versions AS v ON v.capture_id = c.id
        JOIN documents AS d ON d.current_version_id = v.id WHERE d.id = :id""",
    "relations": """
        SELECT r.kind, r.evidence, o.id, o.title, o.url, r.from_document_id = :id AS outward,
               group_concat(r.from_position) AS positions
        FROM relations AS r
        LEFT JOIN documents AS o
            ON o.id = CASE WHEN r.from_document_id = :id THEN r.to_document_id ELSE r.from_document_id END
        WHERE :id IN (r.from_document_id, r.to_document_id) AND r.kind <> 'implements'
        GROUP BY outward, r.kind, o.id, CASE WHEN o.id IS NULL THEN r.evidence END
        ORDER BY outward DESC, r.kind, o.url, r.evidence LIMIT 100""",
}

_VERSION = {
    "version": """
        SELECT v.id, v.document_id, v.chars, v.first_seen, v.last_seen, d.title, d.url,
               d.current_version_id = v.id AS current
        FROM versions AS v JOIN documents AS d ON d.id = v.document_id WHERE v.id = :id""",
    **repetition.VERSION,
    "evidence": "SELECT c.* FROM captures AS c JOIN versions AS v ON v.capture_id = c.id WHERE v.id = :id",
}

_CAPTURE = {"evidence": "SELECT * FROM captures WHERE id = :id"}

_ISSUER = {
    "documents": """
        SELECT id, title, url, kind, year, doc_number, published_on FROM documents WHERE issuer_id = :id
        ORDER BY kind <> 'annual_report', coalesce(year, substr(published_on, 1, 4)) DESC, url LIMIT 200""",
}

_ROW_PAGES = {
    "documents": _DOCUMENT,
    "versions": _VERSION,
    "sections": repetition.SECTION,
    "captures": _CAPTURE,
    "issuers": _ISSUER,
}

_TEXTS = """
SELECT v.id, d.id AS document, d.title, d.url, d.current_version_id = v.id AS current
FROM versions AS v JOIN documents AS d ON d.id = v.document_id
WHERE v.id IN (SELECT value FROM json_each(:ids))
"""

# What a reader knows a row by.
_LABEL = {
    "documents": "ifnull(title, url)",
    "issuers": "name",
    "portals": "name",
    "versions": "first_seen",
    "captures": "fetched_at",
    "sections": "substr(text, 1, 100)",
    "runs": "ifnull(night, id)",
}
_LABELS = "SELECT id, {label} AS label FROM {table} WHERE id IN (SELECT value FROM json_each(:ids))"


async def page_rows(datasette: Any, view_name: str, table: str | None, request: Any) -> dict[str, Any]:
    """Return what the template of a page needs beyond Datasette's own context.

    Returns:
        `front` on the first page; `page` on the page of a row; on lists `texts_of` (text ids to their
        documents), `labels_of` (cells to what a reader calls the rows they refer to), `totals` and
        `plans_asked`; on both `places_of` (passage ids to where each stands) and `label_of` (a column and
        its value to what a reader calls that row). These functions are async.
    """
    database = datasette.databases[DATABASE]
    if view_name == "index":
        return {"front": await _answers(database, _FRONT, {})}
    if view_name == "row":
        identity = {"id": tilde_decode(request.url_vars["pks"])}
        page = await _answers(database, _ROW_PAGES.get(table or "", {}), identity)
        words = datasette.metadata("tables", database=DATABASE)
        return {
            "page": page,
            "places_of": _by_id(database, repetition.PLACES, "section_id"),
            "label_of": _label_of(database),
            "words_of_tables": words,
        }
    if view_name == "table":
        return {
            "places_of": _by_id(database, repetition.PLACES, "section_id"),
            "texts_of": _by_id(database, _TEXTS, "id"),
            "label_of": _label_of(database),
            "labels_of": _labels_of(database),
            "totals": _totals(database),
            "plans_asked": lambda: _rows(database, repetition.PLANS, {}),
        }
    if view_name in {"query", "database"}:
        return {"places_of": _by_id(database, repetition.PLACES, "section_id")}
    return {}


def _by_id(
    database: Any, sql: str, key: str
) -> Callable[[Sequence[str]], Awaitable[dict[str, dict[str, Any]]]]:
    async def rows_by_id(ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        try:
            rows = await _rows(database, sql, {"ids": json.dumps(list(ids))})
        except QueryInterrupted:
            # A list is worth showing without what stands beside it.
            return {}
        return {row[key]: row for row in rows}

    return rows_by_id


def _label_of(database: Any) -> Callable[[str, object], Awaitable[str | None]]:
    async def label_of(column: str, value: object) -> str | None:
        table = LEADS_TO.get(column)
        if table is None or value is None:
            return None
        return (await _labels(database, table, [value])).get(value)

    return label_of


def _labels_of(database: Any) -> Callable[[Rows], Awaitable[dict[tuple[str, object], str]]]:
    async def labels_of(cells: Rows) -> dict[tuple[str, object], str]:
        """Return the labels of the references among cells: (column, value) → label."""
        columns: dict[str, set[object]] = {}
        for cell in cells:
            # Datasette has a label already where the column is declared a reference.
            if cell["column"] in LEADS_TO and cell["raw"] and not isinstance(cell["raw"], dict):
                columns.setdefault(cell["column"], set()).add(cell["raw"])
        return {
            (column, value): label
            for column, values in columns.items()
            for value, label in (await _labels(database, LEADS_TO[column], values)).items()
        }

    return labels_of


async def _labels(database: Any, table: str, ids: Iterable[object]) -> dict[object, str]:
    found = await _rows(
        database, _LABELS.format(label=_LABEL[table], table=table), {"ids": json.dumps(list(ids))}
    )
    return {row["id"]: str(row["label"]) for row in found}


def _totals(database: Any) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def totals() -> dict[str, Any]:
        return (await _rows(database, _TOTALS, {}))[0]

    return totals


async def _answers(database: Any, queries: dict[str, str], parameters: dict[str, Any]) -> dict[str, Rows]:
    return {name: await _rows(database, sql, parameters) for name, sql in queries.items()}


async def _rows(database: Any, sql: str, parameters: dict[str, Any]) -> Rows:
    return [dict(row) for row in (await database.execute(sql, parameters)).rows]
