"""Whose printed sums do not add up, one row a cause: `/-/checks`.

    filter ─▶ causes (check_failures), their identities (checks), their cells (facts) ─▶ severities
           └▶ how often each rule was put to a report, and with which outcome

A cause is a finding that no other explains; what it explains stands below it, and the widest of those is the
equation that the row quotes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.charts.dot_strip import dot_strip
from gongkai.web.pages.causes import OUTCOMES, Report, Severity, reports, rules
from gongkai.web.pages.narrowed import known_places, of_year_and_place
from gongkai.web.pages.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITIES = ("error", "warning", "info")
MOST_CAUSES = 40
"""Causes of one severity that the page lists; the whole list is a table."""

_CHOSEN = of_year_and_place("f")

_OF_RULE = """
    (:check = '' OR f.check_id = :check OR substr(f.check_id, 1, length(:check) + 1) = :check || '.'
     OR EXISTS (SELECT 1 FROM checks AS e
                WHERE e.version_id = f.version_id AND e.explained_by = f.check_id AND e.outcome = 'fail'
                AND (e.check_id = :check OR substr(e.check_id, 1, length(:check) + 1) = :check || '.')))"""

_COUNTED = f"""
    SELECT f.worst_severity AS severity, count(*) AS causes, count(DISTINCT f.document_id) AS reports
    FROM check_failures AS f
    WHERE (:severity = '' OR f.worst_severity = :severity) AND {_CHOSEN} AND {_OF_RULE}
    GROUP BY f.worst_severity"""  # noqa: S608  constants of this module

_CAUSES = f"""
    SELECT f.*, d.title FROM check_failures AS f
    JOIN documents AS d ON d.id = f.document_id LEFT JOIN issuers AS i ON i.id = f.issuer_id
    WHERE f.worst_severity = :of AND {_CHOSEN} AND {_OF_RULE}
    ORDER BY f.year DESC, i.region_code IS NULL, i.region_code, f.issuer, f.document_id, f.table_no, f.id
    LIMIT {MOST_CAUSES}"""  # noqa: S608  constants of this module

# What stands behind the causes: each itself, and what it explains.
_IDENTITIES = """
    SELECT c.id, c.version_id, c.table_no, c.check_id, c.explained_by, c.difference, c.message_zh,
           c.message_en, c.cells, c.other_version_id
    FROM checks AS c
    WHERE c.version_id IN (SELECT value FROM json_each(:versions)) AND c.outcome = 'fail'
      AND (c.explained_by IS NOT NULL OR c.id IN (SELECT value FROM json_each(:causes)))
    ORDER BY c.version_id, c.table_no, c.place, c.check_id, c.id"""

_CELLS = """
    SELECT id, version_id, row_label, column_label, value, raw, unit, state, how FROM facts
    WHERE id IN (SELECT value FROM json_each(:ids))"""

# `coverage` names the report that stands for a body and a year, as `check_failures` counts them.
_RULES = f"""
    SELECT c.check_id, c.outcome, count(*) AS checks
    FROM (SELECT d.current_version_id AS version_id
          FROM coverage AS f CROSS JOIN documents AS d ON d.id = f.document_id
          WHERE f.document_id IS NOT NULL AND {_CHOSEN}) AS report
    CROSS JOIN checks AS c INDEXED BY checks_by_version ON c.version_id = report.version_id
    WHERE (:severity = '' OR c.severity = :severity)
      AND (:check = '' OR c.check_id = :check OR substr(c.check_id, 1, length(:check) + 1) = :check || '.')
    GROUP BY c.check_id, c.outcome"""  # noqa: S608  a constant

# The same without a filter: an index holds the counts of all texts, and few texts stand for no report.
_RULES_OF_ALL = """
    SELECT check_id, outcome, sum(checks) AS checks FROM (
        SELECT check_id, outcome, count(*) AS checks FROM checks GROUP BY outcome, severity, check_id
        UNION ALL
        SELECT c.check_id, c.outcome, -count(*)
        FROM versions AS v CROSS JOIN checks AS c ON c.version_id = v.id
        WHERE v.id NOT IN (
            SELECT d.current_version_id FROM coverage AS f CROSS JOIN documents AS d ON d.id = f.document_id
            WHERE d.current_version_id IS NOT NULL)
        GROUP BY c.check_id, c.outcome)
    GROUP BY check_id, outcome HAVING sum(checks) > 0"""

_YEARS = "SELECT DISTINCT year FROM check_failures WHERE year IS NOT NULL ORDER BY year DESC"


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/checks`."""
    chosen = {
        name: (request.args.get(name) or "").strip() for name in ("severity", "check", "region", "year")
    }
    if chosen["severity"] not in SEVERITIES:
        chosen["severity"] = ""
    database, is_filtered = datasette.databases[DATABASE], any(chosen.values())
    context = {
        "chosen": chosen,
        "is_filtered": is_filtered,
        "severities": await _severities(database, chosen),
        "rules": rules(await read_rows(database, _RULES if is_filtered else _RULES_OF_ALL, chosen)),
        "outcomes": OUTCOMES,
        "known_severities": SEVERITIES,
        "years": [row["year"] for row in await read_rows(database, _YEARS, {})],
        "places": await known_places(database),
        "dot_strip_of": dot_strip,
    }
    return Response.html(await datasette.render_template("checks.html", context, request=request))


async def _severities(database: Any, chosen: Mapping[str, str]) -> tuple[Severity, ...]:
    counted = {row["severity"]: row for row in await read_rows(database, _COUNTED, chosen)}
    return tuple(
        [
            Severity(
                name,
                counted[name]["causes"],
                counted[name]["reports"],
                await _reports(database, {**chosen, "of": name}),
            )
            for name in SEVERITIES
            if name in counted
        ]
    )


async def _reports(database: Any, chosen: Mapping[str, str]) -> tuple[Report, ...]:
    found = await read_rows(database, _CAUSES, chosen)
    named = {
        "versions": json.dumps(sorted({row["version_id"] for row in found})),
        "causes": json.dumps([row["id"] for row in found]),
    }
    checks = await read_rows(database, _IDENTITIES, named)
    used = sorted({cell for check in checks for cell in json.loads(check["cells"])})
    facts = {row["id"]: row for row in await read_rows(database, _CELLS, {"ids": json.dumps(used)})}
    return reports(found, checks, facts)
