"""The demo's cities: thirty sites, whose annual reports are made from a table of figures.

    cities.csv     what is printed: a row each report, the totals of each line of the statutory tables
    cities.yaml    who they are, what is planted in which report, and the sentences of the reports
    city_report.html, city_list.html     the pages

The same table gives the same bytes, always. What a total leaves open, who applied, is divided by fixed
shares, so that the tables add up but where a flaw is planted.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from crawler.registry.loading import load_portal
from gongkai.demo.answers import html_answer, not_modified_or
from gongkai.demo.site import HOST, demo_folder, not_found, read_table, read_template
from pipelines.bodies.roster import COLUMNS
from pipelines.forms.form_catalogue import form_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archive.data_folder import DataDir
    from crawler.registry.portals import Portal
    from gongkai.demo.answers import Answer, Asked, Site
    from pipelines.forms.form_model import FormTable

FORM = "form_2021"
LIST = "/zfxxgk/ndbg/index.html"

SHARES = {
    "business": 11,
    "research_institution": 1,
    "public_welfare_org": 1,
    "legal_service": 5,
    "other_org": 3,
}
"""Of a hundred results of a line, how many each kind of applicant has; natural persons have the others."""

OPENING, TWO_PARAGRAPHS = "opening", "disclosure"
"""The part that names the year reported on, and the one that has two paragraphs; each other has one."""

LEAST_NEW = 4
"""Parts that a city words anew each year at least; some up to seven of the nine."""


@dataclass(frozen=True, slots=True)
class City:
    """A city that does not exist.

    Attributes:
        id: the first label of its host.
        name: as its pages print it.
        code: of its division (`regions_demo.csv`).
        number: its place among the cities, from 0.
    """

    id: str
    name: str
    code: str
    number: int

    @property
    def host(self) -> str:
        """The host of its site."""
        return f"{self.id}.{HOST}"

    @property
    def issuer(self) -> str:
        """Its government."""
        return f"{self.name}人民政府"


@dataclass(frozen=True)
class CityReport:
    """One annual report.

    Attributes:
        city: whose.
        year: reported on.
        figures: the row of the table of figures.
        flaw: what is planted in it; empty where nothing is.
    """

    city: City
    year: int
    figures: Mapping[str, str]
    flaw: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The name of the report in `cities.yaml`."""
        return f"{self.city.id}-{self.year}"

    @property
    def title(self) -> str:
        """Its title as printed."""
        return f"{self.city.issuer}{self.year}年政府信息公开工作年度报告"

    @property
    def published_on(self) -> str:
        """The day that it prints, ISO 8601."""
        return self.figures["published_on"]

    @property
    def path(self) -> str:
        """Where it stands on its city's site."""
        day = self.published_on.replace("-", "")
        return f"/zfxxgk/ndbg/{day[:6]}/t{day}_{int(self.city.code) // 100 * 10 + self.year % 10}.html"

    @cached_property
    def printed(self) -> Mapping[str, str]:
        """What stands in each cell of tables 3 and 4, by `t3.ROW.COLUMN` and `t4.BLOCK.COLUMN`."""
        cells = {key: str(count) for key, count in (*self._applications(), *self._cases())}
        for pattern, text in self.flaw.get("cells", {}).items():
            cells |= {key: str(text) for key in cells if fnmatchcase(key, pattern)}
        return cells

    @cached_property
    def body(self) -> bytes:
        """The page."""
        page: str = read_template("city_report.html").render(
            city=self.city,
            title=self.title,
            of=self.figures,
            printed=self.printed,
            columns=_columns("t3"),
            outcomes=_columns("t4"),
            paragraphs=dict(self._paragraphs()),
        )
        return page.encode()

    def _applications(self) -> Iterator[tuple[str, int]]:
        [leaves] = [it.left for it in form_by_id(FORM).identities if it.check == "t3.results_sum"]
        lines = {leaf.key: _divide(int(self.figures[leaf.key])) for leaf in leaves}
        lines["results_total"] = {
            column: sum(line[column] for line in lines.values()) for column in _columns("t3")
        }
        # Only natural persons wait over the turn of the year.
        for row in ("carried_in", "carried_out"):
            count = int(self.figures[row])
            lines[row] = dict.fromkeys(_columns("t3"), 0) | {"natural_person": count, "total": count}
        lines["new_requests"] = {
            column: count + lines["carried_out"][column] - lines["carried_in"][column]
            for column, count in lines["results_total"].items()
        }
        return (
            (f"t3.{row}.{column}", count) for row, line in lines.items() for column, count in line.items()
        )

    def _cases(self) -> Iterator[tuple[str, int]]:
        for block in ("review", "litigation_direct", "litigation_after_review"):
            *outcomes, total = _columns("t4")
            counts = {outcome: int(self.figures[f"{block}_{outcome}"]) for outcome in outcomes}
            yield from ((f"t4.{block}.{outcome}", count) for outcome, count in counts.items())
            yield f"t4.{block}.{total}", sum(counts.values())

    def _paragraphs(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the sentences of each part, in turn; those of the year before where they are copied."""
        before = reports()[f"{self.city.id}-{self.year - 1}"] if self.flaw.get("copies") else self
        table = read_table("cities.yaml")
        for number, (part, texts) in enumerate(table["prose"].items()):
            words = self.words if part == OPENING else before.words
            is_new_each_year = number < LEAST_NEW + before.city.number % LEAST_NEW
            turn = before.city.number + (before.year - table["years"][0]) * is_new_each_year
            turns = (turn, turn + 3) if part == TWO_PARAGRAPHS else (turn,)
            yield part, [texts[at % len(texts)].format(**words) for at in turns]

    @property
    def words(self) -> Mapping[str, str | int]:
        """What the sentences may say."""
        sound = replace(self, flaw={}).printed
        return {
            **self.figures,
            "city": self.city.name,
            "year": self.year,
            "next_year": self.year + 1,
            "received": sound["t3.new_requests.total"],
            "answered": sound["t3.results_total.total"],
            "not_held": sound["t3.unable_not_held.total"],
            "reviews": sound["t4.review.total"],
        }


class CitySite:
    """The sites of cities, beside another that answers for all other hosts."""

    def __init__(self, cities: Iterable[City], beside: Site) -> None:
        self._beside = beside
        self._cities = {city.host: city for city in cities}

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer with a report, the list of a city's reports, or 404."""
        city = self._cities.get(asked.host)
        if city is None:
            return self._beside.answer(asked, night)
        shown = {
            it.path: it
            for it in reversed([*reports().values()])
            if it.city == city and night < it.flaw.get("gone_from", night + 1)
        }
        if asked.path == LIST:
            page = read_template("city_list.html").render(city=city, reports=[*shown.values()])
            return html_answer(page.encode())
        if asked.path not in shown:
            return not_found()
        body = shown[asked.path].body
        tag = hashlib.sha256(body).hexdigest()[:20]
        return not_modified_or(html_answer(body, more=(("ETag", f'"{tag}"'),)), asked.headers)


def _divide(count: int) -> dict[str, int]:
    """Divide a line's total among the kinds of applicants."""
    parts = {column: count * share // 100 for column, share in SHARES.items()}
    return {"natural_person": count - sum(parts.values()), **parts, "total": count}


@cache
def _columns(table: str) -> tuple[str, ...]:
    found: FormTable = next(it for it in form_by_id(FORM).tables if it.key == table)
    return tuple(column.key for column in found.blocks[0].columns)


@cache
def all_cities() -> tuple[City, ...]:
    """Return the cities in the order of their codes."""
    named = read_table("cities.yaml")["cities"].items()
    return tuple(City(key, name, code, number) for number, (key, (name, code)) in enumerate(named))


@cache
def reports() -> Mapping[str, CityReport]:
    """Return the reports by their keys, in the order of the table of figures."""
    city_of = {city.id: city for city in all_cities()}
    flaws = {flaw["report"]: flaw for flaw in read_table("cities.yaml")["flaws"]}
    with (demo_folder() / "cities.csv").open(encoding="utf-8", newline="") as file:
        found = [
            CityReport(
                city_of[row["city"]], int(row["year"]), row, flaws.get(f"{row['city']}-{row['year']}", {})
            )
            for row in csv.DictReader(file)
        ]
    return {report.key: report for report in found}


def city_portals(cities: Iterable[City]) -> Iterator[Portal]:
    """Yield the definition of each city's site."""
    pattern = load_portal(demo_folder() / "portals" / "cities" / "demo-city.yaml")
    changing = {report.city for report in reports().values() if "gone_from" in report.flaw}
    for city in cities:
        yield replace(
            pattern,
            id=f"demo-{city.id}",
            name=f"gongkai 示范门户（{city.name}，虚构）",
            region_code=city.code,
            issuer=city.issuer,
            revisit_days=1 if city in changing else pattern.revisit_days,
            home_url=f"http://{city.host}/",
            lists=(replace(pattern.lists[0], url=f"http://{city.host}{LIST}"),),
        )


def write_places(cities: Iterable[City], data: DataDir) -> None:
    """Write who must publish, and the grids of tiles, where an operator would: no real table has them.

    Grids that are there stay.
    """
    data.roster.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError), (data.root / "tiles.yaml").open("x", encoding="utf-8") as file:
        file.write((demo_folder() / "tiles.yaml").read_text(encoding="utf-8"))
    with (data.roster / "demo.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for city in cities:
            rows.writerow(
                {
                    "name": city.issuer,
                    "region_code": city.code,
                    "level": "prefecture",
                    "kind": "government",
                    "from_year": read_table("cities.yaml")["years"][0],
                    "note": "虚构 / does not exist",
                }
            )
