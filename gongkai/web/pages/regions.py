"""A measure by place, on a grid of tiles with the table of the same numbers: `/-/regions`.

Most measures are shares of the report of the place's own government. The share of reports held is one of all
bodies in the place. Each says of how many it is, or why there is none: what is not known is hatched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from archive.site_files import DATABASE
from gongkai.web.pages import coverage_page
from gongkai.web.pages.coverage_page import (
    CoverageTiles,
    coverage_tiles,
    grids,
    newest_year,
    own_grid,
)
from gongkai.web.pages.page import read_rows, whole_number
from gongkai.web.rendering.chart_scales import round_up
from gongkai.web.rendering.structured_cells import share
from gongkai.web.rendering.tile_grid import SHARE, UNKNOWN, Shown, TileChart, draw_tiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gongkai.web.pages.page import Rows
    from gongkai.web.rendering.tile_grid import DrawnTile, Grid

COVERED = "covered"
LEAST = 20
"""The smallest denominator that a share is shown of, unless the reader asks otherwise."""

_YEARS = "SELECT DISTINCT year FROM coverage ORDER BY year DESC"
_NEWEST = """
    SELECT region_code, max(year) AS year FROM coverage
    WHERE kind = 'government' AND region_code IS NOT NULL AND state IN ('held', 'late')
    GROUP BY region_code"""

# The bodies that a share may be told of: the governments of the places of a grid, and bodies without a code
# of their own that report on the year, which never stand for the place that they lie in. A township's code
# is that of its county.
_BODIES = """
    SELECT id AS issuer_id, name AS issuer, region_code, 0 AS is_beside, 0 AS bodies FROM issuers
    WHERE kind = 'government' AND level IS NOT 'township'
        AND region_code IN (SELECT value FROM json_each(:codes))
    UNION ALL
    SELECT * FROM (
        SELECT i.id, i.name, i.region_code, 1, count(*) OVER ()
        FROM issuers AS i JOIN coverage AS c ON c.issuer_id = i.id AND c.year = :year
        WHERE c.document_id IS NOT NULL AND i.kind IN ('government', 'committee')
            AND i.level IS NOT 'township' AND (i.region_code IS NULL OR i.kind = 'committee')
        ORDER BY i.name LIMIT :most
    )"""

_RATES = f"""
    SELECT b.*, r.numerator, r.denominator, r.numerator_fact, r.denominator_fact, r.unranked, r.why,
           r.document_id
    FROM ({_BODIES}) AS b JOIN rates_by_report AS r
        ON r.measure = :measure AND r.issuer_id = b.issuer_id AND r.year = :year"""  # noqa: S608 constants
_NEW_TEXT = f"""
    SELECT b.*, n.prose_new AS numerator, n.prose_chars AS denominator,
           CASE WHEN n.previous_document_id IS NULL THEN 'no_earlier' END AS unranked,
           CASE WHEN n.previous_document_id IS NULL
               THEN '未收录上年报告 / the report of the year before is not held' END AS why, n.document_id
    FROM ({_BODIES}) AS b JOIN novelty_by_report AS n ON n.issuer_id = b.issuer_id AND n.year = :year
    WHERE n.document_id = (
        SELECT document_id FROM coverage WHERE issuer_id = b.issuer_id AND year = :year)"""  # noqa: S608 constants
_FAILING = f"""
    SELECT *, CASE WHEN denominator = 0 THEN 'not_stated' END AS unranked,
           CASE WHEN denominator = 0 THEN '没有可以检验的数字 / no figures that could be checked' END AS why
    FROM (
        SELECT b.*, count(*) FILTER (WHERE k.outcome = 'fail') AS numerator,
               count(*) FILTER (WHERE k.outcome <> 'not_testable') AS denominator, c.document_id
        FROM ({_BODIES}) AS b
        JOIN coverage AS c ON c.issuer_id = b.issuer_id AND c.year = :year
        JOIN documents AS d ON d.id = c.document_id
        LEFT JOIN checks AS k ON k.version_id = d.current_version_id AND k.severity = 'error'
        GROUP BY b.issuer_id
    )"""  # noqa: S608 constants


@dataclass(frozen=True, slots=True)
class Measure:
    """What tiles may show.

    Attributes:
        key: in the address, and of its texts in the table of strings: `regions.KEY` and `regions.KEY_is`.
        sql: its rows, for `:year` (and `:measure`, the key); None for the share of reports held.
        has_least: whether a small denominator makes the share say too little to be shown.
    """

    key: str
    sql: str | None
    has_least: bool = True


MEASURES = {
    measure.key: measure
    for measure in (
        Measure(COVERED, None, has_least=False),
        Measure("disclosed", _RATES),
        Measure("denied", _RATES),
        Measure("not_obtained", _RATES),
        Measure("not_held", _RATES),
        Measure("review_corrected", _RATES),
        Measure("litigation_corrected", _RATES),
        Measure("new_text", _NEW_TEXT, has_least=False),
        Measure("failing_checks", _FAILING, has_least=False),
    )
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one body.

    Attributes:
        row: its row: body, numerator, denominator, why there is no share, document.
        share: of the counts, from 0 to 1, unrounded; None where there is none.
        is_shown: whether its share is shown.
        is_small: whether the denominator is too small for that.
    """

    row: Mapping[str, Any]
    share: float | None
    is_shown: bool
    is_small: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked the page for."""

    measure: Measure
    year: int | None
    grid: str
    at_least: int


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/regions`."""
    database = datasette.databases[DATABASE]
    years = [row["year"] for row in await read_rows(database, _YEARS, {})]
    asked = await _asked(database, request.args, years)
    context: dict[str, Any] = {
        "asked": asked,
        "measures": MEASURES,
        "grids": grids(),
        "years": years,
        "sha256": database.hash,
    }
    if asked.year is not None:
        context |= await _measured(database, asked, asked.year)
    return Response.html(await datasette.render_template("regions.html", context, request=request))


