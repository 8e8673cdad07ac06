"""The bundled demo portal and its cities: every address, on every night.

    pages/1/yunze/zwgk/…html     what stands at /yunze/zwgk/…html from night 1 on
    pages/2/yunze/zwgk/…html     the same address from night 2 on
    documents.yaml, governments.yaml, odd_pages.yaml     with which header fields, and what redirects

The pages were made once, in the shapes of real portals, and are sent as they are on disk; only view
counters grow from night to night.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import re
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, Template

from crawler.registry.loading import load_portal
from gongkai.demo.server import (
    Answer,
    Asked,
    Headers,
    Site,
    gzip_for,
    html_answer,
    http_date,
    night_date,
    not_modified_or,
    redirect,
)
from pipelines.bodies.roster import COLUMNS
from pipelines.knowledge import load_table
from pipelines.structs import FrozenStruct

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archive.data_folder import DataDir
    from crawler.registry.portals import Portal


DEMO = "gongkai.demo"
"""The package of the demo's data files."""

# An old server names its language and site with two cookies: header fields that repeat.
TWO_COOKIES = (("Set-Cookie", "SITEID=9901710001; Path=/"), ("Set-Cookie", "LANG=zh-CN; Path=/"))
VIEWS = re.compile("(?<=浏览次数：)[0-9]+".encode())
VIEWS_A_NIGHT = 37
CONTENT_TYPES = {".pdf": "application/pdf", ".txt": "text/plain"}


class BundledSite:
    """The demo portal on `demo.gongkai.test`, and the shielded one on `shield.demo.gongkai.test`."""

    def __init__(self) -> None:
        self._nights: dict[int, dict[str, Answer]] = {}

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request; a query after a known address is ignored, as portals do."""
        if asked.host == SHIELD_HOST:
            return not_found() if asked.path == "/robots.txt" else challenge()
        found = self.pages(night).get(asked.path)
        if found is None:
            return not_found()
        answer = not_modified_or(found, asked.headers)
        government = _government_of(asked.path)
        is_coded = government and government.gzip and answer.status == 200
        return gzip_for(answer, asked.headers) if is_coded else answer

    def pages(self, night: int) -> Mapping[str, Answer]:
        """Return the answer of every address of `demo.gongkai.test` on a night, validators included."""
        if night not in self._nights:
            self._nights[night] = dict(_answers(night))
        return self._nights[night]


def _answers(night: int) -> Iterator[tuple[str, Answer]]:
    of_address = {document.address(night): document for document in documents()}
    gone = {address for address, document in of_address.items() if not document.is_there(night)}
    found = {
        path: _page(path, body, of_address.get(path), night)
        for path, body in _bodies(night).items()
        if path not in gone
    }
    yield from found.items()
    yield "/", found["/index.html"]
    for government in governments().values():
        for column in government.columns:
            yield column["path"], found[column["path"] + column["first"]]
    for page in load_table("odd_pages", DEMO):
        if "to" in page:
            yield page["path"], redirect(302, page["to"])
    # Of two answers for one address the last counts: what has moved redirects in the place of its page.
    for document in documents():
        if document.has_moved(night):
            yield document.path, redirect(301, document.moved_to)


def _bodies(night: int) -> dict[str, bytes]:
    """Return what stands at each address: of the nights until this one, the newest."""
    bodies = {}
    for since in range(1, night + 1):
        folder = demo_folder() / "pages" / str(since)
        for file in sorted(folder.rglob("*.*")):
            address = f"/{file.relative_to(folder).as_posix()}"
            bodies[address] = _count_views(file.read_bytes(), night - since)
    return bodies


def _count_views(body: bytes, nights: int) -> bytes:
    """Let the view counter of a page grow by some nights: the document itself stays as it is."""
    return VIEWS.sub(lambda shown: b"%d" % (int(shown[0]) + nights * VIEWS_A_NIGHT), body)


def _page(path: str, body: bytes, document: Document | None, night: int) -> Answer:
    content_type = CONTENT_TYPES.get(path[path.rindex(".") :])
    if content_type:
        return Answer(200, (("Content-Type", content_type),), body)
    government = _government_of(path)
    more: Headers = ()
    if document:
        changed = document.published_on
        if document.revised_on is not None and night >= document.revised_on:
            changed = night_date(document.revised_on)
        offered = {
            "etag": ("ETag", f'"{hashlib.sha256(body).hexdigest()[:20]}"'),
            "last_modified": ("Last-Modified", http_date(changed)),
        }
        more = tuple(offered[name] for name in document.government.validators)
    if government and government.chunked and body:
        more += (*TWO_COOKIES, ("Transfer-Encoding", "chunked"))
    return html_answer(body, charset=document.government.charset if document else "utf-8", more=more)


def _government_of(path: str) -> Government | None:
    return governments().get(path.split("/")[1])


@cache
def _odd_page(name: str) -> bytes:
    return (demo_folder() / "pages" / name).read_bytes()


def not_found() -> Answer:
    """Answer 404 with a page."""
    return html_answer(_odd_page("gone.html"), status=404)


def challenge() -> Answer:
    """Answer 412 with a page in the shape of a 瑞数 challenge. The script is ours and does nothing."""
    body = _odd_page("challenge.html")
    cookie = ("Set-Cookie", f"wQ3kZr8mXbTnS={hashlib.sha256(body).hexdigest()}; Path=/; HttpOnly")
    return html_answer(body, status=412, more=(cookie,))


# What the demo portal consists of: governments and documents, read from YAML.

HOST = "demo.gongkai.test"
SHIELD_HOST = "shield.demo.gongkai.test"
HOSTS = (HOST, SHIELD_HOST)
"""The names under which the demo is crawled; the crawler maps them to the server's port."""


