"""What was found in reports: sums that do not add up, and text that was there before.

The pages are `/-/checks` and `/-/copied`; pure functions put together what they print of published rows.
"""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from gongkai.web.pages.page_queries import (
    Queries,
    in_time,
    make_page,
    read_left_out,
    read_suggestions,
    table_arguments,
    write_arguments,
    write_condition,
    write_literal,
)
from gongkai.web.thresholds import PAGES
from pipelines.checks.check_catalogue import load_rules
from pipelines.duplicates.overlap import SHINGLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gongkai.web.pages.page_queries import Chosen, Context, Visit
    from gongkai.web.rendering.words import Row


# What stands behind the sums that do not add up: causes, the identities that they break, the cells of those.


def gather_reports(
    causes: Sequence[Row], checks: Sequence[Row], facts: Mapping[str, Row]
) -> list[list[Context]]:
    """Put together what stands behind causes, report by report, in the order of the form.

    Args:
        causes: rows of `check_failures`, those of one document together.
        checks: the failing rows of `checks` of those texts: the causes, and all that is explained.
        facts: the cells that they use, by id.

    Returns:
        Of each cause, a finding that no other explains, its `row`; the identities that it `explains`; and the
        one that its row quotes as `quoted`: itself, else the widest of those.

        Of each identity, a rule applied once, its row of `checks` as `check`; as `cells` rows of `facts`,
        those with a figure other than zero and the last, at most `PAGES.check_cells`; the `labels`, columns
        of `facts` that tell these apart; and how many `further` cells it uses.
    """
    own = {check["id"]: check for check in checks}
    explained: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for check in checks:
        explained[check["version_id"], check["table_no"], check["explained_by"]].append(check)

    def tell_cause(row: Row) -> Context:
        behind = explained.get((row["version_id"], row["table_no"], row["check_id"]), ())
        identities = tuple(_identity(check, facts) for check in behind)
        widest = max(identities, key=lambda it: abs(Decimal(it["check"]["difference"] or 0)), default=None)
        quoted = widest or _identity(own[row["id"]], facts)
        return {"row": row, "quoted": quoted, "explains": identities}

    parted = groupby(causes, key=lambda row: row["document_id"])
    return [[tell_cause(row) for row in rows] for _, rows in parted]


def _identity(check: Row, facts: Mapping[str, Row]) -> Context:
    used = [facts[cell] for cell in json.loads(check["cells"]) if cell in facts]
    # The last cell is the whole that the others are held against: it is shown even where it is zero.
    telling = [fact for fact in used[:-1] if fact["state"] != "zero"] + used[-1:]
    shown = telling if len(telling) <= PAGES.check_cells else [*telling[: PAGES.check_cells - 1], telling[-1]]
    varying = [label for label in ("row_label", "column_label") if len({fact[label] for fact in used}) > 1]
    further = len(used) - len(shown)
    return {"check": check, "cells": shown, "labels": varying or ["row_label"], "further": further}


# Whose printed sums do not add up, one row a cause: `/-/checks`.
# filter ─▶ causes (check_failures), their identities (checks), their cells (facts) ─▶ severities
# └▶ how often each rule was put to a report, and with which outcome
# A cause is a finding that no other explains; what it explains stands below it, and the widest of those is
# the equation that the row quotes.

LEFT_OUT = ("rendition", "no_report", "unread")
"""Why reports are not among those that are checked here."""
SEVERITIES = ("error", "shape", "warning", "info")
"""Those of causes, and `shape`: errors that are no sums, of cells that were not read."""
OF_ERRORS = SEVERITIES[:2]


@make_page("checks")
async def read_checks(visit: Visit) -> Context:
    """Return the causes by severity, and how often each rule was put to a report."""
    chosen = visit.read_texts("severity", "check", "region", "year")
    if chosen["severity"] not in SEVERITIES:
        chosen["severity"] = ""
    years = [row["year"] for row in await visit.read_once("years")]
    # Kept for all reports, and for those of a year: what else may be chosen is without end.
    of_year = {**dict.fromkeys(chosen, ""), "year": chosen["year"]}
    is_kept = chosen == of_year and chosen["year"] in {"", *map(str, years)}
    count = visit.read_once if is_kept else visit.read_rows
    query = "rules" if chosen["year"] or chosen["region"] else "rules_of_all"
    return {
        "chosen": chosen,
        "is_filtered": any(chosen.values()),
        "taken": partial(taken_arguments, chosen),
        "severities": await _read_severities(visit, chosen),
        "rules": await in_time(count(query, **chosen)),
        "left_out": await read_left_out(visit.database, *LEFT_OUT, year=chosen["year"]),
        "known_severities": SEVERITIES,
        "known_rules": tuple(load_rules()),
        "most": PAGES.check_causes,
        "years": years,
        "places": await read_suggestions(visit.database, "region"),
    }