async def _asked(database: Any, given: Mapping[str, str], years: list[int]) -> Asked:
    """Read the arguments; what is not understood counts as not given."""
    year, measure, grid = (given.get(name) or "" for name in ("year", "measure", "grid"))
    least = whole_number(given.get("at_least"), digits=6)
    grid = grid if grid in grids() else await own_grid(database)
    return Asked(
        measure=MEASURES.get(measure, MEASURES["denied"]),
        year=int(year) if year in {str(each) for each in years} else await _newest(database, grids()[grid]),
        grid=grid,
        at_least=LEAST if least is None else least,
    )


async def _newest(database: Any, grid: Grid) -> int | None:
    """Return the newest year that a government with a tile reports on; where there is none, that of all."""
    codes = {tile.code for tile in grid.tiles}
    rows = await read_rows(database, _NEWEST, {})
    newest = max((row["year"] for row in rows if row["region_code"] in codes), default=None)
    return await newest_year(database) if newest is None else newest


async def _measured(database: Any, asked: Asked, year: int) -> dict[str, Any]:
    grid = grids()[asked.grid]
    covered = await coverage_tiles(database, grid, year)
    if asked.measure.sql is None:
        return {
            "covered": covered,
            "chart": covered.chart,
            "ranked": ranked(covered.chart),
            "told": {},
            "beside": [],
        }
    codes = json.dumps([tile.code for tile in grid.tiles])
    values = {"measure": asked.measure.key, "year": year, "codes": codes, "most": coverage_page.BESIDE_SHOWN}
    rows = await read_rows(database, asked.measure.sql, values)
    least = asked.at_least if asked.measure.has_least else 0
    told = {tile.code: _of_place(rows, tile.code, least) for tile in grid.tiles}
    beside = [tell(row, least) for row in rows if row["is_beside"]]
    chart = _chart(grid, covered, told)
    return {
        "covered": covered,
        "told": told,
        "beside": sorted(beside, key=lambda it: it.row["issuer"]),
        "chart": chart,
        "ranked": ranked(chart),
    }


def ranked(chart: TileChart) -> list[DrawnTile]:
    """Return the tiles by their shares, the highest first; those without one after them, by code."""
    with_share = [it for it in chart.tiles if it.shown.share is not None]
    without = [it for it in chart.tiles if it.shown.share is None]
    return [
        *sorted(with_share, key=lambda it: (-(it.shown.share or 0), it.tile.code)),
        *sorted(without, key=lambda it: it.tile.code),
    ]


def tell(row: Mapping[str, Any], least: int) -> Told:
    """Decide whether a share is shown: it is one, its cells agree, and its denominator is large enough."""
    has_one = row["unranked"] is None and bool(row["denominator"])
    is_small = has_one and row["denominator"] < least
    unrounded = row["numerator"] / row["denominator"] if has_one else None
    return Told(row, unrounded, has_one and not is_small, is_small)


def _of_place(rows: Rows, code: str, least: int) -> Told | None:
    """Return what is known of the government of a place; of two under one code, the one that has a share."""
    own = [tell(row, least) for row in rows if row["region_code"] == code and not row["is_beside"]]
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
    return Shown(share(told.share), SHARE, told.share, href)
