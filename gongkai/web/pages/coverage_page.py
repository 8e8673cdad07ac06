"""What a grid of tiles shows of the coverage, and which grid a corpus is shown on."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from archive.site_files import DATABASE, site_folder
from gongkai.web.pages.page import read_rows, whole_number
from gongkai.web.rendering.tile_grid import (
    NOT_FOUND,
    SHARE,
    UNKNOWN,
    Grid,
    Shown,
    TileChart,
    draw_tiles,
    find_smallest_grid,
    read_grids,
    stem_of,
)
from pipelines.bodies.regions import region_by_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gongkai.web.pages.page import Rows


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
    return find_smallest_grid(grids(), [row["region_code"] for row in await read_rows(database, _CODES, {})])


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
    return CoverageTiles(year, grid, draw_tiles(grid, shown), counts, beside)


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


# Who published, who is late, who is missing, who blocks us, and what was not looked at: `/-/coverage`.

BODIES_OF_A_PAGE = 50
REASONS_SHOWN = 50
NO_CODE = "none"
"""The choice of the bodies without a code of a region."""

STATES = ("held", "late", "missing", "blocked", "waiting", "not_looked", "not_due")
"""The states of `coverage` in the order in which they are told."""

# `place` is what the codes begin with, or `-` for bodies without one.
_HERE = "CASE :place WHEN '-' THEN region_code IS NULL ELSE ifnull(region_code, '') GLOB :place || '*' END"
_COUNTS = f"""
    SELECT state, count(*) AS bodies FROM coverage WHERE year = :year AND {_HERE} GROUP BY state"""  # noqa: S608 a constant
_YEARS = "SELECT DISTINCT year FROM coverage ORDER BY year DESC"
_PROVINCES = """
    SELECT DISTINCT substr(region_code, 1, 2) || '0000' AS code FROM coverage
    WHERE region_code IS NOT NULL ORDER BY code"""
# Bodies of which something is known in some year; asked for a state, those that are in it in the year.
_BODIES = f"""
    SELECT issuer_id, issuer, count(*) OVER () AS bodies,
           EXISTS (SELECT 1 FROM issuers WHERE id = coverage.issuer_id) AS has_page
    FROM coverage WHERE {_HERE} GROUP BY issuer_id
    HAVING CASE :state
        WHEN '' THEN max(state NOT IN ('not_looked', 'not_due'))
        WHEN 'all' THEN 1
        ELSE max(year = :year AND state = :state) END
    ORDER BY region_code IS NULL, region_code, kind <> 'government', issuer
    LIMIT {BODIES_OF_A_PAGE} OFFSET :skip"""  # noqa: S608 constants
_CELLS = """
    SELECT issuer_id, year, state, document_id, why FROM coverage
    WHERE issuer_id IN (SELECT value FROM json_each(:ids))"""
_WHYS = f"""
    SELECT state, why, count(*) AS bodies FROM (
        SELECT state, CASE WHEN state = 'missing' THEN NULL ELSE why END AS why FROM coverage
        WHERE year = :year AND {_HERE} AND state NOT IN ('held', 'late')
    ) GROUP BY state, why ORDER BY bodies DESC, state, why"""  # noqa: S608 a constant
# The capture that shows it: of a report, its own; of a portal that blocks, the newest that brought nothing;
# of one that was looked through, the newest of a list.
_REASONS = f"""
    SELECT c.issuer_id, c.issuer, c.state, c.why, c.published_on, c.due_on, c.document_id, d.title, d.url,
           d.first_seen, k.id AS capture_id, k.fetched_at, k.outcome,
           EXISTS (SELECT 1 FROM issuers WHERE id = c.issuer_id) AS has_page, count(*) OVER () AS reasons
    FROM (
        SELECT * FROM coverage
        WHERE year = :year AND {_HERE} AND state IN ('late', 'missing', 'blocked', 'waiting')
    ) AS c
    LEFT JOIN documents AS d ON d.id = c.document_id
    LEFT JOIN captures AS k ON k.id = CASE WHEN c.document_id IS NOT NULL
        THEN (SELECT id FROM captures WHERE document_id = c.document_id ORDER BY fetched_at DESC, id LIMIT 1)
        ELSE (SELECT n.id FROM portals AS p JOIN captures AS n ON n.portal_id = p.id
              WHERE p.issuer_id = c.issuer_id AND CASE c.state WHEN 'blocked'
                  THEN n.outcome NOT IN ('ok', 'not_modified', 'redirected') ELSE n.role = 'list' END
              ORDER BY n.fetched_at DESC, n.id LIMIT 1) END
    ORDER BY c.state, c.region_code IS NULL, c.region_code, c.issuer LIMIT :most"""  # noqa: S608 a constant
_ROSTER = """
    SELECT level, kind, count(*) AS bodies, min(from_year) AS first_year,
           count(DISTINCT substr(region_code, 1, 2)) AS provinces,
           min(substr(region_code, 1, 2)) || '0000' AS province
    FROM roster GROUP BY level, kind ORDER BY min(region_code), bodies DESC"""
_NOT_LISTED = """
    SELECT count(DISTINCT issuer_id) AS bodies FROM coverage
    WHERE issuer_id NOT IN (SELECT issuer_id FROM roster)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked the page for.

    Attributes:
        year: the year reported on; None where nothing is covered.
        place: a code of a region, `none` for the bodies without one, or empty for all.
        state: a state of `coverage`, `all`, or empty for the bodies of which something is known.
        grid: the key of a grid.
        page: of the matrix, from 1.
    """

    year: int | None
    place: str
    state: str
    grid: str
    page: int

    @property
    def stem(self) -> str:
        """What the codes of the place begin with; `-` for bodies without one."""
        return "-" if self.place == NO_CODE else stem_of(self.place)

    @property
    def place_name(self) -> str:
        """The name of the place; empty where it has none."""
        region = region_by_code(self.place)
        return region.name if region else ""

    def address(self, **changes: object) -> str:
        """Return the address of the page with some of it asked for otherwise."""
        asked = {"year": self.year, "place": self.place, "state": self.state, "grid": self.grid} | changes
        return "/-/coverage?" + urlencode({name: value for name, value in asked.items() if value})


async def respond(datasette: Any, request: Any) -> Response:
    """Answer `/-/coverage`."""
    database = datasette.databases[DATABASE]
    asked = await _asked(database, request.args)
    context = {"asked": asked, "states": STATES, "sha256": database.hash}
    context["roster"] = await read_rows(database, _ROSTER, {})
    if asked.year is not None:
        context |= await _year(database, asked, asked.year)
    return Response.html(await datasette.render_template("coverage.html", context, request=request))


async def _asked(database: Any, given: Mapping[str, str]) -> Asked:
    """Read the arguments; what is not understood counts as not given."""
    years = [row["year"] for row in await read_rows(database, _YEARS, {})]
    year, place, grid = (given.get(name) or "" for name in ("year", "place", "grid"))
    return Asked(
        year=int(year) if year in {str(each) for each in years} else await newest_year(database),
        place=place if place == NO_CODE or region_by_code(place) else "",
        state=state if (state := given.get("state") or "") in {*STATES, "all"} else "",
        grid=grid if grid in grids() else await own_grid(database),
        page=whole_number(given.get("page"), digits=4) or 1,
    )


async def _year(database: Any, asked: Asked, year: int) -> dict[str, Any]:
    here = {"year": year, "place": asked.stem}
    bodies = await read_rows(
        database,
        _BODIES,
        {**here, "state": asked.state, "skip": (asked.page - 1) * BODIES_OF_A_PAGE},
    )
    cells = await read_rows(database, _CELLS, {"ids": json.dumps([body["issuer_id"] for body in bodies])})
    years = [row["year"] for row in await read_rows(database, _YEARS, {})]
    provinces = [row["code"] for row in await read_rows(database, _PROVINCES, {})]
    return {
        "counted": count_states(await read_rows(database, _COUNTS, here)),
        "tiles": await coverage_tiles(database, grids()[asked.grid], year),
        "grids": grids(),
        "years": years,
        "provinces": [(code, _name_of(code)) for code in provinces],
        "bodies": bodies,
        "cells": _by_body(cells),
        "more": bool(bodies) and asked.page * BODIES_OF_A_PAGE < bodies[0]["bodies"],
        "whys": await read_rows(database, _WHYS, here),
        "reasons": await read_rows(database, _REASONS, {**here, "most": REASONS_SHOWN}),
        "not_listed": (await read_rows(database, _NOT_LISTED, {}))[0]["bodies"],
    }


def _by_body(cells: Rows) -> dict[str, dict[int, dict[str, Any]]]:
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for cell in cells:
        found.setdefault(cell["issuer_id"], {})[cell["year"]] = cell
    return found


def _name_of(code: str) -> str:
    region = region_by_code(code)
    return region.name if region else code
