"""The rows that a page shows beside the ones Datasette gives it, and the filters of the templates."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from datasette.utils import tilde_decode, tilde_encode

from archive.clock import SHANGHAI
from archive.site_files import DATABASE
from gongkai.web import cells
from gongkai.web.passages import text_blocks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    Rows = list[dict[str, Any]]


def heading(explanation: str | None, name: str) -> str:
    """Return the heading of a column: what stands before ： in its explanation, else its name."""
    return explanation.partition("：")[0] if explanation and "：" in explanation else name


def chinese(text: str | None) -> str:
    """Return the Chinese half of `中文 / English`."""
    return (text or "").partition(" / ")[0]


def english(text: str | None) -> str:
    """Return the English half of `中文 / English`."""
    return (text or "").partition(" / ")[2]


def beijing(instant: str | None) -> str:
    """Write a UTC instant as Beijing time, to the minute."""
    if not instant:
        return ""
    return dt.datetime.fromisoformat(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def file_name(url: str) -> str:
    """Return the name of an imported file as it was on disk, from its address."""
    return unquote(url.rpartition("/")[2])


def by_column(row: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the cells of a row by the name of their column."""
    return {cell["column"]: cell for cell in row}


FILTERS: dict[str, Callable[..., Any]] = {
    "heading": heading,
    "chinese": chinese,
    "english": english,
    "beijing": beijing,
    "excerpt": cells.excerpt,
    "word": cells.word,
    "tilde": tilde_encode,
    "blocks": text_blocks,
    "by_column": by_column,
    "file_name": file_name,
}

_FRONT = {
    "kinds": "SELECT kind, count(*) AS documents FROM documents GROUP BY kind ORDER BY documents DESC, kind",
    "totals": """
        SELECT (SELECT count(*) FROM documents) AS documents,
               (SELECT count(DISTINCT issuer_id) FROM documents) AS issuers,
               (SELECT min(year) FROM documents) AS first_year,
               (SELECT max(year) FROM documents) AS last_year,
               (SELECT count(*) FROM captures) AS captures,
               (SELECT count(*) FROM sections) AS sections,
               (SELECT max(night) FROM runs) AS night,
               (SELECT count(*) FROM documents WHERE read_state <> 'read') AS unread,
               (SELECT count(*) FROM captures WHERE outcome NOT IN ('ok', 'not_modified')) AS failures""",
    "newest": """
        SELECT d.id, d.title, d.url, d.kind, d.year, d.first_seen, ifnull(i.name, d.issuer) AS issuer
        FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
        ORDER BY d.first_seen DESC, d.url LIMIT 10""",
    "bodies": """
        SELECT i.id, i.name, group_concat(DISTINCT d.year) AS years, count(*) AS documents
        FROM documents AS d JOIN issuers AS i ON i.id = d.issuer_id
        GROUP BY i.id ORDER BY i.region_code IS NULL, i.region_code, i.name LIMIT 60""",
}

_DOCUMENT = {
    "document": """
        SELECT d.*, i.name AS issuer_name, p.name AS portal_name FROM documents AS d
        LEFT JOIN issuers AS i ON i.id = d.issuer_id LEFT JOIN portals AS p ON p.id = d.portal_id
        WHERE d.id = :id""",
    "passages": """
        SELECT o.position, o.level, o.heading_path, ifnull(o.raw, s.text) AS text, s.id AS section,
               (SELECT count(*) FROM occurrences AS e WHERE e.section_id = s.id) AS places,
               count(*) OVER (PARTITION BY s.id) AS here
        FROM occurrences AS o JOIN sections AS s ON s.id = o.section_id
        WHERE o.version_id = (SELECT current_version_id FROM documents WHERE id = :id) ORDER BY o.position""",
    "versions": "SELECT * FROM versions WHERE document_id = :id ORDER BY first_seen, id",
    "captures": "SELECT * FROM captures WHERE document_id = :id ORDER BY fetched_at DESC, id LIMIT 10",
    "evidence": """
        SELECT c.* FROM captures AS c JOIN versions AS v ON v.capture_id = c.id
        JOIN documents AS d ON d.current_version_id = v.id WHERE d.id = :id""",
    "relations": """
        SELECT r.kind, r.evidence, o.id, o.title, o.url, r.from_document_id = :id AS outward
        FROM relations AS r
        LEFT JOIN documents AS o
            ON o.id = CASE WHEN r.from_document_id = :id THEN r.to_document_id ELSE r.from_document_id END
        WHERE :id IN (r.from_document_id, r.to_document_id) ORDER BY outward DESC, r.kind, o.url LIMIT 100""",
}

_SECTION = {
    "section": "SELECT * FROM sections WHERE id = :id",
    "places": """
        SELECT d.id AS document, d.title, d.url, d.year, count(*) AS times,
               min(o.heading_path) AS heading_path
        FROM occurrences AS o JOIN versions AS v ON v.id = o.version_id
        JOIN documents AS d ON d.id = v.document_id
        WHERE o.section_id = :id GROUP BY v.id ORDER BY d.year IS NULL, d.year, d.url LIMIT 500""",
}

_ROW_PAGES = {"documents": _DOCUMENT, "sections": _SECTION}

_PLACES = """
SELECT o.section_id, d.id, d.title, d.url, d.year, min(o.heading_path) AS heading_path,
       (SELECT count(*) FROM occurrences AS e WHERE e.section_id = o.section_id) AS places
FROM occurrences AS o JOIN versions AS v ON v.id = o.version_id JOIN documents AS d ON d.id = v.document_id
WHERE (o.section_id, o.version_id) IN (
    SELECT section_id, min(version_id) FROM occurrences
    WHERE section_id IN (SELECT value FROM json_each(:ids)) GROUP BY section_id
)
GROUP BY o.section_id
"""


async def page_rows(datasette: Any, view_name: str, table: str | None, request: Any) -> dict[str, Any]:
    """Return what the template of a page needs beyond Datasette's own context.

    Returns:
        `front` on the first page; `page` on the page of a document or a passage; `places_of`, an async
        function from passage ids to where each stands, on a list of passages; else nothing.
    """
    database = datasette.databases[DATABASE]
    if view_name == "index":
        return {"front": await _answers(database, _FRONT, {})}
    if view_name == "row" and table in _ROW_PAGES:
        identity = tilde_decode(request.url_vars["pks"])
        return {"page": await _answers(database, _ROW_PAGES[table], {"id": identity})}
    if view_name == "table" and table == "sections":
        return {"places_of": _places_of(database)}
    return {}


def _places_of(database: Any) -> Callable[[Sequence[str]], Awaitable[dict[str, dict[str, Any]]]]:
    async def places_of(ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        rows = await _rows(database, _PLACES, {"ids": json.dumps(list(ids))})
        return {row["section_id"]: row for row in rows}

    return places_of


async def _answers(database: Any, queries: dict[str, str], parameters: dict[str, Any]) -> dict[str, Rows]:
    return {name: await _rows(database, sql, parameters) for name, sql in queries.items()}


async def _rows(database: Any, sql: str, parameters: dict[str, Any]) -> Rows:
    return [dict(row) for row in (await database.execute(sql, parameters)).rows]
