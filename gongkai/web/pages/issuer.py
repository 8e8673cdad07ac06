"""The page of a public body: its years in a row, its rates, its neighbours' median, its checks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from gongkai.web.pages.issuer_years import (
    LEAST_NEIGHBOURS,
    RATES,
    Sources,
    drawn_panels,
    medians,
    summary,
    years_of,
)
from gongkai.web.pages.rows import read_answers
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gongkai.web.pages.rows import Rows

_MEASURES = "', '".join(RATES)

_OWN = {
    "issuer": """
        SELECT i.*, r.from_year, r.to_year, r.note, r.home_url, r.issuer_id IS NOT NULL AS is_listed
        FROM issuers AS i LEFT JOIN roster AS r ON r.issuer_id = i.id WHERE i.id = :id""",
    "coverage": """
        SELECT c.year, c.state, c.document_id, c.published_on, c.due_on, c.why, d.first_seen
        FROM coverage AS c LEFT JOIN documents AS d ON d.id = c.document_id
        WHERE c.issuer_id = :id ORDER BY c.year""",
    "applications": """
        SELECT year, new_requests, results_total, failing_checks, form, document_id, version_id
        FROM applications_by_year WHERE issuer_id = :id ORDER BY year""",
    "requests": """
        SELECT a.year, f.id, f.state, f.raw, f.value, f.how
        FROM applications_by_year AS a CROSS JOIN facts AS f ON f.version_id = a.version_id
            AND f.table_key = 't3' AND f.table_no = 1 AND f.column_key = 'total'
            AND f.row_key = 'new_requests'
        WHERE a.issuer_id = :id""",
    "rates": f"""
        SELECT measure, year, numerator, denominator, rate, unranked, why, numerator_fact, denominator_fact,
               form, document_id
        FROM rates_by_report WHERE measure IN ('{_MEASURES}') AND issuer_id = :id""",  # noqa: S608 constants
    "failures": """
        SELECT year, worst_severity, check_id, explains, message_zh, message_en, document_id, id
        FROM check_failures WHERE issuer_id = :id AND worst_severity = 'error'
        ORDER BY year DESC, explains DESC, check_id, id LIMIT 100""",
    "other_failures": """
        SELECT worst_severity, count(*) AS causes FROM check_failures
        WHERE issuer_id = :id AND worst_severity <> 'error'
        GROUP BY worst_severity ORDER BY worst_severity DESC""",
    "novelty": """
        SELECT n.year, n.novelty, n.prose_new, n.prose_chars, n.table_novelty, n.table_new, n.table_chars,
               n.document_id, n.previous_document_id
        FROM novelty_by_report AS n JOIN coverage AS c ON c.issuer_id = n.issuer_id AND c.year = n.year
            AND c.document_id = n.document_id
        WHERE n.issuer_id = :id ORDER BY n.year DESC""",
    "documents": """
        SELECT id, title, url, kind, year, doc_number, published_on FROM documents
        WHERE issuer_id = :id AND id NOT IN (
            SELECT document_id FROM coverage WHERE issuer_id = :id AND document_id IS NOT NULL)
        ORDER BY kind <> 'annual_report', coalesce(year, substr(published_on, 1, 4)) DESC, url LIMIT 50""",
    "counts": """
        SELECT count(*) AS documents FROM documents WHERE issuer_id = :id""",
    "changes": """
        SELECT c.kind, c.observed_at, c.from_version_id, c.to_version_id, d.id, d.title, d.url
        FROM documents AS d JOIN changes AS c ON c.document_id = d.id
        WHERE d.issuer_id = :id AND c.kind <> 'appeared'
        ORDER BY c.observed_at DESC, d.id, c.kind LIMIT 20""",
    "unreachable": """
        SELECT id, title, url, last_seen FROM documents WHERE issuer_id = :id AND status = 'unreachable'
        ORDER BY last_seen DESC, url LIMIT 20""",
    "bodies_here": """
        SELECT c.issuer_id, c.issuer, c.kind, count(*) AS reports,
               min(c.year) AS first_year, max(c.year) AS last_year
        FROM coverage AS c
        WHERE c.region_code = (SELECT region_code FROM issuers WHERE id = :id) AND c.issuer_id <> :id
            AND c.document_id IS NOT NULL
        GROUP BY c.issuer_id ORDER BY c.kind <> 'government', c.kind, c.issuer LIMIT 200""",
}
"""What a body's page shows, each part with the query that answers it; `:id` is the body's."""

# Neighbours are bodies of one kind and level in one province; of provinces, all others. What does not add up
# is not taken in.
_NEIGHBOURS = """
    SELECT id FROM issuers WHERE level = :level AND kind = :kind AND id <> :id
        AND (level = 'province' OR substr(region_code, 1, 2) = :province)"""
_NEAR = {
    "rates": f"""
        SELECT measure, year, 1.0 * numerator / denominator AS amount FROM rates_by_report
        WHERE measure IN ('{_MEASURES}') AND unranked IS NULL AND rate IS NOT NULL
            AND issuer_id IN ({_NEIGHBOURS})""",  # noqa: S608 constants
    "requests": f"""
        SELECT 'new_requests' AS measure, year, new_requests AS amount FROM applications_by_year
        WHERE new_requests IS NOT NULL AND failing_checks = 0 AND issuer_id IN ({_NEIGHBOURS})""",  # noqa: S608 constants
}


async def read(database: Any, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a body's page by their names.

    Args:
        database: Datasette's.
        identity: `id`, the body's.
    """
    rows = await read_answers(database, _OWN, identity)
    if not rows["issuer"]:
        return dict(rows)
    issuer = rows["issuer"][0]
    near = medians(await _neighbours(database, issuer))
    sources = Sources(rows["coverage"], rows["applications"], rows["requests"], rows["rates"], near)
    years = years_of(sources)
    return {
        **rows,
        "years": years,
        "panels": drawn_panels(years),
        "summary": summary(rows["coverage"]),
        "region": divisions_of(issuer["region_code"]),
        "failures_by_year": _by_year(rows["failures"]),
        "least_neighbours": LEAST_NEIGHBOURS,
        "has_neighbours": bool(near),
        "sha256": database.hash,
    }


async def _neighbours(database: Any, issuer: Mapping[str, Any]) -> Rows:
    if not issuer["level"] or not issuer["region_code"]:
        return []
    beside = {key: issuer[key] for key in ("id", "level", "kind")} | {"province": issuer["region_code"][:2]}
    found = await read_answers(database, _NEAR, beside)
    return [row for rows in found.values() for row in rows]


def _by_year(rows: Rows) -> dict[int, Rows]:
    found: dict[int, Rows] = defaultdict(list)
    for row in rows:
        found[row["year"]].append(row)
    return dict(found)
