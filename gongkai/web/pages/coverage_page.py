"""What a grid of tiles shows of the coverage, and which grid a corpus is shown on."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from archive.site_files import site_folder
from gongkai.web.pages.page_queries import Queries, make_page, read_left_out, write_address, write_condition
from gongkai.web.questions import pick_newest_year
from gongkai.web.rendering.drawings import (
    NOT_FOUND,
    SHARE,
    UNKNOWN,
    Grid,
    Shown,
    draw_tiles,
    find_smallest_grid,
    read_grids,
)
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import region_by_code, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gongkai.web.pages.page_queries import Context, Rows, Visit
    from gongkai.web.rendering.words import Row
    from gongkai.web.server.served import ServedDatabase


class Counted(Counter[str]):
    """How many bodies are in which state of `coverage`."""

    @property
    def due(self) -> int:
        """Bodies whose deadline has passed."""
        return self.total() - self["not_due"]

    @property
    def held(self) -> int:
        """Bodies whose report is held and read."""
        return self["held"] + self["late"]

    @property
    def kind(self) -> str:
        """What a tile shows: that none was found only where all lists were looked through."""
        if self.held:
            return SHARE
        return NOT_FOUND if 0 < self["missing"] == self.due else UNKNOWN


def _ask(database: ServedDatabase) -> Queries:
    return Queries(database, "coverage")


def grids(database: ServedDatabase) -> dict[str, Grid]:
    """Return the grids by their keys: the operator's own (`DATA/tiles.yaml`), then those of the site."""
    return _read_grids(database.data.root)


@cache
def _read_grids(data: Path) -> dict[str, Grid]:
    return read_grids(data / "tiles.yaml", site_folder() / "tiles.yaml")


async def own_grid(database: ServedDatabase) -> str:
    """Return the key of the smallest grid that holds every body of which a report is held."""

    async def find() -> str:
        rows = await _ask(database).read_rows("codes")
        return find_smallest_grid(grids(database), [row["region_code"] for row in rows])

    return await database.once("own grid", find)


async def newest_year(database: ServedDatabase) -> int | None:
    """Return the year that pages open with: the newest of which enough governments have a share to tell of.

    Where none has one, it is the newest that is over and of which something is held; None where nothing is.
    """

    async def find() -> int | None:
        ranked = await _ask(database).read_rows("ranked", least=PAGES.least_denominator)
        newest = pick_newest_year({row["year"]: row["bodies"] for row in ranked})
        found = await _ask(database).read_first("year")
        return newest or (found["year"] if found else None)

    return await database.once("newest year", find)


async def read_tiles(database: ServedDatabase, grid: Grid, year: int) -> Context:
    """Return the coverage of a year on a grid.

    Returns:
        `chart`, where a share is that of the bodies of a place whose report is held; `counts` of each tile by
        code, of all bodies in the place, those below it too; `told`, of all tiles; `elsewhere`, of bodies
        whose place has no tile; `beside`, rows of bodies without a code of their own, which are on no tile,
        those first of which something is known; each says how many `bodies` there are in all, and how many
        are `held`.
    """
    queries = _ask(database)
    rows = await queries.read_rows("states", year=year)
    counts = {
        tile.code: count_states(row for row in rows if row["region_code"].startswith(tile.stem))
        for tile in grid.tiles
    }
    stems = tuple(tile.stem for tile in grid.tiles)
    inside = [row for row in rows if row["region_code"].startswith(stems)]
    outside = [row for row in rows if not row["region_code"].startswith(stems)]
    shown = {
        code: Shown(
            text=f"{counted.held}/{counted.due}" if counted.due else "–",
            kind=counted.kind,
            share=counted.held / counted.due if counted.held else None,
            href="/-/coverage?" + urlencode({"year": year, "place": code}) + "#bodies",
        )
        for code, counted in counts.items()
    }
    return {
        "chart": draw_tiles(grid, shown),
        "counts": counts,
        "told": count_states(inside),
        "elsewhere": count_states(outside),
        "beside": await queries.read_rows("beside", year=year, most=PAGES.beside),
    }


