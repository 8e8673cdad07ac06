"""The years of a public body in a row: its figures as printed, its rates, the median of its neighbours.

Nothing is filled in: a year without a report, a blank cell and a rate of no cases are told apart, and none of
them is a point of a line.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from gongkai.web.language import pick_half
from gongkai.web.pages.page_queries import load_queries
from gongkai.web.rendering.figures import STATED
from gongkai.web.rendering.structured_cells import write_share
from gongkai.web.rendering.year_charts import OWN, LineChart, Series, Value, draw_lines
from gongkai.web.thresholds import PAGES
from pipelines.bodies.regions import divisions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gongkai.web.pages.page_queries import Context, Queries, Rows
    from gongkai.web.rendering.words import Row

    Key = tuple[str, int]
    """A measure, and a year."""
    Amounts = Mapping[Key, Mapping[str, float]]
    """Of each measure and year, by the ids of the bodies."""


# The queries of the neighbours, asked once the body is known.
_NEAR = ("near_rates", "near_requests")

REQUESTS = "new_requests"
RATES = ("disclosed", "denied", "review_corrected", "litigation_corrected")
"""The measures of `rates_by_report` that a body's page shows."""

NEW_FORM = 2021
"""The first year reported on in the form of 国办公开办函〔2021〕30号."""


class Median(NamedTuple):
    """The median of a measure over the neighbours that have it.

    Attributes:
        amount: cases, or a share from 0 to 1.
        bodies: how many.
    """

    amount: float
    bodies: int


class Cell(NamedTuple):
    """A measure of one year.

    Attributes:
        amount: cases, or a share from 0 to 1; None where there is none.
        text: as it is shown; empty where there is none.
        numerator: of a share; None where there is none.
        denominator: of a share; None where there is none.
        facts: of numerator and denominator, or of the figure itself, where that is one cell.
        is_doubted: whether a check that used one of its cells fails.
        why: why there is no figure, `中文 / English`; None where there is one, or no report.
        state: of the cell of a figure; None of a share.
        raw: what is printed in it.
        near: the median of the neighbours; None of too few.
    """

    amount: float | None = None
    text: str = ""
    numerator: float | None = None
    denominator: float | None = None
    facts: tuple[str | None, str | None] = (None, None)
    is_doubted: bool = False
    why: str | None = None
    state: str | None = None
    raw: str = ""
    near: Median | None = None

    @property
    def told(self) -> str:
        """What is shown, of a share with the cases that it is made of."""
        return (
            self.text
            if self.denominator is None
            else f"{self.text} ({self.numerator:g}/{self.denominator:g})"
        )


class Year(NamedTuple):
    """What is known of one year.

    Attributes:
        year: the year reported on.
        coverage: its row of `coverage`; None where nothing was expected.
        form: of the table of requests; None where there is none.
        document: the report that stands for the year; None where none is held.
        cells: by measure.
    """

    year: int
    coverage: Row | None
    form: str | None
    document: str | None
    cells: Mapping[str, Cell]

    @property
    def is_bare(self) -> bool:
        """Whether one word says all: nothing is held, or not read yet, and no median stands beside."""
        cells = self.cells.values()
        if any(cell.state or cell.near or cell.amount is not None for cell in cells):
            return False
        is_waiting = self.coverage is not None and self.coverage["state"] == "waiting"
        return is_waiting or not any(cell.why for cell in cells)


def gather_amounts(rows: Iterable[Row]) -> Amounts:
    """Return the amounts of each measure and year.

    Args:
        rows: of `measure`, `year`, `body` and `amount`, one for each body that has the measure.
    """
    amounts: dict[Key, dict[str, float]] = defaultdict(dict)
    for row in rows:
        amounts[row["measure"], row["year"]][row["body"]] = row["amount"]
    return amounts


def find_medians(amounts: Amounts, identity: str) -> dict[Key, Median]:
    """Return the medians of a body's neighbours by measure and year, where there are enough.

    Args:
        amounts: of the neighbours and of the body itself.
        identity: the id of the body.
    """
    medians = {}
    for key, of_all in amounts.items():
        others = [amount for body, amount in of_all.items() if body != identity]
        if len(others) >= PAGES.neighbours:
            medians[key] = Median(median(others), len(others))
    return medians


def years_of(
    rows: Mapping[str, Rows], near: Mapping[Key, Median], shown: Iterable[str] = RATES
) -> tuple[Year, ...]:
    """Return every year from the first with a report with figures to the last that is due, newest first.

    Args:
        rows: of the body, by query: `coverage`, with the first time each report was seen, `applications` of
            `applications_by_year`, `requests`, the cell of new requests of each year, and `rates`.
        near: the medians of the neighbours by measure and year.
        shown: the measures of `rates_by_report` that a year has cells of.
    """
    coverage, applications, requests = (
        {row["year"]: row for row in rows[name]} for name in ("coverage", "applications", "requests")
    )
    rates = {(row["measure"], row["year"]): row for row in rows["rates"]}
    with_figures = set(applications) | {row["year"] for row in rows["rates"] if row["form"]}
    if not with_figures:
        return ()
    due = [row["year"] for row in rows["coverage"] if row["state"] != "not_due"]
    last = max([*with_figures, *due])
    return tuple(
        Year(
            year=year,
            coverage=coverage.get(year),
            form=applications[year]["form"] if year in applications else None,
            document=coverage[year]["document_id"] if year in coverage else None,
            cells={
                REQUESTS: _requests(requests.get(year), applications.get(year), near.get((REQUESTS, year))),
                **{
                    measure: _rate(rates.get((measure, year)), near.get((measure, year))) for measure in shown
                },
            },
        )
        for year in range(last, min(with_figures) - 1, -1)
    )


