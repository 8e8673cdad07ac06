"""The first page: three findings of a year, my city, what changed last night; and which body a reader means.

year ─▶ rates, failing checks, copied text of its reports ─▶ three findings: sentence, bars, proof
runs ─▶ the last night ─▶ what happened in it
`/-/find?place=` ─▶ the page of a body where one is meant, else the list of those that may be
"""

from __future__ import annotations

import json
import re
from statistics import median
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from gongkai.web.language import mark_chinese, say
from gongkai.web.pages.coverage_page import chosen_year, grids, newest_year, own_grid, read_tiles
from gongkai.web.pages.page_queries import make_page, read_left_out
from gongkai.web.questions import count_firsts, questions, tell_share
from gongkai.web.rendering.structured_cells import write_share
from gongkai.web.rendering.words import name_body, name_document
from gongkai.web.thresholds import PAGES
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from gongkai.web.pages.page_queries import Context, Queries, Rows, Visit
    from gongkai.web.rendering.words import Row

QUESTIONS = ("refused_most", "sums_that_differ", "least_new_text", "published_late", "figures_changed")
"""The canned queries that the first page leads to."""


class Bar(FrozenStruct):
    """A report that leads.

    Attributes:
        row: of the report: `issuer`, `year`, `title`, `url`.
        amount: how long the bar is.
        text: what is written at its end.
        href: where that is proved.
    """

    row: Row
    amount: float
    text: str
    href: str


class Finding(FrozenStruct):
    """What the reports of a year come to in one respect.

    Attributes:
        name: `refused`, `sums` or `copied`: of its texts `front.NAME_…`, and of its picture.
        case: which sentence tells it.
        year: of the reports; None for all years.
        values: what is put into that.
        bars: of those that lead, the first first.
        page: where all of it stands.
        middle: the median, on the axis of the bars; None where there is none to tell.
        firsts: how many reports share the first place.
    """

    name: str
    case: str
    year: int | None
    values: Context
    bars: Sequence[Bar]
    page: str
    middle: float | None = None
    firsts: int = 1

    @property
    def sentence(self) -> Markup:
        """The finding in the language of the request."""
        when = say("front.all_years") if self.year is None else say("front.in_year", year=str(self.year))
        leader: Context = {}
        for first in self.bars[:1]:
            body = mark_chinese(self.name_report(first.row))
            if self.firsts != 1:
                body = say("front.tied", body=body, n=self.firsts)
            leader = {"body": body, "top": first.text}
        return say(f"front.{self.name}_{self.case}", when=when, **leader, **self.values)

    def name_report(self, row: Row) -> str:
        """Return what a reader knows a report by: its body, else its title; of all years its year, too."""
        known = name_body(row["issuer"]) if row["issuer"] else name_document(row)
        return known if self.year else f"{known} {row['year'] or ''}".strip()

    @property
    def more(self) -> str:
        """The address where all of it stands."""
        return f"{self.page}?year={self.year or ''}"


@make_page("index", r"^/$")
async def read_front(visit: Visit) -> Context:
    """Return what the first page shows of the year that is asked for, or of the newest that tells enough.

    It is the same for all readers, in both languages, and counts the whole corpus. Datasette's own view of
    the page asks for the permissions of every table, which takes longer than all that is shown here.
    """
    database = visit.database
    parts = await database.once("front", lambda: _read_parts(visit))
    year = chosen_year(visit, [row["year"] for row in parts["years"]]) or await newest_year(database)
    of_year = {} if year is None else await database.once(("front", year), lambda: _read_year(visit, year))
    return {"front": {**parts, **of_year}, "year": year}


async def _read_parts(queries: Queries) -> Context:
    """Return what does not depend on the year: counts, what happened, questions."""
    known = questions().queries
    names = ("totals", "kinds", "changes", "newest", "years", "last_night")
    return {
        **await queries.read_answers(*names, days=1),
        "questions": [known[name] for name in QUESTIONS],
        "left_out": await read_left_out(queries.database, "no_body", "no_year", "rendition"),
    }