async def _read_severities(visit: Visit, chosen: Chosen) -> list[Context]:
    """Return how many causes of each severity there are, in how many reports, and those `shown`.

    The first severity fills the page, which is a `page` of its causes; each of the others is listed where it
    fits whole, else the page of that severity lists it.
    """
    counted = {row["severity"]: row for row in await visit.read_rows("counted", **chosen)}
    severities: list[Context] = []
    room = PAGES.check_causes
    for name in filter(counted.__contains__, SEVERITIES):
        causes = counted[name]["causes"]
        page = 1 if severities else visit.read_page(causes, PAGES.check_causes)
        is_listed = not severities or causes <= room
        shown = await _read_reports(visit, {**chosen, "of_severity": name}, page) if is_listed else []
        room -= min(causes, PAGES.check_causes) if is_listed else 0
        turn = partial(write_arguments, {**chosen, "severity": name})
        severities.append({**counted[name], "shown": shown, "page": page, "turn": turn})
    return severities


def taken_arguments(chosen: Chosen, severity: str = "") -> str:
    """Return the arguments by which the table of causes holds those that the page lists.

    Args:
        chosen: what the page is narrowed by.
        severity: of one of its lists; empty for all that the page has.
    """
    rule = write_literal(chosen["check"])
    conditions = [write_condition("checks", "either_rule", "check_failures", rule)] if chosen["check"] else []
    listed = severity or chosen["severity"]
    if listed in OF_ERRORS:
        conditions.append(
            f"{write_condition('checks', 'sort_of', 'check_failures')} = {write_literal(listed)}"
        )
    return table_arguments(chosen, *conditions, worst_severity="error" if listed in OF_ERRORS else listed)


async def _read_reports(queries: Queries, chosen: Chosen, page: int) -> list[list[Context]]:
    skip = (page - 1) * PAGES.check_causes
    found = await queries.read_rows("causes", **chosen, most=PAGES.check_causes, skip=skip)
    checks = await queries.read_rows(
        "identities",
        versions=json.dumps(sorted({row["version_id"] for row in found})),
        causes=json.dumps([row["id"] for row in found]),
    )
    used = sorted({cell for check in checks for cell in json.loads(check["cells"])})
    facts = {row["id"]: row for row in await queries.read_rows("cells", ids=json.dumps(used))}
    return gather_reports(found, checks, facts)


# What stands in earlier reports already, and what stands in many: `/-/copied`. Only what is printed alike is
# told. A report that cannot be held against that of the year before stands apart, with the reason, and has no
# bar.

_BARS = 15


@make_page("copied")
async def read_copied(visit: Visit) -> Context:
    """Return the reports by what they have of the year before, pairs that share text, passages of many."""
    chosen = visit.read_texts("year", "region")
    stands = write_condition("copied", "stands")
    read = partial(
        visit.read_answers,
        **chosen,
        most=PAGES.copied_rows,
        most_passages=PAGES.copied_passages,
        least=PAGES.pair_chars,
    )
    # Kept for all reports, and for those of a year: what else may be chosen is without end.
    years = {"", *(str(row["year"]) for row in await visit.read_once("years"))}
    is_kept = not chosen["region"] and chosen["year"] in years
    found = await (visit.database.once(("copied", chosen["year"]), read) if is_kept else read())
    versions = json.dumps(sorted({row["version_id"] for row in found["pairs"] if row["version_id"]}))
    printed = await Queries(visit.database, "lists").read_rows("printed", ids=versions)
    return {
        **found,
        "bars": [
            ((row["issuer"], row["year"]), row["kept"], row["tables_kept_share"])
            for row in found["ranked"][:_BARS]
        ],
        "printed": {row["version_id"]: row["text"] for row in printed},
        "chosen": chosen,
        "left_out": await read_left_out(visit.database, "rendition", "unread", year=chosen["year"]),
        "of_reports": table_arguments(chosen, stands),
        "of_pairs": table_arguments(
            chosen,
            f"NOT ({write_condition('copied', 'is_one_report')})",
            is_previous_year="0",
            prose_copied__gte=str(PAGES.pair_chars),
        ),
        "least": PAGES.pair_chars,
        "run": SHINGLES.run,
        "repeated_run": SHINGLES.repeated_run,
        "years": [row["year"] for row in found["years"]],
        "places": await read_suggestions(visit.database, "region"),
    }
