"""What the sites of the test portal hold: bodies, columns and documents, made from two YAML files.

Rows are made by counting, not by chance, so that every run and every machine sees the same ones. What an
address looks like is the shape's affair, and not known here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tests.portals.material import DemoDataMismatch, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Make = Callable[[int, int], "Item"]
    """Makes an item from its serial and its place in the column, from 0."""

DOMAIN = "demo.gongkai.test"
NEWEST_POLICY = dt.date(2026, 1, 28)
POLICY_EVERY = dt.timedelta(days=16)
"""More than a year goes by until a topic comes round again, so that no two titles of a site are equal."""
LAST_REPORT_YEAR = 2025
REPORT_EVERY = dt.timedelta(days=6)
ATTACHED_EVERY = 4
"""Each so many-th document of a column has an attachment, the first among them."""

_KNOWN = frozenset(
    ("id", "shape", "body", "departments", "number", "site_code", "unknown", "entrance", "metas", "header")
) | {"container", "attached", "columns"}
_COLUMN_KNOWN = frozenset(("id", "name", "kind", "path", "rows", "served", "page_size", "complete"))


_FIGURES = {
    **dict.fromkeys(("disclosed", "news", "files", "letters", "checked", "permits", "fines", "money"), 900),
    **dict.fromkeys(("requests", "links", "valid", "people"), 90),
    **dict.fromkeys(("rules", "items", "days", "share"), 28),
    **dict.fromkeys(("reviews", "local", "repair", "validity"), 9),
}
"""The figures that texts take, and below what they stay."""


@dataclass(frozen=True, slots=True)
class Item:
    """One document.

    Attributes:
        serial: its number on the site, from 1; newer documents do not have greater ones.
        title: as its page and its list print it.
        day: the day of publication that both print.
        issuer: the body that published it.
        doc_number: 发文字号; empty for reports.
        paragraphs: its text; one that begins with `# ` is a heading.
        attachment: the name of the attached file without its extension; empty where there is none.
    """

    serial: int
    title: str
    day: dt.date
    issuer: str
    doc_number: str
    paragraphs: tuple[str, ...]
    attachment: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One list of a site (see `sites.yaml`); `items` are newest first, `served` of them can be reached."""

    id: str
    name: str
    kind: str
    path: str
    page_size: int
    complete: bool
    served: int
    items: tuple[Item, ...]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, option: str) -> str:
        """Return one of the shape's own options as text.

        Raises:
            DemoDataMismatch: `sites.yaml` does not give it.
        """
        if option not in self.options:
            raise DemoDataMismatch(f"no {option!r}", where=f"families/sites.yaml: column {self.id}")
        return str(self.options[option])

    def count(self, option: str) -> int:
        """Return one of the shape's own options as a number."""
        return int(self.text(option))

    @property
    def reachable(self) -> tuple[Item, ...]:
        """The items that requests bring, newest first."""
        return self.items[: self.served]

    def page(self, number: int) -> tuple[Item, ...]:
        """Return the items of a page that can be reached, from 1; none where there is no such page."""
        start = (number - 1) * self.page_size
        return self.reachable[start : start + self.page_size] if number > 0 else ()

    @property
    def pages(self) -> int:
        """How many pages hold what can be reached; one at least."""
        return max(1, -(-self.served // self.page_size))


@dataclass(frozen=True, slots=True)
class Facts:
    """A site: who runs it, how its pages look, what it holds (see `sites.yaml`)."""

    id: str
    shape: str
    body: str
    site_code: str
    unknown: str
    entrance: str
    metas: str
    header: str
    container: str
    attached: str
    columns: tuple[Column, ...]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def host(self) -> str:
        """The host it answers as."""
        return f"{self.id}.{DOMAIN}"

    @property
    def home(self) -> str:
        """The address of its home page."""
        return f"http://{self.host}/"

    @property
    def name(self) -> str:
        """The name of the site, as its pages print it."""
        return f"{self.body}门户网站"

    def column(self, name: str) -> Column:
        """Return a column by its id."""
        return next(column for column in self.columns if column.id == name)

    def hex_id(self, *of: object) -> str:
        """Return 32 hexadecimal digits for something of the site: the name of a file, a channel, a record."""
        return hashlib.blake2s("/".join(map(str, (self.id, *of))).encode(), digest_size=16).hexdigest()


@cache
def all_facts() -> Mapping[str, Facts]:
    """Return the sites by id, in the order of `sites.yaml`."""
    return {entry["id"]: site_facts(entry) for entry in read_table("families/sites.yaml")}


def site_facts(entry: Mapping[str, Any], *, columns: tuple[Column, ...] | None = None) -> Facts:
    """Read a site's entry; with `columns`, those stand in for the ones that it would make."""
    return Facts(
        **{key: str(entry[key]) for key in _KNOWN - {"departments", "number", "columns"}},
        columns=tuple(_columns(entry)) if columns is None else columns,
        options=MappingProxyType({key: entry[key] for key in entry.keys() - _KNOWN}),
    )


def _columns(entry: Mapping[str, Any]) -> Iterator[Column]:
    serial = 1
    for column in entry["columns"]:
        made = _reports(entry) if column["kind"] == "annual_report" else _policies(entry, column["id"])
        items = tuple(made(serial + at, at) for at in range(column["rows"]))
        serial += column["rows"]
        yield column_of(column, items)


def column_of(entry: Mapping[str, Any], items: tuple[Item, ...]) -> Column:
    """Read a column's entry, to hold these items."""
    return Column(
        id=entry["id"],
        name=entry["name"],
        kind=entry["kind"],
        path=entry["path"],
        page_size=entry["page_size"],
        complete=entry["complete"],
        served=entry.get("served", len(items)),
        items=items,
        options=MappingProxyType({key: entry[key] for key in entry.keys() - _COLUMN_KNOWN}),
    )


def _reports(entry: Mapping[str, Any]) -> Make:
    bodies = [entry["body"], *entry["departments"]]

    def report(serial: int, at: int) -> Item:
        year, body = LAST_REPORT_YEAR - at // len(bodies), bodies[at % len(bodies)]
        day = dt.date(year + 1, 3, 27) - REPORT_EVERY * (at % len(bodies))
        return report_of(serial, body, year, day, attachment=at % ATTACHED_EVERY == 0)

    return report


def report_of(serial: int, body: str, year: int, day: dt.date, *, attachment: bool = False) -> Item:
    """Make an annual report."""
    title = f"{body}{year}年政府信息公开工作年度报告"
    words = {"issuer": body, "year": year, **_figures(f"{body}{year}")}
    paragraphs = tuple(line.format(**words) for line in read_table("families/words.yaml")["report"])
    name = f"{body}{year}年度报告" if attachment else ""
    return Item(serial, title, day, body, "", (*paragraphs, body, _printed(day)), name)


def _policies(entry: Mapping[str, Any], column: str) -> Make:
    topics = read_table("families/words.yaml")["topics"]
    # Columns of one site are about other things: they begin at another topic, and go on from there.
    start = len(column) * 5 + len(entry["columns"])

    def policy(serial: int, at: int) -> Item:
        day = NEWEST_POLICY - POLICY_EVERY * at - dt.timedelta(days=len(column))
        topic = topics[(start + at) % len(topics)]
        bodies = [entry["body"], *entry["departments"]]
        return policy_of(
            serial,
            bodies[at % 3 % len(bodies)],
            topic,
            day,
            f"{entry['number']}〔{day.year}〕{serial}号",
            attachment=at % ATTACHED_EVERY == 0,
        )

    return policy


def policy_of(
    serial: int, body: str, topic: Mapping[str, str], day: dt.date, number: str, *, attachment: bool = False
) -> Item:
    """Make a policy document."""
    title = f"{body}关于{topic['about']}的通知（{number}）"
    words = {"issuer": body, "year": day.year, **topic, **_figures(f"{title}{serial}")}
    paragraphs = tuple(line.format(**words) for line in read_table("families/words.yaml")["policy"])
    name = f"{topic['about']}任务分工表" if attachment else ""
    return Item(serial, title, day, body, number, (*paragraphs, body, _printed(day)), name)


def _figures(key: str) -> dict[str, int]:
    """Return figures that are always the same for a key, and others for another."""
    seed = hashlib.blake2b(key.encode(), digest_size=2 * len(_FIGURES)).digest()
    drawn = (int.from_bytes(seed[2 * at : 2 * at + 2], "big") for at in range(len(_FIGURES)))
    return {name: 2 + number % most for (name, most), number in zip(_FIGURES.items(), drawn, strict=True)}


def _printed(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
