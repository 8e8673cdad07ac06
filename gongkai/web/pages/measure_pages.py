"""A measure by place, `/-/regions`; of one report, with all its cells, `/-/rate/MEASURE/DOCUMENT`.

The tile of a place with a grid of its own, as a province has, is the median of the governments within it;
that of any other place is its own government's share. Each says of how many it is, or why there is none and
which year has one: what is not known is hatched.

    measure, report ─▶ its row of `rates_by_report` ─▶ the cells by the table of measures, as printed
                                                     └▶ the archived page, all of them marked
"""

from __future__ import annotations

import json
from collections import defaultdict
from fnmatch import fnmatchcase
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from datasette.utils.asgi import NotFound

from gongkai.web.language import pick_half
from gongkai.web.pages.coverage_page import chosen_grid, chosen_year, grids, newest_year, own_grid
from gongkai.web.pages.evidence_pages import Evidence, find_evidence
from gongkai.web.pages.page_queries import make_page
from gongkai.web.questions import Cells, Measure, Told, count_firsts, measures, pick_newest_year, tell_share
from gongkai.web.rendering.drawings import (
    SHARE,
    UNKNOWN,
    Grid,
    Shown,
    Tile,
    draw_tiles,
    find_parts,
    fit_ramp,
)
from gongkai.web.rendering.structured_cells import write_share
from gongkai.web.thresholds import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gongkai.web.pages.page_queries import Context, Rows, Visit
    from gongkai.web.rendering.words import Row

    Years = Mapping[int, Mapping[str | None, int]]


class Asked(NamedTuple):
    """What a reader asked the page for; `year` is None where nothing is covered."""

    measure: Measure
    year: int | None
    grid: str
    at_least: int

    @property
    def least(self) -> int:
        """The smallest denominator whose share is shown."""
        return self.at_least if self.measure.has_least else 0

    def address(self, **changes: object) -> str:
        """Return the address of the page with some of it asked for otherwise."""
        asked = {"measure": self.measure.key, "year": self.year, "grid": self.grid, "at_least": self.at_least}
        return "/-/regions?" + urlencode(
            {name: value for name, value in (asked | changes).items() if value is not None}
        )


class _PlaceShare(NamedTuple):
    """What is known of a place in a year.

    Attributes:
        tile: the place.
        own: of its own government; None where no report of it is held.
        ranked: the governments that its tile stands for, those within it or its own, the highest first.
        reports: of the governments within it, how many are held.
        places: how many places are within it; 0 for one that is not divided.
        years: those in which its tile has a share, the newest first.
        href: where its tile leads.
    """

    tile: Tile
    own: Told | None
    ranked: Sequence[Told]
    reports: int
    places: int
    years: Sequence[int]
    href: str

    @property
    def share(self) -> float | None:
        """What its tile shows: the median; None where there is none."""
        return median(told.share or 0 for told in self.ranked) if self.ranked else None

    @property
    def firsts(self) -> int:
        """How many of the governments share the first place."""
        return count_firsts([told.share for told in self.ranked])

    @property
    def shown(self) -> Shown:
        """Its tile."""
        if self.share is None:
            return Shown("–", UNKNOWN, href=self.href)
        note = f"n={len(self.ranked)}" if self.places else ""
        return Shown(write_share(self.share), SHARE, self.share, self.href, note)


@make_page("regions")
async def read_regions(visit: Visit) -> Context:
    """Return a measure by place: the tiles, their numbers ranked, and the bodies that have no tile."""
    years = [row["year"] for row in await visit.read_once("years")]
    asked = await _read_asked(visit)
    has_share = await _read_years(visit, asked)
    on_tiles = _count_on_tiles(has_share)
    newest = pick_newest_year(on_tiles)
    year = chosen_year(visit, years) or newest or await newest_year(visit.database)
    asked = asked._replace(year=year)
    all_grids = grids(visit.database)
    measured = {} if year is None else await _read_measure(visit, asked, year, has_share)
    return {
        "asked": asked,
        "measures": measures(),
        # The country first, whose tiles have grids of their own.
        "choices": sorted(all_grids.items(), key=lambda it: not find_parts(all_grids, it[1].tiles[0].code)),
        "trail": _find_above(all_grids, asked),
        "years": [(each, on_tiles.get(each, 0)) for each in years],
        "newest": newest,
        **measured,
    }


def _find_above(all_grids: Mapping[str, Grid], asked: Asked) -> tuple[str, str] | None:
    """Return title and address of the grid on which this one's region has a tile; None for none."""
    within = all_grids[asked.grid].within
    for key, grid in all_grids.items():
        if within in (tile.code for tile in grid.tiles):
            return pick_half(grid.title), asked.address(grid=key)
    return None


