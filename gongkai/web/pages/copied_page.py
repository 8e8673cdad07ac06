"""What stands in earlier reports already, and what stands in many: `/-/copied`.

Only what is printed alike is told. A report that cannot be held against that of the year before stands apart,
with the reason, and has no bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongkai.web.pages.page_queries import (
    read_chosen,
    read_left_out,
    read_suggestions,
    table_arguments,
    write_condition,
)
from gongkai.web.thresholds import PAGES
from pipelines.duplicates.overlap import SHINGLES

if TYPE_CHECKING:
    from gongkai.web.pages.page_queries import Visit

_BARS = 15


async def read_copied(visit: Visit) -> dict[str, Any]:
    """Return the reports by what they have of the year before, pairs that share text, passages of many."""
    chosen = visit.read_texts("year", "region")
    stands = write_condition("copied", "stands")
    found = await read_chosen(
        visit.database,
        "copied",
        chosen,
        lambda: visit.queries.read_answers(
            **chosen,
            most=PAGES.copied_rows,
            most_passages=PAGES.copied_passages,
            least=PAGES.pair_chars,
        ),
    )
    return {
        **found,
        "bars": [
            ((row["issuer"], row["year"]), row["kept"], row["tables_kept_share"])
            for row in found["ranked"][:_BARS]
        ],
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
