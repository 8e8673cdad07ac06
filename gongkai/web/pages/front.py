"""The first page: what is in the corpus, what changed, what is new, whose sums differ, what each body has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.pages import repetition
from gongkai.web.pages.coverage_page import coverage_tiles, grids, newest_year, own_grid
from gongkai.web.pages.page import read_answers
from gongkai.web.questions import questions

if TYPE_CHECKING:
    from gongkai.web.pages.page import Rows

QUESTIONS = ("refused_most", "sums_that_differ", "least_new_text", "published_late", "figures_changed")
"""The canned queries that the first page leads to."""

BODIES_SHOWN = 30

TOTALS = """
    SELECT (SELECT count(*) FROM documents) AS documents,
           (SELECT count(*) FROM documents WHERE kind = 'annual_report') AS reports,
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
"""One row of counts over the whole corpus."""

_QUERIES = {
    "totals": TOTALS,
    "kinds": "SELECT kind, count(*) AS documents FROM documents GROUP BY kind ORDER BY documents DESC, kind",
    "changes": repetition.RECENT_CHANGES,
    "newest": """
        SELECT d.id, d.title, d.url, d.kind, d.first_seen, ifnull(i.name, d.issuer) AS issuer
        FROM documents AS d LEFT JOIN issuers AS i ON i.id = d.issuer_id
        ORDER BY d.first_seen DESC, d.url LIMIT 10""",
    # JSON put together by hand: no query may call `json_group_array` (`gongkai.web.server.limits`).
    "bodies": f"""
        SELECT i.id, i.name, c.years
        FROM issuers AS i JOIN (
            SELECT issuer_id, '[' || group_concat(json_array(year, document_id)) || ']' AS years
            FROM coverage WHERE document_id IS NOT NULL GROUP BY issuer_id
        ) AS c ON c.issuer_id = i.id
        ORDER BY i.region_code IS NULL, i.region_code, i.kind <> 'government', i.name
        LIMIT {BODIES_SHOWN}""",  # noqa: S608 a constant
    # The causes of a report, those first that break most identities.
    "sums": """
        SELECT f.issuer, f.year, f.document_id, count(*) AS causes, sum(f.explains) + count(*) AS identities,
               f.message_zh, f.message_en, max(f.explains) AS most, d.title, d.url
        FROM check_failures AS f JOIN documents AS d ON d.id = f.document_id
        WHERE f.worst_severity = 'error'
        GROUP BY f.document_id ORDER BY identities DESC, f.year DESC, d.url LIMIT 5""",
    "reports_that_differ": """
        SELECT count(DISTINCT document_id) AS reports FROM check_failures WHERE worst_severity = 'error'""",
}


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/`.

    Datasette's own view of it asks for the permissions of every table, which takes longer than all that is
    shown here.
    """
    database = datasette.databases[DATABASE]
    front = await database.once("front", lambda: read(database))
    return Response.html(await datasette.render_template("index.html", {"front": front}, request=request))


async def read(database: Any) -> dict[str, Any]:
    """Return what the first page shows by its parts: rows, questions, tiles (None where no year is over).

    It is the same for all readers, in both languages, and counts the whole corpus.
    """
    answers: dict[str, Rows] = await read_answers(database, _QUERIES, {})
    year = await newest_year(database)
    tiles = None if year is None else await coverage_tiles(database, grids()[await own_grid(database)], year)
    known = questions().queries
    return {**answers, "tiles": tiles, "questions": [known[name] for name in QUESTIONS]}
