"""What the demo portal consists of: governments, documents and planted flaws, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.knowledge import parse_yaml

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence


HOST = "demo.gongkai.test"
SHIELD_HOST = "shield.demo.gongkai.test"
HOSTS = (HOST, SHIELD_HOST)
"""The names under which the demo is crawled; the crawler maps them to the server's port."""


@dataclass(frozen=True, slots=True)
class Government:
    """One of the invented governments and the way its pages are sent (see `governments.yaml`)."""

    id: str
    name: str
    charset: str | None
    validators: Sequence[str]
    gzip: bool
    chunked: bool
    columns: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
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


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an address answers to an unconditional GET from a night on."""

    from_night: int
    status: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """One planted flaw: what tests assert and docs show.

    Attributes:
        id: its name.
        host: the host that shows it.
        target: path with query.
        zh: what it is, in Chinese.
        en: what it is, in English.
        answers: expectations by ascending night, the first from night 1.
        harvested: the outcomes that the crawler records where they are not those of a plain GET, empty for
            an address that it never asks for; None where they are.
        checks: ids of the checks that fail because of it.
        finds: what the corpus should say beyond the capture; empty where nothing is to add.
    """

    id: str
    host: str
    target: str
    zh: str
    en: str
    answers: tuple[Expectation, ...]
    harvested: frozenset[str] | None
    checks: tuple[str, ...]
    finds: str

    def on_night(self, night: int) -> Expectation:
        """Return what is expected on a night."""
        return next(each for each in reversed(self.answers) if each.from_night <= night)


@cache
def read_table(name: str) -> Any:
    """Read one of the demo's data files, such as `flaws.yaml`."""
    return parse_yaml(demo_folder().joinpath(name).read_text(encoding="utf-8"))


def demo_folder() -> Path:
    """Return the folder of the demo's data files, its pages and its portal definitions."""
    return Path(str(files("gongkai.demo")))


@cache
def governments() -> Mapping[str, Government]:
    """Return the governments by id, in the order of the file."""
    return {entry["id"]: Government(**entry) for entry in read_table("governments.yaml")}


@cache
def documents() -> tuple[Document, ...]:
    """Return every document, in the order of the file."""
    return tuple(
        Document(**{**entry, "government": governments()[entry["government"]]})
        for entry in read_table("documents.yaml")
    )


@cache
def flaws() -> tuple[Flaw, ...]:
    """Return every planted flaw in the order of `flaws.yaml`."""
    return tuple(
        Flaw(
            id=entry["id"],
            host=entry.get("host", HOST),
            target=entry["path"],
            zh=entry["zh"],
            en=entry["en"],
            answers=tuple(Expectation(*answer) for answer in entry["answers"]),
            harvested=frozenset(entry["harvested"]) if "harvested" in entry else None,
            checks=tuple(entry.get("checks", ())),
            finds=entry.get("finds", ""),
        )
        for entry in read_table("flaws.yaml")
    )


def answers_in_words(flaw: Flaw) -> str:
    """Write a flaw's expectations for people: `200 ok; from night 3: 404 gone`."""
    return "; ".join(
        f"{f'from night {each.from_night}: ' if each.from_night > 1 else ''}{each.status} `{each.outcome}`"
        for each in flaw.answers
    )


def bundled_portals() -> Path:
    """Return the folder of the definitions that crawl `BundledSite`."""
    return demo_folder() / "portals" / "bundled"


def folder_portals() -> Path:
    """Return the folder of the definition that crawls a `FolderSite`."""
    return demo_folder() / "portals" / "folder"
