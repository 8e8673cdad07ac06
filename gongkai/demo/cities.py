"""The demo's cities: thirty sites, whose annual reports are made from a table of what they print.

    cities.csv     a row each report: its cells, the figures of its sentences, and which sentences those are
    cities.yaml    who they are, what is planted in which report, and the sentences of the reports
    city_report.html, city_list.html     the pages

The same table gives the same bytes, always. It adds up but where a flaw is planted.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from crawler.registry.loading import load_portal
from gongkai.demo.server import html_answer, not_modified_or
from gongkai.demo.site import DEMO, HOST, demo_folder, not_found, read_template
from pipelines.bodies.roster import COLUMNS
from pipelines.knowledge import load_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archive.data_folder import DataDir
    from crawler.registry.portals import Portal
    from gongkai.demo.server import Answer, Asked, Site

LIST = "/zfxxgk/ndbg/index.html"

OPENING = "opening"
"""The part that names the year reported on, in a report that is copied, too."""


@dataclass(frozen=True, slots=True)
class City:
    """A city that does not exist.

    Attributes:
        id: the first label of its host.
        name: as its pages print it.
        code: of its division (`regions_demo.csv`).
    """

    id: str
    name: str
    code: str

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
        # Behind the date a number of its own for each report, as portals number articles.
        day = self.published_on.replace("-", "")
        return f"/zfxxgk/ndbg/{day[:6]}/t{day}_{int(self.city.code) // 100 * 10 + self.year % 10}.html"

    @cached_property
    def body(self) -> bytes:
        """The page."""
        page: str = read_template("city_report.html").render(
            city=self.city, title=self.title, of=self.figures, paragraphs=dict(self._paragraphs())
        )
        return page.encode()

    def _paragraphs(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the sentences of each part; of a report that is copied with the figures of the other."""
        source = reports()[f"{self.city.id}-{self.figures['text_of']}"]
        chosen = self.figures["sentences"].split()
        for (part, texts), numbers in zip(load_table("cities", DEMO)["prose"].items(), chosen, strict=True):
            words = self.words if part == OPENING else source.words
            yield part, [texts[int(number) - 1].format(**words) for number in numbers.split("+")]

    @property
    def words(self) -> Mapping[str, str | int]:
        """What the sentences may say."""
        return {**self.figures, "city": self.city.name, "year": self.year, "next_year": self.year + 1}


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
            # The newest first, as portals list them.
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


@cache
def all_cities() -> tuple[City, ...]:
    """Return the cities in the order of their codes."""
    return tuple(City(key, name, code) for key, (name, code) in load_table("cities", DEMO)["cities"].items())


@cache
def reports() -> Mapping[str, CityReport]:
    """Return the reports by their keys, in the order of the table of figures."""
    city_of = {city.id: city for city in all_cities()}
    flaws = {flaw["report"]: flaw for flaw in load_table("cities", DEMO)["flaws"]}
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
            # What goes within the nights of the demo has to be asked for in each.
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
                    "from_year": load_table("cities", DEMO)["years"][0],
                    "note": "虚构 / does not exist",
                }
            )