def drawn_panels(years: Sequence[Year]) -> list[Context]:
    """Draw each measure of which the body has a figure.

    Returns:
        Of each `measure` the `chart`, the body's own `figures`, the newest first: (year, as it is written),
        and `near`, the median of the neighbours in the year of the newest; empty where there is none.
    """
    panels = []
    for measure in (REQUESTS, *RATES):
        own = own_values(years, measure)
        near = {
            year.year: Value(cell.near.amount, _median_text(measure, cell.near))
            for year in years
            if (cell := year.cells[measure]).near is not None
        }
        ambiguous = [year.year for year in years if year.cells[measure].state == "ambiguous"]
        series = [Series(OWN, "", own), Series("near", pick_half("中位数 / median"), near)]
        if own and (chart := draw_measure(measure, series, ambiguous)):
            newest = max(own)
            figures = [(year.year, year.cells[measure].told) for year in years if year.year in own]
            beside = near[newest].text if newest in near else ""
            panels.append({"measure": measure, "chart": chart, "figures": figures, "near": beside})
    return panels


def own_values(years: Iterable[Year], measure: str) -> dict[int, Value]:
    """Return the figures of a body by year, where there are any."""
    return {
        year.year: Value(cell.amount, cell.text, cell.is_doubted)
        for year in years
        if (cell := year.cells[measure]).amount is not None
    }


def draw_measure(measure: str, series: Sequence[Series], ambiguous: Iterable[int] = ()) -> LineChart | None:
    """Draw lines of one measure; None where none has a figure."""
    return draw_lines(series, is_share=measure != REQUESTS, changed_from=NEW_FORM, ambiguous=ambiguous)


def _requests(fact: Row | None, row: Row | None, near: Median | None) -> Cell:
    if fact is None or row is None:
        return Cell(near=near, why="正文无此法定表格 / no such table in its text" if row else None)
    state = "not_printed" if fact["how"] == "not_printed" else fact["state"]
    is_stated = state in STATED
    return Cell(
        amount=float(row["new_requests"]) if is_stated else None,
        text=fact["raw"] or fact["value"] if is_stated else "",
        facts=(fact["id"], None),
        is_doubted=is_stated and bool(row["failing_checks"]),
        state=state,
        raw=(fact["raw"] or "").strip(),
        near=near,
    )


def _rate(row: Row | None, near: Median | None) -> Cell:
    if row is None:
        return Cell(near=near)
    # Of the counts: the share of the table is rounded already, and would be rounded twice.
    rate = None if row["rate"] is None else row["numerator"] / row["denominator"]
    return Cell(
        amount=rate,
        text=write_share(rate),
        numerator=row["numerator"],
        denominator=row["denominator"],
        facts=(row["numerator_fact"], row["denominator_fact"]),
        is_doubted=row["unranked"] == "does_not_add_up",
        why=None if rate is not None else row["why"],
        near=near,
    )


def _median_text(measure: str, near: Median) -> str:
    amount = f"{near.amount:,.0f}" if measure == REQUESTS else write_share(near.amount)
    return f"{amount} (n={near.bodies})"


# The page of a public body: its years in a row, its rates, its neighbours' median, its checks.


async def read_issuer(queries: Queries, identity: str) -> Context:
    """Return the parts of a body's page by their names.

    Args:
        queries: of the page.
        identity: the body's id.
    """
    own = [name for name in load_queries(queries.file) if name not in _NEAR]
    rows = await queries.read_answers(*own, id=identity)
    if not rows["issuer"]:
        return dict(rows)
    [issuer] = rows["issuer"]
    near = find_medians(await _read_amounts(queries, issuer), identity)
    years = years_of(rows, near)
    failures: dict[int, list[Row]] = defaultdict(list)
    for row in rows["failures"]:
        failures[row["year"]].append(row)
    return {
        **rows,
        "years": years,
        "panels": drawn_panels(years),
        "region": divisions_of(issuer["region_code"]),
        "failures_by_year": failures,
        "least_neighbours": PAGES.neighbours,
        "has_neighbours": bool(near),
        "sha256": queries.database.hash,
    }


async def _read_amounts(queries: Queries, issuer: Row) -> Amounts:
    """Return what medians are of: one reading for all bodies of a kind, a level and a province."""
    if not issuer["level"] or not issuer["region_code"]:
        return {}
    alike = {key: issuer[key] for key in ("level", "kind")} | {"province": issuer["region_code"][:2]}

    async def read() -> Amounts:
        found = await queries.read_answers(*_NEAR, **alike)
        return gather_amounts(row for rows in found.values() for row in rows)

    return await queries.database.once(("neighbours", *alike.values()), read)