class Government(FrozenStruct):
    """One of the invented governments and the way its pages are sent (see `governments.yaml`)."""

    id: str
    name: str
    charset: str | None
    validators: Sequence[str]
    gzip: bool
    chunked: bool
    columns: Sequence[Mapping[str, Any]]


class Document(FrozenStruct, kw_only=True):
    """One document of the portal (see `documents.yaml` for the meaning of the nights)."""

    id: str
    government: Government
    path: str
    title: str
    source: str
    published_on: dt.date
    doc_number: str = ""
    index_number: str = ""
    report: int | None = None
    codec: str = "utf-8"
    from_night: int = 1
    gone_from: int | None = None
    revised_on: int | None = None
    moved_on: int | None = None
    moved_to: str = ""
    listed_as: str = ""
    also_listed: Sequence[str] = ()
    attachment: str = ""

    def is_there(self, night: int) -> bool:
        """Say whether the document is published on a night."""
        return self.from_night <= night and (self.gone_from is None or night < self.gone_from)

    def has_moved(self, night: int) -> bool:
        """Say whether the document stands at its new address on a night."""
        return self.moved_on is not None and night >= self.moved_on

    def address(self, night: int) -> str:
        """Return the path at which the document stands on a night."""
        return self.moved_to if self.has_moved(night) else self.path


@cache
def read_template(name: str) -> Template:
    """Read the template of one of the demo's pages, such as `folder_list.html`."""
    text = (demo_folder() / name).read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, keep_trailing_newline=True).from_string(text)


def demo_folder() -> Path:
    """Return the folder of the demo's data files, its pages and its portal definitions."""
    return Path(str(files(DEMO)))


@cache
def governments() -> Mapping[str, Government]:
    """Return the governments by id, in the order of the file."""
    return {entry["id"]: Government(**entry) for entry in load_table("governments", DEMO)}


@cache
def documents() -> tuple[Document, ...]:
    """Return every document, in the order of the file."""
    return tuple(
        Document(**{**entry, "government": governments()[entry["government"]]})
        for entry in load_table("documents", DEMO)
    )


def portals_folder(site: str) -> Path:
    """Return the folder of the definitions that crawl a site: `bundled`, `folder` or `cities`."""
    return demo_folder() / "portals" / site


# The demo's cities: thirty sites, whose annual reports are made from a table of what they print.
# cities.csv     a row each report: its cells, the figures of its sentences, and which sentences those are
# cities.yaml    who they are, what is planted in which report, and the sentences of the reports
# city_report.html, city_list.html     the pages
# The same table gives the same bytes, always. It adds up but where a flaw is planted.

LIST = "/zfxxgk/ndbg/index.html"

OPENING = "opening"
"""The part that names the year reported on, in a report that is copied, too."""


class City(FrozenStruct):
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


class CityReport(FrozenStruct, dict=True):
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
    pattern = load_portal(portals_folder("cities") / "demo-city.yaml")
    changing = {report.city for report in reports().values() if "gone_from" in report.flaw}
    for city in cities:
        yield pattern.replace(
            id=f"demo-{city.id}",
            name=f"gongkai 示范门户（{city.name}，虚构）",
            region_code=city.code,
            issuer=city.issuer,
            # What goes within the nights of the demo has to be asked for in each.
            revisit_days=1 if city in changing else pattern.revisit_days,
            home_url=f"http://{city.host}/",
            lists=(pattern.lists[0].replace(url=f"http://{city.host}{LIST}"),),
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
