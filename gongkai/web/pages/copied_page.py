"""What stands in earlier reports already, and what stands in many: `/-/copied`.

Only what is printed alike is told. Where a report of the year before is not held, its share of new text says
little, so it stands apart and has no bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongkai.web.pages.page_queries import known_places, table_arguments
from gongkai.web.thresholds import PAGES
from pipelines.duplicates.overlap import SHINGLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gongkai.web.pages.page_queries import Visit

_BARS, _BARS_APART = 15, 5


async def read_copied(visit: Visit) -> dict[str, Any]:
    """Return the reports by their share of new text, the pairs that share text, and the passages of many."""
    chosen = visit.read_texts("year", "region")
    found = await visit.queries.read_answers(
        **chosen, most=PAGES.copied_rows, most_passages=PAGES.copied_passages
    )
    return {
        **found,
        "bars": [
            *((_label(row), row["novelty"], row["table_novelty"]) for row in found["ranked"][:_BARS]),
            # Without the report of the year before there is a label and no bar.
            *((_label(row), None, None) for row in found["apart"][:_BARS_APART]),
        ],
        "chosen": chosen,
        "of_reports": table_arguments(chosen),
        "of_pairs": table_arguments(chosen, is_previous_year="0", prose_copied__gt="0"),
        "run": SHINGLES.run,
        "repeated_run": SHINGLES.repeated_run,
        "years": [row["year"] for row in found["years"]],
        "places": await known_places(visit.database),
    }


def _label(row: Mapping[str, Any]) -> str:
    return " ".join(str(part) for part in (row["issuer"], row["year"]) if part)