async def _read_year(queries: Queries, year: int) -> Context:
    """Return the findings of a year, with those of all years beside each that no report leads."""
    database = queries.database
    makers = (_find_refusals, _find_differences, _find_copies)
    rows = await queries.read_answers(*_FINDINGS, year=year)
    of_year = [find(rows, year) for find in makers]
    if not all(finding.bars for finding in of_year):
        rows = await database.once("all years", lambda: queries.read_answers(*_FINDINGS, year=None))
    findings = [
        (finding, None if finding.bars else find(rows, None))
        for find, finding in zip(makers, of_year, strict=True)
    ]
    tiles = await read_tiles(database, grids(database)[await own_grid(database)], year)
    return {"findings": findings, "tiles": tiles}


_FINDINGS = ("rates", "failing", "tested", "copied", "followed")


def _find_refusals(rows: Mapping[str, Rows], year: int | None) -> Finding:
    told = [it for row in rows["rates"] if (it := tell_share(row, PAGES.least_denominator)).is_shown]
    told.sort(key=lambda it: (-(it.share or 0), it.row["issuer"]))
    bars = [
        Bar(it.row, it.share or 0, write_share(it.share), f"/-/rate/denied/{it.row['document_id']}")
        for it in told[: PAGES.front_bars]
    ]
    n = len(told)
    middle = median(it.share or 0 for it in told) if n >= PAGES.neighbours else None
    case = ("none", "one")[n] if n < 2 else "few" if middle is None else "many"
    values = {"n": n, "left_out": len(rows["rates"]) - n, "median": write_share(middle)}
    firsts = count_firsts([it.share for it in told])
    return Finding("refused", case, year, values, bars, "/gongkai/refused_most", middle, firsts)


def _find_differences(rows: Mapping[str, Rows], year: int | None) -> Finding:
    failing, tested = rows["failing"], rows["tested"][0]["reports"]
    bars = [
        Bar(
            row,
            row["identities"],
            f"{row['identities']:,}",
            f"/gongkai/documents/{row['document_id']}#checks",
        )
        for row in failing[: PAGES.front_bars]
    ]
    case = "some" if failing else "none" if tested else "untested"
    firsts = count_firsts([row["identities"] for row in failing])
    return Finding("sums", case, year, {"n": len(failing), "of": tested}, bars, "/-/checks", firsts=firsts)


def _find_copies(rows: Mapping[str, Rows], year: int | None) -> Finding:
    copied = rows["copied"]
    bars = [
        Bar(
            row,
            row["prose_share"],
            write_share(row["prose_share"]),
            f"/-/compare?a={row['previous_version_id']}&b={row['version_id']}",
        )
        for row in copied[: PAGES.front_bars]
    ]
    most = sum(row["prose_share"] >= PAGES.copied_most for row in copied)
    case = "none" if not bars else "some" if most else "few"
    firsts = count_firsts([row["prose_share"] for row in copied])
    values = {"n": most, "of": rows["followed"][0]["reports"]}
    return Finding("copied", case, year, values, bars, "/-/copied", firsts=firsts)


@make_page("find")
async def read_find(visit: Visit) -> Context | Response:
    """Lead to the page of the body that is meant; where several may be, or none is, return those that may."""
    place = visit.read_text("place")[: PAGES.place_chars]
    known = {tile.code: tile.name for grid in grids(visit.database).values() for tile in grid.tiles}
    named = [code for code, name in known.items() if _fold(place) in map(_fold, name.split(" / "))]
    found = await visit.read_answers(place=place, codes=json.dumps(named)) if place else {}
    rows, unnamed = found.get("bodies", []), found.get("unnamed", [])
    # One body of a division that has no report of its own government may not be who is meant.
    meant = [row for row in rows if _is_of_place(row, place, named)] or ([] if named else rows)
    if len(meant) == 1 and not unnamed:
        return Response.redirect(f"/gongkai/issuers/{meant[0]['id']}")
    codes = {code: known[code] for code in named}
    status = 200 if rows or unnamed or not place else 404
    return {"place": place, "bodies": rows, "unnamed": unnamed, "codes": codes, "status": status}


# What English writes of a place or leaves out: Huai'an, Huaian, Xinxiang City.
_NOT_OF_NAME = re.compile(r"[\W_]|(?:city|province)$")


def _fold(name: str) -> str:
    return _NOT_OF_NAME.sub("", name.casefold())


def _is_of_place(row: Row, place: str, codes: Sequence[str]) -> bool:
    """Return whether a body is the government of the place itself: 新乡 and 新乡市 are, a district is not."""
    stem = str(row["name"]).removesuffix("人民政府")
    return row["kind"] == "government" and (
        row["region_code"] in codes or place in {stem, stem[:-1], row["name"]}
    )
