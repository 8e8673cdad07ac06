"""Whose printed sums do not add up, one row a cause: `/-/checks`.

    filter ─▶ causes (check_failures), their identities (checks), their cells (facts) ─▶ severities
           └▶ how often each rule was put to a report, and with which outcome

A cause is a finding that no other explains; what it explains stands below it, and the widest of those is the
equation that the row quotes.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.charts.dot_strip import dot_strip
from gongkai.web.pages.causes import OUTCOMES, Report, Severity, reports, rules
from gongkai.web.pages.narrowed import arguments_of, known_places, literal, of_year_and_place
from gongkai.web.pages.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from gongkai.web.pages.rows import Rows

SEVERITIES = ("error", "warning", "info")
DRAWN = "error"
"""The severity whose differences are drawn: those of printed sums."""
MOST_CAUSES = 40
"""Causes of one severity that the page lists; the whole list is a table."""

_CHOSEN = of_year_and_place("f")

_EITHER_RULE = """
    ({of}.check_id = {rule} OR substr({of}.check_id, 1, length({rule}) + 1) = {rule} || '.'
     OR {of}.explains > 0 AND EXISTS (
        SELECT 1 FROM checks AS e
        WHERE e.version_id = {of}.version_id AND e.explained_by = {of}.check_id AND e.outcome = 'fail'
          AND (e.check_id = {rule} OR substr(e.check_id, 1, length({rule}) + 1) = {rule} || '.')))"""
_OF_RULE = f"(:check = '' OR {_EITHER_RULE.format(of='f', rule=':check')})"

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

# How far apart the sides are that each cause quotes: the widest that it explains, else its own.
_DIFFERENCES = f"""
    WITH explained AS (
        SELECT c.version_id, c.table_no, c.explained_by, c.difference, row_number() OVER (
                   PARTITION BY c.version_id, c.table_no, c.explained_by
                   ORDER BY abs(CAST(ifnull(c.difference, 0) AS REAL)) DESC, c.place, c.check_id, c.id
               ) AS width
        FROM checks AS c WHERE c.outcome = 'fail' AND c.explained_by IS NOT NULL)
    SELECT CASE WHEN f.explains = 0 THEN f.difference ELSE e.difference END AS difference
    FROM check_failures AS f LEFT JOIN explained AS e ON e.version_id = f.version_id
        AND e.table_no IS f.table_no AND e.explained_by = f.check_id AND e.width = 1
    WHERE f.worst_severity = :of AND {_CHOSEN} AND {_OF_RULE}"""  # noqa: S608  constants of this module

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

# The same of all reports: an index holds the counts of all texts, and few texts stand for no report.
_RULES_OF_ALL = """
    SELECT check_id, outcome, sum(checks) AS checks FROM (
        SELECT check_id, outcome, severity, count(*) AS checks FROM checks
        GROUP BY outcome, severity, check_id
        UNION ALL
        SELECT c.check_id, c.outcome, c.severity, -count(*)
        FROM versions AS v CROSS JOIN checks AS c ON c.version_id = v.id
        WHERE v.id NOT IN (
            SELECT d.current_version_id FROM coverage AS f CROSS JOIN documents AS d ON d.id = f.document_id
            WHERE d.current_version_id IS NOT NULL)
        GROUP BY c.check_id, c.outcome, c.severity)
    WHERE (:severity = '' OR severity = :severity)
      AND (:check = '' OR check_id = :check OR substr(check_id, 1, length(:check) + 1) = :check || '.')
    GROUP BY check_id, outcome HAVING sum(checks) > 0"""

_YEARS = "SELECT DISTINCT year FROM check_failures WHERE year IS NOT NULL ORDER BY year DESC"


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/checks`."""
    chosen = {
        name: (request.args.get(name) or "").strip() for name in ("severity", "check", "region", "year")
    }
    if chosen["severity"] not in SEVERITIES:
        chosen["severity"] = ""
    database = datasette.databases[DATABASE]
    of_some = chosen["year"] or chosen["region"]
    counted = await _in_time(database, _RULES if of_some else _RULES_OF_ALL, chosen)
    context = {
        "sha256": database.hash,
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "taken": partial(taken, chosen),
        "severities": await _severities(database, chosen),
        "rules": None if counted is None else rules(counted),
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
                await _differences(database, {**chosen, "of": name}) if name == DRAWN else (),
            )
            for name in SEVERITIES
            if name in counted
        ]
    )


def taken(chosen: Mapping[str, str], severity: str = "") -> str:
    """Return the arguments by which the table of causes holds those that the page lists.

    Args:
        chosen: what the page is narrowed by.
        severity: of one of its lists; empty for all that the page has.
    """
    of_rule = " ".join(_EITHER_RULE.split()).format(of="check_failures", rule=literal(chosen["check"]))
    conditions = [of_rule] if chosen["check"] else []
    return arguments_of(chosen, *conditions, worst_severity=severity or chosen["severity"])


async def _differences(database: Any, chosen: Mapping[str, str]) -> tuple[Decimal, ...] | None:
    found = await _in_time(database, _DIFFERENCES, chosen)
    if found is None:
        return None
    return tuple(Decimal(row["difference"]) for row in found if row["difference"] is not None)


async def _in_time(database: Any, sql: str, chosen: Mapping[str, str]) -> Rows | None:
    """Return what is counted over all reports; None where that takes too long: the list stands without it."""

    def read() -> Coroutine[Any, Any, Rows]:
        return read_rows(database, sql, chosen)

    try:
        # Of all reports it is the same until the next copy; what readers choose is without end.
        is_of_all = not any(value for name, value in chosen.items() if name != "of")
        return await (database.once(("checks", sql, chosen.get("of")), read) if is_of_all else read())
    except QueryInterrupted:
        return None


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
