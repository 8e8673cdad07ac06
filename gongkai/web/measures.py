"""The measures of the site (`datasette/measures.yaml`): one table for places, rankings, bodies and proofs.

Their figures are rows of the published copy: `rates_by_report` has those that are made of cells, with the
reason of each that is not ranked. A share is shown by the one rule of `tell_share`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from archive.site_files import read_site_table
from gongkai.web.thresholds import PAGES
from pipelines.errors import GongkaiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gongkai.web.rendering.words import Row


class MeasuresMisread(GongkaiError):
    """The table of measures says something that is not understood."""


class Cells(NamedTuple):
    """Cells of a statutory table that a measure uses.

    Attributes:
        rows: a row or block key of `facts`, or a pattern of GLOB.
        column: a column key.
        above: how often they count in the numerator: 1 or 0.
        below: how often they count in the denominator: 1, 0 or -1.
        years_back: 1 for those of the report of the year before.
    """

    rows: str
    column: str
    above: int
    below: int
    years_back: int = 0


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A measure; texts are `中文 / English`.

    Attributes:
        title: what it is called.
        formula: how it is worked out.
        numerator: what is counted above the line.
        denominator: what is counted below it.
        query: of its rows by place.
        has_least: whether a small denominator makes the share say too little to be shown.
        question: the canned query that ranks by it; None for none.
        table: the statutory table of its cells; None where it has none.
        cells: those it is made of.
        key: its name: `measure` of `rates_by_report`, and in addresses.
    """

    title: str
    formula: str
    numerator: str
    denominator: str
    query: str
    has_least: bool = True
    question: str | None = None
    table: str | None = None
    cells: tuple[Cells, ...] = ()
    key: str = ""

    @property
    def is_rate(self) -> bool:
        """Whether it is made of cells, so that `rates_by_report` has it and its cells prove it."""
        return bool(self.cells)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a measure of one report.

    Attributes:
        row: its row: body, numerator, denominator, why there is no share, document.
        share: of the counts, unrounded; None where there is none.
        is_shown: whether its share is shown.
        is_small: whether the denominator is too small for that.
    """

    row: Row
    share: float | None
    is_shown: bool
    is_small: bool


def tell_share(row: Row, least: int) -> Told:
    """Decide whether a share is shown: it is one, its cells agree, and its denominator is large enough."""
    has_one = row["unranked"] is None and bool(row["denominator"])
    is_small = has_one and row["denominator"] < least
    unrounded = row["numerator"] / row["denominator"] if has_one else None
    return Told(row, unrounded, has_one and not is_small, is_small)


def pick_newest_year(ranked: Mapping[int, int]) -> int | None:
    """Return the newest year with enough shares to tell of; else the newest with any; None for none.

    Args:
        ranked: how many bodies have a share in each year.
    """
    enough = [year for year, bodies in ranked.items() if bodies >= PAGES.neighbours]
    return max(enough or [year for year, bodies in ranked.items() if bodies], default=None)


def count_firsts(shares: Sequence[float | None]) -> int:
    """Return how many stand first, of shares in their order: of equals none is named as if it were alone."""
    return shares.count(shares[0]) if shares else 0


@cache
def measures() -> dict[str, Measure]:
    """Return the measures of this installation by their keys, in the order of the pages.

    Raises:
        MeasuresMisread: a key is unknown or missing, or a value is not of its kind.
    """
    stated = read_site_table("measures")["measures"]
    named = {key: {**said, "key": key} for key, said in stated.items()}
    try:
        return msgspec.convert(named, dict[str, Measure])
    except msgspec.ValidationError as error:
        raise MeasuresMisread(str(error), where="measures.yaml") from error