async def _read_asked(visit: Visit) -> Asked:
    """Read the arguments but for the year; what is not understood counts as not given."""
    least = visit.read_number("at_least", digits=6)
    return Asked(
        measure=measures().get(visit.read_text("measure"), measures()["denied"]),
        year=None,
        grid=await chosen_grid(visit),
        at_least=PAGES.least_denominator if least is None else least,
    )


async def _read_years(visit: Visit, asked: Asked) -> Years:
    """Return of how many governments each tile has a share, by year and code.

    Under None stands how many bodies have a share that counts for no tile.
    """
    all_grids = grids(visit.database)

    async def read() -> Years:
        rows = await visit.read_rows(
            f"{asked.measure.query}_years",
            measure=asked.measure.key,
            least=asked.least,
            places=_write_places(all_grids, asked.grid, with_own=False),
        )
        found: dict[int, dict[str | None, int]] = defaultdict(dict)
        for row in rows:
            found[row["year"]][row["tile"]] = row["bodies"]
        return found

    # Kept only for what links ask: any other number may be asked for, and there is no end of them.
    if asked.least not in (0, PAGES.least_denominator):
        return await read()
    key = ("years of places", asked.measure.key, asked.grid, asked.least)
    return await visit.database.once(key, read)


def _count_on_tiles(has_share: Years) -> dict[int, int]:
    return {year: sum(tiles.values()) - tiles.get(None, 0) for year, tiles in has_share.items()}


def _write_places(all_grids: Mapping[str, Grid], key: str, *, with_own: bool) -> str:
    """Return the divisions that a grid tells of, each with the code of its tile.

    Args:
        all_grids: by key.
        key: of the grid.
        with_own: whether a place that is divided is among them, and not those within it alone.
    """
    places: dict[str, str] = {}
    for tile in all_grids[key].tiles:
        parts = find_parts(all_grids, tile.code)
        places |= dict.fromkeys((part.code for part in all_grids[parts].tiles), tile.code) if parts else {}
        if with_own or not parts:
            places[tile.code] = tile.code
    return json.dumps(places)


async def _read_measure(visit: Visit, asked: Asked, year: int, has_share: Years) -> Context:
    all_grids = grids(visit.database)
    grid = all_grids[asked.grid]
    rows = await visit.read_rows(
        asked.measure.query,
        measure=asked.measure.key,
        year=year,
        places=_write_places(all_grids, asked.grid, with_own=True),
        most=PAGES.beside,
    )
    told = {tile.code: _tell_place(tile, rows, all_grids, asked, has_share) for tile in grid.tiles}
    places = told.values()
    shares = [place.share for place in places if place.share is not None]
    low, top = fit_ramp(shares)
    chart = draw_tiles(grid, {code: place.shown for code, place in told.items()}, low=low, top=top)
    beside = [tell_share(row, asked.least) for row in rows if row["is_beside"]]
    # Those that the page shows elsewhere than on a tile.
    apart = [*beside, *(place.own for place in places if place.places and place.own)]
    return {
        "told": told,
        "held": [code for code, place in told.items() if place.own or place.reports],
        "beside": sorted(beside, key=lambda it: it.row["issuer"]),
        "left_out": has_share.get(year, {}).get(None, 0) - sum(it.is_shown for it in apart),
        "chart": chart,
        # By their shares, the highest first; those without one after them.
        "ranked": sorted(
            chart.tiles, key=lambda it: (it.shown.share is None, -(it.shown.share or 0), it.tile.code)
        ),
        "has_parts": any(place.places for place in places),
        "found": _find_extremes(places),
        "names": {tile.code: tile.name for each in all_grids.values() for tile in each.tiles},
        "elsewhere": [] if shares else await _look_elsewhere(visit, asked),
    }


async def _look_elsewhere(visit: Visit, asked: Asked) -> list[tuple[str, str, int]]:
    """Return where the grid that pages open with has shares: title, address, of how many governments."""
    own = await own_grid(visit.database)
    has_share = await _read_years(visit, asked._replace(grid=own))
    counts = _count_on_tiles(has_share)
    newest = pick_newest_year(counts)
    if newest is None or own == asked.grid:
        return []
    return [(grids(visit.database)[own].title, asked.address(grid=own, year=newest), counts[newest])]


