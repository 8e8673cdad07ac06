"""The page that says what is collected, how each figure is come by and what is uncertain: `/-/about`."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from gongkai.web.rendering.structured_cells import share
from pipelines.duplicates.near_duplicates import CLOSENESS
from pipelines.duplicates.plan_matching import MATCHING
from pipelines.duplicates.shingles import SHINGLES
from pipelines.forms.catalogue import form_by_id
from pipelines.response.lifecycle import LIFECYCLE

if TYPE_CHECKING:
    from gongkai.web.pages.page import Visit

NEWEST_FORM = "form_2021"

PARTS = (
    "collected",
    "polite",
    "numbers",
    "rates",
    "checks",
    "same",
    "alike",
    "copied",
    "order",
    "compare",
    "changes",
    "withdrawn",
    "variants",
    "followup",
    "uncertain",
    "errors",
    "corrections",
)
"""The parts of the page, which are also their places in it."""

_ABOVE = {
    "disclosed": ("disclosed", "partly_disclosed"),
    "denied": ("denied_*",),
    "withheld": ("denied_*", "unable_*", "rejected_*"),
    "corrected": (),
    "litigation": (),
}
"""The rates, and the rows of table three that stand above the line; two are made of table four."""

_NUMBERS = {
    "run": SHINGLES.run,
    "repeated_run": SHINGLES.repeated_run,
    "shortest": CLOSENESS.shortest,
    "alike": share(MATCHING.alike),
    "nights_gone": LIFECYCLE.nights_gone,
    "days_gone": LIFECYCLE.days_gone,
}


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: its key in the strings, and the printed labels of the rows that are added up above the line."""

    name: str
    labels: tuple[str, ...]


@cache
def newest_rates() -> tuple[Rate, ...]:
    """Return the rates with the labels that the newest form prints."""
    [table] = [table for table in form_by_id(NEWEST_FORM).tables if table.key == "t3"]
    rows = [row for block in table.blocks for row in block.rows]
    return tuple(
        Rate(
            name,
            tuple(row.label for row in rows if any(fnmatchcase(row.key, pattern) for pattern in patterns)),
        )
        for name, patterns in _ABOVE.items()
    )


async def read_about(_: Visit) -> dict[str, Any]:
    """Return the parts of the page, the numbers that its texts name, and the rates."""
    return {"parts": PARTS, "numbers": _NUMBERS, "rates": newest_rates()}
