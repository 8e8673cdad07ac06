"""What stands in earlier reports already, and what stands in many: `/-/copied`.

Only what is printed alike is told. Where a report of the year before is not held, its share of new text says
little, so it stands apart and has no bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.pages.page import arguments_of, known_places, of_year_and_place, read_answers, read_rows
from gongkai.web.rendering.share_charts import Pair, draw_paired_bars
from pipelines.duplicates.shingles import SHINGLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gongkai.web.pages.page import Rows

MOST_REPORTS = 40
MOST_PAIRS = 40
MOST_PASSAGES = 20
"""Rows of each list that the page shows; the whole lists are tables."""

_BARS, _BARS_APART = 15, 5

_NOVELTY = f"""
    SELECT n.*, d.title, p.current_version_id AS previous_version_id, count(*) OVER () AS reports
    FROM novelty_by_report AS n JOIN documents AS d ON d.id = n.document_id
    LEFT JOIN documents AS p ON p.id = n.previous_document_id
    WHERE n.previous_document_id IS {{held}} NULL AND {of_year_and_place("n")}
    ORDER BY n.novelty IS NULL, n.novelty, n.prose_chars DESC, n.document_id LIMIT {MOST_REPORTS}"""  # noqa: S608

_PAIRS = f"c.is_previous_year = 0 AND c.prose_copied > 0 AND {of_year_and_place('c')}"
_PAIRS_ORDER = "c.prose_share DESC, c.prose_copied DESC, c.document_id, c.source_id"

_REPORTS = {
    "ranked": _NOVELTY.format(held="NOT"),
    "apart": _NOVELTY.format(held=""),
    # Cut before it is joined: a large corpus has many thousands.
    "pairs": f"""
        SELECT c.*, d.current_version_id AS version_id, s.current_version_id AS source_version_id,
               d.kind = 'annual_report' AS is_report, s.kind = 'annual_report' AS source_is_report
        FROM (SELECT c.*, (SELECT count(*) FROM copied_from AS c WHERE {_PAIRS}) AS pairs
              FROM copied_from AS c WHERE {_PAIRS} ORDER BY {_PAIRS_ORDER} LIMIT {MOST_PAIRS}) AS c
        JOIN documents AS d ON d.id = c.document_id JOIN documents AS s ON s.id = c.source_id
        ORDER BY {_PAIRS_ORDER}""",  # noqa: S608  constants of this module
}

# From the reports to their passages, and only where a place or a year is chosen: there are fewer of them.
_IN_REPORTS = f"""
    SELECT o.section_id FROM novelty_by_report AS n JOIN occurrences AS o ON o.version_id = n.version_id
    WHERE {of_year_and_place("n")}"""  # noqa: S608  constants of this module
_ALL = "(:year = '' AND :region = '')"

_REPEATED = f"""
    SELECT r.*, s.text, d.title, d.url FROM most_repeated AS r
    JOIN sections AS s ON s.id = r.section_id JOIN documents AS d ON d.id = r.first_document_id
    WHERE r.has_statutory_table = {{statutory}} AND ({_ALL} OR r.section_id IN ({_IN_REPORTS}))
    ORDER BY r.bodies DESC, r.documents DESC, r.chars DESC, r.section_id LIMIT {MOST_PASSAGES}"""  # noqa: S608

_PASSAGES = {
    "repeated": _REPEATED.format(statutory=0),
    "statutory": _REPEATED.format(statutory=1),
    # Of each family the passage that stands first, and one of those that differ from it in figures or names.
    "families": f"""
        SELECT f.section_id, f.passages, s.text, l.differences, l.section_a = f.section_id AS is_first,
               CASE WHEN l.section_a = f.section_id THEN l.section_b ELSE l.section_a END AS other_id
        FROM (SELECT section_id, passages FROM first_alike
              WHERE kind = 'family' AND first_section_id = section_id AND ({_ALL} OR section_id IN (
                  SELECT first_section_id FROM first_alike
                  WHERE kind = 'family' AND section_id IN ({_IN_REPORTS})))
              ORDER BY passages DESC, section_id LIMIT {MOST_PASSAGES}) AS f
        JOIN sections AS s ON s.id = f.section_id
        LEFT JOIN section_links AS l ON l.kind = 'family' AND (l.section_a, l.section_b) = (
            SELECT section_a, section_b FROM section_links
            WHERE kind = 'family' AND f.section_id IN (section_a, section_b)
            ORDER BY section_a, section_b LIMIT 1)
        ORDER BY f.passages DESC, f.section_id""",  # noqa: S608  constants of this module
}

_YEARS = "SELECT DISTINCT year FROM novelty_by_report WHERE year IS NOT NULL ORDER BY year DESC"


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/copied`."""
    chosen = {name: (request.args.get(name) or "").strip() for name in ("year", "region")}
    database = datasette.databases[DATABASE]
    found = await read_answers(database, _REPORTS, chosen)
    context = {
        **found,
        **await read_answers(database, _PASSAGES, chosen),
        "bars": draw_paired_bars(pairs(found["ranked"][:_BARS], found["apart"][:_BARS_APART])),
        "sha256": database.hash,
        "chosen": chosen,
        "of_reports": arguments_of(chosen),
        "of_pairs": arguments_of(chosen, is_previous_year="0", prose_copied__gt="0"),
        "run": SHINGLES.run,
        "repeated_run": SHINGLES.repeated_run,
        "years": [row["year"] for row in await read_rows(database, _YEARS, {})],
        "places": await known_places(database),
    }
    return Response.html(await datasette.render_template("copied.html", context, request=request))


def pairs(ranked: Sequence[Mapping[str, Any]], apart: Rows) -> list[Pair]:
    """Return a pair of bars for each report; without the year before there is a label and no bar.

    Args:
        ranked: rows of `novelty_by_report` of which the report of the year before is held.
        apart: those of which it is not.
    """
    return [
        *(Pair(_label(row), row["novelty"], row["table_novelty"]) for row in ranked),
        *(Pair(_label(row), None, None) for row in apart),
    ]


def _label(row: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in (row["issuer"], row["year"]) if part)
