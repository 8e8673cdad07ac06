"""A measure by place, on a grid of tiles with the table of the same numbers: `/-/regions`.

Most measures are shares of the report of the place's own government. The share of reports held is one of all
bodies in the place. Each says of how many it is, or why there is none: what is not known is hatched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gongkai.web.measures import measures, tell_share
from gongkai.web.pages.coverage_page import (
    CoverageTiles,
    chosen_year,
    grids,
    newest_year,
    own_grid,
    read_tiles,
)
from gongkai.web.rendering.structured_cells import write_share
from gongkai.web.rendering.tile_grid import SHARE, UNKNOWN, Shown, TileChart, draw_tiles, round_up
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gongkai.web.measures import Measure, Told
    from gongkai.web.pages.page_queries import Queries, Rows, Visit
    from gongkai.web.rendering.tile_grid import DrawnTile, Grid


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked the page for."""

    measure: Measure
    year: int | None
    grid: str
    at_least: int


async def read_regions(visit: Visit) -> dict[str, Any]:
    """Return a measure by place: the tiles, their numbers ranked, and the bodies that have no tile."""
    years = [row["year"] for row in await visit.queries.read_rows("years")]
    asked = await _read_asked(visit, years)
    measured = {} if asked.year is None else await _read_measure(visit.queries, asked, asked.year)
    return {"asked": asked, "measures": measures(), "grids": grids(), "years": years, **measured}


async def _read_asked(visit: Visit, years: Sequence[int]) -> Asked:
    """Read the arguments; what is not understood counts as not given."""
    measure, grid = (visit.request.args.get(name) or "" for name in ("measure", "grid"))
    least = visit.read_number("at_least", digits=6)
    grid = grid if grid in grids() else await own_grid(visit.database)
    return Asked(
        measure=measures().get(measure, measures()["denied"]),
        year=chosen_year(visit, years) or await _newest(visit.queries, grids()[grid]),
        grid=grid,
        at_least=PAGES.least_denominator if least is None else least,
    )


async def _newest(queries: Queries, grid: Grid) -> int | None:
    """Return the newest year that a government with a tile reports on; where there is none, that of all."""
    codes = {tile.code for tile in grid.tiles}
    rows = await queries.read_rows("newest")
    newest = max((row["year"] for row in rows if row["region_code"] in codes), default=None)
    return await newest_year(queries.database) if newest is None else newest


async def _read_measure(queries: Queries, asked: Asked, year: int) -> dict[str, Any]:
    grid = grids()[asked.grid]
    covered = await read_tiles(queries.database, grid, year)
    if asked.measure.query is None:
        return {
            "covered": covered,
            "chart": covered.chart,
            "ranked": rank_tiles(covered.chart),
            "told": {},
            "beside": [],
        }
    codes = json.dumps([tile.code for tile in grid.tiles])
    values = {"measure": asked.measure.key, "year": year, "codes": codes, "most": PAGES.beside}
    rows = await queries.read_rows(asked.measure.query, **values)
    least = asked.at_least if asked.measure.has_least else 0
    told = {tile.code: _of_place(rows, tile.code, least) for tile in grid.tiles}
    beside = [tell_share(row, least) for row in rows if row["is_beside"]]
    chart = _chart(grid, covered, told)
    return {
        "covered": covered,
        "told": told,
        "beside": sorted(beside, key=lambda it: it.row["issuer"]),
        "chart": chart,
        "ranked": rank_tiles(chart),
    }


def rank_tiles(chart: TileChart) -> list[DrawnTile]:
    """Return the tiles by their shares, the highest first; those without one after them, by code."""
    with_share = [it for it in chart.tiles if it.shown.share is not None]
    without = [it for it in chart.tiles if it.shown.share is None]
    return [
        *sorted(with_share, key=lambda it: (-(it.shown.share or 0), it.tile.code)),
        *sorted(without, key=lambda it: it.tile.code),
    ]


def _of_place(rows: Rows, code: str, least: int) -> Told | None:
    """Return what is known of the government of a place; of two under one code, the one that has a share."""
    own = [tell_share(row, least) for row in rows if row["region_code"] == code and not row["is_beside"]]
    return max(own, key=lambda told: told.is_shown, default=None)


def _chart(grid: Grid, covered: CoverageTiles, told: Mapping[str, Told | None]) -> TileChart:
    top = round_up(max((it.share or 0 for it in told.values() if it and it.is_shown), default=0), 0.05)
    return draw_tiles(
        grid, {tile.code: _shown(told[tile.code], tile.code, covered.year) for tile in grid.tiles}, top=top
    )


def _shown(told: Told | None, code: str, year: int) -> Shown:
    if told is None:
        return Shown("–", UNKNOWN, href="/-/coverage?" + urlencode({"year": year, "place": code}) + "#bodies")
    href = f"/gongkai/issuers/{told.row['issuer_id']}"
    if not told.is_shown:
        return Shown("–", UNKNOWN, href=href)
    return Shown(write_share(told.share), SHARE, told.share, href)
