"""Which documents a list of reports leaves out, and why: each list says so below its count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gongkai.web.pages.page_queries import Queries, table_arguments, whole_number, write_condition

if TYPE_CHECKING:
    from gongkai.web.pages.page_queries import Rows


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Documents that a list leaves out.

    Attributes:
        reason: `no_body`, `no_year`, `rendition`, `unread` or `no_report`.
        documents: how many.
        arguments: by which the table of documents lists them.
    """

    reason: str
    documents: int
    arguments: str


async def read_left_out(database: Any, *reasons: str, year: str = "") -> tuple[LeftOut, ...]:
    """Return what a list leaves out for some reasons; a reason for which it leaves out nothing is left out.

    Args:
        database: the published copy.
        reasons: those for which this list leaves documents out.
        year: that the list is narrowed to; empty for all. A report of no year is left out of each.
    """
    year = year if whole_number(year, digits=4) else ""
    told = dict.fromkeys((*reasons, "no_year")) if year else reasons

    async def count() -> Rows:
        return await Queries(database, "lists").read_rows("left_out", year=year)

    [counted] = await database.once(("left_out", year), count)
    return tuple(
        LeftOut(
            reason,
            counted[reason],
            table_arguments(
                {"year": "" if reason == "no_year" else year, "region": ""},
                write_condition("shared", "left_out", reason),
                # Of all years a report that names neither is told among those that name no body.
                *(["issuer_id IS NOT NULL"] if reason == "no_year" and not year else []),
            ),
        )
        for reason in told
        if counted[reason]
    )