def _find_extremes(places: Iterable[_PlaceShare]) -> Context:
    """Return what a sentence says of the places: the median of all governments, of how many, the ends.

    Returns:
        `n` governments, their `median`, those with the `high`est and `low`est share, and how many `highs` and
        `lows` have the same; of none, `n` alone.
    """
    shown = sorted((told for place in places for told in place.ranked), key=lambda told: told.share or 0)
    if not shown:
        return {"n": 0}
    shares = [told.share for told in shown]
    return {
        "n": len(shown),
        "median": median(told.share or 0 for told in shown),
        "low": shown[0],
        "high": shown[-1],
        "lows": count_firsts(shares),
        "highs": count_firsts(shares[::-1]),
    }


def _tell_place(
    tile: Tile, rows: Rows, all_grids: Mapping[str, Grid], asked: Asked, has_share: Years
) -> _PlaceShare:
    here = [tell_share(row, asked.least) for row in rows if row["tile"] == tile.code]
    own = [it for it in here if it.row["region_code"] == tile.code]
    within = [it for it in here if it.row["region_code"] != tile.code]
    parts = find_parts(all_grids, tile.code)
    # Of two governments under one code, the one that has a share.
    government = max(own, key=lambda it: it.is_shown, default=None)
    told = within if parts else [government] if government else []
    # Where its tile leads: to the grid of its parts, to its government, or to what is known of it.
    href = "/-/coverage?" + urlencode({"year": asked.year, "place": tile.code}) + "#bodies"
    if parts:
        href = asked.address(grid=parts)
    elif government:
        href = f"/gongkai/issuers/{government.row['issuer_id']}"
    return _PlaceShare(
        tile=tile,
        own=government,
        ranked=sorted((it for it in told if it.is_shown), key=lambda it: -(it.share or 0)),
        reports=len(within),
        places=len(all_grids[parts].tiles) if parts else 0,
        years=[year for year in sorted(has_share, reverse=True) if tile.code in has_share[year]],
        href=href,
    )


class Term(NamedTuple):
    """A cell that a rate is made of.

    Attributes:
        fact: its row of `facts`.
        part: `above` or `below` the line; `beside` where it only has to be stated and to add up.
        sign: 1 where it is added, -1 where it is taken away, 0 beside.
        years_back: 1 in the report of the year before.
    """

    fact: Row
    part: str
    sign: int
    years_back: int


@make_page("rate", r"^/-/rate/(?P<measure>[a-z_]+)/(?P<document>[0-9a-f]+)$")
async def read_rate(visit: Visit) -> Context:
    """Return a rate of a report, its cells, where they stand in the archive, and what is wrong with them.

    Raises:
        NotFound: no such measure is made of cells, or the report has no row of it.
    """
    measure = measures().get(visit.request.url_vars["measure"])
    if measure is None or not measure.is_rate:
        raise NotFound("no such measure")
    asked = {"measure": measure.key, "document": visit.request.url_vars["document"]}
    report = await visit.read_first("report", **asked)
    if report is None:
        raise NotFound("no report of a body and year has that id")
    tables = [
        await visit.read_rows("cells", table=measure.table, document=document)
        for document in (report["document_id"], report["earlier_document_id"])
    ]
    terms = pick_terms(measure.cells, tables)
    evidence = await _find_all(visit.database, terms)
    facts = json.dumps([term.fact["id"] for term in terms])
    return {
        "measure": measure,
        "report": report,
        "terms": terms,
        "table": tables[0],
        "evidence": evidence,
        "checks": await visit.read_rows("checks", document=report["document_id"], facts=facts),
        "status": max((found.status for found in evidence), default=200),
    }


def pick_terms(cells: Sequence[Cells], tables: Sequence[Rows]) -> tuple[Term, ...]:
    """Return the cells of a measure, those above the line first, each in the order of its table.

    Args:
        cells: that the measure is made of.
        tables: the rows of `facts` of its table in the report, and in that of the year before.
    """
    return tuple(
        Term(fact, part, said.above or said.below, said.years_back)
        for part in ("above", "below", "beside")
        for said in cells
        if part == ("above" if said.above else "below" if said.below else "beside")
        for fact in tables[said.years_back]
        if fact["column_key"] == said.column and fnmatchcase(fact["row_key"], said.rows)
    )


async def _find_all(database: Any, terms: Sequence[Term]) -> list[Evidence]:
    """Return what the archive shows of the cells, of the report first."""
    by_capture: dict[str, list[tuple[Row, str]]] = {}
    for term in sorted(terms, key=lambda term: term.years_back):
        by_capture.setdefault(term.fact["capture_id"], []).append((term.fact, term.part))
    return [
        await find_evidence(database, capture, figures, "earlier" if number else "marked")
        for number, (capture, figures) in enumerate(by_capture.items())
    ]
