"""How a rate of a report is worked out, and every cell that it is made of: `/-/rate/MEASURE/DOCUMENT`.

measure, report ─▶ its row of `rates_by_report` ─▶ the cells by the table of measures, as printed
                                                 └▶ the archived page, all of them marked
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import NotFound

from gongkai.web.measures import measures
from gongkai.web.pages.evidence_pages import find_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gongkai.web.measures import Cells
    from gongkai.web.pages.evidence_pages import Evidence
    from gongkai.web.pages.page_queries import Context, Rows, Visit
    from gongkai.web.rendering.words import Row


@dataclass(frozen=True, slots=True)
class Term:
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


async def read_rate(visit: Visit) -> Context:
    """Return a rate of a report, its cells, where they stand in the archive, and what is wrong with them.

    Raises:
        NotFound: no such measure is made of cells, or the report has no row of it.
    """
    measure = measures().get(visit.request.url_vars["measure"])
    if measure is None or not measure.is_rate:
        raise NotFound("no such measure")
    asked = {"measure": measure.key, "document": visit.request.url_vars["document"]}
    report = await visit.queries.read_first("report", **asked)
    if report is None:
        raise NotFound("no report of a body and year has that id")
    tables = [
        await visit.queries.read_rows("cells", table=measure.table, document=document)
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
        "checks": await visit.queries.read_rows("checks", document=report["document_id"], facts=facts),
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
        if part == _part(said)
        for fact in tables[said.years_back]
        if fact["column_key"] == said.column and fnmatchcase(fact["row_key"], said.rows)
    )


def _part(said: Cells) -> str:
    return "above" if said.above else "below" if said.below else "beside"


async def _find_all(database: Any, terms: Sequence[Term]) -> list[Evidence]:
    """Return what the archive shows of the cells, of the report first."""
    by_capture: dict[str, list[tuple[Row, str]]] = {}
    for term in sorted(terms, key=lambda term: term.years_back):
        by_capture.setdefault(term.fact["capture_id"], []).append((term.fact, term.part))
    return [
        await find_evidence(database, capture, figures, "earlier" if number else "marked")
        for number, (capture, figures) in enumerate(by_capture.items())
    ]
