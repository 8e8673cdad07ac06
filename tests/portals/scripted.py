"""Ten nights as `nights.yaml` has them: two portals whose documents come, change, move and go.

nights.yaml ─▶ documents ─ night ─▶ what each address answers, which rows the list has ─▶ ScriptedSites
                        └─▶ scripted_changes: the rows that `changes` must hold afterwards
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gongkai.demo.server import Answer, html_answer, not_modified_or, redirect
from tests.portals.families import SHAPES
from tests.portals.families.content import POLICY_EVERY, column_of, policy_of, site_facts
from tests.portals.families.site import FamilySite, article_page, page, unknown_page
from tests.portals.faults import FaultySite, read_faults
from tests.portals.material import DemoDataMismatch, read_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from gongkai.demo.server import Asked
    from tests.portals.families.content import Facts, Item
    from tests.portals.faults import Fault

_SCRIPT = frozenset(("faults", "refused", "empty", "documents", "counter", "steady"))
_FIGURE = re.compile(r"共安排(\d+)万元")
MORE_MONEY = 7
"""By how many 万元 an edited document differs."""
MORE_TEXT = "原有规定与本通知不一致的，以本通知为准。"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a scripted site.

    Attributes:
        id: its name in the script.
        item: what it says.
        silent: whether its entity tag is withheld, so that an edit shows nowhere but in the text.
        shows: what its address answers, from which night on.
        listed: whether the list has it, from which night on.
        changes: the kinds of its rows in `changes`, each with its night.
    """

    id: str
    item: Item
    silent: bool
    shows: Mapping[int, str]
    listed: Mapping[int, bool]
    changes: Mapping[str, int]

    def state(self, night: int) -> str | None:
        """Return what its address answers on a night; None before there was anything."""
        since = _step(self.shows, night)
        return None if since is None else self.shows[since]

    def is_listed(self, night: int) -> bool:
        """Say whether the list has a row for it on a night."""
        since = _step(self.listed, night)
        return since is not None and self.listed[since]


def _step(steps: Mapping[int, Any], night: int) -> int | None:
    return max((step for step in steps if step <= night), default=None)


