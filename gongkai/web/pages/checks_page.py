"""What stands behind the sums that do not add up: causes, the identities that they break, the cells of those.

Pure: rows of the published copy come in, what a page prints goes out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.pages.page import arguments_of, known_places, literal, of_year_and_place, read_rows
from gongkai.web.rendering.figures import STATED, cell_text
from gongkai.web.rendering.share_charts import draw_dot_strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]
    from collections.abc import Coroutine, Mapping

    from gongkai.web.pages.page import Rows


MOST_CELLS = 12
"""Cells of one identity that the page links; the rest stand on the page of the check."""

OUTCOMES = ("pass", "pass_if_blank_zero", "fail", "not_testable")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that an identity uses.

    Attributes:
        id: of the fact.
        label: what tells it apart from the other cells of the identity, as printed.
        text: as printed with its unit; a word where no figure is.
        is_printed: whether it is what stands there.
    """

    id: str
    label: str
    text: str
    is_printed: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """A rule applied once.

    Attributes:
        check: its row of `checks`.
        cells: those with a figure other than zero, and the last one; at most `MOST_CELLS`.
        further: how many more cells it uses.
    """

    check: Row
    cells: tuple[Cell, ...]
    further: int


@dataclass(frozen=True, slots=True)
class Cause:
    """A finding that no other explains.

    Attributes:
        row: of `check_failures`.
        quoted: the identity that its row quotes: itself, else the widest of those that it explains.
        explains: the identities that it explains.
    """

    row: Row
    quoted: Identity
    explains: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The causes found in one report.

    Attributes:
        row: of its first cause, which names body, year and document.
        causes: in the order of the form.
    """

    row: Row
    causes: tuple[Cause, ...]

    @property
    def explained(self) -> tuple[Identity, ...]:
        """All that its causes explain."""
        return tuple(identity for cause in self.causes for identity in cause.explains)


@dataclass(frozen=True, slots=True)
class Severity:
    """The causes of one severity.

    Attributes:
        name: `error`, `warning` or `info`.
        count: how many causes the whole list has.
        reports: in how many reports.
        shown: the reports that the page lists.
        differences: how far apart the quoted sides are, of all causes that compare figures; empty where they
            are not drawn, None where there was no time to read them.
    """

    name: str
    count: int
    reports: int
    shown: tuple[Report, ...]
    differences: tuple[Decimal, ...] | None = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes that the page lists."""
        return tuple(cause for report in self.shown for cause in report.causes)


@dataclass(frozen=True, slots=True)
class Rule:
    """How often a rule was put to a report.

    Attributes:
        check_id: of the rule; of a family what its ids begin with.
        outcomes: outcome → how often.
        members: the rules of a family; empty for a rule that is none.
    """

    check_id: str
    outcomes: Mapping[str, int]
    members: tuple[Rule, ...] = ()

    @property
    def tested(self) -> int:
        """How often it could be tested."""
        return sum(count for outcome, count in self.outcomes.items() if outcome != "not_testable")


def gather_reports(
    causes: Sequence[Row], checks: Sequence[Row], facts: Mapping[str, Row]
) -> tuple[Report, ...]:
    """Put together what stands behind causes, report by report.

    Args:
        causes: rows of `check_failures`, those of one document together.
        checks: the failing rows of `checks` of those texts: the causes, and all that is explained.
        facts: the cells that they use, by id.
    """
    own = {check["id"]: check for check in checks}
    explained: dict[tuple[object, ...], list[Row]] = {}
    for check in checks:
        place = (check["version_id"], check["table_no"], check["explained_by"])
        explained.setdefault(place, []).append(check)
    return tuple(
        Report(rows[0], tuple(_cause(row, own, explained, facts) for row in rows))
        for _, group in groupby(causes, key=lambda row: row["document_id"])
        for rows in [list(group)]
    )


def _cause(
    row: Row,
    own: Mapping[str, Row],
    explained: Mapping[tuple[object, ...], Sequence[Row]],
    facts: Mapping[str, Row],
) -> Cause:
    behind = explained.get((row["version_id"], row["table_no"], row["check_id"]), ())
    identities = tuple(_identity(check, facts) for check in behind)
    widest = max(identities, key=_width, default=None)
    return Cause(row, widest or _identity(own[row["id"]], facts), identities)


