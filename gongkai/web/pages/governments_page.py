"""Public bodies by place, a dot a year, and two to six of them beside each other: `/-/governments`.

no ?id= ─▶ the list, all of it or the next divisions down: ?place= or ?q= narrows it
?id=…&id=… ─▶ a chart of each measure, or of that in ?measure=, in the order in which the bodies are named;
              with the table of its figures where those of all measures shown fit a page
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from gongkai.web.language import pick_half, tell
from gongkai.web.pages.coverage_page import name_place
from gongkai.web.pages.issuer_page import REQUESTS, Year, draw_measure, own_values, years_of
from gongkai.web.pages.page_queries import Queries, make_page, read_left_out
from gongkai.web.questions import measures
from gongkai.web.rendering.words import name_body
from gongkai.web.rendering.year_charts import Series
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import region_by_code, stem_of
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gongkai.web.pages.page_queries import Context, Visit
    from gongkai.web.rendering.words import Row


_GOVERNMENT = "government"


class Body(NamedTuple):
    """A body of which a report is held.

    Attributes:
        id: of the body.
        name: of the body.
        code: of its region; empty where it is not known.
        kind: `government`, `department`, …
        years: by year, its row of `coverage`.
    """

    id: str
    name: str
    code: str
    kind: str
    years: Mapping[int, Row]

    @property
    def depth(self) -> int:
        """How deep its division lies: 0 a province, 1 a city, 2 a county."""
        return 0 if self.code[2:] in {"", "0000"} else 1 if self.code[4:] == "00" else 2


class Division(FrozenStruct):
    """A province or a city, and the bodies in it.

    Attributes:
        code: of the region; empty for bodies whose region is not known.
        name: of the region.
        bodies: those that are listed: all, or its own government alone.
        count: how many there are.
        reports: how many reports of theirs are held.
    """

    code: str
    name: str
    bodies: tuple[Body, ...]
    count: int
    reports: int

    @property
    def foremost(self) -> list[Body]:
        """The bodies that one link sets beside each other, governments before others."""
        return sorted(self.bodies, key=lambda body: body.kind != _GOVERNMENT)[: PAGES.compared_bodies]


class Compared(NamedTuple):
    """A body that is compared, and its years as its own page tells them."""

    id: str
    name: str
    years: Mapping[int, Year]

    @property
    def short(self) -> str:
        """Its name beside a line, in the language of the request: 新乡市, Xinxiang."""
        return name_body(self.name.removesuffix("人民政府") or self.name)


@make_page("governments")
async def read_governments(visit: Visit) -> Context:
    """Return the bodies that are asked for beside each other, or all of them as a list."""
    asked = list(dict.fromkeys(visit.request.args.getlist("id")))
    held = await visit.database.once("bodies", lambda: _read_held(visit))
    found = {body.id: body for body in held}
    sought, place = visit.read_text("q"), visit.read_text("place")
    listed = [body for body in held if sought in body.name and body.code.startswith(stem_of(place))]
    known = [found[identity] for identity in asked if identity in found]
    chosen = known[: PAGES.compared_bodies]
    compared = await asyncio.gather(*(_read_years(visit.database, body) for body in chosen))
    titles = name_measures()
    # Those of which a report is held, the newest first.
    years = sorted(
        {year for body in compared for year, of in body.years.items() if of.document}, reverse=True
    )
    measure = visit.read_text("measure") if visit.read_text("measure") in titles else ""
    shown = [measure] if measure else list(titles)
    return {
        "sought": sought,
        "place": region_by_code(place),
        "years": sorted({year for body in listed for year in body.years}, reverse=True),
        "divisions": list_divisions(listed, len(stem_of(place))),
        "left_out": ()
        if sought or place
        else await read_left_out(visit.database, "no_body", "no_year", "rendition"),
        "compared": compared,
        "unknown": [identity for identity in asked if identity not in found],
        "too_many": len(known) - len(chosen),
        "all_years": years,
        "titles": titles,
        "measure_chosen": measure,
        "measures": {name: draw_compared(name, compared) for name in shown},
        "has_tables": len(shown) * len(compared) * len(years) <= PAGES.compared_cells,
        "most": PAGES.compared_bodies,
        "beside": find_beside(held, chosen, sought),
        "address": partial(_address, measure=measure),
    }


def name_measures() -> dict[str, str]:
    """Return what is compared and what it is called: new requests, and all that is made of cells."""
    rates = {name: pick_half(it.title) for name, it in measures().items() if it.is_rate}
    return {REQUESTS: tell("issuer.new_requests"), **rates}


def draw_compared(measure: str, compared: Sequence[Compared]) -> Context | None:
    """Draw one measure of several bodies; None where none has a figure.

    Returns:
        The `chart`, and the `figures` of one `year`, the highest first: (body, text). It is the newest of
        which more than half of them have one; else the newest of which most have.
    """
    # Two bodies may have one short name: the districts of two cities.
    values = [own_values(body.years.values(), measure) for body in compared]
    lines = enumerate(zip(compared, values, strict=True), start=1)
    chart = draw_measure(measure, [Series(str(number), body.short, own) for number, (body, own) in lines])
    if chart is None:
        return None
    held = Counter(year for own in values for year in own)
    # From so many on, more bodies weigh no more: the newest of such years is told.
    half = len(compared) // 2 + 1
    year = max(held, key=lambda each: (min(held[each], half), each))
    cells = [(body.years[year].cells[measure], body) for body in compared if year in body.years]
    stated = [(cell.amount, cell.told, body.short) for cell, body in cells if cell.amount is not None]
    stated.sort(key=lambda figure: -figure[0])
    return {"chart": chart, "year": year, "figures": [(short, told) for _, told, short in stated]}


async def _read_held(queries: Queries) -> list[Body]:
    rows = await queries.read_rows("held")
    return [
        Body(identity, of_body[0]["issuer"], of_body[0]["region_code"] or "", of_body[0]["kind"], years)
        for identity, group in groupby(rows, key=lambda row: row["issuer_id"])
        for of_body in [list(group)]
        for years in [{row["year"]: row for row in of_body}]
    ]


def list_divisions(bodies: Sequence[Body], digits: int) -> tuple[Division, ...]:
    """Return bodies by the next division down, each with all of its bodies where the whole list is short.

    Args:
        bodies: in the order of their codes.
        digits: how many of a code the place has: 0 for the country, 2 for a province, 4 for a city.
    """
    is_whole = len(bodies) <= PAGES.listed_bodies or digits > 2
    # A county has no divisions that are listed: it stands under its city.
    divisions = groupby(bodies, key=lambda body: body.code[: min(digits + 2, 4)])
    return tuple(_division(stem, tuple(within), is_whole=is_whole) for stem, within in divisions)


def _division(stem: str, within: tuple[Body, ...], *, is_whole: bool) -> Division:
    code = stem and stem.ljust(6, "0")
    listed = (
        within
        if is_whole
        else tuple(body for body in within if body.kind == _GOVERNMENT and body.code == code)
    )
    return Division(code, name_place(code), listed, len(within), sum(len(body.years) for body in within))


def find_beside(held: Iterable[Body], chosen: Sequence[Body], sought: str) -> list[Body]:
    """Return bodies that may be added: those of a name, else those of the kind and level of the first.

    Args:
        held: all bodies, in the order of their codes.
        chosen: those that are compared.
        sought: what the name of those sought holds; empty for any.
    """
    if not chosen:
        return []
    first = chosen[0]
    near = [
        body
        for body in held
        if body not in chosen
        and (sought in body.name if sought else (body.kind, body.depth) == (first.kind, first.depth))
    ]
    # Of the same province first, then those with most years in common.
    near.sort(
        key=lambda body: (body.code[:2] != first.code[:2], -len(body.years.keys() & first.years.keys()))
    )
    return near[: PAGES.beside]


async def _read_years(database: Any, body: Body) -> Compared:
    """Read the years of a body as its own page tells them."""
    rows = await Queries(database, "row-issuers").read_answers(
        "coverage", "applications", "requests", "rates", id=body.id
    )
    years = years_of(rows, {}, [name for name in name_measures() if name != REQUESTS])
    return Compared(body.id, body.name, {year.year: year for year in years})


def _address(bodies: Iterable[Compared | Body], measure: str) -> str:
    chosen = [("measure", measure)] if measure else []
    return "/-/governments?" + urlencode([*(("id", body.id) for body in bodies), *chosen])