class ScriptedSite:
    """One site over all nights, as long as nothing goes wrong.

    Args:
        entry: its entry in `nights.yaml`.

    Attributes:
        host: where it answers.
        documents: its documents by id.
    """

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self._entry = {key: value for key, value in entry.items() if key not in _SCRIPT}
        self._shape = SHAPES[entry["shape"]]
        self._counts_views = bool(entry.get("counter", False))
        self._empty = frozenset(entry.get("empty", ()))
        self._nights: dict[int, FamilySite] = {}
        self.documents = _documents(entry)
        self._facts = self._facts_of(0)
        self._by_path = {self._path(document): document for document in self.documents.values()}

    @property
    def host(self) -> str:
        """The host it answers as."""
        return self._facts.host

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request on a night."""
        document = self._by_path.get(asked.path)
        if document is None:
            return self._lists(night).answer(asked, night)
        answer = self._shown(document, document.state(night), night)
        return not_modified_or(answer, asked.headers)

    def url(self, document: Document) -> str:
        """Return where a document stands."""
        return self._facts.home + self._path(document).removeprefix("/")

    def _path(self, document: Document) -> str:
        return self._shape.article(self._facts, self._facts.columns[0], document.item)

    def _facts_of(self, night: int) -> Facts:
        listed = () if night in self._empty else self.documents.values()
        items = (document.item for document in listed if document.is_listed(night))
        newest_first = tuple(sorted(items, key=lambda item: (item.day, item.serial), reverse=True))
        return site_facts(self._entry, columns=(column_of(self._entry["columns"][0], newest_first),))

    def _lists(self, night: int) -> FamilySite:
        if night not in self._nights:
            self._nights[night] = FamilySite(self._facts_of(night), self._shape)
        return self._nights[night]

    def _shown(self, document: Document, state: str | None, night: int) -> Answer:
        status, _, target = (state or "unknown").partition(" ")
        if status in ("page", "edited"):
            return self._article(document, night, is_edited=status == "edited")
        if status in ("301", "302"):
            there = target if target.startswith("/") else self._path(self.documents[target])
            return redirect(int(status), there)
        if status == "says_gone":
            return page(self._facts, "says_gone.html")
        if status == "unknown":
            return unknown_page(self._facts, self._shape)
        return html_answer(f"<html><body><h1>{status}</h1></body></html>".encode(), status=int(status))

    def _article(self, document: Document, night: int, *, is_edited: bool) -> Answer:
        item = edited(document.item) if is_edited else document.item
        counter = 100 + 37 * night if self._counts_views else 0
        column = self._facts.columns[0]
        answer = article_page(self._facts, column, item, self._path(document), counter=counter)
        if not document.silent:
            return answer
        kept = tuple(header for header in answer.headers if header[0] != "ETag")
        return Answer(answer.status, kept, answer.body)


def edited(item: Item) -> Item:
    """Return a document with another figure and another sentence."""
    *before, spending, end, body, day = item.paragraphs
    more = _FIGURE.sub(lambda found: f"共安排{int(found[1]) + MORE_MONEY}万元", spending)
    return dataclasses.replace(item, paragraphs=(*before, more, end + MORE_TEXT, body, day))


def _documents(entry: Mapping[str, Any]) -> Mapping[str, Document]:
    topics = read_table("families/words.yaml")["topics"]
    items: dict[str, Item] = {}
    found: dict[str, Document] = {}
    for at, told in enumerate((*entry["documents"], *_steady(entry["steady"]))):
        serial, begins = at + 1, min(told["shows"])
        if "text" in told:
            item = dataclasses.replace(items[told["text"]], serial=serial)
        else:
            # What is there from the first night is old; what comes later is dated on its night.
            day = nights()[0] - POLICY_EVERY * serial if begins == 1 else nights()[begins - 1]
            number = f"{entry['number']}〔{day.year}〕{serial}号"
            item = policy_of(serial, entry["body"], topics[at % len(topics)], day, number)
        items[told["id"]] = item
        found[told["id"]] = Document(
            id=told["id"],
            item=item,
            silent=told.get("silent", False),
            shows=told["shows"],
            listed=told.get("listed", {begins: True}),
            changes=told["changes"],
        )
    return found


def _steady(count: int) -> Iterator[Mapping[str, Any]]:
    """Yield documents to which nothing happens: what happens to the others is little beside them."""
    for number in range(1, count + 1):
        yield {"id": f"steady_{number}", "shows": {1: "page"}, "changes": {"appeared": 1}}


class ScriptedSites:
    """The scripted portals on one server, told apart by host, with what goes wrong on them."""

    def __init__(self) -> None:
        self._sites = {site.host: FaultySite(site, _faults(name)) for name, site in scripted_sites().items()}

    def answer(self, asked: Asked, night: int) -> Answer:
        """Answer one request on a night."""
        site = self._sites.get(asked.host)
        if site is None:
            return html_answer(b"<html><body>no such host</body></html>", status=404)
        return site.answer(asked, night)


@cache
def scripted_sites() -> Mapping[str, ScriptedSite]:
    """Return the scripted sites by id, without what goes wrong on them.

    Raises:
        DemoDataMismatch: a night that is told of does not exist.
    """
    for entry in read_table("nights.yaml")["sites"]:
        for document in entry["documents"]:
            told = {*document["shows"], *document.get("listed", ()), *document["changes"].values()}
            if not told <= set(range(1, len(nights()) + 1)):
                raise DemoDataMismatch("there is no such night", where=f"nights.yaml: {document['id']}")
    return {entry["id"]: ScriptedSite(entry) for entry in read_table("nights.yaml")["sites"]}


@cache
def nights() -> tuple[dt.date, ...]:
    """Return the Shanghai days of the nights, first night first."""
    return tuple(read_table("nights.yaml")["nights"])


def day_of(night: int) -> dt.date:
    """Return the Shanghai day of a night, from 1."""
    return nights()[night - 1]


def refused_on(night: int) -> frozenset[str]:
    """Return the hosts of the sites at which nobody listens on a night."""
    entries = read_table("nights.yaml")["sites"]
    sites = scripted_sites()
    return frozenset(sites[entry["id"]].host for entry in entries if night in entry.get("refused", ()))


def scripted_changes() -> Iterator[tuple[str, str, int]]:
    """Yield what the ten nights must give: address of the document, kind of change, night of its proof."""
    for site in scripted_sites().values():
        for document in site.documents.values():
            for kind, night in document.changes.items():
                yield site.url(document), kind, night


def _faults(name: str) -> tuple[Fault, ...]:
    entry = next(entry for entry in read_table("nights.yaml")["sites"] if entry["id"] == name)
    return read_faults(entry.get("faults", ()))