def _width(identity: Identity) -> Decimal:
    return abs(Decimal(identity.check["difference"] or 0))


def _identity(check: Row, facts: Mapping[str, Row]) -> Identity:
    used = [facts[cell] for cell in json.loads(check["cells"]) if cell in facts]
    telling = [fact for fact in used[:-1] if fact["state"] != "zero"] + used[-1:]
    shown = telling if len(telling) <= MOST_CELLS else [*telling[: MOST_CELLS - 1], telling[-1]]
    same_row, same_column = (
        len({fact[label] for fact in used}) == 1 for label in ("row_label", "column_label")
    )
    cells = tuple(
        _cell(fact, with_row=not same_row or same_column, with_column=not same_column) for fact in shown
    )
    return Identity(check, cells, len(used) - len(shown))


def _cell(fact: Row, *, with_row: bool, with_column: bool) -> Cell:
    labels = [fact["row_label"]] if with_row else []
    labels += [fact["column_label"]] if with_column and fact["column_label"] else []
    text, unit = cell_text(dict(fact)), fact["unit"] or ""
    stated = fact["state"] in STATED
    return Cell(
        fact["id"],
        " · ".join(labels),
        f"{text} {unit}" if stated and unit and unit not in text else text,
        stated,
    )


def rule_family(check_id: str) -> str:
    """Return what the ids of a rule begin with: `t3.row_total` of `t3.row_total.carried_in`."""
    return ".".join(check_id.split(".")[:2])


def count_rules(counted: Iterable[Row]) -> tuple[Rule, ...]:
    """Add up how often each rule was applied, those of a family together.

    Args:
        counted: rows of `check_id`, `outcome` and `checks`.
    """
    by_rule: dict[str, dict[str, int]] = {}
    for row in counted:
        by_rule.setdefault(row["check_id"], {})[row["outcome"]] = row["checks"]
    families: dict[str, list[Rule]] = {}
    for check_id, outcomes in sorted(by_rule.items()):
        families.setdefault(rule_family(check_id), []).append(Rule(check_id, _in_full(outcomes)))
    return tuple(_of_family(name, members) for name, members in families.items())


def _of_family(name: str, members: Sequence[Rule]) -> Rule:
    if [rule.check_id for rule in members] == [name]:
        return members[0]
    together = {outcome: sum(rule.outcomes[outcome] for rule in members) for outcome in OUTCOMES}
    return Rule(name, together, tuple(members))


def _in_full(outcomes: Mapping[str, int]) -> dict[str, int]:
    return {outcome: outcomes.get(outcome, 0) for outcome in OUTCOMES}


# Whose printed sums do not add up, one row a cause: `/-/checks`.
# filter ─▶ causes (check_failures), their identities (checks), their cells (facts) ─▶ severities
# └▶ how often each rule was put to a report, and with which outcome
# A cause is a finding that no other explains; what it explains stands below it, and the widest of those is
# the equation that the row quotes.

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


async def answer_checks(datasette: Any, request: Any) -> Response:
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
        "rules": None if counted is None else count_rules(counted),
        "outcomes": OUTCOMES,
        "known_severities": SEVERITIES,
        "years": [row["year"] for row in await read_rows(database, _YEARS, {})],
        "places": await known_places(database),
        "dot_strip_of": draw_dot_strip,
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
                await _read_reports(database, {**chosen, "of": name}),
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


async def _read_reports(database: Any, chosen: Mapping[str, str]) -> tuple[Report, ...]:
    found = await read_rows(database, _CAUSES, chosen)
    named = {
        "versions": json.dumps(sorted({row["version_id"] for row in found})),
        "causes": json.dumps([row["id"] for row in found]),
    }
    checks = await read_rows(database, _IDENTITIES, named)
    used = sorted({cell for check in checks for cell in json.loads(check["cells"])})
    facts = {row["id"]: row for row in await read_rows(database, _CELLS, {"ids": json.dumps(used)})}
    return gather_reports(found, checks, facts)
