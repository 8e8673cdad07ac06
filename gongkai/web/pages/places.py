"""What a grid of tiles shows of the coverage, and which grid a corpus is shown on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from archive.site_files import site_folder
from gongkai.web.charts.tile_grid import (
    NOT_FOUND,
    SHARE,
    UNKNOWN,
    Grid,
    Shown,
    TileChart,
    read_grids,
    smallest_grid,
    tile_chart,
)
from gongkai.web.pages.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gongkai.web.pages.rows import Rows

HELD = ("held", "late")
"""The states of `coverage` in which a report is held and read."""

BESIDE_SHOWN = 40
"""Bodies beside the grid that a page names; of more it says how many there are."""

_CODES = "SELECT DISTINCT region_code FROM coverage WHERE document_id IS NOT NULL AND region_code IS NOT NULL"
# A committee has the code of the city that it lies in, and no tile.
_STATES = """
    SELECT region_code, state, count(*) AS bodies FROM coverage
    WHERE year = :year AND region_code IS NOT NULL AND kind <> 'committee' GROUP BY region_code, state"""
_BESIDE = f"""
    SELECT c.issuer_id, c.issuer, c.state, c.why, c.document_id, i.id IS NOT NULL AS has_page,
           count(*) OVER () AS bodies, sum(c.state IN {HELD}) OVER () AS held
    FROM coverage AS c LEFT JOIN issuers AS i ON i.id = c.issuer_id
    WHERE c.year = :year AND (c.region_code IS NULL OR c.kind = 'committee') AND c.state <> 'not_due'
    ORDER BY c.state = 'not_looked', c.issuer LIMIT :most"""  # noqa: S608 constants
# The newest year whose deadline has passed for all and of which something is held; where nothing is held at
# all, the newest that is over.
_YEAR = """
    SELECT max(year) AS year FROM (
        SELECT year, max(state IN ('held', 'late', 'waiting')) AS has_any FROM coverage
        GROUP BY year HAVING max(state = 'not_due') = 0
    ) GROUP BY has_any ORDER BY has_any DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many bodies are in which state of `coverage`.

    Attributes:
        states: by state; a state that is not there counts 0.
    """

    states: Counter[str]

    @property
    def due(self) -> int:
        """Bodies whose deadline has passed."""
        return self.states.total() - self.states["not_due"]

    @property
    def held(self) -> int:
        """Bodies whose report is held and read."""
        return sum(self.states[state] for state in HELD)

    @property
    def kind(self) -> str:
        """What a tile shows: that none was found only where all lists were looked through."""
        if self.held:
            return SHARE
        return NOT_FOUND if 0 < self.states["missing"] == self.due else UNKNOWN


@dataclass(frozen=True, slots=True)
class CoverageTiles:
    """The coverage of one year by place.

    Attributes:
        year: the year reported on.
        grid: the places.
        chart: the drawing; a share is that of the bodies of a place whose report is held.
        counts: of each tile, by code: of all bodies in the place, those below it too.
        beside: rows of bodies without a code of their own, which are on no tile, those first of which
            something is known; each says how many `bodies` there are in all, and how many are `held`.
    """

    year: int
    grid: Grid
    chart: TileChart
    counts: Mapping[str, Counted]
    beside: Rows


@cache
def grids() -> dict[str, Grid]:
    """Return the grids of the site by their keys."""
    return read_grids(site_folder())


async def own_grid(database: Any) -> str:
    """Return the key of the smallest grid that holds every body of which a report is held."""
    return smallest_grid(grids(), [row["region_code"] for row in await read_rows(database, _CODES, {})])


async def newest_year(database: Any) -> int | None:
    """Return the year that pages about coverage open with; None where there is none."""
    rows = await read_rows(database, _YEAR, {})
    return rows[0]["year"] if rows else None


async def coverage_tiles(database: Any, grid: Grid, year: int) -> CoverageTiles:
    """Return the coverage of a year on a grid."""
    rows = await read_rows(database, _STATES, {"year": year})
    counts = {
        tile.code: count_states(row for row in rows if row["region_code"].startswith(tile.stem))
        for tile in grid.tiles
    }
    shown = {code: _shown(code, counted, year) for code, counted in counts.items()}
    beside = await read_rows(database, _BESIDE, {"year": year, "most": BESIDE_SHOWN})
    return CoverageTiles(year, grid, tile_chart(grid, shown), counts, beside)


def count_states(rows: Iterable[Mapping[str, Any]]) -> Counted:
    """Add up rows of `state` and `bodies`."""
    states: Counter[str] = Counter()
    for row in rows:
        states[row["state"]] += row["bodies"]
    return Counted(states)


def _shown(code: str, counted: Counted, year: int) -> Shown:
    return Shown(
        text=f"{counted.held}/{counted.due}" if counted.due else "–",
        kind=counted.kind,
        share=counted.held / counted.due if counted.held else None,
        href="/-/coverage?" + urlencode({"year": year, "place": code}) + "#bodies",
    )