def count_states(rows: Iterable[Row]) -> Counted:
    """Add up rows of `state` and `bodies`."""
    states = Counted()
    for row in rows:
        states[row["state"]] += row["bodies"]
    return states


# Who published, who is late, who is missing, who blocks us, and what was not looked at: `/-/coverage`.

NO_CODE = "none"
"""The choice of the bodies without a code of a region."""

STATES = ("held", "late", "missing", "blocked", "waiting", "not_looked", "not_due")
"""The states of `coverage` in the order in which they are told."""


class Asked(NamedTuple):
    """What a reader asked the page for; what is not understood counts as not given.

    Attributes:
        year: reported on; None where nothing is covered.
        place: the code of a region, `none` for the bodies without one, or empty for all.
        state: of `coverage`, `all`, or empty for the bodies of which something is known.
        grid: the key of one.
    """

    year: int | None
    place: str
    state: str
    grid: str


@make_page("coverage")
async def read_coverage(visit: Visit) -> Context:
    """Return the coverage of a year by place and by body, the reasons of what is not held, and the roster."""
    years = [row["year"] for row in await visit.read_rows("years")]
    place, state = visit.read_text("place"), visit.read_text("state")
    asked = Asked(
        chosen_year(visit, years) or await newest_year(visit.database),
        place if place == NO_CODE or region_by_code(place) else "",
        state if state in {*STATES, "all"} else "",
        await chosen_grid(visit),
    )
    of_year = {} if asked.year is None else await _read_year(visit, asked, asked.year)
    return {
        "asked": asked,
        "address": partial(write_address, "/-/coverage", asked._asdict()),
        "place_name": "" if asked.place == NO_CODE else name_place(asked.place),
        "states": STATES,
        "years": years,
        "roster": await visit.read_rows("roster"),
        **of_year,
    }


async def chosen_grid(visit: Visit) -> str:
    """Return the key of the grid that is asked for; that of the corpus where it is none."""
    asked = visit.read_text("grid")
    return asked if asked in grids(visit.database) else await own_grid(visit.database)


def chosen_year(visit: Visit, years: Sequence[int]) -> int | None:
    """Return the year that is asked for; None where it is none of those that there are."""
    return {str(year): year for year in years}.get(visit.read_text("year"))


async def _read_year(visit: Visit, asked: Asked, year: int) -> Context:
    read, most, all_grids = visit.read_rows, PAGES.coverage_bodies, grids(visit.database)
    # What the codes of the place begin with; `-` for bodies without one.
    here = {"year": year, "place": "-" if asked.place == NO_CODE else stem_of(asked.place)}
    [listed] = await read("listed", **here, state=asked.state)
    page = visit.read_page(listed["bodies"], most)
    skip = (page - 1) * most
    bodies = await read("bodies", **here, state=asked.state, most=most, skip=skip)
    cells = await read("cells", ids=json.dumps([body["issuer_id"] for body in bodies]))
    [not_listed] = await read("not_listed")
    return {
        "counted": count_states(await read("counts", **here)),
        "tiles": await read_tiles(visit.database, all_grids[asked.grid], year),
        "stem": here["place"],
        "grids": all_grids,
        "provinces": [(row["code"], name_place(row["code"])) for row in await read("provinces")],
        "bodies": bodies,
        "listed": listed["bodies"],
        "page": page,
        "cells": _by_body(cells),
        "is_last": skip + most >= listed["bodies"],
        "without_code": write_condition("coverage", "without_code"),
        "whys": await read("whys", **here),
        "reasons": await read("reasons", **here, most=PAGES.coverage_reasons),
        "not_listed": not_listed["bodies"],
        "left_out": await read_left_out(visit.database, "no_body", "no_year", "rendition", year=str(year)),
    }


def _by_body(cells: Rows) -> dict[str, dict[int, Row]]:
    found: dict[str, dict[int, Row]] = {}
    for cell in cells:
        found.setdefault(cell["issuer_id"], {})[cell["year"]] = cell
    return found


def name_place(code: str) -> str:
    """Return the name of a place; its code where it has none."""
    region = region_by_code(code)
    return region.name if region else code
